"""Control charts: whether something has changed, or it is chance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from callstats import _core
from callstats._tables.arrays import numbers
from callstats._tables.checks import must_be, number, one_of
from callstats.qa.scores.charts import Charts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from callstats.typing import Frame

#: Names of the rules by set, in the core's order of bits.
RULES = {
    "western_electric": ("1_beyond_3s", "2_of_3_beyond_2s", "4_of_5_beyond_1s", "8_same_side"),
    "nelson": (
        "1_beyond_3s",
        "2_nine_same_side",
        "3_six_trend",
        "4_fourteen_alternating",
        "5_2_of_3_beyond_2s",
        "6_4_of_5_beyond_1s",
        "7_fifteen_within_1s",
        "8_eight_outside_1s",
    ),
}
_FIGURES = ("point", "centre", "sigma", "lower", "upper", "z")

#: Kinds of charts of counts, those of Laney with an apostrophe.
KINDS = ("p", "np", "u", "c", "p'", "u'")

RuleSet = Literal["western_electric", "nelson"]


def attribute_chart(
    periods: Frame,
    *,
    kind: Literal["p", "np", "u", "c", "p'", "u'"] = "p",
    events: str = "events",
    size: str | None = "size",
    time: str = "start",
    by: str | Sequence[str] = (),
    target: float | None = None,
    rules: RuleSet = "western_electric",
) -> Frame:
    """Control chart of counts: failed calls of so many checked, errors per call, complaints a day.

    Parameters
    ----------
    periods : DataFrame
        One row a period (of each group), in any order.
    kind : {"p", "np", "u", "c", "p'", "u'"}
        ``p``: events / size, a share of calls (binomial); ``np``: their number. ``u``: events /
        size, a rate per call or hour (Poisson); ``c``: their number, in periods of one size. ``p'``
        and ``u'``: Laney's, for periods of thousands of calls, where any real day-to-day variation
        is wider than binomial or Poisson limits.
    events, size : str
        Columns with the counts and what they are out of. `size` may be None for ``c``.
    time : str
        Column that orders the periods; no two of a group may be the same.
    by : str or sequence of str, optional
        Columns whose values have a chart each.
    target : float, optional
        The centre as a share, rate or count; default: all events over all sizes of the group.
    rules : {"western_electric", "nelson"}
        Which patterns are signals: see :func:`run_rules`.

    Returns
    -------
    DataFrame
        One row a period, ordered by group and time: the columns of `by`, `time`, ``point, centre,
        sigma, lower, upper, z, signal`` (true or false) and ``rules``, names of the rules that the
        point completes, with commas between; ``kind``. A period of size 0 has no point.

    Raises
    ------
    MissingColumnError
        A column is not there.
    ValueError
        A negative count; more events than calls (``p``, ``np``, ``p'``); a time or group that is
        missing, or a time twice; an unknown `kind` or `rules`.

    Notes
    -----
    Limits at three standard deviations: √(p(1 - p)/n) of a share, √(u/n) of a rate, cut to what is
    possible. Laney's are multiplied by the mean moving range of z over 2/√π.

    References
    ----------
    D. C. Montgomery, Introduction to Statistical Quality Control, Wiley (2009); D. B. Laney,
    Quality Engineering 14 (2002).

    Examples
    --------
    >>> import pandas as pd
    >>> weeks = pd.DataFrame({
    ...     "start": pd.date_range("2025-01-06", periods=4, freq="7D"),
    ...     "failed": [3, 4, 2, 15],
    ...     "checked": [50, 60, 55, 50],
    ... })
    >>> chart = attribute_chart(weeks, events="failed", size="checked")
    >>> chart[["point", "centre", "lower", "upper", "signal"]].round(3)
       point  centre  lower  upper  signal
    0  0.060   0.112    0.0  0.245   False
    1  0.067   0.112    0.0  0.234   False
    2  0.036   0.112    0.0  0.239   False
    3  0.300   0.112    0.0  0.245    True
    """
    one_of("kind", kind, KINDS)
    if size is None and kind != "c":
        raise ValueError(f"size must be given for kind {kind!r}")
    charts = Charts(periods, "periods", [events, *([] if size is None else [size])], time, by)
    counts = charts.numbers(events, ">= 0", lambda values: values < 0)
    sizes = np.ones(len(counts))
    if size is not None:
        sizes = charts.numbers(size, ">= 0", lambda values: values < 0)
        # No calls cannot have failed; a size of 0 with events would vanish from the chart.
        most = sizes if kind in {"p", "np", "p'"} else np.where(sizes == 0, 0.0, np.inf)
        # Missing counts are no points; those of a period without a size have none either.
        bad = ~(counts <= most) & ~np.isnan(counts)
        must_be(f"column {events!r} of periods", counts, f"<= {size!r}", bad)
    laney = kind.endswith("'")
    plain = kind.removesuffix("'")
    centre = _target(target)

    def chart(rows: NDArray[np.int64]) -> dict[str, Any]:
        one = np.ones(len(rows)) if plain == "c" else sizes[rows]
        columns, _ = _core.attribute_chart(plain, laney, counts[rows], one, centre)
        found = _with_signals(dict(zip(_FIGURES, columns, strict=True)), rules)
        return found | {"kind": [kind] * len(rows)}

    return charts.each(chart)


def individuals_chart(
    periods: Frame,
    *,
    value: str = "value",
    time: str = "start",
    by: str | Sequence[str] = (),
    target: float | None = None,
    spread: Literal["mean", "median"] = "mean",
    rules: RuleSet = "western_electric",
) -> Frame:
    """Control chart of single measurements, and of how far each is from the one before (XmR).

    For figures that are one number a period, as a mean score, handle time or forecast error.

    Parameters
    ----------
    periods : DataFrame
        One row a period (of each group), in any order.
    value : str
        Column with the measurement; missing ones are no points, and moving ranges bridge them.
    time : str
        Column that orders the periods; no two of a group may be the same.
    by : str or sequence of str, optional
        Columns whose values have a chart each.
    target : float, optional
        The centre; default the mean.
    spread : {"mean", "median"}
        Standard deviation from the mean moving range, or from the median one, which single jumps
        hardly move.
    rules : {"western_electric", "nelson"}
        Which patterns are signals: see :func:`run_rules`.

    Returns
    -------
    DataFrame
        As of :func:`attribute_chart`, with ``moving_range`` and its limit ``moving_range_upper``; a
        range above it is a signal too, the rule ``moving_range``.

    Raises
    ------
    MissingColumnError, ValueError
        As :func:`attribute_chart`.

    Notes
    -----
    Limits: mean ± 3 mean(moving range) √π/2; moving ranges: 3.2665 times their mean. One value has
    a centre and no limits.

    References
    ----------
    D. J. Wheeler, Understanding Variation, SPC Press (1993).

    Examples
    --------
    >>> import pandas as pd
    >>> days = pd.DataFrame({"start": range(6), "value": [301, 297, 305, 299, 310, 288]})
    >>> individuals_chart(days)[["point", "centre", "lower", "upper"]].round(1).head(1)
       point  centre  lower  upper
    0  301.0   300.0  272.9  327.1
    """
    centre = _target(target)

    def chart(values: NDArray[np.float64]) -> dict[str, Any]:
        columns, ranges, limit = _core.individuals_chart(values, centre, spread)
        moving = {"moving_range": ranges, "moving_range_upper": [limit] * len(values)}
        figures = dict(zip(_FIGURES, columns, strict=True)) | moving
        return _with_signals(figures, rules, {"moving_range": np.array(ranges) > limit})

    return _of_measurements(periods, value, time, by, chart)


def group_chart(
    scores: Frame,
    *,
    value: str = "score",
    time: str = "start",
    by: str | Sequence[str] = (),
    target: float | None = None,
    rules: RuleSet = "western_electric",
) -> Frame:
    """Control chart of the means of groups of measurements, and of their spread (xbar-s).

    Parameters
    ----------
    scores : DataFrame
        One row a measurement, in any order: all scores of a week make one group.
    value : str
        Column with the measurement; missing ones are left out.
    time : str
        Column with the period that each belongs to.
    by : str or sequence of str, optional
        Columns whose values have a chart each.
    target : float, optional
        The centre; default the mean of all measurements.
    rules : {"western_electric", "nelson"}
        Which patterns of the means are signals: see :func:`run_rules`.

    Returns
    -------
    DataFrame
        One row a period: the columns of `by`, `time`, ``n``, the means' ``point, centre, sigma,
        lower, upper, z, signal, rules``, and ``sd`` with ``sd_centre, sd_lower, sd_upper``; an sd
        outside its limits is a signal too, the rule ``sd``.

    Raises
    ------
    MissingColumnError, ValueError
        As :func:`attribute_chart`; times may repeat here.

    Notes
    -----
    The standard deviation within groups is the mean over groups of s / c4(n), limits are ± 3 of it
    over √n. With few measurements a group :func:`individuals_chart` of the means is the better one.

    References
    ----------
    D. C. Montgomery, Introduction to Statistical Quality Control, Wiley (2009), chapter 6.

    Examples
    --------
    >>> import pandas as pd
    >>> scores = pd.DataFrame({
    ...     "start": [1] * 3 + [2] * 3 + [3] * 3 + [4] * 3,
    ...     "score": [80, 84, 88, 79, 85, 82, 83, 80, 86, 70, 76, 71],
    ... })
    >>> group_chart(scores)[["start", "point", "lower", "upper", "signal"]].round(1)
       start  point  lower  upper  signal
    0      1   84.0   73.9   86.8   False
    1      2   82.0   73.9   86.8   False
    2      3   83.0   73.9   86.8   False
    3      4   72.3   73.9   86.8    True
    """
    charts = Charts(scores, "scores", [value], time, by, once=False)
    values = charts.numbers(value, "finite", np.isinf)
    centre = _target(target)

    def chart(rows: NDArray[np.int64]) -> dict[str, Any]:
        rows = rows[np.lexsort((values[rows], charts.order[rows]))]
        starts = np.flatnonzero(np.diff(charts.order[rows], prepend=-1))
        ends = np.append(starts[1:], len(rows))
        parts = [values[rows[a:b]] for a, b in zip(starts, ends[: len(starts)], strict=True)]
        parts = [part[~np.isnan(part)] for part in parts]
        sizes = np.array([len(part) for part in parts], dtype=np.float64)
        means = np.array([part.mean() if len(part) else np.nan for part in parts])
        deviations = np.array([part.std(ddof=1) if len(part) > 1 else np.nan for part in parts])
        of_means, of_spread = _core.group_charts(sizes, means, deviations, centre)
        figures: dict[str, Any] = {"rows": rows[starts], "n": sizes.astype(np.int64)}
        figures |= dict(zip(_FIGURES, of_means, strict=True))
        spread = dict(zip(_FIGURES, of_spread, strict=True))
        figures |= {"sd": spread["point"], "sd_centre": spread["centre"]}
        figures |= {"sd_lower": spread["lower"], "sd_upper": spread["upper"]}
        outside = (deviations > spread["upper"]) | (deviations < spread["lower"])
        return _with_signals(figures, rules, {"sd": outside})

    return charts.each(chart)


def ewma_chart(
    periods: Frame,
    *,
    value: str = "value",
    time: str = "start",
    by: str | Sequence[str] = (),
    target: float | None = None,
    sigma: float | None = None,
    weight: float = 0.2,
    width: float = 3.0,
) -> Frame:
    """Exponentially weighted means with limits: they see small lasting shifts sooner.

    Parameters
    ----------
    periods : DataFrame
        One row a period (of each group), in any order.
    value : str
        Column with the measurement; missing ones are no points.
    time : str
        Column that orders the periods; no two of a group may be the same.
    by : str or sequence of str, optional
        Columns whose values have a chart each.
    target, sigma : float, optional
        Centre and standard deviation of single values; default the mean, and the mean moving range
        times √π/2. Figures from a quiet stretch are better.
    weight : float, default 0.2
        Weight of the newest value; > 0 and <= 1.
    width : float, default 3
        Limits in standard deviations of the weighted mean; > 0.

    Returns
    -------
    DataFrame
        One row a period: the columns of `by`, `time`, ``value, point`` (the weighted mean),
        ``centre, lower, upper, signal``, and ``long_run_lower, long_run_upper``, what the limits
        widen to.

    Raises
    ------
    MissingColumnError, ValueError
        As :func:`attribute_chart`; `weight`, `width` or `sigma` out of range.

    References
    ----------
    S. W. Roberts, Control chart tests based on geometric moving averages, Technometrics 1 (1959).

    Examples
    --------
    >>> import pandas as pd
    >>> days = pd.DataFrame({"start": range(4), "value": [1, 2, 2, 2]})
    >>> ewma_chart(days, target=0, sigma=1)[["point", "upper", "signal"]].round(2)
       point  upper  signal
    0   0.20   0.60   False
    1   0.56   0.77   False
    2   0.85   0.86   False
    3   1.08   0.91    True
    """
    weight = number("weight", weight, "> 0 and <= 1", lambda share: 0 < share <= 1)
    width = number("width", width, "> 0", lambda sigmas: sigmas > 0)

    def chart(values: NDArray[np.float64]) -> dict[str, Any]:
        centre, deviation = _centre_and_sigma(values, target, sigma)
        point, lower, upper = _core.ewma(values, centre, deviation, weight, width)
        half = width * deviation * np.sqrt(weight / (2 - weight))
        outside = np.greater(point, upper) | np.less(point, lower)
        figures = {"value": values, "point": point, "centre": [centre] * len(values)}
        figures |= {"lower": lower, "upper": upper, "signal": outside}
        figures |= {"long_run_lower": [centre - half] * len(values)}
        return figures | {"long_run_upper": [centre + half] * len(values)}

    return _of_measurements(periods, value, time, by, chart)


def cusum_chart(
    periods: Frame,
    *,
    value: str = "value",
    time: str = "start",
    by: str | Sequence[str] = (),
    target: float | None = None,
    sigma: float | None = None,
    slack: float = 0.5,
    decision: float = 5.0,
    head_start: float = 0.0,
) -> Frame:
    """Cumulative sums of what lies above and below a target: they see small lasting shifts.

    Parameters
    ----------
    periods : DataFrame
        One row a period (of each group), in any order.
    value : str
        Column with the measurement; missing ones are no points.
    time : str
        Column that orders the periods; no two of a group may be the same.
    by : str or sequence of str, optional
        Columns whose values have a chart each.
    target, sigma : float, optional
        Centre and standard deviation of single values; default the mean, and the mean moving range
        times √π/2.
    slack : float, default 0.5
        Standard deviations that do not count (k): half the shift to be seen; >= 0.
    decision : float, default 5
        Standard deviations at which a sum is a signal (h), when it is above; > 0.
    head_start : float, default 0
        Share of `decision` at which both sums start; 0 to 1. 0.5 sees a bad start sooner.

    Returns
    -------
    DataFrame
        One row a period: the columns of `by`, `time`, ``value, above, below`` (the sums),
        ``decision`` and ``signal``. Sums run on after a signal.

    Raises
    ------
    MissingColumnError, ValueError
        As :func:`attribute_chart`; `slack`, `decision`, `head_start` or `sigma` out of range.

    References
    ----------
    E. S. Page, Biometrika 41 (1954); J. M. Lucas & R. B. Crosier, Technometrics 24 (1982).

    Examples
    --------
    >>> import pandas as pd
    >>> days = pd.DataFrame({"start": range(3), "value": [2, 2, 2]})
    >>> cusum_chart(days, target=0, sigma=1, decision=3)[["above", "below", "signal"]]
       above  below  signal
    0    1.5    0.0   False
    1    3.0    0.0   False
    2    4.5    0.0    True
    """
    slack = number("slack", slack, ">= 0", lambda sigmas: sigmas >= 0)
    decision = number("decision", decision, "> 0", lambda sigmas: sigmas > 0)
    head_start = number("head_start", head_start, ">= 0 and <= 1", lambda share: 0 <= share <= 1)

    def chart(values: NDArray[np.float64]) -> dict[str, Any]:
        centre, deviation = _centre_and_sigma(values, target, sigma)
        limit = decision * deviation
        above, below = _core.cusum(values, centre, slack * deviation, head_start * limit)
        beyond = np.greater(above, limit) | np.greater(below, limit)
        figures = {"value": values, "above": above, "below": below}
        return figures | {"decision": [limit] * len(values), "signal": beyond}

    return _of_measurements(periods, value, time, by, chart)


def run_rules(z: Any, *, rules: RuleSet = "western_electric") -> list[tuple[str, ...]]:
    """Names of the run rules that each point completes, given its distance from the centre.

    Parameters
    ----------
    z : array_like
        Standard deviations from the centre, in the order of time; NaN or missing where there is no
        point.
    rules : {"western_electric", "nelson"}
        Western Electric: one beyond 3 s, 2 of 3 beyond 2 s on one side, 4 of 5 beyond 1 s on one
        side, 8 on one side. Nelson: one beyond 3 s, 9 on one side, 6 rising or falling, 14
        alternating, 2 of 3, 4 of 5, 15 within 1 s, 8 outside of 1 s.

    Returns
    -------
    list of tuple of str
        One tuple a point, empty where it completes none.

    Raises
    ------
    ValueError
        Another name of `rules`.

    Notes
    -----
    A point on a line is not beyond it, one on the centre is on neither side, equal neighbours break
    a trend, a missing point breaks a run. A signal stands at the point that completes the pattern
    and takes part in it. On chance alone Western Electric's rules signal about every 90 points,
    rule 1 alone every 370.

    Examples
    --------
    >>> run_rules([0.1, 2.1, 0.5, 2.2])
    [(), (), (), ('2_of_3_beyond_2s',)]
    """
    one_of("rules", rules, RULES)
    points = np.atleast_1d(np.asarray(numbers("z", z), dtype=np.float64))
    names = RULES[rules]
    return [
        tuple(name for place, name in enumerate(names) if bits >> place & 1)
        for bits in _core.run_rules(points, rules)
    ]


def _with_signals(
    figures: dict[str, Any], rules: RuleSet, more: dict[str, NDArray[np.bool_]] | None = None
) -> dict[str, Any]:
    """The figures, whether each point is a signal, and by which rules."""
    named = run_rules(figures["z"], rules=rules)
    for name, found in (more or {}).items():
        named = [(*row, name) if hit else row for row, hit in zip(named, found, strict=True)]
    signals = {"signal": [bool(row) for row in named], "rules": [", ".join(row) for row in named]}
    return figures | signals


def _of_measurements(
    periods: Frame,
    value: str,
    time: str,
    by: str | Sequence[str],
    chart: Callable[[NDArray[np.float64]], dict[str, Any]],
) -> Frame:
    """A chart of each group, from its measurements in the order of time."""
    charts = Charts(periods, "periods", [value], time, by)
    values = charts.numbers(value, "finite", np.isinf)
    return charts.each(lambda rows: chart(values[rows]))


def _centre_and_sigma(
    values: NDArray[np.float64], target: float | None, sigma: float | None
) -> tuple[float, float]:
    if sigma is not None:
        sigma = number("sigma", sigma, ">= 0 and finite", lambda spread: 0 <= spread < np.inf)
    known = values[~np.isnan(values)]
    centre = _target(target)
    if centre is None:
        centre = known.mean() if len(known) else np.nan
    if sigma is None:
        # sqrt(pi) / 2: a normal value's deviation over the mean range of two.
        ranges = np.abs(np.diff(known))
        sigma = ranges.mean() * np.sqrt(np.pi) / 2 if len(ranges) else np.nan
    return float(centre), float(sigma)


def _target(target: float | None) -> float | None:
    """The argument `target`: where a process should be."""
    return None if target is None else number("target", target, "or None", lambda _: True)
