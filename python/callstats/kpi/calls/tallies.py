"""What is counted and added up of the calls of each group, before anything is divided."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats import _core
from callstats.kpi.calls import figures
from callstats.kpi.calls.log import ABANDONED, ANSWERED, OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from callstats.kpi.calls.figures import Columns
    from callstats.kpi.calls.log import Calls
    from callstats.kpi.calls.prorata import Worked
    from callstats.kpi.calls.thresholds import Thresholds

#: Sums in two columns of whole numbers: units of 2^-16 s, and the rest in 2^-60 s.
Words = tuple["NDArray[np.int64]", "NDArray[np.int64]"]
#: Rows of which something is not known: how many have no wait (of all, the answered, the
#: abandoned), of how many not answered it was not recorded, of how many nobody knows the transfer.
GAPS = (*figures.WITHOUT_WAIT.values(), "unrecorded", "unrecorded_abandoned", "transfer_unknown")
#: Counts and sums of a tally that need no wait.
_NOT_OF_WAITS = {
    "offered", *OUTCOMES, "transferred", "handled_timed", "talk_sum", "hold_sum", "acw_sum",
    "closed", "flagged",
}  # fmt: skip


@dataclass(frozen=True)
class Tally:
    """Counts, sums, quantiles and gaps by group, each by its name and in the order of a result."""

    #: What adds up: whole numbers, and where time is shared out pro rata `handled_timed`.
    counts: Columns
    #: Sums, rounded once; in seconds.
    seconds: Columns
    quantiles: Columns
    #: Numbers of rows by the names of `GAPS`; nothing where all is known.
    gaps: Columns = field(default_factory=dict)
    #: The sums before they are rounded.
    words: Mapping[str, Words] = field(default_factory=dict)

    def columns(self) -> Columns:
        """All of them, missing where what they need is not known.

        What needs a wait that is not known is made of the others. It is missing where waits were
        not recorded: those of callers who hung up are no sample of all.
        """
        found = {name: self._named(name) for name in self._names()}
        if not self.gaps:
            return found
        gone = self.gaps["unrecorded"] > 0
        hung_up = self.gaps["unrecorded_abandoned"] > 0
        for name, values in found.items():
            if name in _NOT_OF_WAITS:
                continue
            if name.startswith(("abandoned_within", "short_abandoned", "wait_sum_abandoned")):
                found[name] = np.where(hung_up, np.nan, values) if hung_up.any() else values
            elif not name.startswith(("answered_within", "wait_sum_answered")) and gone.any():
                found[name] = np.where(gone, np.nan, values)
        unsure = self.gaps["transfer_unknown"] > 0
        if unsure.any():
            found["transferred"] = np.where(unsure, np.nan, found["transferred"])
        if self.gaps["without_wait"].any():
            found |= {name: self.gaps[name] for name in figures.WITHOUT_WAIT.values()}
        return found

    def with_handled(self, worked: Worked, codes: NDArray[np.int32], *, exact: bool) -> Tally:
        """With the sums of agents' time in the intervals in which it was worked."""
        count = self.counts["offered"].size
        sums = worked.sums(codes, count)
        words = worked.words(codes, count) if exact else {}
        counts = {name: values for name, values in self.counts.items() if name not in sums}
        return replace(
            self, counts=counts, seconds={**self.seconds, **sums}, words={**self.words, **words}
        )

    def beside(self, **counts: NDArray[np.int64] | None) -> Tally:
        """With counts that no figure is made of, where they are given."""
        given = {name: values for name, values in counts.items() if values is not None}
        return replace(self, counts={**self.counts, **given}) if given else self

    def _named(self, name: str) -> Any:
        for held in (self.counts, self.seconds, self.quantiles):
            if name in held:
                return held[name]
        raise KeyError(name)

    def _names(self) -> list[str]:
        """In the order of a result: counts, sums, what hangs on thresholds, quantiles, bins."""
        held = {**self.counts, **self.seconds}
        first = ("offered", *OUTCOMES, "short_abandoned", "transferred", "handled_timed")
        fixed = [name for name in (*first, *figures.SUMS) if name in held]
        level = [name for name in held if name.startswith(figures.AT_THRESHOLD)]
        # Those of one threshold together: the names differ in their beginning alone.
        ends = dict.fromkeys(name.removeprefix(_stem(name)) for name in level)
        level = [f"{stem}{end}" for end in ends for stem in figures.AT_THRESHOLD]
        bins = [name for name in held if name.startswith("waits_")]
        return [*fixed, *level, *self.quantiles, *bins]


def _stem(name: str) -> str:
    """The longest name of a figure at a threshold that `name` begins with."""
    return max((stem for stem in figures.AT_THRESHOLD if name.startswith(stem)), key=len)


@dataclass(frozen=True)
class Waits:
    """How often each wait occurs in each group: rows in order of group and wait."""

    group: NDArray[np.int32]
    wait: NDArray[np.float64]
    count: NDArray[np.int64]
    #: Whether it ended in hanging up, where that is told apart.
    marked: NDArray[np.bool_] | None = None

    def quantiles(self, count: int, *, linear: bool) -> Columns:
        """Those of a summary, of every group."""
        probabilities = list(figures.QUANTILES.values())
        rows = _core.kpi_count_quantiles(
            self.group, self.wait, self.count, probabilities, linear, count
        )
        return dict(zip(figures.QUANTILES, rows, strict=True))

    def regrouped(self, codes: NDArray[np.int32], count: int) -> Waits:
        """The same in other groups: `codes` has that of each old one."""
        return counted_waits(codes[self.group], self.wait, count, self.marked, self.count)


def counted_waits(
    codes: NDArray[np.int32],
    wait: NDArray[np.float64],
    count: int,
    marked: NDArray[np.bool_] | None = None,
    counts: NDArray[np.int64] | None = None,
) -> Waits:
    """Waits counted, each row for one of them or for `counts`."""
    found = _core.kpi_wait_counts(
        np.ascontiguousarray(codes, np.int32),
        np.ascontiguousarray(wait),
        marked,
        None if counts is None else np.ascontiguousarray(counts),
        count,
    )
    return Waits(
        found["group"].astype(np.int32),
        found["wait"],
        found["count"],
        None if marked is None else found["marked"],
    )


def waits_of(columns: Calls, codes: NDArray[np.int32], count: int) -> Waits:
    """The known waits of the rows that are counted."""
    if columns.unknown is not None:
        codes = np.where(columns.unknown, np.int32(-1), codes)
    return counted_waits(codes, columns.wait, count)


def tally(
    columns: Calls,
    *,
    codes: NDArray[np.int32],
    count: int,
    thresholds: Thresholds,
    short: float,
    inclusive: bool,
    linear: bool = False,
    edges: Sequence[float] = (),
    exact: bool = False,
) -> Tally:
    """Counts, sums, quantiles and bins of every group; rows with code -1 are left out.

    `exact`: the sums are wanted before they are rounded, too.
    """
    options: dict[str, Any] = {
        "count": count,
        "thresholds": thresholds,
        "short": short,
        "inclusive": inclusive,
        "linear": linear,
        "edges": edges,
        "exact": exact,
    }
    unknown = columns.unknown
    if unknown is None or not (unknown & (codes >= 0)).any():
        unknown = None
        found = _of_waits(columns, codes, **options)
    else:
        filled = replace(columns, wait=np.where(unknown, 0.0, columns.wait))
        whole = _of_waits(filled, codes, **options)
        known = _of_waits(filled, np.where(unknown, np.int32(-1), codes), **options)
        found = _joined(whole, known)
    unsure = columns.transfer_unknown
    if unsure is not None and not (unsure & (codes >= 0)).any():
        unsure = None
    if unknown is None and unsure is None:
        return found
    return replace(found, gaps=_gaps(columns, codes, count, unknown, unsure))


def _joined(whole: Tally, known: Tally) -> Tally:
    """A tally of rows with a known wait, but for what needs no wait."""

    def chosen(all_rows: Mapping[str, Any], others: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: all_rows[name] if name in _NOT_OF_WAITS else values
            for name, values in others.items()
        }

    return Tally(
        chosen(whole.counts, known.counts),
        chosen(whole.seconds, known.seconds),
        known.quantiles,
        words=chosen(whole.words, known.words),
    )


def _gaps(
    columns: Calls,
    codes: NDArray[np.int32],
    count: int,
    unknown: NDArray[np.bool_] | None,
    unsure: NDArray[np.bool_] | None,
) -> Columns:
    """How many rows of each group there is something unknown of."""

    def counted(rows: NDArray[np.bool_] | None) -> NDArray[np.int64]:
        if rows is None:
            return np.zeros(count, np.int64)
        return np.bincount(codes[rows & (codes >= 0)], minlength=count).astype(np.int64, copy=False)

    def among(rows: NDArray[np.bool_] | None, outcome: int) -> NDArray[np.int64]:
        return counted(None if rows is None else rows & (columns.outcome == outcome))

    gone = None
    if unknown is not None and columns.unrecorded is not None:
        gone = columns.unrecorded & (columns.outcome != ANSWERED)
    return {
        "without_wait": counted(unknown),
        "answered_without_wait": among(unknown, ANSWERED),
        "abandoned_without_wait": among(unknown, ABANDONED),
        "unrecorded": counted(gone),
        "unrecorded_abandoned": among(gone, ABANDONED),
        "transfer_unknown": counted(unsure),
    }


def _of_waits(
    columns: Calls,
    codes: NDArray[np.int32],
    *,
    count: int,
    thresholds: Thresholds,
    short: float,
    inclusive: bool,
    linear: bool,
    edges: Sequence[float],
    exact: bool,
) -> Tally:
    own, beyond = thresholds.counts(columns, codes, count, inclusive=inclusive)
    (counts, sums), by_threshold, quantiles, bins, words = _core.kpi_tally(
        codes,
        columns.wait,
        columns.outcome,
        (columns.talk, columns.hold, columns.acw, columns.transferred),
        (
            [] if own else thresholds.seconds,
            inclusive,
            short,
            list(figures.QUANTILES.values()),
            linear,
            list(edges),
        ),
        count,
        exact,
    )
    if columns.transferred is None:
        del counts["transferred"]
    counts, sums = {**counts, **own}, dict(sums)
    for place, (at_threshold, seconds) in enumerate(by_threshold):
        end = figures.ending(thresholds.seconds, place)
        counts |= {f"{name}{end}": each for name, each in at_threshold.items()}
        sums |= {f"{name}{end}": each for name, each in seconds.items()}
    added = {
        name: (words[2 * place], words[2 * place + 1])
        for place, name in enumerate(sums if exact else ())
    }
    if beyond is not None:
        sums["wait_beyond_sum"] = _core.kpi_sums(codes, beyond, count)
        if exact:
            added["wait_beyond_sum"] = _core.kpi_sum_words(codes, beyond, count)
    counts |= dict(zip(figures.bin_names(edges), bins, strict=True))
    return Tally(counts, sums, dict(zip(figures.QUANTILES, quantiles, strict=True)), words=added)
