"""Values by unit, who is treated, and the splits that chance could have made."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._tables.categories import text
from callstats._tables.checks import listed, must_be, shown, whole
from callstats._tables.truths import truths_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: Splits that are drawn at most where there are too many to be looked at.
_MOST_DRAWN = 1_000_000
#: From so many splits on one measure alone is counted by halves, of up to so many units.
_HALVES = 44
_BY_UNIT = "a mapping or a pandas Series of numbers by unit"


def in_order(names: Iterable[Any]) -> list[Any]:
    """Units in the order of their texts, whatever their type and the order they came in."""
    found = list(names)
    return sorted(found, key=text)


def by_unit(argument: str, values: Any, *, positive: bool = False) -> tuple[list[Any], Floats]:
    """Names of units in order, and their values."""
    import pandas as pd

    if isinstance(values, pd.Series):
        pairs = list(zip(values.index, values, strict=True))
    elif isinstance(values, Mapping):
        pairs = list(values.items())
    else:
        raise TypeError(f"{argument} must be {_BY_UNIT}; got {shown(values)}")
    if not pairs:
        raise ValueError(f"{argument} must have a value for some units; got none")
    pairs.sort(key=lambda pair: text(pair[0]))
    names = [name for name, _ in pairs]
    twice = [name for name, other in itertools.pairwise(names) if text(name) == text(other)]
    if twice:
        raise ValueError(f"{argument} must name each unit once; got {shown(twice[0])} twice")
    found = np.array([_number(argument, name, value) for name, value in pairs], np.float64)
    rule = "> 0 and finite" if positive else "finite"
    must_be(argument, found, rule, ~np.isfinite(found) | ((found <= 0) & positive))
    return names, found


def _number(argument: str, name: Any, value: Any) -> float:
    if isinstance(value, str | bytes | bool | complex) or not hasattr(value, "__float__"):
        raise TypeError(f"{argument} must be {_BY_UNIT}; got {shown(value)} for {shown(name)}")
    try:
        return float(value)
    except (TypeError, OverflowError, ValueError):
        msg = f"{argument} must be finite; got {shown(value)} for {shown(name)}"
        raise ValueError(msg) from None


def same_units(first: tuple[str, list[Any]], second: tuple[str, list[Any]]) -> None:
    """Raise where two arguments are of different units."""
    (name, units), (other, others) = first, second
    known = {text(unit) for unit in units}
    strange = [unit for unit in others if text(unit) not in known]
    lacking = known - {text(unit) for unit in others}
    if strange or lacking:
        what = shown(strange[0]) if strange else f"none for {shown(min(lacking))}"
        raise ValueError(f"{other} must be of the units of {name}; got {what}")


def places(argument: str, chosen: Iterable[Any], names: Sequence[Any]) -> list[int]:
    """Where the chosen units stand, ascending; each must be known and come once."""
    known = {text(name): place for place, name in enumerate(names)}
    found = []
    for unit in chosen:
        place = known.get(text(unit))
        if place is None:
            some = ", ".join(shown(name) for name in list(names)[:5])
            msg = f"{argument} must name units that there are ({some}, ...); got {shown(unit)}"
            raise ValueError(msg)
        if place in found:
            raise ValueError(f"{argument} must name each unit once; got {shown(unit)} twice")
        found.append(place)
    return sorted(found)


def treated_flags(treated: Any, names: Sequence[Any]) -> NDArray[np.bool_]:
    """Who is treated, of units in order; some must be and some not."""
    import pandas as pd

    from callstats.compare.teams.choosing import Plan

    flags = np.zeros(len(names), bool)
    if isinstance(treated, Plan):
        treated = treated.treated
    if isinstance(treated, pd.Series):
        truths = pd.api.types.is_bool_dtype(treated.dtype)
        treated = dict(treated.items()) if truths else treated.tolist()
    if isinstance(treated, Mapping):
        found = places("treated", treated, names)
        if len(found) < len(names):
            msg = f"treated must have a flag for each of {len(names)} units; got {len(found)}"
            raise ValueError(msg)
        pairs = sorted(treated.items(), key=lambda pair: text(pair[0]))
        flags = truths_of("treated", [value for _, value in pairs], missing=False)
    else:
        chosen = listed("treated", treated, "names of units, or a flag for each")
        flags[places("treated", chosen, names)] = True
    if not flags.any() or flags.all():
        msg = f"treated must be some units and not all; got {int(flags.sum())} of {len(names)}"
        raise ValueError(msg)
    return flags


@dataclass(frozen=True)
class Splits:
    """The splits that chance could have made, as the core reads them."""

    kind: str
    units: int
    treated: int
    members: NDArray[np.uint32]
    #: How many there are, and how many of them are drawn; 0 where all are looked at.
    count: int
    drawn: int = 0
    seed: int = 0

    @property
    def core(self) -> tuple[str, int, int, NDArray[np.uint32], int, int]:
        """What the core takes."""
        kind = self.kind
        if self.drawn:
            kind = "drawn_pairs" if kind == "pairs" else "drawn"
        return kind, self.units, self.treated, self.members, self.drawn, self.seed

    @property
    def equal_arms(self) -> bool:
        """Whether as many are treated as not."""
        return 2 * self.treated == self.units

    @property
    def smallest(self) -> float:
        """The smallest two-sided p that such splits can give."""
        return (2 if self.equal_arms else 1) / self.count


def possible_splits(
    names: Sequence[Any],
    flags: NDArray[np.bool_],
    *,
    pairs: Any = None,
    allowed: Any = None,
    limit: Any = 10_000_000,
    seed: Any = None,
    alone: bool = False,
) -> Splits:
    """The splits of which `flags` is the one made; `alone`: one measure, units weigh alike."""
    most = whole("limit", limit, least=1)
    units, treated = len(names), int(flags.sum())
    if pairs is not None and allowed is not None:
        raise ValueError("pairs and allowed exclude each other: allowed holds every split")
    if allowed is not None:
        members = _allowed(allowed, names, flags)
        return Splits("listed", units, treated, members.ravel(), len(members))
    if pairs is not None:
        joined = _pairs(pairs, names, flags)
        found = Splits("pairs", units, treated, joined, 2 ** (units // 2))
        halved = alone and units // 2 <= _HALVES
    else:
        found = Splits("all", units, treated, np.zeros(0, np.uint32), math.comb(units, treated))
        halved = alone and units <= _HALVES
    if found.count <= most or halved:
        return found
    if seed is None:
        raise ValueError(
            f"seed must be given where there are more splits than limit={most:,}; got None for "
            f"{units} units with {treated} treated, of which so many are drawn"
        )
    drawn, start = min(most, _MOST_DRAWN), whole("seed", seed, most=2**63)
    return Splits(found.kind, units, treated, found.members, found.count, drawn, start)


def _pairs(pairs: Any, names: Sequence[Any], flags: NDArray[np.bool_]) -> NDArray[np.uint32]:
    rule = "pairs of units, each unit in one"
    found = []
    for pair in listed("pairs", pairs, rule):
        two = listed("pairs", pair, rule)
        if len(two) != 2:
            raise ValueError(f"pairs must be {rule}; got {shown(pair)}")
        found.append(places("pairs", two, names))
    every = sorted(place for pair in found for place in pair)
    if every != list(range(len(names))):
        got = f"{len(every)} in {len(found)} pairs"
        raise ValueError(f"pairs must hold each of {len(names)} units once; got {got}")
    for first, second in found:
        if flags[first] == flags[second]:
            both = f"{shown(names[first])} and {shown(names[second])}"
            msg = f"pairs must have one treated unit each; got both or neither of {both}"
            raise ValueError(msg)
    return np.array(found, np.uint32).ravel()


def _allowed(allowed: Any, names: Sequence[Any], flags: NDArray[np.bool_]) -> NDArray[np.uint32]:
    from callstats.compare.teams.choosing import Plan

    own = np.flatnonzero(flags).astype(np.uint32)
    if isinstance(allowed, Plan):
        same_units(("allowed", list(allowed.chosen)), ("the data", list(names)))
        members = allowed.members
    else:
        sets = [
            places("allowed", listed("allowed", each, "sets of units"), names)
            for each in listed("allowed", allowed, "sets of units", most=10_000_000)
        ]
        if any(len(each) != own.size for each in sets):
            raise ValueError(f"allowed must hold sets of {own.size} units, as many as are treated")
        members = np.array(sorted(sets), np.uint32).reshape(len(sets), own.size)
    if not (members == own).all(axis=1).any():
        msg = "allowed must hold the split that was made; got none that treats the same units"
        raise ValueError(msg)
    return members
