"""Call centres that no formula covers, simulated.

Describe call types, groups of agents and who serves whom as a ``Model``; ``run`` it for figures
with intervals, ``compare`` models on the same callers, or ask ``tiering`` whether a first line
pays.
"""

from callstats.simulate.distributions import (
    Deterministic,
    Empirical,
    Exponential,
    Gamma,
    LogNormal,
    Mixture,
    Trace,
    Uniform,
    Weibull,
    fit,
)
from callstats.simulate.model import Model
from callstats.simulate.parts import Callback, CallType, Group, Retry, Route, Shift
from callstats.simulate.result import Result
from callstats.simulate.running import compare, run
from callstats.simulate.tiers import Tiering, tiering

__all__ = [
    "CallType",
    "Callback",
    "Deterministic",
    "Empirical",
    "Exponential",
    "Gamma",
    "Group",
    "LogNormal",
    "Mixture",
    "Model",
    "Result",
    "Retry",
    "Route",
    "Shift",
    "Tiering",
    "Trace",
    "Uniform",
    "Weibull",
    "compare",
    "fit",
    "run",
    "tiering",
]


def __dir__() -> list[str]:
    return __all__
