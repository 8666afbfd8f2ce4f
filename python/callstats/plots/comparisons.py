"""Pictures of comparisons: effects of a pilot, units, splits, series, placebo dates, gap curves."""

from __future__ import annotations

import math
from itertools import combinations
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import pandas as pd

from callstats._tables.checks import shown
from callstats.compare import GapCurve, Pilot, Plan, Series
from callstats.compare.teams.units import by_unit, treated_flags
from callstats.plots.sheet import MANY, chart, drawn_on
from callstats.plots.style import COLOURS, LIMIT, as_percent, rows_of

if TYPE_CHECKING:
    from typing import Unpack

    from matplotlib.axes import Axes
    from matplotlib.figure import FigureBase

    from callstats.plots.picture import Picture
    from callstats.plots.sheet import Look, Sheet
    from callstats.typing import Frame

__all__ = ["gap_curve", "pilot_effects", "pilot_units", "placebo_dates", "series", "splits"]

#: Effects of one picture, and topics of one.
_MOST_ROWS = 60
_MOST_TOPICS = 8
#: Splits that are all made for a picture.
_MOST_SPLITS = 200_000
_BARE: dict[str, Any] = {"color": COLOURS["muted"], "linewidth": 0.8}


def _a_result(name: str, value: Any, kind: type, source: str) -> None:
    if not isinstance(value, kind):
        msg = f"{name} must be what {source} gives; got {shown(value)}"
        raise TypeError(msg)


@overload
def pilot_effects(effects: Frame, *, ax: None = None, **look: Unpack[Look]) -> Picture: ...
@overload
def pilot_effects(effects: Frame, *, ax: Axes, **look: Unpack[Look]) -> Axes: ...
@chart
def pilot_effects(
    effects: Frame, *, ax: Axes | None = None, **look: Unpack[Look]
) -> Picture | Axes:
    """Effects of a pilot as dots, with the limits of t (thick) and of every split (thin).

    Measures have different units: each effect is drawn in units of what the pilot could have seen,
    so that beyond 1 an effect had four chances in five to be found. The greatest stands first.

    Parameters
    ----------
    effects : DataFrame
        Of :func:`callstats.compare.pilot` (``found.effects``) or :func:`callstats.compare.effects`;
        at most 60 rows with a known spread.

    Raises
    ------
    ValueError
        More than 60 rows.

    Examples
    --------
    >>> import pandas as pd
    >>> from callstats import compare
    >>> changes = pd.DataFrame({"unit": list("ABCDEF"), "aht": [-9, -7, -8, 1, 0, 2.0]})
    >>> found = compare.effects(changes, treated=["A", "B", "C"])
    >>> [text.get_text() for text in pilot_effects(found).axes[0].get_yticklabels()]
    ['average handle time']
    """
    ends = ["low", "high", "exact_low", "exact_high"]
    rows = rows_of(effects, "effects", ["measure", "effect", *ends, "smallest_effect", "verdict"])
    rows = rows[rows["smallest_effect"] > 0]
    if len(rows) > _MOST_ROWS:
        msg = f"effects must have at most {_MOST_ROWS} rows to draw; got {len(rows)}"
        raise ValueError(msg)
    data = rows[["measure", "effect", *ends, "smallest_effect"]].assign(
        units=rows["effect"] / rows["smallest_effect"],
        shown=~rows["verdict"].isin(["not shown", "too small to matter"]),
    )
    data = data.sort_values(["units", "measure"], ascending=False, kind="stable", ignore_index=True)
    data["at"] = np.arange(len(data))
    with drawn_on((7.6, 1.6 + 0.28 * len(data)), ax=ax, **look) as sheet:
        if not sheet.empty(len(data)):
            _draw_effects(sheet, data)
        sheet.head(sheet.title)
        best = data["measure"].map(sheet.label)[:1].tolist()
        sheet.done(data, "alt_pilot_effects", int(data["shown"].sum()), len(data), *best)
    made: Picture | Axes = sheet.result
    return made


def _draw_effects(sheet: Sheet, data: pd.DataFrame) -> None:
    axes, unit, at = sheet.axes, data["smallest_effect"].to_numpy(float), data["at"].to_numpy()
    for ends, width, key in (("exact_", 0.9, "compare_exact"), ("", 2.6, "compare_t")):
        low, high = (data[f"{ends}{end}"].to_numpy(float) / unit for end in ("low", "high"))
        known = np.isfinite(low) & np.isfinite(high)
        look: dict[str, Any] = {"color": COLOURS["point"], "linewidth": width}
        axes.hlines(at[known], low[known], high[known], label=sheet.say(key), **look)
    for mask, role, mark, key in (
        (~data["shown"], "muted", "o", "compare_not_shown"),
        (data["shown"], "signal", "D", "compare_shown"),
    ):
        look = {"s": 34, "color": COLOURS[role], "marker": mark, "zorder": 3}
        axes.scatter(data["units"][mask], data["at"][mask], label=sheet.say(key), **look)
    axes.axvline(0, **_BARE)
    for edge in (-1, 1):
        axes.axvline(edge, linewidth=0.9, **LIMIT)
    axes.set_yticks(at, [sheet.label(str(name)) for name in data["measure"]])
    axes.set_ylim(len(data) - 0.4, -0.6)
    axes.grid(visible=True, axis="x")
    axes.set_xlabel(sheet.say("compare_axis"))


@overload
def pilot_units(
    found: Pilot, *, measure: str, ax: None = None, **look: Unpack[Look]
) -> Picture: ...
@overload
def pilot_units(found: Pilot, *, measure: str, ax: Axes, **look: Unpack[Look]) -> Axes: ...
@chart
def pilot_units(
    found: Pilot, *, measure: str, ax: Axes | None = None, **look: Unpack[Look]
) -> Picture | Axes:
    """One line a unit from before to after: who was treated, and how far units move anyway.

    The ten units that moved most have their names, treated ones first.

    Parameters
    ----------
    found : Pilot
        Of :func:`callstats.compare.pilot`.
    measure : str
        Which of its measures.

    Raises
    ------
    TypeError
        It is no pilot.
    ValueError
        It has no such measure.

    Examples
    --------
    >>> import pandas as pd
    >>> from callstats import compare
    >>> rows = pd.DataFrame({"team": list("ABCD") * 2})
    >>> rows["aht"] = [300, 290, 310, 305, 280, 270, 309, 306]
    >>> rows["start"] = pd.to_datetime(["2025-03-03"] * 4 + ["2025-04-07"] * 4)
    >>> found = compare.pilot(
    ...     rows, treated=["A", "B"], measures="aht", before=("2025-03-01", "2025-04-01"),
    ...     after=("2025-04-01", "2025-05-01"))
    >>> pilot_units(found, measure="aht").data["unit"].tolist()
    ['A', 'B', 'C', 'D']
    """
    _a_result("found", found, Pilot, "compare.pilot")
    rows = rows_of(found.units, "found", ["unit", "treated", "measure", "before", "after"])
    wanted = [isinstance(measure, str) and name == measure for name in rows["measure"]]
    own = rows[np.array(wanted, bool)]
    if not len(own) and len(rows):
        msg = f"measure must be among {rows['measure'].unique().tolist()}; got {shown(measure)}"
        raise ValueError(msg)
    data = own[["unit", "treated", "before", "after"]].astype(
        {"treated": bool, "before": float, "after": float}
    )
    moved = (data["after"] - data["before"]).abs()
    data = data.assign(moved=moved).sort_values(
        ["treated", "moved", "unit"], ascending=[False, False, True], ignore_index=True
    )
    with drawn_on((6.0, 4.2), ax=ax, **look) as sheet:
        axes = sheet.axes
        if not sheet.empty(len(data)):
            thin = {"linewidth": 0.5, "alpha": 0.4} if len(data) >= MANY else {}
            for arm, key, role, width in (
                (True, "compare_own", "other", 1.6),
                (False, "compare_rest", "point", 1.0),
            ):
                ends = data.loc[data["treated"] == arm, ["before", "after"]].to_numpy()
                # One line that breaks between units.
                y = np.column_stack([ends, np.full(len(ends), np.nan)]).ravel()
                line: dict[str, Any] = {"color": COLOURS[role], "linewidth": width, **thin}
                mark: dict[str, Any] = {
                    "marker": "o" if arm else "s",
                    "markersize": 1.5 if thin else 4,
                }
                text = sheet.say(key)
                axes.plot(np.tile([0, 1, np.nan], len(ends)), y, label=text, **line, **mark)
            sheet.names(data["unit"].tolist(), np.ones(len(data)), data["after"])
        axes.set_xticks([0, 1], [sheet.say("compare_before"), sheet.say("compare_after")])
        axes.set_xlim(-0.15, 1.4)
        axes.set_ylabel(sheet.label(measure))
        axes.grid(visible=True, axis="y")
        sheet.head(sheet.title)
        means = data.groupby("treated")[["before", "after"]].mean()
        changes = means["after"] - means["before"]
        parts = [f"{changes.get(arm, math.nan):+.3g}" for arm in (True, False)]
        sheet.done(data.drop(columns="moved"), "alt_pilot_units", sheet.label(measure), *parts)
    made: Picture | Axes = sheet.result
    return made


@overload
def splits(values: Any, treated: Any, *, ax: None = None, **look: Unpack[Look]) -> Picture: ...
@overload
def splits(values: Any, treated: Any, *, ax: Axes, **look: Unpack[Look]) -> Axes: ...
@chart
def splits(
    values: Any, treated: Any, *, ax: Axes | None = None, **look: Unpack[Look]
) -> Picture | Axes:
    """Every split that chance could have made, by its difference, and the one that was made.

    Parameters
    ----------
    values : mapping or Series
        One number a unit, as for :func:`callstats.compare.permutation`; at most 200,000 splits.
    treated : sequence, mapping, Series or Plan
        The treated units. A plan's splits are those drawn.

    Raises
    ------
    ValueError
        More splits than can be drawn, or units that are unknown.

    Examples
    --------
    >>> picture = splits({"A": -4.2, "B": -0.6, "C": 0.6, "D": -1.5}, treated=["A", "B"])
    >>> picture.axes[0].get_xlabel()
    'difference of the arms in each possible split'
    """
    names, own = by_unit("values", values)
    flags = treated_flags(treated, names)
    units, arm = len(names), int(flags.sum())
    if math.comb(units, arm) > _MOST_SPLITS:
        msg = f"values must have at most {_MOST_SPLITS:,} splits to draw; got {units} units"
        raise ValueError(msg)
    sets = np.array(list(combinations(range(units), arm)))
    if isinstance(treated, Plan):
        sets = np.asarray(treated.members, int)
    sums = own[sets].sum(axis=1)
    differences = sums / arm - (own.sum() - sums) / (units - arm)
    made_one = float(own[flags].mean() - own[~flags].mean())
    bins = min(60, max(8, len(differences) // 6))
    counts, edges = np.histogram(differences, bins=bins)
    data = pd.DataFrame({"from": edges[:-1], "to": edges[1:], "splits": counts})
    with drawn_on((7.0, 3.4), ax=ax, **look) as sheet:
        axes = sheet.axes
        bar: dict[str, Any] = {"color": COLOURS["point"], "edgecolor": "white", "align": "edge"}
        text = sheet.say("compare_splits")
        axes.bar(edges[:-1], counts, width=np.diff(edges), label=text, **bar)
        line: dict[str, Any] = {"color": COLOURS["signal"], "linewidth": 2}
        axes.axvline(made_one, label=sheet.say("compare_made"), **line)
        axes.set_xlabel(sheet.say("compare_difference"))
        axes.set_ylabel(sheet.say("compare_splits"))
        sheet.head(sheet.title)
        as_far = int((np.abs(differences) >= abs(made_one) - 1e-12 * np.abs(own).max()).sum())
        sheet.done(data, "alt_splits", as_far, len(differences), f"{made_one:+.3g}")
    made: Picture | Axes = sheet.result
    return made


@overload
def series(found: Series, *, ax: None = None, **look: Unpack[Look]) -> Picture: ...
@overload
def series(found: Series, *, ax: Axes, **look: Unpack[Look]) -> Axes: ...
@chart
def series(found: Series, *, ax: Axes | None = None, **look: Unpack[Look]) -> Picture | Axes:
    """A daily series, what was to be expected of it without the change, and the band of that.

    Parameters
    ----------
    found : Series
        Of :func:`callstats.compare.series`.

    Raises
    ------
    TypeError
        It is no such result.

    Examples
    --------
    >>> import pandas as pd
    >>> from callstats import compare
    >>> days = pd.DataFrame({"start": pd.date_range("2025-03-03", periods=24)})
    >>> days["aht"] = [49, 50, 46, 51, 50, 50, 48, 49, 45, 47, 46, 52] * 2
    >>> found = compare.series(days, change="2025-03-15", value="aht", weekday=False)
    >>> len(series(found).axes[0].lines)
    3
    """
    _a_result("found", found, Series, "compare.series")
    rows = rows_of(found.curve, "found", ["time", "seen", "expected", "low", "high"])
    data = rows.sort_values("time", kind="stable", ignore_index=True)
    effects = rows_of(found.effects, "found", ["change", "effect", "low", "high"])
    at = np.arange(len(data))
    with drawn_on((8.0, 3.6), ax=ax, **look) as sheet:
        axes = sheet.axes
        if not sheet.empty(len(data)):
            band: dict[str, Any] = {"color": COLOURS["band"], "linewidth": 0}
            axes.fill_between(
                at, data["low"], data["high"], label=sheet.say("compare_band"), **band
            )
            text = sheet.say("compare_expected")
            axes.plot(at, data["expected"], linewidth=1.2, label=text, **LIMIT)
            thin = len(data) >= MANY
            line: dict[str, Any] = {"color": COLOURS["point"], "linewidth": 0.6 if thin else 1}
            line |= {"marker": "o", "markersize": 1 if thin else 3.5}
            axes.plot(at, data["seen"], label=sheet.say("compare_seen"), **line)
            for number, change in enumerate(effects["change"]):
                place = int((data["time"] < change).sum()) - 0.5
                text = "" if number else sheet.say("compare_change")
                axes.axvline(place, color=COLOURS["other"], linewidth=1.4, label=text or None)
            sheet.times(data["time"])
        axes.set_ylabel(sheet.label("seen"))
        axes.grid(visible=True, axis="y")
        sheet.head(sheet.title)
        parts = [f"{each:.3g}" for each in effects[["effect", "low", "high"]].iloc[0]]
        sheet.done(data[["time", "seen", "expected", "low", "high"]], "alt_series", *parts)
    made: Picture | Axes = sheet.result
    return made


@overload
def placebo_dates(found: Series, *, ax: None = None, **look: Unpack[Look]) -> Picture: ...
@overload
def placebo_dates(found: Series, *, ax: Axes, **look: Unpack[Look]) -> Axes: ...
@chart
def placebo_dates(found: Series, *, ax: Axes | None = None, **look: Unpack[Look]) -> Picture | Axes:
    """The effect at every earlier date on which nothing was done, beside that of the change.

    Parameters
    ----------
    found : Series
        Of :func:`callstats.compare.series` with ``placebo=True``.

    Raises
    ------
    TypeError
        It is no such result.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from callstats import compare
    >>> days = pd.DataFrame({"start": pd.date_range("2025-03-03", periods=50)})
    >>> days["aht"] = 300 + 5 * np.sin(np.arange(50) ** 2)
    >>> found = compare.series(days, change="2025-04-09", value="aht", placebo=True, weekday=False)
    >>> len(placebo_dates(found).axes[0].collections[0].get_offsets())
    13
    """
    _a_result("found", found, Series, "compare.series")
    rows = rows_of(found.placebo, "found", ["time", "effect"])
    data = rows.sort_values("time", kind="stable", ignore_index=True)[["time", "effect"]]
    data["at"] = np.arange(len(data))
    effect = float(rows_of(found.effects, "found", ["effect"])["effect"].iloc[0])
    with drawn_on((8.0, 3.2), ax=ax, **look) as sheet:
        axes = sheet.axes
        if not sheet.empty(len(data), why="placebo_none"):
            point: dict[str, Any] = {"s": 18 if len(data) < MANY else 5, "color": COLOURS["point"]}
            axes.scatter(data["at"], data["effect"], label=sheet.say("compare_placebo"), **point)
            axes.axhline(0, **_BARE)
            line: dict[str, Any] = {"color": COLOURS["signal"], "linewidth": 1.4}
            axes.axhline(effect, label=sheet.say("compare_change"), **line)
            axes.axhline(-effect, linestyle=":", **line)
            sheet.times(data["time"])
        axes.set_ylabel(sheet.label("effect"))
        sheet.head(sheet.title)
        as_large = int((data["effect"].abs() >= abs(effect)).sum())
        sheet.done(data, "alt_placebo", as_large, len(data), f"{effect:+.3g}")
    made: Picture | Axes = sheet.result
    return made


@overload
def gap_curve(found: GapCurve, *, figure: None = None, **look: Unpack[Look]) -> Picture: ...
@overload
def gap_curve(found: GapCurve, *, figure: FigureBase, **look: Unpack[Look]) -> FigureBase: ...
@chart
def gap_curve(
    found: GapCurve, *, figure: FigureBase | None = None, **look: Unpack[Look]
) -> Picture | FigureBase:
    """A daily share with its phases between fixes, their limits, and the day of the largest change.

    Days beyond the limits are red diamonds; the largest change is dotted.

    Parameters
    ----------
    found : GapCurve
        Of :func:`callstats.compare.gap_curve`; at most 8 topics, a panel each.

    Raises
    ------
    TypeError
        It is no such result.
    ValueError
        More than 8 topics.

    Examples
    --------
    >>> import pandas as pd
    >>> from callstats import compare
    >>> days = pd.DataFrame({"start": pd.date_range("2025-03-03", periods=42), "size": 40})
    >>> days["events"] = [6] * 21 + [2] * 21
    >>> found = compare.gap_curve(days, fixes=["2025-03-24"])
    >>> gap_curve(found, title="Identity not checked").axes[0].get_title(loc="left")
    'Identity not checked'
    """
    _a_result("found", found, GapCurve, "compare.gap_curve")
    columns = ["time", "point", "centre", "lower", "upper", "signal", "phase"]
    curve = rows_of(found.curve, "found", columns)
    changes = rows_of(found.changes, "found", ["start"])
    label = str(curve.columns[0])
    data = curve.sort_values([label, "time"], kind="stable", ignore_index=True)[[label, *columns]]
    topics = list(dict.fromkeys(data[label]))
    if len(topics) > _MOST_TOPICS:
        msg = f"found must have at most {_MOST_TOPICS} topics to draw; got {len(topics)}"
        raise ValueError(msg)
    panels = max(len(topics), 1)
    with drawn_on((8.0, 0.6 + 2.6 * panels), figure=figure, panels=panels, **look) as sheet:
        sheet.empty(len(topics))
        for axes, topic in zip(sheet.panels, topics, strict=False):
            rows = data[data[label] == topic].reset_index(drop=True)
            start = changes.loc[changes[label] == topic, "start"].iloc[0]
            _draw_gap(sheet, axes, rows, start)
            sheet.head(None if len(topics) == 1 else str(topic), axes=axes)
        if len(topics) > 1:
            sheet.over(sheet.title)
        else:
            sheet.head(sheet.title)
        signals = int(data["signal"].astype(bool).sum())
        sheet.done(data, "alt_gap_curve", signals, len(data))
    made: Picture | FigureBase = sheet.result
    return made


def _draw_gap(sheet: Sheet, axes: Axes, rows: pd.DataFrame, start: Any) -> None:
    at, thin = np.arange(len(rows)), len(rows) >= MANY
    edges = np.flatnonzero(np.diff(rows["phase"].to_numpy())) + 1
    point: dict[str, Any] = {"color": COLOURS["point"], "linewidth": 0.5 if thin else 1}
    axes.plot(at, rows["point"], marker="o", markersize=1 if thin else 3, **point)
    for number, phase in enumerate(np.split(at, edges)):
        part = rows.iloc[phase]
        text = None if number else sheet.say("compare_phase")
        axes.plot(phase, part["centre"], color=COLOURS["muted"], linewidth=1.2, label=text)
        for column in ("lower", "upper"):
            text = sheet.say("limits") if number == 0 and column == "lower" else None
            axes.plot(phase, part[column], linewidth=0.9, label=text, **LIMIT)
    hit = rows["signal"].to_numpy(bool)
    mark: dict[str, Any] = {"s": 42, "marker": "D", "color": COLOURS["signal"], "zorder": 3}
    axes.scatter(at[hit], rows["point"][hit], label=sheet.say("signal"), **mark)
    for edge in edges:
        axes.axvline(edge - 0.5, color=COLOURS["other"], linewidth=1.4)
    if not pd.isna(start):
        place = int((rows["time"] < start).sum()) - 0.5
        look: dict[str, Any] = {"color": COLOURS["ink"], "linewidth": 1, "linestyle": ":"}
        axes.axvline(place, label=sheet.say("compare_largest"), **look)
    sheet.times(rows["time"], axes)
    as_percent(axes.yaxis)
    axes.set_ylabel(sheet.label("point_share"))
    axes.grid(visible=True, axis="y")
