"""Named agents for shifts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._programmes import Limits, solver
from callstats._tables import frames
from callstats._tables.checks import whole
from callstats.errors import NotConverged
from callstats.roster.checking import broken_rules
from callstats.roster.horizon import read_demand, read_known
from callstats.roster.model import RosterModel
from callstats.roster.people import People, Stretch
from callstats.roster.results import (
    Roster,
    bill,
    fairness_table,
    schedule_table,
    unfilled_table,
    warnings_of,
)
from callstats.roster.rules import Rules, require_rules
from callstats.roster.search import search

if TYPE_CHECKING:
    from callstats.typing import Durations, Frame

_AGREEMENT = 1e-6


# 15 arguments: nine tables and rules, each optional one a kind of knowledge of its own.
def assign(
    shifts: Frame,
    agents: Frame,
    *,
    rules: Rules,
    unavailable: Frame | None = None,
    preferences: Frame | None = None,
    skills: Frame | None = None,
    fixed: Frame | None = None,
    history: Frame | None = None,
    shift_limits: Frame | None = None,
    gap: float = 1e-4,
    time_limit: Durations = 60,
    rounds: int | None = None,
    seed: int = 0,
    threads: int = 1,
) -> Roster:
    """A roster: which agent works which shift on which day.

    It never fails for lack of people: slots that stay empty are in `unfilled`, with the reasons.
    Needs HiGHS: ``pip install callstats[schedule]``.

    Parameters
    ----------
    shifts : DataFrame
        What is to be filled, one row a shift and day, such as `Cover.plan`: ``shift``, ``start``,
        ``end`` and ``agents``, how many it needs; optionally ``paid_hours``, of all of them
        together (default: the time from start to end), and ``skill``, which each must have. Pandas,
        Polars or what narwhals reads. It is not changed.
    agents : DataFrame
        ``agent``, one row each; optionally ``skills`` (a list, or text with commas), ``contract``
        (share of a full one, for the fair share), and limits of their own under the names of the
        rules: ``week_hours``, ``week_days``, ``hours``, ``min_hours``, ``consecutive_days``,
        ``weekends``, ``nights``, ``minimum_run``, ``minimum_off``.
    rules : Rules
        What to keep to, and prices.
    unavailable : DataFrame, optional
        ``agent``, ``start``, ``end``: leave and other times away.
    preferences : DataFrame, optional
        ``agent``, ``date``, ``shift`` (missing: all of that day) and ``penalty`` of having it;
        negative is a wish.
    skills : DataFrame, optional
        ``shift``, ``skill``, ``agents`` with that skill on every day, and the ``penalty`` of each
        that lacks.
    fixed : DataFrame, optional
        ``agent``, ``start``, ``end`` of shifts that are settled.
    history : DataFrame, optional
        The last days before, as `schedule`: rest, runs and weeks hold across the border. Rows of
        the horizon itself are a published roster: taking one away costs ``change_penalty``.
    shift_limits : DataFrame, optional
        ``agent``, ``shift`` and ``maximum``: how often at most.
    gap : float, default 1e-4
        Relative distance from the bound at which the search may end; >= 0.
    time_limit : float or duration, default 60
        Seconds after which the best roster so far is taken; > 0. Such a roster may not repeat.
    rounds : int, optional
        Rounds of improvement after which the best so far is taken.
    seed : int, default 0
        Of the solver and of the parts that are improved.
    threads : int, default 1
        Of the solver.

    Returns
    -------
    Roster
        `schedule`, `unfilled`, `terms`, `fairness`, `objective`, `bound`, `gap`, `status`,
        `seconds`, `warnings`.

    Raises
    ------
    ImportError
        HiGHS is not installed.
    NotConverged
        The solver's answer does not agree with itself.
    ValueError
        A table breaks a rule, names an agent or shift that is unknown, or ``fixed`` and
        ``unavailable`` overlap.

    Notes
    -----
    Small rosters are solved whole. Larger ones start week by week, each with its share of what the
    horizon allows, and are improved by fix and optimise: some agents over the whole horizon, or a
    week of all, at a time. The bound is that of fractional agents: even a gap that stays large is
    reported. `check` finds no broken rule in a roster that is returned, unless shifts in ``fixed``
    break one.

    Examples
    --------
    >>> import pandas as pd
    >>> days = pd.date_range("2026-03-02", periods=3)
    >>> early, late = days + pd.Timedelta("7h"), days + pd.Timedelta("14h")
    >>> shifts = pd.DataFrame({
    ...     "shift": ["early"] * 3 + ["late"] * 3,
    ...     "start": early.append(late),
    ...     "agents": 1,
    ... })
    >>> shifts["end"] = shifts["start"] + pd.Timedelta("8h")
    >>> agents = pd.DataFrame({"agent": ["ann", "bob", "cy"], "week_hours": 16})
    >>> wish = pd.DataFrame({"agent": ["ann"], "date": days[:1], "shift": ["late"], "penalty": [5]})
    >>> found = assign(shifts, agents, rules=Rules(), preferences=wish)
    >>> found.objective, len(found.schedule), len(found.unfilled)
    (0.0, 6, 0)
    """
    rules = require_rules(rules)
    limits = Limits.of(gap, time_limit, None, seed, threads)
    turns = None if rounds is None else whole("rounds", rounds, 0)
    solver()
    demand = read_demand(shifts, rules)
    people = People.read(agents, rules)
    tables = {
        "unavailable": unavailable,
        "preferences": preferences,
        "skills": skills,
        "fixed": fixed,
        "history": history,
        "shift_limits": shift_limits,
    }
    known = read_known(demand, people, tables)
    model = RosterModel(demand, people, rules, known)
    solution = search(model, limits, turns)
    chosen = model.chosen(solution.point)
    terms = bill(model, chosen, solution)
    objective = _compared(model, chosen, terms, solution.objective)
    bound = min(solution.bound, objective)
    distance = objective - bound
    return Roster(
        schedule=schedule_table(demand, model, chosen),
        unfilled=unfilled_table(demand, model, chosen),
        terms=frames.result(demand.frame, {}, terms),
        fairness=fairness_table(demand, model, chosen),
        objective=objective,
        bound=bound,
        gap=distance / abs(objective) if distance > 0 and objective else 0.0,
        status=solution.status,
        seconds=solution.seconds,
        warnings=warnings_of(demand, model),
    )


def _compared(
    model: RosterModel, chosen: list[tuple[int, int]], terms: dict[str, Any], reported: float
) -> float:
    """The sum of the terms; raises where it, the cover or a rule is not what the solver says."""
    objective = float(np.sum(terms["cost"]))
    if abs(objective - reported) > _AGREEMENT * max(1.0, abs(objective)):
        msg = f"roster.assign: the terms add up to {objective!r}, the solver says {reported!r}"
        raise NotConverged(msg)
    slots = model.demand.slots
    assigned = np.bincount([slot for _, slot in chosen], minlength=len(slots))
    need = np.array([slot.need for slot in slots], np.int64)
    short = float(np.maximum(need - assigned, 0).sum())
    billed = sum(a for t, a in zip(terms["term"], terms["amount"], strict=True) if t == "under")
    if abs(short - billed) > _AGREEMENT * max(1.0, short):
        msg = f"roster.assign: {short:g} agents are missing, the solver says {billed:g}"
        raise NotConverged(msg)
    rows = [
        Stretch(agent, slots[k].start, slots[k].end, f"{slots[k].name} {k}", slots[k].paid)
        for agent, k in chosen
    ]
    known = model.known
    zone = model.demand.zone
    found = broken_rules(
        rows, model.people, model.rules, zone, before=known.before, away=known.away
    )
    loose = {agent for agent, _ in known.fixed}
    wrong = [each for each in found if rows[each[1]].agent not in loose]
    if wrong:
        name = model.people.names[rows[wrong[0][1]].agent]
        raise NotConverged(f"roster.assign: the solver's roster breaks {wrong[0][0]!r} of {name!r}")
    return objective
