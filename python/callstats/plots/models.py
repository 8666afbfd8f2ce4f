"""Figures of queue models beside what was seen."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from callstats._tables.checks import one_of
from callstats.plots.style import COLOURS, as_percent, figure, headed, rows_of, styled
from callstats.plots.words import say

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    from matplotlib.axes import Axes

    from callstats.plots.picture import Picture
    from callstats.typing import Frame

__all__ = ["erlang_comparison"]

Language = Literal["en", "zh"]
Measure = Literal["service_level", "abandonment_rate", "asa", "mean_wait"]
_SHARES = ("service_level", "abandonment_rate")
_MEASURES = (*_SHARES, "asa", "mean_wait")


def erlang_comparison(
    table: Frame,
    *,
    measure: Measure = "service_level",
    title: str | None = None,
    language: Language = "en",
) -> Picture:
    """What was seen against what Erlang A expected, a point an interval.

    Parameters
    ----------
    table : DataFrame
        Of :func:`callstats.kpi.compare_with_erlang`; of several groups, take the rows of one.
    measure : {"service_level", "abandonment_rate", "asa", "mean_wait"}
        What is drawn.
    title : str, optional
        What is drawn, in words.
    language : {"en", "zh"}
        The language of the words.

    Returns
    -------
    Picture
        Points on the diagonal were as expected. The larger an interval's point, the more calls it
        had; rates have the limits of what was seen; the diamond is the total. The legend counts the
        intervals that are not drawn: those without one of the sides or with an endless one, and of
        more than fifty those far beyond the others, but for service levels.

    Raises
    ------
    MissingColumnError
        A column is not there.
    ValueError
        The table is of several groups.
    RuntimeError
        `language` is Chinese, and there is no font that has it.

    Examples
    --------
    >>> import pandas as pd
    >>> from callstats import kpi
    >>> calls = pd.DataFrame({
    ...     "arrival": pd.to_datetime(["2024-03-05 09:00", "2024-03-05 09:40"]),
    ...     "wait": [0.0, 12.0],
    ...     "outcome": ["answered", "answered"],
    ...     "talk": [300.0, 240.0],
    ... })
    >>> figure = erlang_comparison(kpi.compare_with_erlang(calls, agents=2))
    >>> figure.axes[0].get_xlabel()
    'service level, expected'
    """
    one_of("measure", measure, _MEASURES)
    limits = [f"{measure}_low", f"{measure}_high"] if measure in _SHARES else []
    rows = rows_of(table, "table", ["row", "calls", measure, f"expected_{measure}", *limits])
    totals = int((rows["row"] != "interval").sum())
    if totals > 1:
        msg = f"table must be of one group; got {totals} rows of totals: pass the rows of one"
        raise ValueError(msg)
    words = partial(say, language)
    both = rows[[measure, f"expected_{measure}"]].to_numpy(float)
    drawable = np.isfinite(both).all(axis=1)
    interval = (rows["row"] == "interval").to_numpy(bool)
    shown, total = rows[drawable & interval], rows[drawable & ~interval]
    greatest = 1.0
    if measure != "service_level" and drawable.any():
        # A lone call that waited for ever so long must not push all others into a corner.
        greatest = max(1e-3, 1.04 * float(np.quantile(both[drawable], 0.99, method="higher")))
    edge = 1.02 * greatest
    with styled(language):
        drawn, axes = figure(5.6, 5.6)
        _draw_intervals(axes, shown, measure, limits, words)
        mark: dict[str, Any] = {"marker": "D", "s": 64, "color": COLOURS["other"], "zorder": 3}
        label = words("all_intervals")
        axes.scatter(total[f"expected_{measure}"], total[measure], label=label, **mark)
        axes.plot([0, greatest], [0, greatest], color=COLOURS["ink"], linewidth=0.9, zorder=1.5)
        axes.set_xlim(0, edge)
        axes.set_ylim(0, edge)
        axes.set_aspect("equal")
        if limits:
            for axis in (axes.xaxis, axes.yaxis):
                as_percent(axis)
        axes.grid(visible=True)
        axes.set_xlabel(words("expected", words(measure)))
        axes.set_ylabel(words("seen", words(measure)))
        if hidden := int((interval & ~(drawable & (both <= edge).all(axis=1))).sum()):
            axes.scatter([], [], s=0, label=words("not_drawn", hidden))
        headed(axes, title)
    return drawn


def _draw_intervals(
    axes: Axes,
    rows: pd.DataFrame,
    measure: str,
    limits: list[str],
    words: Callable[..., str],
) -> None:
    """A point an interval, the larger the more calls it had, with the limits of what was seen."""
    seen, expected = (rows[name].to_numpy(float) for name in (measure, f"expected_{measure}"))
    if limits:
        away = np.abs(rows[limits].to_numpy(float).T - seen)
        bars: dict[str, Any] = {"fmt": "none", "ecolor": COLOURS["grid"], "elinewidth": 0.8}
        axes.errorbar(expected, seen, yerr=away, zorder=1, **bars)
    most = max([1.0, *rows["calls"]])
    area = 8 + 52 * rows["calls"].to_numpy(float) / most
    dots: dict[str, Any] = {"color": COLOURS["point"], "alpha": 0.55, "linewidths": 0, "zorder": 2}
    axes.scatter(expected, seen, s=area, label=words("one_interval"), **dots)
