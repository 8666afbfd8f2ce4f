"""Offers of a service product: how many took it, step by step, and who is left to ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from callstats import _core
from callstats._tables import frames
from callstats._tables.checks import (
    column_names,
    confidence_level,
    listed,
    mapping,
    nearest,
    one_of,
    shown,
)
from callstats._tables.groups import coded
from callstats._tables.table import Table
from callstats._tables.truths import TRUTH, truths
from callstats.kpi.rates import rate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from callstats._tables.table import Grouped
    from callstats.typing import Frame, OnError

_STAGES = ("eligible", "offered", "accepted")
_RESULT = (
    "stage",
    "count",
    "rate",
    "rate_low",
    "rate_high",
    "rate_numerator",
    "rate_denominator",
    "overall_rate",
    "shrunken_rate",
    "rank",
    "flagged",
)


def take_up(
    offers: Frame,
    *,
    stages: Sequence[str] = _STAGES,
    by: str | Sequence[str] = (),
    confidence: float = 0.95,
    on_error: OnError = "raise",
) -> Frame:
    """How many customers reach each stage of an offer, and their share of the stage before.

    A funnel by unit, product or channel: who is entitled, who was asked, who took it. Successful
    cross-selling is the same funnel.

    Parameters
    ----------
    offers : DataFrame
        One row a customer and product; pandas, Polars or what narwhals reads. It is not changed.
    stages : sequence of str, default ("eligible", "offered", "accepted")
        Columns of true and false, from 2 to 20, each reached only by way of the one before.
    by : str or sequence of str
        Columns to group by: branch, product, channel.
    confidence : float
        Of the Wilson limits; between 0 and 1.
    on_error : {"raise", "drop", "flag"}
        What to do with rows whose stages are out of order, missing or no truths; "flag" counts
        them in a column `flagged`.

    Returns
    -------
    DataFrame
        One row a group and stage, in the order of `stages`:

        - ``stage``; ``count``, rows that reached it
        - ``rate`` = count / rows at the stage before (of the first stage: all rows), with ``_low``,
          ``_high``, ``_numerator`` and ``_denominator``
        - ``overall_rate`` = count / rows at the first stage
        - ``shrunken_rate``: the rate drawn towards that of all groups, the more the fewer rows a
          group has; ``rank`` by it, 1 the highest. A branch with two customers, both of whom
          accepted, is not the best of all

    Raises
    ------
    MissingColumnError
        A column is missing.
    ValueError
        Stages out of order in some row, such as accepted and never offered; an argument out of
        range.

    Notes
    -----
    A missing value counts as false where the stage before was not reached, and is a bad row where
    it was. Shrunken rates are Morris' parametric empirical Bayes on the rows at the stage before,
    with the pooled variance within groups; fewer than four groups stay as they are.
    Source: C. N. Morris, Journal of the American Statistical Association 78 (1983).

    Examples
    --------
    >>> import pandas as pd
    >>> offers = pd.DataFrame(
    ...     {
    ...         "branch": list("nnnnss"),
    ...         "eligible": [True, True, True, False, True, True],
    ...         "offered": [True, True, False, False, True, False],
    ...         "accepted": [True, False, False, False, True, False],
    ...     }
    ... )
    >>> take_up(offers, by="branch")[["branch", "stage", "count", "rate"]].round(3)
      branch     stage  count   rate
    0      n  eligible      3  0.750
    1      n   offered      2  0.667
    2      n  accepted      1  0.500
    3      s  eligible      2  1.000
    4      s   offered      1  0.500
    5      s  accepted      1  1.000
    """
    confidence = confidence_level(confidence)
    names = _stage_names(stages)
    log = Table(offers, "offers", on_error=on_error)
    keys = log.keys(by, _RESULT)
    reached = _reached(log, names)
    grouped = log.grouped(keys, log.settle())
    before = np.ones(log.rows, bool)
    parts: list[dict[str, Any]] = []
    for stage in reached:
        parts.append(_step(grouped, before, stage, reached[0], confidence))
        before = stage
    columns: dict[str, Any] = {
        "stage": list(names) * len(grouped),
        **{name: _by_group([part[name] for part in parts]) for name in parts[0]},
    }
    if log.on_error == "flag":
        columns["flagged"] = np.repeat(grouped.shown.count(~grouped.valid), len(names))
    rows = np.repeat(grouped.example, len(names))
    about = {"function": "take_up", "confidence": confidence, **log.summary(grouped.valid)}
    made: Frame = frames.result(log.frame, log.at(keys, rows), columns, about)
    return made


def _stage_names(stages: Any) -> list[str]:
    names = listed("stages", stages, "names of columns", 20)
    if not all(isinstance(name, str) for name in names):
        raise TypeError(f"stages must be names of columns; got {shown(stages)}")
    if len(names) < 2 or len(set(names)) < len(names):
        raise ValueError(f"stages must be two or more different columns; got {shown(stages)}")
    return names


def _reached(log: Table, names: Sequence[str]) -> list[NDArray[np.bool_]]:
    """Of each stage the rows that reached it; those out of order are put down."""
    log.require(*names)
    effect = "the row has no place in the funnel"
    reached: list[NDArray[np.bool_]] = []
    for name in names:
        found = truths(log.frame[name])
        log.report(name, f"be {TRUTH}", found.unread, effect)
        before = reached[-1] if reached else np.ones(log.rows, bool)
        log.require_known(name, found.missing & before, effect)
        if reached:
            previous = names[len(reached) - 1]
            log.report(name, f"be false where {previous} is not true", found.true & ~before, effect)
        reached.append(found.true)
    return reached


def _step(
    grouped: Grouped,
    before: NDArray[np.bool_],
    stage: NDArray[np.bool_],
    first: NDArray[np.bool_],
    confidence: float,
) -> dict[str, Any]:
    """Counts and rates of one stage, by group."""
    count = grouped.count(stage)
    figures = rate("rate", count, grouped.count(before), confidence)
    figures = {"count": count, **figures}
    figures["overall_rate"] = rate("overall", count, grouped.count(first), confidence)["overall"]
    rows = np.flatnonzero(before & (grouped.codes >= 0))
    # In one order, so that sums cannot show that of the rows.
    rows = rows[np.lexsort((stage[rows], grouped.codes[rows]))]
    columns, _ = _core.shrunken_means(
        grouped.codes[rows].astype(np.int64),
        stage[rows].astype(np.float64),
        len(grouped),
        confidence,
    )
    # Number, mean, reliability, shrunken mean, standard error, limits, rank.
    return figures | {"shrunken_rate": columns[3], "rank": columns[7]}


def _by_group(columns: list[NDArray[Any]]) -> NDArray[Any]:
    """Columns of stages as one, group after group."""
    return np.stack(columns, axis=1).ravel()


def targets(
    offers: Frame,
    *,
    columns: Sequence[str],
    stages: Sequence[str] = _STAGES,
    without: str | None = None,
    where: Mapping[str, Any] | None = None,
    exclude: str | Sequence[str] = (),
    on_error: OnError = "raise",
) -> Frame:
    """The customers who are entitled and left to ask, with just the columns that are asked for.

    Parameters
    ----------
    offers : DataFrame
        One row a customer and product, as in `take_up`.
    columns : sequence of str
        The columns of the list. No other column leaves the table, and neither does its index.
    stages : sequence of str, default ("eligible", "offered", "accepted")
        As in `take_up`. Whoever reached the first is entitled.
    without : str, optional
        The stage that they have not reached. Default: the second, those never asked. The last
        stage also lists those who were asked and have not accepted.
    where : mapping, optional
        Columns and the value, or the values, that rows must have, such as ``{"branch": "north"}``.
    exclude : str or sequence of str
        Columns of true and false, such as ``"no_calls"``: rows where one is true are left out.
    on_error : {"raise", "drop", "flag"}
        What to do with rows whose stages are out of order, or where `exclude` is missing: without
        an answer nobody is called. "drop" and "flag" leave them out.

    Returns
    -------
    DataFrame
        The rows in their order, with `columns` alone.

    Raises
    ------
    MissingColumnError
        A column is missing.
    ValueError
        Stages out of order in some row; a stage that is none; no row at all that has one of the
        values of `where`.

    Examples
    --------
    >>> import pandas as pd
    >>> offers = pd.DataFrame(
    ...     {
    ...         "customer": ["a", "b", "c"],
    ...         "phone": ["1", "2", "3"],
    ...         "eligible": [True, True, True],
    ...         "offered": [True, False, False],
    ...         "accepted": [False, False, False],
    ...         "no_calls": [False, False, True],
    ...     }
    ... )
    >>> targets(offers, columns=["customer"], exclude="no_calls")
      customer
    0        b
    """
    names = _stage_names(stages)
    if without is not None:
        one_of("without", without, names[1:])
    kept = column_names("columns", columns)
    log = Table(offers, "offers", on_error=on_error)
    log.require(*kept)
    if not kept or len(set(kept)) < len(kept):
        raise ValueError(f"columns must be one or more different names; got {shown(columns)}")
    reached = _reached(log, names)
    left = reached[0] & ~reached[names.index(without) if without is not None else 1]
    left &= _where(log, where) & ~_excluded(log, exclude)
    rows = np.flatnonzero(left & log.settle())
    made: Frame = frames.result(log.frame, log.at(kept, rows), {})
    return made


def _where(log: Table, where: Any) -> NDArray[np.bool_]:
    """The rows that have the values asked for."""
    kept = np.ones(log.rows, bool)
    rules = {} if where is None else mapping("where", where, "columns to the values of rows")
    log.require(*rules)
    for name, given in rules.items():
        several = isinstance(given, list | tuple | set | frozenset | range | np.ndarray)
        wanted = listed("where", given, "a value or values of a column") if several else [given]
        column = coded(log.frame[name])
        found = np.array([value in wanted for value in column.distinct], bool)
        if column.distinct and not found.any():
            near = nearest(str(wanted[0]), map(str, column.distinct)) if wanted else ""
            msg = f"where must name values of {name}; got {shown(given)}, which no row has{near}"
            raise ValueError(msg)
        kept &= np.append(found, False)[column.codes]
    return kept


def _excluded(log: Table, exclude: Any) -> NDArray[np.bool_]:
    """The rows that are not to be called; those of which it is not known are put down."""
    names = column_names("exclude", exclude)
    log.require(*names)
    away = np.zeros(log.rows, bool)
    for name in names:
        found = truths(log.frame[name])
        effect = "nobody is called without an answer"
        log.report(name, f"be {TRUTH}", found.unread, effect)
        log.require_known(name, found.missing, effect)
        away |= found.true
    return away
