"""Forecasts of days to come."""

from __future__ import annotations

import datetime
import math
import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats import _core
from callstats._tables import durations, frames, groups
from callstats._tables.arrays import thread_count
from callstats._tables.checks import listed, number, shown
from callstats._tables.periods import MISSING, labels
from callstats._tables.table import Table
from callstats.forecast import history as histories
from callstats.forecast import special as specials
from callstats.forecast.fitting import Fitted, fitted, text_column
from callstats.forecast.history import DAY, NS, clock_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from callstats._tables.periods import Zone
    from callstats.typing import Durations, Frame, OnError, Threads

#: Days from which on a forecast without yearly seasons says so.
_FAR = 90
#: Days without rows after which a queue's forecast is stale.
_STALE = 28
#: The longest horizon, in days.
_MOST_DAYS = 3660
_DAYS = re.compile(r"\s*([+-]?\d+)\s*([DdWw])\s*")
_REASONS = ("", "no calls in the history")


def predict(
    fitted: Fitted,
    horizon: Durations | datetime.date | Frame = "28D",
    *,
    level: float | Sequence[float] = 0.8,
    special: Frame | None = None,
    threads: Threads = None,
) -> Frame:
    """The forecast of each queue's open intervals after the history: means, bounds, handle times.

    Parameters
    ----------
    fitted : Fitted
        Of `fit`.
    horizon : duration, date or DataFrame, default "28D"
        Whole days from the day after the history's last, as ``"28D"``; or the last date, included;
        or a frame of `start`, and `queue` if it is not for all.
    level : float or sequence of float, default 0.8
        Probability that a count lies within its bounds; between 0 and 1.
    special : DataFrame, optional
        Special days in place of those that `fit` was given.
    threads : int, optional
        Threads at most; the result does not depend on it.

    Returns
    -------
    DataFrame
        One row a queue and open interval, by queue and time:

        - `queue`, `start`; `volume`, the mean: a real number that is never rounded; `aht` in
          seconds, missing where the history has no handle times
        - `lower`, `upper`: whole numbers; with several levels `lower_80`, `upper_80`, ...
        - `kind` of a special day, else empty
        - `day_cv`: coefficient of variation of the day's factor, `shared_cv` the part that the days
          to come have in common, `interval_cv` that within the day, `drift_cv` how little the
          morning up to this interval says about the rest
        - `stale`: whether the queue has no rows in the history's last 28 days
        - `reason`, only where a queue has no calls in its history: that, else empty

    Raises
    ------
    TypeError
        `fitted` is not of `fit`.
    ValueError
        A horizon that is no whole number of days or ends before the history; a level that is not
        between 0 and 1.

    Notes
    -----
    A count is negative binomial around its mean: the day's factor, what varies within the day, and
    Poisson noise. Bounds are the least whole numbers with P(X <= m) >= (1 - level) / 2 and
    >= (1 + level) / 2. Counts are whole: bounds of small ones cover more than their level. Bounds
    of intervals must never be added up; `totals` has those of days, weeks and months. Beyond 90
    days the seasons of the year matter, which a history of less than two years does not know: a
    warning says so.

    Examples
    --------
    >>> import pandas as pd
    >>> days = pd.date_range("2025-01-06", periods=28, freq="D")
    >>> rows = [(day + pd.Timedelta(hours=h), 40 + 10 * h) for day in days for h in (9, 10, 11)]
    >>> history = pd.DataFrame(rows, columns=["start", "volume"]).assign(queue="sales")
    >>> from callstats.forecast import fit
    >>> predict(fit(history), "1D").round({"volume": 1}).iloc[:, [0, 1, 2, 4, 5]]
       queue               start  volume  lower  upper
    0  sales 2025-02-03 09:00:00   130.2  113.0  148.0
    1  sales 2025-02-03 10:00:00   140.3  122.0  159.0
    2  sales 2025-02-03 11:00:00   150.3  131.0  170.0
    """
    if not isinstance(fitted, Fitted):
        raise TypeError(f"fitted must be what forecast.fit returns; got {type(fitted).__name__}")
    levels = levels_of(level)
    wanted = Wanted.of(horizon, fitted)
    calendar = fitted.calendar
    if special is not None:
        calendar = specials.read(special, fitted.names.to_list())
    first, days = fitted.last_day + 1, wanted.days
    if days > _FAR and not fitted.year:
        msg = (
            f"the horizon is {days} days: beyond {_FAR} the seasons of the year matter, which a "
            "history of less than two years does not know"
        )
        warnings.warn(msg, UserWarning, stacklevel=2)
    found = _core.forecast_predict(
        fitted.models,
        calendar.coded(fitted.kinds),
        (first, days, occurrences(fitted.zone, first, days, fitted.step), levels, fitted.layout),
        thread_count(threads),
    )
    return _framed(fitted, calendar, found, wanted, levels)


def fit_predict(
    history: Frame,
    horizon: Durations | datetime.date | Frame = "28D",
    *,
    queue: str | None = "queue",
    start: str = "start",
    volume: str = "volume",
    aht: str | None = None,
    special: Frame | None = None,
    interval: Durations | None = None,
    timezone: str | datetime.tzinfo | None = None,
    month: bool = True,
    half_life: Durations = "56D",
    level: float | Sequence[float] = 0.8,
    on_error: OnError = "raise",
    threads: Threads = None,
) -> Frame:
    """The forecast of a history: `fit` and `predict` at once.

    Parameters
    ----------
    history, queue, start, volume, aht, special, interval, timezone, month, half_life, on_error
        As in `fit`.
    horizon, level, threads
        As in `predict`.

    Returns
    -------
    DataFrame
        That of `predict`.

    Examples
    --------
    >>> import pandas as pd
    >>> days = pd.date_range("2025-01-06", periods=28, freq="D")
    >>> rows = [(day + pd.Timedelta(hours=h), 40 + 10 * h) for day in days for h in (9, 10, 11)]
    >>> history = pd.DataFrame(rows, columns=["start", "volume"]).assign(queue="sales")
    >>> float(fit_predict(history, "2025-02-09")["volume"].sum().round())
    2946.0
    """
    read = histories.read(
        history,
        queue=queue,
        start=start,
        volume=volume,
        aht=aht,
        interval=interval,
        timezone=timezone,
        on_error=on_error,
    )
    model = fitted(read, special, month=month, half_life=half_life, threads=threads, keep=False)
    return predict(model, horizon, level=level, threads=threads)


def levels_of(level: Any) -> list[float]:
    """The argument `level`, one or several."""
    several = (
        [level] if isinstance(level, int | float | np.number) else listed("level", level, "numbers")
    )
    levels = [number("level", each, "> 0 and < 1", lambda v: 0 < v < 1) for each in several]
    if not levels or len(set(levels)) < len(levels):
        raise ValueError(f"level must hold different levels; got {shown(level)}")
    return levels


def bound_names(levels: Sequence[float]) -> list[tuple[str, str]]:
    """The columns of bounds: `lower` and `upper`, or `lower_80`, `upper_80`, ..."""
    if len(levels) == 1:
        return [("lower", "upper")]
    return [(f"lower_{level * 100:.10g}", f"upper_{level * 100:.10g}") for level in levels]


@dataclass(frozen=True)
class Wanted:
    """What a horizon asks for: days after the history, and rows if not all of them."""

    days: int
    #: The starts that are wanted, and whose they are (-1: all queues'); None: all rows of the days.
    rows: tuple[NDArray[np.int64], NDArray[np.int64]] | None = None

    @classmethod
    def of(cls, horizon: Any, model: Fitted) -> Wanted:
        """The horizon of a model."""
        if hasattr(horizon, "columns") or hasattr(horizon, "collect_schema"):
            return cls._of_frame(horizon, model)
        return cls(horizon_days(horizon, model.last_day, model.zone))

    @classmethod
    def _of_frame(cls, horizon: Frame, model: Fitted) -> Wanted:
        table = Table(horizon, "horizon", timezone=model.zone.key, remedy="")
        table.require("start")
        starts = table.instants("start", "there is nothing to forecast")
        table.require_known("start", starts == MISSING, "there is nothing to forecast")
        table.settle()
        codes = np.full(starts.size, -1)
        if table.has("queue"):
            places = {name: code for code, name in enumerate(model.names.to_list())}
            names = table.frame["queue"].to_list()
            codes = np.array([places.get(name, -2) for name in names], np.int64)
        clock = clock_of(
            model.zone, *((int(starts.min()), int(starts.max())) if starts.size else (0, 0))
        )
        days = histories.day_of(clock, starts) - model.last_day
        if (days < 1).any():
            date = np.datetime64(int((days + model.last_day).min()), "D")
            _refuse(date, model.last_day)
        return cls(int(days.max(initial=0)), (starts, codes))


def horizon_days(horizon: Any, last_day: int, zone: Zone) -> int:
    """Days that a horizon of a duration or a last date has."""
    import pandas as pd

    if isinstance(horizon, str) and (match := _DAYS.fullmatch(horizon)):
        days = float(match[1]) * (7 if match[2] in "Ww" else 1)
    elif isinstance(
        horizon, int | float | np.number | datetime.timedelta | np.timedelta64
    ) and not (isinstance(horizon, bool)):
        days = float(durations.seconds("horizon", horizon)) * NS / DAY
    else:
        try:
            date = pd.Timestamp(horizon)
        except (TypeError, ValueError):
            date = None
        if date is None or pd.isna(date):
            rule = "whole days such as '28D', a last date or a frame of starts"
            raise ValueError(f"horizon must be {rule}; got {shown(horizon)}")
        if date.tzinfo is not None and zone.key is not None:
            date = date.tz_convert(zone.key)
        last = (date.tz_localize(None).normalize() - pd.Timestamp(0)).days
        if last < last_day:
            _refuse(np.datetime64(last, "D"), last_day)
        days = float(last - last_day)
    if not (math.isfinite(days) and days >= 0 and days % 1 == 0 and days <= _MOST_DAYS):
        rule = f"whole days from 0 to {_MOST_DAYS}, such as '28D'"
        raise ValueError(f"horizon must be {rule}; got {shown(horizon)}")
    return int(days)


def _refuse(date: np.datetime64, last_day: int) -> None:
    raise ValueError(
        f"horizon must lie after the history, which ends {np.datetime64(last_day, 'D')}; got {date}"
    )


def occurrences(zone: Zone, first: int, days: int, step: int) -> list[tuple[int, bytes]]:
    """How often each slot comes on days on which the clock changes."""
    found = []
    changes, offsets = clock_of(zone, first * DAY, (first + days) * DAY)
    for k in range(1, len(changes)):
        before, after = changes[k] + offsets[k - 1], changes[k] + offsets[k]
        low, high = min(before, after), max(before, after)
        for day in range(low // DAY, (high - 1) // DAY + 1):
            starts = day * DAY + np.arange(DAY // step) * step
            counts = np.where((starts >= low) & (starts < high), 0 if after > before else 2, 1)
            if (counts != 1).any():
                found.append((int(day), counts.astype(np.uint8).tolist()))
    return found


def slot_instants(
    zone: Zone,
    days: NDArray[np.int64],
    slots: NDArray[np.int64],
    again: NDArray[np.int64],
    step: int,
) -> NDArray[np.int64]:
    """Instants of slots of days; `again` is 1 for the second of two of the same local time."""
    local = days * DAY + slots * step
    if zone.key is None or not local.size:
        return local
    import pandas as pd

    index = pd.DatetimeIndex(local.view("M8[ns]"))
    aware = index.tz_localize(zone.key, ambiguous=again == 0, nonexistent="shift_forward")
    utc = aware.tz_convert("UTC").tz_localize(None)
    return np.ascontiguousarray(utc.to_numpy().astype("M8[ns]").view(np.int64))


def _framed(
    model: Fitted,
    calendar: specials.Calendar,
    found: dict[str, Any],
    wanted: Wanted,
    levels: list[float],
) -> Frame:
    """The core's columns as the canonical forecast."""
    per_day = found["rows"]
    queue_of_day = np.repeat(np.arange(len(model.queues)), found["days"])
    day_of_row = np.repeat(np.arange(per_day.size), per_day)
    kept: Any = slice(None)
    day, slot = found["day"][day_of_row], found["slot"]
    instants = slot_instants(model.zone, day, slot, found["occurrence"], model.step)
    if wanted.rows is not None:
        kept = _wanted_rows(wanted.rows, queue_of_day[day_of_row], instants)
    day_of_row, slot, instants = day_of_row[kept], slot[kept], instants[kept]
    codes = queue_of_day[day_of_row]
    like, models = model.like, model.models
    kinds = _kind_codes(calendar, queue_of_day, found["special"])
    columns: dict[str, Any] = {
        "queue": groups.take(model.names, codes),
        "start": labels("start", instants, model.zone, like),
        "volume": found["mean"][kept],
        "aht": models["handle_times"][codes, slot],
    }
    for k, (low, high) in enumerate(bound_names(levels)):
        columns[low], columns[high] = found["lower"][k][kept], found["upper"][k][kept]
    columns |= {
        "kind": text_column("kind", ("", *calendar.kinds), kinds[day_of_row], like),
        "day_cv": found["day_cv"][day_of_row],
        "shared_cv": found["shared_cv"][day_of_row],
        "interval_cv": np.sqrt(models["interval_cv2"][codes, slot]),
        "drift_cv": np.sqrt(models["drift_cv2"][codes, slot]),
        "stale": _stale(model)[codes],
    }
    empty = _empty(model)
    if empty.any():
        columns["reason"] = text_column("reason", _REASONS, empty[codes], like)
    about = {"function": "forecast.predict", "level": levels, **model.about}
    return frames.result(like, {}, columns, about)


def _wanted_rows(
    wanted: tuple[NDArray[np.int64], NDArray[np.int64]],
    codes: NDArray[np.int64],
    instants: NDArray[np.int64],
) -> NDArray[np.bool_]:
    starts, of = wanted
    found = np.isin(instants, starts[of == -1])
    for code in np.unique(of[of >= 0]):
        found |= (codes == code) & np.isin(instants, starts[of == code])
    return found


def _kind_codes(
    calendar: specials.Calendar, queues: NDArray[np.int64], special: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The kind of each day among the calendar's, from 1 on; 0 for ordinary days."""
    kinds = np.zeros(special.size, np.int64)
    for row in np.flatnonzero(special >= 0):
        kinds[row] = 1 + calendar.lists[calendar.list_of[queues[row]]][special[row]][1]
    return kinds


def _stale(model: Fitted) -> NDArray[np.bool_]:
    """Whether each queue ended some time before the history."""
    return np.asarray(model.models["span"].reshape(-1, 2)[:, 1] <= model.last_day - _STALE)


def _empty(model: Fitted) -> NDArray[np.int64]:
    """Whether each queue has no calls at all, as a place in the reasons."""
    # Weekdays without rows are closed (1), those of zeros idle (3).
    calls = ~np.isin(model.models["weekdays"].reshape(-1, 7), (1, 3)).all(axis=1)
    idle = (model.models["ordinary"].reshape(-1) == 0) | ~calls
    return np.asarray(idle, dtype=np.int64)
