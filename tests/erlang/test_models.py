"""What must hold between the models, at their edges, and where other tools go wrong."""

from __future__ import annotations

import math

import numpy as np
import pytest
from callstats import erlang
from hypothesis import given
from hypothesis import strategies as st

DEFINITIONS = (
    "offered",
    "answered",
    "exclude_abandoned_within",
    "count_abandoned_within",
    "virtual",
)

agents = st.one_of(st.integers(1, 2000).map(float), st.floats(0.05, 500))
ratios = st.floats(0.05, 3.0)
times = st.floats(1.0, 2000.0)
patiences = st.floats(1e-2, 1e6)


def test_textbook_cases():
    assert erlang.wait_probability(14, 10.0) == pytest.approx(0.1741319336, abs=5e-11)
    level = erlang.service_level(14, 10.0, aht=180, threshold=20)
    assert level == pytest.approx(0.8883500192, abs=5e-11)
    assert erlang.asa(14, 10.0, aht=180) == pytest.approx(7.8359370118, abs=5e-11)
    impatient = {"aht": 180, "patience": 300}
    assert erlang.wait_probability(13, 10.0, **impatient) == pytest.approx(0.2257970840, abs=5e-11)
    assert erlang.abandonment(13, 10.0, **impatient) == pytest.approx(0.0249633036, abs=5e-11)
    assert erlang.mean_wait(13, 10.0, **impatient) == pytest.approx(7.4889910901, abs=5e-11)
    assert erlang.occupancy(13, 10.0, **impatient) == pytest.approx(0.7500282, abs=5e-8)
    strict = erlang.service_level(13, 10.0, threshold=20, **impatient)
    assert strict == pytest.approx(0.8581777000, abs=5e-11)


def test_fractional_agents_as_printed_by_others():
    # Abstract Micro's Erlang library for Excel: 1950 calls an hour of 180 s are 97.5 erlangs.
    level = erlang.service_level(100.7, 97.5, aht=180, threshold=50)
    assert level == pytest.approx(0.729022, abs=5e-7)


def chain(n: int, load: float, aht: float, patience: float) -> tuple[float, float, float]:
    """P(wait), abandonment and mean number waiting by summing the stationary chain."""
    weights, k = [1e-300], 0
    while len(weights) < n + 10 or weights[-1] > 1e-18 * max(weights):
        k += 1
        weights.append(weights[-1] * load / (min(k, n) + max(k - n, 0) * aht / patience))
        if weights[-1] > 1e200:
            weights = [w * 1e-300 for w in weights]
    total = math.fsum(weights)
    waiting = math.fsum((i - n) * w for i, w in enumerate(weights) if i > n) / total
    return (math.fsum(weights[n:]) / total, waiting * aht / patience / load, waiting)


@pytest.mark.parametrize("n", [1, 5, 23, 24, 40, 113, 150])
@pytest.mark.parametrize("ratio", [0.3, 0.9, 1.0, 1.4, 2.6])
@pytest.mark.parametrize("patience", [5.0, 180.0, 4000.0])
def test_the_chain_summed_by_hand_agrees(n, ratio, patience):
    load, aht = n * ratio, 180.0
    wait, lost, waiting = chain(n, load, aht, patience)
    system = {"agents": n, "load": load, "aht": aht, "patience": patience}
    assert erlang.wait_probability(**system) == pytest.approx(wait, rel=1e-11)
    assert erlang.abandonment(**system) == pytest.approx(lost, rel=1e-11)
    assert erlang.queue_length(**system) == pytest.approx(waiting, rel=1e-11)


@given(n=agents, ratio=ratios, aht=times, patience=patiences, threshold=st.floats(0, 3000))
def test_identities_between_the_measures(n, ratio, aht, patience, threshold):
    system = {"agents": n, "load": n * ratio, "aht": aht, "patience": patience}
    lost = erlang.abandonment(**system)
    mean = erlang.mean_wait(**system)
    assert mean == pytest.approx(lost * patience, rel=1e-12)
    # The mean of all is made of the served and the lost.
    parts = (1 - lost) * erlang.asa(**system) + lost * erlang.mean_wait_abandoned(**system)
    assert parts == pytest.approx(mean, rel=1e-9)
    assert erlang.occupancy(**system) == pytest.approx(ratio * (1 - lost), rel=1e-9, abs=1e-12)
    trunk = erlang.trunk_load(**system)
    assert trunk == pytest.approx(
        erlang.queue_length(**system) + erlang.occupancy(**system) * n, rel=1e-9
    )
    level = {
        name: erlang.service_level(**system, threshold=threshold, definition=name)
        for name in DEFINITIONS
    }
    survival = erlang.wait_survival(**system, after=threshold)
    assert level["count_abandoned_within"] == pytest.approx(1 - survival, abs=1e-13)
    assert level["answered"] * (1 - lost) == pytest.approx(level["offered"], rel=1e-9, abs=1e-14)
    assert 0 <= level["offered"] <= level["exclude_abandoned_within"] * (1 + 1e-12)
    assert level["exclude_abandoned_within"] <= level["count_abandoned_within"] * (1 + 1e-12)
    assert level["offered"] <= level["virtual"] * (1 + 1e-12) <= 1 + 1e-12
    assert all(0 <= value <= 1 for value in level.values())


@given(n=agents, ratio=ratios, aht=times, patience=patiences, threshold=st.floats(0, 600))
def test_more_agents_help_and_more_load_hurts(n, ratio, aht, patience, threshold):
    slack = 1 + 1e-12
    system = {"agents": [n, n + 0.5, n + 1], "load": n * ratio, "aht": aht, "patience": patience}
    for measure in (erlang.wait_probability, erlang.abandonment, erlang.asa, erlang.occupancy):
        values = measure(**system)
        assert (values[1:] <= values[:-1] * slack).all(), measure
    for name in DEFINITIONS:
        values = erlang.service_level(**system, threshold=threshold, definition=name)
        assert (values[1:] * slack >= values[:-1]).all(), name
    loads = {**system, "agents": n, "load": np.array([1, 1.1, 1.5]) * n * ratio}
    for measure in (erlang.wait_probability, erlang.abandonment, erlang.asa, erlang.occupancy):
        values = measure(**loads)
        assert (values[1:] * slack >= values[:-1]).all(), measure
    for name in DEFINITIONS:
        values = erlang.service_level(**loads, threshold=threshold, definition=name)
        assert (values[1:] <= values[:-1] * slack).all(), name


@given(n=agents, ratio=ratios, aht=times, patience=patiences, q=st.floats(0.0, 0.999))
def test_a_quantile_is_the_shortest_such_wait(n, ratio, aht, patience, q):
    system = {"agents": n, "load": n * ratio, "aht": aht, "patience": patience}
    wait = erlang.wait_quantile(**system, quantile=q)
    beyond = erlang.wait_survival(**system, after=wait)
    if wait == 0:
        assert beyond <= 1 - q
    else:
        assert beyond == pytest.approx(1 - q, rel=1e-9)


def test_patience_runs_from_loss_to_delay():
    n, load, aht = 20.0, 18.0, 180.0
    blocked = erlang.blocking(n, load)
    short = erlang.abandonment(n, load, aht=aht, patience=[0.0, 1e-300, 1e-6])
    np.testing.assert_allclose(short[:2], blocked, rtol=1e-15)
    np.testing.assert_allclose(short[2], blocked, rtol=1e-6)
    assert erlang.wait_probability(n, load, patience=0) == blocked
    long = erlang.asa(n, load, aht=aht, patience=[np.inf, 1e300, 1e9])
    np.testing.assert_allclose(long, erlang.asa(n, load, aht=aht), rtol=1e-5)
    # The virtual caller of a loss system waits for one of n agents.
    virtual = erlang.service_level(
        n, load, aht=aht, threshold=9, patience=[0, 1e-6], definition="virtual"
    )
    np.testing.assert_allclose(virtual, 1 - blocked * math.exp(-20 * 9 / 180), rtol=1e-6)


def test_overload_without_patience_is_an_answer():
    for n in (0.0, 5.0, 10.0):
        assert erlang.wait_probability(n, 10.0) == 1
        assert erlang.service_level(n, 10.0, aht=180, threshold=20) == 0
        assert erlang.service_level(n, 10.0, aht=180, threshold=np.inf) == 0
        assert erlang.asa(n, 10.0, aht=180) == np.inf
        assert erlang.queue_length(n, 10.0) == np.inf
        assert erlang.trunk_load(n, 10.0, aht=180) == np.inf
        assert erlang.abandonment(n, 10.0, aht=180, patience=np.inf) == 0
    assert erlang.occupancy(5, 10.0) == 1
    assert np.isnan(erlang.occupancy(0, 10.0))


@pytest.mark.parametrize("patience", [0.0, 60.0, np.inf])
@pytest.mark.parametrize("n", [0.0, 0.5, 3.0])
def test_a_lone_caller_does_not_wait(n, patience):
    system = {"agents": n, "load": 0.0, "aht": 180.0, "patience": patience}
    assert erlang.wait_probability(**system) == 0
    for name in DEFINITIONS:
        assert erlang.service_level(**system, threshold=0, definition=name) == 1
    assert erlang.asa(**system) == erlang.mean_wait(**system) == 0
    assert erlang.queue_length(**system) == erlang.trunk_load(**system) == 0
    assert erlang.wait_quantile(**system, quantile=0.99) == 0
    assert np.isnan(erlang.mean_wait_abandoned(**system))
    assert erlang.abandonment(**system) == 0


def test_callers_without_agents_hang_up():
    system = {"agents": 0, "load": 9.0, "aht": 180, "patience": 60}
    assert erlang.abandonment(**system) == 1
    assert erlang.mean_wait(**system) == erlang.mean_wait_abandoned(**system) == 60
    assert np.isnan(erlang.asa(**system))
    expected = 1 - math.exp(-20 / 60)
    got = [erlang.service_level(**system, threshold=20, definition=name) for name in DEFINITIONS]
    np.testing.assert_allclose(got, [0, np.nan, 0, expected, 0])


@pytest.mark.parametrize("patience", [0.0, 1e-6, 1e-2, 1.0, 60.0, 1e4, 1e9, np.inf])
@pytest.mark.parametrize("n", [1e-9, 0.3, 1.0, 23.7, 112.0, 112.5, 5000.0, 1e6, 1e12, 1e100])
def test_extremes_stay_inside(n, patience):
    ratio = np.array([1e-200, 1e-5, 0.34, 0.36, 0.999, 1.0, 1.001, 2.4, 2.5, 40.0, 1e6])
    system = {"agents": n, "load": n * ratio, "aht": 180.0, "patience": patience}
    for measure in (erlang.wait_probability, erlang.abandonment, erlang.occupancy):
        values = measure(**system)
        assert ((values >= 0) & (values <= 1)).all(), measure
        assert (np.diff(values) >= -1e-12 * values[1:]).all(), measure
    for threshold in (0.0, 1e-3, 20.0, 1e5, np.inf):
        for name in DEFINITIONS:
            values = erlang.service_level(**system, threshold=threshold, definition=name)
            assert ((values >= 0) & (values <= 1)).all(), name
            assert (np.diff(values) <= 1e-12 * values[:-1]).all(), (name, threshold)
    for measure in (erlang.asa, erlang.mean_wait, erlang.queue_length):
        values = measure(**system)
        assert (values >= 0).all()
    quantile = erlang.wait_quantile(**system, quantile=0.9)
    assert (quantile >= 0).all()


def test_times_must_be_told_where_they_matter():
    with pytest.raises(TypeError, match="aht is needed where patience is finite"):
        erlang.wait_probability(13, 10.0, patience=300)
    with pytest.raises(TypeError, match="aht is needed"):
        erlang.occupancy(13, 10.0, patience=[np.inf, 300])
    assert erlang.occupancy([13, 14], 10.0, patience=[np.inf, 0]).shape == (2,)


def test_an_unknown_definition_lists_the_known_ones():
    with pytest.raises(ValueError, match=r"definition must be 'offered', 'answered'.*got 'best'"):
        erlang.service_level(13, 10.0, aht=180, threshold=20, definition="best")


def test_load_is_zero_without_calls():
    assert erlang.load(0, np.nan) == 0
    np.testing.assert_array_equal(
        erlang.load([0, 5, np.nan], [np.nan, np.nan, 180]), [0, *[np.nan] * 2]
    )
    assert erlang.load(250, "3:30", interval="30 min") == 250 * 210 / 1800


LEAST = (5e-324, 1e-310, 1e-308, 1e-300)


def test_the_least_loads_have_the_limits_of_no_load():
    for load in LEAST:
        assert erlang.blocking(5, load) == 0
        assert erlang.blocking(0, load) == 1
        for patience in (0.0, 1.0, 300.0, math.inf):
            told = {"aht": 200, "patience": patience}
            assert erlang.wait_probability(5, load, **told) == 0
            assert erlang.abandonment(5, load, **told) == 0
            assert erlang.mean_wait(5, load, **told) == 0
            assert erlang.asa(5, load, **told) == 0
            assert erlang.queue_length(5, load, **told) == 0
            assert erlang.wait_survival(5, load, after=0, **told) == 0
            assert erlang.wait_quantile(5, load, quantile=0.9, **told) == 0
            assert erlang.occupancy(5, load, **told) == pytest.approx(0, abs=1e-290)
            for definition in DEFINITIONS:
                level = erlang.service_level(5, load, threshold=20, definition=definition, **told)
                assert level == 1


def test_patience_far_from_the_handle_time_has_the_limits_of_loss_and_delay():
    agents, load = np.array([3.0, 10.0, 40.0]), np.array([2.0, 9.5, 38.0])
    waiting = erlang.wait_probability(agents, load)
    blocked = erlang.blocking(agents, load)
    for far in (1e149, 1e150, 1e300):
        # As far as the square root of the ratio, nobody hangs up.
        long = {"aht": 200.0, "patience": 200.0 * far}
        np.testing.assert_allclose(
            erlang.wait_probability(agents, load, **long), waiting, rtol=1e-12
        )
        np.testing.assert_allclose(
            erlang.mean_wait(agents, load, **long),
            erlang.mean_wait(agents, load, aht=200.0, patience=math.inf),
            rtol=1e-12,
        )
        np.testing.assert_allclose(erlang.abandonment(agents, load, **long), 0, atol=1e-140)
        short = {"aht": 200.0, "patience": 200.0 / far}
        np.testing.assert_allclose(
            erlang.wait_probability(agents, load, **short), blocked, rtol=1e-12
        )
        np.testing.assert_allclose(erlang.abandonment(agents, load, **short), blocked, rtol=1e-12)
        np.testing.assert_allclose(erlang.mean_wait(agents, load, **short), 0, atol=1e-140)


def grid(*axes):
    return [np.ravel(axis) for axis in np.meshgrid(*axes)]


def test_every_legal_argument_has_an_answer():
    agents, load, aht, patience, time = grid(
        [0.0, 5e-324, 1e-310, 0.5, 1.0, 23.5, 113.0, 1e4, 1e15],
        [0.0, 5e-324, 1e-310, 1e-150, 0.5, 5.0, 40.0, 1e5],
        [5e-324, 1e-310, 1e-150, 200.0, 1e300],
        [0.0, 5e-324, 1e-310, 1.0, 1e150, 1e300, np.inf],
        [0.0, 5e-324, 1.0, 20.0, 1e300, np.inf],
    )
    told = {"aht": aht, "patience": patience}
    everybody = erlang.abandonment(agents, load, **told) == 1

    def shares(values, missing):
        assert not (np.isnan(values) & ~missing).any()
        assert not (values < 0).any()
        assert not (values > 1).any()

    never = np.zeros(len(agents), dtype=bool)
    shares(erlang.blocking(agents, load), never)
    shares(erlang.wait_probability(agents, load, **told), never)
    shares(erlang.abandonment(agents, load, **told), never)
    shares(erlang.wait_survival(agents, load, after=time, **told), never)
    shares(erlang.occupancy(agents, load, **told), agents == 0)
    for definition in DEFINITIONS:
        level = erlang.service_level(agents, load, threshold=time, definition=definition, **told)
        # Of nobody answered, or nobody left, there is no share.
        nobody = {"answered": everybody, "exclude_abandoned_within": agents < 1}
        shares(level, nobody.get(definition, never))
    for measure in (erlang.mean_wait, erlang.queue_length, erlang.trunk_load):
        values = measure(agents, load, **told)
        assert (values >= 0).all(), measure.__name__
    assert (erlang.asa(agents, load, **told)[~everybody] >= 0).all()
    assert (erlang.wait_quantile(agents, load, quantile=0.9, **told) >= 0).all()
