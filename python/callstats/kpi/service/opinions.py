"""What customers said: satisfaction with its response rate, reasons, and who to call back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from callstats._tables import frames
from callstats._tables.checks import number, one_of, shown
from callstats._tables.groups import divided
from callstats._tables.table import COUNTABLE, Table
from callstats.kpi.rates import rate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from callstats.typing import Frame, OnError


def satisfaction(
    ratings: Frame,
    *,
    by: str | Sequence[str] = (),
    rating: str = "rating",
    scale: tuple[float, float] = (1, 5),
    satisfied: float = 4,
    dissatisfied: float = 2,
    out_of: Literal["valid", "replied", "sent"] = "valid",
    confidence: float = 0.95,
    on_error: OnError = "raise",
) -> Frame:
    """Share of satisfied replies with its response rate, one row a group.

    Parameters
    ----------
    ratings : DataFrame
        One row an invitation: its `rating`, missing where nobody replied.
    by : str or sequence of str
        Columns to group by: channel, unit, agent.
    rating : str
        Column of the rating.
    scale : (low, high)
        The worst and the best level that can be given; a reply outside of it is a bad row, unless
        `out_of` is "replied".
    satisfied, dissatisfied : float
        Replies of at least `satisfied` are satisfied, of at most `dissatisfied` dissatisfied.
    out_of : {"valid", "replied", "sent"}
        What `satisfaction` divides by: valid replies; all replies, those outside the scale ("0 for
        no opinion") too, which are then neither satisfied nor dissatisfied; or all invitations.
    confidence : float
        Of the Wilson limits; between 0 and 1.
    on_error : {"raise", "drop", "flag"}
        What to do with ratings outside the scale; "flag" counts them in a column `flagged`.

    Returns
    -------
    DataFrame
        `sent`, `replies`, `valid` (on the scale), `satisfied`, `dissatisfied`; `satisfaction`,
        `dissatisfaction` and `response_rate`, each with `_low`, `_high`, `_numerator`,
        `_denominator`; `mean_rating` (of valid replies). The counts go on to `roll_up` for units
        above.

    Raises
    ------
    ValueError
        A column is missing, an argument is out of range, or ratings are outside the scale.

    Examples
    --------
    >>> import pandas as pd
    >>> ratings = pd.DataFrame({"hall": list("aaab"), "rating": [5, 2, None, 4]})
    >>> satisfaction(ratings, by="hall")[["hall", "sent", "replies", "satisfaction"]]
      hall  sent  replies  satisfaction
    0    a     3        2           0.5
    1    b     1        1           1.0
    """
    if not isinstance(scale, tuple | list) or len(scale) != 2:
        raise TypeError(f"scale must be the lowest and the highest level; got {shown(scale)}")
    low, high = (number("scale", level, "each", lambda _: True) for level in scale)
    satisfied = number("satisfied", satisfied, "on the scale", lambda _: True)
    dissatisfied = number("dissatisfied", dissatisfied, "on the scale", lambda _: True)
    if not low <= dissatisfied < satisfied <= high:
        raise ValueError(
            "scale, satisfied and dissatisfied must be low <= dissatisfied < satisfied <= high; "
            f"got {low:g} <= {dissatisfied:g} < {satisfied:g} <= {high:g}"
        )
    one_of("out_of", out_of, ("valid", "replied", "sent"))
    log = Table(ratings, "ratings", on_error=on_error)
    keys = log.keys(by)
    log.require(rating)
    given = log.numbers(rating)
    replied = ~np.isnan(given)
    valid = (given >= low) & (given <= high)
    if out_of != "replied":
        outside = replied & ~valid
        log.report(rating, f"be between {low:g} and {high:g}", outside, "the reply is on no level")
    grouped = log.grouped(keys, log.settle())
    counted = {
        "sent": grouped.count(),
        "replies": grouped.count(replied),
        "valid": grouped.count(valid),
        "satisfied": grouped.count(valid & (given >= satisfied)),
        "dissatisfied": grouped.count(valid & (given <= dissatisfied)),
    }
    base = counted["replies" if out_of == "replied" else out_of]
    figures = {
        **counted,
        **rate("satisfaction", counted["satisfied"], base, confidence),
        **rate("dissatisfaction", counted["dissatisfied"], base, confidence),
        **rate("response_rate", counted["replies"], counted["sent"], confidence),
        "mean_rating": grouped.mean(np.where(valid, given, np.nan)),
    }
    return grouped.result(figures, "satisfaction", out_of=out_of, scale=[float(low), float(high)])


def pareto(
    table: Frame,
    column: str,
    *,
    by: str | Sequence[str] = (),
    count: str | None = None,
    confidence: float = 0.95,
    on_error: OnError = "raise",
) -> Frame:
    """Reasons by how often they occur, most frequent first, with the share of the first so many.

    Parameters
    ----------
    table : DataFrame
        One row an occurrence, or a reason with its `count`.
    column : str
        The reasons; missing ones are a reason of their own.
    by : str or sequence of str
        Columns to group by.
    count : str, optional
        Column of counts. Default: each row counts once.
    confidence : float
        Of the Wilson limits; between 0 and 1.
    on_error : {"raise", "drop", "flag"}
        What to do with rows whose count is missing or negative; "drop" and "flag" leave them out.

    Returns
    -------
    DataFrame
        The keys, the reason, `count`, `share` with `_low`, `_high`, `_numerator`, `_denominator`,
        `rank` (1 is the most frequent; ties in the order of the reasons) and `cumulative_share`.

    Raises
    ------
    ValueError
        A column is missing, or counts are missing or negative.

    Examples
    --------
    >>> import pandas as pd
    >>> replies = pd.DataFrame({"reason": ["wait", "bill", "wait", "wait"]})
    >>> pareto(replies, "reason")[["reason", "count", "share", "cumulative_share"]]
      reason  count  share  cumulative_share
    0   wait      3   0.75              0.75
    1   bill      1   0.25              1.00
    """
    log = Table(table, "table", on_error=on_error)
    keys = log.keys(by, (column,))
    log.require(column, *(() if count is None else (count,)))
    effect = "the row cannot be counted"
    weights = np.ones(log.rows) if count is None else log.numbers(count, COUNTABLE, effect)
    valid = log.settle()
    # Rows that are left out make no reason of their own.
    log.on_error = "drop"
    cells = log.grouped([*keys, column], valid)
    totals = log.grouped(keys, valid)
    number = cells.sum(weights)
    group = totals.codes[cells.example] if len(cells) else np.zeros(0, np.int64)
    order = np.lexsort((np.arange(len(cells)), -number, group))
    number, group = number[order], group[order]
    whole = totals.sum(weights)[group] if len(cells) else np.zeros(0)
    running = np.cumsum(number)
    first = np.searchsorted(group, group)
    before = np.where(first > 0, running[np.maximum(first - 1, 0)], 0.0)
    if count is None:
        number = number.astype(np.int64)
    figures: dict[str, Any] = {
        "count": number,
        **rate("share", number, whole, confidence),
        "rank": np.arange(len(cells)) - first + 1,
        "cumulative_share": divided(running - before, whole),
    }
    rows = cells.example[order] if len(cells) else np.zeros(0, np.int64)
    names = log.at((*keys, column), rows)
    return frames.result(log.frame, names, figures, {"function": "pareto", **log.summary(valid)})
