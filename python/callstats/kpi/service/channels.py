"""Channels side by side: what each contributes, and what the others take off the counter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from callstats._tables.checks import column_names, one_of
from callstats._tables.groups import divided
from callstats._tables.table import COUNTABLE
from callstats.kpi.calls.thresholds import limit
from callstats.kpi.exports.advice import read_log

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from callstats._tables.table import Table
    from callstats.typing import Frame, OnError

_EFFECT = "the row cannot be counted"


def contribution(
    transactions: Frame,
    *,
    by: str | Sequence[str] = (),
    payments: Literal["with", "without", "only"] = "with",
    payment_kinds: str | Sequence[str] = "payment",
    on_error: OnError = "raise",
) -> Frame:
    """Share of each channel in all transactions, with, without or only payments.

    Parameters
    ----------
    transactions : DataFrame
        `channel`, `kind` and `volume`, one row a channel, kind and whatever `by` names.
    by : str or sequence of str
        Columns to group by: unit, period. The shares of the channels of a group add up to 1.
    payments : {"with", "without", "only"}
        Whether payments are counted among the others, left out, or all there is.
    payment_kinds : str or sequence of str
        The kinds that are payments.
    on_error : {"raise", "drop", "flag"}
        What to do with rows whose volume is missing or negative.

    Returns
    -------
    DataFrame
        The keys, `channel`, `volume`, `total` (of all channels of the group), `contribution` =
        volume / total; NaN where the total is 0.

    Raises
    ------
    ValueError
        A column is missing, no kind is one of `payment_kinds` although they are asked for, or rows
        break a rule.

    Examples
    --------
    >>> import pandas as pd
    >>> transactions = pd.DataFrame({
    ...     "channel": ["hall", "hall", "app", "app"],
    ...     "kind": ["payment", "order", "payment", "order"],
    ...     "volume": [60, 30, 100, 10],
    ... })
    >>> contribution(transactions, payments="without")[["channel", "volume", "contribution"]]
      channel  volume  contribution
    0     app    10.0          0.25
    1    hall    30.0          0.75
    """
    log, keys, volume, kinds = _read(transactions, by, on_error)
    named = column_names("payment_kinds", payment_kinds)
    one_of("payments", payments, ("with", "without", "only"))
    paying = np.array([kind in named for kind in kinds], bool)
    if payments != "with" and log.rows and not paying.any():
        found = ", ".join(repr(kind) for kind in sorted({str(kind) for kind in kinds}))
        raise ValueError(f"payment_kinds must be among the kinds; got {named}, found {found}")
    chosen = {"with": np.ones(log.rows, bool), "without": ~paying, "only": paying}[payments]
    valid = log.settle()
    cells = log.grouped([*keys, "channel"], valid)
    whole = log.grouped(keys, valid)
    number = cells.sum(np.where(chosen, volume, 0.0))
    total = whole.sum(np.where(chosen, volume, 0.0))
    group = whole.shown.codes[cells.example]
    totals = total[group] if len(cells) else np.zeros(0)
    figures = {"volume": number, "total": totals, "contribution": divided(number, totals)}
    return cells.result(figures, "contribution", payments=payments, payment_kinds=named)


def diversion(
    transactions: Frame,
    *,
    counter: str | Sequence[str] = "counter",
    by: str | Sequence[str] = (),
    eligible: str | Sequence[str] | None = None,
    seconds: Any = None,
    on_error: OnError = "raise",
) -> Frame:
    """Share of the transactions that other channels took off the counter, one row a group.

    Parameters
    ----------
    transactions : DataFrame
        `channel`, `kind` and `volume`, one row a channel, kind and whatever `by` names.
    counter : str or sequence of str
        The channels that are counters; all others are alternatives.
    by : str or sequence of str
        Columns to group by: unit, period, kind.
    eligible : str or sequence of str, optional
        The kinds that an alternative can do. Default: those that some alternative did in these
        data; counting the others would compare what cannot be diverted.
    seconds : duration or mapping, optional
        What a transaction takes at the counter, one for all or by kind: gives `hours_saved`.
    on_error : {"raise", "drop", "flag"}
        What to do with rows whose volume is missing or negative.

    Returns
    -------
    DataFrame
        The keys, `alternative`, `counter` (volumes of eligible kinds), `ineligible` (of the others,
        left out), `diversion` = alternative / (alternative + counter), and `hours_saved`.

    Raises
    ------
    ValueError
        A column is missing, `counter` is no channel, or rows break a rule.

    Examples
    --------
    >>> import pandas as pd
    >>> transactions = pd.DataFrame({
    ...     "channel": ["counter", "counter", "app"],
    ...     "kind": ["payment", "contract", "payment"],
    ...     "volume": [60, 30, 140],
    ... })
    >>> diversion(transactions, seconds=180)
       alternative  counter  ineligible  diversion  hours_saved
    0        140.0     60.0        30.0        0.7          7.0
    """
    log, keys, volume, kinds = _read(transactions, by, on_error)
    counters = column_names("counter", counter)
    channels = log.frame["channel"].to_list()
    at_counter = np.array([channel in counters for channel in channels], bool)
    if log.rows and not at_counter.any():
        found = ", ".join(repr(channel) for channel in sorted({str(each) for each in channels}))
        raise ValueError(f"counter must be among the channels; got {counters}, found {found}")
    if eligible is None:
        done = (volume > 0) & ~at_counter & log.good()
        allowed = {kind for kind, other in zip(kinds, done, strict=True) if other}
    else:
        allowed = set(column_names("eligible", eligible))
    can = np.array([kind in allowed for kind in kinds], bool)
    grouped = log.grouped(keys, log.settle())
    alternative = grouped.sum(np.where(can & ~at_counter, volume, 0.0))
    counted = grouped.sum(np.where(can & at_counter, volume, 0.0))
    figures = {
        "alternative": alternative,
        "counter": counted,
        "ineligible": grouped.sum(np.where(~can, volume, 0.0)),
        "diversion": divided(alternative, alternative + counted),
    }
    if seconds is not None:
        spent = _spent(seconds, kinds, can & ~at_counter & grouped.valid)
        saved = np.where(can & ~at_counter, volume * spent, 0.0)
        figures["hours_saved"] = grouped.sum(saved) / 3600
    return grouped.result(figures, "diversion", counter=counters)


def _spent(given: Any, kinds: Sequence[Any], diverted: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Seconds at the counter of each row's kind; only those of diverted rows matter."""
    if not isinstance(given, Mapping):
        return np.full(len(kinds), limit("seconds", given))
    known = {kind: limit(f"seconds[{kind!r}]", value) for kind, value in given.items()}
    absent = [
        kind for kind, other in zip(kinds, diverted, strict=True) if other and kind not in known
    ]
    if absent:
        msg = f"seconds must have an entry for every kind that is diverted; none for {absent[0]!r}"
        raise ValueError(msg)
    return np.array([known.get(kind, 0.0) for kind in kinds], dtype=np.float64)


def _read(
    transactions: Frame, by: str | Sequence[str], on_error: OnError
) -> tuple[Table, list[str], Any, list[Any]]:
    log = read_log(transactions, "transactions", on_error=on_error)
    keys = log.keys(by, ("channel",))
    log.require("channel", "kind", "volume")
    volume = log.numbers("volume", COUNTABLE, _EFFECT)
    for name in ("channel", "kind"):
        absent = log.frame[name].is_null().to_numpy()
        log.report(name, "be known", np.asarray(absent, dtype=bool), _EFFECT)
    return log, keys, volume, log.frame["kind"].to_list()
