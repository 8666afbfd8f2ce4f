"""Interrupted series: what a change did to the days after it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from callstats import _core
from callstats._tables import frames, periods
from callstats._tables.checks import column_names, confidence_level, one_of, shown
from callstats.compare.cautions import Caution, caution_frame, say
from callstats.compare.daily.days import ENOUGH_DAYS, DailySeries, fitted, of_season, of_slope
from callstats.compare.reading import Rows, column_name, measure_columns, opened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from callstats.typing import Frame

    Floats = NDArray[np.float64]

#: Share of the walk from which a level is said to drift.
_DRIFTS = 0.3
#: Share of earlier dates with as large a change from which a warning says so.
_AS_LARGE = 0.1


@dataclass(frozen=True, eq=False)
class Series:
    """What changes did to a daily series.

    Attributes
    ----------
    effects : DataFrame
        One row a change: ``change, effect, standard_error, low, high, p_value, relative,
        relative_low, relative_high``.
    curve : DataFrame
        One row a day: ``time, seen, expected, low, high``; expected from the days before the first
        change, as if there had been none.
    df : float
        Days less coefficients.
    drift_share : float
        Share of the variance that is a slow walk, averaged over the likelihood.
    days_before, days_after : int
        Days before the first and after the last change.
    placebo : DataFrame
        One row an earlier date on which nothing was done: ``time, effect``.
    placebo_p : float
        Share of these dates, and the change itself, with an effect as large; NaN without them.
    warnings : DataFrame
        ``code, measure, text, figure``.
    """

    effects: Any
    df: float
    drift_share: float
    days_before: int
    days_after: int
    placebo_p: float
    _rows: dict[str, Any] = field(repr=False)
    _cautions: list[Caution] = field(repr=False)
    #: Columns of the days, and of the earlier dates.
    _curve: dict[str, Any] = field(repr=False)
    _placebo: dict[str, Any] = field(repr=False)
    #: An empty frame of the caller's library, and the zone of its times.
    _like: Any = field(repr=False)
    _zone: Any = field(repr=False)

    @cached_property
    def curve(self) -> Any:
        """One row a day, with what was to be expected of it."""
        return self._dated(self._curve)

    @cached_property
    def placebo(self) -> Any:
        """One row an earlier date on which nothing was done."""
        return self._dated(self._placebo)

    @cached_property
    def warnings(self) -> Any:
        """Why the figures say less than they seem to."""
        return caution_frame(self._cautions, frames.read(self._like, "frame"))

    def _dated(self, columns: dict[str, Any]) -> Any:
        like = frames.read(self._like, "frame")
        time = periods.labels("time", columns["time"], self._zone, like)
        figures = {name: values for name, values in columns.items() if name != "time"}
        return frames.result(like, {"time": time}, figures)

    def to_frame(self) -> Any:
        """The effects, a row a change."""
        return self.effects

    def explain(self, language: str = "en") -> str:
        """A line a change, the days, and the warnings."""
        one_of("language", language, ("en", "zh"))
        rows = self._rows
        lines = [
            say(
                language,
                "series_title",
                str(change)[:16],
                *(rows[name][at] for name in ("effect", "low", "high", "p_value")),
            )
            for at, change in enumerate(rows["change"])
        ]
        lines.append(say(language, "days", self.days_before, self.days_after, self.drift_share))
        if self._cautions:
            lines.append(say(language, "warnings"))
            lines += [f"- {each.text(language)}" for each in self._cautions]
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.explain()


def series(
    frame: Frame,
    *,
    change: Any,
    value: Any,
    time: str = "start",
    control: str | Sequence[str] | None = None,
    weekday: bool = True,
    trend: bool = False,
    errors: Literal["drift", "independent"] = "drift",
    placebo: bool = False,
    confidence: float = 0.95,
) -> Series:
    """What a change did to a daily series that drifts of itself.

    Real days drift: staff come and go, call types move. Ordinary regressions find a change in half
    of all series without one. This model lets the level walk and pays for it: its intervals are 1.7
    to 1.9 times as wide where days are truly independent.

    Parameters
    ----------
    frame : DataFrame
        One row a day, or several that are summed.
    change : time or sequence of times
        When the level changed; the day that begins then is the first of the new level.
    value : str or pair of str
        Column (mean of a day's rows), or (numerator, denominator) (sum over sum).
    time : str
        Column of instants.
    control : str or sequence, optional
        Columns that the change cannot have touched, in the same units; their mean is subtracted.
    weekday : bool
        Whether weekdays have levels of their own.
    trend : bool
        Whether the level has a slope throughout.
    errors : {"drift", "independent"}
        "independent" is ordinary least squares, for days that are known not to drift.
    placebo : bool
        Whether earlier dates are tried with windows of the same lengths.
    confidence : float, default 0.95
        Of the limits; > 0 and < 1.

    Returns
    -------
    Series
        ``effects``, ``curve``, ``placebo`` and ``warnings``.

    Raises
    ------
    MissingColumnError
        A column is not there.
    ValueError
        A change without a day before or after it, a day without a value, or a step that falls
        together with a weekday or another change.

    Notes
    -----
    Open days are numbered in order. Covariance: (1 - l) I + l min(i, j), averaged over l by the
    restricted likelihood, l = (1 + cos u)/2 with u uniform; limits and p from the mixture of
    Student's t. With fewer than 10 days on a side the figures stand, and a warning says what they
    are worth. ``relative`` divides by the mean level of the days after the change less the effect,
    taken as known. Placebo windows are as long after the date as the change's, and before it as
    long as history allows, up to the same. Accuracy: 1e-9, against 30-digit values.

    References
    ----------
    A. C. Harvey, Forecasting, Structural Time Series Models and the Kalman Filter (1989).

    Examples
    --------
    >>> import pandas as pd
    >>> days = pd.DataFrame({"start": pd.date_range("2025-03-03", periods=24)})
    >>> days["aht"] = [49, 50, 46, 51, 50, 50, 48, 49, 45, 47, 46, 52] + [
    ...     59, 60, 56, 61, 60, 60, 58, 59, 55, 57, 56, 62]
    >>> found = series(days, change="2025-03-15", value="aht", weekday=False)
    >>> round(float(found.effects["effect"][0]), 1), found.days_before
    (10.1, 12)
    """
    rows = opened(frame, "frame", column_name("time", time))
    one_of("errors", errors, ("drift", "independent"))
    level = confidence_level(confidence)
    flags = {"weekday": weekday, "trend": trend, "placebo": placebo}
    for name, flag in flags.items():
        if not isinstance(flag, bool | np.bool_):
            msg = f"{name} must be True or False; got {shown(flag)}"
            raise TypeError(msg)
    seen, own, starts, days = _daily(rows, value, control)
    moments = _moments(rows, change)
    steps = [int(np.searchsorted(starts, moment)) for moment in moments]
    for step, moment in zip(steps, moments, strict=True):
        if step == 0 or step == len(own) or steps.count(step) > 1:
            moment_text = np.datetime64(moment, "ns").astype("M8[m]")
            rule = "have a day of its own before and after it"
            msg = f"change must {rule}; got {moment_text}, of {len(own)} days"
            raise ValueError(msg)
    data = DailySeries(own, days, steps, bool(weekday), bool(trend), errors == "drift")
    fit = fitted(data, level)
    cautions = _cautions(data, fit.drift_share, control=control is not None)
    dates, effects, p = _placebos(data, starts, level) if placebo else _no_placebos()
    cautions += _of_placebos(effects, p)
    like = rows.table.frame
    changed = periods.labels("change", np.array(moments), rows.table.zone, like)
    columns = _columns(data, fit.effects, seen)
    return Series(
        effects=frames.result(like, {"change": changed}, columns),
        df=fit.df,
        drift_share=fit.drift_share,
        days_before=data.sides[0],
        days_after=data.sides[1],
        placebo_p=p,
        _rows={"change": changed.to_list(), **columns},
        _cautions=cautions,
        _curve={"time": starts, "seen": seen, **_curve(fit.expected, seen - own)},
        _placebo={"time": dates, "effect": effects},
        _like=like.head(0).to_native(),
        _zone=rows.table.zone,
    )


def _moments(rows: Rows, change: Any) -> list[int]:
    """The changes in order."""
    several = isinstance(change, list | tuple | np.ndarray) or hasattr(change, "to_numpy")
    several = several and not hasattr(change, "tzinfo")
    given = list(change) if several else [change]
    if not given:
        msg = "change must be a time or several; got none"
        raise ValueError(msg)
    return sorted(rows.moment("change", each) for each in given)


def _daily(
    rows: Rows, value: Any, control: Any
) -> tuple[Floats, Floats, NDArray[np.int64], NDArray[np.int64]]:
    """What was seen a day, the same less the control, and the days."""
    if value is None or (not isinstance(value, str) and not isinstance(value, list | tuple)):
        rule = "a column, or a pair (numerator, denominator) of columns"
        msg = f"value must be {rule}; got {shown(value)}"
        raise TypeError(msg)
    wanted: dict[str, Any] = measure_columns("value", {"value": value})
    others = [] if control is None else column_names("control", control)
    names = {f"control {at}": name for at, name in enumerate(others)}
    for name in others:
        column_name("control", name)
    measures = rows.measures({**wanted, **names})
    rows.table.settle()
    starts, codes, days = rows.days()
    rates = [measure.sums(codes, len(starts)).rate for measure in measures]
    known = ~np.isnan(np.array(rates)).any(axis=0) if len(starts) else np.zeros(0, bool)
    if not known.any():
        msg = "frame must have a day with a value; got none"
        raise ValueError(msg)
    seen = rates[0][known]
    own = seen - np.mean([rate[known] for rate in rates[1:]], axis=0) if others else seen
    return seen, own, starts[known], days[known]


def _cautions(data: DailySeries, share: float, *, control: bool) -> list[Caution]:
    before, after = data.sides
    found = []
    edges = [0, *data.steps, len(data.values)]
    shortest = min(end - first for first, end in itertools.pairwise(edges))
    if shortest < ENOUGH_DAYS:
        found.append(Caution("few_periods", None, shortest, (before, after)))
    if share > _DRIFTS:
        found.append(Caution("drift", None, share, (share,)))
    found += of_slope(data)
    found += of_season(data.days[:before], data.days[-after:], control=control)
    return found


def _of_placebos(effects: Floats, p: float) -> list[Caution]:
    if np.isnan(p):
        return []
    places = int((~np.isnan(effects)).sum())
    large = round(p * (1 + places)) - 1
    if large <= _AS_LARGE * places:
        return []
    return [Caution("drift", None, large / places, (large, places), key="drift_placebo")]


def _no_placebos() -> tuple[NDArray[np.int64], Floats, float]:
    return np.zeros(0, np.int64), np.zeros(0), np.nan


def _placebos(
    data: DailySeries, starts: NDArray[np.int64], level: float
) -> tuple[NDArray[np.int64], Floats, float]:
    """Effects at every earlier date, and how often they are as large as that of the change."""
    first, after = data.sides[0], (data.steps[1:] or [len(data.values)])[0] - data.steps[0]
    before = min(first, max((first - after) // 2, ENOUGH_DAYS))
    if before < 1 or first < before + after:
        return _no_placebos()
    past = data.core([before], slice(first), trend=data.trend)
    effects = _core.series_placebos(past, before, after, None)
    window = slice(first - before, first + after)
    own = _core.fit_series(data.core([before], window, trend=data.trend), level)
    known = effects[~np.isnan(effects)]
    if own is None or not known.size:
        return _no_placebos()
    size = abs(own[0][0][0]) * (1 - 1e-9)
    dates = starts[before : before + len(effects)]
    return dates, effects, (1 + int((np.abs(known) >= size).sum())) / (1 + known.size)


def _columns(data: DailySeries, effects: dict[str, Floats], seen: Floats) -> dict[str, Floats]:
    ends = [*data.steps[1:], len(seen)]
    after = [seen[step:end].mean() for step, end in zip(data.steps, ends, strict=True)]
    base = np.array(after) - effects["effect"]
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = {
            name: np.where(base > 0, effects[own] / base, np.nan)
            for name, own in (
                ("relative", "effect"),
                ("relative_low", "low"),
                ("relative_high", "high"),
            )
        }
    order = ("effect", "standard_error", "low", "high", "p_value")
    return {**{name: effects[name] for name in order}, **shares}


def _curve(expected: Floats, control: Floats) -> dict[str, Floats]:
    columns = expected + control[:, None]
    return {name: columns[:, at] for at, name in enumerate(("expected", "low", "high"))}
