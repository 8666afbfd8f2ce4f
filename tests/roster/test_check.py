"""Every broken rule is found, and none where nothing is broken."""

from __future__ import annotations

import pandas as pd
import planning
import pytest
from callstats import roster

MONDAY = "2026-03-02"
PEOPLE = planning.people()


def day(number, hour=8):
    return str(pd.Timestamp(MONDAY) + pd.Timedelta(days=number, hours=hour))


def week(count, hour=8, first=0):
    return planning.worked(*[("a0", day(k, hour), "s") for k in range(first, first + count)])


def away(start, end):
    return pd.DataFrame(
        {"agent": ["a0"], "start": pd.to_datetime([start]), "end": pd.to_datetime([end])}
    )


Rules = roster.Rules
BAD = {
    "overlap": (planning.worked(("a0", day(0), "x"), ("a0", day(0, 12), "y")), {}, {}),
    "shifts_a_day": (planning.worked(("a0", day(0, 1), "x"), ("a0", day(0, 12), "x")), {}, {}),
    "split_gap": (
        planning.worked(("a0", day(0, 6), "x"), ("a0", day(0, 14.5), "x")),
        {"split": True},
        {},
    ),
    "rest": (planning.worked(("a0", day(0, 14), "x"), ("a0", day(1, 6), "x")), {}, {}),
    "unavailable": (week(1), {}, {"unavailable": away(day(0, 10), day(0, 11))}),
    "consecutive_days": (week(7), {}, {}),
    "week_hours": (week(5), {"week_hours": 39}, {}),
    "week_days": (week(5), {"week_days": 4}, {}),
    "hours": (week(5), {"hours": 39}, {}),
    "weekends": (week(2, first=6), {"weekends": 0}, {}),
    "nights": (week(2, hour=22), {"nights": 1}, {}),
}


@pytest.mark.parametrize("rule", BAD)
def test_each_rule_is_found_once(rule):
    schedule, options, tables = BAD[rule]
    found = roster.check(schedule, PEOPLE, rules=Rules(**options), **tables)
    assert found["rule"].tolist() == [rule]
    assert found["agent"].tolist() == ["a0"]
    assert found["sentence"][0]
    free = Rules(rest=0, consecutive_days=None, split=rule == "split_gap", split_gap=(0, "24h"))
    others = roster.check(schedule, PEOPLE, rules=free)
    assert others["rule"].tolist() == ([rule] if rule in {"overlap", "shifts_a_day"} else [])


def test_limits_of_one_agent_go_before_the_rules():
    both = pd.concat([week(5), week(5).assign(agent="a1")])
    people = PEOPLE.assign(week_days=[4, None, None])
    found = roster.check(both, people, rules=Rules(week_days=5))
    assert found[["agent", "amount", "limit"]].values.tolist() == [["a0", 5, 4]]  # noqa: PD011


def test_history_counts_across_the_border():
    rules = Rules(consecutive_days=6, week_days=6)
    late = week(1, hour=14, first=-1)
    assert roster.check(week(1, hour=6), PEOPLE, rules=rules, history=late)["rule"].tolist() == [
        "rest"
    ]
    runs = roster.check(week(3), PEOPLE, rules=rules, history=week(4, first=-4))
    assert runs[["rule", "amount"]].values.tolist() == [["consecutive_days", 7]]  # noqa: PD011
    # What is broken in the history alone is not told again.
    assert roster.check(week(1, first=9), PEOPLE, rules=rules, history=week(7, first=-14)).empty


def test_shifts_cut_by_breaks_are_one():
    parts = planning.worked(("a0", day(0, 8), "s"), ("a0", day(0, 12), "s"), hours=4)
    assert roster.check(parts, PEOPLE, rules=Rules(week_hours=8)).empty
    named = parts.assign(paid_hours=[4.0, 4.5])
    found = roster.check(named, PEOPLE, rules=Rules(week_hours=8))
    assert found["amount"].tolist() == [8.5]


def test_days_are_those_of_the_local_clock():
    zone = "America/New_York"
    local = week(6, hour=20).assign(
        start=lambda rows: rows["start"].dt.tz_localize(zone),
        end=lambda rows: rows["end"].dt.tz_localize(zone),
    )
    # By UTC these shifts start on the next day: the sixth would be a Sunday.
    found = roster.check(local, PEOPLE, rules=Rules(weekends=0))
    assert found["amount"].tolist() == [1]
    five = roster.check(local[:5], PEOPLE, rules=Rules(weekends=0))
    assert five.empty


def test_nothing_broken_and_nobody_there():
    assert roster.check(week(5), PEOPLE, rules=Rules(week_hours=40, weekends=0)).empty
    assert roster.check(week(5)[:0], PEOPLE, rules=Rules()).empty


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"schedule": week(1).assign(agent="zoe")},
            "agent must be an agent of the table; got 'zoe'",
        ),
        ({"schedule": week(2).assign(end=pd.Timestamp(day(0)))}, "end must be after start"),
        ({"agents": pd.DataFrame({"agent": ["a0", "a0"]})}, "agent must be different in every row"),
        ({"agents": PEOPLE.assign(week_hours=-1)}, "week_hours must be >= 0"),
        ({"rules": {}}, "rules must be roster.Rules"),
        (
            {"unavailable": away("2026-03-02T08:00Z", "2026-03-02T09:00Z")},
            "the times of schedule and unavailable must both have a time zone, or neither",
        ),
    ],
)
def test_bad_input_is_named(change, message):
    given = {"schedule": week(1), "agents": PEOPLE, "rules": Rules()} | change
    with pytest.raises((ValueError, TypeError), match=message):
        roster.check(**given)
