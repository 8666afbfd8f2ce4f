"""What scenarios do to key figures."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from callstats import erlang, staffing
from callstats.errors import MissingColumnError

pytestmark = pytest.mark.frames

MEASURES = [
    "calls",
    "load",
    "agents",
    "wait_probability",
    "service_level",
    "abandonment",
    "asa",
    "mean_wait",
    "queue_length",
    "occupancy",
]


def half_hour() -> pd.DataFrame:
    return pd.DataFrame({"calls": [250.0], "aht": [210.0], "agents": [34.0]})


def day() -> pd.DataFrame:
    starts = pd.date_range("2025-03-03 08:00", periods=6, freq="30min")
    return pd.DataFrame(
        {
            "queue": ["a", "b"] * 3,
            "start": starts,
            "calls": [100.0, 40.0, 120.0, 0.0, 80.0, 60.0],
            "aht": [180.0, 240.0, 200.0, np.nan, 190.0, 300.0],
            "agents": [13.0, 7.0, 15.0, 2.0, 10.0, 12.0],
        }
    )


def value(effects: pd.DataFrame, scenario: str, measure: str, column: str = "value") -> float:
    row = effects[(effects["scenario"] == scenario) & (effects["measure"] == measure)]
    return row[column].item()


def test_one_interval_is_a_system_and_its_change():
    scenarios = {
        "more": {"calls": "+10%"},
        "shorter": {"aht": "-20s"},
        "fewer": {"agents": "-2"},
        "all": {"calls": "+10%", "aht": "-20s", "agents": "-2"},
        "patient": {"patience": 180},
    }
    effects = staffing.compare_scenarios(
        half_hour(), scenarios, threshold=20, interval="30min", patience=120
    )
    assert list(effects.columns) == [
        "scenario",
        "measure",
        "base",
        "value",
        "difference",
        "relative_change",
    ]
    assert effects["scenario"].tolist() == [name for name in scenarios for _ in MEASURES]
    assert effects["measure"].tolist() == MEASURES * 5
    systems = {
        "more": (275, 210, 34, 120),
        "shorter": (250, 190, 34, 120),
        "fewer": (250, 210, 32, 120),
        "all": (275, 190, 32, 120),
        "patient": (250, 210, 34, 180),
    }
    base = erlang.measures(34, erlang.load(250, 210), aht=210, threshold=20, patience=120)
    for name, (calls, aht, agents, patience) in systems.items():
        found = erlang.measures(
            agents, erlang.load(calls, aht), aht=aht, threshold=20, patience=patience
        )
        assert value(effects, name, "calls") == pytest.approx(calls)
        for measure in found.columns:
            now, before = found[measure].item(), base[measure].item()
            assert value(effects, name, measure) == pytest.approx(now, rel=1e-11)
            assert value(effects, name, measure, "base") == pytest.approx(before, rel=1e-12)
            difference = value(effects, name, measure, "difference")
            assert difference == pytest.approx(now - before, abs=1e-9)
            relative = value(effects, name, measure, "relative_change")
            assert relative == pytest.approx(now / before - 1, abs=1e-9)


def test_the_golden_table_row_by_row():
    # Printed: 34 agents 81.5 % and 12.7 s; 33 agents 73.0 % and 21.3 s; 36 agents 91.7 % and 4.9 s.
    effects = staffing.compare_scenarios(
        half_hour(),
        {"one fewer": {"agents": "-1"}, "two more": {"agents": "+2"}},
        threshold=20,
        interval=1800,
    )
    assert value(effects, "one fewer", "service_level") == pytest.approx(0.730, abs=5e-4)
    assert value(effects, "one fewer", "asa") == pytest.approx(21.3, abs=0.05)
    assert value(effects, "two more", "service_level") == pytest.approx(0.917, abs=5e-4)
    assert value(effects, "one fewer", "service_level", "difference") == pytest.approx(
        -0.0846, abs=5e-5
    )


@pytest.mark.parametrize(
    "definition",
    ["offered", "answered", "exclude_abandoned_within", "count_abandoned_within", "virtual"],
)
def test_days_add_numerators_and_denominators(definition):
    frame = day()
    effects = staffing.compare_scenarios(
        frame, {"same": {}}, threshold=20, patience=90, definition=definition, by="queue"
    )
    for queue, part in frame[frame["calls"] > 0].groupby("queue"):
        load = erlang.load(part["calls"], part["aht"]).to_numpy()
        system = {"agents": part["agents"].to_numpy(), "load": load, "aht": part["aht"].to_numpy()}
        system["patience"] = 90.0
        calls = part["calls"].to_numpy()
        lost = erlang.abandonment(**system)
        hit = erlang.service_level(**system, threshold=20) * calls
        gone = erlang.service_level(**system, threshold=20, definition="count_abandoned_within")
        gone = gone * calls - hit
        virtual = erlang.service_level(**system, threshold=20, definition="virtual") * calls
        level = {
            "offered": hit.sum() / calls.sum(),
            "answered": hit.sum() / (calls * (1 - lost)).sum(),
            "exclude_abandoned_within": hit.sum() / (calls - gone).sum(),
            "count_abandoned_within": (hit + gone).sum() / calls.sum(),
            "virtual": virtual.sum() / calls.sum(),
        }
        expected = {
            "service_level": level[definition],
            "abandonment": (calls * lost).sum() / calls.sum(),
            "asa": (calls * (1 - lost) * erlang.asa(**system)).sum() / (calls * (1 - lost)).sum(),
            "mean_wait": (calls * erlang.mean_wait(**system)).sum() / calls.sum(),
            # The idle half hour of queue b is 2 agents at work and no load.
            "occupancy": (load * (1 - lost)).sum()
            / (part["agents"].sum() + (2 if queue == "b" else 0)),
        }
        own = effects[effects["queue"] == queue]
        for name, figure in expected.items():
            assert value(own, "same", name) == pytest.approx(figure, rel=1e-11), name
            assert value(own, "same", name, "difference") == 0


def test_shrinkage_takes_agents_away():
    effects = staffing.compare_scenarios(
        half_hour().assign(agents=50.0),
        {"sick": {"shrinkage": 0.36}, "points": {"shrinkage": "+0.04"}},
        shrinkage=0.32,
        threshold=20,
        interval=1800,
    )
    assert value(effects, "sick", "agents", "base") == pytest.approx(34)
    assert value(effects, "sick", "agents") == pytest.approx(32)
    assert value(effects, "sick", "service_level") == pytest.approx(0.612944, abs=5e-7)
    assert value(effects, "points", "asa") == pytest.approx(37.5739, abs=5e-5)


def test_goals_ask_for_agents_in_each_scenario():
    effects = staffing.compare_scenarios(
        half_hour().drop(columns="agents"),
        {"90/20": {"service_level": 0.9}, "more calls": {"calls": "+10%"}},
        agents=None,
        service_level=0.8,
        threshold=20,
        shrinkage=0.3,
        interval=1800,
    )
    assert value(effects, "90/20", "required_agents", "base") == 34
    assert value(effects, "90/20", "required_agents") == 36
    assert value(effects, "90/20", "scheduled_agents") == pytest.approx(36 / 0.7)
    assert value(effects, "90/20", "service_level") == pytest.approx(0.917031, abs=5e-7)
    more = staffing.required_agents(275 * 210 / 1800, aht=210, service_level=0.8, threshold=20)
    assert value(effects, "more calls", "required_agents") == more
    both = staffing.compare_scenarios(half_hour(), {"same": {}}, asa=10, interval=1800)
    assert value(both, "same", "agents") == 34
    assert value(both, "same", "required_agents") == 35
    assert "service_level" not in set(both["measure"])


def test_overload_and_idle_time_are_answers():
    frame = half_hour()
    effects = staffing.compare_scenarios(
        frame, {"short": {"agents": 29}, "shut": {"calls": 0}}, threshold=20, interval=1800
    )
    assert value(effects, "short", "service_level") == 0
    assert value(effects, "short", "asa") == np.inf
    assert value(effects, "short", "asa", "difference") == np.inf
    assert value(effects, "shut", "service_level") == 1
    assert value(effects, "shut", "occupancy") == 0
    assert np.isnan(value(effects, "short", "abandonment", "relative_change"))
    empty = staffing.compare_scenarios(frame.iloc[:0], {"more": {"calls": "+1%"}}, threshold=20)
    assert value(empty, "more", "calls") == 0
    assert np.isnan(value(empty, "more", "service_level"))


def test_missing_values_are_missing_in_their_sums():
    frame = day()
    frame.loc[1, "calls"] = np.nan
    effects = staffing.compare_scenarios(frame, {"same": {}}, threshold=20, by="queue")
    gaps = effects["value"].isna()
    assert gaps[effects["queue"] == "b"].tolist().count(False) == 1  # agents at work are known
    assert not gaps[effects["queue"] == "a"].any()


def test_changes_that_make_no_sense_are_refused_by_name():
    frame = half_hour()

    def asked(changes):
        return staffing.compare_scenarios(frame, {"odd": changes}, threshold=20, interval=1800)

    with pytest.raises(ValueError, match="scenario 'odd': cannot change 'call', nearest: 'calls'"):
        asked({"call": "+10%"})
    with pytest.raises(ValueError, match=r"scenario 'odd': calls must be >= 0.*got -50.0"):
        asked({"calls": "-300"})
    with pytest.raises(ValueError, match=r"scenario 'odd': calls changes by '\+ten'; write"):
        asked({"calls": "+ten"})
    with pytest.raises(ValueError, match=r"scenario 'odd': service_level changes by .* no base"):
        asked({"service_level": "+0.1"})
    with pytest.raises(MissingColumnError, match=r"scenario 'odd'.*no column 'forecast'"):
        asked({"calls": "forecast"})
    with pytest.raises(TypeError, match="scenario 'odd': changes must map arguments to values"):
        asked("calls +5%")
    with pytest.raises(TypeError, match="scenarios must map names to changes; got list"):
        staffing.compare_scenarios(frame, [{"calls": 3}], threshold=20, interval=1800)
    with pytest.raises(MissingColumnError, match="no column 'agents'"):
        staffing.compare_scenarios(frame.drop(columns="agents"), {}, interval=1800)
    with pytest.raises(ValueError, match="give agents, or at least one goal"):
        staffing.compare_scenarios(frame, {}, agents=None, interval=1800)


def test_columns_durations_and_minus_signs_are_changes():
    frame = half_hour().assign(forecast=300.0)
    effects = staffing.compare_scenarios(
        frame,
        {
            "column": {"calls": "forecast"},
            "clock": {"aht": "-0:20"},
            "dash": {"aht": "\N{MINUS SIGN}20"},
            "told": {"aht": "3:10"},
            "percent": {"threshold": "-50 %"},
        },
        threshold=20,
        interval=1800,
    )
    assert value(effects, "column", "calls") == 300
    for name in ("clock", "dash", "told"):
        assert value(effects, name, "load") == pytest.approx(250 * 190 / 1800)
    assert value(effects, "percent", "service_level") == pytest.approx(
        erlang.service_level(34, 250 * 210 / 1800, aht=210, threshold=10)
    )


def test_the_order_of_rows_changes_no_bit():
    frame = day()
    scenarios = {"more": {"calls": "+10%"}}
    expected = staffing.compare_scenarios(frame, scenarios, threshold=20, patience=90)
    for seed in range(5):
        mixed = frame.sample(frac=1, random_state=seed)
        got = staffing.compare_scenarios(mixed, scenarios, threshold=20, patience=90)
        pd.testing.assert_frame_equal(got, expected, check_exact=True)
