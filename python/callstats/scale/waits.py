"""How long callers are willing to wait, from parts that may lie on any machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from callstats._tables.checks import column_names, confidence_level, one_of
from callstats.kpi.calls.tallies import Waits, counted_waits
from callstats.kpi.calls.thresholds import plain
from callstats.kpi.calls.waiting import (
    WaitLog,
    WaitTable,
    curve_of,
    hazard_edges,
    hazard_of,
    patience_of,
    patience_options,
)
from callstats.scale.plans import Plan, key_series, named_part, pandas_like, part_frame, plain_key
from callstats.scale.states import Layout, codes_of

if TYPE_CHECKING:
    from callstats.scale.states import State

_COLUMNS = ("call_id", "direction", "wait", "outcome")
_EDGES = (0, 10, 20, 30, 60, 120, 180, 300, 600)


@dataclass(frozen=True)
class _OfWaits(Plan):
    """What the three plans share: how often each wait ended in hanging up, and how often else."""

    by: Any = ()
    confidence: float = 0.95
    on_error: Literal["raise", "drop", "flag"] = "raise"

    def __post_init__(self) -> None:
        object.__setattr__(self, "by", tuple(column_names("by", self.by)))
        confidence_level(self.confidence)
        one_of("on_error", self.on_error, ("raise", "drop", "flag"))

    def _shared(self) -> dict[str, Any]:
        return {
            "plan": type(self).__name__,
            "by": list(self.by),
            "confidence": self.confidence,
            "on_error": self.on_error,
        }

    def columns(self) -> tuple[str, ...]:
        """The columns of the log that it reads, as far as the log has them."""
        return (*dict.fromkeys([*self.by, *_COLUMNS]),)

    def texts(self) -> tuple[str, ...]:
        """Those of its columns that may be read as categories."""
        return (*dict.fromkeys([*self.by, "outcome", "direction"]),)

    def layouts(self) -> dict[str, Layout]:
        """The columns of the tables of its states."""
        keys = (*self.by, "abandoned", "wait")
        return {
            "groups": Layout(self.by, ("unrecorded", "flagged")),
            "waits": Layout(keys, ("count",), whole=("wait",), truths=("abandoned",)),
        }

    def partial(self, frame: Any, *, where: str | None = None) -> State:
        """The state of some of the calls; `where` is the name of the part, for errors."""
        part = part_frame(frame, self.columns(), self.texts())
        with named_part(where):
            if not len(part) and not {"wait", "outcome", *self.by} <= set(part.columns):
                return self.idle()
            log = WaitLog(part, self.by, self.on_error)
        count = log.size
        codes, wait, abandoned = log.rows
        found = counted_waits(codes, wait, count, np.ascontiguousarray(abandoned))
        keys = {name: plain_key(s) for name, s in log.keys_of(np.arange(count)).items()}
        table = pd.DataFrame(keys, index=range(count))
        waits = table.take(found.group).reset_index(drop=True)
        waits["abandoned"] = found.marked
        waits["wait"] = found.wait.view(np.int64)
        waits["count"] = found.count
        table["unrecorded"] = log.unrecorded
        table["flagged"] = np.zeros(count, np.int64) if log.flagged is None else log.flagged
        return self._state({"groups": table, "waits": waits}, log.about)

    def _table(self, state: State) -> WaitTable:
        """The counted waits of a state."""
        self.check(state)
        layouts, tables = self.layouts(), state.frames()
        cells, waits = (layouts[name].merged([tables[name]]) for name in ("groups", "waits"))
        codes, _, _ = codes_of(layouts["groups"], [cells, waits], self.by)
        count = len(cells)
        if not self.by and not count:
            count, cells = 1, pd.DataFrame({"unrecorded": [0], "flagged": [0]})
        else:
            codes = codes[count:]
        if codes.size and codes.max() >= count:
            msg = "the state is damaged: waits of groups that it has not"
            raise ValueError(msg)
        counted = Waits(
            codes.astype(np.int32),
            np.ascontiguousarray(waits["wait"].to_numpy()).view(np.float64),
            waits["count"].to_numpy(),
            waits["abandoned"].to_numpy(),
        )
        log = state.about["log"]
        return WaitTable(
            {name: key_series(cells[name]) for name in self.by},
            cells["unrecorded"].to_numpy(),
            cells["flagged"].to_numpy() if self.on_error == "flag" else None,
            counted,
            {name: log[name] for name in ("rows", "on_error", "left_out", "problems")},
            pandas_like(),
        )


@dataclass(frozen=True)
class Patience(_OfWaits):
    """The plan of :func:`callstats.kpi.patience` over parts; arguments as there.

    Examples
    --------
    >>> import pandas as pd
    >>> from callstats import kpi, scale
    >>> calls = pd.DataFrame({"wait": [10.0, 30.0, 20.0], "outcome": ["answered", "abandoned"] * 1
    ...     + ["answered"]})
    >>> scale.run(scale.Patience(), iter([calls[:2], calls[2:]])).equals(kpi.patience(calls))
    True
    """

    until: Any = None
    limits: Literal["poisson", "chi2_2d", "log_wald"] = "poisson"

    def __post_init__(self) -> None:
        super().__post_init__()
        patience_options(self.until, self.confidence, self.limits)
        one_of("limits", self.limits, ("poisson", "chi2_2d", "log_wald"))

    def settings(self) -> dict[str, Any]:
        """What the plan rests on, as JSON can hold it."""
        until, _, _ = patience_options(self.until, self.confidence, self.limits)
        return {
            **self._shared(),
            "until": None if self.until is None else plain(until),
            "limits": self.limits,
        }

    def finish(self, state: State) -> pd.DataFrame:
        """What `patience` gives of all calls of a state."""
        found: pd.DataFrame = patience_of(
            self._table(state), *patience_options(self.until, self.confidence, self.limits)
        )
        return found


@dataclass(frozen=True)
class PatienceCurve(_OfWaits):
    """The plan of :func:`callstats.kpi.patience_curve` over parts; arguments as there."""

    band: Literal["loglog", "log", "plain"] = "loglog"

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of("band", self.band, ("loglog", "log", "plain"))

    def settings(self) -> dict[str, Any]:
        """What the plan rests on, as JSON can hold it."""
        return {**self._shared(), "band": self.band}

    def finish(self, state: State) -> pd.DataFrame:
        """What `patience_curve` gives of all calls of a state."""
        found: pd.DataFrame = curve_of(self._table(state), self.confidence, self.band)
        return found


@dataclass(frozen=True)
class PatienceHazard(_OfWaits):
    """The plan of :func:`callstats.kpi.patience_hazard` over parts; arguments as there."""

    edges: Any = _EDGES

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "edges", tuple(hazard_edges(self.edges)))

    def settings(self) -> dict[str, Any]:
        """What the plan rests on, as JSON can hold it."""
        return {**self._shared(), "edges": list(self.edges)}

    def finish(self, state: State) -> pd.DataFrame:
        """What `patience_hazard` gives of all calls of a state."""
        found: pd.DataFrame = hazard_of(self._table(state), list(self.edges), self.confidence)
        return found
