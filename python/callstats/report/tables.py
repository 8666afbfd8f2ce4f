"""The tables of the page, as text ready to be set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from callstats.report.key_figures import QUICK
from callstats.report.labels import Words, texts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from callstats.report.chain import Results
    from callstats.report.key_figures import KeyFigures
    from callstats.report.quality import Quality

    #: By heading the column of a frame, and how a value of it is written.
    Columns = Mapping[str, tuple[str, str]]

__all__ = ["Table", "levels", "tables"]

#: A sample longer than this is not for reading on a page; its file has it.
LISTED = 400


@dataclass(frozen=True)
class Table:
    """Rows of text under headings; the first column names the row, the others are figures."""

    head: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    #: Columns of text from the left; what follows is set to the right.
    text_columns: int = 1


_PROFILE: Columns = {
    "half_hour": ("slot", "clock"),
    "calls_a_day": ("a_day", "number"),
    "offered": ("offered", "count"),
    "answered": ("answered", "count"),
    "abandoned": ("abandoned", "count"),
    "service_level": ("service_level", "share"),
    "abandonment_rate": ("abandonment_rate", "share"),
    "asa": ("asa", "duration"),
    "wait_p90": ("wait_p90", "duration"),
    "aht": ("aht", "duration"),
}
_REQUIREMENT: Columns = {
    "half_hour": ("slot", "clock"),
    "calls_a_day": ("calls", "number"),
    "aht": ("aht", "duration"),
    "load": ("load", "number.2"),
    "needed_a": ("needed_a", "number"),
    "needed_c": ("needed_c", "number"),
    "seen": ("agents_at_work", "number"),
    "in_progress": ("in_progress", "number"),
    "observed": ("service_level", "share"),
    "predicted_a": ("predicted_a", "share"),
    "predicted_c": ("predicted_c", "share"),
}
_CURVE: Columns = {
    "agents_count": ("agents", "count"),
    "service_level": ("service_level", "share"),
    "gain": ("marginal_service_level", "points"),
    "asa": ("asa", "duration"),
    "abandonment_rate": ("abandonment", "share"),
    "occupancy": ("occupancy", "share"),
    "erlang_c": ("service_level_c", "share"),
}
_ACCURACY: Columns = {
    "model": ("model", ""),
    "half_hours": ("half_hours", "count"),
    "predicted": ("predicted", "share"),
    "observed": ("observed", "share"),
    "mean_error": ("points", ""),
    "rms_error": ("rms_error", "points"),
}
_AGENTS: Columns = {
    "agent": ("agent", ""),
    "answered": ("answered", "count"),
    "share_all": ("share_all", "share"),
    "aht": ("aht", "duration"),
}
_TIMED: Columns = {"median_talk": ("median_length", "duration"), "short_calls": ("short", "share")}
_GAPS: Columns = {
    "group": ("group", ""),
    "level": ("level", ""),
    "gap_balanced": ("balanced", "signed.2"),
    "gap_simple": ("simple", "signed.2"),
}
_CHECKS: Columns = {
    "rule": ("rule", ""),
    "count": ("count", "count"),
    "example": ("example", ""),
    "effect": ("effect", ""),
}


def tables(results: Results, words: Words) -> dict[str, Table]:
    """Every table of the page that the log allows, by name."""
    found: dict[str, Table] = {}
    figures, needed, drawn = results.figures, results.requirement, results.quality
    if figures is not None:
        a_day = figures.profile["offered"] / max(figures.dates, 1)
        found["profile"] = _listed(figures.profile.assign(a_day=a_day), words, _PROFILE)
        if figures.agents is not None:
            found["agents"] = _agents(figures, words)
    if results.patience is not None:
        found["patience"] = _patience(results, words)
    if needed is not None:
        found["requirement"] = _listed(needed.by_slot, words, _REQUIREMENT)
        found["curve"] = _listed(needed.curve, words, _CURVE)
        if needed.accuracy is not None:
            accuracy = needed.accuracy.assign(
                model=[words(f"erlang_{model}") for model in needed.accuracy["model"]],
                points=[f"{100 * error:+.1f}" for error in needed.accuracy["mean_error"]],
            )
            found["accuracy"] = _listed(accuracy, words, _ACCURACY)
    if drawn is not None:
        group, level = zip(*levels(drawn, words), strict=True) if len(drawn.gaps) else ((), ())
        found["gaps"] = _listed(drawn.gaps.assign(group=group, level=level), words, _GAPS, 2)
        if len(drawn.sample) <= LISTED:
            found["sample"] = _sample(drawn, words)
    if results.checks is not None and len(results.checks):
        found["checks"] = _listed(results.checks, words, _CHECKS)
    return found


def _listed(frame: pd.DataFrame, words: Words, columns: Columns, text_columns: int = 1) -> Table:
    """A row for each of the frame."""
    rows = [
        tuple(words.written(row[column], how) for column, how in columns.values())
        for _, row in frame.iterrows()
    ]
    head = tuple(words(heading, limit=QUICK) for heading in columns)
    return Table(head, rows, text_columns=text_columns)


def _agents(figures: KeyFigures, words: Words) -> Table:
    agents: Any = figures.agents
    agents = agents.assign(share_all=agents["answered"] / agents["answered"].sum())
    if "quick" not in agents.columns:
        return _listed(agents, words, _AGENTS)
    agents["short"] = agents["quick"] / agents["timed"].where(agents["timed"] > 0)
    return _listed(agents, words, {**_AGENTS, **_TIMED})


def _patience(results: Results, words: Words) -> Table:
    found: Any = results.patience
    low, high = found["mean_patience_low"], found["mean_patience_high"]
    rows = [
        (words("mean_patience"), words.duration(results.mean_patience)),
        (words("band_interval"), words("patience_interval", low=low, high=high)),
        (words("km_median"), words.duration(found["km_median"])),
        (words("km_mean"), words.duration(found["km_mean"])),
        (words("waits_observed"), words.count(found["waits"])),
        (words("abandoned"), words.count(found["abandonments"])),
    ]
    return Table(("", ""), rows)


def _sample(drawn: Quality, words: Words) -> Table:
    columns = {"agent": "agent", "draw": "#", "call_id": "recording", "arrival": "date"}
    for role in ("call_type", "duration"):
        if role in drawn.balanced:
            columns[drawn.balanced[role]] = f"dimension_{role}"
    head = tuple(name if name == "#" else words(name) for name in columns.values())
    rows = [
        tuple(_cell(row[column], words) for column in columns) for _, row in drawn.sample.iterrows()
    ]
    return Table(head, rows, text_columns=len(columns))


def _cell(value: Any, words: Words) -> str:
    if isinstance(value, float | np.floating):
        return words.duration(float(value))
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d %H:%M}"
    return words("unknown") if pd.isna(value) else str(value)


def levels(drawn: Quality, words: Words) -> list[tuple[str, str]]:
    """What each row of the pooled balance is about, and which level, in the report's words."""
    names = {own: role for role, own in drawn.balanced.items()}
    return [
        (_margin(names.get(column, column), margin, words), _level(margin, level, words))
        for column, margin, level in zip(
            drawn.gaps["column"], drawn.gaps["margin"], drawn.gaps["level"], strict=True
        )
    ]


def _margin(role: str, margin: str, words: Words) -> str:
    if margin in {"three_hours", "weekday", "week"}:
        return words(f"margin_{margin}")
    return words(f"dimension_{role}")


def _level(margin: str, level: Any, words: Words) -> str:
    if pd.isna(level):
        return words("unknown")
    text = str(level)
    if margin == "mean":
        return words("level_mean")
    if margin == "three_hours":
        return f"{text}-{int(text[:2]) + 3:02d}:00"
    if margin == "weekday":
        return words.weekday(texts()["weekdays_short"]["en"].split().index(text), short=True)
    if margin == "week":
        return words.date(pd.Timestamp(text).date())
    return words("level_seconds", band=text) if margin == "band" and text[-1].isdigit() else text
