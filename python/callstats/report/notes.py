"""Headline figures and explanations of the page, written from the figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from callstats.report.charts import FEW_CALLS
from callstats.report.findings import sample_sentence
from callstats.report.log import HALF_HOUR
from callstats.report.requirement import ENOUGH_TIMED

if TYPE_CHECKING:
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
    return words("period", first=results.first, last=results.last)


def tiles(results: Results, words: Words) -> list[Tile]:
    """The headline figures."""
    if results.figures is None:
        return []
    total = results.figures.total

    def rate(name: str, heading: str) -> Tile:
        low, high = total[f"{name}_low"], total[f"{name}_high"]
        between = words("share_interval", low=low, high=high) if np.isfinite(low) else ""
        return Tile(heading, words.share(total[name]), between)

    others = sum(total[name] for name in ("flow_out", "callback", "blocked"))
    detail = f"{words.count(total['answered'])} {words('answered').lower()}"
    if others:
        detail += f", {words.count(others)} {words('other_outcomes').lower()}"
    within = words("service_level_within", threshold=results.settings.threshold)
    tiles = [
        Tile(words("offered"), words.count(total["offered"]), detail),
        rate("service_level", within),
        rate("abandonment_rate", words("abandonment_rate")),
        Tile(words("asa_long"), words.duration(total["asa"])),
        Tile(words("wait_p90"), words.duration(total["wait_p90"])),
        Tile(words("aht_long"), words.duration(total["aht"])),
    ]
    if results.patience is not None:
        low, high = (results.patience[f"mean_patience_{side}"] for side in ("low", "high"))
        limited = np.isfinite(results.mean_patience)
        detail = words("patience_interval", low=low, high=high) if limited else ""
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
        calls = outside["offered"].sum()
        found["ends"] = words("note_ends", first=first, last=last + HALF_HOUR, calls=calls)
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
    rows, settings = needed.by_interval, results.settings
    note = words(
        "note_requirement",
        goal=settings.goal,
        threshold=settings.threshold,
        few=ENOUGH_TIMED,
        aht=figures.total["aht"],
    )
    more = (rows["required_erlang_c"] - rows["required_erlang_a"]).sum()
    if more > 0:
        share = more / rows["required_erlang_a"].sum()
        # Two half hours make an agent hour.
        note += words("sentence_gap") + words("note_c", more=more / 2, share=share)
    if "required_erlang_m" in rows:
        # Two half hours make an agent hour.
        apart = (rows["required_erlang_m"] - rows["required_erlang_a"]).sum() / 2
        name = "note_m" if apart >= 0 else "note_m_fewer"
        note += words("sentence_gap") + words(name, more=abs(apart))
    agents = needed.curve.attrs["needed"]
    busiest = {name: needed.busiest[name] for name in ("weekday", "calls", "aht", "load")}
    found = {
        "requirement": note,
        "curve": words(
            "note_curve",
            time=needed.busiest["slot"],
            needed=agents["a"],
            needed_c=agents["c"],
            **busiest,
        ),
    }
    if needed.accuracy is not None:
        found["seen"] = words("note_seen", window=60 * figures.window)
        if fuller := int((rows["mean_in_progress"] > rows["agents_at_work"]).sum()):
            found["seen"] += words("sentence_gap") + words("note_unnamed", half_hours=fuller)
        model = needed.accuracy.iloc[0]
        found["calibration"] = words(
            "note_calibration",
            intervals=model["half_hours"],
            predicted=model["predicted"],
            observed=model["observed"],
            error=model["mean_error"],
            direction=words("too_high" if model["mean_error"] > 0 else "too_low"),
        )
    return found


def _closed(figures: KeyFigures, words: Words) -> str:
    rows = figures.intervals
    calls = rows.loc[~rows["at_work"], "offered"].sum()
    if not calls:
        return words("note_no_closed")
    rest = rows[rows["at_work"]]
    counted = rest["service_level_denominator"].sum()
    level = rest["answered_within"].sum() / counted if counted else np.nan
    return words("note_closed", calls=calls, share=calls / rows["offered"].sum(), level=level)


def _quality_notes(drawn: Quality, results: Results, words: Words) -> dict[str, str]:
    n, size = results.settings.recordings, len(drawn.sample)
    dimensions = words.listed([words(f"dimension_{role}") for role in drawn.balanced])
    gap, simple = drawn.gap[1], drawn.gap_simple[1]
    found = {
        "sample_size": sample_sentence(results, words),
        # Standardised, the share of a level in n draws has a standard error of 1 / sqrt(n).
        "balance": words("note_balance", n=size, chance=1 / np.sqrt(max(size, 1))),
        "agent_gap": words("note_agent_gap", balanced=gap, simple=simple),
        "sample": words("note_sample", n=n, seed=results.settings.seed, dimensions=dimensions),
    }
    if short := len(drawn.report.quotas_not_met):
        found["short_quota"] = words("note_short_quota", agents=short, n=n)
    if drawn.no_length:
        found["dropped"] = words("note_dropped", dropped=drawn.no_length)
    if drawn.no_agent:
        share = drawn.no_agent / (drawn.no_agent + drawn.no_length + drawn.recordings)
        found["no_agent"] = words("note_no_agent", calls=drawn.no_agent, share=share)
    return found


def missing(results: Results, words: Words) -> dict[str, str]:
    """Why a section is left out, by section."""
    found = {}
    for section, columns in results.missing.items():
        key = "missing_section" if columns else "missing_calls"
        listed = words.listed(list(columns))
        found[section] = words(key, section=words(section), columns=listed)
    return found
