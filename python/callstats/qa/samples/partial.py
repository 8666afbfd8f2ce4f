"""Draws of recordings that come in parts: day files, or the partitions of a cluster."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats import _core
from callstats._tables import categories
from callstats._tables.arrays import thread_count
from callstats._tables.checks import shown
from callstats._tables.frames import read, stacked, taken
from callstats._tables.named_groups import named
from callstats.qa.samples import sampling
from callstats.qa.samples.plan import Plan
from callstats.qa.samples.population import Population
from callstats.qa.samples.quotas import Request

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    import narwhals as nw
    from numpy.typing import NDArray

    from callstats.typing import Frame, Threads

_WORD = 1 << 64
#: Samples that a balanced draw deals a group's first rows into, as the core has it.
_PARTITION = 16
#: How far above the share that is looked for a limit of places lies, in standard deviations of the
#: number below it: of 80 rows fewer come once in 10^10 groups.
_SLACK = 8.0
#: Rows of parts that are put together before those that cannot be drawn any more are let go.
_PENDING = 1 << 20


@dataclass(frozen=True)
class PartialSample:
    """What a draw has to know of one part of the recordings. Pickles; parts merge in any order.

    Attributes
    ----------
    rows : DataFrame
        The recordings that can still be drawn, whatever the other parts hold: of each group the
        first in its order of chance, some 16 n for a balanced draw, n for a simple one, and all
        where the design or hard bounds look at all.
    sizes : dict
        The eligible recordings of each group.
    counts : tuple of int
        All recordings, those not eligible, and those excluded.
    """

    plan: Plan
    rows: Frame
    sizes: dict[tuple[Any, ...], int]
    counts: tuple[int, int, int]
    digest: tuple[int, int]


# The arguments of `sample`, so that a plan for one frame is that for its parts.
def partial_sample(
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
    inclusion: str | None = None,
    reserve: int = 0,
    timezone: str | None = None,
    minimum: int = 0,
    seed: int,
    threads: Threads = None,
) -> PartialSample:
    """What a draw has to know of one part of the recordings; :func:`merge_samples` draws.

    The parts may be day files, the partitions of a cluster, or the batches of a file that memory
    cannot hold. However the recordings are cut, the merged draw is exactly that of
    :func:`callstats.qa.sample` over all of them.

    Parameters
    ----------
    recordings : DataFrame
        A part: each recording is in one of them.
    n, by, id, balance, design, at_most, at_least, reserve, timezone, minimum, seed
        As :func:`callstats.qa.sample` takes them, the same for every part.
    eligible : str, or booleans in row order, optional
        Which rows of this part may be drawn.
    exclude : iterable of ids, optional
        Recordings drawn before.
    inclusion : str, optional
        A column, for the cube method.
    threads : int, optional
        Threads to use at most.

    Returns
    -------
    PartialSample
        As small as the draw allows: its ``rows`` do not grow with the part once each group has
        some 16 n. A share of each group, a stratified, systematic or cube design, a single
        balanced category, and hard bounds need all rows.

    Raises
    ------
    ValueError
        As :func:`callstats.qa.sample`. An id that repeats in another part is found when merging,
        where it could have been drawn.

    Examples
    --------
    >>> import pandas as pd
    >>> from callstats import qa
    >>> calls = pd.DataFrame({"call_id": range(100), "agent": ["anna", "ben"] * 50})
    >>> days = [calls[:30], calls[30:70], calls[70:]]
    >>> parts = [qa.partial_sample(day, 5, seed=7) for day in days]
    >>> qa.merge_samples(parts).equals(qa.sample(calls, 5, seed=7))
    True
    """
    if inclusion is not None and not isinstance(inclusion, str):
        msg = f"inclusion must be the name of a column; got {type(inclusion).__name__}"
        raise TypeError(msg)
    plan = Plan.of(
        # Plans are compared when parts merge, which a Series cannot be.
        n=n.to_dict() if hasattr(n, "to_dict") else n,
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
    return part_of(population_of(recordings, plan, eligible, exclude, threads), plan, threads)


def population_of(
    recordings: Frame, plan: Plan, eligible: Any, exclude: Any, threads: Threads
) -> Population:
    """The recordings of a part, read and checked."""
    frame = read(recordings, "recordings")
    plan.check(frame)
    return Population.read(frame, plan, eligible, exclude, threads)


def part_of(
    population: Population,
    plan: Plan,
    threads: Threads,
    whole: Mapping[tuple[Any, ...], int] | None = None,
    spared: Container[tuple[Any, ...]] = (),
) -> PartialSample:
    """What a draw has to know of a part.

    Who knows how many eligible recordings the `whole` of each group has keeps less: rows so late in
    the order of chance that enough come before them, but for groups that are `spared`.
    """
    request = Request.of(plan, population, of_part=True)
    limits = None
    if whole is not None and (keep := kept_rows(plan, population, request)) is not None:
        values = population.groups.values
        sizes = np.array([whole[value] for value in values], dtype=np.float64)
        share = (keep + _SLACK * np.sqrt(keep)) / np.maximum(sizes, 1)
        share[[value in spared for value in values]] = 1.0
        limits = np.full(len(values), np.iinfo(np.uint64).max)
        limits[share < 1] = (share[share < 1] * float(_WORD)).astype(np.uint64)
    kept, sizes_here, (first, second) = _core.draw_candidates(
        request.recordings, request.wanted, limits, thread_count(threads)
    )
    return PartialSample(
        plan,
        taken(population.frame, kept),
        dict(zip(population.groups.values, sizes_here.tolist(), strict=True)),
        population.counts,
        (first, second),
    )


def kept_rows(plan: Plan, population: Population, request: Request) -> NDArray[np.float64] | None:
    """How many rows of each group, the first in its order of chance, a draw is made from.

    None where the design or hard bounds look at all of them.
    """
    balanced = list(population.balanced.values())
    alone = len(balanced) == 1 and balanced[0].texts is not None
    if request.bounds or plan.design not in {"balanced", "simple"}:
        return None
    if plan.share(population.frame) is not None or (plan.design == "balanced" and alone):
        return None
    quotas = request.quotas.astype(np.float64)
    wanted = np.where(quotas > 0, quotas + float(plan.reserve), 0.0)
    return wanted if plan.design == "simple" else np.maximum(wanted, _PARTITION * quotas)


def merge_samples(parts: Iterable[PartialSample], *, threads: Threads = None) -> Frame:
    """The sample drawn from all parts together.

    Parameters
    ----------
    parts : iterable of PartialSample
        As :func:`partial_sample` made them with the same plan, in any order. A generator is taken
        part by part, and rows that later parts have pushed out of reach are let go on the way.
    threads : int, optional
        Threads to use at most.

    Returns
    -------
    DataFrame
        Exactly what :func:`callstats.qa.sample` draws from the recordings of all parts, record
        included; in the parts' kind of frame.

    Raises
    ------
    ValueError
        No parts, parts of different plans, or an id in two parts.

    Examples
    --------
    >>> import pandas as pd
    >>> from callstats import qa
    >>> day = pd.DataFrame({"call_id": [1, 2, 3, 4], "agent": ["anna", "ben", "anna", "ben"]})
    >>> part = qa.partial_sample(day, 1, seed=7)
    >>> len(qa.merge_samples([part]))
    2
    """
    merged = thinned(parts, threads)
    frame = read(merged.rows, "parts")
    population = stands_for(merged, frame, threads)
    return sampling.draw(population, merged.plan, threads)


def thinned(parts: Iterable[PartialSample], threads: Threads) -> PartialSample:
    """All parts as one, taken as they come, without ever holding many rows that cannot be drawn."""
    if not isinstance(parts, Iterable):
        msg = f"parts must be several partial samples; got {shown(parts)}"
        raise TypeError(msg)
    pending: list[PartialSample] = []
    limit, rows = _PENDING, 0
    for part in parts:
        if not isinstance(part, PartialSample):
            msg = f"parts must be partial samples; got {shown(part)}"
            raise TypeError(msg)
        pending.append(part)
        rows += len(part.rows)
        if rows <= limit:
            continue
        together = combine(pending)
        frame = read(together.rows, "parts")
        population = stands_for(together, frame, threads)
        kept = part_of(population, together.plan, threads).rows
        pending = [replace(together, rows=kept)]
        rows = len(kept)
        # Where a design needs all rows they are looked through again at each doubling only.
        limit = max(_PENDING, 2 * rows)
    return combine(pending)


def stands_for(merged: PartialSample, frame: nw.DataFrame[Any], threads: Threads) -> Population:
    """The rows of a partial sample, with the sizes and counts of what they stand for."""
    population = Population.read(frame, merged.plan, None, None, threads)
    values = sorted_values(merged.sizes)
    groups = named(merged.plan.by, values, population.groups.codes)
    place = {label: at for at, label in enumerate(groups.labels)}
    numbers = np.array([place[label] for label in population.groups.labels], dtype=np.int32)
    codes = _core.renumber(population.groups.codes, numbers)
    sizes = np.array([merged.sizes[value] for value in values], dtype=np.int64)
    return replace(
        population,
        groups=replace(groups, codes=codes),
        sizes=sizes,
        counts=merged.counts,
        digest=merged.digest,
    )


def combine(parts: Iterable[PartialSample]) -> PartialSample:
    """One partial sample of all parts; its rows are not thinned out."""
    import narwhals as nw

    given = list(parts)
    if not given:
        msg = "parts must hold at least one PartialSample"
        raise ValueError(msg)
    first = given[0]
    if any(part.plan != first.plan for part in given):
        msg = "parts must be of the same plan (n, by, balance, design, seed, ...)"
        raise ValueError(msg)
    frames = [nw.from_native(part.rows, eager_only=True) for part in given]
    # Columns that are empty in one part may have another type there.
    filled = [frame for frame in frames if len(frame)] or frames[:1]
    rows = stacked([frame.to_native() for frame in filled])
    sizes: dict[tuple[Any, ...], int] = {}
    for part in given:
        for key, size in part.sizes.items():
            sizes[key] = sizes.get(key, 0) + size
    counts = np.array([part.counts for part in given]).sum(axis=0)
    digest = [sum(part.digest[at] for part in given) % _WORD for at in (0, 1)]
    return PartialSample(
        first.plan,
        rows,
        sizes,
        (int(counts[0]), int(counts[1]), int(counts[2])),
        (digest[0], digest[1]),
    )


def sorted_values(values: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Groups in the order of their values, of their texts where those have none."""
    found = list(values)
    try:
        return sorted(found)
    except TypeError:
        return sorted(found, key=categories.text)
