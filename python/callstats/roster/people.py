"""Agents, what they may do, and the times that tables say of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._tables.checks import must_be
from callstats._tables.groups import coded
from callstats._tables.periods import MISSING, NANOSECONDS, Zone
from callstats._tables.table import Rule, Table
from callstats._tables.truths import is_missing
from callstats.errors import InvalidDataError
from callstats.roster.rules import LIMITS, Rules
from callstats.shifts.grid import local

if TYPE_CHECKING:
    import narwhals as nw
    from numpy.typing import NDArray

    Whole = NDArray[np.int64]
    Floats = NDArray[np.float64]

_DAY = 86_400
_LIMIT = Rule("be >= 0", lambda v: np.isnan(v) | (v >= 0))
_RUN = Rule("be whole, from 1 to 31", lambda v: np.isnan(v) | ((v >= 1) & (v <= 31) & (v % 1 == 0)))
_SHARE = Rule("be > 0 and finite", lambda v: (v > 0) & (v < np.inf))


@dataclass(frozen=True)
class People:
    """Agents in order of their names, and the limits of each."""

    frame: nw.DataFrame[Any]
    names: list[Any]
    number: dict[Any, int]
    #: By name of the limit; infinite where there is none.
    limits: dict[str, Floats]
    contract: Floats
    skills: list[frozenset[str]]

    @classmethod
    def read(cls, agents: Any, rules: Rules) -> People:
        """The table of agents; its columns go before the rules."""
        table = Table(agents, "agents", remedy="")
        table.require("agent")
        names = table.frame["agent"]
        gone = np.array([is_missing(each) for each in names.to_list()], bool)
        table.report("agent", "be known", gone, "")
        contract = (
            table.numbers("contract", _SHARE) if table.has("contract") else np.ones(table.rows)
        )
        limits = {}
        for name in LIMITS:
            general = getattr(rules, name)
            none = 0.0 if name == "min_hours" else np.inf
            fallback = none if general is None else float(general)
            rule = _RUN if name.startswith("minimum") else _LIMIT
            own = table.numbers(name, rule) if table.has(name) else np.full(table.rows, np.nan)
            limits[name] = np.where(np.isnan(own), fallback, own)
        skills = _skills(table)
        table.settle()
        column = coded(names)
        ranks = column.ranks()[column.codes]
        again = np.zeros(table.rows, bool)
        order = np.argsort(ranks, kind="stable")
        again[order[1:]] = np.diff(ranks[order]) == 0
        must_be(
            "agent",
            np.array([*names.to_list(), None], object)[:-1],
            "different in every row",
            again,
        )
        listed = [column.distinct[column.codes[k]] for k in order]
        return cls(
            table.frame,
            listed,
            {name: at for at, name in enumerate(listed)},
            {name: values[order] for name, values in limits.items()},
            contract[order],
            [skills[k] for k in order],
        )

    def __len__(self) -> int:
        return len(self.names)

    def core_limits(self) -> Floats:
        """The limits as the core's check takes them."""
        return np.ascontiguousarray(
            np.stack(
                [
                    self.limits["consecutive_days"],
                    self.limits["week_hours"] * 3600.0,
                    self.limits["week_days"],
                    self.limits["hours"] * 3600,
                    self.limits["weekends"],
                    self.limits["nights"],
                ],
                axis=1,
            ).reshape(-1, 6)
        )

    def require_known(self, table: Table, column: str = "agent") -> list[int]:
        """The number of the agent of every row; unknown ones are refused."""
        found, bad = [], np.zeros(table.rows, bool)
        for row, value in enumerate(table.frame[column].to_list()):
            at = self.number.get(value) if not is_missing(value) else None
            bad[row] = at is None
            found.append(-1 if at is None else at)
        table.report(column, "be an agent of the table", bad, "")
        return found


def _skills(table: Table) -> list[frozenset[str]]:
    for name in ("skills", "skill"):
        if table.has(name):
            return [_listed(each) for each in table.frame[name].to_list()]
    return [frozenset()] * table.rows


def _listed(value: Any) -> frozenset[str]:
    if isinstance(value, str):
        return frozenset(part.strip() for part in value.split(",") if part.strip())
    if isinstance(value, list | tuple | set | frozenset | np.ndarray):
        return frozenset(str(each) for each in value)
    return frozenset() if is_missing(value) else frozenset({str(value)})


@dataclass(frozen=True)
class Stretch:
    """A time that an agent is on the roster for, or away."""

    agent: int
    start: int
    end: int
    shift: str
    paid: float
    activity: str = "work"


def read_stretches(frame: Any, argument: str, people: People) -> tuple[list[Stretch], Zone, Table]:
    """The rows of a schedule, by agent and time."""
    table = Table(frame, argument, remedy="")
    table.require("agent", "start", "end")
    start, end = (table.instants(name, "") for name in ("start", "end"))
    for name, column in (("start", start), ("end", end)):
        table.report(name, "be known", column == MISSING, "")
    table.report("end", "be after start", end <= start, "")
    who = people.require_known(table)
    paid = np.full(table.rows, np.nan)
    if table.has("paid_hours"):
        paid = table.numbers("paid_hours", _LIMIT) * 3600
    table.settle()
    paid = np.where(np.isnan(paid), (end - start) / NANOSECONDS, paid)
    shifts, activities = texts(table, "shift"), texts(table, "activity")
    found = [
        Stretch(
            who[k],
            int(start[k] // NANOSECONDS),
            int(end[k] // NANOSECONDS),
            shifts[k],
            float(paid[k]),
            activities[k],
        )
        for k in range(table.rows)
    ]
    return (
        sorted(found, key=lambda each: (each.agent, each.start, each.end, each.shift)),
        table.zone,
        table,
    )


def texts(table: Table, name: str) -> list[str]:
    """A column as texts, "" where missing."""
    if not table.has(name):
        return [""] * table.rows
    return ["" if is_missing(each) else str(each) for each in table.frame[name].to_list()]


def is_night(start: Any, end: Any, zone: Zone, night_at: int) -> NDArray[np.bool_]:
    """Whether somebody who works so is at work at an hour of the night."""
    begins = np.asarray(start, np.int64)
    clocks = local(begins, zone).as_unit("s").asi8 if begins.size else begins
    return np.asarray((night_at - clocks) % _DAY < np.asarray(end, np.int64) - begins)


def require_one_clock(zones: dict[str, Zone | None]) -> Zone:
    """The zone of all tables, of which all or none must have one."""
    given = {name: zone for name, zone in zones.items() if zone is not None}
    aware = {name: zone.key is not None for name, zone in given.items()}
    if len(set(aware.values())) > 1:
        first, *others = given
        other = next(name for name in others if aware[name] != aware[first])
        msg = f"the times of {first} and {other} must both have a time zone, or neither"
        raise InvalidDataError(msg)
    return next(iter(given.values()), Zone(None))
