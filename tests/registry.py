"""Every public function, one row each: the contracts in ``contracts/`` run over all rows.

An elementwise row gives each array argument a few ordinary values and a value outside its domain.
A frame row gives a small frame and a call on it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import comparisons
import logs
import planning
import recordings
import units
from callstats import (
    compare,
    counters,
    datasets,
    day,
    erlang,
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
from callstats import forecast as forecasting

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Elementwise:
    """A function of numbers that broadcasts; `valid` maps arguments to ordinary values."""

    function: Callable[..., Any]
    valid: dict[str, tuple[float, float, float]]
    invalid: dict[str, float]
    fixed: dict[str, Any] = field(default_factory=dict)
    #: Arguments for which None says that they are not given.
    optional: frozenset[str] = frozenset()
    #: What a second row of a function has that the first has not.
    variant: str = ""

    @property
    def name(self) -> str:
        return f"{self.function.__module__}.{self.function.__name__}{self.variant}"

    def __call__(self, **arguments: Any) -> Any:
        return partial(self.function, **self.fixed)(**arguments)


@dataclass(frozen=True)
class OfFrame:
    """A function of a frame: `frame()` makes a pandas one, `call` asks for an answer on it."""

    function: Callable[..., Any]
    frame: Callable[[], Any]
    call: Callable[[Any], Any]

    @property
    def name(self) -> str:
        return f"{self.function.__module__}.{self.function.__name__}"


@dataclass(frozen=True)
class Other:
    """A public function that neither broadcasts nor reads a frame; `why` says what tests it."""

    function: Callable[..., Any]
    why: str

    @property
    def name(self) -> str:
        return f"{self.function.__module__}.{self.function.__name__}"


#: Three systems' worth of arguments: light, busy, and overloaded but for those who hang up.
SYSTEMS: dict[str, tuple[float, float, float]] = {
    "agents": (3.0, 10.0, 40.0),
    "load": (2.0, 9.5, 44.0),
    "aht": (180.0, 240.0, 60.0),
    "patience": (300.0, 60.0, 90.0),
}
NOT_SYSTEMS: dict[str, float] = {"agents": -1.0, "load": -0.5, "aht": 0.0, "patience": -60.0}


def of_system(function: Callable[..., Any], **more: tuple[float, float, float]) -> Elementwise:
    """A measure of Erlang B, C and A, with arguments besides the system's."""
    invalid = dict.fromkeys(more, -1.0)
    return Elementwise(function, valid={**SYSTEMS, **more}, invalid={**NOT_SYSTEMS, **invalid})


ERLANG: list[Any] = [
    Elementwise(
        erlang.blocking,
        valid={"lines": (3.0, 10.0, 40.0), "load": (2.0, 9.5, 38.0)},
        invalid={"lines": -1.0, "load": -0.5},
    ),
    of_system(erlang.wait_probability),
    of_system(erlang.service_level, threshold=(20.0, 0.0, 15.0)),
    of_system(erlang.abandonment),
    of_system(erlang.asa),
    of_system(erlang.mean_wait),
    of_system(erlang.mean_wait_abandoned),
    of_system(erlang.queue_length),
    of_system(erlang.occupancy),
    of_system(erlang.wait_survival, after=(20.0, 0.0, 15.0)),
    of_system(erlang.wait_quantile, quantile=(0.9, 0.5, 0.8)),
    of_system(erlang.trunk_load),
    of_system(erlang.load_with_redials, redial=(0.5, 0.9, 0.25)),
    Other(erlang.redials, why="gives a frame of numbers; tests/erlang/test_beyond.py"),
    Other(erlang.blend, why="gives a frame of numbers; tests/erlang/test_beyond.py"),
    Elementwise(
        erlang.load,
        valid={
            "calls": (250.0, 3.0, 60.0),
            "aht": (210.0, 30.0, 400.0),
            "interval": (1800.0, 900.0, 3600.0),
        },
        invalid={"calls": -1.0, "aht": 0.0, "interval": 0.0},
    ),
    Other(erlang.measures, why="gives a frame of numbers; tests/erlang/test_tables.py"),
    Other(erlang.table, why="gives a frame of numbers; tests/erlang/test_tables.py"),
]

#: Lines and a load that is uncertain, for the measures by a threshold, and of the waits.
BEYOND_VALID = {"lines": (5.0, 14.0, 60.0), "load_cv": (0.1, 0.0, 0.2)}
MEASURED = erlang.Patience([0, 10, 60], [0.008, 0.004, 0.001])


def beyond(
    function: Callable[..., Any],
    variant: str,
    fixed: dict[str, Any],
    optional: frozenset[str] = frozenset(),
    **more: Any,
) -> Elementwise:
    """A measure of a system beyond Erlang A: a second row of its function."""
    valid = {name: v for name, v in SYSTEMS.items() if name not in fixed} | more
    invalid = {name: v for name, v in NOT_SYSTEMS.items() if name not in fixed}
    invalid |= dict.fromkeys(more, -1.0)
    return Elementwise(function, valid, invalid, fixed, optional, variant)


#: Second rows of functions, for the contracts of elementwise functions alone.
BEYOND: list[Elementwise] = [
    beyond(erlang.service_level, " of lines", {}, threshold=(20.0, 0.0, 15.0), **BEYOND_VALID),
    beyond(erlang.asa, " by hazard", {"patience": MEASURED}, lines=(5.0, 14.0, 60.0)),
    beyond(erlang.occupancy, " of chats", {"slowdown": [1, 1.4]}),
    beyond(erlang.wait_quantile, " by hazard", {"patience": MEASURED}, quantile=(0.9, 0.5, 0.8)),
    beyond(erlang.wait_survival, " of lines", {}, after=(20.0, 0.0, 15.0), **BEYOND_VALID),
    beyond(
        erlang.trunk_load,
        " of lines",
        {},
        frozenset({"hold_time"}),
        hold_time=(100.0, 0.0, 15.0),
        **BEYOND_VALID,
    ),
    beyond(
        erlang.load_with_redials, " of lines", {}, redial=(0.5, 0.9, 0.25), lines=(5.0, 14.0, 60.0)
    ),
]

GOALS = ("service_level", "asa", "mean_wait", "abandonment", "occupancy", "wait_probability")


def forecast() -> Any:
    """Two queues' half hours, one of them without calls."""
    import pandas as pd

    starts = pd.date_range("2025-03-03 08:00", periods=3, freq="30min", tz="Europe/Paris")
    return pd.DataFrame(
        {
            "queue": ["sales"] * 3 + ["care"] * 3,
            "start": [*starts, *starts],
            "calls": [250.0, 100.0, 0.0, 8.0, 9.5, None],
            "aht": [210.0, 180.0, None, 300.0, 240.0, 240.0],
        }
    )


STAFFING: list[Any] = [
    Elementwise(
        staffing.required_agents,
        valid={
            "load": (2.0, 29.0, 300.0),
            "aht": (180.0, 210.0, 60.0),
            "service_level": (0.8, 0.3, 0.95),
            "threshold": (20.0, 0.0, 60.0),
            "asa": (60.0, 10.0, 30.0),
            "mean_wait": (60.0, 10.0, 30.0),
            "abandonment": (0.05, 0.1, 0.01),
            "occupancy": (0.9, 0.85, 0.95),
            "wait_probability": (0.5, 0.9, 0.2),
            "patience": (300.0, 60.0, 90.0),
        },
        invalid={
            "load": -0.5,
            "aht": 0.0,
            "service_level": 1.5,
            "threshold": -1.0,
            "asa": -1.0,
            "mean_wait": -1.0,
            "abandonment": -0.1,
            "occupancy": 85.0,
            "wait_probability": 2.0,
            "patience": -60.0,
        },
        optional=frozenset({*GOALS, "threshold"}),
    ),
    Elementwise(
        staffing.max_load,
        valid={
            "agents": (3.0, 10.5, 40.0),
            "aht": (180.0, 240.0, 60.0),
            "abandonment": (0.05, 0.1, 0.01),
            "patience": (300.0, 60.0, 90.0),
        },
        invalid={"agents": -1.0, "aht": 0.0, "abandonment": 5.0, "patience": -60.0},
        optional=frozenset({"abandonment"}),
    ),
    Elementwise(
        staffing.required_lines,
        valid={"load": (2.0, 30.9, 300.0), "blocking": (0.01, 0.001, 0.1)},
        invalid={"load": -1.0, "blocking": 1.5},
    ),
    Elementwise(
        staffing.required_reserved,
        valid={
            "agents": (3.0, 12.0, 50.0),
            "load": (2.0, 9.5, 44.0),
            "aht": (180.0, 240.0, 60.0),
            "asa": (60.0, 20.0, 30.0),
            "patience": (300.0, 60.0, 90.0),
        },
        invalid={"agents": -1.0, "load": -0.5, "aht": 0.0, "asa": -1.0, "patience": -60.0},
        optional=frozenset({"asa"}),
    ),
    Elementwise(
        staffing.goal_probability,
        valid={
            "agents": (3.0, 12.0, 50.0),
            "load": (2.0, 9.5, 44.0),
            "aht": (180.0, 240.0, 60.0),
            "threshold": (20.0, 0.0, 60.0),
            "service_level": (0.8, 0.3, 0.95),
            "load_cv": (0.1, 0.0, 0.3),
            "patience": (300.0, 60.0, 90.0),
            "lines": (5.0, 20.0, 90.0),
        },
        invalid={
            "agents": -1.0,
            "load": -0.5,
            "aht": 0.0,
            "threshold": -1.0,
            "service_level": 1.5,
            "load_cv": -0.1,
            "patience": -60.0,
            "lines": 7.5,
        },
    ),
    Elementwise(
        staffing.max_line_load,
        valid={"lines": (3.0, 10.5, 40.0), "blocking": (0.01, 0.001, 0.1)},
        invalid={"lines": -1.0, "blocking": 1.5},
    ),
    Elementwise(
        staffing.gross_up,
        valid={"agents": (3.0, 10.0, 40.5), "shrinkage": (0.0, 0.3, 0.25)},
        invalid={"agents": -1.0, "shrinkage": 1.0},
    ),
    Other(staffing.combine_shrinkage, why="takes any number of parts; tests/staffing/"),
    OfFrame(
        staffing.plan,
        frame=forecast,
        call=partial(staffing.plan, service_level=0.8, threshold=20, patience=300, shrinkage=0.3),
    ),
    OfFrame(staffing.pool, frame=forecast, call=staffing.pool),
    OfFrame(
        staffing.total_agents,
        frame=lambda: staffing.plan(forecast(), rounding=None, asa=20, shrinkage=0.3),
        call=staffing.total_agents,
    ),
    Other(staffing.pooling_table, why="takes no frame; tests/staffing/test_pools.py"),
    OfFrame(
        staffing.compare_scenarios,
        frame=lambda: forecast().assign(agents=34),
        call=partial(
            staffing.compare_scenarios,
            scenarios={"more": {"calls": "+10%"}, "fewer": {"agents": "-1"}},
            by="queue",
            threshold=20,
            asa=30,
        ),
    ),
    Other(staffing.cost_of_service, why="a curve of one interval; tests/staffing/test_costs.py"),
    OfFrame(
        staffing.cheapest_plan,
        frame=forecast,
        call=partial(
            staffing.cheapest_plan,
            agent_hour=24,
            lost_call=3,
            patience=200,
            budget=3000,
            threshold=20,
            asa=30,
        ),
    ),
    OfFrame(
        staffing.annual_workload,
        frame=forecast,
        call=partial(staffing.annual_workload, by="queue", paid_hours=1880, shrinkage=0.3),
    ),
    OfFrame(
        staffing.headcount,
        frame=lambda: forecast().assign(required_agents=3.5),
        call=partial(staffing.headcount, by="queue", paid_hours=40, shrinkage=0.3),
    ),
]


def staffed_day() -> Any:
    """Two queues' half hours with their agents."""
    return forecast().assign(agents=[34, 15, 15, 1, 2, 2], calls=[250.0, 100.0, 0.0, 8.0, 9.5, 3.0])


DAY: list[Any] = [
    OfFrame(
        day.evaluate,
        frame=staffed_day,
        call=partial(day.evaluate, by="queue", patience="5min", threshold=30),
    ),
    OfFrame(
        day.compare,
        frame=staffed_day,
        call=partial(day.compare, by="queue", patience="5min", threshold=30),
    ),
    Other(day.chart, why="draws; tests/day/test_charts.py"),
    Other(day.requirement_chart, why="draws; tests/day/test_charts.py"),
    OfFrame(
        day.required_agents,
        frame=staffed_day,
        call=partial(day.required_agents, by="queue", patience=300, service_level=0.8),
    ),
    OfFrame(
        day.end_states, frame=staffed_day, call=partial(day.end_states, by="queue", patience=300)
    ),
    Other(day.outage, why="gives several frames; tests/day/test_outage.py"),
    OfFrame(
        day.totals,
        frame=staffed_day,
        call=lambda frame: day.totals(day.evaluate(frame, by="queue"), by="queue"),
    ),
]


def history() -> Any:
    """Two queues' half hours of nine weeks, one of them closed at the week-end."""
    import numpy as np
    import pandas as pd

    times = pd.date_range("2025-01-06 09:00", periods=63, freq="D", tz="Europe/Paris")
    starts = [day + pd.Timedelta(minutes=30 * k) for day in times for k in range(6)]
    frame = pd.DataFrame(
        {"start": [*starts, *starts], "queue": np.repeat(["sales", "care"], len(starts))}
    )
    weekday, slot = frame["start"].dt.day_of_week, np.tile(np.arange(6), 126)
    wave = 7 * np.sin(np.arange(len(frame)) * 2.4)
    frame["volume"] = np.rint(30 + 4 * slot - 3 * weekday + wave).astype("int64")
    frame["aht"] = 200.0 + 5 * slot
    return frame[(frame["queue"] == "sales") | (weekday < 5)].reset_index(drop=True)


def forecasts() -> Any:
    """The forecast of that history for a week."""
    return forecasting.fit_predict(history(), "7D")


def came() -> Any:
    """What came of it, up to noon of the second day."""
    rows = forecasts()
    return rows[rows["start"] < "2025-03-11 11:00+01:00"][["queue", "start", "volume"]].round(
        {"volume": 0}
    )


FORECAST: list[Any] = [
    OfFrame(forecasting.fit, frame=history, call=lambda frame: forecasting.fit(frame).days),
    Other(forecasting.predict, why="takes what fit returns; tests/forecast/test_edges.py"),
    OfFrame(
        forecasting.fit_predict,
        frame=history,
        call=partial(forecasting.fit_predict, horizon="3D", level=[0.8, 0.95]),
    ),
    OfFrame(
        forecasting.update,
        frame=forecasts,
        call=lambda frame: forecasting.update(frame, frame, now="2025-03-11 11:00"),
    ),
    OfFrame(forecasting.totals, frame=forecasts, call=partial(forecasting.totals, freq="W")),
    OfFrame(forecasting.profile, frame=history, call=forecasting.profile),
    OfFrame(
        forecasting.split,
        frame=lambda: forecasting.totals(forecasts()).assign(
            start=lambda t: t["start"].dt.tz_localize(None)
        ),
        call=lambda frame: forecasting.split(
            frame, forecasting.profile(history(), by="day").head(6).drop(columns="queue")
        ),
    ),
    OfFrame(forecasting.index, frame=history, call=partial(forecasting.index, horizon="3D")),
    OfFrame(forecasting.naive, frame=history, call=partial(forecasting.naive, horizon="3D")),
    OfFrame(
        forecasting.accuracy,
        frame=forecasts,
        call=lambda frame: forecasting.accuracy(frame, came(), by="queue"),
    ),
    OfFrame(
        forecasting.backtest,
        frame=history,
        call=partial(forecasting.backtest, horizon="7D", level=0.8),
    ),
]

KPI: list[Any] = [
    OfFrame(
        kpi.summarize,
        frame=logs.calls,
        call=partial(kpi.summarize, by="queue", freq="30min", threshold=[15, 20]),
    ),
    OfFrame(kpi.compare_definitions, frame=logs.calls, call=kpi.compare_definitions),
    OfFrame(
        kpi.merge,
        frame=logs.calls,
        call=lambda frame: kpi.merge([kpi.summarize(frame), kpi.summarize(frame)]),
    ),
    OfFrame(
        kpi.compare_with_erlang, frame=logs.calls, call=partial(kpi.compare_with_erlang, by="queue")
    ),
    OfFrame(kpi.compare_models, frame=logs.calls, call=partial(kpi.compare_models, by="queue")),
    OfFrame(kpi.canonical, frame=logs.export, call=kpi.canonical),
    OfFrame(
        kpi.first_contact_resolution,
        frame=units.contacts,
        call=partial(kpi.first_contact_resolution, by="channel", same="reason"),
    ),
    OfFrame(
        kpi.consistency,
        frame=units.days,
        call=partial(kpi.consistency, figure="share", target=0.8, by="hall", weight="answered"),
    ),
    OfFrame(
        kpi.audit_ceiling,
        frame=units.days,
        call=partial(
            kpi.audit_ceiling, metrics=["share"], start="day", by="hall", count="answered"
        ),
    ),
    OfFrame(
        kpi.roll_up,
        frame=units.days,
        call=partial(
            kpi.roll_up,
            by="hall",
            rates={"service_level": ("in_time", "answered + abandoned")},
            means={"asa": ("asa", "answered")},
            sums=["answered"],
        ),
    ),
    OfFrame(kpi.satisfaction, frame=units.ratings, call=partial(kpi.satisfaction, by="channel")),
    OfFrame(
        kpi.drivers,
        frame=units.surveys,
        call=partial(
            kpi.drivers, overall="overall", items=["wait", "menu"], by="channel", draws=100, seed=1
        ),
    ),
    OfFrame(kpi.take_up, frame=units.offers, call=partial(kpi.take_up, by="unit")),
    OfFrame(
        kpi.targets,
        frame=units.offers,
        call=partial(kpi.targets, columns=["customer", "unit"], exclude="no_calls"),
    ),
    OfFrame(
        kpi.forecast_error, frame=units.forecasts, call=partial(kpi.forecast_error, by="queue")
    ),
    OfFrame(
        kpi.monitor,
        frame=units.tickets,
        call=partial(kpi.monitor, time="opened", by="type", limit=1),
    ),
    OfFrame(
        kpi.pareto, frame=units.ratings, call=partial(kpi.pareto, column="reason", by="channel")
    ),
    OfFrame(kpi.contribution, frame=units.transactions, call=partial(kpi.contribution, by="unit")),
    OfFrame(
        kpi.diversion, frame=units.transactions, call=partial(kpi.diversion, by="unit", seconds=90)
    ),
    OfFrame(kpi.halls, frame=units.visits, call=kpi.halls),
    OfFrame(kpi.visits_as_calls, frame=units.visits, call=kpi.visits_as_calls),
    OfFrame(
        kpi.handling_time,
        frame=units.tickets,
        call=partial(kpi.handling_time, by="type", limit="4h", hours=kpi.BusinessHours()),
    ),
    OfFrame(
        kpi.productivity,
        frame=units.days,
        call=partial(kpi.productivity, volume="answered", by="hall"),
    ),
    OfFrame(
        kpi.imbalance, frame=units.days, call=partial(kpi.imbalance, value="answered", by="hall")
    ),
    OfFrame(kpi.utilisation, frame=units.times, call=partial(kpi.utilisation, by="agent")),
    OfFrame(
        kpi.scorecard,
        frame=units.days,
        call=partial(kpi.scorecard, metrics=units.METRICS, unit="day"),
    ),
    OfFrame(
        kpi.shortfalls,
        frame=units.days,
        call=partial(kpi.shortfalls, metrics=units.METRICS, unit="day"),
    ),
    OfFrame(
        kpi.reconcile,
        frame=logs.calls,
        call=lambda frame: kpi.reconcile(frame, {"service_level": 0.6, "asa": 20.0}).ranking,
    ),
    OfFrame(kpi.validate, frame=logs.calls_with_faults, call=kpi.validate),
    OfFrame(
        kpi.adherence,
        frame=logs.spells,
        call=lambda frame: kpi.adherence(frame, logs.schedule(), freq="15min", tolerance=30),
    ),
    OfFrame(kpi.states, frame=logs.spells, call=partial(kpi.states, freq="15min")),
    OfFrame(
        kpi.concurrency, frame=logs.calls, call=partial(kpi.concurrency, freq="15min", by="queue")
    ),
    OfFrame(kpi.patience, frame=logs.calls, call=partial(kpi.patience, by="queue")),
    OfFrame(kpi.patience_hazard, frame=logs.calls, call=partial(kpi.patience_hazard, by="queue")),
    OfFrame(kpi.patience_curve, frame=logs.calls, call=partial(kpi.patience_curve, by="queue")),
]

QA: list[Any] = [
    OfFrame(
        qa.estimate,
        frame=partial(recordings.calls, (20, 3)),
        call=lambda frame: qa.estimate(
            qa.sample(frame, n=4, reserve=1, seed=1), "talk", by="agent", confidence=0.9
        ),
    ),
    OfFrame(
        qa.agreement,
        frame=recordings.ratings,
        call=lambda frame: qa.agreement(frame, level="ordinal", within=[0, 1]).to_frame(),
    ),
    OfFrame(
        qa.agreement_by,
        frame=recordings.ratings_by_item,
        call=lambda frame: qa.agreement_by(frame, "item", level="ordinal"),
    ),
    OfFrame(
        qa.rater_bias, frame=recordings.ratings_by_item, call=partial(qa.rater_bias, by="item")
    ),
    OfFrame(
        qa.rater_drift,
        frame=recordings.ratings_by_item,
        call=partial(qa.rater_drift, unit="rating"),
    ),
    OfFrame(
        qa.attribute_chart,
        frame=recordings.weeks,
        call=partial(qa.attribute_chart, kind="p'", by="agent"),
    ),
    OfFrame(
        qa.individuals_chart,
        frame=recordings.weeks,
        call=partial(qa.individuals_chart, value="events", by="agent"),
    ),
    OfFrame(qa.group_chart, frame=recordings.weeks, call=partial(qa.group_chart, value="events")),
    OfFrame(
        qa.ewma_chart,
        frame=recordings.weeks,
        call=partial(qa.ewma_chart, value="events", by="agent"),
    ),
    OfFrame(
        qa.cusum_chart,
        frame=recordings.weeks,
        call=partial(qa.cusum_chart, value="events", by="agent"),
    ),
    OfFrame(qa.shrink, frame=recordings.scores, call=partial(qa.shrink, by=["team", "agent"])),
    OfFrame(qa.coaching, frame=recordings.scores, call=partial(qa.coaching, target=80)),
    OfFrame(
        qa.customer_agreement,
        frame=recordings.scores,
        call=partial(qa.customer_agreement, pass_mark=80, satisfied=4, by="agent"),
    ),
    OfFrame(
        qa.quadrants,
        frame=recordings.scores,
        call=partial(qa.quadrants, x="score", y="rating", x_cut=80, y_cut=4),
    ),
    OfFrame(
        qa.error_pareto, frame=recordings.checks, call=partial(qa.error_pareto, period="month")
    ),
    Other(qa.run_rules, why="names in order of points; tests/qa/test_charts.py"),
    OfFrame(
        qa.funnel,
        frame=recordings.weeks,
        call=partial(qa.funnel, by=["agent", "start"], kind="rate"),
    ),
    Other(qa.allocate, why="one answer of a column; tests/qa/test_allocation.py"),
    Elementwise(
        qa.sample_size,
        valid={
            "margin": (0.5, 2.0, 3.0),
            "sd": (3.0, 8.0, 10.0),
            "population": (500.0, 40.0, 90.0),
            "design_effect": (1.0, 1.5, 0.8),
            "response": (0.5, 0.75, 1.0),
        },
        invalid={
            "margin": 0.0,
            "sd": -1.0,
            "population": 0.5,
            "design_effect": 0.0,
            "response": 2.0,
        },
        optional=frozenset({"sd", "population"}),
    ),
    Elementwise(
        qa.margin_of_error,
        valid={"n": (5.0, 50.0, 900.0), "proportion": (0.5, 0.9, 0.01), "z": (1.5, 1.96, 3.0)},
        invalid={"n": -1.0, "proportion": 1.5, "z": 0.0},
        fixed={"method": "wilson"},
        optional=frozenset({"proportion", "z"}),
    ),
    Elementwise(
        qa.power_sample_size,
        valid={"difference": (1.0, 3.0, -2.0), "sd": (5.0, 8.0, 10.0), "power": (0.8, 0.9, 0.5)},
        invalid={"difference": 0.0, "sd": -1.0, "power": 1.0},
        optional=frozenset({"difference", "sd"}),
    ),
    OfFrame(
        qa.sample,
        frame=partial(recordings.calls, (20, 3)),
        call=partial(qa.sample, n=4, reserve=1, seed=1),
    ),
    OfFrame(
        qa.balance,
        frame=partial(recordings.calls, (20, 3)),
        call=lambda frame: qa.balance(
            qa.sample(frame, 4, seed=1), frame, columns=("arrival", "talk", "call_type")
        ),
    ),
    OfFrame(
        qa.sample_periods,
        frame=partial(recordings.calls, (20, 3)),
        call=partial(qa.sample_periods, n=4, periods=2, seed=1),
    ),
    OfFrame(
        qa.merge_samples,
        frame=partial(recordings.calls, (20, 3)),
        call=lambda frame: qa.merge_samples([qa.partial_sample(frame, n=4, seed=1)]),
    ),
    OfFrame(
        qa.partial_sample,
        frame=partial(recordings.calls, (20, 3)),
        call=lambda frame: qa.partial_sample(frame, n=4, seed=1).rows,
    ),
    OfFrame(
        qa.redraw,
        frame=partial(recordings.calls, (20, 3)),
        call=lambda frame: qa.redraw(
            frame, qa.sample_report(qa.sample(frame, n=4, reserve=1, seed=1))
        ),
    ),
    OfFrame(
        qa.verify_sample,
        frame=partial(recordings.calls, (20, 3)),
        call=lambda frame: qa.verify_sample(qa.sample(frame, n=4, seed=1), frame),
    ),
    OfFrame(
        qa.assign,
        frame=partial(recordings.calls, (20, 3)),
        call=lambda frame: qa.assign(
            qa.sample(frame, n=4, reserve=1, seed=1), ["eva", "finn"], calibration=1, seed=1
        ),
    ),
    OfFrame(
        qa.replace_unusable,
        frame=partial(recordings.calls, (20, 3)),
        call=lambda frame: qa.replace_unusable(qa.sample(frame, n=4, reserve=1, seed=1), []),
    ),
    OfFrame(
        qa.sample_report,
        frame=partial(recordings.calls, (20, 3)),
        call=lambda frame: qa.sample_report(qa.sample(frame, 4, seed=1)),
    ),
]

INTERVALS: list[Any] = [
    Other(intervals.difference, why="pairs of columns; tests/intervals/test_comparisons.py"),
    Other(intervals.difference_test, why="pairs of columns; tests/intervals/test_comparisons.py"),
    Other(intervals.paired_difference, why="pairs of columns; tests/intervals/test_comparisons.py"),
    Other(intervals.rate_ratio, why="pairs of columns; tests/intervals/test_comparisons.py"),
    Other(intervals.rate_ratio_test, why="pairs of columns; tests/intervals/test_comparisons.py"),
    Other(intervals.proportion, why="two results; tests/intervals/test_intervals.py"),
    Other(intervals.rate, why="two results; tests/intervals/test_intervals.py"),
]

COMPARE: list[Any] = [
    Other(compare.change, why="two results; tests/compare/test_needs.py"),
    Elementwise(
        compare.power,
        valid={
            "effect": (2.0, -1.5, 0.0),
            "sd": (1.0, 2.0, 3.0),
            "treated": (4.0, 2.0, 6.0),
            "control": (4.0, 6.0, 3.0),
            "confidence": (0.95, 0.9, 0.99),
        },
        invalid={
            "effect": float("inf"),
            "sd": -1.0,
            "treated": 0.5,
            "control": 0.0,
            "confidence": 1.0,
        },
    ),
    Elementwise(
        compare.smallest_effect,
        valid={
            "sd": (1.0, 10.0, 0.5),
            "treated": (4.0, 2.0, 6.0),
            "control": (4.0, 6.0, 3.0),
            "power": (0.8, 0.9, 0.5),
        },
        invalid={"sd": -1.0, "treated": 0.0, "control": 0.5, "power": 1.0},
    ),
    Elementwise(
        compare.teams_needed,
        valid={"effect": (2.0, -1.5, 1.0), "sd": (1.0, 2.0, 3.0), "power": (0.8, 0.9, 0.5)},
        invalid={"effect": 0.0, "sd": -1.0, "power": 0.0},
    ),
    Elementwise(
        compare.change_sd,
        valid={
            "sd": (190.0, 0.5, 30.0),
            "icc": (0.05, 0.0, 1.0),
            "size": (3000.0, 400.0, 50.0),
            "team_correlation": (0.5, 0.0, -0.2),
            "call_correlation": (0.0, 0.1, 0.5),
        },
        invalid={
            "sd": -1.0,
            "icc": 1.5,
            "size": 0.0,
            "team_correlation": 2.0,
            "call_correlation": -2.0,
        },
    ),
    Other(compare.two_samples, why="two columns; tests/compare/"),
    Other(compare.permutation, why="numbers by unit; tests/compare/"),
    Other(compare.difference_in_differences, why="numbers by unit; tests/compare/"),
    Other(compare.growth, why="numbers by unit; tests/compare/"),
    Other(compare.adjust, why="one answer of a column; tests/compare/"),
    OfFrame(
        compare.cluster_icc,
        frame=comparisons.calls,
        call=partial(compare.cluster_icc, value="talk", by="agent"),
    ),
    OfFrame(
        compare.periods,
        frame=comparisons.team_days,
        call=partial(
            compare.periods,
            before=comparisons.BEFORE,
            after=comparisons.AFTER,
            measures={"aht": ("handle", "answered"), "score": "score"},
            by="type",
        ),
    ),
    OfFrame(
        compare.series,
        frame=comparisons.daily,
        call=lambda frame: (
            compare.series(
                frame, change="2025-03-24", value="aht", control="other", placebo=True
            ).curve
        ),
    ),
    OfFrame(
        compare.effects,
        frame=comparisons.changes,
        call=lambda frame: compare.effects(frame, treated=comparisons.half(frame, "unit")),
    ),
    OfFrame(
        compare.choose_teams,
        frame=comparisons.team_history,
        call=lambda frame: (
            compare.choose_teams(frame, on=["aht", "fcr"], teams=8, treated=4, seed=7).balance
        ),
    ),
    OfFrame(
        compare.pilot,
        frame=comparisons.team_days,
        call=lambda frame: (
            compare.pilot(
                frame,
                treated=comparisons.half(frame, "team"),
                before=comparisons.BEFORE,
                after=comparisons.AFTER,
                measures=comparisons.MEASURES,
                mix="type",
            ).effects
        ),
    ),
    OfFrame(
        compare.spread,
        frame=comparisons.team_days,
        call=partial(compare.spread, measures=comparisons.MEASURES, days=14),
    ),
    OfFrame(
        compare.gap_curve,
        frame=comparisons.gaps,
        call=lambda frame: compare.gap_curve(frame, fixes=["2025-03-24"], topic="topic").curve,
    ),
]

DATASETS: list[Any] = [
    Other(datasets.anonymous_bank, why="takes no data; tests/datasets/test_packaged.py"),
    Other(datasets.read_anonymous_bank, why="reads a file; tests/datasets/test_reader.py"),
]

PLOTS: list[Any] = [
    Other(plots.caterpillar, why="draws a figure; tests/charts/"),
    Other(plots.compare, why="draws a figure; tests/charts/"),
    Other(plots.raters, why="draws a figure; tests/charts/"),
    Other(plots.requirement, why="draws a figure; tests/charts/"),
    Other(plots.states, why="draws a figure; tests/charts/"),
    Other(plots.tornado, why="draws a figure; tests/charts/"),
    Other(plots.trade_off, why="draws a figure; tests/charts/"),
    Other(plots.gap_curve, why="draws a figure; tests/plots/"),
    Other(plots.pilot_effects, why="draws a figure; tests/plots/"),
    Other(plots.pilot_units, why="draws a figure; tests/plots/"),
    Other(plots.placebo_dates, why="draws a figure; tests/plots/"),
    Other(plots.series, why="draws a figure; tests/plots/"),
    Other(plots.splits, why="draws a figure; tests/plots/"),
    Other(plots.bland_altman, why="draws a figure; tests/plots/"),
    Other(plots.control, why="draws a figure; tests/plots/"),
    Other(plots.calibration, why="draws a figure; tests/plots/"),
    Other(plots.erlang_comparison, why="draws a figure; tests/plots/"),
    Other(plots.forecast, why="draws a figure; tests/plots/"),
    Other(plots.forecast_effects, why="draws a figure; tests/plots/"),
    Other(plots.forecast_error, why="draws a figure; tests/plots/"),
    Other(plots.funnel, why="draws a figure; tests/plots/"),
    Other(plots.heatmap, why="draws a figure; tests/charts/"),
    Other(plots.patience, why="draws a figure; tests/charts/"),
    Other(plots.staffing_curve, why="draws a figure; tests/charts/"),
    Other(plots.waits, why="draws a figure; tests/charts/"),
    Other(plots.love, why="draws a figure; tests/plots/"),
    Other(plots.drivers, why="draws a figure; tests/plots/"),
    Other(plots.lost_call_values, why="draws a figure; tests/plots/"),
    Other(plots.outage, why="draws a figure; tests/plots/"),
    Other(plots.cover, why="draws a figure; tests/plots/"),
    Other(plots.headcount, why="draws a figure; tests/plots/"),
    Other(plots.roster, why="draws a figure; tests/plots/"),
    Other(plots.shift_curve, why="draws a figure; tests/plots/"),
    Other(plots.pareto, why="draws a figure; tests/plots/"),
    Other(plots.quadrants, why="draws a figure; tests/plots/"),
]

SIMULATE: list[Any] = [
    Other(simulate.run, why="takes a model; tests/simulate/test_runs.py"),
    Other(simulate.compare, why="takes models; tests/simulate/test_runs.py"),
    Other(simulate.required_agents, why="takes a model; tests/simulate/test_required.py"),
    Other(simulate.fit, why="gives a distribution; tests/simulate/test_distributions.py"),
    Other(simulate.tiering, why="gives a study; tests/simulate/test_tiers.py"),
]

SCHEDULES: list[Any] = [
    OfFrame(
        counters.plan,
        frame=planning.hall,
        call=partial(counters.plan, interval=1800, minimum=2, maximum=10, change_cost=0.2, dwell=2),
    ),
    OfFrame(
        hiring.path,
        frame=planning.staff,
        call=partial(hiring.path, **planning.CAREER, periods=4, hires=[8, 0, 0, 0], need=45),
    ),
    OfFrame(
        hiring.plan,
        frame=planning.staff,
        call=partial(
            hiring.plan,
            **planning.CAREER,
            periods=4,
            need=52,
            class_size=4,
            most_classes=2,
            period_cost=1,
            shortage_cost=20,
        ),
    ),
    Other(shifts.resample, why="rows must be one grid; tests/shifts/test_resample.py"),
    Other(shifts.templates, why="takes no frame; tests/shifts/test_tables.py"),
    Other(shifts.cover, why="gives an object of frames; tests/shifts/test_cover.py"),
    Other(shifts.cover_service, why="gives an object of frames; tests/shifts/test_service.py"),
    Other(shifts.design, why="gives an object of frames; tests/shifts/test_design.py"),
    Other(shifts.breaks, why="reads three frames; tests/shifts/test_breaks.py"),
    Other(roster.assign, why="gives an object of frames; tests/roster/test_assign.py"),
    OfFrame(
        roster.check,
        frame=lambda: planning.worked(
            ("a0", "2026-03-02 14:00", "late"), ("a0", "2026-03-03 06:00", "early")
        ),
        call=lambda frame: roster.check(frame, planning.people_of(frame), rules=roster.Rules()),
    ),
]

REPORT: list[Any] = [Other(report.write, why="writes a folder; tests/report/test_write.py")]

SCALE: list[Any] = [Other(scale.run, why="takes a plan and any source; tests/scale/")]

SHOW: list[Any] = [Other(show, why="gives text; tests/presentation/")]

ROWS: list[Any] = [
    *ERLANG,
    *STAFFING,
    *DAY,
    *FORECAST,
    *KPI,
    *QA,
    *INTERVALS,
    *COMPARE,
    *DATASETS,
    *PLOTS,
    *REPORT,
    *SCALE,
    *SCHEDULES,
    *SHOW,
    *SIMULATE,
]
