"""What smaller packages and tables in print get wrong, each with the call that shows it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from by_hand import ErlangA, erlang_b, erlang_c, required_c, service_level_c
from callstats import erlang, staffing


def test_call_center_tools_divides_by_zero_without_calls_and_at_a_full_cap():
    # calc_staffing(0, 180) and calc_staffing(100, 36, max_occupancy=1.0).
    assert staffing.required_agents(0, aht=180, service_level=0.8, threshold=20) == 0
    assert staffing.required_agents(0, aht=36, occupancy=1.0) == 0
    assert erlang.load(100, 36) == 2
    assert staffing.required_agents(2, aht=36, occupancy=1.0) == 3


def test_call_center_tools_waits_less_than_nothing():
    # calc_staffing(100, 360, agents=8): ASA -180 s, occupancy 1.
    load = erlang.load(100, 360)
    assert erlang.asa(8, load, aht=360) == math.inf
    assert erlang.occupancy(8, load) == 1
    assert erlang.service_level(8, load, aht=360, threshold=20) == 0


def test_call_center_tools_has_no_answer_at_no_shrinkage():
    # agents_with_shrinkage is None at shrinkage 0.0.
    assert staffing.gross_up(34, 0.0) == 34


def test_call_center_tools_prints_examples_that_it_does_not_give():
    # Its docstring shows an ASA of .946 where it gives 18.19. All of ours are run as tests.
    assert erlang.asa.__doc__ is not None
    assert ">>> " in erlang.asa.__doc__


def test_erlanglib_has_probabilities_of_66():
    # erlang_c(20, 100.): 66.16; the service level from it: -479,717; occupancy(100, 20): 500 %.
    assert erlang.wait_probability(20, 100.0) == 1
    assert erlang.service_level(20, 100.0, aht=180, threshold=20) == 0
    assert erlang.occupancy(20, 100.0) == 1


def test_erlanglib_divides_by_zero_at_a_load_of_the_agents():
    # erlang_c(12, 12.)
    assert erlang.wait_probability(12, 12.0) == 1
    assert erlang.asa(12, 12.0, aht=180) == math.inf


def test_erlanglib_stops_at_a_tolerance_that_is_wider_than_the_goal():
    # calculate_erlangs_from_blocking(10, 1e-8) gives 1.2207, where 6.0e-7 are blocked.
    load = staffing.max_line_load(10, blocking=1e-8)
    assert float(erlang_b(10, 1.2207)) == pytest.approx(6.0e-7, rel=0.01)
    assert float(erlang_b(10, load)) == pytest.approx(1e-8, rel=1e-12)


def test_erlanglib_takes_a_second_for_the_lines_of_200_erlangs():
    # required_channels(200, .01): 1.4 s.
    loads = np.linspace(1, 200, 2000)
    lines = staffing.required_lines(loads, blocking=0.01)
    assert lines[-1] == 221
    assert erlang_b(221, 200.0) <= 0.01 < erlang_b(220, 200.0)


def test_python_erlang_blocks_nothing_below_a_ten_thousandth():
    # b(10., 24) and b(10., 25) are 0.
    for lines in (24, 25):
        exact = float(erlang_b(lines, 10.0))
        assert erlang.blocking(lines, 10.0) == pytest.approx(exact, rel=1e-13)
    assert erlang.blocking(24, 10.0) == pytest.approx(7.3e-5, rel=5e-3)


def test_python_erlang_carries_calls_without_lines():
    # b(5., 0) is 0.833.
    assert erlang.blocking(0, 5.0) == 1


def test_python_erlang_has_too_few_lines():
    # extended_b_lines(10, 1e-5): 24, where 7.3e-5 are blocked.
    lines = staffing.required_lines(10, blocking=1e-5)
    assert erlang_b(int(lines), 10.0) <= 1e-5 < erlang_b(int(lines) - 1, 10.0)
    # With a half of those blocked calling again.
    total = erlang.load_with_redials(24, 10.0, aht=1, patience=0, redial=0.5)
    assert total * (1 - 0.5 * float(erlang_b(24, total))) == pytest.approx(10, rel=1e-13)


def test_callcenterdim_divides_by_zero_below_one_erlang():
    # AgentsReq(1, 30, 180, .8, 20) is 0.1 erlang; ServiceLevel in overload is -479,717.
    assert staffing.required_agents(0.1, aht=180, service_level=0.8, threshold=20) == 1
    assert required_c(0.1, 0.8, aht=180, threshold=20) == 1


def test_callcenterdim_rounds_people_down():
    # AgentsFTE: 14 / (1 - 0.37) is 22.2, and round gives 22.
    people = staffing.gross_up(14, 0.37)
    assert people == pytest.approx(22.22, abs=5e-3)
    import pandas as pd

    day = pd.DataFrame({"calls": [100], "aht": [180]})
    planned = staffing.plan(day, service_level=0.8, threshold=20, shrinkage=0.37, interval=1800)
    assert planned["required_agents"].item() == 14
    assert planned["scheduled_agents"].item() == 23


def test_cran_erlangc_cuts_the_load_to_whole_erlangs():
    # 10.5 erlangs on 14 agents: .1942; 10.9: .2139; its agents for 105 calls: 14.5.
    for load, printed in ((10.5, 0.2326), (10.9, 0.2879)):
        exact = float(erlang_c(14, load))
        assert erlang.wait_probability(14, load) == pytest.approx(exact, rel=1e-13)
        assert exact == pytest.approx(printed, abs=5e-5)
    agents = staffing.required_agents(10.5, aht=180, service_level=0.8, threshold=20)
    assert agents == required_c(10.5, 0.8, aht=180, threshold=20)


def test_r_packages_leave_the_unit_interval_in_overload():
    # queueing: C_erlang(20, 100) is 66.16; phubers' service_level(14, 200, 300, 30, 20) is -47.6.
    load = erlang.load(200, 300)
    assert erlang.wait_probability(14, load) == 1
    assert erlang.service_level(14, load, aht=300, threshold=20) == 0
    assert erlang.service_level(14, 0.0, aht=300, threshold=20) == 1


def test_factorials_end_at_170_agents():
    # The factorial form is inf / inf = NaN beyond: a Rust crate, and "m = 144, u = 143 overflows".
    for agents, load in ((171, 160.0), (144, 143.0), (500, 490.0)):
        exact = float(erlang_c(agents, load))
        assert erlang.wait_probability(agents, load) == pytest.approx(exact, rel=1e-12)


def test_a_table_of_the_staffing_cliff_is_wrong_in_print():
    # WFM Labs: 130 erlangs of 360 s, 80/20: 7, 16, 30, 46, 59, 70, 78, 84 % and 245 ... 10 s.
    agents = np.arange(133, 148, 2)
    level = erlang.service_level(agents, 130.0, aht=360, threshold=20)
    by_hand = [service_level_c(int(n), 130.0, 360, 20) for n in agents]
    np.testing.assert_allclose(level, by_hand, rtol=1e-12)
    right = [0.395, 0.575, 0.705, 0.798, 0.864, 0.910, 0.942, 0.963]
    np.testing.assert_allclose(level, right, atol=6e-4)
    wait = erlang.asa([133, 147], 130.0, aht=360)
    np.testing.assert_allclose(wait, [85.7, 2.0], atol=0.05)


def test_logarithms_of_the_gamma_function_lose_digits_at_many_agents():
    # 2.8e-10 off at 100,000 agents in pyqueueing, 1.2e-10 in line-solver and SciPy's Poisson.
    inverse = 1.0
    for k in range(1, 100_001):
        inverse = 1 + k / 99_500 * inverse
    # Each step of the recursion forgets the errors before it.
    assert erlang.blocking(100_000, 99_500.0) == pytest.approx(1 / inverse, rel=2e-13)


def test_vectorised_scipy_has_no_number_where_patience_is_long():
    # gammainc's weight is inf x 0 there.
    patience = np.array([1e6, 1e9, 1e12])
    lost = erlang.abandonment(34, 29.17, aht=256, patience=patience)
    wait = erlang.asa(34, 29.17, aht=256)
    np.testing.assert_allclose(lost, wait / patience, rtol=1e-3)


def test_service_level_just_below_saturation_loses_its_digits_everywhere():
    # 1 - C exp(-x) cancels: 1e-4 to 7e-4 off at 10 agents and a load of 10 - 2^-40.
    spare = 2.0**-40
    level = erlang.service_level(10, 10 - spare, aht=180, threshold=20)
    late = erlang_c(10, 10 - spare)
    exact = float(1 - late) - float(late) * math.expm1(-spare * 20 / 180)
    assert level == pytest.approx(exact, rel=1e-12)
    assert level == pytest.approx(4.04e-13, rel=2e-3)


def test_small_shares_are_differences_of_large_ones():
    # line-solver's abandonment is 1 - served: 1e-9 off where it is tiny.
    chain = ErlangA(150, 100.0, aht=256, patience=1024)
    lost = erlang.abandonment(150, 100.0, aht=256, patience=1024)
    assert lost == pytest.approx(chain.abandonment, rel=1e-10, abs=0)
    assert 0 < lost < 1e-6


def test_vectorised_scipy_loses_the_service_level_of_overload():
    # 3.7e-8 off, and 8.5e-6 in line-solver.
    for agents, load in ((100, 160.0), (300, 400.0)):
        chain = ErlangA(agents, load, aht=256, patience=256)
        level = erlang.service_level(agents, load, aht=256, threshold=20, patience=256)
        assert level == pytest.approx(chain.answered_within(20), rel=1e-10, abs=0)


def test_blocking_is_nothing_only_below_the_smallest_double():
    # B(400, 10) is 7e-474: 0 in every program with doubles. B(280, 10) is 1e-292.
    assert erlang.blocking(400, 10.0) == 0
    exact = erlang_b(280, 10.0)
    assert erlang.blocking(280, 10.0) == pytest.approx(float(exact), rel=1e-13, abs=0)
    assert 0 < float(exact) < 1e-280
