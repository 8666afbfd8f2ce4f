"""The compiled core: private, flat, float64 in and out.

Every elementwise function takes last `options`: (invalid values are missing, threads, out).
"""

from collections.abc import Sequence
from typing import Any, TypeAlias, final

from numpy import bool_, float32, float64, int8, int16, int32, int64, uint8, uint32, uint64
from numpy.typing import NDArray

Column: TypeAlias = float | NDArray[float64] | NDArray[float32] | NDArray[int64] | NDArray[int32]
Options: TypeAlias = tuple[bool, int | None, NDArray[float64] | None]
Values: TypeAlias = float | NDArray[float64]

__version__: str
#: The names of every elementwise function's columns, in order.
COLUMNS: dict[str, tuple[str, ...]]

# erlang
def blocking(lines: Column, load: Column, options: Options, /) -> Values: ...
def wait_probability(
    agents: Column, load: Column, aht: Column, patience: Column, options: Options, /
) -> Values: ...
def abandonment(
    agents: Column, load: Column, aht: Column, patience: Column, options: Options, /
) -> Values: ...
def asa(
    agents: Column, load: Column, aht: Column, patience: Column, options: Options, /
) -> Values: ...
def mean_wait(
    agents: Column, load: Column, aht: Column, patience: Column, options: Options, /
) -> Values: ...
def mean_wait_abandoned(
    agents: Column, load: Column, aht: Column, patience: Column, options: Options, /
) -> Values: ...
def queue_length(
    agents: Column, load: Column, aht: Column, patience: Column, options: Options, /
) -> Values: ...
def occupancy(
    agents: Column, load: Column, aht: Column, patience: Column, options: Options, /
) -> Values: ...
def general_stretch(mean: float, mean_square: float, /) -> float: ...
def general_settling(agents: float, load: float, mean: float, mean_square: float, /) -> float: ...
def load_with_redials(
    agents: Column, load: Column, aht: Column, patience: Column, redial: Column, options: Options, /
) -> Values: ...
def service_level(
    definition: str,
    agents: Column,
    load: Column,
    aht: Column,
    threshold: Column,
    patience: Column,
    options: Options,
    /,
) -> Values: ...
def wait_survival(
    agents: Column, load: Column, aht: Column, after: Column, patience: Column, options: Options, /
) -> Values: ...
def wait_quantile(
    agents: Column,
    load: Column,
    aht: Column,
    quantile: Column,
    patience: Column,
    options: Options,
    /,
) -> Values: ...
def trunk_load(
    agents: Column,
    load: Column,
    aht: Column,
    hold_time: Column,
    patience: Column,
    options: Options,
    /,
) -> Values: ...
def measures(
    definition: str,
    agents: Column,
    load: Column,
    aht: Column,
    threshold: Column,
    patience: Column,
    options: Options,
    /,
) -> list[Values]: ...
def table(
    definition: str,
    agents: Column,
    calls: Column,
    aht: Column,
    interval: Column,
    threshold: Column,
    patience: Column,
    hold_time: Column,
    options: Options,
    /,
) -> list[Values]: ...
def load(calls: Column, aht: Column, interval: Column, options: Options, /) -> Values: ...

# beyond Erlang A: starts and rates of the hazard, relative handle times of chats, the average
QueueModel: TypeAlias = tuple[tuple[list[float], list[float]] | None, list[float], str]

def wide_measure(
    what: str,
    definition: str,
    model: QueueModel,
    agents: Column,
    load: Column,
    aht: Column,
    threshold: Column,
    patience: Column,
    lines: Column,
    load_cv: Column,
    options: Options,
    /,
) -> Values: ...
def wide_survival(
    model: QueueModel,
    agents: Column,
    load: Column,
    aht: Column,
    after: Column,
    patience: Column,
    lines: Column,
    load_cv: Column,
    options: Options,
    /,
) -> Values: ...
def wide_trunk_load(
    model: QueueModel,
    agents: Column,
    load: Column,
    aht: Column,
    hold_time: Column,
    patience: Column,
    lines: Column,
    load_cv: Column,
    options: Options,
    /,
) -> Values: ...
def wide_quantile(
    model: QueueModel,
    agents: Column,
    load: Column,
    aht: Column,
    quantile: Column,
    patience: Column,
    lines: Column,
    load_cv: Column,
    options: Options,
    /,
) -> Values: ...
def wide_measures(
    definition: str,
    model: QueueModel,
    agents: Column,
    load: Column,
    aht: Column,
    threshold: Column,
    patience: Column,
    lines: Column,
    load_cv: Column,
    options: Options,
    /,
) -> list[Values]: ...
def wide_table(
    definition: str,
    model: QueueModel,
    agents: Column,
    calls: Column,
    aht: Column,
    interval: Column,
    threshold: Column,
    patience: Column,
    hold_time: Column,
    lines: Column,
    load_cv: Column,
    options: Options,
    /,
) -> list[Values]: ...
def blended(
    definition: str,
    model: QueueModel,
    agents: Column,
    load: Column,
    aht: Column,
    threshold: Column,
    patience: Column,
    reserved: Column,
    options: Options,
    /,
) -> list[Values]: ...
def blended_jobs(
    definition: str,
    agents: Column,
    load: Column,
    aht: Column,
    threshold: Column,
    patience: Column,
    reserved: Column,
    job_aht: Column,
    options: Options,
    /,
) -> list[Values]: ...
def load_with_retries(
    model: QueueModel,
    agents: Column,
    load: Column,
    aht: Column,
    patience: Column,
    redial: Column,
    redial_blocked: Column,
    lines: Column,
    options: Options,
    /,
) -> Values: ...
def delayed_redials(
    agents: Column,
    load: Column,
    aht: Column,
    threshold: Column,
    patience: Column,
    lines: Column,
    redial: Column,
    redial_blocked: Column,
    delay: Column,
    options: Options,
    /,
) -> list[Values]: ...

# day: rows of all days in order, each day's end, and how each starts
DayColumns: TypeAlias = dict[str, NDArray[float64] | NDArray[int64] | list[str]]
DayState: TypeAlias = tuple[int, int, list[float], float]

def day_evaluate(
    intervals: DayColumns,
    rows: NDArray[int64],
    ends: list[int],
    starts: list[DayState],
    tolerance: float,
    threads: int | None,
    /,
) -> tuple[dict[str, NDArray[float64]], list[DayState]]: ...
def day_factors(cv: float, /) -> list[tuple[float, float]]: ...
def factor_quantiles(cv: NDArray[float64], probability: float) -> NDArray[float64]: ...
def day_required(
    intervals: DayColumns,
    rows: NDArray[int64],
    ends: list[int],
    starts: list[DayState],
    goals: tuple[list[bool], list[NDArray[float64]], str, NDArray[int64]],
    tolerance: float,
    threads: int | None,
    /,
) -> tuple[NDArray[float64], dict[str, NDArray[float64]], list[DayState]]: ...

# forecast
ClockChanges: TypeAlias = tuple[Sequence[int], Sequence[int]]
StateLayout: TypeAlias = tuple[bool, bool, int]
FitChoices: TypeAlias = tuple[ClockChanges, int, float, StateLayout]
SpecialLists: TypeAlias = tuple[
    Sequence[Sequence[tuple[int, int, int, float, bool]]], Sequence[int]
]

def forecast_smallest_gap(
    starts: NDArray[int64], ends: Sequence[int], clock: ClockChanges
) -> int | None: ...
def forecast_misfits(
    starts: NDArray[int64],
    ends: Sequence[int],
    clock: ClockChanges,
    step: int,
    longer_allowed: bool,
) -> tuple[NDArray[int64], NDArray[int64], NDArray[int64]]: ...
def forecast_fit(
    rows: dict[str, Any],
    choices: FitChoices,
    specials: SpecialLists,
    keep_days: bool,
    threads: int | None,
) -> tuple[dict[str, Any], dict[str, Any]]: ...
def forecast_predict(
    models: dict[str, Any],
    specials: SpecialLists,
    choice: tuple[int, int, Sequence[tuple[int, Sequence[int]]], Sequence[float], StateLayout],
    threads: int | None,
) -> dict[str, Any]: ...
def forecast_profiles(
    rows: dict[str, Any],
    choices: FitChoices,
    specials: SpecialLists,
    shape: tuple[bool, bool],
    threads: int | None,
) -> dict[str, Any]: ...
def forecast_benchmark(
    rows: dict[str, Any],
    choices: FitChoices,
    specials: SpecialLists,
    weights: Sequence[float] | None,
    days: tuple[int, int, Sequence[float]],
    threads: int | None,
) -> dict[str, Any]: ...
def forecast_bounds(
    mean: NDArray[float64], cv2: NDArray[float64], levels: Sequence[float], threads: int | None
) -> tuple[NDArray[float64], NDArray[float64]]: ...
def forecast_poisson_deviation(mean: NDArray[float64]) -> NDArray[float64]: ...
def forecast_revise(days: dict[str, Any]) -> tuple[NDArray[float64], NDArray[float64]]: ...

# intervals
def proportion_interval(
    method: str,
    successes: Column,
    trials: Column,
    population: Column,
    confidence: Column,
    options: Options,
    /,
) -> list[Values]: ...
def difference_interval(
    first_successes: Column,
    first_trials: Column,
    second_successes: Column,
    second_trials: Column,
    confidence: Column,
    options: Options,
    /,
) -> list[Values]: ...
def paired_interval(
    both: Column,
    first_only: Column,
    second_only: Column,
    neither: Column,
    confidence: Column,
    options: Options,
    /,
) -> list[Values]: ...
def rate_ratio_interval(
    first_events: Column,
    first_exposure: Column,
    second_events: Column,
    second_exposure: Column,
    confidence: Column,
    options: Options,
    /,
) -> list[Values]: ...
def rate_ratio_test(
    method: str,
    first_events: Column,
    first_exposure: Column,
    second_events: Column,
    second_exposure: Column,
    options: Options,
    /,
) -> Values: ...
def pooled_test(
    first_successes: Column,
    first_trials: Column,
    second_successes: Column,
    second_trials: Column,
    options: Options,
    /,
) -> Values: ...
def fisher_test(
    first_successes: Column,
    first_trials: Column,
    second_successes: Column,
    second_trials: Column,
    options: Options,
    /,
) -> Values: ...
def rate_interval(
    events: Column, exposure: Column, confidence: Column, options: Options, /
) -> list[Values]: ...

# kpi: columns contiguous, instants in nanoseconds since 1970, group -1 where a row is left out
Counts: TypeAlias = dict[str, NDArray[int64]]
Seconds: TypeAlias = dict[str, NDArray[float64]]
Cut: TypeAlias = int | NDArray[int64]

Codes: TypeAlias = NDArray[int8] | NDArray[int16] | NDArray[int32] | NDArray[int64]
OptionalSeconds: TypeAlias = NDArray[float64] | None
Handled: TypeAlias = tuple[OptionalSeconds, OptionalSeconds, OptionalSeconds, NDArray[bool_] | None]
Limits: TypeAlias = tuple[list[float], bool, float, list[float], bool, list[float]]
Waits: TypeAlias = tuple[NDArray[int32], NDArray[float64], NDArray[bool_]]

def kpi_number_rows(
    keys: Sequence[tuple[Codes, NDArray[int64]]],
    time: tuple[NDArray[int64], Cut] | None,
    shown: NDArray[bool_] | None,
    rows: int,
    /,
) -> tuple[NDArray[int32], NDArray[int64]]: ...
def kpi_span(seconds: NDArray[float64], /) -> tuple[float, float, int]: ...
def kpi_look_up(codes: Codes, table: NDArray[int8], /) -> tuple[NDArray[int8], int]: ...
def kpi_nanoseconds(counts: NDArray[int64], factor: int, /) -> tuple[NDArray[int64], int]: ...
def kpi_interval_starts(instants: NDArray[int64], cut: Cut, /) -> NDArray[int64]: ...
def kpi_tally(
    group: NDArray[int32],
    wait: NDArray[float64],
    outcome: NDArray[int8],
    handled: Handled,
    limits: Limits,
    groups: int,
    exact: bool,
    /,
) -> tuple[
    tuple[Counts, Seconds],
    list[tuple[Counts, Seconds]],
    list[NDArray[float64]],
    list[NDArray[int64]],
    NDArray[int64],
]: ...
def kpi_rates(
    numerator: NDArray[int64], denominator: NDArray[int64], confidence: float, /
) -> NDArray[float64]: ...
def kpi_gini_terms(group: NDArray[int32], values: NDArray[float64], /) -> NDArray[float64]: ...
def kpi_seasonal_errors(
    group: NDArray[int32], order: NDArray[int64], values: NDArray[float64], season: int, /
) -> NDArray[float64]: ...
def kpi_sums(
    group: NDArray[int32], seconds: NDArray[float64], groups: int, /
) -> NDArray[float64]: ...
def kpi_sum_words(
    group: NDArray[int32], seconds: NDArray[float64], groups: int, /
) -> tuple[NDArray[int64], NDArray[int64]]: ...
def kpi_seconds_of_words(high: NDArray[int64], low: NDArray[int64], /) -> NDArray[float64]: ...
def kpi_wait_counts(
    group: NDArray[int32],
    wait: NDArray[float64],
    marked: NDArray[bool_] | None,
    count: NDArray[int64] | None,
    groups: int,
    /,
) -> dict[str, NDArray[Any]]: ...
def kpi_count_quantiles(
    group: NDArray[int32],
    wait: NDArray[float64],
    count: NDArray[int64],
    probabilities: list[float],
    linear: bool,
    groups: int,
    /,
) -> NDArray[float64]: ...
def kpi_split_states(
    group: NDArray[int32],
    spell: tuple[NDArray[int64], NDArray[int64], int],
    state: NDArray[int8],
    sums: tuple[int, list[list[int]], list[tuple[list[int], list[int]]]],
    cut: Cut,
    groups: int,
    /,
) -> tuple[NDArray[int64], NDArray[float64]]: ...
def kpi_concurrency(
    group: NDArray[int32],
    call: tuple[NDArray[int64], NDArray[int64]],
    agent: NDArray[int32] | None,
    cut: Cut,
    groups: int,
    /,
) -> tuple[Counts, Seconds]: ...
def kpi_patience(
    waits: Waits,
    limits: tuple[float, str],
    probabilities: list[float],
    until: float,
    groups: int,
    /,
) -> tuple[Counts, Seconds, list[NDArray[float64]]]: ...
def kpi_drivers(
    ratings: NDArray[float64],
    weights: NDArray[float64],
    ends: list[int],
    items: int,
    options: tuple[float, int, float, int],
    threads: int | None,
    /,
) -> tuple[Seconds, Seconds]: ...
def kpi_curves(
    waits: Waits, confidence: float, band: str, groups: int, /
) -> tuple[Counts, Seconds]: ...
def kpi_hazard(
    waits: Waits, edges: list[float], confidence: float, groups: int, /
) -> tuple[Counts, Seconds]: ...

# qa.sampling
Category: TypeAlias = tuple[NDArray[int32], NDArray[uint64]]
Number: TypeAlias = tuple[NDArray[float64], list[float]]
Time: TypeAlias = tuple[NDArray[int64], int]
BalancedColumn: TypeAlias = Category | Number | Time
Identities: TypeAlias = NDArray[int64] | NDArray[uint64] | tuple[NDArray[uint64]]
Recordings: TypeAlias = tuple[
    NDArray[int32], NDArray[uint64], Identities, NDArray[bool_] | None, list[BalancedColumn]
]
Texts: TypeAlias = tuple[NDArray[Any], NDArray[Any], NDArray[bool_] | None]
Names: TypeAlias = NDArray[Any] | list[Texts]
Bound: TypeAlias = tuple[NDArray[int64], NDArray[int64], NDArray[int64]]
Wanted: TypeAlias = tuple[
    NDArray[int64], int, str, int, NDArray[float64] | None, list[Bound], NDArray[int64] | None
]

def hash_names(names: Names, /) -> tuple[NDArray[uint64], int]: ...
def number_names(names: Names, /) -> tuple[NDArray[int32], NDArray[int64]]: ...
def renumber(codes: NDArray[int32], numbers: NDArray[int32], /) -> NDArray[int32]: ...
def column_levels(column: BalancedColumn, /) -> list[NDArray[int64]]: ...
def ids_repeat(ids: Identities, threads: int | None, /) -> bool: ...
def draw_candidates(
    frame: Recordings, wanted: Wanted, limits: NDArray[uint64] | None, threads: int | None, /
) -> tuple[NDArray[int64], NDArray[int64], list[int]]: ...
def draw_sample(
    frame: Recordings, wanted: Wanted, threads: int | None, /
) -> tuple[
    NDArray[int64],
    NDArray[int64],
    NDArray[bool_],
    NDArray[float64],
    NDArray[int64],
    list[tuple[int, int, int]],
    list[int],
]: ...

# sample_size
def sample_size(
    formula: tuple[str, str, str, str],
    rounded: bool,
    margin: Column,
    spread: Column,
    level: Column,
    population: Column,
    design_effect: Column,
    response: Column,
    options: Options,
    /,
) -> Values: ...
def margin_of_error(
    formula: tuple[str, str, str, str],
    n: Column,
    spread: Column,
    level: Column,
    population: Column,
    design_effect: Column,
    response: Column,
    options: Options,
    /,
) -> Values: ...
def power_of_means(
    groups: float,
    rounded: bool,
    difference: Column,
    sd: Column,
    power: Column,
    confidence: Column,
    options: Options,
    /,
) -> Values: ...
def power_of_proportions(
    rounded: bool,
    first: Column,
    second: Column,
    power: Column,
    confidence: Column,
    options: Options,
    /,
) -> Values: ...

# allocation
def allocate(
    method: str, strata: list[tuple[int, float, int, int]], n: int, exponent: float, /
) -> list[int]: ...

# estimate
def estimate(
    group: NDArray[int64],
    stratum: NDArray[int64],
    score: NDArray[float64],
    size: NDArray[float64],
    weight: NDArray[float64],
    probability: NDArray[float64],
    parts: tuple[NDArray[int64], NDArray[float64]] | None,
    groups: int,
    confidence: float,
    /,
) -> NDArray[float64]: ...

# of each group: n, mean, reliability, shrunken mean, standard error, limits, rank; then the centre,
# and the variances within and between groups
def shrunken_means(
    group: NDArray[int64], scores: NDArray[float64], groups: int, confidence: float, /
) -> tuple[list[NDArray[float64]], list[float]]: ...

# of each group: n, mean score, mean time, spread of the times, slope, sum of squared residuals
def trends(
    group: NDArray[int64], times: NDArray[float64], scores: NDArray[float64], groups: int, /
) -> list[NDArray[float64]]: ...

# control charts: points, centre, sigma, lower, upper, z
ChartColumns: TypeAlias = list[list[float]]

def attribute_chart(
    kind: str,
    laney: bool,
    events: NDArray[float64],
    size: NDArray[float64],
    target: float | None,
    /,
) -> tuple[ChartColumns, float]: ...
def individuals_chart(
    values: NDArray[float64], target: float | None, spread: str, /
) -> tuple[ChartColumns, list[float], float]: ...
def group_charts(
    sizes: NDArray[float64],
    means: NDArray[float64],
    deviations: NDArray[float64],
    target: float | None,
    /,
) -> list[ChartColumns]: ...
def ewma(
    values: NDArray[float64], target: float, sigma: float, weight: float, width: float, /
) -> list[list[float]]: ...
def cusum(
    values: NDArray[float64], target: float, slack: float, start: float, /
) -> list[list[float]]: ...
def run_rules(z: NDArray[float64], rules: str, /) -> list[int]: ...
def funnel(
    kind: str,
    sd: float,
    events: NDArray[float64],
    size: NDArray[float64],
    target: float | None,
    winsor: float,
    limits: str,
    confidences: list[float],
    /,
) -> tuple[list[list[float]], list[float], list[list[list[float]]]]: ...

# agreement
Measure: TypeAlias = tuple[float, float, float, float, int]

@final
class RatingTable:
    """Value, standard error, low, high and units of each measure."""

    def __new__(
        cls,
        codes: tuple[NDArray[int64], NDArray[int64], NDArray[int64]],
        units: int,
        raters: int,
        values: NDArray[float64],
        points: NDArray[float64],
    ) -> RatingTable: ...
    def repeated(self) -> tuple[int, int, int]: ...
    def alpha(self, level: str, confidence: float) -> Measure: ...
    def cohen(self, confidence: float) -> list[Measure]: ...
    def fleiss(self, confidence: float) -> Measure: ...
    def gwet(self, confidence: float) -> list[Measure]: ...
    def intraclass(self, confidence: float) -> list[Measure]: ...
    def raters(self, confidence: float) -> list[tuple[Measure, float]]: ...
    def bland_altman(self, confidence: float) -> tuple[tuple[Measure, float], list[Measure]]: ...
    def within(self, distance: float, confidence: float) -> tuple[Measure, list[int]]: ...

def limit_factors(pairs: int, confidence: float, /) -> list[float]: ...
def normal_quantile(confidence: float) -> float: ...
def student_quantiles(freedom: NDArray[float64], confidence: float) -> NDArray[float64]: ...

# staffing: (definition, whole numbers only, which goals are given)
GivenGoals: TypeAlias = tuple[str, bool, tuple[bool, bool, bool, bool, bool, bool]]

def required_agents(
    goals: GivenGoals,
    load: Column,
    aht: Column,
    patience: Column,
    threshold: Column,
    service_level: Column,
    asa: Column,
    mean_wait: Column,
    abandonment: Column,
    occupancy: Column,
    wait_probability: Column,
    options: Options,
    /,
) -> Values: ...
def max_load(
    goals: GivenGoals,
    agents: Column,
    aht: Column,
    patience: Column,
    threshold: Column,
    service_level: Column,
    asa: Column,
    mean_wait: Column,
    abandonment: Column,
    occupancy: Column,
    wait_probability: Column,
    options: Options,
    /,
) -> Values: ...
def max_line_load(lines: Column, blocking: Column, options: Options, /) -> Values: ...
def required_lines(load: Column, blocking: Column, options: Options, /) -> Values: ...
def gross_up(agents: Column, shrinkage: Column, options: Options, /) -> Values: ...
def add_shrinkage(first: Column, second: Column, options: Options, /) -> Values: ...
def combine_shrinkage(first: Column, second: Column, options: Options, /) -> Values: ...
def plan(
    goals: GivenGoals,
    calls: Column,
    aht: Column,
    interval: Column,
    patience: Column,
    minimum: Column,
    shrinkage: Column,
    threshold: Column,
    service_level: Column,
    asa: Column,
    mean_wait: Column,
    abandonment: Column,
    occupancy: Column,
    wait_probability: Column,
    options: Options,
    /,
) -> list[Values]: ...
def wide_required_agents(
    goals: GivenGoals,
    model: QueueModel,
    load: Column,
    aht: Column,
    patience: Column,
    lines: Column,
    load_cv: Column,
    reserved: Column,
    threshold: Column,
    service_level: Column,
    asa: Column,
    mean_wait: Column,
    abandonment: Column,
    occupancy: Column,
    wait_probability: Column,
    options: Options,
    /,
) -> Values: ...
def certain_agents(
    goals: GivenGoals,
    model: QueueModel,
    load: Column,
    aht: Column,
    patience: Column,
    lines: Column,
    load_cv: Column,
    certainty: Column,
    threshold: Column,
    service_level: Column,
    asa: Column,
    mean_wait: Column,
    abandonment: Column,
    occupancy: Column,
    wait_probability: Column,
    options: Options,
    /,
) -> Values: ...
def wide_max_load(
    goals: GivenGoals,
    model: QueueModel,
    agents: Column,
    aht: Column,
    patience: Column,
    lines: Column,
    load_cv: Column,
    threshold: Column,
    service_level: Column,
    asa: Column,
    mean_wait: Column,
    abandonment: Column,
    occupancy: Column,
    wait_probability: Column,
    options: Options,
    /,
) -> Values: ...
def required_reserved(
    goals: GivenGoals,
    model: QueueModel,
    agents: Column,
    load: Column,
    aht: Column,
    patience: Column,
    threshold: Column,
    service_level: Column,
    asa: Column,
    mean_wait: Column,
    abandonment: Column,
    occupancy: Column,
    wait_probability: Column,
    options: Options,
    /,
) -> Values: ...
def wide_required_lines(
    model: QueueModel,
    load: Column,
    blocking: Column,
    agents: Column,
    aht: Column,
    patience: Column,
    options: Options,
    /,
) -> Values: ...
def goal_probability(
    definition: str,
    model: QueueModel,
    agents: Column,
    load: Column,
    aht: Column,
    threshold: Column,
    service_level: Column,
    load_cv: Column,
    patience: Column,
    lines: Column,
    options: Options,
    /,
) -> Values: ...
def wide_plan(
    goals: GivenGoals,
    model: QueueModel,
    certainty: float,
    calls: Column,
    aht: Column,
    interval: Column,
    patience: Column,
    minimum: Column,
    shrinkage: Column,
    lines: Column,
    load_cv: Column,
    threshold: Column,
    service_level: Column,
    asa: Column,
    mean_wait: Column,
    abandonment: Column,
    occupancy: Column,
    wait_probability: Column,
    options: Options,
    /,
) -> list[Values]: ...
def plan_reasons(reasons: NDArray[float64], /) -> tuple[list[str], list[str]]: ...

# schedules
def counters_plan(
    loss: NDArray[float64],
    rules: tuple[int, int | None, float, int, int, tuple[int, int] | None],
    /,
) -> list[int] | None: ...
def hiring_path(
    cohorts: list[tuple[float, int, int, float]],
    hazard: list[float],
    effectiveness: list[float],
    need: list[float],
    periods: int,
    /,
) -> list[tuple[float, float, float, float]]: ...
def roster_check(
    duties: NDArray[int64],
    paid: NDArray[float64],
    away: NDArray[int64],
    limits: NDArray[float64],
    rest: int,
    split: tuple[int, int] | None,
    /,
) -> list[tuple[str, int, float, float]]: ...

# simulate
#: Dicts with the names of the fields of `rust/core/src/simulate/model.rs`.
SimulatedModel: TypeAlias = dict[str, Any]

@final
class Simulation:
    def __new__(
        cls, models: list[SimulatedModel], edges: list[float], seed: int, traced: int, waits: bool
    ) -> Simulation: ...
    @property
    def done(self) -> int: ...
    def run(self, count: int, threads: int | None) -> None: ...
    @staticmethod
    def measures() -> tuple[list[str], list[str]]: ...
    def of_types(self, model: int, confidence: float) -> NDArray[float64]: ...
    def of_groups(self, model: int, confidence: float) -> NDArray[float64]: ...
    def differences(
        self, other: int, confidence: float
    ) -> tuple[NDArray[float64], NDArray[float64]]: ...
    def wait_quantile(
        self, kind: int, answered: bool, share: float, confidence: float
    ) -> list[float]: ...
    def log(self) -> dict[str, NDArray[Any]]: ...

def fit_times(
    family: str, values: NDArray[float64], censored: NDArray[bool_], /
) -> tuple[float, float, float]: ...

# compare
#: Kind, units, treated, members or pairs, and how many are drawn from which seed.
PossibleSplits: TypeAlias = tuple[str, int, int, NDArray[uint32], int, int]
#: Values of the open days, first days of the changes, weekdays, trend, drift.
OpenDays: TypeAlias = tuple[NDArray[float64], list[int], NDArray[uint8] | None, bool, bool]

def change(before: Column, after: Column, options: Options, /) -> list[Values]: ...
def power(
    effect: Column,
    sd: Column,
    treated: Column,
    control: Column,
    confidence: Column,
    options: Options,
    /,
) -> Values: ...
def smallest_effect(
    sd: Column,
    treated: Column,
    control: Column,
    power: Column,
    confidence: Column,
    options: Options,
    /,
) -> Values: ...
def teams_needed(
    effect: Column, sd: Column, power: Column, confidence: Column, options: Options, /
) -> Values: ...
def change_sd(
    sd: Column,
    icc: Column,
    size: Column,
    team_correlation: Column,
    call_correlation: Column,
    options: Options,
    /,
) -> Values: ...
def permute(
    values: NDArray[float64],
    weights: NDArray[float64] | None,
    levels: list[float],
    splits: PossibleSplits,
    observed: NDArray[bool_],
    confidence: float,
    joint: bool,
    threads: int | None,
    /,
) -> list[list[float]]: ...
def pilot_effects(
    before: NDArray[float64],
    after: NDArray[float64],
    levels: bool,
    treated: NDArray[bool_],
    confidence: float,
    power: float,
    /,
) -> NDArray[float64]: ...
def welch_test(
    x: NDArray[float64], y: NDArray[float64], confidence: float, /
) -> tuple[float, list[float]]: ...
def rank_test(x: NDArray[float64], y: NDArray[float64], /) -> list[float]: ...
def team_tests(
    treated: NDArray[float64], control: NDArray[float64], level: float, confidence: float, /
) -> tuple[list[float], list[list[float]]]: ...
def growth(
    before: NDArray[float64], after: NDArray[float64], confidence: float, /
) -> tuple[float, list[float], list[float], list[float], list[float], float]: ...
def cluster_variance(values: NDArray[float64], ends: NDArray[int64], /) -> list[float]: ...
def adjust_p(method: str, p: NDArray[float64], /) -> NDArray[float64]: ...
def fit_series(
    days: OpenDays, confidence: float, /
) -> tuple[list[list[float]], list[float] | None, float, float, NDArray[float64]] | None: ...
def series_placebos(
    days: OpenDays, before: int, after: int, threads: int | None, /
) -> NDArray[float64]: ...
def change_point(
    kind: str,
    events: NDArray[float64],
    size: NDArray[float64],
    edge: int,
    block: int,
    seed: int,
    name: int,
    /,
) -> tuple[int | None, list[float]]: ...
def most_alike(
    columns: NDArray[float64], count: int, threads: int | None, /
) -> tuple[list[int], float, bool]: ...
def alike_pairs(columns: NDArray[float64], /) -> list[list[int]]: ...
def fair_splits(
    columns: NDArray[float64], splits: PossibleSplits, keep: int, seed: int, threads: int | None, /
) -> tuple[NDArray[float64], float, NDArray[uint32], int]: ...
