"""Gap curves: the daily share of what fails, its phases between fixes, and where it changed."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from callstats import _core
from callstats._tables import frames, periods
from callstats._tables.categories import hash_texts, text
from callstats._tables.checks import one_of, shown, whole
from callstats._tables.groups import divided
from callstats._tables.table import COUNTABLE
from callstats.compare.cautions import Caution, caution_frame, say
from callstats.compare.daily.days import ENOUGH_DAYS, DailySeries, fitted
from callstats.compare.reading import Rows, column_name, opened
from callstats.intervals import difference, rate_ratio

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from callstats.typing import Frame

    Floats = NDArray[np.float64]

#: Limits of chance, in standard deviations.
_SIGMAS = 3.0
_CONFIDENCE = 0.95
_ALL = "all"


@dataclass(frozen=True, eq=False)
class GapCurve:
    """A daily share, its phases, its largest change, and what each fix did.

    Attributes
    ----------
    curve : DataFrame
        One row a topic and day: ``topic, time, point, centre, lower, upper, signal, phase``.
    phases : DataFrame
        One row a topic and phase between fixes: ``topic, phase, first, last, events, size, rate``.
    changes : DataFrame
        One row a topic, where the rate changed most: ``topic, start, statistic, before, after,
        orders, p_value, smallest_p, p_holm``.
    fixes : DataFrame
        One row a topic and fix: ``topic, start, before, after, absolute, relative, sampling_low,
        sampling_high, effect, low, high, p_value``.
    warnings : DataFrame
        ``code, measure, text, figure``; the measure is the topic.
    """

    curve: Any
    phases: Any
    changes: Any
    fixes: Any
    warnings: Any
    _cautions: list[Caution] = field(repr=False)

    def to_frame(self) -> Any:
        """The curve, a row a topic and day."""
        return self.curve

    def explain(self, language: str = "en") -> str:
        """The phases and changes as they print, and the warnings."""
        one_of("language", language, ("en", "zh"))
        lines = [str(self.phases), "", str(self.changes)]
        if self._cautions:
            lines += ["", say(language, "warnings")]
            lines += [f"- {each.measure}: {each.text(language)}" for each in self._cautions]
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.explain()


@dataclass(frozen=True)
class _Topic:
    """The days of one topic."""

    name: Any
    starts: NDArray[np.int64]
    days: NDArray[np.int64]
    events: Floats
    size: Floats
    #: First days of the fixes.
    fixes: list[int]

    @property
    def rates(self) -> Floats:
        return divided(self.events, self.size)

    @property
    def edges(self) -> list[int]:
        return [0, *self.fixes, len(self.events)]


@dataclass(frozen=True)
class _Options:
    edge: int
    block: int
    weekday: bool
    kind: str
    seed: int


def gap_curve(
    frame: Frame,
    *,
    fixes: Any = (),
    topic: str | None = None,
    time: str = "start",
    events: str = "events",
    size: str = "size",
    edge: int = 7,
    block: int = 7,
    weekday: bool = True,
    kind: Literal["p", "u"] = "p",
    seed: int = 0,
) -> GapCurve:
    """How the share of calls with a gap falls: phases between fixes, and where it changed most.

    Parameters
    ----------
    frame : DataFrame
        One row a topic and day, or several that are summed.
    fixes : sequence of times, or mapping of topics to these
        When something was done.
    topic : str, optional
        Column whose levels have curves of their own.
    time, events, size : str
        Columns of instants, of calls with the gap, and of calls looked at.
    edge : int, default 7
        Days at either end on which no change is looked for; >= 1.
    block : int, default 7
        Days that keep together when the order is permuted; >= 1. Whole weeks keep what days of a
        week have in common.
    weekday : bool
        Whether weekdays have levels of their own in the effects of the fixes.
    kind : {"p", "u"}
        Shares of calls, or rates an exposure.
    seed : int, default 0
        Where orders are drawn.

    Returns
    -------
    GapCurve
        ``curve``, ``phases``, ``changes``, ``fixes`` and ``warnings``.

    Raises
    ------
    MissingColumnError
        A column is not there.
    ValueError
        Counts that are missing, negative or larger than the size; a fix without days on both sides.

    Notes
    -----
    Limits: 3 standard deviations of the binomial (or Poisson) about the phase's rate, cut to its
    range; a signal lies strictly beyond. ``statistic``: the largest likelihood ratio over first
    days from `edge` to as many before the end, the earliest if tied. Its p: all orders of the
    blocks up to 100,000 of them, else 9,999 that are drawn and the one that was. With fewer than
    eight weeks it cannot be small. ``effect, low, high, p_value``: the drift model on the daily
    rates, a step a fix.

    References
    ----------
    N. R. Zhang & D. O. Siegmund, Biometrics 63 (2007), on the scan for a change.

    Examples
    --------
    >>> import pandas as pd
    >>> days = pd.DataFrame({"start": pd.date_range("2025-03-03", periods=42)})
    >>> days["events"] = [6] * 21 + [2] * 21
    >>> days["size"] = 40
    >>> found = gap_curve(days, fixes=["2025-03-24"])
    >>> found.phases["rate"].tolist(), found.changes["p_value"].tolist()
    ([0.15, 0.05], [0.1])
    """
    rows = opened(frame, "frame", column_name("time", time))
    one_of("kind", kind, ("p", "u"))
    if not isinstance(weekday, bool | np.bool_):
        raise TypeError(f"weekday must be True or False; got {shown(weekday)}")
    options = _Options(
        whole("edge", edge, least=1, most=10**9),
        whole("block", block, least=1, most=10**9),
        bool(weekday),
        kind,
        whole("seed", seed, most=2**63),
    )
    topics = _topics(rows, topic, column_name("events", events), column_name("size", size), kind)
    dated = _fixes(rows, fixes, topics, named=topic is not None)
    topics = [
        _Topic(each.name, each.starts, each.days, each.events, each.size, own)
        for each, own in zip(topics, dated, strict=True)
    ]
    cautions: list[Caution] = []
    changes = [_change(each, options, cautions) for each in topics]
    fixed = [_fixed(each, options, cautions) for each in topics]
    found = _Found(topics, changes, fixed, cautions)
    return _result(rows, "topic" if topic is None else topic, found, kind)


def _topics(rows: Rows, topic: str | None, events: str, size: str, kind: str) -> list[_Topic]:
    table = rows.table
    table.require(events, size)
    values = [table.numbers(name, COUNTABLE, "every figure") for name in (events, size)]
    names: list[Any] = [_ALL]
    codes = np.zeros(table.rows, np.int32)
    if topic is not None:
        names, codes = rows.units(column_name("topic", topic))
    if kind == "p":
        table.report(events, f"be <= {size}", values[0] > values[1], "every figure")
    table.settle()
    starts, day, days = rows.days()
    found = []
    from callstats._tables.groups import sums

    for place, name in enumerate(names):
        own = np.where(codes == place, day, np.int32(-1)).astype(np.int32)
        totals = [sums(own, each, len(starts)) for each in values]
        open_days = totals[1] > 0
        top, bottom = (total[open_days] for total in totals)
        found.append(_Topic(name, starts[open_days], days[open_days], top, bottom, []))
    if not any(each.events.size for each in found):
        raise ValueError(f"{size} must be > 0 on some day; got none")
    return [each for each in found if each.events.size]


def _fixes(rows: Rows, fixes: Any, topics: list[_Topic], *, named: bool) -> list[list[int]]:
    """First days of each topic's fixes."""
    if isinstance(fixes, Mapping):
        known = {text(each.name): place for place, each in enumerate(topics)}
        own: list[Any] = [()] * len(topics)
        for name, dates in fixes.items():
            if not named or text(name) not in known:
                raise ValueError(f"fixes must map topics that the frame has; got {shown(name)}")
            own[known[text(name)]] = dates
    else:
        own = [fixes] * len(topics)
    return [_steps(rows, dates, each) for dates, each in zip(own, topics, strict=True)]


def _steps(rows: Rows, dates: Any, topic: _Topic) -> list[int]:
    from callstats.compare.daily.interrupted import _moments

    given = dates if not isinstance(dates, list | tuple) or len(dates) else None
    if given is None:
        return []
    try:
        moments = _moments(rows, list(given) if not isinstance(given, str) else given)
    except (TypeError, ValueError):
        msg = f"fixes must be times, or map topics to times; got {shown(dates)}"
        raise ValueError(msg) from None
    steps = [int(np.searchsorted(topic.starts, moment)) for moment in moments]
    for step, moment in zip(steps, moments, strict=True):
        if step == 0 or step == len(topic.starts) or steps.count(step) > 1:
            moment_text = np.datetime64(moment, "ns").astype("M8[m]")
            raise ValueError(
                f"fixes must have a day of their own before and after them; got {moment_text} for "
                f"{shown(topic.name)}, of {len(topic.starts)} days"
            )
    return steps


def _change(topic: _Topic, options: _Options, cautions: list[Caution]) -> dict[str, Any]:
    """The largest change of a topic."""
    name = int(hash_texts([text(topic.name)])[0])
    day, figures = _core.change_point(
        options.kind, topic.events, topic.size, options.edge, options.block, options.seed, name
    )
    if day is None:
        cautions.append(_few(topic, 0))
    elif topic.fixes and day < topic.fixes[0] and figures[4] <= 1 - _CONFIDENCE:
        parts = (day, topic.fixes[0])
        cautions.append(
            Caution("trend", text(topic.name), topic.fixes[0] - day, parts, key="trend_early")
        )
    start = periods.MISSING if day is None else int(topic.starts[day])
    keys = ("statistic", "before", "after", "orders", "p_value", "smallest_p")
    return {"start": start, **dict(zip(keys, figures, strict=True))}


def _few(topic: _Topic, after: int) -> Caution:
    parts = (len(topic.events) - after, after)
    return Caution("few_periods", text(topic.name), min(parts), parts)


def _fixed(topic: _Topic, options: _Options, cautions: list[Caution]) -> list[dict[str, Any]]:
    """What each fix of a topic did."""
    if not topic.fixes:
        return []
    data = DailySeries(topic.rates, topic.days, topic.fixes, options.weekday)
    fit = fitted(data, _CONFIDENCE)
    shortest = int(np.diff(topic.edges).min())
    if shortest < ENOUGH_DAYS:
        before, after = data.sides
        cautions.append(Caution("few_periods", text(topic.name), shortest, (before, after)))
    found = []
    for place, first in enumerate(topic.fixes):
        spans = (slice(topic.edges[place], first), slice(first, topic.edges[place + 2]))
        counts = [
            (float(topic.events[span].sum()), float(topic.size[span].sum())) for span in spans
        ]
        rates = [float(top / bottom) for top, bottom in counts]
        low, high = _sampling(counts, options.kind)
        row = {
            "start": int(topic.starts[first]),
            "before": rates[0],
            "after": rates[1],
            "absolute": rates[1] - rates[0],
            "relative": rates[1] / rates[0] - 1 if rates[0] else np.nan,
            "sampling_low": low,
            "sampling_high": high,
        }
        own = {
            name: float(fit.effects[name][place]) for name in ("effect", "low", "high", "p_value")
        }
        found.append({**row, **own})
    return found


def _sampling(counts: list[tuple[float, float]], kind: str) -> tuple[float, float]:
    """Limits of the difference, were nothing but the calls drawn anew."""
    if kind == "p":
        limits = difference(counts[1], counts[0], confidence=_CONFIDENCE)
        return float(limits.low), float(limits.high)
    before = counts[0][0] / counts[0][1]
    ratio = rate_ratio(counts[1], counts[0], confidence=_CONFIDENCE)
    return before * (float(ratio.low) - 1), before * (float(ratio.high) - 1)


def _limits(topic: _Topic, kind: str) -> dict[str, Any]:
    """The control chart of a topic, phase by phase."""
    columns = {name: np.full(len(topic.events), np.nan) for name in ("centre", "lower", "upper")}
    phase = np.zeros(len(topic.events), np.int64)
    for number, (first, end) in enumerate(itertools.pairwise(topic.edges)):
        rows = slice(first, end)
        centre = topic.events[rows].sum() / topic.size[rows].sum()
        variance = centre * (1 - centre) if kind == "p" else centre
        reach = _SIGMAS * np.sqrt(variance / topic.size[rows])
        columns["centre"][rows] = centre
        columns["lower"][rows] = np.maximum(centre - reach, 0.0)
        columns["upper"][rows] = centre + reach if kind == "u" else np.minimum(centre + reach, 1.0)
        phase[rows] = number
    point = topic.rates
    signal = (point < columns["lower"]) | (point > columns["upper"])
    return {"point": point, **columns, "signal": signal, "phase": phase}


@dataclass(frozen=True)
class _Found:
    """What was found of each topic."""

    topics: list[_Topic]
    changes: list[dict[str, Any]]
    fixed: list[list[dict[str, Any]]]
    cautions: list[Caution]


def _phases(topics: list[_Topic]) -> list[Any]:
    """Number, first and last instant, events and size of each phase, as columns."""
    rows = []
    for each in topics:
        for number, (first, end) in enumerate(itertools.pairwise(each.edges)):
            days = slice(first, end)
            totals = (each.events[days].sum(), each.size[days].sum())
            rows.append((number, each.starts[first], each.starts[end - 1], *totals))
    return [np.array(column) for column in zip(*rows, strict=True)]


#: Figures of a fix.
_FIX = (
    "before",
    "after",
    "absolute",
    "relative",
    "sampling_low",
    "sampling_high",
    "effect",
    "low",
    "high",
    "p_value",
)


def _result(rows: Rows, label: str, all_found: _Found, kind: str) -> GapCurve:
    topics, changes, fixed = all_found.topics, all_found.changes, all_found.fixed
    like, zone = rows.table.frame, rows.table.zone

    def dated(name: str, instants: Any) -> Any:
        return periods.labels(name, np.array(instants, np.int64), zone, like)

    def repeated(counts: Sequence[int]) -> list[Any]:
        return [each.name for each, count in zip(topics, counts, strict=True) for _ in range(count)]

    charts = [_limits(each, kind) for each in topics]
    starts = np.concatenate([each.starts for each in topics])
    curve = {name: np.concatenate([chart[name] for chart in charts]) for name in charts[0]}
    counts = [len(each.events) for each in topics]
    number, first, last, events, size = _phases(topics)
    found = {name: np.array([change[name] for change in changes]) for name in changes[0]}
    p = np.ascontiguousarray(found["p_value"], np.float64)
    flat = [row for own in fixed for row in own]
    return GapCurve(
        curve=frames.result(like, {label: repeated(counts), "time": dated("time", starts)}, curve),
        phases=frames.result(
            like,
            {label: repeated([len(each.edges) - 1 for each in topics])},
            {
                "phase": number,
                "first": dated("first", first),
                "last": dated("last", last),
                "events": events,
                "size": size,
                "rate": divided(events, size),
            },
        ),
        changes=frames.result(
            like,
            {label: repeated([1] * len(topics)), "start": dated("start", found.pop("start"))},
            {**found, "p_holm": _core.adjust_p("holm", p)},
        ),
        fixes=frames.result(
            like,
            {
                label: repeated([len(own) for own in fixed]),
                "start": dated("start", [row["start"] for row in flat]),
            },
            {name: np.array([row[name] for row in flat], np.float64) for name in _FIX},
        ),
        warnings=caution_frame(all_found.cautions, like),
        _cautions=all_found.cautions,
    )
