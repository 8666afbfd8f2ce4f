"""Which definition a vendor's figures were made with, found from the calls themselves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._tables import frames, groups
from callstats._tables.checks import whole
from callstats.kpi.calls.definitions import Definitions
from callstats.kpi.calls.log import read_calls
from callstats.kpi.exports.advice import read_log
from callstats.kpi.service.formulas import MINUTE, Clock, Formula, Tally, clocks_of, formulas_of
from callstats.kpi.service.reported import Report

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from callstats.typing import Frame, OnError

    Floats = NDArray[np.float64]

#: Clocks looked at with every formula, after all were looked at with the plain ones.
_CLOCKS_KEPT = 6
#: Reported cells by which the clock is found, where there are more than so many.
_CELLS_FOR_CLOCKS = 3000


@dataclass(frozen=True)
class Reconciliation:
    """What explains reported figures, best first; ``print`` shows it in words."""

    #: One row a figure and explanation, best first.
    ranking: Any
    #: One row a reported cell and figure, by the best explanation.
    residuals: Any
    #: The best explanation of each figure in one set.
    definitions: Definitions
    #: What to pass to `summarize` beside `definition`.
    options: Mapping[str, Any]
    #: Minutes by which the report's clock is ahead of the log's.
    shift: float
    #: The best explanation of each figure in words, with how well it does.
    lines: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join(self.lines)


def reconcile(
    calls: Frame,
    reported: Any,
    *,
    threshold: Any = None,
    short_abandon: Any = None,
    freq: Any = None,
    shifts: Iterable[Any] | None = None,
    timezone: str | datetime.tzinfo | None = None,
    keep: int = 20,
    on_error: OnError = "raise",
) -> Reconciliation:
    """Which definitions best explain figures that somebody else reported of the same calls.

    Every variant is computed on the calls and compared with the report, cell by cell: the formula
    of service level, its threshold, `<=` or `<`, the limit of short abandons, what the rates divide
    by, which instant owns a call and how far the two clocks are apart. Variants that give the same
    figures in every cell share a rank: these calls cannot tell them apart.

    Parameters
    ----------
    calls : DataFrame
        A log of calls with `wait`, `outcome` and, where the report has times, `arrival`; `answer`,
        `end`, `talk`, `hold`, `acw` where they exist.
    reported : mapping or DataFrame
        Figures by name, or a frame of them: any of `service_level`, `answer_rate`,
        `abandonment_rate`, `asa`, `aht`, `att`, `offered`, `answered`, `abandoned`; a name ending
        in a threshold (``service_level_20``) fixes it. Other columns that the calls have too, such
        as `queue`, are keys; `start` is the start of an interval. Percent is known by values above
        1.5. Missing figures are passed over.
    threshold, short_abandon : duration or sequence of durations, optional
        The limits to try. Default: the usual ones.
    freq : duration or "day", optional
        Length of the report's intervals. Default: the smallest step between its starts.
    shifts : iterable of durations, optional
        By how much the report's clock may be ahead of the log's; negative is behind. Default: every
        half hour from -12 to +14 hours where the report has times.
    timezone : str, optional
        The zone of the log's clock, as in `summarize`.
    keep : int
        How many explanations of each figure the ranking shows; >= 1.
    on_error : {"raise", "drop", "flag"}
        What to do with rows that break a rule; "drop" and "flag" leave them out.

    Returns
    -------
    Reconciliation
        - `ranking`: `figure`, `rank`, `definition`, `formula`, `threshold`, `operator`,
          `short_abandon`, `attribute_to`, `shift_minutes`, `cells` (compared), `matched` (equal to
          the last printed digit), `bias` (ours less reported), `rmse`, `max_error`.
        - `residuals`: the keys, `start`, `figure`, `reported`, `computed`, `residual`.
        - `definitions`, `options`: to be passed on to `summarize`; `shift` in minutes.
        - ``str()``: the findings in words.

    Raises
    ------
    ValueError
        No figure is known, a key or `start` cannot be used, or calls break a rule.

    Notes
    -----
    Explanations are ranked by cells matched to the last digit printed, then by the root mean square
    of the residuals, then by how far they are from the default definitions. One clock is found for
    all figures together. A shift that changes over the year (a report in UTC beside a clock with
    summer time) is better told by converting the log with `timezone` first.

    Examples
    --------
    >>> import pandas as pd
    >>> calls = pd.DataFrame({
    ...     "wait": [5.0, 20.0, 31.0, 3.0, 25.0, 8.0],
    ...     "outcome": ["answered", "answered", "answered", "abandoned", "abandoned", "answered"],
    ... })
    >>> found = reconcile(calls, {"service_level": 0.4}, threshold=20, short_abandon=5)
    >>> found.definitions.service_level, found.definitions.inclusive
    ('exclude_abandoned_within', False)
    >>> found.options
    {'attribute_to': 'arrival', 'threshold': 20.0}
    >>> found.ranking.loc[0, ["definition", "operator"]].tolist()
    ['exclude_abandoned_within', '<']
    """
    keep = whole("keep", keep, 1)
    report = Report(reported, freq, calls)
    log = read_log(calls, "calls", on_error=on_error, timezone=timezone)
    report.take_keys(log)
    columns = read_calls(
        log,
        arrival=report.start is not None,
        keys=report.keys,
        needed=("answer", "end"),
        each_wait=True,
    )
    valid = log.settle()
    formulas = [
        formula
        for figure in report.figures
        for formula in formulas_of(figure, report, threshold, short_abandon)
    ]
    clocks = clocks_of(log, report, shifts)
    if len(clocks) > 1:
        # The clock shows in a part of the report, and in few formulas.
        part = report.some(_CELLS_FOR_CLOCKS)
        tally = Tally(log, columns, valid, part, formulas)
        if len(clocks) > _CLOCKS_KEPT:
            plain = [f for f in formulas if f.definitions.inclusive and f.short in {None, 5.0}]
            clocks = _best_clocks(tally, clocks, plain, part)[:_CLOCKS_KEPT]
        clocks = _best_clocks(tally, clocks, formulas, part)
    clock = clocks[0]
    tally = Tally(log, columns, valid, report, formulas)
    found = {
        figure: _ranked(tally, clock, [f for f in formulas if f.figure == figure], report)
        for figure in report.figures
    }
    return _reconciled(found, clock, report, keep)


def _compared(computed: Floats, figure: str, report: Report) -> tuple[int, float]:
    """Cells that match to the last digit, and the mean square of the residuals."""
    reported = report.printed[figure]
    known = np.isfinite(reported)
    difference = computed[known] - reported[known]
    # A cell that was reported but cannot be computed is as wrong as can be.
    wrong = np.where(np.isfinite(difference), difference, np.maximum(np.abs(reported[known]), 1.0))
    return (
        int((np.abs(wrong) <= report.tolerance[figure]).sum()),
        float(np.mean(wrong**2)) if wrong.size else 0.0,
    )


def _best_clocks(
    tally: Tally, clocks: list[Clock], formulas: list[Formula], report: Report
) -> list[Clock]:
    """Clocks by how well the best formula of each figure does with them, best first."""
    if len(clocks) == 1:
        return clocks
    scores = []
    for place, clock in enumerate(clocks):
        matched, error = 0, 0.0
        for figure in report.figures:
            scale = float(np.nanmean(np.abs(report.printed[figure]))) or 1.0
            results = [
                _compared(tally.figure(clock, formula), figure, report)
                for formula in formulas
                if formula.figure == figure
            ]
            most, least = min((-m, e) for m, e in results)
            matched -= most
            error += least / scale**2
        scores.append((-matched, error, place))
    return [clocks[place] for _, _, place in sorted(scores)]


@dataclass(frozen=True)
class _Explanation:
    formula: Formula
    computed: Floats
    matched: int
    error: float
    rank: int
    #: What gives the same in every cell, itself among them.
    alike: Sequence[Formula]


def _ranked(
    tally: Tally, clock: Clock, formulas: list[Formula], report: Report
) -> list[_Explanation]:
    made = []
    for place, formula in enumerate(formulas):
        computed = tally.figure(clock, formula)
        matched, error = _compared(computed, formula.figure, report)
        made.append((-matched, error, place, formula, computed))
    made.sort(key=lambda each: each[:3])
    first: dict[bytes, int] = {}
    alike: dict[bytes, list[Formula]] = {}
    for place, (*_, formula, computed) in enumerate(made):
        cells = computed.tobytes()
        first.setdefault(cells, place)
        alike.setdefault(cells, []).append(formula)
    return [
        _Explanation(formula, computed, -matched, error, first[cells] + 1, alike[cells])
        for matched, error, _, formula, computed in made
        for cells in [computed.tobytes()]
    ]


def _reconciled(
    found: Mapping[str, list[_Explanation]], clock: Clock, report: Report, keep: int
) -> Reconciliation:
    definitions = Definitions(name="reconciled")
    options: dict[str, Any] = {"attribute_to": clock.attribute_to}
    ranking: dict[str, list[Any]] = {name: [] for name in _RANKING}
    lines = []
    for figure, explanations in found.items():
        best = explanations[0]
        definitions = _with(definitions, best.formula)
        if best.formula.threshold is not None:
            options["threshold"] = best.formula.threshold
        if best.formula.short is not None:
            options["short_abandon"] = best.formula.short
        cells = int(np.isfinite(report.printed[figure]).sum())
        for each in explanations[:keep]:
            for name, value in _ranking_row(each, clock, report, cells).items():
                ranking[name].append(value)
        lines.append(f"{figure}: {_in_words(best.formula)}: {best.matched} of {cells} cells match")
        if best.matched < cells:
            lines[-1] += f", root mean square residual {np.sqrt(best.error):.3g}"
        others = [formula for formula in best.alike if formula is not best.formula]
        if others:
            more = f" and {len(others) - 1} more" if len(others) > 1 else ""
            lines.append(f"  the same in every cell: {_in_words(others[0])}{more}")
    minutes = clock.shift / MINUTE
    if report.start is not None:
        ahead = f"{abs(minutes):g} minutes {'ahead of' if minutes > 0 else 'behind'}"
        clocks = "the same clock" if not minutes else f"a clock {ahead} the log's"
        lines.append(f"a call belongs to the interval of its {clock.attribute_to}, by {clocks}")
    return Reconciliation(
        ranking=_frame(report, ranking),
        residuals=_residuals(found, report),
        definitions=definitions,
        options=options,
        shift=minutes,
        lines=tuple(lines),
    )


_RANKING = (
    "figure",
    "rank",
    "definition",
    "formula",
    "threshold",
    "operator",
    "short_abandon",
    "attribute_to",
    "shift_minutes",
    "cells",
    "matched",
    "bias",
    "rmse",
    "max_error",
)


def _ranking_row(each: _Explanation, clock: Clock, report: Report, cells: int) -> dict[str, Any]:
    formula = each.formula
    difference = each.computed - report.printed[formula.figure]
    known = difference[np.isfinite(difference)]
    operator = None
    if formula.threshold is not None:
        operator = "<=" if formula.definitions.inclusive else "<"
    return {
        "figure": formula.figure,
        "rank": each.rank,
        "definition": formula.name,
        "formula": _in_words(formula),
        "threshold": np.nan if formula.threshold is None else formula.threshold,
        "operator": operator,
        "short_abandon": np.nan if formula.short is None else formula.short,
        "attribute_to": clock.attribute_to,
        "shift_minutes": clock.shift / MINUTE,
        "cells": cells,
        "matched": each.matched,
        "bias": float(known.mean()) if known.size else np.nan,
        "rmse": float(np.sqrt(each.error)),
        "max_error": float(np.abs(known).max()) if known.size else np.nan,
    }


def _in_words(formula: Formula) -> str:
    definitions = formula.definitions
    ratios = {**definitions.rates(), **definitions.means()}
    if formula.figure in ratios:
        labels = [line.partition(" = ") for line in definitions.explain().splitlines()[1:]]
        wanted = {name: place for place, name in enumerate(ratios)}[formula.figure]
        text = labels[wanted][2]
        if definitions.hold_in_talk:
            text += " where talk includes hold"
    else:
        text = {
            "all": "every row",
            "without_short": f"{formula.figure} without short abandons",
        }.get(formula.name, formula.name.replace("+", " + ").replace("flow_out", "flow-outs"))
    if formula.threshold is not None:
        text += f", T = {formula.threshold:g} s, wait {'<=' if definitions.inclusive else '<'} T"
    if formula.short is not None:
        text += f", short is <= {formula.short:g} s"
    return text


def _with(definitions: Definitions, formula: Formula) -> Definitions:
    """The set so far with what the formula says of its own figure."""
    fields = {
        "service_level": ("service_level", "include_flowout", "inclusive"),
        "answer_rate": ("answer_rate",),
        "abandonment_rate": ("abandonment_rate",),
        "asa": ("asa",),
        "aht": ("aht", "hold_in_talk"),
    }.get(formula.figure, ())
    return replace(definitions, **{name: getattr(formula.definitions, name) for name in fields})


def _residuals(found: Mapping[str, list[_Explanation]], report: Report) -> Any:
    names = [*report.keys, *(["start"] if report.start is not None else [])]
    rows = np.tile(np.arange(report.rows), len(found))
    columns: dict[str, Any] = {name: groups.take(report.frame[name], rows) for name in names}
    columns["figure"] = [figure for figure in found for _ in range(report.rows)]
    reported = np.concatenate([report.printed[figure] for figure in found])
    computed = np.concatenate([each[0].computed for each in found.values()])
    sides = {"reported": reported, "computed": computed, "residual": computed - reported}
    return frames.result(report.frame, columns, sides, {"function": "reconcile"})


def _frame(report: Report, columns: Mapping[str, list[Any]]) -> Any:
    text = {"figure", "definition", "formula", "operator", "attribute_to"}
    made: dict[str, Any] = {
        name: values if name in text else np.asarray(values) for name, values in columns.items()
    }
    return frames.result(report.frame, {}, made, {"function": "reconcile"})
