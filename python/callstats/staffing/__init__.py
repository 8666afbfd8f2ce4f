"""How many agents a load needs, how much load agents can bear, and plans for whole days.

Goals may be given together in any mixture; the answer meets them all. Each is easier with more
agents, so that there is a fewest: in Erlang A it may well be below the load, where some callers
hang up and the rest are served in time.
"""

from callstats.staffing.plans import plan
from callstats.staffing.requirements import max_load, required_agents, required_lines
from callstats.staffing.shrinkage import combine_shrinkage, gross_up

__all__ = [
    "combine_shrinkage",
    "gross_up",
    "max_load",
    "plan",
    "required_agents",
    "required_lines",
]


def __dir__() -> list[str]:
    return __all__
