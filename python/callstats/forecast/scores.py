"""How far forecasts were from what came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from callstats import _core
from callstats._tables import durations, frames, groups
from callstats._tables.checks import number, one_of, shown
from callstats._tables.groups import coded, divided, group_rows
from callstats._tables.periods import parse_freq
from callstats.forecast.forecasts import read_forecast
from callstats.forecast.history import DAY, NS, day_of, read
from callstats.forecast.periods import day_sums

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from callstats._tables.groups import Groups
    from callstats.forecast.forecasts import Forecast
    from callstats.forecast.history import History
    from callstats.typing import Durations, Frame

    Floats = NDArray[np.float64]

_FIGURES = (
    "n", "missing", "volume", "wape", "bias", "mae", "rmse", "mape", "mape_excluded", "mase",
    "wape_floor", "coverage", "mean_width", "interval_score",
)  # fmt: skip


def accuracy(
    forecast: Frame,
    actual: Frame,
    *,
    by: str | Sequence[str] = (),
    freq: str | None = None,
    season: Durations = "7D",
    level: float | None = None,
) -> Frame:
    """How far a forecast was from what came, by every usual measure, one row a group.

    Look at intervals and at days (``freq="D"``): a day total that is right to a thousandth can hide
    15 % in every interval.

    Parameters
    ----------
    forecast : DataFrame
        `queue, start, volume`, with bounds or without, of `predict` or of anything else.
    actual : DataFrame
        `queue, start, volume` of what came. Rows before the forecast are the history that `mase`
        is scaled by.
    by : str or sequence of str
        Columns of `forecast` to group by.
    freq : {None, "D"}
        By interval as it is, or by day.
    season : duration, default "7D"
        `mase` compares with what came so much before.
    level : float, optional
        Level of `lower` and `upper`, where the frame does not tell.

    Returns
    -------
    DataFrame
        The keys, and with f forecast, a actual, e = f - a over rows where both are known:

        - `n` of these, `missing` others of the forecast's span; `volume` = sum of a
        - `wape` = sum of |e| / sum of a; `bias` = sum of e / sum of a, positive if too high
        - `mae`, `rmse`; `mape` over a > 0, and `mape_excluded`
        - `mase` = mae / mean |a - a of a season before| of the history; missing without one
        - `wape_floor`: what a perfect mean would still miss by chance, by Poisson counts
        - `coverage`, share of lower <= a <= upper; `mean_width`; `interval_score` = mean of
          (u - l) + 2 / alpha (l - a)+ + 2 / alpha (a - u)+, alpha = 1 - level. With several levels
          their names end in it: `coverage_80`. Of days they are those of `totals`.

        NaN where there is nothing to divide by.

    References
    ----------
    Gneiting, T. and Raftery, A. E. (2007), Strictly proper scoring rules, prediction, and
    estimation, Journal of the American Statistical Association 102. Hyndman, R. J. and Koehler,
    A. B. (2006), Another look at measures of forecast accuracy, International Journal of
    Forecasting 22.

    Examples
    --------
    >>> import pandas as pd
    >>> starts = pd.date_range("2025-03-03 09:00", periods=4, freq="30min")
    >>> said = pd.DataFrame({"queue": "sales", "start": starts, "volume": [12, 18, 33, 36]})
    >>> came = said.assign(volume=[10, 20, 30, 40])
    >>> accuracy(said, came)[["n", "wape", "bias", "wape_floor"]].round(4)
       n  wape  bias  wape_floor
    0  4  0.11 -0.01      0.1562
    """
    said = read_forecast(forecast)
    by_day = freq is not None
    if freq is not None:
        one_of("freq", parse_freq(freq).calendar or freq, ("day",))
    keys = said.table.keys(by, _FIGURES)
    queue = "queue" if said.table.has("queue") else None
    came = read(
        actual,
        queue=queue,
        timezone=said.table.zone.key,
        argument="actual",
        interval=said.interval,
        lone=True,
    )
    seen = said.matched(came)
    mean, bounds = said.column("volume"), _bounds(said)
    codes, example = _groups(said, keys)
    levels = [] if not bounds else said.levels_of(level, mean=mean, cv=said.column("day_cv"))
    if by_day:
        mean, seen, bounds, codes = _by_day(said, keys, seen, levels, codes)
    extra = _unforecast(said, came, keys, by_day=by_day)
    grouped = groups.Groups(codes.astype(np.int32), example)
    figures = measures(grouped, mean, seen, bounds, levels)
    figures["missing"] = figures["missing"] + extra
    before = int(said.starts.min()) if said.table.rows else 0
    changes = season_changes(came, _season(season), before, by_day=by_day)
    rows, count = _groups(said, keys)[0], len(grouped)
    figures["mase"] = divided(figures["mae"], _scale(said, came, rows, count, changes))
    columns = {name: figures[name] for name in _ordered(figures)}
    at = said.table.at(keys, example)
    about = {"function": "forecast.accuracy", "level": levels}
    return frames.result(said.table.frame, at, columns, about)


def _bounds(said: Forecast) -> list[tuple[Floats, Floats]]:
    return [(said.column(lower), said.column(upper)) for lower, upper in said.bounds]


def _groups(said: Forecast, keys: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    grouped = said.table.group_rows(keys)
    return np.asarray(grouped.codes, np.int64), grouped.example


def suffixes(levels: Sequence[float]) -> list[str]:
    """What the figures of each level end in."""
    return [""] if len(levels) == 1 else [f"_{level * 100:.10g}" for level in levels]


def _ordered(figures: dict[str, Any]) -> list[str]:
    place = {name: k for k, name in enumerate(_FIGURES)}
    return sorted(figures, key=lambda name: place[name.rstrip("0123456789.").rstrip("_")])


def measures(
    grouped: Groups,
    mean: Floats,
    seen: Floats,
    bounds: Sequence[tuple[Floats, Floats]],
    levels: Sequence[float],
) -> dict[str, Any]:
    """The measures of section "Returns" of `accuracy`, but for `mase`."""
    both = ~np.isnan(mean) & ~np.isnan(seen)
    error = np.where(both, mean - seen, np.nan)
    came = np.where(both, seen, np.nan)
    total, n = grouped.sum(came), grouped.count(both)
    busy = both & (seen > 0)
    share = np.abs(np.divide(error, came, out=np.full(mean.size, np.nan), where=busy))
    chance = _core.forecast_poisson_deviation(np.ascontiguousarray(np.where(both, mean, np.nan)))
    figures: dict[str, Any] = {
        "n": n,
        "missing": grouped.count(~both),
        "volume": total,
        "wape": divided(grouped.sum(np.abs(error)), total),
        "bias": divided(grouped.sum(error), total),
        "mae": grouped.mean(np.abs(error)),
        "rmse": np.sqrt(grouped.mean(error**2)),
        "mape": grouped.mean(share),
        "mape_excluded": grouped.count(both & ~busy),
        "wape_floor": divided(grouped.sum(chance), grouped.sum(np.where(both, mean, np.nan))),
    }
    # Where nothing came there is nothing to divide by: endless is no figure.
    for name in ("wape", "bias"):
        figures[name] = np.where(total > 0, figures[name], np.nan)
    for ending, level, (lower, upper) in zip(suffixes(levels), levels, bounds, strict=True):
        known = both & ~np.isnan(lower) & ~np.isnan(upper)
        width = np.where(known, upper - lower, np.nan)
        outside = np.maximum(lower - seen, 0.0) + np.maximum(seen - upper, 0.0)
        inside = np.where(known, (outside == 0).astype(np.float64), np.nan)
        figures[f"coverage{ending}"] = grouped.mean(inside)
        figures[f"mean_width{ending}"] = grouped.mean(width)
        figures[f"interval_score{ending}"] = grouped.mean(width + 2 / (1 - level) * outside)
    return figures


def _by_day(
    said: Forecast,
    keys: Sequence[str],
    seen: Floats,
    levels: Sequence[float],
    codes: NDArray[np.int64],
) -> tuple[Floats, Floats, list[tuple[Floats, Floats]], NDArray[np.int64]]:
    """Means, what came, bounds and groups of days; a day counts in the intervals known of both."""
    days = day_sums(said, keys)
    grouped = _day_groups(said, keys)
    both = ~np.isnan(seen) & ~np.isnan(said.column("volume"))
    known = groups.sums(grouped, both.astype(np.float64), days.mean.size) > 0
    mean = groups.sums(grouped, np.where(both, said.column("volume"), 0.0), days.mean.size)
    came = groups.sums(grouped, np.where(both, seen, 0.0), days.mean.size)
    came[~known] = np.nan
    bounds = []
    if levels and said.table.has("day_cv"):
        rest = days.mean - days.known
        cv2 = np.where(rest > 0, divided(days.alone, rest**2), 0.0)
        low, high = _core.forecast_bounds(rest, cv2, list(levels), None)
        bounds = [(days.known + low[:, k], days.known + high[:, k]) for k in range(len(levels))]
    else:
        none = np.full(mean.size, np.nan)
        bounds = [(none, none) for _ in levels]
    return mean, came, bounds, codes[days.example]


def _day_groups(said: Forecast, keys: Sequence[str]) -> NDArray[np.int64]:
    columns = [coded(said.table.frame[key]) for key in keys]
    own = [groups.Coded(*numbered(each)) for each in (said.codes, said.days())]
    return np.asarray(group_rows([*own, *columns], said.table.rows).codes, np.int64)


def numbered(values: NDArray[np.int64]) -> tuple[NDArray[np.int64], list[int]]:
    """Whole numbers as places among their distinct values, and those."""
    distinct, codes = np.unique(values, return_inverse=True)
    return codes.astype(np.int64), distinct.tolist()


def _unforecast(
    said: Forecast, came: History, keys: Sequence[str], *, by_day: bool
) -> NDArray[np.int64]:
    """Of each group, what came in a queue's span without a forecast; 0 where keys are others'."""
    _, example = _groups(said, keys)
    none = np.zeros(example.size, np.int64)
    if not set(keys) <= {"queue"} or by_day or not said.table.rows:
        return none
    places = {name: code for code, name in enumerate(said.queues)}
    theirs = np.array([places.get(name, -1) for name in came.names().to_list()], np.int64)
    if said.queues == [None]:
        theirs[:] = 0
    of, at = theirs[came.rows.codes], came.rows.starts
    count = len(said.queues)
    first = np.full(count, np.iinfo(np.int64).max)
    last = np.full(count, np.iinfo(np.int64).min)
    np.minimum.at(first, said.codes, said.starts)
    np.maximum.at(last, said.codes, said.starts)
    within = (of >= 0) & (at >= first[of]) & (at <= last[of])
    known = np.zeros(at.size, bool)
    for code in range(count):
        mine = within & (of == code)
        known[mine] = np.isin(at[mine], said.starts[said.codes == code])
    lost = within & ~known
    if not keys:
        return none + int(lost.sum())
    return np.bincount(of[lost], minlength=count)[said.codes[example]].astype(np.int64)


def _season(season: Any) -> int:
    length = durations.seconds("season", season)
    length = number("season", length, "> 0 and finite", lambda v: 0 < v < np.inf)
    if round(length * NS) <= 0:
        raise ValueError(f"season must be > 0; got {shown(season)}")
    return round(length * NS)


def season_changes(
    came: History, season: int, before: int, *, by_day: bool
) -> tuple[Floats, Floats]:
    """Of each queue, the sum of |a - a of a season before| before a moment, and their number."""
    rows = came.rows
    early = rows.starts < before
    codes, starts, volumes = rows.codes[early], rows.starts[early], rows.volumes[early]
    if by_day:
        days = day_of(came.clock(0), starts)
        columns = [groups.Coded(*numbered(each)) for each in (codes, days)]
        grouped = group_rows(columns, codes.size)
        volumes = grouped.sum(volumes)
        codes, starts = codes[grouped.example], days[grouped.example] * DAY
    change = np.full(codes.size, np.nan)
    for code in np.unique(codes):
        own = np.flatnonzero(codes == code)
        at = starts[own]
        place = np.minimum(np.searchsorted(at, at - season), at.size - 1)
        paired = at[place] == at - season
        change[own[paired]] = np.abs(volumes[own[paired]] - volumes[own[place[paired]]])
    known = ~np.isnan(change)
    number_ = np.bincount(codes[known], minlength=rows.queues).astype(np.float64)
    return groups.sums(codes, change, rows.queues), number_


def _scale(
    said: Forecast,
    came: History,
    codes: NDArray[np.int64],
    count: int,
    changes: tuple[Floats, Floats],
) -> Floats:
    """Of each group, the mean change over its queues; NaN without any, or where nothing changes."""
    names = came.names().to_list()
    places = {name: code for code, name in enumerate(names)}
    theirs = np.array([places.get(name, -1) for name in said.queues], np.int64)
    if said.queues == [None]:
        theirs = np.zeros(1, np.int64)
    pairs = np.unique(np.stack((codes, theirs[said.codes])), axis=1)
    pairs = pairs[:, pairs[1] >= 0]
    sums, numbers = (groups.sums(pairs[0], each[pairs[1]], count) for each in changes)
    mean = divided(sums, numbers)
    return np.where(mean > 0, mean, np.nan)
