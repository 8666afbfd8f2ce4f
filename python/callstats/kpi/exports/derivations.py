"""What the times and lengths of an export tell where it has no such column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._tables import periods
from callstats.kpi.exports.cells.date_and_clock import may_be_either, over_midnight
from callstats.kpi.exports.cells.numbers import TwoReadingsError
from callstats.kpi.exports.tables import simple

if TYPE_CHECKING:
    from collections.abc import Set

    from numpy.typing import NDArray

    from callstats._tables.table import Table
    from callstats.kpi.exports.headers import Found

_MISSING = periods.MISSING
#: Lengths that are rounded to seconds, and clocks that are, agree to this.
_ROUNDED = 2.0
#: Share of rows in which two lengths must agree to be the same.
_MOST = 0.9


def derivable(table: str, columns: Set[str]) -> set[str]:
    """The required columns of a table that can be made of those that were found."""
    made: set[str] = set()
    if table == "calls":
        if {"end", "duration"} <= columns:
            made.add("arrival")
        if "answer" in columns or ("talk" in columns and {"duration", "end"} & columns):
            made.add("wait")
        if "answer" in columns:
            made.add("outcome")
    if table in {"states", "schedule"} and "duration" in columns:
        made.add("end")
    if table == "states" and {"agent", "start", "state"} <= columns:
        made.add("end")
    return made


def derive(
    log: Table, table: str, read: dict[str, Any], found: Found, given: Set[str]
) -> NDArray[np.bool_]:
    """Put into `read` what can be made, and into `found` how; rows that then are none."""
    none = np.zeros(log.rows, bool)
    first = "arrival" if table == "calls" else "start"
    for name in ("answer", "end"):
        if name in found.pairs and name in read and first in read:
            read[name] = over_midnight(read[first], read[name])
    if table == "calls":
        if "outcome" not in read and "answer" in read:
            _make_outcome(log, read, found)
        if "arrival" not in read and {"end", "duration"} <= set(read):
            read["arrival"] = periods.later(read["end"], -read["duration"])
            found.made["arrival"] = f"{found.columns['end']} - {found.columns['duration']}"
        if "outcome" in read:
            _doubt_flag(log, read, found)
            _doubt_call_time(log, read, found, given)
            _make_wait(log, read, found)
            _make_talk(read, found)
        made = {"arrival", "wait", "talk"} & found.made.keys()
        if not made and "duration" not in given:
            # A length that nothing is made of is left as it was.
            read.pop("duration", None)
    elif table in {"states", "schedule"} and "end" not in read:
        if "duration" in read:
            read["end"] = periods.later(read["start"], read["duration"])
            found.made["end"] = f"{found.columns['start']} + {found.columns['duration']}"
        else:
            return _end_at_the_next(log, read, found)
    return none


def _end_at_the_next(log: Table, read: dict[str, Any], found: Found) -> NDArray[np.bool_]:
    """Spells of events: each ends with the agent's next, and a logged-out agent has none."""
    agent, start = log.frame["agent"].to_list(), read["start"]
    numbers = {name: number for number, name in enumerate(dict.fromkeys(agent))}
    codes = np.array([numbers[name] for name in agent], np.int64)
    order = np.lexsort((start, codes))
    state = read["state"][order]
    first = np.ones(log.rows, bool)
    same = codes[order][1:] == codes[order][:-1]
    # A state that is reported again goes on.
    first[1:] = ~(same & (state[1:] == state[:-1]))
    begun = order[first]
    end = np.full(log.rows, _MISSING)
    follows = codes[begun][1:] == codes[begun][:-1]
    end[begun[:-1][follows]] = start[begun[1:][follows]]
    read["end"] = end
    offline = np.asarray(read["state"] == "offline", dtype=bool)
    unfinished = int((~offline[begun] & (end[begun] == _MISSING)).sum())
    found.made["end"] = "the next event of the agent"
    if unfinished:
        found.made[f"{unfinished} spells that were not over when the log ended"] = "left out"
    return np.asarray(offline | (end == _MISSING), dtype=bool)


def _make_outcome(log: Table, read: dict[str, Any], found: Found) -> None:
    """Answered is what has a time of answer."""
    answered = read["answer"] != _MISSING
    source = found.columns["answer"]
    if log.rows and not answered.any():
        raise TwoReadingsError(
            f"outcome is not recorded, and no row has a time of answer in {source!r}; pass "
            "columns={'outcome': ...} with the column that says which calls were answered"
        )
    talked = ~answered & (np.nan_to_num(read["talk"]) > 0) if "talk" in read else ~answered & False
    log.report(
        "talk",
        f"be missing or 0 without a time of answer in {source!r}",
        talked,
        "whether the call was answered is not known",
    )
    read["outcome"] = np.where(answered, "answered", "abandoned").astype(object)
    if "arrival" in read and "queue" in simple(found.columns.get("arrival", "")):
        outside = ~answered & (read["arrival"] == _MISSING)
        rule = f"be known in {found.columns['arrival']!r} where nobody answered"
        log.report("arrival", rule, outside, "the call entered no queue")
        read["outcome"] = np.where(outside, None, read["outcome"])
    found.made["outcome"] = f"answered where {source} is known, else abandoned"


def _doubt_flag(log: Table, read: dict[str, Any], found: Found) -> None:
    """Put down who did not abandon and has no talk: a call may end in a menu, before any queue."""
    if found.flag is None or found.flag[0] != "abandoned" or "talk" not in read:
        return
    answered = read["outcome"] == "answered"
    talked = np.nan_to_num(read["talk"]) > 0
    if not (answered & talked).any():
        return
    silent = answered & ~talked
    rule = f"be told where {found.columns['outcome']} says no and there is no talk"
    log.report("outcome", rule, silent, "the call may have reached no queue")
    read["outcome"] = np.where(silent, None, read["outcome"])


def _doubt_call_time(log: Table, read: dict[str, Any], found: Found, given: Set[str]) -> None:
    """A call time that calls without an answer have as well is the whole length, not the talk."""
    source = found.columns.get("talk", "")
    if "talk" in given or not may_be_either(source) or not {"talk", "wait"} <= set(read):
        return
    unanswered = (read["outcome"] != "answered") & (np.nan_to_num(read["wait"]) > _ROUNDED)
    if unanswered.any() and (np.nan_to_num(read["talk"])[unanswered] > 0).mean() > 1 - _MOST:
        read.setdefault("duration", read["talk"])
        found.columns.setdefault("duration", source)
        del read["talk"], found.columns["talk"]
        log.frame = log.frame.rename({"talk": source})


def _make_wait(log: Table, read: dict[str, Any], found: Found) -> None:
    """Wait from the times: until the answer, else until the end of who was not answered.

    Without such times it is what a call lasted beside the talk.
    """
    if "wait" in read:
        return
    answered = read["outcome"] == "answered"
    if "arrival" in read and "answer" in read:
        answer = read["answer"]
        end = read.get("end", np.full(log.rows, _MISSING))
        until = np.where((answer == _MISSING) & ~answered, end, answer)
        read["wait"] = _between(read["arrival"], until)
        parts = [name for name in ("answer", "end") if name in read]
        found.made["wait"] = f"{' or '.join(parts)} - arrival"
    elif {"talk", "duration"} <= set(read):
        _refuse_work_beside(read, found)
        talk = np.nan_to_num(read["talk"])
        read["wait"] = read["duration"] - np.where(answered, talk, 0.0)
        whole, part = (found.columns[name] for name in ("duration", "talk"))
        found.made["wait"] = f"{whole} - {part}, ringing included; {whole} where not answered"
    elif {"arrival", "talk", "end"} <= set(read):
        if "acw" in read:
            raise TwoReadingsError(
                "wait is not recorded, and end - arrival may hold after-call work or not; pass "
                "columns={'wait': ...}, or columns={'acw': None} if it ends with the talk"
            )
        spoken = [name for name in ("talk", "hold") if name in read]
        less = np.nansum([read[name] for name in spoken], axis=0)
        read["wait"] = _between(read["arrival"], read["end"]) - np.where(answered, less, 0.0)
        found.made["wait"] = f"end - arrival - {' - '.join(spoken)}, ringing included"


def _refuse_work_beside(read: dict[str, Any], found: Found) -> None:
    """Hold and after-call work that a call's whole length may contain are not taken for wait."""
    beside = [
        found.columns[name]
        for name in ("hold", "acw")
        if name in read and (np.nan_to_num(read[name]) > 0).any()
    ]
    if beside:
        whole = found.columns["duration"]
        raise TwoReadingsError(
            f"wait is not recorded, and {whole!r} may hold {' and '.join(map(repr, beside))} "
            "or not; pass columns={'wait': ...}"
        )


def _between(early: NDArray[np.int64], late: NDArray[np.int64]) -> NDArray[np.float64]:
    known = (early != _MISSING) & (late != _MISSING)
    elapsed = (np.where(known, late, 0) - np.where(known, early, 0)) / periods.NANOSECONDS
    return np.where(known, elapsed, np.nan)


def _make_talk(read: dict[str, Any], found: Found) -> None:
    """Talk from the times of answer and end, else from a duration that is seen to hold it."""
    if "talk" in read:
        return
    answered = read["outcome"] == "answered"
    hold = np.nan_to_num(read["hold"]) if "hold" in read else 0.0
    less = f" - {found.columns['hold']}" if "hold" in read else ""
    if "answer" in read and "end" in read:
        read["talk"] = np.where(answered, _between(read["answer"], read["end"]) - hold, np.nan)
        found.made["talk"] = f"{found.columns['end']} - {found.columns['answer']}{less}"
    elif "duration" in read and "wait" in read:
        source = found.columns["duration"]
        holds = _what_it_holds(read, answered)
        if holds == "talk":
            read["talk"] = read["duration"]
            found.made["talk"] = f"{source}, which is none without an answer"
        elif holds == "wait and talk":
            read["talk"] = np.where(answered, read["duration"] - read["wait"] - hold, np.nan)
            found.made["talk"] = f"{source} - wait{less}"
        else:
            found.not_made["talk"] = (
                f"{source} may hold the wait, too; pass columns={{'talk': ...}} with the column "
                "that holds the talk alone"
            )


def _what_it_holds(read: dict[str, Any], answered: NDArray[np.bool_]) -> str:
    """Whether a duration is the talk or the wait and the talk, by calls that were not answered."""
    duration, wait = read["duration"], read["wait"]
    unanswered = ~answered & (np.nan_to_num(wait) > _ROUNDED)
    if unanswered.any():
        lasted = np.nan_to_num(duration[unanswered])
        if (lasted == 0).mean() > _MOST:
            return "talk"
        if (np.abs(lasted - wait[unanswered]) <= _ROUNDED).mean() > _MOST:
            return "wait and talk"
    if "arrival" in read and "end" in read:
        whole = _between(read["arrival"], read["end"])
        known = answered & ~np.isnan(whole) & ~np.isnan(duration) & (np.nan_to_num(wait) > _ROUNDED)
        if known.any():
            for rest, meaning in ((whole, "wait and talk"), (whole - wait, "talk")):
                if (np.abs(rest - duration)[known] <= _ROUNDED).mean() > _MOST:
                    return meaning
    return ""
