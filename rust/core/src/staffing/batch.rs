//! Columns of the most frequent question: whole agents for a service level, where nobody hangs up.

use super::goals::{Goal, Goals};
use crate::erlang::{Definition, Measure, Probability, Query, Queue, System, Within, Workspace};
use crate::lanes::{Arithmetic, Cells, Group, InstructionSet, LANES, LaneKernel, Lanes};

/// Questions that go on together.
pub(super) const CELLS: usize = 512;

/// Rounds of trying the neighbours of a guess; what is open then is for the search.
const ROUNDS: u32 = 6;

/// Loads from here on have no neighbouring whole numbers of agents.
const MOST: f64 = 1e12;

/// Load, what rounding took from it, handle time, threshold and target of a question.
const PARTS: usize = 5;

/// A question that stands where there is none of this kind.
const NONE: [f64; PARTS] = [1.0, 0.0, 1.0, 0.0, 0.5];

/// A block of questions, a column a part, and room for their queues.
pub(super) struct Questions {
    count: usize,
    parts: [[f64; CELLS]; PARTS],
    ours: [bool; CELLS],
    queues: Workspace,
}

impl Questions {
    pub(super) fn empty() -> Self {
        let parts = NONE.map(|part| [part; CELLS]);
        Self { count: 0, parts, ours: [false; CELLS], queues: Workspace::empty() }
    }

    /// Takes the questions about up to [`CELLS`] cells that are of this kind; tells which are.
    pub(super) fn take<const K: usize>(
        &mut self,
        cells: &Cells<'_, K>,
        question: &impl Fn([f64; K]) -> (System, Goals),
    ) -> &[bool] {
        self.count = cells.count();
        let mut room = [[1.0; LANES]; K];
        let (mut parts, mut ours) = ([[0.0; LANES]; PARTS], [false; LANES]);
        for start in (0..self.count).step_by(LANES) {
            let group = cells.group(start, &mut room);
            InstructionSet::in_use().run(Take {
                group,
                question,
                parts: &mut parts,
                ours: &mut ours,
            });
            for (column, lanes) in self.parts.iter_mut().zip(&parts) {
                column[start..start + LANES].copy_from_slice(lanes);
            }
            self.ours[start..start + LANES].copy_from_slice(&ours);
        }
        &self.ours[..self.count]
    }

    /// The answers to the questions taken; missing where the search has to find it.
    pub(super) fn answer(&mut self, answers: &mut [f64]) {
        let mut agents = self.guesses();
        let mut verdicts = [0.0; CELLS];
        let parts = self.parts.each_ref().map(|part| &part[..self.count]);
        judge(&mut self.queues, &agents[..self.count], parts, &mut verdicts[..self.count]);
        let mut open = Vec::new();
        for (i, answer) in (0..).zip(answers.iter_mut()) {
            let place = usize::from(i);
            *answer = agents[place];
            if verdicts[place] != EXACT || !self.ours[place] {
                *answer = f64::NAN;
                if self.ours[place] {
                    open.push(i);
                }
            }
        }
        for _ in 0..ROUNDS {
            for group in open.chunks(LANES) {
                self.try_neighbours(group, &mut agents, &mut verdicts);
            }
            open.retain(|&i| {
                let place = usize::from(i);
                if verdicts[place] == EXACT {
                    answers[place] = agents[place];
                }
                verdicts[place] == TOO_FEW || verdicts[place] == FEWER_DO
            });
        }
    }

    /// One agent more or fewer for the questions in `places`, and the verdicts on that.
    fn try_neighbours(
        &mut self,
        places: &[u16],
        agents: &mut [f64; CELLS],
        verdicts: &mut [f64; CELLS],
    ) {
        let (mut staffed, mut parts, mut found) =
            ([0.0; LANES], [[0.0; LANES]; PARTS], [0.0; LANES]);
        for (lane, place) in places.iter().map(|&place| usize::from(place)).enumerate() {
            agents[place] += if verdicts[place] == TOO_FEW { 1.0 } else { -1.0 };
            staffed[lane] = agents[place];
            for (lanes, part) in parts.iter_mut().zip(&self.parts) {
                lanes[lane] = part[place];
            }
        }
        let parts = parts.each_ref().map(|part| &part[..places.len()]);
        let (staffed, found) = (&staffed[..places.len()], &mut found[..places.len()]);
        judge(&mut self.queues, staffed, parts, found);
        for (&place, &verdict) in places.iter().zip(&*found) {
            verdicts[usize::from(place)] = verdict;
        }
    }

    fn guesses(&self) -> [f64; CELLS] {
        let mut guesses = [0.0; CELLS];
        let [load, _, aht, threshold, target] =
            self.parts.each_ref().map(|part| part.as_chunks::<LANES>().0);
        let (places, _) = guesses.as_chunks_mut();
        for (i, guesses) in places.iter_mut().enumerate().take(self.count.div_ceil(LANES)) {
            InstructionSet::in_use().run(Guess {
                load: &load[i],
                aht: &aht[i],
                threshold: &threshold[i],
                target: &target[i],
                guesses,
            });
        }
        guesses
    }
}

/// Which questions of a group are of this kind, and their parts.
struct Take<'a, Q, const K: usize> {
    group: Group<'a, K>,
    question: &'a Q,
    parts: &'a mut [Lanes; PARTS],
    ours: &'a mut [bool; LANES],
}

impl<Q: Fn([f64; K]) -> (System, Goals), const K: usize> LaneKernel for Take<'_, Q, K> {
    type Output = ();

    #[inline(always)]
    fn run(self, _arithmetic: impl Arithmetic) {
        for i in 0..LANES {
            let (cell, missing) = self.group.cell(i);
            let (system, goals) = (self.question)(cell);
            let (parts, ours) = parts_of(&system, &goals);
            let ours = ours & !missing;
            for k in 0..PARTS {
                self.parts[k][i] = if ours { parts[k] } else { NONE[k] };
            }
            self.ours[i] = ours;
        }
    }
}

/// The parts of a question, and whether it is of this kind.
#[inline(always)]
fn parts_of(system: &System, goals: &Goals) -> ([f64; PARTS], bool) {
    let target = goals.only(Goal::ServiceLevel).unwrap_or(f64::NAN);
    let threshold = goals.level.threshold;
    let ours = (system.patience == f64::INFINITY)
        & (system.load > 0.0)
        & (system.load < MOST)
        & (target > 0.0)
        & (target < 1.0)
        & (threshold < f64::INFINITY);
    ([system.load, system.load_low, system.aht, threshold, target], ours)
}

/// What a number of agents is to a question: it does and one fewer does not; it does not; one fewer
/// does too; it does, and one fewer is too close to tell.
const EXACT: f64 = 0.0;
const TOO_FEW: f64 = 1.0;
const FEWER_DO: f64 = 2.0;
const CLOSE: f64 = 3.0;

/// The verdicts on so many agents.
fn judge(
    queues: &mut Workspace,
    agents: &[f64],
    [load, load_low, aht, threshold, target]: [&[f64]; PARTS],
    verdicts: &mut [f64],
) {
    let question = |[agents, load, load_low, aht, threshold, target]: [f64; 6]| {
        let system = System { agents, load, load_low, aht, patience: f64::INFINITY };
        Query::about(system).within(threshold).with(target)
    };
    let operands = [agents, load, load_low, aht, threshold, target];
    queues.measure(operands, &question, &Verdict, &mut [verdicts]);
}

/// A question alone: its answer, if it is of this kind and the search need not find it.
pub(super) fn alone(system: &System, goals: &Goals) -> Option<f64> {
    let ([load, _, aht, threshold, target], ours) = parts_of(system, goals);
    if !ours {
        return None;
    }
    let mut guess = [0.0];
    InstructionSet::in_use().run(Guess {
        load: &[load],
        aht: &[aht],
        threshold: &[threshold],
        target: &[target],
        guesses: &mut guess,
    });
    let [mut agents] = guess;
    for _ in 0..=ROUNDS {
        let queue = Queue::new(&system.with_agents(agents));
        let [verdict] = Verdict.of(&queue.within(threshold), target);
        if verdict == EXACT {
            return Some(agents);
        }
        if verdict == CLOSE {
            break;
        }
        agents += if verdict == TOO_FEW { 1.0 } else { -1.0 };
    }
    None
}

struct Verdict;

impl Measure<1> for Verdict {
    #[inline(always)]
    fn of(&self, within: &Within<'_>, target: f64) -> [f64; 1] {
        let enough = reaches(within.service_level(Definition::Offered), target);
        let fewer = within.service_level_of_one_fewer();
        let (fewer_enough, apart) = (reaches(fewer, target), fewer.distance_from(target));
        let of_enough = if fewer_enough { FEWER_DO } else { EXACT };
        let of_enough = if apart < CLOSEST { CLOSE } else { of_enough };
        [if enough { of_enough } else { TOO_FEW }]
    }
}

/// Relative distance from the target down to which the step to one agent fewer is trusted.
const CLOSEST: f64 = 1e-9;

/// Whether the service level is at least the target, by the rule of the goals.
#[inline(always)]
fn reaches(share: Probability, target: f64) -> bool {
    let by_side = if target >= 0.5 { share.q <= 1.0 - target } else { share.p >= target };
    by_side | (share.value() >= target)
}

/// Where about the answers are: half the digits are plenty, at twice the speed.
struct Guess<'a, const L: usize> {
    load: &'a [f64; L],
    aht: &'a [f64; L],
    threshold: &'a [f64; L],
    target: &'a [f64; L],
    guesses: &'a mut [f64; L],
}

impl<const L: usize> LaneKernel for Guess<'_, L> {
    type Output = ();

    #[inline(always)]
    fn run(self, _arithmetic: impl Arithmetic) {
        let (mut load, mut rate, mut missed) = ([0.0; L], [0.0; L], [0.0; L]);
        for i in 0..L {
            load[i] = self.load[i] as f32;
            rate[i] = (self.threshold[i] / self.aht[i]) as f32;
            missed[i] = (1.0 - self.target[i]) as f32;
        }
        let mut spare = [0.0; L];
        for i in 0..L {
            let (root, missed) = (load[i].sqrt(), ln(missed[i]));
            // Where the service level is that by the curve, and from there a step of Newton's method.
            let linear = LINEAR + rate[i] * root;
            let beta = -2.0 * missed / (linear + (linear * linear - 4.0 * SQUARE * missed).sqrt());
            let start = beta * root;
            let value = ln_wait(load[i], start) - rate[i] * start - missed;
            let step = value * root / (linear + 2.0 * SQUARE * beta);
            spare[i] = start + if step > -MOST_BACK * start { step } else { -MOST_BACK * start };
        }
        for i in 0..L {
            // The fewest whole agents that the load leaves any time to, or more.
            let least = self.load[i].floor() + 1.0;
            let guess = (self.load[i] + f64::from(spare[i])).ceil();
            self.guesses[i] = if guess > least { guess } else { least };
        }
    }
}

/// -ln of the wait probability with beta sqrt(load) agents above the load: a parabola that is within
/// 3 % of Halfin and Whitt's (1981) limit for large loads up to beta = 3.
const LINEAR: f32 = 1.22;
const SQUARE: f32 = 0.29;

/// How far back a step may go.
const MOST_BACK: f32 = 0.95;

/// 1 / sqrt(pi).
const ROOT_OF_PI_INVERSE: f32 = 0.5641896;

/// ln of Erlang C's wait probability with `spare` > 0 agents above the load: from the first terms of
/// the uniform expansion of 1/B, to some 1/(300 load) relative.
#[inline(always)]
fn ln_wait(load: f32, spare: f32) -> f32 {
    let n = load + spare;
    // load/n = 1 + eps, of which ln is 2 atanh(s): what eps is more than that, term by term.
    let both = load + n;
    let inverse = 1.0 / (n * both);
    let per = both * inverse;
    let (eps, s) = (-spare * per, -spare * n * inverse);
    let w = s * s;
    let series = 1.0 / 3.0
        + w * (1.0 / 5.0 + w * (1.0 / 7.0 + w * (1.0 / 9.0 + w * (1.0 / 11.0 + w * (1.0 / 13.0)))));
    let phi = s * (eps - 2.0 * w * series);
    let eta = (2.0 * phi).sqrt();
    let root = (std::f32::consts::FRAC_PI_2 * n).sqrt();
    let sum = -1.0 / 3.0 - eta * (1.0 / 12.0 + eta * (1.0 / 67.5));
    let x = eta * root * ROOT_OF_PI_INVERSE;
    let x = if x < 9.0 { x } else { 9.0 };
    let upper = root * (2.0 * exp(x * x) - erfcx(x)) + sum;
    let scaled = upper * (1.0 + (1.0 / 12.0) * per);
    -ln(1.0 - eps * scaled)
}

/// exp(x^2) erfc(x) for x >= 0, to 1.5e-7 of exp(x^2).
///
/// Source: Abramowitz and Stegun (1964), 7.1.26.
#[inline(always)]
fn erfcx(x: f32) -> f32 {
    let t = 1.0 / (1.0 + 0.3275911 * x);
    let series = -0.28449674 + t * (1.4214137 + t * (-1.453152 + t * 1.0614054));
    t * (0.2548296 + t * series)
}

/// exp(x) for 0 <= x <= 81, to 1e-6.
#[inline(always)]
fn exp(x: f32) -> f32 {
    // Added to a small number it rounds that to a whole one, kept in the last bits of the sum.
    const ROUNDER: f32 = 12582912.0;
    let rounded = x * std::f32::consts::LOG2_E + ROUNDER;
    let k = rounded - ROUNDER;
    let r = (x - k * 0.69314575) - k * 1.4286068e-6;
    let series = 1.0 / 2.0 + r * (1.0 / 6.0 + r * (1.0 / 24.0 + r * (1.0 / 120.0 + r / 720.0)));
    let power = f32::from_bits(rounded.to_bits().wrapping_add(127) << 23);
    (1.0 + r * (1.0 + r * series)) * power
}

/// ln x for normal x > 0, to 1e-6.
#[inline(always)]
fn ln(x: f32) -> f32 {
    const EXPONENT: u32 = 0x7f80_0000;
    const ONE: u32 = 0x3f80_0000;
    const TWO_TO_23: f32 = 8388608.0;
    let bits = x.to_bits();
    let mantissa = f32::from_bits((bits & !EXPONENT) | ONE);
    // The exponent's bits in the last places of 2^23.
    let exponent = f32::from_bits((bits >> 23) | TWO_TO_23.to_bits()) - TWO_TO_23 - 127.0;
    let high = mantissa > std::f32::consts::SQRT_2;
    let mantissa = if high { 0.5 * mantissa } else { mantissa };
    let exponent = if high { exponent + 1.0 } else { exponent };
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let w = s * s;
    let series = 1.0 + w * (1.0 / 3.0 + w * (0.2 + w * (1.0 / 7.0)));
    exponent * std::f32::consts::LN_2 + 2.0 * s * series
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guesses_are_near_enough_for_their_neighbours_to_be_the_answer() {
        let (mut loads, mut targets, mut thresholds) = (Vec::new(), Vec::new(), Vec::new());
        for load in [0.01, 0.3, 1.0, 2.5, 9.7, 40.0, 99.5, 1000.25, 1e5, 1e9] {
            for target in [0.05, 0.5, 0.8, 0.95, 0.999] {
                for threshold in [0.0, 5.0, 20.0, 300.0] {
                    loads.push(load);
                    targets.push(target);
                    thresholds.push(threshold);
                }
            }
        }
        let question = |[load, target, threshold]: [f64; 3]| {
            let level = crate::staffing::Level { threshold, definition: Definition::Offered };
            let given = [true, false, false, false, false, false];
            let system = System::new(0.0, load, 180.0, f64::INFINITY);
            (system, Goals::new(given, [target; 6], level))
        };
        let mut questions = Questions::empty();
        let cells = Cells::new([&loads, &targets, &thresholds]);
        assert!(questions.take(&cells, &question).iter().all(|&ours| ours));
        let mut answers = vec![0.0; loads.len()];
        questions.answer(&mut answers);
        let far = answers.iter().filter(|answer| answer.is_nan()).count();
        // Far out, where a step of six agents is nothing, the search takes over.
        assert!(far * 20 <= loads.len(), "{far} of {}", loads.len());
    }

    #[test]
    fn the_elementary_functions_are_good_to_six_digits() {
        for i in -800..800 {
            let x = (f64::from(i) * 0.1).exp() * 1.37;
            assert!((f64::from(ln(x as f32)) - x.ln()).abs() < 2e-6 * x.ln().abs().max(1.0), "{x}");
        }
        for i in 0..800 {
            let x = f64::from(i) * 0.1;
            let (value, wanted) = (f64::from(exp(x as f32)), f64::from(x as f32).exp());
            assert!((value / wanted - 1.0).abs() < 2e-6, "exp({x})");
        }
    }
}
