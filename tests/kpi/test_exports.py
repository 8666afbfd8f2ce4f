"""Exports as systems write them: names, notations and words, and what is told where they fail."""

from __future__ import annotations

import datetime
import json

import logs
import numpy as np
import pandas as pd
import pytest
from callstats import kpi
from callstats.errors import InvalidDataError, MissingColumnError
from callstats.kpi.exports import tables
from callstats.kpi.exports.cells import clock_text

pytestmark = pytest.mark.frames


def times(*texts):
    return pd.to_datetime(pd.Series(texts)).tolist()


def test_a_chinese_export_becomes_the_log():
    export = logs.export()
    log = kpi.canonical(export)
    assert log.columns.tolist() == [
        "arrival", "wait", "outcome", "talk", "transferred", "备注",
    ]  # fmt: skip
    assert log["wait"].tolist() == [12.0, 65.0, 8.0, 200.0]
    assert log["outcome"].tolist() == ["answered", "abandoned", "answered", "flow_out"]
    assert log["arrival"].tolist()[:3] == times(
        "2024-03-05 09:02:10", "2024-03-05 09:03:00", "2024-03-05 09:04:01"
    )
    assert pd.isna(log["arrival"][3])
    np.testing.assert_array_equal(log["talk"], [185.0, np.nan, 1020.0, np.nan])
    about = log.attrs["callstats"]
    assert about["columns"]["wait"] == "排队时长"
    assert json.loads(json.dumps(about)) == about


def test_figures_of_an_export_are_those_of_the_log_behind_it():
    log = logs.calls()
    words = {
        "answered": "Handled", "abandoned": "Caller Hung Up", "flow_out": "Voicemail",
        "callback": "Callback Requested", "blocked": "Busy",
    }  # fmt: skip
    clock = [str(datetime.timedelta(seconds=round(s * 10) / 10)) for s in log["wait"]]
    export = pd.DataFrame(
        {
            "Call Start": log["arrival"].dt.strftime("%d.%m.%Y %H:%M:%S.%f"),
            "Queue Time": clock,
            "Contact Disposition": log["outcome"].map(words),
            "Skill Group": log["queue"],
            "TalkTime (min)": log["talk"] / 60,
            "Hold Time": pd.to_timedelta(log["hold"], unit="s"),
            "Wrap-up": log["acw"],
            "Transferred": log["transferred"].map({True: "Yes", False: "No"}),
        }
    )
    with pytest.raises(InvalidDataError, match="dates='dmy' or dates='mdy'"):
        kpi.canonical(export)
    read = kpi.canonical(export, dates="dmy")
    options = {"by": "queue", "freq": "30min", "threshold": [15, 20]}
    expected, got = kpi.summarize(log, **options), kpi.summarize(read, **options)
    assert list(got.columns) == list(expected.columns)
    for name in expected.columns:
        left, right = expected[name], got[name]
        if left.dtype.kind == "f":
            np.testing.assert_allclose(right, left, rtol=1e-12)
        else:
            assert left.astype(object).where(left.notna(), None).tolist() == (
                right.astype(object).where(right.notna(), None).tolist()
            )


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2024/3/5 9:02", "2024-03-05T09:02:00"),
        ("2024年3月5日 下午3:05", "2024-03-05T15:05:00"),
        ("2024年03月05日 15时05分09秒", "2024-03-05T15:05:09"),
        ("20240305093001", "2024-03-05T09:30:01"),
        ("Apr 13  2017 8:00:00 AM", "2017-04-13T08:00:00"),
        ("13-Apr-17 12:00 AM", "2017-04-13T00:00:00"),
        ("12/31/99 12:30:00 PM", "1999-12-31T12:30:00"),
        ("2024-03-05 09:02:01,250", "2024-03-05T09:02:01.250"),
        ("2024-03-05T09:02:01.5+08:00", "2024-03-05T09:02:01.5+08:00"),
        ("2024-03-05", "2024-03-05"),
        ("yesterday", "yesterday"),
        ("2024/3/5 13:05 PM", "2024/3/5 13:05 PM"),
        ("N/A", None),
    ],
)
def test_notations_of_times(text, iso):
    assert clock_text.iso_times([text], "mdy") == [iso]


def test_day_and_month_are_told_apart_by_the_dates_themselves():
    assert clock_text.date_order({"a": ["01/02/2024", "13/02/2024"]}, None) == "dmy"
    assert clock_text.date_order({"a": ["01/02/2024"], "b": ["2/28/2024"]}, None) == "mdy"
    assert clock_text.date_order({"a": ["2024-01-02", "03.03.2024"]}, None) is None
    with pytest.raises(InvalidDataError, match=r"day first in some rows .*'13/02/2024'"):
        clock_text.date_order({"a": ["13/02/2024", "02/13/2024"]}, None)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("12", 12.0), ("0:03:30", 210.0), ("3:30", 210.0), ("00:00:12,5", 12.5), ("1,230", 1230.0),
        ("1 day, 0:00:05", 86405.0), ("1 days 00:00:05", 86405.0), ("1小时2分3秒", 3723.0),
        ("2 min 5 s", 125.0), ("20s", 20.0), ("-5", -5.0), ("soon", None), ("\uff13\uff10", 30.0),
    ],
)  # fmt: skip
def test_notations_of_durations(text, seconds):
    assert clock_text.seconds_of(text) == seconds


def test_units_in_names_and_timedeltas():
    export = pd.DataFrame(
        {
            "arrival": ["2024-03-05 09:00"] * 2,
            "Wait (ms)": [1500, 20000],
            "Status": ["Answered", "ABANDONED"],
            "Talk Duration Minutes": ["2", "0:01:00"],
            "ACW": pd.to_timedelta([30, 45], unit="s"),
        }
    )
    log = kpi.canonical(export)
    assert log["wait"].tolist() == [1.5, 20.0]
    # A clock tells its own unit, whatever the header says of bare numbers.
    assert log["talk"].tolist() == [120.0, 60.0]
    assert log["acw"].tolist() == [30.0, 45.0]
    assert log.attrs["callstats"]["units"] == {"wait": 1e-3, "talk": 60.0}


def test_arrival_outcome_and_wait_are_made_where_they_are_not_recorded():
    export = pd.DataFrame(
        {
            "Date": ["2021-01-01"] * 3,
            "Time": ["09:12:58", "09:13:00", "09:14:00"],
            "Answered (Y/N)": ["Y", "N", "Y"],
            "Answer Time": ["2021-01-01 09:13:08", None, "2021-01-01 09:14:00"],
            "End Time": ["2021-01-01 09:15:08", "2021-01-01 09:13:30", "2021-01-01 09:16:00"],
        }
    )
    log = kpi.canonical(export)
    assert log["arrival"].tolist()[0] == pd.Timestamp("2021-01-01 09:12:58")
    assert log["outcome"].tolist() == ["answered", "abandoned", "answered"]
    assert log["wait"].tolist() == [10.0, 30.0, 0.0]
    assert log["talk"].dropna().tolist() == [120.0, 120.0]
    assert set(log.attrs["callstats"]["made"]) == {"arrival", "outcome", "wait", "talk"}


def test_unknown_words_are_counted_and_the_message_says_what_to_pass():
    export = logs.export()
    export["呼叫结果"] = ["已接通", "去向不明", "已接通", "去向不明"]
    with pytest.raises(InvalidDataError) as caught:
        kpi.canonical(export)
    message = str(caught.value)
    assert "'去向不明' (2 rows)" in message
    assert "words={'outcome': {'去向不明':" in message
    assert "(2 bad of 4)" in message
    read = kpi.canonical(export, words={"outcome": {"去向不明": "abandoned"}})
    assert read["outcome"].tolist() == ["answered", "abandoned"] * 2
    left = kpi.canonical(export, words={"outcome": {"去向不明": None}})
    assert left.index.tolist() == [0, 2]
    assert left.attrs["callstats"]["ignored"] == 2
    dropped = kpi.canonical(export, on_error="drop")
    assert dropped.index.tolist() == [0, 2]
    assert dropped.attrs["callstats"]["left_out"] == 2
    flagged = kpi.canonical(export, on_error="flag")
    assert flagged["problem"].notna().tolist() == [False, True, False, True]
    assert kpi.summarize(flagged, on_error="flag")["flagged"].tolist() == [2]
    with pytest.raises(ValueError, match="words must map to one of answered"):
        kpi.canonical(export, words={"outcome": {"x": "gone"}})
    with pytest.raises(ValueError, match="words must name columns of words"):
        kpi.canonical(export, words={"queue": {"x": "y"}})


def test_columns_that_nobody_knows_or_two_claim():
    export = logs.export()
    with pytest.raises(MissingColumnError, match=r"known to be 'wait'.*columns=\{'wait': \.\.\.\}"):
        kpi.canonical(export.rename(columns={"排队时长": "甲"}))
    read = kpi.canonical(export.rename(columns={"排队时长": "甲"}), columns={"wait": "甲"})
    assert read["wait"].tolist() == [12.0, 65.0, 8.0, 200.0]
    twice = export.assign(**{"Queue Time": "5"})
    with pytest.raises(InvalidDataError, match="more than one column that may be 'wait'"):
        kpi.canonical(twice)
    assert kpi.canonical(twice, columns={"wait": "Queue Time"})["wait"].tolist() == [5.0] * 4
    with pytest.raises(MissingColumnError, match="no column 'Queued'"):
        kpi.canonical(export, columns={"wait": "Queued"})
    with pytest.raises(ValueError, match="columns must name columns of 'calls'; got 'wiat'"):
        kpi.canonical(export, columns={"wiat": "备注"})
    with pytest.raises(ValueError, match="table must be one of"):
        kpi.canonical(export, "cars")


def test_validate_reads_an_export_as_canonical_would():
    export = logs.export()
    listed = kpi.validate(export).set_index("rule")
    assert listed.loc["calls must have a column 'wait'", "example"] == "'排队时长' is it"
    assert "kpi.canonical(calls)" in listed.loc["calls must have a column 'wait'", "effect"]
    assert listed.loc["arrival must be known", "count"] == 1
    export.loc[1, "排队时长"] = "soon"
    export.loc[2, "排队时长"] = "-4"
    listed = kpi.validate(export).set_index("rule")
    waits = listed[listed.index.str.startswith("wait must")]
    # The unreadable one is listed once, as unreadable; the negative one by the rule it breaks.
    assert waits["count"].tolist() == [1, 1]
    assert waits["example"].tolist() == ["'soon' at position 1", "-4.0 at position 2"]


def test_the_canonical_log_is_left_as_it_is():
    log = logs.calls()
    read = kpi.canonical(log)
    for name in log.columns:
        left, right = log[name], read[name]
        assert left.isna().tolist() == right.isna().tolist()
        assert left[left.notna()].tolist() == right[right.notna()].tolist(), name
    assert kpi.validate(read).empty


def test_other_tables():
    spells = pd.DataFrame(
        {
            "坐席工号": ["007", "007"],
            "开始时间": ["2024-03-05 09:00", "2024-03-05 09:10"],
            "结束时间": ["2024-03-05 09:10", None],
            "状态": ["空闲", "通话中"],
        }
    )
    read = kpi.canonical(spells, "states", timezone="Asia/Shanghai")
    assert read["state"].tolist() == ["available", "talk"]
    assert str(read["start"].dt.tz) == "Asia/Shanghai"
    visits = pd.DataFrame(
        {"营业厅": ["A"], "取号时间": ["2024/3/5 9:00"], "叫号时间": ["2024/3/5 8:59"]}
    )
    listed = kpi.validate(visits, "visits")
    assert "called must not be before taken" in listed["rule"].tolist()


@pytest.mark.parametrize("frame", [logs.export().iloc[:0], logs.export().iloc[:1]])
def test_no_row_and_one_row(frame):
    assert len(kpi.canonical(frame)) == len(frame)


def test_a_word_means_one_thing():
    for name in ("calls", "states", "tickets", "visits"):
        for column in tables.schema_named(name).columns.values():
            meant = {}
            for word, spellings in column.words.items():
                for spelling in (word, *spellings):
                    assert meant.setdefault(tables.simple(spelling), word) == word, spelling


def test_keys_that_polars_and_pandas_hold_are_read_alike():
    pl = pytest.importorskip("polars")
    frame = kpi.canonical(
        pl.from_pandas(logs.export()).with_columns(pl.col("呼叫结果").cast(pl.Categorical))
    )
    assert frame["outcome"].to_list() == kpi.canonical(logs.export())["outcome"].tolist()


def test_columns_without_names_and_no_columns():
    for frame in (pd.DataFrame([[1, 2]]), pd.DataFrame()):
        with pytest.raises(MissingColumnError, match="known to be 'arrival'"):
            kpi.canonical(frame)
        assert len(kpi.validate(frame)) == 3


def test_validate_tells_which_words_canonical_would_read():
    log = logs.calls()
    log.loc[4, "outcome"] = "已接通"
    (line,) = kpi.validate(log).itertuples()
    assert line.effect.endswith("kpi.canonical reads it as 'answered'")
    assert kpi.canonical(log)["outcome"][4] == "answered"


def test_a_raw_export_handed_to_a_function_is_told_what_reads_it():
    export = logs.export()
    with pytest.raises(MissingColumnError) as told:
        kpi.summarize(export)
    assert (
        "kpi.canonical(calls) reads it as an export: wait = '排队时长', outcome = '呼叫结果'"
        in str(told.value)
    )
    # Of words, too: what letters are near says nothing.
    words = {"Failed": "", "Unhandled": "", "Handled": "kpi.canonical reads it as 'answered'"}
    for word, advice in words.items():
        log = logs.calls()
        log.loc[3, "outcome"] = word
        with pytest.raises(InvalidDataError, match=f"got '{word}'") as told:
            kpi.summarize(log)
        assert "nearest" not in str(told.value)
        assert ("canonical" in str(told.value)) == bool(advice)
        assert advice in str(told.value)
