"""Units, numbers, times and event logs of exports as commands read them."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pandas as pd
import pytest

CASES = Path(__file__).parents[1] / "kpi" / "cases"

pytestmark = pytest.mark.frames


@pytest.fixture
def figures(run):
    """A command on a case; exit code, the first row of its result, standard error."""

    def figures(command, name, *words):
        shutil.copy(CASES / name, name)
        code, out, err = run(command, name, *words, "-o", "out.csv")
        row = pd.read_csv("out.csv").iloc[0] if code == 0 and command == "kpi" else None
        Path("out.csv").unlink(missing_ok=True)
        return code, row, err + out

    return figures


def test_billed_seconds_are_the_talk(figures):
    for words in ((), ("--rename", "outcome=disposition")):
        code, row, told = figures("kpi", "cdr.csv", *words)
        assert code == 0
        assert "talk is billsec" in told
        assert (row["asa"], row["aht"], row["service_level"]) == (17.5, 75.0, pytest.approx(2 / 3))
    assert figures("validate", "cdr.csv")[0] == 0


def test_a_unit_that_is_missing_is_asked_for_once(figures):
    names = ("--rename", "arrival=Date,wait=Total Queue")
    for command in ("kpi", "validate"):
        code, _, told = figures(command, "milliseconds.csv", *names)
        assert code == 2
        if command == "kpi":
            assert "--units wait=ms,talk=ms,hold=ms,acw=ms" in told
    every = "wait=ms,talk=ms,hold=ms,acw=ms"
    code, row, told = figures("kpi", "milliseconds.csv", *names, "--units", every)
    assert code == 0
    assert (row["asa"], row["service_level"]) == (15.25, pytest.approx(2 / 3))
    assert row["aht"] == 385.0
    every = names[1] + " [ms],talk=Total Talk [ms],hold=Total Hold [ms],acw=Total ACW [ms]"
    code, row, _ = figures("kpi", "milliseconds.csv", "--rename", every)
    assert (row["asa"], row["aht"]) == (15.25, 385.0)
    code, _, told = figures("kpi", "milliseconds.csv", *names, "--units", "wait=weeks")
    assert code == 2
    assert "units must be one of ms, s, min" in told


def test_a_spreadsheet_s_durations_of_more_than_a_day(figures):
    code, row, _ = figures("kpi", "over_24_hours.xlsx")
    assert code == 0
    assert (row["talk_sum"], row["aht"]) == (94_643.0, 47_321.5)


def test_canonical_names_in_another_unit_are_asked_about(run):
    log = pd.DataFrame(
        {
            "arrival": pd.date_range("2024-03-04 09:00", periods=4, freq="2min"),
            "wait": [12000, 61000, 18500, 3000],
            "outcome": ["answered", "abandoned", "answered", "answered"],
        }
    )
    log.to_csv("log.csv", index=False)
    for command in ("kpi", "validate"):
        code, out, err = run(command, "log.csv")
        assert code == 2
        assert "--units wait=ms" in out + err
    code, _, _ = run("kpi", "log.csv", "--units", "wait=ms", "-o", "out.csv")
    assert code == 0
    assert pd.read_csv("out.csv")["wait_sum_all"].tolist() == [94.5]
    assert run("kpi", "log.csv", "--units", "wait=s")[0] == 0


def test_canonical_names_with_decimal_commas_are_read(run):
    Path("log.csv").write_text(
        "arrival;wait;outcome\n2024-03-04 09:00;12,5;answered\n2024-03-04 09:05;7;answered\n",
        encoding="utf-8",
    )
    code, out, _ = run("kpi", "log.csv", "--separator", ";", "--format", "csv")
    assert code == 0
    assert pd.read_csv(io.StringIO(out))["asa"].tolist() == [9.75]
    Path("log.csv").write_text(
        "arrival;wait;outcome\n2024-03-04 09:00;1,250;answered\n2024-03-04 09:05;2,125;answered\n",
        encoding="utf-8",
    )
    code, _, err = run("kpi", "log.csv", "--separator", ";")
    assert code == 2
    assert "--decimal ," in err
    code, out, _ = run("kpi", "log.csv", "--separator", ";", "--decimal", ",", "--format", "csv")
    assert pd.read_csv(io.StringIO(out))["asa"].tolist() == [1.6875]


def test_answered_by_the_time_of_answer(figures):
    code, row, told = figures("kpi", "answer_end.csv")
    assert code == 0
    assert "answered where Answer Time is known" in told
    assert (row["asa"], row["mean_time_to_abandon"], row["aht"]) == (10.0, 40.0, 180.0)


def test_dates_without_a_time_of_day_make_no_half_hours(figures):
    code, row, _ = figures("kpi", "call_time_is_a_length.csv")
    assert code == 0
    assert (row["service_level"], row["asa"], row["aht"]) == (0.5, 27.0, 260.0)
    code, _, told = figures("kpi", "call_time_is_a_length.csv", "--freq", "30min")
    assert code == 2
    assert "no time of day" in told
    assert figures("kpi", "call_time_is_a_length.csv", "--freq", "day")[0] == 0


@pytest.mark.parametrize("words", [("--separator", "|"), ()])
def test_the_queue_log_of_asterisk(run, words):
    shutil.copy(CASES / "queue_log", "queue_log")
    code, out, _ = run("kpi", "queue_log", "--format", "csv", *words)
    assert code == 0
    row = pd.read_csv(io.StringIO(out)).iloc[0]
    assert row[["answered", "abandoned", "flow_out"]].tolist() == [1, 1, 1]
    assert (row["service_level"], row["asa"], row["talk_sum"]) == (0.5, 10.0, 60.0)


GOAL = ("--service-level", "80%", "--threshold", "20")
#: Of 100 calls of 240 s and 125 of 255 s in half an hour, and of ten times as many.
ONCE, TENFOLD = ([40 / 3, 425 / 24], [17, 22]), ([400 / 3, 4250 / 24], [142, 186])


@pytest.mark.parametrize(
    ("name", "words", "expected"),
    [
        ("split_skill.csv", ("--calls", "ACD Calls", "--aht", "Avg Talk Time"), ONCE),
        (
            "split_skill.csv",
            ("--calls", "ACD Calls", "--aht", "Avg Talk Time", "--rename", "start=Date"),
            ONCE,
        ),
        (
            "start_date_start_time.csv",
            ("--calls", "ContactsQueued", "--aht", "AvgHandleTime"),
            ONCE,
        ),
        ("start_date_start_time.csv", ("--rename", "start=StartDate"), ONCE),
        ("start_date_start_time.csv", (), ONCE),
        (
            "date_and_clock.csv",
            ("--calls", "Calls Inbound", "--aht", "Avg Handle Time (sec)"),
            TENFOLD,
        ),
        ("date_and_clock.csv", ("--rename", "start=Time", "--interval", "30min"), TENFOLD),
    ],
)
def test_interval_reports_are_staffed_and_keep_their_half_hours(run, name, words, expected):
    shutil.copy(CASES / name, name)
    code, _, err = run("staff", name, *words, *GOAL, "-o", "plan.csv")
    assert code == 0
    assert "start is " in err
    plan = pd.read_csv("plan.csv")
    assert plan["start"].tolist() == ["2025-01-20 09:00:00", "2025-01-20 09:30:00"]
    assert plan["load"].tolist() == pytest.approx(expected[0], rel=1e-12)
    assert plan["required_agents"].tolist() == expected[1]


def test_a_forecast_in_another_notation(run):
    shutil.copy(CASES / "decimal_comma.csv", "forecast.csv")
    code, _, _ = run("staff", "forecast.csv", "--separator", ";", *GOAL, "-o", "plan.csv")
    assert code == 0
    assert pd.read_csv("plan.csv")["calls"].tolist() == [12.5, 1.25, 1.25]
    text = 'start,calls,aht\n2024-03-04 09:00,"1,250",4\n2024-03-04 09:30,"2,125",4\n'
    Path("two_ways.csv").write_text(text, encoding="utf-8")
    code, _, err = run("staff", "two_ways.csv", *GOAL)
    assert code == 2
    assert "--decimal ," in err
    words = ("--decimal", ".", "--units", "aht=min")
    code, _, _ = run("staff", "two_ways.csv", *words, *GOAL, "-o", "plan.csv")
    assert pd.read_csv("plan.csv")["load"][0] == pytest.approx(1250 * 240 / 1800, rel=1e-12)
