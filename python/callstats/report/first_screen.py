"""What the page says first: whether the goal was met, four figures, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from callstats.report.findings import ENOUGH_CALLS
from callstats.report.log import HALF_HOUR

if TYPE_CHECKING:
    import pandas as pd

    from callstats.report.chain import Results
    from callstats.report.labels import Words

__all__ = ["Figure", "actions", "figures", "verdict"]

#: Lines on agents; the last line of the three is on recordings.
MOST_LINES = 2
#: Fewer agents missing than this, on average, are noise of the estimate of agents at work.
WORTH = 0.5


@dataclass(frozen=True)
class Figure:
    """A figure of the first screen: its value, the goal, and in a word and a sign how it did."""

    name: str
    value: str
    detail: str = ""
    sign: str = ""
    word: str = ""


class Shortage(NamedTuple):
    """A stretch of a weekday in which agents are missing: minutes of the day, and how many."""

    weekday: int
    first: int
    last: int
    agents: float
    hours: float


def verdict(results: Results, words: Words) -> str:
    """One sentence on whether the goal was met."""
    figures, settings = results.figures, results.settings
    if figures is None:
        return words("no_calls")
    total = figures.total
    if total["offered"] < ENOUGH_CALLS or not total["service_level_denominator"]:
        return words("verdict_few", calls=total["offered"])
    met = total["service_level"] >= settings.goal
    return words(
        "verdict_met" if met else "verdict_missed",
        level=total["service_level"],
        goal=settings.goal,
        threshold=settings.threshold,
    )


def figures(results: Results, words: Words) -> list[Figure]:
    """The four figures; the first has a goal."""
    if results.figures is None:
        return []
    total, settings = results.figures.total, results.settings
    level = total["service_level"]
    sign, word = "", ""
    if np.isfinite(level):
        met = level >= settings.goal
        sign, word = ("▲", words("goal_met")) if met else ("▼", words("goal_missed"))
    return [
        Figure(
            words("service_level_within", threshold=settings.threshold),
            words.share(level),
            words("goal", goal=settings.goal),
            sign,
            word,
        ),
        Figure(
            words("abandonment_rate"),
            words.share(total["abandonment_rate"]),
            words("of_calls", count=total["abandoned"], calls=total["offered"]),
        ),
        Figure(
            words("asa_long"),
            words.duration(total["asa"]),
            words("one_in_ten", p90=total["wait_p90"]),
        ),
        Figure(words("offered"), words.count(total["offered"]), words("aht_is", aht=total["aht"])),
    ]


def actions(results: Results, words: Words) -> list[str]:
    """Up to three lines on what to do, computed from the log."""
    if results.figures is None or results.figures.total["offered"] < ENOUGH_CALLS:
        return []
    lines = []
    needed = results.requirement
    if needed is not None and needed.by_weekday["agents_at_work"].notna().any():
        found = shortages(needed.by_weekday)
        lines = [_line(each, words) for each in found[:MOST_LINES]]
        if len(found) > MOST_LINES:
            hours = sum(each.hours for each in found)
            lines[-1] += words("sentence_gap") + words("do_all", hours=hours, stretches=len(found))
        lines = lines or [words("do_nothing")]
    if results.quality is not None:
        drawn = results.quality
        lines.append(words("do_listen", drawn=len(drawn.sample), agents=drawn.agents))
    return lines


def _line(each: Shortage, words: Words) -> str:
    return words(
        "do_agents",
        agents=max(1, round(each.agents)),
        weekday=each.weekday,
        first=each.first,
        last=each.last,
        hours=each.hours,
    )


def shortages(means: pd.DataFrame) -> list[Shortage]:
    """Stretches of half hours of one weekday in which agents are missing, the longest bill first.

    `means` has a row a weekday and half hour: agents needed and at work on average.
    """
    missing = (means["needed_a"] - means["agents_at_work"]).fillna(0.0)
    rows = means[["weekday", "slot"]].assign(missing=missing).sort_values(["weekday", "slot"])
    rows = rows[rows["missing"] >= WORTH]
    begins = (rows["weekday"].diff() != 0) | (rows["slot"].diff() != HALF_HOUR)
    found = [
        Shortage(
            int(part["weekday"].iloc[0]),
            int(part["slot"].iloc[0]),
            int(part["slot"].iloc[-1]) + HALF_HOUR,
            float(part["missing"].mean()),
            float(part["missing"].sum() * HALF_HOUR / 60),
        )
        for _, part in rows.groupby(begins.cumsum())
    ]
    return sorted(found, key=lambda each: (-each.hours, each.weekday, each.first))
