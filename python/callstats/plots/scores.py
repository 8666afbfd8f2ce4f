"""Figures of scores: errors by category, two axes, and two raters."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import pandas as pd

from callstats import qa
from callstats._tables.checks import number, shown
from callstats.plots.sheet import chart, dots, drawn_on
from callstats.plots.style import COLOURS, LIMIT, as_percent, beside, rows_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Unpack

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from callstats.plots.picture import Picture
    from callstats.plots.sheet import Look, Sheet
    from callstats.typing import Frame

__all__ = ["bland_altman", "pareto", "quadrants"]


#: Categories that a figure can name; the rest are the rare ones.
MANY_BARS = 20


@overload
def pareto(
    table: Frame, *, ax: None = None, category: str = "category", **look: Unpack[Look]
) -> Picture: ...
@overload
def pareto(table: Frame, *, ax: Axes, category: str = "category", **look: Unpack[Look]) -> Axes: ...
@chart
def pareto(
    table: Frame, *, ax: Axes | None = None, category: str = "category", **look: Unpack[Look]
) -> Picture | Axes:
    """Pareto chart: errors by category, the commonest first, and the share that they add up to.

    Parameters
    ----------
    table : DataFrame
        Of :func:`callstats.qa.error_pareto`; with a period its rates of the period before are
        drawn as rings.
    category : str
        Its column with the categories.

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
    left_out = len(rows) - min(len(rows), MANY_BARS)
    rows = rows.iloc[order[:MANY_BARS]]
    at = np.arange(len(rows))
    size = (7.6, 1.4 + 0.3 * max(len(rows), 2))
    with drawn_on(size, ax=ax, **look) as sheet:
        axes = sheet.axes
        if not sheet.empty(len(rows)):
            _draw_bars(rows, at, sheet)
            axes.set_yticks(at, [str(name) for name in rows[category]])
            axes.set_ylim(len(rows) - 0.4, -0.6)
            right = beside(axes, at, [f"{100 * share:.0f}%" for share in rows["cumulative_share"]])
            right.set_ylabel(sheet.say("pareto_sum"), color=COLOURS["muted"])
            sheet.left_out(left_out, "categories_not_drawn")
        axes.tick_params(axis="y", length=0)
        axes.set_xlim(0, None)
        as_percent(axes.xaxis)
        axes.set_xlabel(sheet.say("pareto_rate"))
        axes.grid(visible=True, axis="x")
        sheet.head(sheet.title)
        first = rows.iloc[0] if len(rows) else None
        parts = () if first is None else (first[category], f"{100 * first['rate']:.1f}%")
        before = ["previous_rate"] if "previous_rate" in rows else []
        sheet.done(rows[[*needed, *before]], "alt_pareto", *parts)
    made: Picture | Axes = sheet.result
    return made


def _draw_bars(rows: pd.DataFrame, at: NDArray[np.int64], sheet: Sheet) -> None:
    """A bar a category, its rate with limits, and a ring for the period before."""
    axes = sheet.axes
    axes.barh(at, rows["rate"], height=0.6, color=COLOURS["band"])
    away = np.abs(rows[["low", "high"]].to_numpy(float).T - rows["rate"].to_numpy(float))
    bars: dict[str, Any] = {"fmt": "o", "markersize": 4, "color": COLOURS["point"]}
    axes.errorbar(
        rows["rate"], at, xerr=away, elinewidth=1.1, label=sheet.say("with_limits"), **bars
    )
    if "previous_rate" in rows:
        rings: dict[str, Any] = {"facecolors": "none", "edgecolors": COLOURS["other"]}
        axes.scatter(rows["previous_rate"], at, s=30, label=sheet.say("before"), zorder=3, **rings)


@overload
def quadrants(
    scores: Frame,
    *,
    ax: None = None,
    x: str,
    y: str,
    x_cut: float,
    y_cut: float,
    by: str | None = None,
    **look: Unpack[Look],
) -> Picture: ...
@overload
def quadrants(
    scores: Frame,
    *,
    ax: Axes,
    x: str,
    y: str,
    x_cut: float,
    y_cut: float,
    by: str | None = None,
    **look: Unpack[Look],
) -> Axes: ...
@chart
def quadrants(
    scores: Frame,
    *,
    ax: Axes | None = None,
    x: str,
    y: str,
    x_cut: float,
    y_cut: float,
    by: str | None = None,
    **look: Unpack[Look],
) -> Picture | Axes:
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

    Examples
    --------
    >>> import pandas as pd
    >>> agents = pd.DataFrame({"agent": ["anna", "ben"], "process": [92, 70], "manner": [90, 60]})
    >>> figure = quadrants(agents, x="process", y="manner", x_cut=85, y_cut=80, by="agent")
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['1 (50%)', '0 (0%)', '0 (0%)', '1 (50%)', 'ben']
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
    missing = int(rows["quadrant"].isna().sum())
    rows = rows[rows["quadrant"].notna()].sort_values(list(named), kind="stable")
    names = ("high_high", "high_low", "low_high", "low_low")
    counts = {name: int((rows["quadrant"] == name).sum()) for name in names}
    with drawn_on((6.4, 5.4), ax=ax, **look) as sheet:
        axes = sheet.axes
        if not sheet.empty(len(rows)):
            low = (rows["quadrant"] == "low_low").to_numpy(dtype=bool)
            others, lowest = rows[~low], rows[low]
            style: dict[str, Any] = {"color": COLOURS["point"], "zorder": 3}
            axes.scatter(others[x], others[y], **style | dots(len(rows), 24))
            style |= {"color": COLOURS["signal"], "marker": "D"}
            axes.scatter(lowest[x], lowest[y], **style | dots(len(lowest), 36))
            for place, name in enumerate(names):
                _write_corner(sheet, (place < 2, place % 2 == 0), name, counts)
            sheet.left_out(missing)
            if by:
                # The farthest from both cuts first, each by the spread of its scores.
                spread = rows[[x, y]].astype(float).std(ddof=0).replace(0, 1.0).fillna(1.0)
                far = ((lowest[[x, y]].astype(float) - [x_cut, y_cut]) / spread).sum(axis=1)
                lowest = lowest.iloc[np.argsort(far.to_numpy(), kind="stable")]
                sheet.names(lowest[by].tolist(), lowest[x], lowest[y])
        axes.axvline(x_cut, linewidth=1, **LIMIT)
        axes.axhline(y_cut, linewidth=1, **LIMIT)
        axes.set_xlabel(sheet.label(x))
        axes.set_ylabel(sheet.label(y))
        axes.margins(0.12)
        sheet.head(sheet.title)
        sheet.done(rows, "alt_quadrants", counts["low_low"], len(rows), counts["high_high"])
    made: Picture | Axes = sheet.result
    return made


def _write_corner(
    sheet: Sheet, corner: tuple[bool, bool], name: str, counts: Mapping[str, int]
) -> None:
    """How many rows are in a quadrant and their share, under its name where the caller gave one."""
    right, top = corner
    count, total = counts[name], sum(counts.values())
    text = f"{count} ({100 * count / total:.0f}%)"
    sheet.axes.annotate(
        f"{sheet.label(name)}\n{text}" if sheet.named(name) else text,
        (right, top),
        (-8 if right else 8, -8 if top else 8),
        xycoords="axes fraction",
        textcoords="offset points",
        ha="right" if right else "left",
        va="top" if top else "bottom",
        fontsize=11,
        color=COLOURS["muted"],
    )


@overload
def bland_altman(
    scores: Frame,
    *,
    ax: None = None,
    unit: str = "call_id",
    rater: str = "rater",
    score: str = "score",
    **look: Unpack[Look],
) -> Picture: ...
@overload
def bland_altman(
    scores: Frame,
    *,
    ax: Axes,
    unit: str = "call_id",
    rater: str = "rater",
    score: str = "score",
    **look: Unpack[Look],
) -> Axes: ...
@chart
def bland_altman(
    scores: Frame,
    *,
    ax: Axes | None = None,
    unit: str = "call_id",
    rater: str = "rater",
    score: str = "score",
    **look: Unpack[Look],
) -> Picture | Axes:
    """Differences of two raters over their mean, with the bias and the limits of agreement.

    Parameters
    ----------
    scores : DataFrame
        One row a rating, of two raters, as for :func:`callstats.qa.agreement`.
    unit, rater, score : str
        Columns with what was rated, by whom, and the rating.

    Raises
    ------
    ValueError
        Other than two raters, or no call that both rated.

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
    if len(rows) and (wide.shape[1] != 2 or not len(wide)):
        people = rows[rater].nunique()
        msg = f"scores must be of two raters of the same calls; got {people} raters"
        raise ValueError(f"{msg} and {len(wide)} calls that all rated")
    with drawn_on((7.2, 4.4), ax=ax, **look) as sheet:
        axes, data = sheet.axes, wide.reset_index()
        parts: tuple[Any, ...] = ()
        if not sheet.empty(len(rows)):
            found = qa.agreement(scores, unit=unit, rater=rater, score=score).bland_altman
            first, second = (wide[name].to_numpy(float) for name in wide.columns)
            data = pd.DataFrame({unit: wide.index, "mean": (first + second) / 2})
            data["difference"] = first - second
            limits = [f"{each.value:+.3g}" for each in (found.lower, found.upper, found.bias)]
            for limit in (found.lower, found.upper):
                axes.axhspan(limit.low, limit.high, color=COLOURS["band"], linewidth=0)
            text = sheet.say("agreement_limits", *limits[:2])
            axes.axhline(found.upper.value, linewidth=1.1, label=text, **LIMIT)
            axes.axhline(found.lower.value, linewidth=1.1, **LIMIT)
            line: dict[str, Any] = {"color": COLOURS["point"], "linewidth": 1.3}
            axes.axhline(found.bias.value, label=sheet.say("bias", limits[2]), **line)
            axes.axhline(0, color=COLOURS["muted"], linewidth=0.7)
            style: dict[str, Any] = {"color": COLOURS["ink"], "zorder": 3, **dots(len(data), 22)}
            axes.scatter(data["mean"], data["difference"], **style)
            axes.set_ylabel(f"{wide.columns[0]} \N{MINUS SIGN} {wide.columns[1]}")
            parts = (wide.columns[0], limits[2], wide.columns[1], *limits[:2])
        axes.set_xlabel(sheet.say("mean_of_two"))
        sheet.head(sheet.title)
        sheet.done(data, "alt_bland_altman", *parts)
    made: Picture | Axes = sheet.result
    return made
