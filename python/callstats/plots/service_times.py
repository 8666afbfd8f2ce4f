"""Pictures of service by time of day, of waits, of patience and of what each agent adds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

import numpy as np
import pandas as pd

from callstats._tables.checks import number, shown, whole
from callstats._tables.durations import length
from callstats.errors import MissingColumnError
from callstats.plots.dates import date_text
from callstats.plots.sheet import chart, drawn_on
from callstats.plots.style import COLOURS, LIMIT, as_percent, duration_text, rows_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Unpack

    from matplotlib.axes import Axes
    from matplotlib.figure import FigureBase
    from numpy.typing import NDArray

    from callstats.plots.picture import Picture
    from callstats.plots.sheet import Look, Sheet
    from callstats.typing import Frame

__all__ = ["heatmap", "patience", "staffing_curve", "waits"]

#: From far below the goal to far above it. The goal is yellow: neither the page nor the grey.
_LEVELS = ("#8c3a0b", "#d97f26", "#f5dfa6", "#9fc3e0", "#2046a7")
#: From little to much.
_AMOUNTS = ("#dbe6f5", "#7fa3d6", "#2046a7", "#101f4d")
_FEW = "#a9afb6"
#: Dates beyond which rows of a heat map are weekdays: five weeks.
_MOST_DATES = 35
#: Upper edges of the bands of waits, in seconds; the last band is open.
_BANDS = (0.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0)
#: Shares: drawn in percent, with the goal in the middle of the colours.
_SHARES = ("service_level", "answer_rate", "abandonment_rate", "abandonment", "occupancy")
_TIMES = ("asa", "mean_wait", "aht", "att", "mean_time_to_abandon")
#: Seconds from which waits are written as minutes and seconds.
_MINUTES_FROM = 120
_FINITE = ">= 0 and at most a year"
_YEAR = 366 * 86_400.0
#: Points of a curve that a picture can tell apart.
_POINTS = 500


@overload
def heatmap(
    table: Frame,
    *,
    ax: None = None,
    measure: str = "service_level",
    goal: float | None = None,
    few: int = 5,
    **look: Unpack[Look],
) -> Picture: ...
@overload
def heatmap(
    table: Frame,
    *,
    ax: Axes,
    measure: str = "service_level",
    goal: float | None = None,
    few: int = 5,
    **look: Unpack[Look],
) -> Axes: ...
@chart
def heatmap(
    table: Frame,
    *,
    ax: Axes | None = None,
    measure: str = "service_level",
    goal: float | None = None,
    few: int = 5,
    **look: Unpack[Look],
) -> Picture | Axes:
    """A measure by date and time of day; beyond five weeks by weekday.

    Parameters
    ----------
    table : DataFrame
        One row an interval with ``start`` and `measure`, as of :func:`callstats.kpi.summarize` with
        ``freq`` or :func:`callstats.staffing.plan`.
    measure : str, default "service_level"
        The column that is drawn.
    goal : float, optional
        The middle of the colours; default 0.8 for service levels, none for other measures.
    few : int, default 5
        Intervals of fewer calls are grey: one call would be 20 points and more.

    Examples
    --------
    >>> from callstats import datasets, kpi
    >>> calls = datasets.anonymous_bank()
    >>> picture = heatmap(kpi.summarize(calls, freq="30min"))
    >>> [label.get_text().replace(chr(10), " ") for label in picture.axes[0].get_yticklabels()][:2]
    ['Mon 1 Feb', 'Tue 2 Feb']
    """
    few = whole("few", few, 0, 10**9)
    if goal is not None:
        goal = number("goal", goal, "finite", np.isfinite)
    rows = rows_of(table, "table", ["start", measure])
    if goal is None and measure == "service_level":
        goal = 0.8
    cells = _cells(rows, measure, few)
    names = list(cells["row"].drop_duplicates())
    with drawn_on((8.6, 1.4 + 0.2 * max(len(names), 3)), ax=ax, **look) as sheet:
        shares = measure in _SHARES
        if not sheet.empty(len(cells)):
            _draw_cells(sheet, cells, names, goal, shares=shares)
            if measure in _TIMES:
                scale = sheet.axes.child_axes[0].yaxis
                scale.set_major_formatter(_minutes)
            _write_colours(sheet, cells["few"].any(), few)
        sheet.head(sheet.label(measure) if sheet.title is None else sheet.title)
        seen = cells[~cells["few"] & cells["value"].notna()]
        parts: list[object] = [sheet.label(measure)]
        if len(seen):
            order = np.argsort(seen["value"].to_numpy(float), kind="stable")
            for end in (seen.iloc[int(order[0])], seen.iloc[int(order[-1])]):
                text = f"{100 * end['value']:.0f}%" if shares else f"{end['value']:.3g}"
                parts += [text, _clock(end["slot"]), _row_text(end["row"], sheet.language)]
        sheet.done(cells, "alt_heatmap" if len(seen) else "alt_heatmap_few", *parts)
    made: Picture | Axes = sheet.result
    return made


def _cells(rows: pd.DataFrame, measure: str, few: int) -> pd.DataFrame:
    """Value and calls of each date (weekday beyond five weeks) and time of day, in order."""
    starts = pd.to_datetime(rows["start"])
    dates = starts.dt.tz_localize(None).dt.normalize()
    weekly = dates.nunique() > _MOST_DATES
    counts = next(
        (name for name in (f"{measure}_denominator", "offered", "calls") if name in rows), None
    )
    cells = pd.DataFrame(
        {
            "row": dates.dt.day_of_week if weekly else dates,
            "slot": starts.dt.hour * 60 + starts.dt.minute,
            "value": rows[measure].to_numpy(float),
            "calls": np.nan if counts is None else rows[counts].to_numpy(float),
        }
    )
    known = cells["value"].notna()
    weight = (cells["calls"] if counts else 1.0 * known).where(known, 0.0)
    cells = cells.assign(weight=weight, sum=(cells["value"] * weight).where(known, 0.0))
    total = cells.groupby(["row", "slot"], as_index=False)[["weight", "sum", "calls"]].sum()
    value = total["sum"] / total["weight"].where(total["weight"] > 0)
    total = total.assign(value=value, few=(total["calls"] < few) & value.notna())
    if counts is None:
        total = total.assign(calls=np.nan, few=False)
    return total[["row", "slot", "value", "calls", "few"]]


def _draw_cells(
    sheet: Sheet, cells: pd.DataFrame, names: list[Any], goal: float | None, *, shares: bool
) -> None:
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import LinearSegmentedColormap, Normalize, TwoSlopeNorm, to_rgba

    axes = sheet.axes
    slots = np.sort(cells["slot"].unique())
    step = int(np.diff(slots).min(initial=60)) if len(slots) > 1 else 30
    values = cells["value"].to_numpy(float)
    seen = values[np.isfinite(values)]
    low, high = (0.0, 1.0) if shares else (seen.min(initial=0.0), seen.max(initial=0.0))
    if goal is None:
        norm: Normalize = Normalize(low, high if high > low else low + 1)
        scale = LinearSegmentedColormap.from_list("amounts", _AMOUNTS)
    else:
        # The goal is in the middle wherever it lies; at the very ends the scale has one side only.
        room = 0.01 * max(high - low, 1e-9)
        low, high = min(low, goal - room), max(high, goal + room)
        norm = TwoSlopeNorm(goal, low, high)
        scale = LinearSegmentedColormap.from_list("levels", _LEVELS)
    width = (int(slots[-1]) - int(slots[0])) // step + 1
    image = np.ones((len(names), width, 4))
    places = {name: place for place, name in enumerate(names)}
    colours = scale(norm(np.nan_to_num(values)))
    colours[cells["few"].to_numpy(bool)] = to_rgba(_FEW)
    colours[~np.isfinite(values)] = 1.0
    across = (cells["slot"].to_numpy() - slots[0]) // step
    image[[places[name] for name in cells["row"]], across] = colours
    extent = (slots[0], slots[0] + width * step, len(names) - 0.5, -0.5)
    axes.imshow(image, interpolation="none", aspect="auto", extent=extent)
    axes.set_yticks(range(len(names)), [_row_text(name, sheet.language) for name in names])
    axes.tick_params(axis="y", length=0)
    axes.spines[:].set_visible(False)
    every = 60 if width * step <= 360 else 120
    ticks = np.arange(-(-slots[0] // every) * every, slots[0] + width * step + 1, every)
    axes.set_xticks(ticks, [_clock(tick) for tick in ticks])
    bar = axes.inset_axes((1.015, 0.0, 0.018, 1.0))
    axes.figure.colorbar(ScalarMappable(norm, scale), cax=bar)
    bar.tick_params(length=0, labelsize=8)
    if shares:
        as_percent(bar.yaxis)


def _write_colours(sheet: Sheet, greys: Any, few: int) -> None:
    """What grey and blank cells are, in the legend."""
    look: dict[str, Any] = {"marker": "s", "s": 60, "linewidths": 0.7}
    if greys:
        sheet.axes.scatter([], [], color=_FEW, label=sheet.say("heatmap_few", few), **look)
    look |= {"facecolors": "white", "edgecolors": COLOURS["muted"]}
    sheet.axes.scatter([], [], label=sheet.say("heatmap_none"), **look)


def _row_text(row: Any, language: str) -> str:
    from callstats.plots.words import say

    days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    if not isinstance(row, pd.Timestamp):
        return say(language, days[int(row)])
    return f"{say(language, days[row.day_of_week])} {date_text(row, language)}"


def _minutes(value: float, _: Any = None) -> str:
    return duration_text(value)


def _clock(minutes: float) -> str:
    return f"{int(minutes) // 60 % 24:02}:{int(minutes) % 60:02}"


@overload
def waits(
    table: Frame, *, ax: None = None, threshold: float | str = 20, **look: Unpack[Look]
) -> Picture: ...
@overload
def waits(table: Frame, *, ax: Axes, threshold: float | str = 20, **look: Unpack[Look]) -> Axes: ...
@chart
def waits(
    table: Frame, *, ax: Axes | None = None, threshold: float | str = 20, **look: Unpack[Look]
) -> Picture | Axes:
    """How long callers waited: shares of calls by band of wait, answered and abandoned.

    Parameters
    ----------
    table : DataFrame
        A log of calls with ``wait`` (s) and ``outcome``, or a summary of
        :func:`callstats.kpi.summarize` with ``bins``, whose rows are added up.
    threshold : duration, default 20
        Where the line of the service level stands: at the end of the band that holds it.

    Examples
    --------
    >>> import pandas as pd
    >>> calls = pd.DataFrame({"wait": [0, 5, 25, 70.0], "outcome": ["answered"] * 4})
    >>> waits(calls).data["share"].tolist()
    [0.25, 0.25, 0.0, 0.25, 0.0, 0.25, 0.0, 0.0]
    """
    limit = length("threshold", threshold, _FINITE, _is_wait)
    bands = _bands(table)
    total = float(bands["calls"].sum())
    bands["share"] = bands["calls"] / total if total else np.nan
    bands = bands if total else bands[:0]
    at = np.arange(len(bands))
    with drawn_on((8.0, 3.6), ax=ax, **look) as sheet:
        axes = sheet.axes
        within = int((bands["to"] <= limit).sum())
        if not sheet.empty(len(bands)):
            below = np.zeros(len(bands))
            parts = [("answered", "point", ""), ("abandoned", "other", "////")]
            if "answered" not in bands:
                parts = [("calls", "point", "")]
            for name, role, hatch in parts:
                heights = bands[name].to_numpy(float) / total
                style: dict[str, Any] = {"color": COLOURS[role], "width": 0.85, "hatch": hatch}
                text = sheet.say(f"waits_{name}")
                axes.bar(at, heights, bottom=below, edgecolor="white", label=text, **style)
                below = below + heights
            for place, top in enumerate(below.tolist()):
                text = f"{100 * top:.1f}%"
                axes.text(place, top, text, ha="center", va="bottom", fontsize=8)
            text = sheet.say("waits_threshold", duration_text(limit))
            axes.axvline(within - 0.5, linewidth=1, label=text, **LIMIT)
            axes.set_xticks(at, [_band_text(*ends, sheet) for ends in _ends(bands)])
            axes.set_ylim(0, 1.15 * below.max())
        as_percent(axes.yaxis)
        axes.set_ylabel(sheet.say("waits_share"))
        axes.set_xlabel(sheet.say("waits_axis"))
        axes.grid(axis="y")
        sheet.head(sheet.title)
        share = f"{100 * bands['share'][:within].sum():.1f}%"
        sheet.done(bands, "alt_waits", share, duration_text(limit))
    made: Picture | Axes = sheet.result
    return made


def _is_wait(value: float) -> bool:
    return 0 <= value <= _YEAR


def _bands(table: Frame) -> pd.DataFrame:
    """Calls by band of wait: `from` (exclusive), `to` (inclusive) and counts."""
    rows = rows_of(table, "table", [])
    if {"wait", "outcome"} <= set(rows.columns):
        uppers = [*_BANDS, np.inf]
        rows = rows[rows["outcome"].isin(["answered", "abandoned"])]
        place = np.searchsorted(uppers, rows["wait"].to_numpy(float), side="left")
        counts = {
            name: np.bincount(place[(rows["outcome"] == name).to_numpy(bool)], minlength=8)[:8]
            for name in ("answered", "abandoned")
        }
        frame = pd.DataFrame({"from": [-np.inf, *_BANDS], "to": uppers, **counts})
        return frame.assign(calls=frame["answered"] + frame["abandoned"])
    names = [name for name in rows.columns if str(name).startswith("waits_to_")]
    if not names or "waits_longer" not in rows:
        msg = "table has neither 'wait' and 'outcome' nor columns of bins, as 'waits_to_20'"
        raise MissingColumnError(msg)
    edges = [float(name.removeprefix("waits_to_")) for name in names]
    calls = [float(rows[name].sum()) for name in (*names, "waits_longer")]
    return pd.DataFrame({"from": [-np.inf, *edges], "to": [*edges, np.inf], "calls": calls})


def _ends(bands: pd.DataFrame) -> list[tuple[float, float]]:
    return list(zip(bands["from"].tolist(), bands["to"].tolist(), strict=True))


def _band_text(low: float, high: float, sheet: Sheet) -> str:
    if high <= 0:
        return sheet.say("waits_none")
    if np.isinf(high):
        return f"> {_short(low)}"
    start = _short(low) if low >= _MINUTES_FROM else f"{max(low, 0):g}"
    return f"{start}\N{EN DASH}{_short(high)}"


def _short(value: float) -> str:
    return f"{value:g} s" if value < _MINUTES_FROM else duration_text(value)


@overload
def patience(
    curve: Frame,
    *,
    ax: None = None,
    mean: float | str | None = None,
    until: float | str | None = None,
    **look: Unpack[Look],
) -> Picture: ...
@overload
def patience(
    curve: Frame,
    *,
    ax: Axes,
    mean: float | str | None = None,
    until: float | str | None = None,
    **look: Unpack[Look],
) -> Axes: ...
@chart
def patience(
    curve: Frame,
    *,
    ax: Axes | None = None,
    mean: float | str | None = None,
    until: float | str | None = None,
    **look: Unpack[Look],
) -> Picture | Axes:
    """Share of callers who would still wait: Kaplan-Meier with its band, the exponential beside it.

    Parameters
    ----------
    curve : DataFrame
        The rows of one group of :func:`callstats.kpi.patience_curve`.
    mean : duration, optional
        Mean patience of :func:`callstats.kpi.patience`, whose exponential is drawn.
    until : duration, optional
        How far the curve is drawn; default until fewer than ten callers are left.

    Raises
    ------
    ValueError
        Rows of several groups.

    Examples
    --------
    >>> from callstats import datasets, kpi
    >>> calls = datasets.anonymous_bank()
    >>> mean = kpi.patience(calls)["mean_patience"].iloc[0]
    >>> patience(kpi.patience_curve(calls), mean=mean).axes[0].get_ylabel()
    'callers who would still wait'
    """
    names = ["time", "at_risk", "survival", "survival_low", "survival_high"]
    rows = rows_of(curve, "curve", names)
    if rows["time"].duplicated().any():
        again = rows["time"][rows["time"].duplicated()].iloc[0]
        msg = f"curve must be of one group; got the time {shown(again)} more than once"
        raise ValueError(msg)
    rows = rows.sort_values("time", kind="stable").reset_index(drop=True)
    fitted = np.nan if mean is None else length("mean", mean, _FINITE, _is_wait)
    last = rows["time"].max() if len(rows) else 60.0
    if until is None:
        enough = rows["time"][rows["at_risk"] >= 10]
        end = float(enough.max()) if len(enough) else float(last)
    else:
        end = length("until", until, _FINITE, _is_wait)
    end = end if end > 0 else 60.0
    drawn = _thinned(rows[rows["time"] <= end], end)
    with drawn_on((8.0, 4.2), ax=ax, **look) as sheet:
        axes = sheet.axes
        if not sheet.empty(len(drawn)):
            time = np.concatenate([[0.0], drawn["time"], [end]])
            low, middle, high = (_stepped(drawn[name]) for name in (names[3], names[2], names[4]))
            band: dict[str, Any] = {"step": "post", "linewidth": 0, "color": COLOURS["band"]}
            axes.fill_between(time, low, high, label=sheet.say("patience_band"), **band)
            line: dict[str, Any] = {"drawstyle": "steps-post", "color": COLOURS["point"]}
            axes.plot(time, middle, linewidth=1.6, label=sheet.say("patience_seen"), **line)
            if np.isfinite(fitted) and fitted > 0:
                grid = np.linspace(0, end, 101)
                style: dict[str, Any] = {"color": COLOURS["other"], "linestyle": (0, (5, 2))}
                text = sheet.say("patience_model", duration_text(fitted))
                axes.plot(grid, np.exp(-grid / fitted), label=text, **style)
            _write_at_risk(sheet, rows, end)
        axes.set_ylim(0, 1.02)
        axes.set_xlim(0, end)
        as_percent(axes.yaxis)
        axes.set_ylabel(sheet.say("patience_axis"))
        axes.set_xlabel(sheet.say("patience_time"))
        axes.grid(axis="y")
        sheet.head(sheet.title)
        minute = drawn["survival"][drawn["time"] <= 60]
        share = f"{100 * (minute.iloc[-1] if len(minute) else 1.0):.0f}%"
        known = duration_text(fitted) if np.isfinite(fitted) else "\N{EN DASH}"
        sheet.done(drawn, "alt_patience", share, known)
    made: Picture | Axes = sheet.result
    return made


def _thinned(rows: pd.DataFrame, end: float) -> pd.DataFrame:
    """The curve at no more times than a picture can tell apart; steps keep their heights."""
    if len(rows) <= _POINTS:
        return rows
    grid = np.linspace(0, end, _POINTS)
    at = np.searchsorted(rows["time"], grid, side="right") - 1
    return rows.iloc[np.unique(at[at >= 0])]


def _stepped(values: pd.Series[Any]) -> NDArray[np.float64]:
    heights = values.to_numpy(float)
    return np.concatenate([[1.0], heights, heights[-1:]])


def _write_at_risk(sheet: Sheet, rows: pd.DataFrame, end: float) -> None:
    """Times along x, and below them how many callers were waiting still."""
    steps = (5, 15, 30, 60, 120, 300, 600, 1800, 3600)
    step = next((each for each in steps if end / each <= 9), 7200)
    ticks = np.arange(0, end + 1e-9, step)
    # At risk just before a time are those of the first event from it on.
    place = np.searchsorted(rows["time"], ticks, side="left")
    counts = [int(rows["at_risk"].iloc[each]) if each < len(rows) else 0 for each in place]
    texts = [f"{duration_text(tick)}\n{count:,}" for tick, count in zip(ticks, counts, strict=True)]
    sheet.axes.set_xticks(ticks, texts)


@overload
def staffing_curve(
    table: Frame | Mapping[str, Frame],
    *,
    figure: None = None,
    goal: float | None = 0.8,
    **look: Unpack[Look],
) -> Picture: ...
@overload
def staffing_curve(
    table: Frame | Mapping[str, Frame],
    *,
    figure: FigureBase,
    goal: float | None = 0.8,
    **look: Unpack[Look],
) -> FigureBase: ...
@chart
def staffing_curve(
    table: Frame | Mapping[str, Frame],
    *,
    figure: FigureBase | None = None,
    goal: float | None = 0.8,
    **look: Unpack[Look],
) -> Picture | FigureBase:
    """Service level by number of agents, and below it what each further agent adds.

    Parameters
    ----------
    table : DataFrame or mapping
        Of :func:`callstats.erlang.table`, or several of them by name: ``{"Erlang C": table, …}``.
    goal : float or None, default 0.8
        The service level whose agents are marked.

    Examples
    --------
    >>> from callstats import erlang
    >>> ask = {"calls": 100, "aht": 300, "threshold": 20, "agents": range(15, 25)}
    >>> models = {"C": erlang.table(**ask), "A": erlang.table(**ask, patience=180)}
    >>> picture = staffing_curve(models)
    >>> [text.get_text() for text in picture.axes[0].get_legend().get_texts()]
    ['C: 21 agents', 'A: 19 agents', 'goal 80%']
    """
    from matplotlib.ticker import MaxNLocator

    if goal is not None:
        goal = number("goal", goal, "> 0 and < 1", lambda each: 0 < each < 1)
    tables = dict(table) if isinstance(table, dict) else {"": table}
    names = ["agents", "service_level", "marginal_service_level"]
    parts = [
        rows_of(each, "table", names)[names].assign(model=name).sort_values("agents", kind="stable")
        for name, each in tables.items()
    ]
    data = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=[*names, "model"])
    layout: dict[str, Any] = {"panels": 2, "share": True, "heights": (1.6, 1)}
    with drawn_on((8.0, 5.2), figure=figure, **layout, **look) as sheet:
        level, gain = sheet.panels
        needed = []
        width = 0.8 / max(len(parts), 1)
        if not sheet.empty(len(data)):
            for place, (name, rows) in enumerate(zip(tables, parts, strict=True)):
                met = rows["agents"][rows["service_level"] >= (goal or 2)]
                needed.append(f"{met.iloc[0]:g}" if len(met) else "\N{EN DASH}")
                style = _LOOKS[place % len(_LOOKS)]
                text = sheet.say("curve_needs", needed[-1]) if goal else ""
                label = ": ".join(part for part in (sheet.label(name), text) if part)
                level.plot(rows["agents"], rows["service_level"], **style, ms=3, label=label)
                at = rows["agents"] + width * (place - (len(parts) - 1) / 2)
                gain.bar(at, rows["marginal_service_level"], width=width, color=style["color"])
            if goal:
                text = sheet.say("goal", f"{100 * goal:g}%")
                level.axhline(goal, linewidth=1, label=text, **LIMIT)
        level.set_ylim(0, 1.02)
        for axes in (level, gain):
            as_percent(axes.yaxis)
            axes.grid(axis="y")
        gain.xaxis.set_major_locator(MaxNLocator(12, integer=True))
        gain.set_xlabel(sheet.label("agents"))
        level.set_ylabel(sheet.label("service_level"))
        sheet.head(sheet.title, axes=level)
        sheet.head(sheet.say("curve_gain"), axes=gain)
        models = "; ".join(
            f"{name}: {each}" if name else each for name, each in zip(tables, needed, strict=False)
        )
        sheet.done(
            data, "alt_curve" if goal else "alt_curve_plain", models, f"{100 * (goal or 0):g}%"
        )
    made: Picture | FigureBase = sheet.result
    return made


#: Lines of several models side by side.
_LOOKS: tuple[dict[str, Any], ...] = (
    {"color": COLOURS["point"], "marker": "o", "linestyle": "-"},
    {"color": COLOURS["other"], "marker": "s", "linestyle": (0, (5, 2))},
    {"color": COLOURS["limit"], "marker": "^", "linestyle": (0, (2, 1.5))},
    {"color": COLOURS["ink"], "marker": "d", "linestyle": (0, (6, 1, 1, 1))},
)
