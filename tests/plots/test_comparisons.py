"""Pictures of comparisons."""

from __future__ import annotations

import comparisons
import numpy as np
import pandas as pd
import pytest
import small_calls
from callstats import compare, plots
from callstats.plots import style
from callstats.plots.words import label_of
from matplotlib import font_manager

pytestmark = pytest.mark.frames


def chinese() -> bool:
    return bool({font.name for font in font_manager.fontManager.ttflist} & {*style.CHINESE_FONTS})


LANGUAGES = [
    "en",
    pytest.param("zh", marks=pytest.mark.skipif(not chinese(), reason="needs a Chinese font")),
]


@pytest.mark.parametrize("language", LANGUAGES)
def test_effects_are_drawn_in_units_of_what_could_be_seen(language):
    table = compare.effects(comparisons.changes(), treated=comparisons.TREATED)
    axes = plots.pilot_effects(table, language=language).axes[0]
    named = [text.get_text() for text in axes.get_yticklabels()]
    order = (table["effect"] / table["smallest_effect"]).argsort()[::-1]
    assert named == [label_of(language, name) for name in table["measure"].iloc[order]]
    expected = (table["effect"] / table["smallest_effect"]).tolist()
    dots = [point for each in axes.collections[-2:] for point in each.get_offsets()[:, 0]]
    np.testing.assert_allclose(sorted(dots), sorted(expected))
    many = pd.concat([table] * 20)
    with pytest.raises(ValueError, match="effects must have at most 60 rows to draw; got 100"):
        plots.pilot_effects(many)


@pytest.mark.parametrize("language", LANGUAGES)
def test_units_are_lines_from_before_to_after(language):
    found = small_calls.piloted()
    axes = plots.pilot_units(found, measure="fcr", language=language).axes[0]
    own = found.units[found.units["measure"] == "fcr"]
    drawn = np.concatenate([line.get_ydata().reshape(-1, 3)[:, :2] for line in axes.lines])
    assert sorted(drawn.tolist()) == sorted(own[["before", "after"]].to_numpy().tolist())
    assert sorted(text.get_text() for text in axes.texts) == comparisons.TEAMS
    with pytest.raises(ValueError, match="measure must be among"):
        plots.pilot_units(found, measure="csat")
    with pytest.raises(TypeError, match=r"found must be what compare\.pilot gives; got 3"):
        plots.pilot_units(3, measure="aht")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_series_has_its_counterfactual_and_its_placebos(language):
    found = small_calls.changed()
    axes = plots.series(found, language=language).axes[0]
    np.testing.assert_array_equal(axes.lines[0].get_ydata(), found.curve["expected"])
    np.testing.assert_array_equal(axes.lines[1].get_ydata(), found.curve["seen"])
    assert axes.lines[2].get_xdata()[0] == found.days_before - 0.5
    dates = plots.placebo_dates(found, language=language).axes[0]
    np.testing.assert_array_equal(dates.collections[0].get_offsets()[:, 1], found.placebo["effect"])
    without = compare.series(comparisons.daily(), change="2025-03-24", value="aht")
    (said,) = plots.placebo_dates(without).axes[0].texts
    assert "placebo=True" in said.get_text()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_gap_curve_has_a_panel_a_topic(language):
    rows = comparisons.gaps()
    found = compare.gap_curve(rows, fixes=["2025-03-24"], topic="topic")
    panels = plots.gap_curve(found, language=language).axes
    assert [axes.get_title(loc="left") for axes in panels] == ["closing", "identity"]
    first = found.curve[found.curve["topic"] == "closing"]
    curves = [line.get_ydata() for line in panels[0].lines]
    assert any(len(each) == 42 and np.array_equal(each, first["point"]) for each in curves)
    assert len(plots.gap_curve(compare.gap_curve(rows), title="all").axes) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_split_is_in_the_histogram(language):
    values = dict(
        zip(comparisons.TEAMS, [-4.2, -0.6, -2.5, -2.1, 0.6, -1.5, 0.5, -1.1], strict=True)
    )
    axes = plots.splits(values, comparisons.TREATED, language=language).axes[0]
    assert sum(bar.get_height() for bar in axes.patches) == 70
    assert axes.lines[0].get_xdata()[0] == pytest.approx(-1.975)
    with pytest.raises(ValueError, match="values must have at most 200,000 splits to draw"):
        plots.splits({str(unit): unit for unit in range(30)}, map(str, range(15)))
