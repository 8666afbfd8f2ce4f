"""Hard bounds of a sample: the most and the fewest of each level that a group's draw may hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._tables import categories
from callstats._tables.columns import to_pandas
from callstats._tables.frames import require

if TYPE_CHECKING:
    import narwhals as nw
    from numpy.typing import NDArray

    from callstats._core import Bound
    from callstats._tables.named_groups import NamedGroups

#: No bound: more than any group has rows.
_ANY = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Bounded:
    """A bounded column: as the core reads it, its levels' texts, and who is asked for by name."""

    name: str
    bound: Bound
    texts: list[str]
    least_of: dict[str, int]

    def short(
        self, groups: NamedGroups, possible: NDArray[np.bool_] | None, quotas: NDArray[np.int64]
    ) -> list[dict[str, Any]]:
        """Levels asked for by name of which groups have too few, in the report's words."""
        found = {text: code for code, text in enumerate(self.texts)}
        entries = []
        for text, wanted in self.least_of.items():
            rows = self.bound[0] == found.get(text, len(found))
            has = groups.counts(rows if possible is None else rows & possible)
            entries += [
                {
                    "group": groups.labels[group],
                    "wanted": wanted,
                    "drawn": int(has[group]),
                    "reason": f"fewer of {self.name} {text!r}, asked for by at_least",
                }
                for group in np.flatnonzero((has < wanted) & (quotas > 0))
            ]
        return entries


def read_bounds(
    frame: nw.DataFrame[Any], at_most: Mapping[str, Any] | None, at_least: Mapping[str, Any] | None
) -> list[Bounded]:
    """One bound a column named in either mapping."""
    given = {"at_most": at_most or {}, "at_least": at_least or {}}
    for argument, mapping in given.items():
        if not isinstance(mapping, Mapping):
            msg = f"{argument} must be a mapping, such as {{'customer': 1}}; got {mapping!r}"
            raise TypeError(msg)
    names = dict.fromkeys([*given["at_most"], *given["at_least"]])
    require(frame, names, "recordings")
    return [
        _bounded(frame, name, given["at_most"].get(name), given["at_least"].get(name))
        for name in names
    ]


def _bounded(frame: nw.DataFrame[Any], name: str, most: Any, least: Any) -> Bounded:
    codes, values = categories.coded(to_pandas(frame[name]))
    texts = categories.texts(values)
    least_of = {} if least is None else _by_level(least, texts, f"at_least of {name!r}")
    allowed = {} if most is None else _by_level(most, texts, f"at_most of {name!r}")
    fewest = np.array([least_of.get(text, 0) for text in texts], dtype=np.int64)
    greatest = np.array([allowed.get(text, _ANY) for text in texts], dtype=np.int64)
    # A number asks for as many of each level that a group has: there is nothing to be short of.
    named = least_of if isinstance(least, Mapping) else {}
    return Bounded(name, (codes.astype(np.int64), fewest, greatest), texts, named)


def _by_level(bound: Any, texts: list[str], argument: str) -> dict[str, int]:
    if isinstance(bound, Mapping):
        return {categories.text(level): _count(count, argument) for level, count in bound.items()}
    return dict.fromkeys(texts, _count(bound, argument))


def _count(value: Any, argument: str) -> int:
    if isinstance(value, bool | np.bool_) or not hasattr(value, "__index__") or value < 0:
        raise ValueError(f"{argument} must be whole numbers >= 0; got {value!r}")
    return int(value)


def excluded(
    conflicts: list[tuple[int, int, int]], bounds: list[Bounded], groups: NamedGroups
) -> ValueError:
    """The error that names the first group whose bounds exclude one another, and the bound."""
    group, at, level = conflicts[0]
    bound = bounds[at]
    if level < 0:
        what = f"at_least of {bound.name!r} asks for more rows than n"
    else:
        fewest = int(bound.bound[1][level])
        what = f"at_least {fewest} of {bound.name} {bound.texts[level]!r} cannot be had"
    return ValueError(
        f"bounds exclude one another in group {groups.labels[group]!r}: {what} "
        f"({len(conflicts)} such groups of {len(groups)})"
    )
