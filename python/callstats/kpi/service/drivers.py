"""Which parts of the service go with the overall rating."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from callstats import _core, intervals
from callstats._tables import frames
from callstats._tables.arrays import thread_count
from callstats._tables.checks import column_names, confidence_level, number, one_of, shown, whole
from callstats._tables.table import FINITE, Rule, Table
from callstats.errors import InvalidDataError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from callstats._tables.table import Grouped
    from callstats.typing import Frame, OnError, Threads

    Floats = NDArray[np.float64]

#: 2^12 regressions take some 30 µs, and each item more doubles that.
_MOST_ITEMS: Final = 12
#: With fewer rows beyond the number of items R² is mostly chance.
_ROWS_BEYOND_ITEMS: Final = 10
_MOST_DRAWS: Final = 100_000
#: Share of highest ratings from which little is left to see.
_CEILING: Final = 0.9

_POSITIVE = Rule("be > 0 and finite", lambda values: (values > 0) & (values < np.inf))

#: Figures of the core as they are called in the result, each with `_low` and `_high`.
_LIMITED: Final = ("importance", "importance_share", "mean")
_RESULT: Final = (
    "item",
    *(name + end for name in (*_LIMITED, "top_box") for end in ("", "_low", "_high")),
    "priority",
    "quadrant",
    "r_squared",
    "rows",
    "incomplete_rows",
    "note",
    "flagged",
)


def drivers(
    ratings: Frame,
    *,
    overall: str,
    items: Sequence[str],
    by: str | Sequence[str] = (),
    top: float = 4,
    weights: str | None = None,
    method: Literal["shapley"] = "shapley",
    confidence: float = 0.95,
    draws: int = 1000,
    seed: int,
    on_error: OnError = "raise",
    threads: Threads = None,
) -> Frame:
    """How much each rated item goes with the overall rating, beside how well it is rated.

    For a survey that asks for the wait, the agent's competence, the menu and the outcome as well as
    for satisfaction as a whole. The importance of an item is its share in R² of a linear regression
    of the overall rating on all items. It is what varies together with satisfaction; whether a
    better wait would raise satisfaction, only a trial shows.

    Parameters
    ----------
    ratings : DataFrame
        One row a reply; pandas, Polars or what narwhals reads. It is not changed.
    overall : str
        Column of the overall rating.
    items : sequence of str
        Columns of the items; from 2 to 12, on any scale on which more is better.
    by : str or sequence of str
        Columns to group by: channel, unit, month. Each group is computed by itself.
    top : float, default 4
        Ratings from here on are in the top box.
    weights : str, optional
        Column of weights, > 0, for replies that stand for unequal numbers. Default: all equal.
    method : {"shapley"}
        The Shapley value of R² over all orders of the items, also known as LMG.
    confidence : float
        Of all limits; between 0 and 1.
    draws : int, default 1000
        Resamples for the limits; from 100 to 100,000.
    seed : int
        Of the resamples; >= 0. Equal seeds give equal limits, in any order of the rows.
    on_error : {"raise", "drop", "flag"}
        What to do with infinite ratings and bad weights; "flag" counts them in `flagged`.
    threads : int, optional
        Threads at most; groups are computed side by side. The result does not depend on it.

    Returns
    -------
    DataFrame
        One row a group and item, items in the order given. Each figure has `_low` and `_high`.

        - ``importance``: the item's part of R²; the parts add up to ``r_squared``
        - ``importance_share``: importance / R²
        - ``mean``: mean rating; ``top_box``: share of ratings >= `top`
        - ``priority``: importance x (1 - top box), the room that is left where it counts
        - ``quadrant``: ``"concentrate here"`` (above an equal share of importance, top box below
          the items' mean), ``"keep up the good work"``, ``"low priority"``, ``"possible overkill"``
        - ``r_squared`` of all items; ``rows``, replies with all items; ``incomplete_rows``, those
          left out
        - ``note``: empty, or why a figure is missing or says little: too few rows (fewer than items
          + 10: no importance), equal ratings, a ceiling, an item that the others determine

    Raises
    ------
    MissingColumnError
        A column is missing.
    ValueError
        Fewer than two items, more than twelve, an item that is the overall rating; infinite
        ratings; an argument out of range; no group with enough complete rows.

    Notes
    -----
    Limits of importance and mean are percentiles of the bootstrap of rows. With 200 replies and R²
    of 0.5 an importance share of 0.36 has limits near 0.22 and 0.51. An importance is never
    negative, so that the lower limit of an item that does nothing is above 0, and may be above its
    importance: compare items with one another. Limits of the top box are Wilson's; with weights
    they rest on (sum of weights)² / sum of squared weights. Items that determine one another share
    their importance equally, and the note says so. Importances agree with the mean over all orders,
    computed by least squares, to 1e-12.
    Sources: R. H. Lindeman, P. F. Merenda, R. Z. Gold (1980); U. Grömping, The American
    Statistician 61 (2007); the quadrants: J. A. Martilla, J. C. James, Journal of Marketing 41
    (1977).

    Examples
    --------
    >>> import pandas as pd
    >>> replies = pd.DataFrame(
    ...     {
    ...         "overall": [5, 4, 2, 1, 3, 5, 4, 2, 1, 3, 4, 5],
    ...         "outcome": [5, 4, 2, 1, 3, 5, 5, 2, 2, 3, 4, 4],
    ...         "menu": [3, 5, 4, 3, 5, 4, 3, 4, 5, 3, 4, 5],
    ...     }
    ... )
    >>> found = drivers(replies, overall="overall", items=["outcome", "menu"], seed=1)
    >>> found[["item", "importance", "top_box", "quadrant"]].round(3)
          item  importance  top_box           quadrant
    0  outcome       0.883    0.500   concentrate here
    1     menu       0.003    0.667  possible overkill
    """
    one_of("method", method, ("shapley",))
    top = number("top", top, "finite", np.isfinite)
    confidence = confidence_level(confidence)
    draws = whole("draws", draws, 100, _MOST_DRAWS)
    seed = whole("seed", seed, 0, 2**64 - 1)
    threads = thread_count(threads)
    log = Table(ratings, "ratings", on_error=on_error)
    names = _items(items, overall)
    keys = log.keys(by, _RESULT)
    log.require(overall, *names, *(() if weights is None else (weights,)))
    effect = "the reply cannot be compared"
    columns = [log.numbers(name, FINITE, effect) for name in (*names, overall)]
    weight = np.ones(log.rows) if weights is None else log.numbers(weights, _POSITIVE, effect)
    grouped = log.grouped(keys, log.settle())
    matrix = np.column_stack(columns)
    complete = np.asarray(~np.isnan(matrix).any(axis=1))
    rows = grouped.count(complete)
    least = len(names) + _ROWS_BEYOND_ITEMS
    enough = rows >= least
    if rows.sum() and not enough.any():
        raise InvalidDataError(
            f"ratings must have {least} rows with {overall!r} and all of {len(names)} items in "
            f"some group, {_ROWS_BEYOND_ITEMS} more than items; got at most {rows.max()}"
        )
    options = (top, draws, confidence, seed)
    counted = complete & (grouped.codes >= 0)
    counted[counted] = enough[grouped.codes[counted]]
    figures, of_group = _figures(
        grouped, matrix, weight, counted=counted, options=options, threads=threads
    )
    of_group |= {"rows": rows, "incomplete_rows": grouped.count(~complete)}
    return _result(grouped, names, figures, of_group, confidence=confidence)


def _items(items: Any, overall: Any) -> list[str]:
    """The names of the items, checked."""
    names = column_names("items", items)
    if not all(isinstance(name, str) for name in (*names, overall)):
        msg = f"overall and items must be names of columns; got {shown(overall)}, {shown(items)}"
        raise TypeError(msg)
    if not 2 <= len(names) <= _MOST_ITEMS:
        raise ValueError(f"items must be from 2 to {_MOST_ITEMS} columns; got {len(names)}")
    if overall in names:
        raise ValueError(f"items must not hold the overall rating; got {overall!r} as both")
    if twice := [name for name in names if names.count(name) > 1]:
        raise ValueError(f"items must be different columns; got {twice[0]!r} more than once")
    return names


def _figures(
    grouped: Grouped,
    matrix: Floats,
    weight: Floats,
    *,
    counted: NDArray[np.bool_],
    options: tuple[float, int, float, int],
    threads: Threads,
) -> tuple[dict[str, Floats], dict[str, Any]]:
    """What the core finds, for every group and item; missing where no row of a group counts."""
    items = matrix.shape[1] - 1
    rows = np.flatnonzero(counted)
    order = rows[np.argsort(grouped.codes[rows], kind="stable")]
    sizes = np.bincount(grouped.codes[order], minlength=len(grouped))
    some = sizes > 0
    ends = np.cumsum(sizes[some]).tolist()
    found = _core.kpi_drivers(matrix[order].ravel(), weight[order], ends, items, options, threads)

    def spread(values: Mapping[str, Floats], each: int) -> dict[str, Floats]:
        whole = {name: np.full(len(grouped) * each, np.nan) for name in values}
        for name, column in whole.items():
            column[np.repeat(some, each)] = values[name]
        return whole

    return spread(found[0], items), spread(found[1], 1)


def _result(
    grouped: Grouped,
    names: list[str],
    figures: dict[str, Floats],
    of_group: dict[str, Any],
    *,
    confidence: float,
) -> Frame:
    items = len(names)

    def each(values: Any) -> Any:
        return np.repeat(values, items)

    top_box, share = figures["top_box"], figures["importance_share"]
    effective = each(of_group["effective_rows"])
    # A share of 1 is all of them, whatever the rounding.
    counted = np.minimum(top_box * effective, effective)
    low, high = intervals.proportion(counted, effective, confidence=confidence)
    usual = np.full(len(grouped), np.nan)
    if len(grouped):
        usual = top_box.reshape(-1, items).mean(axis=1)
    columns: dict[str, Any] = {"item": names * len(grouped)}
    for name in _LIMITED:
        columns |= {f"{name}{end}": figures[f"{name}{end}"] for end in ("", "_low", "_high")}
    columns |= {
        "top_box": top_box,
        "top_box_low": low,
        "top_box_high": high,
        "priority": figures["importance"] * (1 - top_box),
        "quadrant": _quadrants(share > 1 / items, top_box >= each(usual), ~np.isnan(share)),
        "r_squared": each(of_group["r_squared"]),
        "rows": each(of_group["rows"]),
        "incomplete_rows": each(of_group["incomplete_rows"]),
        "note": _notes(figures, of_group, items),
    }
    log = grouped.table
    if log.on_error == "flag":
        columns["flagged"] = each(grouped.shown.count(~grouped.valid))
    about = {"function": "drivers", "confidence": confidence, **log.summary(grouped.valid)}
    keys = log.at(grouped.keys, each(grouped.example))
    made: Frame = frames.result(log.frame, keys, columns, about)
    return made


def _quadrants(
    important: NDArray[np.bool_], well_rated: NDArray[np.bool_], known: NDArray[np.bool_]
) -> list[str]:
    words = {
        (True, False): "concentrate here",
        (True, True): "keep up the good work",
        (False, False): "low priority",
        (False, True): "possible overkill",
    }
    pairs = zip(important.tolist(), well_rated.tolist(), known.tolist(), strict=True)
    return [words[weighs, well] if has else "" for weighs, well, has in pairs]


def _notes(figures: dict[str, Floats], of_group: dict[str, Any], items: int) -> list[str]:
    """Why a figure is missing or says little, in words; empty where nothing is to be said."""
    notes = []
    least = items + _ROWS_BEYOND_ITEMS
    for row, highest in enumerate(figures["at_highest"]):
        rows, r_squared = (of_group[name][row // items] for name in ("rows", "r_squared"))
        said = []
        if rows < least:
            said.append(f"{rows} complete rows are too few: {least} are needed")
        elif np.isnan(r_squared):
            said.append("all overall ratings are equal")
        if highest == 1:
            said.append("all ratings are equal")
        elif figures["collinear"][row] == 1:
            said.append("the other items determine it")
        if _CEILING <= highest < 1:
            said.append(f"at its ceiling: {highest:.0%} give the highest rating")
        notes.append("; ".join(said))
    return notes
