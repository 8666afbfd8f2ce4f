"""A long call of every public function, for what holds of calls that last.

It is the registry's own call on its own input, many times over. What takes no input that could be
repeated has its call here.
"""

from __future__ import annotations

import io
import tempfile
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import comparisons
import logs
import numpy as np
import pandas as pd
import planning
import recordings
import small_calls
from callstats import (
    compare,
    counters,
    datasets,
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
from registry import DAY, FORECAST, Elementwise, OfFrame, history

if TYPE_CHECKING:
    from collections.abc import Callable

#: Columns in which each row, or each rating of a call, has a name of its own.
IDENTITIES = {"call_id", "customer", "day", "rating"}
#: Columns of names that a result has a row for: many of them, of some hundred rows each.
GROUPS = {"agent", "queue", "hall", "unit", "team", "item", "type", "month"}
COPIES_PER_GROUP = 16
#: Days that copies are spread over: moments in nanoseconds end with the year 2262.
MOST_DAYS = 60_000


def repeated(frame: pd.DataFrame, rows: int, *, later: bool = True) -> pd.DataFrame:
    """The frame again and again, later each time or not, with other names."""
    copies = max(1, rows // len(frame))
    copy = np.repeat(np.arange(copies), len(frame))
    instants = frame.select_dtypes(["datetime", "datetimetz"])
    days = (instants.max().max() - instants.min().min()).days + 1 if later and instants.size else 0
    columns = {}
    for name in frame.columns:
        column = frame[name]
        values = column.take(np.tile(np.arange(len(frame)), copies)).reset_index(drop=True)
        if pd.api.types.is_datetime64_any_dtype(column):
            shift = copy % (MOST_DAYS // max(days, 1)) * days
            values = values + pd.to_timedelta(shift, unit="D").as_unit(column.dt.unit)
        elif name in IDENTITIES | GROUPS and not pd.api.types.is_float_dtype(column):
            number = copy if name in IDENTITIES or not later else copy // COPIES_PER_GROUP
            if pd.api.types.is_integer_dtype(column):
                values = values + number * (column.max() + 1)
            else:
                values = (values + pd.Series(number).map(lambda k: f" {k}")).astype(object)
                values = values.where(values.notna(), None)
        columns[name] = values
    return pd.DataFrame(columns)


def _numbers(rows: int) -> np.ndarray:
    return np.random.default_rng(3).lognormal(4.0, 1.0, rows)


def _counts(rows: int) -> np.ndarray:
    return np.random.default_rng(4).integers(1, 40, rows)


def _model() -> simulate.Model:
    return simulate.Model(simulate.CallType("calls", calls=100, talk=180, patience=300), 13)


def _day(rows: int) -> pd.DataFrame:
    frame = pd.DataFrame({"calls": _counts(rows) * 8.0, "aht": 300.0, "agents": _counts(rows)})
    return frame.assign(start=pd.date_range("2025-03-03", periods=rows, freq="15min"))


def _two(rows: int) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    return {
        "first": (_counts(rows), _counts(rows) + 40),
        "second": (_counts(rows)[::-1], _counts(rows) + 50),
    }


def _month(rows: int) -> str:
    head = (
        "vru+line call_id customer_id priority type date vru_entry vru_exit vru_time "
        "q_start q_exit q_time outcome ser_start ser_exit ser_time server"
    )
    row = (
        "AA0101 {} 27997683 2 PS 990101 6:55:20 6:55:26 6 "
        "6:55:26 6:55:43 17 AGENT 6:55:43 6:56:37 54 MICHAL"
    )
    return "\n".join([head, *(row.format(k) for k in range(rows))]).replace(" ", "\t")


def _balance(rows: int) -> pd.DataFrame:
    calls = repeated(recordings.calls((20, 3)), rows)
    return qa.balance(calls[::2], calls, columns=("arrival", "talk"))


def _read(text: str) -> pd.DataFrame:
    return datasets.read_anonymous_bank(io.StringIO(text))


def _written(calls: pd.DataFrame) -> None:
    with tempfile.TemporaryDirectory() as folder:
        report.write(calls, folder)


def _wave(rows: int) -> pd.DataFrame:
    need = 40 + 30 * np.sin(np.arange(rows) / 4) + _counts(rows) / 8
    return planning.requirement(need, "2026-03-02")


@cache
def _backtested() -> pd.DataFrame:
    own = history()
    return forecast.backtest(own[own["queue"] == "care"], horizon="7D")


def _every_hour(rows: int) -> pd.DataFrame:
    return shifts.templates(
        starts=range(0, 86_400, 3600), lengths=[f"{k}h" for k in range(4, rows)]
    )


#: A call on so many rows of what takes neither columns alone nor a frame.
OTHERS: dict[Callable[..., Any], Callable[[int], Callable[[], Any]]] = {
    erlang.measures: lambda rows: partial(
        erlang.measures, 60, _numbers(rows), aht=180, threshold=20, patience=300
    ),
    erlang.redials: lambda rows: partial(
        erlang.redials,
        np.resize([5, 8, 12], rows),
        7.0,
        aht=180,
        threshold=20,
        redial=0.5,
        delay=300,
        patience=120,
        lines=20,
    ),
    erlang.blend: lambda rows: partial(
        erlang.blend, 60, _numbers(rows) / 4, aht=180, threshold=20, reserved=3, patience=300
    ),
    erlang.table: lambda rows: partial(
        erlang.table, calls=9000, aht=210, threshold=20, patience=300, agents=range(rows)
    ),
    staffing.cost_of_service: lambda rows: partial(
        staffing.cost_of_service,
        calls=9000,
        aht=210,
        threshold=20,
        patience=300,
        agent_hour=24,
        lost_call=3,
        agents=range(rows),
    ),
    staffing.combine_shrinkage: lambda rows: partial(
        staffing.combine_shrinkage, *[1 / (2 + _numbers(rows))] * 8
    ),
    staffing.pooling_table: lambda rows: partial(
        staffing.pooling_table, calls=9000, aht=210, sites=range(1, rows), asa=20, patience=300
    ),
    day.outage: lambda rows: partial(
        day.outage, _day(rows), at="00:10", lost=5, patience=300, redial=0.3
    ),
    day.chart: lambda rows: partial(day.chart, day.compare(_day(rows))),
    day.requirement_chart: lambda rows: partial(
        day.requirement_chart, _day(rows), day_cv=0.1, service_level=0.8, patience=300
    ),
    forecast.predict: lambda rows: partial(
        forecast.predict, forecast.fit(repeated(history(), rows, later=False)), "28D"
    ),
    qa.run_rules: lambda rows: partial(qa.run_rules, np.log(_numbers(rows)) - 4),
    qa.allocate: lambda rows: partial(
        qa.allocate, _counts(rows), 3 * rows, method="neyman", sd=_counts(rows)[::-1]
    ),
    intervals.difference: lambda rows: partial(intervals.difference, **_two(rows)),
    intervals.difference_test: lambda rows: partial(intervals.difference_test, **_two(rows)),
    intervals.paired_difference: lambda rows: partial(
        intervals.paired_difference,
        **dict.fromkeys(("both", "first_only", "second_only", "neither"), _counts(rows)),
    ),
    intervals.rate_ratio: lambda rows: partial(intervals.rate_ratio, **_two(rows)),
    intervals.rate_ratio_test: lambda rows: partial(
        intervals.rate_ratio_test, **_two(rows), method="minlike"
    ),
    intervals.proportion: lambda rows: partial(
        intervals.proportion, *_two(rows)["first"], method="clopper_pearson"
    ),
    intervals.rate: lambda rows: partial(intervals.rate, *_two(rows)["first"]),
    compare.change: lambda rows: partial(compare.change, _numbers(rows), _numbers(rows)[::-1]),
    compare.two_samples: lambda rows: partial(
        compare.two_samples, _numbers(rows), _numbers(rows)[: rows // 2]
    ),
    compare.permutation: lambda rows: partial(
        compare.permutation, dict(enumerate(_numbers(rows))), range(rows // 2), seed=1
    ),
    compare.difference_in_differences: lambda rows: partial(
        compare.difference_in_differences,
        dict(enumerate(_numbers(rows))),
        dict(enumerate(_numbers(rows)[::-1])),
        range(rows // 2),
    ),
    compare.growth: lambda rows: partial(
        compare.growth, dict(enumerate(_numbers(rows))), dict(enumerate(_numbers(rows)[::-1]))
    ),
    compare.adjust: lambda rows: partial(compare.adjust, 1 / (1 + _numbers(rows))),
    datasets.anonymous_bank: lambda _: datasets.anonymous_bank,
    datasets.read_anonymous_bank: lambda rows: partial(_read, _month(rows)),
    show: lambda rows: show(pd.DataFrame({"asa": _numbers(rows)})).to_html,
    plots.caterpillar: lambda rows: partial(
        plots.caterpillar,
        pd.DataFrame({"agent": np.arange(rows), "mean": _numbers(rows), "low": -9.0, "high": 9.0}),
    ),
    plots.compare: lambda _: partial(plots.compare, small_calls.of_two_centres()),
    plots.raters: lambda rows: partial(
        plots.raters,
        pd.DataFrame({"rater": np.arange(rows), "bias": _numbers(rows), "low": -9.0, "high": 9.0}),
    ),
    plots.requirement: lambda rows: partial(plots.requirement, _wave(rows).assign(agents=9)),
    plots.states: lambda rows: partial(
        plots.states, _wave(rows).assign(length=1800.0, talk=900.0, available=800.0)
    ),
    plots.tornado: lambda _: partial(
        plots.tornado, small_calls.of_two_centres().assign(scenario="aht +10%", base=0.8)
    ),
    plots.trade_off: lambda rows: partial(
        plots.trade_off,
        pd.DataFrame({"agents": _numbers(rows), "service_level": _numbers(rows)[::-1]}),
    ),
    plots.gap_curve: lambda rows: partial(
        plots.gap_curve, compare.gap_curve(_day(rows).assign(events=1, size=40))
    ),
    plots.pilot_effects: lambda _: partial(
        plots.pilot_effects, compare.effects(comparisons.changes(), treated=comparisons.TREATED)
    ),
    plots.pilot_units: lambda _: partial(plots.pilot_units, small_calls.piloted(), measure="aht"),
    plots.placebo_dates: lambda _: partial(plots.placebo_dates, small_calls.changed()),
    plots.series: lambda _: partial(plots.series, small_calls.changed()),
    plots.splits: lambda rows: partial(
        plots.splits, dict(enumerate(_numbers(rows))), range(rows // 2)
    ),
    plots.bland_altman: lambda rows: partial(
        plots.bland_altman, repeated(recordings.ratings(), rows)
    ),
    plots.control: lambda rows: partial(
        plots.control,
        qa.attribute_chart(_day(rows).assign(events=_counts(rows), size=_counts(rows) + 40)),
    ),
    plots.cover: lambda rows: partial(plots.cover, _wave(rows).assign(scheduled=50)),
    plots.headcount: lambda rows: partial(
        plots.headcount, hiring.path(planning.staff(), **planning.CAREER, periods=rows, need=40)
    ),
    plots.roster: lambda rows: partial(
        plots.roster,
        planning.worked(
            *[
                (
                    f"a{k % 40}",
                    str(pd.Timestamp("2026-03-02 07:00") + pd.Timedelta(days=k // 40)),
                    "x",
                )
                for k in range(rows)
            ]
        ),
    ),
    plots.shift_curve: lambda rows: partial(
        plots.shift_curve,
        [shifts.design(planning.requirement(), starts=["08:00"], lengths=["8h"])] * rows,
    ),
    plots.calibration: lambda _: partial(plots.calibration, _backtested()),
    plots.forecast: lambda rows: partial(plots.forecast, _wave(rows).assign(volume=50)),
    plots.forecast_effects: lambda _: partial(
        plots.forecast_effects, forecast.fit(history()[lambda h: h["queue"] == "care"]).effects
    ),
    plots.forecast_error: lambda _: partial(plots.forecast_error, _backtested()),
    plots.erlang_comparison: lambda rows: partial(
        plots.erlang_comparison, kpi.compare_with_erlang(repeated(logs.calls(), rows))
    ),
    plots.funnel: lambda rows: partial(
        plots.funnel, qa.funnel(repeated(recordings.weeks(), rows), by=["agent", "start"])
    ),
    plots.heatmap: lambda rows: partial(
        plots.heatmap, _day(rows).assign(service_level=0.5, offered=9)
    ),
    plots.waits: lambda rows: partial(plots.waits, repeated(logs.calls(), rows)),
    plots.patience: lambda rows: partial(
        plots.patience, kpi.patience_curve(repeated(logs.calls(), rows))
    ),
    plots.staffing_curve: lambda _: partial(
        plots.staffing_curve, erlang.table(calls=100, aht=300, threshold=20, agents=range(10, 60))
    ),
    plots.love: lambda rows: partial(plots.love, _balance(rows)),
    plots.drivers: lambda rows: partial(
        plots.drivers,
        pd.DataFrame(
            {
                "item": [f"item {row}" for row in range(rows)],
                "importance_share": 0.5,
                "importance_share_low": 0.4,
                "importance_share_high": 0.6,
                "top_box": 0.5,
                "top_box_low": 0.4,
                "top_box_high": 0.6,
            }
        ),
    ),
    plots.lost_call_values: lambda rows: partial(
        plots.lost_call_values,
        pd.DataFrame({"implied_lost_call_low": _numbers(rows), "implied_lost_call_high": 2e5}),
    ),
    plots.outage: lambda rows: partial(
        plots.outage, day.outage(_day(min(rows, 48)), at="00:10", lost=5, patience=300)
    ),
    plots.pareto: lambda rows: partial(
        plots.pareto, qa.error_pareto(repeated(recordings.checks(), rows))
    ),
    plots.quadrants: lambda rows: partial(
        plots.quadrants,
        repeated(recordings.scores(), rows),
        x="score",
        y="rating",
        x_cut=80,
        y_cut=4,
    ),
    shifts.templates: lambda rows: partial(
        shifts.templates, starts=range(rows), lengths=["4h", "8h"]
    ),
    shifts.resample: lambda rows: partial(shifts.resample, _wave(rows), "5min"),
    shifts.cover: lambda rows: partial(
        shifts.cover, _wave(rows), _every_hour(9), time_limit=1.5, infeasible="soften", gap=0.0
    ),
    shifts.design: lambda rows: partial(
        shifts.design,
        _wave(rows),
        starts=range(0, 86_400, 7200),
        lengths=["7h", "8h"],
        shift_cost=9,
        time_limit=1.0,
    ),
    shifts.cover_service: lambda rows: partial(
        shifts.cover_service,
        planning.half_hours().assign(calls=_counts(8) * 4.0 + rows),
        planning.short_types(),
        service_level=0.8,
        patience=300,
    ),
    shifts.breaks: lambda rows: partial(
        shifts.breaks,
        pd.concat([planning.schedule().assign(agent=[2 * k, 2 * k + 1]) for k in range(rows)]),
        planning.requirement(),
        planning.lunch(),
    ),
    roster.assign: lambda rows: partial(
        roster.assign,
        planning.demand(14, 3),
        planning.people(rows),
        rules=roster.Rules(week_days=4, weekends=1),
        time_limit=1.5,
    ),
    report.write: lambda rows: partial(_written, repeated(logs.calls(), rows)),
    scale.run: lambda rows: partial(
        scale.run, scale.Summary(by="queue", freq="30min"), repeated(logs.calls(), rows)
    ),
    simulate.run: lambda rows: partial(
        simulate.run, _model(), horizon="8h", replications=rows, seed=1
    ),
    simulate.compare: lambda rows: partial(
        simulate.compare, [_model(), _model()], horizon="8h", replications=rows, seed=1
    ),
    simulate.required_agents: lambda rows: partial(
        simulate.required_agents,
        _model(),
        goals={"calls": {"service_level": 0.8}},
        horizon="8h",
        replications=rows,
        seed=1,
    ),
    simulate.fit: lambda rows: partial(simulate.fit, _numbers(rows)),
    simulate.tiering: lambda rows: partial(
        simulate.tiering, _numbers(rows), calls=400, split=80, replications=10, seed=1
    ),
}


def call(row: Any, rows: int) -> Callable[[], Any]:
    """A call of a registry's row on about so many rows."""
    if isinstance(row, Elementwise):
        columns = {name: np.resize(values, rows) for name, values in row.valid.items()}
        return partial(row, **columns)
    if isinstance(row, OfFrame):
        # The intervals of a day follow one another: more queues, not more days.
        frame = repeated(row.frame(), rows, later=row not in DAY + FORECAST)
        return partial(row.call, frame)
    return OTHERS[row.function](rows)


#: Rows of most calls, and of those that last some tenths of a second with fewer.
ROWS = 100_000
FEWER = {
    counters.plan: 4096,
    hiring.plan: 4096,
    roster.check: 4096,
    shifts.templates: 5000,
    plots.cover: 4096,
    plots.headcount: 240,
    plots.roster: 1000,
    plots.shift_curve: 60,
    shifts.cover: 96,
    shifts.cover_service: 40,
    shifts.design: 72,
    shifts.breaks: 200,
    roster.assign: 9,
    day.evaluate: 4096,
    day.compare: 4096,
    day.end_states: 4096,
    day.totals: 4096,
    day.required_agents: 60,
    day.chart: 12,
    day.outage: 8,
    day.requirement_chart: 12,
    forecast.backtest: 10_000,
    forecast.split: 10_000,
    erlang.redials: 200,
    kpi.handling_time: 10_000,
    kpi.monitor: 10_000,
    kpi.audit_ceiling: 30_000,
    kpi.shortfalls: 10_000,
    qa.agreement_by: 10_000,
    qa.rater_drift: 10_000,
    qa.group_chart: 30_000,
    qa.funnel: 10_000,
    intervals.difference_test: 30_000,
    intervals.rate_ratio: 30_000,
    intervals.rate_ratio_test: 30_000,
    compare.smallest_effect: 2000,
    compare.teams_needed: 2000,
    compare.power: 30_000,
    compare.permutation: 30,
    compare.difference_in_differences: 30,
    compare.series: 400,
    compare.effects: 8,
    compare.pilot: 7000,
    compare.gap_curve: 1000,
    compare.choose_teams: 24,
    datasets.read_anonymous_bank: 10_000,
    plots.forecast: 4096,
    plots.control: 2000,
    plots.gap_curve: 4000,
    plots.splits: 18,
    plots.funnel: 10_000,
    plots.love: 2000,
    plots.erlang_comparison: 60_000,
    report.write: 5000,
    simulate.run: 300,
    simulate.compare: 200,
    simulate.required_agents: 100,
    simulate.tiering: 20_000,
}


def long_call(row: Any) -> Callable[[], Any]:
    """A call of a registry's row that lasts some tenths of a second, if it can be made to."""
    return call(row, FEWER.get(row.function, ROWS))


def short_call(row: Any) -> Callable[[], Any]:
    """A call of a registry's row on few rows."""
    return call(row, min(64, FEWER.get(row.function, ROWS)))
