"""What speaks against the figures of an export: columns that contradict one another, or lie idle.

Columns contradict one another by a factor of units: 60, 1,000, 3,600 or 86,400.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._tables.periods import MISSING, NANOSECONDS
from callstats.kpi.exports.cells import clock_text
from callstats.kpi.exports.vocabulary import parts_of, word_parts

if TYPE_CHECKING:
    from collections.abc import Mapping, Set

    from numpy.typing import NDArray

    from callstats.kpi.exports.tables import Schema

#: Rows that are looked at: a unit is that of a whole column.
_ENOUGH = 50_000
#: Times that are kept to the minute are up to a minute off.
_ROUNDED = 60.0
#: Median talk or handle time beyond which numbers without a unit are doubted: nearly three hours.
_DOUBTFUL = 10_000.0
#: The same of clock readings in whole minutes, and the least that calls take: 12 s.
_HOUR, _FEW = 3600.0, 12.0
#: Waits of more than half an hour, next to each other, that differ by more than ten times the gap
#: between the calls: no queue does that, milliseconds do.
_LONG_WAIT = 1_800.0
_JUMP = 10.0
#: Values of a column that are looked at: one of durations shows at once.
_LOOKED_AT = 100
_UNITS = ((60.0, "min"), (3600.0, "h"), (86_400.0, "days"))

Times = dict[str, Any]


def contradiction(
    table: str, read: Mapping[str, Any], bare: Set[str], said: Set[str], counted: NDArray[np.bool_]
) -> str:
    """What contradicts what, and which unit would not; empty if nothing does.

    `read` has durations in seconds and times in nanoseconds; `bare` names the durations whose unit
    nobody told, `said` those whose unit the user said; the `counted` rows are looked at.
    """
    rows = np.flatnonzero(counted)[:_ENOUGH]
    head = {name: values[rows] for name, values in read.items() if isinstance(values, np.ndarray)}
    if table == "calls":
        times: Times = {
            name: _seconds(head[name]) for name in ("arrival", "answer", "end") if name in head
        }
        return (
            _too_long(head, times, said)
            or _too_short(head, times, said)
            or _jumps(head, times, bare, said)
            or _sizes(head, bare, said, ("wait", "talk"))
        )
    if table in {"intervals", "forecast"}:
        return _sizes(head, bare, said, ("aht", "talk"))
    if table in {"states", "schedule"} and "duration" not in said:
        agents = np.array(read["agent"].to_list() if "agent" in read else [], dtype=object)
        return _spells(head, agents[rows].tolist() if agents.size else [])
    return ""


def contradiction_of(log: Any, written: Any = None) -> str:
    """The same of a log of calls under its own names, a pandas frame; `written` is it as text."""
    import pandas as pd

    read: dict[str, Any] = {}
    bare = set()
    written = log if written is None else written
    for name in ("wait", "talk", "hold", "acw"):
        if name in log and pd.api.types.is_numeric_dtype(log[name].dtype):
            read[name] = log[name].iloc[:_ENOUGH].to_numpy(dtype=np.float64, na_value=np.nan)
            texts = written[name].iloc[:_ENOUGH]
            is_text = texts.dtype.kind == "O" or isinstance(texts.dtype, pd.StringDtype)
            if not is_text or not texts.astype(str).str.contains(":").any():
                bare.add(name)
    for name in ("arrival", "answer", "end"):
        if name in log and pd.api.types.is_datetime64_any_dtype(log[name].dtype):
            times = log[name].iloc[:_ENOUGH].dt.tz_localize(None).to_numpy().astype("M8[ns]")
            read[name] = times.view(np.int64)
    rows = min(len(log), _ENOUGH)
    return contradiction("calls", read, bare, set(), np.ones(rows, bool))


def _seconds(instants: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.where(instants == MISSING, np.nan, instants / NANOSECONDS)


def _spans(times: Times) -> dict[str, tuple[str, NDArray[np.float64], bool]]:
    """For each duration the times that hold it: how they are called, their length, if it is all."""
    spans: dict[str, tuple[str, NDArray[np.float64], bool]] = {}

    def put(name: str, early: str, late: str, *, exact: bool) -> None:
        if name not in spans and early in times and late in times:
            spans[name] = (f"{late} - {early}", times[late] - times[early], exact)

    put("wait", "arrival", "answer", exact=True)
    put("wait", "arrival", "end", exact=False)
    put("talk", "answer", "end", exact=True)
    put("talk", "arrival", "end", exact=False)
    put("hold", "arrival", "end", exact=False)
    put("acw", "arrival", "end", exact=False)
    put("duration", "arrival", "end", exact=True)
    return spans


def _too_long(head: Mapping[str, Any], times: Times, said: Set[str]) -> str:
    spans = _spans(times)
    for name, (spelled, span, _) in spans.items():
        if name not in head or name in said:
            continue
        unit, longer = _unit_that_fits(head[name], span)
        if unit:
            # Columns of one export are mostly in one unit: all that are too long are told at once.
            others = [
                each
                for each, (_, whole, _) in spans.items()
                if each in head and each not in said | {name, "duration"}
                if _unit_that_fits(head[each], whole)[0] == unit
            ]
            units = ", ".join(f"{each!r}: {unit!r}" for each in (name, *others))
            return (
                f"{name} is longer than {spelled} in {longer} rows, as if it were not in the unit "
                f"that it was read in; pass units={{{units}}}, or units={{{name!r}: 's'}} if it is "
                "in seconds"
            )
    return ""


def _unit_that_fits(length: NDArray[np.float64], span: NDArray[np.float64]) -> tuple[str, str]:
    """The unit in which lengths that are too long would fit, and of how many rows they are so."""
    known = (length > 0) & (span >= 0)
    longer = known & (length > span * 1.05 + _ROUNDED)
    if not known.any() or longer.sum() * 2 < known.sum():
        return "", ""
    if np.median(length[longer] / np.maximum(span[longer], 1.0)) < 5:
        return "", ""
    for factor, unit in ((60.0, "mm:ss"), (1000.0, "ms")):
        if unit == "mm:ss" and (length[known] % 60 != 0).any():
            continue
        over = length[known] / factor > span[known] * 1.05 + _ROUNDED
        if over.mean() < 0.1:
            return unit, f"{longer.sum()} of {known.sum()}"
    return "", ""


def _too_short(head: Mapping[str, Any], times: Times, said: Set[str]) -> str:
    spans = _spans(times)
    for name, (spelled, span, exact) in spans.items():
        if exact and name in head and name not in said:
            unit = _factor(head[name], span)
            if unit:
                return (
                    f"{name} is shorter than {spelled} by the factor between s and {unit}; pass "
                    f"units={{{name!r}: {unit!r}}}, or units={{{name!r}: 's'}} if it is in seconds"
                )
    parts = [name for name in ("wait", "talk", "hold", "acw") if name in head]
    if "end" in times and "arrival" in times and "talk" in parts and not said & set(parts):
        total = np.nansum([head[name] for name in parts], axis=0)
        answered = np.nan_to_num(head["talk"]) > 0
        unit = _factor(np.where(answered, total, np.nan), times["end"] - times["arrival"])
        if unit:
            each = ", ".join(f"{name!r}: {unit!r}" for name in parts)
            return (
                f"{' + '.join(parts)} is shorter than end - arrival by the factor between s and "
                f"{unit}; pass units={{{each}}}, or units={{'talk': 's'}} if they are in seconds"
            )
    return ""


def _factor(length: NDArray[np.float64], span: NDArray[np.float64]) -> str:
    """The unit that lengths seem to be in which times hold whole."""
    known = (length > 0) & (span > 0)
    if known.any():
        # Sums, because times kept to the minute are too coarse for single calls.
        ratios = (np.median(span[known] / length[known]), span[known].sum() / length[known].sum())
        for factor, unit in _UNITS:
            if all(0.6 * factor < ratio < 1.5 * factor for ratio in ratios):
                return unit
    return ""


def _jumps(head: Mapping[str, Any], times: Times, bare: Set[str], said: Set[str]) -> str:
    if "wait" not in head or "arrival" not in times or "wait" in said:
        return ""
    known = (head["wait"] > 0) & ~np.isnan(times["arrival"])
    order = np.argsort(times["arrival"][known], kind="stable")
    wait, arrival = head["wait"][known][order], times["arrival"][known][order]
    unit = "ms" if "wait" in bare else "mm:ss" if (wait % 60 == 0).all() else ""
    if not unit or wait.size < 2 or np.median(wait) < _LONG_WAIT:
        return ""
    jump, gap = np.abs(np.diff(wait)), np.maximum(np.diff(arrival), 1.0)
    # Calls come in tens and hundreds, so the typical change is compared with the typical gap.
    if np.median(jump) < _JUMP * np.median(gap):
        return ""
    return (
        f"wait goes on beyond the next arrivals: its median is {np.median(wait):g} s, and from one "
        f"call to the next it changes by {np.median(jump):g} s in {np.median(gap):g} s, as if it "
        f"were in {unit}; pass units={{'wait': {unit!r}}}, or units={{'wait': 's'}} if it is in "
        "seconds"
    )


def _sizes(head: Mapping[str, Any], bare: Set[str], said: Set[str], names: tuple[str, ...]) -> str:
    """Lengths of calls of hours, or of a few seconds with decimals."""
    for name in names:
        known = head[name][head[name] > 0] if name in head and name not in said else np.zeros(0)
        if not known.size:
            continue
        middle, whole_minutes = float(np.median(known)), (known % 60 == 0).all()
        unit = ""
        if name in bare and middle >= _DOUBTFUL and name != "wait":
            unit = "ms"
        elif (
            name not in bare
            and known.size > 2
            and whole_minutes
            and middle >= _LONG_WAIT / 2
            and known.max() >= _HOUR
        ):
            unit = "mm:ss"
        elif (
            name in bare
            and name != "wait"
            and middle < _FEW
            and (name == "aht" or (known % 1 != 0).any())
        ):
            unit = "min"
        if unit:
            return (
                f"{name} has a median of {middle:g} s, which no calls have; pass "
                f"units={{{name!r}: {unit!r}}}, or units={{{name!r}: 's'}} if it is in seconds"
            )
    return ""


def _spells(head: Mapping[str, Any], agents: list[Any]) -> str:
    """Lengths of an agent's spells against the beginnings of the next ones."""
    if not agents or not {"start", "duration"} <= head.keys():
        return ""
    numbers = {name: number for number, name in enumerate(dict.fromkeys(agents))}
    codes = np.array([numbers[name] for name in agents])
    start = _seconds(head["start"])
    order = np.lexsort((start, codes))
    agent, start, length = codes[order], start[order], head["duration"][order]
    same = agent[1:] == agent[:-1]
    gap, length = np.diff(start)[same], length[:-1][same]
    known = (gap > 0) & (length > 0)
    if not known.any():
        return ""
    ratio = float(np.median(gap[known] / length[known]))
    for factor, unit in ((1e-3, "ms"), (60.0, "min"), (3600.0, "h"), (86_400.0, "days")):
        if 0.8 * factor < ratio < 1.25 * factor:
            return (
                f"duration fits the next spell's start if it is in {unit}; pass "
                f"units={{'duration': {unit!r}}}, or units={{'duration': 's'}} if it is in seconds"
            )
    return ""


def not_used(frame: Any, schema: Schema) -> list[str]:
    """Columns beside those of the table whose names and values are those of durations."""
    beside = [name for name in frame.columns if name not in schema.columns and name != "problem"]
    return [name for name in beside if _named_so(str(name)) and _holds_durations(frame[name])]


@functools.lru_cache(maxsize=1 << 16)
def _named_so(name: str) -> bool:
    endings = word_parts("durations")
    parts = parts_of(name)
    return any(part in endings for part in parts[-2:]) or any(
        name.strip().endswith(ending) for ending in endings if not ending.isascii()
    )


def _holds_durations(series: Any) -> bool:
    import narwhals as nw

    if series.dtype == nw.Duration or series.dtype.is_numeric():
        return True
    first = [value for value in series.head(_LOOKED_AT).to_list() if isinstance(value, str)]
    seconds = [clock_text.seconds_of(value) for value in first]
    return None not in seconds and any(np.isfinite(each) for each in seconds if each is not None)
