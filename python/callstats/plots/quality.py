"""Figures of samples, control charts and funnels."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import pandas as pd

from callstats._tables.truths import truths_of
from callstats.plots.sheet import MANY, chart, dots, drawn_on
from callstats.plots.style import COLOURS, LIMIT, as_percent, beside, rows_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Unpack

    from matplotlib.axes import Axes

    from callstats.plots.picture import Picture
    from callstats.plots.sheet import Look, Sheet
    from callstats.typing import Frame

__all__ = ["control", "funnel", "love"]


#: Differences up to a tenth of a standard deviation are taken as small, by convention: P. C.
#: Austin, Statistics in Medicine 28 (2009).
SMALL = 0.1
_KEYS = ["column", "margin", "level"]
_SHOWN = ["sample_share", "population_share", "sample_mean", "population_mean"]
#: Levels of one love plot: a line each, 0.19 inches high, so that a thousand are a picture of 5 m.
_MOST_LEVELS = 1000


@overload
def love(
    balance: Frame, *, ax: None = None, compared_with: Frame | None = None, **look: Unpack[Look]
) -> Picture: ...
@overload
def love(
    balance: Frame, *, ax: Axes, compared_with: Frame | None = None, **look: Unpack[Look]
) -> Axes: ...
@chart
def love(
    balance: Frame,
    *,
    ax: Axes | None = None,
    compared_with: Frame | None = None,
    **look: Unpack[Look],
) -> Picture | Axes:
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

    Raises
    ------
    ValueError
        It has more than 1,000 levels.
    ImportError
        Matplotlib is not there.

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
    groups = rows.groupby(["column", "margin"], dropna=False).ngroups
    size = (7.6, 1.2 + 0.19 * max(len(rows) + groups, 3))
    with drawn_on(size, ax=ax, **look) as sheet:
        axes = sheet.axes
        lines = _Lines(rows, sheet)
        differences = rows["standardized_difference"].to_numpy(float)
        data = rows[[*_KEYS, *_SHOWN, "standardized_difference"]].assign(at=lines.at)
        farthest = [differences]
        if not sheet.empty(len(rows)):
            _write_lines(lines, rows, sheet)
            band = sheet.say("love_band", SMALL)
            axes.axvspan(-SMALL, SMALL, color=COLOURS["band"], linewidth=0, label=band)
            axes.axvline(0, color=COLOURS["muted"], linewidth=0.8)
            if other is not None:
                joined = rows[_KEYS].merge(other, on=_KEYS, how="left")
                rings = joined["standardized_difference"].to_numpy(float)
                data["compared_with"] = rings
                farthest.append(rings)
                style: dict[str, Any] = {"facecolors": "none", "edgecolors": COLOURS["other"]}
                text = sheet.say("other")
                axes.scatter(rings, lines.at, s=24, linewidths=1.1, label=text, **style)
            style = {"color": COLOURS["point"], "linewidths": 0}
            axes.scatter(differences, lines.at, s=26, label=sheet.say("sample"), **style)
        reach = float(np.nanmax(np.abs(np.concatenate(farthest)), initial=1.5 * SMALL))
        axes.set_xlim(-1.1 * reach, 1.1 * reach)
        axes.grid(visible=True, axis="x")
        axes.set_xlabel(sheet.say("love_axis"))
        sheet.head(sheet.say("love_title") if sheet.title is None else sheet.title, 3)
        small = int((np.abs(differences) <= SMALL).sum())
        worst = rows.iloc[int(np.argmax(np.abs(differences)))] if len(rows) else None
        name, gap = "", 0.0
        if worst is not None:
            level = "" if worst["margin"] == "mean" else _level(worst["level"], sheet.say)
            name = f"{sheet.label(str(worst['column']))} {level}".strip()
            gap = float(worst["standardized_difference"])
        sheet.done(data, "alt_love", small, len(rows), SMALL, name, f"{gap:+.2f}")
    made: Picture | Axes = sheet.result
    return made


class _Lines:
    """Where the levels stand from the top down, a line each, and what is written beside them.

    Columns have a line above their levels; a mean has the column's name itself.
    """

    def __init__(self, rows: pd.DataFrame, sheet: Sheet) -> None:
        self.at: list[float] = []
        self.names: list[str] = []
        self.headings: list[tuple[float, str]] = []
        self.last = 0.0
        headed = rows.groupby(["column", "margin"], sort=False, dropna=False)
        for (column, margin), part in headed:
            heading = sheet.say(str(margin), sheet.label(str(column)))
            if margin != "mean":
                self.last += 1
                self.headings.append((self.last, heading))
            for level in part["level"]:
                self.last += 1
                self.at.append(self.last)
                self.names.append(heading if margin == "mean" else _level(level, sheet.say))


def _write_lines(lines: _Lines, rows: pd.DataFrame, sheet: Sheet) -> None:
    """Names of columns and levels on the left, the two shares of each level on the right."""
    axes = sheet.axes
    small: dict[str, Any] = {"color": COLOURS["muted"]}
    for place, heading in lines.headings:
        across = axes.get_yaxis_transform()
        axes.text(0, place, heading, transform=across, va="center", fontsize=8.5, **small)
    axes.set_yticks(lines.at, lines.names)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(lines.last + 0.8, 0.2)
    beside(axes, lines.at, [_pair(row) for _, row in rows.iterrows()], labelsize=8)
    shares = sheet.say("love_shares")
    axes.text(1.02, 1.0, shares, transform=axes.transAxes, fontsize=8, **small)
    axes.spines["left"].set_visible(False)


@overload
def control(
    chart: Frame,
    *,
    ax: None = None,
    time: str = "start",
    percent: bool | None = None,
    **look: Unpack[Look],
) -> Picture: ...
@overload
def control(
    chart: Frame,
    *,
    ax: Axes,
    time: str = "start",
    percent: bool | None = None,
    **look: Unpack[Look],
) -> Axes: ...
@chart
def control(
    chart: Frame,
    *,
    ax: Axes | None = None,
    time: str = "start",
    percent: bool | None = None,
    **look: Unpack[Look],
) -> Picture | Axes:
    """Control chart: points over time, their centre, and the limits that chance stays within.

    Parameters
    ----------
    chart : DataFrame
        Of :func:`callstats.qa.attribute_chart`, :func:`~callstats.qa.individuals_chart`,
        :func:`~callstats.qa.group_chart` or :func:`~callstats.qa.ewma_chart`, the rows of one group
        in any order.
    time : str
        Its column with the periods.
    percent : bool, optional
        Whether points are shares, to be shown in percent; default as the table says.

    Raises
    ------
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
    share = _is_share(rows, percent)
    at = np.arange(len(rows))
    hit = truths_of("column 'signal' of chart", rows["signal"], missing=True)
    with drawn_on((8.0, 3.6), ax=ax, **look) as sheet:
        axes = sheet.axes
        if not sheet.empty(len(rows)):
            limits = {"drawstyle": "steps-mid", "linewidth": 1, **LIMIT}
            axes.plot(at, rows["upper"], label=sheet.say("limits"), **limits)
            axes.plot(at, rows["lower"], **limits)
            centre: dict[str, Any] = {"color": COLOURS["muted"], "linewidth": 0.9}
            axes.step(at, rows["centre"], where="mid", label=sheet.say("centre"), **centre)
            thin = len(rows) >= MANY
            mark: dict[str, Any] = {"marker": "o", "markersize": 1.5 if thin else 4}
            mark |= {"color": COLOURS["point"], "linewidth": 0.5 if thin else 1}
            axes.plot(at, rows["point"], **mark)
            marks: dict[str, Any] = {"marker": "D", "color": COLOURS["signal"], "zorder": 3}
            text = sheet.say("signal")
            axes.scatter(at[hit], rows["point"][hit], label=text, **marks | dots(len(rows), 45))
            sheet.times(rows[time])
            sheet.left_out(int(rows["point"].isna().sum()))
        axes.grid(visible=True, axis="y")
        if share:
            as_percent(axes.yaxis)
        axes.set_ylabel(sheet.label("point_share" if share else "point"))
        sheet.head(sheet.title)
        last = np.flatnonzero(hit)
        when = _period(rows[time].iloc[last[-1]]) if last.size else ""
        data = rows[[time, "point", "centre", "lower", "upper"]].assign(signal=hit)
        sheet.done(
            data, "alt_control" if last.size else "alt_control_quiet", last.size, len(rows), when
        )
    made: Picture | Axes = sheet.result
    return made


@overload
def funnel(
    table: Frame,
    *,
    ax: None = None,
    by: str = "agent",
    percent: bool | None = None,
    **look: Unpack[Look],
) -> Picture: ...
@overload
def funnel(
    table: Frame, *, ax: Axes, by: str = "agent", percent: bool | None = None, **look: Unpack[Look]
) -> Axes: ...
@chart
def funnel(
    table: Frame,
    *,
    ax: Axes | None = None,
    by: str = "agent",
    percent: bool | None = None,
    **look: Unpack[Look],
) -> Picture | Axes:
    """Funnel plot: units by size, beside limits that widen where there are few recordings.

    Only units outside of the outermost limits are named: the others do not differ for certain.

    Parameters
    ----------
    table : DataFrame
        Of :func:`callstats.qa.funnel`.
    by : str
        Its column with the names.
    percent : bool, optional
        Whether values are shares, to be shown in percent; default as the table says.

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
    share = _is_share(rows, percent)
    missing = int(rows["value"].isna().sum())
    rows = rows[rows["value"].notna()].sort_values(["size", "value", by], kind="stable")
    levels = [name.removeprefix("low_") for name in rows.columns if name.startswith("low_")]
    furthest = max((float(level) / 100 for level in levels), default=1.0)
    hit = (rows["outside"] >= furthest).to_numpy(dtype=bool)
    with drawn_on((7.6, 4.6), ax=ax, **look) as sheet:
        axes = sheet.axes
        if not sheet.empty(len(rows)):
            _draw_limits(rows, levels, sheet)
            about = float(rows["target"].iloc[0])
            text = sheet.say("target", f"{100 * about:.1f}%" if share else f"{about:.3g}")
            axes.axhline(about, color=COLOURS["muted"], linewidth=0.9, label=text)
            inside, beyond = rows[~hit], _farthest_first(rows[hit], levels)
            style: dict[str, Any] = {"color": COLOURS["point"], "zorder": 3, **dots(len(rows), 22)}
            axes.scatter(inside["size"], inside["value"], **style)
            style |= {"color": COLOURS["signal"], "marker": "D", **dots(len(beyond), 36)}
            axes.scatter(beyond["size"], beyond["value"], **style)
            sheet.left_out(missing)
            sheet.names(beyond[by].tolist(), beyond["size"], beyond["value"])
        axes.grid(visible=True, axis="y")
        axes.set_xlabel(sheet.say("funnel_size"))
        axes.set_ylabel(sheet.label("value_share" if share else "value"))
        if share:
            as_percent(axes.yaxis)
        sheet.head(sheet.title)
        ends = [name for name in rows.columns if name.startswith(("low_", "high_"))]
        data = rows[[by, "size", "value", "target", "outside", *ends]]
        sheet.done(data, "alt_funnel", int(hit.sum()), len(rows))
    made: Picture | Axes = sheet.result
    return made


def _draw_limits(rows: pd.DataFrame, levels: list[str], sheet: Sheet) -> None:
    """Lines of the limits over all sizes; between units they run nearly as 1/√size does."""
    sizes = rows["size"].to_numpy(float)
    grid = np.geomspace(max(sizes.min(), 1e-9), max(sizes.max(), 1e-9), 200)
    at = np.unique(np.concatenate([grid, sizes]))
    for place, level in enumerate(levels):
        style: dict[str, Any] = {"color": COLOURS["limit"], "linewidth": 0.9 + 0.3 * place}
        style["linestyle"] = (0, (4, 2)) if place else (0, (1, 1.5))
        style["label"] = sheet.say("funnel_limits", level)
        for end in ("low", "high"):
            limit = rows[f"{end}_{level}"].to_numpy(float)
            order = np.argsort(-sizes, kind="stable")
            along = np.interp(1 / np.sqrt(at), 1 / np.sqrt(sizes[order]), limit[order])
            sheet.axes.plot(at, along, **style)
            style.pop("label", None)


def _farthest_first(rows: pd.DataFrame, levels: list[str]) -> pd.DataFrame:
    """Units outside, those first that are farthest outside by the width of their limits."""
    if not levels or not len(rows):
        return rows
    names = [f"low_{levels[-1]}", f"high_{levels[-1]}", "value"]
    low, high, value = rows[names].to_numpy(float).T
    over = np.maximum(value - high, low - value) / (high - low)
    first: pd.DataFrame = rows.iloc[np.argsort(-over, kind="stable").tolist()]
    return first


def _is_share(rows: pd.DataFrame, percent: bool | None) -> bool:
    """Whether values are shares: as the caller says, else as the table does."""
    if percent is not None:
        return percent
    return "kind" in rows and bool(rows["kind"].isin(["p", "p'", "proportion"]).any())


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
