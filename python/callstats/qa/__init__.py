"""Quality samples: which recordings, how many, and what they say about all of them."""

from __future__ import annotations

from callstats.qa.samples.allocation import allocate
from callstats.qa.samples.assignment import assign, replace_unusable
from callstats.qa.samples.audit import redraw, verify_sample
from callstats.qa.samples.balance import balance
from callstats.qa.samples.partial import PartialSample, merge_samples, partial_sample
from callstats.qa.samples.periods import sample_periods
from callstats.qa.samples.sample_size import margin_of_error, power_sample_size, sample_size
from callstats.qa.samples.sampling import SampleReport, sample, sample_report
from callstats.qa.scores.agreement import Agreement, BlandAltman, Statistic, Within, agreement
from callstats.qa.scores.coaching import coaching
from callstats.qa.scores.control import (
    attribute_chart,
    cusum_chart,
    ewma_chart,
    group_chart,
    individuals_chart,
    run_rules,
)
from callstats.qa.scores.customers import customer_agreement, quadrants
from callstats.qa.scores.estimation import estimate
from callstats.qa.scores.funnel import funnel
from callstats.qa.scores.pareto import error_pareto
from callstats.qa.scores.raters import agreement_by, rater_bias, rater_drift
from callstats.qa.scores.shrinkage import shrink

__all__ = [
    "Agreement",
    "BlandAltman",
    "PartialSample",
    "SampleReport",
    "Statistic",
    "Within",
    "agreement",
    "agreement_by",
    "allocate",
    "assign",
    "attribute_chart",
    "balance",
    "coaching",
    "customer_agreement",
    "cusum_chart",
    "error_pareto",
    "estimate",
    "ewma_chart",
    "funnel",
    "group_chart",
    "individuals_chart",
    "margin_of_error",
    "merge_samples",
    "partial_sample",
    "power_sample_size",
    "quadrants",
    "rater_bias",
    "rater_drift",
    "redraw",
    "replace_unusable",
    "run_rules",
    "sample",
    "sample_periods",
    "sample_report",
    "sample_size",
    "shrink",
    "verify_sample",
]


def __dir__() -> list[str]:
    return __all__
