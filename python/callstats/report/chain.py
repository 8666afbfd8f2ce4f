"""From a log of calls to everything that the report shows, step by step, each step timed."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from callstats import erlang, kpi
from callstats.report import log
from callstats.report.key_figures import key_figures
from callstats.report.quality import quality
from callstats.report.requirement import requirement

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable, Iterator

    import pandas as pd

    from callstats.report.key_figures import KeyFigures
    from callstats.report.quality import Quality
    from callstats.report.requirement import Requirement
    from callstats.typing import OnError

__all__ = ["Results", "Settings", "Steps", "analyse"]

#: Seconds at which the bins of measured patience begin: the first decide.
_HAZARD_EDGES = (0, 5, 10, 15, 20, 30, 60, 120, 180, 300, 600)


@dataclass(frozen=True)
class Settings:
    """What the user chose: the goal, the size and seed of the sample, the clock, bad rows."""

    goal: float
    threshold: float
    recordings: int
    seed: int
    timezone: str | None
    on_error: OnError


class Steps:
    """Seconds that each step took, in order; `progress` is told the step's name as it begins."""

    def __init__(
        self, named: Callable[[str], str], progress: Callable[[str], object] | None = None
    ) -> None:
        self.seconds: dict[str, float] = {}
        self._named = named
        self._progress = progress

    @contextmanager
    def __call__(self, step: str) -> Iterator[None]:
        """Time the block as `step`."""
        if self._progress is not None:
            self._progress(self._named(f"step_{step}"))
        begun = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[step] = time.perf_counter() - begun


@dataclass(frozen=True)
class Results:
    """The chain's figures; a part that the log does not allow is None, and `missing` says why."""

    settings: Settings
    rows: int
    first: datetime.date | None = None
    last: datetime.date | None = None
    figures: KeyFigures | None = None
    checks: pd.DataFrame | None = None
    #: One row, of `kpi.patience`.
    patience_found: pd.DataFrame | None = None
    patience_curve: pd.DataFrame | None = None
    #: Mean patience that the models work with, seconds.
    mean_patience: float = np.inf
    requirement: Requirement | None = None
    quality: Quality | None = None
    #: Section left out, and the columns it would need; no columns: no call allows it.
    missing: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def patience(self) -> pd.Series[Any] | None:
        """What is known of the callers' patience, a figure a name."""
        return None if self.patience_found is None else self.patience_found.iloc[0]


def analyse(calls: pd.DataFrame, settings: Settings, steps: Steps) -> Results:
    """The whole chain on a pandas log."""
    with steps("check"):
        checks = kpi.validate(calls)
    clock = log.local_arrival(calls, settings.timezone).dropna()
    if not len(clock):
        return Results(settings, len(calls), checks=checks)
    with steps("key_figures"):
        figures = key_figures(
            calls,
            threshold=settings.threshold,
            timezone=settings.timezone,
            on_error=settings.on_error,
        )
    with steps("patience"):
        patience, curve = _patience(calls, figures, settings.on_error)
    mean = np.inf if patience is None else float(patience["mean_patience"].iloc[0])
    mean = np.inf if np.isnan(mean) else mean
    with steps("staffing"):
        needed = requirement(
            figures,
            patience=mean,
            goal=settings.goal,
            threshold=settings.threshold,
            measured=_measured(calls, figures, settings.on_error) if np.isfinite(mean) else None,
        )
    with steps("sample"):
        drawn = quality(calls, settings.recordings, seed=settings.seed, timezone=settings.timezone)
    return Results(
        settings,
        len(calls),
        first=clock.min().date(),
        last=clock.max().date(),
        figures=figures,
        checks=checks,
        patience_found=patience,
        patience_curve=curve,
        mean_patience=mean,
        requirement=needed,
        quality=drawn,
        missing=_missing(calls, figures, needed, drawn),
    )


def _measured(
    calls: pd.DataFrame, figures: KeyFigures, on_error: OnError
) -> erlang.Patience | None:
    """The patience of all callers by time waited; None where nobody waited at first."""
    without: dict[str, int] = figures.whole.attrs["callstats"].get("without_wait", {})
    on_error = "drop" if without else on_error
    hazard = kpi.patience_hazard(calls, edges=_HAZARD_EDGES, on_error=on_error)
    rates = hazard["hazard"]
    # Without a second of waiting there is no rate, or an infinite one.
    if not len(rates) or np.isnan(rates.iloc[0]) or np.isinf(rates).any():
        return None
    return erlang.Patience.from_hazard(hazard)


def _patience(
    calls: pd.DataFrame, figures: KeyFigures, on_error: OnError
) -> tuple[pd.DataFrame | None, pd.DataFrame | None]:
    """Patience and its curve; None where the waits of those who hung up were not recorded."""
    without: dict[str, int] = figures.whole.attrs["callstats"].get("without_wait", {})
    if "abandoned" in without:
        return None, None
    # Callers who left in another way and have no wait on record tell nothing of patience.
    on_error = "drop" if without else on_error
    return kpi.patience(calls, on_error=on_error), kpi.patience_curve(calls, on_error=on_error)


def _missing(
    calls: pd.DataFrame, figures: KeyFigures, needed: Requirement | None, drawn: Quality | None
) -> dict[str, tuple[str, ...]]:
    named: tuple[str, ...] = () if "agent" in calls.columns else ("agent",)
    found: dict[str, tuple[str, ...]] = {}
    if needed is None:
        found["staffing"] = () if "talk" in calls.columns else ("talk",)
    if figures.agents is None:
        found["agents"] = named
    if drawn is None:
        found["quality"] = named
    return found
