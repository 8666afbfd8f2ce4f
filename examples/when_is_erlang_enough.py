"""How far the stationary formulas are off on a real bank's mean Monday and mean Sunday.

    python when_is_erlang_enough.py DATA [PICTURE]

DATA is the folder of the five-minute counts of 2003 (`bank_calls_5min`); the small bank is the
month that comes with the package. PICTURE is where the picture goes, by default
when_is_erlang_enough.png.
Source of the counts: Weinberg, Brown and Stroud (2007), JASA 102, by way of the R package fpp3.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from callstats import datasets, day, kpi, staffing

if TYPE_CHECKING:
    from typing import Any

HALF_HOUR = 1800


def mean_monday(folder: Path) -> pd.DataFrame:
    """Mean calls of each half hour of the Mondays, 7:00 to 21:00."""
    slots = kpi.canonical(pd.read_csv(next(iter(sorted(folder.glob("*.csv*"))))), "intervals")
    mondays = slots[slots["start"].dt.day_of_week == 0]
    half_hours = mondays["start"].dt.floor("30min")
    totals = mondays.groupby(half_hours)["offered"].sum()
    by_clock = totals.groupby(totals.index.strftime("%H:%M")).mean()
    # The last slot starts at 21:00 and is alone in its half hour.
    return pd.DataFrame({"clock": by_clock.index[:28], "calls": by_clock.to_numpy()[:28]})


def staffed(half_hours: pd.DataFrame, shift: int = 1, **queue: Any) -> pd.DataFrame:
    """Agents for 80 % within 20 seconds by the formula, for the mean load of so many half hours."""
    load = half_hours["calls"] * queue["aht"] / HALF_HOUR
    means = load.groupby(np.arange(len(load)) // shift).transform("mean")
    agents = staffing.required_agents(means, service_level=0.8, threshold=20, **queue)
    return half_hours.assign(agents=agents)


def sundays() -> pd.DataFrame:
    """Half hours of the packaged month's Sundays, with the agents of the small bank: eight."""
    calls = datasets.anonymous_bank()
    counts = kpi.summarize(calls[calls["arrival"].dt.day_of_week == 6], freq="30min")
    frame = pd.DataFrame({"start": counts["start"], "calls": counts["offered"], "agents": 8})
    frame["date"] = frame["start"].dt.date.astype(str)
    # Half hours in which nobody called are no rows of the log.
    whole = frame.set_index("start").groupby("date")[["calls", "agents"]].resample("30min").sum()
    return whole.assign(agents=8).reset_index()


def row(case: str, compared: pd.DataFrame) -> dict[str, Any]:
    """What the comparison says, in percentage points of the service level."""
    off = 100 * compared["service_level_difference"].abs()
    return {
        "case": case,
        "mean error, pp": round(off.mean(), 1),
        "worst, pp": round(off.max(), 1),
        "below 75 %: exact": int((compared["service_level"] < 0.75).sum()),
        "formula": int((compared["service_level_stationary"] < 0.75).sum()),
        "half hours": int(off.notna().sum()),
        "largest backlog": round(compared["queue_end"].max()),
    }


def main(folder: Path, picture: Path) -> None:
    """Print the table and draw the case that the formula misjudges most quietly."""
    monday = mean_monday(folder)
    small = sundays()
    rows = []
    for label, patience in (("Erlang A, patience 450 s", 450), ("Erlang C", np.inf)):
        compared = day.compare(small, aht=180, patience=patience, interval=HALF_HOUR, by="date")
        rows.append(row(f"small bank, 8 agents, Sundays, {label}", compared))
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
        rows.append(row(f"large bank, Monday, calls of {aht} s, {hangs}{shifts}", compared))
        if (aht, patience) == (1200, np.inf):
            figure = day.chart(compared)
            figure.suptitle("Mean Monday, calls of 20 minutes, staffed for 80/20 by Erlang C")
            figure.savefig(picture, dpi=110)
    print(f"large bank: {monday['calls'].sum():,.0f} calls on the mean Monday")
    print(pd.DataFrame(rows).to_string(index=False))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(
        Path(sys.argv[1]),
        Path(sys.argv[2] if len(sys.argv) > 2 else "when_is_erlang_enough.png"),
    )
