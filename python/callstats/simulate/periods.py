"""What time a run covers, and how its figures are cut: from a horizon, a frame, or the model."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._tables import durations, frames
from callstats._tables.checks import must_be, nearest
from callstats.simulate.distributions import duration
from callstats.simulate.parts import Shift, rates, whole_agents

if TYPE_CHECKING:
    import narwhals as nw
    import pandas as pd
    from numpy.typing import NDArray

    from callstats.simulate.model import Model

#: More cells than this would be a mistake in the length of an interval rather than a wish.
_MOST_PERIODS = 1_000_000


@dataclass(frozen=True)
class Plan:
    """A run's time: edges of the periods in seconds from the start, arrival rates, agents."""

    edges: list[float]
    #: How the periods are called in results: instants of a frame, else seconds.
    labels: Any
    #: The instant that is second 0, where the periods are instants.
    origin: pd.Timestamp | None
    pieces: dict[str, list[tuple[float, float, float]]]
    staffing: dict[str, list[tuple[float, int]]]


def make_plan(
    model: Model,
    *,
    horizon: Any,
    intervals: Any,
    staffing: Any,
    interval: Any,
    warm_up: Any,
    freq: Any,
    columns: dict[str, str],
) -> Plan:
    """The time of a run, checked."""
    if horizon is not None and intervals is not None:
        raise ValueError("horizon and intervals cannot both be given")
    before = duration("warm_up", warm_up)
    agents = {group.name: group.staffing() for group in model.groups}
    pieces = {kind.name: _pieces(kind) for kind in model.call_types if kind.calls is not None}
    if intervals is not None:
        if before or freq is not None:
            raise ValueError("warm_up and freq go with horizon, not with intervals")
        return _of_frame(
            model,
            intervals,
            staffing=staffing,
            interval=interval,
            columns=columns,
            pieces=pieces,
            agents=agents,
        )
    if staffing is not None:
        msg = "staffing goes with intervals; without them the groups' agents say who is there"
        raise ValueError(msg)
    _require_calls(model, pieces)
    if horizon is not None:
        length = duration("horizon", horizon, positive=True)
        step = length if freq is None else duration("freq", freq, positive=True)
    else:
        length, step = _of_model(model)
        if freq is not None:
            step = duration("freq", freq, positive=True)
    count = math.ceil(length / step - 1e-9)
    if count > _MOST_PERIODS:
        raise ValueError(f"freq must give at most {_MOST_PERIODS:,} periods; got {count:,}")
    edges = [before + k * step for k in range(count)] + [before + length]
    labels = np.asarray(edges[:-1]) - before
    return Plan(edges, labels, None, pieces, agents)


def _pieces(kind: Any) -> list[tuple[float, float, float]]:
    calls = kind.calls if isinstance(kind.calls, tuple) else (kind.calls,)
    return [(k * kind.interval, each / kind.interval, 1.0) for k, each in enumerate(calls)]


def _require_calls(model: Model, pieces: dict[str, Any]) -> None:
    targets = {name for kind in model.call_types for name in kind.later_types()}
    if model.retry is not None:
        targets |= {name for name, _ in model.retry.to}
    for kind in model.call_types:
        if kind.name not in pieces and kind.arrivals is None:
            if kind.name in targets:
                # Who comes from other types is all that calls.
                pieces[kind.name] = [(0.0, 0.0, 1.0)]
                continue
            msg = f"call type {kind.name!r} has no calls: give calls, arrivals or intervals"
            raise ValueError(msg)


def _of_model(model: Model) -> tuple[float, float]:
    """Length and step of a day that the model itself describes."""
    lengths, steps = [], []
    for each in (*model.call_types, *model.groups):
        per = getattr(each, "calls", None) if hasattr(each, "talk") else each.agents
        if isinstance(per, tuple) and per and isinstance(per[0], Shift):
            lengths.append(max(shift.end for shift in per))
        elif isinstance(per, tuple):
            lengths.append(len(per) * each.interval)
            steps.append(each.interval)
    if not lengths:
        raise ValueError("horizon must be given where the model names no intervals")
    return max(lengths), min(steps, default=1800.0)


def _of_frame(
    model: Model,
    intervals: Any,
    *,
    staffing: Any,
    interval: Any,
    columns: dict[str, str],
    pieces: dict[str, list[tuple[float, float, float]]],
    agents: dict[str, list[tuple[float, int]]],
) -> Plan:
    frame = frames.read(intervals, "intervals")
    if not len(frame):
        raise ValueError("intervals must have at least one row; got none")
    starts, origin = _starts(frame, interval, columns, len(model.call_types))
    edges_at = np.unique(starts)
    length = _length(edges_at, interval)
    edges = [*edges_at.tolist(), float(edges_at[-1]) + length]
    _of_types(model, frame, starts=starts, edges=edges, columns=columns, pieces=pieces)
    _require_calls(model, pieces)
    if staffing is not None:
        table = frames.read(staffing, "staffing")
        frames.require(table, ("group", columns["agents"]), "staffing")
        at, _ = _starts(table, interval, columns, len(model.groups), origin=origin)
        names = [str(name) for name in table["group"].to_list()]
        found = whole_agents(_numbers(table, columns["agents"]))
        for name in dict.fromkeys(names):
            if name not in agents:
                raise ValueError(f"staffing names the group {name!r}{nearest(name, agents)}")
            rows = sorted(
                (float(t), n) for t, n, g in zip(at, found, names, strict=True) if g == name
            )
            agents[name] = _from_start(rows, edges[0])
    elif columns["agents"] in frame.columns:
        agents |= _agents_of(model, frame, starts, edges, columns["agents"])
    labels = _labels(frame, starts, edges_at, columns["start"])
    return Plan(edges, labels, origin, pieces, agents)


def _from_start(rows: list[tuple[float, int]], first: float) -> list[tuple[float, int]]:
    """Who is there before the first row says so: nobody."""
    return rows if rows[0][0] <= first else [(first, 0), *rows]


def _starts(
    frame: nw.DataFrame[Any],
    interval: Any,
    columns: dict[str, str],
    kinds: int,
    origin: pd.Timestamp | None = None,
) -> tuple[NDArray[np.float64], pd.Timestamp | None]:
    """Seconds from the first interval's start, row by row."""
    import pandas as pd

    name = columns["start"]
    if name not in frame.columns:
        if kinds > 1:
            frames.require(frame, (name,), "intervals")
        step = 1800.0 if interval is None else duration("interval", interval, positive=True)
        return np.asarray(np.arange(len(frame)) * step, dtype=np.float64), None
    times = frames.moments(frame[name])
    if times is None:
        values = durations.seconds(name, frame[name].to_numpy())
        seconds: NDArray[np.float64] = np.asarray(values, dtype=np.float64)
        if np.isnan(seconds).any():
            msg = f"{name} must be known; {int(np.isnan(seconds).sum())} rows are missing"
            raise ValueError(msg)
        return np.asarray(seconds - seconds.min(), dtype=np.float64), None
    instants = np.asarray(times[0]).astype("datetime64[ns]")
    if np.isnat(instants).any():
        raise ValueError(f"{name} must be known; {int(np.isnat(instants).sum())} rows are missing")
    first = pd.Timestamp(instants.min())
    if times[1] is not None:
        first = first.tz_localize("UTC").tz_convert(times[1])
    if origin is not None:
        first = origin
    bare = first.tz_convert("UTC").tz_localize(None) if first.tzinfo else first
    passed = (instants - bare.to_datetime64()) / np.timedelta64(1, "s")
    return np.asarray(passed, dtype=np.float64), first


def _length(edges: NDArray[np.float64], interval: Any) -> float:
    """Of the last interval: as told, else as the one before it."""
    if interval is not None:
        return duration("interval", interval, positive=True)
    return float(edges[-1] - edges[-2]) if edges.size > 1 else 1800.0


def _labels(
    frame: nw.DataFrame[Any], starts: NDArray[np.float64], edges: NDArray[np.float64], name: str
) -> Any:
    if name not in frame.columns:
        return edges
    import pandas as pd

    rows = [int(np.flatnonzero(starts == edge)[0]) for edge in edges]
    return pd.Series(frame[name].to_list(), dtype=None).iloc[rows].reset_index(drop=True)


def _numbers(frame: nw.DataFrame[Any], name: str) -> NDArray[np.float64]:
    values = frame[name].to_list()
    return np.asarray([math.nan if value is None else value for value in values], dtype=np.float64)


def _of_types(
    model: Model,
    frame: nw.DataFrame[Any],
    *,
    starts: NDArray[np.float64],
    edges: list[float],
    columns: dict[str, str],
    pieces: dict[str, list[tuple[float, float, float]]],
) -> None:
    """Arrival rates and talk scales from the frame, into `pieces`."""
    calls = columns["calls"]
    if calls not in frame.columns:
        if all(kind.name in pieces or kind.arrivals is not None for kind in model.call_types):
            return
        frames.require(frame, (calls,), "intervals")
    known = [kind.name for kind in model.call_types if kind.arrivals is None]
    if columns["call_type"] in frame.columns:
        names = [str(name) for name in frame[columns["call_type"]].to_list()]
    elif len(known) == 1:
        names = known * len(frame)
    else:
        frames.require(frame, (columns["call_type"],), "intervals")
    for name in dict.fromkeys(names):
        if name not in known:
            msg = f"intervals name the call type {name!r}{nearest(name, known)}, not a type"
            raise ValueError(msg)
    offered = np.asarray(rates(_numbers(frame, calls)))
    has_aht = columns["aht"] in frame.columns
    aht = _numbers(frame, columns["aht"]) if has_aht else np.full(len(frame), math.nan)
    bad = (aht <= 0) | np.isinf(aht) | (np.isnan(aht) & (offered > 0) & has_aht)
    must_be("aht", aht, "> 0 seconds and finite where there are calls", bad)
    lengths = dict(zip(edges, np.diff(edges), strict=False))
    for kind in model.call_types:
        rows = [row for row, name in enumerate(names) if name == kind.name]
        if not rows:
            continue
        row_at = {float(starts[row]): row for row in rows}
        if len(row_at) < len(rows):
            msg = f"intervals must have one row a start and call type; {kind.name!r} repeats one"
            raise ValueError(msg)
        pieces[kind.name] = [
            (edge, *_piece(row_at.get(edge), offered, aht, lengths[edge], kind))
            for edge in edges[:-1]
        ]


def _piece(
    row: int | None, offered: NDArray[Any], aht: NDArray[Any], length: float, kind: Any
) -> tuple[float, float]:
    if row is None:
        return (0.0, 1.0)
    own = kind.talk.mean + kind.acw.mean
    if math.isnan(aht[row]) or own == 0:
        return (float(offered[row]) / length, 1.0)
    # The column is the whole handle time; after-call work stays as it is.
    talk = max(float(aht[row]) - kind.acw.mean, 0.0)
    return (float(offered[row]) / length, talk / kind.talk.mean if kind.talk.mean else 1.0)


def _agents_of(
    model: Model,
    frame: nw.DataFrame[Any],
    starts: NDArray[np.float64],
    edges: list[float],
    name: str,
) -> dict[str, list[tuple[float, int]]]:
    found = whole_agents(_numbers(frame, name))
    if len(model.groups) > 1:
        raise ValueError(f"{name!r} of intervals is for one group; with several give staffing=")
    rows: dict[float, int] = {}
    for at, agents in zip(starts.tolist(), found, strict=True):
        if rows.setdefault(at, agents) != agents:
            msg = f"{name!r} must be the same in all rows of one start; got {rows[at]}, {agents}"
            raise ValueError(msg)
    return {model.groups[0].name: [(edge, rows[edge]) for edge in edges[:-1]]}
