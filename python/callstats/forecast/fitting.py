"""Models of histories: a day level, a profile and their errors for each queue."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats import _core
from callstats._tables import durations, frames, groups
from callstats._tables.arrays import thread_count
from callstats._tables.checks import shown
from callstats._tables.periods import Zone, labels
from callstats.errors import InvalidDataError
from callstats.forecast import history as histories
from callstats.forecast import special as specials
from callstats.forecast.explanation import explained
from callstats.forecast.history import DAY, NS
from callstats.forecast.special import WEEKDAYS, Calendar

if TYPE_CHECKING:
    import datetime

    import narwhals as nw
    from numpy.typing import NDArray

    from callstats.forecast.history import History
    from callstats.typing import Durations, Frame, OnError, Threads

#: Fewer days teach little of weekdays.
_FEW_DAYS = 14
#: A history of two years knows its year.
_TWO_YEARS = 730
_IDLE, _OPEN = 3, 2
_MAIN_TERMS = 10


@dataclass(frozen=True, eq=False, repr=False)
class Fitted:
    """What a history says about days to come; it pickles, and forecasts without the history.

    Made by `fit`. `days`, `profile` and `effects` are frames of the kind of the history's.
    """

    #: Names of queues, one row each.
    queues: Any = field(repr=False)
    #: Columns of the core's models, a row a queue.
    models: dict[str, Any] = field(repr=False)
    records: dict[str, Any] = field(repr=False)
    calendar: Calendar = field(repr=False)
    #: Kinds of special days that the history has.
    kinds: tuple[str, ...]
    #: Nanoseconds of an interval.
    step: int
    zone: Zone
    last_day: int
    #: Whether the model has effects of the position in the month, and in the year.
    month: bool
    year: bool
    half_life: float
    about: dict[str, Any] = field(repr=False)

    def __repr__(self) -> str:
        last = np.datetime64(self.last_day, "D")
        return f"<Fitted: {len(self.queues)} queues, days up to {last}>"

    @property
    def layout(self) -> tuple[bool, bool, int]:
        """What the core's state holds."""
        return self.month, self.year, len(self.kinds)

    @property
    def names(self) -> nw.Series[Any]:
        """The queues' names."""
        import narwhals as nw

        names: nw.Series[Any] = nw.from_native(self.queues, eager_only=True)["queue"]
        return names

    @property
    def like(self) -> nw.DataFrame[Any]:
        """A frame of the kind that results have."""
        import narwhals as nw

        return nw.from_native(self.queues, eager_only=True)

    @property
    def days(self) -> Frame:
        """One row an open day: `queue, date, kind, volume, expected, factor, outlier, missing`.

        `expected` is what the days before let expect, `factor` = volume / expected, `missing` the
        number of open intervals without a row; the volume of such a day is scaled up.
        """
        records = self.records
        codes = np.repeat(np.arange(len(self.queues)), records["counts"])
        columns: dict[str, Any] = {
            "queue": groups.take(self.names, codes),
            "date": days_of("date", records["day"], self.like),
            "kind": text_column("kind", ("", *self.kinds), records["kind"] + 1, self.like),
            "volume": records["volume"],
            "expected": records["expected"],
            "factor": groups.divided(records["volume"], records["expected"]),
            "outlier": records["outlier"],
            "missing": records["missing"],
        }
        return frames.result(self.like, {}, columns)

    @property
    def profile(self) -> Frame:
        """Shares of the day: `queue, weekday, time, share`, a row an open interval."""
        queues, slots = len(self.queues), DAY // self.step
        share = self.models["shares"].reshape(queues, len(WEEKDAYS), slots)
        open_ = self.models["open"].reshape(share.shape)
        code, weekday, slot = (index.astype(np.int64) for index in np.nonzero(open_))
        columns = {
            "queue": groups.take(self.names, code),
            "weekday": text_column("weekday", WEEKDAYS, weekday, self.like),
            "time": text_column("time", slot_times(self.step), slot, self.like),
            "share": share[open_],
        }
        return frames.result(self.like, {}, columns)

    @property
    def effects(self) -> Frame:
        """Effects as factors: `queue, effect, name, value, sd`, a row an effect.

        Weekdays are relative to the mean of the open ones, positions in the month to its middle
        level, special kinds to the weekday that they start from. `sd` is that of the logarithm.
        """
        rows = [row for queue in range(len(self.queues)) for row in self._effects_of(queue)]
        columns: dict[str, Any] = {
            "queue": groups.take(self.names, np.array([row[0] for row in rows], np.int64)),
            "effect": [row[1] for row in rows],
            "name": [row[2] for row in rows],
            "value": np.array([row[3] for row in rows], np.float64),
            "sd": np.array([row[4] for row in rows], np.float64),
        }
        return frames.result(self.like, {}, columns)

    def _effects_of(self, queue: int) -> list[tuple[int, str, str, float, float]]:
        mean = self.models["mean"][queue]
        lower = np.zeros((mean.size, mean.size))
        lower[np.tril_indices(mean.size)] = self.models["covariance"][queue]
        covariance = lower + np.tril(lower, -1).T
        spread = self.models["level"][queue, 1]

        def row(effect: str, name: str, weights: NDArray[np.float64]) -> Any:
            variance = max(float(weights @ covariance @ weights) * spread, 0.0)
            return queue, effect, name, float(np.exp(weights @ mean)), float(np.sqrt(variance))

        unit = np.eye(mean.size)
        open_ = np.flatnonzero(self.models["weekdays"][queue] == _OPEN)
        rows = [
            row("weekday", WEEKDAYS[k], unit[3 + k] - unit[3 + open_].mean(axis=0)) for k in open_
        ]
        for day in range(1, 32) if self.month and open_.size else ():
            weights = np.zeros(mean.size)
            turns = 2 * np.pi * np.arange(1, 4) * (day - 0.5) / 31
            weights[_MAIN_TERMS : _MAIN_TERMS + 6 : 2] = np.sin(turns)
            weights[_MAIN_TERMS + 1 : _MAIN_TERMS + 6 : 2] = np.cos(turns)
            rows.append(row("month", f"day {day}", weights))
        first = mean.size - len(self.kinds)
        rows += [row("special", kind, unit[first + k]) for k, kind in enumerate(self.kinds)]
        return rows

    def explain(self, language: str = "en") -> str:
        """What was fitted and how, in plain words: English ("en") or Chinese ("zh")."""
        return explained(self, language)


def fit(
    history: Frame,
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
    on_error: OnError = "raise",
    threads: Threads = None,
) -> Fitted:
    """A model of each queue's calls: day level, profile of the day, and how far both may be off.

    Parameters
    ----------
    history : DataFrame
        One row a queue and interval: `queue`, `start`, `volume`. A row of 0 is an open interval
        without calls; an absent row is closed or unknown. What is absent on every such weekday is
        closed; what is absent on some is unknown, and the day is scaled up by its profile.
    queue, start, volume : str
        Columns. ``queue=None``: the frame is one queue, called "all". A volume may be fractional,
        or missing; >= 0. Starts without a zone are local times.
    aht : str, optional
        Column of mean handle times of the handled calls, in seconds. By default `handle_time`
        (sums) with `handled`, or `aht`, where the history has them. Means are weighed by `handled`
        where there is such a column, else by the volume.
    special : DataFrame, optional
        Days that are not as usual, past and future: `date`, `kind`; optional `queue` (missing:
        all), `like` (a weekday whose level and profile to start from), `factor`, `closed`, `end`
        (the last day of several).
    interval : duration, optional
        Length of an interval; by default the smallest step of `start`. It must divide a day.
    timezone : str or tzinfo, optional
        The zone by whose clock days and intervals are read; by default that of `start`.
    month : bool, default True
        Whether days differ by their position in the month: pay days, bills.
    half_life : duration, default "56D"
        Age at which a day weighs half in the profile.
    on_error : {"raise", "drop", "flag"}
        Refuse bad rows, or leave them out: negative or endless volumes, missing starts, rows that
        repeat a queue and start (all of them), rows off the grid.
    threads : int, optional
        Threads at most; the result does not depend on it.

    Returns
    -------
    Fitted
        Frozen; with the frames `days`, `profile` and `effects`, and `explain()`.

    Raises
    ------
    ValueError
        Rows that break a rule; an interval that does not divide a day; intervals of several
        lengths; a queue without a single ordinary day.

    Notes
    -----
    The logarithm of a day's total is a linear Gaussian state: a constant, a level that decays to it
    with a half life of 69 days, an autoregression, effects of the weekday, of the position in the
    month (three harmonics) and of special kinds. Sixteen Kalman filters differ in three variances
    and are weighed by their likelihoods; nothing is searched, so that nothing fails to converge.
    Innovations beyond three standard deviations count as three, and the day is an `outlier`. From
    two years of history on there are yearly harmonics, which are not validated. A week-end centre
    steps from Friday to Monday: time runs over open days.

    Histories of calls are what arrived: redials are in it, and demand that met a closed line is
    not.

    References
    ----------
    Durbin, J. and Koopman, S. J. (2012), Time Series Analysis by State Space Methods, Oxford.
    Ibrahim, R., Ye, H., L'Ecuyer, P. and Shen, H. (2016), Modeling and forecasting call center
    arrivals, International Journal of Forecasting 32.

    Examples
    --------
    >>> import pandas as pd
    >>> days = pd.date_range("2025-01-06", periods=28, freq="D")
    >>> rows = [(day + pd.Timedelta(hours=h), 40 + 10 * h) for day in days for h in (9, 10, 11)]
    >>> history = pd.DataFrame(rows, columns=["start", "volume"]).assign(queue="sales")
    >>> fit(history).profile.head(3).round(3)
       queue weekday   time  share
    0  sales  monday  09:00  0.310
    1  sales  monday  10:00  0.333
    2  sales  monday  11:00  0.357
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
    return fitted(read, special, month=month, half_life=half_life, threads=threads, keep=True)


def half_life_days(half_life: Any) -> float:
    """The argument `half_life`, in days; infinite: all days weigh the same."""
    length = durations.seconds("half_life", half_life)
    if isinstance(length, bool) or not isinstance(length, int | float | np.number):
        raise TypeError(f"half_life must be a duration such as '56D'; got {shown(half_life)}")
    if not length > 0:
        raise ValueError(f"half_life must be > 0; got {shown(half_life)}")
    return float(length) * NS / DAY


def fitted(
    read: History,
    special: Frame | None,
    *,
    month: bool,
    half_life: Any,
    threads: Threads,
    keep: bool,
) -> Fitted:
    """The model of a history that was read; its days only where they are to be kept."""
    if not isinstance(month, bool | np.bool_):
        raise TypeError(f"month must be True or False; got {shown(month)}")
    days = half_life_days(half_life)
    threads = thread_count(threads)
    names = read.names()
    calendar = specials.read(special, names.to_list())
    starts = read.rows.starts
    clock = read.clock(0)
    span = (
        histories.day_of(clock, np.array([starts.min(), starts.max()])) if starts.size else [0, 0]
    )
    kinds = calendar.within(int(span[0]), int(span[1]))
    year = bool(starts.size and span[1] - span[0] >= _TWO_YEARS)
    layout = (bool(month), year, len(kinds))
    models, records = _core.forecast_fit(
        read.rows.columns(), (clock, read.step, days, layout), calendar.coded(kinds), keep, threads
    )
    _require_ordinary(models, names)
    _warn_of_short(models)
    return Fitted(
        queues=frames.from_columns({"queue": names}, like=read.table.frame),
        models=models,
        records=records,
        calendar=calendar,
        kinds=kinds,
        step=read.step,
        zone=read.zone,
        last_day=int(span[1]),
        month=bool(month),
        year=year,
        half_life=days,
        about=read.table.summary(read.valid),
    )


def _require_ordinary(models: dict[str, Any], names: nw.Series[Any]) -> None:
    idle = (models["weekdays"] == _IDLE).any(axis=1)
    bad = (models["ordinary"].reshape(-1) == 0) & ~idle
    if bad.any():
        first = int(np.flatnonzero(bad)[0])
        queue = names.to_list()[first]
        raise InvalidDataError(
            argument="history",
            column="queue",
            rule="have an ordinary day with calls or rows of 0",
            value=queue,
            got=shown(queue),
            position=first,
            place=f"queue {first}",
            bad=int(bad.sum()),
            total=bad.size,
        )


def _warn_of_short(models: dict[str, Any]) -> None:
    span = models["span"]
    if not len(span):
        return
    days = span[:, 1] - span[:, 0] + 1
    short = days < _FEW_DAYS
    if short.any():
        msg = (
            f"{int(short.sum())} of {short.size} queues have less than {_FEW_DAYS} days of history "
            f"(fewest {int(days.min())}): weekdays are hardly known, and intervals are wide"
        )
        warnings.warn(msg, UserWarning, stacklevel=4)


def days_of(name: str, days: NDArray[np.int64], like: nw.DataFrame[Any]) -> nw.Series[Any]:
    """Days since 1970 as midnights without a zone."""
    return labels(name, days * DAY, Zone(None), like)


def slot_times(step: int) -> tuple[str, ...]:
    """The times of the day at which intervals begin, as text."""
    seconds = [slot * step // NS for slot in range(DAY // step)]
    whole = step % (60 * NS) == 0
    return tuple(
        f"{s // 3600:02}:{s // 60 % 60:02}" + ("" if whole else f":{s % 60:02}") for s in seconds
    )


def text_column(
    name: str, words: tuple[str, ...], codes: NDArray[np.int64], like: nw.DataFrame[Any]
) -> nw.Series[Any]:
    """A column of few words, by their places."""
    import narwhals as nw

    known = nw.new_series(name, list(words), nw.String(), backend=like.implementation)
    return groups.take(known, np.ascontiguousarray(codes, dtype=np.int64))
