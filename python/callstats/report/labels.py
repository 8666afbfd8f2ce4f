"""The words of the report in English and Chinese, and how numbers are written."""

from __future__ import annotations

import math
import string
from typing import TYPE_CHECKING, Any, Literal

from callstats._tables.data_files import written_in

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable

__all__ = ["LANGUAGES", "Language", "Words", "texts"]

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")


def texts() -> dict[str, dict[str, str]]:
    """Each text by its key and its language, as ``labels.toml`` has them."""
    return written_in("callstats.report", "labels.toml")


class Words(string.Formatter):
    """Text and numbers in one language.

    >>> words = Words("en")
    >>> words("goal", goal=0.8), words.share(0.6534), words.written(400, "duration")
    ('Goal 80%', '65.3%', '6 min 40 s')
    """

    def __init__(self, language: Language = "en") -> None:
        if language not in LANGUAGES:
            choices = ", ".join(repr(each) for each in LANGUAGES)
            msg = f"language must be one of {choices}; got {language!r}"
            raise ValueError(msg)
        self.language = language

    def __call__(self, key: str, **figures: object) -> str:
        """The text of `key` with `figures` in their places, written as the text says."""
        return self.vformat(texts()[key][self.language], (), figures)

    def format_field(self, value: Any, format_spec: str) -> str:
        """A figure as `Words.share` or another writes it: "share", or "share.0" for its digits."""
        return self.written(value, format_spec)

    def written(self, value: Any, how: str) -> str:
        """A figure as a format says that follows its name: "count", "share.0"; "" is text."""
        way, _, digits = how.partition(".")
        if not way:
            return str(value)
        write: Callable[..., str] = getattr(self, way)
        return write(value, int(digits)) if digits else write(value)

    def count(self, value: float) -> str:
        """A whole number with thousands set apart."""
        return f"{round(value):,}" if math.isfinite(value) else self._odd(value)

    def number(self, value: float, digits: int = 1) -> str:
        """A number with so many decimals."""
        return f"{value:,.{digits}f}" if math.isfinite(value) else self._odd(value)

    def share(self, value: float, digits: int = 1) -> str:
        """A fraction as percent."""
        return f"{100 * value:.{digits}f}%" if math.isfinite(value) else self._odd(value)

    def points(self, value: float) -> str:
        """A difference of two fractions in percentage points, without sign."""
        return f"{abs(100 * value):.1f}" if math.isfinite(value) else self._odd(value)

    def duration(self, seconds: float) -> str:
        """Seconds as a reader says them: seconds below 100, else minutes, else hours."""
        if not math.isfinite(seconds):
            return self._odd(seconds)
        hour, minute, second = ("小时", "分", "秒") if self.language == "zh" else ("h", "min", "s")
        space = "" if self.language == "zh" else " "
        if abs(seconds) < 10 and seconds != round(seconds):
            return f"{seconds:.1f}{space}{second}"
        whole = round(seconds)
        if abs(whole) < 100:
            return f"{whole}{space}{second}"
        large, small = (hour, minute) if whole >= 3600 else (minute, second)
        first, rest = divmod(whole // 60 if whole >= 3600 else whole, 60)
        if not rest:
            # Chinese says 5分45秒, but 5分钟.
            return f"{first}{space}{'分钟' if large == '分' else large}"
        return f"{first}{space}{large}{space}{rest}{space}{small}"

    def signed(self, value: float, digits: int = 1) -> str:
        """A number with its sign."""
        return ("+" if value > 0 else "") + self.number(value, digits)

    def clock(self, minutes: float) -> str:
        """Minutes since midnight as a clock shows them."""
        return f"{int(minutes) // 60:02d}:{int(minutes) % 60:02d}"

    def date(self, day: datetime.date) -> str:
        """A date, short, without the year."""
        month = self("months_short").split()[day.month - 1]
        return f"{month}{day.day}日" if self.language == "zh" else f"{day.day} {month}"

    def full_date(self, day: datetime.date) -> str:
        """A date with its year."""
        year = f"{day.year}年" if self.language == "zh" else f" {day.year}"
        return year + self.date(day) if self.language == "zh" else self.date(day) + year

    def weekday(self, number: float, *, short: bool = False) -> str:
        """The name of a weekday, Monday being 0."""
        return self("weekdays_short" if short else "weekdays").split()[int(number)]

    def listed(self, items: list[str]) -> str:
        """Items one after the other."""
        return self("list_join").join(items)

    def _odd(self, value: float) -> str:
        return self("unknown") if math.isnan(value) else self("infinite")
