"""The tables of the page, as text ready to be set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from callstats.report.charts import clock
from callstats.report.key_figures import QUICK
from callstats.report.labels import Words, texts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from callstats.report.chain import Results
    from callstats.report.quality import Quality

    #: By heading the column of a frame, and what sets a value of it in words.
    Columns = Mapping[str, tuple[str, Callable[..., str]]]

__all__ = ["TABLES", "Table", "levels", "timings"]

#: A sample longer than this is not for reading on a page; its file has it.
LISTED = 400


@dataclass(frozen=True)
class Table:
    """Rows of text under headings; the first column names the row, the others are figures."""

    head: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    caption: str = ""
    #: Columns of text from the left; what follows is set to the right.
    text_columns: int = 1


def timings(seconds: Mapping[str, float], words: Words) -> Table:
    """Seconds by step."""
    rows = [(words(f"step_{step}"), words.number(took, 2)) for step, took in seconds.items()]
    return Table((words("step"), words("seconds")), rows)


def _listed(frame: pd.DataFrame, words: Words, columns: Columns) -> Table:
    """A row for each of the frame."""
    rows = [
        tuple(in_words(words, row[column]) for column, in_words in columns.values())
        for _, row in frame.iterrows()
    ]
    return Table(tuple(words(heading) for heading in columns), rows)


def _clock(_words: Words, slot: int) -> str:
    return clock(slot)


def _text(_words: Words, value: Any) -> str:
    return str(value)


def _profile_table(results: Results, words: Words) -> Table | None:
    if results.figures is None:
        return None
    profile = results.figures.profile
    a_day = profile["offered"] / max(results.figures.dates, 1)
    columns: Columns = {
        "half_hour": ("slot", _clock),
        "calls_a_day": ("a_day", Words.number),
        "offered": ("offered", Words.count),
        "answered": ("answered", Words.count),
        "abandoned": ("abandoned", Words.count),
        "service_level": ("service_level", Words.share),
        "abandonment_rate": ("abandonment_rate", Words.share),
        "asa": ("asa", Words.duration),
        "wait_p90": ("wait_p90", Words.duration),
        "aht": ("aht", Words.duration),
    }
    return _listed(profile.assign(a_day=a_day), words, columns)


def _patience_table(results: Results, words: Words) -> Table | None:
    if results.patience is None:
        return None
    found = results.patience
    rows = [
        (words("mean_patience"), words.duration(results.mean_patience)),
        (
            words("band_interval"),
            words(
                "patience_interval",
                low=words.duration(found["mean_patience_low"]),
                high=words.duration(found["mean_patience_high"]),
            ),
        ),
        (words("km_median"), words.duration(found["km_median"])),
        (words("km_mean"), words.duration(found["km_mean"])),
        (words("waits_observed"), words.count(found["waits"])),
        (words("abandoned"), words.count(found["abandonments"])),
    ]
    return Table(("", ""), rows)


def _requirement_table(results: Results, words: Words) -> Table | None:
    if results.requirement is None:
        return None
    columns: Columns = {
        "half_hour": ("slot", _clock),
        "calls_a_day": ("calls", Words.number),
        "aht": ("aht", Words.duration),
        "load": ("load", _hundredths),
        "needed_a": ("needed_a", Words.number),
        "needed_c": ("needed_c", Words.number),
        "seen": ("agents_at_work", Words.number),
        "in_progress": ("in_progress", Words.number),
        "observed": ("service_level", Words.share),
        "predicted_a": ("predicted_a", Words.share),
        "predicted_c": ("predicted_c", Words.share),
    }
    return _listed(results.requirement.by_slot, words, columns)


def _hundredths(words: Words, value: float) -> str:
    return words.number(value, 2)


def _curve_table(results: Results, words: Words) -> Table | None:
    if results.requirement is None:
        return None
    columns: Columns = {
        "agents_count": ("agents", Words.count),
        "service_level": ("service_level", Words.share),
        "gain": ("marginal_service_level", Words.points),
        "asa": ("asa", Words.duration),
        "abandonment_rate": ("abandonment", Words.share),
        "occupancy": ("occupancy", Words.share),
        "erlang_c": ("service_level_c", Words.share),
    }
    return _listed(results.requirement.curve, words, columns)


def _accuracy_table(results: Results, words: Words) -> Table | None:
    if results.requirement is None or results.requirement.accuracy is None:
        return None
    columns: Columns = {
        "model": ("model", _model),
        "half_hours": ("half_hours", Words.count),
        "predicted": ("predicted", Words.share),
        "observed": ("observed", Words.share),
        "mean_error": ("mean_error", _signed_points),
        "rms_error": ("rms_error", Words.points),
    }
    return _listed(results.requirement.accuracy, words, columns)


def _model(words: Words, model: str) -> str:
    return words(f"erlang_{model}")


def _signed_points(_words: Words, value: float) -> str:
    return f"{100 * value:+.1f}"


def _agents_table(results: Results, words: Words) -> Table | None:
    if results.figures is None or results.figures.agents is None:
        return None
    agents = results.figures.agents
    timed = "quick" in agents.columns
    head = [words("agent"), words("answered"), words("share_all"), words("aht")]
    if timed:
        head += [words("median_talk"), words("short_calls", limit=words.duration(QUICK))]
    whole = agents["answered"].sum()
    rows = []
    for _, row in agents.iterrows():
        cells = [
            str(row["agent"]),
            words.count(row["answered"]),
            words.share(row["answered"] / whole),
            words.duration(row["aht"]),
        ]
        if timed:
            share = row["quick"] / row["timed"] if row["timed"] else np.nan
            cells += [words.duration(row["median_length"]), words.share(share)]
        rows.append(tuple(cells))
    return Table(tuple(head), rows)


def _gaps_table(results: Results, words: Words) -> Table | None:
    drawn = results.quality
    if drawn is None:
        return None
    rows = [
        (*level, _signed(balanced, words), _signed(simple, words))
        for level, balanced, simple in zip(
            levels(drawn, words), drawn.gaps["balanced"], drawn.gaps["simple"], strict=True
        )
    ]
    return Table(
        (words("group"), words("level"), words("gap_balanced"), words("gap_simple")),
        rows,
        text_columns=2,
    )


def _signed(value: float, words: Words) -> str:
    return ("+" if value > 0 else "") + words.number(value, 2)


def _sample_table(results: Results, words: Words) -> Table | None:
    drawn = results.quality
    if drawn is None or len(drawn.sample) > LISTED:
        return None
    columns = {
        "agent": words("agent"),
        "draw": "#",
        "call_id": words("recording"),
        "arrival": words("date"),
    }
    for role in ("call_type", "duration"):
        if role in drawn.balanced:
            columns[drawn.balanced[role]] = words(f"dimension_{role}")
    rows = [
        tuple(_cell(row[column], words) for column in columns) for _, row in drawn.sample.iterrows()
    ]
    return Table(tuple(columns.values()), rows, text_columns=len(columns))


def _cell(value: Any, words: Words) -> str:
    if isinstance(value, float | np.floating):
        return words.duration(float(value))
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d %H:%M}"
    return words("unknown") if pd.isna(value) else str(value)


def _checks_table(results: Results, words: Words) -> Table | None:
    found = results.checks
    if found is None or not len(found):
        return None
    columns: Columns = {
        "rule": ("rule", _text),
        "count": ("count", Words.count),
        "example": ("example", _text),
        "effect": ("effect", _text),
    }
    return _listed(found, words, columns)


#: What makes each table of the page; None where the log does not allow it.
TABLES: dict[str, Callable[[Any, Any], Table | None]] = {
    "profile": _profile_table,
    "patience": _patience_table,
    "requirement": _requirement_table,
    "curve": _curve_table,
    "accuracy": _accuracy_table,
    "agents": _agents_table,
    "gaps": _gaps_table,
    "sample": _sample_table,
    "checks": _checks_table,
}


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
