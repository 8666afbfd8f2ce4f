"""How many calls are in progress, from parts that may lie on any machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from callstats import _core
from callstats._tables import categories, frames, groups, periods
from callstats._tables.checks import column_names, one_of
from callstats._tables.periods import MISSING
from callstats.kpi.agents.concurrency import InProgress, figures_of
from callstats.kpi.agents.rows import Rows, with_flagged
from callstats.kpi.exports.advice import read_log
from callstats.scale.plans import Plan, key_series, named_part, pandas_like, part_frame, plain_key
from callstats.scale.states import Layout, codes_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from callstats.scale.states import State


_COLUMNS = ("start", "arrival", "end", "answer", "wait", "talk", "hold", "direction")


@dataclass(frozen=True)
class Concurrency(Plan):
    """The plan of :func:`callstats.kpi.concurrency` over parts; arguments as there.

    A state holds how many calls begin and end at each instant, and which agents have a call in each
    interval, so a call may lie in another part than those it overlaps.

    Examples
    --------
    >>> import pandas as pd
    >>> from callstats import kpi, scale
    >>> calls = pd.DataFrame({
    ...     "start": pd.to_datetime(["2024-03-05 09:00", "2024-03-05 09:05"]),
    ...     "end": pd.to_datetime(["2024-03-05 09:10", "2024-03-05 09:20"]),
    ...     "agent": ["ann", "bob"],
    ... })
    >>> plan = scale.Concurrency(freq="15min")
    >>> parts = iter([calls[:1], calls[1:]])
    >>> scale.run(plan, parts).equals(kpi.concurrency(calls, freq="15min"))
    True
    """

    freq: Any
    by: Any = ()
    start: str | None = None
    end: str | None = None
    agent: str = "agent"
    timezone: Any = None
    on_error: Literal["raise", "drop", "flag"] = "raise"

    def __post_init__(self) -> None:
        object.__setattr__(self, "by", tuple(column_names("by", self.by)))
        one_of("on_error", self.on_error, ("raise", "drop", "flag"))
        periods.zone_named(self.timezone)
        periods.parse_freq(self.freq)

    def settings(self) -> dict[str, Any]:
        """What the plan rests on, as JSON can hold it."""
        return {
            "plan": "Concurrency",
            "by": list(self.by),
            "freq": periods.parse_freq(self.freq).label,
            "start": self.start,
            "end": self.end,
            "agent": self.agent,
            "timezone": periods.zone_named(self.timezone).name,
            "on_error": self.on_error,
        }

    def columns(self) -> tuple[str, ...]:
        """The columns of the log that it reads, as far as the log has them."""
        own = [name for name in (self.start, self.end, self.agent) if name is not None]
        return (*dict.fromkeys([*self.by, *own, *_COLUMNS]),)

    def texts(self) -> tuple[str, ...]:
        """Those of its columns that may be read as categories."""
        return (*dict.fromkeys([*self.by, self.agent]),)

    def layouts(self) -> dict[str, Layout]:
        """The columns of the tables of its states."""
        of_interval = (*self.by, "interval")
        return {
            "events": Layout((*self.by, "instant"), ("begins", "ends"), instants=("instant",)),
            "agents": Layout(
                (*of_interval, "seen"), ("calls",), instants=("interval",), texts=("seen",)
            ),
            "flagged": Layout(of_interval, ("flagged",), instants=("interval",)),
        }

    def partial(self, frame: Any, *, where: str | None = None) -> State:
        """The state of some of the calls; `where` is the name of the part, for errors."""
        part = part_frame(frame, self.columns(), self.texts())
        with named_part(where):
            log = read_log(part, "calls", on_error=self.on_error, timezone=self.timezone)
            if not log.rows and not log.has(self.start or "arrival") and not log.has("start"):
                return self.idle()
            found = InProgress.read(
                log,
                periods.parse_freq(self.freq),
                by=self.by,
                start=self.start,
                end=self.end,
                agent=self.agent,
            )
        tables = {"events": self._events(found), "agents": self._agents(found)}
        layouts = self.layouts()
        tables["flagged"] = layouts["flagged"].empty()
        bad = ~found.grouped.valid
        if self.on_error == "flag" and bad.any():
            starts = periods.interval_starts(found.begins[bad], found.cut)
            table = self._keyed(found, found.grouped.shown.codes[bad])
            table["interval"] = starts
            table["flagged"] = 1
            tables["flagged"] = layouts["flagged"].merged([table])
        about = log.summary(found.grouped.valid)
        return self._state(
            tables, {**about, "zone": log.zone.name, "in_progress": list(found.columns)}
        )

    def _keyed(self, found: InProgress, group: NDArray[np.integer[Any]]) -> pd.DataFrame:
        """The keys of such groups, a row each."""
        keys = found.grouped.table.at(found.grouped.keys, found.grouped.example)
        values = {name: plain_key(series) for name, series in keys.items()}
        table = pd.DataFrame(values, index=range(len(found.grouped)))
        return table.take(group).reset_index(drop=True)

    def _events(self, found: InProgress) -> pd.DataFrame:
        inside = found.counted >= 0
        group = found.counted[inside]
        instants = np.concatenate([found.begins[inside], found.ends[inside]])
        table = self._keyed(found, np.concatenate([group, group]))
        table["instant"] = instants
        table["begins"] = np.repeat([1, 0], group.size)
        table["ends"] = np.repeat([0, 1], group.size)
        return self.layouts()["events"].merged([table])

    def _agents(self, found: InProgress) -> pd.DataFrame:
        layout = self.layouts()["agents"]
        if found.agents is None:
            return layout.empty()
        names = np.array([*map(categories.text, found.agents.distinct), ""], dtype=object)
        rows = np.flatnonzero((found.counted >= 0) & (found.agents.codes >= 0))
        begins, ends = found.begins[rows], found.ends[rows]
        last = np.where(ends > begins, ends - 1, begins)
        made = []
        # Interval after interval of the calls that last so long: most touch one or two.
        starts = periods.interval_starts(begins, found.cut)
        while rows.size:
            table = self._keyed(found, found.counted[rows])
            table["interval"] = starts
            table["seen"] = names[found.agents.codes[rows]]
            table["calls"] = 1
            made.append(layout.merged([table]))
            following = _next(starts, found.cut)
            more = following <= last
            rows, last, starts = rows[more], last[more], following[more]
        return layout.merged(made)

    def finish(self, state: State) -> pd.DataFrame:
        """What `concurrency` gives of all calls of a state."""
        self.check(state)
        layouts, tables = self.layouts(), state.frames()
        events, agents, flagged = (layouts[name].merged([tables[name]]) for name in layouts)
        codes, example, keys = codes_of(layouts["events"], [events, agents, flagged], self.by)
        of_events, of_agents, of_flagged = np.split(codes, np.cumsum([len(events), len(agents)]))
        group, begins, ends = _paired(
            of_events, *(events[name].to_numpy() for name in ("instant", "begins", "ends"))
        )
        log = state.about["log"]
        zone = periods.zone_named(log.get("zone") or self.timezone)
        spacing = periods.parse_freq(self.freq)
        intervals = flagged["interval"].to_numpy()
        known = intervals[intervals != MISSING]
        cut = spacing.cut(np.concatenate([begins, known]), zone, np.concatenate([ends, known]))
        whole, seconds = _core.kpi_concurrency(group, (begins, ends), None, cut, len(example))
        whole["agents_seen"] = _seen(whole, of_agents, agents["interval"].to_numpy())
        rows = Rows(whole["group"], whole["start"], figures_of(whole, seconds))
        if self.on_error == "flag":
            times = flagged["flagged"].to_numpy()
            rows = with_flagged(rows, np.repeat(of_flagged, times), np.repeat(intervals, times))
        like = pandas_like()
        at = {
            name: groups.take(key_series(values), example[rows.group])
            for name, values in keys.items()
        }
        start = periods.labels("start", rows.start, zone, like)
        about = {
            "function": "concurrency",
            "in_progress": log.get("in_progress", []),
            "freq": spacing.label,
            "timezone": zone.name,
            **{name: log[name] for name in ("rows", "on_error", "left_out", "problems")},
        }
        found: pd.DataFrame = frames.result(like, at, {"start": start, **rows.columns}, about)
        return found


def _next(starts: NDArray[np.int64], cut: int | NDArray[np.int64]) -> NDArray[np.int64]:
    """Where the intervals begin that follow those that begin at `starts`."""
    if isinstance(cut, int):
        return starts + cut
    edges = np.append(cut, np.iinfo(np.int64).max)
    return edges[np.searchsorted(edges, starts, side="right")]


def _paired(
    group: NDArray[np.int32],
    instant: NDArray[np.int64],
    begins: NDArray[np.int64],
    ends: NDArray[np.int64],
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]:
    """Stretches with as many in progress at each instant: the first end after the first beginning.

    Which beginning is of which end is not known any more, and no figure hangs on it.
    """
    order = np.lexsort((instant, group))
    group, instant = group[order], instant[order]
    first, last = (np.repeat(instant, counts[order]) for counts in (begins, ends))
    return np.repeat(group, begins[order]).astype(np.int32), first, last


def _seen(
    whole: dict[str, NDArray[np.int64]], group: NDArray[np.int32], interval: NDArray[np.int64]
) -> NDArray[np.int64]:
    """How many different agents each row has."""
    place = {
        key: at
        for at, key in enumerate(zip(whole["group"].tolist(), whole["start"].tolist(), strict=True))
    }
    counts = np.zeros(len(place), np.int64)
    for key in zip(group.tolist(), interval.tolist(), strict=True):
        counts[place[key]] += 1
    return counts
