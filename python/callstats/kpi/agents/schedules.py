"""Whether agents did what their schedule says, when it says so."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._tables import frames, groups, periods
from callstats._tables.checks import column_names, mapping, shown
from callstats._tables.groups import divided
from callstats._tables.table import Table
from callstats.errors import InvalidDataError
from callstats.kpi.agents.spells import STATES
from callstats.kpi.calls.thresholds import limit
from callstats.kpi.exports.advice import read_log

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from callstats.typing import Frame, OnError

    Flags = NDArray[np.bool_]
    Instants = NDArray[np.int64]

ON_QUEUE = ("available", "ring", "talk", "hold", "acw")
_ACTIVITIES: dict[str, Sequence[str]] = {
    "on_queue": ON_QUEUE,
    "aux": ("aux",),
    "break": ("break",),
    "training": ("training",),
    "offline": ("offline",),
}
_SECONDS = ("scheduled", "in_adherence", "exception", "outside", "scheduled_on_queue", "on_queue")
_EFFECT = "the row's time cannot be counted"
#: Pieces of time that a result may be made of: a wrong year in an end time makes more.
_TOO_MANY = (
    50_000_000,
    ("spells and schedule touch {} intervals, more than {}; is there a wrong year in an end time?"),
)


def adherence(
    spells: Frame,
    schedule: Frame,
    *,
    freq: Any = None,
    activities: Mapping[str, str | Sequence[str]] | None = None,
    tolerance: Any = 0,
    agent: str = "agent",
    timezone: str | datetime.tzinfo | None = None,
    on_error: OnError = "raise",
) -> Frame:
    """Adherence and conformance of agents to their schedule, one row an agent and interval.

    Adherence asks whether the right thing was done at the right time, conformance whether there was
    enough of it: who takes calls an hour too late and stays an hour longer conforms and does not
    adhere.

    Parameters
    ----------
    spells : DataFrame
        One row a state spell, as for `states`: `agent`, `start`, `end`, `state`. Time without a
        spell is offline. Where spells overlap, an agent is in all of their states.
    schedule : DataFrame
        One row an activity: `agent`, `start`, `end`, `activity`. Activities of one agent must not
        overlap: cut the shift where its breaks are.
    freq : duration or "day", "week", "month", optional
        Length of the intervals, as in `summarize`. None: one row an agent.
    activities : mapping, optional
        The state or states in which an agent does each activity. Default: `on_queue` (available,
        ring, talk, hold, acw), and `aux`, `break`, `training`, `offline`, each its own state.
    tolerance : duration
        Unbroken exceptions, and unbroken work outside the schedule, of at most so long are
        forgiven; >= 0 s. They are measured before they are cut at the edges of intervals.
    agent : str
        Column of the agent, in both frames. A missing one is an agent of its own, the last.
    timezone : str, optional
        The zone of the labels, and of times that have none. Default: that of the spells.
    on_error : {"raise", "drop", "flag"}
        What to do with rows that break a rule; "drop" and "flag" leave them out.

    Returns
    -------
    DataFrame
        Sorted by the agent, then by `start`; intervals in which an agent neither had anything
        scheduled nor was on queue have no row. Seconds:

        - `start` and `length` of the interval, with `freq`.
        - `scheduled`: time with an activity = `in_adherence` (in one of its states, or forgiven)
          + `exception`. `outside`: on queue with nothing scheduled, unless forgiven.
        - `scheduled_on_queue`: time of activities that are done in a state on queue (available,
          ring, talk, hold, acw); `on_queue`: time in such a state, whatever was scheduled.
        - `adherence` = 1 - (exception + outside) / (scheduled + outside), between 0 and 1; NaN
          where nothing was scheduled.
        - `conformance` = on_queue / scheduled_on_queue; may exceed 1, and is inf where none was
          scheduled and NaN where there was none of either.

    Raises
    ------
    ValueError
        A column is missing, an activity is unknown, or rows break a rule: the message names column,
        rule, first bad row and how many there are.

    Notes
    -----
    Times are added as whole nanoseconds, so that intervals add up to the whole exactly.

    Examples
    --------
    >>> import pandas as pd
    >>> spells = pd.DataFrame({
    ...     "agent": ["ann", "ann"],
    ...     "start": pd.to_datetime(["2024-03-05 09:05", "2024-03-05 10:00"]),
    ...     "end": pd.to_datetime(["2024-03-05 10:00", "2024-03-05 10:15"]),
    ...     "state": ["available", "break"],
    ... })
    >>> schedule = pd.DataFrame({
    ...     "agent": ["ann", "ann"],
    ...     "start": pd.to_datetime(["2024-03-05 09:00", "2024-03-05 10:00"]),
    ...     "end": pd.to_datetime(["2024-03-05 10:00", "2024-03-05 10:15"]),
    ...     "activity": ["on_queue", "break"],
    ... })
    >>> found = adherence(spells, schedule)
    >>> found[["agent", "scheduled", "exception", "adherence", "conformance"]].round(4)
      agent  scheduled  exception  adherence  conformance
    0   ann     4500.0      300.0     0.9333       0.9167
    """
    allowed = _allowed(activities)
    forgiven = round(min(limit("tolerance", tolerance), 1e9) * periods.NANOSECONDS)
    spacing = None if freq is None else periods.parse_freq(freq)
    log = read_log(spells, "spells", on_error=on_error, timezone=timezone)
    plan = Table(schedule, "schedule", on_error=on_error, timezone=timezone)
    if not isinstance(agent, str):
        raise TypeError(f"agent must be a column's name; got {shown(agent)}")
    log.keys(agent, (), "agent")
    plan.keys(agent, (), "agent")
    log.require("start", "end", "state")
    plan.require("start", "end", "activity")
    worked, planned = _Spans.read(log, "state", STATES), _Spans.read(plan, "activity", [*allowed])
    if (log.zone.key is None) != (plan.zone.key is None):
        msg = "the times of spells and schedule must both have a time zone, or neither"
        raise InvalidDataError(msg)

    names, who, whom = _agents(log, plan, agent)
    planned.check_overlaps(plan, whom)
    valid, in_plan = log.settle(), plan.settle()
    worked, who = worked.of(valid), who[valid]
    planned, whom = planned.of(in_plan), whom[in_plan]
    line = _Timeline.of((worked, who), (planned, whom))
    flags = _flags(line, worked, planned, list(allowed.values()), forgiven)
    seen = flags["scheduled"] | flags["on_queue"] | flags["outside"]
    line, flags = line.of_segments(seen), {name: each[seen] for name, each in flags.items()}

    place = np.zeros(line.agent.size, np.int64)
    pieces = np.arange(place.size)
    inside = line.end - line.begin
    if spacing is not None:
        cut = spacing.cut(line.begin, log.zone, line.end)
        pieces, place, inside = _cut(line, cut)
    found, row = np.unique(np.stack([line.agent[pieces], place]), axis=1, return_inverse=True)
    columns: dict[str, Any] = {}
    if spacing is not None:
        low, high = periods.edges_of(found[1], cut)
        columns["start"] = periods.labels("start", low, log.zone, log.frame)
        columns["length"] = (high - low) / periods.NANOSECONDS
    columns |= _figures(flags, pieces, inside, row.ravel(), found.shape[1])
    about = {
        "function": "adherence",
        "activities": {name: list(each) for name, each in allowed.items()},
        "tolerance": forgiven / periods.NANOSECONDS,
        "freq": None if spacing is None else spacing.label,
        "timezone": log.zone.name,
        **log.summary(valid),
        "schedule": plan.summary(in_plan),
    }
    keys = {agent: [names[place] for place in found[0].tolist()]}
    return frames.result(log.frame, keys, columns, about, argument="agent")


def _figures(
    flags: Mapping[str, Flags],
    pieces: NDArray[np.int64],
    inside: Instants,
    row: NDArray[np.int64],
    count: int,
) -> dict[str, NDArray[Any]]:
    """Seconds and shares of each row of the result, from the nanoseconds of its pieces."""
    whole = {name: np.zeros(count, np.int64) for name in _SECONDS}
    for name in _SECONDS:
        np.add.at(whole[name], row, np.where(flags[name][pieces], inside, 0))
    kept = np.where(whole["scheduled"] > 0, whole["in_adherence"], 0)
    due = np.where(whole["scheduled"] > 0, whole["scheduled"] + whole["outside"], 0)
    return {
        **{name: each / periods.NANOSECONDS for name, each in whole.items()},
        "adherence": divided(kept, due),
        "conformance": divided(whole["on_queue"], whole["scheduled_on_queue"]),
    }


def _allowed(activities: Mapping[str, str | Sequence[str]] | None) -> dict[str, Sequence[str]]:
    """The states of each activity."""
    if activities is None:
        return _ACTIVITIES
    allowed: dict[str, Sequence[str]] = {}
    given = mapping("activities", activities, "each activity to its states")
    if not given:
        raise ValueError("activities must name one activity or more; got none")
    for name, states in given.items():
        allowed[name] = tuple(column_names("activities", states))
        strange = [state for state in allowed[name] if state not in STATES]
        if strange or not allowed[name]:
            got = repr(strange[0]) if strange else "none"
            msg = f"activities must name states among {', '.join(STATES)}; {name!r} has {got}"
            raise ValueError(msg)
    return allowed


@dataclass(frozen=True)
class _Spans:
    """Rows of a log from their start to their end."""

    begin: Instants
    end: Instants
    #: Place of the row's word in the vocabulary.
    word: NDArray[np.int8]

    @staticmethod
    def read(log: Table, column: str, vocabulary: Sequence[str]) -> _Spans:
        begin, end = log.instants("start", _EFFECT), log.instants("end", _EFFECT)
        word = log.words(column, vocabulary, _EFFECT)
        log.require_known("start", begin == periods.MISSING, _EFFECT)
        log.require_known("end", end == periods.MISSING, "nobody knows how long the row lasted")
        known = (begin != periods.MISSING) & (end != periods.MISSING)
        log.report("end", "not be before start", known & (end < begin), _EFFECT)
        return _Spans(begin, end, word)

    def of(self, rows: Flags) -> _Spans:
        return _Spans(self.begin[rows], self.end[rows], self.word[rows])

    def check_overlaps(self, log: Table, agent: NDArray[np.int64]) -> None:
        """Report rows that begin before another of the agent, begun before them, has ended."""
        good = self.begin < self.end
        for problem in log.problems:
            good[problem.rows] = False
        rows = np.flatnonzero(good)
        rows = rows[np.lexsort((self.end[rows], self.begin[rows], agent[rows]))]
        bad = np.zeros(log.rows, bool)
        own, begin, end = agent[rows], self.begin[rows], self.end[rows]
        of_agents = np.flatnonzero(np.diff(own, prepend=-1)).tolist()
        for low, high in pairwise([*of_agents, rows.size]):
            latest = np.maximum.accumulate(end[low:high])
            bad[rows[low + 1 : high]] = begin[low + 1 : high] < latest[:-1]
        log.report("start", "not be inside another activity of the agent", bad, _EFFECT)


@dataclass(frozen=True)
class _Timeline:
    """Segments of agents' time in which nothing changes, in order."""

    agent: NDArray[np.int64]
    begin: Instants
    end: Instants
    #: The segment that begins at each row's start or end: of the spells, then of the schedule.
    starts: tuple[NDArray[np.int64], NDArray[np.int64]]
    ends: tuple[NDArray[np.int64], NDArray[np.int64]]

    @staticmethod
    def of(*logs: tuple[_Spans, NDArray[np.int64]]) -> _Timeline:
        sides = [side for spans, _ in logs for side in (spans.begin, spans.end)]
        agents = np.concatenate([agent for _, agent in logs for _ in range(2)])
        times = np.concatenate(sides)
        order = np.lexsort((times, agents))
        agents, times = agents[order], times[order]
        new = np.ones(order.size, bool)
        new[1:] = (agents[1:] != agents[:-1]) | (times[1:] != times[:-1])
        place = np.empty(order.size, np.int64)
        place[order] = np.cumsum(new) - 1
        begin, agent = times[new], agents[new]
        # The last instant of an agent begins a segment without length, in which nothing goes on.
        end = begin.copy()
        same = agent[1:] == agent[:-1]
        end[:-1][same] = begin[1:][same]
        worked_from, worked_to, from_, to = np.split(
            place, np.cumsum([side.size for side in sides])[:-1]
        )
        return _Timeline(agent, begin, end, (worked_from, from_), (worked_to, to))

    def during(self, log: int, rows: Flags) -> Flags:
        """The segments in which any of `rows` of a log goes on."""
        change = np.zeros(self.agent.size, np.int64)
        np.add.at(change, self.starts[log][rows], 1)
        np.add.at(change, self.ends[log][rows], -1)
        return np.cumsum(change) > 0

    def without_short(self, segments: Flags, longest: int) -> Flags:
        """The segments less unbroken runs of at most `longest` nanoseconds."""
        run = np.ones(segments.size, bool)
        run[1:] = (segments[1:] != segments[:-1]) | (self.agent[1:] != self.agent[:-1])
        number = np.cumsum(run) - 1
        length = np.zeros(int(run.sum()), np.int64)
        np.add.at(length, number, self.end - self.begin)
        long: Flags = length[number] > longest
        return segments & long

    def of_segments(self, kept: Flags) -> _Timeline:
        nothing = (np.zeros(0, np.int64), np.zeros(0, np.int64))
        return _Timeline(self.agent[kept], self.begin[kept], self.end[kept], nothing, nothing)


def _flags(
    line: _Timeline,
    worked: _Spans,
    planned: _Spans,
    allowed: Sequence[Sequence[str]],
    forgiven: int,
) -> dict[str, Flags]:
    """Which segments count in which column."""

    def in_states(names: Sequence[str]) -> Flags:
        places = [STATES.index(name) for name in names]
        return line.during(0, np.isin(worked.word, places))

    on_queue = in_states(ON_QUEUE)
    absent = ~line.during(0, np.ones(worked.word.size, bool))
    scheduled, scheduled_on_queue, kept = (np.zeros(line.agent.size, bool) for _ in range(3))
    for place, states in enumerate(allowed):
        now = line.during(1, planned.word == place)
        scheduled |= now
        if set(states) & set(ON_QUEUE):
            scheduled_on_queue |= now
        kept |= now & in_states(states)
        if "offline" in states:
            kept |= now & absent
    exception = line.without_short(scheduled & ~kept, forgiven)
    return {
        "scheduled": scheduled,
        "in_adherence": scheduled & ~exception,
        "exception": exception,
        "outside": line.without_short(on_queue & ~scheduled, forgiven),
        "scheduled_on_queue": scheduled_on_queue,
        "on_queue": on_queue,
    }


def _cut(
    line: _Timeline, cut: int | Instants
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Pieces of segments: the segment, the number of the interval, the nanoseconds in it."""
    last = np.maximum(line.end - 1, line.begin)
    segment, place = periods.touched(line.begin, last, cut, _TOO_MANY)
    low, high = periods.edges_of(place, cut)
    inside = np.minimum(line.end[segment], high) - np.maximum(line.begin[segment], low)
    return segment, place, inside


def _agents(
    log: Table, plan: Table, agent: str
) -> tuple[list[Any], NDArray[np.int64], NDArray[np.int64]]:
    """The agents of both frames in ascending order, a missing one last, and those of the rows."""
    columns = [groups.coded(each.frame[agent]) for each in (log, plan)]
    values = list(dict.fromkeys([*columns[0].distinct, *columns[1].distinct]))
    ranks = groups.Coded(np.zeros(0, np.int64), values).ranks()
    at = dict(zip(values, ranks.tolist(), strict=False))
    rows = [
        np.array([*(at[value] for value in column.distinct), len(values)])[column.codes]
        for column in columns
    ]
    ordered: list[Any] = [None] * (len(values) + 1)
    for value, place in at.items():
        ordered[place] = value
    return ordered, rows[0], rows[1]
