"""Whether a queue model would have told what was seen, interval by interval."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from callstats import _core, erlang
from callstats._tables import frames, groups, periods
from callstats._tables.checks import number, one_of
from callstats._tables.groups import divided
from callstats._tables.table import Table
from callstats.errors import InvalidDataError
from callstats.kpi.calls import figures, prorata
from callstats.kpi.calls.definitions import Definitions
from callstats.kpi.calls.log import BLOCKED, OUTCOMES, Calls, read_calls, waits_not_known
from callstats.kpi.calls.tallies import tally
from callstats.kpi.calls.thresholds import Thresholds, limit, plain
from callstats.kpi.exports.advice import read_log

if TYPE_CHECKING:
    import datetime
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from callstats.erlang import Patience
    from callstats.typing import Frame, OnError

    Floats = NDArray[np.float64]

Definition = Literal["offered", "answered", "exclude_abandoned_within", "count_abandoned_within"]
_DEFINITIONS = ("offered", "answered", "exclude_abandoned_within", "count_abandoned_within")
_RATES = ("service_level", "abandonment_rate")
_FIGURES = (*_RATES, "asa", "mean_wait")
_COUNTS = ("answered", "abandoned", "answered_within", "abandoned_within")
_SUMS = ("wait_sum_answered", "wait_sum_all")
#: How a log is read and judged.
OPTIONS = (
    "freq",
    "by",
    "agents",
    "threshold",
    "definition",
    "inclusive",
    "confidence",
    "agent",
    "timezone",
    "on_error",
)
#: The patience of each group by its own hazard; where its bins begin, in seconds.
_MEASURED = "measured"
_EDGES = (0.0, 5.0, 10.0, 15.0, 20.0, 30.0, 60.0, 120.0, 180.0, 300.0, 600.0)
#: Two-sided 95 %.
_TAIL = 0.025
_NO_AGENTS = "nobody knows how many agents there were"


def compare_with_erlang(
    calls: Frame,
    *,
    freq: Any = "30min",
    by: str | Sequence[str] = (),
    agents: float | Frame | None = None,
    patience: Any = None,
    threshold: Any = 20,
    definition: Definition = "offered",
    inclusive: bool = True,
    confidence: float = 0.95,
    agent: str = "agent",
    timezone: str | datetime.tzinfo | None = None,
    on_error: OnError = "raise",
) -> Frame:
    """Service level, abandonment and waits seen against those that Erlang A expects.

    One row a group and interval and a row for each group as a whole: how far the model may be
    trusted here before it staffs anything.

    Parameters
    ----------
    calls : DataFrame
        A log of calls with `arrival`, `wait`, `outcome` and `talk`; `hold`, `acw`, `answer` and
        the agent where there are such columns.
    freq : duration or "day", "week", "month"
        Length of the intervals, as in `summarize`; a call belongs to that of its arrival.
    by : str or sequence of str
        Columns to group by. A missing key is a key of its own and comes last.
    agents : float or DataFrame, optional
        How many agents served the group: one number, or a frame with the columns of `by`, `start`
        (inside the interval) and `agents`, such as a roster gives. Default: the agents seen, those
        with a call between answer and end of the after-call work that touches the interval. That is
        too many where agents stay for a part of the interval or serve other groups too, and too few
        where some had no call.
    patience : duration, Patience or "measured", optional
        Mean patience, or a `callstats.erlang.Patience`. Default: each group's own mean as
        `kpi.patience` estimates it, from all its calls; inf, which is Erlang C, where nobody hung
        up. "measured": each group's own hazard by time waited, as `kpi.patience_hazard` has it.
    threshold : duration
        T of "within T"; >= 0 s.
    definition : {"offered", "answered", "exclude_abandoned_within", "count_abandoned_within"}
        The service level, on both sides.
    inclusive : bool
        Whether a wait of T itself is within T.
    confidence : float
        Of the limits of what was seen; between 0 and 1.
    agent : str
        Column of the agent, where `agents` is not given.
    timezone : str, optional
        The zone of the labels, and of times that have none. Default: that of the arrivals.
    on_error : {"raise", "drop", "flag"}
        What to do with rows that break a rule; "drop" and "flag" leave them out.

    Returns
    -------
    DataFrame
        Sorted by the keys, then by `start`; the row of the whole group is its last.

        - `row`: "interval" or "total"; `start` is missing in a total.
        - `intervals`: 1 where both sides are known, else 0 (no call, no handle time, no number of
          agents); in a total how many. A total adds those up and nothing else, and divides again:
          it is no mean of rates.
        - `calls` = answered + abandoned, the arrivals of the model; flow-outs, callbacks and
          blocked calls are none. `aht` of the interval's calls, that of the group where none has a
          talk time; `load` = calls x aht / length; `agents`; `patience`. Seconds and erlangs; in a
          total `load` and `agents` are means over its intervals.
        - For `service_level`, `abandonment_rate`, `asa` and `mean_wait` (of `calls`): what was
          seen, `expected_…`, `…_difference` (seen - expected), and `…_absolute_difference`, in a
          total the mean over its calls (over the answered for `asa`), where differences of both
          signs do not cancel. The two rates have Wilson limits `_low` and `_high` of what was seen.
        - `answered`, `abandoned`, `answered_within`, `abandoned_within`, and the same `expected_…`.

    Raises
    ------
    ValueError
        A column is missing, an argument is out of range, rows break a rule, or `agents` has two
        rows for one interval.

    Notes
    -----
    The model is stationary in each interval: a backlog carried over from the one before is seen and
    not expected (`callstats.day.compare` shows what that amounts to). It takes the calls that came
    as their mean number. Calls of one interval wait together, so that limits are narrower than
    chance: judge by the total and by many intervals.

    Examples
    --------
    >>> from callstats.datasets import anonymous_bank
    >>> bank = anonymous_bank()
    >>> shift = bank[(bank["queue"] == "bank") & (bank["arrival"].dt.hour.between(9, 16))]
    >>> table = compare_with_erlang(shift, freq="1h", threshold=30)
    >>> table.loc[table["row"] == "total", "intervals"].tolist()
    [182]
    """
    given = given_patience(patience)
    arguments = locals()
    options = {name: arguments[name] for name in OPTIONS}
    compared = Comparison.of(calls, options)
    log, meaning = compared.log, compared.meaning
    system = compared.system(given)
    rows = compared.rows(system)
    order = rows.order
    count, total = len(compared.cells), len(compared.whole)
    missing = np.full(total, periods.MISSING)
    starts = np.concatenate([compared.place.start, missing])[order]
    found: dict[str, Any] = {
        "row": np.where(order < count, "interval", "total").tolist(),
        "start": periods.labels("start", starts, log.zone, log.frame),
        **rows.columns(),
    }
    about = {
        "function": "compare_with_erlang",
        "definitions": meaning.to_dict(),
        "threshold": plain(compared.threshold),
        "freq": compared.label,
        "timezone": log.zone.name,
        **log.summary(compared.valid),
        **waits_not_known(compared.columns, compared.valid),
        **system.willing.about(),
    }
    examples = np.concatenate([compared.cells.example, compared.whole.example])[order]
    return frames.result(log.frame, log.at(compared.keys, examples), found, about)


@dataclass(frozen=True)
class Comparison:
    """A log whose intervals are ready to be held against queue models."""

    log: Table
    keys: list[str]
    columns: Calls
    valid: NDArray[np.bool_]
    cells: groups.Groups
    whole: groups.Groups
    place: _Place
    seen: figures.Columns
    aht: Floats
    agents: Floats
    meaning: Definitions
    threshold: float
    label: str

    @classmethod
    def of(cls, calls: Frame, options: dict[str, Any]) -> Comparison:
        """Read a log by the `OPTIONS` of `compare_with_erlang`."""
        names = ("inclusive", "confidence")
        meaning = _meaning(options["definition"], **{name: options[name] for name in names})
        seconds = limit("threshold", options["threshold"])
        spacing = periods.parse_freq(options["freq"])
        log = read_log(calls, "calls", on_error=options["on_error"], timezone=options["timezone"])
        keys = log.keys(options["by"])
        columns = read_calls(log, arrival=True, keys=keys, needed=("answer",), each_wait=True)
        assert columns.arrival is not None  # noqa: S101 - `read_calls` was asked to require it
        log.require("talk")
        valid = log.settle()
        spans = prorata.stretches(columns, valid, hold_in_talk=False)
        cut = spacing.cut(columns.arrival, log.zone, spans.begin, spans.end)
        coded = [groups.coded(log.frame[key]) for key in keys]
        whole = groups.group_rows(coded, log.rows, shown=valid)
        cells = groups.group_rows(coded, log.rows, time=(columns.arrival, cut), shown=valid)
        place = _Place.of(columns.arrival, cut, whole, cells)
        seen, timed = (
            _tallied(columns, each, seconds, inclusive=options["inclusive"])
            for each in (cells, whole)
        )
        aht, of_group = (divided(*meaning.means()["aht"].sides(each)) for each in (seen, timed))
        aht = np.where(np.isnan(aht), of_group[place.group], aht)
        if options["agents"] is None:
            log.require(options["agent"])
            staff = _agents_seen(log, options["agent"], spans, whole, place)
        else:
            staff = _agents_given(options["agents"], log, keys, cells, place)
        label = str(spacing.label)
        return cls(
            log,
            keys,
            columns,
            valid,
            cells,
            whole,
            place,
            seen,
            aht,
            staff,
            meaning,
            seconds,
            label,
        )

    def system(self, given: Any) -> _System:
        """The queues of the intervals by a patience that `given_patience` has read."""
        willing = _Willing(self.place.group, *_patience(given, self.whole, self.columns))
        calls = self.seen["answered"] + self.seen["abandoned"]
        return _System(calls, self.aht, self.place.length, self.agents, willing)

    def rows(self, system: _System) -> _Rows:
        """Both sides of every interval and group."""
        sides = _sides(self.seen, system, self.threshold)
        return _Rows(self.place.group, len(self.whole), system, sides, self.meaning)


def _tallied(
    columns: Calls, grouped: groups.Groups, threshold: float, *, inclusive: bool
) -> figures.Columns:
    """Counts and sums of each group."""
    return tally(
        columns,
        codes=grouped.codes,
        count=len(grouped),
        thresholds=Thresholds([threshold], None, [threshold]),
        short=0.0,
        inclusive=inclusive,
    ).columns()


def _meaning(definition: Definition, *, inclusive: bool, confidence: float) -> Definitions:
    one_of("definition", definition, _DEFINITIONS)
    return Definitions(
        name=definition, service_level=definition, inclusive=inclusive, confidence=confidence
    )


@dataclass(frozen=True)
class _Place:
    """Where each row of the result stands."""

    group: NDArray[np.int64]
    start: NDArray[np.int64]
    #: Of the interval, in seconds.
    length: Floats
    cut: int | NDArray[np.int64]

    @staticmethod
    def of(
        arrival: NDArray[np.int64],
        cut: int | NDArray[np.int64],
        whole: groups.Groups,
        cells: groups.Groups,
    ) -> _Place:
        low, high = periods.edges_of(periods.places(arrival[cells.example], cut), cut)
        group = whole.codes[cells.example].astype(np.int64)
        return _Place(group, low, (high - low) / periods.NANOSECONDS, cut)

    def put(self, group: NDArray[Any], start: NDArray[np.int64], value: NDArray[Any]) -> Floats:
        """Values by group and start, each in its row; NaN in rows that have none."""
        keys = zip(group.tolist(), start.tolist(), strict=True)
        found = dict(zip(keys, value.tolist(), strict=True))
        own = zip(self.group.tolist(), self.start.tolist(), strict=True)
        return np.array([found.get(key, np.nan) for key in own], np.float64)


@dataclass(frozen=True)
class _Willing:
    """How long the callers of each interval are willing to wait, by its group."""

    group: NDArray[np.int64]
    #: Mean patience of each group, and as it was measured; None where the mean is all there is.
    means: Floats
    measured: list[Patience | None]

    @property
    def mean(self) -> Floats:
        """Mean patience in each interval."""
        return self.means[self.group]

    def measure(self, function: Any, given: dict[str, Floats], **more: Any) -> Floats:
        """A measure of every interval by the patience of its group."""
        found = np.array(function(**given, patience=self.mean, **more), dtype=np.float64)
        for group, each in enumerate(self.measured):
            if each is not None:
                rows = self.group == group
                own = {name: values[rows] for name, values in given.items()}
                found[rows] = function(**own, patience=each, **more)
        return found

    def about(self) -> dict[str, Any]:
        """The measured patience of each group, for `attrs`."""
        if not any(self.measured):
            return {}
        shown = [
            None if each is None else {"starts": list(each.starts), "hazard": list(each.rates)}
            for each in self.measured
        ]
        return {"patience": shown}


@dataclass(frozen=True)
class _System:
    """The queue of each interval."""

    calls: NDArray[np.int64]
    aht: Floats
    length: Floats
    agents: Floats
    willing: _Willing

    @property
    def patience(self) -> Floats:
        return self.willing.mean

    @property
    def load(self) -> Floats:
        return self.calls * self.aht / self.length

    @property
    def known(self) -> NDArray[np.bool_]:
        """Whether the model says something about the interval."""
        complete = (self.aht > 0) & ~np.isnan(self.agents) & ~np.isnan(self.patience)
        return (self.calls > 0) & complete

    def expected(self, threshold: float) -> dict[str, Floats]:
        """Counts and sums of waits as the model has them on average; NaN where it has none."""
        given: dict[str, Floats] = {
            "agents": np.where(self.known, self.agents, np.nan),
            "load": np.where(self.known, self.load, np.nan),
            "aht": np.where(self.known, self.aht, np.nan),
        }
        of = self.willing.measure
        lost = of(erlang.abandonment, given)
        within, met = (
            of(erlang.service_level, given, threshold=threshold, definition=each)
            for each in ("offered", "count_abandoned_within")
        )
        answered = self.calls * (1 - lost)
        asa = of(erlang.asa, given)
        with np.errstate(invalid="ignore"):
            # Nobody answered has no mean wait, and waits 0 s in all.
            waited = np.where(answered == 0, 0.0, answered * asa)
        return {
            "answered": answered,
            "abandoned": self.calls * lost,
            "answered_within": self.calls * within,
            "abandoned_within": self.calls * (met - within),
            "wait_sum_answered": waited,
            "wait_sum_all": self.calls * of(erlang.mean_wait, given),
        }


@dataclass(frozen=True)
class _Rows:
    """Intervals, and then the whole of each group, with both sides and their differences."""

    group: NDArray[np.int64]
    count: int
    system: _System
    counts: dict[str, Floats]
    meaning: Definitions

    @property
    def order(self) -> NDArray[np.int64]:
        """Each group's intervals as they stand, and its total behind them."""
        return np.argsort(np.concatenate([self.group, np.arange(self.count)]), kind="stable")

    def _added(self, values: NDArray[Any]) -> Floats:
        weights = np.asarray(values, np.float64)[self.system.known]
        return np.bincount(
            self.group[self.system.known], weights=weights, minlength=self.count
        ).astype(np.float64)

    def columns(self) -> dict[str, NDArray[Any]]:
        """All columns, in the order of the result."""
        system = self.system
        intervals = self._added(np.ones(self.group.size))
        found: dict[str, NDArray[Any]] = {
            "intervals": np.concatenate([self.system.known, intervals]).astype(np.int64),
            "calls": np.concatenate([system.calls, self._added(system.calls)]).astype(np.int64),
            "aht": self._with_mean(system.aht, system.calls),
            "load": self._with_mean(system.load, np.ones(self.group.size)),
            "agents": self._with_mean(system.agents, np.ones(self.group.size)),
            "patience": self._with_mean(system.patience, np.ones(self.group.size)),
        }
        sums = {name: np.concatenate([v, self._added(v)]) for name, v in self.counts.items()}
        figure: dict[str, Floats] = {}
        for side in ("", "expected_"):
            terms = {name: sums[f"{side}{name}"] for name in (*_COUNTS, *_SUMS)}
            figure |= {f"{side}{name}": v for name, v in self._figures(terms).items()}
        queued = sums["answered"] + sums["abandoned"]
        for name in _FIGURES:
            seen, expected = figure[name], figure[f"expected_{name}"]
            found[name] = seen
            if name in _RATES:
                terms = {each: figures.whole_numbers(sums[each]) for each in _COUNTS}
                sides = self.meaning.rates()[name].sides(terms)
                limits = figures.rate(name, *sides, self.meaning)
                found |= {f"{name}{end}": limits[f"{name}{end}"] for end in ("_low", "_high")}
            found[f"expected_{name}"] = expected
            with np.errstate(invalid="ignore"):
                found[f"{name}_difference"] = seen - expected
            weights = sums["answered"] if name == "asa" else queued
            apart = np.abs(found[f"{name}_difference"])[: self.group.size]
            found[f"{name}_absolute_difference"] = self._with_mean(
                apart, weights[: self.group.size]
            )
        for name in _COUNTS:
            found[name] = figures.whole_numbers(sums[name])
        for name in _COUNTS:
            found[f"expected_{name}"] = sums[f"expected_{name}"]
        order = self.order
        return {name: values[order] for name, values in found.items()}

    def _with_mean(self, values: Floats, weights: NDArray[Any]) -> Floats:
        """Values of the intervals, and the weighted means of the groups."""
        used = self.system.known & (weights > 0) & ~np.isnan(values)
        with np.errstate(invalid="ignore"):
            product = np.where(used, values * weights, 0.0)
        mean = divided(self._added(product), self._added(np.where(used, weights, 0)))
        return np.concatenate([values, mean])

    def _figures(self, terms: dict[str, Floats]) -> dict[str, Floats]:
        ratios = self.meaning.rates()
        found = {name: divided(*ratios[name].sides(terms)) for name in _RATES}
        found["asa"] = divided(terms["wait_sum_answered"], terms["answered"])
        found["mean_wait"] = divided(terms["wait_sum_all"], terms["answered"] + terms["abandoned"])
        return found


def _sides(seen: figures.Columns, system: _System, threshold: float) -> dict[str, Floats]:
    """Counts and sums that were seen, and the same that were expected."""
    sides = {f"expected_{name}": each for name, each in system.expected(threshold).items()}
    sides |= {name: np.asarray(seen[name], np.float64) for name in _COUNTS}
    sides["wait_sum_answered"] = seen["wait_sum_answered"]
    sides["wait_sum_all"] = seen["wait_sum_answered"] + seen["wait_sum_abandoned"]
    return sides


def given_patience(patience: Any) -> Any:
    """The argument `patience`: a mean in seconds, a `Patience`, "measured" or None."""
    if patience is None or isinstance(patience, erlang.Patience):
        return patience
    return _MEASURED if patience == _MEASURED else limit("patience", patience)


def _patience(
    given: Any, grouped: groups.Groups, columns: Calls
) -> tuple[Floats, list[Patience | None]]:
    """Mean patience of each group and, where it is more than a mean, as it was measured."""
    if isinstance(given, erlang.Patience):
        return np.full(len(grouped), given.mean), [given] * len(grouped)
    if isinstance(given, float):
        return np.full(len(grouped), given), []
    waited = grouped.of(columns.outcome != BLOCKED)
    left = columns.outcome == OUTCOMES.index("abandoned")
    abandoned = waited.count(left)
    found = np.where(abandoned > 0, waited.sum(columns.wait) / np.maximum(abandoned, 1), np.inf)
    if columns.unrecorded is not None:
        # Without the waits of those who hung up nobody knows how patient they were.
        found = np.where(waited.count(left & columns.unrecorded) > 0, np.nan, found)
    if given is None:
        return found, []
    measured = _measured(waited, columns.wait, left, np.isfinite(found))
    means = [
        mean if each is None else each.mean for mean, each in zip(found, measured, strict=True)
    ]
    return np.array(means, dtype=np.float64), measured


def _measured(
    waited: groups.Groups, wait: Floats, left: NDArray[np.bool_], known: NDArray[np.bool_]
) -> list[Patience | None]:
    """The hazard of each group by time waited; None where nobody hung up or waits are unknown."""
    bounds = [*_EDGES, np.inf]
    exposure, events = [], []
    for low, high in itertools.pairwise(bounds):
        exposure.append(waited.sum(np.clip(wait - low, 0.0, high - low)))
        # A wait on an edge belongs to the bin that ends there, a wait of 0 to the first.
        inside = (wait <= high) & ((wait > low) | (low == 0))
        events.append(waited.count(left & inside))
    spent, hung_up = np.array(exposure), np.array(events)
    found: list[Patience | None] = []
    for group, counted in enumerate(known):
        seen = spent[:, group] > 0
        if not counted or not seen.any():
            found.append(None)
            continue
        rates = hung_up[seen, group] / spent[seen, group]
        if rates[-1] == 0:
            # The exact upper limit of a rate without events: 0 would hold for ever.
            rates[-1] = -np.log(_TAIL) / spent[seen, group][-1]
        found.append(erlang.Patience(np.array(_EDGES)[seen], rates))
    return found


def _agents_seen(
    log: Table, agent: str, spans: prorata.Stretches, whole: groups.Groups, place: _Place
) -> Floats:
    """Distinct agents at work on a call in each interval."""
    names = groups.coded(log.frame[agent]).codes.astype(np.int32)[spans.rows]
    codes = whole.codes[spans.rows].astype(np.int32)
    at, _ = _core.kpi_concurrency(codes, (spans.begin, spans.end), names, place.cut, len(whole))
    return np.nan_to_num(place.put(at["group"], at["start"], at["agents_seen"]))


def _agents_given(
    agents: Any, log: Table, keys: list[str], cells: groups.Groups, place: _Place
) -> Floats:
    """The agents of every interval, or of a frame by its keys and starts."""
    if isinstance(agents, int | float | np.number):
        present = number("agents", agents, ">= 0 and finite", lambda staff: 0 <= staff < np.inf)
        return np.full(len(cells), present)
    roster = Table(agents, "agents", timezone=log.zone.key)
    roster.require(*keys, "start", "agents")
    start = roster.instants("start", _NO_AGENTS)
    if (roster.zone.key is None) != (log.zone.key is None):
        msg = "start of agents and arrival of calls must both have a time zone, or neither"
        raise InvalidDataError(msg)
    roster.report("start", "be known", start == periods.MISSING, _NO_AGENTS)
    staff = roster.numbers("agents")
    roster.report("agents", "be >= 0", ~(staff >= 0), _NO_AGENTS)
    roster.settle()
    cut, rows = place.cut, np.arange(start.size)
    if not isinstance(cut, int):
        # Those before or after all calls belong to no interval of the result.
        rows = np.flatnonzero((start >= cut[0]) & (start < cut[-1]))
    known = _keyed(roster, keys, rows, periods.interval_starts(start[rows], cut))
    table: dict[tuple[Any, ...], float] = {}
    for row, key in zip(rows.tolist(), known, strict=True):
        if key in table:
            msg = f"agents must have one row an interval; got a second at {roster.place(row)}"
            raise InvalidDataError(msg)
        table[key] = float(staff[row])
    mine = _keyed(log, keys, cells.example, place.start)
    return np.array([table.get(key, np.nan) for key in mine], np.float64)


def _keyed(
    log: Table, keys: list[str], rows: NDArray[np.int64], starts: NDArray[np.int64]
) -> list[tuple[Any, ...]]:
    """The values of keys at rows, of which those that are missing are the same, and the starts."""
    import pandas as pd

    columns = [each.to_list() for each in log.at(keys, rows).values()]
    known = ([None if pd.isna(value) else value for value in column] for column in columns)
    return list(zip(*known, starts.tolist(), strict=True))
