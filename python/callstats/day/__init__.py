"""The day as it happens: exact waits when load and staffing change and backlogs are carried over.

The stationary formulas of ``callstats.erlang`` treat each half hour as if it had lasted for ever.
Here the calls that wait at the end of one are there at the start of the next: the queue
M(t)/M(t)/n(t)+M(t), solved exactly in milliseconds a day.
"""

from callstats.day.charts import chart, requirement_chart
from callstats.day.comparison import compare
from callstats.day.evaluation import end_states, evaluate
from callstats.day.requirement import required_agents
from callstats.day.rollup import totals

__all__ = [
    "chart",
    "compare",
    "end_states",
    "evaluate",
    "required_agents",
    "requirement_chart",
    "totals",
]


def __dir__() -> list[str]:
    return __all__
