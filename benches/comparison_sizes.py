"""How often comparisons call nothings significant at 5 %, by the package's own calls.

    python benches/comparison_sizes.py [DATA] [--pilots 1000] [--series 400]

DATA is a folder with the months of the Anonymous Bank in their original format; without it the
month that comes with the package is used, in windows of 8 days instead of 20.

Bank: agents are drawn into eight teams at random, four of them are treated, and nothing is done.
Each pilot compares the same number of days before and after. *worst*: the four teams with the
largest figure before are treated, measure by measure, which `regression_to_mean` warns of: a type
of calls that few agents take returns to the mean most.

Simulated: series of noise, of AR(1) and of a slow walk with a change in the middle that is none; 30
measures of eight teams; counters; daily shares.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from callstats import compare, datasets

ALPHA = 0.05
#: Calls of an agent on a side that are needed.
FEWEST = 30


def bank(folder: Path | None) -> pd.DataFrame:
    """Sums of each agent and full day."""
    if folder is None:
        months = [datasets.anonymous_bank()]
    else:
        files = sorted(folder.glob("1999-0[1-5].tsv*"))
        months = [datasets.read_anonymous_bank(file) for file in files]
    calls = pd.concat([month.assign() for month in months], ignore_index=True)
    calls = calls[(calls["outcome"] == "answered") & (calls["talk"] > 0)]
    calls["day"] = calls["arrival"].dt.normalize().dt.tz_localize(None)
    full = calls.groupby("day")["talk"].size()
    calls = calls[calls["day"].isin(full[full > 0.6 * full.median()].index)]
    calls["short"] = calls["talk"] <= 80
    calls["stock"] = calls["call_type"] == "NW"
    sums = {"answered": ("talk", "size"), "handle": ("talk", "sum")}
    sums |= {name: (name, "sum") for name in ("short", "stock")}
    return calls.groupby(["agent", "day"], as_index=False).agg(**sums)


MEASURES = {"aht": "handle", "share <= 80 s": "short", "share of one type": "stock"}


def pilots(days: pd.DataFrame, count: int, treated: int, *, worst: bool) -> dict[str, list[float]]:
    """P of t and of every split for each measure, of so many pilots of nothing."""
    random = np.random.default_rng(treated)
    dates = np.sort(days["day"].unique())
    window = min(20, len(dates) // 3)
    found: dict[str, list[float]] = {f"{m} {k}": [] for m in MEASURES for k in ("t", "exact")}
    columns = ["answered", *MEASURES.values()]
    for _ in range(count):
        start = int(random.integers(0, len(dates) - 2 * window + 1))
        sides = [dates[start + at * window : start + (at + 1) * window] for at in (0, 1)]
        sums = [days[days["day"].isin(side)].groupby("agent")[columns].sum() for side in sides]
        agents = sums[0].index.intersection(sums[1].index)
        for each in sums:
            agents = agents[each.loc[agents, "answered"] > FEWEST]
        order = random.permutation(agents)
        team = pd.Series(np.arange(len(order)) % 8, index=order)
        totals = [each.loc[order].groupby(team).sum() for each in sums]
        rates = [
            pd.DataFrame({name: each[top] / each["answered"] for name, top in MEASURES.items()})
            for each in totals
        ]
        changes = (rates[1] - rates[0]).rename_axis("unit").reset_index()
        for name in MEASURES:
            own = range(treated)
            if worst:
                own = rates[0][name].nlargest(treated).index.tolist()
            table = compare.effects(changes[["unit", name]], treated=own)
            found[f"{name} t"].append(table["p_value"].iloc[0])
            found[f"{name} exact"].append(table["p_permutation"].iloc[0])
    return found


def noise(random: np.random.Generator, kind: str, days: int) -> np.ndarray:
    """Days of a kind without any change."""
    own = random.standard_normal(days)
    if kind.startswith("AR"):
        rho = float(kind[2:])
        values = np.empty(days)
        values[0] = own[0] / np.sqrt(1 - rho**2)
        for day in range(1, days):
            values[day] = rho * values[day - 1] + own[day]
        return values
    return own + 0.3 * np.cumsum(random.standard_normal(days))


def series(count: int, kind: str, days: int, errors: str) -> float:
    """Share of series of a kind that are called changed."""
    random = np.random.default_rng(days)
    start = pd.date_range("2025-01-06", periods=days)
    hits = 0
    for _ in range(count):
        frame = pd.DataFrame({"start": start, "value": noise(random, kind, days)})
        found = compare.series(frame, change=start[days // 2], value="value", errors=errors)
        hits += bool(found.effects["p_value"][0] <= ALPHA)
    return hits / count


def families(count: int, arms: tuple[int, int]) -> float:
    """Share of pilots of 30 measures with some false alarm by the largest t."""
    random = np.random.default_rng(30)
    hits = 0
    for _ in range(count):
        shared = 0.6**0.5 * random.standard_normal((sum(arms), 1))
        values = shared + 0.4**0.5 * random.standard_normal((sum(arms), 30))
        changes = pd.DataFrame(values, columns=[f"m{at}" for at in range(30)])
        changes.insert(0, "unit", range(sum(arms)))
        found = compare.effects(changes, treated=range(arms[0]))
        hits += bool((found["p_max_t"] <= ALPHA).any())
    return hits / count


def unequal(count: int, arms: tuple[int, int]) -> tuple[float, float]:
    """T and exact where the treated vary three times as much."""
    random = np.random.default_rng(arms[0])
    spread = np.where(np.arange(sum(arms)) < arms[0], 3.0, 1.0)
    hits = np.zeros(2)
    for _ in range(count):
        changes = pd.DataFrame({"unit": range(sum(arms))})
        changes["m"] = spread * random.standard_normal(sum(arms))
        row = compare.effects(changes, treated=range(arms[0])).iloc[0]
        hits += [row["p_value"] <= ALPHA, row["p_permutation"] <= ALPHA]
    return hits[0] / count, hits[1] / count


def counters(count: int) -> float:
    """Counters whose spread does not change."""
    random = np.random.default_rng(6)
    hits = 0
    for _ in range(count):
        size = random.normal(6, 0.3, 8)
        pair = [dict(enumerate(np.exp(size + 0.2 * random.standard_normal(8)))) for _ in range(2)]
        hits += compare.growth(*pair).spread_p_value <= ALPHA
    return hits / count


def shares(count: int) -> float:
    """Daily shares with weeks that differ, and no change."""
    random = np.random.default_rng(7)
    hits = 0
    for _ in range(count):
        week = np.repeat(random.normal(0, 0.25, 8), 7)
        rate = 1 / (1 + np.exp(2.2 - week))
        days = pd.DataFrame({"start": pd.date_range("2025-01-06", periods=56), "size": 60})
        days["events"] = random.binomial(60, rate)
        hits += bool(compare.gap_curve(days).changes["p_value"][0] <= ALPHA)
    return hits / count


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", nargs="?", type=Path)
    parser.add_argument("--pilots", type=int, default=1000)
    parser.add_argument("--series", type=int, default=400)
    options = parser.parse_args()
    print("share of nothings called significant at 5 %, in percent\n")
    days = bank(options.data)
    print(f"bank: {days['day'].nunique()} full days, {days['agent'].nunique()} agents")
    for treated, worst in ((4, False), (2, False), (4, True)):
        found = pilots(days, options.pilots, treated, worst=worst)
        sizes = [f"{name} {percent(np.mean(np.array(p) <= ALPHA))}" for name, p in found.items()]
        print(f"  {'worst ' if worst else ''}{treated} of 8: {', '.join(sizes)}", flush=True)
    for kind in ("AR0", "AR0.4", "AR0.8", "walk"):
        for length in (60,) if kind == "walk" else (40, 120):
            both = {e: series(options.series, kind, length, e) for e in ("drift", "independent")}
            sizes = [f"{errors} {percent(size)}" for errors, size in both.items()]
            print(f"series {kind}, {length} days: {', '.join(sizes)}", flush=True)
    for arms in ((4, 4), (6, 6)):
        size = percent(families(options.pilots, arms))
        print(f"30 measures, {arms}, some alarm by p_max_t: {size}", flush=True)
    for arms in ((4, 4), (2, 6), (6, 2)):
        t, exact = (percent(size) for size in unequal(options.pilots, arms))
        print(f"treated vary three times as much, {arms}: t {t}, exact {exact}", flush=True)
    print(f"counters, spread: {percent(counters(options.pilots))}", flush=True)
    print(f"daily shares, largest change: {percent(shares(options.series))}")


def percent(share: float) -> str:
    return f"{100 * share:.1f}"


if __name__ == "__main__":
    main()
