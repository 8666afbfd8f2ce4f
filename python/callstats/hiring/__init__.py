"""Heads that there will be: attrition and training by tenure, and the classes to hire.

`callstats.staffing.headcount` says how many a plan needs; this says how many there will be.
"""

from callstats.hiring.paths import path
from callstats.hiring.plans import plan

__all__ = ["path", "plan"]


def __dir__() -> list[str]:
    return __all__
