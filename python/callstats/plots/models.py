"""Pictures of models and choices: what was seen, two measures, effects, differences."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np
import pandas as pd

from callstats._tables.checks import mapping, number, one_of, shown
from callstats.errors import InvalidDataError
from callstats.plots.sheet import chart, dots, drawn_on
from callstats.plots.style import COLOURS, LIMIT, as_percent, rows_of
from callstats.presentation.columns import column
from callstats.presentation.values import written

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Unpack

    from matplotlib.axes import Axes

    from callstats.plots.picture import Picture
    from callstats.plots.sheet import Look, Sheet
    from callstats.typing import Frame

__all__ = ["compare", "erlang_comparison", "tornado", "trade_off"]

Measure = Literal["service_level", "abandonment_rate", "asa", "mean_wait"]
_SHARES = ("service_level", "abandonment_rate")
_MEASURES = (*_SHARES, "asa", "mean_wait")


@overload
def erlang_comparison(
    table: Frame, *, ax: None = None, measure: Measure = "service_level", **look: Unpack[Look]
) -> Picture: ...
@overload
def erlang_comparison(
    table: Frame, *, ax: Axes, measure: Measure = "service_level", **look: Unpack[Look]
) -> Axes: ...
@chart
def erlang_comparison(
    table: Frame,
    *,
    ax: Axes | None = None,
    measure: Measure = "service_level",
    **look: Unpack[Look],
) -> Picture | Axes:
    """What was seen against what Erlang A expected, a point an interval.

    Parameters
    ----------
    table : DataFrame
        Of :func:`callstats.kpi.compare_with_erlang`; of several groups, take the rows of one.
    measure : {"service_level", "abandonment_rate", "asa", "mean_wait"}
        What is drawn.

    Raises
    ------
    ValueError
        The table is of several groups.

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
    order = ["start"] if "start" in rows else [f"expected_{measure}", measure]
    rows = rows.sort_values(order, kind="stable").reset_index(drop=True)
    both = rows[[measure, f"expected_{measure}"]].to_numpy(float)
    drawable = np.isfinite(both).all(axis=1)
    interval = (rows["row"] == "interval").to_numpy(bool)
    greatest = 1.0
    if measure != "service_level" and drawable.any():
        # A lone call that waited for ever so long must not push all others into a corner.
        greatest = max(1e-3, 1.04 * float(np.quantile(both[drawable], 0.99, method="higher")))
    edge = 1.02 * greatest
    shown, total = rows[drawable & interval], rows[drawable & ~interval]
    with drawn_on((5.6, 5.8), ax=ax, **look) as sheet:
        axes = sheet.axes
        if not sheet.empty(int(drawable.sum())):
            _draw_intervals(sheet, shown, measure, limits)
            mark: dict[str, Any] = {"marker": "D", "s": 64, "color": COLOURS["other"], "zorder": 3}
            text = sheet.say("all_intervals")
            axes.scatter(total[f"expected_{measure}"], total[measure], label=text, **mark)
            axes.plot([0, greatest], [0, greatest], color=COLOURS["ink"], linewidth=0.9, zorder=1.5)
        axes.set_xlim(0, edge)
        axes.set_ylim(0, edge)
        axes.set_aspect("equal")
        for axis, side in ((axes.xaxis, "expected"), (axes.yaxis, "seen")):
            text = sheet.say(side, sheet.label(measure))
            if limits:
                as_percent(axis)
                axis.set_label_text(text)
            else:
                sheet.durations(axis, text)
        axes.grid(visible=True)
        hidden = interval & ~(drawable & (both <= edge).all(axis=1))
        sheet.left_out(int(hidden.sum()), "not_drawn")
        sheet.head(sheet.title, 3)
        columns = ["row", "calls", measure, f"expected_{measure}", *limits]
        sheet.done(pd.concat([shown, total])[columns], *_sentence(total, measure, sheet, limits))
    made: Picture | Axes = sheet.result
    return made


def _sentence(total: pd.DataFrame, measure: str, sheet: Sheet, limits: list[str]) -> list[str]:
    """What the picture says: the total as it was and as it was expected."""
    if not len(total):
        return ["alt_models_empty", sheet.label(measure)]
    figures = [float(total[name].iloc[0]) for name in (measure, f"expected_{measure}")]
    told = [f"{100 * each:.1f}%" if limits else f"{each:.0f} s" for each in figures]
    return ["alt_models", sheet.label(measure), *told]


def _draw_intervals(sheet: Sheet, rows: pd.DataFrame, measure: str, limits: list[str]) -> None:
    """A point an interval, the larger the more calls it had, with the limits of what was seen."""
    axes = sheet.axes
    seen, expected = (rows[name].to_numpy(float) for name in (measure, f"expected_{measure}"))
    if limits:
        away = np.abs(rows[limits].to_numpy(float).T - seen)
        bars: dict[str, Any] = {"fmt": "none", "ecolor": COLOURS["grid"], "elinewidth": 0.8}
        axes.errorbar(expected, seen, yerr=away, zorder=1, **bars)
    most = max([1.0, *rows["calls"]])
    look = dots(len(rows), 60) | {"color": COLOURS["point"], "zorder": 2}
    look["s"] = (8 + 52 * rows["calls"].to_numpy(float) / most) * look["s"] / 60
    axes.scatter(expected, seen, label=sheet.say("one_interval"), **{"alpha": 0.55, **look})


#: Measures of which more is better; of all others less is.
_MORE = ("service_level", "answer_rate", "satisfaction", "fcr", "adherence", "occupancy")
#: What a scenario's name says of its size: "aht +10%", "calls x1.2".
_SIZE = re.compile(r"\s*[x\u00d7*+\-\N{MINUS SIGN}]\s*\d[\d.,]*\s*(?:%|s|min|h)?\s*$")
_MOST_BARS = 60


@overload
def trade_off(
    table: Frame,
    *,
    x: str = "agents",
    y: str = "service_level",
    goal: float | None = None,
    by: str | None = None,
    ax: None = None,
    **look: Unpack[Look],
) -> Picture: ...
@overload
def trade_off(
    table: Frame,
    *,
    x: str = "agents",
    y: str = "service_level",
    goal: float | None = None,
    by: str | None = None,
    ax: Axes,
    **look: Unpack[Look],
) -> Axes: ...
@chart
def trade_off(
    table: Frame,
    *,
    x: str = "agents",
    y: str = "service_level",
    goal: float | None = None,
    by: str | None = None,
    ax: Axes | None = None,
    **look: Unpack[Look],
) -> Picture | Axes:
    """Two measures against each other: what the one costs in terms of the other.

    A row that another beats on both measures is grey. More is better of service levels, answer
    rates, satisfaction, adherence and occupancy; of all else less is.

    Parameters
    ----------
    table : DataFrame
        One row a choice, as of :func:`callstats.erlang.table` or
        :func:`callstats.staffing.pooling_table`.
    x, y : str
        Its columns that are drawn.
    goal : float, optional
        Of `y`: the region that meets it is shaded.
    by : str, optional
        Its column with names; the ten best rows have theirs.

    Examples
    --------
    >>> from callstats import erlang
    >>> table = erlang.table(calls=100, aht=300, threshold=20, agents=range(17, 23))
    >>> trade_off(table, y="asa", goal=20).data["meets"].tolist()
    [False, False, False, False, True, True]
    """
    names = [] if by is None else [by]
    rows = rows_of(table, "table", [x, y, *names])[[*names, x, y]]
    if goal is not None:
        goal = number("goal", goal, "finite", np.isfinite)
    known = rows.dropna(subset=[x, y]).astype({x: float, y: float})
    data = known.sort_values([x, y, *names], kind="stable", ignore_index=True)
    signs = [-1.0 if name in _MORE else 1.0 for name in (x, y)]
    data["dominated"] = _dominated(data[x].to_numpy() * signs[0], data[y].to_numpy() * signs[1])
    meets = np.ones(len(data), bool) if goal is None else signs[1] * data[y] <= signs[1] * goal
    data["meets"] = meets
    with drawn_on((7.0, 4.4), ax=ax, **look) as sheet:
        axes = sheet.axes
        if not sheet.empty(len(data)):
            best = ~data["dominated"].to_numpy()
            for mask, role, mark, key in (
                (~best, "muted", "x", "trade_beaten"),
                (best, "point", "o", "trade_best"),
            ):
                size: dict[str, Any] = {**dots(len(data), 30), "marker": mark, "zorder": 3}
                size |= {"linewidths": 1.2 if mark == "x" else 0, "color": COLOURS[role]}
                axes.scatter(data[x][mask], data[y][mask], label=sheet.say(key), **size)
            sheet.left_out(len(rows) - len(known))
            if goal is not None:
                _shade_goal(sheet, goal, y, more=signs[1] < 0)
            if by is not None:
                named = data[best]
                sheet.names(named[by].tolist(), named[x], named[y])
        sheet.measure(axes.xaxis, x)
        sheet.measure(axes.yaxis, y)
        axes.grid(visible=True)
        sheet.head(sheet.title)
        count = int((~data["dominated"]).sum())
        sheet.done(data, "alt_trade_off", sheet.label(y), sheet.label(x), count, len(data))
    made: Picture | Axes = sheet.result
    return made


def _dominated(x: Any, y: Any) -> Any:
    """Rows that another is no worse than on both and better on one; less is better on both."""
    order = np.lexsort((y, x))
    least = np.minimum.accumulate(y[order]) if len(y) else y
    before = np.concatenate([[np.inf], least[:-1]])[: len(y)]
    # The first of equal rows beats none of them.
    beaten = before <= y[order]
    same = np.zeros(len(y), bool)
    same[1:] = (np.diff(x[order]) == 0) & (np.diff(y[order]) == 0)
    for place in np.flatnonzero(same).tolist():
        beaten[place] = beaten[place - 1]
    found = np.empty(len(y), bool)
    found[order] = beaten
    return found


def _shade_goal(sheet: Sheet, goal: float, y: str, *, more: bool) -> None:
    axes = sheet.axes
    low, high = axes.get_ylim()
    ends = (goal, max(high, goal)) if more else (min(low, goal), goal)
    axes.axhspan(*ends, color=COLOURS["band"], linewidth=0, zorder=0)
    text = sheet.say("goal", written([goal], column(y).kind, sheet.language)[0])
    axes.axhline(goal, linewidth=1, label=text, **LIMIT)
    axes.set_ylim(min(low, goal), max(high, goal))


@overload
def tornado(
    effects: Frame,
    *,
    measure: str = "service_level",
    causes: Mapping[str, str] | None = None,
    ax: None = None,
    **look: Unpack[Look],
) -> Picture: ...
@overload
def tornado(
    effects: Frame,
    *,
    measure: str = "service_level",
    causes: Mapping[str, str] | None = None,
    ax: Axes,
    **look: Unpack[Look],
) -> Axes: ...
@chart
def tornado(
    effects: Frame,
    *,
    measure: str = "service_level",
    causes: Mapping[str, str] | None = None,
    ax: Axes | None = None,
    **look: Unpack[Look],
) -> Picture | Axes:
    """What each change does to one measure, the largest effect on top, from the base line.

    Scenarios of one cause share a bar: their names differ in a size alone, as "aht +10%" and
    "aht -10%" do, or `causes` says so.

    Parameters
    ----------
    effects : DataFrame
        Of :func:`callstats.staffing.compare_scenarios`, of one group; at most 60 causes.
    measure : str, default "service_level"
        Which of its measures.
    causes : mapping, optional
        Scenarios to their causes.

    Raises
    ------
    ValueError
        Rows of several groups, or more than 60 causes.

    Examples
    --------
    >>> import pandas as pd
    >>> effects = pd.DataFrame({"scenario": ["aht +10%", "aht -10%", "calls +10%"]})
    >>> effects = effects.assign(measure="service_level", base=0.8, value=[0.7, 0.88, 0.74])
    >>> [label.get_text() for label in tornado(effects).axes[0].get_yticklabels()]
    ['aht', 'calls']
    """
    rows = rows_of(effects, "effects", ["scenario", "measure", "base", "value"])
    rows = _of_measure(rows, measure).dropna(subset=["base", "value"])
    if rows["scenario"].duplicated().any():
        twice = rows["scenario"][rows["scenario"].duplicated()].iloc[0]
        msg = f"effects must be of one group; got {shown(twice)} more than once: choose its rows"
        raise InvalidDataError(msg)
    named = mapping("causes", causes or {}, "scenarios to their causes")
    names = rows["scenario"].astype(str)
    cause = [str(named.get(name) or _SIZE.sub("", name) or name) for name in names]
    data = rows[["scenario", "base", "value"]].assign(cause=cause)
    data["difference"] = data["value"] - data["base"]
    size = data["difference"].abs().groupby(data["cause"]).transform("max")
    data = data.assign(size=size).sort_values(
        ["size", "cause", "difference"], ascending=[False, True, True], ignore_index=True
    )
    data["at"] = pd.factorize(data["cause"])[0]
    bars = int(data["at"].max() + 1) if len(data) else 0
    if bars > _MOST_BARS:
        msg = f"effects must have at most {_MOST_BARS} causes to draw; got {bars}"
        raise ValueError(msg)
    with drawn_on((7.4, 1.7 + 0.3 * bars), ax=ax, **look) as sheet:
        if not sheet.empty(len(data)):
            _draw_bars(sheet, data, measure)
        sheet.measure(sheet.axes.xaxis, measure)
        sheet.head(sheet.title)
        kind = column(measure).kind
        parts = [sheet.label(measure), *written(data["base"][:1].tolist(), kind, sheet.language)]
        if len(data):
            parts += [data["scenario"].iloc[0], written(data["value"][:1].tolist(), kind)[0]]
        columns = ["cause", "scenario", "base", "value", "difference", "at"]
        sheet.done(data[columns], "alt_tornado", *parts)
    made: Picture | Axes = sheet.result
    return made


def _of_measure(rows: pd.DataFrame, measure: str) -> pd.DataFrame:
    """The rows of one measure, which must be among those of the table."""
    if not isinstance(measure, str):
        msg = f"measure must be the name of a measure; got {shown(measure)}"
        raise TypeError(msg)
    if len(rows):
        one_of("measure", measure, sorted({str(each) for each in rows["measure"]}))
    return rows[rows["measure"].astype(str) == measure]


def _draw_bars(sheet: Sheet, data: pd.DataFrame, measure: str) -> None:
    axes, base = sheet.axes, float(data["base"].iloc[0])
    kind = column(measure).kind
    for mask, role, hatch, key in (
        (data["difference"] < 0, "other", "////", "tornado_less"),
        (data["difference"] >= 0, "point", "", "tornado_more"),
    ):
        own = data[mask]
        bar: dict[str, Any] = {"color": COLOURS[role], "hatch": hatch, "edgecolor": "white"}
        text = sheet.say(key)
        axes.barh(own["at"], own["difference"], left=own["base"], height=0.6, label=text, **bar)
    # The effect of a cause is written once on each side, at the end of its bar.
    text = sheet.say("tornado_base", written([base], kind, sheet.language)[0])
    axes.axvline(base, color=COLOURS["ink"], linewidth=1, label=text)
    order = data.drop_duplicates("at")
    axes.set_yticks(order["at"], order["cause"].tolist())
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(order["at"].max() + 0.6, -0.6)
    axes.grid(visible=True, axis="x")


@overload
def compare(
    found: Frame, *, measure: str = "service_level", ax: None = None, **look: Unpack[Look]
) -> Picture: ...
@overload
def compare(
    found: Frame, *, measure: str = "service_level", ax: Axes, **look: Unpack[Look]
) -> Axes: ...
@chart
def compare(
    found: Frame, *, measure: str = "service_level", ax: Axes | None = None, **look: Unpack[Look]
) -> Picture | Axes:
    """Differences of simulated centres from the first one, with their intervals and the zero line.

    Where the interval leaves zero out, a red diamond stands; else the dot is grey.

    Parameters
    ----------
    found : DataFrame
        Of :func:`callstats.simulate.compare`; at most 60 rows of the measure.
    measure : str, default "service_level"
        Which of its measures.

    Raises
    ------
    ValueError
        More than 60 rows.

    Examples
    --------
    >>> import pandas as pd
    >>> found = pd.DataFrame({"model": ["14 agents", "15 agents"], "call_type": "all"})
    >>> found = found.assign(measure="asa", mean=[-9.0, -1.0], low=[-12.0, -4.0], high=[-6.0, 2.0])
    >>> compare(found, measure="asa").data["certain"].tolist()
    [True, False]
    """
    columns = ["model", "call_type", "measure", "mean", "low", "high"]
    rows = rows_of(found, "found", columns)
    rows = _of_measure(rows, measure).dropna(subset=["mean"])
    if len(rows) > _MOST_BARS:
        msg = f"found must have at most {_MOST_BARS} rows to draw; got {len(rows)}"
        raise ValueError(msg)
    data = rows[["model", "call_type", "mean", "low", "high"]].sort_values(
        ["call_type", "model"], kind="stable", ignore_index=True
    )
    data["certain"] = (data["low"] > 0) | (data["high"] < 0)
    data["at"] = np.arange(len(data))
    several = len(set(data["call_type"])) > 1
    names = [
        f"{row.model}, {row.call_type}" if several else str(row.model) for row in data.itertuples()
    ]
    with drawn_on((7.4, 1.7 + 0.28 * len(data)), ax=ax, **look) as sheet:
        axes = sheet.axes
        if not sheet.empty(len(data)):
            sheet.intervals(data, data["certain"].to_numpy(bool), names)
            axes.axvline(0, color=COLOURS["ink"], linewidth=1)
        axes.set_xlabel(sheet.label(f"{measure}_difference"))
        if column(measure).kind == "share":
            as_percent(axes.xaxis)
        sheet.head(sheet.title)
        certain = int(data["certain"].sum())
        sheet.done(data, "alt_compare", sheet.label(measure), certain, len(data))
    made: Picture | Axes = sheet.result
    return made
