"""Units and notations of durations, as names of columns carry them and users say them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from callstats._tables.checks import mapping
from callstats.kpi.exports.tables import simple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class Unit:
    """What one of a column of durations is."""

    #: Seconds that a bare number of one is.
    seconds: float = 1.0
    #: The fields of a clock reading, where they are known: "hh:mm:ss", "mm:ss" or "hh:mm".
    notation: str = ""
    #: Whether the user has said so, so that it is not doubted.
    said: bool = False


SECONDS = Unit()
_MS, _MIN, _HOUR, _DAY = Unit(1e-3), Unit(60.0), Unit(3600.0), Unit(86_400.0)
_HMS, _MS_CLOCK, _HM = Unit(1.0, "hh:mm:ss"), Unit(1.0, "mm:ss"), Unit(1.0, "hh:mm")
#: What a user may say.
_SAID = {
    "ms": _MS, "s": SECONDS, "min": _MIN, "h": _HOUR, "days": _DAY,
    "hh:mm:ss": _HMS, "mm:ss": _MS_CLOCK, "hh:mm": _HM,
}  # fmt: skip
#: What the name of a column of durations may end in, without blanks and punctuation.
SPELLINGS = {
    "milliseconds": _MS, "millisec": _MS, "millis": _MS, "msecs": _MS, "msec": _MS, "ms": _MS,
    "毫秒": _MS,
    "inseconds": SECONDS, "seconds": SECONDS, "insecs": SECONDS, "secs": SECONDS, "sec": SECONDS,
    "ins": SECONDS, "s": SECONDS, "秒": SECONDS, "秒数": SECONDS, "segundos": SECONDS,
    "sekunden": SECONDS, "sek": SECONDS, "secondes": SECONDS, "segs": SECONDS, "seg": SECONDS,
    "inminutes": _MIN, "minutes": _MIN, "inmins": _MIN, "mins": _MIN, "inmin": _MIN, "min": _MIN,
    "m": _MIN, "分钟": _MIN, "分": _MIN, "分钟数": _MIN, "minutos": _MIN, "minuten": _MIN,
    "inhours": _HOUR, "hours": _HOUR, "hour": _HOUR, "hrs": _HOUR, "hr": _HOUR, "h": _HOUR,
    "小时": _HOUR, "horas": _HOUR, "stunden": _HOUR, "std": _HOUR, "heures": _HOUR,
    "indays": _DAY, "days": _DAY, "day": _DAY, "d": _DAY, "天": _DAY,
    "hhmmss": _HMS, "hmmss": _HMS, "hms": _HMS, "时分秒": _HMS,
    "mmss": _MS_CLOCK, "mss": _MS_CLOCK, "分秒": _MS_CLOCK,
    "hhmm": _HM, "hmm": _HM, "时分": _HM,
}  # fmt: skip
#: Brackets of any width; U+FF08 and its like are those of Chinese.
_OPEN, _CLOSE = r"(\[\uff08\u3010", r")\]\uff09\u3011"
_BRACKETS = re.compile(
    rf"(?P<name>.*\S)\s*[{_OPEN}]\s*(?P<unit>[^{_OPEN}{_CLOSE}]+?)\s*[{_CLOSE}]\s*"
)
_APART = re.compile(r".*\S[\s_.\-/]+(?P<unit>[^\W_]+)\s*")
_CAPITAL = re.compile(r".*[a-z0-9](?P<unit>[A-Z][a-z]+|MS)")


def unit_of(header: str) -> Unit:
    """The unit that the name of a column ends in; seconds if it has none.

    >>> unit_of("Talk (ms)").seconds, unit_of("wait_min").seconds, unit_of("holdMs").seconds
    (0.001, 60.0, 0.001)
    >>> unit_of("Duration [hh:mm:ss]").notation, unit_of("Items").seconds
    ('hh:mm:ss', 1.0)
    """
    for pattern in (_BRACKETS, _APART, _CAPITAL):
        if (found := pattern.fullmatch(header)) and (unit := SPELLINGS.get(simple(found["unit"]))):
            return unit
    plain = simple(header)
    # Glued to the name a short unit may be the end of any word.
    for ending in sorted(SPELLINGS, key=len, reverse=True):
        if len(ending.encode()) > 4 and plain.endswith(ending):
            return SPELLINGS[ending]
    return SECONDS


def bracketed(header: str, present: Sequence[str]) -> tuple[str, Unit | None]:
    """A column that was named with its unit behind it in brackets, and that unit.

    >>> bracketed("Total Queue [ms]", ["Total Queue"])
    ('Total Queue', Unit(seconds=0.001, notation='', said=True))
    """
    found = _BRACKETS.fullmatch(header) if header not in present else None
    if found is None or found["name"] not in present:
        return header, None
    unit = SPELLINGS.get(simple(found["unit"]))
    return found["name"], None if unit is None else Unit(unit.seconds, unit.notation, said=True)


def given_units(units: Mapping[str, str], schema: Any, table: str) -> dict[str, Unit]:
    """The units that a user says for columns of durations."""
    read = {}
    for name, text in mapping("units", units, "columns to their units").items():
        if name not in schema.columns or schema.columns[name].holds != "seconds":
            listed = ", ".join(
                k for k, column in schema.columns.items() if column.holds == "seconds"
            )
            msg = f"units must name columns of durations of {table!r} ({listed}); got {name!r}"
            raise ValueError(msg)
        if text not in _SAID:
            raise ValueError(f"units must be one of {', '.join(_SAID)}; got {text!r} for {name!r}")
        read[name] = Unit(_SAID[text].seconds, _SAID[text].notation, said=True)
    return read
