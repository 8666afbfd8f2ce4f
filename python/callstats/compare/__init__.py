"""Did it help? Before and after, pilots by team, series with a change, and what they cannot say.

The number of teams, counters or days is the evidence, not the number of calls.
"""

from __future__ import annotations

from callstats.compare.daily.before_after import periods
from callstats.compare.daily.gaps import GapCurve, gap_curve
from callstats.compare.daily.interrupted import Series, series
from callstats.compare.growths import Growth, growth
from callstats.compare.needs import Change, change, change_sd, power, smallest_effect, teams_needed
from callstats.compare.samples import ClusterIcc, TwoSamples, cluster_icc, two_samples
from callstats.compare.teams.choosing import Plan, choose_teams
from callstats.compare.teams.differences import DifferenceInDifferences, difference_in_differences
from callstats.compare.teams.history import spread
from callstats.compare.teams.permutations import Permutation, adjust, permutation
from callstats.compare.teams.pilots import Pilot, effects, pilot

__all__ = [
    "Change",
    "ClusterIcc",
    "DifferenceInDifferences",
    "GapCurve",
    "Growth",
    "Permutation",
    "Pilot",
    "Plan",
    "Series",
    "TwoSamples",
    "adjust",
    "change",
    "change_sd",
    "choose_teams",
    "cluster_icc",
    "difference_in_differences",
    "effects",
    "gap_curve",
    "growth",
    "periods",
    "permutation",
    "pilot",
    "power",
    "series",
    "smallest_effect",
    "spread",
    "teams_needed",
    "two_samples",
]


def __dir__() -> list[str]:
    return __all__
