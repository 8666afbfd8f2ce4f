"""Which units take part in a pilot, and which of them are treated."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats import _core
from callstats._tables.categories import text
from callstats._tables.checks import listed, one_of, shown, whole
from callstats.compare.cautions import Caution, caution_frame, say
from callstats.compare.reading import Rows, column_name, measure_columns
from callstats.compare.teams.units import Splits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from callstats.typing import Frame

    Floats = NDArray[np.float64]

#: Splits of which each is scored; of more, so many are drawn first.
_MOST_SCORED = 10_000_000
_DRAWN = 100_000
#: Splits that leave a two-sided p of 5 %: 2/40.
_ENOUGH = 40


@dataclass(frozen=True, eq=False)
class Plan:
    """Who takes part in a pilot, who is treated, and which splits were possible.

    Hand it to :func:`pilot` as `treated`: its splits are then the ones permuted.

    Attributes
    ----------
    chosen, treated, control : tuple
        Names of the units that take part, in order, and of those in both arms.
    spread : float
        How unlike the chosen units are: squared distances from their mean over the variance among
        all candidates, summed over measures.
    splits, acceptable : int
        Splits of the chosen units, and those fair enough to be drawn from.
    cut : float
        Score of the last acceptable split: squared differences of the arms' means, summed.
    smallest_p : float
        The smallest p that a permutation of the acceptable splits can give.
    scores : ndarray
        Scores of all splits, ascending; 0 is perfectly even.
    balance : DataFrame
        One row a measure: ``measure, treated, control, difference, standardized_difference``.
    warnings : DataFrame
        ``code, measure, text, figure``.
    members : ndarray
        Treated units of each acceptable split, as their places in `chosen`.
    pairs : tuple of pairs, optional
        Units of which one each is treated.
    seed : int
        What the split was drawn by.
    until : str or time, optional
        When the pilot is planned to end.
    """

    chosen: tuple[Any, ...]
    treated: tuple[Any, ...]
    control: tuple[Any, ...]
    spread: float
    splits: int
    acceptable: int
    cut: float
    smallest_p: float
    scores: NDArray[np.float64]
    balance: Any
    warnings: Any
    members: NDArray[np.uint32]
    pairs: tuple[tuple[Any, Any], ...] | None
    seed: int
    until: Any = None
    cautions: list[Caution] = field(default_factory=list, repr=False)
    #: Ends of the periods that the pilot was looked at.
    looks: list[int] = field(default_factory=list, repr=False)

    @property
    def allowed(self) -> list[tuple[Any, ...]]:
        """The acceptable splits, as names of the treated units."""
        return [tuple(self.chosen[place] for place in row) for row in self.members.tolist()]

    def to_frame(self) -> Any:
        """One row a chosen unit: ``unit, treated``."""
        import pandas as pd

        arms = set(map(text, self.treated))
        flags = [text(name) in arms for name in self.chosen]
        return pd.DataFrame({"unit": list(self.chosen), "treated": flags})

    def explain(self, language: str = "en") -> str:
        """The plan in a few sentences."""
        one_of("language", language, ("en", "zh"))
        named = [", ".join(map(text, arm)) for arm in (self.treated, self.control)]
        lines = [
            say(language, "plan_units", named[0]),
            say(language, "plan_control", named[1]),
            say(language, "plan_splits", self.acceptable, self.splits, self.smallest_p),
        ]
        if self.cautions:
            lines.append(say(language, "warnings"))
            lines += [f"- {each.text(language)}" for each in self.cautions]
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.explain()


def choose_teams(
    frame: Frame,
    *,
    on: Any,
    teams: int,
    treated: int,
    unit: str = "team",
    pairs: bool = False,
    keep: int | None = None,
    exclude: Sequence[Any] = (),
    until: Any = None,
    seed: int,
) -> Plan:
    """Which teams take part in a pilot and which of them are treated: alike, even, and by chance.

    The teams that take part are those most alike on past figures. Of their splits the most even
    half is acceptable, but at least 40, so that p can reach 5 %. One of these is drawn. Equal arms
    protect: with two against six a pooled t alarms in a quarter of pilots if the treated vary more.

    Parameters
    ----------
    frame : DataFrame
        Past figures, one row or several a team.
    on : sequence or mapping
        Columns to be alike on (a team's mean), or a mapping of names to columns or to pairs
        (numerator, denominator).
    teams, treated : int
        Teams that take part, and those of them that are treated; at least 1 each and not all.
    unit : str
        Column that names the team.
    pairs : bool
        Whether teams are paired by likeness, one of each pair treated. Four pairs have 16 splits
        and can never give p <= 5 %.
    keep : int, optional
        Acceptable splits, in place of the best half.
    exclude : sequence
        Teams that must not take part.
    until : str or time, optional
        When the pilot is planned to end: :func:`pilot` warns of a period that ends later.
    seed : int
        Of the draw, which depends on it, the teams' names and their figures alone.

    Returns
    -------
    Plan
        For :func:`pilot`.

    Raises
    ------
    MissingColumnError
        A column is not there.
    ValueError
        Fewer candidates than teams, a team without a figure, or an impossible number of teams.

    Notes
    -----
    Sets of teams are all compared up to 1e8 of them, as 8 of 35 are; beyond, the best of 1,000
    searches is taken and the warning `search` says so. Of more than 1e7 splits 100,000 are drawn
    and the best half of these kept.

    References
    ----------
    K. L. Morgan & D. B. Rubin, Annals of Statistics 40 (2012).

    Examples
    --------
    >>> import pandas as pd
    >>> past = pd.DataFrame({"team": list("ABCDEFGHIJ")})
    >>> past["aht"] = [300, 280, 310, 295, 305, 330, 299, 250, 302, 297]
    >>> plan = choose_teams(past, on=["aht"], teams=8, treated=4, seed=7)
    >>> plan.chosen, plan.acceptable, round(plan.smallest_p, 4)
    (('A', 'B', 'C', 'D', 'E', 'G', 'I', 'J'), 42, 0.0476)
    """
    rows = Rows(frame, "frame", None)
    names, values, measures = _figures(rows, on, column_name("unit", unit), exclude)
    count = whole("teams", teams, least=2, most=10**9)
    arm = whole("treated", treated, least=1, most=10**9)
    start = whole("seed", seed, most=2**63)
    _check_numbers(len(names), count, arm, pairs=_truth("pairs", pairs))
    cautions: list[Caution] = []
    own, spread, exhaustive = _core.most_alike(values, count, None)
    if not exhaustive:
        cautions.append(Caution("search", None, math.comb(len(names), count)))
    chosen = [names[place] for place in own]
    figures = np.ascontiguousarray(values[:, own])
    joined = _core.alike_pairs(figures) if pairs else None
    splits = _splits(count, arm, joined, start)
    total = splits.drawn or splits.count
    best = max(-(-total // 2), min(total, _ENOUGH))
    wanted = best if keep is None else whole("keep", keep, least=1, most=10**9)
    scores, cut, members, drawn = _core.fair_splits(figures, splits.core, wanted, start, None)
    sets = np.asarray(members).reshape(-1, arm)
    flags = np.zeros(count, bool)
    flags[sets[drawn]] = True
    smallest = (2 if 2 * arm == count else 1) / len(sets)
    if smallest > 0.05:
        cautions.append(Caution("few_splits", None, smallest, (len(sets), smallest, 0.95)))
    return Plan(
        chosen=tuple(chosen),
        treated=tuple(name for name, flag in zip(chosen, flags, strict=True) if flag),
        control=tuple(name for name, flag in zip(chosen, flags, strict=True) if not flag),
        spread=spread,
        splits=splits.count,
        acceptable=len(sets),
        cut=cut,
        smallest_p=smallest,
        scores=scores,
        balance=_balance(measures, figures, flags, rows),
        warnings=caution_frame(cautions, rows.table.frame),
        members=sets,
        pairs=None if joined is None else tuple((chosen[a], chosen[b]) for a, b in joined),
        seed=start,
        until=_moment(until),
        cautions=cautions,
    )


def _moment(until: Any) -> Any:
    """A time that can be read, as it was given."""
    import pandas as pd

    if until is None:
        return None
    try:
        if not pd.isna(pd.Timestamp(until)):
            return until
    except (TypeError, ValueError):
        pass
    raise ValueError(f"until must be a time such as '2025-05-01'; got {shown(until)}")


def _truth(name: str, value: Any) -> bool:
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} must be True or False; got {shown(value)}")
    return bool(value)


def _figures(rows: Rows, on: Any, unit: str, exclude: Any) -> tuple[list[Any], Floats, list[str]]:
    """Candidates in order, their figures a row a measure, and what the measures are called."""
    columns = measure_columns("on", on)
    names, codes = rows.units(unit)
    measures = rows.measures(columns)
    rows.table.settle()
    left = {text(name) for name in listed("exclude", exclude, "names of units")}
    strange = left - {text(name) for name in names}
    if strange:
        raise ValueError(f"exclude must name units that there are; got {shown(min(strange))}")
    stay = [place for place, name in enumerate(names) if text(name) not in left]
    values = np.array([measure.sums(codes, len(names)).rate[stay] for measure in measures])
    found = [names[place] for place in stay]
    for measure, row in zip(measures, values, strict=True):
        if np.isnan(row).any():
            lacking = shown(found[int(np.isnan(row).argmax())])
            raise ValueError(
                f"on: {measure.name!r} must be known of every unit; {lacking} has none: exclude it"
            )
    return found, np.ascontiguousarray(values), list(columns)


def _check_numbers(candidates: int, teams: int, treated: int, *, pairs: bool) -> None:
    if teams > candidates:
        raise ValueError(f"teams must be at most the {candidates} candidates; got {teams}")
    if treated >= teams:
        raise ValueError(f"treated must be fewer than teams={teams}; got {treated}")
    if pairs and 2 * treated != teams:
        msg = f"treated must be half of teams={teams} where they are paired; got {treated}"
        raise ValueError(msg)


def _splits(units: int, treated: int, pairs: Any, seed: int) -> Splits:
    if pairs is not None:
        members = np.array(pairs, np.uint32).ravel()
        found = Splits("pairs", units, treated, members, 2 ** (units // 2))
    else:
        none = np.zeros(0, np.uint32)
        found = Splits("all", units, treated, none, math.comb(units, treated))
    if found.count <= _MOST_SCORED:
        return found
    return Splits(found.kind, units, treated, found.members, found.count, _DRAWN, seed)


def _balance(measures: list[str], figures: Floats, flags: NDArray[np.bool_], rows: Rows) -> Any:
    from callstats._tables import frames

    own, other = figures[:, flags].mean(axis=1), figures[:, ~flags].mean(axis=1)
    sd = figures.std(axis=1, ddof=1)
    apart = own - other
    with np.errstate(divide="ignore", invalid="ignore"):
        standardized = np.where(sd > 0, apart / sd, 0.0)
    columns = {
        "treated": own,
        "control": other,
        "difference": apart,
        "standardized_difference": standardized,
    }
    return frames.result(rows.table.frame, {}, {"measure": measures, **columns})
