"""Agents needed in each half hour, beside those at work, and how well the models foretell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from callstats import erlang, staffing

if TYPE_CHECKING:
    from callstats.report.key_figures import KeyFigures

__all__ = ["ENOUGH_TIMED", "Requirement", "requirement"]

INTERVAL = 1800
#: With fewer timed calls at a time of day its mean handle time is off by a fifth and more (the
#: spread of handle times is about their mean, so 1/sqrt(30) = 18 %): the mean of the log is used.
ENOUGH_TIMED = 30
#: Predictions are pooled in bands of ten points.
BANDS = np.linspace(0, 1, 11)


@dataclass(frozen=True)
class Requirement:
    """Need and presence by date and half hour, their means by weekday, and the models' accuracy."""

    by_interval: pd.DataFrame
    by_weekday: pd.DataFrame
    by_slot: pd.DataFrame
    #: Predictions pooled in bands, one row a model and band; None where no agent is named.
    bands: pd.DataFrame | None
    #: One row a model, "m" with patience as it was measured, where anybody hung up: `model,
    #: half_hours, predicted, observed, mean_error, rms_error`.
    accuracy: pd.DataFrame | None
    #: The weekday and half hour that needs the most agents by Erlang A.
    busiest: pd.Series[Any]
    curve: pd.DataFrame


def requirement(
    figures: KeyFigures,
    *,
    patience: float,
    goal: float,
    threshold: float,
    measured: erlang.Patience | None = None,
) -> Requirement | None:
    """The whole comparison, or None where nobody was at work or no handle time is known."""
    models = {"erlang_a": patience, "erlang_c": np.inf, "erlang_m": measured}
    aht = float(figures.total["aht"])
    rows = figures.intervals[figures.intervals["at_work"]]
    calls = rows["answered"] + rows["abandoned"]
    rows, calls = rows[calls > 0], calls[calls > 0]
    if not len(rows) or not (np.isfinite(aht) and aht > 0):
        return None
    usual = figures.profile.set_index("slot")
    steady = (usual["handled_timed"] >= ENOUGH_TIMED) & (usual["aht"] > 0)
    found = pd.DataFrame(
        {
            "start": rows["start"],
            "date": rows["date"],
            "slot": rows["slot"],
            "weekday": rows["weekday"],
            "calls": calls,
            "aht": rows["slot"].map(usual["aht"].where(steady, aht)),
        }
    ).reset_index(drop=True)
    goals: dict[str, Any] = {"service_level": goal, "threshold": threshold, "interval": INTERVAL}
    for model, waits in _given(models):
        planned = staffing.plan(found[["calls", "aht"]], patience=waits, **goals)
        found["load"] = planned["load"]
        found[f"required_{model}"] = planned["required_agents"]
    present = rows.reset_index(drop=True)
    for column in (
        "agents_at_work",
        "agents_seen",
        "mean_in_progress",
        "answered_within",
        "service_level",
    ):
        found[column] = present[column]
    seen = found["agents_at_work"].notna().any()
    for model, waits in _given(models):
        found[f"predicted_{model}"] = _predicted(found, threshold, waits) if seen else np.nan
    by_weekday = _means(found, ["weekday", "slot"])
    # By need: a half hour of more calls that are shorter needs fewer agents.
    busiest = by_weekday.sort_values(["needed_a", "load"], kind="stable", na_position="first")
    return Requirement(
        by_interval=found,
        by_weekday=by_weekday,
        by_slot=_means(found, ["slot"]),
        bands=_bands(found) if seen else None,
        accuracy=_accuracy(found) if seen else None,
        busiest=busiest.iloc[-1],
        curve=_curve(busiest.iloc[-1], patience=patience, goal=goal, threshold=threshold),
    )


def _predicted(found: pd.DataFrame, threshold: float, patience: Any) -> Any:
    """The service level of each half hour with the agents at work."""
    return erlang.service_level(
        found["agents_at_work"],
        found["load"],
        aht=found["aht"],
        threshold=threshold,
        patience=patience,
    )


def _given(models: dict[str, Any]) -> list[tuple[str, Any]]:
    """The models whose patience is known."""
    return [(model, patience) for model, patience in models.items() if patience is not None]


def _means(found: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Means over the dates with anybody at work; a half hour without calls then counts as none.

    The mean over only those dates on which a half hour had calls would show one late caller of one
    evening as if they came every evening.
    """
    weighted = found.assign(
        predicted_a=found["predicted_erlang_a"] * found["calls"],
        predicted_c=found["predicted_erlang_c"] * found["calls"],
    )
    means = weighted.groupby(keys, as_index=False).agg(
        calls=("calls", "sum"),
        half_hours=("calls", "size"),
        load=("load", "sum"),
        needed_a=("required_erlang_a", "sum"),
        needed_c=("required_erlang_c", "sum"),
        agents_at_work=("agents_at_work", lambda agents: agents.sum(min_count=1)),
        in_progress=("mean_in_progress", "sum"),
        service_level=("answered_within", "sum"),
        predicted_a=("predicted_a", "sum"),
        predicted_c=("predicted_c", "sum"),
    )
    for share in ("service_level", "predicted_a", "predicted_c"):
        means[share] /= means["calls"]
    means["aht"] = INTERVAL * means["load"] / means["calls"]
    dates: Any = found["date"].nunique()
    if "weekday" in keys:
        dates = means["weekday"].map(found.groupby("weekday")["date"].nunique())
    for column in ("calls", "load", "needed_a", "needed_c", "agents_at_work", "in_progress"):
        means[column] /= dates
    return means


def _bands(found: pd.DataFrame) -> pd.DataFrame:
    """Calls of half hours with a like prediction together: what was predicted, what they got."""
    parts = []
    for model in ("a", "c"):
        predicted = found[f"predicted_erlang_{model}"]
        band = np.clip(np.searchsorted(BANDS, predicted, side="right") - 1, 0, len(BANDS) - 2)
        weighted = pd.DataFrame(
            {
                "calls": found["calls"],
                "predicted": predicted * found["calls"],
                "observed": found["answered_within"],
            }
        )
        sums = weighted.groupby(band).sum()
        sums["half_hours"] = weighted.groupby(band).size()
        for column in ("predicted", "observed"):
            sums[column] /= sums["calls"]
        parts.append(sums.assign(model=model))
    return pd.concat(parts, ignore_index=True)


def _accuracy(found: pd.DataFrame) -> pd.DataFrame:
    weights = found["calls"] / found["calls"].sum()
    rows = []
    for model in [each for each in ("a", "c", "m") if f"predicted_erlang_{each}" in found]:
        error = found[f"predicted_erlang_{model}"] - found["service_level"]
        rows.append(
            {
                "model": model,
                "half_hours": len(found),
                "predicted": float((weights * found[f"predicted_erlang_{model}"]).sum()),
                "observed": float((weights * found["service_level"]).sum()),
                "mean_error": float((weights * error).sum()),
                "rms_error": float(np.sqrt((weights * error**2).sum())),
            }
        )
    return pd.DataFrame(rows)


def _curve(
    busiest: pd.Series[Any], *, patience: float, goal: float, threshold: float
) -> pd.DataFrame:
    """The staffing table of the half hour of greatest need, Erlang C's level beside it."""
    calls, aht = float(busiest["calls"]), float(busiest["aht"])
    needed = {
        model: float(
            staffing.required_agents(
                erlang.load(calls, aht, interval=INTERVAL),
                aht=aht,
                service_level=goal,
                threshold=threshold,
                patience=waits,
            )
        )
        for model, waits in (("a", patience), ("c", np.inf))
    }
    low = max(1, int(np.nanmin(list(needed.values()))) - 4)
    high = int(np.nanmax(list(needed.values()))) + 3
    same: dict[str, Any] = {
        "calls": calls,
        "aht": aht,
        "threshold": threshold,
        "interval": INTERVAL,
        "agents": range(low, high + 1),
    }
    table: pd.DataFrame = erlang.table(patience=patience, **same)
    table["service_level_c"] = erlang.table(**same)["service_level"].to_numpy()
    table.attrs["needed"] = needed
    return table
