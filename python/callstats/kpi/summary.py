"""Key figures of calls by group and interval."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from callstats import _core, _durations, _frames
from callstats.kpi import groups, periods
from callstats.kpi.calls import OUTCOMES, Calls, read_calls
from callstats.kpi.definitions import SERVICE_LEVELS, Definitions, Ratio, as_definitions
from callstats.kpi.log import Log

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from callstats.typing import Frame, OnError

__all__ = ["compare_definitions", "merge", "summarize"]

Columns = dict[str, Any]

_COUNTS = ("offered", *OUTCOMES, "short_abandoned", "handled_timed")
_SUMS = (
    "wait_sum_answered",
    "wait_sum_abandoned",
    "wait_sum_all",
    "talk_sum",
    "hold_sum",
    "acw_sum",
)
_WITHIN = ("answered_within", "abandoned_within")
_QUANTILES = {"wait_p50": 0.5, "wait_p80": 0.8, "wait_p90": 0.9, "wait_p95": 0.95, "wait_max": 1.0}
_RATES = ("service_level", "answer_rate", "abandonment_rate", "transfer_rate")
_MEANS = ("asa", "mean_wait", "mean_time_to_abandon", "att", "aht")
_ENDINGS = ("", "_low", "_high", "_numerator", "_denominator")
_OPTIONAL = ("transferred", *(f"transfer_rate{ending}" for ending in _ENDINGS), "flagged")

AttributeTo = Literal["arrival", "answer", "end"]


def summarize(
    calls: Frame,
    *,
    by: str | Sequence[str] = (),
    freq: Any = None,
    threshold: Any = 20,
    definition: Definitions | str | None = None,
    short_abandon: Any = 5,
    timezone: str | datetime.tzinfo | None = None,
    attribute_to: AttributeTo = "arrival",
    on_error: OnError = "raise",
) -> Frame:
    """Counts, sums, wait quantiles and key figures of calls, one row a group and interval.

    Parameters
    ----------
    calls : DataFrame
        A log of calls, one row a queue entry: `wait` (s) and `outcome` (answered, abandoned,
        flow_out, callback, blocked); `arrival` where `freq` is given; and, where there are such
        columns, `talk`, `hold`, `acw` (s) and `transferred`. A blocked call needs no wait.
    by : str or sequence of str
        Columns to group by. A missing key is a key of its own and comes last.
    freq : duration or "day", "week", "month", optional
        Length of the intervals; it must divide a day evenly. None: no intervals. Intervals are cut
        in UTC and labelled in local time, so a day on which the clock changes has 46 or 50
        half-hours; days, weeks (from Monday) and months are those of the local calendar. Only
        intervals with rows are in the result.
    threshold : duration or sequence of durations
        T of "within T"; >= 0 s. With several, the columns that depend on one end in it, in seconds.
    definition : Definitions or str, optional
        What the rates mean, or the name of a service-level variant.
    short_abandon : duration
        An abandoned wait of at most so long is a short abandon; >= 0 s.
    timezone : str, optional
        The zone of the labels, and of arrivals that have none. Default: that of the arrivals.
    attribute_to : {"arrival", "answer", "end"}
        Which instant decides the interval. "answer" is the end of the wait, however it ended: the
        column `answer` where filled, else arrival + wait. "end" is the column `end` where filled,
        else arrival + wait + talk + hold + acw.
    on_error : {"raise", "drop", "flag"}
        What to do with rows that break a rule (see `validate`). "drop" leaves them out. "flag"
        leaves them out of every figure and counts them in a column `flagged`; rows without a
        readable arrival are then in a row whose `start` is missing. Both tell of them in
        ``attrs["callstats"]`` of a pandas result.

    Returns
    -------
    DataFrame
        Sorted by the keys, then by `start`. Without `by` and `freq` one row, also of an empty log.

        - `offered` (every row) = `answered` + `abandoned` + `flow_out` + `callback` + `blocked`;
          `short_abandoned`; `handled_timed` (answered with a talk time); `answered_within`,
          `abandoned_within`; `transferred` (answered and transferred) if the log has the column.
        - `wait_sum_answered`, `wait_sum_abandoned`, `wait_sum_all`; `talk_sum`, `hold_sum`,
          `acw_sum` over the calls of `handled_timed`. Seconds.
        - `wait_p50`, `wait_p80`, `wait_p90`, `wait_p95`, `wait_max`: over all rows, the smallest
          wait w with share(wait <= w) >= q. Seconds.
        - `service_level`, `answer_rate`, `abandonment_rate`, `transfer_rate`, each with `_low`,
          `_high` (Wilson), `_numerator`, `_denominator`. Between 0 and 1; NaN without a
          denominator.
        - `asa`, `mean_wait` (all rows), `mean_time_to_abandon`, `att` (mean talk time), `aht`.
          Seconds; 0/0 is NaN.

    Raises
    ------
    ValueError
        A column is missing (the nearest name is told), an argument is out of range, or rows break a
        rule: the message names column, rule, first bad row and how many there are.

    Notes
    -----
    Counts are exact. Sums are exact to 1e-18 s a row and rounded once, so that they do not depend
    on the order of the rows. A missing hold or after-call time counts as none; a missing talk time
    leaves the averages of talk and handle time, and nothing else.

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
    """
    definitions = as_definitions(definition)
    thresholds = _thresholds(threshold)
    short = _limit("short_abandon", short_abandon)
    if attribute_to not in {"arrival", "answer", "end"}:
        msg = f"attribute_to must be 'arrival', 'answer' or 'end'; got {attribute_to!r}"
        raise ValueError(msg)
    spacing = None if freq is None else periods.parse_freq(freq)

    log = Log(calls, "calls", on_error=on_error, timezone=timezone)
    keys = log.keys(by, (*_names(thresholds), "start"))
    columns = read_calls(log, arrival=spacing is not None)
    valid = log.settle()
    shown = np.arange(log.rows) if log.on_error == "flag" else np.flatnonzero(valid)

    parts = [groups.key_codes(log.frame[key]) for key in keys]
    instants = _owner(columns, attribute_to)
    cut: Any = None
    if spacing is not None:
        cut = spacing.cut(instants, log.zone)
        parts.append(periods.interval_numbers(instants, cut))
    grouped = groups.group_some(parts, shown, log.rows)

    counts = _tally(
        columns,
        codes=np.where(valid, grouped.codes, -1),
        count=grouped.count,
        thresholds=thresholds,
        short=short,
        definitions=definitions,
    )
    if not log.has("transferred"):
        del counts["transferred"]
    figures = _figures(counts, thresholds, definitions)
    if log.on_error == "flag":
        figures["flagged"] = np.bincount(grouped.codes[~valid], minlength=grouped.count)
    result = {key: groups.take(log.frame[key], grouped.example) for key in keys}
    if spacing is not None:
        starts = periods.interval_starts(instants, cut)[grouped.example]
        result["start"] = periods.labels("start", starts, log.zone, log.frame)
    about = {
        "function": "summarize",
        "definitions": definitions.to_dict(),
        "thresholds": [_plain(seconds) for seconds in thresholds],
        "short_abandon": _plain(short),
        "freq": None if spacing is None else spacing.label,
        "timezone": log.zone.name,
        "attribute_to": attribute_to,
        **log.summary(valid),
    }
    return groups.result_frame(log.frame, result, figures, about)


def _limit(argument: str, value: Any) -> float:
    seconds = _durations.seconds(argument, value)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float | np.number):
        msg = f"{argument} must be a duration; got {value!r}"
        raise TypeError(msg)
    if not seconds >= 0:
        msg = f"{argument} must be >= 0 seconds; got {value!r}"
        raise ValueError(msg)
    return float(seconds)


def _plain(seconds: float) -> float | str:
    """As JSON can hold it, which has no infinity."""
    return seconds if np.isfinite(seconds) else "inf"


def _thresholds(threshold: Any) -> list[float]:
    several = isinstance(threshold, list | tuple | set | range) or np.ndim(threshold) == 1
    found = [_limit("threshold", each) for each in (threshold if several else [threshold])]
    if not found or len(set(found)) < len(found):
        msg = f"threshold must be one or several different durations; got {threshold!r}"
        raise ValueError(msg)
    return found


def _ending(thresholds: Sequence[float], place: int) -> str:
    """What the names of the columns of one threshold end in: nothing where it is the only one."""
    return f"_{thresholds[place]:.12g}" if len(thresholds) > 1 else ""


def _names(thresholds: Sequence[float]) -> list[str]:
    """Every name that a column of figures can have."""
    fixed = [*_COUNTS, *_SUMS, *_QUANTILES, *_MEANS, *_OPTIONAL]
    fixed += [f"{rate}{ending}" for rate in _RATES[1:] for ending in _ENDINGS]
    level = [*_WITHIN, *(f"service_level{ending}" for ending in _ENDINGS)]
    several = [_ending(thresholds, place) for place in range(len(thresholds))]
    return fixed + [f"{name}{ending}" for ending in several for name in level]


def _owner(columns: Calls, attribute_to: AttributeTo) -> NDArray[np.int64]:
    """The instant that decides a row's interval."""
    if attribute_to == "arrival":
        return columns.arrival
    durations = [columns.wait]
    if attribute_to == "end":
        durations += [columns.talk, columns.hold, columns.acw]
    after = sum(np.nan_to_num(seconds) for seconds in durations)
    known = columns.arrival != periods.MISSING
    shift = np.rint(np.asarray(after) * periods.NANOSECONDS).astype(np.int64)
    computed = np.where(known, columns.arrival + np.where(known, shift, 0), periods.MISSING)
    recorded = columns.answer if attribute_to == "answer" else columns.end
    return np.where(recorded != periods.MISSING, recorded, computed)


def _tally(
    columns: Calls,
    *,
    codes: NDArray[np.int64],
    count: int,
    thresholds: list[float],
    short: float,
    definitions: Definitions,
) -> Columns:
    counts, sums, within = _core.kpi_tally(
        codes,
        columns.wait,
        columns.outcome.astype(np.int8),
        columns.talk,
        columns.hold,
        columns.acw,
        columns.transferred,
        thresholds,
        definitions.inclusive,
        short,
        count,
    )
    offered = sum(counts[outcome] for outcome in OUTCOMES)
    found = {"offered": offered, **counts, **sums}
    for place, pair in enumerate(within):
        ending = _ending(thresholds, place)
        found |= {f"{name}{ending}": pair[name] for name in _WITHIN}
    quantiles = _core.kpi_quantiles(codes, columns.wait, list(_QUANTILES.values()), count)
    table = quantiles.reshape(count, len(_QUANTILES))
    found |= {name: np.ascontiguousarray(table[:, k]) for k, name in enumerate(_QUANTILES)}
    return found


def _figures(
    counts: Mapping[str, Any], thresholds: list[float], definitions: Definitions
) -> Columns:
    """Counts and sums, then the rates and means made of them."""
    figures: Columns = dict(counts)
    for rate, ratio in definitions.rates().items():
        if rate == "service_level":
            for place in range(len(thresholds)):
                ending = _ending(thresholds, place)
                at_threshold = {**counts, **{name: counts[f"{name}{ending}"] for name in _WITHIN}}
                figures |= _rate(rate, ratio, at_threshold, definitions.confidence, ending)
        elif rate != "transfer_rate" or "transferred" in counts:
            figures |= _rate(rate, ratio, counts, definitions.confidence)
    for mean, ratio in definitions.means().items():
        figures[mean] = _divided(*ratio.sides(counts))
    return figures


def _rate(
    name: str, ratio: Ratio, counts: Mapping[str, Any], confidence: float, ending: str = ""
) -> Columns:
    numerator, denominator = ratio.sides(counts)
    low, high = _core.proportion_interval(
        "wilson", numerator, denominator, np.inf, confidence, (False, None, None)
    )
    return {
        f"{name}{ending}": _divided(numerator, denominator),
        f"{name}_low{ending}": low,
        f"{name}_high{ending}": high,
        f"{name}_numerator{ending}": numerator,
        f"{name}_denominator{ending}": denominator,
    }


def _divided(numerator: NDArray[Any], denominator: NDArray[Any]) -> NDArray[np.float64]:
    """x/0 is inf, 0/0 is NaN: neither is a fault of observed figures."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(numerator / denominator, dtype=np.float64)


def merge(parts: Iterable[Frame], *, definition: Definitions | str | None = None) -> Frame:
    """Partial summaries of disjoint calls added up exactly.

    Counts and sums are added and every rate is divided again; rates are never averaged. Merging the
    summaries of the days of a month gives the counts of one pass over the month.

    Parameters
    ----------
    parts : iterable of DataFrame
        Results of `summarize` of the same kind of frame, by the same columns and with the same
        thresholds and definitions. Rows with the same keys and `start` become one.
    definition : Definitions or str, optional
        The definitions of the parts. Default: what the parts say of themselves (pandas), else the
        default ones. They are checked against the figures in the parts.

    Returns
    -------
    DataFrame
        As `summarize` gives it. `wait_max` is exact; the other wait quantiles are NaN, because they
        cannot be had from the quantiles of parts.

    Raises
    ------
    ValueError
        Parts that do not fit together, or figures that the definitions do not give.

    Examples
    --------
    >>> import pandas as pd
    >>> monday = pd.DataFrame({"wait": [5.0, 50.0], "outcome": "answered"})
    >>> tuesday = pd.DataFrame({"wait": [50.0], "outcome": "answered"})
    >>> whole = merge([summarize(monday), summarize(tuesday)])
    >>> whole[["offered", "answered_within", "service_level"]].round(4).to_dict("records")
    [{'offered': 3, 'answered_within': 1, 'service_level': 0.3333}]
    """
    import narwhals as nw

    natives = list(parts)
    frames = [_frames.read(part, f"parts[{place}]") for place, part in enumerate(natives)]
    if not frames:
        msg = "parts must hold at least one summary; got none"
        raise ValueError(msg)
    first = frames[0]
    for place, frame in enumerate(frames):
        _frames.require(frame, (*_COUNTS, *_SUMS, *_MEANS, *_QUANTILES), f"parts[{place}]")
        if frame.columns != first.columns:
            differing = sorted(set(frame.columns) ^ set(first.columns)) or frame.columns
            msg = f"parts[{place}] has other columns than parts[0]: {differing}"
            raise ValueError(msg)
    about = [getattr(part, "attrs", {}).get("callstats", {}) for part in natives]
    definitions = _common_definitions(about, definition)
    thresholds = _thresholds_of(first.columns)
    _agree_on(("thresholds", "short_abandon", "freq"), about)
    measures = set(_names(thresholds))
    keys = [name for name in first.columns if name not in measures]
    for place, frame in enumerate(frames):
        _check_figures(frame, thresholds, definitions, f"parts[{place}]")

    whole = nw.concat(frames, how="vertical")
    if len(whole):
        codes = [groups.key_codes(whole[key]) for key in keys]
        grouped = groups.group_rows(codes, len(whole))
        counts = _added(whole, grouped, thresholds)
    else:
        grouped = groups.Groups(np.zeros(0, np.int64), 0, np.zeros(0, np.int64))
        counts = _added(whole, grouped, thresholds)
    flagged = counts.pop("flagged", None)
    figures = _figures(counts, thresholds, definitions)
    if flagged is not None:
        figures["flagged"] = flagged
    figures = {name: figures[name] for name in first.columns if name in figures}
    result = {key: groups.take(whole[key], grouped.example) for key in keys}
    merged = {
        **next((each for each in about if each), {}),
        "function": "merge",
        "definitions": definitions.to_dict(),
        "rows": sum(each.get("rows", 0) for each in about),
        "left_out": sum(each.get("left_out", 0) for each in about),
        "problems": [problem for each in about for problem in each.get("problems", [])],
    }
    return groups.result_frame(first, result, figures, merged)


def _added(whole: Any, grouped: groups.Groups, thresholds: list[float]) -> Columns:
    names = [*_COUNTS, *_SUMS]
    names += [name for name in ("transferred", "flagged") if name in whole.columns]
    names += [
        f"{name}{_ending(thresholds, place)}"
        for place in range(len(thresholds))
        for name in _WITHIN
    ]
    found: Columns = {}
    for name in names:
        values = whole[name].to_numpy()
        total = np.zeros(grouped.count, values.dtype)
        np.add.at(total, grouped.codes, values)
        found[name] = total
    for name in _QUANTILES:
        found[name] = np.full(grouped.count, np.nan)
    longest = whole["wait_max"].cast(_float64()).to_numpy()
    np.fmax.at(found["wait_max"], grouped.codes, longest)
    return found


def _float64() -> Any:
    import narwhals as nw

    return nw.Float64()


def _common_definitions(
    about: Sequence[Mapping[str, Any]], definition: Definitions | str | None
) -> Definitions:
    if definition is not None:
        return as_definitions(definition)
    said = [each["definitions"] for each in about if "definitions" in each]
    if any(each != said[0] for each in said):
        msg = "parts must share their definitions; give those to use as definition="
        raise ValueError(msg)
    return Definitions(**said[0]) if said else Definitions()


def _agree_on(settings: Sequence[str], about: Sequence[Mapping[str, Any]]) -> None:
    for setting in settings:
        said = [each[setting] for each in about if setting in each]
        if any(each != said[0] for each in said):
            msg = f"parts must be made with the same {setting}; got {said}"
            raise ValueError(msg)


def _thresholds_of(columns: Sequence[str]) -> list[float]:
    """The thresholds in the names of the columns; a single one shows nowhere and stays unnamed."""
    stem = "answered_within_"
    return [float(name.removeprefix(stem)) for name in columns if name.startswith(stem)] or [np.nan]


def _check_figures(
    frame: Any, thresholds: list[float], definitions: Definitions, argument: str
) -> None:
    """Raise where a part's own figures are not what the definitions give from its counts."""
    counts = {
        name: frame[name].to_numpy() for name in frame.columns if frame[name].dtype.is_numeric()
    }
    again = _figures(counts, thresholds, definitions)
    suspects = [f"service_level{_ending(thresholds, place)}" for place in range(len(thresholds))]
    suspects += ["service_level_low" + suspects[0].removeprefix("service_level")]
    for name in (*suspects, "answer_rate", "abandonment_rate", *_MEANS):
        stored = frame[name].cast(_float64()).to_numpy()
        if not np.allclose(stored, again[name], rtol=1e-9, atol=0, equal_nan=True):
            msg = (
                f"{argument}: {name} is not what the definitions {definitions.name!r} give from "
                "its counts; pass as definition= those that the parts were made with"
            )
            raise ValueError(msg)


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
    limit = _limit("threshold", threshold)
    short = _limit("short_abandon", short_abandon)
    log = Log(calls, "calls", on_error=on_error)
    columns = read_calls(log, arrival=False)
    valid = log.settle()
    codes = np.where(valid, 0, -1)
    rows = []
    counts: Columns = {}
    for variant in SERVICE_LEVELS:
        definitions = Definitions(
            name=variant,
            service_level=variant,  # type: ignore[arg-type]
            include_flowout=include_flowout,
            inclusive=inclusive,
            confidence=confidence,
        )
        counts = counts or _tally(
            columns,
            codes=codes,
            count=1,
            thresholds=[limit],
            short=short,
            definitions=definitions,
        )
        ratio = definitions.rates()["service_level"]
        rate = _rate("rate", ratio, counts, confidence)
        formula = definitions.explain().splitlines()[1].partition(" = ")[2]
        rows.append((variant, formula, *(values[0] for values in rate.values())))
    names, formulas, value, low, high, numerator, denominator = zip(*rows, strict=True)
    text = {"definition": names, "formula": formulas}
    figures = {
        "numerator": np.array(numerator),
        "denominator": np.array(denominator),
        "service_level": np.array(value),
        "low": np.array(low),
        "high": np.array(high),
    }
    import narwhals as nw

    keys = {
        name: nw.new_series(name, list(words), nw.String(), backend=log.frame.implementation)
        for name, words in text.items()
    }
    about = {"function": "compare_definitions", "threshold": limit, "short_abandon": short}
    return groups.result_frame(log.frame, keys, figures, {**about, **log.summary(valid)})
