"""How often the limits of estimates hold the truth, over repeated draws.

    python benches/estimate_coverage.py [--agents 40] [--draws 400] [--calls 100]

The made-up calls of ``sampling_quality.py``, scored in three ways: in points (normal about what
type, length and hour explain), in points with a ceiling (most between 85 and 100, some very low),
and pass or fail (nine of ten pass). Each draw is estimated at 95 %; the figures are the shares of
limits that hold the true mean of the recordings, and the mean half width beside that of a plain
draw.

overall   the mean of all recordings
agent     each agent's own
type      each call type's, over all agents
post      the mean of all, post-stratified by call type
shrunken  each agent's true mean, by ``qa.shrink``
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

import numpy as np
from callstats import qa
from sampling_quality import made_up_calls

if TYPE_CHECKING:
    import pandas as pd

FIGURES = ("overall", "agent", "type", "post", "shrunken")


def scored(calls: pd.DataFrame, kind: str) -> pd.Series:
    """Scores of a kind with the same reasons behind them."""
    rng = np.random.default_rng(7)
    agents = calls["agent"].max() + 1
    latent = calls["score"] + 0.5 * rng.standard_normal(agents)[calls["agent"]]
    if kind == "points":
        return 80 + 8 * latent
    if kind == "ceiling":
        return 100 - 6 * np.exp(0.8 * latent).clip(0, 12).round()
    return (latent > np.quantile(latent, 0.1)).astype(float)


def held(table: pd.DataFrame, truth: pd.Series | float) -> tuple[float, float]:
    """Share of limits that hold the truth, and their mean half width, where there are any."""
    low, high = table["low"], table["high"]
    told = low.notna()
    inside = (low <= truth) & (truth <= high)
    return float(inside[told].mean()), float((high - low)[told].mean() / 2)


def coverage(
    calls: pd.DataFrame, design: str, n: int, draws: int, interval: str
) -> dict[str, tuple[float, float]]:
    balance = ("arrival", "talk", "call_type")
    of_agent = calls.groupby("agent")["score"].mean()
    of_type = calls.groupby("call_type")["score"].mean()
    rows: dict[str, list[tuple[float, float]]] = {name: [] for name in FIGURES}
    for seed in range(draws):
        sample = qa.sample(calls, n, design=design, seed=seed, balance=balance)
        table = qa.estimate(sample, "score", by="agent", interval=interval)
        rows["overall"].append(held(table.iloc[-1:], calls["score"].mean()))
        rows["agent"].append(held(table.iloc[:-1].reset_index(drop=True), of_agent))
        table = qa.estimate(sample, "score", by="call_type", interval=interval)[:-1]
        rows["type"].append(held(table, table["call_type"].map(of_type)))
        told = {"post_stratify": "call_type", "sizes": calls, "interval": interval}
        table = qa.estimate(sample, "score", **told)
        rows["post"].append(held(table, calls["score"].mean()))
        rows["shrunken"].append(held(qa.shrink(sample), of_agent))
    return {name: tuple(np.nanmean(found, axis=0)) for name, found in rows.items()}


def main() -> None:
    parser = argparse.ArgumentParser()
    for name, value in (("agents", 40), ("draws", 400), ("calls", 100)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--sizes", type=int, nargs="+", default=[5, 10])
    parser.add_argument("--designs", nargs="+", default=["simple", "balanced"])
    options = parser.parse_args()
    calls = made_up_calls(options.agents, options.calls, seed=1)
    print(f"{len(calls):,} calls of {options.agents} agents, {options.draws} draws, limits at 95 %")
    for kind in ("points", "ceiling", "pass"):
        calls["score"] = scored(made_up_calls(options.agents, options.calls, seed=1), kind)
        for n in options.sizes:
            plain: dict[str, tuple[float, float]] = {}
            for design in options.designs:
                interval = "wilson" if kind == "pass" else "student"
                found = coverage(calls, design, n, options.draws, interval)
                plain = plain or found
                cells = [
                    f"{name} {share:.3f} ({width / plain[name][1]:.2f})"
                    for name, (share, width) in found.items()
                ]
                print(f"{kind:8} n={n:<3} {design:10} {'  '.join(cells)}", flush=True)


if __name__ == "__main__":
    main()
