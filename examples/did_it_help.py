"""Did it help? Two published claims read honestly, and a pilot of 30 indicators from end to end.

    python did_it_help.py

The claims: complaint handling that fell from 31.85 to 15.68 hours in a month, and a pilot of eight
of 35 teams, four treated, that saw -1.6 s of handle time after 30 days. The pilot: agents of the
bank's month in eight teams, two weeks before and two after, 30 indicators. First nothing is done;
then the treated handle calls a third faster.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from callstats import compare, datasets

#: Quantiles, in seconds, whose shares are indicators.
SECONDS = (10, 20, 40, 60, 80, 100, 120, 150, 180, 240, 300, 400)


def two_points() -> pd.DataFrame:
    """What two months allow to say."""
    months = pd.DataFrame({"start": ["2025-01-01", "2025-02-01"], "hours": [31.85, 15.68]})
    january, february = ("2025-01-01", "2025-02-01"), ("2025-02-01", "2025-03-01")
    return compare.periods(months, before=january, after=february, measures=["hours"])


def what_eight_teams_see() -> dict[str, float]:
    """What four teams against four could have seen of handle time, and what -1.6 s needs."""
    sd = 10.3  # of a team's monthly mean, on the bank's agents, with nothing done
    return {
        "smallest effect": compare.smallest_effect(sd=sd, treated=4, control=4),
        "power at 1.6 s": compare.power(effect=1.6, sd=sd, treated=4, control=4),
        "teams in each arm": compare.teams_needed(effect=1.6, sd=sd),
    }


def bank() -> pd.DataFrame:
    """Answered calls of the bank's month, by team, with 30 indicators a call."""
    calls = datasets.anonymous_bank()
    calls = calls[(calls["outcome"] == "answered") & (calls["talk"] > 0)].copy()
    busy = calls["agent"].value_counts()
    agents = sorted(busy[busy > 200].index)
    calls = calls[calls["agent"].isin(agents)]
    order = np.random.default_rng(1).permutation(len(agents))
    team = {agent: f"team {order[at] % 8}" for at, agent in enumerate(agents)}
    calls["team"] = calls["agent"].map(team)
    calls["start"] = calls["arrival"]
    return calls


def indicators(calls: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Thirty of them: handle time, waits, and shares of lengths, hours and types."""
    hour = calls["arrival"].dt.hour
    columns = {"aht": calls["talk"], "wait": calls["wait"], "log_talk": np.log(calls["talk"])}
    columns |= {f"within_{s}": (calls["talk"] <= s).astype(float) for s in SECONDS}
    columns |= {f"waited_{s}": (calls["wait"] > s).astype(float) for s in (0, 20, 60, 120)}
    columns |= {f"hour_{h}": (hour == h).astype(float) for h in range(8, 17)}
    types = calls["call_type"].value_counts().index[:2]
    columns |= {f"type_{t}": (calls["call_type"] == t).astype(float) for t in types}
    return calls[["team", "start"]].assign(**columns), list(columns)


def pilot(
    calls: pd.DataFrame, faster: float = 0.0
) -> tuple[pd.DataFrame, compare.Plan, compare.Pilot]:
    """Spread, plan and outcome; the treated handle calls so much faster after the change."""
    middle = calls["start"].dt.normalize().min() + pd.Timedelta(days=14)
    rows, names = indicators(calls)
    past = rows[rows["start"] < middle]
    spread = compare.spread(past, measures=["aht"], days=6)
    plan = compare.choose_teams(past, on=["aht", "wait"], teams=8, treated=4, seed=7)
    treated = calls["team"].isin(plan.treated) & (calls["start"] >= middle)
    changed = calls.assign(talk=calls["talk"] * np.where(treated, 1 - faster, 1.0))
    rows, names = indicators(changed)
    first, last = rows["start"].min(), rows["start"].max() + pd.Timedelta(seconds=1)
    found = compare.pilot(
        rows,
        treated=plan,
        before=(first, middle),
        after=(middle, last),
        measures=names,
        better={"aht": "lower"},
    )
    return spread, plan, found


def main() -> None:
    """Print all of it."""
    print("Complaint handling, two months")
    row = two_points().iloc[0]
    print(f"  {row['absolute']:.2f} h, {row['relative']:.2%}: {row['warnings']}\n")
    print("Four teams against four, handle time")
    for name, value in what_eight_teams_see().items():
        print(f"  {name}: {value:.3g}")
    calls = bank()
    for faster in (0.0, 1 / 3):
        spread, plan, found = pilot(calls, faster)
        print(f"\nA pilot of 30 indicators, calls of the treated {faster:.0%} shorter")
        sd = float(spread["unit_change_sd"].iloc[0])
        seen = compare.smallest_effect(sd=sd, treated=4, control=4)
        print(f"  before: a team's handle time changes by {sd:.1f} s; {seen:.0f} s could be seen")
        print(f"  plan: {plan.explain()}")
        significant = found.effects[~found.effects["verdict"].isin(["not shown"])]
        print(f"  shown: {', '.join(significant['measure']) or 'nothing'}")
        print("  " + "\n  ".join(found.sentences()))


if __name__ == "__main__":
    main()
