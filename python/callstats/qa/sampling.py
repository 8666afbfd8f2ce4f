"""Recordings drawn for evaluation: how many of whom, as like the rest as can be, reproducibly."""

from __future__ import annotations

import json
import math
import operator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from callstats import _core
from callstats._core import __version__
from callstats._frames import nearest, read, require
from callstats.qa import _bounds, _columns, _names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import narwhals as nw
    from numpy.typing import NDArray

    from callstats._core import BalancedColumn, Identities, Recordings, Wanted
    from callstats.typing import Frame, Threads

__all__ = ["SampleReport", "sample", "sample_report"]

DESIGNS = ("balanced", "simple", "stratified", "systematic", "cube")
#: Balanced where nothing else is said, as far as the frame has them.
USUAL_COLUMNS = ("arrival", "talk", "call_type")
#: Columns that a sample adds.
ADDED = ("inclusion_probability", "weight", "stratum", "draw", "reserve")
#: What a record says of values that were no column of the frame.
BY_ROW = "given by row"
#: Where a frame keeps the record of its draw.
RECORD = "callstats_sample"


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
        One row a recording. Never changed.
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
        Which rows may be drawn: a column, an array, or a Series with the same index.
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
    plan = Plan(
        n=n,
        by=(by,) if isinstance(by, str) else tuple(by),
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
        eligible=named(eligible),
    )
    plan.check(frame)
    population = Population.read(frame, plan, eligible, exclude, threads)
    return draw(population, plan, threads)


@dataclass(frozen=True)
class Plan:
    """What is asked of a draw, but for the recordings: what can be written down and asked again."""

    n: Any
    by: tuple[str, ...]
    id: str
    balance: Any
    design: str
    at_most: Mapping[str, Any] | None
    at_least: Mapping[str, Any] | None
    inclusion: Any
    reserve: int
    timezone: str | None
    minimum: int
    seed: int
    #: The column that says which rows may be drawn, or that it was given by row.
    eligible: str | None = None

    def check(self, frame: nw.DataFrame[Any]) -> None:
        """Raise where the plan contradicts itself or the frame's columns."""
        _check_choices(self.design, self.seed, self.reserve, self.minimum, self.timezone)
        require(frame, [*self.by, self.id], "recordings")
        if taken := [name for name in ADDED if name in frame.columns]:
            msg = f"recordings must not have the columns that a sample adds; found {taken}"
            raise ValueError(msg)
        if self.minimum and self.share(frame) is None:
            msg = f"minimum goes with a share, such as n='5%'; got n={self.n!r}"
            raise ValueError(msg)

    def cuts(self, frame: nw.DataFrame[Any]) -> dict[str, Sequence[float] | None]:
        """The columns to balance, and where their bands are cut."""
        balance = self.balance
        if balance is None:
            balance = [name for name in USUAL_COLUMNS if name in frame.columns]
        return _columns.columns_to_balance(balance, frame, "recordings")

    def share(self, frame: nw.DataFrame[Any]) -> Fraction | None:
        """The share of each group that is asked for; None where n says how many."""
        n = self.n
        if not (isinstance(n, str) and n.endswith("%")) or n in frame.columns:
            return None
        try:
            share = Fraction(n[:-1].strip()) / 100
        except ValueError:
            share = Fraction(-1)
        if not 0 <= share <= 1:
            msg = f"n must be a share from '0%' to '100%'; got {n!r}"
            raise ValueError(msg)
        return share


@dataclass(frozen=True)
class Population:
    """The recordings that a draw is made from, and what is known of those that they stand for."""

    frame: nw.DataFrame[Any]
    groups: _columns.Groups
    ids: Identities
    #: None where all may be drawn.
    possible: NDArray[np.bool_] | None
    inclusion: NDArray[np.float64] | None
    balanced: dict[str, tuple[BalancedColumn, list[list[str] | None]]]
    #: Rows, those not eligible and those excluded, and the two sums of the digest.
    counts: tuple[int, int, int]
    digest: tuple[int, int]
    #: Eligible rows of each group where they are not all here.
    sizes: NDArray[np.int64] | None = None

    @classmethod
    def read(
        cls, frame: nw.DataFrame[Any], plan: Plan, eligible: Any, exclude: Any, threads: Threads
    ) -> Population:
        """The recordings in `frame`."""
        cuts = plan.cuts(frame)
        groups = _columns.grouped_compactly(frame, plan.by)
        ids = _ids(frame, plan.id, threads)
        allowed = _eligible(frame, eligible)
        inclusion = _inclusion(frame, plan.inclusion, plan.design, allowed)
        if inclusion is not None:
            allowed = inclusion > 0 if allowed is None else allowed & (inclusion > 0)
        excluded = _excluded(ids, exclude)
        out = 0 if allowed is None else len(frame) - int(allowed.sum())
        possible = allowed
        if excluded is not None:
            possible = ~excluded if allowed is None else allowed & ~excluded
        left = len(frame) if possible is None else int(possible.sum())
        population = cls(
            frame,
            groups,
            ids,
            possible,
            inclusion,
            {
                name: _columns.balanced(_columns.to_pandas(frame[name]), cut, plan.timezone)
                for name, cut in cuts.items()
            },
            (len(frame), out, len(frame) - out - left),
            (0, 0),
        )
        first, second = _core.frame_digest(population.integers(), threads)
        return replace(population, digest=(first, second))

    def integers(self) -> Recordings:
        """As the core reads them."""
        columns = [column for column, _ in self.balanced.values()]
        return (self.groups.codes, self.groups.names, self.ids, self.possible, columns)

    def eligible_sizes(self) -> NDArray[np.int64]:
        """How many eligible recordings each group has in all."""
        if self.sizes is not None:
            return self.sizes
        codes = self.groups.codes if self.possible is None else self.groups.codes[self.possible]
        return np.bincount(codes, minlength=len(self.groups.keys))


def draw(population: Population, plan: Plan, threads: Threads) -> Frame:
    """The plan's sample of the population, with its record."""
    frame, groups = population.frame, population.groups
    quotas, unknown = quotas_of(plan, population)
    bounds = _bounds.read_bounds(frame, plan.at_most, plan.at_least)
    rows, place, spare, probability, found, conflicts = _core.draw_sample(
        population.integers(), wanted(plan, population, quotas, bounds), threads
    )
    if conflicts:
        raise _bounds.excluded(conflicts, bounds, groups)
    sizes = found if population.sizes is None else population.sizes
    strata = [groups.labels[group] for group in groups.codes[rows]]
    if plan.design == "stratified":
        strata = _cells(strata, rows, population.balanced.values())
    possible = population.possible
    if possible is None:
        possible = np.ones(len(frame) if bounds else 0, dtype=bool)
    record = {
        "version": __version__,
        "seed": operator.index(plan.seed),
        "design": plan.design,
        "by": list(plan.by),
        "id": plan.id,
        "n": _plain_n(plan.n),
        "minimum": int(plan.minimum),
        "balance": {name: _described(column) for name, (column, _) in population.balanced.items()},
        "cuts": {
            name: [float(cut) for cut in np.asarray(column[1])]
            for name, (column, _) in population.balanced.items()
            if _columns.margins_of(column) == ("band",)
        },
        "eligible": plan.eligible,
        "inclusion": named(plan.inclusion),
        "at_most": _plain_bounds(plan.at_most),
        "at_least": _plain_bounds(plan.at_least),
        "reserve": operator.index(plan.reserve),
        "timezone": plan.timezone,
        "rows": population.counts[0],
        "groups": len(groups.keys),
        "drawn": int((~spare).sum()),
        "reserves": int(spare.sum()),
        "left_out": _left_out(population, sizes, quotas, len(rows)),
        "quotas_not_met": [
            *_short(groups, quotas, sizes, rows[~spare]),
            *_nobody(unknown),
            *(entry for bound in bounds for entry in bound.short(groups, possible, quotas)),
        ],
        "digest": "{:016x}{:016x}".format(*population.digest),
    }
    with np.errstate(divide="ignore"):
        added = (probability, 1.0 / probability, strata, place, spare)
    return _drawn(frame, rows, dict(zip(ADDED, added, strict=True)), record)


def wanted(
    plan: Plan, population: Population, quotas: NDArray[np.int64], bounds: list[_bounds.Bounded]
) -> Wanted:
    """The plan as the core reads it."""
    seed = int(
        _names.hashes(_names.identities(pd.Series([operator.index(plan.seed)], dtype=object)))[0]
    )
    return (
        quotas,
        operator.index(plan.reserve),
        plan.design,
        seed,
        population.inclusion,
        [bound.bound for bound in bounds],
        population.sizes,
    )


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
        msg = (
            "sample must have the record that callstats.qa.sample leaves with it; this frame has"
            " none (Polars frames lose it when worked on or saved: ask for the report first)"
        )
        raise ValueError(msg)
    record = json.loads(attrs[RECORD])
    return SampleReport(record["quotas_not_met"], record["left_out"], record)


def _check_choices(
    design: str, seed: int, reserve: int, minimum: int, timezone: str | None
) -> None:
    if design not in DESIGNS:
        close = nearest(str(design), DESIGNS)
        msg = f"design must be one of {', '.join(map(repr, DESIGNS))}{close}; got {design!r}"
        raise ValueError(msg)
    for name, value in (("seed", seed), ("reserve", reserve), ("minimum", minimum)):
        if isinstance(value, bool | np.bool_) or not hasattr(value, "__index__"):
            msg = f"{name} must be a whole number; got {value!r}"
            raise TypeError(msg)
        if name != "seed" and value < 0:
            msg = f"{name} must be >= 0; got {value!r}"
            raise ValueError(msg)
    if timezone is not None:
        import zoneinfo

        try:
            zoneinfo.ZoneInfo(timezone)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            msg = f"timezone must be the name of a zone, such as 'Asia/Shanghai'; got {timezone!r}"
            raise ValueError(msg) from None


def _ids(frame: nw.DataFrame[Any], name: str, threads: Threads) -> Identities:
    series = _columns.to_pandas(frame[name])
    # Texts tell of missing ones while they are read.
    _columns.check_present(series, name, "id")
    ids = _names.identities(series)
    if _core.ids_repeat(ids, threads):
        repeated = pd.Series(_names.hashes(ids)).duplicated(keep=False).to_numpy()
        texts = series[repeated].map(_columns.text)
        # Text decides: two ids that share a hash (once in 2^64) are two.
        counts = texts.value_counts()
        counts = counts[counts > 1]
        if len(counts):
            first = next(value for value in texts if value in counts.index)
            msg = (
                f"id column {name!r} must not repeat; {first!r} comes {counts[first]} times "
                f"({len(counts)} repeated, {int(counts.sum())} rows of {len(series)})"
            )
            raise ValueError(msg)
    return ids


def _row_by_row(frame: nw.DataFrame[Any], given: Any, argument: str) -> pd.Series[Any]:
    """The values of a column, or values given in row order, without any missing."""
    if isinstance(given, str):
        require(frame, [given], "recordings")
        values = _columns.to_pandas(frame[given])
    else:
        index = getattr(frame.to_native(), "index", None)
        own = getattr(given, "index", None)
        if isinstance(own, pd.Index) and index is not None and not own.equals(index):
            msg = f"{argument} must have the index of recordings"
            raise ValueError(msg)
        values = pd.Series(np.asarray(given))
    if len(values) != len(frame):
        msg = f"{argument} must have one value a row; got {len(values)} for {len(frame)} rows"
        raise ValueError(msg)
    return values


def _eligible(frame: nw.DataFrame[Any], eligible: Any) -> NDArray[np.bool_] | None:
    if eligible is None:
        return None
    values = _row_by_row(frame, eligible, "eligible")
    if count := int(values.isna().sum()):
        msg = f"eligible must be true or false; {count} missing of {len(values)}"
        raise ValueError(msg)
    if len(values) and pd.api.types.infer_dtype(values) != "boolean":
        msg = f"eligible must be booleans; got {values.dtype}"
        raise TypeError(msg)
    return values.to_numpy(dtype=bool)


def _inclusion(
    frame: nw.DataFrame[Any], inclusion: Any, design: str, allowed: NDArray[np.bool_] | None
) -> NDArray[np.float64] | None:
    if inclusion is None:
        return None
    if design != "cube":
        msg = f"inclusion needs design='cube'; got {design!r}"
        raise ValueError(msg)
    values = _row_by_row(frame, inclusion, "inclusion")
    kind, numbers = _columns.kind_of(values)
    if kind != "number" and len(values):
        msg = f"inclusion must be numbers; got {values.dtype}"
        raise TypeError(msg)
    sizes = np.ascontiguousarray(numbers.to_numpy(dtype=np.float64, na_value=np.nan))
    bad = ~((sizes >= 0) & np.isfinite(sizes))
    if allowed is not None:
        bad &= allowed
    if bad.any():
        at = int(bad.argmax())
        msg = (
            f"inclusion must be >= 0 and finite; got {sizes[at]} at position {at} "
            f"({int(bad.sum())} bad of {len(sizes)})"
        )
        raise ValueError(msg)
    return sizes


def _excluded(ids: Identities, exclude: Iterable[Any] | None) -> NDArray[np.bool_] | None:
    if exclude is None:
        return None
    if isinstance(exclude, str | bytes) or hasattr(exclude, "columns"):
        msg = f"exclude must hold ids: a list, set, array or Series; got {type(exclude).__name__}"
        raise TypeError(msg)
    drawn = pd.Series(list(exclude), dtype=object).infer_objects()
    if count := int(drawn.isna().sum()):
        msg = f"exclude must hold ids; {count} missing of {len(drawn)}"
        raise ValueError(msg)
    if len(drawn) == 0:
        return None
    before = _names.hashes(_names.identities(drawn))
    return pd.Series(_names.hashes(ids)).isin(before).to_numpy()


def quotas_of(plan: Plan, population: Population) -> tuple[NDArray[np.int64], dict[str, int]]:
    """What each group is asked for, and the quotas of groups that have no rows."""
    frame, groups, n = population.frame, population.groups, plan.n
    share = plan.share(frame)
    if share is not None:
        sizes = population.eligible_sizes()
        counts = [max(math.ceil(share * int(size)), plan.minimum) for size in sizes]
        return np.array(counts, dtype=np.int64), {}
    if isinstance(n, str):
        require(frame, [n], "recordings")
        return _quotas_of_column(n, groups, frame), {}
    if hasattr(n, "to_dict"):
        n = n.to_dict()
    if hasattr(n, "keys"):
        # Groups are known by their text: a plan read from a file has no other keys.
        named = {_columns.text(group): _whole(n[group], f"n of {group!r}") for group in n}
        quotas = np.array([named.pop(label, 0) for label in groups.labels], dtype=np.int64)
        return quotas, {group: count for group, count in named.items() if count}
    return np.full(len(groups.keys), _whole(n, "n"), dtype=np.int64), {}


def _quotas_of_column(
    name: str, groups: _columns.Groups, frame: nw.DataFrame[Any]
) -> NDArray[np.int64]:
    values = _columns.to_pandas(frame[name])
    _columns.check_present(values, name, "n")
    found, first = np.unique(groups.codes, return_index=True)
    quotas = np.zeros(len(groups.keys), dtype=np.int64)
    quotas[found] = [_whole(values[row], f"column {name!r}") for row in first]
    differs = values.to_numpy() != quotas[groups.codes]
    if differs.any():
        label = groups.labels[groups.codes[int(differs.argmax())]]
        count = len(np.unique(groups.codes[differs]))
        msg = (
            f"column {name!r} must have one n a group; it has several in {label!r}"
            f" ({count} such groups of {len(quotas)})"
        )
        raise ValueError(msg)
    return quotas


def _whole(value: Any, argument: str) -> int:
    try:
        number = float(value)
    except (TypeError, ValueError):
        msg = f"{argument} must be a whole number, a mapping or a column; got {value!r}"
        raise TypeError(msg) from None
    if isinstance(value, bool | np.bool_) or not 0 <= number < math.inf or number % 1:
        msg = f"{argument} must be a whole number >= 0; got {value!r}"
        raise ValueError(msg)
    return min(int(value), np.iinfo(np.int64).max)


def _plain_n(n: Any) -> Any:
    if isinstance(n, str):
        return n
    if hasattr(n, "items"):
        return {_columns.text(group): int(count) for group, count in n.items()}
    return int(n)


def _plain_bounds(bounds: Mapping[str, Any] | None) -> dict[str, Any]:
    return {
        name: {_columns.text(level): int(count) for level, count in bound.items()}
        if hasattr(bound, "items")
        else int(bound)
        for name, bound in (bounds or {}).items()
    }


def named(rows: Any) -> str | None:
    """How the record speaks of a value a row: the digest holds what it was."""
    return rows if rows is None or isinstance(rows, str) else BY_ROW


def _described(column: Any) -> str:
    margins = _columns.margins_of(column)
    if margins == ("level",):
        return "levels"
    if margins == ("band",):
        return "rank and bands cut at " + ", ".join(f"{cut:g}" for cut in column[1])
    return "rank, three hours, weekday and week"


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


def _short(
    groups: _columns.Groups,
    quotas: NDArray[np.int64],
    sizes: NDArray[np.int64],
    sample_rows: NDArray[np.int64],
) -> list[dict[str, Any]]:
    """Groups that gave fewer than asked."""
    drawn = np.bincount(groups.codes[sample_rows], minlength=len(quotas))
    return [
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


def _nobody(unknown: Mapping[str, int]) -> list[dict[str, Any]]:
    """Quotas of groups without rows."""
    return [
        {"group": group, "wanted": count, "drawn": 0, "reason": "no recordings"}
        for group, count in unknown.items()
    ]


def _cells(
    strata: list[str],
    rows: NDArray[np.int64],
    columns: Iterable[tuple[Any, list[list[str] | None]]],
) -> list[str]:
    """Each row's group and cell: the levels that the stratified design crosses."""
    parts = [strata]
    for column, names in columns:
        first, second = column
        drawn = (np.ascontiguousarray(first[rows]), second)
        margins = _columns.margins_of(column)
        for margin, levels, texts in zip(margins, _core.column_levels(drawn), names, strict=True):
            if margin != "week":
                parts.append(
                    [
                        "missing"
                        if level == _columns.MISSING
                        else _columns.level_text(margin, int(level), second, texts)
                        for level in levels
                    ]
                )
    return [" | ".join(row) for row in zip(*parts, strict=True)]


def _drawn(
    frame: nw.DataFrame[Any],
    rows: NDArray[np.int64],
    added: Mapping[str, Any],
    record: Mapping[str, Any],
) -> Frame:
    """The rows with the columns added, in the caller's kind of frame, the record with them."""
    result = with_columns(taken(frame, rows), added)
    attrs = {} if frame.implementation.is_polars() else result.attrs
    result.attrs = {**attrs, RECORD: json.dumps(record, ensure_ascii=False)}
    return result


def taken(frame: nw.DataFrame[Any], rows: NDArray[np.int64]) -> Any:
    """These rows in the caller's kind of frame; in pandas where that is neither it nor Polars."""
    native = frame.to_native()
    if frame.implementation.is_polars():
        return native[rows]
    pandas = native if isinstance(native, pd.DataFrame) else frame.to_pandas()
    return pandas.iloc[rows].copy()


def with_columns(frame: Any, columns: Mapping[str, Any], like: Any = None) -> Any:
    """The frame with columns added, and the record of `like` where it has one."""
    if isinstance(frame, pd.DataFrame):
        for name, values in columns.items():
            frame[name] = pd.Series(values, index=frame.index, dtype=_DTYPES.get(name))
        return frame
    import polars as pl

    result = frame.with_columns(
        pl.Series(
            name,
            values,
            dtype=pl.String if name in _DTYPES else None,
            nan_to_null=isinstance(values, np.ndarray) and values.dtype.kind == "f",
        )
        for name, values in columns.items()
    )
    if record := getattr(like, "attrs", {}).get(RECORD):
        result.attrs = {RECORD: record}
    return result


def stacked(frames: Sequence[Any]) -> Any:
    """Frames of one kind, one under the other."""
    if len(frames) == 1:
        return frames[0]
    if isinstance(frames[0], pd.DataFrame):
        return pd.concat(frames)
    import polars as pl

    return pl.concat(frames, how="vertical_relaxed")


#: Where an empty list would not say it.
_DTYPES = {"stratum": str}
