"""From months of calls to a roster, and what callers would have met: a planner's loop.

    python planning_loop.py [DATA] [PICTURE]

Without DATA: the bank's month that comes with callstats, three weeks as history and the fourth as
the week to plan. With DATA/anonymous_bank_1999: January and February 1999, and the four weeks
after them.

1. Forecast of each half hour, with the spread of whole days (`callstats.forecast`).
2. Shifts for a goal over the day, on a busy day that nine of ten do not exceed
   (`shifts.cover_service`).
3. A roster of named agents with rest, runs of days and weekends (`callstats.roster`).
4. What callers would have met, by the exact day and by simulation, with the calls that came.
5. Beside it: what callers did get from the agents that were there.

Agents are seen only while they serve: who waits for a call leaves no record. The hours of the
bank's agents therefore have a range: from serving with gaps of at most ten minutes, to all the time
from the first call of a day to the last, breaks included. Calls about the Internet have agents of
their own and are left out.
"""

from __future__ import annotations

import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from callstats import datasets, day, forecast, kpi, plots, roster, shifts, simulate
from callstats.day.requirement import day_factor

HALF_HOUR = pd.Timedelta("30min")
GOALS = (0.2, 0.35, 0.5, 0.65, 0.8)
THRESHOLD = 20
BUSY = 0.9
#: A gap between two calls of an agent up to which they surely waited for the second.
SHORT_GAP = pd.Timedelta("10min")


def read(folder: Path | None) -> tuple[pd.DataFrame, pd.Timestamp, int]:
    """Calls, the first day to plan, and for how many days."""
    if folder is None:
        return datasets.anonymous_bank(), pd.Timestamp("1999-02-22"), 7
    months = [
        datasets.read_anonymous_bank(folder / "anonymous_bank_1999" / f"1999-{month}.tsv.gz")
        for month in ("01", "02", "03")
    ]
    for month in months:
        month.attrs = {}
    return pd.concat(months, ignore_index=True), pd.Timestamp("1999-03-01"), 28


def by_half_hour(calls: pd.DataFrame) -> pd.DataFrame:
    """Calls and mean service time of each half hour in which the bank was open."""
    slot = calls["arrival"].dt.floor(HALF_HOUR)
    found = pd.DataFrame({"volume": slot.value_counts().sort_index()})
    found["aht"] = calls[calls["talk"] > 0].groupby(slot)["talk"].mean()
    hours = found.index.hour + found.index.minute / 60
    weekday = found.index.day_of_week
    open_ = (weekday < 4) | (weekday == 6)
    inside = np.where(
        open_, hours >= 7, np.where(weekday == 4, (hours >= 7) & (hours < 14), hours >= 20)
    )
    return found[inside].rename_axis("start").reset_index()


def planned_days(history: pd.DataFrame, days: int) -> tuple[pd.DataFrame, float]:
    """The forecast by half hour, its calls those of a day that nine of ten do not exceed."""
    with warnings.catch_warnings():
        # Three weeks are few: the forecast says so.
        warnings.simplefilter("ignore")
        fitted = forecast.fit(history, queue=None, month=False)
    found = forecast.predict(fitted, f"{days}D")
    factor = found["day_cv"].map(lambda cv: day_factor(cv, BUSY))
    aht = found["aht"].fillna(history["aht"].mean())
    return found.assign(calls=found["volume"] * factor, aht=aht, date=found["start"].dt.normalize())


def types_of(date: pd.DataFrame) -> pd.DataFrame:
    """Shifts of 4 and 8.5 hours within the opening hours, on the half hour."""
    begin = date["start"].min() - date["date"].iloc[0]
    end = date["start"].max() + HALF_HOUR - date["date"].iloc[0]
    rows = [
        {"start": start, "length": length}
        for start in pd.timedelta_range(begin, end, freq=HALF_HOUR)
        for length in (pd.Timedelta("4h"), pd.Timedelta("8.5h"))
        if start + length <= end
    ]
    return pd.DataFrame(rows)


LUNCH = pd.DataFrame(
    {
        "shift_length": ["8.5h"],
        "break": ["lunch"],
        "earliest": ["3h"],
        "latest": ["5h"],
        "length": ["30min"],
        "paid": [False],
    }
)


def plan(days: pd.DataFrame, goal: float, patience: float) -> list[shifts.Cover]:
    """Shifts of every day for a goal over the whole day; at most a third of long days part-time."""
    found = []
    for _, date in days.groupby("date"):
        types = types_of(date)
        long = bool((types["length"] > pd.Timedelta("4h")).any())
        found.append(
            shifts.cover_service(
                date[["start", "calls", "aht"]],
                types,
                service_level=goal,
                threshold=THRESHOLD,
                patience=patience,
                floor=max(goal - 0.2, 0.1),
                minimum=1,
                breaks=LUNCH if long else None,
                share=1 / 3 if long else None,
                rounds=4,
                gap=2e-3,
                time_limit=600,
            )
        )
    return found


def as_they_came(covers: list[shifts.Cover], came: pd.DataFrame, patience: float) -> pd.DataFrame:
    """The days with the calls that came and the agents that were planned."""
    planned = pd.concat([cover.cover[["start", "scheduled"]] for cover in covers])
    both = planned.merge(came, on="start", how="left").fillna({"volume": 0.0})
    both["aht"] = both["aht"].fillna(came["aht"].mean())
    both["date"] = both["start"].dt.normalize()
    return day.evaluate(
        both, by="date", calls="volume", agents="scheduled", patience=patience, threshold=THRESHOLD,
        interval=HALF_HOUR,
    )  # fmt: skip


def seen_hours(calls: pd.DataFrame) -> tuple[float, float]:
    """Hours of the bank's agents: serving with short gaps, and from first to last call of a day."""
    served = calls[calls["talk"] > 0].sort_values(["agent", "answer"])
    date = served["answer"].dt.normalize()
    same = (served["agent"] == served["agent"].shift()) & (date == date.shift())
    gap = (served["answer"] - served["end"].shift()).where(same)
    short = gap[(gap > pd.Timedelta(0)) & (gap <= SHORT_GAP)].sum()
    low = (served["end"] - served["answer"]).sum() + short
    spans = served.groupby(["agent", date])
    high = (spans["end"].max() - spans["answer"].min()).sum()
    return low / pd.Timedelta("1h"), high / pd.Timedelta("1h")


def service(result: pd.DataFrame) -> float:
    """Share of all calls answered in time."""
    return float(result["answered_within"].sum() / result["offered"].sum())


def people(
    covers: list[shifts.Cover], days: int
) -> tuple[roster.Roster, pd.DataFrame, roster.Rules]:
    """The fewest named agents, some more at a time, who fill all shifts."""
    wanted = pd.concat([cover.plan for cover in covers])
    weeks = days / 7
    rules = roster.Rules(rest="11h", consecutive_days=6, week_hours=44, weekends=max(int(weeks), 1))
    count = int(np.ceil(wanted["paid_hours"].sum() / (38 * weeks)))
    while True:
        agents = pd.DataFrame({"agent": [f"agent {k:02}" for k in range(1, count + 1)]})
        found = roster.assign(wanted, agents, rules=rules, time_limit=600, rounds=20)
        if not len(found.unfilled) or count > 200:
            return found, agents, rules
        count += 1


def simulated(result: pd.DataFrame, patience: float) -> float:
    """Service of the same days by simulation: no formula in common with the exact day."""
    answered = offered = 0.0
    for _, date in result.groupby("date"):
        run = simulate.run(
            simulate.Model(simulate.CallType("calls", talk=180, patience=patience), 1),
            intervals=date[["volume", "aht", "scheduled"]],
            calls="volume",
            agents="scheduled",
            interval=HALF_HOUR,
            replications=400,
            seed=1,
        )
        totals = run.totals().drop_duplicates("measure").set_index("measure")
        share = totals.loc["service_level", "mean"]
        answered += share * date["volume"].sum()
        offered += date["volume"].sum()
    return answered / offered


def draw(path: str, curve: pd.DataFrame, bank: tuple[float, tuple[float, float]]) -> None:
    """Service against paid hours: the plans as the days came, and the bank."""
    from callstats.plots.style import COLOURS, as_percent, figure, headed, styled

    met, (low, high) = bank
    with styled("en"):
        made, axes = figure(7.5, 4.6)
        look: dict[str, Any] = {"color": COLOURS["point"], "lw": 1.8, "marker": "o"}
        axes.plot(
            curve["hours"], curve["service"], label="planned weeks, calls as they came", **look
        )
        axes.plot(
            [low, high], [met, met], color=COLOURS["other"], lw=5, label="the bank", alpha=0.9
        )
        for goal, hours, share in curve[["goal", "hours", "service"]].itertuples(index=False):
            axes.annotate(f"goal {goal:.0%}", (hours, share), (6, -11), textcoords="offset points")
        as_percent(axes.yaxis)
        axes.set_ylim(0, 1)
        axes.set_xlabel("paid agent hours (the bank's: seen at work, from least to most)")
        axes.set_ylabel(f"answered within {THRESHOLD} s, of all calls")
        axes.grid()
        headed(axes, "Service at equal hours, hours at equal service", columns=2)
        made.savefig(path, dpi=110)


def main(folder: Path | None, picture: str | None) -> dict[str, Any]:
    """The whole loop; its figures by name."""
    began = time.monotonic()
    calls, first, count = read(folder)
    calls = calls[calls["call_type"] != "IN"]
    last = first + pd.Timedelta(days=count)
    before, after = calls[calls["arrival"] < first], calls[calls["arrival"].between(first, last)]
    patience = float(kpi.patience(before)["mean_patience"].iloc[0])
    came = by_half_hour(after)
    days = planned_days(by_half_hour(before), count)
    met = float(((after["outcome"] == "answered") & (after["wait"] <= THRESHOLD)).mean())
    low, high = seen_hours(after)
    print(
        f"{len(before)} calls before, {len(after)} in {count} days; mean patience {patience:.0f} s"
    )
    print(f"the bank: {met:.1%} within {THRESHOLD} s, agents seen {low:.0f} to {high:.0f} hours")

    plans, rows = [], []
    for goal in GOALS:
        covers = plan(days, goal, patience)
        result = as_they_came(covers, came, patience)
        plans.append((covers, result))
        hours = sum(cover.paid_hours for cover in covers)
        rows.append({"goal": goal, "hours": hours, "service": service(result)})
        print(
            f"goal {goal:.0%}: {hours:.0f} paid hours, {rows[-1]['service']:.1%} as the days came"
        )
    curve = pd.DataFrame(rows)
    figures: dict[str, Any] = {
        "bank_service": met,
        "bank_hours": (low, high),
        "service_at_equal_hours": tuple(np.interp((low, high), curve["hours"], curve["service"])),
        "hours_at_equal_service": float(np.interp(met, curve["service"], curve["hours"])),
    }
    best, worst = figures["service_at_equal_hours"][::-1]
    print(f"at the bank's hours: {worst:.1%} to {best:.1%} within {THRESHOLD} s, not {met:.1%}")
    saved = [1 - figures["hours_at_equal_service"] / hours for hours in (low, high)]
    print(
        f"at the bank's service: {figures['hours_at_equal_service']:.0f} paid hours, "
        f"{saved[0]:.0%} to {saved[1]:.0%} fewer"
    )

    covers, result = plans[int((curve["service"] >= met).idxmax())]
    figures["exact"], figures["simulated"] = service(result), simulated(result, patience)
    print(
        f"that plan: {figures['exact']:.2%} by the exact day, {figures['simulated']:.2%} simulated"
    )
    found, agents, rules = people(covers, count)
    broken = roster.check(found.schedule, agents, rules=rules)
    figures["agents"], figures["broken"] = len(agents), len(broken)
    print(f"roster: {len(agents)} agents, {len(found.schedule)} shifts, {len(broken)} broken rules")
    if picture is not None:
        draw(picture, curve, (met, (low, high)))
        path = Path(picture)
        plots.roster(found.schedule.assign(shift=_part(found.schedule))).savefig(
            path.with_stem(f"{path.stem}_roster"), dpi=110
        )
    print(f"{time.monotonic() - began:.0f} s")
    return figures


def _part(schedule: pd.DataFrame) -> pd.Series[str]:
    """Early, day or late, so that the chart has few colours."""
    hour = schedule["start"].dt.hour
    return pd.Series(np.select([hour < 10, hour < 14], ["from 7", "from 10"], "from 14"))


if __name__ == "__main__":
    given = sys.argv[1:]
    data = Path(given[0]) if given and Path(given[0]).is_dir() else None
    rest = given[1:] if data is not None else given
    main(data, rest[0] if rest else None)
