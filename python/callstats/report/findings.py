"""What the figures say, in a few sentences that somebody who runs a call centre can act on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from callstats.report.charts import clock
from callstats.report.key_figures import QUICK

if TYPE_CHECKING:
    from callstats.report.chain import Results
    from callstats.report.key_figures import KeyFigures
    from callstats.report.labels import Words

__all__ = ["findings", "sample_sentence"]

#: With fewer calls a share says little: its 95 % interval is 20 points wide.
ENOUGH_CALLS = 100
#: Times the share of all agents from which on an agent's share of quick calls is worth a word.
UNUSUAL = 2.0
#: A model whose mean prediction is further off than this is not to be taken at its word.
TRUSTED = 0.05
#: So many names at most; a sentence is no table.
NAMED = 5


def findings(results: Results, words: Words) -> list[str]:
    """Up to five sentences, each written from the figures; one where they are too few to speak."""
    if results.figures is None:
        return [words("no_calls")]
    if results.figures.total["offered"] < ENOUGH_CALLS:
        return [words("finding_few", calls=words.count(results.figures.total["offered"]))]
    found = [
        _level(results.figures, results, words),
        _hours(results.figures, words),
        _patience(results, words),
        _staffing(results, words),
        _quick(results.figures, words) or sample_sentence(results, words),
    ]
    return [sentence for sentence in found if sentence]


def _level(figures: KeyFigures, results: Results, words: Words) -> str:
    total, settings = figures.total, results.settings
    counted = total["service_level_denominator"]
    if not counted:
        return ""
    level = total["service_level"]
    sentence = words(
        "finding_level_met" if level >= settings.goal else "finding_level_missed",
        level=words.share(level),
        counted=words.count(counted),
        threshold=words.duration(settings.threshold),
        low=words.share(total["service_level_low"]),
        high=words.share(total["service_level_high"]),
        goal=words.share(settings.goal, 0),
        gap=words.points(settings.goal - level),
    )
    given_up = words(
        "finding_abandoned",
        share=words.share(total["abandonment_rate"]),
        count=words.count(total["abandoned"]),
        p90=words.duration(total["wait_p90"]),
    )
    return sentence + words("sentence_gap") + given_up


def _hours(figures: KeyFigures, words: Words) -> str:
    profile = figures.profile
    late = profile["service_level_denominator"] - profile["answered_within"]
    if len(profile) < 2 or not late.sum():
        return ""
    order = late.sort_values(ascending=False, kind="stable").index
    share_late = late[order].cumsum() / late.sum()
    worst = order[: int((share_late < 0.5).sum()) + 1]
    hardest = profile.loc[order[0]]
    return words(
        "finding_hours",
        time=clock(hardest["slot"]),
        level=words.share(hardest["service_level"], 0),
        calls=words.count(hardest["service_level_denominator"]),
        asa=words.duration(hardest["asa"]),
        worst=len(worst),
        share_late=words.share(late[worst].sum() / late.sum(), 0),
        share=words.share(profile.loc[worst, "offered"].sum() / profile["offered"].sum(), 0),
    )


def _patience(results: Results, words: Words) -> str:
    if results.patience is None or results.figures is None:
        return ""
    if not np.isfinite(results.mean_patience):
        return ""
    return words(
        "finding_patience",
        mean=words.duration(results.mean_patience),
        low=words.duration(results.patience["mean_patience_low"]),
        high=words.duration(results.patience["mean_patience_high"]),
        naive=words.duration(results.figures.total["mean_time_to_abandon"]),
    )


def _staffing(results: Results, words: Words) -> str:
    needed, settings = results.requirement, results.settings
    if needed is None:
        return ""
    rows = needed.by_interval
    sentences = []
    if rows["agents_at_work"].notna().any():
        short = rows["agents_at_work"] < rows["required_erlang_a"]
        gap = needed.by_weekday["needed_a"] - needed.by_weekday["agents_at_work"]
        common = {
            "counted": words.count(len(rows)),
            "goal": words.share(settings.goal, 0),
            "threshold": words.duration(settings.threshold),
        }
        if short.any():
            worst = needed.by_weekday.iloc[int(np.nanargmax(gap))]
            sentences.append(
                words(
                    "finding_short",
                    short=words.count(short.sum()),
                    share=words.share(short.mean(), 0),
                    weekday=words.weekday(int(worst["weekday"])),
                    time=clock(worst["slot"]),
                    needed=words.number(worst["needed_a"]),
                    seen=words.number(worst["agents_at_work"]),
                    **common,
                )
            )
        else:
            sentences.append(words("finding_enough", **common))
    if needed.accuracy is not None:
        model = needed.accuracy.iloc[0]
        if abs(model["mean_error"]) > TRUSTED:
            sentences.append(
                words(
                    "finding_flatters" if model["mean_error"] > 0 else "finding_understates",
                    predicted=words.share(model["predicted"], 0),
                    observed=words.share(model["observed"], 0),
                )
            )
    return words("sentence_gap").join(sentences)


def _quick(figures: KeyFigures, words: Words) -> str:
    agents = figures.agents
    if agents is None or "quick" not in agents.columns or not agents["timed"].sum():
        return ""
    overall = agents["quick"].sum() / agents["timed"].sum()
    share = agents["quick"] / agents["timed"].where(agents["timed"] > 0)
    unusual = agents[(agents["timed"] >= ENOUGH_CALLS) & (share > UNUSUAL * overall)]
    if not len(unusual):
        return ""
    foremost = (
        unusual.assign(share=share).sort_values("share", ascending=False, kind="stable").head(NAMED)
    )
    names = [
        words("named_share", name=agent, share=words.share(share_of, 0))
        for agent, share_of in zip(foremost["agent"], foremost["share"], strict=True)
    ]
    return words(
        "finding_quick_one" if len(unusual) == 1 else "finding_quick",
        count=len(unusual),
        limit=words.duration(QUICK),
        names=words.listed(names),
        overall=words.share(overall, 0),
    )


def sample_sentence(results: Results, words: Words) -> str:
    """How many recordings were drawn, and how like the rest they are."""
    drawn = results.quality
    if drawn is None:
        return ""
    return words(
        "finding_sample",
        drawn=words.count(len(drawn.sample)),
        agents=words.count(drawn.agents),
        recordings=words.count(drawn.recordings),
        gap=words.number(drawn.gap[0], 2),
        simple=words.number(drawn.gap_simple[0], 2),
    )
