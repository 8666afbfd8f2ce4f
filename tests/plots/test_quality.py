"""Figures show the rows that they are given."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
import recordings
from callstats import plots, qa
from callstats._tables.data_files import written_in
from callstats.plots import style
from matplotlib import font_manager

pytestmark = pytest.mark.frames
COLUMNS = ("arrival", "talk", "call_type")


def chinese() -> bool:
    return bool({font.name for font in font_manager.fontManager.ttflist} & {*style.CHINESE_FONTS})


@pytest.fixture(scope="module")
def tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    calls = recordings.calls((60, 45))
    drawn = [qa.sample(calls, 5, seed=1, design=design) for design in ("balanced", "simple")]
    first, second = (qa.balance(sample, calls, columns=COLUMNS) for sample in drawn)
    return first, second


def dots(figure, place: int) -> np.ndarray:
    return np.asarray(figure.axes[0].collections[place].get_offsets())


def test_love_draws_every_pooled_level(tables):
    table, other = tables
    rows = table[table["pooled"] & table["standardized_difference"].notna()]
    # Columns stand in the order of their names, levels as the table has them.
    rows = rows.sort_values("column", kind="stable")
    figure = plots.love(table, compared_with=other)
    np.testing.assert_allclose(dots(figure, 1)[:, 0], rows["standardized_difference"])
    keys = ["column", "margin", "level"]
    pooled = rows[keys].merge(other[other["pooled"]], on=keys, how="left")
    np.testing.assert_allclose(dots(figure, 0)[:, 0], pooled["standardized_difference"])
    named = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert len(named) == len(rows)
    assert "Mon" in named
    right = [label.get_text() for label in figure.axes[0].child_axes[0].get_yticklabels()]
    share = rows.iloc[0]
    told = f"{100 * share['sample_share']:.1f}% / {100 * share['population_share']:.1f}%"
    assert right[0] == told


def test_love_of_one_group_and_of_polars(tables):
    table, _ = tables
    one = table[table["agent"] == table["agent"].iloc[0]]
    assert len(dots(plots.love(one), 0)) == one["standardized_difference"].notna().sum()
    pl = pytest.importorskip("polars")
    figure = plots.love(pl.from_pandas(table))
    np.testing.assert_allclose(dots(figure, 0), dots(plots.love(table), 0))


def test_signals_stand_out():
    weeks = recordings.weeks()
    weeks = weeks[weeks["agent"] == "anna"].assign(size=40)
    weeks.loc[weeks.index[5], "events"] = 30
    chart = qa.attribute_chart(weeks)
    figure = plots.control(chart, percent=True, title="Failed")
    hit = dots(figure, 0)
    np.testing.assert_allclose(hit[:, 1], chart["point"][chart["signal"]])
    assert figure.axes[0].get_xticklabels()[0].get_text() == "3 Mar\n2025"
    assert len(plots.control(chart[:0]).axes) == 1
    for other in (
        qa.individuals_chart(weeks, value="events"),
        qa.ewma_chart(weeks, value="events"),
    ):
        assert len(plots.control(other).axes) == 1


def test_only_who_is_outside_is_named():
    units = pd.DataFrame({"agent": list("abcde"), "events": [5, 41, 80, 30, 0]})
    table = qa.funnel(units.assign(size=[5, 50, 100, 60, 0]), limits="plain")
    figure = plots.funnel(table, percent=True)
    assert [text.get_text() for text in figure.axes[0].texts] == ["d"]
    drawn = len(dots(figure, 0)) + len(dots(figure, 1))
    assert drawn == 4
    assert len(plots.funnel(table[:0]).axes) == 1


@pytest.mark.skipif(not chinese(), reason="no font with Chinese characters here")
def test_chinese_has_its_glyphs(tables, tmp_path):
    # A missing glyph is a warning, and warnings are errors.
    table, _ = tables
    names = {"arrival": "来电时间", "talk": "通话时长", "call_type": "业务类型"}
    plots.love(table, labels=names, language="zh").savefig(tmp_path / "love.png")
    units = pd.DataFrame({"agent": ["李", "王"], "events": [3, 9], "size": [5, 60]})
    plots.funnel(qa.funnel(units, limits="plain"), language="zh").savefig(tmp_path / "funnel.png")
    assert (tmp_path / "love.png").stat().st_size > 10_000


def test_no_boxes_where_no_font_has_chinese(tables, monkeypatch):
    monkeypatch.setattr(style, "CHINESE_FONTS", ("No Such Font",))
    with pytest.raises(RuntimeError, match="no font with Chinese characters was found"):
        plots.love(tables[0], language="zh")
    assert plots.love(tables[0]).axes


def test_settings_of_the_user_stay(tables):
    before = dict(mpl.rcParams)
    plots.love(tables[0])
    assert dict(mpl.rcParams) == before


def test_wrong_frames_are_told(tables):
    with pytest.raises(ValueError, match="balance has no column 'column'"):
        plots.love(pd.DataFrame({"agent": [1]}))
    with pytest.raises(ValueError, match="chart has no column 'start'"):
        plots.control(pd.DataFrame({"point": [1]}))
    with pytest.raises(ValueError, match="language must be 'en' or 'zh'; got 'fr'"):
        plots.love(tables[0], language="fr")


def test_every_text_is_there_in_both_languages():
    for key, text in written_in("callstats.plots", "words.toml").items():
        assert set(text) == {"en", "zh"}, key
        assert text["en"].count("{}") == text["zh"].count("{}"), key


def test_a_font_that_is_installed_later_is_found(tables, monkeypatch):
    name = style.CHINESE_FONTS[0]
    fonts = font_manager.fontManager
    others = [font for font in fonts.ttflist if font.name not in style.CHINESE_FONTS]
    monkeypatch.setattr(fonts, "ttflist", others)
    monkeypatch.setattr(font_manager, "findSystemFonts", lambda: ["text.ttf"])

    def refused(path):
        raise RuntimeError(path)

    monkeypatch.setattr(fonts, "addfont", refused)
    with pytest.raises(RuntimeError, match="no font with Chinese characters was found; install"):
        plots.love(tables[0], language="zh")

    def added(path):
        # Any font will do for one that is drawn with: its name is looked for.
        entry = font_manager.FontEntry(fname=others[0].fname, name=name)
        fonts.ttflist.append(entry)

    monkeypatch.setattr(fonts, "addfont", added)
    with style.styled("zh"):
        assert mpl.rcParams["font.family"] == ["DejaVu Sans", name]


def test_love_of_more_levels_than_a_picture_holds():
    calls = pd.DataFrame(
        {"call_id": range(2004), "agent": "anna", "topic": [k // 2 for k in range(2004)]}
    ).astype({"topic": str})
    table = qa.balance(calls[::2], calls, columns="topic")
    with pytest.raises(ValueError, match="balance must have at most 1000 levels to draw; got 1002"):
        plots.love(table)
