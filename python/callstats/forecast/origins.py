"""Forecasts as they would have been made, again and again through a history."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats import _core
from callstats._tables import durations, frames, groups
from callstats._tables.checks import listed, one_of, shown
from callstats._tables.periods import labels
from callstats.forecast import history as histories
from callstats.forecast import special as specials
from callstats.forecast.benchmarks import benchmarked
from callstats.forecast.fitting import days_of, fitted, text_column
from callstats.forecast.forecasts import read_forecast
from callstats.forecast.history import DAY, NS, day_of
from callstats.forecast.periods import day_sums
from callstats.forecast.prediction import bound_names, horizon_days, levels_of, predict
from callstats.forecast.scores import measures, numbered, season_changes, suffixes

if TYPE_CHECKING:
    import datetime
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from callstats.forecast.forecasts import Forecast
    from callstats.forecast.history import History
    from callstats.typing import Durations, Frame, Threads

    Floats = NDArray[np.float64]
    Codes = NDArray[np.int64]

_METHODS = ("model", "index", "naive")
#: Leads, with the first and the last day of each; special days of all of them.
_LEADS = {
    "day 1": (1, 1),
    "week 1": (1, 7),
    "week 2": (8, 14),
    "week 3": (15, 21),
    "week 4": (22, 28),
}
_SPECIAL = "special"
_KINDS = ("interval", "day")
_WEEK = 7
#: Of the index, and of profiles.
_INDEX_WEEKS = 4
_HALF_LIFE = "56D"


def backtest(
    history: Frame,
    *,
    horizon: Durations = "28D",
    step: Durations = "7D",
    first: Durations = "56D",
    methods: Sequence[str] = _METHODS,
    level: float | Sequence[float] = (0.8, 0.95),
    special: Frame | None = None,
    month: bool = True,
    queue: str | None = "queue",
    start: str = "start",
    volume: str = "volume",
    interval: Durations | None = None,
    timezone: str | datetime.tzinfo | None = None,
    threads: Threads = None,
) -> Frame:
    """How far forecasts would have been off, had they been made again and again in the history.

    Parameters
    ----------
    history, queue, start, volume, interval, timezone, special, month
        As in `fit`. `special` must be what a planner knew beforehand, the calendar: to name days
        that turned out to be odd is cheating.
    horizon : duration, default "28D"
        Days of each forecast.
    step : duration, default "7D"
        From one origin to the next.
    first : duration, default "56D"
        History before the first origin; a queue takes part from its own `first` on.
    methods : sequence of {"model", "index", "naive"}
        `fit_predict`, and the two benchmarks, the index of four weeks.
    level : float or sequence of float, default (0.8, 0.95)
        Of the bounds.
    threads : int, optional
        Threads at most; the result does not depend on it.

    Returns
    -------
    DataFrame
        One row a queue, method, lead and level: `queue, method, lead, level`, then the measures of
        `accuracy`, pooled over origins. `lead` is "day 1", "week 1" to "week 4" of ordinary days,
        and "special": special days at any lead. `level` is "interval" or "day". `mase` is scaled by
        the whole history. The frame's attribute `forecasts` is a frame of all forecasts: `method,
        origin, ahead` (days), `queue, start, volume, actual, special` and bounds. Copies of the
        frame do not carry it.

    Raises
    ------
    ValueError
        No origin lies within the history.

    Examples
    --------
    >>> import pandas as pd
    >>> days = pd.date_range("2025-01-06", periods=70, freq="D")
    >>> rows = [(day + pd.Timedelta(hours=h), 40 + 10 * h) for day in days for h in (9, 10, 11)]
    >>> history = pd.DataFrame(rows, columns=["start", "volume"]).assign(queue="sales")
    >>> result = backtest(history, horizon="7D", methods=["model", "index"])
    >>> result[["method", "lead", "level", "n", "wape"]].round(3)
      method    lead     level   n   wape
    0  model   day 1  interval   6  0.001
    1  model   day 1       day   2  0.001
    2  model  week 1  interval  42  0.001
    3  model  week 1       day  14  0.001
    4  index   day 1  interval   6  0.000
    5  index   day 1       day   2  0.000
    6  index  week 1  interval  42  0.000
    7  index  week 1       day  14  0.000
    """
    chosen = [str(each) for each in listed("methods", methods, "names of methods")]
    for each in chosen or [""]:
        one_of("methods", each, _METHODS)
    levels = levels_of(level)
    read = histories.read(
        history, queue=queue, start=start, volume=volume, interval=interval, timezone=timezone
    )
    options = _Options(special=special, levels=levels, month=month, threads=threads)
    days = horizon_days(horizon, read.last_day, read.zone)
    collected = _Collected(read, chosen, levels)
    for origin, part in _origins(read, _days("step", step), _days("first", first)):
        for code, method in enumerate(chosen):
            collected.add(_made(method, part, days, options), origin, code)
    if not collected.intervals:
        msg = f"no origin lies within the history: first={shown(first)} is longer than it"
        raise ValueError(msg)
    return _table(collected, special, days)


@dataclass(frozen=True)
class _Options:
    """How forecasts are made."""

    special: Any
    levels: list[float]
    month: bool
    threads: Threads


def _days(name: str, value: Any) -> int:
    length = durations.seconds(name, value)
    if isinstance(length, bool) or not isinstance(length, int | float | np.number):
        raise TypeError(f"{name} must be a duration such as '7D'; got {shown(value)}")
    days = float(length) * NS / DAY
    if not (days >= 1 and days % 1 == 0):
        raise ValueError(f"{name} must be whole days, 1 or more; got {shown(value)}")
    return int(days)


def _origins(read: History, step: int, first: int) -> Any:
    """First days of forecasts, and the history before each."""
    rows = read.rows
    if not rows.starts.size:
        return
    days = day_of(read.clock(0), rows.starts)
    begun = np.full(rows.queues, np.iinfo(np.int64).max)
    np.minimum.at(begun, rows.codes, days)
    for origin in range(int(begun.min()) + first, int(days.max()) + 1, step):
        old = begun <= origin - first
        part = rows.take((days < origin) & old[rows.codes])
        present = np.bincount(part.codes, minlength=rows.queues) > 0
        places = np.cumsum(present) - 1
        part = replace(part, codes=places[part.codes], queues=int(present.sum()))
        yield origin, replace(read, rows=part, example=read.example[present])


def _made(method: str, part: History, days: int, options: _Options) -> Frame:
    """A forecast of some days from the history up to an origin."""
    if method == "model":
        model = fitted(
            part,
            options.special,
            month=options.month,
            half_life=_HALF_LIFE,
            threads=options.threads,
            keep=False,
        )
        return predict(model, f"{days}D", level=options.levels, threads=options.threads)
    weights = [1.0] * _INDEX_WEEKS if method == "index" else None
    # Neither knows of closed days more than the model does.
    return benchmarked(
        part, f"{days}D", (options.special, weights, options.levels), options.threads
    )


@dataclass
class _Part:
    """Forecasts by interval or by day, one below the other."""

    method: Codes
    origin: Codes
    queue: Codes
    #: Starts of intervals, or days.
    start: Codes
    ahead: Codes
    mean: Floats
    seen: Floats
    #: Lower and upper bounds, a column a level.
    lower: Floats
    upper: Floats

    def take(self, rows: NDArray[np.bool_]) -> _Part:
        """Some of the rows."""
        return _Part(**{name: values[rows] for name, values in vars(self).items()})

    @staticmethod
    def joined(parts: Sequence[_Part]) -> _Part:
        """All of several."""
        names = vars(parts[0])
        return _Part(**{n: np.concatenate([getattr(p, n) for p in parts]) for n in names})


@dataclass
class _Collected:
    """Forecasts made so far, with what came."""

    history: History
    methods: list[str]
    levels: list[float]
    intervals: list[_Part] = field(default_factory=list)
    days: list[_Part] = field(default_factory=list)

    def add(self, frame: Frame, origin: int, method: int) -> None:
        """Put a forecast beside what came, by interval and by day."""
        said = read_forecast(frame)
        names = {name: code for code, name in enumerate(self.history.names().to_list())}
        codes = np.array([names[name] for name in said.queues], np.int64)
        seen, day = said.matched(self.history), said.days()
        # Beyond the history there is nothing to compare with.
        within = day <= self.history.last_day
        if not within.any():
            return

        def part(queue: Codes, start: Codes, days: Codes, *figures: Any) -> _Part:
            same = np.ones(start.size, np.int64)
            ahead = days - origin + 1
            return _Part(method * same, origin * same, codes[queue], start, ahead, *figures)

        volume = said.column("volume")
        bounds = [np.stack([said.column(pair[k]) for pair in said.bounds], axis=1) for k in (0, 1)]
        self.intervals.append(
            part(said.codes, said.starts, day, volume, seen, *bounds).take(within)
        )
        sums, of = day_sums(said, []), _day_codes(said)
        known = ~np.isnan(seen)
        count = groups.sums(of, known.astype(np.float64), sums.mean.size)
        both = [groups.sums(of, np.where(known, each, 0.0), count.size) for each in (volume, seen)]
        mean, came = (np.where(count > 0, each, np.nan) for each in both)
        whole = part(sums.queue, sums.day, sums.day, mean, came, *self._day_bounds(said, sums))
        self.days.append(whole.take(within[sums.example]))

    def _day_bounds(self, said: Forecast, days: Any) -> tuple[Floats, Floats]:
        if not said.table.has("day_cv"):
            none = np.full((days.mean.size, len(self.levels)), np.nan)
            return none, none
        cv2 = np.where(days.mean > 0, groups.divided(days.alone, days.mean**2), 0.0)
        return _core.forecast_bounds(days.mean, cv2, self.levels, None)


def _day_codes(said: Forecast) -> Codes:
    columns = [groups.Coded(*numbered(each)) for each in (said.codes, said.days())]
    return np.asarray(groups.group_rows(columns, said.table.rows).codes, np.int64)


def _special_days(calendar: specials.Calendar) -> list[set[int]]:
    """The special days of each queue."""
    lists = [{entry[0] for entry in own} for own in calendar.lists]
    return [lists[place] for place in calendar.list_of]


def _is_special(whole: _Part, days: Codes, of_queue: list[set[int]]) -> NDArray[np.bool_]:
    found = np.zeros(days.size, bool)
    for code, own in enumerate(of_queue):
        if own:
            found |= (whole.queue == code) & np.isin(days, np.array(sorted(own), np.int64))
    return found


def _table(collected: _Collected, special: Frame | None, days: int) -> Frame:
    read = collected.history
    names = read.names()
    of_queue = _special_days(specials.read(special, names.to_list()))
    count = len(collected.methods)
    leads = [name for name, (low, _) in _LEADS.items() if low <= days]
    leads += [_SPECIAL] if any(of_queue) else []
    found: list[tuple[Codes, dict[str, Any]]] = []
    intervals = _Part.joined(collected.intervals)
    is_special = _is_special(intervals, day_of(read.clock(0), intervals.start), of_queue)
    for kind in range(len(_KINDS)):
        whole = intervals if kind == 0 else _Part.joined(collected.days)
        apart = is_special if kind == 0 else _is_special(whole, whole.start, of_queue)
        season = _WEEK * DAY
        changes = season_changes(read, season, np.iinfo(np.int64).max, by_day=kind == 1)
        scale = groups.divided(*changes)
        for place, lead in enumerate(leads):
            rows = apart if lead == _SPECIAL else ~apart & _within(whole.ahead, *_LEADS[lead])
            own = whole.take(rows)
            keys, codes = np.unique(own.queue * count + own.method, return_inverse=True)
            grouped = groups.Groups(codes.astype(np.int32), np.arange(keys.size))
            bounds = list(zip(own.lower.T, own.upper.T, strict=True))
            figures = measures(grouped, own.mean, own.seen, bounds, collected.levels)
            figures["mase"] = groups.divided(figures["mae"], scale[keys // count])
            order = np.stack((keys, np.full(keys.size, place), np.full(keys.size, kind)))
            found.append((order, figures))
    made = _framed(collected, leads, found, names)
    # Set past pandas, which would take it for a column that is misspelt.
    object.__setattr__(made, "forecasts", _forecasts(collected, intervals, is_special, names))
    return made


def _within(ahead: Codes, low: int, high: int) -> NDArray[np.bool_]:
    return np.asarray((ahead >= low) & (ahead <= high))


def _framed(
    collected: _Collected, leads: list[str], found: list[tuple[Codes, dict[str, Any]]], names: Any
) -> Frame:
    keys = np.concatenate([each[0] for each in found], axis=1)
    order = np.lexsort((keys[2], keys[1], keys[0]))
    keys = keys[:, order]
    like, count = collected.history.table.frame, len(collected.methods)
    endings = suffixes(collected.levels)
    figures = ["n", "missing", "volume", "wape", "bias", "mae", "rmse", "mape", "mape_excluded"]
    figures += ["mase", "wape_floor"]
    figures += [
        f"{name}{end}" for end in endings for name in ("coverage", "mean_width", "interval_score")
    ]
    columns: dict[str, Any] = {
        "queue": groups.take(names, keys[0] // count),
        "method": text_column("method", tuple(collected.methods), keys[0] % count, like),
        "lead": text_column("lead", tuple(leads), keys[1], like),
        "level": text_column("level", _KINDS, keys[2], like),
    }
    for name in figures:
        columns[name] = np.concatenate([each[1][name] for each in found])[order]
    about = {"function": "forecast.backtest", "level": collected.levels}
    return frames.result(like, {}, columns, about)


def _forecasts(
    collected: _Collected, whole: _Part, special: NDArray[np.bool_], names: Any
) -> Frame:
    read = collected.history
    like = read.table.frame
    columns: dict[str, Any] = {
        "method": text_column("method", tuple(collected.methods), whole.method, like),
        "origin": days_of("origin", whole.origin, like),
        "ahead": whole.ahead,
        "queue": groups.take(names, whole.queue),
        "start": labels("start", whole.start, read.zone, like),
        "volume": whole.mean,
        "actual": whole.seen,
        "special": special,
    }
    for k, (lower, upper) in enumerate(bound_names(collected.levels)):
        columns[lower], columns[upper] = whole.lower[:, k].copy(), whole.upper[:, k].copy()
    return frames.result(like, {}, columns)
