"""Pictures of forecasts: against what came, their effects, their errors and their bounds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np
import pandas as pd

from callstats._tables.checks import must_be, shown
from callstats.errors import InvalidDataError
from callstats.plots.sheet import MANY, chart, drawn_on
from callstats.plots.style import COLOURS, as_percent, rows_of

if TYPE_CHECKING:
    from typing import Unpack

    from matplotlib.axes import Axes
    from matplotlib.figure import FigureBase

    from callstats.plots.picture import Picture
    from callstats.plots.sheet import Look
    from callstats.typing import Frame


__all__ = ["calibration", "forecast", "forecast_effects", "forecast_error"]

_LOWER = re.compile(r"lower(?:_(\d+(?:\.\d+)?))?")
#: Marks of methods, in the order of their names.
_STYLES = (("point", "o"), ("other", "s"), ("muted", "^"), ("limit", "D"), ("signal", "v"))


@overload
def forecast(
    forecast: Frame, actual: Frame | None = None, *, ax: None = None, **look: Unpack[Look]
) -> Picture: ...
@overload
def forecast(
    forecast: Frame, actual: Frame | None = None, *, ax: Axes, **look: Unpack[Look]
) -> Axes: ...
@chart
def forecast(
    forecast: Frame, actual: Frame | None = None, *, ax: Axes | None = None, **look: Unpack[Look]
) -> Picture | Axes:
    """A forecast with its bounds, and what came.

    Needs matplotlib, which the extra ``report`` brings.

    Parameters
    ----------
    forecast : DataFrame
        `start, volume`, and bounds if it has them, of one queue; of `callstats.forecast.predict`,
        `update` or `totals`.
    actual : DataFrame, optional
        `start, volume` of what came; other times are left out.

    Raises
    ------
    ValueError
        Rows of several queues.

    Examples
    --------
    >>> import pandas as pd
    >>> starts = pd.date_range("2025-03-03 09:00", periods=3, freq="h")
    >>> said = pd.DataFrame({"start": starts, "volume": [9.5, 12, 8], "lower": 5, "upper": 15})
    >>> forecast(said).axes[0].get_ylabel()
    'calls'
    """
    rows = rows_of(forecast, "forecast", ["start", "volume"]).sort_values("start", kind="stable")
    _require_one(rows, "start", "forecast")
    names = [name for name in rows.columns if _LOWER.fullmatch(name)]
    with drawn_on((9.0, 4.2), ax=ax, **look) as sheet:
        axes = sheet.axes
        at = np.arange(len(rows))
        bounds = [each for name in names for each in (name, name.replace("lower", "upper"))]
        data = rows[["start", "volume", *bounds]]
        if actual is not None:
            came = rows_of(actual, "actual", ["start", "volume"]).set_index("start")["volume"]
            _require_one(came.reset_index(), "start", "actual")
            data = data.assign(actual=came.reindex(rows["start"]).to_numpy())
        if not sheet.empty(len(rows)):
            # The widest bounds lie lowest.
            for name in sorted(names, key=lambda name: (rows[name] - rows["volume"]).sum()):
                upper = rows[name.replace("lower", "upper")]
                style: dict[str, Any] = {"color": COLOURS["point"], "alpha": 0.18, "lw": 0}
                text = sheet.say("forecast_bounds", name.removeprefix("lower").strip("_"))
                axes.fill_between(at, rows[name], upper, label=text, **style)
            style = {"color": COLOURS["point"], "lw": 1.6 if len(rows) < MANY else 0.7}
            axes.plot(at, rows["volume"], label=sheet.say("forecast_mean"), **style)
            if "actual" in data:
                style = {"color": COLOURS["other"], "ms": 3 if len(rows) < MANY else 1.2}
                text = sheet.say("forecast_actual")
                axes.plot(at, data["actual"], "o", label=text, **style)
            sheet.times(rows["start"])
        axes.set_ylabel(sheet.say("forecast_calls"))
        axes.set_ylim(bottom=0)
        axes.grid(axis="y")
        sheet.head(sheet.title)
        total = f"{rows['volume'].sum():,.0f}"
        if "actual" in data:
            sheet.done(data, "alt_forecast_actual", total, f"{data['actual'].sum():,.0f}")
        else:
            sheet.done(data, "alt_forecast", total, len(rows))
    made: Picture | Axes = sheet.result
    return made


def _require_one(rows: pd.DataFrame, column: str, argument: str) -> None:
    """Raise where rows of several groups lie on one another."""
    if rows[column].duplicated().any():
        twice = rows[column][rows[column].duplicated()].iloc[0]
        msg = f"{argument} must be of one queue; got {column} {shown(twice)} more than once"
        raise InvalidDataError(msg)


_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _name_order(name: str) -> tuple[int, int, str]:
    """Weekdays as in a week, days of the month by number, all else by name."""
    if name in _WEEKDAYS:
        return 0, _WEEKDAYS.index(name), name
    day = re.fullmatch(r"day (\d+)", name)
    return (1, int(day[1]), name) if day else (2, 0, name)


@overload
def forecast_effects(effects: Frame, *, figure: None = None, **look: Unpack[Look]) -> Picture: ...
@overload
def forecast_effects(effects: Frame, *, figure: FigureBase, **look: Unpack[Look]) -> FigureBase: ...
@chart
def forecast_effects(
    effects: Frame, *, figure: FigureBase | None = None, **look: Unpack[Look]
) -> Picture | FigureBase:
    """Weekdays, position in the month and special days as factors, with twice their errors.

    Needs matplotlib, which the extra ``report`` brings.

    Parameters
    ----------
    effects : DataFrame
        ``effects`` of a fitted model of `callstats.forecast.fit`, of one queue.

    Raises
    ------
    ValueError
        Rows of several queues.

    Examples
    --------
    >>> import pandas as pd
    >>> effects = pd.DataFrame(
    ...     {"effect": "weekday", "name": ["monday", "friday"], "value": [1.2, 0.8], "sd": 0.02}
    ... )
    >>> len(forecast_effects(effects).axes)
    1
    """
    rows = rows_of(effects, "effects", ["effect", "name", "value", "sd"])
    places = [_name_order(str(name)) for name in rows["name"]]
    rows = rows.iloc[sorted(range(len(rows)), key=places.__getitem__)].reset_index(drop=True)
    _require_one(
        rows.assign(name=rows["effect"].astype(str) + " " + rows["name"].astype(str)),
        "name",
        "effects",
    )
    kinds = [kind for kind in ("weekday", "month", "special") if (rows["effect"] == kind).any()]
    panels = max(len(kinds), 1)
    with drawn_on((8.0, 2.4 * panels), panels=panels, figure=figure, **look) as sheet:
        sheet.empty(len(kinds))
        for kind, axes in zip(kinds, sheet.panels, strict=False):
            own = rows[rows["effect"] == kind]
            at = np.arange(len(own))
            value, sd = own["value"].to_numpy(float), own["sd"].to_numpy(float)
            spread = np.stack((value - value * np.exp(-2 * sd), value * np.exp(2 * sd) - value))
            axes.errorbar(at, value, yerr=spread, fmt="o", color=COLOURS["point"], ms=4, lw=0.9)
            names = [str(name).removeprefix("day ") for name in own["name"]]
            axes.set_xticks(at, names)
            axes.axhline(1.0, color=COLOURS["ink"], lw=0.8, ls=":")
            as_percent(axes.yaxis, ".0f")
            axes.grid(axis="y")
            sheet.head(sheet.say(f"forecast_{kind}"), axes=axes)
        sheet.over(sheet.title)
        drawn = rows[rows["effect"].isin(kinds)]
        data = pd.concat([drawn[drawn["effect"] == kind] for kind in kinds]) if kinds else drawn
        order = np.argsort(data["value"].to_numpy(float), kind="stable")
        ends = [data.iloc[int(order[place])] for place in (0, -1)] if len(data) else []
        parts = [part for end in ends for part in (end["name"], f"{100 * end['value']:.0f}%")]
        sheet.done(data[["effect", "name", "value", "sd"]], "alt_effects", *parts)
    made: Picture | FigureBase = sheet.result
    return made


@overload
def forecast_error(
    backtest: Frame,
    *,
    ax: None = None,
    level: Literal["interval", "day"] = "interval",
    **look: Unpack[Look],
) -> Picture: ...
@overload
def forecast_error(
    backtest: Frame,
    *,
    ax: Axes,
    level: Literal["interval", "day"] = "interval",
    **look: Unpack[Look],
) -> Axes: ...
@chart
def forecast_error(
    backtest: Frame,
    *,
    ax: Axes | None = None,
    level: Literal["interval", "day"] = "interval",
    **look: Unpack[Look],
) -> Picture | Axes:
    """The error of each method by how far ahead it forecasts, and the floor that chance sets.

    Needs matplotlib, which the extra ``report`` brings.

    Parameters
    ----------
    backtest : DataFrame
        Of `callstats.forecast.backtest`, of one queue.
    level : {"interval", "day"}
        Which rows.

    Raises
    ------
    ValueError
        Rows of several queues, or a level that there is not.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"method": ["model", "model"], "lead": ["day 1", "week 1"]})
    >>> table = table.assign(level="interval", wape=[0.1, 0.12], wape_floor=0.05)
    >>> forecast_error(table).axes[0].get_ylabel()
    'WAPE'
    """
    rows = rows_of(backtest, "backtest", ["method", "lead", "level", "wape", "wape_floor"])
    must_be("level", level, "interval or day", level not in ("interval", "day"))
    rows = rows[rows["level"] == level]
    pairs = rows["method"].astype(str) + ", " + rows["lead"].astype(str)
    _require_one(rows.assign(lead=pairs), "lead", "backtest")
    leads = list(dict.fromkeys(sorted(rows["lead"], key=_lead_order)))
    with drawn_on((7.0, 4.2), ax=ax, **look) as sheet:
        axes = sheet.axes
        methods = sorted(set(rows["method"]))
        at = np.arange(len(leads))
        if not sheet.empty(len(rows)):
            for place, method in enumerate(methods):
                colour, mark = _STYLES[place % len(_STYLES)]
                own = rows[rows["method"] == method].set_index("lead")["wape"].reindex(leads)
                style: dict[str, Any] = {"color": COLOURS[colour], "marker": mark, "ms": 5}
                axes.plot(at, own, lw=1.4, label=sheet.label(method), **style)
            floor = rows.groupby("lead")["wape_floor"].min().reindex(leads)
            text = sheet.say("forecast_floor")
            axes.plot(at, floor, color=COLOURS["ink"], lw=0.9, ls=":", label=text)
            axes.set_xticks(at, leads)
        axes.set_ylabel("WAPE")
        axes.set_ylim(bottom=0)
        as_percent(axes.yaxis, ".0f")
        axes.grid(axis="y")
        sheet.head(sheet.title)
        parts: list[object] = []
        data = rows.assign(order=rows["lead"].map({lead: at for at, lead in enumerate(leads)}))
        data = data.sort_values(["method", "order"], kind="stable")
        if len(data):
            best = data.iloc[int(np.argmin(data["wape"].to_numpy(float)))]
            parts = [best["method"], f"{100 * best['wape']:.1f}%", best["lead"]]
        sheet.done(data[["method", "lead", "wape", "wape_floor"]], "alt_forecast_error", *parts)
    made: Picture | Axes = sheet.result
    return made


def _lead_order(lead: str) -> tuple[bool, bool, str]:
    return lead == "special", not lead.startswith("day"), lead


@overload
def calibration(
    backtest: Frame,
    *,
    ax: None = None,
    level: Literal["interval", "day"] = "interval",
    **look: Unpack[Look],
) -> Picture: ...
@overload
def calibration(
    backtest: Frame,
    *,
    ax: Axes,
    level: Literal["interval", "day"] = "interval",
    **look: Unpack[Look],
) -> Axes: ...
@chart
def calibration(
    backtest: Frame,
    *,
    ax: Axes | None = None,
    level: Literal["interval", "day"] = "interval",
    **look: Unpack[Look],
) -> Picture | Axes:
    """The share of counts within their bounds against the level of the bounds.

    Below the line bounds are too narrow. Counts are whole, so that bounds of small ones lie above.
    Needs matplotlib, which the extra ``report`` brings.

    Parameters
    ----------
    backtest : DataFrame
        Of `callstats.forecast.backtest`, of one queue and with several levels.
    level : {"interval", "day"}
        Which rows.

    Raises
    ------
    ValueError
        Rows of several queues, or a level that there is not.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"method": ["model"], "lead": ["week 1"], "level": ["interval"]})
    >>> table = table.assign(coverage_80=0.82, coverage_95=0.94)
    >>> calibration(table).axes[0].get_xlabel()
    'level of the bounds'
    """
    rows = rows_of(backtest, "backtest", ["method", "lead", "level"])
    must_be("level", level, "interval or day", level not in ("interval", "day"))
    rows = rows[(rows["level"] == level) & (rows["method"] == "model")]
    _require_one(rows, "lead", "backtest")
    names = [name for name in rows.columns if re.fullmatch(r"coverage_\d+(\.\d+)?", name)]
    nominal = [float(name.removeprefix("coverage_")) / 100 for name in names]
    with drawn_on((5.2, 4.8), ax=ax, **look) as sheet:
        axes = sheet.axes
        ordered: list[Any] = sorted(rows["lead"], key=_lead_order)
        parts = []
        for place, lead in enumerate(ordered):
            colour, mark = _STYLES[place % len(_STYLES)]
            seen = rows.loc[rows["lead"] == lead, names].to_numpy(dtype=float).ravel()
            axes.plot(nominal, seen, mark, color=COLOURS[colour], ms=6, label=lead)
            parts.append(pd.DataFrame({"lead": lead, "level": nominal, "inside": seen}))
        axes.plot([0, 1], [0, 1], color=COLOURS["ink"], lw=0.9, ls=":")
        sheet.empty(len(rows))
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1.02)
        axes.set_xlabel(sheet.say("forecast_level"))
        axes.set_ylabel(sheet.say("forecast_inside"))
        for axis in (axes.xaxis, axes.yaxis):
            as_percent(axis, ".0f")
        axes.grid(axis="both")
        sheet.head(sheet.title, 3)
        data = pd.concat(parts) if parts else pd.DataFrame(columns=["lead", "level", "inside"])
        gap = (data["inside"] - data["level"]).astype(float).abs().max()
        sheet.done(data, "alt_calibration", f"{100 * gap:.0f}")
    made: Picture | Axes = sheet.result
    return made
