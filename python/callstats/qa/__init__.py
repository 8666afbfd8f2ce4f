"""Quality samples: which recordings, how many, and what they say about all of them."""

from __future__ import annotations

from callstats.qa.agreement import Agreement, BlandAltman, Statistic, Within, agreement
from callstats.qa.allocation import allocate
from callstats.qa.assignment import assign, replace_unusable
from callstats.qa.audit import redraw, verify_sample
from callstats.qa.balance import balance
from callstats.qa.charts import (
    attribute_chart,
    cusum_chart,
    ewma_chart,
    group_chart,
    individuals_chart,
    run_rules,
)
from callstats.qa.coaching import coaching
from callstats.qa.customers import customer_agreement, quadrants
from callstats.qa.estimation import estimate
from callstats.qa.funnel import funnel
from callstats.qa.pareto import error_pareto
from callstats.qa.partial import PartialSample, merge_samples, partial_sample
from callstats.qa.periods import sample_periods
from callstats.qa.raters import agreement_by, rater_bias, rater_drift
from callstats.qa.sample_size import margin_of_error, power_sample_size, sample_size
from callstats.qa.sampling import SampleReport, sample, sample_report
from callstats.qa.shrinkage import shrink

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
