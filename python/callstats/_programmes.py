"""Integer programmes, built as arrays, solved by HiGHS, and checked in plain arithmetic.

HiGHS comes with ``pip install callstats[schedule]``. It works in a thread of its own, so that the
caller hears Ctrl-C whatever the solver does. Nothing that it says is believed: values are rounded
to whole numbers, and objective and rows are worked out again.
"""

from __future__ import annotations

import math
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._tables.checks import number, whole
from callstats.errors import NotConverged

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Places = NDArray[np.int64]

#: Relative error of the solver's objective, and of rows, above which an answer is refused.
_AGREEMENT = 1e-6
#: Relative difference that is no difference.
_EQUAL = 1e-9
#: How often a terminal is reported, and after how long first, seconds.
_TELL_EVERY = 0.5
#: How long a solver is waited for that was asked to stop, seconds: it hears at its next callback.
_GRACE = 0.25
#: Largest denominator of costs that are turned into whole numbers.
_FINEST = 3600
_MOST_THREADS = 1024


@dataclass(frozen=True)
class Limits:
    """When a search ends, and the seed that it repeats by."""

    gap: float = 1e-4
    time_limit: float = 60.0
    node_limit: int | None = None
    seed: int = 0
    threads: int = 1

    @classmethod
    def of(
        cls,
        gap: Any = 1e-4,
        time_limit: Any = 60.0,
        node_limit: Any = None,
        seed: Any = 0,
        threads: Any = 1,
    ) -> Limits:
        """The arguments of a public function, checked."""
        from callstats._tables import durations

        limit = number(
            "time_limit",
            durations.seconds("time_limit", time_limit),
            "> 0 seconds",
            lambda t: t > 0,
        )
        return cls(
            number("gap", gap, ">= 0 and < 1", lambda g: 0 <= g < 1),
            limit,
            None if node_limit is None else whole("node_limit", node_limit, 0, 2_000_000_000),
            whole("seed", seed, 0, 2**31 - 1),
            whole("threads", threads, 1, _MOST_THREADS),
        )

    def within(self, seconds: float, gap: float | None = None, seed: int | None = None) -> Limits:
        """The same with at most so many seconds."""
        return Limits(
            self.gap if gap is None else gap,
            max(0.01, min(seconds, self.time_limit)),
            self.node_limit,
            self.seed if seed is None else seed,
            self.threads,
        )


@dataclass(frozen=True)
class Solution:
    """The best values found, and how far from the best there are they may be."""

    point: Floats
    objective: float
    #: No values have a lower objective.
    bound: float
    #: "optimal", "gap", "time", "nodes" or "interrupted".
    status: str
    seconds: float
    #: What one more unit of each row's bound would cost; of relaxed programmes alone.
    duals: Floats = field(default_factory=lambda: np.zeros(0))

    @property
    def gap(self) -> float:
        """(objective - bound) / objective, 0 where both are 0."""
        distance = max(self.objective - self.bound, 0.0)
        return distance / abs(self.objective) if distance else 0.0


class Programme:
    """Minimise cost x values over rows of linear bounds; every value is >= 0 unless it is said."""

    def __init__(self) -> None:
        self._costs: list[Floats] = []
        self._lowers: list[Floats] = []
        self._uppers: list[Floats] = []
        self._whole: list[NDArray[np.bool_]] = []
        self._row_lowers: list[Floats] = []
        self._row_uppers: list[Floats] = []
        self._entries: list[tuple[Places, Places, Floats]] = []
        self._priced: list[tuple[Places, Floats]] = []
        self.columns = 0
        self.rows = 0

    def variables(
        self,
        count: int,
        cost: Any = 0.0,
        *,
        lower: Any = 0.0,
        upper: Any = np.inf,
        integer: bool = True,
    ) -> Places:
        """So many new variables; their places."""
        for kept, value in ((self._costs, cost), (self._lowers, lower), (self._uppers, upper)):
            kept.append(np.broadcast_to(np.asarray(value, np.float64), count))
        self._whole.append(np.full(count, integer))
        self.columns += count
        return np.arange(self.columns - count, self.columns)

    def price(self, columns: Places, costs: Any) -> None:
        """What variables cost that were made without a cost."""
        self._priced.append(
            (columns, np.broadcast_to(np.asarray(costs, np.float64), columns.shape))
        )

    def constraints(self, count: int, lower: Any = -np.inf, upper: Any = np.inf) -> Places:
        """So many new rows between two bounds; their places."""
        for kept, value in ((self._row_lowers, lower), (self._row_uppers, upper)):
            kept.append(np.broadcast_to(np.asarray(value, np.float64), count))
        self.rows += count
        return np.arange(self.rows - count, self.rows)

    def enter(self, rows: Any, columns: Any, values: Any) -> None:
        """Coefficients, broadcast against each other; those at the same place add up."""
        row, column, value = np.broadcast_arrays(
            np.asarray(rows, np.int64),
            np.asarray(columns, np.int64),
            np.asarray(values, np.float64),
        )
        self._entries.append((row.ravel(), column.ravel(), value.ravel()))

    def row(self, columns: Any, values: Any, lower: float = -np.inf, upper: float = np.inf) -> int:
        """One row of its own; its place."""
        place = int(self.constraints(1, lower, upper)[0])
        self.enter(place, columns, values)
        return place

    @property
    def costs(self) -> Floats:
        """Of each variable."""
        costs = np.concatenate(self._costs) if self._costs else np.zeros(0)
        for columns, more in self._priced:
            costs[columns] += more
        return costs

    def built(self) -> Matrix:
        """The programme as arrays."""
        joined = [
            np.concatenate([entry[part] for entry in self._entries] or [np.zeros(0)])
            for part in range(3)
        ]
        return Matrix.of(self, *joined)

    def solve(
        self,
        limits: Limits,
        *,
        known: Floats | None = None,
        relaxed: bool = False,
        doing: str = "solving",
    ) -> Solution:
        """The best values, or the best that are found within the limits.

        `known` values keep to the rows: they are the answer where the search ends with none.
        """
        return self.built().solve(limits, known=known, relaxed=relaxed, doing=doing)


class Disagreement(ArithmeticError):  # noqa: N818 - what it is
    """The solver's answer is not what its own values say."""


@dataclass
class Matrix:
    """A programme as arrays: bounds may be changed between one solution and the next."""

    costs: Floats
    lowers: Floats
    uppers: Floats
    whole: NDArray[np.bool_]
    row_lowers: Floats
    row_uppers: Floats
    #: Of the coefficients, by column and then by row.
    at_row: Places
    at_column: Places
    coefficients: Floats

    @classmethod
    def of(cls, programme: Programme, rows: Any, columns: Any, values: Floats) -> Matrix:
        """Entries in order, those of one place added up."""
        rows, columns = rows.astype(np.int64), columns.astype(np.int64)
        order = np.lexsort((rows, columns))
        rows, columns, values = rows[order], columns[order], values[order]
        if rows.size:
            first = np.ones(rows.size, bool)
            first[1:] = (np.diff(rows) != 0) | (np.diff(columns) != 0)
            values = np.add.reduceat(values, np.flatnonzero(first))
            rows, columns = rows[first], columns[first]

        def joined(parts: list[Any]) -> Any:
            return np.concatenate(parts) if parts else np.zeros(0)

        return cls(
            programme.costs,
            joined(programme._lowers),  # noqa: SLF001 - the builder of this very class
            joined(programme._uppers),  # noqa: SLF001
            joined(programme._whole).astype(bool),  # noqa: SLF001
            joined(programme._row_lowers),  # noqa: SLF001
            joined(programme._row_uppers),  # noqa: SLF001
            rows,
            columns,
            values,
        )

    def solve(
        self,
        limits: Limits,
        *,
        start: Floats | None = None,
        known: Floats | None = None,
        relaxed: bool = False,
        doing: str = "solving",
    ) -> Solution:
        """As `Programme.solve`; the search begins with `start`."""
        began = time.monotonic()
        if not self.costs.size:
            return Solution(np.zeros(0), 0.0, 0.0, "optimal", 0.0)
        watch = Watch(doing)
        highs = self._opened(limits, start, relaxed)
        watch.run(highs)
        seconds = time.monotonic() - began
        try:
            return self._checked(highs, watch, relaxed=relaxed, seconds=seconds, known=known)
        except Disagreement as failure:
            if start is None:
                raise NotConverged(str(failure)) from None
            # HiGHS 1.16 takes a start for feasible in what its presolve left where it is not.
            left = limits.within(max(limits.time_limit - seconds, 1.0))
            return self.solve(left, known=start, relaxed=relaxed, doing=doing)

    def restricted(self, free: NDArray[np.bool_], values: Floats) -> Matrix:
        """The programme of some variables, where the others have the values given.

        Its objective lacks that of the others; rows without a free variable are left out.
        """
        held = np.where(free, 0.0, values)
        activity = np.bincount(
            self.at_row,
            weights=self.coefficients * held[self.at_column],
            minlength=self.row_lowers.size,
        )
        kept = free[self.at_column]
        rows, at_row = np.unique(self.at_row[kept], return_inverse=True)
        place = np.cumsum(free) - 1
        return Matrix(
            self.costs[free],
            self.lowers[free],
            self.uppers[free],
            self.whole[free],
            self.row_lowers[rows] - activity[rows],
            self.row_uppers[rows] - activity[rows],
            at_row.astype(np.int64),
            place[self.at_column[kept]],
            self.coefficients[kept],
        )

    def _opened(self, limits: Limits, start: Floats | None, relaxed: bool) -> Any:
        highspy = solver()
        highs = _silent(highspy)
        options = {
            "output_flag": False,
            "mip_rel_gap": limits.gap,
            "mip_abs_gap": 1e-9,
            "random_seed": limits.seed,
            "threads": limits.threads,
        }
        if limits.time_limit < np.inf:
            options["time_limit"] = limits.time_limit
        if limits.node_limit is not None:
            options["mip_max_nodes"] = limits.node_limit
        for name, value in options.items():
            highs.setOptionValue(name, value)
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = self.costs.size, self.row_lowers.size
        model.col_cost_, model.col_lower_, model.col_upper_ = self.costs, self.lowers, self.uppers
        model.row_lower_, model.row_upper_ = self.row_lowers, self.row_uppers
        model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        begin = np.searchsorted(self.at_column, np.arange(self.costs.size + 1))
        model.a_matrix_.start_ = begin.astype(np.int32)
        model.a_matrix_.index_ = self.at_row.astype(np.int32)
        model.a_matrix_.value_ = self.coefficients
        if not relaxed and self.whole.any():
            kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
            model.integrality_ = [kinds[each] for each in self.whole.tolist()]
        highs.passModel(model)
        if start is not None:
            first = highspy.HighsSolution()
            first.col_value = start.tolist()
            highs.setSolution(first)
        return highs

    def _checked(
        self, highs: Any, watch: Watch, *, relaxed: bool, seconds: float, known: Floats | None
    ) -> Solution:
        """The solver's answer, worked out again from its rounded values."""
        highspy = solver()
        info, status = highs.getInfo(), highs.getModelStatus()
        mixed = not relaxed and bool(self.whole.any())
        words = {
            highspy.HighsModelStatus.kOptimal: "optimal",
            highspy.HighsModelStatus.kTimeLimit: "time",
            highspy.HighsModelStatus.kInterrupt: "interrupted",
            highspy.HighsModelStatus.kSolutionLimit: "nodes",
            highspy.HighsModelStatus.kIterationLimit: "nodes",
        }
        found = info.primal_solution_status == 2
        if status not in words or not (found or (known is not None and mixed)):
            what = highs.modelStatusToString(status)
            raise NotConverged(f"{watch.doing}: no solution after {seconds:.1f} s ({what})")
        solution = highs.getSolution()
        values = np.array(solution.col_value) if found or known is None else known.copy()
        if mixed:
            values[self.whole] = np.rint(values[self.whole])
        objective = float(self.costs @ values)
        reported = float(info.objective_function_value) if found else objective
        self._refuse_wrong(values, objective, reported, watch.doing)
        word = words[status]
        bound = float(info.mip_dual_bound) if mixed else reported
        if not mixed and word != "optimal":
            bound = -np.inf
        bound, word = self._proven(objective, bound, word, mixed=mixed)
        duals = np.array(solution.row_dual) if relaxed else np.zeros(0)
        return Solution(values, objective, bound, word, seconds, duals)

    def _refuse_wrong(self, values: Floats, objective: float, reported: float, doing: str) -> None:
        activity = np.bincount(
            self.at_row,
            weights=self.coefficients * values[self.at_column],
            minlength=self.row_lowers.size,
        )
        allowed = _AGREEMENT * (10 + np.abs(activity))
        broken = (activity < self.row_lowers - allowed) | (activity > self.row_uppers + allowed)
        outside = (values < self.lowers - _AGREEMENT) | (values > self.uppers + _AGREEMENT)
        if broken.any() or outside.any():
            msg = f"{doing}: the solver's values break {broken.sum() + outside.sum()} bounds"
            raise Disagreement(msg)
        if abs(objective - reported) > _AGREEMENT * max(1.0, abs(objective)):
            raise Disagreement(
                f"{doing}: the solver's objective is {reported!r}, that of its values {objective!r}"
            )

    def _proven(
        self, objective: float, bound: float, word: str, *, mixed: bool
    ) -> tuple[float, str]:
        """The bound, rounded up where costs are whole, and whether it proves the optimum."""
        slack = _AGREEMENT * max(1.0, abs(objective))
        if bound > objective + slack:
            msg = f"the solver's bound {bound!r} is above the objective of its values {objective!r}"
            raise Disagreement(msg)
        priced = self.costs != 0
        if mixed and bound > -np.inf and (self.whole | ~priced).all():
            unit = integral_unit(self.costs[priced])
            if unit:
                bound = math.ceil(bound / unit - _AGREEMENT) * unit
        if objective - bound <= _EQUAL * max(1.0, abs(objective)):
            bound = objective
        if word == "optimal" and objective - bound > slack:
            word = "gap"
        elif objective - bound <= slack and word != "interrupted":
            word = "optimal"
        return bound, word


def integral_unit(costs: Any) -> float:
    """The largest number that all costs are whole multiples of; 0 where there is none to see.

    >>> integral_unit([8.0, 4.5]), integral_unit([0.1, 1 / 3]), integral_unit([2**0.5])
    (0.5, 0.03333333333333333, 0.0)
    """
    values = np.abs(np.asarray(costs, np.float64))
    for parts in range(1, _FINEST + 1) if values.size else ():
        scaled = values * parts
        if (np.abs(scaled - np.rint(scaled)) <= 1e-9 * np.maximum(scaled, 1)).all():
            if scaled.max() > 2**52:
                return 0.0
            return int(np.gcd.reduce(np.rint(scaled).astype(np.int64))) / parts
    return 0.0


def solver() -> Any:
    """The package of HiGHS, or an error that says how to get it."""
    try:
        import highspy
    except ImportError:
        raise ImportError("schedules need HiGHS: pip install callstats[schedule]") from None
    return highspy


def _silent(highspy: Any) -> Any:
    """A solver that prints nothing: as it comes it greets on standard output when it is made."""

    class Silent(highspy.Highs):  # type: ignore[misc]
        def enableCallbacks(self) -> None:  # noqa: N802 - the name that HiGHS calls
            self.setOptionValue("output_flag", False)
            super().enableCallbacks()

    return Silent()


class Watch:
    """Waits for the solver, tells a terminal how far it is, and hears Ctrl-C.

    On a terminal the first Ctrl-C ends the search with the best plan so far and the second raises;
    elsewhere the first one raises.
    """

    def __init__(self, doing: str) -> None:
        self.doing = doing
        self._stop = False
        self._over = threading.Event()
        self._failure: BaseException | None = None
        self._seen: tuple[float, float] | None = None
        self._telling = sys.stderr is not None and sys.stderr.isatty()

    def run(self, highs: Any) -> None:
        """Run the solver to its end."""
        highs.cbMipInterrupt.subscribe(self._look)
        highs.cbSimplexInterrupt.subscribe(self._look)
        highs.cbIpmInterrupt.subscribe(self._look)
        # Python waits for it when it ends: a solver that is cut off there aborts the process.
        thread = threading.Thread(target=self._work, args=(highs,))
        began = time.monotonic()
        thread.start()
        wrote = False
        try:
            wrote = self._wait(began)
        except KeyboardInterrupt:
            self._stop = True
            if not self._telling or self._seen is None or not self._seen[0] < 1e100:
                self._over.wait(_GRACE)
                raise
            sys.stderr.write("\rthe best plan so far is returned; Ctrl-C again gives it up\x1b[K")
            wrote = True
            self._over.wait()
        except BaseException:
            self._stop = True
            self._over.wait(_GRACE)
            raise
        finally:
            if wrote:
                sys.stderr.write("\r\x1b[K")
                sys.stderr.flush()
        thread.join()
        if self._failure is not None:
            raise self._failure

    def _wait(self, began: float) -> bool:
        wrote = False
        while not self._over.wait(_TELL_EVERY):
            if self._telling and self._seen is not None:
                best, bound = self._seen
                best_text = f"{best:,.6g}" if best < 1e100 else "none yet"
                gap = f", gap {(best - bound) / abs(best):.2%}" if 0 < abs(best) < 1e100 else ""
                sys.stderr.write(
                    f"\r{self.doing}: best {best_text}, bound {bound:,.6g}{gap}, "
                    f"{time.monotonic() - began:.0f} s\x1b[K"
                )
                sys.stderr.flush()
                wrote = True
        return wrote

    def _work(self, highs: Any) -> None:
        try:
            highs.run()
            # The pool belongs to this thread, which ends; another one starts its own.
            highs.resetGlobalScheduler(True)
        except BaseException as failure:
            self._failure = failure
        finally:
            self._over.set()

    def _look(self, event: Any) -> None:
        data = event.data_out
        self._seen = (float(data.mip_primal_bound), float(data.mip_dual_bound))
        if self._stop:
            event.interrupt()
