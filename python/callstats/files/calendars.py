"""Schedules as iCalendar files (RFC 5545): an event for each row."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from typing import BinaryIO

#: Octets of a line; longer ones are folded.
_LONGEST = 75
_SUMMARY = ("activity", "shift", "agent")


def write_calendar(frame: pd.DataFrame, stream: BinaryIO) -> None:
    """An event from `start` to `end` for each row; its title is what the other columns say of it.

    Times with a zone are written in UTC, those without as the clock of whoever reads them.
    """
    missing = [name for name in ("start", "end") if name not in frame.columns]
    if missing:
        msg = f"a calendar needs the columns 'start' and 'end'; {missing[0]!r} is not there"
        raise ValueError(msg)
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//callstats//schedule//EN"]
    starts, ends = _moments(frame["start"]), _moments(frame["end"])
    titles = [_title(row) for row in frame.to_dict("records")]
    for number, (start, end, title) in enumerate(zip(starts, ends, titles, strict=True)):
        digest = hashlib.sha256(f"{number} {start} {end} {title}".encode()).hexdigest()[:32]
        lines += [
            "BEGIN:VEVENT",
            f"UID:{digest}@callstats",
            # No time of writing: the same table gives the same bytes.
            f"DTSTAMP:{start.removesuffix('Z')}Z",
            f"DTSTART:{start}",
            f"DTEND:{end}",
            f"SUMMARY:{title}",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    stream.writelines(_folded(line) for line in lines)


def _moments(column: pd.Series[Any]) -> list[str]:
    times = pd.to_datetime(column)
    if times.isna().any():
        msg = f"a calendar needs all times; {column.name!r} has none in row {times.isna().argmax()}"
        raise ValueError(msg)
    if times.dt.tz is None:
        return list(times.dt.strftime("%Y%m%dT%H%M%S"))
    return list(times.dt.tz_convert("UTC").dt.strftime("%Y%m%dT%H%M%SZ"))


def _title(row: dict[Any, Any]) -> str:
    known = [str(row[name]) for name in _SUMMARY if name in row and not pd.isna(row[name])]
    if not known and "agents" in row:
        known = [f"{row['agents']} agents"]
    text = ", ".join(each for each in known if each) or "busy"
    for mark in ("\\", ";", ","):
        text = text.replace(mark, f"\\{mark}")
    return text.replace("\r\n", "\\n").replace("\n", "\\n").replace("\r", "\\n")


def _folded(line: str) -> bytes:
    """A line of at most 75 octets, continued behind a blank, never within a character."""
    parts: list[bytes] = []
    part = b""
    for character in line:
        octets = character.encode("utf-8", "replace")
        if len(part) + len(octets) > _LONGEST - bool(parts):
            parts.append(part)
            part = b""
        part += octets
    parts.append(part)
    return b"\r\n ".join(parts) + b"\r\n"
