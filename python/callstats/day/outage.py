"""A site fails during the day: who is lost, how long the backlog lasts, whom to call in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from callstats._tables import frames
from callstats._tables.added_columns import names_beside, put_beside
from callstats._tables.checks import must_be, number, one_of, shown
from callstats._tables.durations import seconds
from callstats.day.days import RULES, Days, read
from callstats.day.evaluation import evaluate
from callstats.errors import InvalidDataError
from callstats.staffing.intervals import starts

if TYPE_CHECKING:
    import datetime

    import pandas as pd
    from numpy.typing import NDArray

    from callstats.typing import Durations, Frame, Numbers

    Floats = NDArray[np.float64]

#: Seconds from the failure on after which the queue is looked at: a planner thinks in minutes.
_STEP: Final = 60.0
#: A minute each of two days; a longer outage is looked at less often.
_MOST_SLICES: Final = 2880
#: Seconds between the starts that are tried for agents who are called in, and how many of them.
_CALL_IN: Final = 900.0
_CALL_INS: Final = 17
#: Callers more than on a usual day who make a backlog.
_BACKLOG: Final = 1.0
#: Passes for redials: a share of 0.9 who call again leaves 1e-9 after some 200.
_MOST_PASSES: Final = 250
#: Redials of a day, in callers, that are no longer followed.
_NO_REDIALS: Final = 1e-3
_MEASURES: Final = ("service_level", "abandonment", "asa", "queue_end", "abandoned")
_USUAL: Final = tuple(f"usual_{name}" for name in _MEASURES)
_ADDED: Final = ("agents_left", "calls_offered", *_MEASURES, *_USUAL)


@dataclass(frozen=True)
class Outage:
    """What an outage does to a day.

    Attributes
    ----------
    intervals : DataFrame
        The intervals given, with ``agents_left`` (mean over the interval) and ``calls_offered``
        (with redials, without those diverted); ``service_level, abandonment, asa, queue_end,
        abandoned`` as in `evaluate`, each with the outage, and on the usual day with ``usual_``
        before the name.
    course : pandas.DataFrame
        The day from the failure on, minute by minute: ``seconds`` since the failure, ``agents``,
        ``queue``, ``usual_queue``, ``calls_lost`` so far.
    calls_lost : float
        Callers lost more than on the usual day: those who hang up and do not call again, or no
        more on this day, and those still waiting at its end.
    calls_diverted, calls_interrupted, redials : float
        Calls sent elsewhere; calls cut off at the failure, which wait for an agent again; calls of
        those who hung up before.
    minutes_to_recover : float
        Minutes from the failure until no more than one caller more waits than usual, for the rest
        of the day; NaN if that is not within the day.
    longest_queue : float
        Most callers waiting, on average over days like this, at the end of a minute.
    service_level, usual_service_level : float
        Of the whole day.
    recovery : pandas.DataFrame or None
        With `most_lost`: ``minutes`` after the failure at which agents at home start to work,
        ``agents``, the fewest who keep the loss at `most_lost`, NaN where no number does; and
        ``calls_lost`` with them.
    """

    intervals: Frame
    course: pd.DataFrame
    calls_lost: float
    calls_diverted: float
    calls_interrupted: float
    redials: float
    minutes_to_recover: float
    longest_queue: float
    service_level: float
    usual_service_level: float
    recovery: pd.DataFrame | None

    def to_frame(self) -> pd.DataFrame:
        """The figures of the day as a frame of one row."""
        names = (
            "calls_lost",
            "calls_diverted",
            "calls_interrupted",
            "redials",
            "minutes_to_recover",
            "longest_queue",
            "service_level",
            "usual_service_level",
        )
        made: pd.DataFrame = frames.from_columns({name: [getattr(self, name)] for name in names})
        return made


@dataclass(frozen=True)
class _Slices:
    """A day cut so that nothing changes within a slice, and what fails when; in seconds."""

    #: The interval of each slice, and where slices begin; the last entry is the day's end.
    row: NDArray[np.int64]
    edges: Floats
    columns: dict[str, Any]
    agents: Floats
    #: Whether the site is down in the slice.
    down: NDArray[np.bool_]
    threshold: Floats
    failure: int

    def evaluated(self, calls: Floats, agents: Floats, rule: str | None) -> dict[str, Floats]:
        """The day with such calls and agents; `rule` is what those do who are lost."""
        import pandas as pd

        shift_end = self.columns["shift_end"].copy()
        if rule is not None:
            shift_end[self.failure] = rule
        intervals = pd.DataFrame(
            {
                **self.columns,
                "calls": calls,
                "agents": agents,
                "threshold": self.threshold,
                "shift_end": shift_end,
            }
        )
        found = evaluate(
            intervals,
            patience="patience",
            threshold="threshold",
            interval="interval",
            shift_end="shift_end",
            suffix="_found",
        )
        return {
            name.removesuffix("_found"): found[name].to_numpy()
            for name in found.columns
            if name.endswith("_found")
        }


@dataclass(frozen=True)
class _Failure:
    """The usual day, and what is asked of the day of the failure."""

    slices: _Slices
    usual: dict[str, Floats]
    #: Agents who are left, without any called in; and calls of those who are not diverted.
    left: Floats
    calls: Floats
    redial: float
    redial_after: float
    rule: str

    def day(self, called_in: Floats) -> tuple[dict[str, Floats], Floats]:
        """The day with agents called in, and the redials in each slice."""
        agents = self.left + called_in
        redials = np.zeros(self.calls.size)
        for _ in range(_MOST_PASSES):
            found = self.slices.evaluated(self.calls + redials, agents, self.rule)
            if self.redial == 0:
                break
            again = self._redials(found)
            done = np.abs(again - redials).sum() <= _NO_REDIALS
            redials = again
            if done:
                break
        return found, redials

    def _redials(self, found: Mapping[str, Floats]) -> Floats:
        """Calls in each slice of those who hung up so long before, more than usual."""
        edges = self.slices.edges
        more = np.maximum(found["abandoned"] - self.usual["abandoned"], 0.0)
        lost = np.concatenate([[0.0], np.cumsum(more)])
        before = np.interp(edges - self.redial_after, edges, lost)
        return np.asarray(self.redial * np.diff(before))

    def lost(self, found: Mapping[str, Floats], redials: Floats) -> Floats:
        """Callers lost up to the end of each slice, more than usual."""
        hung_up = np.cumsum(found["abandoned"] - self.usual["abandoned"])
        lost = hung_up - np.cumsum(redials)
        lost[-1] += found["queue_end"][-1] - self.usual["queue_end"][-1]
        return lost


# 18 arguments: nine are the columns of a day and how it runs, as in `evaluate`.
def outage(
    intervals: Frame,
    *,
    at: str | datetime.datetime | Durations,
    lost: float | None,
    until: str | datetime.datetime | Durations | None = None,
    recover: Mapping[Any, int] | None = None,
    diverted: float = 0.0,
    most_lost: float | None = None,
    calls: str | Numbers = "calls",
    aht: str | Durations = "aht",
    patience: str | Durations = np.inf,
    agents: str | Numbers = "agents",
    threshold: str | Durations = 20,
    interval: str | Durations | None = None,
    shift_end: str = "finish",
    in_progress: str = "preempt",
    redial: float = 0.0,
    redial_after: Durations = 300,
) -> Outage:
    """A day on which a site, or its power, fails: calls lost, the backlog, whom to call in by when.

    Agents are gone from one instant to another, and callers go on calling. The day is computed
    exactly, as by `evaluate`, with and without the failure.

    Parameters
    ----------
    intervals : DataFrame
        One row an interval of one day and queue, as in `evaluate`. It is not changed.
    at : str, datetime or duration
        When agents are lost: a time of day such as ``"11:00"`` or a moment, by the clock of the
        intervals' starts. Without starts a duration since the first interval.
    lost : float or None
        Agents lost; >= 0, and never more than are there. None: all of them.
    until : str, datetime or duration, optional
        When they are back. Default: not on this day.
    recover : mapping, optional
        Moments, as `at`, and the agents who start to work elsewhere then, such as
        ``{"11:45": 12}``. They stay until `until`.
    diverted : float, default 0
        Share of the calls sent elsewhere while agents are lost; from 0 to 1.
    most_lost : float, optional
        Callers that may be lost: asks how many agents to call in by when. Those of `recover` come
        too.
    calls, aht, patience, agents, threshold, interval, shift_end
        As in `evaluate`.
    in_progress : {"preempt", "finish", "finish_roster"}
        What becomes of calls of agents who are lost: by default they wait for an agent again, at
        the head of the queue; see `evaluate`.
    redial : float, default 0
        Share of those who hang up more than usual, and call again; >= 0 and < 1, at every attempt.
    redial_after : duration, default 300
        Seconds after which they do so; > 0.

    Returns
    -------
    Outage
        The figures of the day as fields, its intervals and its course as frames.

    Raises
    ------
    MissingColumnError
        A name that is neither a column nor, where one is expected, a duration.
    InvalidDataError
        The frame has some of the columns that would be added; something is missing.
    ValueError
        A moment outside of the day, an end before its beginning; more than one day; a value
        outside its domain.

    Notes
    -----
    Arrivals are Poisson, handle times and patience exponential. Redials are expected numbers that
    arrive as a Poisson stream, followed to a thousandth of a caller. The queue is looked at every
    minute from the failure on. Nothing is approximated in between: the day is exact to 1e-10.

    Examples
    --------
    >>> import pandas as pd
    >>> day = pd.DataFrame(
    ...     {
    ...         "start": pd.date_range("2026-03-02 10:00", periods=6, freq="30min"),
    ...         "calls": 120, "aht": 240, "agents": 20,
    ...     }
    ... )
    >>> failed = outage(day, at="11:00", until="11:40", lost=15, patience=180, most_lost=40)
    >>> round(failed.calls_lost, 1), failed.minutes_to_recover
    (108.0, 41.0)
    >>> failed.recovery.round(1)
       minutes  agents  calls_lost
    0      0.0     8.0        32.1
    1     15.0    19.0        39.9
    2     30.0     NaN         NaN
    """
    arguments = locals()
    named = ("calls", "aht", "patience", "agents", "threshold", "interval", "shift_end")
    days = read(intervals, **{name: arguments[name] for name in named}, by=())
    _check_known(days)
    names_beside(days.groups.frame.columns, _ADDED, argument="intervals")
    one_of("in_progress", in_progress, RULES)
    _check_numbers(lost, diverted, most_lost, redial)
    wait = _seconds("redial_after", redial_after, lambda each: 0 < each < np.inf, "> 0 and finite")
    clock = _Clock.of(days)
    begun, ended = clock.moment("at", at), clock.end
    if until is not None:
        ended = clock.moment("until", until, after=begun)
    steps = _recovering(recover, clock, begun, ended)
    slices = _sliced(days, [begun, ended, *steps], begun, ended)
    kept = np.where(slices.down, 1 - diverted, 1.0)
    usual_calls, usual_agents = slices.columns["calls"], slices.agents
    gone = usual_agents if lost is None else np.minimum(usual_agents, lost)
    usual = slices.evaluated(usual_calls, usual_agents, None)
    failure = _Failure(
        slices=slices,
        usual=usual,
        left=np.where(slices.down, usual_agents - gone, usual_agents),
        calls=usual_calls * kept,
        redial=float(redial),
        redial_after=wait,
        rule=in_progress,
    )
    called_in = _called_in(slices, steps)
    found, redials = failure.day(called_in)
    recovery = None if most_lost is None else _recovery(failure, called_in, float(most_lost))
    intervals_of_day = _intervals(days, failure, failure.left + called_in, found, redials)
    return _made(
        failure, called_in, found, redials, {"intervals": intervals_of_day, "recovery": recovery}
    )


def _check_known(days: Days) -> None:
    """Raise where something of the day is missing."""
    if not len(days.groups.frame):
        raise InvalidDataError("intervals must have rows: a day of no intervals has no outage")
    columns = {
        "interval": days.length,
        "calls": days.calls,
        "aht": days.aht,
        "patience": days.patience,
        "agents": days.agents,
        "threshold": days.threshold,
    }
    for name, column in columns.items():
        must_be(name, column, "known", np.isnan(column))


def _check_numbers(lost: Any, diverted: Any, most_lost: Any, redial: Any) -> None:
    if lost is not None:
        whole = "whole and >= 0, or None for all"
        number("lost", lost, whole, lambda each: each >= 0 and each == np.floor(each) < np.inf)
    number("diverted", diverted, "from 0 to 1", lambda each: 0 <= each <= 1)
    number("redial", redial, ">= 0 and < 1", lambda each: 0 <= each < 1)
    if most_lost is not None:
        number("most_lost", most_lost, ">= 0 and finite", lambda each: 0 <= each < np.inf)


def _seconds(name: str, value: Any, holds: Any, rule: str) -> float:
    return number(name, seconds(name, value), rule, holds)


@dataclass(frozen=True)
class _Clock:
    """Moments of a day as seconds since its first interval began."""

    #: Start of the first interval by the local clock; None where the intervals have no starts.
    start: Any
    zone: Any
    end: float

    @classmethod
    def of(cls, days: Days) -> _Clock:
        import pandas as pd

        frame = days.groups.frame
        begun = starts(frame)
        end = float(days.length.sum())
        if begun is None:
            return cls(None, None, end)
        zone = None
        if "start" in frame.columns and (moments := frames.moments(frame["start"])) is not None:
            zone = moments[1]
        first = pd.Timestamp(begun[days.order[0]])
        if zone is not None:
            first = first.tz_localize("UTC").tz_convert(zone)
        return cls(first, zone, end)

    def moment(self, name: str, value: Any, after: float | None = None) -> float:
        """Seconds since the day began, within it."""
        found = self._seconds(name, value)
        least = 0.0 if after is None else after
        beyond = found <= least if after is not None else found < least
        if beyond or found > self.end or (after is None and found >= self.end):
            day = "the day" if self.start is None else f"the day, {self.start} to {self._until}"
            rule = "within" if after is None else "after `at`, within"
            raise ValueError(f"{name} must be {rule} {day}; got {shown(value)}")
        return found

    @property
    def _until(self) -> Any:
        import pandas as pd

        return self.start + pd.Timedelta(seconds=self.end)

    def _seconds(self, name: str, value: Any) -> float:
        import pandas as pd

        if self.start is None:
            return _seconds(
                name, value, lambda each: not np.isnan(each), "a duration since the start"
            )
        rule = "a time of day such as '11:00', or a moment"
        try:
            # A time of day is one of the day's own date, or of the morning after it began.
            text = isinstance(value, str) and len(value) <= len("00:00:00")
            given = f"{self.start.date()} {value}" if text else value
            moment = pd.Timestamp(given)
        except (TypeError, ValueError):
            moment = None
        if moment is None or pd.isna(moment) or isinstance(value, int | float | np.number):
            raise ValueError(f"{name} must be {rule}; got {shown(value)}")
        if self.zone is None and moment.tzinfo is not None:
            msg = f"{name} has a time zone and the intervals have none; got {shown(value)}"
            raise ValueError(msg)
        if self.zone is not None and moment.tzinfo is None:
            local: Any = moment.tz_localize(self.zone, ambiguous="NaT", nonexistent="NaT")
            if pd.isna(local):
                rule = (
                    "one moment of its day; pass a time with its offset, as the clock changes then"
                )
                raise ValueError(f"{name} must be {rule}; got {shown(value)}")
            moment = local
        if text and moment < self.start:
            moment += pd.DateOffset(days=1)
        return float((moment - self.start).total_seconds())


def _recovering(recover: Any, clock: _Clock, begun: float, ended: float) -> dict[float, float]:
    """Agents who start to work elsewhere, by the second at which they do."""
    if recover is None:
        return {}
    if not isinstance(recover, Mapping):
        raise TypeError(f"recover must map moments to agents; got {shown(recover)}")
    steps: dict[float, float] = {}
    for moment, agents in recover.items():
        since = clock.moment("recover", moment)
        if not begun <= since <= ended:
            raise ValueError(f"recover must be from `at` to `until`; got {shown(moment)}")
        rule = "agents, whole and >= 0,"
        more = number("recover", agents, rule, lambda n: n >= 0 and n == np.floor(n) < np.inf)
        steps[since] = steps.get(since, 0.0) + more
    return steps


def _sliced(days: Days, moments: list[float], begun: float, ended: float) -> _Slices:
    """The day cut at such moments, and every minute from the failure on."""
    order = days.order
    length = days.length[order]
    borders = np.concatenate([[0.0], np.cumsum(length)])
    end = borders[-1]
    step = max(_STEP, (end - begun) / _MOST_SLICES)
    minutes = np.arange(begun, end, step)
    call_ins = begun + _CALL_IN * np.arange(_CALL_INS)
    edges = np.unique(np.concatenate([borders, moments, minutes, call_ins[call_ins < end]]))
    # Two moments a rounding apart are one.
    edges = edges[np.concatenate([[True], np.diff(edges) > 1e-6 * _STEP])]
    edges[-1] = end
    row = np.clip(np.searchsorted(borders, edges[:-1], side="right") - 1, 0, length.size - 1)
    rows = order[row]
    first = np.concatenate([[True], np.diff(row) > 0])
    share = np.diff(edges) / days.length[rows]
    columns = {
        "calls": days.calls[rows] * share,
        "aht": days.aht[rows],
        "patience": days.patience[rows],
        "interval": np.diff(edges),
        # The rule of an interval is that of its first slice; no others lose anyone but at the end.
        "shift_end": np.where(first, days.shift_end[rows], "finish").astype(object),
    }
    down = (edges[:-1] >= begun - 1e-6) & (edges[:-1] < ended - 1e-6)
    return _Slices(
        row=rows,
        edges=edges,
        columns=columns,
        agents=days.agents[rows],
        down=down,
        threshold=days.threshold[rows],
        failure=int(down.argmax()),
    )


def _called_in(slices: _Slices, steps: Mapping[float, float]) -> Floats:
    """Agents at work elsewhere in each slice."""
    agents = np.zeros(slices.row.size)
    for since, more in steps.items():
        agents += np.where(slices.down & (slices.edges[:-1] >= since - 1e-6), more, 0.0)
    return agents


def _recovery(failure: _Failure, called_in: Floats, most_lost: float) -> pd.DataFrame:
    """The fewest agents to call in, by the quarter of an hour in which they start to work."""
    slices = failure.slices
    begun = slices.edges[slices.failure]
    ends = slices.edges[:-1][slices.down].max()
    rows = []
    fewest = 0.0
    for since in begun + _CALL_IN * np.arange(_CALL_INS):
        if since > ends:
            break

        def lost(more: float, since: float = since) -> float:
            agents = called_in + _called_in(slices, {since: more})
            return float(failure.lost(*failure.day(agents))[-1])

        # Who starts later has more to do.
        low, high = fewest, 2 * float(slices.agents.max()) + fewest + 10
        loss = lost(high)
        if loss > most_lost:
            rows.append(((since - begun) / 60, np.nan, np.nan))
            continue
        while low < high:
            middle = np.floor((low + high) / 2)
            here = lost(middle)
            if here <= most_lost:
                high, loss = middle, here
            else:
                low = middle + 1
        fewest = high
        rows.append(((since - begun) / 60, high, loss))
    columns = np.array(rows, dtype=np.float64).reshape(-1, 3).T
    names = ("minutes", "agents", "calls_lost")
    made: pd.DataFrame = frames.from_columns(dict(zip(names, columns, strict=True)))
    return made


def _made(
    failure: _Failure,
    called_in: Floats,
    found: dict[str, Floats],
    redials: Floats,
    more_frames: dict[str, Any],
) -> Outage:
    slices, usual = failure.slices, failure.usual
    lost = failure.lost(found, redials)
    more = found["queue_end"] - usual["queue_end"]
    since = slices.edges[1:] - slices.edges[slices.failure]
    waiting = np.flatnonzero((more > _BACKLOG) & (since > 0))
    if not waiting.size:
        recovered = 0.0
    elif waiting[-1] == more.size - 1:
        recovered = np.nan
    else:
        recovered = float(since[waiting[-1] + 1] / 60)
    after = since > 0
    course: pd.DataFrame = frames.from_columns(
        {
            "seconds": since[after],
            "agents": (failure.left + called_in)[after],
            "queue": found["queue_end"][after],
            "usual_queue": usual["queue_end"][after],
            "calls_lost": lost[after],
        }
    )
    return Outage(
        **more_frames,
        course=course,
        calls_lost=float(lost[-1]),
        calls_diverted=float((slices.columns["calls"] - failure.calls).sum()),
        calls_interrupted=float(found["interrupted"].sum() - usual["interrupted"].sum()),
        redials=float(redials.sum()),
        minutes_to_recover=recovered,
        longest_queue=float(found["queue_end"].max()),
        service_level=_level(found),
        usual_service_level=_level(usual),
    )


def _level(found: Mapping[str, Floats]) -> float:
    offered = found["offered"].sum()
    return float(found["answered_within"].sum() / offered) if offered else np.nan


def _intervals(
    days: Days, failure: _Failure, agents: Floats, found: dict[str, Floats], redials: Floats
) -> Frame:
    """The intervals as they were given, with what callers meet and usually meet in each."""
    slices = failure.slices
    count = len(days.groups.frame)
    length = slices.columns["interval"]

    def total(values: Floats) -> Floats:
        return np.bincount(slices.row, weights=values, minlength=count).astype(
            np.float64, copy=False
        )

    def measures(day: Mapping[str, Floats]) -> list[Floats]:
        sums = {name: total(values) for name, values in day.items()}
        with np.errstate(invalid="ignore", divide="ignore"):
            shares = [
                sums["answered_within"] / sums["offered"],
                sums["abandoned_of_arrivals"] / sums["offered"],
                sums["wait_answered_seconds"] / sums["answered_of_arrivals"],
            ]
        last = np.zeros(count, np.int64)
        last[slices.row] = np.arange(slices.row.size)
        return [*shares, day["queue_end"][last], sums["abandoned"]]

    columns = {
        "agents_left": total(agents * length) / total(length),
        "calls_offered": total(failure.calls + redials),
        **dict(zip(_MEASURES, measures(found), strict=True)),
        **dict(zip(_USUAL, measures(failure.usual), strict=True)),
    }
    made: Frame = put_beside(days.groups.frame.to_native(), columns)
    return made
