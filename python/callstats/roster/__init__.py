"""From shifts to named agents: rest, runs of days, weekends, leave, skills, wishes.

`assign` makes rosters (needs HiGHS: ``pip install callstats[schedule]``), `check` finds the rules
that any roster breaks.
"""

from callstats.roster.assignment import assign
from callstats.roster.checking import check
from callstats.roster.results import Roster
from callstats.roster.rules import Rules

__all__ = ["Roster", "Rules", "assign", "check"]


def __dir__() -> list[str]:
    return __all__
