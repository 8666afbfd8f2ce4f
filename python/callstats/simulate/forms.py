"""A model as the core reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callstats.simulate.returns import cumulated, limit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from callstats.simulate.model import Model
    from callstats.simulate.parts import CallType, Group, Route


def centre_form(
    model: Model,
    pieces: Mapping[str, list[tuple[float, float, float]]],
    staffing: Mapping[str, list[tuple[float, int]]],
) -> Any:
    """The model as the core reads it, with these arrival rates and numbers of agents."""
    callback = model.callback
    return {
        "types": [_type_form(model, kind, pieces) for kind in model.call_types],
        "groups": [_group_form(group, staffing[group.name]) for group in model.groups],
        "lines": limit(model.lines),
        "queue_limit": limit(model.queue_limit),
        "agent_choice": model.agent_choice,
        "callback": callback
        and {
            "after": callback.after,
            "waiting": callback.waiting,
            "probability": callback.probability,
            "delay": None if callback.delay is None else callback.delay.form(),
        },
        "day_cv": model.day_cv,
    }


def _group_form(group: Group, staffing: list[tuple[float, int]]) -> dict[str, Any]:
    return {
        "staffing": staffing,
        "concurrency": group.concurrency,
        "speeds": [group.slowdown[0] / each for each in group.slowdown],
        "shift_end": group.shift_end,
        "pause": group.pause.form(),
        "ring": group.ring.form(),
        "cost": group.cost / 3600.0,
    }


def _type_form(
    model: Model, kind: CallType, pieces: Mapping[str, list[tuple[float, float, float]]]
) -> dict[str, Any]:
    places = {each.name: place for place, each in enumerate(model.call_types)}
    groups = {group.name: place for place, group in enumerate(model.groups)}
    retry = model.retry if kind.retry is None else kind.retry
    if kind.arrivals is not None:
        arrivals: Any = list(kind.arrivals)
    elif kind.total_sd is not None:
        arrivals = (pieces[kind.name], kind.total_sd)
    else:
        arrivals = pieces[kind.name]
    return {
        "arrivals": arrivals,
        "patience": kind.patience.form(),
        "threshold": kind.threshold,
        "queue_limit": limit(kind.queue_limit),
        "routes": [
            _route_form(kind, way, groups[way.group], place)
            for place, way in enumerate(model.routing[kind.name])
        ],
        "forward": cumulated(kind.forwarding, places),
        "recall": None if kind.recall is None else kind.recall.form(places),
        "retry": None if retry is None else retry.form(places),
        "costs": [kind.cost_lost, kind.cost_waiting / 60.0],
    }


def _route_form(kind: CallType, way: Route, group: int, place: int) -> dict[str, Any]:
    return {
        "group": group,
        "after": way.after,
        "priority": priorities(kind, way),
        "growth": kind.priority_growth if way.priority_growth is None else way.priority_growth,
        "weight": way.weight,
        "talk": (kind.talk if way.talk is None else way.talk).form(),
        "acw": (kind.acw if way.acw is None else way.acw).form(),
        "score": -float(place) if way.score is None else float(way.score),
    }


def priorities(kind: CallType, way: Route) -> list[float]:
    """Priority of ordinary and of forwarded callers, where a route has its own or not."""
    own = kind.priority if way.priority is None else way.priority
    known = way.forwarded_priority, way.priority, kind.forwarded_priority, kind.priority
    return [float(own), float(next(each for each in known if each is not None))]
