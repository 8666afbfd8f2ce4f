"""Pictures of comparisons: effects of a pilot, units, splits, series, placebo dates, gap curves."""

from __future__ import annotations

import math
from itertools import combinations
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from callstats._tables.checks import shown
from callstats.compare import GapCurve, Pilot, Series
from callstats.compare.teams.units import by_unit, treated_flags
from callstats.plots.dates import date_ticks
from callstats.plots.style import COLOURS, LIMIT, figure, headed, rows_of, stacked, styled
from callstats.plots.words import say

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from callstats.plots.picture import Picture
    from callstats.typing import Frame

    Language = Literal["en", "zh"]

__all__ = ["gap_curve", "pilot_effects", "pilot_units", "placebo_dates", "series", "splits"]

#: Effects of one picture, and topics of one.
_MOST_ROWS = 60
_MOST_TOPICS = 8
#: Splits that are all made for a picture.
_MOST_SPLITS = 200_000


def _a_result(name: str, value: Any, kind: type, source: str) -> Any:
    if not isinstance(value, kind):
        msg = f"{name} must be what {source} gives; got {shown(value)}"
        raise TypeError(msg)
    return value


def pilot_effects(
    effects: Frame, *, title: str | None = None, language: Language = "en"
) -> Picture:
    """Effects of a pilot as dots, with the limits of t (thick) and of every split (thin).

    Measures have different units: each effect is drawn in units of what the pilot could have seen,
    so that beyond 1 an effect had four chances in five to be found.

    Parameters
    ----------
    effects : DataFrame
        Of :func:`callstats.compare.pilot` (``found.effects``) or :func:`callstats.compare.effects`;
        at most 60 rows with a known spread.
    title : str, optional
        What is drawn, in words.
    language : {"en", "zh"}
        The language of the words.

    Returns
    -------
    Picture
        To be saved by its ``savefig``, or shown in a notebook.

    Raises
    ------
    MissingColumnError
        A column is not there.
    ValueError
        More than 60 rows.

    Examples
    --------
    >>> import pandas as pd
    >>> from callstats import compare
    >>> changes = pd.DataFrame({"unit": list("ABCDEF"), "aht": [-9, -7, -8, 1, 0, 2.0]})
    >>> found = compare.effects(changes, treated=["A", "B", "C"])
    >>> [text.get_text() for text in pilot_effects(found).axes[0].get_yticklabels()]
    ['aht']
    """
    columns = ["measure", "effect", "low", "high", "exact_low", "exact_high", "smallest_effect"]
    rows = rows_of(effects, "effects", [*columns, "verdict"])
    rows = rows[rows["smallest_effect"] > 0].reset_index(drop=True)
    if len(rows) > _MOST_ROWS:
        msg = f"effects must have at most {_MOST_ROWS} rows to draw; got {len(rows)}"
        raise ValueError(msg)
    unit = rows["smallest_effect"].to_numpy(float)
    at = np.arange(len(rows))
    with styled(language):
        made, axes = figure(7.6, 1.4 + 0.28 * len(rows))
        for ends, width, key in (("exact_", 0.9, "compare_exact"), ("", 2.6, "compare_t")):
            low, high = (rows[f"{ends}{end}"].to_numpy(float) / unit for end in ("low", "high"))
            known = np.isfinite(low) & np.isfinite(high)
            axes.hlines(
                at[known],
                low[known],
                high[known],
                color=COLOURS["point"],
                linewidth=width,
                label=say(language, key),
            )
        shown_ones = ~rows["verdict"].isin(["not shown", "too small to matter"]).to_numpy()
        effect = rows["effect"].to_numpy(float) / unit
        for mask, colour, key in (
            (~shown_ones, "muted", "compare_not_shown"),
            (shown_ones, "signal", "compare_shown"),
        ):
            axes.scatter(
                effect[mask],
                at[mask],
                s=34,
                color=COLOURS[colour],
                zorder=3,
                label=say(language, key),
            )
        axes.axvline(0, color=COLOURS["muted"], linewidth=0.8)
        for edge in (-1, 1):
            axes.axvline(edge, linewidth=0.9, **LIMIT)
        axes.set_yticks(at, rows["measure"].tolist())
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.grid(visible=True, axis="x")
        axes.set_xlabel(say(language, "compare_axis"))
        headed(axes, title, columns=4)
    return made


def pilot_units(
    found: Pilot, *, measure: str, title: str | None = None, language: Language = "en"
) -> Picture:
    """One line a unit from before to after: who was treated, and how far units move anyway.

    Parameters
    ----------
    found : Pilot
        Of :func:`callstats.compare.pilot`.
    measure : str
        Which of its measures.
    title : str, optional
        What is drawn, in words.
    language : {"en", "zh"}
        The language of the words.

    Returns
    -------
    Picture
        To be saved by its ``savefig``, or shown in a notebook.

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
    >>> len(pilot_units(found, measure="aht").axes[0].lines)
    4
    """
    _a_result("found", found, Pilot, "compare.pilot")
    rows = rows_of(found.units, "found", ["unit", "treated", "measure", "before", "after"])
    own = rows[[isinstance(measure, str) and name == measure for name in rows["measure"]]]
    if not len(own):
        msg = f"measure must be among {rows['measure'].unique().tolist()}; got {shown(measure)}"
        raise ValueError(msg)
    with styled(language):
        made, axes = figure(6.0, 4.2)
        seen: set[bool] = set()
        for row in own.itertuples(index=False):
            arm = bool(row.treated)
            axes.plot(
                [0, 1],
                np.array([row.before, row.after], float),
                marker="o",
                markersize=4,
                linewidth=1.6 if arm else 1.0,
                color=COLOURS["other" if arm else "point"],
                label=None if arm in seen else say(language, f"compare_{'own' if arm else 'rest'}"),
            )
            axes.annotate(
                str(row.unit), (1, row.after), (6, -3), textcoords="offset points", fontsize=8
            )
            seen.add(arm)
        axes.set_xticks([0, 1], [say(language, "compare_before"), say(language, "compare_after")])
        axes.set_xlim(-0.15, 1.3)
        axes.grid(visible=True, axis="y")
        headed(axes, title or measure)
    return made


def splits(
    values: Any, treated: Any, *, title: str | None = None, language: Language = "en"
) -> Picture:
    """Every split that chance could have made, by its difference, and the one that was made.

    Parameters
    ----------
    values : mapping or Series
        One number a unit, as for :func:`callstats.compare.permutation`; at most 200,000 splits.
    treated : sequence, mapping, Series or Plan
        The treated units. A plan's splits are those drawn.
    title : str, optional
        What is drawn, in words.
    language : {"en", "zh"}
        The language of the words.

    Returns
    -------
    Picture
        To be saved by its ``savefig``, or shown in a notebook.

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
    from callstats.compare import Plan

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
    with styled(language):
        made, axes = figure(7.0, 3.4)
        axes.hist(
            differences,
            bins=min(60, max(8, len(differences) // 6)),
            color=COLOURS["point"],
            edgecolor="white",
            label=say(language, "compare_splits"),
        )
        axes.axvline(
            made_one, color=COLOURS["signal"], linewidth=2, label=say(language, "compare_made")
        )
        axes.set_xlabel(say(language, "compare_difference"))
        headed(axes, title)
    return made


def _dated(axes: Axes, times: Any, language: str) -> None:
    places, labels = date_ticks(times, language)
    axes.set_xticks(places, labels)


def series(found: Series, *, title: str | None = None, language: Language = "en") -> Picture:
    """A daily series, what was to be expected of it without the change, and the band of that.

    Parameters
    ----------
    found : Series
        Of :func:`callstats.compare.series`.
    title : str, optional
        What is drawn, in words.
    language : {"en", "zh"}
        The language of the words.

    Returns
    -------
    Picture
        To be saved by its ``savefig``, or shown in a notebook.

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
    changes = rows_of(found.effects, "found", ["change"])["change"]
    at = np.arange(len(rows))
    with styled(language):
        made, axes = figure(8.0, 3.6)
        axes.fill_between(
            at,
            rows["low"],
            rows["high"],
            color=COLOURS["band"],
            linewidth=0,
            label=say(language, "compare_band"),
        )
        axes.plot(
            at, rows["expected"], linewidth=1.2, label=say(language, "compare_expected"), **LIMIT
        )
        axes.plot(
            at,
            rows["seen"],
            color=COLOURS["point"],
            linewidth=1,
            marker="o",
            markersize=3.5,
            label=say(language, "compare_seen"),
        )
        for change in changes:
            axes.axvline(
                int((rows["time"] < change).sum()) - 0.5, color=COLOURS["other"], linewidth=1.4
            )
        _dated(axes, rows["time"], language)
        axes.grid(visible=True, axis="y")
        headed(axes, title)
    return made


def placebo_dates(found: Series, *, title: str | None = None, language: Language = "en") -> Picture:
    """The effect at every earlier date on which nothing was done, beside that of the change.

    Parameters
    ----------
    found : Series
        Of :func:`callstats.compare.series` with ``placebo=True``.
    title : str, optional
        What is drawn, in words.
    language : {"en", "zh"}
        The language of the words.

    Returns
    -------
    Picture
        To be saved by its ``savefig``, or shown in a notebook.

    Raises
    ------
    TypeError
        It is no such result.
    ValueError
        There are no earlier dates.

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
    if not len(rows):
        msg = "found must have placebo dates: pass placebo=True, and more days before the change"
        raise ValueError(msg)
    effect = float(rows_of(found.effects, "found", ["effect"])["effect"].iloc[0])
    with styled(language):
        made, axes = figure(8.0, 3.2)
        axes.scatter(
            np.arange(len(rows)),
            rows["effect"],
            s=18,
            color=COLOURS["point"],
            label=say(language, "compare_placebo"),
        )
        axes.axhline(0, color=COLOURS["muted"], linewidth=0.8)
        for edge in (effect, -effect):
            axes.axhline(
                edge,
                color=COLOURS["signal"],
                linewidth=1.4,
                label=say(language, "compare_change") if edge == effect else None,
                linestyle="-" if edge == effect else ":",
            )
        _dated(axes, rows["time"], language)
        headed(axes, title)
    return made


def gap_curve(found: GapCurve, *, title: str | None = None, language: Language = "en") -> Picture:
    """A daily share with its phases between fixes, their limits, and the day of the largest change.

    Parameters
    ----------
    found : GapCurve
        Of :func:`callstats.compare.gap_curve`; at most 8 topics, a panel each.
    title : str, optional
        What is drawn, in words.
    language : {"en", "zh"}
        The language of the words.

    Returns
    -------
    Picture
        Days beyond the limits are red; the largest change is dotted.

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
    curve = rows_of(found.curve, "found", ["time", "point", "centre", "lower", "upper", "signal"])
    changes = rows_of(found.changes, "found", ["start"])
    label = curve.columns[0]
    topics = list(dict.fromkeys(curve[label]))
    if len(topics) > _MOST_TOPICS:
        msg = f"found must have at most {_MOST_TOPICS} topics to draw; got {len(topics)}"
        raise ValueError(msg)
    with styled(language):
        made, panels = stacked(8.0, 0.6 + 2.6 * len(topics), len(topics))
        for place, (axes, topic) in enumerate(zip(panels, topics, strict=True)):
            rows = curve[curve[label] == topic].reset_index(drop=True)
            start = changes.loc[changes[label] == topic, "start"].iloc[0]
            _draw_gap(axes, rows, start, language)
            name = None if len(topics) == 1 else str(topic)
            headed(axes, title if place == 0 and title else name)
    return made


def _draw_gap(axes: Axes, rows: pd.DataFrame, start: Any, language: str) -> None:
    at = np.arange(len(rows))
    edges = np.flatnonzero(np.diff(rows["phase"].to_numpy())) + 1
    for number, phase in enumerate(np.split(at, edges)):
        part = rows.iloc[phase]
        axes.plot(
            phase,
            part["centre"],
            color=COLOURS["muted"],
            linewidth=1.2,
            label=None if number else say(language, "compare_phase"),
        )
        for column in ("lower", "upper"):
            named = number == 0 and column == "lower"
            axes.plot(
                phase,
                part[column],
                linewidth=0.9,
                label=say(language, "limits") if named else None,
                **LIMIT,
            )
    axes.plot(at, rows["point"], color=COLOURS["point"], linewidth=1, marker="o", markersize=3)
    hit = rows["signal"].to_numpy(bool)
    axes.scatter(at[hit], rows["point"][hit], s=42, marker="D", color=COLOURS["signal"], zorder=3)
    for edge in edges:
        axes.axvline(edge - 0.5, color=COLOURS["other"], linewidth=1.4)
    if not pd.isna(start):
        axes.axvline(
            int((rows["time"] < start).sum()) - 0.5,
            color=COLOURS["ink"],
            linewidth=1,
            linestyle=":",
            label=say(language, "compare_largest"),
        )
    _dated(axes, rows["time"], language)
    axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:g}%")
    axes.grid(visible=True, axis="y")
