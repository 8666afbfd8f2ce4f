"""The tables of shift types and of breaks, read and checked."""

from __future__ import annotations

import datetime
import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats._tables import durations
from callstats._tables.checks import listed, mapping, must_be, number, shown
from callstats._tables.table import COUNTABLE, Rule, Table
from callstats._tables.truths import is_missing
from callstats.errors import InvalidDataError

if TYPE_CHECKING:
    import pandas as pd

    from callstats.shifts.grid import Grid
    from callstats.typing import Frame

_DAY = 86_400.0
_CLOCK = re.compile(r"\s*(\d{1,2}):(\d{2})(?::(\d{2}))?\s*")
_MOST_TYPES = 100_000
_MOST_BREAKS = 6
#: What helps where a shift or break is off the grid.
FINER = "Cut the requirement finer with shifts.resample: a half hour's need holds in both quarters"
#: A maximum that is no limit.
NO_LIMIT = 2.0**40
_MAXIMUM = Rule("be a whole number >= 0", lambda v: np.isnan(v) | ((v >= 0) & (v % 1 == 0)))


@dataclass(frozen=True)
class Window:
    """When a break of a shift may begin, seconds after the shift's start."""

    name: str
    earliest: int
    latest: int
    length: int
    paid: bool


@dataclass(frozen=True)
class ShiftType:
    """A start, a length, and what it costs."""

    name: str
    #: Seconds after local midnight.
    start: int
    length: int
    #: Hours.
    paid: float
    cost: float
    group: str
    minimum: int
    maximum: float
    windows: tuple[Window, ...] = ()


def templates(
    *, starts: Any, lengths: Any, breaks: Frame | None = None, unpaid: Any = None
) -> pd.DataFrame:
    """The table of shift types: every start with every length.

    Parameters
    ----------
    starts : sequence
        Times after local midnight: ``"07:30"``, times, durations or seconds; < 24 hours.
    lengths : sequence
        Durations such as ``"8h"`` or seconds; > 0 and at most 24 hours.
    breaks : DataFrame, optional
        Breaks as in `cover`; those that are not paid are taken off ``paid``.
    unpaid : duration or mapping, optional
        Time of each shift that is not paid, or such a time by length: ``{"8.5h": "30min"}``.

    Returns
    -------
    DataFrame
        One row a shift, of pandas: ``shift``, its name; ``start``, ``length`` and ``paid`` as
        timedeltas; ``cost``, missing: a shift costs its paid hours; ``group``, "full" for the
        longest and "part" for the others; ``minimum`` 0 and ``maximum``, missing: no limit. All of
        them may be changed.

    Raises
    ------
    ValueError
        A start or length outside its domain, or breaks that do not fit.

    Examples
    --------
    >>> shifts = templates(starts=["07:00", "12:00"], lengths=["4h", "8.5h"],
    ...                    unpaid={"8.5h": "30min"})
    >>> shifts[["shift", "paid", "group"]]
             shift            paid group
    0  07:00-11:00 0 days 04:00:00  part
    1  07:00-15:30 0 days 08:00:00  full
    2  12:00-16:00 0 days 04:00:00  part
    3  12:00-20:30 0 days 08:00:00  full
    """
    import pandas as pd

    begins = [clock_time("starts", each) for each in listed("starts", starts, "several times")]
    spans = [_length("lengths", each) for each in listed("lengths", lengths, "several durations")]
    if len(begins) * len(spans) > _MOST_TYPES:
        raise ValueError(f"starts must make at most {_MOST_TYPES:,} shifts with lengths")
    off = _unpaid(unpaid, spans)
    rows = sorted(set(itertools.product(begins, spans)))
    longest = max(spans, default=0)
    frame = pd.DataFrame(
        {
            "shift": [_name(start, length) for start, length in rows],
            "start": pd.to_timedelta([start for start, _ in rows], unit="s"),
            "length": pd.to_timedelta([length for _, length in rows], unit="s"),
            "paid": pd.to_timedelta([length - off.get(length, 0) for _, length in rows], unit="s"),
            "cost": np.full(len(rows), np.nan),
            "group": ["full" if length == longest else "part" for _, length in rows],
            "minimum": np.zeros(len(rows), np.int64),
            "maximum": np.full(len(rows), np.nan),
        }
    )
    if breaks is not None:
        types = read_breaks(breaks, read_shifts(frame))
        paid = {each.name: each.paid * 3600 for each in types}
        frame["paid"] = pd.to_timedelta([paid[name] for name in frame["shift"]], unit="s")
    return frame


def clock_time(name: str, value: Any) -> int:
    """Seconds after midnight of a clock text, a time or a duration."""
    if isinstance(value, str) and (match := _CLOCK.fullmatch(value)):
        hours, minutes, rest = (int(part or 0) for part in match.groups())
        found: Any = hours * 3600 + minutes * 60 + rest
    elif isinstance(value, datetime.time):
        found = value.hour * 3600 + value.minute * 60 + value.second
    else:
        found = durations.seconds(name, value)
    known = isinstance(found, int | float | np.number) and not isinstance(found, bool)
    if not known or not 0 <= found < _DAY or found % 1:
        msg = f"{name} must be times after midnight such as '07:30', < 24 h; got {shown(value)}"
        raise ValueError(msg)
    return int(found)


def _length(name: str, value: Any) -> int:
    found = durations.seconds(name, value)
    known = isinstance(found, int | float | np.number) and not isinstance(found, bool)
    if not known or not 0 < found <= _DAY or found % 1:
        msg = f"{name} must be whole seconds > 0 and at most 24 hours; got {shown(value)}"
        raise ValueError(msg)
    return int(found)


def _unpaid(unpaid: Any, spans: list[int]) -> dict[int, int]:
    if unpaid is None:
        return {}
    if isinstance(unpaid, dict):
        pairs = mapping("unpaid", unpaid, "lengths to durations").items()
        off = {_length("unpaid", span): _length("unpaid", value) for span, value in pairs}
    else:
        value = durations.seconds("unpaid", unpaid)
        least = number("unpaid", value, "from 0 to 24 hours", lambda v: 0 <= v <= _DAY)
        off = dict.fromkeys(spans, int(least))
    bad = [span for span in off if off[span] > span]
    if bad:
        msg = f"unpaid must be no longer than the shift; got {off[bad[0]]} s of {bad[0]} s"
        raise ValueError(msg)
    return off


def _name(start: int, length: int) -> str:
    ends = (start, (start + length) % int(_DAY))
    return "-".join(f"{each // 3600:02}:{each % 3600 // 60:02}" for each in ends)


def read_shifts(shifts: Any) -> list[ShiftType]:
    """The types of a table, by start, length and name: the order of its rows does not matter."""
    table = Table(shifts, "shifts", remedy="")
    table.require("start", "length")
    if table.rows > _MOST_TYPES:
        raise InvalidDataError(f"shifts must have at most {_MOST_TYPES:,} rows; got {table.rows:,}")
    starts = _clocks(table)
    lengths = table.seconds("length", "the shift cannot be placed")
    table.report(
        "length",
        "be whole seconds > 0 and at most 24 hours",
        ~((lengths > 0) & (lengths <= _DAY) & (lengths % 1 == 0)),
        "",
    )
    paid = table.seconds("paid", "") if table.has("paid") else np.full(table.rows, np.nan)
    paid = np.where(np.isnan(paid), lengths, paid)
    table.report("paid", "be at most the length", paid > lengths, "")
    costs = np.full(table.rows, np.nan)
    if table.has("cost"):
        costs = table.numbers(
            "cost", Rule("be >= 0", lambda v: np.isnan(v) | (v >= 0) & (v < np.inf))
        )
    least = table.numbers("minimum", COUNTABLE) if table.has("minimum") else np.zeros(table.rows)
    most = np.full(table.rows, np.nan)
    if table.has("maximum"):
        most = table.numbers("maximum", _MAXIMUM)
    most = np.where(np.isnan(most), NO_LIMIT, most)
    table.report("maximum", "be at least minimum", most < least, "")
    table.settle()
    names = _texts(table, "shift")
    groups = _texts(table, "group") or [""] * table.rows
    if not names:
        names = [_name(int(s), int(n)) for s, n in zip(starts, lengths, strict=True)]
    again = np.array([names.index(name) < at for at, name in enumerate(names)], bool)
    must_be("shift", np.array(names, object), "different names", again)
    found = [
        ShiftType(
            names[k],
            int(starts[k]),
            int(lengths[k]),
            paid[k] / 3600,
            float(costs[k]),
            groups[k],
            int(least[k]),
            float(most[k]),
        )
        for k in range(table.rows)
    ]
    return sorted(found, key=lambda each: (each.start, each.length, each.name))


def _clocks(table: Table) -> Any:
    found = np.zeros(table.rows)
    bad = np.zeros(table.rows, bool)
    for row, value in enumerate(table.frame["start"].to_list()):
        try:
            found[row] = clock_time("start", value)
        except (TypeError, ValueError):
            bad[row] = True
    table.report("start", "be a time after midnight such as '07:30', < 24 h", bad, "")
    return found


def _texts(table: Table, name: str) -> list[str]:
    if not table.has(name):
        return []
    values = table.frame[name].to_list()
    missing = np.array([is_missing(each) for each in values], bool)
    if name == "shift":
        table.report(name, "be known", missing, "")
        table.settle()
    return ["" if gone else str(each) for each, gone in zip(values, missing, strict=True)]


def read_breaks(breaks: Any, types: list[ShiftType]) -> list[ShiftType]:
    """The types with their breaks, and with unpaid ones taken off what is paid."""
    if breaks is None:
        return [_priced(each) for each in types]
    table = Table(breaks, "breaks", remedy="")
    table.require("earliest", "latest", "length")
    earliest, latest, length = (
        table.seconds(name, "") for name in ("earliest", "latest", "length")
    )
    for name, column in (("earliest", earliest), ("latest", latest), ("length", length)):
        table.report(name, "be known whole seconds", ~(column % 1 == 0), "")
    table.report("length", "be > 0", length <= 0, "")
    table.report("latest", "be at or after earliest", latest < earliest, "")
    names = _texts(table, "break") or ["break"] * table.rows
    of_name = _of_shift(table)
    of_length = np.full(table.rows, np.nan)
    if table.has("shift_length"):
        of_length = table.seconds("shift_length", "")
    paid = _paid(table)
    known = {each.name for each in types}
    strange = np.array([bool(n) and n not in known for n in of_name], bool)
    table.report("shift", "be a shift of the table", strange, "")
    outside = np.zeros(table.rows, bool)
    made = []
    for each in types:
        fits = [
            k
            for k in range(table.rows)
            if (of_name[k] == each.name if of_name[k] else of_length[k] == each.length)
            or (not of_name[k] and np.isnan(of_length[k]))
        ]
        for k in fits:
            outside[k] |= latest[k] + length[k] > each.length
        windows = [
            Window(names[k], int(earliest[k]), int(latest[k]), int(length[k]), bool(paid[k]))
            for k in fits
            if np.isfinite([earliest[k], latest[k], length[k]]).all()
        ]
        windows.sort(key=lambda w: (w.earliest, w.latest, w.length, w.name))
        made.append((each, tuple(windows)))
    table.report("latest", "let the break end within its shift", outside, "")
    table.settle()
    return [_priced(each, windows) for each, windows in made]


def _of_shift(table: Table) -> list[str]:
    if not table.has("shift"):
        return [""] * table.rows
    values = table.frame["shift"].to_list()
    return ["" if is_missing(each) else str(each) for each in values]


def _paid(table: Table) -> Any:
    if not table.has("paid"):
        return np.ones(table.rows, bool)
    return table.truths("paid", "")


def _priced(each: ShiftType, windows: tuple[Window, ...] = ()) -> ShiftType:
    if len(windows) > _MOST_BREAKS:
        raise InvalidDataError(
            f"breaks must be at most {_MOST_BREAKS} of a shift; got {len(windows)} of {each.name!r}"
        )
    off = sum(w.length for w in windows if not w.paid)
    paid = min(each.paid, (each.length - off) / 3600)
    if paid < 0:
        msg = f"breaks must be shorter than their shift; got {off} s of {each.name!r}"
        raise InvalidDataError(msg)
    cost = paid if np.isnan(each.cost) else each.cost
    return ShiftType(
        each.name,
        each.start,
        each.length,
        paid,
        cost,
        each.group,
        each.minimum,
        each.maximum,
        windows,
    )


def require_on_grid(types: list[ShiftType], grid: Grid, argument: str = "shifts") -> None:
    """Raise where a length, or a break, is no whole number of slots."""
    for each in types:
        if each.length % grid.step:
            raise InvalidDataError(
                f"{argument}: {each.name!r} lasts {each.length} s, no whole number of slots of "
                f"{grid.step} s. {FINER}"
            )
        for window in each.windows:
            for name in ("earliest", "latest", "length"):
                if getattr(window, name) % grid.step:
                    raise InvalidDataError(
                        f"breaks: {name} of {window.name!r} in {each.name!r} is "
                        f"{getattr(window, name)} s, off the grid of {grid.step} s. {FINER}"
                    )
