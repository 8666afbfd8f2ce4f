//! The parameters of the public functions and what each may be.

/// A parameter: its public name and its domain. NaN is "missing", and always allowed.
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    /// The public name.
    pub name: &'static str,
    /// The rule, to be read after "must be".
    pub rule: &'static str,
    /// The doubles inside, from the least to the greatest.
    span: (f64, f64),
    /// What lies between the two and is outside all the same, from the least to the greatest.
    gap: Option<(f64, f64)>,
    /// Whether fractions are outside.
    whole: bool,
}

impl Parameter {
    /// A parameter called `name` whose values obey `rule`: the doubles of `span`, both ends included.
    pub const fn new(name: &'static str, rule: &'static str, span: (f64, f64)) -> Self {
        Self { name, rule, span, gap: None, whole: false }
    }

    /// The same without the doubles of `gap`, both ends included.
    #[must_use]
    const fn without(self, gap: (f64, f64)) -> Self {
        Self { gap: Some(gap), ..self }
    }

    /// The same without fractions, by a rule that says so.
    #[must_use]
    const fn whole(self, rule: &'static str) -> Self {
        Self { rule, whole: true, ..self }
    }

    /// The same domain under another name.
    #[must_use]
    pub const fn named(self, name: &'static str) -> Self {
        Self { name, ..self }
    }

    /// Whether `value` is missing or inside the domain.
    pub fn accepts(&self, value: f64) -> bool {
        let outside = value < self.span.0 || value > self.span.1;
        let in_gap = self.gap.is_some_and(|(from, to)| value >= from && value <= to);
        let fraction = self.whole && value.is_finite() && value.fract() != 0.0;
        !outside && !in_gap && !fraction
    }

    /// Whether all `values` are missing or inside: most are, and this tells it fastest.
    pub fn accepts_all(&self, values: &[f64]) -> bool {
        if self.gap.is_some() || self.whole {
            return values.iter().all(|&value| self.accepts(value));
        }
        let (least, greatest) = self.span;
        // By the chunk, so that no value is asked whether to go on.
        values.chunks(1024).all(|chunk| {
            chunk.iter().fold(true, |inside, &v| inside & !((v < least) | (v > greatest)))
        })
    }
}

/// The least double above zero.
const ABOVE_ZERO: f64 = f64::from_bits(1);
const BELOW_ONE: f64 = 1.0_f64.next_down();
/// Finite and at least zero: agents, lines, loads, counts.
const NOT_NEGATIVE: (f64, f64) = (0.0, f64::MAX);
const POSITIVE: (f64, f64) = (ABOVE_ZERO, f64::MAX);

/// People serving at the same time; fractions are allowed.
pub const AGENTS: Parameter = Parameter::new("agents", ">= 0 and finite", NOT_NEGATIVE);
/// Telephone lines; fractions are allowed.
pub const LINES: Parameter = AGENTS.named("lines");
/// People serving at the same time, where each is counted.
pub const WHOLE_AGENTS: Parameter = AGENTS.whole(">= 0, finite and whole");
/// Lines that waiting and served callers share.
pub const LINE_LIMIT: Parameter =
    Parameter::new("lines", "", (0.0, f64::INFINITY)).whole(">= 0 and whole (inf: no end)");
/// Agents kept free for calls.
pub const RESERVED: Parameter = LINE_LIMIT.named("reserved");
/// Coefficient of variation of the load.
pub const LOAD_CV: Parameter = AGENTS.named("load_cv");
/// Offered load in erlangs.
pub const LOAD: Parameter = AGENTS.named("load");
/// Contacts offered in an interval.
pub const CALLS: Parameter = AGENTS.named("calls");
/// Mean handle time in seconds.
pub const AHT: Parameter = Parameter::new("aht", "> 0 seconds and finite", POSITIVE);
/// Length in seconds of the period over which calls arrive.
pub const INTERVAL: Parameter = AHT.named("interval");
/// Mean time on the line in seconds.
pub const HOLD_TIME: Parameter =
    Parameter::new("hold_time", ">= 0 seconds and finite", NOT_NEGATIVE);
/// Mean time a caller waits before hanging up; infinite where nobody does.
pub const PATIENCE: Parameter =
    Parameter::new("patience", ">= 0 seconds (inf: nobody hangs up)", (0.0, f64::INFINITY));
/// A wait in seconds to be judged by.
pub const THRESHOLD: Parameter = Parameter::new("threshold", ">= 0 seconds", (0.0, f64::INFINITY));
/// A time after arrival in seconds.
pub const AFTER: Parameter = THRESHOLD.named("after");
/// A probability at which a quantile is taken.
pub const QUANTILE: Parameter = Parameter::new("quantile", "between 0 and 1", (0.0, 1.0));
/// Share of calls wanted within the threshold.
pub const SERVICE_LEVEL: Parameter = QUANTILE.named("service_level");
/// Cap on the mean wait of answered calls.
pub const ASA: Parameter = THRESHOLD.named("asa");
/// Cap on the mean wait of all calls.
pub const MEAN_WAIT: Parameter = THRESHOLD.named("mean_wait");
/// Cap on the share of calls that hang up.
pub const ABANDONMENT: Parameter = QUANTILE.named("abandonment");
/// Cap on the busy share of the agents.
pub const OCCUPANCY: Parameter = QUANTILE.named("occupancy");
/// Cap on the probability to find all agents busy.
pub const WAIT_PROBABILITY: Parameter = QUANTILE.named("wait_probability");
/// Cap on the probability to be blocked.
pub const BLOCKING: Parameter = QUANTILE.named("blocking");
/// Share of the callers lost who call again.
pub const REDIAL: Parameter = QUANTILE.named("redial");
/// Share of the callers blocked who call again.
pub const REDIAL_BLOCKED: Parameter = QUANTILE.named("redial_blocked");
/// Mean time in seconds before a lost caller calls again.
pub const DELAY: Parameter = AHT.named("delay");
/// Mean time in seconds that a job takes.
pub const JOB_AHT: Parameter = AHT.named("job_aht");
/// Probability that an interval meets a goal.
pub const CERTAINTY: Parameter = CONFIDENCE.named("certainty");
/// Fewest agents whatever the load.
pub const MINIMUM: Parameter = AGENTS.named("minimum");
/// A share of paid time away.
pub const SHRINKAGE: Parameter = Parameter::new("shrinkage", ">= 0 and < 1", (0.0, BELOW_ONE));
/// Probability that an interval covers, or that a test does not alarm wrongly.
pub const CONFIDENCE: Parameter =
    Parameter::new("confidence", "> 0 and < 1", (ABOVE_ZERO, BELOW_ONE));
/// Units or outcomes counted as successes.
pub const SUCCESSES: Parameter = AGENTS.named("successes");
/// Units counted.
pub const TRIALS: Parameter = AGENTS.named("trials");
/// Units there are to draw from; infinite where no end is in sight.
pub const POPULATION: Parameter =
    Parameter::new("population", "0 or >= 1 (inf: no end)", (0.0, f64::INFINITY))
        .without((ABOVE_ZERO, BELOW_ONE));
/// Events counted.
pub const EVENTS: Parameter = AGENTS.named("events");
/// Time or volume over which events were counted.
pub const EXPOSURE: Parameter = AGENTS.named("exposure");
/// Half the width of the interval wanted, in the units of the value.
pub const MARGIN: Parameter = Parameter::new("margin", "> 0 and finite", POSITIVE);
/// Units in a sample.
pub const N: Parameter = AGENTS.named("n");
/// Standard deviation of the value.
pub const SD: Parameter = AGENTS.named("sd");
/// A share of units.
pub const PROPORTION: Parameter = QUANTILE.named("proportion");
/// The two shares to be distinguished.
pub const PROPORTIONS: Parameter = QUANTILE.named("proportions");
/// Normal quantile of a two-sided confidence.
pub const Z: Parameter = MARGIN.named("z");
/// Variance of a design over that of a simple random sample.
pub const DESIGN_EFFECT: Parameter = MARGIN.named("design_effect");
/// Share of the invited units that give a value.
pub const RESPONSE: Parameter = Parameter::new("response", "> 0 and <= 1", (ABOVE_ZERO, 1.0));
/// A change worth seeing.
pub const DIFFERENCE: Parameter =
    Parameter::new("difference", "finite and not 0", (f64::MIN, f64::MAX)).without((0.0, 0.0));
/// Probability to see a difference that is there.
pub const POWER: Parameter = CONFIDENCE.named("power");
/// Units with an outcome on both occasions.
pub const BOTH: Parameter = AGENTS.named("both");
/// Units with an outcome on the first occasion only.
pub const FIRST_ONLY: Parameter = AGENTS.named("first_only");
/// Units with an outcome on the second occasion only.
pub const SECOND_ONLY: Parameter = AGENTS.named("second_only");
/// Units with an outcome on neither occasion.
pub const NEITHER: Parameter = AGENTS.named("neither");
/// A level before a change.
pub const BEFORE: Parameter = Parameter::new("before", "finite", (f64::MIN, f64::MAX));
/// The level after it.
pub const LEVEL_AFTER: Parameter = BEFORE.named("after");
/// What a change does to the level.
pub const EFFECT: Parameter = BEFORE.named("effect");
/// The same where it must be one.
pub const EFFECT_SOUGHT: Parameter = DIFFERENCE.named("effect");
/// Units that are treated.
pub const TREATED: Parameter = Parameter::new("treated", ">= 1 and finite", (1.0, f64::MAX));
/// Units that are not.
pub const CONTROL: Parameter = TREATED.named("control");
/// Intraclass correlation.
pub const ICC: Parameter = QUANTILE.named("icc");
/// Calls of a unit in a period.
pub const SIZE: Parameter = MARGIN.named("size");
/// Correlation of a unit's level in two periods.
pub const TEAM_CORRELATION: Parameter =
    Parameter::new("team_correlation", "between -1 and 1", (-1.0, 1.0));
/// Correlation of the calls themselves, where the same customers call.
pub const CALL_CORRELATION: Parameter = TEAM_CORRELATION.named("call_correlation");
