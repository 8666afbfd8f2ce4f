"""Forecasts of days, weeks and months from those of intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from callstats import _core
from callstats._tables import frames, groups
from callstats._tables.checks import one_of
from callstats._tables.groups import coded, group_rows
from callstats._tables.periods import labels, parse_freq
from callstats.forecast.forecasts import read_forecast
from callstats.forecast.history import DAY
from callstats.forecast.prediction import bound_names, levels_of, slot_instants

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from callstats.forecast.forecasts import Forecast
    from callstats.typing import Frame

    Floats = NDArray[np.float64]

_RESULT = ("start", "volume", "aht", "lower", "upper", "day_cv")


def totals(
    forecast: Frame,
    *,
    by: str | Sequence[str] = ("queue",),
    freq: str = "D",
    level: float | Sequence[float] = 0.8,
) -> Frame:
    """The forecast of days, weeks or months, with bounds of their own.

    Parameters
    ----------
    forecast : DataFrame
        Of `predict` or `update`: a row an interval.
    by : str or sequence of str, default ("queue",)
        Columns to add up by. Queues that are added up count as independent of one another, which
        is narrower than the truth where the same days are busy in all of them.
    freq : {"D", "W", "M"}
        Days, weeks from Monday, or months, by the clock of the forecast.
    level : float or sequence of float, default 0.8
        Probability that a total lies within its bounds.

    Returns
    -------
    DataFrame
        One row a group and period: the keys, `start` of the period, `volume`, `aht` (weighed by
        volume), bounds as `predict` has them, `day_cv`: the coefficient of variation of the total's
        mean. The bounds of a day of which a part has come are those of the rest alone.

    Notes
    -----
    The variance of a day's mean is M^2 c^2 and that of its intervals within the day. Days have a
    part of their error in common: over weeks and months the shared parts add up, and what is each
    day's own adds up in squares. Bounds are those of a negative binomial total.

    Examples
    --------
    >>> import pandas as pd
    >>> from callstats.forecast import fit_predict
    >>> days = pd.date_range("2025-01-06", periods=28, freq="D")
    >>> rows = [(day + pd.Timedelta(hours=h), 40 + 10 * h) for day in days for h in (9, 10, 11)]
    >>> history = pd.DataFrame(rows, columns=["start", "volume"]).assign(queue="sales")
    >>> totals(fit_predict(history, "7D"), freq="W")[["queue", "volume", "lower"]].round()
       queue  volume   lower
    0  sales  2946.0  2718.0
    """
    said = read_forecast(forecast)
    keys = said.table.keys(by, _RESULT)
    calendar = parse_freq(freq).calendar
    one_of("freq", calendar or freq, ("day", "week", "month"))
    levels = levels_of(level)
    days = day_sums(said, keys)
    periods = days.periods(calendar or "day")
    columns = [coded(groups.take(said.table.frame[key], days.example)) for key in keys]
    grouped = group_rows([*columns, groups.Coded(*_numbered(periods))], periods.size)
    mean, known = grouped.sum(days.mean), grouped.sum(days.known)
    spread = grouped.sum(days.own)
    shared = _shared(days, grouped)
    variance = np.maximum(spread + shared, 0.0)
    single = np.bincount(grouped.codes, minlength=len(grouped)) == 1
    variance[single] = grouped.sum(days.alone)[single]
    rest = mean - known
    cv2 = groups.divided(variance, rest**2)
    cv2 = np.where(rest > 0, cv2, 0.0)
    low, high = _core.forecast_bounds(rest, cv2, levels, None)
    workload = grouped.sum(days.workload)
    workload[grouped.count(np.isnan(days.workload)) > 0] = np.nan
    at, zone = days.example[grouped.example], said.table.zone
    figures: dict[str, Any] = {
        "start": labels(
            "start", _midnights(said, periods[grouped.example]), zone, said.table.frame
        ),
        "volume": mean,
        "aht": groups.divided(workload, mean),
    }
    for k, (lower, upper) in enumerate(bound_names(levels)):
        figures[lower], figures[upper] = known + low[:, k], known + high[:, k]
    figures["day_cv"] = np.sqrt(groups.divided(variance, mean**2))
    about = {"function": "forecast.totals", "level": levels}
    return frames.result(said.table.frame, said.table.at(keys, at), figures, about)


class _Days:
    """Days of queues with the parts of their variance."""

    def __init__(
        self, said: Forecast, codes: NDArray[np.int64], example: NDArray[np.int64]
    ) -> None:
        count = example.size
        volume, day_cv = said.column("volume"), said.column("day_cv")
        came = np.zeros(volume.size, bool)
        if said.table.has("factor"):
            came = np.isnan(said.column("factor"))
        aht = said.column("aht") if said.table.has("aht") else np.full(volume.size, np.nan)

        def total(values: Floats) -> Floats:
            return groups.sums(codes, values, count)

        rest = np.where(came, 0.0, volume)
        self.example = example
        self.day = said.days()[example]
        self.queue = said.codes[example]
        self.mean = total(volume)
        self.known = total(np.where(came, volume, 0.0))
        self.workload = total(np.where(volume > 0, volume * aht, 0.0))
        self.workload[np.bincount(codes[(volume > 0) & np.isnan(aht)], minlength=count) > 0] = (
            np.nan
        )
        within = total((rest * said.column("interval_cv")) ** 2)
        of_rest = total(rest)
        cv2 = day_cv[example] ** 2
        #: ln(1 + c^2) and its shared part are variances of the logarithm.
        whole, common = np.log1p(cv2), np.log1p(said.column("shared_cv")[example] ** 2)
        common = np.minimum(common, whole)
        self.alone = of_rest**2 * cv2 + within
        self.own = of_rest**2 * (whole - common) + within
        self.shared = of_rest * np.sqrt(common)

    def periods(self, calendar: str) -> NDArray[np.int64]:
        """The first day of the period that each day is in."""
        if calendar == "week":
            return self.day - (self.day + 3) % 7
        if calendar == "month":
            months = self.day.astype("M8[D]").astype("M8[M]")
            return np.asarray(months.astype("M8[D]").astype(np.int64))
        return self.day


def day_sums(said: Forecast, keys: Sequence[str]) -> _Days:
    """The days of a forecast: rows of the same queue, day and keys."""
    columns = [coded(said.table.frame[key]) for key in keys]
    own = groups.Coded(*_numbered(said.codes))
    days = groups.Coded(*_numbered(said.days()))
    grouped = group_rows([own, days, *columns], said.table.rows)
    return _Days(said, np.asarray(grouped.codes, np.int64), grouped.example)


def _numbered(values: NDArray[np.int64]) -> tuple[NDArray[np.int64], list[int]]:
    distinct, codes = np.unique(values, return_inverse=True)
    return codes.astype(np.int64), distinct.tolist()


def _shared(days: _Days, grouped: groups.Groups) -> Floats:
    """Of each period, the shared errors of a queue's days added up, then squared over queues."""
    pairs = group_rows(
        [
            groups.Coded(*_numbered(np.asarray(grouped.codes, np.int64))),
            groups.Coded(*_numbered(days.queue)),
        ],
        days.queue.size,
    )
    sums = pairs.sum(days.shared) ** 2
    return groups.sums(np.asarray(grouped.codes, np.int64)[pairs.example], sums, len(grouped))


def _midnights(said: Forecast, days: NDArray[np.int64]) -> NDArray[np.int64]:
    none = np.zeros(days.size, np.int64)
    return slot_instants(said.table.zone, days, none, none, DAY)
