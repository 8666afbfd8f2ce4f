"""Another simulator's example and its printed results beside ours.

    python examples/peer_simulator.py FILE [--json] [--days 200] [--seed 1] [--picture FILE.png]

FILE describes a model of A. Herzog's Callcenter Simulator (TU Clausthal) and holds the results
printed with it. The rules of that program, from its help pages:

- Exactly so many first calls a day, each at an independent time by the weights of the half hours.
- Priority: a base, more for callers who were forwarded, and more with each second of waiting.
- Technical free time lies between the assignment and the talk. The caller goes on waiting in it,
  may hang up, and it is part of the wait that is reported.
- Agents have shifts of up to 8 hours. At their end they finish the call; the next shift is there.
- Figures of calls are by the type at the time of the call, those of callers by the type of the
  first call. A caller is served when a talk ends without being forwarded; the wait is that of all
  talks.
- Waits are counted in whole seconds, rounded down: a wait of 20.9 s is within 20 s.
- Of several free agents the one with the highest score gets the call: the score of the skill for
  the type, and the idle share of the agent so far.

Where the help leaves room, other readings are tried with ``--readings``: no shifts, and the longest
idle agent. Under each of them every share is within half a point of the printed one, and every mean
wait within 2 % (200 days): the printed figures do not tell the readings apart.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from callstats import simulate
from callstats.simulate import CallType, Group, Model, Retry, Route, Shift

HALF_HOUR, DAY = 1800.0, 86400.0
#: The help speaks of shifts that are as long as possible, up to a length that the file does not
#: have; 8 hours are what the program's examples take.
SHIFT = 16
#: Long after the last caller has gone.
OPEN_END = 3 * DAY
#: First calls that are simulated unless ``--days`` says otherwise.
CALLS = 800_000

Times = simulate.LogNormal | simulate.Exponential | simulate.Deterministic


def times(described: dict[str, Any]) -> Times:
    """A distribution as the file describes it: mean and standard deviation in seconds."""
    kinds = {
        "lognormal": simulate.LogNormal,
        "exponential": simulate.Exponential,
        "deterministic": simulate.Deterministic,
    }
    return kinds[described["kind"]](*described["parameters"])


def shifts(numbers: list[float], longest: int, *, open_ended: bool) -> list[Shift]:
    """Shifts of up to `longest` half hours with these numbers on duty, first come first gone."""
    found: list[tuple[int, int]] = []
    working: list[int] = []
    for now, number in enumerate(round(each) for each in numbers):
        while len(working) > number or (working and now - working[0] >= longest):
            found.append((working.pop(0), now))
        working += [now] * (number - len(working))
    last = OPEN_END if open_ended else DAY
    ends = [(start * HALF_HOUR, end * HALF_HOUR) for start, end in found]
    ends += [(start * HALF_HOUR, last) for start in working]
    spells = pd.Series(ends).value_counts(sort=False)
    return [Shift(start, end, int(count)) for (start, end), count in spells.items()]


def weighted(probability: float, weights: dict[str, float]) -> dict[str, float]:
    """A probability, shared out by weights."""
    total = sum(weights.values())
    return {name: probability * weight / total for name, weight in weights.items() if weight}


def call_type(kind: dict[str, Any]) -> CallType:
    """A call type of the file."""
    weights = np.asarray(kind["weights_of_half_hours"])
    priority, again = kind["priority"], kind["retry_probability"]
    recall = kind["recall"]
    return CallType(
        kind["name"],
        (weights * kind["first_calls_a_day"] / weights.sum()).tolist(),
        DAY / len(weights),
        total_sd=kind.get("first_calls_sd", 0.0),
        # Each route has its own times.
        talk=0,
        patience=times(kind["patience"]) if kind.get("patience") else np.inf,
        priority=-priority["base"],
        forwarded_priority=-priority["base"] - priority["forwarded"],
        priority_growth=priority["a_second_of_waiting"],
        forward=weighted(kind["forwarding"]["probability"], kind["forwarding"]["to_weights"])
        if kind["forwarding"]["probability"]
        else {},
        recall=simulate.Recall(
            times(recall["delay"]), weighted(recall["probability"], recall["to_weights"])
        )
        if recall["probability"]
        else None,
        retry=Retry(
            times(kind["retry_delay"]),
            again["blocked_first"],
            again["hung_up_first"],
            blocked_again=again["blocked_further"],
            abandoned_again=again["hung_up_further"],
        ),
    )


def centre(about: dict[str, Any], *, longest: int = SHIFT, choice: str = "least_busy") -> Model:
    """The model of the file: a group for each skill and shift, one pool for each call."""
    skills = {skill["name"]: skill["serves"] for skill in about["skills"]}
    groups = []
    routing: dict[str, list[Route]] = {kind["name"]: [] for kind in about["call_types"]}
    for number, team in enumerate(about["groups"]):
        plan = team["agents_by_half_hour"]
        spells: list[Any] = [plan]
        if longest:
            spells = shifts(plan, longest, open_ended=team["last_shift_open_ended"])
        for place, spell in enumerate(spells):
            name = f"{team['skill']} ({number + 1}.{place + 1})"
            ring = simulate.Deterministic(team["technical_free_time"])
            groups.append(Group(name, spell, ring=ring, shift_end="finish_roster"))
            for served, how in skills[team["skill"]].items():
                routing[served].append(
                    Route(
                        name,
                        talk=times(how["talk"]),
                        acw=times(how["after_call_work"]),
                        # A group may have a score of its call centre besides that of its skill.
                        score=how["score"]
                        + sum(value for key, value in team.items() if key.endswith("score")),
                    )
                )
    return Model(
        [call_type(kind) for kind in about["call_types"]],
        groups,
        routing,
        queue_limit=about["most_waiting"],
        agent_choice=choice,
    )


def figures(log: pd.DataFrame, names: list[str], threshold: float) -> dict[str, dict[str, float]]:
    """The program's figures from a log of calls, by type and of all."""
    log = log.sort_values("arrival", kind="stable")
    first = log["contact_id"].str.split("-").str[1].astype(int).map(dict(enumerate(names)))
    calls = pd.DataFrame({"type": log["call_type"], "contact": log["contact_id"], "first": first})
    calls["answered"] = log["outcome"] == "answered"
    calls["wait"] = np.floor(log["wait"]).where(calls["answered"], 0.0)
    calls["within"] = calls["answered"] & (calls["wait"] <= threshold)
    calls["final"] = calls["answered"] & ~log["transferred"]
    by = calls.groupby("contact")
    callers = by.agg(first=("first", "first"), served=("final", "any"), wait=("wait", "sum"))
    callers["within"] = callers["served"] & (callers["wait"] <= threshold)
    found = {}
    for name in ("all", *names):
        own = calls if name == "all" else calls[calls["type"] == name]
        people = callers if name == "all" else callers[callers["first"] == name]
        found[name] = {
            "answered_share_of_calls": own["answered"].mean(),
            "answered_share_of_callers": people["served"].mean(),
            "service_level_of_all_calls": own["within"].mean(),
            "service_level_of_answered_calls": own.loc[own["answered"], "within"].mean(),
            "service_level_of_all_callers": people["within"].mean(),
            "mean_wait_seconds": own.loc[own["answered"], "wait"].mean(),
        }
    return {
        name: {key: float(value) for key, value in each.items()} for name, each in found.items()
    }


def ours(
    about: dict[str, Any], days: int, seed: int, **reading: Any
) -> tuple[dict[str, dict[str, float]], list[float]]:
    """Our figures by type, and the mean number waiting by half hour."""
    model = centre(about, **reading)
    found = simulate.run(
        model, horizon=DAY, freq=HALF_HOUR, replications=days, seed=seed, trace=True
    )
    names = [kind.name for kind in model.call_types]
    of_all = (found["call_type"] == "all") & (found["measure"] == "queue_length")
    queue = [float(each) for each in found.loc[of_all, "mean"]]
    return figures(found.calls(), names, about["service_level_threshold"]), queue


def far(measure: str, theirs: float, mine: float) -> tuple[str, bool]:
    """How far apart, in words, and whether farther than agreed: a point, or 5 % of a wait."""
    if measure == "mean_wait_seconds":
        off = mine / theirs - 1
        return f"{off:+.1%}", abs(off) > 0.05
    return f"{100 * (mine - theirs):+.2f} points", abs(mine - theirs) > 0.01


def show(about: dict[str, Any], found: dict[str, dict[str, float]], queue: list[float]) -> None:
    """Their figures beside ours, and the queue of the day."""
    theirs = about["results"]
    print(f"{'':10}{'':34}{'theirs':>9}{'ours':>9}")
    for name, measures in found.items():
        for measure, mine in measures.items():
            printed = theirs["by_type"][name][measure]["mean"]
            told, bad = far(measure, printed, mine)
            mark = "  farther than agreed" if bad else ""
            print(f"{name:10}{measure:34}{printed:9.4g}{mine:9.4g}  {told}{mark}")
    print("\nwaiting, mean by half hour: theirs (-), ours (=)")
    for place, (one, other) in enumerate(
        zip(theirs["queue_length"]["by_half_hour"], queue, strict=True)
    ):
        clock = f"{place // 2:02}:{30 * (place % 2):02}"
        print(f"{clock} {one:6.2f} {'-' * round(6 * one)}")
        print(f"{'':5} {other:6.2f} {'=' * round(6 * other)}")
    print(f"of the day: theirs {theirs['queue_length']['average']:.3f}, ours {np.mean(queue):.3f}")


def draw(about: dict[str, Any], queue: list[float], path: str) -> None:
    """Both queues as a picture."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4), layout="constrained")
    axes = figure.add_subplot()
    hours = np.arange(len(queue)) / 2
    axes.step(hours, about["results"]["queue_length"]["by_half_hour"], where="post", label="theirs")
    axes.step(hours, queue, where="post", label="ours")
    axes.set(xlabel="hour of the day", ylabel="waiting callers", xlim=(0, 24))
    axes.legend()
    figure.savefig(path)


def main(arguments: list[str] | None = None) -> None:
    """Prints the figures of both programs."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--json", action="store_true", help="our figures alone, as JSON")
    parser.add_argument("--days", type=int, help="default: some 800,000 calls")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--picture", help="where to draw the queue of the day")
    parser.add_argument("--readings", action="store_true", help="other readings of the rules too")
    given = parser.parse_args(arguments)
    about = json.loads(given.file.read_text())
    a_day = sum(kind["first_calls_a_day"] for kind in about["call_types"])
    days = given.days or int(np.clip(CALLS / a_day, 20, 400))
    found, queue = ours(about, days, given.seed)
    if given.picture:
        draw(about, queue, given.picture)
    if given.json:
        print(json.dumps(found, indent=1))
        return
    show(about, found, queue)
    if given.readings:
        readings = {
            "no shifts: as many agents as each half hour says": {"longest": 0},
            "the longest idle agent gets the call": {"choice": "longest_idle"},
        }
        for name, reading in readings.items():
            print(f"\n{name}")
            show(about, *ours(about, days, given.seed, **reading))


if __name__ == "__main__":
    main()
