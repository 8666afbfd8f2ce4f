"""Plans of intervals whose queues go beyond Erlang A."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats import _core
from callstats._tables import frames
from callstats._tables.arrays import elementwise_many
from callstats._tables.checks import number, shown
from callstats.erlang.beyond import Beyond, beyond
from callstats.erlang.patience import Patience
from callstats.staffing.intervals import values

if TYPE_CHECKING:
    import narwhals as nw
    from numpy.typing import NDArray

    from callstats.typing import Invalid, Threads

#: Columns of a plan as the core gives them.
_COLUMNS = 8


def _by_value(frame: nw.DataFrame[Any], patience: Mapping[Any, Any]) -> list[Any]:
    """The patience of each row, by the value of the column that a mapping names."""
    if len(patience) != 1 or not isinstance(next(iter(patience.values())), Mapping):
        msg = "patience must map one column's name to a mapping from its values"
        raise TypeError(f"{msg}; got {shown(dict(patience))}")
    ((column, by_value),) = patience.items()
    frames.require(frame, [column], "intervals")
    found = frame[column].to_list()
    lacking = sorted({str(each) for each in found if each not in by_value})
    if lacking:
        msg = f"patience has no entry for {', '.join(map(repr, lacking[:5]))} of column {column!r}"
        raise ValueError(msg)
    return [by_value[each] for each in found]


def mean_patience(frame: nw.DataFrame[Any], patience: Any) -> Any:
    """The column of mean patience of a plan; inf where the patience is a `Patience`."""
    if isinstance(patience, Patience):
        return math.inf
    if not isinstance(patience, Mapping):
        return values(frame, "patience", patience)
    rows = _by_value(frame, patience)
    distinct = {id(each): each for each in rows}
    means = {
        key: math.inf if isinstance(each, Patience) else values(frame, "patience", each)
        for key, each in distinct.items()
    }
    return np.array([means[id(each)] for each in rows], dtype=np.float64)


@dataclass(frozen=True)
class BeyondOfRows:
    """What goes beyond Erlang A in a plan: the same for all rows but for columns and patience."""

    lines: Any
    load_cv: Any
    certainty: float
    #: The rows of each patience; all of them where there is one.
    parts: list[tuple[NDArray[np.intp], Beyond]]

    def planned(
        self,
        work: Mapping[str, Any],
        goals: list[Any],
        choices: tuple[Any, ...],
        options: tuple[Invalid, Threads],
    ) -> list[Any]:
        """The columns of a plan in the core's order."""
        count = len(work["calls"])
        columns = [*work.values(), self.lines, self.load_cv, *goals]
        out: list[Any] = []
        for rows, wide in self.parts:
            # Rows of another patience are missing here, so that what is invalid keeps its position.
            own = np.full(count, np.nan)
            own[rows] = work["calls"][rows]
            found, _ = elementwise_many(
                _core.wide_plan,
                *(own, *columns[1:]),
                choices=(*choices, wide.model, self.certainty),
                options=(*options, None),
            )
            out = out or [np.full(count, np.nan) for _ in found]
            for target, part in zip(out, found, strict=True):
                target[rows] = part[rows]
        return out or [np.empty(0) for _ in range(_COLUMNS)]


def beyond_of_rows(frame: nw.DataFrame[Any], arguments: Mapping[str, Any]) -> BeyondOfRows | None:
    """What goes beyond Erlang A among the arguments of a plan; None where nothing does."""
    patience, slowdown, average = (arguments[n] for n in ("patience", "slowdown", "average"))
    lines, load_cv = arguments["lines"], arguments["load_cv"]
    certainty = arguments["certainty"]
    if certainty is not None:
        certainty = number("certainty", certainty, "> 0 and < 1", lambda share: 0 < share < 1)
    mapped = isinstance(patience, Mapping)
    plain = beyond(math.inf if mapped else patience, lines, slowdown, load_cv, average) is None
    if plain and not mapped and certainty is None:
        return None
    rows = _by_value(frame, patience) if mapped else [patience] * len(frame)
    kinds = {id(each): each for each in rows if isinstance(each, Patience)}
    keys = np.array([id(each) if isinstance(each, Patience) else 0 for each in rows])
    parts = [
        (np.flatnonzero(keys == key), Beyond.of(each, lines, slowdown, load_cv, average))
        for key, each in {0: math.inf, **kinds}.items()
        if (keys == key).any()
    ]
    return BeyondOfRows(
        values(frame, "lines", lines),
        values(frame, "load_cv", load_cv),
        math.nan if certainty is None else certainty,
        parts,
    )
