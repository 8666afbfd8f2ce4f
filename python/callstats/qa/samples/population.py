"""The recordings that a draw is made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from callstats import _core
from callstats._tables import categories
from callstats._tables.arrays import thread_count
from callstats._tables.checks import MOST_NUMBERS, listed, must_be
from callstats._tables.columns import floats, kind_of, require_values, to_pandas
from callstats._tables.frames import kept, require
from callstats._tables.named_groups import NamedGroups, grouped
from callstats._tables.truths import truths_of
from callstats.qa import encoding
from callstats.qa.samples.recorded import recorded

if TYPE_CHECKING:
    from collections.abc import Iterable

    import narwhals as nw
    from numpy.typing import NDArray

    from callstats._core import Identities
    from callstats.qa.samples.plan import Plan
    from callstats.typing import Threads


@dataclass(frozen=True)
class Population:
    """The recordings that a draw is made from, and what is known of those that they stand for."""

    frame: nw.DataFrame[Any]
    groups: NamedGroups
    ids: Identities
    #: None where all may be drawn.
    possible: NDArray[np.bool_] | None
    inclusion: NDArray[np.float64] | None
    balanced: dict[str, encoding.Balanced]
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
        groups = grouped(frame, plan.by)
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
            encoding.balanced_columns(frame, cuts, plan.timezone),
            (given, given - eligible_rows, eligible_rows - left),
        )

    def eligible_sizes(self) -> NDArray[np.int64]:
        """How many eligible recordings each group has in all."""
        if self.sizes is not None:
            return self.sizes
        return self.groups.counts(slice(None) if self.possible is None else self.possible)


def _ids(frame: nw.DataFrame[Any], name: str, threads: Threads) -> Identities:
    series = to_pandas(frame[name])
    # Texts tell of missing ones while they are read.
    require_values(series, name, "id")
    ids = categories.identities(series)
    if _core.ids_repeat(ids, thread_count(threads)):
        repeated = pd.Series(categories.hashes(ids)).duplicated(keep=False).to_numpy()
        texts = series[repeated].map(categories.text)
        # Text decides: two ids that share a hash (once in 2^64) are two.
        counts = texts.value_counts()
        counts = counts[counts > 1]
        if len(counts):
            first = next(value for value in texts if value in counts.index)
            raise ValueError(
                f"id column {name!r} must not repeat; {first!r} comes {counts[first]} times "
                f"({len(counts)} repeated, {int(counts.sum())} rows of {len(series)})"
            )
    return ids


def _row_by_row(frame: nw.DataFrame[Any], given: Any, argument: str) -> pd.Series[Any]:
    """The values of a column, or values given in row order, without any missing."""
    if isinstance(given, str):
        require(frame, [given], "recordings")
        values = to_pandas(frame[given])
    else:
        index = getattr(frame.to_native(), "index", None)
        own = getattr(given, "index", None)
        if isinstance(own, pd.Index) and index is not None and not own.equals(index):
            raise ValueError(f"{argument} must have the index of recordings")
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
        raise ValueError(f"inclusion needs design='cube'; got {design!r}")
    values = _row_by_row(frame, inclusion, "inclusion")
    kind, numbers = kind_of(values)
    if kind != "number" and len(values):
        raise TypeError(f"inclusion must be numbers; got {values.dtype}")
    sizes = floats(numbers)
    bad = ~((sizes >= 0) & np.isfinite(sizes))
    must_be("inclusion", sizes, ">= 0 and finite", bad if allowed is None else bad & allowed)
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
        raise ValueError(f"exclude must hold ids; {count} missing of {len(drawn)}")
    if len(drawn) == 0:
        return None
    before = categories.hashes(categories.identities(drawn))
    return pd.Series(categories.hashes(ids)).isin(before).to_numpy()
