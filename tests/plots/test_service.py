"""Pictures of what service is worth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import units
from callstats import day, kpi, plots, staffing

pytestmark = pytest.mark.frames


def found():
    return kpi.drivers(
        units.surveys(), overall="overall", items=["wait", "menu"], draws=100, seed=1
    )


def failed():
    hours = pd.DataFrame({"calls": [100.0, 120, 90], "aht": 240.0, "agents": [18, 20, 16]})
    return day.outage(hours, at="30min", until="50min", lost=12, patience=180, interval=1800)


def test_drivers_are_drawn_where_they_are():
    table = found()
    axes = plots.drivers(table).axes[0]
    points = axes.lines[0].get_xydata()
    expected = table.set_index("item").loc[["menu", "wait"], ["top_box", "importance_share"]]
    np.testing.assert_array_equal(points, expected)
    named = {text.get_text() for text in axes.texts}
    assert {"wait", "menu", "concentrate here"} <= named
    turned = plots.drivers(table[::-1]).axes[0].lines[0].get_xydata()
    np.testing.assert_array_equal(points, turned)
    with pytest.raises(ValueError, match="found must be of one group; got 'wait' more than once"):
        plots.drivers(pd.concat([table, table]))
    assert len(plots.drivers(table[:0]).axes) == 1


def test_values_of_a_call_are_drawn_where_they_are_known():
    day_rows = pd.DataFrame({"calls": [30.0, 0.0, 60.0, np.nan], "aht": 240.0})
    planned = staffing.cheapest_plan(
        day_rows, patience=100, agent_hour=20, lost_call=3, interval=1800, asa=20
    )
    axes = plots.lost_call_values(planned).axes[0]
    drawn = [segment[:, 1].tolist() for segment in axes.collections[0].get_segments()]
    limits = planned.loc[[0, 2], ["implied_lost_call_low", "implied_lost_call_high"]]
    assert drawn == limits.to_numpy().tolist()
    assert len(plots.lost_call_values(planned[:0]).axes) == 1


def test_an_outage_is_drawn_as_it_ran():
    outage = failed()
    queue, agents, lost = plots.outage(outage).axes
    np.testing.assert_array_equal(queue.lines[0].get_ydata(), outage.course["queue"])
    np.testing.assert_array_equal(agents.lines[0].get_ydata(), outage.course["agents"])
    np.testing.assert_array_equal(lost.lines[0].get_ydata(), outage.course["calls_lost"])
    assert "backlog gone after" in queue.texts[0].get_text()
    with pytest.raises(TypeError, match=r"failed must be what day\.outage gives; got 3"):
        plots.outage(3)
