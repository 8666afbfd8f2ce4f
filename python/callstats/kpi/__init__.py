"""Key figures of observed calls and agents, from logs.

A log of calls has one row a queue entry: ``call_id``, ``arrival``, ``wait`` (s) and ``outcome``
(answered, abandoned, flow_out, callback, blocked); where they exist ``talk``, ``hold``, ``acw``
(s), ``answer``, ``end``, ``queue``, ``agent``, ``transferred`` are used. A log of spells has one
row a spell of an agent: ``agent``, ``start``, ``end`` and ``state`` (available, ring, talk, hold,
acw, aux, break, training, offline). Every figure comes with the counts it is made of.
"""

from callstats.kpi.channels import contribution, diversion
from callstats.kpi.definitions import Definitions
from callstats.kpi.erlang_comparison import compare_with_erlang
from callstats.kpi.exports import canonical
from callstats.kpi.forecasts import forecast_error
from callstats.kpi.halls import halls, visits_as_calls
from callstats.kpi.handling import handling_time
from callstats.kpi.merging import merge
from callstats.kpi.monitoring import monitor
from callstats.kpi.opening import BusinessHours
from callstats.kpi.opinions import pareto, satisfaction
from callstats.kpi.productivity import imbalance, productivity, utilisation
from callstats.kpi.reconciliation import Reconciliation, reconcile
from callstats.kpi.resolution import first_contact_resolution
from callstats.kpi.rollups import roll_up
from callstats.kpi.schedules import adherence
from callstats.kpi.scorecards import Metric, scorecard, shortfalls
from callstats.kpi.spells import concurrency, states
from callstats.kpi.summary import compare_definitions, summarize
from callstats.kpi.targets import audit_ceiling, consistency
from callstats.kpi.validation import validate
from callstats.kpi.waiting import patience, patience_curve, patience_hazard

__all__ = [
    "BusinessHours",
    "Definitions",
    "Metric",
    "Reconciliation",
    "adherence",
    "audit_ceiling",
    "canonical",
    "compare_definitions",
    "compare_with_erlang",
    "concurrency",
    "consistency",
    "contribution",
    "diversion",
    "first_contact_resolution",
    "forecast_error",
    "halls",
    "handling_time",
    "imbalance",
    "merge",
    "monitor",
    "pareto",
    "patience",
    "patience_curve",
    "patience_hazard",
    "productivity",
    "reconcile",
    "roll_up",
    "satisfaction",
    "scorecard",
    "shortfalls",
    "states",
    "summarize",
    "utilisation",
    "validate",
    "visits_as_calls",
]


def __dir__() -> list[str]:
    return __all__
