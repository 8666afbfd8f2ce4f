"""The rules that a roster breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from callstats import _core
from callstats._tables import frames
from callstats._tables.periods import NANOSECONDS, Zone, labels
from callstats.roster.people import People, Stretch, is_night, read_stretches, require_one_clock
from callstats.roster.rules import Rules, require_rules
from callstats.shifts.grid import local_days

if TYPE_CHECKING:
    from collections.abc import Sequence

    from callstats.typing import Frame

#: What is wrong, by rule; amounts are hours or numbers.
SENTENCES = {
    "overlap": "two shifts overlap by {amount:g} h",
    "shifts_a_day": "more than one shift on a day",
    "split_gap": "{amount:g} h between two shifts of a day, where {limit:g} h are the limit",
    "rest": "{amount:g} h of rest, {limit:g} h are the least",
    "unavailable": "{amount:g} h of the shift while away",
    "consecutive_days": "{amount:g} days in a row, {limit:g} are the most",
    "week_hours": "{amount:g} paid hours in the week, {limit:g} are the most",
    "week_days": "{amount:g} days in the week, {limit:g} are the most",
    "hours": "{amount:g} paid hours in all, {limit:g} are the most",
    "weekends": "{amount:g} weekends, {limit:g} are the most",
    "nights": "{amount:g} night shifts, {limit:g} are the most",
}


def check(
    schedule: Frame,
    agents: Frame,
    *,
    rules: Rules,
    unavailable: Frame | None = None,
    history: Frame | None = None,
) -> Frame:
    """The rules that a schedule breaks, ours or a planner's, one row each.

    Parameters
    ----------
    schedule : DataFrame
        ``agent``, ``start``, ``end``; optionally ``shift`` and ``paid_hours`` (default: the time
        from start to end). Rows of an agent that touch, and are of one shift, are one shift: a
        shift may be cut by its breaks. Pandas, Polars or what narwhals reads. It is not changed.
    agents : DataFrame
        ``agent``, one row each; optionally limits of each agent under the names of the rules.
    rules : Rules
        What to keep to. Wishes with a price, such as ``min_hours``, are not looked at.
    unavailable : DataFrame, optional
        ``agent``, ``start``, ``end`` of leave and other times away.
    history : DataFrame, optional
        The last days before, as `schedule`: rest, runs and weeks hold across the border.

    Returns
    -------
    DataFrame
        ``rule``, ``agent``, ``start`` of the shift that breaks it, ``amount``, ``limit`` and
        ``sentence``, by agent and time; no row where nothing is broken.

    Raises
    ------
    ValueError
        An unknown agent, or a row that is no time.

    Examples
    --------
    >>> import pandas as pd
    >>> days = pd.to_datetime(["2026-03-02 14:00", "2026-03-03 06:00"])
    >>> roster = pd.DataFrame({"agent": "ann", "start": days, "end": days + pd.Timedelta("8h")})
    >>> check(roster, pd.DataFrame({"agent": ["ann"]}), rules=Rules())[["rule", "sentence"]]
       rule                         sentence
    0  rest  8 h of rest, 11 h are the least
    """
    rules = require_rules(rules)
    people = People.read(agents, rules)
    rows, zone, table = read_stretches(schedule, "schedule", people)
    zones = {"schedule": zone if rows else None}
    before: list[Stretch] = []
    if history is not None:
        before, zones["history"], _ = read_stretches(history, "history", people)
        first = min((each.start for each in rows), default=0)
        before = [each for each in before if each.start < first]
    away: list[Stretch] = []
    if unavailable is not None:
        away, zones["unavailable"], _ = read_stretches(unavailable, "unavailable", people)
    zone = require_one_clock(zones)
    found = broken_rules(rows, people, rules, zone, before=before, away=away)
    starts = np.array([rows[row].start for _, row, _, _ in found], np.int64)
    columns: dict[str, Any] = {
        "rule": [rule for rule, *_ in found],
        "agent": [people.names[rows[row].agent] for _, row, _, _ in found],
        "start": labels("start", starts * NANOSECONDS, zone, table.frame),
        "amount": np.array([amount for *_, amount, _ in found], float),
        "limit": np.array([limit for *_, limit in found], float),
        "sentence": [
            SENTENCES[rule].format(amount=round(amount, 2), limit=round(limit, 2))
            for rule, _, amount, limit in found
        ],
    }
    made: Frame = frames.result(table.frame, {}, columns, {"function": "roster.check"})
    return made


def broken_rules(
    rows: Sequence[Stretch],
    people: People,
    rules: Rules,
    zone: Zone,
    *,
    before: Sequence[Stretch] = (),
    away: Sequence[Stretch] = (),
) -> list[tuple[str, int, float, float]]:
    """Rule, row of `rows`, amount and limit, by agent and time."""
    every = [*rows, *before]
    start = np.array([each.start for each in every], np.int64)
    end = np.array([each.end for each in every], np.int64)
    names = sorted({each.shift for each in every if each.shift})
    kinds = {name: at for at, name in enumerate(names)}
    duties = np.stack(
        [
            np.array([each.agent for each in every], np.int64),
            start,
            end,
            local_days(start, zone) if every else start,
            np.array([kinds.get(each.shift, -1) for each in every], np.int64),
            is_night(start, end, zone, rules.night_at).astype(np.int64),
            (np.arange(len(every)) < len(rows)).astype(np.int64),
        ],
        axis=1,
    )
    absences = np.array([(a.agent, a.start, a.end) for a in away], np.int64).reshape(-1, 3)
    found: list[Any] = _core.roster_check(
        np.ascontiguousarray(duties),
        np.array([each.paid for each in every], float),
        absences,
        people.core_limits(),
        int(rules.rest),
        (int(rules.split_gap[0]), int(rules.split_gap[1])) if rules.split else None,
    )
    return [(rule, row, amount, limit) for rule, row, amount, limit in found if row < len(rows)]
