"""Funnel limits: whom chance does not explain, however few recordings they have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from callstats import _core
from callstats._tables.checks import column_names, confidence_level, listed, must_be, number, one_of
from callstats._tables.columns import numbers
from callstats._tables.frames import from_columns, read, require
from callstats._tables.named_groups import grouped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from callstats.typing import Frame


def funnel(
    units: Frame,
    *,
    events: str = "events",
    size: str = "size",
    by: str | Sequence[str] = "agent",
    kind: Literal["proportion", "rate", "mean"] = "proportion",
    sd: float | None = None,
    target: float | None = None,
    limits: Literal["additive", "multiplicative", "plain", "exact"] = "additive",
    winsor: float = 0.1,
    confidence: Sequence[float] = (0.95, 0.998),
) -> Frame:
    """Units beside limits that widen as they shrink: in place of a league table.

    Who has few recordings is at the top or the bottom of a ranking by chance. Inside the limits
    units do not differ in a way that can be told; outside there is something to look at.

    Parameters
    ----------
    units : DataFrame
        One row a unit: agent, team, site.
    events, size : str
        Columns with the count (for ``"mean"`` the sum of the scores) and what it is out of: calls,
        hours, number of scores.
    by : str or sequence of str
        Column, or columns, that name the unit.
    kind : {"proportion", "rate", "mean"}
        Share of calls (binomial), events per exposure (Poisson), or mean score.
    sd : float, optional
        For ``"mean"``: the standard deviation of the scores of one unit.
    target : float, optional
        What units are held against; default all events over all sizes.
    limits : {"additive", "multiplicative", "plain", "exact"}
        Units mostly differ by more than chance, for reasons of mix and hours. ``additive``
        (default) allows for that by a variance between units, ``multiplicative`` by a factor,
        ``plain`` and ``exact`` (binomial or Poisson, interpolated) not at all.
    winsor : float, default 0.1
        Share of units on either side that is pulled in before the spread between units is measured,
        so that outliers do not hide themselves; 0 to 0.5.
    confidence : sequence of float
        Confidence of the limits; each > 0 and < 1.

    Returns
    -------
    DataFrame
        One row a unit, in their order: the columns of `by`, ``size, value, target, standard_error,
        z, overdispersion, between_sd``, for each confidence ``low_95, high_95, low_99.8,
        high_99.8``, and ``outside``: the greatest confidence whose limits the unit is outside of, 0
        for none. A unit of size 0 has no figures.

    Raises
    ------
    MissingColumnError
        A column is not there.
    ValueError
        A negative size; events below 0 or above the size of a proportion; no whole number with
        ``"exact"``; a unit twice or missing; an option out of range.

    Notes
    -----
    z = (value - target) / se with se² = target (1 - target) / n, target / n or sd² / n. φ is the
    mean of z² after winsorising; limits use se √max(1, φ) or √(se² + τ²), τ² = max(0, (Iφ - (I -
    1)) / (Σw - Σw²/Σw)), w = 1/se².

    References
    ----------
    D. J. Spiegelhalter, Funnel plots for comparing institutional performance, Statistics in
    Medicine 24 (2005).

    Examples
    --------
    >>> import pandas as pd
    >>> agents = pd.DataFrame({
    ...     "agent": ["anna", "ben", "cleo", "dora"],
    ...     "events": [5, 41, 80, 30],
    ...     "size": [5, 50, 100, 60],
    ... })
    >>> funnel(agents, limits="plain")[["agent", "value", "low_95", "high_95", "outside"]].round(3)
      agent  value  low_95  high_95  outside
    0  anna   1.00   0.334    1.000    0.000
    1   ben   0.82   0.602    0.849    0.000
    2  cleo   0.80   0.638    0.813    0.000
    3  dora   0.50   0.613    0.838    0.998
    """
    frame = read(units, "units")
    keys = column_names("by", by)
    require(frame, [events, size, *keys], "units")
    _check_options(kind, sd, limits, winsor)
    several = listed("confidence", confidence, "several levels")
    levels = [confidence_level(each) for each in several]
    if target is not None:
        target = number("target", target, "or None", lambda _: True)
    groups = grouped(frame, keys)
    if repeated := len(frame) - len(groups):
        twice = groups.labels[int(np.argmax(groups.counts() > 1))]
        msg = f"units must have one row each; {twice!r} again ({repeated} repeated, by {keys!r})"
        raise ValueError(msg)
    sizes, counts = (numbers(frame, name, "units") for name in (size, events))
    of_size, of_events = (f"column {name!r} of units" for name in (size, events))
    must_be(of_size, sizes, ">= 0 and finite", (sizes < 0) | np.isinf(sizes))
    if kind != "mean":
        must_be(of_events, counts, ">= 0", counts < 0)
    if kind == "proportion":
        must_be(of_events, counts, f"<= {size!r}", counts > sizes)
    if limits == "exact" and kind == "proportion":
        parted = ~np.isnan(sizes) & (sizes != np.floor(sizes))
        must_be(of_size, sizes, "whole for exact limits", parted)
    order = np.argsort(groups.codes)
    sizes, counts = sizes[order], counts[order]
    (value, error, z), (about, phi, between), edges = _core.funnel(
        kind, 0.0 if sd is None else sd, counts, sizes, target, winsor, limits, levels
    )
    columns: dict[str, Any] = groups.columns()
    columns |= {"size": sizes, "value": value, "target": [about] * len(value)}
    columns |= {"standard_error": error, "z": z, "overdispersion": [phi] * len(value)}
    columns["between_sd"] = [float(np.sqrt(between))] * len(value)
    outside = np.where(np.isnan(value), np.nan, 0.0)
    for level, pairs in sorted(zip(levels, edges, strict=True), key=lambda pair: pair[0]):
        low, high = np.array(pairs).reshape(-1, 2).T
        columns |= {f"low_{100 * level:g}": low, f"high_{100 * level:g}": high}
        beyond = (np.array(value) < low) | (np.array(value) > high)
        outside[beyond] = level
    columns["outside"] = outside
    columns["kind"] = [kind] * len(outside)
    return from_columns(columns, like=frame)


def _check_options(kind: str, sd: float | None, limits: str, winsor: float) -> None:
    one_of("kind", kind, ("proportion", "rate", "mean"))
    if (kind == "mean") != (sd is not None):
        raise ValueError("sd must be given for kind 'mean', and for no other")
    if sd is not None:
        number("sd", sd, ">= 0 and finite", lambda spread: 0 <= spread < np.inf)
    if kind == "mean" and limits == "exact":
        raise ValueError("limits must not be 'exact' for kind 'mean'")
    number("winsor", winsor, ">= 0 and < 0.5", lambda share: 0 <= share < 0.5)
