"""What pyworkforce 0.5.1 and 0.5.4 get wrong, each with the call that shows it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from by_hand import ErlangA, erlang_c, required_a, required_c
from callstats import erlang, staffing


@pytest.mark.parametrize(
    ("load", "level", "theirs", "least"), [(10.5, 0.05, 12, 11), (2.5, 0.3, 4, 3), (0.5, 0.3, 2, 1)]
)
def test_the_search_starts_above_the_answer(load, level, theirs, least):
    # It starts at round(load + 1), and Python rounds halves to even.
    got = staffing.required_agents(load, aht=1, service_level=level, threshold=1)
    assert got == least == required_c(load, level, aht=1, threshold=1) < theirs


def test_impatient_callers_are_never_staffed_below_the_load():
    # ErlangA(1000, aht=3, asa=1/3, interval=30, patience=1).required_positions(.8) gives 101.
    times = {"aht": 3, "patience": 1}
    got = staffing.required_agents(100, service_level=0.8, threshold=1 / 3, **times)
    assert got == 90 == required_a(100, level=0.8, threshold=1 / 3, **times)
    # 70 % within 30 s is 101 again.
    got = staffing.required_agents(100, service_level=0.7, threshold=0.5, **times)
    assert got == 78 == required_a(100, level=0.7, threshold=0.5, **times)
    # There the load is 100.00000000000001, whose ceiling is one more agent.
    above = np.nextafter(100, 101)
    assert staffing.required_agents(above, service_level=0.8, threshold=1 / 3, **times) == 90


def test_small_abandonment_at_light_load_is_cut_off():
    # The tail is cut relative to the whole mass: 1.5 % off at 180 agents, 3.6 times at 200.
    for agents, load in ((180, 100.0), (200, 100.0), (100, 60.0)):
        chain = ErlangA(agents, load, aht=256, patience=64)
        system = {"agents": agents, "load": load, "aht": 256, "patience": 64}
        assert erlang.abandonment(**system) == pytest.approx(chain.abandonment, rel=1e-10)
        assert erlang.wait_probability(**system) == pytest.approx(chain.wait_probability, rel=1e-10)
    assert erlang.abandonment(200, 100.0, aht=256, patience=64) == pytest.approx(3.3e-20, rel=0.01)


def test_long_thresholds_count_the_immediate_answers_alone():
    # ErlangA(3000, aht=1, asa=400/60, interval=30, patience=10).service_level(90) gives 0.000439:
    # exp(-rate t) is 0.
    level = erlang.service_level(90, 100.0, aht=1, threshold=400 / 60, patience=10)
    assert level == pytest.approx(0.899976, abs=5e-7)
    assert level == pytest.approx(ErlangA(90, 100.0, 1, 10).answered_within(400 / 60), rel=1e-9)


def test_a_service_level_takes_seconds():
    # 4.2 s for one call at 1,000 agents, 31 s for the one above; here are 20,000 of the former.
    loads = np.linspace(900, 1100, 20_000)
    level = erlang.service_level(1000, loads, aht=180, threshold=20, patience=60)
    expected = ErlangA(1000, loads[-1], 180, 60).answered_within(20)
    assert level[-1] == pytest.approx(expected, rel=1e-9)
    assert (np.diff(level) < 0).all()


def test_the_threshold_is_called_asa_and_asa_is_that_of_all():
    # average_speed_of_answer() gives 12.79 s, the mean of all callers.
    chain = ErlangA(9, 10.0, aht=180, patience=60)
    system = {"agents": 9, "load": 10.0, "aht": 180, "patience": 60}
    assert erlang.mean_wait(**system) == pytest.approx(chain.mean_wait, rel=1e-11)
    assert erlang.asa(**system) == pytest.approx(chain.asa, rel=1e-9)
    assert erlang.mean_wait(**system) == pytest.approx(12.79, abs=5e-3)
    assert erlang.asa(**system) == pytest.approx(10.41, abs=5e-3)


def test_an_interval_without_calls_is_an_error():
    # A ValueError, which ends the loop over a day.
    day = pd.DataFrame({"calls": [0, 100], "aht": [180, 180]})
    planned = staffing.plan(day, service_level=0.8, threshold=20, interval=1800)
    assert planned["required_agents"].tolist() == [0, 14]


def test_a_probability_of_66_in_overload():
    # 0.5.1: waiting_probability of 20 agents and 100 erlangs; 0.5.4 raises a ValueError.
    assert erlang.wait_probability(20, 100.0) == 1 == erlang_c(20, 100.0)
    assert erlang.service_level(20, 100.0, aht=180, threshold=20) == 0


def test_a_grid_takes_longer_on_two_processes_than_on_one():
    # MultiErlangC with n_jobs=2, its default: 2.9 ms a cell; one takes 48 us. Here threads are
    # used where they pay, and the grid keeps the order of its axes.
    agents, loads = np.arange(1, 301)[:, None], np.linspace(1, 290, 500)
    one = erlang.service_level(agents, loads, aht=180, threshold=20, threads=1)
    two = erlang.service_level(agents, loads, aht=180, threshold=20, threads=2)
    assert one.shape == (300, 500)
    np.testing.assert_array_equal(one, two)
    for i, j in ((0, 0), (13, 16), (299, 499)):
        lone = erlang.service_level(float(agents[i, 0]), loads[j], aht=180, threshold=20)
        assert one[i, j] == lone


def test_an_agent_of_two_skills_serves_two_calls_at_once():
    # There each skill's requirement is met by the same person in full: 14 for both queues.
    goals = {"service_level": 0.8, "threshold": 20, "interval": 1800}
    queues = pd.DataFrame({"start": [0, 0], "calls": [100, 100], "aht": [180, 180]})
    assert staffing.plan(queues, **goals)["required_agents"].tolist() == [14, 14]
    pooled = staffing.plan(staffing.pool(queues), **goals)
    assert pooled["required_agents"].item() == required_c(20.0, 0.8, aht=180, threshold=20) == 24
