"""How close samples are to their agents' own calls, against simple random sampling.

    python benches/sampling_quality.py [--agents 2000] [--seeds 10] [--n 5] [--calls 100]

Made-up calls: log-normal numbers of calls an agent and lengths of calls, eight types with each
agent's own skew, shifts of each agent's own over four weeks. Figures are ratios to what simple
random sampling is expected to have (1 = no better), by its formula:

gap     root mean square standardised gap over agents and the indicators of all margins
cont    the same for time rank, log length and day
pooled  the gap of all agents pooled, over indicators and seeds
var     mean square error of an agent's mean score; type, length and hour make 40 % of its variance;
        +- is the standard error of this figure over the seeds
all     mean square error of the mean score of 200 agents
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import pandas as pd
from callstats import qa

DESIGNS = ("simple", "balanced", "stratified", "systematic", "cube")
CUTS = (60, 120, 300, 600)


def made_up_calls(agents: int, mean: float, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    sizes = np.maximum(10, rng.lognormal(np.log(mean) - 0.125, 0.5, agents).astype(int))
    agent = np.repeat(np.arange(agents), sizes)
    rows = len(agent)
    skew = rng.dirichlet(np.full(8, 0.8), agents).cumsum(axis=1)
    kind = (rng.random(rows)[:, None] > skew[agent]).sum(axis=1).clip(max=7)
    day = rng.choice(28, rows, p=np.tile([5, 5, 5, 5, 5, 2, 1], 4) / 112)
    start = rng.integers(6, 14, agents)[agent]
    second = (start * 3600 + rng.random(rows) ** 1.2 * 8 * 3600).astype(int)
    talk = rng.lognormal(5.1 + 0.15 * (kind - 3.5), 0.8)
    hour = second / 3600
    signal = 0.5 * (kind - 3.5) + 0.8 * np.log(talk) + 0.25 * hour
    signal = (signal - signal.mean()) / signal.std()
    return pd.DataFrame(
        {
            "call_id": np.arange(rows),
            "agent": agent,
            "arrival": np.datetime64("2024-03-04", "s") + day * 86_400 + second,
            "talk": talk,
            "call_type": kind.astype(str),
            "score": np.sqrt(0.4) * signal + np.sqrt(0.6) * rng.standard_normal(rows),
        }
    )


def features(calls: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Indicators of all margins, and the continuous ones, row by row."""
    when = calls["arrival"].dt
    margins = [
        calls["call_type"].astype(int),
        when.hour // 3,
        when.day_of_week,
        when.day_of_year // 7,
        np.searchsorted(CUTS, calls["talk"], side="right"),
    ]
    indicators = [np.equal(m, level) for m in margins for level in np.unique(m)]
    seconds = calls["arrival"].astype("int64")
    rank = seconds.groupby(calls["agent"]).rank()
    continuous = [rank, np.log(calls["talk"]), when.day_of_year]
    return np.column_stack(indicators).astype(float), np.column_stack(continuous).astype(float)


def by_agent(values: np.ndarray, agent: np.ndarray, agents: int) -> np.ndarray:
    counts = np.bincount(agent, minlength=agents)
    sums = [np.bincount(agent, column, minlength=agents) for column in values.T]
    return np.column_stack(sums) / counts[:, None]


def figures(calls: pd.DataFrame, design: str, n: int, seeds: int) -> dict[str, float]:
    agent = calls["agent"].to_numpy()
    agents = agent.max() + 1
    size = np.bincount(agent)
    indicators, continuous = features(calls)
    groups = [indicators, continuous, calls[["score"]].to_numpy()]
    means = [by_agent(values, agent, agents) for values in groups]
    variances = [by_agent(v**2, agent, agents) - m**2 for v, m in zip(groups, means, strict=True)]
    taken = np.minimum(n, size)
    expected = [v * ((size - taken) / (taken * (size - 1)))[:, None] for v in variances]
    gap, cont, score, pooled, overall, seconds = [], [], [], [], [], []
    for seed in range(seeds):
        start = time.perf_counter()
        drawn = qa.sample(
            calls, n, design=design, seed=seed, balance=("arrival", "talk", "call_type")
        )
        seconds.append(time.perf_counter() - start)
        rows = drawn["call_id"].to_numpy()
        apart = [
            by_agent(v[rows], agent[rows], agents) - m for v, m in zip(groups, means, strict=True)
        ]
        for keep, d, v, e in zip((gap, cont), apart[:2], variances[:2], expected[:2], strict=True):
            some = v > 1e-9
            squares = np.divide(d**2, v, out=np.zeros_like(d), where=some)
            theory = np.divide(e, v, out=np.zeros_like(d), where=some)
            keep.append(squares.sum() / theory.sum())
        score.append((apart[2] ** 2).sum() / expected[2].sum())
        pooled.append(((apart[0].sum(axis=0)) ** 2 / expected[0].sum(axis=0)).mean())
        blocks = np.arange(agents) // 200
        sums = np.bincount(blocks, apart[2][:, 0]) ** 2
        overall.append((sums / np.bincount(blocks, expected[2][:, 0])).mean())
    return {
        "gap": np.sqrt(np.mean(gap)),
        "cont": np.sqrt(np.mean(cont)),
        "pooled": np.sqrt(np.mean(pooled)),
        "var": np.mean(score),
        "+-": np.std(score, ddof=1) / np.sqrt(seeds) if seeds > 1 else np.nan,
        "all": np.mean(overall),
        "ns/row": min(seconds) / len(calls) * 1e9,
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    for name, value in (("agents", 2_000), ("seeds", 10), ("n", 5), ("calls", 100)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--designs", nargs="+", default=DESIGNS)
    options = parser.parse_args()
    calls = made_up_calls(options.agents, options.calls, seed=1)
    print(f"{len(calls):,} calls of {options.agents:,} agents, {options.n} each")
    for design in options.designs:
        found = figures(calls, design, options.n, options.seeds)
        row = "  ".join(f"{name} {value:7.3f}" for name, value in found.items())
        print(f"{design:11} {row}", flush=True)


if __name__ == "__main__":
    main()
