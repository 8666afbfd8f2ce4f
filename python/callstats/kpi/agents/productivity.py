"""What people and time bring: volume per head, its spread, and the use of paid time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from callstats import _core
from callstats._tables.checks import column_names
from callstats._tables.groups import divided
from callstats._tables.table import COUNTABLE, Table
from callstats.kpi.agents.spells import STATES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from callstats.typing import Frame, OnError

_EFFECT = "the row cannot be counted"


def productivity(
    units: Frame,
    *,
    by: str | Sequence[str] = (),
    volume: str = "volume",
    heads: str = "heads",
    managers: str | None = None,
    self_service: str | None = None,
    on_error: OnError = "raise",
) -> Frame:
    """Volume per head, with and without managers and self-service, one row a group.

    Parameters
    ----------
    units : DataFrame
        One row a unit or period: what was done and by how many.
    by : str or sequence of str
        Columns to group by; volumes and heads of a group are added, then divided.
    volume, heads : str
        Columns of the volume that people did and of the front-line heads (or head-days).
    managers : str, optional
        Column of the heads that lead and support.
    self_service : str, optional
        Column of the volume that customers did at the unit by themselves.
    on_error : {"raise", "drop", "flag"}
        What to do with rows in which one of them is missing or negative.

    Returns
    -------
    DataFrame
        `volume`, `heads`; `per_front_line` = volume / heads. With `managers`: `managers`,
        `per_head` = volume / (heads + managers). With `self_service`: `self_service` and the same
        two with it, `per_front_line_with_self_service` and `per_head_with_self_service`.

    Raises
    ------
    ValueError
        A column is missing, or rows break a rule.

    Examples
    --------
    >>> import pandas as pd
    >>> halls = pd.DataFrame({"volume": [900, 300], "heads": [9, 3], "managers": [1, 2]})
    >>> productivity(halls, managers="managers")[["per_front_line", "per_head"]]
       per_front_line  per_head
    0           100.0      80.0
    """
    log = Table(units, "units", on_error=on_error)
    keys = log.keys(by)
    sources = {"volume": volume, "heads": heads, "managers": managers, "self_service": self_service}
    given = {name: column for name, column in sources.items() if column is not None}
    log.require(*given.values())
    values = {name: log.numbers(column, COUNTABLE, _EFFECT) for name, column in given.items()}
    grouped = log.grouped(keys, log.settle())
    total = {name: grouped.sum(each) for name, each in values.items()}
    figures: dict[str, Any] = {**total, "per_front_line": divided(total["volume"], total["heads"])}
    if managers is not None:
        figures["per_head"] = divided(total["volume"], total["heads"] + total["managers"])
    if self_service is not None:
        both = total["volume"] + total["self_service"]
        figures["per_front_line_with_self_service"] = divided(both, total["heads"])
        if managers is not None:
            everyone = total["heads"] + total["managers"]
            figures["per_head_with_self_service"] = divided(both, everyone)
    return grouped.result(figures, "productivity")


def imbalance(
    table: Frame, value: str, *, by: str | Sequence[str] = (), on_error: OnError = "raise"
) -> Frame:
    """How unevenly work is spread over counters, agents or units, one row a group.

    Parameters
    ----------
    table : DataFrame
        One row a counter, agent or unit, with the work that it did.
    value : str
        Column of the work; >= 0.
    by : str or sequence of str
        Columns to group by: the hall, the team, the day.
    on_error : {"raise", "drop", "flag"}
        What to do with rows in which it is missing or negative.

    Returns
    -------
    DataFrame
        `n`, `total`, `mean`; `cv` = standard deviation (n - 1) / mean; `gini`: 0 if all do the
        same, (n - 1) / n if one does everything; `largest_share`. NaN where nothing was done; `cv`
        NaN for one.

    Raises
    ------
    ValueError
        A column is missing, or rows break a rule.

    Examples
    --------
    >>> import pandas as pd
    >>> counters = pd.DataFrame({"hall": list("aabb"), "tickets": [50, 50, 90, 10]})
    >>> imbalance(counters, "tickets", by="hall")[["hall", "gini", "largest_share"]]
      hall  gini  largest_share
    0    a   0.0            0.5
    1    b   0.4            0.9
    """
    log = Table(table, "table", on_error=on_error)
    keys = log.keys(by)
    log.require(value)
    work = log.numbers(value, COUNTABLE, _EFFECT)
    grouped = log.grouped(keys, log.settle())
    count, total = grouped.count(), grouped.sum(work)
    mean = grouped.mean(work)
    inside = np.flatnonzero(grouped.codes >= 0)
    codes = grouped.codes
    centred = np.zeros(log.rows)
    centred[inside] = work[inside] - mean[codes[inside]]
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = np.sqrt(grouped.sum(centred**2) / np.where(count > 1, count - 1, np.nan))
    figures = {
        "n": count,
        "total": total,
        "mean": mean,
        "cv": divided(spread, mean),
        "gini": divided(grouped.sum(_core.kpi_gini_terms(codes, work)), count * total),
        "largest_share": divided(grouped.largest(work), total),
    }
    return grouped.result(figures, "imbalance")


def utilisation(
    times: Frame,
    *,
    by: str | Sequence[str] = (),
    productive: str | Sequence[str] = ("available", "ring", "talk", "hold", "acw"),
    paid: str | Sequence[str] | None = None,
    on_error: OnError = "raise",
) -> Frame:
    """Use of agents' paid time on every base, one row a group.

    Utilisation, occupancy and shrinkage divide by different things: each is here with its sides.

    Parameters
    ----------
    times : DataFrame
        Seconds in each state, such as `states` gives: any of the columns available, ring, talk,
        hold, acw, aux, break, training, offline; a missing column is no time.
    by : str or sequence of str
        Columns to group by.
    productive : str or sequence of str
        The states that count as productive.
    paid : str or sequence of str, optional
        Column or columns that are paid time together. Default: logged-in time, all but offline.
    on_error : {"raise", "drop", "flag"}
        What to do with rows in which a time is missing or negative.

    Returns
    -------
    DataFrame
        `handle` (talk + hold + acw), `logged_in`, `paid`, `productive` in seconds; `occupancy` =
        handle / (handle + available), `occupancy_ring_busy`, `occupancy_ring_idle` (ringing in the
        denominator, in the numerator too or not), `logged_in_occupancy` = handle / logged-in,
        `paid_utilisation` = productive / paid, `shrinkage` = 1 - (available + ring + handle) /
        paid.

    Raises
    ------
    ValueError
        No column is a state, `productive` names what is none, or rows break a rule.

    Examples
    --------
    >>> import pandas as pd
    >>> times = pd.DataFrame({"available": [5400.0], "talk": [16200.0], "training": [3600.0]})
    >>> utilisation(times)[["occupancy", "paid_utilisation", "shrinkage"]].round(4)
       occupancy  paid_utilisation  shrinkage
    0       0.75            0.8571     0.1429
    """
    log = Table(times, "times", on_error=on_error)
    keys = log.keys(by)
    productive = tuple(column_names("productive", productive))
    strange = [state for state in productive if state not in STATES]
    if strange:
        raise ValueError(f"productive must be states: {', '.join(STATES)}; got {strange[0]!r}")
    bases = [] if paid is None else column_names("paid", paid)
    log.require(*bases)
    present = [state for state in STATES if log.has(state)]
    if not present:
        log.require(STATES[0])
    values = {
        name: log.numbers(name, COUNTABLE, _EFFECT) for name in dict.fromkeys([*present, *bases])
    }
    grouped = log.grouped(keys, log.settle())

    def total(*names: str) -> NDArray[np.float64]:
        parts = [grouped.sum(values[name]) for name in names if name in values]
        return np.asarray(sum(parts, np.zeros(len(grouped))), dtype=np.float64)

    handle, available, ring = total("talk", "hold", "acw"), total("available"), total("ring")
    logged_in = total(*(state for state in STATES if state != "offline"))
    base = total(*bases) if bases else logged_in
    figures = {
        "handle": handle,
        "logged_in": logged_in,
        "paid": base,
        "productive": total(*productive),
        "occupancy": divided(handle, handle + available),
        "occupancy_ring_busy": divided(handle + ring, handle + ring + available),
        "occupancy_ring_idle": divided(handle, handle + ring + available),
        "logged_in_occupancy": divided(handle, logged_in),
        "paid_utilisation": divided(total(*productive), base),
        "shrinkage": divided(base - (available + ring + handle), base),
    }
    return grouped.result(
        figures, "utilisation", productive=list(productive), paid=bases or ["logged_in"]
    )
