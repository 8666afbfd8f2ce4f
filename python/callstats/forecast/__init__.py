"""Volumes and handle times to come, with honest intervals.

`fit` makes a model of each queue's history, `predict` forecasts from it, `update` revises a day
after its morning. `accuracy` and `backtest` say how far off that is, beside the two benchmarks that
everybody has, `index` and `naive`.
"""

from callstats.forecast.benchmarks import index, naive
from callstats.forecast.fitting import Fitted, fit
from callstats.forecast.origins import backtest
from callstats.forecast.periods import totals
from callstats.forecast.prediction import fit_predict, predict
from callstats.forecast.revision import update
from callstats.forecast.scores import accuracy
from callstats.forecast.shapes import profile, split

__all__ = [
    "Fitted",
    "accuracy",
    "backtest",
    "fit",
    "fit_predict",
    "index",
    "naive",
    "predict",
    "profile",
    "split",
    "totals",
    "update",
]


def __dir__() -> list[str]:
    return __all__
