"""A small call of every public function, as its arguments: one of them may then be another."""

from __future__ import annotations

import inspect
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import comparisons
import logs
import pandas as pd
import planning
import recordings
import units
from callstats import (
    compare,
    counters,
    day,
    erlang,
    forecast,
    hiring,
    intervals,
    kpi,
    plots,
    qa,
    report,
    roster,
    scale,
    shifts,
    show,
    simulate,
    staffing,
)
from registry import Elementwise, OfFrame, Other, came, forecasts, history

if TYPE_CHECKING:
    from collections.abc import Callable

HOURS = pd.DataFrame(
    {
        "start": pd.date_range("2024-03-04 09:00", periods=2, freq="30min"),
        "calls": [10, 20],
        "aht": 200.0,
        "agents": 5,
    }
)
COUNTS = {"first": (1, 10), "second": (2, 10)}


def centre() -> simulate.Model:
    calls = simulate.CallType("calls", 30, talk=60, patience=60)
    return simulate.Model([calls], [simulate.Group("desk", 2)], {"calls": ["desk"]})


@cache
def drawn() -> pd.DataFrame:
    return qa.sample(recordings.calls((20, 3)), n=4, reserve=1, seed=1)


def piloted() -> compare.Pilot:
    return compare.pilot(
        comparisons.team_days(),
        treated=comparisons.TREATED,
        before=comparisons.BEFORE,
        after=comparisons.AFTER,
        measures=comparisons.MEASURES,
    )


def changed() -> compare.Series:
    return compare.series(comparisons.daily(), change="2025-04-01", value="aht", placebo=True)


def of_two_centres() -> pd.DataFrame:
    rows = {"model": ["14 agents"], "call_type": "all", "measure": "service_level"}
    return pd.DataFrame(rows | {"value": 0.7, "mean": -0.1, "low": -0.2, "high": 0.01})


def of_calls(count: int = 12) -> pd.DataFrame:
    return logs.calls(count)


def weeks_of_one() -> pd.DataFrame:
    weeks = recordings.weeks()
    return weeks[weeks["agent"] == weeks["agent"].iloc[0]]


@cache
def one_history() -> pd.DataFrame:
    return history().query("queue == 'care'")


@cache
def one_queue() -> pd.DataFrame:
    return forecasts().query("queue == 'care'")


@cache
def backtested() -> pd.DataFrame:
    return forecast.backtest(one_history(), horizon="7D")


#: Goals and spreads that an elementwise function needs one of.
GIVEN: dict[Any, dict[str, Any]] = {
    staffing.required_agents: {"asa": 30.0},
    staffing.max_load: {"abandonment": 0.05},
    staffing.required_reserved: {"asa": 30.0},
    qa.sample_size: {"sd": 3.0},
    qa.margin_of_error: {"proportion": 0.5},
    qa.power_sample_size: {"difference": 1.0, "sd": 3.0},
}

#: The calls that the registry does not spell out.
CALLS: dict[Any, Callable[[], dict[str, Any]]] = {
    show: lambda: {"frame": pd.DataFrame({"asa": [20.0]})},
    erlang.measures: lambda: {"agents": 5, "load": 3.0, "aht": 200, "threshold": 20},
    erlang.redials: lambda: {
        "agents": 5,
        "load": 4.0,
        "aht": 200,
        "threshold": 20,
        "patience": 60,
        "lines": 8,
        "redial": 0.5,
        "delay": 300,
    },
    erlang.blend: lambda: {"agents": 5, "load": 3.0, "aht": 200, "threshold": 20, "reserved": 1},
    erlang.table: lambda: {"calls": 30, "aht": 200, "threshold": 20, "agents": [5, 6]},
    staffing.combine_shrinkage: dict,
    staffing.cost_of_service: lambda: {
        "calls": 30,
        "aht": 200,
        "patience": 90,
        "threshold": 20,
        "agent_hour": 24,
        "lost_call": 2,
    },
    staffing.pooling_table: lambda: {"calls": 30, "aht": 200, "sites": [1, 2], "asa": 20},
    day.chart: lambda: {"compared": day.compare(HOURS)},
    day.requirement_chart: lambda: {"intervals": HOURS, "day_cv": 0.1, "service_level": 0.8},
    day.outage: lambda: {"intervals": HOURS, "at": "09:10", "lost": 2},
    day.totals: lambda: {"result": day.evaluate(HOURS)},
    forecast.fit: lambda: {"history": history()},
    forecast.predict: lambda: {"fitted": forecast.fit(history()), "horizon": "2D"},
    forecast.update: lambda: {"forecast": forecasts(), "actual": came()},
    forecast.split: lambda: {
        "totals": forecast.totals(forecasts()).assign(
            start=lambda t: t["start"].dt.tz_localize(None)
        ),
        "profile": forecast.profile(history()),
    },
    forecast.accuracy: lambda: {"forecast": forecasts(), "actual": came()},
    forecast.backtest: lambda: {"history": history(), "methods": ["index"], "horizon": "7D"},
    kpi.merge: lambda: {"parts": [kpi.summarize(of_calls())]},
    kpi.reconcile: lambda: {
        "calls": of_calls(),
        "reported": {"asa": 20.0},
        "threshold": 20,
        "short_abandon": 5,
    },
    kpi.adherence: lambda: {"spells": logs.spells(), "schedule": logs.schedule(), "freq": "15min"},
    qa.estimate: lambda: {"sample": drawn(), "score": "talk"},
    qa.agreement: lambda: {"scores": recordings.ratings()},
    qa.agreement_by: lambda: {"scores": recordings.ratings_by_item(), "by": "item"},
    qa.run_rules: lambda: {"z": [0.5, 1.0]},
    qa.allocate: lambda: {"population": [10, 20], "n": 5},
    qa.balance: lambda: {
        "sample": drawn(),
        "recordings": recordings.calls((20, 3)),
        "columns": ["talk"],
    },
    qa.merge_samples: lambda: {
        "parts": [qa.partial_sample(recordings.calls((20, 3)), n=4, seed=1)]
    },
    qa.partial_sample: lambda: {"recordings": recordings.calls((20, 3)), "n": 4, "seed": 1},
    qa.redraw: lambda: {
        "recordings": recordings.calls((20, 3)),
        "record": qa.sample_report(drawn()),
    },
    qa.verify_sample: lambda: {"sample": drawn(), "recordings": recordings.calls((20, 3))},
    qa.assign: lambda: {"sample": drawn(), "evaluators": ["eva", "finn"], "seed": 1},
    qa.replace_unusable: lambda: {"sample": drawn(), "unusable": []},
    qa.sample_report: lambda: {"sample": drawn()},
    intervals.difference: lambda: COUNTS,
    intervals.difference_test: lambda: COUNTS,
    intervals.paired_difference: lambda: {
        "both": 3,
        "first_only": 2,
        "second_only": 1,
        "neither": 4,
    },
    intervals.rate_ratio: lambda: COUNTS,
    intervals.rate_ratio_test: lambda: COUNTS,
    intervals.proportion: lambda: {"successes": 1, "trials": 3},
    intervals.rate: lambda: {"events": 1, "exposure": 3},
    counters.plan: lambda: {
        "intervals": planning.hall(),
        "interval": 1800,
        "minimum": 2,
        "maximum": 8,
    },
    hiring.path: lambda: {"staff": planning.staff(), **planning.CAREER, "periods": 3},
    hiring.plan: lambda: {
        "staff": planning.staff(),
        **planning.CAREER,
        "periods": 3,
        "need": 52,
        "class_size": 4,
        "most_classes": 2,
        "period_cost": 1,
        "shortage_cost": 20,
    },
    shifts.templates: lambda: {"starts": ["08:00"], "lengths": ["4h"]},
    shifts.resample: lambda: {"requirement": planning.requirement((2, 3, 3, 2)), "slot": "15min"},
    shifts.cover: lambda: {
        "requirement": planning.requirement((2, 3, 3, 2)),
        "shifts": planning.shift_types()[:1],
        "breaks": planning.lunch().assign(paid=True),
        "infeasible": "soften",
    },
    shifts.cover_service: lambda: {
        "intervals": planning.half_hours(),
        "shifts": planning.short_types(),
        "service_level": 0.8,
        "patience": 300,
    },
    shifts.design: lambda: {
        "requirement": planning.requirement((2, 3, 3, 2)),
        "starts": ["08:00"],
        "lengths": ["4h"],
    },
    shifts.breaks: lambda: {
        "schedule": planning.schedule(),
        "requirement": planning.requirement(),
        "breaks": planning.lunch(),
    },
    roster.assign: lambda: {
        "shifts": planning.demand(2),
        "agents": planning.people(),
        "rules": roster.Rules(),
    },
    roster.check: lambda: {
        "schedule": planning.worked(("a0", "2026-03-02 14:00", "late")),
        "agents": planning.people(),
        "rules": roster.Rules(),
    },
    plots.cover: lambda: {"cover": planning.requirement().assign(scheduled=3)},
    plots.headcount: lambda: {
        "path": hiring.path(planning.staff(), **planning.CAREER, periods=3, need=40)
    },
    plots.roster: lambda: {"schedule": planning.worked(("a0", "2026-03-02 14:00", "late"))},
    plots.shift_curve: lambda: {"covers": []},
    compare.change: lambda: {"before": 2.0, "after": 3.0},
    compare.two_samples: lambda: {"x": [1.0, 2.0, 4.0], "y": [2.0, 5.0]},
    compare.permutation: lambda: {"values": {"a": 1.0, "b": 2.0, "c": 4.0}, "treated": ["a"]},
    compare.difference_in_differences: lambda: {
        "before": dict(zip("abcd", (1.0, 2.0, 3.0, 5.0), strict=True)),
        "after": dict(zip("abcd", (2.0, 2.0, 4.0, 5.0), strict=True)),
        "treated": ["a", "b"],
    },
    compare.growth: lambda: {"before": {"a": 1.0, "b": 2.0}, "after": {"a": 2.0, "b": 3.0}},
    compare.adjust: lambda: {"p": [0.01, 0.2]},
    compare.teams_needed: lambda: {"effect": 2.0, "sd": 1.0},
    compare.effects: lambda: {"changes": comparisons.changes(), "treated": comparisons.TREATED},
    compare.series: lambda: {"frame": comparisons.daily(), "change": "2025-03-24", "value": "aht"},
    compare.choose_teams: lambda: {
        "frame": comparisons.team_history(),
        "on": ["aht"],
        "teams": 8,
        "treated": 4,
        "seed": 1,
    },
    compare.pilot: lambda: {
        "frame": comparisons.team_days(),
        "treated": comparisons.TREATED,
        "before": comparisons.BEFORE,
        "after": comparisons.AFTER,
        "measures": comparisons.MEASURES,
    },
    compare.gap_curve: lambda: {"frame": comparisons.gaps(), "topic": "topic"},
    plots.caterpillar: lambda: {"table": qa.shrink(recordings.scores(), by="agent")},
    plots.compare: lambda: {"found": of_two_centres()},
    plots.raters: lambda: {"table": qa.rater_bias(recordings.ratings_by_item(), by="item")},
    plots.requirement: lambda: {
        "table": planning.requirement().assign(start=planning.requirement()["start"], agents=3)
    },
    plots.states: lambda: {"table": kpi.states(logs.spells(), freq="15min")},
    plots.tornado: lambda: {"effects": of_two_centres().assign(scenario="aht +10%", base=0.8)},
    plots.trade_off: lambda: {
        "table": erlang.table(calls=100, aht=300, threshold=20, agents=range(17, 23))
    },
    plots.gap_curve: lambda: {"found": compare.gap_curve(comparisons.gaps(), topic="topic")},
    plots.pilot_effects: lambda: {
        "effects": compare.effects(comparisons.changes(), treated=comparisons.TREATED)
    },
    plots.pilot_units: lambda: {"found": piloted(), "measure": "aht"},
    plots.placebo_dates: lambda: {"found": changed()},
    plots.series: lambda: {"found": changed()},
    plots.splits: lambda: {"values": {"a": 1.0, "b": 2.0, "c": 4.0}, "treated": ["a"]},
    plots.bland_altman: lambda: {"scores": recordings.ratings()},
    plots.control: lambda: {"chart": qa.attribute_chart(weeks_of_one())},
    plots.calibration: lambda: {"backtest": backtested()},
    plots.forecast: lambda: {"forecast": one_queue()},
    plots.forecast_effects: lambda: {"effects": forecast.fit(one_history()).effects},
    plots.forecast_error: lambda: {"backtest": backtested()},
    plots.erlang_comparison: lambda: {"table": kpi.compare_with_erlang(of_calls())},
    plots.funnel: lambda: {"table": qa.funnel(weeks_of_one(), by="start"), "by": "start"},
    plots.heatmap: lambda: {"table": kpi.summarize(logs.calls(), freq="30min")},
    plots.waits: lambda: {"table": logs.calls()},
    plots.patience: lambda: {"curve": kpi.patience_curve(logs.calls())},
    plots.staffing_curve: lambda: {
        "table": erlang.table(calls=100, aht=300, threshold=20, agents=range(15, 25))
    },
    plots.love: lambda: {
        "balance": qa.balance(drawn(), recordings.calls((20, 3)), columns=["talk"])
    },
    plots.drivers: lambda: {
        "found": kpi.drivers(
            units.surveys(), overall="overall", items=["wait", "menu"], draws=100, seed=1
        )
    },
    plots.lost_call_values: lambda: {
        "planned": staffing.cheapest_plan(HOURS, agent_hour=9, wait_minute=1, asa=20)
    },
    plots.outage: lambda: {"failed": day.outage(HOURS, at="09:10", lost=2)},
    plots.pareto: lambda: {"table": qa.error_pareto(recordings.checks())},
    plots.quadrants: lambda: {
        "scores": recordings.scores(),
        "x": "score",
        "y": "rating",
        "x_cut": 80,
        "y_cut": 4,
    },
    report.write: lambda: {"calls": of_calls(), "directory": "report"},
    scale.run: lambda: {"plan": scale.Summary(), "source": of_calls()},
    simulate.run: lambda: {"model": centre(), "horizon": 600, "replications": 2, "seed": 1},
    simulate.compare: lambda: {
        "models": {"a": centre(), "b": centre()},
        "horizon": 600,
        "replications": 2,
        "seed": 1,
    },
    simulate.required_agents: lambda: {
        "model": centre(),
        "goals": {"calls": {"abandonment": 0.5}},
        "horizon": 600,
        "replications": 2,
        "seed": 1,
    },
    simulate.fit: lambda: {"values": [1.0, 2.0, 3.0]},
    simulate.tiering: lambda: {
        "talk": [60.0, 300.0],
        "calls": 20,
        "split": 100,
        "replications": 2,
        "seed": 1,
    },
}


_made: dict[str, dict[str, Any]] = {}


def arguments(row: Elementwise | OfFrame | Other) -> dict[str, Any]:
    """The arguments of the row's call; a frame is made once, and never changed."""
    if row.name not in _made:
        _made[row.name] = _arguments(row)
    return _made[row.name]


def _arguments(row: Elementwise | OfFrame | Other) -> dict[str, Any]:
    if row.function in CALLS:
        return CALLS[row.function]()
    if isinstance(row, Elementwise):
        plain = {name: each[0] for name, each in row.valid.items() if name not in row.optional}
        return plain | row.fixed | GIVEN.get(row.function, {})
    frame = next(iter(inspect.signature(row.function).parameters))
    told = row.call.keywords if isinstance(row.call, partial) else {}
    return {frame: row.frame(), **told}
