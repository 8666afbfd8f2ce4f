"""How many recordings of each group are asked for, and the plan as the core reads it."""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._tables import categories
from callstats._tables.checks import real
from callstats._tables.columns import require_values, to_pandas
from callstats._tables.frames import require
from callstats.qa.samples.hard_bounds import Bounded, read_bounds

if TYPE_CHECKING:
    import narwhals as nw
    from numpy.typing import NDArray

    from callstats._core import Recordings, Wanted
    from callstats._tables.named_groups import NamedGroups
    from callstats.qa.samples.plan import Plan
    from callstats.qa.samples.population import Population

#: The most that the core counts, and more than any group has.
_EVERYTHING = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Request:
    """A draw as the core reads it, and what its report says of it."""

    recordings: Recordings
    wanted: Wanted
    quotas: NDArray[np.int64]
    #: Quotas of groups that have no rows.
    unknown: dict[str, int]
    bounds: list[Bounded]

    @classmethod
    def of(cls, plan: Plan, population: Population, *, of_part: bool = False) -> Request:
        """The plan's request to the population, which may be a part of all recordings."""
        groups = population.groups
        unknown: dict[str, int] = {}
        if of_part and plan.share(population.frame) is not None:
            # How many a share is of the whole is not known yet.
            quotas = np.full(len(groups), _EVERYTHING, dtype=np.int64)
        else:
            quotas, unknown = _quotas(plan, population)
        bounds = read_bounds(population.frame, plan.at_most, plan.at_least)
        columns = [balanced.column for balanced in population.balanced.values()]
        return cls(
            (groups.codes, groups.hashes, population.ids, population.possible, columns),
            (
                quotas,
                min(operator.index(plan.reserve), _EVERYTHING),
                plan.design,
                int(categories.hash_texts([str(operator.index(plan.seed))])[0]),
                population.inclusion,
                [bound.bound for bound in bounds],
                population.sizes,
            ),
            quotas,
            unknown,
            bounds,
        )


def _quotas(plan: Plan, population: Population) -> tuple[NDArray[np.int64], dict[str, int]]:
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
    return np.full(len(groups), _whole(n, "n"), dtype=np.int64), {}


def _quotas_of_column(
    name: str, groups: NamedGroups, frame: nw.DataFrame[Any]
) -> NDArray[np.int64]:
    values = to_pandas(frame[name])
    require_values(values, name, "n")
    found, first = np.unique(groups.codes, return_index=True)
    quotas = np.zeros(len(groups), dtype=np.int64)
    quotas[found] = [_whole(values[row], f"column {name!r}") for row in first]
    differs = values.to_numpy() != quotas[groups.codes]
    if differs.any():
        label = groups.labels[groups.codes[int(differs.argmax())]]
        count = len(np.unique(groups.codes[differs]))
        raise ValueError(
            f"column {name!r} must have one n a group; it has several in {label!r}"
            f" ({count} such groups of {len(quotas)})"
        )
    return quotas


def _whole(value: Any, argument: str) -> int:
    try:
        number = real(value)
    except (TypeError, ValueError):
        msg = f"{argument} must be a whole number, a mapping or a column; got {value!r}"
        raise TypeError(msg) from None
    if isinstance(value, bool | np.bool_) or not 0 <= number < math.inf or number % 1:
        raise ValueError(f"{argument} must be a whole number >= 0; got {value!r}")
    return min(int(value), _EVERYTHING)
