"""What a simulation gives back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from callstats import _core

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from callstats.simulate.model import Model
    from callstats.simulate.periods import Plan

_FIGURES = ("mean", "standard_error", "low", "high")
#: By their codes, of which 2 is none.
_OUTCOMES = np.array(
    ["answered", "abandoned", "", "callback", "blocked", "abandoned"], dtype=object
)
#: Of all agents together, these stand beside the call types' measures.
_OF_AGENTS = ("occupancy", "busy", "in_service", "overtime_seconds")
#: Known of all types together alone, and only where lines are limited.
_OF_LINES = ("lines_in_use", "all_lines_busy", "most_lines")
#: Only where something costs anything; the second of all types together alone.
_OF_COSTS = ("cost", "total_cost")
_DAY = pd.Timestamp("2024-01-01")


@dataclass
class Findings:
    """Everything a run found out: figures as arrays of (kind, period, measure, figure)."""

    model: Model
    plan: Plan
    types: NDArray[np.float64]
    groups: NDArray[np.float64]
    log: dict[str, NDArray[Any]] | None = None
    #: Place of the type, whose, share, (wait, low, high).
    waits: list[tuple[int, str, float, list[float]]] = field(default_factory=list)

    def tidy(self, *, whole: bool) -> pd.DataFrame:
        """The figures by period, or over all periods, as `tidy` arranges them."""
        return tidy(self.model, self.plan, self.types, self.groups[-1], whole=whole)


def _spelled(numbers: NDArray[np.int64]) -> NDArray[np.object_]:
    found, at = np.unique(numbers, return_inverse=True)
    return np.array([str(number) for number in found.tolist()], dtype=object)[at]


def _labelled(names: list[str], column: str, measures: list[str], plan: Plan) -> pd.DataFrame:
    periods = len(plan.labels)
    count = len(names) * periods * len(measures)
    starts = pd.Series(plan.labels).repeat(len(measures))
    return pd.DataFrame(
        {
            column: np.repeat(np.asarray(names, dtype=object), periods * len(measures)),
            "start": pd.concat([starts] * len(names), ignore_index=True),
            "measure": np.resize(np.asarray(measures, dtype=object), count),
        }
    )


def _with_figures(frame: pd.DataFrame, figures: NDArray[np.float64]) -> pd.DataFrame:
    for place, name in enumerate(_FIGURES):
        frame[name] = figures[..., place].ravel()
    return frame


def _beside(types: NDArray[Any], everybody: NDArray[Any]) -> tuple[list[str], NDArray[Any]]:
    """Names and figures of the types' measures, then those of all agents, known of all alone."""
    of_types, of_groups = _core.Simulation.measures()
    places = [of_groups.index(name) for name in _OF_AGENTS]
    agents = np.full((*types.shape[:2], len(places), 4), np.nan)
    agents[-1] = everybody[:, places]
    return [*of_types, *_OF_AGENTS], np.concatenate([types, agents], axis=2)


def tidy(
    model: Model, plan: Plan, types: NDArray[Any], everybody: NDArray[Any], *, whole: bool
) -> pd.DataFrame:
    """Rows of types by periods, or over all of them; those of agents and lines with all types."""
    names = [kind.name for kind in model.call_types]
    measures, figures = _beside(types, everybody)
    figures = figures[:, -1:] if whole else figures[:, :-1]
    single = plan if not whole else _whole(plan)
    frame = _with_figures(_labelled([*names, "all"], "call_type", measures, single), figures)
    of_all = frame["call_type"] == "all"
    findings = of_all | ~frame["measure"].isin([*_OF_AGENTS, *_OF_LINES, "total_cost"])
    if model.lines == np.inf:
        findings &= ~frame["measure"].isin(_OF_LINES)
    if not model.has_costs:
        findings &= ~frame["measure"].isin(_OF_COSTS)
    frame = frame[findings].reset_index(drop=True)
    return frame.drop(columns="start") if whole else frame


def _whole(plan: Plan) -> Plan:
    from dataclasses import replace

    return replace(plan, labels=np.asarray([plan.edges[0]]))


class Result(pd.DataFrame):
    """Figures of a simulation: a pandas frame with a row a call type, period and measure.

    Columns are `call_type` (the last is "all"), `start`, `measure`, `mean`, `standard_error`,
    `low`, `high`.
    Selections of it are plain frames. Besides the frame it has `totals`, `groups` and `calls`.
    """

    _metadata = ("_findings",)
    _findings: Findings

    @property
    def _constructor(self) -> type[pd.DataFrame]:
        return pd.DataFrame

    @classmethod
    def of(cls, findings: Findings, about: dict[str, Any]) -> Result:
        """The result of what was found out."""
        made = cls(findings.tidy(whole=False))
        object.__setattr__(made, "_findings", findings)
        made.attrs["callstats"] = about
        return made

    def totals(self) -> pd.DataFrame:
        """Figures over all periods, a row a call type and measure: sums divided, never averages."""
        return self._findings.tidy(whole=True)

    def waits(self) -> pd.DataFrame:
        """The waits that the shares `quantiles` of the run do not exceed, in seconds.

        A row a call type (the last is "all"), `of` ("answered" calls, or "all" that were not
        blocked) and `quantile`: `wait` over all periods with the limits of its interval, `low` and
        `high`. Infinite where fewer than that share are ever answered or hang up, NaN without
        calls. Waits are counted by classes: good to 0.4 %, below 1/16 s to 1/32 s.
        """
        findings = self._findings
        if not findings.waits:
            raise ValueError("waits needs a run with quantiles")
        names = [*(kind.name for kind in findings.model.call_types), "all"]
        rows = [(names[kind], whose, share, *found) for kind, whose, share, found in findings.waits]
        return pd.DataFrame(rows, columns=["call_type", "of", "quantile", "wait", "low", "high"])

    def groups(self, *, by_period: bool = False) -> pd.DataFrame:
        """Figures of agent groups, a row a group (the last is "all") and measure.

        They are over all periods or, with `by_period`, of each one, which `start` then names.

        `occupancy` (busy share of what the group can handle), `busy` (share of agents with a
        contact), `in_service` (mean contacts held), `agents` (mean on duty), `answered` (a
        replication), `overtime_seconds` (of contacts after the end of the shift, a replication);
        with costs in the model `cost` (of the hours on duty, a replication).
        """
        findings = self._findings
        names = [group.name for group in findings.model.groups] + ["all"]
        measures = _core.Simulation.measures()[1]
        plan = findings.plan if by_period else _whole(findings.plan)
        figures = findings.groups[:, :-1] if by_period else findings.groups[:, -1:]
        frame = _with_figures(_labelled(names, "group", measures, plan), figures)
        if not findings.model.has_costs:
            frame = frame[frame["measure"] != "cost"].reset_index(drop=True)
        return frame if by_period else frame.drop(columns="start")

    def calls(self) -> pd.DataFrame:
        """The log of the traced replications as a canonical table of calls.

        One row a queue entry: a retry, a recall and a forwarded call are entries of their own with
        the same `contact_id`. `queue` and `call_type` are the type, `agent` is group and number,
        `wait` is the seconds until answered, hung up or blocked. A call-back is the outcome
        "callback", its `wait` all that it waited. Who is left waiting at the end with nobody to
        come counts as abandoned at the end. Instants count from the first interval, else from
        2024-01-01 00:00. Entries of the warm-up are left out. `kpi.summarize` reads it.
        """
        findings = self._findings
        if findings.log is None:
            raise ValueError("calls needs a run with trace=True")
        plan = findings.plan
        # Figures leave out what arrived before the warm-up was over or was passed up after the end.
        first, last = plan.edges[0], plan.edges[-1]
        counted = (findings.log["arrival"] >= first) & (findings.log["arrival"] < last)
        log = {name: column[counted] for name, column in findings.log.items()}
        origin = _DAY if plan.origin is None else plan.origin
        names = np.asarray([kind.name for kind in findings.model.call_types], dtype=object)
        teams = np.asarray([group.name for group in findings.model.groups] + [""], dtype=object)
        agent = teams[log["group"]] + " " + _spelled(log["agent"] + 1)
        agent[log["group"] < 0] = None
        caller = log["contact"]
        contact = [log["replication"], caller >> 32, caller & 0xFFFFFFFF]
        replication, source, number = map(_spelled, contact)

        def instant(seconds: NDArray[np.float64]) -> Any:
            return origin + pd.to_timedelta(np.rint((seconds - first) * 1e9), unit="ns")

        return pd.DataFrame(
            {
                "call_id": np.arange(log["contact"].size),
                "replication": log["replication"],
                "contact_id": replication + "-" + source + "-" + number,
                "queue": names[log["kind"]],
                "call_type": names[log["kind"]],
                "arrival": instant(log["arrival"]),
                "wait": log["wait"],
                "outcome": _OUTCOMES[log["outcome"]],
                "agent": agent,
                "answer": instant(log["answer"]),
                "end": instant(log["end"] + np.nan_to_num(log["acw"])),
                "talk": log["talk"],
                "hold": np.where(np.isnan(log["talk"]), np.nan, 0.0),
                "acw": log["acw"],
                "transferred": log["transferred"].astype(bool),
            }
        )
