"""Pilots by team: what came of them, all measures at once."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._tables import frames
from callstats._tables.categories import text
from callstats._tables.checks import confidence_level, mapping, number, one_of, shown
from callstats.compare.cautions import Caution, caution_frame, say
from callstats.compare.reading import (
    Rows,
    column_name,
    inside,
    known_names,
    measure_columns,
    opened,
    summed,
    two_spans,
)
from callstats.compare.tables import aligned
from callstats.compare.teams.choosing import Plan
from callstats.compare.teams.effects_by_unit import COLUMNS, Levels, Question, effect_rows
from callstats.compare.teams.pilot_cautions import (
    of_design,
    of_looks,
    of_missing,
    of_mix,
    of_regression,
    of_sizes,
    of_small_effects,
)
from callstats.compare.teams.units import possible_splits, treated_flags

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from callstats.compare.reading import Sums
    from callstats.compare.teams.units import Splits
    from callstats.typing import Frame

    Floats = NDArray[np.float64]

#: Splits that are all looked at: 13 of 26 teams take half a second.
_MOST_SPLITS = 20_000_000


@dataclass(frozen=True, eq=False)
class Pilot:
    """What came of a pilot.

    Attributes
    ----------
    effects : DataFrame
        One row a measure: ``measure``, the arms' levels before and after, ``effect, standard_error,
        df, low, high, p_value`` (t on the units' changes), ``p_permutation, exact_low, exact_high,
        exact_confidence`` (every split), ``relative`` with limits, ``p_holm, p_max_t`` (all
        measures together), ``smallest_effect`` (what the pilot could have seen) and ``verdict``.
    units : DataFrame
        One row a unit and measure: ``unit, treated, measure, size_before, size_after, before,
        after, change``.
    warnings : DataFrame
        ``code, measure, text, figure``: why the figures say less than they seem to.
    """

    effects: Any
    confidence: float
    _rows: dict[str, Any] = field(repr=False)
    _cautions: list[Caution] = field(repr=False)
    _data: _Data = field(repr=False)
    _flags: Any = field(repr=False)
    #: An empty frame of the caller's library.
    _like: Any = field(repr=False)

    @cached_property
    def units(self) -> Any:
        """One row a unit and measure, with its figures before and after."""
        return frames.result(
            frames.read(self._like, "frame"), {}, _unit_rows(self._data, self._flags)
        )

    @cached_property
    def warnings(self) -> Any:
        """Why the figures say less than they seem to."""
        return caution_frame(self._cautions, frames.read(self._like, "frame"))

    def to_frame(self) -> Any:
        """The effects, a row a measure."""
        return self.effects

    def explain(self, language: str = "en") -> str:
        """A table of at most 100 columns, what may be said and what may not, and the warnings."""
        one_of("language", language, ("en", "zh"))
        rows = self._rows
        heads = ["measure", "effect", "interval", "relative", "p_value", "exact_p", "family_p"]
        heads = [say(language, name) for name in [*heads, "could_see", "verdict"]]
        cells = [
            [
                name,
                f"{rows['effect'][at]:+.4g}",
                f"{rows['low'][at]:.4g} … {rows['high'][at]:.4g}",
                f"{rows['relative'][at]:+.1%}",
                f"{rows['p_value'][at]:.3f}",
                f"{rows['p_permutation'][at]:.3f}",
                f"{rows['p_max_t'][at]:.3f}",
                f"{rows['smallest_effect'][at]:.4g}",
                say(language, rows["verdict"][at]),
            ]
            for at, name in enumerate(rows["measure"])
        ]
        lines = [aligned([heads, *cells], 100), "", *self.sentences(language)]
        if self._cautions:
            lines += ["", say(language, "warnings")]
            lines += [
                f"- {each.measure + ': ' if each.measure else ''}{each.text(language)}"
                for each in self._cautions
            ]
        return "\n".join(lines)

    def sentences(self, language: str = "en") -> list[str]:
        """For the measure with the smallest p: what a manager may repeat, and what not."""
        rows = self._rows
        known = np.flatnonzero(~np.isnan(rows["p_value"]))
        if not known.size:
            return []
        at = int(known[np.argmin(rows["p_value"][known])])
        name, verdict = rows["measure"][at], rows["verdict"][at]
        limits = (rows["low"][at], rows["high"][at])
        if verdict in ("not shown", "too small to matter"):
            seen = rows["smallest_effect"][at]
            return [
                say(language, "may_say_not", name, seen),
                say(language, "may_not_say_not", name, *limits),
            ]
        word = say(language, verdict)
        return [
            say(language, "may_say_shown", name, word, rows["effect"][at], *limits),
            say(language, "may_not_say_shown", len(self._data.names)),
        ]

    def __str__(self) -> str:
        return self.explain()


def pilot(
    frame: Frame,
    *,
    treated: Any,
    before: Sequence[Any],
    after: Sequence[Any],
    measures: Mapping[str, Any] | Sequence[str] | str,
    unit: str = "team",
    time: str = "start",
    pairs: Sequence[Sequence[Any]] | None = None,
    better: Mapping[str, str] | None = None,
    primary: str | Sequence[str] | None = None,
    confidence: float = 0.95,
    min_size: float = 30,
    matters: Mapping[str, float] | None = None,
    mix: str | Sequence[str] = (),
) -> Pilot:
    """What came of a pilot: how much more the treated teams changed than the others.

    The teams are the evidence, not their calls. Ask :func:`smallest_effect` before the pilot, and
    draw the treated with :func:`choose_teams`.

    Parameters
    ----------
    frame : DataFrame
        One row a call, a day or a period of a unit.
    treated : Plan, sequence, mapping or Series
        The result of :func:`choose_teams`, whose splits are then the ones permuted; or the treated
        units, as for :func:`permutation`. A plan leaves units out that do not take part.
    before, after : pair of times
        Half-open periods (first, end), one after the other.
    measures : mapping or sequence
        What to compare: names with a column (mean of the rows) or a pair (numerator, denominator)
        of columns (sum over sum); or columns. Units weigh alike.
    unit, time : str
        Columns with the unit and the instant of the row.
    pairs : sequence of pairs, optional
        Units of which one each was treated by chance.
    better : mapping, optional
        ``"higher"`` or ``"lower"`` for each measure, for the words of the verdict.
    primary : str or sequence, optional
        Measures that were named before the pilot: they are judged by ``p_value``, others by
        ``p_max_t``.
    confidence : float, default 0.95
        Of limits and verdicts; > 0 and < 1.
    min_size : float, default 30
        Units with fewer rows or events on a side are warned of; >= 0.
    matters : mapping, optional
        Of each measure the effect that would matter; an interval within it is "too small to
        matter".
    mix : str or sequence
        Columns, such as the call type, whose levels must keep their shares within each unit.

    Returns
    -------
    Pilot
        ``effects``, ``units`` and ``warnings``; ``print`` shows a table and what may be said.

    Raises
    ------
    MissingColumnError
        A column is not there.
    ValueError
        A row without unit or time, a value that is not finite, periods that overlap, or no unit in
        an arm.

    Notes
    -----
    ``p_value, low, high``: t on the units' changes with units - 2 degrees of freedom; measured on a
    bank's agents with nothing done it alarms in 3.6 to 5.3 % of pilots at 5 %. ``p_permutation``
    and exact limits: every split. ``p_max_t``: step-down over the same splits, so that all measures
    together alarm falsely in at most 5 % of pilots. Of more than 20 million splits a million are
    drawn, always the same. ``relative``: exp of the difference of mean log changes, less 1; NaN
    where a unit's value is 0. A measure that changed alike everywhere has ``p_permutation`` 1 and
    takes no part.

    References
    ----------
    P. H. Westfall & S. S. Young, Resampling-Based Multiple Testing (1993).

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({
    ...     "team": list("ABCDEFGH") * 2,
    ...     "start": pd.to_datetime(["2025-03-03"] * 8 + ["2025-04-07"] * 8),
    ...     "aht": [305, 298, 312, 301, 301, 308, 300, 310, 295, 290, 303, 290, 302, 306, 300, 309],
    ... })
    >>> found = pilot(
    ...     rows, treated=["A", "B", "C", "D"], before=("2025-03-01", "2025-04-01"),
    ...     after=("2025-04-01", "2025-05-01"), measures=["aht"], better={"aht": "lower"},
    ... )
    >>> found.effects[["effect", "low", "high", "verdict"]].round(2).values.tolist()
    [[-9.0, -11.23, -6.77, 'helped']]
    """
    rows = opened(frame, "frame", column_name("time", time))
    columns = measure_columns("measures", measures)
    level = confidence_level(confidence)
    least = number("min_size", min_size, ">= 0", lambda size: size >= 0)
    names, codes = rows.units(column_name("unit", unit))
    own = rows.measures(columns)
    shares = _mix_columns(rows, mix)
    rows.table.settle()
    spans = two_spans(rows, before, after)
    if isinstance(treated, Plan):
        names, codes = _of_plan(treated, names, codes)
    flags = treated_flags(treated, names)
    question = Question(
        flags,
        _splits(names, flags, treated, pairs),
        level,
        better=_better(better, list(columns)),
        primary=known_names("primary", primary, list(columns)),
        matters=_matters(matters, list(columns)),
    )
    periods = [np.where(inside(rows, span), codes, np.int32(-1)) for span in spans]
    both = np.where(periods[1] >= 0, periods[1] + len(names), periods[0]).astype(np.int32)
    data = _Data(names, summed(own, both, 2 * len(names)), list(columns))
    figures, cautions = effect_rows(data.levels, question)
    cautions += of_design(question, len(columns), random=isinstance(treated, Plan))
    cautions += _looked(rows, treated, spans[1])
    cautions += of_missing(data.levels, names)
    cautions += of_sizes(np.minimum(*data.sizes), data.measures, names, least)
    cautions += of_regression(data.measures, figures, question.better)
    cautions += of_mix(shares, periods, names)
    cautions += of_small_effects(data.measures, figures)
    return _made(rows, data, question, figures, cautions)


@dataclass(frozen=True)
class _Data:
    """Sums of each measure by unit, those before and then those after."""

    names: list[Any]
    sums: Sums
    measures: list[str]

    @property
    def sizes(self) -> tuple[Floats, Floats]:
        """What the rates of each measure and unit rest on, before and after."""
        units = len(self.names)
        return self.sums.denominator[:, :units], self.sums.denominator[:, units:]

    @cached_property
    def levels(self) -> Levels:
        """Rates of each measure by unit."""
        rates, units = self.sums.rate, len(self.names)
        return Levels(self.measures, rates[:, :units], rates[:, units:])


def _made(
    rows: Rows, data: _Data, question: Question, figures: dict[str, Any], cautions: list[Caution]
) -> Pilot:
    like, level = rows.table.frame, question.confidence
    shown = {name: figures[name] for name in (*COLUMNS, "verdict")}
    table = {"measure": data.measures, **shown}
    return Pilot(
        effects=frames.result(like, {}, table, {"function": "compare.pilot", "confidence": level}),
        confidence=level,
        _rows=table,
        _cautions=cautions,
        _data=data,
        _flags=question.flags,
        _like=like.head(0).to_native(),
    )


def _looked(rows: Rows, treated: Any, after: tuple[int, int]) -> list[Caution]:
    if not isinstance(treated, Plan):
        return []
    planned = None if treated.until is None else rows.moment("until", treated.until)
    return of_looks(treated, after, planned)


def _of_plan(plan: Plan, names: list[Any], codes: Any) -> tuple[list[Any], Any]:
    """The units of a plan in its order, and their rows; others are left out."""
    known = {text(name): place for place, name in enumerate(names)}
    lacking = [name for name in plan.chosen if text(name) not in known]
    if lacking:
        rule = "be a plan of units that the frame has"
        msg = f"treated must {rule}; got {shown(lacking[0])}, without rows"
        raise ValueError(msg)
    numbers = np.full(len(names) + 1, -1, np.int32)
    for place, name in enumerate(plan.chosen):
        numbers[known[text(name)]] = place
    return list(plan.chosen), numbers[codes]


def _splits(names: list[Any], flags: Any, treated: Any, pairs: Any) -> Splits:
    allowed = treated if isinstance(treated, Plan) and pairs is None else None
    return possible_splits(names, flags, pairs=pairs, allowed=allowed, limit=_MOST_SPLITS, seed=0)


def _better(better: Any, measures: list[str]) -> dict[str, str]:
    found = mapping("better", better or {}, "measures to 'higher' or 'lower'")
    known_names("better", list(found), measures)
    for value in found.values():
        one_of("better", value, ("higher", "lower"))
    return found


def _matters(matters: Any, measures: list[str]) -> dict[str, float]:
    found = mapping("matters", matters or {}, "measures to the effect that would matter")
    known_names("matters", list(found), measures)
    return {
        name: number("matters", value, "> 0", lambda size: size > 0)
        for name, value in found.items()
    }


def _mix_columns(rows: Rows, mix: Any) -> list[tuple[str, list[Any], Any]]:
    from callstats._tables.checks import column_names

    names = column_names("mix", mix)
    rows.table.require(*names)
    return [(name, *rows.coded(name)) for name in names]


def _unit_rows(data: _Data, flags: Any) -> dict[str, Any]:
    names, levels, sizes = data.names, data.levels, data.sizes
    many = len(data.measures)
    figures = {
        "size_before": sizes[0],
        "size_after": sizes[1],
        "before": levels.before,
        "after": levels.after,
        "change": levels.changes,
    }
    return {
        "unit": [name for name in names for _ in range(many)],
        "treated": np.repeat(flags, many),
        "measure": data.measures * len(names),
        **{name: values.T.ravel() for name, values in figures.items()},
    }


def effects(
    changes: Frame,
    *,
    treated: Any,
    unit: str = "unit",
    pairs: Sequence[Sequence[Any]] | None = None,
    better: Mapping[str, str] | None = None,
    primary: str | Sequence[str] | None = None,
    confidence: float = 0.95,
    matters: Mapping[str, float] | None = None,
) -> Frame:
    """Effects on many measures at once, from a frame of the units' changes.

    Parameters
    ----------
    changes : DataFrame
        One row a unit, a column a measure; missing where a unit lacks it.
    treated : Plan, sequence, mapping or Series
        The treated units, as for :func:`permutation`.
    unit : str
        Column that names the unit.
    pairs, better, primary, confidence, matters
        As for :func:`pilot`.

    Returns
    -------
    DataFrame
        One row a measure, with the columns of :func:`pilot`; those of levels and ``relative`` are
        NaN, as changes alone do not tell them.

    Raises
    ------
    MissingColumnError
        There is no column of units.
    ValueError
        A unit that comes twice or has no name, or a value that is not finite.

    Examples
    --------
    >>> import pandas as pd
    >>> changes = pd.DataFrame({
    ...     "unit": list("ABCDEFGH"),
    ...     "aht": [8.1, 6.0, 1.1, 8.2, 0.4, -3.1, -0.5, -2.2],
    ...     "fcr": [3.8, 1.2, 2.5, 2.7, 1.9, -2.0, -1.0, 3.0],
    ... })
    >>> found = effects(changes, treated=["A", "B", "C", "D"])
    >>> found[["p_value", "p_permutation", "p_max_t"]].round(3).values.tolist()
    [[0.008, 0.029, 0.029], [0.16, 0.2, 0.2]]
    """
    rows = Rows(changes, "changes", None)
    table = rows.table
    name = column_name("unit", unit)
    table.require(name)
    level = confidence_level(confidence)
    columns = [column for column in table.frame.columns if column != name]
    values = rows.plain_numbers(columns)
    units = table.frame[name].to_list()
    table.require_known(name, np.asarray(table.frame[name].is_null().to_numpy(), bool), "effects")
    table.settle()
    order = sorted(range(len(units)), key=lambda place: text(units[place]))
    names = [units[place] for place in order]
    twice = [a for a, b in itertools.pairwise(names) if text(a) == text(b)]
    if twice or not columns or not names:
        what = (
            f"{shown(twice[0])} twice" if twice else f"{len(names)} units, {len(columns)} measures"
        )
        msg = f"changes must have one row a unit and a column a measure; got {what}"
        raise ValueError(msg)
    flags = treated_flags(treated, names)
    question = Question(
        flags,
        _splits(names, flags, treated, pairs),
        level,
        better=_better(better, columns),
        primary=known_names("primary", primary, columns),
        matters=_matters(matters, columns),
    )
    after = np.array(values)[:, order]
    levels = Levels(columns, np.zeros_like(after), after, both=False)
    figures, _ = effect_rows(levels, question)
    found: Frame = frames.result(
        table.frame,
        {},
        {"measure": columns, **{key: figures[key] for key in (*COLUMNS, "verdict")}},
        {"function": "compare.effects", "confidence": level},
    )
    return found
