"""What can be typed after a command: argument types and the options that several commands take."""

from __future__ import annotations

import argparse
import math
import re
from typing import Any, NoReturn

from callstats._tables.durations import parse
from callstats.files.formats import FORMATS

DEFINITIONS = (
    "offered",
    "answered",
    "exclude_abandoned_within",
    "count_abandoned_within",
    "count_short_abandoned",
    "exclude_short_abandoned",
)


class UsageError(Exception):
    """The command cannot be understood as it was typed."""


class Parser(argparse.ArgumentParser):
    """argparse, with one line for an error and examples printed as they are written."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False, **options
        )

    def error(self, message: str) -> NoReturn:
        """Raise instead of printing the whole usage."""
        raise UsageError(message)


def _refuse(text: str, what: str) -> argparse.ArgumentTypeError:
    return argparse.ArgumentTypeError(f"{text!r} is not {what}")


def number(text: str) -> float:
    """Any number."""
    try:
        value = float(text)
    except ValueError:
        raise _refuse(text, "a number") from None
    if math.isnan(value):
        raise _refuse(text, "a number")
    return value


def whole(text: str) -> int:
    """A whole number >= 0."""
    if not re.fullmatch(r"\d+", text):
        raise _refuse(text, "a whole number >= 0")
    return int(text)


def margin(text: str) -> float:
    """A number > 0; ``5%`` is 0.05."""
    value = number(text[:-1]) / 100 if text.endswith("%") else number(text)
    if value <= 0:
        raise _refuse(text, "a margin > 0")
    return value


def fraction(text: str) -> float:
    """A share in [0, 1]; ``80%`` is understood, 80 is asked about."""
    if text.endswith("%"):
        share = number(text[:-1]) / 100
    else:
        share = number(text)
        if 1 < share <= 100:
            msg = f"{text} is not a fraction between 0 and 1; did you mean {share / 100:g}?"
            raise argparse.ArgumentTypeError(msg)
    if not 0 <= share <= 1:
        raise _refuse(text, "a fraction between 0 and 1")
    return share


def duration(text: str) -> float:
    """Seconds, ``20s``, ``5min``, ``3:30``."""
    try:
        return parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def durations(text: str) -> tuple[float, ...]:
    """Durations with commas between."""
    return tuple(duration(part) for part in names(text))


def names(text: str) -> tuple[str, ...]:
    """Names with commas between."""
    parts = tuple(part.strip() for part in text.split(","))
    if not all(parts):
        raise _refuse(text, "a list of names with commas between")
    return parts


def renamings(text: str) -> dict[str, str]:
    """``arrival=Start Time,wait=Queued,acw=``: what each column is to be called, and is called.

    Nothing after the sign: no column is the one. What has no sign of equality belongs to the column
    before it: ``wait=Wait, in queue``.
    """
    renamed: dict[str, str] = {}
    last = ""
    for part in text.split(","):
        name, sign, column = part.partition("=")
        if not sign and last and renamed[last]:
            renamed[last] += f",{part}"
            continue
        last = name.strip()
        if not sign or not last or last in renamed:
            raise _refuse(text, "a list of new and old names such as arrival=Start,wait=Queued")
        renamed[last] = column.strip()
    return renamed


def pairs(text: str) -> dict[str, str | None]:
    """``Handled=answered,Lost=abandoned,Test=``: what each word means, None for no call at all.

    What has no sign of equality belongs to the word that follows: ``Left, then back=answered``.
    """
    meant: dict[str, str | None] = {}
    begun = ""
    for part in text.split(","):
        word, sign, meaning = (begun + part).rpartition("=")
        if not sign:
            begun += f"{part},"
            continue
        begun = ""
        if not word.strip() or word.strip() in meant:
            raise _refuse(text, _PAIRS)
        meant[word.strip()] = meaning.strip() or None
        if "|" in meaning:
            msg = f"of {meaning.strip()} choose the one that {word.strip()!r} means"
            raise argparse.ArgumentTypeError(msg)
    if begun:
        raise _refuse(text, _PAIRS)
    return meant


def units(text: str) -> dict[str, str]:
    """``wait=ms,talk=min``: the unit of each column of durations."""
    parts = [part.partition("=") for part in names(text)]
    meant = {name.strip(): unit.strip() for name, _, unit in parts}
    if len(meant) < len(parts) or not all(meant) or not all(meant.values()):
        raise _refuse(text, "a list of durations and units such as wait=ms,talk=min")
    return meant


_PAIRS = "a list of words and outcomes such as Handled=answered"


class _Gathered(argparse.Action):
    """An option that may come again: what it maps is added to what came before."""

    def __call__(
        self,
        _parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        _option: str | None = None,
    ) -> None:
        """Add the pairs of this one."""
        setattr(namespace, self.dest, {**getattr(namespace, self.dest), **values})


def agents(text: str) -> tuple[int, ...]:
    """``34``, ``30,34,38``, ``30:42`` (both ends belong to it) or ``30:60:5``."""
    found: list[int] = []
    for part in text.split(","):
        if not (match := re.fullmatch(r"\s*(\d+)(?::(\d+)(?::(\d+))?)?\s*", part)):
            raise _refuse(text, "a range of agents such as 30:42 or 30,34,38")
        first, last, step = int(match[1]), int(match[2] or match[1]), int(match[3] or 1)
        if last < first or step < 1:
            raise _refuse(text, "a range of agents from low to high")
        # A table is for reading; a million lines of it are a slip of the finger.
        if (last - first) // step > 100_000:
            raise _refuse(text, "a range of at most 100000 numbers of agents")
        found += range(first, last + 1, step)
    return tuple(found)


def bound(text: str) -> tuple[str, str | None, int]:
    """``customer=1`` for each level of a column, ``call_type:complaint=1`` for one."""
    if not (match := re.fullmatch(r"([^:=]+)(?::(.*))?=(\d+)", text)):
        raise _refuse(text, "a bound such as customer=1 or call_type:complaint=1")
    return match[1], match[2], int(match[3])


def chosen(options: argparse.Namespace, names: str) -> dict[str, Any]:
    """What the options say, as the arguments that have their names: ``"by freq threshold"``."""
    return {name: getattr(options, name) for name in names.split()}


def input_options(parser: Parser) -> None:
    """How the files that come in are to be read."""
    add = parser.add_argument_group("reading").add_argument
    add("--encoding", default="utf-8", metavar="NAME", help="of CSV and TSV (default utf-8)")
    add("--separator", metavar="CHAR", help="between fields of CSV (default a comma)")
    add("--sheet", metavar="NAME", help="of an Excel file (default the first)")
    add(
        "--rename",
        type=renamings,
        action=_Gathered,
        default={},
        metavar="NAME=COL,...",
        help="what the file calls a column: arrival=Start,wait=Queued; acw= where none is that",
    )
    add(
        "--where",
        action="append",
        default=[],
        metavar="COL=VALUE,...",
        help="rows to read: direction=inbound, queue!=test,training; the others are left out",
    )
    add(
        "--text",
        type=names,
        default=(),
        metavar="COL,...",
        help="columns to take as text, whatever they look like",
    )


def export_options(parser: Parser, *, words: bool = True) -> None:
    """How what a telephone system exported is to be understood; `words` where it has outcomes."""
    add = parser.add_argument_group("exports").add_argument
    add(
        "--dates",
        choices=("dmy", "mdy"),
        help="order of day and month in the dates of an export, such as 03/04/2024",
    )
    add(
        "--units",
        type=units,
        action=_Gathered,
        default={},
        metavar="NAME=UNIT,...",
        help="of durations: wait=ms,talk=min (ms, s, min, h, days; hh:mm:ss, mm:ss, hh:mm); or "
        "behind a name: --rename 'wait=Total Queue [ms]'",
    )
    add("--decimal", choices=(".", ","), help="decimal mark of numbers such as 1,250")
    if not words:
        return
    add(
        "--words",
        type=pairs,
        action=_Gathered,
        default={},
        metavar="WORD=MEANING,...",
        help="what an export writes: Handled=answered,Lost=abandoned,Dialled=outbound; nothing "
        "after = leaves such rows out",
    )


def on_error_option(parser: Parser) -> None:
    """What becomes of rows that break a rule."""
    parser.add_argument(
        "--on-error",
        choices=("raise", "drop", "flag"),
        default="raise",
        help="a row that breaks a rule: stop, leave it out, or keep it marked (default raise)",
    )


def format_option(parser: Any) -> None:
    """The format of what has no name to tell it."""
    parser.add_argument(
        "--format",
        choices=FORMATS,
        help="of standard input and output, and of files whose ending does not tell",
    )


def output_options(parser: Parser, *, required: bool = False) -> None:
    """Where the result goes."""
    group = parser.add_argument_group("writing")
    group.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        required=required,
        help="CSV, TSV, Parquet or Excel by its ending, or - for standard output"
        + ("" if required else "; without it a table to read is printed"),
    )
    format_option(group)
    group.add_argument(
        "--safe-csv",
        action="store_true",
        help="an apostrophe before text that a spreadsheet would take for a formula",
    )
