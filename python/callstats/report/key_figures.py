"""Key figures of a log: of the whole, by date, by half hour, by agent, and how waits are spread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from callstats import kpi
from callstats.report import log

if TYPE_CHECKING:
    from callstats.typing import OnError

__all__ = ["KeyFigures", "key_figures"]

#: A call that ends sooner has hardly been heard.
QUICK = 10.0
#: Bands of waits for the picture; the threshold joins them.
WAIT_EDGES = (0.0, 10.0, 20.0, 30.0, 60.0, 120.0, 180.0, 300.0, 600.0)
#: At either end of the day the half hours that together hold no more than this share of the calls
#: are left out of pictures; one call at four in the morning would stretch them all.
ENDS_OF_DAY = 0.0025


@dataclass(frozen=True)
class KeyFigures:
    """What `kpi.summarize` says of the log, and where agents were seen."""

    whole: pd.DataFrame
    daily: pd.DataFrame
    profile: pd.DataFrame
    #: One row a date and half hour with calls, with `date, slot, weekday, at_work`.
    intervals: pd.DataFrame
    agents: pd.DataFrame | None
    waits: pd.DataFrame
    dates: int
    #: An agent counts as at work in a stretch of so many minutes with a call.
    window: int
    #: First and last half hour of the day (minutes) that pictures show.
    shown: tuple[int, int]

    @property
    def total(self) -> pd.Series[Any]:
        """The one row of `whole`."""
        return self.whole.iloc[0]


def key_figures(
    calls: pd.DataFrame, *, threshold: float, timezone: str | None, on_error: OnError
) -> KeyFigures:
    """Counts and rates by every grouping that the report shows."""
    common: dict[str, Any] = {"threshold": threshold, "on_error": on_error, "timezone": timezone}
    whole = kpi.summarize(calls, **common)
    clock = log.local_arrival(calls, timezone)
    intervals = kpi.summarize(calls, freq="30min", **common)
    intervals = _with_clock(intervals[intervals["start"].notna()])
    window = _window(float(whole["aht"].iloc[0]))
    intervals = _with_presence(intervals, calls, window, timezone=timezone, on_error=on_error)

    placed = calls.assign(slot=log.slots(clock))[clock.notna()]
    dates = int(clock.dt.date.nunique())
    profile = kpi.summarize(placed, by="slot", **common)
    profile["slot"] = profile["slot"].astype(int)
    for outcome in ("answered", "abandoned"):
        profile[f"{outcome}_a_day"] = profile[outcome] / max(dates, 1)

    daily = kpi.summarize(calls, freq="day", **common)
    daily = daily[daily["start"].notna()]
    daily = daily.assign(date=daily["start"].dt.date)
    return KeyFigures(
        whole=whole,
        daily=daily,
        profile=profile,
        intervals=intervals,
        agents=_agents(calls, common),
        waits=_waits(calls, threshold),
        dates=dates,
        window=window,
        shown=_shown(profile),
    )


def _with_clock(intervals: pd.DataFrame) -> pd.DataFrame:
    clock = intervals["start"]
    if getattr(clock.dtype, "tz", None) is not None:
        clock = clock.dt.tz_localize(None)
    return intervals.assign(
        date=clock.dt.date, slot=log.slots(clock), weekday=clock.dt.day_of_week
    ).reset_index(drop=True)


def _with_presence(
    intervals: pd.DataFrame,
    calls: pd.DataFrame,
    window: int,
    *,
    timezone: str | None,
    on_error: OnError,
) -> pd.DataFrame:
    """Agents and calls in progress beside each interval, as far as the log tells."""
    served = _with_an_agent(calls)
    if served is None:
        return intervals.assign(
            mean_in_progress=np.nan,
            agents_seen=np.nan,
            agents_at_work=np.nan,
            at_work=intervals["answered"] > 0,
        )
    common: dict[str, Any] = {"start": "answer", "timezone": timezone, "on_error": on_error}
    whole = kpi.concurrency(served, freq="30min", **common)
    fine = kpi.concurrency(served, freq=60 * window, **common)
    # Half hours are cut in UTC: local labels of zones off by 45 minutes would round elsewhere.
    seen = fine["agents_seen"].groupby(_utc(fine["start"]).dt.floor("30min")).sum()
    columns = ["start", "mean_in_progress", "agents_seen"]
    intervals = intervals.merge(whole[columns], on="start", how="left")
    at_work = _utc(intervals["start"]).map(seen).fillna(0) * window / log.HALF_HOUR
    intervals = intervals.fillna({"mean_in_progress": 0, "agents_seen": 0})
    if "agent" not in calls.columns or calls["agent"].isna().all():
        busy = (intervals["mean_in_progress"] > 0) | (intervals["answered"] > 0)
        return intervals.assign(agents_seen=np.nan, agents_at_work=np.nan, at_work=busy)
    return intervals.assign(agents_at_work=at_work, at_work=at_work > 0)


def _utc(times: pd.Series[Any]) -> pd.Series[Any]:
    return times.dt.tz_convert("UTC") if getattr(times.dtype, "tz", None) is not None else times


def _with_an_agent(calls: pd.DataFrame) -> pd.DataFrame | None:
    """Answered calls from answer to end; None where no end is known."""
    served = calls[calls["outcome"] == "answered"]
    ended = [served[name].notna() for name in ("end", "talk") if name in calls.columns]
    if not ended:
        return None
    served = served[np.logical_or.reduce(ended)]
    if "answer" not in calls.columns:
        wait = log.seconds(served["wait"])
        known = wait >= 0
        # Before pandas 3 a missing number of seconds is computed with whatever memory holds.
        waited = pd.to_timedelta(wait.where(known, 0), unit="s").where(known)
        served = served.assign(answer=log.arrivals(served) + waited)
    return served if len(served) else None


def _window(aht: float) -> int:
    """Minutes in which somebody at work has a call almost surely, and no longer.

    After a call an agent is free for aht (1 - r) / r on average at an occupancy r. At r = 1/2 no
    call comes throughout three mean handle times with probability (1 - r) exp(-3) = 2.5 %, so that
    hardly anybody at work is missed; a longer window counts those who have left.
    """
    return next((minutes for minutes in (5, 10, 15) if 60 * minutes >= 3 * aht), log.HALF_HOUR)


def _agents(calls: pd.DataFrame, common: dict[str, Any]) -> pd.DataFrame | None:
    if "agent" not in calls.columns:
        return None
    served = calls[(calls["outcome"] == "answered") & calls["agent"].notna()]
    if not len(served):
        return None
    agents: pd.DataFrame = kpi.summarize(served, by="agent", **common)
    length = log.durations(served)
    if length is None:
        return agents
    by_agent = length.groupby(served["agent"], observed=True)
    found = pd.DataFrame(
        {
            "timed": by_agent.count(),
            "quick": (length < QUICK).groupby(served["agent"], observed=True).sum(),
            "median_length": by_agent.median(),
        }
    )
    return agents.merge(found, left_on="agent", right_index=True, how="left")


def _waits(calls: pd.DataFrame, threshold: float) -> pd.DataFrame:
    edges = sorted({*WAIT_EDGES, float(threshold)})
    wait = pd.Series(log.seconds(calls["wait"]))
    rows = {
        outcome: np.bincount(
            np.searchsorted(edges, wait[(calls["outcome"] == outcome) & (wait >= 0)]),
            minlength=len(edges) + 1,
        )
        for outcome in ("answered", "abandoned")
    }
    return pd.DataFrame({"low": [-np.inf, *edges], "high": [*edges, np.inf], **rows})


def _shown(profile: pd.DataFrame) -> tuple[int, int]:
    calls = profile["offered"].cumsum()
    whole = profile["offered"].sum()
    inside = profile["slot"][
        (calls > ENDS_OF_DAY * whole) & (calls - profile["offered"] < (1 - ENDS_OF_DAY) * whole)
    ]
    return (int(inside.min()), int(inside.max())) if len(inside) else (0, 1410)
