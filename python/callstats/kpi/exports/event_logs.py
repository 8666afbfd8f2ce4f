"""Logs with a row an event: the queue log of Asterisk, and what agents do, as calls and spells.

Source of the queue log: https://docs.asterisk.org/Configuration/Applications/Building-Queues/
(time, call, queue, agent, event and up to five data, whose meaning is that of the event).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from callstats.errors import InvalidDataError

if TYPE_CHECKING:
    from collections.abc import Sequence

#: The columns of the queue log, in the names of its table for databases.
QUEUE_LOG_COLUMNS = (
    "time", "callid", "queuename", "agent", "event", "data1", "data2", "data3", "data4", "data5",
)  # fmt: skip
#: Which of the data of an event that ends an entry is the wait, and how the entry ended.
_ENDS = {
    "ABANDON": ("abandoned", 3),
    "EXITWITHTIMEOUT": ("flow_out", 3),
    "EXITEMPTY": ("flow_out", 3),
    "EXITWITHKEY": ("flow_out", 4),
}
#: Which of the data of an event that ends a talk is its length.
_TALKED = {
    "COMPLETEAGENT": 2, "COMPLETECALLER": 2, "TRANSFER": 4, "BLINDTRANSFER": 4,
    "ATTENDEDTRANSFER": 4,
}  # fmt: skip
QUEUE_LOG_EVENTS = frozenset(
    {
        "ENTERQUEUE", "CONNECT", "RINGNOANSWER", "RINGCANCELED", *_ENDS, *_TALKED, "ADDMEMBER",
        "REMOVEMEMBER", "PAUSE", "UNPAUSE", "PAUSEALL", "UNPAUSEALL", "AGENTLOGIN", "AGENTLOGOFF",
        "AGENTCALLBACKLOGIN", "AGENTCALLBACKLOGOFF", "QUEUESTART", "CONFIGRELOAD", "DID", "INFO",
        "SYSCOMPAT", "AGENTDUMP", "MEMBERPENALTY", "QUEUEPENALTY", "PENALTY",
    }
)  # fmt: skip#: Those that change what an agent does; ringing without an answer does not.
_OF_AGENTS = frozenset(
    {
        "CONNECT", *_TALKED, "PAUSE", "UNPAUSE", "PAUSEALL", "UNPAUSEALL", "AGENTLOGIN",
        "AGENTLOGOFF", "AGENTCALLBACKLOGIN", "AGENTCALLBACKLOGOFF",
    }
)  # fmt: skip


@dataclass
class Unfolded:
    """The rows that a log of events tells of."""

    columns: dict[str, list[Any]]
    #: How they were made, and what was left out.
    made: dict[str, str] = field(default_factory=dict)


def from_events(raw: Any, table: str) -> Unfolded | None:
    """Calls, or events of agents, of a queue log; None where the frame is no such log."""
    if table not in {"calls", "states"}:
        return None
    log = _queue_log(raw)
    if log is None:
        return None
    return _entries(log) if table == "calls" else _member_events(log)


def is_queue_log_row(fields: Sequence[str]) -> bool:
    """Whether the fields of a row are those of a queue log: a count of seconds and an event.

    >>> is_queue_log_row(["1709543400", "1709543400.1", "sales", "NONE", "ENTERQUEUE", "", "5551"])
    True
    """
    return len(fields) > 4 and fields[0].isdigit() and fields[4] in QUEUE_LOG_EVENTS


def _queue_log(raw: Any) -> dict[str, list[Any]] | None:
    """The columns of a queue log under their own names; None where it is none."""
    names = list(raw.columns)
    if any(str(name) in QUEUE_LOG_EVENTS for name in names):
        raise InvalidDataError(
            "export is a queue log, whose first row was read as a header: a queue log has none; "
            "read it with header=None and names=range(10)"
        )
    for place, name in enumerate(names):
        if place > 6 or raw.get_column(name).dtype.is_numeric():
            continue
        values = raw.get_column(name).drop_nulls().head(1000).to_list()
        known = sum(isinstance(v, str) and v.strip().upper() in QUEUE_LOG_EVENTS for v in values)
        if values and known >= 0.9 * len(values):
            break
    else:
        return None
    if place < 4:
        return None
    # What precedes the event are time, call, queue and agent; an id of the row may come first.
    first = place - 4
    chosen = names[first : first + len(QUEUE_LOG_COLUMNS)]
    columns = {
        plain: raw.get_column(name).to_list()
        for plain, name in zip(QUEUE_LOG_COLUMNS, chosen, strict=False)
    }
    columns = _unpacked(columns, len(raw))
    times = [_whole(value) for value in columns["time"]]
    if all(time is not None for time in times):
        order = sorted(range(len(raw)), key=lambda row: times[row] or 0.0)
        columns = {name: [values[row] for row in order] for name, values in columns.items()}
    return columns


def _unpacked(columns: dict[str, list[Any]], rows: int) -> dict[str, list[Any]]:
    """The data one by one where they stand in one column with | between."""
    for name in QUEUE_LOG_COLUMNS:
        columns.setdefault(name, [None] * rows)
    packed = columns["data1"]
    if any(isinstance(value, str) and "|" in value for value in packed):
        parts = [str(value).split("|") if value is not None else [] for value in packed]
        for place in range(5):
            columns[f"data{place + 1}"] = [
                each[place] if place < len(each) else None for each in parts
            ]
    return columns


def _whole(value: Any) -> float | None:
    """A datum that is seconds; None where it is none."""
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        return None
    return seconds if seconds >= 0 else None


def _text(value: Any) -> str | None:
    """A number of a caller as text; 5551.0 is how 5551 comes beside missing ones."""
    if value is None or value != value or not str(value).strip():  # noqa: PLR0124 - NaN
        return None
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


@dataclass
class _Entry:
    call: str
    queue: Any
    arrival: Any
    customer: Any = None
    wait: float | None = None
    outcome: str | None = None
    agent: Any = None
    answer: Any = None
    end: Any = None
    talk: float | None = None
    ring: float | None = None
    transferred: bool = False


def _entries(log: dict[str, list[Any]]) -> Unfolded:
    """The queue entries of a queue log."""
    waiting: dict[tuple[str, Any], _Entry] = {}
    entries: list[_Entry] = []
    left: Counter[str] = Counter()
    for row in zip(*(log[name] for name in QUEUE_LOG_COLUMNS), strict=True):
        time, call, queue, agent, event, *data = row
        event = str(event).strip().upper()
        key = (str(call), queue)
        if event == "ENTERQUEUE":
            entries.append(_Entry(str(call), queue, time, customer=_text(data[1])))
            waiting[key] = entries[-1]
        elif event == "CONNECT" or event in _ENDS or event in _TALKED:
            entry = waiting.get(key)
            if entry is None:
                left["events of calls that entered before the log begins"] += 1
            else:
                _go_on(entry, event, time, agent, data)
    finished = [entry for entry in entries if entry.outcome is not None]
    if len(finished) < len(entries):
        left["calls that were waiting when the log ended"] = len(entries) - len(finished)
    seen: Counter[str] = Counter()
    ids = []
    for entry in finished:
        seen[entry.call] += 1
        ids.append(entry.call if seen[entry.call] == 1 else f"{entry.call}#{seen[entry.call]}")
    columns: dict[str, list[Any]] = {"call_id": ids}
    names = (
        "arrival", "wait", "outcome", "queue", "agent", "answer", "end", "talk", "ring",
        "customer", "transferred",
    )  # fmt: skip
    for name in names:
        columns[name] = [getattr(entry, name) for entry in finished]
    columns["contact_id"] = [entry.call for entry in finished]
    made = {"calls": "events of a queue log, an ENTERQUEUE a row"}
    made |= {f"{count} {what}": "left out" for what, count in left.items()}
    return Unfolded(columns, made)


def _go_on(entry: _Entry, event: str, time: Any, agent: Any, data: Sequence[Any]) -> None:
    if event == "CONNECT":
        entry.outcome, entry.answer, entry.agent = "answered", time, agent
        entry.wait, entry.ring = _whole(data[0]), _whole(data[2])
    elif event in _ENDS:
        entry.outcome, place = _ENDS[event]
        entry.end, entry.wait = time, _whole(data[place - 1])
    elif entry.outcome == "answered":
        entry.end, entry.talk = time, _whole(data[_TALKED[event] - 1])
        entry.transferred = "TRANSFER" in event
    if entry.wait is None and entry.outcome is not None and event not in _TALKED:
        arrival, now = _whole(entry.arrival), _whole(time)
        entry.wait = None if arrival is None or now is None else now - arrival


def _member_events(log: dict[str, list[Any]]) -> Unfolded:
    """What the agents of a queue log do; who is a member of several queues is so once."""
    rows: dict[str, list[Any]] = {"agent": [], "start": [], "state": []}
    queues: dict[Any, set[Any]] = {}
    for time, queue, agent, event in zip(
        log["time"], log["queuename"], log["agent"], log["event"], strict=True
    ):
        plain = str(event).strip().upper()
        member = queues.setdefault(agent, set())
        if plain in {"ADDMEMBER", "REMOVEMEMBER"}:
            was = bool(member)
            (member.add if plain == "ADDMEMBER" else member.discard)(queue)
            if bool(member) == was:
                continue
        elif plain not in _OF_AGENTS or agent in {None, "NONE"}:
            continue
        for name, value in zip(rows, (agent, time, plain), strict=True):
            rows[name].append(value)
    return Unfolded(rows, {"states": "events of a queue log"})
