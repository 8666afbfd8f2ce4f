"""The text of the Anonymous Bank: from bytes to fields, numbers and canonical columns.

Nothing is lost silently: each step enters in the report what it mended or left out.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import re
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats.errors import InvalidDataError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

__all__ = ["WHOLE_COLUMNS", "read"]

_CLOCKS = ("vru_entry", "vru_exit", "q_start", "q_exit", "ser_start", "ser_exit")
_NUMBERS = ("call_id", "priority", "vru_time", "q_time", "ser_time")
_HEADER = (
    "vru+line",
    "call_id",
    "customer_id",
    "priority",
    "type",
    "date",
    "vru_entry",
    "vru_exit",
    "vru_time",
    "q_start",
    "q_exit",
    "q_time",
    "outcome",
    "ser_start",
    "ser_exit",
    "ser_time",
    "server",
)
_OUTCOMES = ("AGENT", "HANG", "PHANTOM")
# What a row can be; also the outcome it gets.
_PARTS = ("answered", "abandoned", "vru_only", "phantom")
_CALL_TYPES = ("PS", "PE", "IN", "NE", "NW", "TT")
_NO_AGENT = "NO_SERVER"
WHOLE_COLUMNS = ("priority", "call_number")

_DAY = 86_400.0
_HOUR = 3_600.0
# The service clock runs 0 to 3 s ahead of the queue clock in 99 % of the served calls.
_CLOCK_SLACK = 3.0

# A row that lost the tab between priority and type: "0       TT" in one field.
_LOST_TAB = re.compile(r"(\d)\s+([A-Z]{2})")
_CLOCK_TEXT = re.compile(r"(\d{1,2}):([0-5]\d):([0-5]\d)", re.ASCII)
# Ten digits and more would be no number of the source, and 1e13 s leave the range of microseconds.
_WHOLE = re.compile(r"-?\d{1,9}", re.ASCII)
_DATE_TEXT = re.compile(r"\d{6}", re.ASCII)

_MAGIC: tuple[tuple[bytes, Callable[[bytes], bytes]], ...] = (
    (b"\x1f\x8b", gzip.decompress),
    (b"\xfd7zXZ\x00", lzma.decompress),
    (b"BZh", bz2.decompress),
)


def read(
    data: bytes | str, name: str, *, on_error: str, rows: str
) -> tuple[dict[str, NDArray[Any]], dict[str, int], list[dict[str, str | int]]]:
    """Canonical columns by arrival, the number of rows of each kind, and the report."""
    report = _Report()
    month = _month(_table(_text(data, name), name, report))
    _treat_unreadable(month, name, report, on_error)
    _describe(month, report, everything=rows == "all")

    keep = ~month.bad
    if rows == "queue":
        keep &= month.answered | month.abandoned
    columns = _columns(month)
    if on_error == "flag":
        keep |= month.bad
        columns["problem"] = np.array(month.problems, dtype=object)
    chosen = np.flatnonzero(keep)
    order = chosen[np.argsort(month.arrival[chosen], kind="stable")]
    in_order = {column: values[order] for column, values in columns.items()}
    return in_order, month.counts(), report.entries


def _text(data: bytes | str, name: str) -> str:
    if isinstance(data, str):
        return data.removeprefix("\ufeff")
    for magic, unpack in _MAGIC:
        if data.startswith(magic):
            try:
                data = unpack(data)
            except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError) as error:
                raise ValueError(
                    f"{name} cannot be unpacked, it is damaged or cut short: {error}"
                ) from error
            break
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        byte = data[error.start]
        raise ValueError(
            f"{name} must be UTF-8 text; got the byte 0x{byte:02x} at line {line}"
        ) from error


@dataclass
class _Table:
    """The fields of the rows as text, column by column, with the line each row stands on."""

    columns: dict[str, Sequence[str]]
    lines: NDArray[np.int64]
    problems: list[str | None]


@dataclass
class _Report:
    """What was found in the file, one entry a rule, as plain values that JSON can hold."""

    entries: list[dict[str, str | int]] = field(default_factory=list)

    def add(self, rule: str, count: int, example: str, effect: str) -> None:
        if count:
            self.entries.append(
                {"rule": rule, "count": count, "example": example, "effect": effect}
            )


def _table(text: str, name: str, report: _Report) -> _Table:
    if not text.strip():
        raise ValueError(f"{name} is empty")
    header, *body = text.replace("\r\n", "\n").split("\n")
    _check_header(header, name)
    rows: list[list[str]] = []
    lines: list[int] = []
    problems: list[str | None] = []
    blank_lines: list[int] = []
    lost_tabs: list[str] = []
    blanks: list[str] = []
    while body and not body[-1].strip():
        body.pop()
    for line, content in enumerate(body, start=2):
        if not content.strip():
            blank_lines.append(line)
            continue
        fields = content.split("\t")
        if len(fields) == len(_HEADER) - 1 and (merged := _LOST_TAB.fullmatch(fields[3].strip())):
            lost_tabs.append(f"line {line}: {fields[3]!r}")
            fields[3:4] = merged.groups()
        problem = None
        if len(fields) != len(_HEADER):
            problem = f"must have {len(_HEADER)} fields separated by tabs; got {len(fields)}"
            fields = [""] * len(_HEADER)
        # Blanks are rare: one look at the whole line saves stripping 17 fields in every other row.
        elif " " in content and (stripped := [each.strip() for each in fields]) != fields:
            before = next(
                each for each, after in zip(fields, stripped, strict=True) if each != after
            )
            blanks.append(f"line {line}: {before!r}")
            fields = stripped
        rows.append(fields)
        lines.append(line)
        problems.append(problem)
    if not rows:
        raise ValueError(f"{name} has a header and no rows")
    report.add(
        "blank_line", len(blank_lines), f"line {blank_lines[0]}" if blank_lines else "", "left out"
    )
    report.add(
        "lost_tab",
        len(lost_tabs),
        lost_tabs[0] if lost_tabs else "",
        "mended: read as two fields, priority and type",
    )
    report.add(
        "blanks",
        len(blanks),
        blanks[0] if blanks else "",
        "mended: blanks around the field taken off",
    )
    return _Table(
        dict(zip(_HEADER, zip(*rows, strict=True), strict=True)),
        np.array(lines, dtype=np.int64),
        problems,
    )


def _check_header(header: str, name: str) -> None:
    found = [each.strip() for each in header.split("\t")]
    if tuple(found) == _HEADER:
        return
    if len(found) == 1:
        raise ValueError(
            f"{name} must have a header of {len(_HEADER)} names separated by tabs; "
            f"got {header[:80]!r}"
        )
    position = next(
        (i for i, (a, b) in enumerate(zip(found, _HEADER, strict=False)) if a != b),
        min(len(found), len(_HEADER)),
    )
    expected = repr(_HEADER[position]) if position < len(_HEADER) else "nothing"
    got = repr(found[position]) if position < len(found) else "nothing"
    raise ValueError(
        f"{name} must have the header of the original format ({len(_HEADER)} names); "
        f"got {got} in place of {expected} at column {position + 1} ({len(found)} names in all)"
    )


def _each(texts: Sequence[str], parse: Callable[[str], float]) -> NDArray[np.float64]:
    """Read a column of texts, each distinct one once: clock times and durations repeat a lot."""
    values = {text: parse(text) for text in set(texts)}
    return np.array([values[text] for text in texts], dtype=np.float64)


def _clock(text: str) -> float:
    """Seconds after midnight, NaN if the text is no clock time."""
    match = _CLOCK_TEXT.fullmatch(text)
    if match is None or int(match[1]) > 23:
        return np.nan
    return 3600.0 * int(match[1]) + 60.0 * int(match[2]) + int(match[3])


def _whole(text: str) -> float:
    return float(text) if _WHOLE.fullmatch(text) else np.nan


def _date(text: str) -> float:
    """Days since 1970 of a yymmdd of the twentieth century, NaN if it is no date."""
    if _DATE_TEXT.fullmatch(text):
        try:
            return float(
                np.datetime64(f"19{text[:2]}-{text[2:4]}-{text[4:]}", "D").astype(np.int64)
            )
        except ValueError:
            pass
    return np.nan


def _follow(clock: NDArray[np.float64], before: NDArray[np.float64]) -> NDArray[np.float64]:
    """Put a clock time on the day that brings it nearest to the time before it.

    Both directions are needed: past midnight the clock starts anew, and some clocks stand a few
    minutes back.
    """
    return clock + _DAY * np.round((before - clock) / _DAY)


@dataclass
class _Month:
    """The rows of a file as numbers; what cannot be read is NaN, and `problems` has the reason."""

    texts: dict[str, Sequence[str]]
    lines: NDArray[np.int64]
    problems: list[str | None]
    number: dict[str, NDArray[np.float64]]
    clock: dict[str, NDArray[np.float64]]
    bad: NDArray[np.bool_]
    queued: NDArray[np.bool_]
    served: NDArray[np.bool_]
    answered: NDArray[np.bool_]
    hang: NDArray[np.bool_]
    abandoned: NDArray[np.bool_]
    vru_only: NDArray[np.bool_]
    phantom: NDArray[np.bool_]
    vru_entry: NDArray[np.float64]
    arrival: NDArray[np.float64]
    wait: NDArray[np.float64]
    service_start: NDArray[np.float64]

    def text(self, column: str) -> NDArray[np.object_]:
        return np.array(self.texts[column], dtype=object)

    def counts(self) -> dict[str, int]:
        """Number of rows read and of what they are; the parts add up."""
        parts = {name: int((getattr(self, name) & ~self.bad).sum()) for name in _PARTS}
        return {"read": len(self.bad), **parts, "unreadable": int(self.bad.sum())}


def _month(table: _Table) -> _Month:
    number = {column: _each(table.columns[column], _whole) for column in _NUMBERS}
    clock = {column: _each(table.columns[column], _clock) for column in _CLOCKS}
    midnight = _DAY * _each(table.columns["date"], _date)
    source = np.array(table.columns["outcome"], dtype=object)

    queued = (clock["q_start"] > 0) | (clock["q_exit"] > 0) | (number["q_time"] > 0)
    queue_known = ~np.isnan(clock["q_start"] + clock["q_exit"] + number["q_time"])
    served = (clock["ser_start"] > 0) | (number["ser_time"] > 0)
    hang = source == "HANG"
    vru_only = hang & ~queued & queue_known

    # The date is that of the entry to the voice unit; each later time follows the one before it.
    vru_entry = midnight + clock["vru_entry"]
    vru_exit = _follow(midnight + clock["vru_exit"], vru_entry)
    arrival = np.where(queued, _follow(midnight + clock["q_start"], vru_exit), vru_exit)
    arrival[~queue_known] = np.nan
    wait = np.where(vru_only, np.nan, number["q_time"])
    service_start = np.where(
        served, _follow(midnight + clock["ser_start"], arrival + number["q_time"]), np.nan
    )

    problems = _problems(table, number, clock, midnight, source)
    return _Month(
        texts=table.columns,
        lines=table.lines,
        problems=problems,
        number=number,
        clock=clock,
        bad=np.array([each is not None for each in problems]),
        queued=queued,
        served=served,
        answered=source == "AGENT",
        hang=hang,
        abandoned=hang & queued & queue_known,
        vru_only=vru_only,
        phantom=source == "PHANTOM",
        vru_entry=vru_entry,
        arrival=arrival,
        wait=wait,
        service_start=service_start,
    )


def _problems(
    table: _Table,
    number: dict[str, NDArray[np.float64]],
    clock: dict[str, NDArray[np.float64]],
    midnight: NDArray[np.float64],
    source: NDArray[np.object_],
) -> list[str | None]:
    """First reason, row by row, why a row cannot be read; None for a good row."""
    problems = list(table.problems)

    def note(column: str, mask: NDArray[np.bool_], rule: str) -> None:
        for row in np.flatnonzero(mask):
            if problems[row] is None:
                problems[row] = f"{column} must be {rule}; got {table.columns[column][int(row)]!r}"

    note("date", np.isnan(midnight), "a date yymmdd")
    for column, values in clock.items():
        note(column, np.isnan(values), "a clock time h:mm:ss")
    for column, values in number.items():
        note(column, np.isnan(values), "a whole number")
    for column in ("q_time", "ser_time"):
        note(column, number[column] < 0, ">= 0 seconds")
    note("outcome", ~np.isin(source, _OUTCOMES), f"one of {', '.join(_OUTCOMES)}")
    return problems


def _treat_unreadable(month: _Month, name: str, report: _Report, on_error: str) -> None:
    """Refuse the file or enter the unreadable rows in the report, one rule a kind of fault."""
    rows = np.flatnonzero(month.bad)
    if not len(rows):
        return
    reasons = [month.problems[row] or "" for row in rows]
    if on_error == "raise":
        raise InvalidDataError(
            f"{name}, line {month.lines[rows[0]]}: {reasons[0]} "
            f"({len(rows)} bad of {len(month.bad)} rows; "
            "on_error='drop' leaves them out, on_error='flag' keeps them marked)"
        )
    effect = (
        "left out"
        if on_error == "drop"
        else "kept; what could not be read is missing, reason in problem"
    )
    examples: dict[str, list[str]] = {}
    for row, reason in zip(rows, reasons, strict=True):
        rule = "fields" if reason.startswith("must have") else reason.split(" ", 1)[0]
        examples.setdefault(f"unreadable_{rule}", []).append(f"line {month.lines[row]}: {reason}")
    for rule, found in examples.items():
        report.add(rule, len(found), found[0], effect)


def _describe(month: _Month, report: _Report, *, everything: bool) -> None:
    """Enter in the report what is odd about the rows that can be read, and what becomes of it."""

    def found(rule: str, mask: NDArray[np.bool_], columns: tuple[str, ...], effect: str) -> None:
        mask = mask & ~month.bad
        if mask.any():
            first = int(np.argmax(mask))
            shown = ", ".join(f"{column} {month.texts[column][first]}" for column in columns)
            report.add(rule, int(mask.sum()), f"line {month.lines[first]}: {shown}", effect)

    number, clock = month.number, month.clock
    call = ~month.phantom
    unserved = month.text("server") == _NO_AGENT
    customer = month.text("customer_id")
    left_out = "kept with its outcome" if everything else "left out"
    found(
        "vru_only", month.vru_only, ("outcome", "q_time"), f"{left_out}; did not ask for an agent"
    )
    found(
        "phantom",
        month.phantom,
        ("outcome", "ser_time"),
        f"{left_out}; the source says to ignore it",
    )
    found(
        "call_number_repeated",
        _repeated(month.texts["call_id"]),
        ("vru+line", "call_id"),
        "line put before it",
    )
    found(
        "agent_name_damaged",
        call & _damaged(month.text("server")),
        ("server",),
        "mended; read as NA inside the name",
    )
    found(
        "customer_rounded",
        call & _rounded(customer),
        ("customer_id",),
        "customer missing; its digits are lost",
    )
    found(
        "answered_without_agent",
        month.answered & unserved,
        ("server", "ser_time"),
        "kept; agent missing",
    )
    found(
        "hang_with_agent",
        month.hang & ~unserved,
        ("outcome", "server"),
        "agent missing; nobody answered",
    )
    found(
        "hang_with_service",
        month.hang & (number["ser_time"] > 0),
        ("outcome", "ser_time"),
        "outcome kept; talk missing, see service_time",
    )
    found(
        "answered_without_talk",
        month.answered & (number["ser_time"] == 0),
        ("ser_start", "ser_time"),
        "kept; talk 0",
    )
    found("queue_over_hour", call & (number["q_time"] > _HOUR), ("q_time",), "kept as recorded")
    found(
        "service_over_hour", call & (number["ser_time"] > _HOUR), ("ser_time",), "kept as recorded"
    )
    found(
        "vru_time_negative",
        call & (number["vru_time"] < 0),
        ("vru_entry", "vru_exit", "vru_time"),
        "vru_time missing; arrival counts from the exit",
    )
    for part, recorded in (
        ("vru", call),
        ("q", call & month.queued),
        ("ser", call & (month.served | (clock["ser_exit"] > 0))),
    ):
        start = f"{part}_{'entry' if part == 'vru' else 'start'}"
        columns = (start, f"{part}_exit", f"{part}_time")
        turned = recorded & (number[columns[2]] >= 0)
        agree = (clock[columns[1]] - clock[start] - number[columns[2]]) % _DAY == 0
        found(
            f"{part}_past_midnight",
            turned & agree & (clock[columns[1]] < clock[start]),
            columns,
            "kept; times after midnight carry the next date",
        )
        found(
            f"{part}_clocks_disagree",
            turned & ~agree,
            columns,
            "kept; the duration is used, not the exit",
        )
    found(
        "service_clock_apart",
        month.answered
        & month.served
        & (np.abs(month.service_start - month.arrival - month.wait) > _CLOCK_SLACK),
        ("vru_exit", "q_exit", "ser_start"),
        f"kept; answer is arrival + wait, more than {_CLOCK_SLACK:.0f} s from service_start",
    )
    found(
        "call_type_undocumented",
        call & ~np.isin(month.text("type"), _CALL_TYPES),
        ("type",),
        "kept as recorded",
    )


def _repeated(texts: Sequence[str]) -> NDArray[np.bool_]:
    """Rows whose text stood in an earlier row."""
    first = dict(zip(reversed(texts), range(len(texts) - 1, -1, -1), strict=True))
    return np.array([first[text] != row for row, text in enumerate(texts)])


def _damaged(server: NDArray[np.object_]) -> NDArray[np.bool_]:
    return np.array([_NO_AGENT in name and name != _NO_AGENT for name in server], dtype=np.bool_)


def _rounded(customer: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Numbers such as 6.02701E+11: the six digits kept no longer tell customers apart."""
    return np.array(["E" in text.upper() for text in customer], dtype=np.bool_)


def _call_ids(month: _Month) -> NDArray[np.object_]:
    """Line and number of a call, unique in the source; a repetition gets its row in the file."""
    pairs = [
        f"{line}-{number}" if line and number else f"row-{row}"
        for line, number, row in zip(
            month.texts["vru+line"], month.texts["call_id"], month.lines, strict=True
        )
    ]
    again = _repeated(pairs)
    return np.array(
        [
            f"{pair}-row-{row}" if twice else pair
            for pair, twice, row in zip(pairs, again, month.lines, strict=True)
        ],
        dtype=object,
    )


def _columns(month: _Month) -> dict[str, NDArray[Any]]:
    answered, number = month.answered, month.number
    agent = month.text("server")
    damaged = _damaged(agent)
    # The month of May came through a program that took NA for "no agent", inside names too.
    agent[damaged] = [name.replace(_NO_AGENT, "NA") for name in agent[damaged]]
    call_type, customer, line = (
        month.text("type"),
        month.text("customer_id"),
        month.text("vru+line"),
    )
    outcome = np.full(len(month.bad), "", dtype=object)
    for part in _PARTS:
        outcome[getattr(month, part)] = part
    talk = np.where(answered, number["ser_time"], np.nan)
    left = month.arrival + np.where(month.vru_only, 0.0, month.wait)
    return {
        "call_id": _call_ids(month),
        "arrival": _times(month.arrival),
        "wait": month.wait,
        "outcome": _without(outcome, outcome == ""),
        "queue": _without(
            np.where(call_type == "IN", "internet", "bank").astype(object), call_type == ""
        ),
        "agent": _without(agent, ~answered | (agent == _NO_AGENT) | (agent == "")),
        "answer": _times(np.where(answered, left, np.nan)),
        "end": _times(np.where(answered, left + talk, np.where(month.hang, left, np.nan))),
        "talk": talk,
        "call_type": _without(call_type, call_type == ""),
        "customer": _without(customer, np.isin(customer, ("", "0")) | _rounded(customer)),
        "priority": _whole_numbers(number["priority"]),
        "queued": month.queued,
        "line": _without(line, line == ""),
        "call_number": _whole_numbers(number["call_id"]),
        "vru_entry": _times(month.vru_entry),
        "vru_time": np.where(number["vru_time"] < 0, np.nan, number["vru_time"]),
        "service_start": _times(month.service_start),
        "service_time": number["ser_time"],
    }


def _without(texts: NDArray[np.object_], missing: NDArray[np.bool_]) -> NDArray[np.object_]:
    kept = texts.copy()
    kept[missing] = None
    return kept


def _times(seconds: NDArray[np.float64]) -> NDArray[np.datetime64]:
    """Seconds since 1970 in microseconds, the one unit that both frame libraries have."""
    missing = np.isnan(seconds)
    times = (np.where(missing, 0, seconds).astype(np.int64) * 1_000_000).astype("datetime64[us]")
    times[missing] = np.datetime64("NaT", "us")
    return times


def _whole_numbers(values: NDArray[np.float64]) -> NDArray[Any]:
    """As int64, or where some are missing (flagged rows only) as Python ints and None."""
    missing = np.isnan(values)
    if not missing.any():
        return values.astype(np.int64)
    return np.array(
        [None if gone else int(value) for value, gone in zip(values, missing, strict=True)],
        dtype=object,
    )
