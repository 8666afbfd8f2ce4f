"""Queues beyond Erlang A: high-precision values, limits that are Erlang A, B, C, and directions."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from callstats import datasets, erlang, kpi, staffing

TABLES = Path(__file__).parents[1] / "reference"
#: Half a unit in the last place, relative.
ROUNDING = 2.0**-53
#: Relative tolerances by part of the table: chains of two dimensions and uncertain loads have less.
TOLERANCE = {"a": 1e-11, "b": 1e-9, "c": 1e-11, "d": 1e-11, "e": 1e-11, "f": 1e-9}


def rows(name: str) -> list[dict[str, str]]:
    with (TABLES / name).open(newline="") as file:
        return list(csv.DictReader(file))


def numbers(text: str) -> list[float]:
    return [float(each) for each in text.split(";")]


def number(text: str, default: float = math.nan) -> float:
    return float(text) if text else default


def patience_of(row: dict[str, str]) -> erlang.Patience | float:
    if row["hazard_from_s"]:
        return erlang.Patience(numbers(row["hazard_from_s"]), numbers(row["hazard_per_s"]))
    return number(row["patience_s"], math.inf)


def system_of(row: dict[str, str]) -> dict[str, object]:
    """Load, handle time, and what goes beyond Erlang A."""
    slowdown = numbers(row["aht_at_concurrency_s"]) if row["aht_at_concurrency_s"] else None
    aht = slowdown[0] if slowdown else number(row["aht_s"])
    system = {"load": float(row["lambda_per_s"]) * aht, "aht": aht, "patience": patience_of(row)}
    if slowdown:
        system["slowdown"] = slowdown
    if row["lines"] and row["lines"] != "inf":
        system["lines"] = float(row["lines"])
    if row["load_cv"]:
        system["load_cv"] = float(row["load_cv"])
    return system


VARIANTS = {
    "sl_of_answered": "answered",
    "sl_exclude_abandoned_within": "exclude_abandoned_within",
    "sl_count_abandoned_within": "count_abandoned_within",
    "sl_virtual": "virtual",
}


def measured(row: dict[str, str]) -> dict[str, float]:
    """The columns of a system of one chain, by the public functions."""
    system = system_of(row) | {"agents": float(row["agents"])}
    threshold = {"threshold": float(row["threshold_s"])}
    frame = erlang.measures(**system, **threshold).iloc[0]
    found = {
        "p_wait": frame["wait_probability"],
        "service_level": frame["service_level"],
        "p_abandon": frame["abandonment"],
        "asa_s": frame["asa"],
        "mean_wait_s": frame["mean_wait"],
        "mean_queue": frame["queue_length"],
        "occupancy": frame["occupancy"],
        "mean_wait_abandoned_s": erlang.mean_wait_abandoned(**system),
        "in_system": erlang.trunk_load(**system),
        "p_wait_gt_t": erlang.wait_survival(**system, after=threshold["threshold"]),
    }
    if "lines" in system:
        found["p_block"] = frame["blocking"]
    if "slowdown" in system:
        found["handle_time_s"] = frame["handle_time"]
    for column, definition in VARIANTS.items():
        found[column] = erlang.service_level(**system, **threshold, definition=definition)
    if row["service_level_of_intervals"]:
        of_intervals = erlang.service_level(**system, **threshold, average="intervals")
        found["service_level_of_intervals"] = of_intervals
        del found["in_system"]
    if row["p_goal"]:
        found["p_goal"] = staffing.goal_probability(
            **system, **threshold, service_level=float(row["goal"])
        )
    return found


def blended(row: dict[str, str]) -> dict[str, float]:
    system = system_of(row) | {"agents": float(row["agents"])}
    system |= {"threshold": float(row["threshold_s"]), "reserved": float(row["reserved"])}
    if row["job_aht_s"] and row["job_aht_s"] != row["aht_s"]:
        system["job_aht"] = float(row["job_aht_s"])
    frame = erlang.blend(**system).iloc[0]
    found = {
        "p_wait": frame["wait_probability"],
        "service_level": frame["service_level"],
        "p_abandon": frame["abandonment"],
        "asa_s": frame["asa"],
        "mean_wait_s": frame["mean_wait"],
        "mean_queue": frame["queue_length"],
        "occupancy": frame["occupancy"],
        "jobs_per_s": frame["jobs_per_hour"] / 3600,
    }
    for column, definition in VARIANTS.items():
        found[column] = erlang.blend(**system, definition=definition)["service_level"][0]
    return found


def redialled(row: dict[str, str]) -> dict[str, float]:
    system = system_of(row) | {"agents": float(row["agents"])}
    shares = {
        "redial": float(row["redial_abandoned"]),
        "redial_blocked": float(row["redial_blocked"]),
    }
    threshold = float(row["threshold_s"])
    if not row["redial_delay_s"]:
        total = erlang.load_with_redials(**system, **shares)
        frame = erlang.measures(**system | {"load": total}, threshold=threshold).iloc[0]
        return {
            "load_total": total,
            "service_level": frame["service_level"],
            "p_abandon": frame["abandonment"],
            "occupancy": frame["occupancy"],
        }
    delay = float(row["redial_delay_s"])
    frame = erlang.redials(**system, **shares, threshold=threshold, delay=delay).iloc[0]
    return {
        "load_total": frame["load"],
        "p_block": frame["blocking"],
        "p_block_first": frame["first_blocking"],
        "p_abandon": frame["abandonment"],
        "service_level": frame["service_level"],
        "service_level_first": frame["first_service_level"],
        "callers_answered": frame["callers_answered"],
        "occupancy": frame["occupancy"],
        "mean_queue": frame["queue_length"],
    }


MEASURED = {"b": redialled, "d": blended}


@pytest.mark.parametrize("part", TOLERANCE)
def test_every_system_of_the_table(part):
    table = [row for row in rows("queues_beyond.csv") if row["part"] == part]
    assert len(table) == {"a": 91, "b": 16, "c": 41, "d": 42, "e": 65, "f": 13}[part]
    for row in table:
        conditions = [number(row[name], 0.0) for name in row if name.startswith("cond_")]
        unequal = bool(row["job_aht_s"]) and row["job_aht_s"] != row["aht_s"]
        tolerance = 1e-9 if unequal else TOLERANCE[part]
        tolerance += 8 * ROUNDING * max(conditions)
        for column, value in MEASURED.get(part, measured)(row).items():
            if row[column]:
                expected = float(row[column])
                assert value == pytest.approx(expected, rel=tolerance, abs=1e-290), (row, column)


def goals_of(row: dict[str, str]) -> dict[str, object]:
    goals: dict[str, object] = {row["criterion"]: float(row["target"])}
    if row["criterion"] == "service_level":
        goals["threshold"] = float(row["threshold_s"])
    return goals


def answer_of(row: dict[str, str]) -> float:
    system = system_of(row)
    agents = {"agents": number(row["agents"])} if row["agents"] else {}
    if row["find"] == "lines":
        return staffing.required_lines(**system, **agents, blocking=float(row["target"]))
    if row["find"] == "reserved":
        return staffing.required_reserved(**system, **agents, **goals_of(row))
    more = {}
    if row["reserved"]:
        more["reserved"] = float(row["reserved"])
    if row["certainty"]:
        more["certainty"] = float(row["certainty"])
    return staffing.required_agents(**system, **goals_of(row), **more)


def test_every_requirement_of_the_table_near_ties_included():
    table = rows("queues_beyond_inverse.csv")
    assert len(table) == 212
    for row in table:
        expected = number(row["answer"])
        assert answer_of(row) == pytest.approx(expected, rel=0, abs=0, nan_ok=True), row


SYSTEMS = [(1.0, 0.6, 20.0), (5.0, 4.5, 90.0), (12.0, 15.0, 300.0), (120.0, 115.0, 60.0)]
MEASURES = ["wait_probability", "abandonment", "asa", "mean_wait", "queue_length", "occupancy"]


@pytest.mark.parametrize(("agents", "load", "patience"), SYSTEMS)
def test_one_rate_of_hanging_up_is_erlang_a(agents, load, patience):
    system = {"agents": agents, "load": load, "aht": 200}
    one = erlang.Patience([0], [1 / patience])
    several = erlang.Patience([0, 7, 20, 300], [1 / patience] * 4)
    for name in MEASURES:
        expected = getattr(erlang, name)(**system, patience=patience)
        for measured_patience in (one, several):
            found = getattr(erlang, name)(**system, patience=measured_patience)
            assert found == pytest.approx(expected, rel=1e-12), name
    for definition in ("offered", *VARIANTS.values()):
        told = {"threshold": 20, "definition": definition}
        expected = erlang.service_level(**system, patience=patience, **told)
        assert erlang.service_level(**system, patience=one, **told) == pytest.approx(
            expected, rel=1e-12
        )


@pytest.mark.parametrize(("agents", "load", "patience"), SYSTEMS)
def test_lines_lead_from_erlang_b_to_erlang_a_and_c(agents, load, patience):
    system = {"agents": agents, "load": load, "aht": 200}
    lines = np.arange(agents, agents + 400)
    blocked = erlang.blocking(lines, load, agents=agents, aht=200, patience=patience)
    assert blocked[0] == pytest.approx(erlang.blocking(agents, load), rel=1e-13)
    assert (np.diff(blocked[blocked > 1e-300]) < 0).all()
    for name in MEASURES:
        expected = getattr(erlang, name)(**system, patience=patience)
        many = getattr(erlang, name)(**system, patience=patience, lines=5000)
        assert many == pytest.approx(expected, rel=1e-11), name
        # A column of lines holds what the numbers give.
        column = getattr(erlang, name)(**system, patience=patience, lines=[agents, np.inf])
        assert column[1] == pytest.approx(expected, rel=1e-14), name
    if load < agents:
        endless = erlang.service_level(**system, threshold=20)
        assert erlang.service_level(**system, threshold=20, lines=4000) == pytest.approx(
            endless, rel=1e-11
        )


def test_one_chat_at_a_time_is_a_call_and_chats_that_do_not_slow_down_are_agents():
    told = {"aht": 300, "patience": 120, "threshold": 30}
    plain = erlang.measures([9, 12], 10.0, **told)
    one = erlang.measures([9, 12], 10.0, **told, slowdown=[1])
    for name in plain:
        np.testing.assert_allclose(one[name], plain[name], rtol=1e-13, err_msg=name)
    three = erlang.measures([3, 4], 10.0, **told, slowdown=[50, 50, 50])
    for name in ("wait_probability", "service_level", "abandonment", "asa", "queue_length"):
        np.testing.assert_allclose(three[name], plain[name], rtol=1e-12, err_msg=name)
    assert three["slot_occupancy"].to_numpy() == pytest.approx(plain["occupancy"].to_numpy())
    np.testing.assert_allclose(three["handle_time"], 300.0, rtol=1e-12)


def test_a_load_that_is_known_or_nearly_so_is_the_ordinary_system():
    told = {"aht": 180, "threshold": 20, "patience": 240}
    expected = erlang.service_level([28, 31, 40], 29.2, **told)
    certain = erlang.service_level([28, 31, 40], 29.2, **told, load_cv=[0.0, 0.0, 0.0])
    np.testing.assert_allclose(certain, expected, rtol=1e-14)
    nearly = erlang.service_level([28, 31, 40], 29.2, **told, load_cv=1e-6)
    np.testing.assert_allclose(nearly, expected, rtol=1e-9)


def test_a_reserve_of_everybody_leaves_no_jobs_and_none_leaves_nobody_idle():
    told = {"aht": 180, "threshold": 20, "patience": 180}
    ordinary = erlang.measures(34, 29.2, **told).iloc[0]
    kept = erlang.blend(34, 29.2, **told, reserved=range(35))
    for name in ordinary.index:
        assert kept[name].iloc[-1] == pytest.approx(ordinary[name], rel=1e-12), name
    assert kept["jobs_per_hour"].iloc[-1] == 0
    assert kept["occupancy"].iloc[0] == 1
    assert (np.diff(kept["service_level"]) > 0).all()
    assert (np.diff(kept["jobs_per_hour"]) < 0).all()


def test_the_larger_chain_meets_the_smaller_where_jobs_take_as_long_as_calls():
    told = {"aht": 180, "threshold": 20, "patience": 180, "reserved": [0, 2, 5]}
    expected = erlang.blend(12, 9.5, **told)
    found = erlang.blend(12, 9.5, **told, job_aht=180 * (1 + 1e-13))
    for name in expected:
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-9, err_msg=name)


@pytest.mark.parametrize(
    "more",
    [
        {"patience": erlang.Patience([0, 10, 60], [0.01, 0.002, 0.0])},
        {"patience": erlang.Patience([0, 5], [0.0, 0.01]), "lines": 60},
        {"patience": 120, "lines": 45},
        {"patience": 120, "load_cv": 0.15},
        {"patience": 120, "slowdown": [1, 1.3, 1.9]},
        {"patience": erlang.Patience([0, 30], [0.01, 0.004]), "slowdown": [100, 130]},
    ],
    ids=["hazard", "hazard and lines", "lines", "load", "chats", "chats and hazard"],
)
def test_more_agents_are_better_and_more_load_is_worse(more):
    agents = np.arange(1.0, 45)
    told = {"aht": 200, **more}
    levels = erlang.service_level(agents, 30.0, threshold=20, **told)
    # Where too few ever hang up, few agents have no steady state.
    inside = (levels[1:] > 0) & (levels[1:] < 1 - 1e-12)
    assert inside.sum() > 10
    assert (np.diff(levels)[inside] > 0).all()
    both = inside & (levels[:-1] > 0)
    assert (np.diff(erlang.abandonment(agents, 30.0, **told))[both] <= 1e-15).all()
    loads = np.linspace(1, 60, 40)
    by_load = erlang.service_level(20, loads, threshold=20, **told)
    assert (np.diff(by_load)[(by_load[1:] > 0) & (by_load[1:] < 1 - 1e-12)] < 0).all()
    fewest = staffing.required_agents(30.0, service_level=0.8, threshold=20, **told)
    assert levels[int(fewest) - 1] >= 0.8 > levels[int(fewest) - 2]
    most = staffing.max_load(20, service_level=0.8, threshold=20, **told)
    around = erlang.service_level(20, [most, most * (1 + 1e-9)], threshold=20, **told)
    assert around[0] >= 0.8 > around[1]


def test_quantiles_are_where_the_survival_falls_to_the_rest():
    told = {"aht": 200, "patience": erlang.Patience([0, 10], [0.01, 0.003]), "lines": 40}
    found = erlang.wait_quantile(20, 22.0, quantile=[0.1, 0.6, 0.9], **told)
    assert found[0] == 0
    left = erlang.wait_survival(20, 22.0, after=found[1:], **told)
    np.testing.assert_allclose(left, [0.4, 0.1], rtol=1e-11)


def test_patience_is_read_from_the_hazard_of_one_group():
    hazard = kpi.patience_hazard(datasets.anonymous_bank())
    read = erlang.Patience.from_hazard(hazard)
    assert read.starts == tuple(hazard["from"])
    assert read.rates == tuple(hazard["hazard"])
    assert read == eval(repr(read), {"Patience": erlang.Patience})  # noqa: S307 - our own text
    assert "nobody" not in str(read)
    curve = np.exp(-np.cumsum([0, *(np.diff(read.starts) * read.rates[:-1])]))
    np.testing.assert_allclose(read.survival(read.starts), curve, rtol=1e-14)
    assert read.hazard(15) == hazard["hazard"][1]
    twice = pd.concat([hazard, hazard])
    with pytest.raises(ValueError, match="bins of one group"):
        erlang.Patience.from_hazard(twice)
    last = hazard.index[-1]
    unseen = hazard.assign(hazard=hazard["hazard"].where(hazard.index != last, 0.0))
    assert erlang.Patience.from_hazard(unseen).rates[-1] == hazard["hazard_high"][last]
    empty = hazard.assign(hazard=hazard["hazard"].where(hazard.index != last))
    assert erlang.Patience.from_hazard(empty).starts == read.starts[:-1]


@pytest.mark.parametrize(
    ("starts", "hazard", "message"),
    [
        ([], [], "starts must ascend from 0"),
        ([1], [0.1], "starts must ascend from 0"),
        ([0, 5, 5], [0.1] * 3, "starts must ascend from 0"),
        ([0, 5], [0.1], "hazard must be one rate for each start; got 1 for 2"),
        ([0, 5], [0.1, -0.1], "hazard must be >= 0 per second and finite; got -0.1 at position 1"),
        ([0], [math.nan], "hazard must be >= 0 per second"),
    ],
)
def test_other_patience_is_refused(starts, hazard, message):
    with pytest.raises(ValueError, match=message):
        erlang.Patience(starts, hazard)


def test_what_cannot_be_combined_or_counted_says_so():
    told = {"aht": 200, "threshold": 20}
    with pytest.raises(ValueError, match=r"lines must be >= 0 and whole .*; got 7.5"):
        erlang.service_level(5, 4.0, **told, lines=7.5)
    with pytest.raises(ValueError, match=r"agents must be >= 0, finite and whole; got 5.5"):
        erlang.service_level(5.5, 4.0, **told, slowdown=[1, 1.5])
    with pytest.raises(ValueError, match=r"slowdown must be > 0 and finite; got 0.0 at position 1"):
        erlang.service_level(5, 4.0, **told, slowdown=[1, 0])
    with pytest.raises(ValueError, match="average must be 'calls' or 'intervals'; got 'time'"):
        erlang.service_level(5, 4.0, **told, average="time")
    with pytest.raises(ValueError, match="reserved cannot be combined with lines or slowdown"):
        staffing.required_agents(4.0, aht=200, asa=20, reserved=2, lines=9)
    with pytest.raises(ValueError, match="leave job_aht out"):
        erlang.blend(5, 4.0, **told, reserved=1, job_aht=90, patience=erlang.Patience([0], [0.01]))
    with pytest.raises(ValueError, match="at most 400"):
        erlang.redials(5, 4.0, **told, redial=0.5, delay=60, lines=5000, patience=60)


def test_short_delays_lose_more_than_the_fixed_point_says():
    told = {"aht": 180, "patience": 120, "lines": 15, "redial": 0.5, "redial_blocked": 0.8}
    delays = [1800, 300, 60, 10]
    frame = erlang.redials(10, 10.0, threshold=20, delay=delays, **told)
    assert (np.diff(frame["blocking"]) > 0).all()
    total = erlang.load_with_redials(10, 10.0, **told)
    assert total < frame["load"].min()
    assert frame["blocking"].round(3).tolist() == [0.046, 0.057, 0.087, 0.133]


def test_a_plan_takes_patience_by_queue_and_lines_by_row():
    day = pd.DataFrame(
        {
            "queue": ["sales", "care", "sales"],
            "calls": [250, 100, 0],
            "aht": 210,
            "trunks": [60, 20, 20],
        }
    )
    eager = erlang.Patience([0, 20], [0.01, 0.002])
    goals = {"service_level": 0.8, "threshold": 20, "interval": 1800}
    planned = staffing.plan(
        day, **goals, patience={"queue": {"sales": eager, "care": 300}}, lines="trunks", minimum=1
    )
    loads = day["calls"] * 210 / 1800
    expected = [
        staffing.required_agents(
            loads[0], aht=210, patience=eager, lines=60, service_level=0.8, threshold=20
        ),
        staffing.required_agents(
            loads[1], aht=210, patience=300, lines=20, service_level=0.8, threshold=20
        ),
        1.0,
    ]
    assert planned["required_agents"].tolist() == expected
    assert planned["binding_goal"].tolist() == ["service_level", "service_level", "minimum"]
    short = staffing.plan(day.assign(trunks=8), **goals, lines="trunks", minimum=1)
    assert short["required_agents"].isna().tolist() == [True, True, False]
    assert short["reason"][0] == "no number of agents reaches service_level >= 0.8"
    sure = staffing.plan(day, **goals, load_cv=0.1, certainty=0.9)["required_agents"]
    mean = staffing.plan(day, **goals, load_cv=0.1)["required_agents"]
    assert (sure[:2] > mean[:2]).all()
    with pytest.raises(ValueError, match="patience has no entry for 'care' of column 'queue'"):
        staffing.plan(day, **goals, patience={"queue": {"sales": 60}})
