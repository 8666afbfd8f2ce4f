"""Figures printed about the Anonymous Bank of 1999, made again from its call records.

    python bank_1999.py DATA

reads every month in DATA/anonymous_bank_1999; without DATA the month that comes with callstats.

GKM: Gans, Koole, Mandelbaum (2003), Telephone Call Centers: Tutorial, Review, and Research
Prospects, M&SOM 5(2). BGMSSZZ: Brown, Gans, Mandelbaum, Sakov, Shen, Zeltyn, Zhao (2005), JASA
100(469). MSZ: Mandelbaum, Sakov, Zeltyn (2000), Empirical Analysis of a Call Center.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from callstats import datasets, kpi
from comparing import Row, show

HOUR = 3600
#: Clock hours with fewer calls say little about the share that gives up.
FEWEST_CALLS = 30


def read(folder: Path | None) -> tuple[pd.DataFrame, list[str]]:
    """Every record of every month, and which months they are."""
    if folder is None:
        return datasets.anonymous_bank(rows="all"), ["1999-02"]
    files = sorted(folder.glob("*.tsv*"))
    if not files:
        raise SystemExit(f"{folder} holds no months (*.tsv.gz)")
    months = [datasets.read_anonymous_bank(file, rows="all") for file in files]
    for file, month in zip(files, months, strict=True):
        for found in month.attrs["report"]:
            print(
                f"{file.name}: {found['count']} x {found['rule']}: {found['effect']}",
                file=sys.stderr,
            )
        month.attrs = {}
    return pd.concat(months, ignore_index=True), [file.name.split(".")[0] for file in files]


def rows(records: pd.DataFrame, months: list[str]) -> list[Row]:
    """Published figures beside ours."""
    some = f"{len(months)} of the 12 months are here" if len(months) > 1 else "one month"
    return [
        Row("months", "the year", ", ".join(month[-2:] for month in months)),
        *service_times(records, some),
        *patience(records, some),
        *giving_up(records, some),
        *arrivals(records, some),
    ]


def service_times(records: pd.DataFrame, some: str) -> list[Row]:
    """How long services take, over all records that have one."""
    seconds = records["service_time"]
    services = records[(seconds > 0) & (seconds <= HOUR)]
    time = services["service_time"]
    logs = np.log(time[time >= 10])
    skewness = float(((logs - logs.mean()) ** 3).mean() / logs.std(ddof=0) ** 3)
    short = services[time < 10].groupby("agent").size() / services.groupby("agent").size()
    busy = short[services.groupby("agent").size() >= 200]
    typed = []
    for call_type, printed in (("PS", "181, 207, 117 s"), ("NW", "111, 154, 64 s")):
        one = time[services["call_type"] == call_type]
        typed.append(
            Row(
                f"service of type {call_type}: mean, SD, median (BGMSSZZ)",
                printed,
                f"{one.mean():.0f}, {one.std():.0f}, {one.median():.0f} s",
                f"{some}; up to an hour",
            )
        )
    return [
        Row(
            "service time, January to October: mean, SD (GKM fig. 19, MSZ)",
            "185, 238 s",
            f"{time.mean():.1f}, {time.std():.1f} s",
            f"{some}; all records with 0 < time <= 1 h, without the limit the SD is "
            f"{seconds[seconds > 0].std():.0f} s",
        ),
        Row("share under 10 s (GKM fig. 19)", "7.2 %", f"{(time < 10).mean():.1%}"),
        Row(
            "service time, November and December (GKM fig. 19)",
            "200, 249 s",
            "-",
            "those months are not among the files",
        ),
        Row(
            "why so many are short (GKM 6.3.2)",
            "agents hang up",
            f"{busy.max():.0%} of the calls of {busy.idxmax()} are under 10 s, {busy.median():.0%} "
            "of the middle agent's",
        ),
        Row(
            "shape (GKM, BGMSSZZ)",
            "lognormal",
            f"skewness of ln(time) {skewness:+.2f} from 10 s on",
            "0 for a lognormal",
        ),
        *typed,
    ]


def patience(records: pd.DataFrame, some: str) -> list[Row]:
    """How long callers are willing to wait, from those who met a queue."""
    queued = records[records["outcome"].isin(["answered", "abandoned"]) & records["queued"]]
    everyone = kpi.patience(queued).iloc[0]
    kind = kpi.patience(queued, by="call_type").set_index("call_type")
    # Served and given up swapped: how long a caller would have to wait.
    swapped = queued.assign(
        outcome=queued["outcome"].map({"answered": "abandoned", "abandoned": "answered"})
    )
    needed = kpi.patience(swapped, by="call_type").set_index("call_type")
    internet = kind.loc["IN", "km_mean"]
    index = internet / needed.loc["IN", "km_mean"]
    support = queued[queued["call_type"] == "IN"]
    monthly = kpi.patience(support.assign(month=support["arrival"].dt.month), by="month")
    changed = (
        f"{some}; {monthly['km_mean'].min():.0f} to {monthly['km_mean'].max():.0f} s by month: "
        "support got agents of its own in the summer"
    )
    regular, priority = (hazard(queued[queued["priority"] == level]) for level in (0, 2))
    lower = (priority < regular)[: len(priority)].mean()
    before, peak, after = (hazard(queued)[place] for place in (4, 6, 8))
    return [
        Row(
            "average patience (GKM 6.3.3)",
            "about 10 min",
            f"{everyone['km_mean']:.0f} s (Kaplan-Meier, to the last wait)",
            f"{some}; if patience were exponential {everyone['mean_patience']:.0f} s",
        ),
        Row(
            "patience of internet support (GKM 6.3.4, MSZ)",
            "528 s",
            f"{internet:.0f} s",
            changed if len(monthly) > 1 else some,
        ),
        Row("  over the mean wait needed", "1.98", f"{index:.2f}", some),
        Row(
            "hazard of priority below that of regular calls (GKM fig. 20)",
            "at every wait",
            f"in {lower:.0%} of the 10 s bins up to 2 min",
        ),
        Row(
            "hazard has a peak near 60 s, the announcement (GKM fig. 20)",
            "yes",
            f"per 1000 s: {1000 * before:.1f} at 40-50 s, {1000 * peak:.1f} at 60-70 s, "
            f"{1000 * after:.1f} at 80-90 s",
        ),
    ]


def hazard(calls: pd.DataFrame) -> np.ndarray:
    """Hang-ups per second at risk in bins of 10 s up to 2 minutes."""
    waits, left = calls["wait"].to_numpy(), (calls["outcome"] == "abandoned").to_numpy()
    edges = np.arange(0, 130, 10)
    at_risk = [np.clip(waits - low, 0, 10).sum() for low in edges[:-1]]
    events = [(left & (waits > low) & (waits <= low + 10)).sum() for low in edges[:-1]]
    return np.array(events) / np.array(at_risk)


def giving_up(records: pd.DataFrame, some: str) -> list[Row]:
    """Who gives up, and how that goes with the wait."""
    asked = records[records["outcome"].isin(["answered", "abandoned"])]
    whole = kpi.summarize(asked).iloc[0]
    queued = kpi.summarize(asked[asked["queued"]]).iloc[0]
    hours = kpi.summarize(asked, freq="1h")
    busy = hours[hours["offered"] >= FEWEST_CALLS]
    weight = busy["offered"] * busy["mean_wait"]
    theta = (weight * busy["abandonment_rate"]).sum() / (weight * busy["mean_wait"]).sum()
    fit = np.corrcoef(busy["mean_wait"], busy["abandonment_rate"])[0, 1]
    return [
        Row(
            "calls for an agent that are given up (GKM 6.3.4)",
            "15 to 20 %",
            f"{whole['abandonment_rate']:.1%}, of who queued {queued['abandonment_rate']:.1%}",
            "the base is not said; calls that left in the voice unit are in neither",
        ),
        Row(
            "share given up against mean wait, by hour (GKM eq. 25, fig. 21)",
            "a line, slope theta",
            f"1/theta {1 / theta:.0f} s, correlation {fit:.2f}",
            f"hours of {FEWEST_CALLS} calls or more; 390 to 460 s by method and limit",
        ),
        Row(
            "hours in which the centre was open (GKM fig. 6)",
            "3,867",
            f"{len(hours):,} clock hours with a call",
            f"{some}; the paper's are a selection",
        ),
    ]


def arrivals(records: pd.DataFrame, some: str) -> list[Row]:
    """Whether calls come as from a Poisson process with a rate of its own each hour of the week."""
    asked = records[records["outcome"].isin(["answered", "abandoned"])]
    hours = kpi.summarize(asked, freq="1h")[["start", "offered"]]
    slot = hours["start"].dt.day_of_week * 24 + hours["start"].dt.hour
    by_slot = hours.groupby(slot)["offered"].agg(["mean", "var", "size"])
    often = by_slot[(by_slot["size"] >= 4) & (by_slot["mean"] >= 10)]
    ratio = (often["var"] / often["mean"]).median()
    return [
        Row(
            "same hour and weekday over weeks (GKM 6.3.1)",
            "more variance than Poisson",
            f"variance / mean {ratio:.1f} in the middle slot",
            "1 for Poisson",
        ),
        Row("rows in the year", "444,448", f"{len(records):,}", some),
    ]


def main(folder: Path | None = None) -> None:
    """Read, compute, print."""
    records, months = read(None if folder is None else folder / "anonymous_bank_1999")
    show("Anonymous Bank, 1999", rows(records, months))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
