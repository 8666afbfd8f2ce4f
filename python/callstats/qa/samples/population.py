"""What is asked of a draw, and the recordings that it is made from."""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from callstats import _core
from callstats._tables import categories
from callstats._tables.arrays import thread_count
from callstats._tables.checks import MOST_NUMBERS, listed, real
from callstats._tables.frames import nearest, require
from callstats._tables.truths import truths_of
from callstats.qa import encoding
from callstats.qa.samples.drawn_rows import ADDED
from callstats.qa.samples.recorded import kept, recorded

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import narwhals as nw
    from numpy.typing import NDArray

    from callstats._core import BalancedColumn, Identities, Recordings, Wanted
    from callstats.qa.samples import hard_bounds
    from callstats.typing import Threads

DESIGNS = ("balanced", "simple", "stratified", "systematic", "cube")
#: Balanced where nothing else is said, as far as the frame has them.
USUAL_COLUMNS = ("arrival", "talk", "call_type")
#: What a record says of values that were no column of the frame.
BY_ROW = "given by row"


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
        return encoding.columns_to_balance(balance, frame, "recordings")

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
    groups: encoding.Groups
    ids: Identities
    #: None where all may be drawn.
    possible: NDArray[np.bool_] | None
    inclusion: NDArray[np.float64] | None
    balanced: dict[str, tuple[BalancedColumn, list[list[str] | None]]]
    #: Rows, those not eligible and those excluded.
    counts: tuple[int, int, int]
    #: Eligible rows of each group, and the digest's two sums, where not all rows are here.
    sizes: NDArray[np.int64] | None = None
    digest: tuple[int, int] | None = None

    @classmethod
    def read(
        cls, frame: nw.DataFrame[Any], plan: Plan, eligible: Any, exclude: Any, threads: Threads
    ) -> Population:
        """The recordings in `frame`."""
        given = len(frame)
        inclusion = None
        # Where nothing is said of rows, those of a log that can have a recording are drawn from.
        if plan.eligible is None and (found := recorded(frame)) is not None and not found.all():
            inclusion = _inclusion(frame, plan.inclusion, plan.design, found)
            inclusion = None if inclusion is None else np.ascontiguousarray(inclusion[found])
            frame = kept(frame, found)
        cuts = plan.cuts(frame)
        groups = encoding.grouped_compactly(frame, plan.by)
        ids = _ids(frame, plan.id, threads)
        allowed = _eligible(frame, eligible)
        if inclusion is None:
            inclusion = _inclusion(frame, plan.inclusion, plan.design, allowed)
        if inclusion is not None:
            allowed = inclusion > 0 if allowed is None else allowed & (inclusion > 0)
        excluded = _excluded(ids, exclude)
        possible = allowed
        if excluded is not None:
            possible = ~excluded if allowed is None else allowed & ~excluded
        eligible_rows = len(frame) if allowed is None else int(allowed.sum())
        left = len(frame) if possible is None else int(possible.sum())
        return cls(
            frame,
            groups,
            ids,
            possible,
            inclusion,
            {
                name: encoding.balanced(encoding.to_pandas(frame[name]), cut, plan.timezone)
                for name, cut in cuts.items()
            },
            (given, given - eligible_rows, eligible_rows - left),
        )

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
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError, TypeError):
            msg = f"timezone must be the name of a zone, such as 'Asia/Shanghai'; got {timezone!r}"
            raise ValueError(msg) from None


def _ids(frame: nw.DataFrame[Any], name: str, threads: Threads) -> Identities:
    series = encoding.to_pandas(frame[name])
    # Texts tell of missing ones while they are read.
    encoding.check_present(series, name, "id")
    ids = categories.identities(series)
    if _core.ids_repeat(ids, thread_count(threads)):
        repeated = pd.Series(categories.hashes(ids)).duplicated(keep=False).to_numpy()
        texts = series[repeated].map(categories.text)
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
        values = encoding.to_pandas(frame[given])
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
    # A recording that nobody calls eligible or not is neither drawn nor left out by a guess.
    return truths_of("eligible", values, missing=False)


def _inclusion(
    frame: nw.DataFrame[Any], inclusion: Any, design: str, allowed: NDArray[np.bool_] | None
) -> NDArray[np.float64] | None:
    if inclusion is None:
        return None
    if design != "cube":
        msg = f"inclusion needs design='cube'; got {design!r}"
        raise ValueError(msg)
    values = _row_by_row(frame, inclusion, "inclusion")
    kind, numbers = encoding.kind_of(values)
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
    ids_given = listed("exclude", exclude, "ids, in a list, set, array or Series", MOST_NUMBERS)
    drawn = pd.Series(ids_given, dtype=object).infer_objects()
    if count := int(drawn.isna().sum()):
        msg = f"exclude must hold ids; {count} missing of {len(drawn)}"
        raise ValueError(msg)
    if len(drawn) == 0:
        return None
    before = categories.hashes(categories.identities(drawn))
    return pd.Series(categories.hashes(ids)).isin(before).to_numpy()


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
        named = {categories.text(group): _whole(n[group], f"n of {group!r}") for group in n}
        quotas = np.array([named.pop(label, 0) for label in groups.labels], dtype=np.int64)
        return quotas, {group: count for group, count in named.items() if count}
    return np.full(len(groups.keys), _whole(n, "n"), dtype=np.int64), {}


def _quotas_of_column(
    name: str, groups: encoding.Groups, frame: nw.DataFrame[Any]
) -> NDArray[np.int64]:
    values = encoding.to_pandas(frame[name])
    encoding.check_present(values, name, "n")
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
        number = real(value)
    except (TypeError, ValueError):
        msg = f"{argument} must be a whole number, a mapping or a column; got {value!r}"
        raise TypeError(msg) from None
    if isinstance(value, bool | np.bool_) or not 0 <= number < math.inf or number % 1:
        msg = f"{argument} must be a whole number >= 0; got {value!r}"
        raise ValueError(msg)
    return min(int(value), np.iinfo(np.int64).max)


def wanted(
    plan: Plan, population: Population, quotas: NDArray[np.int64], bounds: list[hard_bounds.Bounded]
) -> Wanted:
    """The plan as the core reads it."""
    seed = int(
        categories.hashes(
            categories.identities(pd.Series([operator.index(plan.seed)], dtype=object))
        )[0]
    )
    return (
        quotas,
        min(operator.index(plan.reserve), np.iinfo(np.int64).max),
        plan.design,
        seed,
        population.inclusion,
        [bound.bound for bound in bounds],
        population.sizes,
    )


def named(rows: Any) -> str | None:
    """How the record speaks of a value a row: the digest holds what it was."""
    return rows if rows is None or isinstance(rows, str) else BY_ROW
