"""What the figures say, in a few sentences that somebody who runs a call centre can act on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

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
        return [words("finding_few", calls=results.figures.total["offered"])]
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
    level, counted = total["service_level"], total["service_level_denominator"]
    if not counted:
        return ""
    sentence = words(
        "finding_level_met" if level >= settings.goal else "finding_level_missed",
        level=level,
        counted=counted,
        threshold=settings.threshold,
        low=total["service_level_low"],
        high=total["service_level_high"],
        goal=settings.goal,
        gap=settings.goal - level,
    )
    rate, count, p90 = total["abandonment_rate"], total["abandoned"], total["wait_p90"]
    given_up = words("finding_abandoned", share=rate, count=count, p90=p90)
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
        time=hardest["slot"],
        level=hardest["service_level"],
        calls=hardest["service_level_denominator"],
        asa=hardest["asa"],
        worst=len(worst),
        share_late=late[worst].sum() / late.sum(),
        share=profile.loc[worst, "offered"].sum() / profile["offered"].sum(),
    )


def _patience(results: Results, words: Words) -> str:
    found = results.patience
    if found is None or results.figures is None or not np.isfinite(results.mean_patience):
        return ""
    return words(
        "finding_patience",
        mean=results.mean_patience,
        low=found["mean_patience_low"],
        high=found["mean_patience_high"],
        naive=results.figures.total["mean_time_to_abandon"],
    )


def _staffing(results: Results, words: Words) -> str:
    needed, settings = results.requirement, results.settings
    if needed is None:
        return ""
    rows, means = needed.by_interval, needed.by_weekday
    sentences = []
    if rows["agents_at_work"].notna().any():
        short = rows["agents_at_work"] < rows["required_erlang_a"]
        goals = {"counted": len(rows), "goal": settings.goal, "threshold": settings.threshold}
        if short.any():
            worst = means.iloc[int(np.nanargmax(means["needed_a"] - means["agents_at_work"]))]
            sentence = words(
                "finding_short",
                short=short.sum(),
                share=short.mean(),
                weekday=worst["weekday"],
                time=worst["slot"],
                needed=worst["needed_a"],
                seen=worst["agents_at_work"],
                **goals,
            )
        else:
            sentence = words("finding_enough", **goals)
        sentences.append(sentence)
    if needed.accuracy is not None:
        model = needed.accuracy.iloc[0]
        if abs(model["mean_error"]) > TRUSTED:
            key = "finding_flatters" if model["mean_error"] > 0 else "finding_understates"
            sentences.append(words(key, predicted=model["predicted"], observed=model["observed"]))
    return words("sentence_gap").join(sentences)


def _quick(figures: KeyFigures, words: Words) -> str:
    agents = figures.agents
    if agents is None or "quick" not in agents.columns or not agents["timed"].sum():
        return ""
    overall = agents["quick"].sum() / agents["timed"].sum()
    agents = agents.assign(share=agents["quick"] / agents["timed"].where(agents["timed"] > 0))
    unusual = agents[(agents["timed"] >= ENOUGH_CALLS) & (agents["share"] > UNUSUAL * overall)]
    if not len(unusual):
        return ""
    foremost = unusual.sort_values("share", ascending=False, kind="stable").head(NAMED)
    names = [
        words("named_share", name=agent, share=share)
        for agent, share in zip(foremost["agent"], foremost["share"], strict=True)
    ]
    return words(
        "finding_quick_one" if len(unusual) == 1 else "finding_quick",
        count=len(unusual),
        limit=QUICK,
        names=words.listed(names),
        overall=overall,
    )


def sample_sentence(results: Results, words: Words) -> str:
    """How many recordings were drawn, and how like the rest they are."""
    drawn = results.quality
    if drawn is None:
        return ""
    return words(
        "finding_sample",
        drawn=len(drawn.sample),
        agents=drawn.agents,
        recordings=drawn.recordings,
        gap=drawn.gap[0],
        simple=drawn.gap_simple[0],
    )
