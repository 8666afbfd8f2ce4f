"""Difference in differences of a few teams."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from callstats import _core
from callstats._tables.checks import confidence_level
from callstats.compare.teams.permutations import Permutation, permuted
from callstats.compare.teams.units import by_unit, possible_splits, same_units, treated_flags

_METHODS = ("team_t", "team_welch", "cr0", "cr1", "cr2")
_COLUMNS = ("standard_error", "df", "t", "p_value", "low", "high")


@dataclass(frozen=True, eq=False)
class DifferenceInDifferences:
    """How much more the treated teams changed than the others.

    Attributes
    ----------
    effect, change_treated, change_control : float
        Mean changes of both arms, and the first less the second.
    tests : DataFrame
        One row a method: ``method, standard_error, df, t, p_value, low, high``.
    permutation : Permutation
        The exact test of the changes.
    """

    effect: float
    change_treated: float
    change_control: float
    tests: Any
    permutation: Permutation

    def to_frame(self) -> Any:
        """The tests, a row a method."""
        return self.tests


def difference_in_differences(
    before: Any, after: Any, treated: Any, *, confidence: float = 0.95
) -> DifferenceInDifferences:
    """Effect on the treated teams: their mean change less that of the other teams.

    One figure a team and period: the team is the unit, however many calls it took. Read ``team_t``
    (t on the teams' changes) and ``permutation``. The others show what regressions with clustered
    errors give: ``cr0`` and ``cr1`` alarm too often with few teams.

    Parameters
    ----------
    before, after : mapping or Series
        A number a team, the same teams in both.
    treated : sequence, mapping, Series or Plan
        The treated teams, as for :func:`permutation`.
    confidence : float, default 0.95
        Of the limits; > 0 and < 1.

    Returns
    -------
    DifferenceInDifferences
        With ``tests`` and ``permutation``.

    Raises
    ------
    ValueError
        Different teams, a value that is not finite, or no team in an arm.

    Notes
    -----
    ``team_t``: pooled, teams - 2 degrees of freedom. ``team_welch``: each arm its own spread.
    ``cr0, cr1, cr2``: sandwich of level on treatment, period and both by team; CR1 with Stata's
    factor and teams - 1 degrees, CR2 with those of Bell and McCaffrey. With one team in an arm only
    the permutation is defined.

    References
    ----------
    R. M. Bell & D. F. McCaffrey, Survey Methodology 28 (2002).

    Examples
    --------
    >>> before = {"A": 305.2, "B": 298.1, "C": 312.4, "D": 300.9, "E": 301.3, "F": 307.7}
    >>> after = {"A": 301.0, "B": 297.5, "C": 309.9, "D": 298.8, "E": 301.9, "F": 306.2}
    >>> found = difference_in_differences(before, after, treated=["A", "B", "C"])
    >>> round(found.effect, 3), float(found.tests["p_value"][0].round(3)), found.permutation.p_value
    (-1.433, 0.34, 0.4)
    """
    level = confidence_level(confidence)
    names, first = by_unit("before", before)
    others, second = by_unit("after", after)
    same_units(("before", names), ("after", others))
    flags = treated_flags(treated, names)
    changes = second - first
    scale = float(max(np.abs(first).max(), np.abs(second).max()))
    means, rows = _core.team_tests(
        np.ascontiguousarray(changes[flags]), np.ascontiguousarray(changes[~flags]), scale, level
    )
    import pandas as pd

    tests = pd.DataFrame({"method": _METHODS})
    for place, name in enumerate(_COLUMNS):
        tests[name] = [row[place] for row in rows]
    splits = possible_splits(names, flags, seed=0, alone=True)
    (row,) = _core.permute(changes[None, :], None, [scale], splits.core, flags, level, False, None)
    return DifferenceInDifferences(
        effect=means[0] - means[1],
        change_treated=means[0],
        change_control=means[1],
        tests=tests,
        permutation=permuted(row, splits),
    )
