"""Calls to a North American bank in five minutes, 2003: size, level and weekdays.

    python bank_calls_2003.py DATA

Source: Weinberg, Brown and Stroud (2007), JASA 102; the figures of the whole set from the
documentation of the R packages fpp2 and fpp3.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
from callstats import kpi
from comparing import Row, show


def read(folder: Path) -> pd.DataFrame:
    """The counts as the canonical table of intervals."""
    return kpi.canonical(pd.read_csv(next(iter(sorted(folder.glob("*.csv*"))))), "intervals")


def rows(slots: pd.DataFrame) -> list[Row]:
    """Published figures beside ours."""
    slots = slots.assign(
        day=slots["start"].dt.date.astype(str), weekday=slots["start"].dt.day_name(), days=0
    )
    first = ~slots.duplicated("day")
    slots.loc[first, "days"] = 1
    days = kpi.roll_up(slots, by="day", sums=["offered"])
    weekdays = kpi.roll_up(slots, by="weekday", sums=["offered", "days"])
    weekdays["a_day"] = weekdays["offered"] / weekdays["days"]
    busiest = weekdays.sort_values("a_day").iloc[-1]
    per_day = sorted(set(days["rows"]))
    part = f"{len(days)} of the 164 days are here"
    return [
        Row("values", "27,716", f"{len(slots):,}", part),
        Row("slots a day", "169", ", ".join(str(slot) for slot in per_day)),
        Row(
            "calls a slot: mean, SD",
            "192.08, 78.34",
            f"{slots['offered'].mean():.2f}, {slots['offered'].std():.2f}",
            part,
        ),
        Row(
            "busiest weekday",
            "Monday",
            f"{busiest['weekday']}, {busiest['a_day']:,.0f} calls a day",
        ),
        Row(
            "largest day",
            "2003-09-02",
            str(days.sort_values("offered").iloc[-1]["day"]),
            "the day after Labor Day",
        ),
    ]


def main(folder: Path) -> None:
    """Read, compute, print."""
    show("Bank calls in five minutes, 2003", rows(read(folder / "bank_calls_5min")))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
