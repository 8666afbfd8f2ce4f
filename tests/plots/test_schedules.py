"""Pictures of plans of people."""

from __future__ import annotations

import numpy as np
import pandas as pd
import planning
import pytest
from callstats import hiring, plots, shifts

pytestmark = pytest.mark.frames


def test_cover_is_drawn_where_it_is():
    table = planning.requirement().assign(scheduled=[2, 3, 5, 6, 4, 4, 3, 2])
    axes = plots.cover(table).axes[0]
    band, short, line = axes.patches
    np.testing.assert_array_equal(band.get_data().values, table["scheduled"])
    np.testing.assert_array_equal(line.get_data().values, table["required_agents"])
    above = short.get_data()
    assert (above[0] - above[2]).tolist() == [0, 1, 0, 0, 0, 0, 0, 0]
    edges = line.get_data().edges
    assert np.diff(edges) == pytest.approx(np.full(8, 1 / 24))
    turned = plots.cover(table[::-1].set_index("start")).axes[0]
    np.testing.assert_array_equal(turned.patches[0].get_data().values, table["scheduled"])
    assert len(plots.cover(table[:0]).axes) == 1
    assert len(plots.cover(table[:1], title="one", language="en").axes) == 1


def test_a_roster_has_a_bar_for_each_shift():
    table = planning.worked(
        ("b", "2026-03-06 07:00", "early"),
        ("a", "2026-03-07 14:00", "late"),
        ("a", "2026-03-09 07:00", "early"),
    )
    axes = plots.roster(table).axes[0]
    bars = [bar for bar in axes.patches if bar.get_width() == pytest.approx(1 / 3)]
    assert sorted(bar.get_y() + bar.get_height() / 2 for bar in bars) == [0, 0, 1]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b"]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["early", "late"]
    weekend = [bar for bar in axes.patches if bar.get_width() == 1]
    assert len(weekend) == 2
    assert len(plots.roster(table[:0]).axes) == 1
    with pytest.raises(ValueError, match="at most 200 agents and 366 days; got 201 and 1"):
        plots.roster(pd.concat([table[:1].assign(agent=f"a{k}") for k in range(201)]))


def test_the_curve_of_few_shifts():
    pytest.importorskip("highspy")
    ask = {"starts": ["08:00", "10:00", "12:00"], "lengths": ["4h"], "paid": 0}
    curve = [shifts.design(planning.requirement(), **ask, most=most) for most in (2, 1, 3)]
    axes = plots.shift_curve(curve).axes[0]
    points = axes.lines[0].get_xydata()
    assert points[:, 0].tolist() == sorted(len(each.shifts) for each in curve)
    assert set(points[:, 1]) == {each.objective for each in curve}
    with pytest.raises(TypeError, match=r"covers must be results of shifts.design; got 3"):
        plots.shift_curve([3])


def test_heads_against_need():
    path = hiring.path(planning.staff(), **planning.CAREER, periods=5, need=46)
    axes = plots.headcount(path[::-1]).axes[0]
    lines = {line.get_label(): line.get_ydata().tolist() for line in axes.lines}
    assert lines["effective people"] == path["effective"].tolist()
    assert lines["need"] == [46] * 5
    hired = path.assign(hires=[4, 0, 0, 0, 0])
    assert len(plots.headcount(hired).axes[0].patches) == 5
