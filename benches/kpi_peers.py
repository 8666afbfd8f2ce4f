"""Key figures of logs beside idiomatic pandas and Polars: the answers are checked, then timed.

Processor seconds, so that other work on the machine shows less; all in one process and one run.
"""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from callstats import kpi

if TYPE_CHECKING:
    from collections.abc import Callable

THRESHOLDS = [10, 20, 30]
QUANTILES = {"wait_p50": 0.5, "wait_p80": 0.8, "wait_p90": 0.9, "wait_p95": 0.95}
OUTCOMES = ["answered", "abandoned", "flow_out", "callback", "blocked"]
STATES = ["available", "talk", "hold", "acw", "break"]
HALF_HOUR = 1800 * 10**6


def calls(count: int) -> pd.DataFrame:
    """Calls of 500 queues in the half hours of 28 days, in order of arrival."""
    random = np.random.default_rng(1)
    outcome = random.choice(5, count, p=[0.82, 0.12, 0.03, 0.02, 0.01])
    answered = outcome == 0
    at = np.sort(random.integers(0, 28 * 86_400_000, count)) + 1_709_251_200_000
    queues = [f"queue {k:03}" for k in range(500)]
    return pd.DataFrame(
        {
            "queue": pd.Categorical.from_codes(random.integers(0, 500, count), queues),
            "arrival": at.astype("M8[ms]").astype("M8[us]"),
            "wait": random.exponential(20, count).round(1),
            "outcome": pd.Categorical.from_codes(outcome, OUTCOMES),
            "talk": np.where(answered, random.exponential(200, count).round(), np.nan),
            "hold": np.where(answered, random.exponential(5, count).round(), np.nan),
            "acw": np.where(answered, 30.0, np.nan),
        }
    )


def in_pandas(log: pd.DataFrame) -> pd.DataFrame:
    wait, outcome = log["wait"], log["outcome"]
    is_ = {name: outcome == name for name in OUTCOMES}
    columns: dict[str, Any] = {"queue": log["queue"], "start": log["arrival"].dt.floor("30min")}
    columns |= {"offered": 1, **is_, "short_abandoned": is_["abandoned"] & (wait <= 5)}
    for outcome_name in ("answered", "abandoned"):
        columns[f"wait_sum_{outcome_name}"] = wait.where(is_[outcome_name], 0)
        for limit in THRESHOLDS:
            columns[f"{outcome_name}_within_{limit}"] = is_[outcome_name] & (wait <= limit)
    for limit in THRESHOLDS:
        columns[f"wait_beyond_{limit}"] = wait > limit
        columns[f"wait_beyond_sum_{limit}"] = (wait - limit).clip(lower=0)
    columns["wait_sum_all"] = wait
    columns |= {f"{part}_sum": log[part] for part in ("talk", "hold", "acw")}
    groups = pd.DataFrame(columns).groupby(["queue", "start"], observed=True)
    table = groups.sum()
    table["wait_max"] = groups["wait_sum_all"].max()
    for name, probability in QUANTILES.items():
        table[name] = groups["wait_sum_all"].quantile(probability)
    return table.reset_index()


def in_polars(log: Any) -> Any:
    import polars as pl

    wait, outcome = pl.col("wait"), pl.col("outcome")
    is_ = {name: outcome == name for name in OUTCOMES}
    asked = [pl.len().alias("offered"), *(each.sum().alias(name) for name, each in is_.items())]
    asked.append((is_["abandoned"] & (wait <= 5)).sum().alias("short_abandoned"))
    for name in ("answered", "abandoned"):
        asked.append(wait.filter(is_[name]).sum().alias(f"wait_sum_{name}"))
        asked += [
            (is_[name] & (wait <= limit)).sum().alias(f"{name}_within_{limit}")
            for limit in THRESHOLDS
        ]
    for limit in THRESHOLDS:
        asked.append((wait > limit).sum().alias(f"wait_beyond_{limit}"))
        asked.append((wait - limit).clip(0).sum().alias(f"wait_beyond_sum_{limit}"))
    asked.append(wait.sum().alias("wait_sum_all"))
    asked += [pl.col(part).sum().alias(f"{part}_sum") for part in ("talk", "hold", "acw")]
    asked.append(wait.max().alias("wait_max"))
    asked += [wait.quantile(q, "linear").alias(name) for name, q in QUANTILES.items()]
    start = pl.col("arrival").dt.truncate("30m").alias("start")
    return log.lazy().group_by("queue", start).agg(asked).sort("queue", "start").collect()


def ours(log: Any) -> Any:
    return kpi.summarize(log, by="queue", freq="30min", threshold=THRESHOLDS, quantile="linear")


def spells(count: int) -> pd.DataFrame:
    random = np.random.default_rng(2)
    start = random.integers(0, 28 * 86_400, count) * 10**6 + 1_709_251_200_000_000
    end = start + random.exponential(900, count).astype(np.int64) * 10**6
    return pd.DataFrame(
        {
            "agent": pd.Categorical.from_codes(random.integers(0, 300, count), range(300)),
            "start": start.astype("M8[us]"),
            "end": end.astype("M8[us]"),
            "state": pd.Categorical.from_codes(random.integers(0, 5, count), STATES),
        }
    )


def split_in_pandas(log: pd.DataFrame) -> pd.DataFrame:
    """One row a spell and half hour by repeating, then a sum: the usual trick."""
    start, end = (log[name].to_numpy().view(np.int64) for name in ("start", "end"))
    first = start // HALF_HOUR
    touched = np.maximum(end - 1, start) // HALF_HOUR - first + 1
    rows = np.repeat(np.arange(len(log)), touched)
    place = first[rows] + np.arange(rows.size) - np.repeat(np.cumsum(touched) - touched, touched)
    low = np.maximum(start[rows], place * HALF_HOUR)
    high = np.minimum(end[rows], (place + 1) * HALF_HOUR)
    long = log.loc[rows, ["agent", "state"]].assign(
        start=(place * HALF_HOUR).astype("M8[us]"), seconds=(high - low) / 1e6
    )
    table = long.groupby(["agent", "start", "state"], observed=True)["seconds"].sum()
    return table.unstack(fill_value=0.0).reset_index()  # noqa: PD010 - nothing to aggregate


def split_in_a_loop(log: pd.DataFrame) -> dict[Any, float]:
    half_hour = pd.Timedelta(minutes=30)
    seconds: dict[Any, float] = {}
    for spell in log.itertuples():
        at = spell.start
        while at < spell.end:
            begins = at.floor("30min")
            until = min(spell.end, begins + half_hour)
            key = (spell.agent, begins, spell.state)
            seconds[key] = seconds.get(key, 0.0) + (until - at).total_seconds()
            at = until
    return seconds


def processor_seconds(work: Callable[[], Any], repeats: int) -> float:
    best = np.inf
    for _ in range(repeats):
        begin = time.process_time()
        work()
        best = min(best, time.process_time() - begin)
    return best


def show(name: str, mine: float, theirs: float) -> None:
    print(f"{name:52} {theirs:9.3f} s, {theirs / mine:8.1f} times ours ({mine:.3f} s)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=float, default=1e7)
    parser.add_argument("--spells", type=float, default=1e6)
    parser.add_argument("--repeats", type=int, default=2)
    asked = parser.parse_args()

    log = calls(int(asked.rows))
    table, peer = ours(log), in_pandas(log)
    for name in set(peer) - {"queue", "start"}:
        np.testing.assert_allclose(table[name], peer[name], rtol=1e-9, atol=1e-6, err_msg=name)
    mine = processor_seconds(lambda: ours(log), asked.repeats)
    title = f"{len(log):,} calls in {len(table):,} groups"
    show(f"{title}, pandas", mine, processor_seconds(lambda: in_pandas(log), asked.repeats))
    try:
        import polars as pl
    except ModuleNotFoundError:
        pass
    else:
        frame = pl.from_pandas(log)
        np.testing.assert_allclose(in_polars(frame)["wait_p90"], table["wait_p90"], rtol=1e-9)
        show(f"{title}, Polars", mine, processor_seconds(lambda: in_polars(frame), asked.repeats))
    whole = processor_seconds(lambda: kpi.patience(log), asked.repeats)
    print(f"Kaplan-Meier and mean patience of {len(log):,} waits: {whole:.3f} s")

    agents = spells(int(asked.spells))
    split, peer = kpi.states(agents, freq="30min"), split_in_pandas(agents)
    np.testing.assert_allclose(split["talk"], peer["talk"], rtol=1e-12)
    mine = processor_seconds(lambda: kpi.states(agents, freq="30min"), asked.repeats)
    title = f"{len(agents):,} spells over half hours"
    show(f"{title}, repeat and group", mine, processor_seconds(lambda: split_in_pandas(agents), 1))
    few = agents.head(len(agents) // 50)
    looped = 50 * processor_seconds(lambda: split_in_a_loop(few), 1)
    show(f"{title}, loop (of a fiftieth)", mine, looped)


if __name__ == "__main__":
    main()
