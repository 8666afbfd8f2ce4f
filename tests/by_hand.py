"""Erlang B, C and A once more, slowly and plainly: what tests compare with.

Nothing here shares a formula with the package: whole agents, exact fractions for B and C, the
stationary chain summed state by state for A, and its service level by numerical integration of the
density of the wait.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np

#: Panels of an integral over waits; 20 points each.
PANELS = 400


def erlang_b(lines: int, load: float) -> Fraction:
    """Blocking, by the recursion in the number of lines, in exact fractions."""
    exact, blocked = Fraction(load), Fraction(1)
    for k in range(1, lines + 1):
        blocked = exact * blocked / (k + exact * blocked)
    return blocked


def erlang_c(agents: int, load: float) -> Fraction:
    """Wait probability without patience; 1 in overload."""
    if agents <= load:
        return Fraction(1)
    blocked, exact = erlang_b(agents, load), Fraction(load)
    return agents * blocked / (agents - exact * (1 - blocked))


def service_level_c(agents: int, load: float, aht: float, threshold: float) -> float:
    if agents <= load:
        return 0.0
    decay = math.exp(-(agents - load) * threshold / aht)
    return float(1 - erlang_c(agents, load)) + float(erlang_c(agents, load)) * (1 - decay)


def required_c(load: float, level: float, aht: float, threshold: float) -> int:
    """The fewest agents for a service level, tried one by one from one."""
    agents = 1
    while service_level_c(agents, load, aht, threshold) < level:
        agents += 1
    return agents


@dataclass(frozen=True)
class ErlangA:
    """The chain of callers in the system: served at 1 / aht each, hanging up at 1 / patience."""

    agents: int
    load: float
    aht: float
    patience: float

    @cached_property
    def probabilities(self) -> list[float]:
        """The stationary probability of each number in the system."""
        weights, k = [0.0], 0  # logarithms
        while len(weights) < self.agents + 10 or weights[-1] > max(weights) - 60:
            k += 1
            served, waiting = min(k, self.agents), max(k - self.agents, 0)
            leave = served + waiting * self.aht / self.patience
            weights.append(weights[-1] + math.log(self.load / leave))
        top = max(weights)
        shares = [math.exp(w - top) for w in weights]
        total = math.fsum(shares)
        return [share / total for share in shares]

    @property
    def wait_probability(self) -> float:
        return math.fsum(self.probabilities[self.agents :])

    @property
    def queue_length(self) -> float:
        return math.fsum(
            (k - self.agents) * p for k, p in enumerate(self.probabilities) if k > self.agents
        )

    @property
    def mean_wait(self) -> float:
        """Of all calls, by Little's law."""
        return self.queue_length * self.aht / self.load

    @property
    def abandonment(self) -> float:
        """Those waiting hang up at 1 / patience each."""
        return self.mean_wait / self.patience

    def _integral(self, until: float, weight: object = None) -> float:
        """Over the density of an endlessly patient caller's wait, times the chance to be there.

        The density is the arrival rate times the probability of one agent free, carried on by
        exp(arrivals of those who will wait so long, less departures).
        """
        rate, leave = self.load / self.aht, 1 / self.patience
        # Panels by panels: the density may live in a small part of the range.
        nodes, shares = np.polynomial.legendre.leggauss(20)
        ends = until * np.linspace(0, 1, PANELS + 1) ** 2
        half = 0.5 * np.diff(ends)[:, None]
        x = (ends[:-1, None] + half * (nodes + 1)).ravel()
        weights = (half * shares).ravel()
        exponent = rate / leave * -np.expm1(-leave * x) - self.agents * x / self.aht - leave * x
        density = rate * self.probabilities[self.agents - 1] * np.exp(exponent)
        times = density if weight is None else density * x
        return float(weights @ times)

    def answered_within(self, threshold: float) -> float:
        """Share of all calls that are answered within the threshold."""
        # A sum of positive terms, which keeps its digits in deep overload.
        return math.fsum(self.probabilities[: self.agents]) + self._integral(threshold)

    @property
    def asa(self) -> float:
        """Mean wait of the answered."""
        # Nobody waits thirty times as long as patience and service allow.
        long = 30 * max(self.patience, self.aht)
        return self._integral(long, weight="wait") / (1 - self.abandonment)


def required_a(load: float, aht: float, patience: float, level: float, threshold: float) -> int:
    """The fewest agents for a service level in Erlang A, tried one by one from one."""
    agents = 1
    while ErlangA(agents, load, aht, patience).answered_within(threshold) < level:
        agents += 1
    return agents
