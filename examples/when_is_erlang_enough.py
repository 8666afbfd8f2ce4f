"""How far the stationary formulas are off on real days of two banks, and what busy days need.

    python when_is_erlang_enough.py DATA [PICTURES]

DATA is a folder that holds the five-minute counts of a large bank's 2003 (`bank_calls_5min`) and
the call records of a small one's 1999 (`anonymous_bank_1999`). PICTURES is where the pictures go,
by default here: when-is-erlang-enough.png and nine-days-of-ten.png.
Source of the counts: Weinberg, Brown and Stroud (2007), JASA 102, by way of the R package fpp3; of
the records: Technion, "Anonymous Bank".
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import bank_1999
import numpy as np
import pandas as pd
from callstats import day, erlang, kpi, staffing

if TYPE_CHECKING:
    from typing import Any

HALF_HOUR = 1800
#: Whoever takes his next call so many seconds after the last was at work meanwhile.
AT_WORK = 900
#: Mean patience of the small bank's callers, seconds.
PATIENCE = 450
#: A Sunday with twice the calls of the others, and three of the autumn's holidays.
LEFT_OUT = ("1999-05-23", "1999-09-12", "1999-09-19", "1999-09-26")


def mondays(folder: Path) -> pd.DataFrame:
    """Calls of each half hour from 7:00 to 21:00, a row a Monday."""
    slots = kpi.canonical(pd.read_csv(next(iter(sorted(folder.glob("*.csv*"))))), "intervals")
    slots = slots[slots["start"].dt.day_of_week == 0]
    half_hours = slots["start"].dt.floor("30min")
    slots = slots.assign(date=half_hours.dt.date, clock=half_hours.dt.strftime("%H:%M"))
    counts = slots.pivot_table(index="date", columns="clock", values="offered", aggfunc="sum")
    # The last slot starts at 21:00 and is alone in its half hour.
    return counts.iloc[:, :28]


def staffed(half_hours: pd.DataFrame, shift: int = 1, **queue: Any) -> pd.DataFrame:
    """Agents for 80 % within 20 seconds by the formula, for the mean load of so many half hours."""
    load = half_hours["calls"] * queue["aht"] / HALF_HOUR
    means = load.groupby(np.arange(len(load)) // shift).transform("mean")
    agents = staffing.required_agents(means, service_level=0.8, threshold=20, **queue)
    return half_hours.assign(agents=agents)


def sundays(folder: Path) -> pd.DataFrame:
    """Half hours of the small bank's Sundays, 7:00 to 24:00, with the agents at work."""
    records, _ = bank_1999.read(folder)
    opened = (records["arrival"].dt.day_of_week == 6) & (records["arrival"].dt.hour >= 7)
    dates = records["arrival"].dt.strftime("%Y-%m-%d")
    calls = records[opened & ~dates.isin(LEFT_OUT)]
    calls = calls[calls["outcome"].isin(["answered", "abandoned"])]
    # Services of no or of more than an hour's length are slips of the system.
    calls = calls.assign(talk=calls["service_time"].where(calls["service_time"].between(1, 3600)))
    seen = kpi.summarize(calls, freq="30min").set_index("start")
    whole = [
        time
        for date in sorted(set(calls["arrival"].dt.normalize()))
        for time in pd.date_range(date + pd.Timedelta("7h"), periods=34, freq="30min")
    ]
    found = seen.reindex(whole)
    return pd.DataFrame(
        {
            "date": [time.date().isoformat() for time in whole],
            "calls": found["offered"].fillna(0).to_numpy(),
            "aht": found["aht"].fillna(calls["talk"].mean()).to_numpy(),
            "agents": at_work(calls).reindex(whole).fillna(0).clip(lower=1).round().to_numpy(),
            "observed": found["service_level"].to_numpy(),
        }
    )


def at_work(calls: pd.DataFrame) -> pd.Series:
    """Mean number of agents in each half hour who are on a call, or between two of them."""
    taken = calls[calls["agent"].notna() & calls["talk"].notna()].sort_values(["agent", "answer"])
    end = taken["answer"] + pd.to_timedelta(taken["talk"], unit="s")
    same = taken["agent"] == taken["agent"].shift()
    pause = (taken["answer"] - end.shift()).dt.total_seconds()
    spell = (~same | (pause > AT_WORK)).cumsum()
    spells = pd.DataFrame(
        {
            "agent": taken["agent"].groupby(spell).first(),
            "start": taken["answer"].groupby(spell).first(),
            "end": end.groupby(spell).max(),
            "state": "available",
        }
    )
    seconds = kpi.states(spells, freq="30min", by="agent")
    return seconds.groupby("start")["covered"].sum() / HALF_HOUR


def row(case: str, compared: pd.DataFrame, formula: str) -> dict[str, Any]:
    """What the comparison says, in percentage points of the service level."""
    off = 100 * (compared["service_level"] - compared[formula]).abs().dropna()
    return {
        "case": case,
        "mean error, pp": round(off.mean(), 1),
        "worst, pp": round(off.max(), 1),
        "off by more than 5 pp": f"{(off > 5).mean():.0%}",
        "half hours": off.size,
        "below 75 %: exact": int((compared["service_level"] < 0.75).sum()),
        "formula": int((compared[formula] < 0.75).sum()),
        "largest backlog": round(compared["queue_end"].max()),
    }


def small_bank(folder: Path) -> list[dict[str, Any]]:
    """The Sundays: the exact day beside both formulas, and all three beside what was seen."""
    compared = day.compare(sundays(folder), patience=PATIENCE, interval=HALF_HOUR, by="date")
    system = {"load": compared["calls"] * compared["aht"] / HALF_HOUR, "aht": compared["aht"]}
    patient = erlang.service_level(compared["agents"], **system, threshold=20)
    compared["erlang_c"] = patient.where(compared["calls"] > 0)
    print(f"small bank: {compared['date'].nunique()} Sundays, {compared['calls'].sum():,.0f} calls")
    for name, column in (("exact", "service_level"), ("Erlang A", "service_level_stationary")):
        above = compared[column] - compared["observed"]
        rms = np.sqrt((above**2).mean())
        print(f"  against what was seen, {name}: {above.mean():+.3f} on average, RMS {rms:.3f}")
    return [
        row("small bank, Sundays, Erlang A", compared, "service_level_stationary"),
        row("small bank, Sundays, Erlang C", compared, "erlang_c"),
    ]


def large_bank(counts: pd.DataFrame, pictures: Path) -> list[dict[str, Any]]:
    """The mean Monday, staffed by the formula for calls and callers of several kinds."""
    monday = pd.DataFrame({"clock": counts.columns, "calls": counts.mean().to_numpy()})
    print(f"large bank: {monday['calls'].sum():,.0f} calls on the mean Monday")
    rows = []
    for aht, patience, shift in (
        (180, 180, 1),
        (300, 180, 1),
        (600, 180, 1),
        (1200, 180, 1),
        (600, np.inf, 1),
        (1200, np.inf, 1),
        (300, np.inf, 4),
        (300, 180, 4),
    ):
        queue = {"aht": aht, "patience": patience}
        compared = day.compare(staffed(monday, shift, **queue), interval=HALF_HOUR, **queue)
        hangs = "nobody hangs up" if patience == np.inf else f"patience {patience} s"
        shifts = ", two-hour shifts" if shift > 1 else ""
        case = f"large bank, Monday, calls of {aht} s, {hangs}{shifts}"
        rows.append(row(case, compared, "service_level_stationary"))
        if (aht, patience) == (1200, np.inf):
            title = "Mean Monday, calls of 20 minutes, staffed for 80/20 by Erlang C"
            day.chart(compared, title=title).savefig(
                pictures / "when-is-erlang-enough.png", dpi=110
            )
    return rows


def busy_mondays(counts: pd.DataFrame, pictures: Path) -> None:
    """How much Mondays differ, and the staffing that nine of ten do with."""
    totals = counts.sum(axis=1)
    # What chance alone would make of the counts is no busy day.
    day_cv = float(np.sqrt(totals.var() - totals.mean()) / totals.mean())
    print(f"large bank: {len(totals)} Mondays, day_cv {day_cv:.3f}")
    monday = pd.DataFrame({"calls": counts.mean().to_numpy(), "aht": 300.0})
    asked = {"service_level": 0.8, "threshold": 20, "patience": 180, "interval": HALF_HOUR}
    figure = day.requirement_chart(
        monday, day_cv=day_cv, title="Mondays of 2003, calls of 5 minutes, 80/20", **asked
    )
    figure.savefig(pictures / "nine-days-of-ten.png", dpi=110)


def main(folder: Path, pictures: Path) -> None:
    """Print the table, and draw the case that the formula misjudges most quietly and busy days."""
    counts = mondays(folder / "bank_calls_5min")
    rows = small_bank(folder / "anonymous_bank_1999") + large_bank(counts, pictures)
    print(pd.DataFrame(rows).to_string(index=False))
    busy_mondays(counts, pictures)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2] if len(sys.argv) > 2 else "."))
