"""Pictures of people side by side: units with their intervals, raters with their bias."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

import numpy as np
import pandas as pd

from callstats._tables.checks import number, one_of, shown
from callstats.errors import InvalidDataError, MissingColumnError
from callstats.plots.sheet import MANY, chart, drawn_on
from callstats.plots.style import COLOURS, LIMIT, rows_of
from callstats.presentation.columns import column, limits
from callstats.presentation.values import written

if TYPE_CHECKING:
    from typing import Unpack

    from matplotlib.axes import Axes
    from matplotlib.figure import FigureBase

    from callstats.plots.picture import Picture
    from callstats.plots.sheet import Look
    from callstats.typing import Frame

__all__ = ["caterpillar", "raters"]

#: What is drawn of a table, the first that it has.
_VALUES = ("shrunken", "mean", "false_pass", "rank_correlation", "value", "rate")
#: Units that each have a name on the axis; of more, the farthest have theirs beside them.
_MOST_NAMED = 60
_MOST_PANELS = 8


@overload
def caterpillar(
    table: Frame,
    *,
    value: str | None = None,
    by: str = "agent",
    target: float | None = None,
    ax: None = None,
    **look: Unpack[Look],
) -> Picture: ...
@overload
def caterpillar(
    table: Frame,
    *,
    value: str | None = None,
    by: str = "agent",
    target: float | None = None,
    ax: Axes,
    **look: Unpack[Look],
) -> Axes: ...
@chart
def caterpillar(
    table: Frame,
    *,
    value: str | None = None,
    by: str = "agent",
    target: float | None = None,
    ax: Axes | None = None,
    **look: Unpack[Look],
) -> Picture | Axes:
    """Units in order of their value, with intervals, beside a target.

    Where the interval holds the target nothing can be told: such units are grey. Others are red
    diamonds. Beyond 60 units the ten farthest have their names, and the rest is counted.

    Parameters
    ----------
    table : DataFrame
        Of :func:`callstats.qa.shrink`, :func:`callstats.qa.estimate` or
        :func:`callstats.qa.customer_agreement`.
    value : str, optional
        Its column that is drawn; default the first of `shrunken`, `mean`, `false_pass`,
        `rank_correlation`, `value` and `rate`. Its limits are columns beside it.
    by : str, default "agent"
        Its column with the names; rows without one, totals, are left out.
    target : float, optional
        What units are held against; default the `centre` of the table, else the mean of the values.

    Raises
    ------
    ValueError
        A unit has several rows.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"agent": ["anna", "ben"], "mean": [91, 77.0]})
    >>> table = table.assign(low=[86, 70.0], high=[95, 84.0])
    >>> caterpillar(table, target=80).data["certain"].tolist()
    [False, True]
    """
    if target is not None:
        target = number("target", target, "finite", np.isfinite)
    rows = rows_of(table, "table", [by])
    name = _value_of(rows, value)
    ends = limits(name, frozenset(map(str, rows.columns)))
    if ends is None:
        msg = f"table must have limits of {name!r}: {name}_low and {name}_high, or low and high"
        raise MissingColumnError(msg)
    columns = dict(zip((name, *ends), ("value", "low", "high"), strict=True))
    rows = rows[rows[by].notna()]
    data = rows[[by, *columns]].rename(columns=columns).dropna(subset="value")
    if data[by].duplicated().any():
        twice = data[by][data[by].duplicated()].iloc[0]
        msg = f"table must have one row a unit; got {shown(twice)} more than once: choose its rows"
        raise InvalidDataError(msg)
    data = data.sort_values(["value", by], kind="stable", ignore_index=True)
    if target is None and len(data):
        target = float(rows["centre"].iloc[0] if "centre" in rows else data["value"].mean())
    about = np.nan if target is None else target
    data["certain"] = (data["low"] > about) | (data["high"] < about)
    data["at"] = np.arange(len(data))
    height = 1.7 + 0.2 * min(len(data), _MOST_NAMED)
    with drawn_on((6.8, height), ax=ax, **look) as sheet:
        axes = sheet.axes
        if not sheet.empty(len(data)):
            few = len(data) <= _MOST_NAMED
            names = data[by].astype(str).tolist() if few else []
            sheet.intervals(data, data["certain"].to_numpy(bool), names)
            text = written([about], column(name).kind, sheet.language)[0]
            axes.axvline(about, linewidth=1, label=sheet.say("target", text), **LIMIT)
            sheet.left_out(len(rows) - len(data))
            if not few:
                first = data.assign(far=(data["value"] - about).abs())
                first = first[first["certain"]].sort_values("far", ascending=False, kind="stable")
                sheet.names(first[by].tolist(), first["value"], first["at"])
        sheet.measure(axes.xaxis, name)
        sheet.head(sheet.title)
        sheet.done(data, "alt_caterpillar", int(data["certain"].sum()), len(data))
    made: Picture | Axes = sheet.result
    return made


def _value_of(rows: pd.DataFrame, value: str | None) -> str:
    if value is None:
        value = next((name for name in _VALUES if name in rows), None)
    if not isinstance(value, str) or value not in rows.columns:
        said = f"no column {value!r}" if value else f"none of {', '.join(map(repr, _VALUES))}"
        found = ", ".join(map(repr, rows.columns))
        msg = f"table has {said}; found {found}"
        raise MissingColumnError(msg)
    return str(value)


@overload
def raters(
    table: Frame, *, statistic: str = "alpha", figure: None = None, **look: Unpack[Look]
) -> Picture: ...
@overload
def raters(
    table: Frame, *, statistic: str = "alpha", figure: FigureBase, **look: Unpack[Look]
) -> FigureBase: ...
@chart
def raters(
    table: Frame,
    *,
    statistic: str = "alpha",
    figure: FigureBase | None = None,
    **look: Unpack[Look],
) -> Picture | FigureBase:
    """How far each rater is off, with intervals, a panel an item; or agreement by item.

    Raters whose interval does not hold zero are red diamonds.

    Parameters
    ----------
    table : DataFrame
        Of :func:`callstats.qa.rater_bias`, ``raters`` of :func:`callstats.qa.agreement`, or
        :func:`callstats.qa.agreement_by`; at most 8 items of raters.
    statistic : str, default "alpha"
        Which statistic of :func:`callstats.qa.agreement_by` is drawn.

    Raises
    ------
    ValueError
        More than 8 items, or a statistic that is not there.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"rater": ["anna", "ben"], "bias": [2.5, -0.5]})
    >>> raters(table.assign(low=[1.0, -2.0], high=[4.0, 1.0])).data["certain"].tolist()
    [True, False]
    """
    rows = rows_of(table, "table", ["low", "high"])
    items, value, who = _raters_of(rows, statistic)
    data = items.sort_values(["item", who], kind="stable", ignore_index=True)
    data["certain"] = (data["low"] > 0) | (data["high"] < 0)
    names = list(dict.fromkeys(data["item"]))
    data["at"] = data.groupby("item").cumcount()
    if len(names) > _MOST_PANELS:
        msg = f"table must have at most {_MOST_PANELS} items to draw; got {len(names)}"
        raise ValueError(msg)
    panels = max(len(names), 1)
    most = min(int(data["at"].max() + 1), _MOST_NAMED) if len(data) else 1
    size = (6.8, panels * (1.2 + 0.24 * most))
    with drawn_on(size, figure=figure, panels=panels, share=True, **look) as sheet:
        sheet.empty(len(data))
        for axes, name in zip(sheet.panels, names, strict=False):
            own = data[data["item"] == name].rename(columns={value: "mean"})
            labels = own[who].astype(str).tolist() if len(own) <= MANY else []
            sheet.intervals(own, own["certain"].to_numpy(bool), labels, axes)
            axes.axvline(0, color=COLOURS["ink"], linewidth=1)
            sheet.head(str(name) if len(names) > 1 else None, axes=axes)
        sheet.panels[-1].set_xlabel(sheet.label(value if value == "bias" else statistic))
        if len(names) > 1:
            sheet.over(sheet.title)
        else:
            sheet.head(sheet.title)
        sheet.done(data, "alt_raters", int(data["certain"].sum()), len(data))
    made: Picture | FigureBase = sheet.result
    return made


def _raters_of(rows: pd.DataFrame, statistic: str) -> tuple[pd.DataFrame, str, str]:
    """The rows that are drawn with their item, the column of the value, and that of the names."""
    if "bias" in rows and "rater" in rows:
        item = next((str(name) for name in rows.columns if name != "rater"), "")
        # A table by item has the item first.
        apart = list(rows.columns).index("rater") > 0
        names: Any = rows[item] if apart else ""
        made = rows[["rater", "bias", "low", "high"]].assign(item=names)
        return made.dropna(subset="bias"), "bias", "rater"
    missing = [name for name in ("statistic", "value") if name not in rows]
    if missing:
        found = ", ".join(map(repr, rows.columns))
        msg = f"table must have 'rater' and 'bias', or 'statistic' and 'value'; found {found}"
        raise MissingColumnError(msg)
    if len(rows):
        one_of("statistic", statistic, sorted(rows["statistic"].unique().tolist()))
    own = rows[rows["statistic"] == statistic]
    who = str(rows.columns[0])
    made = pd.DataFrame({"unit": own[who], "value": own["value"], "low": own["low"]})
    return made.assign(high=own["high"], item="").dropna(subset="value"), "value", "unit"
