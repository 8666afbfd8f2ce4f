"""Units, numbers, durations and times of exports: read right, or asked about."""

from __future__ import annotations

import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from callstats import kpi
from callstats.errors import InvalidDataError
from callstats.kpi.exports.cells import numbers, units

pytestmark = pytest.mark.frames
CASES = Path(__file__).parent / "cases"


def case(name, **options):
    return pd.read_csv(CASES / name, **options)


def figures(log, **options):
    return kpi.summarize(log, **options).iloc[0]


def calls(**columns):
    """Two answered calls and one abandoned, as text."""
    frame = pd.DataFrame(
        {
            "Start Time": ["2024-03-04 09:00:00", "2024-03-04 09:05:00", "2024-03-04 09:10:00"],
            "Queue Time": ["12", "61", "18"],
            "Status": ["Answered", "Abandoned", "Answered"],
        }
    )
    return frame.assign(**columns)


def test_billed_seconds_are_the_talk_and_the_wait_is_the_rest():
    log = kpi.canonical(case("cdr.csv"))
    row = figures(log)
    assert log["wait"].tolist() == [15.0, 30.0, 12.0, 20.0]
    assert row[["offered", "answered", "abandoned", "blocked"]].tolist() == [4, 2, 1, 1]
    assert (row["asa"], row["aht"], row["service_level"]) == (17.5, 75.0, 2 / 3)
    assert "duration - billsec" in log.attrs["callstats"]["made"]["wait"]


@pytest.mark.parametrize(
    ("lengths", "talk", "made"),
    [
        (["200", "0", "300"], [200.0, 0.0, 300.0], "none without an answer"),
        (["212", "61", "318"], [200.0, np.nan, 300.0], "Duration - wait"),
        (["212", "50", "318"], None, "may hold the wait"),
    ],
)
def test_a_duration_is_talk_only_where_that_is_seen(lengths, talk, made):
    log = kpi.canonical(calls(Duration=lengths))
    about = log.attrs["callstats"]
    if talk is None:
        assert "talk" not in log
        assert made in about["not_made"]["talk"]
        assert (
            kpi.canonical(calls(Duration=lengths), columns={"talk": "Duration"})["talk"][0] == 212
        )
    else:
        np.testing.assert_array_equal(log["talk"], talk)
        assert made in about["made"]["talk"]


def test_units_are_said_behind_the_name_or_apart():
    export = case("milliseconds.csv")
    names = {"arrival": "Date", "wait": "Total Queue", "talk": "Total Talk", "hold": "Total Hold"}
    names["acw"] = "Total ACW"
    with pytest.raises(InvalidDataError, match=r"units=\{'wait': 'ms', 'talk': 'ms', 'hold'"):
        kpi.canonical(export, columns=names)
    bracketed = {name: source + " [ms]" * (name != "arrival") for name, source in names.items()}
    apart = dict.fromkeys(("wait", "talk", "hold", "acw"), "ms")
    for log in (
        kpi.canonical(export, columns=bracketed),
        kpi.canonical(export, columns=names, units=apart),
    ):
        row = figures(log)
        assert log["wait"].tolist() == [12.0, 61.0, 18.5]
        assert (row["asa"], row["aht"], row["service_level"]) == (15.25, 385.0, 2 / 3)
    seconds = kpi.canonical(export, columns=names, units=dict.fromkeys(apart, "s"))
    assert seconds["wait"].tolist() == [12000.0, 61000.0, 18500.0]
    with pytest.raises(ValueError, match="units must be one of ms, s, min, h, days"):
        kpi.canonical(export, units={"wait": "fortnights"})
    with pytest.raises(ValueError, match="units must name columns of durations"):
        kpi.canonical(export, units={"queue": "ms"})


@pytest.mark.parametrize(
    ("header", "values", "seconds"),
    [
        ("Talk (ms)", ["180000"], 180.0),
        ("talk_ms", ["180000"], 180.0),
        ("talkMs", ["180000"], 180.0),
        ("Talk Time in Minutes", ["3"], 180.0),
        ("Talk [h]", ["0.05"], 180.0),
        ("Talk Time (mm:ss)", ["3:00"], 180.0),
        ("Talk Time (hh:mm)", ["1:15"], 4500.0),
        ("Talk (hh:mm:ss)", ["26:15:00"], 94_500.0),
        ("Talk (days)", ["0.5"], 43_200.0),
    ],
)
def test_units_and_notations_in_names(header, values, seconds):
    export = calls().iloc[:1].assign(**{header: values})
    assert kpi.canonical(export)["talk"].tolist() == [seconds]


def test_a_least_is_no_minute():
    assert units.unit_of("Items").seconds == 1.0
    export = calls(**{"Talk Min": ["1", "2", "3"], "Talk Max": ["3", "4", "5"]})
    assert "talk" not in kpi.canonical(export)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["12,5", "1,25", "1,250"], [12.5, 1.25, 1.25]),
        (["1.250,75", "12"], [1250.75, 12.0]),
        (["1,250.75", "1,000"], [1250.75, 1000.0]),
        (["1 000", "12"], [1000.0, 12.0]),
        (["1'000", "12.5"], [1000.0, 12.5]),
        (["1,000", "910"], [1000.0, 910.0]),
        (["1.000", "910"], [1000.0, 910.0]),
        (["0.125", "1.250"], [0.125, 1.25]),
        (["1,250,000", "1,250"], [1_250_000.0, 1250.0]),
    ],
)
def test_numbers_are_read_by_the_whole_column(texts, expected):
    forecast = pd.DataFrame({"start": "2024-03-04 09:00", "calls": texts, "aht": "210"})
    assert kpi.canonical(forecast, "forecast")["volume"].tolist() == expected
    log = pd.concat([calls().iloc[:1]] * len(texts)).assign(Talk=texts, call_id=range(len(texts)))
    assert kpi.canonical(log, units={"talk": "s"})["talk"].tolist() == expected


def test_numbers_that_can_be_read_in_two_ways_are_asked_about():
    forecast = pd.DataFrame({"start": "2024-03-04 09:00", "calls": ["1,250", "2,125"], "aht": 210})
    with pytest.raises(InvalidDataError, match=r"'1,250' in 'calls'.*1\.25 or 1250.*decimal=','"):
        kpi.canonical(forecast, "forecast")
    for decimal, first in ((",", 1.25), (".", 1250.0)):
        assert kpi.canonical(forecast, "forecast", decimal=decimal)["volume"][0] == first
    # Another column of the file tells.
    assert kpi.canonical(forecast.assign(share="81,2"), "forecast")["volume"][0] == 1.25
    assert kpi.canonical(forecast.assign(share="81.2%"), "forecast")["volume"][0] == 1250.0
    with pytest.raises(InvalidDataError, match="decimal comma in some rows"):
        kpi.canonical(forecast.assign(calls=["12,5", "12.5"]), "forecast")
    with pytest.raises(ValueError, match="decimal must be"):
        kpi.canonical(forecast, "forecast", decimal=";")
    assert numbers.only_reading("1,250") is None


def test_a_forecast_with_decimal_commas():
    forecast = case("decimal_comma.csv", sep=";")
    for rows in (3, 2):
        volume = kpi.canonical(forecast.head(rows), "forecast")["volume"].tolist()
        assert volume == [12.5, 1.25, 1.25][:rows]


def test_a_spreadsheet_s_durations_of_more_than_a_day():
    export = pd.read_excel(CASES / "over_24_hours.xlsx")
    row = figures(kpi.canonical(export))
    assert (row["answered"], row["aht"]) == (2, 47_321.5)
    longer = [datetime.datetime(1900, 1, 1, 2, 15), datetime.datetime(1900, 3, 1), None]
    log = kpi.canonical(calls(Talk=pd.Series(longer, dtype=object)))
    np.testing.assert_array_equal(log["talk"], [94_500.0, 61 * 86_400.0, np.nan])
    whole = kpi.canonical(calls(Talk=pd.Series(longer)))
    np.testing.assert_array_equal(whole["talk"], log["talk"])


def test_day_fractions_are_asked_about():
    export = calls(Talk=[0.00243, np.nan, 0.01])
    for values in (export["Talk"], export["Talk"].astype(str)):
        with pytest.raises(InvalidDataError, match=r"0\.00243 in 'Talk'.*units=\{'talk': 'days'\}"):
            kpi.canonical(export.assign(Talk=values))
    days = kpi.canonical(export, units={"talk": "days"})["talk"]
    np.testing.assert_allclose(days, [209.952, np.nan, 864.0], rtol=1e-12)
    with pytest.raises(InvalidDataError, match="whose name says hh:mm:ss"):
        kpi.canonical(export.rename(columns={"Talk": "Talk (hh:mm:ss)"}))


def test_minutes_that_a_spreadsheet_took_for_hours():
    export = calls(**{"Talk (mm:ss)": ["3:20:00", None, "5:00:00"]})
    with pytest.raises(InvalidDataError, match=r"units=\{'talk': 'mm:ss'\}"):
        kpi.canonical(export)
    log = kpi.canonical(export, units={"talk": "mm:ss"})
    np.testing.assert_array_equal(log["talk"], [200.0, np.nan, 300.0])


@pytest.mark.parametrize(
    ("columns", "asked"),
    [
        # Talk in minutes, in hours, in milliseconds, against the times of answer and end.
        ({"Talk": ["3", None, "5"]}, r"units=\{'talk': 'min'\}"),
        ({"Talk": ["0.05", None, "0.08"]}, r"units=\{'talk': 'h'\}"),
        ({"Talk": ["180000", None, "300000"]}, r"units=\{'talk': 'ms'\}"),
        ({"Queue Time": ["12000", "61000", "18000"]}, r"units=\{'wait': 'ms'\}"),
        ({"Queue Time": ["0.2", "1.0", "0.3"]}, r"units=\{'wait': 'min'\}"),
    ],
)
def test_lengths_that_contradict_the_times_are_asked_about(columns, asked):
    times = {
        "Answer Time": ["2024-03-04 09:00:12", None, "2024-03-04 09:10:18"],
        "End Time": ["2024-03-04 09:03:12", "2024-03-04 09:06:01", "2024-03-04 09:15:18"],
    }
    with pytest.raises(InvalidDataError, match=asked):
        kpi.canonical(calls(**times, **columns))
    right = kpi.canonical(calls(**times))
    np.testing.assert_array_equal(right["talk"], [180.0, np.nan, 300.0])
    (name,) = columns
    listed = kpi.validate(calls(**times, **columns))
    assert listed["effect"].str.contains(asked).any(), name


def test_waits_in_milliseconds_without_an_end_are_asked_about():
    export = calls(**{"Queue Time": ["12000", "61000", "18500"]})
    with pytest.raises(InvalidDataError, match=r"next arrivals.*units=\{'wait': 'ms'\}"):
        kpi.canonical(export)
    overload = pd.DataFrame(
        {
            "Start Time": pd.date_range("2024-03-04 09:00", periods=50, freq="2min"),
            "Queue Time": np.arange(3600, 3600 + 50 * 30, 30),
            "Status": "Answered",
        }
    )
    assert kpi.canonical(overload)["wait"][0] == 3600.0


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("split_skill.csv", [(91, 9, None), (115, 10, None)]),
        ("start_date_start_time.csv", [(91, 9, 240.0), (115, 10, 255.0)]),
        ("date_and_clock.csv", [(910, 90, 240.0), (1150, 100, 255.0)]),
    ],
)
def test_interval_reports(name, rows):
    for text in (False, True):
        table = kpi.canonical(case(name, dtype=str if text else None), "intervals")
        assert table["start"].tolist() == [
            pd.Timestamp("2025-01-20 09:00"), pd.Timestamp("2025-01-20 09:30"),
        ]  # fmt: skip
        assert table["answered"].tolist() == [row[0] for row in rows]
        assert table["abandoned"].tolist() == [row[1] for row in rows]
        if rows[0][2] is not None:
            assert table["aht"].tolist() == [row[2] for row in rows]


@pytest.mark.parametrize(
    ("columns", "last"),
    [
        ({"Date": "1/20/2025", "Interval": ["9:00 AM - 9:30 AM", "9:30 AM - 10:00 AM"]}, 30),
        ({"Date": "2025-01-20", "Interval": ["0900-0930", "0930-1000"]}, 30),
        ({"Date": "2025-01-20", "Time": ["900", "930"]}, 30),
        ({"Date": "2025-01-20", "Time": [900, 930]}, 30),
        ({"Date": "2025-01-20", "Hour": [9, 10]}, 60),
        ({"Date": "2025-01-20", "Half Hour": [datetime.time(9), datetime.time(9, 30)]}, 30),
        ({"Date": pd.Timestamp("2025-01-20"), "Time": [0.375, 0.3958333333333333]}, 30),
        ({"Interval": ["2025-01-20 09:00 - 09:30", "2025-01-20 09:30 - 10:00"]}, 30),
        ({"Interval Start": ["2025-01-20 09:00", "2025-01-20 09:30"], "Date": "2025-01-20"}, 30),
        ({"StartDate": "20.01.2025", "StartTime": ["09:00", "09:30"]}, 30),
        ({"日期": "2025年1月20日", "时段": ["09:00-09:30", "09:30-10:00"]}, 30),
    ],
)
def test_half_hours_in_every_notation(columns, last):
    frame = pd.DataFrame({**columns, "Calls Offered": ["10", "20"]})
    start = kpi.canonical(frame, "intervals")["start"].tolist()
    first = pd.Timestamp("2025-01-20 09:00")
    assert start == [first, first + pd.Timedelta(minutes=last)]


def test_clock_readings_without_a_date_are_asked_about():
    with pytest.raises(InvalidDataError, match="clock readings and no date"):
        kpi.canonical(calls(**{"Start Time": ["09:00:00", "09:05:00", "09:10:00"]}))


def test_clocks_run_over_midnight():
    export = pd.DataFrame(
        {
            "Date": ["2024-03-04"] * 2,
            "Start Time": ["23:59:50", "12:00:00"],
            "Answer Time": ["00:00:10", "12:00:05"],
            "End Time": ["00:02:10", "12:01:05"],
        }
    )
    log = kpi.canonical(export)
    assert log["wait"].tolist() == [20.0, 5.0]
    assert log["talk"].tolist() == [120.0, 60.0]
    assert log["end"].tolist()[0] == pd.Timestamp("2024-03-05 00:02:10")


def test_answered_is_what_has_a_time_of_answer():
    names = {
        "arrival": "Queue.EnqueueTimestamp", "answer": "Agent.ConnectedToAgentTimestamp",
        "wait": "Queue.Duration", "talk": "Agent.AgentInteractionDuration",
        "acw": "Agent.AfterContactWorkDuration",
    }  # fmt: skip
    row = figures(kpi.canonical(case("contacts.csv"), columns=names))
    assert row[["offered", "answered", "abandoned"]].tolist() == [2, 1, 1]
    assert (row["asa"], row["mean_time_to_abandon"], row["aht"]) == (15.0, 60.0, 255.0)
    row = figures(kpi.canonical(case("answer_end.csv")))
    assert (row["asa"], row["mean_time_to_abandon"], row["aht"]) == (10.0, 40.0, 180.0)
    with pytest.raises(InvalidDataError, match="no row has a time of answer"):
        kpi.canonical(case("answer_end.csv").assign(**{"Answer Time": None}))


def test_a_call_time_may_be_a_length():
    log = kpi.canonical(case("call_time_is_a_length.csv"))
    row = figures(log)
    assert (row["service_level"], row["asa"], row["aht"]) == (0.5, 27.0, 260.0)
    assert log.attrs["callstats"]["dates_only"]
    clocks = case("call_time_is_a_length.csv").assign(**{"Call Time": ["9:03:20", "15:05:20"]})
    assert kpi.canonical(clocks)["arrival"].tolist() == [
        pd.Timestamp("2024-03-04 09:03:20"), pd.Timestamp("2024-03-04 15:05:20"),
    ]  # fmt: skip


@pytest.mark.parametrize("scale", [1, 1000])
@pytest.mark.parametrize("kind", [int, float, str])
def test_seconds_and_milliseconds_since_1970(scale, kind):
    stamps = [kind(1709543400 * scale), kind(1709543460 * scale), kind(1709543520 * scale)]
    log = kpi.canonical(calls(**{"Start Time": stamps}))
    assert log["arrival"].tolist()[1] == pd.Timestamp("2024-03-04 09:11", tz="UTC")
    local = kpi.canonical(calls(**{"Start Time": stamps}), timezone="Asia/Shanghai")
    assert local["arrival"].tolist()[1].strftime("%H:%M") == "17:11"


def test_the_queue_log_of_asterisk():
    frame = case("queue_log", sep="|", header=None, names=range(8))
    named = case(
        "queue_log", sep="|", header=None,
        names=["time", "callid", "queuename", "agent", "event", "data1", "data2", "data3"],
    )  # fmt: skip
    for log in map(kpi.canonical, (frame, named, named.iloc[::-1].sort_values("time"))):
        row = figures(log)
        assert log["outcome"].tolist() == ["answered", "abandoned", "flow_out"]
        assert (row["service_level"], row["asa"], row["aht"]) == (0.5, 10.0, 60.0)
        assert row["mean_time_to_abandon"] == 30.0
        assert log["arrival"][0] == pd.Timestamp("2024-03-04 09:10", tz="UTC")
    cut = kpi.canonical(named.iloc[1:-1])
    assert cut["outcome"].tolist() == ["abandoned"]
    assert set(cut.attrs["callstats"]["made"]) >= {
        "2 events of calls that entered before the log begins",
        "1 calls that were waiting when the log ended",
    }
    with pytest.raises(InvalidDataError, match="header=None"):
        kpi.canonical(case("queue_log", sep="|"))


def test_events_of_agents_become_spells():
    for frame in (case("agent_events.csv"), case("agent_events.csv").iloc[::-1]):
        spells = kpi.canonical(frame, "states").sort_values("start")
        assert spells["state"].tolist() == ["available", "aux", "available"]
        assert spells["end"].dt.strftime("%H:%M").tolist() == ["09:15", "09:30", "12:00"]
    still = kpi.canonical(case("agent_events.csv").iloc[:3], "states")
    assert len(still) == 2
    assert "1 spells that were not over when the log ended" in still.attrs["callstats"]["made"]


def test_start_and_length_become_spells():
    spells = kpi.canonical(case("start_and_length.csv"), "states")
    assert spells["end"].dt.strftime("%H:%M").tolist() == ["09:15", "09:45"]
    assert spells["state"].tolist() == ["available", "break"]
    minutes = case("start_and_length.csv").assign(Duration=[75, 30])
    with pytest.raises(InvalidDataError, match=r"units=\{'duration': 'min'\}"):
        kpi.canonical(minutes, "states")
    read = kpi.canonical(minutes, "states", units={"duration": "min"})
    assert read["end"].tolist() == spells["end"].tolist()


def test_members_of_a_queue_log_become_spells():
    rows = [
        (1709539200, "NONE", "sales", "SIP/201", "ADDMEMBER"),
        (1709539200, "NONE", "help", "SIP/201", "ADDMEMBER"),
        (1709539500, "1.1", "sales", "SIP/201", "CONNECT"),
        (1709539560, "1.1", "sales", "SIP/201", "COMPLETECALLER"),
        (1709539800, "NONE", "NONE", "SIP/201", "PAUSEALL"),
        (1709540100, "NONE", "NONE", "SIP/201", "UNPAUSEALL"),
        (1709540400, "NONE", "help", "SIP/201", "REMOVEMEMBER"),
        (1709540700, "NONE", "sales", "SIP/201", "REMOVEMEMBER"),
    ]
    frame = pd.DataFrame(rows, columns=["time", "callid", "queuename", "agent", "event"])
    spells = kpi.canonical(frame, "states")
    assert spells["state"].tolist() == ["available", "talk", "available", "aux", "available"]
    lengths = (spells["end"] - spells["start"]).dt.total_seconds().tolist()
    assert lengths == [300.0, 60.0, 240.0, 300.0, 600.0]


def test_sizes_that_no_calls_have_are_asked_about():
    waits, talks = [86, 61, 17], [200, 0, 310]
    minutes = calls(**{"Queue Time": [wait / 60 for wait in waits]})
    with pytest.raises(InvalidDataError, match=r"sixtieths.*units=\{'wait': 'min'\}"):
        kpi.canonical(minutes)
    read = kpi.canonical(minutes, units={"wait": "min"})
    np.testing.assert_allclose(read["wait"], waits, rtol=1e-12)
    with pytest.raises(InvalidDataError, match=r"units=\{'talk': 'ms'\}"):
        kpi.canonical(calls(Talk=[talk * 1000 for talk in talks]))
    # 27:05 typed into a spreadsheet as minutes and seconds.
    clocks = calls(**{"Queue Time": ["27:05:00", "1:01:00", "0:17:00"]})
    with pytest.raises(InvalidDataError, match=r"units=\{'wait': 'mm:ss'\}"):
        kpi.canonical(clocks)
    assert kpi.canonical(clocks, units={"wait": "mm:ss"})["wait"].tolist() == [1625.0, 61.0, 17.0]
    forecast = pd.DataFrame({"start": ["2024-03-04 09:00"], "calls": [100], "aht": [4]})
    with pytest.raises(InvalidDataError, match=r"units=\{'aht': 'min'\}"):
        kpi.canonical(forecast, "forecast")


@pytest.mark.parametrize("none", ["", "0000-00-00 00:00:00", "0001-01-01 00:00:00", "NULL"])
def test_times_that_are_none(none):
    export = case("answer_end.csv", dtype=str).fillna(none)
    assert kpi.canonical(export)["wait"].tolist() == [10.0, 40.0]


def test_of_counted_times_zero_is_none():
    export = pd.DataFrame(
        {
            "Start Time": [1709542800, 1709542860],
            "Answer Time": [1709542810, 0],
            "End Time": [1709542990, 1709542900],
        }
    )
    for frame in (export, export.astype(str), export.astype(float)):
        assert kpi.canonical(frame)["wait"].tolist() == [10.0, 40.0]


def test_a_wait_is_what_a_call_lasted_beside_the_talk():
    end = ["2024-03-04 09:03:32", "2024-03-04 09:06:01", "2024-03-04 09:15:18"]
    export = calls(**{"End Time": end, "Talk": [200, 0, 300]}).drop(columns="Queue Time")
    assert kpi.canonical(export)["wait"].tolist() == [12.0, 61.0, 18.0]
    with pytest.raises(InvalidDataError, match="may hold after-call work"):
        kpi.canonical(export.assign(ACW=[10, 0, 20]))
