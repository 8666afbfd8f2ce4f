"""How many counters to open in each slot of a day, with the staff that there is.

Head-counts of halls are fixed for the day, demand is not. An exact dynamic programme opens and
closes counters so that losses and changes together cost least.
"""

from callstats.counters.plans import plan

__all__ = ["plan"]


def __dir__() -> list[str]:
    return __all__
