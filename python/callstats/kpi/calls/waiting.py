"""How long callers are willing to wait."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from callstats import _core
from callstats._tables import frames
from callstats._tables.checks import confidence_level, listed
from callstats._tables.groups import divided, take
from callstats.kpi.calls.log import BLOCKED, OUTCOMES, read_waits
from callstats.kpi.calls.thresholds import limit
from callstats.kpi.exports.advice import read_log

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import narwhals as nw
    from numpy.typing import NDArray

    from callstats.kpi.calls.tallies import Waits
    from callstats.typing import Frame, OnError

_ABANDONED = OUTCOMES.index("abandoned")
_PATIENCE = (
    "waits",
    "abandonments",
    "total_wait",
    "mean_patience",
    "mean_patience_low",
    "mean_patience_high",
    "km_p10",
    "km_p25",
    "km_median",
    "km_p75",
    "km_mean",
    "km_mean_error",
    "km_mean_low",
    "km_mean_high",
)
_RESTRICTED = tuple(f"restricted_mean{side}" for side in ("", "_error", "_low", "_high"))
_QUANTILES = {"km_p10": 0.1, "km_p25": 0.25, "km_median": 0.5, "km_p75": 0.75}
_SURVIVAL = tuple(f"survival{side}" for side in ("", "_error", "_low", "_high"))
_CURVE = ("time", "at_risk", "abandoned", *_SURVIVAL)
_HAZARD = ("from", "to", "abandonments", "exposure", "hazard", "hazard_low", "hazard_high")


class WaitLog:
    """The waits of a log by group, ready for the core."""

    def __init__(self, calls: Frame, by: str | Sequence[str], on_error: OnError) -> None:
        self.log = log = read_log(calls, "calls", on_error=on_error)
        self.keys = log.keys(by)
        wait, outcome = read_waits(log, self.keys)
        self.valid = log.settle()
        unknown = np.isnan(wait) & (outcome == _ABANDONED) & ~log.unreadable("wait")
        self.groups = log.group_rows(self.keys, shown=log.shown(self.valid | unknown))
        # Where no row is flagged nobody asks again for the groups of those that are left out.
        codes = self.groups.codes
        if self.log.problems:
            codes = np.where(self.valid, codes, np.int32(-1))
        codes[outcome == BLOCKED] = -1
        #: Rows of each group that hung up after a wait that was not recorded: nothing is known of
        #: the group's patience then, as the waits of the others are no sample of all.
        self.unrecorded = self.groups.count(unknown)
        self.flagged = self.groups.count(~self.valid) if on_error == "flag" else None
        #: Groups, waits and whether they ended in hanging up.
        self.rows = (codes, wait, outcome == _ABANDONED)

    @property
    def size(self) -> int:
        """How many groups there are."""
        return len(self.groups)

    def keys_of(self, groups: NDArray[Any]) -> dict[str, nw.Series[Any]]:
        """The keys of groups."""
        return self.log.at(self.keys, self.groups.example[groups])

    @property
    def about(self) -> dict[str, Any]:
        """What the log says of itself."""
        return self.log.summary(self.valid)

    @property
    def like(self) -> nw.DataFrame[Any]:
        """A frame of the library of the result."""
        return self.log.frame


@dataclass(frozen=True)
class WaitTable:
    """Waits of several logs, counted: what `WaitLog` is of one."""

    keys: Mapping[str, nw.Series[Any]]
    unrecorded: NDArray[np.int64]
    flagged: NDArray[np.int64] | None
    waits: Waits
    about: dict[str, Any]
    like: nw.DataFrame[Any]

    @property
    def size(self) -> int:
        """How many groups there are."""
        return self.unrecorded.size

    @property
    def rows(self) -> Any:
        """Groups, waits and whether they ended in hanging up: a row a wait."""
        marked = self.waits.marked
        assert marked is not None  # noqa: S101 - such tables tell them apart
        columns = (self.waits.group, self.waits.wait, marked)
        return tuple(np.repeat(each, self.waits.count) for each in columns)

    def keys_of(self, groups: NDArray[Any]) -> dict[str, nw.Series[Any]]:
        """The keys of groups."""
        return {name: take(series, groups) for name, series in self.keys.items()}


def _known(waits: WaitLog | WaitTable) -> Any:
    """The rows of groups of whose patience something is known."""
    codes, wait, abandoned = waits.rows
    unknown = waits.unrecorded > 0
    if unknown.any():
        codes = np.where(unknown[np.maximum(codes, 0)], np.int32(-1), codes)
    return codes, wait, abandoned


def _frame(
    waits: WaitLog | WaitTable, rows: NDArray[Any], columns: dict[str, NDArray[Any]], function: str
) -> Frame:
    """A result with the keys of the groups `rows`."""
    about = {"function": function, **waits.about}
    unknown = int((waits.unrecorded > 0).sum())
    if unknown:
        about["missing"] = (
            "the wait of calls that were abandoned is not recorded: the patience of "
            f"{unknown} of {waits.size} groups is missing"
        )
    return frames.result(waits.like, waits.keys_of(rows), columns, about)


def patience(
    calls: Frame,
    *,
    by: str | Sequence[str] = (),
    until: Any = None,
    confidence: float = 0.95,
    limits: Literal["poisson", "chi2_2d", "log_wald"] = "poisson",
    on_error: OnError = "raise",
) -> Frame:
    """Mean and median patience of callers, one row a group.

    Who hung up shows a patience; who was answered, or left the queue in another way, only shows
    that it was longer (the wait is censored). Leaving the answered out would make callers look far
    too impatient. Feed `mean_patience` to the `patience` of the queue models.

    Parameters
    ----------
    calls : DataFrame
        A log of calls with `wait` (s) and `outcome`. Blocked calls never waited and are left out.
    by : str or sequence of str
        Columns to group by. A missing key is a key of its own and comes last.
    until : duration, optional
        End of a restricted mean: how long callers wait on average who would be served after so
        long. Groups can be compared by it, unlike by `km_mean`, which ends where a group's waits
        do. Adds `restricted_mean` with `_error`, `_low` and `_high`; NaN beyond the last wait,
        unless the curve has come down to 0 by then.
    confidence : float
        Of all limits; between 0 and 1.
    limits : {"poisson", "chi2_2d", "log_wald"}
        What those of `mean_patience` rest on: the time watched, so that the hang-ups are a Poisson
        count (Garwood); their number d, as if watched until the d-th of them (chi-squared with 2d
        degrees, for both); the normal logarithm of the mean, with error 1 / sqrt(d). The last two
        are NaN without hang-ups or without waiting.
    on_error : {"raise", "drop", "flag"}
        What to do with rows that break a rule; "flag" counts them in a column `flagged`.

    Returns
    -------
    DataFrame
        - `waits`, `abandonments`: how many; `total_wait` in seconds.
        - `mean_patience` = total wait / abandonments in seconds, which is right if patience is
          exponential; `_low`, `_high` from the exact Poisson limits of the rate unless `limits`
          say otherwise. Without abandonments it is inf with a finite lower limit; without any
          waiting either, NaN.
        - `km_p10`, `km_p25`, `km_median`, `km_p75`: the first time by which so many percent have
          lost patience (the Kaplan-Meier curve is at most 0.9, 0.75, 0.5, 0.25); NaN if it never
          comes to that. `km_mean`: the area under
          the curve up to the last wait, so a lower bound unless the last caller hung up, with
          Greenwood's `_error` and normal `_low`, `_high`. Seconds; none assumes a distribution.

    Raises
    ------
    ValueError
        A column is missing, or rows break a rule: the message names column, rule, first bad row and
        how many there are.

    References
    ----------
    Garwood, F. (1936), Fiducial limits for the Poisson distribution, Biometrika 28. Kaplan, E. L.
    and Meier, P. (1958), Nonparametric estimation from incomplete observations, JASA 53.

    Examples
    --------
    >>> import pandas as pd
    >>> calls = pd.DataFrame({
    ...     "wait": [10.0, 30.0, 20.0, 60.0],
    ...     "outcome": ["answered", "abandoned", "answered", "abandoned"],
    ... })
    >>> patience(calls)[["waits", "abandonments", "mean_patience", "km_median"]]
       waits  abandonments  mean_patience  km_median
    0      4             2           60.0       30.0
    """
    options = patience_options(until, confidence, limits)
    return patience_of(WaitLog(calls, by, on_error), *options)


def patience_options(until: Any, confidence: float, limits: str) -> tuple[float, float, str]:
    """The arguments of `patience` that are about its figures, checked; NaN: no `until`."""
    confidence_level(confidence)
    return np.nan if until is None else limit("until", until), confidence, limits


def patience_of(waits: WaitLog | WaitTable, until: float, confidence: float, limits: str) -> Frame:
    """The patience of counted waits."""
    counts, seconds, quantiles = _core.kpi_patience(
        _known(waits), (confidence, limits), list(_QUANTILES.values()), until, waits.size
    )
    seconds |= dict(zip(_QUANTILES, quantiles, strict=True))
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    for mean in ("km_mean", "restricted_mean"):
        seconds[f"{mean}_low"] = seconds[mean] - z * seconds[f"{mean}_error"]
        seconds[f"{mean}_high"] = seconds[mean] + z * seconds[f"{mean}_error"]
    columns: dict[str, NDArray[Any]] = {**counts, **seconds}
    columns["mean_patience"] = divided(columns["total_wait"], columns["abandonments"])
    unknown = waits.unrecorded > 0
    if unknown.any():
        columns = {name: np.where(unknown, np.nan, values) for name, values in columns.items()}
    shown = _PATIENCE if np.isnan(until) else (*_PATIENCE, *_RESTRICTED)
    columns = {name: columns[name] for name in shown}
    if waits.flagged is not None:
        columns["flagged"] = waits.flagged
    return _frame(waits, np.arange(waits.size), columns, "patience")


def patience_curve(
    calls: Frame,
    *,
    by: str | Sequence[str] = (),
    confidence: float = 0.95,
    band: Literal["loglog", "log", "plain"] = "loglog",
    on_error: OnError = "raise",
) -> Frame:
    """The share of callers willing to wait longer than a time, one row a group and distinct wait.

    The Kaplan-Meier estimate; see `patience` for what is censored.

    Parameters
    ----------
    calls : DataFrame
        A log of calls with `wait` (s) and `outcome`. Blocked calls never waited and are left out.
    by : str or sequence of str
        Columns to group by. A missing key is a key of its own and comes last.
    confidence : float
        Of the limits at each time; between 0 and 1.
    band : {"loglog", "log", "plain"}
        The scale on which the limits lie evenly on both sides: log(-log), which stays inside
        [0, 1]; the logarithm, cut at 1; the share itself, cut to [0, 1].
    on_error : {"raise", "drop", "flag"}
        What to do with rows that break a rule; "drop" and "flag" leave them out.

    Returns
    -------
    DataFrame
        Sorted by the keys, then by `time` (s). `at_risk`: callers who waited at least so long;
        `abandoned`: those who hung up then, before any who were answered in the same second;
        `survival`: the share willing to wait longer, between 0 and 1; `survival_error`: Greenwood's
        standard error; `survival_low`, `survival_high`: limits by it, both 1 before the first
        hang-up, NaN where the share is 0. They hold at one time, not along the curve.

    Raises
    ------
    ValueError
        As `patience`.

    Examples
    --------
    >>> import pandas as pd
    >>> calls = pd.DataFrame({
    ...     "wait": [10.0, 10.0, 20.0, 60.0],
    ...     "outcome": ["answered", "abandoned", "answered", "abandoned"],
    ... })
    >>> patience_curve(calls)[["time", "at_risk", "abandoned", "survival"]]
       time  at_risk  abandoned  survival
    0  10.0        4          1      0.75
    1  20.0        2          0      0.75
    2  60.0        1          1      0.00
    """
    confidence_level(confidence)
    return curve_of(WaitLog(calls, by, on_error), confidence, band)


def curve_of(waits: WaitLog | WaitTable, confidence: float, band: str) -> Frame:
    """The curve of counted waits."""
    counts, shares = _core.kpi_curves(_known(waits), confidence, band, waits.size)
    columns = {**counts, **shares}
    shown = {name: columns[name] for name in _CURVE}
    return _frame(waits, columns["group"], shown, "patience_curve")


def patience_hazard(
    calls: Frame,
    *,
    edges: Sequence[Any] = (0, 10, 20, 30, 60, 120, 180, 300, 600),
    by: str | Sequence[str] = (),
    confidence: float = 0.95,
    on_error: OnError = "raise",
) -> Frame:
    """How readily callers hang up after waiting so long, one row a group and bin of waiting time.

    A constant hazard is what Erlang A assumes; one that is high at first and then falls, or jumps
    at an announcement, says where it will be wrong. By a column of type or priority, `by` shows
    whose patience differs.

    Parameters
    ----------
    calls : DataFrame
        A log of calls with `wait` (s) and `outcome`. Blocked calls never waited and are left out.
    edges : sequence of durations
        Where the bins begin, from 0 and ascending; the last is open. A wait on an edge belongs to
        the bin that ends there, a wait of 0 to the first.
    by : str or sequence of str
        Columns to group by. A missing key is a key of its own and comes last.
    confidence : float
        Of the limits; between 0 and 1.
    on_error : {"raise", "drop", "flag"}
        What to do with rows that break a rule; "drop" and "flag" leave them out.

    Returns
    -------
    DataFrame
        Sorted by the keys, then by `from`. `from`, `to` (s; inf in the last bin); `abandonments`;
        `exposure`, the seconds that all callers together spent in the bin; `hazard` = abandonments
        / exposure, per second, with the exact Poisson limits `hazard_low` and `hazard_high`, which
        are NaN without exposure.

    Raises
    ------
    ValueError
        Edges that do not ascend from 0; else as `patience`.

    Examples
    --------
    >>> import pandas as pd
    >>> calls = pd.DataFrame({
    ...     "wait": [5.0, 10.0, 20.0, 40.0],
    ...     "outcome": ["abandoned", "answered", "abandoned", "answered"],
    ... })
    >>> patience_hazard(calls, edges=[0, 10, 30])[["from", "abandonments", "exposure", "hazard"]]
       from  abandonments  exposure    hazard
    0   0.0             1      35.0  0.028571
    1  10.0             1      30.0  0.033333
    2  30.0             0      10.0  0.000000
    """
    confidence_level(confidence)
    return hazard_of(WaitLog(calls, by, on_error), hazard_edges(edges), confidence)


def hazard_edges(edges: Sequence[Any]) -> list[float]:
    """Where bins of waiting time begin, checked."""
    lower = [limit("edges", edge) for edge in listed("edges", edges, "durations")]
    if not lower or lower[0] != 0 or sorted(set(lower)) != lower or not np.isfinite(lower[-1]):
        raise ValueError(f"edges must ascend from 0 and be finite; got {lower!r}")
    return lower


def hazard_of(waits: WaitLog | WaitTable, lower: list[float], confidence: float) -> Frame:
    """The hazard of counted waits, in bins from such times on."""
    counts, seconds = _core.kpi_hazard(_known(waits), lower, confidence, waits.size)
    columns: dict[str, NDArray[Any]] = {**counts, **seconds}
    columns["from"] = np.array(lower)[counts["bin"]]
    columns["to"] = np.array([*lower[1:], np.inf])[counts["bin"]]
    columns["hazard"] = divided(columns["abandonments"], columns["exposure"])
    shown = {name: columns[name] for name in _HAZARD}
    return _frame(waits, counts["group"], shown, "patience_hazard")
