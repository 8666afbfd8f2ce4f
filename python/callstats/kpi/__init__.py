"""Key figures of observed calls and agents, from logs.

A log of calls has one row a queue entry: ``call_id``, ``arrival``, ``wait`` (s) and ``outcome``
(answered, abandoned, flow_out, callback, blocked); where they exist ``talk``, ``hold``, ``acw``
(s), ``answer``, ``end``, ``queue``, ``agent``, ``transferred`` are used. A log of spells has one
row a spell of an agent: ``agent``, ``start``, ``end`` and ``state`` (available, ring, talk, hold,
acw, aux, break, training, offline). Every figure comes with the counts it is made of.
"""

from callstats.kpi.agents.concurrency import concurrency
from callstats.kpi.agents.productivity import imbalance, productivity, utilisation
from callstats.kpi.agents.schedules import adherence
from callstats.kpi.agents.spells import states
from callstats.kpi.calls.definitions import Definitions
from callstats.kpi.calls.halls import halls, visits_as_calls
from callstats.kpi.calls.handling import handling_time
from callstats.kpi.calls.merging import merge
from callstats.kpi.calls.opening import BusinessHours
from callstats.kpi.calls.resolution import first_contact_resolution
from callstats.kpi.calls.summary import compare_definitions, summarize
from callstats.kpi.calls.waiting import patience, patience_curve, patience_hazard
from callstats.kpi.exports import canonical
from callstats.kpi.exports.validation import validate
from callstats.kpi.service.channels import contribution, diversion
from callstats.kpi.service.drivers import drivers
from callstats.kpi.service.erlang_comparison import compare_with_erlang
from callstats.kpi.service.forecasts import forecast_error
from callstats.kpi.service.model_comparison import compare_models
from callstats.kpi.service.monitoring import monitor
from callstats.kpi.service.opinions import pareto, satisfaction
from callstats.kpi.service.reconciliation import Reconciliation, reconcile
from callstats.kpi.service.rollups import roll_up
from callstats.kpi.service.scorecards import Metric, scorecard, shortfalls
from callstats.kpi.service.take_up import take_up, targets
from callstats.kpi.service.targets import audit_ceiling, consistency

__all__ = [
    "BusinessHours",
    "Definitions",
    "Metric",
    "Reconciliation",
    "adherence",
    "audit_ceiling",
    "canonical",
    "compare_definitions",
    "compare_models",
    "compare_with_erlang",
    "concurrency",
    "consistency",
    "contribution",
    "diversion",
    "drivers",
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
    "take_up",
    "targets",
    "utilisation",
    "validate",
    "visits_as_calls",
]


def __dir__() -> list[str]:
    return __all__
