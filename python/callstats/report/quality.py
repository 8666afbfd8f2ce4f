"""Recordings for quality to listen to, and how well they mirror all recordings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from callstats import qa
from callstats.report import log

if TYPE_CHECKING:
    import pandas as pd

    from callstats.qa import SampleReport

__all__ = ["Quality", "quality"]

#: What names a row of a balance, beside the agent.
LEVELS = ["column", "margin", "level"]
#: What tells kinds of calls apart, the first that the log has.
TYPES = ("call_type", "reason", "queue")


@dataclass(frozen=True)
class Quality:
    """The sample, its record and its balance; beside it a simple draw of the same size."""

    sample: pd.DataFrame
    report: SampleReport
    balance: pd.DataFrame
    #: All agents pooled: `column, margin, level, population_share`, and the
    #: standardised differences `balanced` and `simple`.
    gaps: pd.DataFrame
    #: Root mean square of the standardised differences: of all agents pooled, and the mean of
    #: every agent's own.
    gap: tuple[float, float]
    gap_simple: tuple[float, float]
    #: Columns that were balanced, as `arrival`, `duration` or `call_type`, to the log's own names.
    balanced: dict[str, str]
    recordings: int
    agents: int
    #: Answered calls that name no agent, and those of an agent without a length.
    no_agent: int
    no_length: int


def quality(calls: pd.DataFrame, n: int, *, seed: int, timezone: str | None) -> Quality | None:
    """`n` recordings of each agent's answered calls; None where no answered call names an agent."""
    if "agent" not in calls.columns:
        return None
    answered = calls[(calls["outcome"] == "answered") & calls["arrival"].notna()]
    named = answered[answered["agent"].notna()]
    length = log.durations(named)
    recordings = named
    balanced = {"arrival": "arrival"}
    if length is not None:
        recordings = named[length > 0]
        balanced["duration"] = "talk" if "talk" in calls.columns else "duration"
        if "talk" not in calls.columns:
            recordings = recordings.assign(duration=length[length > 0])
    if kind := next((name for name in TYPES if name in calls.columns), None):
        balanced["call_type"] = kind
    if not len(recordings):
        return None
    columns = list(balanced.values())
    common: dict[str, Any] = {"balance": columns, "seed": seed, "timezone": timezone}
    sample = qa.sample(recordings, n, **common)
    simple = qa.sample(recordings, n, design="simple", **common)
    found = qa.balance(sample, recordings, columns=columns, timezone=timezone)
    other = qa.balance(simple, recordings, columns=columns, timezone=timezone)
    shares = found.loc[found["pooled"], [*LEVELS, "population_share"]]
    gaps = shares.merge(_pooled(found, "balanced"), on=LEVELS).merge(
        _pooled(other, "simple"), on=LEVELS, how="left"
    )
    return Quality(
        sample=sample,
        report=qa.sample_report(sample),
        balance=found,
        gaps=gaps,
        gap=_gap(found),
        gap_simple=_gap(other),
        balanced=balanced,
        recordings=len(recordings),
        agents=int(recordings["agent"].nunique()),
        no_agent=len(answered) - len(named),
        no_length=len(named) - len(recordings),
    )


def _pooled(balance: pd.DataFrame, design: str) -> pd.DataFrame:
    """The rows of all agents together."""
    rows = balance[balance["pooled"]].rename(columns={"standardized_difference": design})
    return rows[[*LEVELS, design]]


def _gap(balance: pd.DataFrame) -> tuple[float, float]:
    """Overall gap of all agents pooled, and the mean over agents of their own."""
    own = balance[~balance["pooled"]].groupby("agent", observed=True)["overall_gap"].first()
    return float(balance.loc[balance["pooled"], "overall_gap"].iloc[0]), float(own.mean())
