"""How far forecasts were from what came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from callstats import _core
from callstats._tables import groups
from callstats._tables.checks import whole
from callstats._tables.groups import divided
from callstats._tables.table import FINITE, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from callstats.typing import Frame, OnError


def forecast_error(
    table: Frame,
    *,
    forecast: str = "volume",
    actual: str = "offered",
    by: str | Sequence[str] = (),
    start: str = "start",
    season: int = 1,
    on_error: OnError = "raise",
) -> Frame:
    """Errors of a forecast by every usual measure, one row a group.

    Parameters
    ----------
    table : DataFrame
        One row a period: what was forecast and what came, for instance a forecast joined with the
        result of `summarize`. Where either is missing the period is counted in `unmatched` alone.
    forecast, actual : str
        Columns of the two.
    by : str or sequence of str
        Columns to group by: queue, horizon, model.
    start : str
        Column by which periods are ordered, for `mase`; without such a column that is NaN.
    season : int
        `mase` compares with the forecast that says what came so many periods before: 1, or 48 for
        the same half hour of the day before; >= 1.
    on_error : {"raise", "drop", "flag"}
        What to do with rows that are endless; "flag" counts them in a column `flagged`.

    Returns
    -------
    DataFrame
        `periods` (with both), `unmatched`; `actual_sum`, `forecast_sum`, `absolute_error_sum`, from
        which sites and months are rolled up; with f forecast and a actual

        - `wape` = sum of |f - a| / sum of a, `bias` = sum of (f - a) / sum of a;
        - `mape` = mean of |f - a| / |a| over periods in which a is not 0; `mape_excluded` says how
          many are left out for it;
        - `rmse` = root of the mean of (f - a)^2, in calls;
        - `mase` = mean of |f - a| / mean of |a - a of `season` periods before|.

        NaN where there is nothing to divide by.

    Raises
    ------
    ValueError
        A column is missing, `season` is below 1, or rows break a rule.

    References
    ----------
    Hyndman, R. J. and Koehler, A. B. (2006), Another look at measures of forecast accuracy,
    International Journal of Forecasting 22.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"volume": [90, 110, 5], "offered": [100, 100, 0]})
    >>> forecast_error(table)[["periods", "wape", "bias", "mape", "mape_excluded"]]
       periods   wape   bias  mape  mape_excluded
    0        3  0.125  0.025   0.1              1
    """
    season = whole("season", season, 1, 1_000_000_000)
    log = Table(table, "table", on_error=on_error)
    keys = log.keys(by)
    log.require(forecast, actual)
    said, came = (
        log.numbers(name, FINITE, "the error would be endless") for name in (forecast, actual)
    )
    grouped = log.grouped(keys, log.settle())
    both = ~np.isnan(said) & ~np.isnan(came)
    error = np.where(both, said - came, np.nan)
    periods = grouped.count(both)
    sums = {
        "actual_sum": grouped.sum(np.where(both, came, np.nan)),
        "forecast_sum": grouped.sum(np.where(both, said, np.nan)),
        "absolute_error_sum": grouped.sum(np.abs(error)),
    }
    busy = both & (came != 0)
    share = np.abs(np.divide(error, came, out=np.full(log.rows, np.nan), where=busy))
    figures: dict[str, Any] = {
        "periods": periods,
        "unmatched": grouped.count(~both),
        **sums,
        "wape": divided(sums["absolute_error_sum"], sums["actual_sum"]),
        "bias": divided(grouped.sum(error), sums["actual_sum"]),
        "mape": grouped.mean(share),
        "mape_excluded": grouped.count(both & ~busy),
        "rmse": np.sqrt(grouped.mean(error**2)),
        "mase": np.full(len(grouped), np.nan),
    }
    if log.has(start):
        order = groups.key_codes(log.frame[start])
        came = np.ascontiguousarray(came)
        naive = grouped.mean(_core.kpi_seasonal_errors(grouped.codes, order, came, season))
        figures["mase"] = divided(divided(sums["absolute_error_sum"], periods), naive)
    return grouped.result(figures, "forecast_error", season=season)
