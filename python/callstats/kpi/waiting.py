"""How long callers are willing to wait."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from callstats import _core
from callstats.kpi import groups
from callstats.kpi.calls import BLOCKED, OUTCOMES, read_waits
from callstats.kpi.log import Log

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from callstats.typing import Frame, OnError

__all__ = ["patience", "patience_curve"]

_ABANDONED = OUTCOMES.index("abandoned")
_PATIENCE = (
    "waits",
    "abandonments",
    "total_wait",
    "mean_patience",
    "mean_patience_low",
    "mean_patience_high",
    "km_median",
    "km_mean",
)
_CURVE = ("time", "at_risk", "abandoned", "survival", "survival_low", "survival_high")


class _Waits:
    """The waits of a log by group, ready for the core."""

    def __init__(
        self, calls: Frame, by: str | Sequence[str], taken: Sequence[str], on_error: OnError
    ) -> None:
        self.log = log = Log(calls, "calls", on_error=on_error)
        self.keys = log.keys(by, (*taken, "flagged"))
        wait, outcome = read_waits(log)
        self.valid = log.settle()
        shown = None if not log.problems or on_error == "flag" else self.valid
        columns = [groups.coded(log.frame[key]) for key in self.keys]
        self.groups = groups.group_rows(columns, log.rows, shown=shown)
        codes = self.groups.codes.copy()
        codes[~self.valid | (outcome == BLOCKED)] = -1
        #: Groups, waits and whether they ended in hanging up.
        self.columns = (codes, wait, outcome == _ABANDONED)

    def frame(self, rows: NDArray[Any], columns: dict[str, NDArray[Any]], function: str) -> Frame:
        """A result with the keys of the groups `rows`."""
        keys = {
            key: groups.take(self.log.frame[key], self.groups.example[rows]) for key in self.keys
        }
        about = {"function": function, **self.log.summary(self.valid)}
        return groups.result_frame(self.log.frame, keys, columns, about)


def patience(
    calls: Frame,
    *,
    by: str | Sequence[str] = (),
    confidence: float = 0.95,
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
    confidence : float
        Of the limits of the mean; between 0 and 1.
    on_error : {"raise", "drop", "flag"}
        What to do with rows that break a rule; "flag" counts them in a column `flagged`.

    Returns
    -------
    DataFrame
        - `waits`, `abandonments`: how many; `total_wait` in seconds.
        - `mean_patience` = total wait / abandonments in seconds, which is right if patience is
          exponential; `_low`, `_high` from the exact Poisson limits of the rate. Without
          abandonments it is inf with a finite lower limit; without any waiting either, NaN.
        - `km_median`: the first time at which the Kaplan-Meier curve is at most one half; NaN if it
          stays above. `km_mean`: the area under the curve up to the last wait, so a lower bound
          unless the last caller hung up. Seconds; neither assumes a distribution.

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
    _check_confidence(confidence)
    waits = _Waits(calls, by, _PATIENCE, on_error)
    counts, seconds, [median] = _core.kpi_patience(
        waits.columns, confidence, [0.5], np.nan, waits.groups.count
    )
    seconds["km_median"] = median
    columns: dict[str, NDArray[Any]] = {**counts, **seconds}
    with np.errstate(divide="ignore", invalid="ignore"):
        columns["mean_patience"] = columns["total_wait"] / columns["abandonments"]
    columns = {name: columns[name] for name in _PATIENCE}
    if on_error == "flag":
        columns["flagged"] = np.bincount(
            waits.groups.codes[~waits.valid], minlength=waits.groups.count
        )
    return waits.frame(np.arange(waits.groups.count), columns, "patience")


def patience_curve(
    calls: Frame,
    *,
    by: str | Sequence[str] = (),
    confidence: float = 0.95,
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
    on_error : {"raise", "drop", "flag"}
        What to do with rows that break a rule; "drop" and "flag" leave them out.

    Returns
    -------
    DataFrame
        Sorted by the keys, then by `time` (s). `at_risk`: callers who waited at least so long;
        `abandoned`: those who hung up then, before any who were answered in the same second;
        `survival`: the share willing to wait longer, between 0 and 1; `survival_low`,
        `survival_high`: Greenwood's limits on the log(-log) scale, which stay inside [0, 1]: both 1
        before the first hang-up, NaN where the share is 0. They hold at one time, not along the
        curve.

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
    _check_confidence(confidence)
    waits = _Waits(calls, by, _CURVE, on_error)
    counts, shares = _core.kpi_curves(waits.columns, confidence, "loglog", waits.groups.count)
    columns = {**counts, **shares}
    return waits.frame(columns["group"], {name: columns[name] for name in _CURVE}, "patience_curve")


def _check_confidence(confidence: float) -> None:
    if not 0 < confidence < 1:
        msg = f"confidence must be between 0 and 1; got {confidence!r}"
        raise ValueError(msg)
