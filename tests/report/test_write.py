"""The chain from a log to a folder: what is in it, and that odd logs give a page, not a crash."""

from __future__ import annotations

import html.parser
import json
import re
import sys

import numpy as np
import pandas as pd
import polars as pl
import pytest
from callstats import erlang, kpi, report
from small_centre import log

pytestmark = pytest.mark.frames


class Page(html.parser.HTMLParser):
    """Elements and text of a page, and whether all that was opened was closed."""

    VOID = frozenset(("meta", "br", "img", "link"))

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1:] != ["style"]:
            self.text += data


def page_of(calls, folder, **options) -> Page:
    report.write(calls, folder, **options)
    return Page((folder / "index.html").read_text(encoding="utf-8"))


def drawn(page: Page) -> set[str]:
    return {
        (attrs["id"] or "").removesuffix("-caption")
        for tag, attrs in page.seen
        if tag == "figcaption"
    }


EVERY_PICTURE = {
    "days",
    "profile",
    "heat",
    "waits",
    "patience",
    "requirement",
    "curve",
    "calibration",
    "love",
}


def test_a_whole_log_gives_every_part(tmp_path):
    summary = report.write(log(), tmp_path / "out", title="Test centre")
    assert {path.name for path in (tmp_path / "out").iterdir()} == set(summary.files)
    assert len(summary.files) == 11
    page = Page((tmp_path / "out" / "index.html").read_text(encoding="utf-8"))
    assert drawn(page) == EVERY_PICTURE
    ids = [attrs["id"] for _, attrs in page.seen if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert 3 <= len(summary.findings) <= 5
    assert "Test centre" in summary.text()
    assert re.search(r"Total +\d+\.\d\d s", summary.text())
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_the_page_asks_for_nothing_from_a_network(tmp_path):
    page = page_of(log(3), tmp_path)
    fetching = {"script", "link", "img", "iframe", "object", "embed", "source"}
    assert not fetching & {tag for tag, _ in page.seen}
    for _, attrs in page.seen:
        for name, value in attrs.items():
            if name in {"href", "src", "xlink:href"}:
                inside = (value or "").startswith(("#", "data:image/png;base64,"))
                assert inside or (tmp_path / str(value)).is_file()
    assert "@import" not in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_the_figures_are_those_of_the_library(tmp_path):
    calls = log()
    summary = report.write(calls, tmp_path, target=0.9, threshold="30s")
    total = kpi.summarize(calls, threshold=30).iloc[0]
    assert f"{100 * total['service_level']:.1f}%" in summary.findings[0]
    assert "90%" in summary.findings[0]
    key_figures = pd.read_csv(tmp_path / "key_figures.csv")
    assert key_figures.loc[0, "answered_within"] == total["answered_within"]
    intervals = pd.read_csv(tmp_path / "intervals.csv")
    profile = pd.read_csv(tmp_path / "profile.csv")
    assert intervals["offered"].sum() == profile["offered"].sum() == len(calls)
    assert profile["half_hour"].tolist()[:2] == ["08:00", "08:30"]
    agents = pd.read_csv(tmp_path / "agents.csv")
    assert agents["answered"].sum() == total["answered"]


def test_requirement_is_the_fewest_agents_that_meet_the_goal(tmp_path):
    calls = log()
    report.write(calls, tmp_path)
    mean = kpi.patience(calls).loc[0, "mean_patience"]
    staffing = pd.read_csv(tmp_path / "staffing.csv")
    for model, patience in (("a", mean), ("c", np.inf)):
        needed = staffing[f"required_erlang_{model}"]
        common = {"aht": staffing["aht"], "threshold": 20, "patience": patience}
        assert (erlang.service_level(needed, staffing["load"], **common) >= 0.8).all()
        less = erlang.service_level(needed - 1, staffing["load"], **common)
        assert (less < 0.8).all()
    assert (staffing["required_erlang_a"] <= staffing["required_erlang_c"]).all()
    assert (staffing["required_erlang_a"] < staffing["required_erlang_c"]).any()


def test_sample_holds_five_answered_recordings_an_agent(tmp_path):
    calls = log()
    report.write(calls, tmp_path, seed=7)
    sample = pd.read_csv(tmp_path / "sample.csv")
    assert sample.groupby("agent").size().to_dict() == {"Ann": 5, "Ben": 5, "Cho": 5}
    assert (sample["outcome"] == "answered").all()
    assert json.loads((tmp_path / "audit.json").read_text(encoding="utf-8"))["seed"] == 7
    report.write(calls.sample(frac=1, random_state=1), tmp_path, seed=7)
    assert set(pd.read_csv(tmp_path / "sample.csv")["call_id"]) == set(sample["call_id"])


@pytest.mark.parametrize(
    ("without", "lost"),
    [
        (("agent",), {"love", "calibration"}),
        (("talk",), {"requirement", "curve", "calibration"}),
        (("call_type",), set()),
        (("agent", "talk", "call_type"), {"love", "calibration", "requirement", "curve"}),
    ],
)
def test_a_missing_column_costs_its_sections_and_is_named(tmp_path, without, lost):
    page = page_of(log(4).drop(columns=list(without)), tmp_path)
    assert drawn(page) == EVERY_PICTURE - lost
    for column in set(without) - {"call_type"}:
        assert f"no column {column}" in page.text


def test_an_empty_log_gives_a_page(tmp_path):
    summary = report.write(log(1).iloc[:0], tmp_path)
    assert summary.files == ("index.html",)
    assert "no calls" in (tmp_path / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("row", range(3))
@pytest.mark.parametrize("language", ["en", "zh"])
def test_one_row_gives_a_page(tmp_path, row, language):
    page_of(log(1).iloc[[row]], tmp_path, language=language)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("outcome", "answered"),
        ("outcome", "abandoned"),
        ("outcome", "blocked"),
        ("wait", 0.0),
        ("talk", 0.0),
        ("talk", np.nan),
        ("agent", None),
        ("agent", "Ann"),
    ],
)
def test_uniform_logs_give_a_page(tmp_path, column, value):
    page_of(log(2).assign(**{column: value}), tmp_path)


def test_nights_without_agents_are_no_catastrophes(tmp_path):
    calls = log(5)
    night = calls.iloc[:40].assign(
        call_id=range(10_000, 10_040),
        arrival=lambda frame: frame["arrival"].dt.normalize() + pd.Timedelta(hours=3),
        wait=45.0,
        outcome="abandoned",
        agent=None,
        talk=np.nan,
    )
    page = page_of(pd.concat([calls, night]), tmp_path)
    assert "40 calls (7.4%) fell into intervals in which no agent had a call" in page.text
    staffing = pd.read_csv(tmp_path / "staffing.csv", parse_dates=["start"])
    assert (staffing["start"].dt.hour >= 8).all()


def test_labels_with_markup_are_text(tmp_path):
    hostile = '<script>alert("x")</script>\x1b[31m & $x$'
    calls = log(3)
    calls["agent"] = calls["agent"].where(calls["agent"] != "Ann", hostile)
    calls["call_type"] = calls["call_type"].replace("order", "<img src=x onerror=alert(1)>")
    page = page_of(calls, tmp_path, title="<b>bold</b>", source="<i>source</i>")
    assert not {"script", "img", "b"} & {tag for tag, _ in page.seen}
    assert '<script>alert("x")</script>␛[31m & $x$' in page.text
    assert "<b>bold</b>" in page.text
    assert "\x1b" not in report.write(calls, tmp_path, title="\x1b[2J").text()


def test_polars_and_every_unit_give_the_same_figures(tmp_path):
    calls = log(4)
    report.write(calls, tmp_path / "us")
    for unit in ("s", "ns"):
        arrival = calls["arrival"].astype(f"datetime64[{unit}]")
        agent = calls["agent"].astype("category")
        report.write(calls.assign(arrival=arrival, agent=agent), tmp_path / unit)
    columns = {name: calls[name].to_numpy() for name in calls.columns}
    columns["agent"] = [None if pd.isna(agent) else agent for agent in calls["agent"]]
    columns |= {name: list(calls[name]) for name in ("outcome", "call_type")}
    report.write(pl.DataFrame(columns, nan_to_null=True), tmp_path / "polars")
    for name in ("key_figures.csv", "profile.csv", "staffing.csv", "patience.csv"):
        first = (tmp_path / "us" / name).read_text(encoding="utf-8")
        for other in ("s", "ns", "polars"):
            assert (tmp_path / other / name).read_text(encoding="utf-8") == first


def test_the_day_is_that_of_the_clock_on_the_wall(tmp_path):
    calls = log(3)
    local = calls.assign(arrival=calls["arrival"].dt.tz_localize("Asia/Shanghai"))
    distant = local.assign(arrival=local["arrival"].dt.tz_convert("UTC"))
    report.write(distant, tmp_path, timezone="Asia/Shanghai")
    profile = pd.read_csv(tmp_path / "profile.csv")
    assert profile["half_hour"].min() == "08:00"
    assert profile["half_hour"].max() == "11:30"
    intervals = pd.read_csv(tmp_path / "intervals.csv")
    assert intervals["start"].str.endswith("+08:00").all()


def test_a_callers_frame_is_not_changed(tmp_path):
    calls = log(2)
    before = calls.copy()
    report.write(calls, tmp_path)
    pd.testing.assert_frame_equal(calls, before)


def test_files_of_an_earlier_report_do_not_stay_behind(tmp_path):
    report.write(log(2), tmp_path)
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    summary = report.write(log(2).drop(columns="agent"), tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {*summary.files, "notes.txt"}
    assert "sample.csv" not in summary.files


def test_a_bad_row_leaves_nothing_written_or_is_left_out(tmp_path):
    calls = log(2)
    calls.loc[17, "wait"] = -5.0
    with pytest.raises(ValueError, match="wait"):
        report.write(calls, tmp_path / "out")
    assert not list(tmp_path.iterdir())
    for on_error in ("drop", "flag"):
        page = page_of(calls, tmp_path / "out", on_error=on_error)
        assert "-5" in page.text
        assert pd.read_csv(tmp_path / "out" / "key_figures.csv")["answered"].sum() < len(calls)


def test_a_failure_while_writing_leaves_the_earlier_report(tmp_path, monkeypatch):
    report.write(log(2), tmp_path / "out", title="first")
    before = {path: path.read_bytes() for path in (tmp_path / "out").iterdir()}

    def broken(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("callstats.files.write", broken)
    with pytest.raises(OSError, match="No space"):
        report.write(log(2), tmp_path / "out", title="second")
    assert {path: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_progress_hears_of_each_step(tmp_path):
    heard = []
    summary = report.write(log(2), tmp_path, progress=heard.append)
    assert len(heard) == len(summary.timings) == 7


@pytest.mark.parametrize("missing", ["matplotlib", "jinja2"])
def test_missing_extras_are_named(tmp_path, monkeypatch, missing):
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(ImportError, match=re.escape("pip install 'callstats[report]'")):
        report.write(log(1), tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target": 80}, "target must be between 0 and 1; got 80"),
        ({"threshold": -1}, "threshold must be >= 0 seconds; got -1"),
        ({"recordings": 0}, "recordings must be a whole number from 1 to 10,000,000; got 0"),
        ({"language": "fr"}, "language must be one of 'en', 'zh'; got 'fr'"),
    ],
)
def test_bad_settings_are_named(tmp_path, options, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        report.write(log(1), tmp_path, **options)


def test_missing_required_column_tells_the_nearest(tmp_path):
    with pytest.raises(ValueError, match="no column 'arrival', nearest: 'arrivals'"):
        report.write(log(1).rename(columns={"arrival": "arrivals"}), tmp_path)


def test_tables_hold_no_formulas(tmp_path):
    """Labels and headings from the log reach a spreadsheet as text."""
    rows = 40
    calls = pd.DataFrame(
        {
            "call_id": [f"@{k}x" for k in range(rows)],
            "arrival": pd.date_range("2024-03-04 09:00", periods=rows, freq="min"),
            "wait": [float(k) for k in range(rows)],
            "outcome": "answered",
            "agent": '=HYPERLINK("http://x")',
            "talk": 60.0,
            "=cmd|calc": "-1+1",
        }
    )
    report.write(calls, tmp_path / "page")
    tables = {path.name: path.read_text() for path in (tmp_path / "page").glob("*.csv")}
    assert "'=HYPERLINK" in tables["agents.csv"]
    assert "'@" in tables["sample.csv"]
    assert ",'=cmd|calc" in tables["sample.csv"].splitlines()[0]
    armed = re.compile(r'(?:^|,)"?(?:[=@]|-\d[-+])', re.MULTILINE)
    assert [name for name, text in tables.items() if armed.search(text)] == []
