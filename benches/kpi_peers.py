"""Key figures of logs beside idiomatic pandas and Polars: the answers are checked, then timed.

Both sides in turn in one process, the best of several runs: seconds on the clock, and of the
processor, in which other work on the machine shows less.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from callstats import kpi
from callstats.kpi.agents.spells import STATES as ALL_STATES
from callstats.kpi.calls.definitions import SERVICE_LEVELS

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


def rates_and_means(column: Callable[[str], Any]) -> dict[str, Any]:
    """Every definition's rates with Wilson's limits, and the means, from counts and sums."""
    z = 1.959963984540054
    made: dict[str, Any] = {}

    def rate(name: str, part: Any, whole: Any, end: str = "") -> None:
        share = part / whole
        middle = (share + z * z / (2 * whole)) / (1 + z * z / whole)
        half = (share * (1 - share) / whole + z * z / (4 * whole * whole)) ** 0.5
        half = half * z / (1 + z * z / whole)
        sides = {"": share, "_low": middle - half, "_high": middle + half}
        sides |= {"_numerator": part, "_denominator": whole}
        made.update({f"{name}{side}{end}": each for side, each in sides.items()})

    answered, abandoned, offered = (column(n) for n in ("answered", "abandoned", "offered"))
    short, both = column("short_abandoned"), answered + abandoned
    for limit in THRESHOLDS:
        end = f"_{limit}"
        inside, gone = column(f"answered_within{end}"), column(f"abandoned_within{end}")
        sides = {
            "offered": (inside, both),
            "answered": (inside, answered),
            "exclude_abandoned_within": (inside, both - gone),
            "count_abandoned_within": (inside + gone, both),
            "count_short_abandoned": (inside + short, both),
            "exclude_short_abandoned": (inside, both - short),
        }
        for name, (part, whole) in sides.items():
            rate(f"service_level_{name}", part, whole, end)
        beyond = column(f"wait_beyond{end}")
        rate("share_beyond", beyond, offered, end)
        made[f"mean_excess{end}"] = column(f"wait_beyond_sum{end}") / beyond
        made[f"answered_late{end}"] = answered - inside
    rate("answer_rate", answered, both)
    rate("abandonment_rate", abandoned, both)
    made["asa"] = column("wait_sum_answered") / answered
    made["mean_wait"] = column("wait_sum_all") / offered
    made["mean_time_to_abandon"] = column("wait_sum_abandoned") / abandoned
    timed, talk = column("handled_timed"), column("talk_sum")
    made["att"] = talk / timed
    made["aht"] = (talk + column("hold_sum") + column("acw_sum")) / timed
    return made


def in_pandas(log: pd.DataFrame) -> pd.DataFrame:
    wait, outcome = log["wait"], log["outcome"]
    is_ = {name: outcome == name for name in OUTCOMES}
    columns: dict[str, Any] = {"queue": log["queue"], "start": log["arrival"].dt.floor("30min")}
    columns |= {"offered": 1, **is_, "short_abandoned": is_["abandoned"] & (wait <= 5)}
    columns["handled_timed"] = is_["answered"] & log["talk"].notna()
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
    made = pd.DataFrame(rates_and_means(table.__getitem__))
    return pd.concat([table, made], axis=1).reset_index()


def in_polars(log: Any) -> Any:
    import polars as pl

    wait, outcome = pl.col("wait"), pl.col("outcome")
    is_ = {name: outcome == name for name in OUTCOMES}
    asked = [pl.len().cast(pl.Int64).alias("offered")]
    asked += [each.sum().cast(pl.Int64).alias(name) for name, each in is_.items()]

    def count(name: str, rows: pl.Expr) -> None:
        asked.append(rows.sum().cast(pl.Int64).alias(name))

    count("short_abandoned", is_["abandoned"] & (wait <= 5))
    count("handled_timed", is_["answered"] & pl.col("talk").is_not_null())
    for name in ("answered", "abandoned"):
        asked.append(wait.filter(is_[name]).sum().alias(f"wait_sum_{name}"))
        for limit in THRESHOLDS:
            count(f"{name}_within_{limit}", is_[name] & (wait <= limit))
    for limit in THRESHOLDS:
        count(f"wait_beyond_{limit}", wait > limit)
        asked.append((wait - limit).clip(0).sum().alias(f"wait_beyond_sum_{limit}"))
    asked.append(wait.sum().alias("wait_sum_all"))
    asked += [pl.col(part).sum().alias(f"{part}_sum") for part in ("talk", "hold", "acw")]
    asked.append(wait.max().alias("wait_max"))
    asked += [wait.quantile(q, "linear").alias(name) for name, q in QUANTILES.items()]
    start = pl.col("arrival").dt.truncate("30m").alias("start")
    grouped = log.lazy().group_by("queue", start).agg(asked)
    return grouped.with_columns(**rates_and_means(pl.col)).sort("queue", "start").collect()


def ours(log: Any) -> Any:
    return kpi.summarize(
        log,
        by="queue",
        freq="30min",
        threshold=THRESHOLDS,
        definition=list(SERVICE_LEVELS),
        quantile="linear",
    )


def spells(count: int) -> pd.DataFrame:
    """Spells of 300 agents in five states, in order of their starts."""
    random = np.random.default_rng(2)
    start = np.sort(random.integers(0, 28 * 86_400, count)) * 10**6 + 1_709_251_200_000_000
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
    return pieces(log)[0].unstack(fill_value=0.0).reset_index()  # noqa: PD010 - nothing to aggregate


def pieces(log: pd.DataFrame) -> tuple[Any, Any]:
    """Seconds by agent, half hour and state; the pieces that they are of."""
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
    return long.groupby(["agent", "start", "state"], observed=True)["seconds"].sum(), (
        long,
        low,
        high,
    )


def states_in_pandas(log: pd.DataFrame) -> pd.DataFrame:
    """All columns of `kpi.states` by the same trick; the index must number the rows."""
    by_state, (long, low, high) = pieces(log)
    table = by_state.unstack(fill_value=0.0)  # noqa: PD010 - nothing to aggregate
    table = table.reindex(columns=ALL_STATES, fill_value=0.0)
    until = log["end"].astype("int64").groupby(log["agent"], observed=True).cummax()
    before = until.groupby(log["agent"], observed=True).shift(fill_value=0).to_numpy()
    fresh = np.clip(high - np.maximum(low, before[long.index]), 0, None) / 1e6
    covered = long.assign(seconds=fresh).groupby(["agent", "start"], observed=True)["seconds"]
    table["total"] = table.sum(axis=1)
    table["covered"] = covered.sum()
    table["overlap"] = table["total"] - table["covered"]
    table["logged_in"] = table["total"] - table["offline"]
    table["handle"] = table["talk"] + table["hold"] + table["acw"]
    table["occupancy"] = table["handle"] / (table["handle"] + table["available"])
    table["logged_in_occupancy"] = table["handle"] / table["logged_in"]
    working = table["handle"] + table["available"] + table["ring"]
    table["paid_utilisation"] = (working + table["training"]) / table["logged_in"]
    table["shrinkage"] = 1 - working / table["logged_in"]
    return table.assign(length=1800.0).reset_index()


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


Times = tuple[float, float]


def seconds(work: Callable[[], Any]) -> Times:
    """On the clock, and of the processor."""
    begin, used = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - begin, time.process_time() - used


def in_turn(works: dict[str, Callable[[], Any]], repeats: int) -> dict[str, Times]:
    """The best of several rounds, in each of which every one has its turn."""
    rounds = [{name: seconds(work) for name, work in works.items()} for _ in range(repeats)]
    return {
        name: tuple(min(each[name][side] for each in rounds) for side in (0, 1)) for name in works
    }


def show(title: str, times: dict[str, Times]) -> None:
    """A table row each: seconds, and how many times ours."""
    mine = times["callstats"]
    print(f"\n{title}\n")
    print("| | clock | times ours | processor | times ours |\n|---|---|---|---|---|")
    for name, (clock, used) in times.items():
        ratios = f"{clock / mine[0]:.1f}", f"{used / mine[1]:.1f}"
        print(f"| {name} | {clock:.3f} s | {ratios[0]} | {used:.3f} s | {ratios[1]} |")


def same(table: pd.DataFrame, peer: Any, names: set[str]) -> None:
    for name in names:
        np.testing.assert_allclose(
            table[name].to_numpy(), peer[name].to_numpy(), rtol=1e-9, atol=1e-6, err_msg=name
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=float, default=1e7)
    parser.add_argument("--spells", type=float, default=1e6)
    parser.add_argument("--repeats", type=int, default=3)
    asked = parser.parse_args()
    processors = len(os.sched_getaffinity(0))
    print(f"{platform.machine()}, {processors} processors, pandas {pd.__version__}", end="")

    log = calls(int(asked.rows))
    table = ours(log)
    figures = set(table) - {"queue", "start"}
    works: dict[str, Callable[[], Any]] = {
        "callstats": lambda: ours(log),
        "pandas": lambda: in_pandas(log),
    }
    same(table, in_pandas(log), figures)
    try:
        import polars as pl
    except ModuleNotFoundError:
        print()
    else:
        print(f", Polars {pl.__version__} on {pl.thread_pool_size()} threads")
        frame = pl.from_pandas(log)
        same(table, in_polars(frame), figures)
        works["Polars"] = lambda: in_polars(frame)
    title = f"{len(log):,} calls in {len(table):,} groups, {len(figures)} figures each"
    del table
    show(title, in_turn(works, asked.repeats))
    show(
        f"Kaplan-Meier and mean patience of {len(log):,} waits",
        in_turn({"callstats": lambda: kpi.patience(log)}, asked.repeats),
    )

    agents = spells(int(asked.spells))
    shuffled = agents.sample(frac=1.0, random_state=1, ignore_index=True)
    for name, each in {"in order of their starts": agents, "in any order": shuffled}.items():
        split = kpi.states(each, freq="30min")
        same(split, split_in_pandas(each), set(STATES))
        in_order = each.sort_values(["agent", "start", "end"], ignore_index=True)
        same(split, states_in_pandas(in_order), set(split) - {"agent", "start"})
        works = {
            "callstats": lambda log=each: kpi.states(log, freq="30min"),
            "repeat and group, seconds alone": lambda log=each: split_in_pandas(log),
            "repeat and group, all columns": lambda log=each: states_in_pandas(
                log.sort_values(["agent", "start", "end"], ignore_index=True)
            ),
        }
        times = in_turn(works, asked.repeats)
        few = each.iloc[:: len(each) // 20_000]
        times["loop (20,000 spells, in proportion)"] = tuple(
            side * len(each) / len(few) for side in seconds(lambda log=few: split_in_a_loop(log))
        )
        show(f"{len(each):,} spells {name}, {len(split):,} agents' half hours", times)


if __name__ == "__main__":
    main()
