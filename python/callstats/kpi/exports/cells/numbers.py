"""Numbers as exports write them: which mark is the decimal one is read off the whole column."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from callstats.errors import InvalidDataError
from callstats.kpi.exports.cells.clock_text import MISSING_WORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Decimal = Literal[".", ","]

#: A blank or an apostrophe before three digits separates thousands in any country.
_BLANKS = re.compile(r"(?<=\d)[\s'\u2019\u00a0\u202f](?=\d{3}(?!\d))")
_FORMS: dict[Decimal, re.Pattern[str]] = {
    ".": re.compile(r"[+-]?(?:(?:[1-9]\d{0,2}(?:,\d{3})+|\d+)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"),
    ",": re.compile(r"[+-]?(?:(?:[1-9]\d{0,2}(?:\.\d{3})+|\d+)(?:,\d*)?|,\d+)(?:[eE][+-]?\d+)?"),
}
_OTHER: dict[Decimal, Decimal] = {".": ",", ",": "."}
#: Longer whole parts and those that begin with a nought are ids and dates such as 05.03.
_EVIDENCE = re.compile(r"[+-]?(?:0|[1-9]\d{0,6}|[1-9]\d{0,2}(?:[.,]\d{3})+)?[.,]\d+")


class TwoReadingsError(InvalidDataError):
    """Values can be read in two ways; the message says what to pass for each."""


def _bare(text: str) -> str:
    return _BLANKS.sub("", text.strip().removesuffix("%").rstrip())


def is_number(text: str) -> bool:
    """Whether a text is a number with either decimal mark.

    >>> is_number("1.250,75"), is_number("1 000"), is_number("3:30")
    (True, True, False)
    """
    bare = _bare(text)
    return any(form.fullmatch(bare) for form in _FORMS.values())


def number_of(text: str, decimal: Decimal) -> float | None:
    """The number that a text is, NaN for missing words, None where it is none.

    >>> number_of("1.250,75", ","), number_of("1,250", "."), number_of("81.2%", ".")
    (1250.75, 1250.0, 0.812)
    """
    if text.strip().lower() in MISSING_WORDS:
        return float("nan")
    bare = _bare(text)
    if not _FORMS[decimal].fullmatch(bare):
        return None
    number = float(bare.replace(_OTHER[decimal], "").replace(",", "."))
    return number / 100 if text.strip().endswith("%") else number


def only_reading(text: str) -> Decimal | None:
    """The decimal mark that a number must have; None where it has none or can be read in two ways.

    >>> only_reading("12,5"), only_reading("0.125"), only_reading("1,250"), only_reading("12")
    (',', '.', None, None)
    """
    bare = _bare(text)
    if "." not in bare and "," not in bare:
        return None
    fit: list[Decimal] = [mark for mark, form in _FORMS.items() if form.fullmatch(bare)]
    return fit[0] if len(fit) == 1 else None


def decimal_mark(
    name: str,
    source: str,
    texts: Iterable[str],
    *,
    given: Decimal | None,
    whole: bool,
    elsewhere: Callable[[], Decimal | None],
) -> Decimal:
    """Which mark is the decimal one in a column, by all of its numbers.

    `whole` says that the column holds counts; `elsewhere` what the table's other numbers say.

    Raises
    ------
    TwoReadingsError
        The numbers can be read in two ways, or some say one thing and some the other.
    """
    if given is not None:
        return given
    marks: dict[Decimal, str] = {}
    unclear: dict[Decimal, str] = {}
    unmarked = rounded = False
    for text in texts:
        bare = _bare(text)
        mark = only_reading(text)
        if mark is not None:
            marks.setdefault(mark, text)
        elif ("." in bare or "," in bare) and is_number(text):
            sign: Decimal = "," if "," in bare else "."
            unclear.setdefault(sign, text)
            rounded |= bare.endswith("0")
        else:
            unmarked |= bare.isdigit() and bare.strip("0") != ""
    if len(marks) == 2 or (not marks and len(unclear) == 2):
        both = marks if len(marks) == 2 else unclear
        raise TwoReadingsError(
            f"numbers of {source!r} have a decimal comma in some rows ({both[',']!r}) and a point "
            f"in others ({both['.']!r}); pass decimal=',' or decimal='.'"
        )
    if marks or not unclear:
        return next(iter(marks), ".")
    # 1,250 beside 910: who writes 1.25 with a last nought would write 910,000 as well.
    (sign, example), *_ = unclear.items()
    if whole or (rounded and unmarked):
        return _OTHER[sign]
    if (mark := elsewhere()) is not None:
        return mark
    one, other = (number_of(example, mark) for mark in (sign, _OTHER[sign]))
    raise TwoReadingsError(
        f"{name} has numbers such as {example!r} in {source!r} that can be read as {one:g} or "
        f"{other:g}, and no other number tells; pass decimal=',' or decimal='.'"
    )


def evidence(texts: Iterable[str]) -> set[Decimal]:
    """The decimal marks that the numbers of a column of another meaning must have."""
    found: set[Decimal] = set()
    for text in texts:
        if text.strip().lower() in MISSING_WORDS:
            continue
        if not is_number(text):
            return set()
        if (mark := only_reading(text)) and _EVIDENCE.fullmatch(_bare(text)):
            found.add(mark)
    return found
