"""What pyqueueing 0.1.1 gets wrong, each with the call that shows it."""

from __future__ import annotations

import pytest
from by_hand import ErlangA, erlang_c, required_a
from callstats import erlang, staffing


def test_five_hundred_agents_have_no_queue():
    # The chain ends at 500 states: P(wait) 0.0248 and no abandonment at 1,000 agents.
    system = {"agents": 1000, "load": 1000.0, "aht": 180, "patience": 60}
    chain = ErlangA(1000, 1000.0, aht=180, patience=60)
    assert erlang.wait_probability(**system) == pytest.approx(chain.wait_probability, rel=1e-11)
    assert erlang.abandonment(**system) == pytest.approx(chain.abandonment, rel=1e-11)
    assert erlang.wait_probability(**system) == pytest.approx(0.3714, abs=5e-5)
    assert erlang.abandonment(**system) == pytest.approx(0.0160, abs=5e-5)
    # 99 % off at 499.
    near = erlang.abandonment(499, 499.0, aht=180, patience=60)
    assert near == pytest.approx(ErlangA(499, 499.0, 180, 60).abandonment, rel=1e-11)


@pytest.mark.parametrize(
    ("agents", "load", "patience"),
    [(34, 29.17, 1024), (30, 29.17, 64), (300, 295, 128), (100, 120, 256), (1000, 1300, 256)],
)
def test_the_service_level_is_a_made_up_exponential(agents, load, patience):
    # 1.4, 6.6, 11 and 28 % off, and 970 million times the truth.
    got = erlang.service_level(agents, load, aht=256, threshold=20, patience=patience)
    chain = ErlangA(agents, load, aht=256, patience=patience)
    assert got == pytest.approx(chain.answered_within(20), rel=1e-9, abs=0)


def test_the_wait_of_the_answered_is_that_of_all_over_their_share():
    # 85 % off at 2 agents, 410 % at one.
    for agents, load in ((1, 1.0), (2, 2.5), (34, 29.17)):
        got = erlang.asa(agents, load, aht=180, patience=60)
        chain = ErlangA(agents, load, aht=180, patience=60)
        assert got == pytest.approx(chain.asa, rel=1e-9)
        assert got != pytest.approx(chain.mean_wait / (1 - chain.abandonment), rel=0.01)


def test_feasible_numbers_are_skipped():
    # ErlangC(100/12, 1).required_servers(target_wait_prob=.9) gives 10.
    assert staffing.required_agents(100 / 12, aht=1, wait_probability=0.9) == 9
    assert float(erlang_c(9, 100 / 12)) == pytest.approx(0.760, abs=5e-4)
    assert erlang_c(9, 100 / 12) <= 0.9 < erlang_c(8, 100 / 12)


def test_plans_never_go_below_the_load_and_judge_abandonment_by_a_proxy():
    # 999 for 80/20, 999 for 2 % abandonment: it takes Erlang C's P(wait) in its place.
    goals = {"aht": 180, "patience": 60}
    level = {"service_level": 0.8, "threshold": 20}
    assert staffing.required_agents(1000, **goals, **level) == 815
    chain = [ErlangA(n, 1000.0, 180, 60) for n in (814, 815)]
    assert chain[0].answered_within(20) < 0.8 <= chain[1].answered_within(20)
    assert staffing.required_agents(1000, **goals, abandonment=0.02) == 993
    chain = [ErlangA(n, 1000.0, 180, 60) for n in (992, 993)]
    assert chain[0].abandonment > 0.02 >= chain[1].abandonment
    assert required_a(100, **goals, level=0.8, threshold=20) == 90


def test_examples_in_docstrings_are_wrong():
    # ErlangC(100, 12).required_servers(target_wait_prob=.2): "10"; it gives 12, as is right.
    # Every example in our docs is run.
    assert staffing.required_agents(100 / 12, aht=1, wait_probability=0.2) == 12
    assert erlang_c(12, 100 / 12) <= 0.2 < erlang_c(11, 100 / 12)


def test_tables_have_a_threshold_of_20_in_whatever_unit():
    # staffing_table and summary count 20 of the rates' unit: seconds, or minutes.
    with pytest.raises(TypeError, match="threshold"):
        erlang.table(calls=250, aht=210, agents=[34])
    seconds, minutes = (
        erlang.table(calls=250, aht=aht, threshold=t, agents=[34], interval=i)["service_level"]
        for aht, t, i in ((210, 20, 1800), ("3.5min", "0:20", "30min"))
    )
    assert seconds.item() == minutes.item()
