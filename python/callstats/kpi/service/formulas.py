"""Every way to make a figure that a report may hold, and the counts of a log that it takes."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._tables import durations, groups, periods
from callstats._tables.checks import listed, shown
from callstats.kpi.calls.definitions import SERVICE_LEVELS, Definitions
from callstats.kpi.calls.log import OUTCOMES
from callstats.kpi.calls.thresholds import limit
from callstats.kpi.service.reported import Report, local_clock

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from callstats._tables.table import Table

    Floats = NDArray[np.float64]

_THRESHOLDS = (5.0, 10.0, 15.0, 20.0, 25.0, 30.0, 40.0, 45.0, 60.0, 90.0, 120.0, 180.0)
_SHORTS = (2.0, 3.0, 5.0, 6.0, 8.0, 10.0)
MINUTE = 60 * periods.NANOSECONDS


@dataclass(frozen=True)
class Formula:
    """One way to make a figure, as far as it can be told by `Definitions` and limits."""

    figure: str
    name: str
    definitions: Definitions
    threshold: float | None = None
    short: float | None = None

    @property
    def within(self) -> float:
        """The longest wait that is within the threshold."""
        limit = self.threshold or 0.0
        # wait < T is wait <= the number below T.
        return limit if self.definitions.inclusive else float(np.nextafter(limit, -np.inf))

    @property
    def limits(self) -> list[float]:
        """The longest waits that its counts ask for."""
        return [self.within, *([] if self.short is None else [self.short])]


@dataclass(frozen=True)
class Clock:
    """Which instant owns a call, and how far the report's clock is ahead of the log's."""

    attribute_to: str
    shift: int


def _chosen(**fields: Any) -> Definitions:
    """The default definitions with some fields changed."""
    return Definitions(**fields)


def formulas_of(figure: str, report: Report, threshold: Any, short_abandon: Any) -> list[Formula]:
    """Every way to make a figure, the default definition first."""
    default = Definitions()
    fixed = report.thresholds.get(figure)
    limits = [fixed] if fixed is not None else _limits("threshold", threshold, _THRESHOLDS)
    shorts = _limits("short_abandon", short_abandon, _SHORTS)
    if figure == "service_level":
        return [
            Formula(
                figure,
                variant + ("+flow_out" if flowout else ""),
                _chosen(service_level=variant, include_flowout=flowout, inclusive=inclusive),
                limit,
                short,
            )
            for variant, flowout, inclusive, limit in itertools.product(
                SERVICE_LEVELS, (False, True), (True, False), limits
            )
            for short in (shorts if "short" in variant else (None,))
        ]
    if figure in {"answer_rate", "abandonment_rate"}:
        bases = ["answered+abandoned", "answered+abandoned+flow_out", "all"]
        if figure == "abandonment_rate":
            bases += ["drop_short", "short_not_counted"]
        return [
            Formula(figure, base, _chosen(**{figure: base}), None, short)
            for base in bases
            for short in (shorts if "short" in base else (None,))
        ]
    if figure == "asa":
        choices = ("answered", "all_waits")
        return [Formula(figure, each, _chosen(asa=each)) for each in choices]
    if figure in {"aht", "att"}:
        parts = ("talk+hold+acw", "talk+acw", "talk+hold", "talk") if figure == "aht" else ("talk",)
        return [
            Formula(
                figure,
                part + (" (talk includes hold)" if inside else ""),
                _chosen(aht=part, hold_in_talk=inside),
            )
            for inside in (False, True)
            for part in parts
        ]
    if figure == "offered":
        bases = ["all", "answered+abandoned", "answered+abandoned+flow_out"]
        plain = [Formula(figure, base, default) for base in bases]
        return plain + [Formula(figure, "without_short", default, None, each) for each in shorts]
    if figure == "abandoned":
        without = [Formula(figure, "without_short", default, None, each) for each in shorts]
        return [Formula(figure, "abandoned", default), *without]
    return [Formula(figure, "answered", default)]


def _limits(name: str, given: Any, usual: Sequence[float]) -> list[float]:
    if given is None:
        return list(usual)
    several = isinstance(given, list | tuple | set | range | np.ndarray)
    rule = "one or several durations"
    limits = [limit(name, each) for each in (listed(name, given, rule) if several else [given])]
    if not limits:
        raise ValueError(f"{name} must be {rule}; got {shown(given)}")
    return limits


def clocks_of(log: Table, report: Report, shifts: Iterable[Any] | None) -> list[Clock]:
    """Every clock that a report may follow, the log's own first."""
    if report.start is None:
        return [Clock("arrival", 0)]
    if shifts is None:
        given = sorted(range(-24, 29), key=abs)
        steps = [half * 30 * MINUTE for half in given]
    else:
        steps = [_shift(each) for each in shifts]
    owners = ["arrival", "answer"]
    if log.has("end") or log.has("talk"):
        owners.append("end")
    return [Clock(owner, step) for step in steps for owner in owners]


def _shift(given: Any) -> int:
    if isinstance(given, str) and given.strip().startswith("-"):
        return -_shift(given.strip()[1:])
    seconds = durations.seconds("shifts", given)
    if not isinstance(seconds, int | float | np.number) or not np.isfinite(seconds):
        raise TypeError(f"shifts must be durations; got {given!r}")
    return round(float(seconds) * periods.NANOSECONDS)


class Tally:
    """Counts of the calls for every limit, by key and owner's instant, put into cells on demand."""

    def __init__(
        self,
        log: Table,
        columns: Any,
        valid: NDArray[np.bool_],
        report: Report,
        formulas: Sequence[Formula],
    ) -> None:
        self.report = report
        self.columns = columns
        self.rows = np.flatnonzero(valid)
        both = [_paired_codes(log.frame[key], report.frame[key], key) for key in report.keys]
        call_key = np.zeros(log.rows, np.int64)
        cell_key = np.zeros(report.rows, np.int64)
        for calls_codes, cells_codes, size in both:
            call_key = call_key * size + calls_codes
            cell_key = cell_key * size + cells_codes
        self.call_key, self.cell_key = call_key, cell_key
        self.rows = self.rows[np.isin(call_key[self.rows], cell_key)]
        self.local = log.zone.key is not None
        self.zone = log.zone
        self._placed: dict[Clock, NDArray[np.int64]] = {}
        self._owners: dict[str, NDArray[np.int64]] = {}
        start = np.zeros(report.rows, np.int64) if report.start is None else report.start
        if len({*zip(cell_key.tolist(), start.tolist(), strict=True)}) < report.rows:
            keys = [*report.keys, *(["start"] if report.start is not None else [])]
            msg = f"reported must have one row for each of {', '.join(keys) or 'all calls'}"
            raise ValueError(msg)
        answered = columns.outcome == OUTCOMES.index("answered")
        timed = answered & ~np.isnan(columns.seconds("talk"))
        self.masks = {
            "answered": answered,
            "abandoned": columns.outcome == OUTCOMES.index("abandoned"),
            "flow_out": columns.outcome == OUTCOMES.index("flow_out"),
            "offered": np.ones(log.rows, bool),
            "handled_timed": timed,
        }
        self.weights = {
            "wait_sum_answered": np.where(answered, columns.wait, 0.0),
            "wait_sum_all": columns.wait,
            **{
                f"{part}_sum": np.where(timed, np.nan_to_num(columns.seconds(part)), 0.0)
                for part in ("talk", "hold", "acw")
            },
        }
        self._counted: dict[tuple[Clock, str], Floats] = {}
        # In the order of what is added, so that the order of the rows cannot show in a sum.
        order = np.lexsort((columns.seconds("talk")[self.rows], columns.wait[self.rows]))
        self.rows = self.rows[order]
        #: Every limit of a wait that a formula asks for, in ascending order.
        self.edges = np.unique(np.array([each for formula in formulas for each in formula.limits]))
        self._bins = np.searchsorted(self.edges, columns.wait[self.rows])

    def cells(self, clock: Clock) -> NDArray[np.int64]:
        """The reported cell of each call that is counted; -1 where none."""
        if clock in self._placed:
            return self._placed[clock]
        key = self.call_key[self.rows]
        if self.report.start is None:
            order = np.argsort(self.cell_key, kind="stable")
            placed = _looked_up(self.cell_key[order], key, order)
        else:
            local = self._owner(clock.attribute_to)[self.rows] + clock.shift
            origin = int(self.report.start.min())
            number = np.floor_divide(local - origin, self.report.step)
            cell = np.floor_divide(self.report.start - origin, self.report.step)
            low = int(min(number.min(initial=0), cell.min(initial=0)))
            width = int(max(number.max(initial=0), cell.max(initial=0))) - low + 1
            wanted = self.cell_key * width + (cell - low)
            order = np.argsort(wanted, kind="stable")
            placed = _looked_up(wanted[order], key * width + (number - low), order)
        self._placed = {clock: placed}
        self._counted = {}
        return placed

    def _owner(self, attribute_to: str) -> NDArray[np.int64]:
        if attribute_to not in self._owners:
            recorded = self.columns.owner(attribute_to)
            self._owners[attribute_to] = (
                local_clock(recorded, self.zone) if self.local else recorded
            )
        return self._owners[attribute_to]

    def sum(self, clock: Clock, name: str, limit: float | None = None) -> Floats:
        """A count or sum in each reported cell; with a limit, of calls that waited within it."""
        placed = self.cells(clock)
        if limit is not None:
            return self._within(clock, name)[:, np.searchsorted(self.edges, limit)]
        if (clock, name) not in self._counted:
            inside = placed >= 0
            weights = None
            if name in self.weights:
                weights = self.weights[name][self.rows][inside]
            else:
                inside &= self.masks[name][self.rows]
            self._counted[clock, name] = np.bincount(
                placed[inside], weights=weights, minlength=self.report.rows
            ).astype(np.float64)
        return self._counted[clock, name]

    def _within(self, clock: Clock, name: str) -> Floats:
        """Calls within each edge, in each cell: one count by cell and bin, then added up."""
        if (clock, f"{name} within") not in self._counted:
            placed = self.cells(clock)
            inside = (placed >= 0) & self.masks[name][self.rows]
            bins = self.edges.size + 1
            number = np.bincount(
                placed[inside] * bins + self._bins[inside], minlength=self.report.rows * bins
            )
            table = np.cumsum(number.reshape(self.report.rows, bins), axis=1).astype(np.float64)
            unknown = inside & np.isnan(self.columns.wait[self.rows])
            table[np.bincount(placed[unknown], minlength=self.report.rows) > 0] = np.nan
            self._counted[clock, f"{name} within"] = table
        return self._counted[clock, f"{name} within"]

    def figure(self, clock: Clock, formula: Formula) -> Floats:
        """A figure by a formula in each reported cell."""
        counts = _Lazy(self, clock, formula)
        definitions = formula.definitions
        if formula.figure in {"offered", "answered", "abandoned"}:
            return _count(formula, counts)
        ratios = {**definitions.rates(), **definitions.means()}
        above, below = ratios[formula.figure].sides(counts)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(above / below, dtype=np.float64)


class _Lazy(dict[str, Any]):
    """The counts that a formula asks for by name, made when asked."""

    def __init__(self, tally: Tally, clock: Clock, formula: Formula) -> None:
        super().__init__()
        self.tally, self.clock, self.formula = tally, clock, formula

    def __missing__(self, name: str) -> Floats:
        limit: float | None = None
        if name in {"answered_within", "abandoned_within"}:
            limit = self.formula.within
            name = name.removesuffix("_within")
        elif name == "short_abandoned":
            name, limit = "abandoned", self.formula.short
        return self.tally.sum(self.clock, name, limit)


def _count(formula: Formula, counts: Mapping[str, Floats]) -> Floats:
    short = counts["short_abandoned"] if formula.short is not None else 0.0
    if formula.figure == "offered" and formula.name != "all":
        total = counts["answered"] + counts["abandoned"] - short
        return total + counts["flow_out"] if formula.name.endswith("flow_out") else total
    return counts[formula.figure] - short


def _looked_up(
    ordered: NDArray[np.int64], wanted: NDArray[np.int64], order: NDArray[np.int64]
) -> NDArray[np.int64]:
    if not ordered.size:
        return np.full(wanted.size, -1)
    place = np.minimum(np.searchsorted(ordered, wanted), ordered.size - 1)
    return np.where(ordered[place] == wanted, order[place], -1)


def _paired_codes(
    calls: Any, cells: Any, key: str
) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Keys of both sides numbered alike; text and categories count as the text they show."""
    known: dict[Any, int] = {}
    codes = []
    for series in (cells, calls):
        numbered = groups.key_codes(series)
        size = int(numbered.max(initial=-1)) + 1
        first = np.zeros(size, np.int64)
        first[numbered[::-1]] = np.arange(numbered.size - 1, -1, -1)
        values = [None if v != v else v for v in groups.take(series, first).to_list()]  # noqa: PLR0124 - NaN
        table = np.array([known.setdefault(value, len(known)) for value in values], np.int64)
        codes.append(table[numbered] if size else numbered)
    if codes[0].size and codes[1].size and not np.isin(codes[1], codes[0]).any():
        raise ValueError(f"reported: no value of {key!r} is one of the calls'")
    return codes[1], codes[0], len(known)
