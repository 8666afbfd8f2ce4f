"""Opening hours: a clock that runs while it is open, and the intervals in which that is."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._tables import durations, groups, periods
from callstats._tables.periods import MISSING, NANOSECONDS, Zone
from callstats.kpi.exports.cells.clock_text import seconds_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import narwhals as nw
    from numpy.typing import NDArray

    from callstats._tables.table import Table

    Instants = NDArray[np.int64]

_DAY = 86_400
#: Days by which the longest period, a month, may reach beyond the first and the last call.
_MARGIN = 31
#: Instants around which there is room for the margin, and a night and a time zone more.
_FAR = np.iinfo(np.int64).max - (_MARGIN + 3) * _DAY * NANOSECONDS
#: Rows of a result, each half a kilobyte and 18 us: 2.5 GB and a minute and a half. Half hours of
#: twenty queues, day and night, reach it after fourteen years; more comes from a wrong year.
_MOST_ROWS = 5_000_000
_TOO_MANY = (
    _MOST_ROWS,
    ("hours: open in {} intervals, more than {}; is there a wrong year in an arrival?"),
)


@dataclass(frozen=True)
class BusinessHours:
    """A clock that runs in opening hours alone.

    Parameters
    ----------
    opens, closes : str or duration
        Local time of day, such as ``"09:00"`` and ``"18:00"``, ``"00:00"`` and ``"24:00"`` for the
        whole day. Closing before opening is on the next day: ``"22:00"`` to ``"06:00"`` is a night.
    weekdays : str
        A digit 1 or 0 a weekday from Monday on. A night belongs to the day on which it opens.
    holidays : sequence of dates
        Days on which it does not open.

    Examples
    --------
    >>> import numpy as np
    >>> office = BusinessHours("09:00", "17:00")
    >>> friday, monday = np.datetime64("2024-03-01T16:00"), np.datetime64("2024-03-04T10:00")
    >>> office.elapsed(friday, monday)
    7200.0
    >>> night = BusinessHours("22:00", "06:00")
    >>> night.elapsed(friday, monday)  # from Friday 22:00 to Saturday 06:00
    28800.0
    """

    opens: Any = "09:00"
    closes: Any = "18:00"
    weekdays: str = "1111100"
    holidays: tuple[Any, ...] = ()

    def __post_init__(self) -> None:
        first, last = _time_of_day("opens", self.opens), _time_of_day("closes", self.closes)
        if not (0 <= first < _DAY and 0 <= last <= _DAY and first != last):
            raise ValueError(
                "opens and closes must be two times of a day, '00:00' and '24:00' for the whole of "
                f"it; got {self.opens!r}, {self.closes!r}"
            )
        if len(self.weekdays) != 7 or set(self.weekdays) - {"0", "1"} or "1" not in self.weekdays:
            raise ValueError(f"weekdays must be 7 digits 0 or 1, not all 0; got {self.weekdays!r}")
        holidays = self.holidays
        if isinstance(holidays, str | datetime.date):
            holidays = (holidays,)
        try:
            days = tuple(np.datetime64(day, "D") for day in holidays)
        except (TypeError, ValueError):
            msg = f"holidays must be dates such as '2024-05-01'; got {self.holidays!r}"
            raise ValueError(msg) from None
        object.__setattr__(self, "holidays", tuple(str(day) for day in days))

    def elapsed(self, start: Any, end: Any) -> Any:
        """Seconds that the clock runs from `start` to `end`, both readings of the local clock."""
        seconds = self._reading(end) - self._reading(start)
        return float(seconds) if np.ndim(seconds) == 0 else seconds

    def to_dict(self) -> dict[str, Any]:
        """The fields, as JSON can hold them; times of day in seconds."""
        return {
            **dict(zip(("opens", "closes"), self._times(), strict=True)),
            "weekdays": self.weekdays,
            "holidays": list(self.holidays),
        }

    def spans(self, first: np.datetime64, last: np.datetime64, zone: Zone) -> Instants:
        """When it opens and closes on the local days from `first` to `last`: two columns."""
        days = np.arange(first, last + np.timedelta64(1, "D"))
        days = days[np.is_busday(days, weekmask=self.weekdays, holidays=self._holidays())]
        midnights = days.astype("M8[ns]").view(np.int64)
        opens, closes = self._times()
        edges = []
        for seconds in (opens, closes if opens < closes else closes + _DAY):
            clock = midnights + round(seconds * NANOSECONDS)
            edges.append(_instants(clock.view("M8[ns]"), zone))
        return np.column_stack(edges)

    def _holidays(self) -> NDArray[np.datetime64]:
        return np.array(self.holidays, dtype="M8[D]")

    def _reading(self, moment: Any) -> Any:
        """What the clock shows: seconds that it has run since 1970."""
        moments = np.asarray(moment, dtype="M8[ns]")
        days = moments.astype("M8[D]")
        clock = (moments - days) / np.timedelta64(1, "s")
        opens, closes = self._times()
        if opens < closes:
            return self._run(days, clock, opens, closes)
        evening = self._run(days, clock, opens, _DAY)
        return evening + self._run(days - np.timedelta64(1, "D"), clock, 0.0, closes)

    def _run(self, days: Any, clock: Any, first: float, last: float) -> Any:
        """Seconds between two times of day, of opening days up to `days` and `clock`."""
        rules = {"weekmask": self.weekdays, "holidays": self._holidays()}
        whole = np.busday_count(np.datetime64("1970-01-01"), days, **rules)  # type: ignore[call-overload]
        today = np.is_busday(days, **rules)  # type: ignore[call-overload]
        length = last - first
        return whole * length + np.where(today, np.clip(clock - first, 0, length), 0)

    def _times(self) -> tuple[float, float]:
        return _time_of_day("opens", self.opens), _time_of_day("closes", self.closes)


def _time_of_day(name: str, value: Any) -> float:
    if isinstance(value, datetime.time):
        return value.hour * 3600 + value.minute * 60 + value.second
    if isinstance(value, str) and value.count(":") == 1:
        # 09:00 is nine o'clock here, not nine minutes.
        value = f"{value}:00"
    seconds = seconds_of(value) if isinstance(value, str) else durations.seconds(name, value)
    if not isinstance(seconds, int | float | np.number):
        raise TypeError(f"{name} must be a time of day such as '09:00'; got {value!r}")
    return float(seconds)


def _instants(clock: NDArray[np.datetime64], zone: Zone) -> Instants:
    """Readings of the local clock as instants: the first of two, the next after a skipped one."""
    if zone.key is None:
        return np.ascontiguousarray(clock).view(np.int64)
    import pandas as pd

    index = pd.DatetimeIndex(clock).tz_localize(
        zone.key, ambiguous=np.ones(clock.size, bool), nonexistent="shift_forward"
    )
    return np.asarray(index.tz_convert("UTC").tz_localize(None).to_numpy().astype("M8[ns]")).view(
        np.int64
    )


@dataclass(frozen=True)
class OpenTime:
    """The stretches of time in which it is open, in order and apart from one another."""

    begin: Instants
    end: Instants

    @staticmethod
    def of(hours: Sequence[BusinessHours], low: int, high: int, zone: Zone) -> OpenTime:
        """The opening hours, together, of the local days from that of `low` to that of `high`."""
        first, last = local_days(low, high, zone)
        spans = np.concatenate([each.spans(first, last, zone) for each in hours])
        # What lies in an hour that the clock skips has no length.
        spans = spans[spans[:, 0] < spans[:, 1]]
        spans = spans[np.argsort(spans[:, 0], kind="stable")]
        if not spans.size:
            return OpenTime(np.zeros(0, np.int64), np.zeros(0, np.int64))
        reached = np.maximum.accumulate(spans[:, 1])
        new = np.ones(len(spans), bool)
        new[1:] = spans[1:, 0] > reached[:-1]
        first_of = np.flatnonzero(new)
        last_of = np.append(first_of[1:], len(spans)) - 1
        return OpenTime(
            np.ascontiguousarray(spans[first_of, 0]), np.ascontiguousarray(reached[last_of])
        )

    def holds(self, instants: Instants) -> NDArray[np.bool_]:
        """Whether it is open at each instant."""
        place = np.searchsorted(self.begin, instants, side="right") - 1
        if not self.begin.size:
            return np.zeros(instants.size, bool)
        inside: NDArray[np.bool_] = (place >= 0) & (instants < self.end[place])
        return inside

    def nanoseconds(self, since: Instants, until: Instants) -> Instants:
        """How long it is open from one instant to another."""
        return self._before(until) - self._before(since)

    def _before(self, instants: Instants) -> Instants:
        """How long it has been open before each instant."""
        lengths = self.end - self.begin
        total = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        place = np.searchsorted(self.begin, instants, side="right")
        if not self.begin.size:
            return np.zeros(instants.size, np.int64)
        running = np.minimum(instants - self.begin[place - 1], lengths[place - 1])
        return np.where(place > 0, total[place - 1] + running, 0)

    def touched(self, cut: int | Instants, first: int, last: int) -> Instants:
        """Numbers of the intervals in which it is open between two instants."""
        inside = (self.end > first) & (self.begin <= last)
        begin = np.maximum(self.begin[inside], first)
        end = np.minimum(self.end[inside] - 1, last)
        return np.unique(periods.touched(begin, end, cut, _TOO_MANY)[1])


def local_days(low: int, high: int, zone: Zone) -> tuple[np.datetime64, np.datetime64]:
    """The local days of two instants."""
    import pandas as pd

    ends = pd.DatetimeIndex(np.array([low, high]).view("M8[ns]"))
    if zone.key is not None:
        ends = ends.tz_localize("UTC").tz_convert(zone.key).tz_localize(None)
    days = ends.to_numpy().astype("M8[D]")
    return days[0], days[1]


@dataclass(frozen=True)
class Hours:
    """The opening hours of the rows of a log: the same for all, or those of each queue."""

    #: One or several, each a set of opening hours that hold together.
    schedules: tuple[tuple[BusinessHours, ...], ...]
    #: The place of each row's schedule; None where there is one for all.
    own: NDArray[np.int64] | None
    #: As JSON can hold it.
    about: Any

    def times(
        self, zone: Zone, reach: tuple[int, int]
    ) -> tuple[list[OpenTime], OpenTime, tuple[int, ...]]:
        """Open time of each schedule and of all together, over the local days of a reach.

        Also the first instant of the first of these days and the last of the last.
        """
        low, high = reach
        if low == MISSING:
            nothing = OpenTime(np.zeros(0, np.int64), np.zeros(0, np.int64))
            return [nothing] * len(self.schedules), nothing, ()
        for moment in (low, high):
            if abs(moment) > _FAR:
                day = np.datetime64(moment, "ns").astype("M8[D]")
                raise ValueError(
                    f"hours: {day} is less than {_MARGIN + 3} days from the ends of what can be "
                    "told in nanoseconds, 1677 and 2262; is there a wrong year in an arrival?"
                )
        first, last = local_days(low, high, zone)
        days = np.array([first, last + np.timedelta64(1, "D")]).astype("M8[ns]")
        begin, end = _instants(days, zone).tolist()
        margin = _MARGIN * _DAY * NANOSECONDS
        each = [OpenTime.of(hours, begin - margin, end + margin, zone) for hours in self.schedules]
        if len(each) == 1:
            return each, each[0], (begin, end - 1)
        every = [hours for schedule in self.schedules for hours in schedule]
        return each, OpenTime.of(every, begin - margin, end + margin, zone), (begin, end - 1)


class OpenIntervals:
    """Which rows of a log came while it was closed, and which intervals were open."""

    def __init__(
        self, hours: Hours, zone: Zone, reach: tuple[int, int], keys: Sequence[str]
    ) -> None:
        self.hours = hours
        self._each, self._all, days = hours.times(zone, reach)
        #: The first instant of the first local day, and the last of the last.
        self.days = np.array(days, np.int64)
        #: Whether rows of one group share their hours; if not, a group is open while any queue is.
        self._apart = "queue" in keys

    def closed(self, arrival: Instants, valid: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """The valid rows that came while it was closed."""
        closed = valid.copy()
        own = self.hours.own
        if own is None:
            closed &= ~self._all.holds(arrival)
            return closed
        for place, times in enumerate(self._each):
            mine = own == place
            closed[mine] &= ~times.holds(arrival[mine])
        return closed

    def schedules(
        self, own: NDArray[np.int64] | None, rows: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """The number of the hours of each of `rows`, of which `own` has that of its queue."""
        if own is None or not self._apart:
            return np.full(rows.size, -1)
        return own[rows]

    def lines(
        self, seen: NDArray[np.int64], schedules: NDArray[np.int64], cut: int | Instants
    ) -> tuple[NDArray[np.int64], Instants]:
        """A line a group and open interval: a row of the group, an instant in the interval."""
        starts: dict[int, Instants] = {}
        places = schedules.tolist() if self.days.size else []
        for place in set(places):
            numbers = self._time(place).touched(cut, *self.days.tolist())
            starts[place] = periods.edges_of(numbers, cut)[0]
        sizes = np.array([starts[place].size for place in places], np.int64)
        if sizes.sum() > _MOST_ROWS:
            raise ValueError(
                f"hours: {sizes.sum()} groups and open intervals, more than {_MOST_ROWS}; is there "
                "a wrong year in an arrival?"
            )
        empty = np.zeros(0, np.int64)
        instants = np.concatenate([empty, *(starts[place] for place in places)])
        return np.repeat(seen[: sizes.size], sizes), instants

    def seconds(
        self, schedules: NDArray[np.int64], starts: Instants, cut: int | Instants
    ) -> NDArray[np.float64]:
        """How long the intervals from `starts` on are open to groups with such hours."""
        known = starts != MISSING
        low, high = periods.edges_of(periods.places(np.where(known, starts, 0), cut), cut)
        found = np.full(starts.size, np.nan)
        for place in np.unique(schedules).tolist():
            mine = known & (schedules == place)
            found[mine] = self._time(place).nanoseconds(low[mine], high[mine]) / NANOSECONDS
        return found

    def _time(self, place: int) -> OpenTime:
        return self._all if place < 0 else self._each[place]


def several(hours: Any, argument: str = "hours") -> tuple[BusinessHours, ...]:
    """One or several opening hours that hold together, checked."""
    found = (hours,) if isinstance(hours, BusinessHours) else hours
    if (
        not isinstance(found, tuple | list)
        or not found
        or not all(isinstance(each, BusinessHours) for each in found)
    ):
        raise TypeError(f"{argument} must be BusinessHours or several of them; got {hours!r}")
    return tuple(found)


def read_hours(hours: Any, log: Table) -> Hours | None:
    """The argument `hours` of a summary: opening hours, several together, or each queue's."""
    if isinstance(hours, Mapping):
        log.require("queue")
        return hours_of(hours, log.frame["queue"])
    return hours_of(hours, None)


def hours_of(hours: Any, queues: nw.Series[Any] | None) -> Hours | None:
    """The opening hours of rows of such `queues`; None: rows that have none of their own."""
    if hours is None:
        return None
    if not isinstance(hours, Mapping):
        chosen = several(hours)
        return Hours((chosen,), None, [each.to_dict() for each in chosen])
    given = {queue: several(each, f"hours[{queue!r}]") for queue, each in hours.items()}
    as_json = {str(queue): [each.to_dict() for each in chosen] for queue, chosen in given.items()}
    if queues is None:
        return Hours(tuple(given.values()), None, {"queue": as_json})
    column = groups.coded(queues)
    places = {queue: place for place, queue in enumerate(given)}
    values = [*column.distinct, None]
    own = np.array([places.get(queue, -1) for queue in values])[column.codes]
    if (absent := own < 0).any():
        queue = values[column.codes[int(absent.argmax())]]
        named = "rows without a queue" if queue is None else repr(queue)
        raise ValueError(
            f"hours must have an entry for every queue; none for {named} "
            f"({int(absent.sum())} of {own.size} rows)"
        )
    return Hours(tuple(given.values()), own, {"queue": as_json})
