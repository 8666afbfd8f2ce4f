"""Shifts that cover a requirement: proven optima, breaks, clocks, reasons."""

from __future__ import annotations

import io
import subprocess
import sys
import threading

import numpy as np
import pandas as pd
import planning
import pytest
from callstats import _programmes, shifts
from callstats.errors import InfeasibleError, NotConverged

pytest.importorskip("highspy")


@pytest.mark.parametrize("case", planning.instances("cover"), ids=lambda case: case["name"])
def test_proven_optima(case):
    found = shifts.cover(
        planning.slots(case),
        planning.types_of(case),
        breaks=planning.breaks_of(case),
        under=case["under"],
        over=case["over"],
        cyclic=case.get("cyclic", False),
    )
    expected = case.get("objective_hours", case.get("paid_hours"))
    assert found.objective == pytest.approx(expected, rel=1e-9)
    assert found.bound <= found.objective
    assert found.status == "optimal"
    if "agents" in case:
        assert found.plan["agents"].sum() == case["agents"]
    if case["under"] is None:
        assert (found.cover["under"] == 0).all()
        assert found.paid_hours == expected


def rebuilt(found, requirement, step):
    """Agents at work in each slot, from the schedule alone."""
    work = found.schedule()[lambda rows: rows["activity"] == "work"]
    starts = requirement["start"]
    return [int(((work["start"] <= slot) & (work["end"] >= slot + step)).sum()) for slot in starts]


def test_the_schedule_covers_what_the_plan_says():
    case = planning.instances("cover")[-1]
    requirement = planning.slots(case)
    found = shifts.cover(requirement, planning.types_of(case), breaks=planning.breaks_of(case))
    assert rebuilt(found, requirement, pd.Timedelta("15min")) == found.cover["scheduled"].tolist()
    rows = found.schedule()
    assert rows.groupby("agent")["shift"].nunique().max() == 1
    assert (rows["end"] > rows["start"]).all()
    same = rows["agent"].eq(rows["agent"].shift())
    assert (rows["start"] == rows["end"].shift())[same].all()
    # Every long shift has its lunch and its coffee, each where it may be.
    lunch = rows[rows["activity"] == "lunch"]
    begun = rows.groupby("agent")["start"].min()
    offset = (lunch["start"] - lunch["agent"].map(begun)).dt.total_seconds()
    assert offset.between(12600, 18000).all()
    assert found.breaks.groupby("break")["agents"].sum()["lunch"] == len(lunch)
    assert (
        len(lunch)
        == found.plan["agents"][found.plan["paid_hours"] / found.plan["agents"] == 8].sum()
    )


def test_breaks_that_can_touch_do_not_overlap_whatever_their_order():
    day = planning.requirement((2, 2, 1, 1, 1, 1, 2, 2))
    types = pd.DataFrame({"start": ["08:00"], "length": ["8h"]})
    breaks = pd.DataFrame(
        {"break": ["a", "b"], "earliest": ["2h", "3h"], "latest": ["5h", "4h"], "length": "1h"}
    )
    found = shifts.cover(day, types, breaks=breaks)
    assert found.plan["agents"].tolist() == [2]
    rows = found.schedule()
    pauses = rows[rows["activity"] != "work"]
    # One agent has a before b, one after: no single order leaves one at work all the time.
    taken = pauses.groupby("agent")["activity"].agg(list).tolist()
    assert len(pauses) == 4
    assert rebuilt(found, day, pd.Timedelta("1h")) == found.cover["scheduled"].tolist()
    assert {tuple(each) for each in taken} <= {("a", "b"), ("b", "a")}


def test_soften_says_where_agents_are_missing_and_raise_names_the_slots():
    day = planning.requirement((3, 2, 2, 1, 0, 0, 0, 0), "2026-03-02 07:00")
    with pytest.raises(
        InfeasibleError, match=r"3 agent slots are missing: 2026-03-02 07:00: no shift reaches$"
    ):
        shifts.cover(day, planning.shift_types())
    found = shifts.cover(day, planning.shift_types(), infeasible="soften")
    assert found.cover["under"].tolist() == [3, 0, 0, 0, 0, 0, 0, 0]
    assert found.objective == pytest.approx(found.paid_hours + 3 * found.under_price)


def test_a_maximum_leaves_slots_short_by_name():
    day = planning.requirement((4, 4, 4, 4))
    types = planning.shift_types()[:1].assign(maximum=3)
    with pytest.raises(InfeasibleError, match=r"2026-03-02 08:00: 1 short of 4; .*11:00: 1 short"):
        shifts.cover(day, types)
    seated = planning.shift_types()[:1].assign(minimum=5)
    with pytest.raises(InfeasibleError, match="'08:00-12:00': 2 short of its minimum 5"):
        shifts.cover(planning.requirement((1, 1, 1, 1)), seated, seats=3)


def test_slots_that_no_shift_reaches_are_named_together():
    day = planning.requirement((1, 1, 1, 2, 2, 2, 2), "2026-03-02 05:00")
    with pytest.raises(InfeasibleError, match="05:00–08:00: no shift reaches"):  # noqa: RUF001
        shifts.cover(day, planning.shift_types()[:1])


def test_share_of_part_timers():
    day = planning.requirement((5, 5, 5, 5, 1, 1, 1, 1))
    types = shifts.templates(starts=["08:00"], lengths=["4h", "8h"])
    assert shifts.cover(day, types).paid_hours == 4 * 4 + 8
    for share in (0.5, {"part": 0.5}):
        halves = shifts.cover(day, types, share=share)
        part = halves.plan.set_index("shift")["agents"]
        assert part["08:00-12:00"] <= 0.5 * part.sum()
        assert halves.paid_hours == 2 * 4 + 3 * 8


def test_days_off_are_kept():
    need = np.tile([3, 3, 3, 3], 7)
    times = pd.date_range("2026-03-02", periods=28, freq="6h")
    week = pd.DataFrame({"start": times, "required_agents": need})
    types = pd.DataFrame({"start": ["00:00", "06:00", "12:00", "18:00"], "length": "6h"})
    for days_off, patterns in ((2, 21), ("consecutive", 7), (["1111100", "0011111"], 2)):
        found = shifts.cover(week, types, days_off=days_off)
        assert found.tours["agents"].sum() * 5 * 6 == found.paid_hours
        assert found.tours["pattern"].nunique() <= patterns
        per_day = found.plan.groupby("start")["agents"].sum()
        assert (per_day >= 3).all()
    # 3 agents on 7 days at 5 days each: 4.2 people a shift.
    assert shifts.cover(week, types, days_off=2).paid_hours == 4 * 5 * 30


def test_overnight_shifts_and_what_runs_out_of_the_frame():
    two = planning.requirement([1] * 48, "2026-03-02")
    types = pd.DataFrame(
        {"start": ["00:00", "06:00", "14:00", "22:00"], "length": ["6h", "8h", "8h", "8h"]}
    )
    found = shifts.cover(two, types)
    late = found.plan.set_index("start")["outside_hours"]
    assert late[pd.Timestamp("2026-03-03 22:00")] == 6
    assert late.sum() == 6
    assert found.paid_hours == 6 + 8 * 6


def test_shifts_start_by_the_local_clock_where_it_changes():
    # The clocks of Berlin skip an hour on 29 March 2026.
    times = pd.date_range(
        "2026-03-28", "2026-03-30", freq="h", tz="Europe/Berlin", inclusive="left"
    )
    need = pd.DataFrame({"start": times, "required_agents": 0})
    need.loc[times.hour == 9, "required_agents"] = 1
    types = pd.DataFrame({"start": ["08:00"], "length": ["4h"]})
    found = shifts.cover(need, types)
    assert [str(each) for each in found.plan["start"]] == [
        "2026-03-28 08:00:00+01:00",
        "2026-03-29 08:00:00+02:00",
    ]
    assert found.cover["under"].sum() == 0


def test_the_order_of_rows_and_the_library_change_nothing():
    pl = pytest.importorskip("polars")
    case = planning.instances("cover")[2]
    requirement, types = planning.slots(case), planning.types_of(case)
    expected = shifts.cover(requirement, types)
    mixed = shifts.cover(
        requirement.sample(frac=1, random_state=1), types.sample(frac=1, random_state=2)
    )
    pd.testing.assert_frame_equal(mixed.plan, expected.plan)
    pd.testing.assert_frame_equal(mixed.cover.sort_index(), expected.cover)
    found = shifts.cover(pl.from_pandas(requirement), pl.from_pandas(types))
    for name in ("plan", "breaks", "cover"):
        table = getattr(found, name)
        assert isinstance(table, pl.DataFrame)
        assert table.rows() == [
            tuple(row) for row in getattr(expected, name).itertuples(index=False)
        ]
    assert isinstance(found.schedule(), pl.DataFrame)
    by_index = shifts.cover(requirement.set_index("start"), types)
    pd.testing.assert_frame_equal(by_index.plan, expected.plan)


def test_without_shift_types_nothing_reaches():
    none = TYPES[:0]
    with pytest.raises(InfeasibleError, match="no shift reaches"):
        shifts.cover(DAY, none)
    found = shifts.cover(DAY, none, infeasible="soften")
    assert found.cover["under"].tolist() == DAY["required_agents"].tolist()


def test_no_slots_and_no_need_are_empty_plans():
    none = shifts.cover(planning.requirement()[:0], planning.shift_types())
    assert (none.status, none.objective, len(none.plan)) == ("optimal", 0.0, 0)
    idle = shifts.cover(planning.requirement((0, 0, 0, 0)), planning.shift_types())
    assert (idle.status, idle.paid_hours, len(idle.schedule())) == ("optimal", 0.0, 0)


def test_fractions_are_rounded_up_but_for_rounding():
    day = planning.requirement((2 + 1e-12, 2.1, 2, 2))
    found = shifts.cover(day, planning.shift_types()[:1])
    assert found.plan["agents"].tolist() == [3]
    assert found.cover["under"].tolist() == [0] * 4


def test_unpaid_breaks_are_taken_off_once():
    day = planning.requirement((1, 1, 0, 1))
    types = shifts.templates(starts=["08:00"], lengths=["4h"])
    found = shifts.cover(day, types, breaks=planning.lunch().assign(earliest="2h"))
    assert found.paid_hours == 3
    known = types.assign(paid="3h")
    assert shifts.cover(day, known, breaks=planning.lunch().assign(earliest="2h")).paid_hours == 3


DAY = planning.requirement()
TYPES = planning.shift_types()
LUNCH = planning.lunch()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"requirement": DAY.drop(index=3)},
            "no gaps and no repeats.*a gap before 2026-03-02 12:00",
        ),
        (
            {"requirement": pd.concat([DAY, DAY[2:3]])},
            "no gaps and no repeats.*a repeat before 2026-03-02 10:00",
        ),
        (
            {"requirement": DAY.assign(required_agents=[1, None] * 4)},
            r"required_agents must be known, and from 0 .*got nan at position 1 \(4 bad of 8\)",
        ),
        (
            {"requirement": DAY.assign(required_agents=-1)},
            "required_agents must be known, and from 0",
        ),
        ({"requirement": DAY.drop(columns="start")}, "must have a time index or a column 'start'"),
        (
            {"shifts": TYPES.assign(start="25:00")},
            "start must be a time after midnight such as '07:30'",
        ),
        (
            {"shifts": TYPES[:1].assign(start="08:20")},
            "off the grid of 3600 s. Cut the requirement finer",
        ),
        ({"shifts": TYPES.assign(length="90min")}, "no whole number of slots of 3600 s"),
        ({"shifts": TYPES.assign(length="25h")}, "length must be whole seconds > 0 and at most 24"),
        ({"shifts": TYPES.assign(cost=-1.0)}, r"cost must be >= 0; got -1.0 at position 0"),
        ({"shifts": TYPES.assign(paid="5h")}, "paid must be at most the length"),
        ({"shifts": TYPES.assign(minimum=3, maximum=2)}, "maximum must be at least minimum"),
        (
            {"shifts": TYPES.assign(shift="x")},
            "shift must be different names; got 'x' at position 1",
        ),
        ({"breaks": LUNCH.assign(latest="30min")}, "latest must be at or after earliest"),
        ({"breaks": LUNCH.assign(latest="4h")}, "latest must let the break end within its shift"),
        ({"breaks": LUNCH.assign(length=0)}, "length must be > 0"),
        (
            {"breaks": pd.concat([LUNCH.assign(latest="1h")] * 2)},
            "'lunch', 'lunch' of '08:00-12:00' overlap whatever their order",
        ),
        (
            {"breaks": LUNCH.assign(shift="night")},
            "shift must be a shift of the table; got 'night'",
        ),
        ({"under": -1.0}, "under must be >= 0 and finite"),
        ({"share": 1.5}, "share must be between 0 and 1"),
        ({"share": {"nobody": 0.5}}, "share must name groups of shifts; got 'nobody'"),
        ({"days_off": 7}, "days_off must be days of a week"),
        ({"time_limit": 0}, "time_limit must be > 0 seconds"),
    ],
)
def test_bad_input_is_named(change, message):
    given = {"requirement": DAY, "shifts": TYPES} | change
    with pytest.raises(ValueError, match=message):
        shifts.cover(**given)


def test_a_search_that_ends_at_a_node_has_a_plan_and_a_bound():
    case = planning.instances("design")[0]
    ask = {"starts": case["starts_s"], "lengths": case["lengths_s"], "shift_cost": 4, "paid": 0}
    twice = [shifts.design(planning.slots(case), **ask, node_limit=0) for _ in range(2)]
    assert twice[0].status in {"nodes", "gap", "optimal"}
    assert twice[0].bound <= case["objective"] <= twice[0].objective
    pd.testing.assert_frame_equal(twice[0].plan, twice[1].plan)


def test_the_solver_is_not_believed(monkeypatch):
    programme = _programmes.Programme()
    x = programme.variables(3, [1.0, 2.0, 3.0], upper=5)
    programme.row(x, 1.0, lower=7)
    matrix = programme.built()
    assert matrix.solve(_programmes.Limits()).objective == 9

    def false(self, highs, watch, **options):
        self.row_lowers = self.row_lowers + 1
        return checked(self, highs, watch, **options)

    checked = _programmes.Matrix._checked
    monkeypatch.setattr(_programmes.Matrix, "_checked", false)
    with pytest.raises(NotConverged, match="the solver's values break 1 bounds"):
        matrix.solve(_programmes.Limits())


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_is_told_of_the_search(monkeypatch):
    case = planning.instances("design")[0]
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(_programmes, "_TELL_EVERY", 1e-3)
    ask = {"starts": case["starts_s"], "lengths": case["lengths_s"], "shift_cost": 4, "paid": 0}
    shifts.design(planning.slots(case), **ask, node_limit=20)
    assert "shifts.design: best" in terminal.getvalue()
    assert terminal.getvalue().endswith("\r\x1b[K")


def test_on_a_terminal_the_first_ctrl_c_gives_the_best_plan_and_the_second_none(monkeypatch):
    case = planning.instances("design")[1]
    ask = {"starts": case["starts_s"], "lengths": case["lengths_s"], "shift_cost": 6, "paid": 0}
    presses: list[int] = []

    def pressed(self, began):
        # A search on which there is something to tell.
        while self._seen is None or not self._seen[0] < 1e100:
            assert not self._over.wait(0.001), "the search ended by itself"
        presses.append(1)
        raise KeyboardInterrupt

    monkeypatch.setattr(_programmes.Watch, "_wait", pressed)
    monkeypatch.setattr(sys, "stderr", Terminal())
    found = shifts.design(planning.slots(case), **ask)
    assert found.status == "interrupted"
    assert found.bound <= case["objective"] <= found.objective
    assert found.gap > 0
    monkeypatch.setattr(threading.Event, "wait", lambda *_: presses.append(1) or _raise())
    monkeypatch.setattr(_programmes.Watch, "_wait", lambda *_: _raise())
    with pytest.raises(KeyboardInterrupt):
        shifts.design(planning.slots(case), **ask)


def _raise():
    raise KeyboardInterrupt


def test_a_search_that_is_given_up_does_not_abort_the_process():
    case = planning.instances("design")[1]
    probe = (
        "import planning\n"
        "from callstats import _programmes, shifts\n"
        "def pressed(self, began):\n"
        "    raise KeyboardInterrupt\n"
        "_programmes.Watch._wait, _programmes._GRACE = pressed, 0.0\n"
        "case = planning.instances('design')[1]\n"
        "try:\n"
        f"    shifts.design(planning.slots(case), starts={case['starts_s']!r},\n"
        f"        lengths={case['lengths_s']!r}, shift_cost=6, paid=0)\n"
        "except KeyboardInterrupt:\n"
        "    print('given up')\n"
    )
    path = str(planning.REFERENCE.parents[1])
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.append({path!r})\n{probe}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "given up\n", "")


def test_nothing_is_printed_and_threads_may_come_and_go():
    probe = (
        "import planning, threading\n"
        "from callstats import shifts\n"
        "def work():\n"
        "    shifts.cover(planning.requirement(), planning.shift_types(), threads=2)\n"
        "for _ in range(3):\n"
        "    each = threading.Thread(target=work); each.start(); each.join()\n"
    )
    path = str(planning.REFERENCE.parents[1])
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.append({path!r})\n{probe}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("", "")
    assert threading.active_count() >= 1


def test_without_highs_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "highspy", None)
    with pytest.raises(ImportError, match=r"pip install callstats\[schedule\]"):
        shifts.cover(DAY, TYPES)
