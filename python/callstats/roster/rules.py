"""What a roster keeps to, and what departures cost."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from callstats._tables import durations
from callstats._tables.checks import number, one_of, shown, whole
from callstats.shifts.tables import clock_time

_COUNTS = ("consecutive_days", "weekends", "nights", "week_days")
_HOURS = ("week_hours", "hours", "min_hours")
_RUNS = ("minimum_run", "minimum_off")
_PRICES = (
    "under_penalty",
    "over_penalty",
    "hours_penalty",
    "run_penalty",
    "fairness_penalty",
    "change_penalty",
)
_MOST_DAYS = 31

_ENGLISH = {
    "rest": "At least {} h between a shift and the next day's.",
    "split": "Several shifts a day, {} to {} h apart.",
    "one": "One shift a day.",
    "consecutive_days": "At most {} days in a row.",
    "weekends": "At most {} weekends.",
    "nights": "At most {} night shifts.",
    "week_days": "At most {} days from Monday to Sunday.",
    "week_hours": "At most {} paid hours from Monday to Sunday.",
    "hours": "At most {} paid hours in all.",
    "min_hours": "At least {} paid hours in all; each hour less costs {}.",
    "minimum_run": "At least {} days in a row; a shorter run costs {}.",
    "minimum_off": "At least {} days off in a row; a shorter pause costs {}.",
    "night_at": "A night shift is one at work at {:02}:{:02}.",
    "under_penalty": "A shift without its agent costs {}.",
    "over_penalty": "An agent more than a shift needs costs {}.",
    "fairness_penalty": "A weekend or night shift above the fair share costs {}.",
    "change_penalty": "A published shift taken away costs {}.",
}
_CHINESE = {
    "rest": "班次与次日班次之间至少休息 {} 小时。",
    "split": "每天可上多个班,间隔 {} 至 {} 小时。",
    "one": "每天一个班次。",
    "consecutive_days": "连续工作最多 {} 天。",
    "weekends": "最多 {} 个周末上班。",
    "nights": "最多 {} 个夜班。",
    "week_days": "周一至周日最多 {} 天。",
    "week_hours": "周一至周日最多 {} 个计薪小时。",
    "hours": "总计最多 {} 个计薪小时。",
    "min_hours": "总计至少 {} 个计薪小时,每少一小时计 {}。",
    "minimum_run": "连续工作至少 {} 天,不足一次计 {}。",
    "minimum_off": "连续休息至少 {} 天,不足一次计 {}。",
    "night_at": "{:02}:{:02} 在岗的班次为夜班。",
    "under_penalty": "班次缺一人计 {}。",
    "over_penalty": "班次多一人计 {}。",
    "fairness_penalty": "超出公平份额的周末班或夜班每个计 {}。",
    "change_penalty": "取消一个已公布的班次计 {}。",
}


@dataclass(frozen=True)
class Rules:
    """The rules of a roster: immutable, and printable by `explain`.

    None is no limit. Each limit may be given agent by agent, as a column of `agents` of the same
    name. Weekends are Saturdays and Sundays by the day on which a shift starts; weeks begin on
    Monday.
    """

    #: Between the end of a shift and the start of one on a later day.
    rest: Any = "11h"
    consecutive_days: int | None = 6
    #: Weekends with a shift, night shifts and paid hours of the whole roster.
    weekends: int | None = None
    nights: int | None = None
    #: Paid hours, and days, from Monday to Sunday.
    week_hours: float | None = None
    week_days: int | None = None
    hours: float | None = None
    #: Wanted, at `hours_penalty` for each hour less.
    min_hours: float | None = None
    #: Days at work, and days off, in a row; wanted, at `run_penalty` for each run that is shorter.
    minimum_run: int = 1
    minimum_off: int = 1
    #: Whether an agent may have several shifts a day, with a pause of `split_gap` between them.
    split: bool = False
    split_gap: tuple[Any, Any] = ("1h", "5h")
    #: Who is at work then has a night shift.
    night_at: Any = "03:00"
    under_penalty: float = 100.0
    #: None: no more agents than a shift needs.
    over_penalty: float | None = None
    hours_penalty: float = 10.0
    run_penalty: float = 50.0
    #: Of each weekend or night shift above the agent's share, by contract.
    fairness_penalty: float = 0.0
    #: Of each shift of the horizon in `history` that is taken away.
    change_penalty: float = 0.0

    def __post_init__(self) -> None:
        """Every field checked, durations as seconds."""
        rest = self._duration("rest", self.rest)
        object.__setattr__(self, "rest", rest)
        for name in _COUNTS:
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, whole(name, value, 0))
        for name in _HOURS:
            value = getattr(self, name)
            if value is not None:
                number(name, value, ">= 0 and finite", lambda h: 0 <= h < np.inf)
        for name in _RUNS:
            object.__setattr__(self, name, whole(name, getattr(self, name), 1, _MOST_DAYS))
        if not isinstance(self.split, bool):
            raise TypeError(f"split must be True or False; got {shown(self.split)}")
        if not isinstance(self.split_gap, tuple | list) or len(self.split_gap) != 2:
            msg = f"split_gap must be the least and the most pause; got {shown(self.split_gap)}"
            raise ValueError(msg)
        gap = tuple(self._duration("split_gap", each) for each in self.split_gap)
        if gap[1] < gap[0]:
            raise ValueError(
                f"split_gap must be the least and then the most pause; got {shown(self.split_gap)}"
            )
        object.__setattr__(self, "split_gap", gap)
        object.__setattr__(self, "night_at", clock_time("night_at", self.night_at))
        for name in _PRICES:
            value = getattr(self, name)
            if value is not None or name != "over_penalty":
                number(name, value, ">= 0 and finite", lambda cost: 0 <= cost < np.inf)

    @staticmethod
    def _duration(name: str, value: Any) -> int:
        found = durations.seconds(name, value)
        return int(number(name, found, ">= 0 and < 31 days", lambda s: 0 <= s < 31 * 86_400))

    def explain(self, language: str = "en") -> str:
        """The rules as sentences, a line each.

        Parameters
        ----------
        language : {"en", "zh"}
            English or Chinese.

        Examples
        --------
        >>> print(Rules(weekends=2, minimum_off=2).explain())
        At least 11 h between a shift and the next day's.
        One shift a day.
        At most 6 days in a row.
        At most 2 weekends.
        At least 2 days off in a row; a shorter pause costs 50.
        A night shift is one at work at 03:00.
        A shift without its agent costs 100.
        """
        one_of("language", language, ("en", "zh"))
        words = _ENGLISH if language == "en" else _CHINESE
        lines = [words["rest"].format(f"{self.rest / 3600:g}")]
        low, high = (f"{each / 3600:g}" for each in self.split_gap)
        lines.append(words["split"].format(low, high) if self.split else words["one"])
        for name in (*_COUNTS, "week_hours", "hours"):
            lines += self._line(words, name, getattr(self, name) is not None)
        lines += self._line(words, "min_hours", self.min_hours is not None, self.hours_penalty)
        for name in _RUNS:
            lines += self._line(words, name, getattr(self, name) > 1, self.run_penalty)
        lines.append(words["night_at"].format(self.night_at // 3600, self.night_at % 3600 // 60))
        for name in ("under_penalty", "over_penalty", "fairness_penalty", "change_penalty"):
            lines += self._line(words, name, name == "under_penalty" or bool(getattr(self, name)))
        return "\n".join(lines)

    def _line(self, words: dict[str, str], name: str, there: bool, *more: float) -> list[str]:
        """A rule in words, if it is there."""
        values = (getattr(self, name), *more) if there else ()
        return [words[name].format(*(f"{each:g}" for each in values))] if there else []


def require_rules(rules: Any) -> Rules:
    """The argument `rules`, checked."""
    if not isinstance(rules, Rules):
        raise TypeError(f"rules must be roster.Rules; got {shown(rules)}")
    return rules


#: Names that the agents' table may hold as columns.
LIMITS = tuple(each.name for each in fields(Rules) if each.name in {*_COUNTS, *_HOURS, *_RUNS})
