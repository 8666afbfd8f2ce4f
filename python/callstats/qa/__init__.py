"""Quality samples: which recordings, how many, and what they say about all of them."""

from __future__ import annotations

from callstats.qa.agreement import Agreement, BlandAltman, Statistic, Within, agreement
from callstats.qa.allocation import allocate
from callstats.qa.balance import balance
from callstats.qa.estimation import estimate
from callstats.qa.raters import agreement_by, rater_bias, rater_drift
from callstats.qa.sample_size import margin_of_error, power_sample_size, sample_size
from callstats.qa.sampling import SampleReport, sample, sample_report

__all__ = [
    "Agreement",
    "BlandAltman",
    "SampleReport",
    "Statistic",
    "Within",
    "agreement",
    "agreement_by",
    "allocate",
    "balance",
    "estimate",
    "margin_of_error",
    "power_sample_size",
    "rater_bias",
    "rater_drift",
    "sample",
    "sample_report",
    "sample_size",
]


def __dir__() -> list[str]:
    return __all__
