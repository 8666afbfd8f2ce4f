"""Distributions and their fits."""

from __future__ import annotations

import numpy as np
import pytest
from callstats import simulate

KNOWN = {
    "exponential": simulate.Exponential(150),
    "lognormal": simulate.LogNormal(210, 180),
    "weibull": simulate.Weibull(1.6, 120),
    "gamma": simulate.Gamma(3, 60),
}


def drawn(distribution, count, seed=5):
    """Talk times of so many simulated calls, each alone."""
    instants = np.arange(count) * 1.0
    kind = simulate.CallType("x", arrivals=instants, talk=distribution)
    found = simulate.run(
        simulate.Model(kind, 100_000), horizon=count, replications=1, seed=seed, trace=True
    )
    return found.calls()["talk"].to_numpy()


@pytest.mark.parametrize("family", KNOWN)
def test_auto_finds_the_family_through_censoring(family):
    times = drawn(KNOWN[family], 6000)
    limits = np.random.default_rng(3).exponential(400, times.size)
    seen, hidden = np.minimum(times, limits), times > limits
    found = simulate.fit(seen, censored=hidden)
    assert type(found) is type(KNOWN[family]) or family == "exponential"
    assert found.mean == pytest.approx(KNOWN[family].mean, rel=0.06)


def test_fitted_parameters_are_where_the_likelihood_is_greatest():
    times = drawn(simulate.Weibull(1.6, 120), 2000)
    found = simulate.fit(times, family="weibull")

    def likelihood(shape, scale):
        z = times / scale
        return np.sum(np.log(shape / times) + shape * np.log(z) - z**shape)

    best = likelihood(found.shape, found.scale)
    for factor in (0.999, 1.001):
        assert likelihood(found.shape * factor, found.scale) < best
        assert likelihood(found.shape, found.scale * factor) < best


def test_kaplan_meier_steps():
    found = simulate.fit(
        [1, 2, 2, 3, 4], censored=[False, False, True, False, True], family="empirical"
    )
    assert found.values[:3] == (1, 2, 3)
    assert found.values[3] == np.inf
    np.testing.assert_allclose(found.weights, [0.2, 0.2, 0.3, 0.3])


def test_what_says_nothing_changes_nothing():
    plain = simulate.fit([5.0, 9.0, 20.0], family="gamma")
    more = simulate.fit(
        [5.0, 9.0, 20.0, 0.0, np.nan], censored=[False] * 3 + [True, False], family="gamma"
    )
    assert more == plain


@pytest.mark.parametrize(
    ("values", "more", "message"),
    [
        ([5.0], {"censored": [True]}, "at least one time that is not censored"),
        (
            [-1.0, 5.0],
            {},
            r"values must be >= 0 seconds; got .*-1.0.* at position 0 \(1 bad of 2\)",
        ),
        ([0.0, 5.0], {"family": "weibull"}, "values must be > 0"),
        ([5.0, 5.0], {"family": "weibull"}, "must not all be equal"),
        ([5.0], {"family": "normal"}, "family must be one of"),
        ([5.0, 6.0], {"censored": [True]}, "one truth a value"),
    ],
)
def test_what_cannot_be_fitted_is_told(values, more, message):
    with pytest.raises(ValueError, match=message):
        simulate.fit(values, **more)


def test_talk_times_follow_their_distribution():
    times = np.sort(drawn(simulate.LogNormal(210, 180), 20_000))
    sigma = np.sqrt(np.log1p((180 / 210) ** 2))
    from math import erf, sqrt

    z = (np.log(times) - np.log(210) + sigma**2 / 2) / sigma
    expected = np.asarray([0.5 * (1 + erf(each / sqrt(2))) for each in z])
    distance = np.abs(expected - (np.arange(times.size) + 0.5) / times.size).max()
    # Kolmogorov-Smirnov at 1 in 10,000.
    assert distance < 2.23 / np.sqrt(times.size)
