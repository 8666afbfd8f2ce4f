"""`callstats shifts`, `roster`, `counters`, `hiring`: the library's answers on files."""

from __future__ import annotations

import pandas as pd
import planning
import pytest
from callstats import counters, hiring, roster, shifts

pytest.importorskip("highspy")


@pytest.fixture
def files(tmp_path):
    tables = {
        "plan": planning.requirement(),
        "types": planning.shift_types(),
        "breaks": planning.lunch(),
        "forecast": planning.half_hours(),
        "agents": planning.people(8),
        "hall": planning.hall(),
        "staff": planning.staff(),
    }
    for name, frame in tables.items():
        frame.to_csv(tmp_path / f"{name}.csv", index=False)
    return tmp_path


def test_shifts_as_a_table_and_in_files(run, files):
    expected = shifts.cover(planning.requirement(), planning.shift_types())
    code, out, err = run("shifts", files / "plan.csv", "--shifts", files / "types.csv")
    assert (code, err) == (0, "")
    assert out.startswith("32 paid hours; cost 32, bound 32, gap 0.00%: optimal\n")
    run("shifts", files / "plan.csv", "--shifts", files / "types.csv", "-o", "shifts.csv")
    got = pd.read_csv("shifts.csv", parse_dates=["start", "end"])
    assert got["agents"].tolist() == expected.plan["agents"].tolist()
    assert got["start"].tolist() == expected.plan["start"].tolist()
    pytest.importorskip("openpyxl")
    run(
        "shifts", files / "plan.csv", "--shifts", files / "types.csv", "--breaks",
        files / "breaks.csv", "--what", "schedule", "-o", "shifts.xlsx",
    )  # fmt: skip
    assert "lunch" in set(pd.read_excel("shifts.xlsx")["activity"])


def test_a_calendar_has_an_event_for_each_stretch(run, files):
    ask = ("--starts", "08:00,12:00", "--lengths", "4h", "--what", "schedule", "-o", "week.ics")
    assert run("shifts", files / "plan.csv", *ask) == (0, "", "")
    with open("week.ics", "rb") as stream:  # noqa: PTH123 - line ends as they are
        lines = stream.read().split(b"\r\n")
    assert lines[0] == b"BEGIN:VCALENDAR"
    assert lines[-2:] == [b"END:VCALENDAR", b""]
    assert lines.count(b"BEGIN:VEVENT") == 9
    assert b"DTSTART:20260302T080000" in lines
    assert max(map(len, lines)) <= 75
    code, _, err = run("roster", "week.ics", "--agents", files / "agents.csv")
    assert code == 2
    assert "is a calendar, which is written but not read" in err
    code, _, err = run("hiring", files / "staff.csv", "--attrition", "0", "--effectiveness", "1",
                       "--periods", "2", "-o", "x.ics")  # fmt: skip
    assert code == 2
    assert "a calendar needs the columns 'start' and 'end'" in err


def test_a_goal_over_the_day(run, files):
    goal = ("--service-level", "80%", "--patience", "5min")
    types = ("--starts", "08:00,08:30,09:30,10:00", "--lengths", "2h")
    code, out, err = run("shifts", files / "forecast.csv", *types, *goal)
    expected = shifts.cover_service(
        planning.half_hours(), planning.short_types(), service_level=0.8, patience=300
    )
    assert (code, err) == (0, "")
    assert out.startswith(f"{expected.paid_hours:g} paid hours; cost")
    assert "service level of the day 8" in out


def test_a_roster_is_made_and_checked(run, files):
    run("shifts", files / "plan.csv", "--shifts", files / "types.csv", "-o", "shifts.csv")
    people = ("--agents", files / "agents.csv")
    code, out, _ = run("roster", "shifts.csv", *people, "--week-hours", "40", "--explain", "en")
    assert code == 0
    assert out.startswith("penalties 0, bound 0, gap 0.00%: optimal")
    run("roster", "shifts.csv", *people, "-o", "roster.csv")
    plan = shifts.cover(planning.requirement(), planning.shift_types()).plan
    expected = roster.assign(plan, planning.people(8), rules=roster.Rules())
    assert pd.read_csv("roster.csv")["agent"].tolist() == expected.schedule["agent"].tolist()
    assert run("roster", "roster.csv", *people, "--check")[1] == "no rule is broken\n"
    broken = run("roster", "roster.csv", *people, "--check", "--week-hours", "3")[1]
    assert broken.count("4 paid hours in the week, 3 are the most") == 8


def test_too_few_people_are_told(run, files):
    run("shifts", files / "plan.csv", "--shifts", files / "types.csv", "-o", "shifts.csv")
    planning.people(5).to_csv("few.csv", index=False)
    code, out, err = run("roster", "shifts.csv", "--agents", "few.csv", "-o", "roster.csv")
    assert (code, out) == (0, "")
    assert "8 shifts for 5 agents that are not away" in err
    assert "3 shifts have no agent" in err


def test_counters_and_hiring(run, files):
    rules = ("--minimum", "2", "--maximum", "10", "--total", "42", "--change-cost", "0.2")
    run("counters", files / "hall.csv", "--interval", "30min", *rules, "-o", "open.csv")
    ask = {"minimum": 2, "maximum": 10, "total": 42, "change_cost": 0.2, "interval": 1800}
    expected = counters.plan(planning.hall(), **ask)
    assert pd.read_csv("open.csv")["open"].tolist() == expected["open"].tolist()
    assert "42 staff slots" in run("counters", files / "hall.csv", "--interval", "1800", *rules)[1]
    career = ("--attrition", "0.08,0.05,0.03", "--effectiveness", "0,0.5,0.8", "--periods", "4")
    run("hiring", files / "staff.csv", *career, "--need", "45", "-o", "path.csv")
    path = hiring.path(planning.staff(), **planning.CAREER, periods=4, need=45)
    assert pd.read_csv("path.csv")["effective"].tolist() == path["effective"].tolist()
    classes = ("--need", "52", "--class-size", "4", "--most-classes", "2", "--shortage-cost", "20")
    code, out, err = run("hiring", files / "staff.csv", *career, *classes)
    assert (code, err) == (0, "")
    assert out.startswith("cost ")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("shifts", "plan.csv"), "say which shifts there are: --shifts FILE, or --starts"),
        (("shifts", "plan.csv", "--starts", "08:00"), "--starts needs --lengths"),
        (
            ("shifts", "plan.csv", "--starts", "12:00", "--lengths", "4h"),
            "the requirement cannot be met, 16 agent slots are missing: 2026-03-02 08:00",
        ),
        (
            ("hiring", "staff.csv", "--attrition", "0", "--effectiveness", "1", "--periods", "2",
             "--class-size", "3"),
            "--class-size needs --need",
        ),
        (("roster", "staff.csv", "--agents", "agents.csv"), "staff.csv has no column 'shift'"),
    ],
)  # fmt: skip
def test_wrong_usage_and_demands_are_lines(run, files, words, message):
    placed = [files / word if word.endswith(".csv") else word for word in words]
    code, out, err = run(*placed)
    assert (code, out) == (2, "")
    assert message in err
