"""Pictures of forecasts: against what came, their effects, their errors and their bounds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from callstats._tables.checks import must_be, shown
from callstats.errors import InvalidDataError
from callstats.plots.dates import date_ticks
from callstats.plots.style import COLOURS, as_percent, figure, headed, rows_of, stacked, styled
from callstats.plots.words import say

if TYPE_CHECKING:
    import pandas as pd

    from callstats.plots.picture import Picture
    from callstats.typing import Frame

    Language = Literal["en", "zh"]

__all__ = ["calibration", "forecast", "forecast_effects", "forecast_error"]

_LOWER = re.compile(r"lower(?:_(\d+(?:\.\d+)?))?")
#: Marks of methods, in the order of their names.
_STYLES = (("point", "o"), ("other", "s"), ("muted", "^"), ("limit", "D"), ("signal", "v"))


def forecast(
    forecast: Frame,
    actual: Frame | None = None,
    *,
    title: str | None = None,
    language: Language = "en",
) -> Picture:
    """A forecast with its bounds, and what came.

    Needs matplotlib, which the extra ``report`` brings.

    Parameters
    ----------
    forecast : DataFrame
        `start, volume`, and bounds if it has them, of one queue; of `callstats.forecast.predict`,
        `update` or `totals`.
    actual : DataFrame, optional
        `start, volume` of what came; other times are left out.
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
    with styled(language):
        made, axes = figure(9.0, 4.2)
        at = np.arange(len(rows))
        # The widest bounds lie lowest.
        for name in sorted(names, key=lambda name: (rows[name] - rows["volume"]).sum()):
            upper = name.replace("lower", "upper")
            label = say(language, "forecast_bounds", name.removeprefix("lower").strip("_"))
            axes.fill_between(
                at, rows[name], rows[upper], color=COLOURS["point"], alpha=0.18, lw=0, label=label
            )
        volume = say(language, "forecast_mean")
        axes.plot(at, rows["volume"], color=COLOURS["point"], lw=1.6, label=volume)
        if actual is not None:
            came = rows_of(actual, "actual", ["start", "volume"]).set_index("start")["volume"]
            _require_one(came.reset_index(), "start", "actual")
            seen = came.reindex(rows["start"]).to_numpy()
            label = say(language, "forecast_actual")
            axes.plot(at, seen, "o", color=COLOURS["other"], ms=3, label=label)
        ticks, labels = date_ticks(rows["start"], language)
        axes.set_xticks(ticks, labels)
        axes.set_ylabel(say(language, "forecast_calls"))
        axes.set_ylim(bottom=0)
        axes.grid(axis="y")
        headed(axes, title)
    return made


def _require_one(rows: pd.DataFrame, column: str, argument: str) -> None:
    """Raise where rows of several groups lie on one another."""
    if rows[column].duplicated().any():
        twice = rows[column][rows[column].duplicated()].iloc[0]
        msg = f"{argument} must be of one queue; got {column} {shown(twice)} more than once"
        raise InvalidDataError(msg)


def forecast_effects(
    effects: Frame, *, title: str | None = None, language: Language = "en"
) -> Picture:
    """Weekdays, position in the month and special days as factors, with twice their errors.

    Needs matplotlib, which the extra ``report`` brings.

    Parameters
    ----------
    effects : DataFrame
        ``effects`` of a fitted model of `callstats.forecast.fit`, of one queue.
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
    _require_one(
        rows.assign(name=rows["effect"].astype(str) + " " + rows["name"].astype(str)),
        "name",
        "effects",
    )
    kinds = [kind for kind in ("weekday", "month", "special") if (rows["effect"] == kind).any()]
    with styled(language):
        made, panels = stacked(8.0, 2.4 * max(len(kinds), 1), max(len(kinds), 1))
        for kind, axes in zip(kinds, panels, strict=False):
            own = rows[rows["effect"] == kind]
            at = np.arange(len(own))
            value, sd = own["value"].to_numpy(), own["sd"].to_numpy()
            spread = np.stack((value - value * np.exp(-2 * sd), value * np.exp(2 * sd) - value))
            axes.errorbar(at, value, yerr=spread, fmt="o", color=COLOURS["point"], ms=4, lw=0.9)
            names = [str(name).removeprefix("day ") for name in own["name"]]
            axes.set_xticks(at, names)
            axes.axhline(1.0, color=COLOURS["ink"], lw=0.8, ls=":")
            axes.set_title(say(language, f"forecast_{kind}"), loc="left")
            as_percent(axes.yaxis, ".0f")
            axes.grid(axis="y")
        if title is not None:
            made.suptitle(title)
    return made


def forecast_error(
    backtest: Frame,
    *,
    level: Literal["interval", "day"] = "interval",
    title: str | None = None,
    language: Language = "en",
) -> Picture:
    """The error of each method by how far ahead it forecasts, and the floor that chance sets.

    Needs matplotlib, which the extra ``report`` brings.

    Parameters
    ----------
    backtest : DataFrame
        Of `callstats.forecast.backtest`, of one queue.
    level : {"interval", "day"}
        Which rows.
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
    _require_one(rows.assign(lead=rows["method"] + ", " + rows["lead"]), "lead", "backtest")
    leads = list(dict.fromkeys(sorted(rows["lead"], key=_lead_order)))
    with styled(language):
        made, axes = figure(7.0, 4.2)
        for (colour, mark), method in zip(_STYLES, sorted(set(rows["method"])), strict=False):
            own = rows[rows["method"] == method].set_index("lead")["wape"].reindex(leads)
            axes.plot(leads, own, color=COLOURS[colour], marker=mark, ms=5, lw=1.4, label=method)
        floor = rows.groupby("lead")["wape_floor"].min().reindex(leads)
        text = say(language, "forecast_floor")
        axes.plot(leads, floor, color=COLOURS["ink"], lw=0.9, ls=":", label=text)
        axes.set_ylabel("WAPE")
        axes.set_ylim(bottom=0)
        as_percent(axes.yaxis, ".0f")
        axes.grid(axis="y")
        headed(axes, title)
    return made


def _lead_order(lead: str) -> tuple[bool, bool, str]:
    return lead == "special", not lead.startswith("day"), lead


def calibration(
    backtest: Frame,
    *,
    level: Literal["interval", "day"] = "interval",
    title: str | None = None,
    language: Language = "en",
) -> Picture:
    """The share of counts within their bounds against the level of the bounds.

    Below the line bounds are too narrow. Counts are whole, so that bounds of small ones lie above.
    Needs matplotlib, which the extra ``report`` brings.

    Parameters
    ----------
    backtest : DataFrame
        Of `callstats.forecast.backtest`, of one queue and with several levels.
    level : {"interval", "day"}
        Which rows.
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
    with styled(language):
        made, axes = figure(5.2, 4.6)
        ordered: list[Any] = sorted(rows["lead"], key=_lead_order)
        for (colour, mark), lead in zip(_STYLES, ordered, strict=False):
            seen = rows.loc[rows["lead"] == lead, names].to_numpy(dtype=float).ravel()
            axes.plot(nominal, seen, mark, color=COLOURS[colour], ms=6, label=lead)
        axes.plot([0, 1], [0, 1], color=COLOURS["ink"], lw=0.9, ls=":")
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1.02)
        axes.set_xlabel(say(language, "forecast_level"))
        axes.set_ylabel(say(language, "forecast_inside"))
        for axis in (axes.xaxis, axes.yaxis):
            as_percent(axis, ".0f")
        axes.grid(axis="both")
        headed(axes, title)
    return made
