"""The half-hour report of a health insurer's centre, 13 June 2000: its totals, and Erlang A.

    python insurer_2000.py DATA

Source: figure 3 of Gans, Koole and Mandelbaum (2003), M&SOM 5(2); GKM 4.2.2 for the fit.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
from callstats import erlang, kpi
from comparing import Row, show


def read(folder: Path) -> pd.DataFrame:
    """The report as the canonical table of intervals; its times of day get their date."""
    report = pd.read_csv(next(iter(sorted(folder.glob("*.csv")))))
    report["time"] = "2000-06-13 " + report["time"]
    return kpi.canonical(
        report, "intervals", columns={"start": "time", "wait": "asa_s", "aht": "aht_s"}
    )


def rows(report: pd.DataFrame) -> list[Row]:
    """Published totals beside ours."""
    # The report has shares of people's time: they are weighted by people.
    report = report.assign(abandoned=report["offered"] - report["answered"])
    day = kpi.roll_up(
        report,
        rates={"abandonment": ("abandoned", "offered")},
        means={
            "asa": ("wait", "answered"),
            "aht": ("aht", "answered"),
            "occupancy": ("occupancy_pct", "on_production_fte"),
        },
        sums=["offered", "answered", "on_production_fte"],
    ).iloc[0]
    found = [
        Row("received", "20,577", f"{day['offered']:,.0f}"),
        Row("answered", "19,860", f"{day['answered']:,.0f}"),
        Row("abandoned", "3.5 %", f"{day['abandonment']:.1%}"),
        Row("average speed of answer", "30 s", f"{day['asa']:.1f} s", "weighted by answered calls"),
        Row("average handle time", "307 s", f"{day['aht']:.1f} s", "weighted by answered calls"),
        Row("occupancy", "95.1 %", f"{day['occupancy']:.1f} %", "weighted by people present"),
    ]
    row = report[report["start"].dt.strftime("%H:%M") == "10:30"]
    if len(row):
        one = row.iloc[0]
        load = erlang.load(one["offered"], one["aht"])
        system = {"aht": one["aht"], "patience": "30min"}
        wait = erlang.mean_wait(223, load, **system)
        lost = erlang.abandonment(223, load, **system)
        found.append(
            Row(
                "10:30, Erlang A, 223 agents, patience 30 min",
                f"{one['wait']:.0f} s, {one['abandoned_pct']:.1f} %",
                f"{wait:.1f} s, {lost:.2%}",
                "the model's wait is over all calls, the report's over the answered",
            )
        )
    return found


def main(folder: Path) -> None:
    """Read, compute, print."""
    show("Half-hour report, 13 June 2000", rows(read(folder / "acd_halfhour_2000")))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
