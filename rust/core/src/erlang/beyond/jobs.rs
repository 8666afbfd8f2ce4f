//! Jobs of a backlog whose mean time is not that of a call.

use super::levels::{LevelRates, stationary};
use crate::erlang::definition::Definition;
use crate::erlang::system::System;
use crate::error::{Error, Result};

/// Agents whose chain is solved in reasonable time: it costs the third power of those who may be on jobs.
const MOST_AGENTS: f64 = 100.0;
/// Calls present at once, at most, and memory for the chain.
const MOST_CALLS: usize = 20_000;
const MOST_CELLS: f64 = 5e7;
/// The last level's probability that is left out.
const NEGLIGIBLE: f64 = 1e-14;
/// Steps of uniformization: thresholds of so many events at most.
const MOST_STEPS: f64 = 1e7;

/// Calls, and jobs of which one is begun whenever more than `reserved` agents are idle; whole agents.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BlendedJobs {
    /// Exponential patience, or none that ends.
    pub system: System,
    /// Agents kept free for calls.
    pub reserved: f64,
    /// Mean time of a job in seconds.
    pub job_aht: f64,
}

/// States are the jobs that might be in hand and are not, levels the calls present: state 0 is always reached.
struct Blend {
    agents: usize,
    /// Jobs in hand at most: agents less the reserve.
    most: usize,
    arrivals: f64,
    service: f64,
    finish: f64,
    leaving: f64,
}

impl Blend {
    /// Calls in service.
    fn served(&self, calls: usize, jobs: usize) -> usize {
        calls.min(self.agents - jobs)
    }

    /// Jobs in hand once those that may begin have: agents idle beyond the reserve take one.
    fn begun(&self, calls: usize, jobs: usize) -> usize {
        jobs.max(self.most.saturating_sub(calls))
    }
}

impl LevelRates for Blend {
    fn size(&self) -> usize {
        self.most + 1
    }

    fn from(&self, calls: usize, state: usize, rate: &mut dyn FnMut(usize, i8, f64)) {
        let jobs = self.most - state;
        let state_of = |calls: usize, jobs: usize| self.most - self.begun(calls, jobs);
        // A state that is never entered leads to the one that it would become.
        if jobs < self.begun(calls, jobs) {
            rate(state_of(calls, jobs), 0, self.service);
            return;
        }
        rate(state_of(calls + 1, jobs), 1, self.arrivals);
        let served = self.served(calls, jobs);
        let gone = served as f64 * self.service + (calls - served) as f64 * self.leaving;
        if calls > 0 {
            rate(state_of(calls - 1, jobs), -1, gone);
        }
        if jobs > 0 {
            rate(state_of(calls, jobs - 1), 0, jobs as f64 * self.finish);
        }
    }
}

/// Answered within the threshold, the same of an endlessly patient caller, answered in the end, and wait by those, of
/// a call with so many ahead and jobs in hand.
struct Waiting {
    in_time: Vec<Vec<f64>>,
    virtual_in_time: Vec<Vec<f64>>,
    ever: Vec<Vec<f64>>,
    wait: Vec<Vec<f64>>,
}

fn infeasible(parameter: &'static str, value: f64, why: &'static str) -> Error {
    Error::Infeasible { parameter, value, position: Vec::new(), why }
}

impl BlendedJobs {
    /// The columns of [`WideSystem::row`](super::WideSystem::row).
    ///
    /// # Errors
    /// [`Error::Infeasible`] for more agents or calls than can be held; [`Error::NotConverged`].
    pub fn row(&self, threshold: f64, definition: Definition) -> Result<[f64; 14]> {
        let System { agents, load, aht, patience, .. } = self.system;
        if agents > MOST_AGENTS {
            return Err(infeasible(
                "agents",
                agents,
                "jobs of another length need a chain of calls and jobs; at most 100 agents",
            ));
        }
        let blend = Blend {
            agents: agents as usize,
            most: (agents - self.reserved).max(0.0) as usize,
            arrivals: load / aht,
            service: 1.0 / aht,
            finish: 1.0 / self.job_aht,
            leaving: 1.0 / patience,
        };
        let levels = self.levels(&blend)?;
        let waiting = blend.waiting(levels.len(), threshold)?;
        Ok(self.row_of(&blend, &levels, &waiting, (threshold, definition)))
    }

    fn levels(&self, blend: &Blend) -> Result<Vec<Vec<f64>>> {
        let load = self.system.load;
        let cells = (blend.size() * blend.size()) as f64;
        let mut count = (load + 12.0 * load.sqrt() + self.system.agents + 60.0).ceil() as usize;
        loop {
            if count > MOST_CALLS || count as f64 * cells > MOST_CELLS {
                return Err(infeasible("load", load, "too many calls wait at a time"));
            }
            let found = stationary(blend, count)?;
            if found[count - 1].iter().sum::<f64>() < NEGLIGIBLE {
                return Ok(found);
            }
            count *= 2;
        }
    }

    fn row_of(
        &self,
        blend: &Blend,
        levels: &[Vec<f64>],
        waiting: &Waiting,
        (threshold, definition): (f64, Definition),
    ) -> [f64; 14] {
        let System { agents, load, patience, .. } = self.system;
        let [mut free, mut in_time, mut virtual_in_time, mut ever, mut wait] = [0.0; 5];
        let [mut queue, mut busy, mut jobs_done, mut served_now, mut total] = [0.0; 5];
        for (calls, states) in levels.iter().enumerate() {
            for (state, &probability) in states.iter().enumerate() {
                let jobs = blend.most - state;
                let served = blend.served(calls, jobs);
                let ahead = calls - served;
                total += probability;
                queue += probability * ahead as f64;
                busy += probability * (jobs + served) as f64;
                served_now += probability * served as f64;
                jobs_done += probability * jobs as f64 * blend.finish;
                if blend.agents > jobs + served {
                    free += probability;
                } else {
                    in_time += probability * waiting.in_time[ahead][jobs];
                    virtual_in_time += probability * waiting.virtual_in_time[ahead][jobs];
                    ever += probability * waiting.ever[ahead][jobs];
                    wait += probability * waiting.wait[ahead][jobs];
                }
            }
        }
        let answered = free + ever;
        let still = (total - free - virtual_in_time) * (-threshold / patience).exp();
        let within = free + in_time;
        let level = match definition {
            Definition::Offered => within,
            Definition::Answered => within / answered,
            Definition::ExcludeAbandonedWithin => within / (within + still),
            Definition::CountAbandonedWithin => total - still,
            Definition::Virtual => free + virtual_in_time,
        };
        [
            agents,
            load,
            total - free,
            level,
            queue * blend.leaving / blend.arrivals,
            wait / answered,
            queue / blend.arrivals,
            queue,
            busy / agents,
            0.0,
            queue + served_now,
            served_now / (blend.arrivals * answered),
            served_now,
            jobs_done,
        ]
    }
}

impl Blend {
    /// How many go, and to what, with `ahead` ahead and `jobs` in hand, all agents busy: calls answered, jobs
    /// finished, those ahead who hang up.
    fn departures(&self, ahead: usize, jobs: usize) -> [f64; 3] {
        [
            (self.agents - jobs) as f64 * self.service,
            jobs as f64 * self.finish,
            ahead as f64 * self.leaving,
        ]
    }

    /// The waits of a call, from those with fewer ahead.
    fn waiting(&self, levels: usize, threshold: f64) -> Result<Waiting> {
        let size = self.size();
        let mut ever = vec![vec![0.0; size]; levels];
        let mut wait = ever.clone();
        for ahead in 0..levels {
            for jobs in 0..size {
                let [answers, finishes, leaves] = self.departures(ahead, jobs);
                let rate = answers + finishes + leaves + self.leaving;
                let after = |table: &[Vec<f64>], at_once: f64| {
                    let next =
                        |jobs: usize| if ahead > 0 { table[ahead - 1][jobs] } else { at_once };
                    let finished = if jobs > 0 { finishes * next(jobs - 1) } else { 0.0 };
                    let left = if ahead > 0 { leaves * table[ahead - 1][jobs] } else { 0.0 };
                    (answers * next(jobs) + finished + left) / rate
                };
                let served = after(&ever, 1.0);
                let waited = served / rate + after(&wait, 0.0);
                ever[ahead][jobs] = served;
                wait[ahead][jobs] = waited;
            }
        }
        Ok(Waiting {
            in_time: self.in_time(levels, threshold, self.leaving)?,
            virtual_in_time: self.in_time(levels, threshold, 0.0)?,
            ever,
            wait,
        })
    }

    /// P(answered within the threshold) of a caller who hangs up at the rate `own`, by uniformization backwards.
    fn in_time(&self, levels: usize, threshold: f64, own: f64) -> Result<Vec<Vec<f64>>> {
        let size = self.size();
        let fastest = self.agents as f64 * self.service.max(self.finish)
            + (levels as f64 + 1.0) * self.leaving;
        let mean = fastest * threshold;
        let mut total = vec![vec![0.0; size]; levels];
        if mean == 0.0 {
            return Ok(total);
        }
        if mean > MOST_STEPS || mean.is_nan() {
            return Err(Error::Infeasible {
                parameter: "threshold",
                value: threshold,
                position: Vec::new(),
                why: "too many calls come and go within it",
            });
        }
        let steps = (mean + 10.0 * mean.sqrt() + 30.0).ceil() as usize;
        let mut answered = total.clone();
        for step in 0..=steps {
            let weight = crate::numeric::gamma::ln_poisson_mass(step as f64, mean).exp();
            for (sums, values) in total.iter_mut().zip(&answered) {
                for (sum, value) in sums.iter_mut().zip(values) {
                    *sum += weight * value;
                }
            }
            for ahead in (0..levels).rev() {
                for jobs in 0..size {
                    let [answers, finishes, leaves] = self.departures(ahead, jobs);
                    let rate = answers + finishes + leaves + own;
                    let next =
                        |jobs: usize| if ahead > 0 { answered[ahead - 1][jobs] } else { 1.0 };
                    let finished = if jobs > 0 { finishes * next(jobs - 1) } else { 0.0 };
                    let left = if ahead > 0 { leaves * answered[ahead - 1][jobs] } else { 0.0 };
                    answered[ahead][jobs] = (answers * next(jobs)
                        + finished
                        + left
                        + (fastest - rate) * answered[ahead][jobs])
                        / fastest;
                }
            }
        }
        Ok(total)
    }
}
