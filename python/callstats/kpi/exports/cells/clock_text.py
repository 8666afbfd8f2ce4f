"""Times and durations as exports write them, into ISO 8601 and seconds."""

from __future__ import annotations

import functools
import re
import unicodedata
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from callstats._tables import durations
from callstats.errors import InvalidDataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Dates = Literal["dmy", "mdy"]

#: What stands for "nothing here" in a column of times, durations or numbers.
MISSING_WORDS = frozenset(
    {"", "-", "--", "?", "na", "n/a", "nan", "nat", "null", "none", "nil", "无", "空"}
)

#: How databases write a time that is none.
_NO_TIME = ("0000-00-00", "0001-01-01")

_MONTHS = {
    name: month
    for month, names in enumerate(
        (
            "january jan",
            "february feb",
            "march mar",
            "april apr",
            "may",
            "june jun",
            "july jul",
            "august aug",
            "september sep sept",
            "october oct",
            "november nov",
            "december dec",
        ),
        1,
    )
    for name in names.split()
}
_DATE = re.compile(
    r"(?P<y>\d{4})\s*[-/.年]\s*(?P<m>\d{1,2})\s*[-/.月]\s*(?P<d>\d{1,2})\s*日?"
    r"|(?P<cy>\d{4})(?P<cm>\d\d)(?P<cd>\d\d)(?=\D|\d{6}|\d{4}|$)"
    r"|(?P<a>\d{1,2})[-/.](?P<b>\d{1,2})[-/.](?P<ny>\d{4}|\d{2})(?!\d)"
    r"|(?P<dd>\d{1,2})[-\s./]*(?P<name>[a-z]{3,9})\.?[-\s,./]+(?P<dy>\d{4}|\d{2})(?!\d)"
    r"|(?P<first>[a-z]{3,9})\.?[-\s]+(?P<md>\d{1,2}),?[-\s]+(?P<my>\d{4})"
)
#: What a date begins with whose day and month may be the wrong way round.
_EITHER_WAY = re.compile(r"\s*\d{1,2}[-/.]\d{1,2}[-/.]", re.UNICODE)
_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)?", re.ASCII)
_CLOCK = re.compile(
    r"(?:(?P<before>上午|下午|am|pm)\s*)?"
    r"(?P<h>\d{1,2})\s*[:时点]\s*(?P<mi>\d{1,2})"
    r"(?:\s*[:分]\s*(?P<s>\d{1,2})(?:[.,](?P<f>\d{1,9}))?\s*秒?)?\s*分?"
    r"\s*(?P<after>上午|下午|[ap]\.?m\.?)?\s*(?P<zone>z|utc|[+-]\d\d(?::?\d\d)?)?"
)
_COMPACT_CLOCK = re.compile(r"(\d\d)(\d\d)(\d\d)?")
#: A count since 1970: in seconds (10 digits from 2001 on), ms, us or ns.
_COUNT = re.compile(r"1\d{9}(?:\.\d+)?|1\d{12}(?:\.\d+)?|1\d{15}|1\d{18}")
_AFTERNOON = {"下午": True, "pm": True, "p.m.": True, "上午": False, "am": False, "a.m.": False}
_YEAR_FIRST = (("y", "cy"), ("m", "cm"), ("d", "cd"))
#: Two-digit years up to this are of this century, as POSIX reads them.
_CENTURY_SPLIT = 68

_UNITS = re.compile(
    r"(?:(\d+(?:\.\d+)?)\s*(?:h|hr|hrs|hours?|小时|时))?\s*"
    r"(?:(\d+(?:\.\d+)?)\s*(?:m|min|mins|minutes?|分钟|分))?\s*"
    r"(?:(\d+(?:\.\d+)?)\s*(?:s|sec|secs|seconds?|秒))?"
)
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")


#: A day of the week before a date says nothing that the date does not.
_WEEKDAY = re.compile(r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,?\s+(?=\w)")


def _plain(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).strip().lower()
    return _WEEKDAY.sub("", plain, count=1) if plain[:1] in "mtwfs" else plain


@dataclass(frozen=True)
class _Parts:
    """A time that was found in a text; day and month may be the wrong way round."""

    year: int
    first: int
    second: int
    #: Whether `first` and `second` are known to be month and day.
    certain: bool
    clock: str = ""

    def day(self, order: Dates | None) -> str:
        """The date in ISO 8601."""
        month, day = self.first, self.second
        if not self.certain and order == "dmy":
            month, day = day, month
        return f"{self.year:04d}-{month:02d}-{day:02d}"


def _parts(text: str) -> _Parts | None:
    plain = _plain(text)
    if (found := _DATE.match(plain)) is None:
        return None
    clock = _clock(plain[found.end() :].strip(" t,"))
    date = None if clock is None else _date(found)
    return None if date is None or clock is None else replace(date, clock=clock)


@functools.lru_cache(maxsize=65_536)
def _day(text: str, order: Dates | None) -> str | None:
    """A date alone in ISO 8601."""
    found = _DATE.fullmatch(_plain(text))
    date = None if found is None else _date(found)
    return None if date is None else date.day(order)


def _date(found: re.Match[str]) -> _Parts | None:
    if found["y"] or found["cy"]:
        year, month, day = (found[own] or found[compact] for own, compact in _YEAR_FIRST)
        return _Parts(int(year), int(month), int(day), certain=True)
    if found["a"]:
        return _Parts(_year(found["ny"]), int(found["a"]), int(found["b"]), certain=False)
    word, day, year = (
        (found["name"], found["dd"], found["dy"])
        if found["name"]
        else (found["first"], found["md"], found["my"])
    )
    if word not in _MONTHS:
        return None
    return _Parts(_year(year), _MONTHS[word], int(day), certain=True)


def _year(digits: str) -> int:
    year = int(digits)
    if len(digits) > 2:
        return year
    return year + (2000 if year <= _CENTURY_SPLIT else 1900)


@functools.lru_cache(maxsize=131_072)
def _clock(text: str) -> str | None:
    text = _plain(text)
    if not text:
        return ""
    if compact := _COMPACT_CLOCK.fullmatch(text):
        return f"T{compact[1]}:{compact[2]}:{compact[3] or '00'}"
    if (found := _CLOCK.fullmatch(text)) is None:
        return None
    hour = int(found["h"])
    half = found["before"] or found["after"]
    if half is not None:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + 12 * _AFTERNOON.get(half, half.startswith("p"))
    zone = (found["zone"] or "").replace("utc", "z").upper()
    fraction = f".{found['f']}" if found["f"] else ""
    return f"T{hour:02d}:{int(found['mi']):02d}:{int(found['s'] or 0):02d}{fraction}{zone}"


def _is_missing(text: str) -> bool:
    plain = _plain(text)
    return plain in MISSING_WORDS or plain.startswith(_NO_TIME)


Kind = Literal["moment", "date", "clock", "range", "count", "digits", "missing", "other"]


def kind_of(text: str) -> Kind:
    """What a text looks like where a time belongs.

    >>> kind_of("2024-03-05 09:00"), kind_of("9:00 AM"), kind_of("0900-0930"), kind_of("1709543400")
    ('moment', 'clock', 'range', 'count')
    """
    plain = _plain(text)
    if _is_missing(text):
        return "missing"
    if _COUNT.fullmatch(plain):
        return "count"
    if plain.isdigit() and len(plain) <= 4:
        return "digits"
    if _day(plain, None) is not None:
        return "date"
    if _clock(plain) is not None:
        return "clock"
    if _parts(plain) is not None:
        return "moment"
    return "other" if range_ends(plain) is None else "range"


@functools.lru_cache(maxsize=8192)
def range_ends(text: str) -> tuple[str, str] | None:
    """The two ends of a range of clock readings or times, as they are written.

    >>> range_ends("9:00 AM - 9:30 AM"), range_ends("2024-03-05 09:00-09:30")
    (('9:00 AM', '9:30 AM'), ('2024-03-05 09:00', '09:30'))
    """
    stripped = unicodedata.normalize("NFKC", text).strip()
    for mark in re.finditer(r"\s*(?:[-\u2013\u2014~\u81f3\u5230]|\bto\b|\bbis\b)\s*", stripped):
        start, end = stripped[: mark.start()], stripped[mark.end() :]
        first = _clock(start) if start else None
        if first is None and (found := _parts(start)) is not None:
            first = found.clock
        if first and end and (_clock(end) or ((to := _parts(end)) is not None and to.clock)):
            return start, end
    return None


def date_order(columns: Mapping[str, Iterable[str]], dates: Dates | None) -> Dates | None:
    """Whether day or month comes first in dates such as 03/04/2024; None if it does not matter.

    Raises
    ------
    InvalidDataError
        The dates do not tell, or some tell one thing and some the other.
    """
    if dates is not None:
        return dates
    seen: dict[Dates, str] = {}
    unclear = ""
    for name, values in columns.items():
        heads = (text.strip().partition(" ")[0] for text in values if _EITHER_WAY.match(text))
        for text in dict.fromkeys(heads):
            found = _parts(text)
            if found is None or found.certain or found.first == found.second:
                continue
            if found.first > 12:
                seen.setdefault("dmy", f"{text!r} in {name!r}")
            elif found.second > 12:
                seen.setdefault("mdy", f"{text!r} in {name!r}")
            else:
                unclear = unclear or f"{text!r} in {name!r}"
    if len(seen) == 2:
        raise InvalidDataError(
            f"dates have the day first in some rows ({seen['dmy']}) and the month first in others "
            f"({seen['mdy']}); pass dates='dmy' or dates='mdy'"
        )
    if unclear and not seen:
        raise InvalidDataError(
            f"day and month of {unclear} can be mistaken for one another, and no other date tells; "
            "pass dates='dmy' or dates='mdy'"
        )
    return next(iter(seen), None)


def iso_times(values: Iterable[str], order: Dates | None) -> list[str | None]:
    """Each time in ISO 8601; missing words are None, what cannot be read stays as it is."""
    found: list[str | None] = []
    for text in values:
        if _ISO.fullmatch(text) and not text.startswith(_NO_TIME):
            found.append(text)
            continue
        if _is_missing(text):
            found.append(None)
            continue
        # Days and clock readings repeat over a log: most times are made of parts that are known.
        head, _, rest = text.strip().partition(" ")
        day, clock = _day(head, order), _clock(rest)
        if day is None or clock is None:
            parts = _parts(text)
            found.append(text if parts is None else parts.day(order) + parts.clock)
        else:
            found.append(day + clock)
    return found


def seconds_of(text: str) -> float | None:
    """Seconds that a text tells; NaN for missing words, None where it cannot be read.

    >>> seconds_of("0:03:30"), seconds_of("3分20秒"), seconds_of("1h 5m"), seconds_of("1,230")
    (210.0, 200.0, 3900.0, 1230.0)
    """
    plain = _plain(text)
    if plain in MISSING_WORDS:
        return float("nan")
    if _THOUSANDS.fullmatch(plain):
        return float(plain.replace(",", ""))
    try:
        return durations.parse(plain)
    except ValueError:
        pass
    # A decimal comma after the seconds of a clock, as in 00:00:12,5.
    if re.fullmatch(r"[\d:]+,\d+", plain) and ":" in plain:
        return durations.parse(plain.replace(",", "."))
    if days := re.fullmatch(r"(\d+)\s*(?:days?|d|天)[\s,]*(.+)", plain):
        rest = seconds_of(days[2])
        return None if rest is None else int(days[1]) * 86_400 + rest
    spelled = _UNITS.fullmatch(plain)
    if spelled is None or not any(spelled.groups()):
        return None
    hours, minutes, seconds = (float(part or 0) for part in spelled.groups())
    return hours * 3600 + minutes * 60 + seconds
