"""Named agents: proven optima, every kind of rule, reasons, and rosters solved in parts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import planning
import pytest
from callstats import roster, shifts

pytest.importorskip("highspy")

Rules = roster.Rules


@pytest.mark.parametrize("case", planning.instances("assign"), ids=lambda case: case["name"])
def test_proven_optima(case):
    tables = planning.roster_of(case)
    rules = Rules(
        rest=case["rest_s"],
        consecutive_days=case["consecutive"],
        weekends=2 - case["weekends_off"],
        under_penalty=case["under_penalty"],
    )
    found = roster.assign(**tables, rules=rules)
    assert found.objective == pytest.approx(case["objective"], abs=1e-6)
    assert found.bound <= found.objective + 1e-9
    assert found.status == "optimal"
    assert found.unfilled["short"].sum() == case["under"]
    assert found.terms["cost"].sum() == pytest.approx(found.objective)
    assert found.unfilled["reasons"].str.len().min() > 0
    broken = roster.check(
        found.schedule, tables["agents"], rules=rules, unavailable=tables["unavailable"]
    )
    assert broken.empty


def assigned(need=1, people=3, days=3, rules=None, **tables):
    shifts_, agents = planning.demand(days, need), planning.people(people)
    agents = tables.pop("agents", agents)
    return roster.assign(tables.pop("shifts", shifts_), agents, rules=rules or Rules(), **tables)


def stretch(agent, start, hours):
    begin = pd.to_datetime([start])
    return pd.DataFrame(
        {"agent": [agent], "start": begin, "end": begin + pd.Timedelta(hours=hours)}
    )


def test_every_shift_has_its_agents_and_nobody_breaks_a_rule():
    found = assigned(days=14, people=4, rules=Rules(week_days=5, weekends=1))
    assert found.objective == 0
    per_shift = found.schedule.groupby(["shift", "start"]).size()
    assert (per_shift == 1).all()
    assert len(per_shift) == 28
    assert found.fairness["weekends"].max() <= 1
    assert found.fairness["shifts"].sum() == 28
    assert found.schedule.columns.tolist() == [
        "agent", "start", "end", "activity", "shift", "paid_hours",
    ]  # fmt: skip


def test_what_stops_whom_is_said_of_an_empty_slot():
    leave = stretch("a0", "2026-03-02", 24)
    history = stretch("a1", "2026-03-01 22:00", 8)
    agents = planning.people().assign(week_hours=[None, None, 0.0])
    found = assigned(days=1, agents=agents, unavailable=leave, history=history)
    reasons = found.unfilled.set_index("shift")["reasons"]
    assert reasons["early"] == "on leave 1, rest 1, weekly hours 1"
    assert reasons["late"] == "on leave 1, rest 1, weekly hours 1"
    assert found.objective == 200
    assert found.warnings == ["2026-03-02: 2 shifts for 1 agents that are not away"]


def test_warnings_before_anything_is_solved():
    found = assigned(days=3, people=3, rules=Rules(week_hours=8))
    assert found.warnings == ["48 paid hours are needed, contracts have 24"]
    assert found.unfilled["short"].sum() == 3


def test_skills_hard_and_priced():
    demand = planning.demand(2).assign(skill=["spanish", None, None, None])
    agents = planning.people().assign(skills=["", ["spanish", "loans"], "french, spanish"])
    wish = pd.DataFrame(
        {"agent": ["a0"], "date": ["2026-03-02"], "shift": ["early"], "penalty": [-9]}
    )
    found = assigned(shifts=demand, agents=agents, preferences=wish)
    first = found.schedule[found.schedule["start"] == "2026-03-02 07:00"]
    assert first["agent"].item() in {"a1", "a2"}
    lack = pd.DataFrame({"shift": ["late"], "skill": ["welsh"], "agents": [1], "penalty": [7.0]})
    found = assigned(days=2, skills=lack)
    assert found.objective == 14
    assert found.terms.set_index("term")["amount"]["skill welsh"] == 2
    assert found.warnings[0] == "2026-03-02 14:00: 1 agents with skill welsh for 0 that have it"


def test_wishes_of_a_day_and_of_a_shift():
    wishes = pd.DataFrame(
        {
            "agent": ["a0", "a1"],
            "date": pd.to_datetime(["2026-03-02", "2026-03-02"]),
            "shift": ["late", None],
            "penalty": [-4.0, 6.0],
        }
    )
    found = assigned(days=1, preferences=wishes)
    whom = found.schedule.set_index("shift")["agent"]
    assert (whom["late"], whom["early"]) == ("a0", "a2")
    assert found.objective == -4
    assert found.fairness.set_index("agent")["wishes_cost"]["a0"] == -4


def test_fixed_shifts_stay_and_published_ones_have_a_price():
    fixed = stretch("a2", "2026-03-02 07:00", 8)
    found = assigned(days=1, people=3, fixed=fixed)
    assert found.schedule.set_index("shift")["agent"]["early"] == "a2"
    first = assigned(days=5, people=4, rules=Rules(rest=0), seed=1)
    keep = Rules(rest=0, change_penalty=2)
    dislike = pd.DataFrame(
        {
            "agent": first.schedule["agent"],
            "date": first.schedule["start"],
            "shift": None,
            "penalty": 1,
        }
    )
    again = assigned(days=5, people=4, rules=keep, history=first.schedule, preferences=dislike)
    pd.testing.assert_frame_equal(again.schedule, first.schedule)
    free = assigned(
        days=5, people=4, rules=Rules(rest=0), history=first.schedule, preferences=dislike
    )
    assert not free.schedule.equals(first.schedule)


def test_history_holds_runs_and_weeks():
    # Five days from Tuesday on; the roster begins on Sunday.
    days = planning.worked(*[("a0", f"2026-03-{day:02} 07:00", "early") for day in range(3, 8)])
    demand = planning.demand(3).assign(
        start=lambda rows: rows["start"] + pd.Timedelta("6D"),
        end=lambda rows: rows["end"] + pd.Timedelta("6D"),
    )
    agents = planning.people(1)
    runs = assigned(shifts=demand, agents=agents, history=days, rules=Rules(consecutive_days=6))
    assert runs.schedule["start"].dt.day.tolist() == [8, 10]
    weeks = assigned(
        shifts=demand, agents=agents, history=days, rules=Rules(week_days=5, consecutive_days=None)
    )
    assert weeks.schedule["start"].dt.day.tolist() == [9, 10]


def test_runs_shares_hours_and_limits():
    rules = Rules(minimum_run=2, minimum_off=2, run_penalty=1000)
    found = assigned(days=7, people=5, need=1, rules=rules)
    for _, own in found.schedule.groupby("agent"):
        worked = np.zeros(9, bool)
        worked[own["start"].dt.day - 1] = True
        runs = "".join("1" if each else "0" for each in worked[1:8])
        assert "010" not in runs
        assert "101" not in runs
    fair = assigned(days=7, people=7, rules=Rules(fairness_penalty=3))
    assert fair.fairness["weekend_shifts"].max() == 1
    hours = assigned(days=4, people=4, rules=Rules(min_hours=16, rest=0))
    assert hours.fairness["hours"].tolist() == [16.0] * 4
    short = assigned(days=2, people=4, rules=Rules(min_hours=16, hours_penalty=2))
    assert short.objective == 2 * (64 - 32)
    most = pd.DataFrame({"agent": ["a0", "a1", "a2"], "shift": "late", "maximum": [0, 0, 1]})
    few = assigned(days=2, shift_limits=most, rules=Rules(rest=0))
    assert few.unfilled["shift"].tolist() == ["late"]
    assert "this shift often enough" in few.unfilled["reasons"][0]


def test_split_shifts_keep_their_pause():
    starts = pd.to_datetime(["2026-03-02 07:00", "2026-03-02 12:00", "2026-03-02 17:00"])
    demand = pd.DataFrame({"shift": ["a", "b", "c"], "start": starts, "agents": 1})
    demand["end"] = demand["start"] + pd.Timedelta("3h")
    whole = assigned(shifts=demand, people=1)
    assert len(whole.schedule) == 1
    split = Rules(split=True, split_gap=("1h", "3h"))
    found = assigned(shifts=demand, people=1, rules=split)
    assert len(found.schedule) == 3 or len(found.schedule) == 2
    assert roster.check(found.schedule, planning.people(1), rules=split).empty


def large(days=14, people=24):
    """Three shifts a day, so many that the whole is not tried."""
    first = pd.date_range("2026-03-02", periods=days)
    rows = [
        {"shift": name, "start": date + pd.Timedelta(hours=hour), "agents": need}
        for date in first
        for name, hour, need in (("early", 6, 7), ("late", 14, 5), ("night", 22, 2))
    ]
    demand = pd.DataFrame(rows)
    demand["end"] = demand["start"] + pd.Timedelta("8h")
    return demand, planning.people(people)


def test_large_rosters_are_improved_and_repeat(monkeypatch):
    from callstats.roster import search

    monkeypatch.setattr(search, "_WHOLE", 100)
    demand, agents = large()
    rules = Rules(week_days=5, weekends=1, nights=4, consecutive_days=5)
    ask = {"rules": rules, "time_limit": 60, "seed": 3}
    start = roster.assign(demand, agents, **ask, rounds=0)
    found = roster.assign(demand, agents, **ask, rounds=2)
    assert found.bound <= found.objective <= start.objective
    assert found.status in {"nodes", "gap", "optimal"}
    assert roster.check(found.schedule, agents, rules=rules).empty
    pd.testing.assert_frame_equal(
        roster.assign(demand, agents, **ask, rounds=0).schedule, start.schedule
    )


def test_a_plan_of_shifts_goes_straight_in():
    day = planning.requirement()
    plan = shifts.cover(day, planning.shift_types()).plan
    found = assigned(shifts=plan, people=8)
    assert found.objective == 0
    assert len(found.schedule) == plan["agents"].sum()
    assert found.schedule["paid_hours"].sum() == plan["paid_hours"].sum()


def test_the_order_of_rows_and_the_library_change_nothing():
    pl = pytest.importorskip("polars")
    demand, agents = planning.demand(5), planning.people(4)
    expected = roster.assign(demand, agents, rules=Rules())
    mixed = roster.assign(
        demand.sample(frac=1, random_state=1), agents.sample(frac=1, random_state=1), rules=Rules()
    )
    pd.testing.assert_frame_equal(mixed.schedule, expected.schedule)
    found = roster.assign(pl.from_pandas(demand), pl.from_pandas(agents), rules=Rules())
    for name in ("schedule", "terms", "fairness", "unfilled"):
        table = getattr(found, name)
        assert isinstance(table, pl.DataFrame)
        assert table.rows() == [
            tuple(row) for row in getattr(expected, name).itertuples(index=False)
        ]


def test_nothing_to_fill_and_nobody_there():
    none = assigned(shifts=planning.demand()[:0])
    assert (len(none.schedule), none.objective, none.status) == (0, 0.0, "optimal")
    nobody = assigned(agents=planning.people(0), days=1)
    assert nobody.objective == 200
    assert len(nobody.unfilled) == 2


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        (
            {
                "preferences": pd.DataFrame(
                    {"agent": ["zoe"], "date": ["2026-03-02"], "penalty": [1]}
                )
            },
            r"agent must be an agent of the table; got 'zoe' at position 0 \(1 bad of 1\)",
        ),
        (
            {
                "fixed": stretch("a0", "2026-03-02 07:00", 8),
                "unavailable": stretch("a0", "2026-03-02 10:00", 2),
            },
            "unavailable must not overlap fixed; got both of 'a0' at 2026-03-02 07:00",
        ),
        (
            {"fixed": stretch("a0", "2026-03-02 09:00", 8)},
            "fixed must name shifts of the table; got 'a0' at 2026-03-02 09:00",
        ),
        (
            {"skills": pd.DataFrame({"shift": ["noon"], "skill": "x", "agents": 1, "penalty": 1})},
            "shift must be a shift of the table; got 'noon'",
        ),
        (
            {"skills": pd.DataFrame({"shift": ["late"], "skill": "x", "agents": 1, "penalty": -1})},
            "penalty must be >= 0 and finite; got -1",
        ),
        (
            {"shifts": planning.demand().assign(agents=1.5)},
            "agents must be whole and >= 0; got 1.5",
        ),
        (
            {"shifts": pd.concat([planning.demand()[:1]] * 2)},
            "shift must be in one row a start and end; got 'early' at position 1",
        ),
        ({"agents": pd.DataFrame({"agent": ["a", "a"]})}, "agent must be different in every row"),
        ({"rounds": -1}, "rounds must be a whole number >= 0"),
    ],
)
def test_bad_input_is_named(tables, message):
    with pytest.raises(ValueError, match=message):
        assigned(**tables)


def test_without_time_for_a_bound_it_is_that_of_all_wishes(monkeypatch):
    from callstats.roster import search

    monkeypatch.setattr(search, "_WHOLE", 100)
    monkeypatch.setattr(search, "_BOUND_TIME", 0.0)
    relaxed = search.Matrix.solve

    def slow(self, limits, **options):
        if options.get("relaxed"):
            raise search.NotConverged("no time")
        return relaxed(self, limits, **options)

    monkeypatch.setattr(search.Matrix, "solve", slow)
    demand, agents = large()
    wish = {
        "agent": agents["agent"].tolist()[:1],
        "date": ["2026-03-02"],
        "shift": ["early"],
        "penalty": [-3],
    }
    ask = {"rules": Rules(week_days=5), "rounds": 0, "preferences": pd.DataFrame(wish)}
    found = roster.assign(demand, agents, **ask)
    assert found.bound == -3
    assert found.bound <= found.objective
