"""Recordings drawn for evaluation: how many of whom, as like the rest as can be, reproducibly."""

from __future__ import annotations

import json
import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from callstats import _core
from callstats._core import __version__
from callstats._tables import categories
from callstats._tables.arrays import thread_count
from callstats._tables.frames import read
from callstats.qa.samples import drawn_rows, hard_bounds
from callstats.qa.samples.drawn_rows import ADDED, RECORD
from callstats.qa.samples.plan import Plan, named
from callstats.qa.samples.population import Population
from callstats.qa.samples.quotas import Request

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from callstats.typing import Frame, Threads


# Sixteen arguments: what a sampling plan has to say, in one call that its record can repeat.
def sample(
    recordings: Frame,
    n: float | str | Mapping[Any, float],
    *,
    by: str | Sequence[str] = "agent",
    id: str = "call_id",
    balance: str | Sequence[str] | Mapping[str, Sequence[float] | None] | None = None,
    design: str = "balanced",
    eligible: Any = None,
    exclude: Iterable[Any] | None = None,
    at_most: Mapping[str, Any] | None = None,
    at_least: Mapping[str, Any] | None = None,
    inclusion: Any = None,
    reserve: int = 0,
    timezone: str | None = None,
    minimum: int = 0,
    seed: int,
    threads: Threads = None,
) -> Frame:
    """The recordings drawn from each group, with probabilities, weights and reserves.

    The default design deals a group's recordings into samples as alike as can be and draws one of
    them by chance: its times of day, weekdays, weeks, lengths and types match the group's own, and
    every recording still has the same known probability. Use ``"simple"`` where a plain lottery is
    asked for.

    Parameters
    ----------
    recordings : DataFrame
        One row a recording. Never changed. Of a log of calls, which has an `outcome`, only those
        rows are drawn from that can have a recording: answered, with an agent and a talk.
    n : int, mapping or str
        Recordings of each group: one number; a mapping from group to number (groups not in it draw
        nothing); a column that has one number a group; or a share such as ``"5%"`` of a group's
        eligible recordings, rounded up. A smaller group gives all it has.
    by : str or sequence of str
        The column, or columns, whose values are the groups.
    id : str
        The column that names a recording. Text and whole numbers are compared by their text:
        ``"007"`` and ``"7"`` are two, ``7`` and ``"7"`` draw alike.
    balance : str, sequence of str, or mapping, optional
        Columns to balance. A time by its local three hours, weekday, week and rank; a number by its
        rank and by bands, cut at 60, 120, 300 and 600 s unless a mapping gives other cuts; anything
        else by its levels. Default: ``arrival``, ``talk`` and ``call_type``, those that there are.
    design : str
        ``"balanced"``; ``"simple"``; ``"stratified"``: proportional to the joint cells of the
        balanced columns, rounded at random; ``"systematic"``: every k-th in the order of the
        balanced columns; ``"cube"``: balanced as far as can be under `inclusion`.
    eligible : str, or booleans in row order, optional
        Which rows may be drawn: a column, an array, or a Series with the same index. True and false
        or 1 and 0; none may be missing. Default: all rows; of a log those that can have one.
    exclude : iterable of ids, optional
        Recordings drawn before, which are not drawn again.
    at_most, at_least : mapping, optional
        Hard bounds in every group: ``at_most={"customer": 1}`` for each level of a column,
        ``at_least={"call_type": {"complaint": 1}}`` for levels by name. Rows without a level are
        free. `at_least` asks for no more than the group has; the report tells of the rest.
    inclusion : str or numbers in row order, optional
        For ``"cube"``: what the inclusion probabilities are to be proportional to, finite and not
        negative; rows with 0 are not eligible. Numbers that are probabilities and sum to n are
        taken as they are.
    reserve : int
        So many more of each group, to replace what turns out to be unusable, in this order.
    timezone : str, optional
        The zone whose wall clock counts for times that know their zone. Default: their own. Times
        without a zone are local already.
    minimum : int
        With a share: no fewer than so many of each group.
    seed : int
        Any whole number. Publish it before the recordings are known, and the draw can be checked.
    threads : int, optional
        Threads to use at most.

    Returns
    -------
    DataFrame
        The rows drawn, in the order of groups and draws, with these columns added (pandas: index
        kept). ``inclusion_probability``, n / N; ``weight``, its inverse; ``stratum``, the
        group and, in a stratified design, the cell; ``draw``, from 1 on; ``reserve``. Reserves are
        no part of the sample: their probability and weight are missing. So are all of a group in
        which a hard bound could have been broken: what is drawn there has no known probability.

    Raises
    ------
    ValueError
        A missing or repeated id, a missing group, a column that is not there, a bad n; bounds that
        exclude one another, with the group and the bound.

    Notes
    -----
    What is drawn depends on the seed and on the group's own rows: not on the order of rows, the
    number of threads, other groups, the frame library, or whether text is stored as categories.
    All of it is decided by whole numbers. In the balanced and the stratified design, a category
    alone is met exactly: each level comes as often as its share, rounded down or up.

    Balanced rows of one group do not occur together in every combination, so that no unbiased
    estimate of the variance exists; the formula of simple random sampling is on the safe side.

    The record of the draw travels in ``attrs`` (pandas). Polars frames have none: there it stays
    with the frame as returned, so ask :func:`sample_report` before working on.

    References
    ----------
    Deville & Tillé (2004), Efficient balanced sampling: the cube method. Biometrika 91.
    Grafström, Lundström & Schelin (2012), Spatially balanced sampling through the pivotal method.
    Biometrics 68.

    Examples
    --------
    >>> import pandas as pd
    >>> calls = pd.DataFrame({
    ...     "call_id": range(1, 13),
    ...     "agent": ["anna"] * 8 + ["ben"] * 4,
    ...     "call_type": ["order", "order", "complaint", "order"] * 3,
    ... })
    >>> drawn = sample(calls, 4, balance="call_type", seed=2024)
    >>> drawn.groupby(["agent", "call_type"]).size().to_dict()
    {('anna', 'complaint'): 1, ('anna', 'order'): 3, ('ben', 'complaint'): 1, ('ben', 'order'): 3}
    >>> drawn.groupby("agent")["weight"].sum().to_dict()
    {'anna': 8.0, 'ben': 4.0}
    """
    frame = read(recordings, "recordings")
    plan = Plan.of(
        n=n,
        by=by,
        id=id,
        balance=balance,
        design=design,
        at_most=at_most,
        at_least=at_least,
        inclusion=inclusion,
        reserve=reserve,
        timezone=timezone,
        minimum=minimum,
        seed=seed,
        eligible=eligible,
    )
    plan.check(frame)
    population = Population.read(frame, plan, eligible, exclude, threads)
    return draw(population, plan, threads)


def draw(population: Population, plan: Plan, threads: Threads) -> Frame:
    """The plan's sample of the population, with its record."""
    request = Request.of(plan, population)
    rows, place, spare, probability, found, conflicts, digest = _core.draw_sample(
        request.recordings, request.wanted, thread_count(threads)
    )
    groups = population.groups
    if conflicts:
        raise hard_bounds.excluded(conflicts, request.bounds, groups)
    sizes = found if population.sizes is None else population.sizes
    strata = [groups.labels[group] for group in groups.codes[rows]]
    if plan.design == "stratified":
        cells = [cell for each in population.balanced.values() for cell in each.cells(rows)]
        strata = [" | ".join(row) for row in zip(strata, *cells, strict=True)]
    record = {
        **_plan_record(plan, population),
        "rows": population.counts[0],
        "groups": len(groups),
        "drawn": int((~spare).sum()),
        "reserves": int(spare.sum()),
        "left_out": _left_out(population, sizes, request.quotas, len(rows)),
        "quotas_not_met": _not_met(population, request, sizes, rows[~spare]),
        "digest": "{:016x}{:016x}".format(*(population.digest or digest)),
    }
    with np.errstate(divide="ignore"):
        added = (probability, 1.0 / probability, strata, place, spare)
    return drawn_rows.drawn(population.frame, rows, dict(zip(ADDED, added, strict=True)), record)


@dataclass(frozen=True)
class SampleReport:
    """What a sample could not give, and the record from which it can be drawn again.

    Attributes
    ----------
    quotas_not_met : list of dict
        One entry a group that gave fewer than asked: ``group, wanted, drawn, reason``.
    left_out : dict
        Rows that were not drawn, by reason.
    record : dict
        Seed, version, the design's definition, counts, and a digest of the frame: everything needed
        to show that the draw was what it claims to be. Holds nothing but what JSON holds.
    """

    quotas_not_met: list[dict[str, Any]]
    left_out: dict[str, int]
    record: dict[str, Any]

    def to_frame(self) -> pd.DataFrame:
        """The quotas not met, as a pandas frame."""
        columns = ["group", "wanted", "drawn", "reason"]
        return pd.DataFrame(self.quotas_not_met, columns=columns)


def sample_report(sample: Frame) -> SampleReport:
    """Quotas not met and rows left out by reason, and the audit record of a drawn sample.

    Parameters
    ----------
    sample : DataFrame
        As :func:`callstats.qa.sample` returned it. A pandas frame keeps its record through
        selections, copies and Parquet files; a Polars frame only as it was returned.

    Returns
    -------
    SampleReport
        With ``quotas_not_met``, ``left_out`` and ``record``. The counts are those of the draw, not
        of what became of the frame later.

    Raises
    ------
    ValueError
        The frame has no record.

    Notes
    -----
    The digest in the record is the same for the same recordings in any order and any frame library.
    It shows that two frames are the same; it is no protection against somebody who makes up
    recordings until the digest fits.

    Examples
    --------
    >>> import pandas as pd
    >>> from callstats.qa import sample
    >>> calls = pd.DataFrame({"call_id": [1, 2, 3, 4], "agent": ["anna", "anna", "anna", "ben"]})
    >>> report = sample_report(sample(calls, 2, seed=7))
    >>> report.quotas_not_met
    [{'group': 'ben', 'wanted': 2, 'drawn': 1, 'reason': 'fewer eligible recordings'}]
    >>> report.left_out
    {'not drawn': 1}
    """
    read(sample, "sample")
    attrs = getattr(sample, "attrs", None)
    if not isinstance(attrs, dict) or RECORD not in attrs:
        raise ValueError(
            "sample must have the record that callstats.qa.sample leaves with it; this frame has"
            " none (Polars frames lose it when worked on or saved: ask for the report first)"
        )
    record = json.loads(attrs[RECORD])
    return SampleReport(record["quotas_not_met"], record["left_out"], record)


def _plan_record(plan: Plan, population: Population) -> dict[str, Any]:
    """What was asked, as JSON can hold it."""
    balanced = population.balanced
    return {
        "version": __version__,
        "seed": operator.index(plan.seed),
        "design": plan.design,
        "by": list(plan.by),
        "id": plan.id,
        "n": _plain_n(plan.n),
        "minimum": int(plan.minimum),
        "balance": {name: column.description for name, column in balanced.items()},
        "cuts": {name: column.cuts for name, column in balanced.items() if column.cuts is not None},
        "eligible": plan.eligible,
        "inclusion": named(plan.inclusion),
        "at_most": _plain_bounds(plan.at_most),
        "at_least": _plain_bounds(plan.at_least),
        "reserve": operator.index(plan.reserve),
        "timezone": plan.timezone,
    }


def _plain_n(n: Any) -> Any:
    if isinstance(n, str):
        return n
    if hasattr(n, "items"):
        return {categories.text(group): int(count) for group, count in n.items()}
    return int(n)


def _plain_bounds(bounds: Mapping[str, Any] | None) -> dict[str, Any]:
    return {
        name: {categories.text(level): int(count) for level, count in bound.items()}
        if hasattr(bound, "items")
        else int(bound)
        for name, bound in (bounds or {}).items()
    }


def _left_out(
    population: Population, sizes: NDArray[np.int64], quotas: NDArray[np.int64], drawn: int
) -> dict[str, int]:
    """Rows not drawn: the first reason that holds of each counts."""
    _, not_eligible, excluded = population.counts
    idle = int(sizes[quotas == 0].sum())
    counts = {
        "not eligible": not_eligible,
        "excluded": excluded,
        "no quota": idle,
        "not drawn": int(sizes.sum()) - idle - drawn,
    }
    return {reason: count for reason, count in counts.items() if count}


def _not_met(
    population: Population,
    request: Request,
    sizes: NDArray[np.int64],
    sample_rows: NDArray[np.int64],
) -> list[dict[str, Any]]:
    """Quotas that were not met: of groups, of groups without rows, and of levels by name."""
    groups, quotas = population.groups, request.quotas
    drawn = groups.counts(sample_rows)
    entries: list[dict[str, Any]] = [
        {
            "group": groups.labels[group],
            "wanted": int(quotas[group]),
            "drawn": int(drawn[group]),
            "reason": "fewer eligible recordings"
            if drawn[group] == sizes[group]
            else "at_most allows no more",
        }
        for group in np.flatnonzero(drawn < quotas)
    ]
    entries += [
        {"group": group, "wanted": count, "drawn": 0, "reason": "no recordings"}
        for group, count in request.unknown.items()
    ]
    for bound in request.bounds:
        entries += bound.short(groups, population.possible, quotas)
    return entries
