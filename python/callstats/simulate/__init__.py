"""Call centres that no formula covers, simulated.

Describe call types, groups of agents and who serves whom as a ``Model``; ``run`` it for figures
with intervals, ``compare`` models on the same callers, look for the cheapest staffing with
``required_agents``, or ask ``tiering`` whether a first line pays.
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
from callstats.simulate.parts import CallType, Group, Route, Shift
from callstats.simulate.required import Staffing, required_agents
from callstats.simulate.result import Result
from callstats.simulate.returns import Callback, Recall, Retry
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
    "Recall",
    "Result",
    "Retry",
    "Route",
    "Shift",
    "Staffing",
    "Tiering",
    "Trace",
    "Uniform",
    "Weibull",
    "compare",
    "fit",
    "required_agents",
    "run",
    "tiering",
]


def __dir__() -> list[str]:
    return __all__
