"""How many agents a load needs, how much load agents can bear, and plans for whole days.

Goals may be given together in any mixture; the answer meets them all. Each is easier with more
agents, so that there is a fewest: in Erlang A it may well be below the load, where some callers
hang up and the rest are served in time.
"""

from callstats.staffing.costs import cheapest_plan, cost_of_service
from callstats.staffing.plans import plan
from callstats.staffing.pools import pool, pooling_table, total_agents
from callstats.staffing.requirements import (
    goal_probability,
    max_line_load,
    max_load,
    required_agents,
    required_lines,
    required_reserved,
)
from callstats.staffing.scenarios import compare_scenarios
from callstats.staffing.shrinkage import combine_shrinkage, gross_up
from callstats.staffing.workloads import annual_workload, headcount

__all__ = [
    "annual_workload",
    "cheapest_plan",
    "combine_shrinkage",
    "compare_scenarios",
    "cost_of_service",
    "goal_probability",
    "gross_up",
    "headcount",
    "max_line_load",
    "max_load",
    "plan",
    "pool",
    "pooling_table",
    "required_agents",
    "required_lines",
    "required_reserved",
    "total_agents",
]


def __dir__() -> list[str]:
    return __all__
