"""The text of the Anonymous Bank: from bytes to fields, numbers and canonical columns.

What is peculiar to it stands in ``data/anonymous_bank.toml``. Nothing is lost silently: what was
mended or left out enters the report.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import re
import zlib
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from callstats._tables.checks import counted
from callstats._tables.data_files import written_in
from callstats._tables.durations import parse
from callstats.errors import InvalidDataError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Report = list[dict[str, str | int]]

WHOLE_COLUMNS = ("priority", "call_number")

_DAY = 86_400.0
_MAGIC: tuple[tuple[bytes, Callable[[bytes], bytes]], ...] = (
    (b"\x1f\x8b", gzip.decompress),
    (b"\xfd7zXZ\x00", lzma.decompress),
    (b"BZh", bz2.decompress),
)


def _format() -> dict[str, Any]:
    return written_in("callstats", "data/anonymous_bank.toml")


def read(
    data: bytes | str, name: str, *, on_error: str, rows: str
) -> tuple[dict[str, NDArray[Any]], dict[str, int], Report]:
    """Canonical columns by arrival, the number of rows of each kind, and the report."""
    report: Report = []
    fields, problems = _fields(_text(data, name), name, report)
    month = _month(fields, problems)
    bad = problems.notna()
    _treat_unreadable(problems[bad], len(month), name, report, on_error)
    left_out = "kept with its outcome" if rows == "all" else "left out"
    for rule, (which, shown, effect) in _format()["findings"].items():
        found = fields[_those(month, which) & ~bad]
        if len(found):
            line, first = found.index[0], found.iloc[0]
            example = ", ".join(f"{field} {first[field]}" for field in shown.split())
            what = effect.format(left_out=left_out)
            _enter(report, rule, len(found), f"line {line}: {example}", what)

    columns = _columns(fields, month)
    keep = ~bad if rows == "all" else ~bad & (month["answered"] | month["abandoned"])
    if on_error == "flag":
        keep |= bad
        columns["problem"] = problems.to_numpy()
    chosen = np.flatnonzero(keep)
    order = chosen[np.argsort(month["arrival"].to_numpy()[chosen], kind="stable")]
    parts = {part: int((month[part] & ~bad).sum()) for part in _format()["parts"]}
    counts = {"read": len(month), **parts, "unreadable": int(bad.sum())}
    return {column: values[order] for column, values in columns.items()}, counts, report


def _enter(report: Report, rule: str, count: int, example: str, effect: str) -> None:
    report.append({"rule": rule, "count": count, "example": example, "effect": effect})


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


def _fields(text: str, name: str, report: Report) -> tuple[pd.DataFrame, pd.Series[Any]]:
    """The fields as text and what is wrong with their number, by the line that each row is in."""
    if not text.strip():
        raise ValueError(f"{name} is empty")
    head, *body = text.replace("\r\n", "\n").split("\n")
    while body and not body[-1].strip():
        body.pop()
    header, lost_tab = _format()["header"].split(), re.compile(_format()["lost_tab"])
    _check_header([each.strip() for each in head.split("\t")], header, head, name)
    rows: dict[int, list[str]] = {}
    problems: dict[int, str | None] = {}
    found: dict[str, list[str]] = {rule: [] for rule in _format()["mended"]}
    for line, content in enumerate(body, start=2):
        if not content.strip():
            found["blank_line"].append(f"line {line}")
            continue
        fields = content.split("\t")
        if len(fields) == len(header) - 1 and (two := lost_tab.fullmatch(fields[3].strip())):
            found["lost_tab"].append(f"line {line}: {fields[3]!r}")
            fields[3:4] = two.groups()
        problems[line] = None
        if len(fields) != len(header):
            problems[line] = f"must have {len(header)} fields separated by tabs; got {len(fields)}"
            fields = [""] * len(header)
        # Blanks are rare: one look at the whole line saves stripping 17 fields in every other row.
        elif " " in content and (blank := [each for each in fields if each != each.strip()]):
            found["blanks"].append(f"line {line}: {blank[0]!r}")
            fields = [each.strip() for each in fields]
        rows[line] = fields
    if not rows:
        raise ValueError(f"{name} has a header and no rows")
    for rule, examples in found.items():
        if examples:
            _enter(report, rule, len(examples), examples[0], _format()["mended"][rule])
    table = pd.DataFrame(list(rows.values()), index=list(rows), columns=header, dtype=object)
    return table, pd.Series(problems, dtype=object)


def _check_header(found: list[str], header: list[str], head: str, name: str) -> None:
    if found == header:
        return
    if len(found) == 1:
        raise ValueError(
            f"{name} must have a header of {len(header)} names separated by tabs; got {head[:80]!r}"
        )
    pairs = zip([*map(repr, found), "nothing"], [*map(repr, header), "nothing"], strict=False)
    position, (got, expected) = next((i, pair) for i, pair in enumerate(pairs) if len({*pair}) > 1)
    raise ValueError(
        f"{name} must have the header of the original format ({len(header)} names); "
        f"got {got} in place of {expected} at column {position + 1} ({len(found)} names in all)"
    )


def _month(fields: pd.DataFrame, problems: pd.Series[Any]) -> pd.DataFrame:
    """Fields as numbers, NaN where one cannot be read, and what each row is.

    The first rule that a row breaks enters `problems`.
    """
    month = fields.copy()
    for rule in _format()["rules"]:
        read, names = _READERS.get(rule["must_be"]), rule["fields"].split()
        # Each distinct text is read once: clock times and durations repeat a lot.
        codes, texts = pd.factorize(fields[names].to_numpy().T.ravel())
        fullmatch = re.compile(rule["texts"]).fullmatch
        fits = np.array([fullmatch(text) is not None for text in texts])
        if read is not None:
            values = np.full(len(texts), np.nan)
            values[fits] = [*map(read, texts[fits])]
            fits = ~np.isnan(values)
        for field, own in zip(names, codes.reshape(len(names), -1), strict=True):
            if read is not None:
                month[field] = values[own]
            for line, got in fields.loc[~fits[own] & problems.isna(), field].items():
                problems[line] = f"{field} must be {rule['must_be']}; got {got!r}"
    for kind, which in _format()["kinds"].items():
        month[kind] = _those(month, which)
    no_agent = _format()["no_agent"]
    month["repeated"] = fields["call_id"].duplicated()
    month["damaged"] = [no_agent in name and name != no_agent for name in fields["server"]]
    # Numbers such as 6.02701E+11: the six digits kept no longer tell customers apart.
    month["rounded"] = ["E" in text.upper() for text in fields["customer_id"]]

    # The date is that of the entry to the voice unit; each later time follows the one before it.
    midnight = month["date"]
    month["entry"] = midnight + month["vru_entry"]
    vru_exit = _follow(midnight + month["vru_exit"], month["entry"])
    in_queue = _follow(midnight + month["q_start"], vru_exit)
    month["arrival"] = in_queue.where(month["queued"], vru_exit).where(month["queue_known"])
    month["wait"] = month["q_time"].mask(month["vru_only"])
    service = _follow(midnight + month["ser_start"], month["arrival"] + month["q_time"])
    month["service_start"] = service.where(month["served"])
    return month


def _those(month: pd.DataFrame, which: str) -> pd.Series[bool]:
    """The rows that an expression of the format holds for."""
    rows: Any = month.eval(which, engine="python")
    return cast("pd.Series[bool]", rows)


def _midnight(text: str) -> float:
    """Seconds since 1970 at the start of a yymmdd of the twentieth century, NaN if no date."""
    day = pd.to_datetime(f"19{text}", format="%Y%m%d", errors="coerce")
    return day.timestamp() if isinstance(day, pd.Timestamp) else np.nan


_READERS: dict[str, Callable[[str], float]] = {
    "a date yymmdd": _midnight,
    "a clock time h:mm:ss": parse,
    "a whole number": float,
}


def _follow(clock: pd.Series[float], before: pd.Series[float]) -> pd.Series[float]:
    """Put a clock time on the day that brings it nearest to the time before it.

    Both directions are needed: past midnight the clock starts anew, and some clocks stand a few
    minutes back.
    """
    return clock + _DAY * ((before - clock) / _DAY).round()


def _treat_unreadable(
    problems: pd.Series[Any], total: int, name: str, report: Report, on_error: str
) -> None:
    """Refuse the file or enter the unreadable rows in the report, one rule a kind of fault."""
    if problems.empty:
        return
    if on_error == "raise":
        raise InvalidDataError(
            f"{name}, line {problems.index[0]}: {problems.iloc[0]} "
            f"({counted(len(problems), total)} rows; "
            "on_error='drop' leaves them out, on_error='flag' keeps them marked)"
        )
    effect = (
        "left out"
        if on_error == "drop"
        else "kept; what could not be read is missing, reason in problem"
    )
    field = problems.str.split(" ", n=1).str[0].replace("must", "fields")
    for rule, found in problems.groupby(field, sort=False):
        example = f"line {found.index[0]}: {found.iloc[0]}"
        _enter(report, f"unreadable_{rule}", len(found), example, effect)


def _columns(fields: pd.DataFrame, month: pd.DataFrame) -> dict[str, NDArray[Any]]:
    answered, call_type, wait = month["answered"], fields["type"], month["wait"]
    unnamed, customer = _format()["no_agent"], fields["customer_id"]
    agent = fields["server"].where(~month["damaged"], fields["server"].str.replace(unnamed, "NA"))
    outcome = pd.Series("", index=fields.index, dtype=object)
    for part in _format()["parts"]:
        outcome[month[part]] = part
    talk = month["ser_time"].where(answered)
    left = month["arrival"] + wait.mask(month["vru_only"], 0.0)
    queue = call_type.where(call_type == "", np.where(call_type == "IN", "internet", "bank"))
    return {
        "call_id": _call_ids(fields),
        "arrival": _times(month["arrival"]),
        "wait": wait.to_numpy(),
        "outcome": _texts(outcome),
        "queue": _texts(queue),
        "agent": _texts(agent, ~answered | (agent == unnamed)),
        "answer": _times(left.where(answered)),
        "end": _times((left + talk).where(answered, left.where(month["hang"]))),
        "talk": talk.to_numpy(),
        "call_type": _texts(call_type),
        "customer": _texts(customer, (customer == "0") | month["rounded"]),
        "priority": _whole_numbers(month["priority"]),
        "queued": month["queued"].to_numpy(),
        "line": _texts(fields["vru+line"]),
        "call_number": _whole_numbers(month["call_id"]),
        "vru_entry": _times(month["entry"]),
        "vru_time": month["vru_time"].mask(month["vru_time"] < 0).to_numpy(),
        "service_start": _times(month["service_start"]),
        "service_time": month["ser_time"].to_numpy(),
    }


def _call_ids(fields: pd.DataFrame) -> NDArray[Any]:
    """Line and number of a call, unique in the source; a repetition gets its row in the file."""
    row = "row-" + fields.index.astype(str).to_series(fields.index).astype(object)
    known = (fields["vru+line"] != "") & (fields["call_id"] != "")
    pair = (fields["vru+line"] + "-" + fields["call_id"]).where(known, row)
    return np.array(pair.mask(pair.duplicated(), pair + "-" + row), dtype=object)


def _texts(texts: pd.Series[Any], missing: Any = False) -> NDArray[Any]:
    kept = np.array(texts, dtype=object)
    kept[np.array((texts == "") | missing)] = None
    return kept


def _times(seconds: pd.Series[float]) -> NDArray[Any]:
    """Seconds since 1970 in microseconds, the one unit that both frame libraries have."""
    missing = seconds.isna().to_numpy()
    times = (seconds.fillna(0).to_numpy().astype(np.int64) * 1_000_000).astype("datetime64[us]")
    times[missing] = np.datetime64("NaT", "us")
    return times


def _whole_numbers(values: pd.Series[float]) -> NDArray[Any]:
    """As int64, or where some are missing (flagged rows only) as Python ints and None."""
    if not values.isna().any():
        return values.to_numpy().astype(np.int64)
    return np.array([None if value != value else int(value) for value in values], dtype=object)  # noqa: PLR0124
