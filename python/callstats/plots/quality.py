"""Figures of samples, control charts and funnels."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from callstats._tables.checks import mapping
from callstats._tables.truths import truths_of
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
    from collections.abc import Callable, Mapping

    from matplotlib.axes import Axes

    from callstats.plots.picture import Picture
    from callstats.typing import Frame

__all__ = ["control", "funnel", "love"]

Language = Literal["en", "zh"]

#: Differences up to a tenth of a standard deviation are taken as small, by convention: P. C.
#: Austin, Statistics in Medicine 28 (2009).
SMALL = 0.1
#: Names along the axis of a control chart before they would touch.
MANY_TICKS = 12
#: Levels of one love plot: a line each, 0.19 inches high, so that a thousand are a picture of 5 m.
_MOST_LEVELS = 1000


def love(
    balance: Frame,
    *,
    compared_with: Frame | None = None,
    labels: Mapping[str, str] | None = None,
    title: str | None = None,
    language: Language = "en",
) -> Picture:
    """Love plot: how far the sample is from all recordings, level by level.

    Each dot is a level, as Monday or complaint: on the line its share is that of all recordings,
    to the right the sample has too many, to the left too few. The shares stand beside it.

    Parameters
    ----------
    balance : DataFrame
        Of :func:`callstats.qa.balance`, its rows in any order; its pooled rows are drawn, or all if
        it has none.
    compared_with : DataFrame, optional
        The balance of another sample of the same recordings, drawn as rings.
    labels : mapping, optional
        What to call the columns: ``{"talk": "length of the call"}``.
    title : str, optional
        In place of the usual one.
    language : {"en", "zh"}
        The language of the words.

    Returns
    -------
    Picture
        For ``figure.savefig("balance.png")``. What is drawn is in `balance`.

    Raises
    ------
    MissingColumnError
        It is no frame of :func:`callstats.qa.balance`.
    ValueError
        It has more than 1,000 levels.
    ImportError
        Matplotlib is not there.
    RuntimeError
        `language` is Chinese, and there is no font that has it.

    Examples
    --------
    >>> import pandas as pd
    >>> from callstats import qa
    >>> calls = pd.DataFrame({
    ...     "call_id": range(8),
    ...     "agent": "anna",
    ...     "call_type": ["order"] * 5 + ["complaint"] * 3,
    ... })
    >>> drawn = calls.iloc[[0, 1, 2, 6]]
    >>> figure = love(qa.balance(drawn, calls, columns="call_type"))
    >>> figure.axes[0].get_title(loc="left")
    'Does the sample look like all recordings?'
    """
    rows = _pooled(balance, "balance")
    if len(rows) > _MOST_LEVELS:
        msg = f"balance must have at most {_MOST_LEVELS} levels to draw; got {len(rows)}"
        raise ValueError(msg)
    other = None if compared_with is None else _pooled(compared_with, "compared_with")
    named = mapping("labels", labels or {}, "columns to what they are called")
    words = partial(say, language)
    with styled(language):
        lines = _Lines(rows, named, words)
        drawn, axes = figure(7.6, 1.1 + 0.19 * (len(rows) + lines.groups))
        _write_lines(axes, lines, rows, words)
        band = words("love_band", SMALL)
        axes.axvspan(-SMALL, SMALL, color=COLOURS["band"], linewidth=0, label=band)
        axes.axvline(0, color=COLOURS["muted"], linewidth=0.8)
        differences = rows["standardized_difference"].to_numpy(float)
        farthest = [differences]
        if other is not None:
            keys = ["column", "margin", "level"]
            joined = rows[keys].merge(other, on=keys, how="left")
            rings = joined["standardized_difference"].to_numpy(float)
            farthest.append(rings)
            look: dict[str, Any] = {"facecolors": "none", "edgecolors": COLOURS["other"]}
            axes.scatter(rings, lines.at, s=24, linewidths=1.1, label=words("other"), **look)
        look = {"color": COLOURS["point"], "linewidths": 0}
        axes.scatter(differences, lines.at, s=26, label=words("sample"), **look)
        reach = float(np.nanmax(np.abs(np.concatenate(farthest)), initial=1.5 * SMALL))
        axes.set_xlim(-1.1 * reach, 1.1 * reach)
        axes.grid(visible=True, axis="x")
        axes.set_xlabel(words("love_axis"))
        headed(axes, title or words("love_title"), borderaxespad=0.2)
    return drawn


class _Lines:
    """Where the levels stand from the top down, a line each, and what is written beside them.

    Columns have a line above their levels; a mean has the column's name itself.
    """

    def __init__(
        self, rows: pd.DataFrame, named: Mapping[str, str], words: Callable[..., str]
    ) -> None:
        self.at: list[float] = []
        self.names: list[str] = []
        self.headings: list[tuple[float, str]] = []
        self.last = 0.0
        headed = rows.groupby(["column", "margin"], sort=False, dropna=False)
        self.groups = headed.ngroups
        for (column, margin), part in headed:
            heading = words(str(margin), named.get(str(column), str(column)))
            if margin != "mean":
                self.last += 1
                self.headings.append((self.last, heading))
            for level in part["level"]:
                self.last += 1
                self.at.append(self.last)
                self.names.append(heading if margin == "mean" else _level(level, words))


def _write_lines(axes: Axes, lines: _Lines, rows: pd.DataFrame, words: Callable[..., str]) -> None:
    """Names of columns and levels on the left, the two shares of each level on the right."""
    small: dict[str, Any] = {"color": COLOURS["muted"]}
    for place, heading in lines.headings:
        across = axes.get_yaxis_transform()
        axes.text(0, place, heading, transform=across, va="center", fontsize=8.5, **small)
    axes.set_yticks(lines.at, lines.names)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(lines.last + 0.8, 0.2)
    beside(axes, lines.at, [_pair(row) for _, row in rows.iterrows()], labelsize=8)
    axes.text(1.02, 1.0, words("love_shares"), transform=axes.transAxes, fontsize=8, **small)
    axes.spines["left"].set_visible(False)


def control(
    chart: Frame,
    *,
    time: str = "start",
    title: str | None = None,
    percent: bool = False,
    language: Language = "en",
) -> Picture:
    """Control chart: points over time, their centre, and the limits that chance stays within.

    Parameters
    ----------
    chart : DataFrame
        Of :func:`callstats.qa.attribute_chart`, :func:`~callstats.qa.individuals_chart`,
        :func:`~callstats.qa.group_chart` or :func:`~callstats.qa.ewma_chart`, the rows of one group
        in any order.
    time : str
        Its column with the periods.
    title : str, optional
        What is drawn, in words.
    percent : bool
        Whether points are shares, to be shown in percent.
    language : {"en", "zh"}
        The language of the words.

    Returns
    -------
    Picture
        Signals are red and stand out as diamonds.

    Raises
    ------
    MissingColumnError
        A column is not there.
    RuntimeError
        `language` is Chinese, and there is no font that has it.
    ValueError
        Rows of several groups, which one line would join.

    Examples
    --------
    >>> import pandas as pd
    >>> from callstats import qa
    >>> weeks = pd.DataFrame({"start": range(4), "events": [3, 4, 2, 15], "size": 50})
    >>> figure = control(qa.attribute_chart(weeks), percent=True, title="Calls that failed")
    >>> figure.axes[0].get_title(loc="left")
    'Calls that failed'
    """
    rows = rows_of(chart, "chart", [time, "point", "centre", "lower", "upper", "signal"])
    rows = _of_one_group(rows, time)
    words = partial(say, language)
    at = np.arange(len(rows))
    with styled(language):
        drawn, axes = figure(8.0, 3.4)
        limits = {"drawstyle": "steps-mid", "linewidth": 1, **LIMIT}
        axes.plot(at, rows["upper"], label=words("limits"), **limits)
        axes.plot(at, rows["lower"], **limits)
        centre: dict[str, Any] = {"color": COLOURS["muted"], "linewidth": 0.9}
        axes.step(at, rows["centre"], where="mid", label=words("centre"), **centre)
        axes.plot(at, rows["point"], color=COLOURS["point"], linewidth=1, marker="o", markersize=4)
        hit = truths_of("column 'signal' of chart", rows["signal"], missing=True)
        marks: dict[str, Any] = {"s": 55, "marker": "D", "color": COLOURS["signal"], "zorder": 3}
        axes.scatter(at[hit], rows["point"][hit], label=words("signal"), **marks)
        every = max(1, -(-len(rows) // MANY_TICKS))
        axes.set_xticks(at[::every], [_period(value) for value in rows[time][::every]])
        axes.grid(visible=True, axis="y")
        if percent:
            as_percent(axes.yaxis)
        headed(axes, title, borderaxespad=0.2)
    return drawn


def funnel(
    table: Frame,
    *,
    by: str = "agent",
    title: str | None = None,
    percent: bool = False,
    language: Language = "en",
) -> Picture:
    """Funnel plot: units by size, beside limits that widen where there are few recordings.

    Only units outside of the outermost limits are named: the others do not differ for certain.

    Parameters
    ----------
    table : DataFrame
        Of :func:`callstats.qa.funnel`.
    by : str
        Its column with the names.
    title : str, optional
        What is drawn, in words.
    percent : bool
        Whether values are shares, to be shown in percent.
    language : {"en", "zh"}
        The language of the words.

    Returns
    -------
    Picture
        Units outside of the outermost limits are red diamonds with their names.

    Raises
    ------
    MissingColumnError
        A column is not there.
    RuntimeError
        `language` is Chinese, and there is no font that has it.

    Examples
    --------
    >>> import pandas as pd
    >>> from callstats import qa
    >>> agents = pd.DataFrame({"agent": list("abcd"), "events": [5, 41, 80, 30]})
    >>> table = qa.funnel(agents.assign(size=[5, 50, 100, 60]), limits="plain")
    >>> [text.get_text() for text in funnel(table).axes[0].texts]
    ['d']
    """
    rows = rows_of(table, "table", [by, "size", "value", "target", "outside"])
    rows = rows[rows["value"].notna()].sort_values(["size", "value"], kind="stable")
    words = partial(say, language)
    levels = [name.removeprefix("low_") for name in rows.columns if name.startswith("low_")]
    with styled(language):
        drawn, axes = figure(7.6, 4.4)
        for place, level in enumerate(levels):
            style: dict[str, Any] = {"color": COLOURS["limit"], "linewidth": 0.9 + 0.3 * place}
            style["linestyle"] = (0, (4, 2)) if place else (0, (1, 1.5))
            text = words("funnel_limits", level)
            axes.plot(rows["size"], rows[f"low_{level}"], label=text, **style)
            axes.plot(rows["size"], rows[f"high_{level}"], **style)
        if len(rows):
            about = float(rows["target"].iloc[0])
            written = f"{100 * about:.1f}%" if percent else f"{about:.3g}"
            axes.axhline(
                about, color=COLOURS["muted"], linewidth=0.9, label=words("target", written)
            )
        furthest = max((float(level) / 100 for level in levels), default=1.0)
        hit = (rows["outside"] >= furthest).to_numpy(dtype=bool)
        inside, beyond = rows[~hit], rows[hit]
        axes.scatter(inside["size"], inside["value"], s=22, color=COLOURS["point"], zorder=3)
        marks: dict[str, Any] = {"s": 42, "marker": "D", "color": COLOURS["signal"], "zorder": 3}
        axes.scatter(beyond["size"], beyond["value"], **marks)
        for _, row in beyond.iterrows():
            # Away from the limit that the unit is outside of.
            away = (6, 4) if row["value"] > row["target"] else (6, -11)
            where = (row["size"], row["value"])
            axes.annotate(str(row[by]), where, away, textcoords="offset points", fontsize=8.5)
        axes.grid(visible=True, axis="y")
        axes.set_xlabel(words("funnel_size"))
        if percent:
            as_percent(axes.yaxis)
        headed(axes, title, 4, borderaxespad=0.2)
    return drawn


def _pooled(balance: Frame, argument: str) -> pd.DataFrame:
    columns = ["column", "margin", "level", "sample_share", "population_share", "sample_mean"]
    rows = rows_of(balance, argument, [*columns, "population_mean", "standardized_difference"])
    if "pooled" in rows:
        pooled = truths_of(f"column 'pooled' of {argument}", rows["pooled"], missing=True)
        rows = rows[pooled] if pooled.any() else rows
    rows = rows[rows["standardized_difference"].notna()]
    order = sorted(range(len(rows)), key=[_place(row) for _, row in rows.iterrows()].__getitem__)
    return rows.iloc[order].reset_index(drop=True)


#: Margins of a column from the top of the picture down; what is not here is drawn last.
_MARGINS = ("three_hours", "weekday", "week", "band", "level", "mean")
#: Levels whose order is not that of their text.
_LEVELS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", "negative", "zero")


def _place(row: pd.Series[Any]) -> tuple[Any, ...]:
    """Where a level stands, whatever the order of the rows: column, margin, then the level."""
    margin, level = str(row["margin"]), row["level"]
    text = "" if pd.isna(level) else str(level)
    rank = _LEVELS.index(text) if text in _LEVELS else len(_LEVELS)
    # Bands are "< 60", "60-120", ..., ">= 600" and "infinite".
    bound = re.match(r"[<>= ]*([\d.]+(?:e[+-]?\d+)?)", text) if margin == "band" else None
    edge = (float(bound[1]), not text.startswith("<")) if bound else (np.inf, True)
    names = (str(row["column"]), _MARGINS.index(margin) if margin in _MARGINS else len(_MARGINS))
    return (*names, margin, pd.isna(level), rank, edge if margin == "band" else (), text)


def _of_one_group(rows: pd.DataFrame, time: str) -> pd.DataFrame:
    """The rows of a chart in the order of time; an error where they are of several groups."""
    # A chart has the columns of its groups first, then its time.
    keys = list(rows.columns[: list(rows.columns).index(time)])
    groups = rows[keys].drop_duplicates() if keys else rows[:1]
    twice = rows[time].duplicated()
    if len(groups) > 1 or twice.any():
        what = f"{len(groups)} of {', '.join(map(repr, keys))}"
        if len(groups) <= 1:
            what = f"{_period(rows[time][twice].iloc[0])!r} in {time!r} more than once"
        msg = f"chart must be of one group; got {what}: pass the rows of one"
        raise ValueError(msg)
    return rows.sort_values(time, kind="stable").reset_index(drop=True)


def _level(level: Any, words: Callable[..., str]) -> str:
    return words("missing") if pd.isna(level) else words(str(level))


def _pair(row: pd.Series[Any]) -> str:
    """The two shares or means that a dot compares."""
    figures = [row["sample_share"], row["population_share"]]
    if np.isnan(np.array(figures, dtype=float)).all():
        return f"{row['sample_mean']:.4g} / {row['population_mean']:.4g}"
    sample, whole = (f"{100 * figure:.1f}%" for figure in figures)
    return f"{sample} / {whole}"


def _period(value: Any) -> str:
    """A date without its time of day where it has none."""
    if isinstance(value, pd.Timestamp):
        midnight = value == value.normalize()
        return value.strftime("%Y-%m-%d" if midnight else "%Y-%m-%d %H:%M")
    return str(value)
