//! Columns of the most frequent question: whole agents for a service level, where nobody hangs up.

use super::goals::{Goal, Goals};
use crate::erlang::{Measure, Question, System, Within, each_queue};
use crate::error::Result;
use crate::lanes::{Arithmetic, Set, Work};
use crate::numeric::erfcx::erfcx;
use crate::numeric::exponential::exp;

/// Questions that go on together.
pub(super) const CELLS: usize = 512;

/// Questions that go through a lane kernel together.
const LANES: usize = 32;

/// Rounds of trying the neighbours of a guess; what is open then is for the search.
const ROUNDS: u32 = 6;

/// A block of questions, a column a part.
pub(super) struct Questions {
    count: usize,
    load: [f64; CELLS],
    load_low: [f64; CELLS],
    aht: [f64; CELLS],
    threshold: [f64; CELLS],
    target: [f64; CELLS],
}

impl Questions {
    pub(super) fn empty() -> Self {
        let ones = [1.0; CELLS];
        Self { count: 0, load: ones, load_low: ones, aht: ones, threshold: ones, target: ones }
    }

    /// Takes a question if it is one of these: its place among them.
    pub(super) fn take(&mut self, system: &System, goals: &Goals) -> Option<usize> {
        let [Some(target), None, None, None, None, None] = goals.targets else { return None };
        debug_assert_eq!(Goal::ServiceLevel as usize, 0);
        let ordinary = system.patience == f64::INFINITY
            && system.load > 0.0
            && system.load < MOST
            && target > 0.0
            && target < 1.0
            && goals.level.threshold < f64::INFINITY;
        ordinary.then(|| {
            let i = self.count;
            (self.load[i], self.load_low[i]) = (system.load, system.load_low);
            (self.aht[i], self.threshold[i]) = (system.aht, goals.level.threshold);
            self.target[i] = target;
            self.count += 1;
            i
        })
    }

    /// The answers, in the order of the places; missing where the search has to find it.
    pub(super) fn answers(&mut self) -> Result<[f64; CELLS]> {
        let mut agents = self.guesses();
        let mut answers = [f64::NAN; CELLS];
        let mut open: Vec<usize> = (0..self.count).collect();
        for _ in 0..ROUNDS {
            if open.is_empty() {
                break;
            }
            let enough = self.met(&open, |i| agents[i])?;
            let fewer_enough = self.met(&open, |i| agents[i] - 1.0)?;
            let mut still = Vec::new();
            for (&i, (enough, fewer_enough)) in
                open.iter().zip(enough.into_iter().zip(fewer_enough))
            {
                match (enough, fewer_enough) {
                    (true, false) => answers[i] = agents[i],
                    (false, _) => agents[i] += 1.0,
                    (true, true) => agents[i] -= 1.0,
                }
                if answers[i].is_nan() {
                    still.push(i);
                }
            }
            open = still;
        }
        self.count = 0;
        Ok(answers)
    }

    /// Whether the goal is met with so many agents, of the questions in `places`.
    // 24 KiB, where the allocator would be asked twice a block.
    #[allow(clippy::large_stack_arrays)]
    fn met(&self, places: &[usize], agents: impl Fn(usize) -> f64) -> Result<Vec<bool>> {
        let mut columns = [[0.0; CELLS]; 6];
        let [n, load, load_low, aht, threshold, target] = &mut columns;
        for (to, &i) in places.iter().enumerate() {
            // No more agents than load are never enough; the next stand in for them.
            n[to] = agents(i).max(least(self.load[i]));
            (load[to], load_low[to]) = (self.load[i], self.load_low[i]);
            (aht[to], threshold[to], target[to]) = (self.aht[i], self.threshold[i], self.target[i]);
        }
        let operands = columns.each_ref().map(|column| &column[..places.len()]);
        let question = |[agents, load, load_low, aht, threshold, target]: [f64; 6]| {
            let system = System { agents, load, load_low, aht, patience: f64::INFINITY };
            Question::about(system).within(threshold).with(target)
        };
        let mut met = [0.0; CELLS];
        each_queue(question, Met)(operands, &mut [&mut met[..places.len()]])?;
        Ok(places.iter().zip(met).map(|(&i, met)| met > 0.0 && agents(i) > self.load[i]).collect())
    }

    fn guesses(&self) -> [f64; CELLS] {
        let mut guesses = [0.0; CELLS];
        let (load, _) = self.load.as_chunks();
        let (aht, _) = self.aht.as_chunks();
        let (threshold, _) = self.threshold.as_chunks();
        let (target, _) = self.target.as_chunks();
        let (places, _) = guesses.as_chunks_mut();
        for (i, guesses) in places.iter_mut().enumerate().take(self.count.div_ceil(LANES)) {
            Set::in_use().run(Guess {
                load: &load[i],
                aht: &aht[i],
                threshold: &threshold[i],
                target: &target[i],
                guesses,
            });
        }
        for (guess, load) in guesses.iter_mut().zip(self.load) {
            *guess = guess.ceil().max(least(load));
        }
        guesses
    }
}

/// Loads from here on have no neighbouring whole numbers of agents.
const MOST: f64 = 1e12;

/// The fewest whole agents that a load leaves any time to.
fn least(load: f64) -> f64 {
    load.floor() + 1.0
}

/// 1 where the service level is at least the target, by the rule of the goals; else 0.
struct Met;

impl Measure<1> for Met {
    #[inline(always)]
    fn of(&self, within: &Within<'_>, target: f64) -> [f64; 1] {
        let share = within.service_level(crate::erlang::Definition::Offered);
        let by_side = if target >= 0.5 { share.miss <= 1.0 - target } else { share.hit >= target };
        [if by_side | (share.value() >= target) { 1.0 } else { 0.0 }]
    }
}

/// Where about the answers are, as real numbers.
struct Guess<'a> {
    load: &'a [f64; LANES],
    aht: &'a [f64; LANES],
    threshold: &'a [f64; LANES],
    target: &'a [f64; LANES],
    guesses: &'a mut [f64; LANES],
}

/// Steps of the secant method: two leave an error of some hundredths of an agent, and a third costs more than the neighbours that it saves.
const STEPS: u32 = 2;

impl Work for Guess<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self, by: impl Arithmetic) {
        let Self { load, aht, threshold, target, guesses } = self;
        let (mut rate, mut missed) = ([0.0; LANES], [0.0; LANES]);
        let (mut last, mut value, mut spare) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
        for i in 0..LANES {
            let root = load[i].sqrt();
            rate[i] = threshold[i] / aht[i];
            missed[i] = ln(1.0 - target[i]);
            last[i] = 0.5 * root;
            value[i] = ln_wait(by, load[i], last[i]) - rate[i] * last[i] - missed[i];
            // The logarithm of the wait probability falls by about 1.6/sqrt(load) an agent.
            spare[i] = at_least(last[i] + value[i] / (1.6 / root + rate[i]), LEAST * last[i]);
        }
        for _ in 0..STEPS {
            for i in 0..LANES {
                let next = ln_wait(by, load[i], spare[i]) - rate[i] * spare[i] - missed[i];
                let slope = (next - value[i]) / (spare[i] - last[i]);
                let step = if slope < 0.0 { next / slope } else { 0.0 };
                (last[i], value[i]) = (spare[i], next);
                spare[i] = at_least(spare[i] - step, LEAST * spare[i]);
            }
        }
        for i in 0..LANES {
            guesses[i] = load[i] + spare[i];
        }
    }
}

/// How far down a step may go.
const LEAST: f64 = 0.05;

#[inline(always)]
fn at_least(value: f64, least: f64) -> f64 {
    if value > least { value } else { least }
}

/// ln of Erlang C's wait probability with `spare` > 0 agents above the load: from the first terms of
/// the uniform expansion of 1/B, to some 1/(300 load) relative.
#[inline(always)]
fn ln_wait(by: impl Arithmetic, load: f64, spare: f64) -> f64 {
    let n = load + spare;
    let eps = -spare / n;
    let phi = eps + ln(n / load);
    let eta = -(2.0 * phi).sqrt();
    let growth = n * phi;
    let x = growth.sqrt();
    let root = (std::f64::consts::FRAC_PI_2 * n).sqrt();
    let sum = -1.0 / 3.0 + eta * (1.0 / 12.0 - eta * (1.0 / 67.5));
    let growth = if growth < 600.0 { growth } else { 600.0 };
    let upper = root * (2.0 * exp(growth) - erfcx(by, x)) + sum;
    let scaled = upper * (1.0 + 1.0 / (12.0 * n));
    -ln(1.0 + spare / n * scaled)
}

/// ln x for x > 0, to 1e-8.
#[inline(always)]
fn ln(x: f64) -> f64 {
    const EXPONENT: u64 = 0x7ff0_0000_0000_0000;
    const ONE: u64 = 0x3ff0_0000_0000_0000;
    const TWO_TO_52: f64 = 4503599627370496.0;
    let bits = x.to_bits();
    let mantissa = f64::from_bits((bits & !EXPONENT) | ONE);
    // The exponent's bits in the last places of 2^52.
    let exponent = f64::from_bits((bits >> 52) | TWO_TO_52.to_bits()) - TWO_TO_52 - 1023.0;
    let high = mantissa > std::f64::consts::SQRT_2;
    let mantissa = if high { 0.5 * mantissa } else { mantissa };
    let exponent = if high { exponent + 1.0 } else { exponent };
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let w = s * s;
    let series = 1.0 + w * (1.0 / 3.0 + w * (0.2 + w * (1.0 / 7.0 + w * (1.0 / 9.0))));
    exponent * std::f64::consts::LN_2 + 2.0 * s * series
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guesses_are_near_enough_for_their_neighbours_to_be_the_answer() {
        let (mut far, mut asked) = (0, 0);
        let mut questions = Questions::empty();
        for load in [0.01, 0.3, 1.0, 2.5, 9.7, 40.0, 99.5, 1000.25, 1e5, 1e9] {
            for target in [0.05, 0.5, 0.8, 0.95, 0.999] {
                for threshold in [0.0, 5.0, 20.0, 300.0] {
                    let level = crate::staffing::Level {
                        threshold,
                        definition: crate::erlang::Definition::Offered,
                    };
                    let goals =
                        Goals::new([true, false, false, false, false, false], [target; 6], level);
                    let system = System::new(0.0, load, 180.0, f64::INFINITY);
                    questions.take(&system, &goals).unwrap();
                    asked += 1;
                }
            }
        }
        for answer in &questions.answers().unwrap()[..asked] {
            far += u32::from(answer.is_nan());
        }
        // Far out, where a step of six agents is nothing, the search takes over.
        assert!(far * 20 <= asked as u32, "{far} of {asked}");
    }

    #[test]
    fn the_logarithm_is_good_to_eight_digits() {
        for i in -700..700 {
            let x = (f64::from(i) * 0.99).exp() * 1.37;
            assert!((ln(x) - x.ln()).abs() < 1e-7, "{x}");
        }
    }
}
