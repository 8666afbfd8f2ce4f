"""Headline figures and explanations of the page, written from the figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from callstats.report.charts import FEW_CALLS, clock
from callstats.report.findings import sample_sentence
from callstats.report.log import HALF_HOUR
from callstats.report.requirement import ENOUGH_TIMED

if TYPE_CHECKING:
    from collections.abc import Callable

    from callstats.report.chain import Results
    from callstats.report.key_figures import KeyFigures
    from callstats.report.labels import Words
    from callstats.report.quality import Quality
    from callstats.report.requirement import Requirement

__all__ = ["Tile", "missing", "notes", "period", "tiles"]


@dataclass(frozen=True)
class Tile:
    """A headline figure, what it is, and what it is made of."""

    name: str
    value: str
    detail: str = ""


def period(results: Results, words: Words) -> str:
    """First and last day of the log."""
    if results.first is None or results.last is None:
        return ""
    if results.first == results.last:
        return words.full_date(results.first)
    return words("period", first=words.full_date(results.first), last=words.full_date(results.last))


def tiles(results: Results, words: Words) -> list[Tile]:
    """The headline figures."""
    if results.figures is None:
        return []
    total, settings = results.figures.total, results.settings
    within = words("service_level_within", threshold=words.duration(settings.threshold))

    def between(name: str, write: Callable[[float], str]) -> str:
        if not np.isfinite(total[f"{name}_low"]):
            return ""
        return words(
            "patience_interval", low=write(total[f"{name}_low"]), high=write(total[f"{name}_high"])
        )

    others = sum(total[name] for name in ("flow_out", "callback", "blocked"))
    detail = f"{words.count(total['answered'])} {words('answered').lower()}"
    if others:
        detail += f", {words.count(others)} {words('other_outcomes').lower()}"
    tiles = [
        Tile(words("offered"), words.count(total["offered"]), detail),
        Tile(within, words.share(total["service_level"]), between("service_level", words.share)),
        Tile(
            words("abandonment_rate"),
            words.share(total["abandonment_rate"]),
            between("abandonment_rate", words.share),
        ),
        Tile(words("asa_long"), words.duration(total["asa"])),
        Tile(words("wait_p90"), words.duration(total["wait_p90"])),
        Tile(words("aht_long"), words.duration(total["aht"])),
    ]
    if results.patience is not None:
        patience = results.patience
        detail = (
            words(
                "patience_interval",
                low=words.duration(patience["mean_patience_low"]),
                high=words.duration(patience["mean_patience_high"]),
            )
            if np.isfinite(results.mean_patience)
            else ""
        )
        tiles.append(Tile(words("mean_patience"), words.duration(results.mean_patience), detail))
    if results.figures.agents is not None:
        tiles.append(Tile(words("agents_count"), words.count(len(results.figures.agents))))
    return tiles


def notes(results: Results, words: Words) -> dict[str, str]:
    """Explanations that carry figures, by the place where the page shows them."""
    figures = results.figures
    if figures is None:
        return {}
    found = {"heat": words("note_heat", few=FEW_CALLS), "closed": _closed(figures, words)}
    first, last = figures.shown
    outside = figures.profile[~figures.profile["slot"].between(first, last)]
    if len(outside):
        found["ends"] = words(
            "note_ends",
            first=clock(first),
            last=clock(last + HALF_HOUR),
            calls=words.count(outside["offered"].sum()),
        )
    limited = np.isfinite(results.mean_patience)
    if results.patience is None:
        found["patience"] = words("note_patience_unknown")
    else:
        found["patience"] = words("note_patience" if limited else "note_patience_infinite")
    if results.requirement is not None:
        found |= _staffing_notes(results.requirement, figures, results, words)
    if results.quality is not None:
        found |= _quality_notes(results.quality, results, words)
    return found


def _staffing_notes(
    needed: Requirement, figures: KeyFigures, results: Results, words: Words
) -> dict[str, str]:
    rows = needed.by_interval
    settings = results.settings
    asked = words(
        "note_requirement",
        goal=words.share(settings.goal, 0),
        threshold=words.duration(settings.threshold),
        few=ENOUGH_TIMED,
        aht=words.duration(figures.total["aht"]),
    )
    more = (rows["required_erlang_c"] - rows["required_erlang_a"]).sum()
    if more > 0:
        asked += words("sentence_gap") + words(
            "note_c",
            # Two half hours make an agent hour.
            more=words.count(more / 2),
            share=words.share(more / rows["required_erlang_a"].sum(), 0),
        )
    busiest, agents = needed.busiest, needed.curve.attrs["needed"]
    found = {
        "requirement": asked,
        "curve": words(
            "note_curve",
            weekday=words.weekday(int(busiest["weekday"])),
            time=clock(busiest["slot"]),
            calls=words.number(busiest["calls"]),
            aht=words.duration(busiest["aht"]),
            load=words.number(busiest["load"]),
            needed=words.count(agents["a"]),
            needed_c=words.count(agents["c"]),
        ),
    }
    if needed.accuracy is not None:
        found["seen"] = words("note_seen", window=words.duration(60 * figures.window))
        if fuller := int((rows["mean_in_progress"] > rows["agents_at_work"]).sum()):
            unnamed = words("note_unnamed", half_hours=words.count(fuller))
            found["seen"] += words("sentence_gap") + unnamed
        model = needed.accuracy.iloc[0]
        found["calibration"] = words(
            "note_calibration",
            intervals=words.count(model["half_hours"]),
            predicted=words.share(model["predicted"]),
            observed=words.share(model["observed"]),
            error=words.points(model["mean_error"]),
            direction=words("too_high" if model["mean_error"] > 0 else "too_low"),
        )
    return found


def _closed(figures: KeyFigures, words: Words) -> str:
    rows = figures.intervals
    closed = rows[~rows["at_work"]]
    calls = closed["offered"].sum()
    if not calls:
        return words("note_no_closed")
    rest = rows[rows["at_work"]]
    counted = rest["service_level_denominator"].sum()
    return words(
        "note_closed",
        calls=words.count(calls),
        share=words.share(calls / rows["offered"].sum()),
        level=words.share(rest["answered_within"].sum() / counted if counted else np.nan),
    )


def _quality_notes(drawn: Quality, results: Results, words: Words) -> dict[str, str]:
    n = results.settings.recordings
    found = {
        "sample_size": sample_sentence(results, words),
        "balance": words(
            "note_balance",
            n=words.count(len(drawn.sample)),
            # Standardised, the share of a level in n draws has a standard error of 1 / sqrt(n).
            chance=words.number(1 / np.sqrt(max(len(drawn.sample), 1)), 2),
        ),
        "agent_gap": words(
            "note_agent_gap",
            balanced=words.number(drawn.gap[1], 2),
            simple=words.number(drawn.gap_simple[1], 2),
        ),
        "sample": words(
            "note_sample",
            n=n,
            seed=results.settings.seed,
            dimensions=words.listed([words(f"dimension_{role}") for role in drawn.balanced]),
        ),
    }
    if short := len(drawn.report.quotas_not_met):
        found["short_quota"] = words("note_short_quota", agents=words.count(short), n=n)
    if drawn.no_length:
        found["dropped"] = words("note_dropped", dropped=words.count(drawn.no_length))
    if drawn.no_agent:
        everything = drawn.no_agent + drawn.no_length + drawn.recordings
        found["no_agent"] = words(
            "note_no_agent",
            calls=words.count(drawn.no_agent),
            share=words.share(drawn.no_agent / everything),
        )
    return found


def missing(results: Results, words: Words) -> dict[str, str]:
    """Why a section is left out, by section."""
    return {
        section: words(
            "missing_section", section=words(section), columns=words.listed(list(columns))
        )
        if columns
        else words("missing_calls", section=words(section))
        for section, columns in results.missing.items()
    }
