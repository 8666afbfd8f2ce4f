"""Running a model, and models side by side."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from callstats import _core
from callstats._tables.arrays import numbers, thread_count
from callstats._tables.checks import confidence_level, listed, mapping, must_be
from callstats._tables.progress import in_parts
from callstats.simulate.distributions import positive_number
from callstats.simulate.forms import centre_form
from callstats.simulate.model import Model
from callstats.simulate.periods import Plan, make_plan
from callstats.simulate.result import Findings, Result, tidy
from callstats.simulate.returns import whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from callstats.typing import Frame, Threads

#: Arguments that say what time is simulated.
_TIME = ("horizon", "intervals", "interval", "warm_up")
#: Arguments that name columns of the intervals.
COLUMN_NAMES = ("calls", "aht", "agents", "start", "call_type")
#: Those names where nobody gives others.
COLUMNS = {name: name for name in COLUMN_NAMES}


# 20 arguments: five are names of columns, written out as in every function of frames.
def run(
    model: Model,
    *,
    horizon: Any = None,
    intervals: Frame | None = None,
    staffing: Frame | None = None,
    interval: Any = None,
    warm_up: Any = 0.0,
    freq: Any = None,
    replications: int = 100,
    precision: float | Mapping[str, float] | None = None,
    max_replications: int = 10_000,
    confidence: float = 0.95,
    seed: int,
    threads: Threads = None,
    trace: bool | int = False,
    quantiles: ArrayLike = (),
    calls: str = "calls",
    aht: str = "aht",
    agents: str = "agents",
    start: str = "start",
    call_type: str = "call_type",
) -> Result:
    """Figures of a simulated call centre by call type and period, each with its interval.

    Parameters
    ----------
    model : Model
    horizon : duration, optional
        How long calls arrive. With `calls` or `agents` an interval in the model it may be left out.
    intervals : DataFrame, optional
        Instead: one row an interval (and `call_type`, where there are several) with expected
        `calls`; where there are such columns, `aht` (the mean talk and after-call work of those who
        call then; in `callstats.day` a change also concerns calls in progress) and, of a single
        group, `agents`, a whole number. `start` is a time or seconds;
        without it the rows follow one another.
    staffing : DataFrame, optional
        With `intervals` and several groups: `start`, `group`, `agents`.
    interval : duration, optional
        Length of the intervals where `start` does not say it: of the last one, or of all. Default:
        as the one before, else 1800 s.
    warm_up : duration
        With `horizon`: time before it that is simulated and not counted, for steady states.
    freq : duration, optional
        With `horizon`: length of the periods by which figures are cut. Default: one period.
    replications : int
        Independent repetitions; >= 1. With `precision` the size of a batch.
    precision : float or mapping of measure to float, optional
        Half-width to reach over all types and periods; a number is for "service_level". Batches of
        `replications` are run until all are met.
    max_replications : int
        Where `precision` gives up, with a warning.
    confidence : float
        Of the intervals; between 0 and 1.
    seed : int
        From 0 to 2**64 - 1. The result depends on it and on the arguments alone.
    threads : int, optional
        Never changes the result.
    trace : bool or int
        Keep the log of all replications, or of the first so many, for `.calls()`.
    quantiles : array_like
        Shares between 0 and 1: the waits that so many calls do not exceed are kept for `.waits()`.
    calls, aht, agents, start, call_type : str
        Names of the columns of `intervals`.

    Returns
    -------
    Result
        A pandas frame: `call_type` (types, then "all"), `start`, `measure`, `mean`,
        `standard_error`, `low`, `high`; with `.totals()`, `.groups()`, `.waits()` and `.calls()`.
        Calls belong to the period of their arrival; `queue_length`, `mean_in_orbit` and the figures
        of agents and lines to the time that passes.

        - a replication's mean number of `offered` queue entries, `answered` (by call-back too),
          `abandoned`, `blocked`, `unserved` (left waiting with nobody to come), `callback`
          (accepted offers), `answered_within`. offered = answered + abandoned + blocked + unserved.
        - shares of offered: `service_level`, `abandonment`, `blocking`, `wait_probability`,
          `callback_share`; `first_blocking` of first attempts; `passed_up` of answered.
        - `mean_wait` of offered (blocked ones waited 0 s), `mean_wait_accepted` of those not
          blocked, `asa` of answered, `aht` (talk and after-call work); seconds.
        - `queue_length`, `mean_in_orbit` (between two attempts), `attempts` a caller.
        - of all agents: `occupancy`, `busy`, `in_service`, `overtime_seconds`, see `Result.groups`.
        - where the model has `lines`: `lines_in_use` (mean), `all_lines_busy` (share of time),
          `most_lines` (mean over replications of the greatest number at a time).
        - where the model has costs: `cost` of a type's lost calls and waits, `total_cost` with the
          agents' hours on duty; a replication's mean.

    Raises
    ------
    ValueError
        Arguments out of range or not fitting together, fractional agents, unknown types or groups.

    Warns
    -----
    UserWarning
        `precision` was not reached.

    Notes
    -----
    Intervals are Student's t over replications, for ratios of sums by the delta method; with one
    replication they are missing. Arrivals stop at the end of the horizon; who has called by then is
    served or hangs up, with the last agents in force. Nobody tries again after the end. A caller
    who is never served makes the mean wait infinite.

    Each draw depends on (seed, replication, purpose, caller) alone, so the callers of two models
    with the same types are the same people: differences are surer than each figure, see `compare`.

    Examples
    --------
    >>> from callstats import erlang
    >>> from callstats.simulate import CallType
    >>> centre = Model(CallType("calls", calls=100, talk=180, patience=300), 13)
    >>> found = run(centre, horizon="40h", warm_up="2h", replications=50, seed=2)
    >>> level = found.totals().query("call_type == 'all' and measure == 'service_level'").iloc[0]
    >>> exact = erlang.service_level(13, 10, aht=180, patience=300, threshold=20)
    >>> level.low < exact < level.high, level.high - level.low < 0.02
    (np.True_, np.True_)
    """
    arguments = locals()
    if not isinstance(model, Model):
        raise TypeError(f"model must be a Model; got {type(model).__name__}")
    time = {name: arguments[name] for name in _TIME}
    columns = {name: arguments[name] for name in COLUMN_NAMES}
    plan = make_plan(model, **time, staffing=staffing, freq=freq, columns=columns)
    count = int(whole("replications", replications, least=1))
    goals = _goals(precision)
    most = count if goals is None else max(count, int(whole("max_replications", max_replications)))
    confidence_level(confidence)
    wanted = _shares(quantiles)
    traced = most * trace if isinstance(trace, bool) else int(whole("trace", trace))
    forms = [centre_form(model, plan.pieces, plan.staffing)]
    simulation = _core.Simulation(forms, plan.edges, seed_of(seed), traced, bool(wanted))
    while True:
        _replicate(simulation, min(count, most - simulation.done), threads)
        findings = Findings(model, plan, *_figures(simulation, 0, plan, confidence))
        missed = _missed(findings, goals)
        if missed is None or simulation.done >= most:
            break
    if missed is not None:
        warnings.warn(f"precision not reached: {missed}", stacklevel=2)
    if traced:
        findings.log = simulation.log()
    findings.waits = _wait_quantiles(simulation, len(model.call_types) + 1, wanted, confidence)
    about = {
        "function": "simulate.run",
        "seed": int(seed),
        "replications": simulation.done,
        "confidence": confidence,
        "seconds": [plan.edges[0], plan.edges[-1]],
        "precision_reached": missed is None,
    }
    return Result.of(findings, about)


def compare(
    models: Mapping[str, Model] | Sequence[Model],
    *,
    horizon: Any = None,
    intervals: Frame | None = None,
    staffing: Mapping[str, Frame] | None = None,
    interval: Any = None,
    warm_up: Any = 0.0,
    replications: int = 100,
    confidence: float = 0.95,
    seed: int,
    threads: Threads = None,
) -> pd.DataFrame:
    """Differences of models from the first one, on the same callers, with intervals.

    Parameters
    ----------
    models : mapping of name to Model, or sequence of Model
        At least two, with call types of the same names in the same order. Groups may differ.
    horizon, intervals, interval, warm_up, replications, confidence, seed, threads
        As in `run`, for all models.
    staffing : mapping of name to DataFrame, optional
        As in `run`, for each model by name; without one, the model's own agents.

    Returns
    -------
    DataFrame
        `model`, `baseline`, `call_type`, `measure`, `value` (of the model), `base` (of the first)
        and the difference value - base as `mean`, `standard_error`, `low`, `high`, over all
        periods.

    Raises
    ------
    ValueError
        Fewer than two models, or call types that differ.

    Notes
    -----
    Common random numbers: caller for caller the models see the same arrivals, talk times, patience
    and decisions. With lognormal talk and Weibull patience, 14 agents against 15, the variance of
    the difference in service level is some 20 times smaller than with separate callers.

    Examples
    --------
    >>> from callstats.simulate import CallType
    >>> calls = CallType("calls", calls=100, talk=180, patience=300)
    >>> found = compare(
    ...     {"13 agents": Model(calls, 13), "14 agents": Model(calls, 14)},
    ...     horizon="8h", replications=50, seed=1,
    ... )
    >>> gain = found.query("call_type == 'all' and measure == 'service_level'").iloc[0]
    >>> gain.model, gain.low > 0.02, gain.high < 0.12
    ('14 agents', np.True_, np.True_)
    """
    arguments = locals()
    named = _named_models(models)
    staffing = mapping("staffing", staffing or {}, "models to their staffing")
    for name in staffing:
        if name not in named:
            msg = f"staffing names the model {name!r}; models are {', '.join(map(repr, named))}"
            raise ValueError(msg)
    kinds = [[kind.name for kind in model.call_types] for model in named.values()]
    if any(each != kinds[0] for each in kinds):
        raise ValueError(f"models must have the same call types in the same order; got {kinds!r}")
    time = {name: arguments[name] for name in _TIME}
    plans = [
        make_plan(model, **time, staffing=staffing.get(name), freq=None, columns=COLUMNS)
        for name, model in named.items()
    ]
    if any(plan.edges != plans[0].edges for plan in plans):
        raise ValueError("models must cover the same time; give horizon or intervals")
    count = int(whole("replications", replications, least=1))
    confidence_level(confidence)
    forms = [
        centre_form(model, plan.pieces, plan.staffing)
        for model, plan in zip(named.values(), plans, strict=True)
    ]
    simulation = _core.Simulation(forms, plans[0].edges, seed_of(seed), 0, False)
    _replicate(simulation, count, threads)
    made = _differences(simulation, named, plans[0], confidence)
    made.attrs["callstats"] = {
        "function": "simulate.compare",
        "seed": int(seed),
        "replications": count,
        "confidence": confidence,
    }
    return made


def _differences(
    simulation: Any, named: Mapping[str, Model], plan: Plan, confidence: float
) -> pd.DataFrame:
    """Every model but the first against it, a row a call type and measure."""
    # Lines are compared where all models have some.
    lined = max(named.values(), key=lambda model: model.lines)

    def over_all(figures: Any) -> pd.DataFrame:
        types, groups = figures
        return tidy(lined, plan, types, groups[-1], whole=True)

    baseline, *others = named
    base = over_all(_figures(simulation, 0, plan, confidence))["mean"]
    frames = []
    for index, name in enumerate(others, 1):
        value = over_all(_figures(simulation, index, plan, confidence))["mean"]
        figures = over_all(_cells(simulation.differences(index, confidence), plan))
        figures.insert(0, "model", name)
        figures.insert(1, "baseline", baseline)
        figures.insert(4, "value", value)
        figures.insert(5, "base", base)
        frames.append(figures)
    return pd.concat(frames, ignore_index=True)


def _figures(simulation: Any, place: int, plan: Plan, confidence: float) -> Any:
    found = simulation.of_types(place, confidence), simulation.of_groups(place, confidence)
    return _cells(found, plan)


def _cells(found: tuple[NDArray[np.float64], NDArray[np.float64]], plan: Plan) -> Any:
    """Figures of types and of groups by kind, period and measure."""
    measures = _core.Simulation.measures()
    return tuple(
        figures.reshape(-1, len(plan.edges), len(names), 4)
        for figures, names in zip(found, measures, strict=True)
    )


def _wait_quantiles(
    simulation: Any, kinds: int, shares: list[float], confidence: float
) -> list[tuple[int, str, float, list[float]]]:
    """Of each type, of answered calls and of all, by share: the wait and its limits."""
    return [
        (kind, whose, share, simulation.wait_quantile(kind, whose == "answered", share, confidence))
        for kind in range(kinds)
        for whose in ("answered", "all")
        for share in shares
    ]


def _named_models(models: Any) -> dict[str, Model]:
    if isinstance(models, Mapping):
        named = {str(name): model for name, model in models.items()}
    else:
        several = listed("models", models, "two or more Model")
        named = {f"model {place}": model for place, model in enumerate(several, 1)}
    if len(named) < 2 or not all(isinstance(model, Model) for model in named.values()):
        raise ValueError(f"models must be two or more Model; got {models!r}")
    return named


def seed_of(seed: Any) -> int:
    """The seed as a whole number from 0 to 2**64 - 1."""
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer):
        raise TypeError(f"seed must be a whole number; got {seed!r}")
    if not 0 <= seed < 2**64:
        raise ValueError(f"seed must be from 0 to 2**64 - 1; got {seed!r}")
    return int(seed)


def _shares(quantiles: Any) -> list[float]:
    shares = np.atleast_1d(np.asarray(numbers("quantiles", quantiles), dtype=np.float64))
    must_be("quantiles", shares, "shares between 0 and 1", ~((shares > 0) & (shares < 1)))
    if shares.ndim != 1:
        raise ValueError(f"quantiles must be shares between 0 and 1; got {quantiles!r}")
    return [float(share) for share in shares]


def _goals(precision: Any) -> dict[str, float] | None:
    if precision is None:
        return None
    goals = precision if isinstance(precision, Mapping) else {"service_level": precision}
    of_types, of_groups = _core.Simulation.measures()
    for name, width in goals.items():
        if name not in {*of_types, *of_groups}:
            raise ValueError(f"precision names {name!r}, which is not a measure")
        positive_number(f"precision of {name!r}", width)
    return dict(goals)


def _missed(findings: Findings, goals: dict[str, float] | None) -> str | None:
    """The first goal that is not met, in words."""
    of_types, of_groups = _core.Simulation.measures()
    for name, width in (goals or {}).items():
        if name in of_types:
            figures = findings.types[-1, -1, of_types.index(name)]
        else:
            figures = findings.groups[-1, -1, of_groups.index(name)]
        reached = 0.5 * float(figures[3] - figures[2])
        # What is missing because nothing happened cannot get surer.
        if not reached <= width and not math.isnan(float(figures[0])):
            return f"{name} is known to +-{reached:.3g}, not to +-{width:.3g}"
    return None


def _replicate(simulation: Any, count: int, threads: int | None) -> None:
    """Runs `count` replications; a terminal is findings how far it is."""
    threads = thread_count(threads)
    if count > 0:
        for first, end in in_parts(count, "simulating: {done} of {pieces} replications"):
            simulation.run(end - first, threads)
