"""The tiering study."""

from __future__ import annotations

import numpy as np
import pytest
from callstats import simulate, staffing

TALK = np.random.default_rng(20240305).lognormal(4.0, 1.0, 3000)


def study(**more):
    arguments = {"calls": 400, "split": 80, "triage": 30, "seed": 1, **more}
    return simulate.tiering(TALK, **arguments)


def test_the_split_is_that_of_the_talk_times():
    found = study()
    assert found.share_below == pytest.approx((TALK <= 80).mean())
    assert found.pass_up == pytest.approx((TALK > 80).mean())
    by_share = study(split=None, share_below=0.7)
    below = np.mean(by_share.split >= TALK)
    assert below == pytest.approx(0.7, abs=1 / TALK.size)


def test_loads_are_calls_times_talk():
    found = study(handover=15)
    rate, long = 400 / 1800, TALK > 80
    loads = found.lines.set_index("line")["load"]
    assert loads["pooled"] == pytest.approx(rate * TALK.mean())
    first = TALK[~long].sum() + 30 * long.sum()
    assert loads["first"] == pytest.approx(rate * first / TALK.size)
    assert loads["second"] == pytest.approx(rate * (TALK[long] + 15).sum() / TALK.size)


def test_lines_meet_the_goal_and_one_agent_fewer_does_not():
    found = study()
    assert (found.lines["service_level"] >= 0.8).all()
    kind = simulate.CallType("x", 400, talk=simulate.Empirical(tuple(TALK)))
    fewer = simulate.run(
        simulate.Model(kind, found.pooled_agents - 1),
        horizon="10h",
        warm_up="30min",
        replications=20,
        seed=2,
    ).totals()
    assert fewer[fewer["measure"] == "service_level"].iloc[0]["mean"] < 0.8


def test_the_break_even_rate_balances_costs():
    found = study(first_cost=0.7)
    curve = found.curve
    below = curve[curve["pass_up"] < found.break_even_pass_up - 1e-9]
    above = curve[curve["pass_up"] > found.break_even_pass_up + 1e-9]
    assert (below["cost"] <= below["pooled"] * (1 + 1e-9)).all()
    assert (above["cost"] > above["pooled"]).all()
    assert 0 < found.break_even_pass_up < 1
    mean, stretch = TALK.mean(), 0.5 * (TALK**2).mean() / TALK.mean() ** 2
    pooled = staffing.required_agents(
        400 / 1800 * mean, aht=mean, service_level=0.8, threshold=20 / stretch, rounding=None
    )
    assert curve["pooled"].iloc[0] == pytest.approx(pooled)
    # What the formula leaves out is less than an agent.
    assert abs(pooled - found.pooled_agents) < 1


def test_with_equal_costs_pooling_is_never_beaten():
    found = study()
    assert found.pooled_agents <= found.tiered_agents
    assert found.break_even_pass_up == pytest.approx(0, abs=1e-5)


def test_large_lines_are_simulated_until_they_are_settled():
    """Begun empty and watched for some minutes, a pool smaller than its load would seem to do."""
    found = study(calls=4000, triage=20, replications=8)
    loads = found.lines.set_index("line")["load"]
    agents = found.lines.set_index("line")["agents"]
    assert (agents > loads).all()
    assert agents["pooled"] == pytest.approx(found.curve["pooled"].iloc[0], abs=2)


def test_edges():
    none = study(split=1e6)
    assert none.pass_up == 0
    assert none.second_agents == 0
    assert none.first_agents == none.pooled_agents
    every = study(split=1e-3)
    assert every.pass_up == 1
    assert study(split=1e-3, triage=0).first_agents == 0
    mistaken = study(pass_up=0.6)
    assert mistaken.second_agents > study().second_agents
    kept = study(pass_up=0.05)
    assert kept.second_agents < study().second_agents


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"split": None}, "exactly one of split and share_below"),
        ({"share_below": 0.7}, "exactly one of split and share_below"),
        ({"calls": 0}, "calls must be > 0"),
        ({"pass_up": 2}, "pass_up must be between 0 and 1"),
        ({"first_cost": 0}, "first_cost must be > 0"),
        ({"service_level": 1}, "service_level must be between 0 and 1, neither included"),
    ],
)
def test_arguments_are_checked(more, message):
    with pytest.raises(ValueError, match=message):
        study(**more)
