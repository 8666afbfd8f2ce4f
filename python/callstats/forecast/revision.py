"""The rest of a day after its morning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats import _core
from callstats._tables import frames, groups
from callstats._tables.checks import shown
from callstats.forecast.forecasts import Forecast, read_forecast
from callstats.forecast.history import day_of, read

if TYPE_CHECKING:
    import datetime

    from numpy.typing import NDArray

    from callstats.typing import Frame

    Floats = NDArray[np.float64]

#: Columns that an updated forecast has beside a forecast's: what the morning said.
_MORNING = ("factor", "morning_volume", "morning_cv")


def update(
    forecast: Frame,
    actual: Frame,
    *,
    now: str | datetime.datetime | None = None,
    level: float | None = None,
) -> Frame:
    """The forecast with what came in place of its past, and the rest of that day revised.

    Parameters
    ----------
    forecast : DataFrame
        Of `predict`. One that was updated before counts as the morning's forecast that it was.
    actual : DataFrame
        `queue, start, volume` of what came so far. Intervals of the past without a row, or with a
        missing volume, are unknown: they keep their forecast and are no evidence.
    now : str or datetime, optional
        The time up to which calls have come; by default the end of the last interval of `actual`.
    level : float, optional
        Level of `lower` and `upper`, where the frame does not tell; by default the one that they
        were made with.

    Returns
    -------
    DataFrame
        The rows of `forecast`. Up to `now`, `volume`, `lower` and `upper` are what came. In the
        rest of that day the means are multiplied by `factor`, and `day_cv` is what is left of the
        day's variation; days after are unchanged. Columns added: `factor`, missing where calls have
        come and 1 on other days, `morning_volume` and `morning_cv`, from which a later update
        begins.

    Raises
    ------
    ValueError
        None of `actual` lies in the forecast's days; the first one is named.

    Notes
    -----
    The forecast and the morning are weighed by their evidence: the factor is (A + E r) / (A + E)
    with r = calls / forecast so far, newer intervals weighing more (0.9 to the age), A = 1 /
    day_cv^2, and E from the chance of counts and from `drift_cv`, how little a morning says about
    the rest. The rule of three, r itself, makes mornings worse.

    Examples
    --------
    >>> import pandas as pd
    >>> from callstats.forecast import fit_predict
    >>> days = pd.date_range("2025-01-06", periods=28, freq="D")
    >>> rows = [(day + pd.Timedelta(hours=h), 40 + 10 * h) for day in days for h in (9, 10, 11)]
    >>> history = pd.DataFrame(rows, columns=["start", "volume"]).assign(queue="sales")
    >>> morning = fit_predict(history, "1D")
    >>> came = pd.DataFrame({"queue": ["sales"], "start": ["2025-02-03 09:00"], "volume": [150]})
    >>> update(morning, came, now="2025-02-03 10:00")[["volume", "factor"]].round(3)
        volume  factor
    0  150.000     NaN
    1  147.116   1.049
    2  157.624   1.049
    """
    said = read_forecast(forecast)
    if not said.table.rows:
        return _framed(said, _Morning.of(said), np.full(0, np.nan), {})
    came, moment = _came(said, actual, now)
    morning = _Morning.of(said)
    today = day_of(said.clock, np.array([moment - 1]))[0]
    past = said.starts + said.step <= moment
    known = past & ~np.isnan(came)
    # Rows of a queue and day follow one another in `order`.
    at = said.order[said.days()[said.order] == today]
    factor, left = _revised(said, morning, at, np.where(past, came, np.inf))
    factor[known] = np.nan
    mean = np.where(known, came, morning.volume * np.where(known, 1.0, factor))
    changed = known | (factor != 1.0) | (left != morning.cv**2)
    levels = said.levels_of(level, mean=morning.volume, cv=morning.cv)
    cv2 = (1.0 + left) * (1.0 + said.column("interval_cv") ** 2) - 1.0
    low, high = _core.forecast_bounds(mean, np.where(known, 0.0, cv2), levels, None)
    bounds = {}
    for k, (lower, upper) in enumerate(said.bounds):
        bounds[lower] = np.where(known, came, np.where(changed, low[:, k], said.column(lower)))
        bounds[upper] = np.where(known, came, np.where(changed, high[:, k], said.column(upper)))
    with np.errstate(divide="ignore", invalid="ignore"):
        kept = np.where(morning.cv > 0, np.sqrt(left) / morning.cv, 1.0)
    columns = {
        "volume": mean,
        **bounds,
        "day_cv": np.sqrt(left),
        "shared_cv": morning.shared * kept,
    }
    return _framed(said, morning, factor, columns)


@dataclass(frozen=True)
class _Morning:
    """What the forecast said before the day began."""

    volume: Floats
    cv: Floats
    shared: Floats

    @classmethod
    def of(cls, said: Forecast) -> _Morning:
        volume, cv = said.column("volume"), said.column("day_cv")
        shared = said.column("shared_cv")
        if not said.table.has("morning_volume"):
            return cls(volume, cv, shared)
        before = said.column("morning_cv")
        with np.errstate(divide="ignore", invalid="ignore"):
            grown = np.where(cv > 0, before / cv, 1.0)
        return cls(said.column("morning_volume"), before, shared * grown)


def _came(said: Forecast, actual: Frame, now: Any) -> tuple[Floats, int]:
    """What came in each row of the forecast, NaN where unknown, and the moment up to which."""
    rows = read(
        actual,
        interval=said.interval,
        lone=True,
        timezone=said.table.zone.key,
        argument="actual",
        queue="queue" if said.table.has("queue") else None,
    )
    if rows.zone.key is None and said.table.zone.key is not None:
        raise ValueError("actual must have times with a time zone, as forecast has")
    moment = said.table.moment("now", now)
    if moment is None:
        starts = rows.rows.starts
        moment = int(starts.max()) + said.step if starts.size else int(said.starts.min())
    elif moment == np.iinfo(np.int64).min:
        raise ValueError(f"now must be a time; got {shown(now)}")
    came = said.matched(rows)
    if rows.rows.starts.size and not said.matched_any:
        first = np.datetime64(int(rows.rows.starts.min()), "ns").astype("M8[s]")
        raise ValueError(f"actual must lie in the days of forecast; got {first} as the first start")
    return came, moment


def _revised(
    said: Forecast, morning: _Morning, at: NDArray[np.int64], came: Floats
) -> tuple[Floats, Floats]:
    """The factor of each row, and what is left of its day's variation.

    `at` are the rows of the day, by queue and time; what is to come is infinite in `came`.
    """
    factor, left = np.ones(said.table.rows), morning.cv**2
    if not at.size:
        return factor, left
    past = came[at] < np.inf
    past |= np.isnan(came[at])
    edges = np.flatnonzero(np.diff(said.codes[at], prepend=-1))
    ends = np.append(edges[1:], at.size)
    counts = np.add.reduceat(past.astype(np.int64), edges)
    # How little the morning says about the rest stands in the row that is next.
    drift = said.column("drift_cv")[at[np.minimum(edges + counts, ends - 1)]] ** 2
    factors, variations = _core.forecast_revise(
        {
            "means": morning.volume[at],
            "interval_cv2": said.column("interval_cv")[at] ** 2,
            "observed": came[at],
            "ends": ends.tolist(),
            "counts": counts.tolist(),
            "day_cv2": morning.cv[at[edges]] ** 2,
            "drift_cv2": drift,
        }
    )
    of_day = np.repeat(np.arange(edges.size), ends - edges)
    factor[at[~past]] = factors[of_day[~past]]
    # One value a day: what is left of it holds for the intervals to come.
    over = (counts == ends - edges)[of_day]
    left[at] = np.where(over, left[at], variations[of_day])
    return factor, left


def _framed(said: Forecast, morning: _Morning, factor: Floats, columns: dict[str, Any]) -> Frame:
    """The forecast's own columns, some of them changed, and the morning beside them."""
    frame = said.table.frame
    added = {"factor": factor, "morning_volume": morning.volume, "morning_cv": morning.cv}
    if not said.table.rows:
        added = {name: np.zeros(0) for name in _MORNING}
    made = {
        **{name: frame[name] for name in frame.columns if name not in added},
        **columns,
        **added,
    }
    like = frames.without_attrs(frame)
    made = {
        name: groups.take(values, np.arange(said.table.rows))
        if hasattr(values, "to_native")
        else values
        for name, values in made.items()
    }
    about = {"function": "forecast.update", "level": list(said.known_levels or [])}
    return frames.result(like, {}, made, about)
