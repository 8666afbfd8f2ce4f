"""A frame being read: columns as arrays, and the rows that break a rule."""

from __future__ import annotations

from dataclasses import dataclass, replace
from numbers import Number
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from callstats import _core
from callstats._tables import durations, frames, groups
from callstats._tables.checks import one_of
from callstats._tables.periods import MISSING, Zone, zone_named
from callstats._tables.truths import TRUTH, is_missing, truths
from callstats.errors import InvalidDataError

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable, Collection, Sequence

    import narwhals as nw
    import pandas as pd
    from numpy.typing import NDArray

    from callstats.typing import OnError

#: Durations from here on (31 years) are refused: sentinels such as 9999999999, or mistaken units.
LONGEST = 1e9
_NANOSECONDS_IN = {"D": 86_400_000_000_000, "s": 1_000_000_000, "ms": 1_000_000, "us": 1_000}


#: What a row is left out of where what breaks a rule is needed throughout.
EVERY_FIGURE = "every figure"
_KNOWN = "be known"


@dataclass(frozen=True)
class Problem:
    """Rows that break one rule."""

    column: str
    #: To be read after the column's name and "must".
    rule: str
    rows: NDArray[np.int64]
    example: str
    effect: str
    #: Whether the example says what to pass, so that leaving rows out is no advice.
    advised: bool = False
    #: The figures that the rows are left out of.
    figures: str = EVERY_FIGURE

    @property
    def sentence(self) -> str:
        """The rule as a sentence."""
        return f"{self.column} must {self.rule}"


@dataclass(frozen=True)
class Rule:
    """What every value of a column of numbers must be."""

    #: To be read after the column's name and "must".
    words: str
    holds: Callable[[NDArray[np.float64]], NDArray[np.bool_]]


def _countable(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.asarray((values >= 0) & (values < np.inf))


COUNTABLE = Rule("be a finite number >= 0", _countable)
COUNT = Rule("be a count >= 0", _countable)
#: Or missing.
FINITE = Rule("be finite", lambda values: ~np.isinf(values))


class Advice(Protocol):
    """What errors about a table say of the ways in which else it could be read."""

    @property
    def rules(self) -> str:
        """What lists every rule of the table; "" where nothing does."""

    def columns(self, frame: nw.DataFrame[Any], absent: Sequence[str]) -> str:
        """Where the columns that are not there may be found; "" if nowhere."""

    def word(self, word: str, column: str) -> str:
        """What a word may mean that the column does not know, in brackets; "" if nothing."""


class Reader:
    """A frame being read. Reading a column collects problems, which a table decides about."""

    def __init__(
        self,
        frame: Any,
        argument: str,
        *,
        on_error: OnError = "raise",
        timezone: str | datetime.tzinfo | None = None,
        remedy: str | None = None,
        advice: Advice | None = None,
    ) -> None:
        """`remedy` says what to pass to go on where that is not `on_error`."""
        one_of("on_error", on_error, ("raise", "drop", "flag"))
        self.frame = frames.read(frame, argument)
        self.argument = argument
        self._remedy = remedy
        self._advice = advice
        self.on_error = on_error
        self.rows = len(self.frame)
        self.problems: list[Problem] = []
        #: Rows that are no rows of the table, whose values break no rule.
        self.aside = np.zeros(0, bool)
        self.zone = zone_named(timezone)
        #: The first column of times, and whether it has a zone.
        self.aware: tuple[str, bool] | None = None

    def has(self, name: str) -> bool:
        """Whether the frame has the column."""
        return name in self.frame.columns

    def report(
        self,
        column: str,
        rule: str,
        bad: NDArray[np.bool_],
        effect: str,
        hint: str = "",
        *,
        advised: bool = False,
    ) -> None:
        """Put rows down as breaking a rule, if there are any."""
        rows = np.flatnonzero(bad & ~self.aside if self.aside.size else bad)
        if rows.size:
            value = self.frame[column][int(rows[0])] if self.has(column) else None
            example = ("missing" if is_missing(value) else repr(_plain(value))) + hint
            self.problems.append(Problem(column, rule, rows, example, effect, advised))

    def require_known(self, column: str, missing: NDArray[np.bool_], effect: str) -> None:
        """Put rows without a value down, but for those whose value could not be read."""
        if any(problem.column == column for problem in self.problems):
            missing = missing & ~self.reported(column)
        self.report(column, _KNOWN, missing, effect)

    def breaking(self, chosen: Callable[[Problem], bool]) -> NDArray[np.bool_]:
        """The rows of the problems that are chosen."""
        found = np.zeros(self.rows, bool)
        for problem in filter(chosen, self.problems):
            found[problem.rows] = True
        return found

    def reported(self, column: str) -> NDArray[np.bool_]:
        """The rows that were put down for this column."""
        return self.breaking(lambda problem: problem.column == column)

    def unreadable(self, column: str) -> NDArray[np.bool_]:
        """The rows that were put down for a value in this column, not for having none."""
        return self.breaking(lambda each: each.column == column and each.rule != _KNOWN)

    def confine(self, columns: Collection[str], figures: str) -> None:
        """Leave rows whose value in one of the columns is bad out of such figures alone."""
        self.problems = [
            replace(each, figures=figures) if each.column in columns else each
            for each in self.problems
        ]

    def place(self, row: int) -> str:
        """Where a row stands: its position and, where it has another name, its index label."""
        label = self._label(row)
        return f"position {row}" + ("" if label == row else f", index label {label!r}")

    def _label(self, row: int) -> Any:
        """The label of a row in pandas; its position where rows have no labels."""
        if not self.frame.implementation.is_pandas_like():
            return row
        label = self.frame.to_native().index[row]
        return tuple(map(_plain, label)) if isinstance(label, tuple) else _plain(label)

    def numbers(self, name: str, rule: Rule | None = None, effect: str = "") -> NDArray[np.float64]:
        """A column of numbers, NaN where missing; those that break the rule are put down."""
        import narwhals as nw

        series = self.frame[name]
        if series.dtype.is_numeric():
            values = np.asarray(series.to_numpy(), dtype=np.float64)
        else:
            missing = np.asarray(series.is_null().to_numpy(), dtype=bool)
            if series.dtype not in (nw.Object, nw.Unknown) and not missing.all():
                raise InvalidDataError(f"{name} must hold numbers; got {series.dtype}")
            values = np.full(self.rows, np.nan)
            for row, value in enumerate(series.to_list()):
                if missing[row]:
                    continue
                if isinstance(value, bool) or not isinstance(value, Number):
                    msg = f"{name} must hold numbers; got {value!r} at {self.place(row)}"
                    raise InvalidDataError(msg)
                values[row] = float(value)  # type: ignore[arg-type]
        if rule is not None:
            self.check(name, values, rule, effect)
        return values

    def check(
        self,
        name: str,
        values: NDArray[np.float64],
        rule: Rule,
        effect: str,
        rows: NDArray[np.bool_] | None = None,
    ) -> None:
        """Put the rows down whose values break a rule, of those that a mask takes."""
        bad = ~rule.holds(values)
        self.report(name, rule.words, bad if rows is None else rows & bad, effect)

    def seconds(self, name: str, effect: str) -> NDArray[np.float64]:
        """A column of durations; NaN where missing or bad, and if there is no such column."""
        if not self.has(name):
            return np.full(self.rows, np.nan)
        import narwhals as nw

        series = self.frame[name]
        unread = np.zeros(self.rows, bool)
        if series.dtype.is_numeric():
            # Read in place where it can be: nobody writes to it.
            values = np.ascontiguousarray(series.to_numpy(), dtype=np.float64)
        elif series.dtype == nw.Duration:
            values = series.to_numpy() / np.timedelta64(1, "s")
        elif series.dtype in (nw.String, nw.Categorical, nw.Enum, nw.Object, nw.Unknown):
            values, unread = _parsed_durations(series.to_list())
        else:
            msg = f"{name} must hold durations: numbers, timedeltas or text; got {series.dtype}"
            raise InvalidDataError(msg)
        self.report(name, "be a duration such as 20, '20s' or '3:30'", unread, effect)
        values = np.ascontiguousarray(values)
        # The extremes tell without an array whether there is any bad one; missing ones are neither.
        low, high, _ = _core.kpi_span(values)
        if not low < 0 and not high >= LONGEST:
            return values
        bad = ~((values >= 0) & (values < LONGEST)) & ~np.isnan(values)
        self.report(name, f"be >= 0 and < {LONGEST:.0e} seconds", bad, effect)
        return np.where(bad, np.nan, values)

    def instants(self, name: str, effect: str) -> NDArray[np.int64]:
        """A column of times as nanoseconds since 1970, in UTC unless the table has no zone."""
        return self._instants(name, self._times(name, effect), effect)

    def ticks(
        self, first: str, second: str, effect: str
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
        """Two columns of times as counts of one unit since 1970, and its nanoseconds.

        Read in place where both are of one unit, all known and countable; else as `instants`.
        """
        names = (first, second)
        times = [self._times(name, effect) for name in names]
        units = {np.datetime_data(each.dtype)[0] for each in times}
        if len(units) == 1 and not self._by_the_clock and self.rows:
            factor = {**_NANOSECONDS_IN, "ns": 1}[units.pop()]
            counts = [np.ascontiguousarray(each).view(np.int64) for each in times]
            bound = -(MISSING + 1) // factor
            if all(each.min() >= -bound and each.max() <= bound for each in counts):
                return counts[0], counts[1], factor
        start, end = (
            self._instants(name, each, effect) for name, each in zip(names, times, strict=True)
        )
        return start, end, 1

    @property
    def _by_the_clock(self) -> bool:
        """Whether the times have no zone and are read by the clock of one."""
        return self.zone.key is not None and self.aware is not None and not self.aware[1]

    def _instants(self, name: str, values: NDArray[Any], effect: str) -> NDArray[np.int64]:
        instants = self._nanoseconds(name, values, effect)
        if self._by_the_clock:
            instants = self._localized(name, instants, effect)
        return instants

    def _times(self, name: str, effect: str) -> NDArray[Any]:
        """A column of times as NumPy's, by UTC or by the clock."""
        import narwhals as nw

        series = self.frame[name]
        if (times := frames.times(series)) is not None:
            values: NDArray[Any]
            values, zone = times
            if zone is not None and self.zone.key is None:
                self.zone = Zone(zone)
            self._agree(name, aware=zone is not None)
        elif series.dtype == nw.Date:
            values = series.cast(nw.Datetime("us")).to_numpy()
            self._agree(name, aware=False)
        elif series.dtype in (nw.String, nw.Categorical, nw.Enum, nw.Object, nw.Unknown):
            values = self._parsed_instants(name, series.to_list(), effect)
        else:
            hint = ""
            if series.dtype.is_numeric():
                hint = f"; numbers are read by pandas.to_datetime({name}, unit='s')"
            raise InvalidDataError(f"{name} must hold times; got {series.dtype}{hint}")
        return values

    def moment(self, argument: str, value: Any) -> int | None:
        """An argument that is a time, by the clock of the table; None where it is not given."""
        if value is None:
            return None
        import pandas as pd

        try:
            moment = pd.Timestamp(value)
        except (TypeError, ValueError):
            moment = None
        if moment is None or pd.isna(moment):
            raise ValueError(f"{argument} must be a time such as '2024-03-05 09:30'; got {value!r}")
        if self.zone.key is not None:
            moment = moment.tz_localize(self.zone.key) if moment.tzinfo is None else moment
            moment = moment.tz_convert("UTC").tz_localize(None)
        elif moment.tzinfo is not None:
            raise ValueError(f"{argument} has a time zone and the times have none; got {value!r}")
        return int(moment.as_unit("ns").value)

    def _agree(self, name: str, *, aware: bool) -> None:
        """Refuse a log in which one column has a zone and another has none."""
        if self.aware is not None and self.aware[1] != aware:
            with_zone, without = (name, self.aware[0]) if aware else (self.aware[0], name)
            msg = f"{with_zone} has a time zone and {without} has none; give both or neither one"
            raise InvalidDataError(msg)
        self.aware = (name, aware)

    def _nanoseconds(self, name: str, values: NDArray[Any], effect: str) -> NDArray[np.int64]:
        unit = np.datetime_data(values.dtype)[0]
        counts = np.ascontiguousarray(values).view(np.int64)
        if unit == "ns":
            return counts
        factor = _NANOSECONDS_IN[unit]
        instants, far = _core.kpi_nanoseconds(counts, factor)
        if far:
            beyond = (instants == MISSING) & (counts != MISSING)
            self.report(name, "lie between the years 1678 and 2262", beyond, effect)
        return instants

    def _parsed_instants(self, name: str, values: list[Any], effect: str) -> NDArray[Any]:
        import pandas as pd

        column = pd.Series(values, dtype=object)
        known = column.notna().to_numpy()
        # Nearly all are texts to the second, of which a colon at the 17th character tells enough.
        aware = np.array(
            [
                not (type(v) is str and len(v) == 19 and v[16] == ":") and _has_offset(v)
                for v in values
            ],
            bool,
        )
        times: pd.Series[Any] = pd.to_datetime(column, format="ISO8601", errors="coerce", utc=True)
        parsed = times.notna().to_numpy()
        self.report(
            name, "be a time such as 2024-03-05T09:30:00 (ISO 8601)", known & ~parsed, effect
        )
        if (aware & parsed).any():
            naive = parsed & ~aware
            self.report(name, "carry an offset from UTC like the other rows", naive, effect)
            times = times.mask(naive)
            if self.zone.key is None:
                self.zone = Zone("UTC")
        if parsed.any():
            self._agree(name, aware=bool((aware & parsed).any()))
        return np.asarray(times.dt.tz_localize(None))

    def _localized(self, name: str, clock: NDArray[np.int64], effect: str) -> NDArray[np.int64]:
        import pandas as pd

        local = pd.DatetimeIndex(clock.view("M8[ns]")).tz_localize(
            self.zone.key, ambiguous="NaT", nonexistent="NaT"
        )
        instants = np.array(local.tz_convert("UTC").tz_localize(None).to_numpy().astype("M8[ns]"))
        instants = instants.view(np.int64)
        lost = (instants == MISSING) & (clock != MISSING)
        rule = f"name one instant in {self.zone.name}, where the clock was changed; give an offset"
        self.report(name, rule, lost, effect)
        return instants

    def words(
        self,
        name: str,
        vocabulary: Sequence[str],
        effect: str,
        missing: NDArray[np.bool_] | None = None,
    ) -> NDArray[np.int8]:
        """A column of words as places in `vocabulary`; -1 where missing or unknown.

        Rows that are `missing` may be so.
        """
        column = groups.coded(self.frame[name])
        places = {word: place for place, word in enumerate(vocabulary)}
        # The last entry is that of missing words, whose code is -1.
        table = np.array(
            [places.get(v, -1) if isinstance(v, str) else -1 for v in column.distinct] + [-1],
            np.int8,
        )
        found, unplaced = _core.kpi_look_up(column.codes, table)
        if not unplaced:
            return found
        unknown = found < 0
        if missing is not None:
            unknown &= ~missing
        hint = ""
        code = int(column.codes[int(unknown.argmax())])
        value = column.distinct[code] if code >= 0 else None
        if isinstance(value, str) and self._advice is not None:
            hint = self._advice.word(value, name)
        self.report(name, f"be one of {', '.join(vocabulary)}", unknown, effect, hint)
        return found

    def truths(self, name: str, effect: str) -> NDArray[np.bool_]:
        """A column of true and false; missing is false, as is a missing column."""
        if not self.has(name):
            return np.zeros(self.rows, bool)
        found = truths(self.frame[name])
        self.report(name, f"be {TRUTH}", found.unread, effect)
        return found.true


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _has_offset(value: Any) -> bool:
    if isinstance(value, str):
        time = value.strip()[10:]
        return time.endswith(("Z", "z")) or "+" in time or "-" in time
    return getattr(value, "tzinfo", None) is not None


def _parsed_durations(values: list[Any]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    seconds = np.full(len(values), np.nan)
    unread = np.zeros(len(values), bool)
    for row, value in enumerate(values):
        if is_missing(value):
            continue
        try:
            if isinstance(value, str):
                seconds[row] = durations.parse(value)
            elif isinstance(value, bool):
                unread[row] = True
            else:
                seconds[row] = float(durations.seconds("duration", value))
        except (TypeError, ValueError):
            unread[row] = True
    return seconds, unread
