"""Figures of scores: errors by category, two axes, and two raters."""

from __future__ import annotations

from collections.abc import Hashable
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from callstats import qa
from callstats._tables.checks import number, shown
from callstats.plots.style import (
    COLOURS,
    LIMIT,
    as_percent,
    beside,
    figure,
    headed,
    rows_of,
    styled,
)
from callstats.plots.words import say

if TYPE_CHECKING:
    from callstats.plots.picture import Picture
    from callstats.typing import Frame

__all__ = ["bland_altman", "pareto", "quadrants"]

Language = Literal["en", "zh"]

#: Categories that a figure can name; the rest are the rare ones.
MANY_BARS = 20


def pareto(
    table: Frame,
    *,
    category: str = "category",
    title: str | None = None,
    language: Language = "en",
) -> Picture:
    """Pareto chart: errors by category, the commonest first, and the share that they add up to.

    Parameters
    ----------
    table : DataFrame
        Of :func:`callstats.qa.error_pareto`; with a period its rates of the period before are
        drawn as rings.
    category : str
        Its column with the categories.
    title : str, optional
        What is drawn, in words.
    language : {"en", "zh"}
        The language of the words.

    Returns
    -------
    Picture
        Bars are shares of evaluated calls with their limits; beside each stands the cumulative
        share of all errors. The first 20 categories are drawn.

    Raises
    ------
    MissingColumnError
        A column is not there.
    RuntimeError
        `language` is Chinese, and there is no font that has it.

    Examples
    --------
    >>> import pandas as pd
    >>> checks = pd.DataFrame({
    ...     "call_id": [1, 1, 2, 2],
    ...     "category": ["greeting", "data protection"] * 2,
    ...     "error": [1, 0, 1, 1],
    ... })
    >>> figure = pareto(qa.error_pareto(checks))
    >>> [label.get_text() for label in figure.axes[0].get_yticklabels()]
    ['greeting', 'data protection']
    """
    needed = [category, "rate", "low", "high", "cumulative_share"]
    rows = rows_of(table, "table", needed)
    # The commonest first, whatever the order of the rows: the fewer they add up to, the earlier.
    names = rows[category].astype(str)
    order = np.lexsort((names.rank(), -rows["rate"], rows["cumulative_share"]))
    rows = rows.iloc[order[:MANY_BARS]]
    words = partial(say, language)
    at = np.arange(len(rows))
    with styled(language):
        drawn, axes = figure(7.6, 1.2 + 0.3 * max(len(rows), 2))
        axes.barh(at, rows["rate"], height=0.6, color=COLOURS["band"], label=words("pareto_rate"))
        away = np.abs(rows[["low", "high"]].to_numpy(float).T - rows["rate"].to_numpy(float))
        bars: dict[str, Any] = {"fmt": "o", "markersize": 4, "color": COLOURS["point"]}
        axes.errorbar(rows["rate"], at, xerr=away, elinewidth=1.1, **bars)
        if "previous_rate" in rows:
            rings: dict[str, Any] = {"facecolors": "none", "edgecolors": COLOURS["other"]}
            axes.scatter(rows["previous_rate"], at, s=30, label=words("before"), zorder=3, **rings)
        axes.set_yticks(at, [str(name) for name in rows[category]])
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.tick_params(axis="y", length=0)
        axes.set_xlim(0, None)
        as_percent(axes.xaxis)
        axes.grid(visible=True, axis="x")
        right = beside(axes, at, [f"{100 * share:.0f}%" for share in rows["cumulative_share"]])
        right.set_ylabel(words("pareto_sum"), color=COLOURS["muted"])
        headed(axes, title)
    return drawn


def quadrants(
    scores: Frame,
    *,
    x: str,
    y: str,
    x_cut: float,
    y_cut: float,
    by: str | None = None,
    title: str | None = None,
    language: Language = "en",
) -> Picture:
    """Scores on two axes with their cuts: who is where, and how many are in each quadrant.

    Parameters
    ----------
    scores : DataFrame
        One row an agent or a call, as for :func:`callstats.qa.quadrants`.
    x, y : str
        Columns with the two scores.
    x_cut, y_cut : float
        Scores from which a row is high.
    by : str, optional
        Column with names, to name those who are low on both.
    title : str, optional
        What is drawn, in words.
    language : {"en", "zh"}
        The language of the words.

    Returns
    -------
    Picture
        Each quadrant has its number of rows in its corner.

    Raises
    ------
    MissingColumnError
        A column is not there.
    RuntimeError
        `language` is Chinese, and there is no font that has it.

    Examples
    --------
    >>> import pandas as pd
    >>> agents = pd.DataFrame({"agent": ["anna", "ben"], "process": [92, 70], "manner": [90, 60]})
    >>> figure = quadrants(agents, x="process", y="manner", x_cut=85, y_cut=80, by="agent")
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['1', '0', '0', '1', 'ben']
    """
    for argument, name in (("x", x), ("y", y), ("by", by)):
        if not isinstance(name, Hashable):
            msg = f"{argument} must be a column's name; got {shown(name)}"
            raise TypeError(msg)
    x_cut = number("x_cut", x_cut, "on the scale", lambda _: True)
    y_cut = number("y_cut", y_cut, "on the scale", lambda _: True)
    named = dict.fromkeys([x, y, *([by] if by else [])])
    rows = rows_of(scores, "scores", list(named))[list(named)]
    rows["quadrant"] = qa.quadrants(rows[[x, y]], x=x, y=y, x_cut=x_cut, y_cut=y_cut)["quadrant"]
    rows = rows[rows["quadrant"].notna()].sort_values(list(named), kind="stable")
    with styled(language):
        drawn, axes = figure(6.2, 5.2)
        low = (rows["quadrant"] == "low_low").to_numpy(dtype=bool)
        others, lowest = rows[~low], rows[low]
        axes.scatter(others[x], others[y], s=24, color=COLOURS["point"], zorder=3)
        marks: dict[str, Any] = {"s": 38, "marker": "D", "color": COLOURS["signal"], "zorder": 3}
        axes.scatter(lowest[x], lowest[y], **marks)
        axes.axvline(x_cut, linewidth=1, **LIMIT)
        axes.axhline(y_cut, linewidth=1, **LIMIT)
        corners = (("high_high", 1, 1), ("high_low", 1, 0), ("low_high", 0, 1), ("low_low", 0, 0))
        for name, right, top in corners:
            axes.annotate(
                str(int((rows["quadrant"] == name).sum())),
                (right, top),
                (-8 if right else 8, -8 if top else 8),
                xycoords="axes fraction",
                textcoords="offset points",
                ha="right" if right else "left",
                va="top" if top else "bottom",
                fontsize=13,
                color=COLOURS["muted"],
            )
        for name, a, b in zip(lowest[by], lowest[x], lowest[y], strict=True) if by else ():
            axes.annotate(str(name), (a, b), (6, -11), textcoords="offset points", fontsize=8.5)
        axes.set_xlabel(x)
        axes.set_ylabel(y)
        axes.margins(0.12)
        axes.set_title(title or "")
    return drawn


def bland_altman(
    scores: Frame,
    *,
    unit: str = "call_id",
    rater: str = "rater",
    score: str = "score",
    title: str | None = None,
    language: Language = "en",
) -> Picture:
    """Differences of two raters over their mean, with the bias and the limits of agreement.

    Parameters
    ----------
    scores : DataFrame
        One row a rating, of two raters, as for :func:`callstats.qa.agreement`.
    unit, rater, score : str
        Columns with what was rated, by whom, and the rating.
    title : str, optional
        What is drawn, in words.
    language : {"en", "zh"}
        The language of the words.

    Returns
    -------
    Picture
        The first rater less the second; 95 % of differences lie between the outer lines, whose own
        intervals are shaded.

    Raises
    ------
    ValueError
        Other than two raters, or no call that both rated.
    RuntimeError
        `language` is Chinese, and there is no font that has it.

    Examples
    --------
    >>> import pandas as pd
    >>> scores = pd.DataFrame({
    ...     "call_id": [1, 1, 2, 2, 3, 3],
    ...     "rater": ["anna", "ben"] * 3,
    ...     "score": [90, 85, 70, 72, 60, 50],
    ... })
    >>> bland_altman(scores).axes[0].get_xlabel()
    'mean of both'
    """
    rows = rows_of(scores, "scores", [unit, rater, score]).dropna(subset=score)
    wide = rows.pivot_table(index=unit, columns=rater, values=score, observed=True).dropna()
    if wide.shape[1] != 2 or not len(wide):
        people = rows[rater].nunique()
        msg = f"scores must be of two raters of the same calls; got {people} raters"
        raise ValueError(f"{msg} and {len(wide)} calls that all rated")
    found = qa.agreement(scores, unit=unit, rater=rater, score=score).bland_altman
    words = partial(say, language)
    first, second = (wide[name].to_numpy(float) for name in wide.columns)
    with styled(language):
        drawn, axes = figure(7.2, 4.2)
        for limit in (found.lower, found.upper):
            axes.axhspan(limit.low, limit.high, color=COLOURS["band"], linewidth=0)
        axes.axhline(found.upper.value, linewidth=1.1, label=words("agreement_limits"), **LIMIT)
        axes.axhline(found.lower.value, linewidth=1.1, **LIMIT)
        bias = words("bias", f"{found.bias.value:+.2g}")
        axes.axhline(found.bias.value, color=COLOURS["point"], linewidth=1.3, label=bias)
        axes.axhline(0, color=COLOURS["muted"], linewidth=0.7)
        axes.scatter((first + second) / 2, first - second, s=22, color=COLOURS["ink"], zorder=3)
        axes.set_ylabel(f"{wide.columns[0]} \N{MINUS SIGN} {wide.columns[1]}")
        axes.set_xlabel(words("mean_of_two"))
        headed(axes, title)
    return drawn
