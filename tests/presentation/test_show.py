"""Results as people read them, in every form alike."""

from __future__ import annotations

import importlib.util
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from callstats import datasets, kpi, show
from callstats.errors import MissingColumnError
from callstats.presentation import column
from callstats.presentation.columns import dictionary
from callstats.presentation.text import width_of
from registry import ROWS, OfFrame

pytestmark = pytest.mark.frames
ROOT = Path(__file__).parents[2]
RESULTS = [row for row in ROWS if isinstance(row, OfFrame)]


@pytest.fixture(scope="module")
def summary():
    return kpi.summarize(datasets.anonymous_bank(), by="queue", threshold=20)


@pytest.mark.parametrize("row", RESULTS, ids=lambda row: row.name)
def test_every_column_of_a_result_is_known_and_every_result_fits_a_screen(row):
    frame = row.frame()
    result = row.call(frame)
    if not hasattr(result, "columns"):
        return
    own = set(result.columns) - set(frame.columns)
    assert not [name for name in own if not column(name).known]
    text = str(show(result))
    assert max(map(width_of, text.splitlines())) <= 100
    assert "object at 0x" not in text
    assert "mappingproxy" not in text


def test_words_are_whole_and_different():
    entries = dictionary()
    for language in ("en", "zh"):
        assert all(entry.label(language) and entry.meaning(language) for entry in entries.values())
    kinds = {"count", "share", "points", "duration", "load", "agents", "cost", "number", "p"}
    assert {entry.kind for entry in entries.values()} <= kinds | {"time", "truth", "text"}


def test_the_page_of_columns_is_what_the_package_knows():
    path = ROOT / "scripts" / "make_columns_page.py"
    spec = importlib.util.spec_from_file_location("make_columns_page", path)
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    assert made.PAGE.read_text(encoding="utf-8") == made.page()


def test_a_summary_shows_its_service_level_with_limits_and_what_it_is(summary):
    text = str(show(summary))
    assert text.startswith("Key figures · service level: answered within 20 s of answered and ab")
    row = summary.iloc[0]
    limits = [f"{100 * row[f'service_level{end}']:.1f}" for end in ("", "_low", "_high")]
    assert "{}% ({}\u2013{})".format(*limits) in text
    assert f"{row['offered']:,.0f}" in text
    chinese = str(show(summary, language="zh"))
    assert chinese.startswith("关键指标 · 服务水平: 20 秒内应答 /")
    assert "呼叫量" in chinese


def test_frames_of_polars_show_the_same_cells(summary):
    theirs = show(pl.from_pandas(summary))
    assert [part.cells for part in theirs.parts] == [part.cells for part in show(summary).parts]


class Cells(HTMLParser):
    def __init__(self):
        super().__init__()
        self.rows, self.open = [], False

    def handle_starttag(self, tag, _attrs):
        if tag == "tr":
            self.rows.append([])
        self.open = tag in {"td", "th"}
        if self.open:
            self.rows[-1].append("")

    def handle_data(self, data):
        if self.open:
            self.rows[-1][-1] += data

    def handle_endtag(self, _tag):
        self.open = False


def test_html_and_markdown_have_the_cells_of_the_text(summary):
    hostile = summary.assign(queue=["<b>a|b</b>", "x\ny"])
    shown = show(hostile, goal=0.5)
    cells = Cells()
    cells.feed(shown.to_html())
    expected = [list(row) for row in zip(*(part.cells for part in shown.parts), strict=True)]
    assert cells.rows[-2:] == expected
    assert "<b>" not in shown.to_html()
    assert r"<b>a\|b</b>" in shown.to_markdown()
    assert shown.to_html() == shown._repr_html_()
    assert shown.to_html().count('scope="row"') == len(hostile)
    below = [cell for row in expected for cell in row if cell.startswith("▼")]
    assert len(below) == int((hostile["service_level"] < 0.5).sum()) == 1
    assert "below the goal of 50.0%" in shown.to_html()


def test_columns_are_chosen_by_name_or_all(summary):
    assert show(summary, columns=["queue", "asa"]).names == ("queue", "asa")
    assert [part.column.name for part in show(summary, columns="all").parts][:3] == [
        "queue",
        "offered",
        "answered",
    ]
    with pytest.raises(MissingColumnError, match="'asaa'"):
        show(summary, columns=["asaa"])
    with pytest.raises(ValueError, match="columns must be 'main', 'all' or a list of names"):
        show(summary, columns="some")
    with pytest.raises(ValueError, match="language must be 'en' or 'zh'"):
        show(summary, language="de")
    with pytest.raises(ValueError, match="goal must be from 0 to 1; got 80"):
        show(summary, goal=80)


def test_long_and_wide_tables_say_what_they_leave_out(summary):
    many = pd.DataFrame({"queue": range(50), "offered": 1})
    assert str(show(many)).endswith("10 more rows")
    assert "10 more rows" in show(many)._repr_html_()
    assert "more rows" not in show(many).to_html()
    text = show(summary, columns="all").to_text(width=40)
    assert "not shown: " in text
    assert max(map(width_of, text.splitlines())) <= 40


def test_values_that_are_missing_endless_or_none():
    frame = pd.DataFrame(
        {
            "service_level": [np.nan, 0.5],
            "service_level_low": [np.nan, 0.4],
            "service_level_high": [np.nan, 0.6],
            "asa": [np.inf, 3600.4],
            "signal": [True, False],
            "service_level_difference": [-0.0312, 0.02],
        }
    )
    rows = list(zip(*(part.cells for part in show(frame, columns="all").parts), strict=True))
    assert rows == [
        ("\u2013", "never", "yes", "-3.1"),
        ("50.0% (40.0\u201360.0)", "1:00:00", "no", "+2.0"),
    ]
    assert str(show(frame.iloc[:0])).endswith("no rows")
    assert show(pd.DataFrame({"colour": ["red"]})).parts[0].heading == "colour"


def test_a_screen_cannot_be_acted_on():
    assert "\x1b" not in str(show(pd.DataFrame({"queue": ["\x1b[2J"]})))
