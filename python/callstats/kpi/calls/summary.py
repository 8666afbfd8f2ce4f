"""Key figures of calls by group and interval."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from callstats._tables import frames, groups, periods
from callstats._tables.checks import one_of, shown
from callstats._tables.periods import MISSING
from callstats.kpi.calls import figures, tallies
from callstats.kpi.calls.definitions import SERVICE_LEVELS, Definitions, as_definitions
from callstats.kpi.calls.lines import lines_of, require_owner
from callstats.kpi.calls.log import read_calls, unrecorded, waits_not_known
from callstats.kpi.calls.opening import OpenIntervals, read_hours
from callstats.kpi.calls.parts import Part, finished, span
from callstats.kpi.calls.thresholds import Thresholds, bin_edges, limit, plain, read_thresholds
from callstats.kpi.exports.advice import read_log

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from callstats._tables.periods import Freq
    from callstats._tables.table import Table
    from callstats.kpi.calls.log import Calls
    from callstats.kpi.calls.opening import BusinessHours, Hours
    from callstats.typing import Frame, OnError

AttributeTo = Literal["arrival", "answer", "end", "pro rata"]
_OWNERS = ("arrival", "answer", "end", "pro rata")
#: The recorded times that decide a row's interval, beside its arrival.
_DECIDE = {"arrival": (), "answer": ("answer",), "end": ("answer", "end"), "pro rata": ("answer",)}


def summarize(
    calls: Frame,
    *,
    by: str | Sequence[str] = (),
    freq: Any = None,
    threshold: Any = 20,
    definition: Definitions | str | Sequence[Definitions | str] | None = None,
    short_abandon: Any = 5,
    timezone: str | datetime.tzinfo | None = None,
    attribute_to: AttributeTo = "arrival",
    quantile: Literal["cdf", "linear"] = "cdf",
    bins: Sequence[Any] = (),
    hours: BusinessHours | Sequence[BusinessHours] | Mapping[Any, Any] | None = None,
    on_error: OnError = "raise",
) -> Frame:
    """Counts, sums, wait quantiles and key figures of calls, one row a group and interval.

    Parameters
    ----------
    calls : DataFrame
        A log of calls, one row a queue entry: `wait` (s) and `outcome` (answered, abandoned,
        flow_out, callback, blocked); `arrival` where `freq` is given; and, where there are such
        columns, `talk`, `hold`, `acw` (s) and `transferred` (true or false; missing counts
        as false). Only answered calls need a wait.
    by : str or sequence of str
        Columns to group by. A missing key is a key of its own and comes last.
    freq : duration or "day", "week", "month", optional
        Length of the intervals; it must divide a day evenly. None: no intervals. Intervals are cut
        in UTC and labelled in local time, so a day on which the clock changes has 46 or 50
        half-hours; days, weeks (from Monday) and months are those of the local calendar. Only
        intervals with rows are in the result, unless there are `hours`.
    threshold : duration, sequence of durations, mapping or str
        T of "within T"; >= 0 s. With several, the columns that depend on one end in it, in seconds.
        A mapping gives each value of the column `queue` its own, the name of a column each row:
        groups of several queues then add up what each had within its own.
    definition : Definitions or str, or a sequence of them, optional
        What the rates mean, or the name of a service-level variant. With several, the names of the
        columns that they disagree on have that of the definition in them:
        `service_level_answered`, `service_level_answered_low`.
    short_abandon : duration
        An abandoned wait of at most so long is a short abandon; >= 0 s.
    timezone : str, optional
        The zone of the labels, and of arrivals that have none. Default: that of the arrivals.
    attribute_to : {"arrival", "answer", "end", "pro rata"}
        Which instant decides the interval. "answer" is the end of the wait, however it ended: the
        column `answer` where filled, else arrival + wait. "end" is the column `end` where filled,
        else arrival + wait + talk + hold + acw. "pro rata": calls belong to their arrival, and
        agents' time to the intervals in which it was worked, talk and hold together from the answer
        on and then the after-call work; `handled_timed` adds up the calls' shares of it.
    quantile : {"cdf", "linear"}
        Which wait quantile: the smallest wait w with share(wait <= w) >= q, which the queue models
        and merged parts speak of, or NumPy's, between two waits.
    bins : sequence of durations
        Upper edges of bins of waits, in seconds and ascending: columns `waits_to_10` (of waits
        above the edge before and up to 10 s) and `waits_longer`. `merge` takes quantiles from them.
    hours : BusinessHours, a sequence of them, or a mapping, optional
        Opening hours by the local clock; several hold together, a mapping gives each value of the
        column `queue` its own. Calls that arrive while it is closed are counted in a column
        `closed` and nowhere else. With `freq` every group has a row for every interval in which it
        is open (where queues differ and are not told apart by `by`: in which any is), from the
        first local day of the log to the last, also without calls; the column `open_seconds` says
        how long the interval was open.
    on_error : {"raise", "drop", "flag"}
        What to do with rows that break a rule (see `validate`): "drop" and "flag" leave them out of
        the figures that need what is wrong in them, of every one where it is the outcome, a
        repeated `call_id` or the arrival of an interval. "flag" counts them in a column `flagged`;
        rows without a readable arrival are then in a row whose `start` is missing. Both tell in
        ``attrs["callstats"]`` of a pandas result which rule left how many rows out of what.

    Returns
    -------
    DataFrame
        Sorted by the keys, then by `start`. Without `by` and `freq` one row, also of an empty log.

        - `offered` (every row) = `answered` + `abandoned` + `flow_out` + `callback` + `blocked`;
          `short_abandoned`; `handled_timed` (answered with a talk time); `answered_within`,
          `abandoned_within`, `answered_late`, `wait_beyond` (rows of any outcome that waited
          longer than T); `transferred` (answered and transferred) if the log has the column.
        - `wait_sum_answered`, `wait_sum_abandoned`, `wait_sum_all`, `wait_beyond_sum` (what was
          waited beyond T); `talk_sum`, `hold_sum`, `acw_sum` over the calls of `handled_timed`.
          Seconds.
        - `wait_p50`, `wait_p80`, `wait_p90`, `wait_p95`, `wait_max`: over all rows. Seconds.
        - `service_level`, `answer_rate`, `abandonment_rate`, `transfer_rate`, `share_beyond`
          (wait_beyond / offered), each with `_low`, `_high` (Wilson's, unless the
          definitions ask for others), `_numerator`,
          `_denominator`. Between 0 and 1; NaN without a denominator.
        - `closed` and, with `freq`, `open_seconds`, where there are `hours`; then "every row" means
          those that came while it was open.
        - `asa`, `mean_wait` (all rows), `mean_excess` (of waits beyond T, what is beyond it),
          `mean_time_to_abandon`, `att` (mean talk time), `aht`. Seconds; 0/0 is NaN.

    Raises
    ------
    ValueError
        A column is missing, an argument is out of range, or rows break a
        rule: the message names column, rule, first bad row and how many there are.

    Notes
    -----
    Counts are exact. Sums are exact to 1e-18 s a row and rounded once, so that they do not depend
    on the order of the rows. Where the wait of calls that were not answered is not recorded, the
    counts, the service level and the answer speed are what they are, and figures that need those
    waits (quantiles, `mean_wait`, `mean_time_to_abandon`, short abandons, the service levels that
    take away or add who hung up) are missing; columns `without_wait`, `answered_without_wait` and
    `abandoned_without_wait` say of how many rows none is known. A missing hold or after-call time
    counts as none; a missing talk time leaves the averages of talk and handle time, and nothing
    else.

    Examples
    --------
    >>> import pandas as pd
    >>> calls = pd.DataFrame({
    ...     "queue": ["sales", "sales", "help"],
    ...     "wait": [12.0, 31.0, 4.0],
    ...     "outcome": ["answered", "abandoned", "answered"],
    ... })
    >>> summarize(calls, by="queue")[["queue", "offered", "service_level", "asa"]]
       queue  offered  service_level   asa
    0   help        1            1.0   4.0
    1  sales        2            0.5  12.0

    Each queue with its own threshold:

    >>> whole = summarize(calls, threshold={"sales": 10, "help": "20s"})
    >>> whole[["answered_within", "service_level_denominator"]].to_dict("records")
    [{'answered_within': 1, 'service_level_denominator': 3}]
    """
    question = Question.of(
        definition=definition,
        short_abandon=short_abandon,
        attribute_to=attribute_to,
        quantile=quantile,
        bins=bins,
    )
    log = read_log(calls, "calls", on_error=on_error, timezone=timezone)
    spacing = None if freq is None else periods.parse_freq(freq)
    thresholds = read_thresholds(threshold, log)
    opening = read_hours(hours, log)
    settings = Settings(question, spacing, thresholds, opening)
    return finished(counted(log, by, settings), settings, log.frame)


@dataclass(frozen=True)
class Question:
    """What a summary rests on whatever the calls are."""

    definitions: list[Definitions]
    short: float
    attribute_to: AttributeTo
    quantile: str
    edges: list[float]

    @staticmethod
    def of(
        *,
        definition: Definitions | str | Sequence[Definitions | str] | None,
        short_abandon: Any,
        attribute_to: AttributeTo,
        quantile: Literal["cdf", "linear"],
        bins: Sequence[Any],
    ) -> Question:
        """The arguments of a summary, checked."""
        definitions = several_definitions(definition)
        short = limit("short_abandon", short_abandon)
        edges = bin_edges(bins)
        one_of("attribute_to", attribute_to, _OWNERS)
        one_of("quantile", quantile, ("cdf", "linear"))
        return Question(definitions, short, attribute_to, quantile, edges)


@dataclass(frozen=True)
class Settings:
    """What a summary rests on beside the calls."""

    question: Question
    spacing: Freq | None
    thresholds: Thresholds
    opening: Hours | None

    def about(self, zone: str | None, freq: float | str | None) -> dict[str, Any]:
        """As JSON can hold it; the zone and the length of the intervals in words."""
        question = self.question
        return {
            "function": "summarize",
            "definitions": definitions_as_json(question.definitions),
            "thresholds": self.thresholds.about,
            "short_abandon": plain(question.short),
            "freq": freq,
            "timezone": zone,
            "attribute_to": question.attribute_to,
            "quantile": question.quantile,
            "bins": question.edges,
            **({} if self.opening is None else {"hours": self.opening.about}),
        }


def counted(
    log: Table,
    by: str | Sequence[str],
    settings: Settings,
    *,
    apart: bool = False,
    waits: bool = False,
) -> Part:
    """What the calls of a log come to in each group and interval.

    `apart`: these are not all calls, so that sums are not rounded yet. `waits`: every wait is kept,
    so that quantiles of all are exact.
    """
    keys = log.keys(by)
    question, spacing, opening = settings.question, settings.spacing, settings.opening
    key_columns = [groups.coded(log.frame[key]) for key in keys]
    needed = () if spacing is None else _DECIDE[question.attribute_to]
    arrival = spacing is not None or opening is not None
    columns = read_calls(log, arrival=arrival, keys=keys, needed=needed)
    if needed:
        require_owner(log, columns, question.attribute_to)
    valid = log.settle()
    shown = log.shown(valid)
    taken, closed, reach = valid, None, (MISSING, MISSING)
    if opening is not None:
        instants = columns.owner("arrival"), columns.owner(question.attribute_to)
        reach = span(instants[0][valid], instants[1][valid])
        closed = OpenIntervals(opening, log.zone, reach, keys).closed(instants[0], valid)
        taken = valid & ~closed

    tallied, lines, worked = lines_of(
        columns,
        spacing,
        question.attribute_to,
        log.zone,
        counted=taken,
        hold_in_talk=question.definitions[0].hold_in_talk,
    )
    grouped = lines.grouped(key_columns, log.rows, shown)
    count = len(grouped)
    starts = lines.starts(grouped.example)
    codes = grouped.codes[: log.rows]
    if log.problems or closed is not None:
        codes = np.where(taken, codes, np.int32(-1))
    found = _tallied(tallied, codes, count, settings, exact=apart)
    if worked is not None:
        found = found.with_handled(worked, grouped.codes[log.rows :], exact=apart)
    example = lines.rows_at(grouped.example)
    flagged = grouped.count(~log.sound()) if log.on_error == "flag" else None
    return Part(
        log=log.summary(valid),
        keys=log.at(keys, example),
        starts=starts,
        tally=found.beside(
            closed=None if closed is None else grouped.count(closed), flagged=flagged
        ),
        schedule=opening.own[example] if opening and opening.own is not None and log.rows else None,
        waits=tallies.waits_of(columns, codes, count) if waits else None,
        zone=log.zone,
        reach=reach,
        unrecorded=unrecorded(columns, taken),
    )


def _tallied(
    columns: Calls, codes: NDArray[np.int32], count: int, settings: Settings, *, exact: bool
) -> tallies.Tally:
    question = settings.question
    return tallies.tally(
        columns,
        codes=codes,
        count=count,
        thresholds=settings.thresholds,
        short=question.short,
        inclusive=question.definitions[0].inclusive,
        linear=question.quantile == "linear",
        edges=question.edges,
        exact=exact,
    )


def definitions_as_json(definitions: Sequence[Definitions]) -> Any:
    """One or several sets, as JSON can hold them."""
    sets = [each.to_dict() for each in definitions]
    return sets[0] if len(sets) == 1 else sets


def several_definitions(
    definition: Definitions | str | Sequence[Definitions | str] | None,
) -> list[Definitions]:
    """One or several sets; those of one pass share what a wait within T is, and no name."""
    if not isinstance(definition, Iterable) or isinstance(definition, str):
        return [as_definitions(definition)]
    found = [as_definitions(each) for each in definition]
    if not found or len({each.name for each in found}) < len(found):
        msg = f"definition must be one or several with different names; got {definition!r}"
        raise ValueError(msg)
    if len({each.inclusive for each in found}) > 1:
        raise ValueError("definition: those of one pass must all be inclusive, or none of them")
    return found


def compare_definitions(
    calls: Frame,
    threshold: Any = 20,
    *,
    short_abandon: Any = 5,
    include_flowout: bool = False,
    inclusive: bool = True,
    confidence: float = 0.95,
    on_error: OnError = "raise",
) -> Frame:
    """The service level of the same calls under every definition, one row a variant.

    Parameters
    ----------
    calls : DataFrame
        A log of calls with `wait` and `outcome`, as for `summarize`.
    threshold : duration
        T of "within T"; >= 0 s.
    short_abandon : duration
        An abandoned wait of at most so long is a short abandon; >= 0 s.
    include_flowout, inclusive, confidence
        As in `Definitions`.
    on_error : {"raise", "drop", "flag"}
        What to do with rows that break a rule; "drop" and "flag" leave them out.

    Returns
    -------
    DataFrame
        `definition`, `formula`, `numerator`, `denominator`, `service_level`, `low`, `high`.

    Examples
    --------
    >>> import pandas as pd
    >>> calls = pd.DataFrame({
    ...     "wait": [8.0, 40.0, 3.0],
    ...     "outcome": ["answered", "answered", "abandoned"],
    ... })
    >>> compare_definitions(calls, 20)[["definition", "numerator", "denominator"]].head(3)
                     definition  numerator  denominator
    0                   offered          1            3
    1                  answered          1            2
    2  exclude_abandoned_within          1            2
    """
    if not isinstance(inclusive, bool):
        raise TypeError(f"inclusive must be True or False; got {shown(inclusive)}")
    seconds = limit("threshold", threshold)
    short = limit("short_abandon", short_abandon)
    log = read_log(calls, "calls", on_error=on_error)
    columns = read_calls(log, arrival=False)
    valid = log.settle()
    counts = tallies.tally(
        columns,
        codes=np.where(valid, 0, -1).astype(np.int32),
        count=1,
        thresholds=Thresholds([seconds], None, [seconds]),
        short=short,
        inclusive=inclusive,
    ).columns()
    rows = []
    for variant in SERVICE_LEVELS:
        definitions = Definitions(
            name=variant,
            service_level=variant,  # type: ignore[arg-type]
            include_flowout=include_flowout,
            inclusive=inclusive,
            confidence=confidence,
        )
        ratio = definitions.rates()["service_level"]
        with_wait = figures.counts_with_wait(counts)
        taken = {name: with_wait[name] for name in figures.waits_of(ratio) if with_wait}
        rate = figures.rate("rate", *ratio.sides({**counts, **taken}), definitions)
        formula = definitions.explain().splitlines()[1].partition(" = ")[2]
        rows.append((variant, formula, *(values[0] for values in rate.values())))
    names, formulas, value, low, high, numerator, denominator = zip(*rows, strict=True)
    keys = {"definition": list(names), "formula": list(formulas)}
    found = {
        "numerator": np.array(numerator),
        "denominator": np.array(denominator),
        "service_level": np.array(value),
        "low": np.array(low),
        "high": np.array(high),
    }
    about: dict[str, Any] = {
        "function": "compare_definitions",
        "threshold": plain(seconds),
        "short_abandon": plain(short),
    }
    return frames.result(
        log.frame, keys, found, {**about, **log.summary(valid), **waits_not_known(columns, valid)}
    )
