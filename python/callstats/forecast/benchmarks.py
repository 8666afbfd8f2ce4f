"""The two forecasts that everybody has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from callstats import _core
from callstats._tables import frames, groups
from callstats._tables.arrays import thread_count
from callstats._tables.checks import listed, number, shown, whole
from callstats._tables.periods import labels
from callstats.forecast import history as histories
from callstats.forecast import special as specials
from callstats.forecast.prediction import (
    bound_names,
    horizon_days,
    levels_of,
    occurrences,
    slot_instants,
)

if TYPE_CHECKING:
    import datetime
    from collections.abc import Sequence

    from callstats.forecast.history import History
    from callstats.typing import Durations, Frame, Threads

#: A half life is not used here.
_UNUSED = 56.0


def index(
    history: Frame,
    horizon: Durations | datetime.date = "28D",
    *,
    weeks: int = 4,
    weights: Sequence[float] | None = None,
    special: Frame | None = None,
    queue: str | None = "queue",
    start: str = "start",
    volume: str = "volume",
    interval: Durations | None = None,
    level: float | Sequence[float] = 0.8,
    threads: Threads = None,
) -> Frame:
    """The planner's average: the mean of the last same weekdays, interval by interval.

    A benchmark; `fit_predict` is better wherever it was measured.

    Parameters
    ----------
    history, queue, start, volume, interval
        As in `fit`.
    horizon : duration or date, default "28D"
        Whole days, or the last date, as in `predict`.
    weeks : int, default 4
        Same weekdays to take, newest first; special ones are left out, and older ones come in.
    weights : sequence of float, optional
        Their weights, newest first; by default equal ones.
    special : DataFrame, optional
        Days to leave out, as in `fit`; `closed` ones are not forecast.
    level : float or sequence of float, default 0.8
        Of the bounds.
    threads : int, optional
        Threads at most; the result does not depend on it.

    Returns
    -------
    DataFrame
        `queue, start, volume, aht, lower, upper`, as `predict` has them. Bounds are the mean and
        normal quantiles of what the same rule missed in the history.

    Examples
    --------
    >>> import pandas as pd
    >>> days = pd.date_range("2025-01-06", periods=28, freq="D")
    >>> rows = [(day + pd.Timedelta(hours=h), 40 + 10 * h) for day in days for h in (9, 10, 11)]
    >>> history = pd.DataFrame(rows, columns=["start", "volume"]).assign(queue="sales")
    >>> index(history, "1D")["volume"].tolist()
    [130.0, 140.0, 150.0]
    """
    weeks = whole("weeks", weeks, 1, 520)
    given = [1.0] * weeks
    if weights is not None:
        given = [
            number("weights", each, ">= 0 and finite", lambda v: 0 <= v < np.inf)
            for each in listed("weights", weights, "numbers, newest first")
        ]
        if len(given) != weeks or not sum(given) > 0:
            msg = f"weights must hold one number > 0 or more, {weeks} in all; got {shown(weights)}"
            raise ValueError(msg)
    read = histories.read(history, queue=queue, start=start, volume=volume, interval=interval)
    return benchmarked(read, horizon, (special, given, levels_of(level)), threads)


def naive(
    history: Frame,
    horizon: Durations | datetime.date = "28D",
    *,
    queue: str | None = "queue",
    start: str = "start",
    volume: str = "volume",
    interval: Durations | None = None,
    level: float | Sequence[float] = 0.8,
    threads: Threads = None,
) -> Frame:
    """The seasonal naive forecast: the last same weekday again.

    A benchmark, against which `accuracy` scales.

    Parameters
    ----------
    history, queue, start, volume, interval
        As in `fit`.
    horizon : duration or date, default "28D"
        Whole days, or the last date, as in `predict`.
    level : float or sequence of float, default 0.8
        Of the bounds.
    threads : int, optional
        Threads at most; the result does not depend on it.

    Returns
    -------
    DataFrame
        As `index`; bounds widen with the root of the weeks ahead.

    Examples
    --------
    >>> import pandas as pd
    >>> days = pd.date_range("2025-01-06", periods=28, freq="D")
    >>> rows = [(day + pd.Timedelta(hours=h), 40 + 10 * h) for day in days for h in (9, 10, 11)]
    >>> history = pd.DataFrame(rows, columns=["start", "volume"]).assign(queue="sales")
    >>> naive(history, "1D")["volume"].tolist()
    [130.0, 140.0, 150.0]
    """
    read = histories.read(history, queue=queue, start=start, volume=volume, interval=interval)
    return benchmarked(read, horizon, (None, None, levels_of(level)), threads)


def benchmarked(
    read: History,
    horizon: Any,
    choices: tuple[Frame | None, list[float] | None, list[float]],
    threads: Threads,
) -> Frame:
    """A benchmark of a history that was read: the index with its weights, or the naive one.

    `choices` are the special days, the weights or None, and the levels.
    """
    special, weights, levels = choices
    names, zone, step = read.names(), read.zone, read.step
    last = read.last_day
    days = horizon_days(horizon, last, zone)
    calendar = specials.read(special, names.to_list())
    found = _core.forecast_benchmark(
        read.rows.columns(),
        (read.clock(0), step, _UNUSED, (False, False, 0)),
        calendar.coded(()),
        weights,
        (last + 1, days, levels),
        thread_count(threads),
    )
    slots = histories.DAY // step
    means = found["means"].reshape(read.rows.queues, days, slots)
    often = np.ones((days, slots), np.int64)
    for day, counts in occurrences(zone, last + 1, days, step):
        often[day - last - 1] = list(counts)
    cells = np.nonzero(~np.isnan(means) & (often > 0))
    repeat = often[cells[1], cells[2]]
    code, ahead, slot = (np.repeat(each.astype(np.int64), repeat) for each in cells)
    again = np.zeros(code.size, np.int64)
    again[1:] = (np.diff(code) == 0) & (np.diff(ahead) == 0) & (np.diff(slot) == 0)
    mean = means[code, ahead, slot] / often[ahead, slot]
    instants = slot_instants(zone, ahead + last + 1, slot, again, step)
    columns: dict[str, Any] = {
        "queue": groups.take(names, code),
        "start": labels("start", instants, zone, read.table.frame),
        "volume": mean,
        "aht": found["handle_times"][code, slot],
    }
    margins = found["margins"].reshape(read.rows.queues, days, len(levels))
    for k, (lower, upper) in enumerate(bound_names(levels)):
        margin = margins[code, ahead, k]
        columns[lower] = np.maximum(np.floor(mean - margin), 0.0)
        columns[upper] = np.ceil(mean + margin)
    about = {"function": "forecast.naive" if weights is None else "forecast.index", "level": levels}
    return frames.result(read.table.frame, {}, columns, about)
