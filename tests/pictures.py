"""Every chart with tables of any size, and what can be read back from a picture."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from functools import cache, partial
from types import SimpleNamespace
from typing import Any

import comparisons
import numpy as np
import pandas as pd
import small_calls
from callstats import compare, day, erlang, kpi, plots, qa
from matplotlib import font_manager
from matplotlib.text import Text


def periods(rows: int) -> pd.DataFrame:
    """Days up to three years, half hours where there are fewer than a thousand of many."""
    freq = "30min" if rows == 800 else "D"
    starts = pd.date_range("2025-12-28", periods=rows, freq=freq)
    rng = np.random.default_rng(1)
    events = rng.poisson(4, rows)
    events[rows // 2 : rows // 2 + 1] = 30
    return pd.DataFrame({"start": starts, "events": events, "size": 60})


def agents(rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(2)
    sizes = rng.integers(1, 300, rows)
    passed = rng.binomial(sizes, rng.beta(8, 2, rows))
    names = [f"agent {row:04}" for row in range(rows)]
    return pd.DataFrame({"agent": names, "size": sizes, "events": passed})


def levels(rows: int) -> pd.DataFrame:
    """A balance of that many levels, which is what `qa.balance` gives."""
    rng = np.random.default_rng(3)
    share = rng.dirichlet(np.ones(max(rows, 1)))[:rows]
    gaps = rng.normal(0, 0.2, rows)
    frame = pd.DataFrame({"column": "call_type", "margin": "level"}, index=range(rows))
    frame["level"] = [f"type {row:04}" for row in range(rows)]
    frame = frame.assign(sample_share=share, population_share=share, sample_mean=np.nan)
    return frame.assign(population_mean=np.nan, standardized_difference=gaps, pooled=True)


def errors(rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(4)
    rates = np.sort(rng.uniform(0.01, 0.4, rows))[::-1]
    frame = pd.DataFrame({"category": [f"item {row:04}" for row in range(rows)], "rate": rates})
    frame = frame.assign(low=rates * 0.8, high=rates * 1.2, previous_rate=rates * 1.1)
    return frame.assign(cumulative_share=rates.cumsum() / (rates.sum() or 1))


def scores(rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"agent": [f"agent {row:04}" for row in range(rows)]})
    return frame.assign(process=rng.normal(80, 8, rows), manner=rng.normal(75, 9, rows))


def ratings(rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(6)
    truth = rng.normal(80, 8, rows)
    parts = [
        pd.DataFrame(
            {"call_id": range(rows), "rater": name, "score": truth + rng.normal(0, 3, rows)}
        )
        for name in ("anna", "ben")
    ]
    return pd.concat(parts, ignore_index=True)


def compared(rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(7)
    level = rng.uniform(0.3, 1, rows)
    frame = pd.DataFrame({"row": "interval", "calls": rng.integers(1, 90, rows)})
    frame = frame.assign(service_level=level, expected_service_level=np.sqrt(level))
    return frame.assign(service_level_low=level - 0.1, service_level_high=level + 0.05)


def items(rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(8)
    frame = pd.DataFrame({"item": [f"question {row:04}" for row in range(rows)]})
    for name in ("importance_share", "top_box"):
        share = rng.uniform(0.2, 0.8, rows)
        frame = frame.assign(
            **{name: share, f"{name}_low": share - 0.1, f"{name}_high": share + 0.1}
        )
    return frame


def values(rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(9)
    low = rng.uniform(0, 5, rows)
    starts = pd.date_range("2025-12-28", periods=rows, freq="30min")
    ends = {"implied_lost_call_low": low, "implied_lost_call_high": low + rng.uniform(0, 4, rows)}
    return pd.DataFrame({"start": starts, **ends})


def hours(rows: int) -> pd.DataFrame:
    rows = min(rows, 96)
    starts = pd.date_range("2025-12-28 08:00", periods=rows, freq="15min")
    return pd.DataFrame({"start": starts, "calls": 30.0, "aht": 240.0, "agents": 10})


def covered(rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(10)
    starts = pd.date_range("2025-12-28", periods=rows, freq="30min")
    need, there = rng.integers(1, 20, rows), rng.integers(1, 20, rows)
    return pd.DataFrame({"start": starts, "required_agents": need, "scheduled": there})


def shifts(rows: int) -> pd.DataFrame:
    """Four agents, as many days as there are rows."""
    starts = pd.date_range("2025-12-28 08:00", periods=min(rows, 360), freq="D")
    parts = [
        pd.DataFrame({"agent": f"agent {place}", "start": starts, "shift": f"kind {place % 3}"})
        for place in range(4)
    ]
    frame = pd.concat(parts, ignore_index=True)
    return frame.assign(end=frame["start"] + pd.Timedelta("8h"))


def designs(rows: int) -> list[SimpleNamespace]:
    return [
        SimpleNamespace(shifts=[0] * (row + 1), objective=100 - row / 10, bound=90 - row / 10)
        for row in range(min(rows, 40))
    ]


def people(rows: int) -> pd.DataFrame:
    frame = pd.DataFrame({"period": np.arange(1, rows + 1), "heads": 40.0, "need": 39.0})
    return frame.assign(effective=38.5, sd=1.0, hires=1.0)


def summary(rows: int) -> pd.DataFrame:
    """Half hours of three years where there are many rows."""
    rng = np.random.default_rng(11)
    freq = "D" if rows == 1096 else "30min"
    starts = pd.date_range("2025-12-28", periods=rows, freq=freq)
    level = rng.uniform(0, 1, rows)
    return pd.DataFrame(
        {"start": starts, "offered": rng.integers(0, 60, rows), "service_level": level}
    )


def log(rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(12)
    outcome = np.where(rng.uniform(size=rows) < 0.3, "abandoned", "answered")
    return pd.DataFrame({"wait": np.round(rng.exponential(60, rows)), "outcome": outcome})


def models(rows: int) -> dict[str, pd.DataFrame]:
    ask = {"calls": 100, "aht": 300, "threshold": 20, "agents": range(15, 15 + min(rows, 100))}
    return {"C": erlang.table(**ask), "A": erlang.table(**ask, patience=180)}


def predicted(rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(13)
    starts = pd.date_range("2025-12-28", periods=rows, freq="D" if rows == 1096 else "30min")
    volume = rng.uniform(20, 60, rows)
    frame = pd.DataFrame({"start": starts, "volume": volume})
    return frame.assign(lower=volume - 9, upper=volume + 9)


def effects(rows: int) -> pd.DataFrame:
    names = [f"day {row + 1}" for row in range(min(rows, 31))]
    frame = pd.DataFrame({"effect": "month", "name": names})
    return frame.assign(value=np.linspace(0.8, 1.2, len(names)), sd=0.02)


def backtests(rows: int) -> pd.DataFrame:
    leads = [f"week {row + 1}" for row in range(min(rows, 6))]
    frame = pd.DataFrame({"method": "model", "lead": leads, "level": "interval"})
    frame = frame.assign(wape=np.linspace(0.1, 0.2, len(leads)), wape_floor=0.05)
    return frame.assign(coverage_80=0.82, coverage_95=0.94)


@cache
def failed(rows: int) -> day.Outage:
    return day.outage(hours(max(rows, 2)), at="08:05", until="08:15", lost=3, patience=180)


def effects_of_pilot(rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(14)
    frame = pd.DataFrame({"measure": [f"measure {row + 1:02}" for row in range(min(rows, 60))]})
    effect = rng.normal(0, 2, len(frame))
    frame = frame.assign(effect=effect, low=effect - 1, high=effect + 1, exact_low=effect - 2)
    verdict = np.where(np.abs(effect) > 1, "shown", "not shown")
    return frame.assign(exact_high=effect + 2, smallest_effect=1.5, verdict=verdict)


def _with(found: Any, **frames: pd.DataFrame) -> Any:
    """The same result with other frames, which it would make when they are asked for."""
    found = copy(found)
    found.__dict__.update(frames)
    return found


def piloted(rows: int) -> Any:
    rng = np.random.default_rng(15)
    before = rng.normal(300, 20, rows)
    units = pd.DataFrame({"unit": [f"team {row:04}" for row in range(rows)], "measure": "aht"})
    units = units.assign(treated=np.arange(rows) % 2 == 0, before=before)
    return _with(small_calls.piloted(), units=units.assign(after=before + rng.normal(0, 9, rows)))


def series(rows: int) -> Any:
    rng = np.random.default_rng(16)
    days = pd.DataFrame({"time": pd.date_range("2025-03-03", periods=rows, freq="D")})
    days = days.assign(seen=rng.normal(300, 9, rows), expected=300.0, low=280.0, high=320.0)
    placebo = days[["time"]].assign(effect=rng.normal(0, 3, rows))
    return _with(small_calls.changed(), curve=days, placebo=placebo)


def gaps(rows: int) -> Any:
    rng = np.random.default_rng(17)
    days = pd.DataFrame({"time": pd.date_range("2025-03-03", periods=rows, freq="D")})
    point = rng.binomial(40, 0.2, rows) / 40
    days = days.assign(point=point, centre=0.2, lower=0.05, upper=0.4, signal=point > 0.3)
    days.insert(0, "topic", "closing")
    changes = pd.DataFrame({"topic": ["closing"], "start": pd.Timestamp("2025-03-20")})
    return replace(
        compare.gap_curve(comparisons.gaps(), topic="topic"),
        curve=days.assign(phase=(np.arange(rows) >= rows // 2).astype(int)),
        changes=changes,
    )


def arms(rows: int) -> dict[str, float]:
    rng = np.random.default_rng(18)
    return {f"unit {row}": float(rng.normal()) for row in range(max(2, min(rows, 16)))}


def split(values: dict[str, float], **options: Any) -> Any:
    return plots.splits(values, list(values)[: len(values) // 2], **options)


def planned(rows: int) -> pd.DataFrame:
    """Half hours, of many weeks where there are many rows."""
    rng = np.random.default_rng(19)
    starts = pd.date_range("2025-12-29", periods=rows, freq="30min")
    need = rng.integers(1, 20, rows)
    return pd.DataFrame({"start": starts, "required_agents": need, "agents": need[::-1]})


def spells(rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(20)
    starts = pd.date_range("2025-12-28", periods=rows, freq="D" if rows == 1096 else "30min")
    frame = pd.DataFrame({"agent": "ann", "start": starts, "length": 1800.0})
    return frame.assign(talk=rng.uniform(0, 1800, rows), available=rng.uniform(0, 900, rows))


def choices(rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(21)
    frame = pd.DataFrame({"sites": [f"plan {row:04}" for row in range(rows)]})
    return frame.assign(agents=rng.integers(10, 99, rows), service_level=rng.uniform(0, 1, rows))


def changes(rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(22)
    names = [f"cause {row // 2:02} {'+' if row % 2 else '-'}10%" for row in range(min(rows, 100))]
    frame = pd.DataFrame({"scenario": names, "measure": "service_level", "base": 0.8})
    return frame.assign(value=rng.uniform(0.6, 0.95, len(names)))


def differences(rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(23)
    rows = min(rows, 60)
    frame = pd.DataFrame({"model": [f"centre {row:02}" for row in range(rows)], "call_type": "all"})
    mean = rng.normal(0, 0.1, rows)
    return frame.assign(measure="service_level", mean=mean, low=mean - 0.1, high=mean + 0.1)


def shrunk(rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(24)
    value = rng.normal(80, 8, rows)
    frame = pd.DataFrame({"agent": [f"agent {row:04}" for row in range(rows)], "shrunken": value})
    return frame.assign(low=value - 9, high=value + 9, centre=80.0)


def biases(rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(25)
    bias = rng.normal(0, 2, rows)
    frame = pd.DataFrame({"rater": [f"rater {row:04}" for row in range(rows)], "bias": bias})
    return frame.assign(low=bias - 2, high=bias + 2)


def both_sides(axes: Any) -> list[tuple[float, float]]:
    """Lengths of bars to the left and to the right, with their rows."""
    return [(bar.get_width(), bar.get_y() + bar.get_height() / 2) for bar in axes.patches]


def heights(steps: Any) -> np.ndarray:
    """The heights of a shape of steps: its lower line goes there, its upper line comes back."""
    line = steps.get_paths()[0].vertices[:-1, 1]
    low, high = line[1 : len(line) // 2], line[: len(line) // 2 : -1]
    return (high - low)[:-1:2]


def points(axes: Any, place: int = -1) -> np.ndarray:
    return np.asarray(axes.collections[place].get_offsets())


def sorted_rows(values: Any) -> list[list[float]]:
    return sorted(np.asarray(values, dtype=float).tolist())


def both_clouds(axes: Any) -> np.ndarray:
    clouds = [np.asarray(each.get_offsets()) for each in axes.collections]
    return np.concatenate([cloud for cloud in clouds if len(cloud)])


#: For each chart: its table by size, the call, the marks of the picture, the columns of ``data``.
CHARTS: dict[str, tuple[Any, Any, Any, list[str]]] = {
    "love": (
        lambda rows: levels(min(rows, 100)),
        plots.love,
        lambda axes: points(axes[0]),
        ["standardized_difference", "at"],
    ),
    "control": (
        lambda rows: qa.attribute_chart(periods(rows)),
        plots.control,
        lambda axes: axes[0].lines[3].get_xydata(),
        ["at", "point"],
    ),
    "funnel": (
        lambda rows: qa.funnel(agents(rows), limits="plain"),
        plots.funnel,
        lambda axes: both_clouds(axes[0]),
        ["size", "value"],
    ),
    "pareto": (
        errors,
        plots.pareto,
        lambda axes: [[bar.get_width()] for bar in axes[0].patches],
        ["rate"],
    ),
    "quadrants": (
        scores,
        partial(plots.quadrants, x="process", y="manner", x_cut=85, y_cut=80, by="agent"),
        lambda axes: both_clouds(axes[0]),
        ["process", "manner"],
    ),
    "bland_altman": (
        ratings,
        plots.bland_altman,
        lambda axes: points(axes[0]),
        ["mean", "difference"],
    ),
    "erlang_comparison": (
        compared,
        plots.erlang_comparison,
        lambda axes: points(axes[0], -2),
        ["expected_service_level", "service_level"],
    ),
    "drivers": (
        items,
        plots.drivers,
        lambda axes: axes[0].lines[0].get_xydata(),
        ["top_box", "importance_share"],
    ),
    "lost_call_values": (
        values,
        plots.lost_call_values,
        lambda axes: [each[:, 1] for each in axes[0].collections[0].get_segments()],
        ["implied_lost_call_low", "implied_lost_call_high"],
    ),
    "outage": (
        failed,
        plots.outage,
        lambda axes: axes[2].lines[0].get_xydata()[:, 1:],
        ["calls_lost"],
    ),
    "day": (
        lambda rows: day.compare(hours(rows), interval="15min"),
        plots.day,
        lambda axes: axes[0].patches[0].get_data()[0][:, None],
        ["service_level"],
    ),
    "requirement_day": (
        lambda rows: hours(min(rows, 8)),
        partial(plots.requirement_day, interval="15min", day_cv=0.1, service_level=0.8),
        lambda axes: np.concatenate(
            [
                np.concatenate([patch.get_data()[0], line.get_ydata()])
                for patch, line in zip(axes[0].patches, axes[1].lines, strict=False)
            ]
        )[:, None],
        ["y"],
    ),
    "cover": (
        covered,
        plots.cover,
        lambda axes: (
            np.stack([axes[0].patches[2].get_data()[0], axes[0].patches[0].get_data()[0]]).T
        ),
        ["required_agents", "scheduled"],
    ),
    "roster": (
        shifts,
        plots.roster,
        lambda axes: [[bar.get_x()] for bar in axes[0].patches if bar.get_height() < 1],
        ["start"],
    ),
    "shift_curve": (
        designs,
        plots.shift_curve,
        lambda axes: axes[0].lines[0].get_xydata(),
        ["shifts", "cost"],
    ),
    "heatmap": (summary, plots.heatmap, lambda axes: [[0.0]] * len(axes[0].images), []),
    "waits": (
        log,
        plots.waits,
        lambda axes: [[bar.get_height()] for bar in axes[0].patches[:8]],
        ["answered_share"],
    ),
    "patience": (
        lambda rows: kpi.patience_curve(log(rows)),
        partial(plots.patience, mean=180),
        lambda axes: axes[0].lines[0].get_xydata()[1:-1],
        ["time", "survival"],
    ),
    "staffing_curve": (
        models,
        plots.staffing_curve,
        lambda axes: np.concatenate([line.get_xydata() for line in axes[0].lines[:2]]),
        ["agents", "service_level"],
    ),
    "forecast": (
        predicted,
        plots.forecast,
        lambda axes: axes[0].lines[0].get_xydata(),
        ["at", "volume"],
    ),
    "forecast_effects": (
        effects,
        plots.forecast_effects,
        lambda axes: axes[0].lines[0].get_xydata(),
        ["at", "value"],
    ),
    "forecast_error": (
        backtests,
        plots.forecast_error,
        lambda axes: axes[0].lines[0].get_xydata(),
        ["at", "wape"],
    ),
    "calibration": (
        backtests,
        plots.calibration,
        lambda axes: np.concatenate([line.get_xydata() for line in axes[0].lines[:-1]]),
        ["level", "inside"],
    ),
    "pilot_effects": (
        effects_of_pilot,
        plots.pilot_effects,
        lambda axes: np.concatenate([points(axes[0], place) for place in (-2, -1)]),
        ["units", "at"],
    ),
    "pilot_units": (
        piloted,
        partial(plots.pilot_units, measure="aht"),
        lambda axes: np.concatenate([line.get_ydata().reshape(-1, 3) for line in axes[0].lines])[
            :, :2
        ],
        ["before", "after"],
    ),
    "splits": (
        arms,
        split,
        lambda axes: [[bar.get_x(), bar.get_height()] for bar in axes[0].patches],
        ["from", "splits"],
    ),
    "series": (
        series,
        plots.series,
        lambda axes: np.stack([line.get_ydata() for line in axes[0].lines[:2]], axis=1),
        ["expected", "seen"],
    ),
    "placebo_dates": (
        series,
        plots.placebo_dates,
        lambda axes: points(axes[0], 0),
        ["at", "effect"],
    ),
    "gap_curve": (
        gaps,
        plots.gap_curve,
        lambda axes: axes[0].lines[0].get_xydata()[:, 1:],
        ["point"],
    ),
    "requirement": (
        planned,
        plots.requirement,
        lambda axes: np.concatenate(
            [
                np.stack([each.get_data()[0] for each in panel.patches[:2]], axis=1)
                for panel in axes
                if panel.patches
            ]
        ),
        ["required_agents", "agents"],
    ),
    "states": (
        spells,
        plots.states,
        lambda axes: np.stack([heights(each) for each in axes[0].collections], axis=1),
        ["talk", "available"],
    ),
    "trade_off": (
        choices,
        partial(plots.trade_off, goal=0.5, by="sites"),
        lambda axes: both_clouds(axes[0]),
        ["agents", "service_level"],
    ),
    "tornado": (changes, plots.tornado, lambda axes: both_sides(axes[0]), ["difference", "at"]),
    "compare": (
        differences,
        plots.compare,
        lambda axes: np.concatenate([points(axes[0], place) for place in (1, 3)]),
        ["mean", "at"],
    ),
    "caterpillar": (
        shrunk,
        plots.caterpillar,
        lambda axes: np.concatenate([points(axes[0], place) for place in (1, 3)]),
        ["value", "at"],
    ),
    "raters": (
        biases,
        plots.raters,
        lambda axes: np.concatenate([points(axes[0], place) for place in (1, 3)]),
        ["bias", "at"],
    ),
    "headcount": (
        people,
        plots.headcount,
        lambda axes: axes[0].lines[1].get_xydata(),
        ["period", "effective"],
    ),
}


def texts(figure: Any) -> list[Text]:
    """All texts that are seen, once the picture is drawn."""
    figure.draw_without_rendering()
    ticks: dict[int, bool] = {}
    panels = [each for axes in figure.axes for each in (axes, *axes.child_axes)]
    for axis in (axis for axes in panels for axis in (axes.xaxis, axes.yaxis)):
        low, high = sorted(axis.get_view_interval())
        # Ticks that are no longer needed, and those beyond the view, are not drawn.
        used = {id(tick) for tick in axis.get_major_ticks()}
        for tick in (*axis.majorTicks, *axis.minorTicks):
            seen = id(tick) in used and low - 1e-9 <= tick.get_loc() <= high + 1e-9
            ticks |= {id(label): seen for label in (tick.label1, tick.label2)}
    return [
        text
        for text in figure.findobj(Text)
        if text.get_text().strip() and text.get_visible() and ticks.get(id(text), True)
    ]


def overlapping(figure: Any) -> list[tuple[str, str]]:
    """Pairs of texts that lie on one another by more than a pixel."""
    found = texts(figure)
    boxes = np.array([Text.get_window_extent(text).extents for text in found]).reshape(-1, 4)
    left, low, right, high = boxes.T
    wide = np.minimum(right[:, None], right) - np.maximum(left[:, None], left) > 1
    tall = np.minimum(high[:, None], high) - np.maximum(low[:, None], low) > 1
    return [
        (found[a].get_text(), found[b].get_text())
        for a, b in np.argwhere(np.triu(wide & tall, 1)).tolist()
    ]


def without_glyphs(figure: Any) -> set[str]:
    """Characters that no font of their text has."""
    lacking = set()
    for text in texts(figure):
        properties = text.get_fontproperties()
        known: set[int] = set()
        for family in properties.get_family():
            known |= glyphs(family)
        lacking |= {letter for letter in text.get_text() if ord(letter) not in known | {10}}
    return lacking


@cache
def glyphs(family: str) -> frozenset[int]:
    path = font_manager.findfont(family, fallback_to_default=False)
    return frozenset(font_manager.get_font(path).get_charmap())


def has_chinese() -> bool:
    from callstats.plots import style

    try:
        with style.styled("zh"):
            return True
    except RuntimeError:
        return False
