//! Where arrivals meet their fates: what each finds, joined with what becomes of those who find that.

use crate::day::fate::{Apart, Backward, Chances, Change, Fates, Queue};
use crate::day::panels::{NODES, Panel};
use crate::day::series::AtNodes;
use crate::day::{Interval, ShiftEnd};

/// Intervals in a row with the same rates of leaving and the same agents.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Regime {
    /// Its first interval.
    pub(super) from: usize,
    pub(super) start: f64,
    /// Infinite for the last: its values stay in force.
    pub(super) end: f64,
    pub(super) queue: Queue,
    /// Whether callers hang up at the same rate from here on.
    pub(super) steady: bool,
    /// What its start does to those who wait.
    change: Change,
}

impl Regime {
    pub(super) fn of_day(intervals: &[Interval]) -> Vec<Self> {
        let mut regimes: Vec<Self> = Vec::new();
        let mut time = 0.0;
        for (from, interval) in intervals.iter().enumerate() {
            let rates = interval.rates();
            let before = from.checked_sub(1).map(|before| &intervals[before]);
            let same = before.is_some_and(|before| {
                let earlier = before.rates();
                (earlier.agents, earlier.service, earlier.hanging_up)
                    == (rates.agents, rates.service, rates.hanging_up)
            });
            if !same {
                let agents = before.map_or(0, |before| before.agents);
                let change = if rates.agents >= agents || interval.shift_end != ShiftEnd::Preempt {
                    Change::Forward(rates.agents.saturating_sub(agents))
                } else {
                    Change::Back(agents - rates.agents)
                };
                if let Some(last) = regimes.last_mut() {
                    last.end = time;
                }
                let queue = Queue {
                    answers: rates.agents as f64 * rates.service,
                    hanging_up: rates.hanging_up,
                };
                regimes.push(Self {
                    from,
                    start: time,
                    end: f64::INFINITY,
                    queue,
                    steady: true,
                    change,
                });
            }
            time += interval.length;
        }
        for place in (1..regimes.len()).rev() {
            let [earlier, later] = [place - 1, place].map(|at| &regimes[at]);
            regimes[place - 1].steady =
                later.steady && earlier.queue.hanging_up == later.queue.hanging_up;
        }
        regimes
    }

    /// The most calls that its start sends back to the queue.
    pub(super) fn comes_back(&self) -> usize {
        match self.change {
            Change::Back(places) => places,
            Change::Forward(_) => 0,
        }
    }
}

/// What the arrivals of an interval find.
#[derive(Debug)]
pub(super) struct Arrivals {
    pub(super) regime: usize,
    /// The most callers that one who waits may have ahead.
    pub(super) ahead: usize,
    pub(super) start: f64,
    pub(super) end: f64,
    /// Seconds with an agent free.
    pub(super) below: f64,
    /// Seconds with all agents busy and 0, 1, 2, ... waiting.
    pub(super) spent: Vec<f64>,
    /// From here on a change of the rates matters to those who arrive.
    pub(super) window: f64,
    /// Probabilities of all agents busy and 0, 1, 2, ... waiting at the nodes of the panels after it.
    pub(super) panels: Vec<(Panel, Vec<AtNodes>)>,
}

/// Seconds of arriving, weighted by what becomes of those who arrive.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub(super) answered_within: f64,
    pub(super) waiting_after: f64,
    pub(super) virtual_waiting_after: f64,
    pub(super) answered: f64,
    pub(super) for_ever: f64,
    pub(super) wait: f64,
    pub(super) wait_answered: f64,
    /// How far the panels' sums may be off; of waits, by seconds a second of them.
    pub(super) doubt: f64,
}

impl Arrivals {
    /// Joins what the arrivals find with their fates; `fates` are those at the interval's end, of the
    /// next interval's callers, and become those at its start.
    pub(super) fn gather(
        &self,
        regimes: &[Regime],
        threshold: f64,
        backward: &mut Backward,
        fates: &mut Option<(usize, Fates)>,
    ) -> Gathered {
        let regime = &regimes[self.regime];
        let settled = Fates::settled(&regime.queue, self.ahead);
        let within = common_chances(&regime.queue, threshold, self.ahead, backward);
        let patient = survival(&regime.queue, threshold);
        let mut sums =
            Gathered { answered_within: self.below, answered: self.below, ..Gathered::default() };
        let spent: Vec<AtNodes> = self.spent.iter().map(|&seconds| [seconds; NODES]).collect();
        let lasting = Shares::of(&settled, &spent);
        let of_within = within.as_ref().map(|within| by_deadline(within, [patient; NODES], &spent));
        for (sum, part) in sums.parts().into_iter().zip(lasting.parts(of_within)) {
            *sum += part[0];
        }
        // From here on all is about how far fates are from those under rates that last.
        let mut apart = match fates.take() {
            Some((next, after)) if regime.end.is_finite() => {
                let change =
                    if next == self.regime { Change::Forward(0) } else { regimes[next].change };
                let beyond = Fates::settled(&regimes[next].queue, self.ahead);
                Apart::of(&after.before(change, self.ahead, &beyond), &settled)
            }
            _ => Apart::of(&settled, &settled),
        };
        let mut time = self.end;
        let mut furthest = apart.furthest();
        let mut at = Apart::default();
        for (panel, seen) in self.panels.iter().rev() {
            let nodes = panel.nodes();
            let instants = nodes.map(|(instant, _)| instant);
            let crossed = instants[NODES - 1] + threshold > regime.end && threshold.is_finite();
            let matters = counts(&furthest, seen);
            if !crossed && !matters {
                continue;
            }
            let of_fates = if matters {
                let seconds = instants.map(|t| time - t);
                backward.apart_at(&regime.queue, &seconds, regime.steady, &mut apart, &mut at);
                time = instants[0];
                furthest = apart.furthest();
                Shares::at(&at, seen)
            } else {
                Shares::default()
            };
            let of_deadline = match &within {
                Some(within) if crossed => {
                    let (chances, patient_at) =
                        chances(regimes, self.regime, instants, threshold, self.ahead, backward);
                    let then = by_deadline(&chances, patient_at, seen);
                    let lasting = by_deadline(within, [patient; NODES], seen);
                    Some(std::array::from_fn(|part| {
                        std::array::from_fn(|node| then[part][node] - lasting[part][node])
                    }))
                }
                Some(_) => Some([[0.0; NODES]; 3]),
                None => None,
            };
            for (part, values) in of_fates.parts(of_deadline).into_iter().enumerate() {
                *sums.parts()[part] +=
                    nodes.iter().zip(&values).fold(0.0, |sum, ((_, s), value)| sum + s * value);
                // Of waits, in units of the longest patience worth the name of a share's error.
                let unit = if part >= FIRST_WAIT {
                    let seconds = [lasting.wait, lasting.wait_answered][part - FIRST_WAIT][0];
                    1.0 + seconds / (self.end - self.start)
                } else {
                    1.0
                };
                sums.doubt = sums.doubt.max(panel.doubt(&values) / unit);
            }
        }
        if self.window <= self.start {
            let seconds = [time - self.start; NODES];
            backward.apart_at(&regime.queue, &seconds, regime.steady, &mut apart, &mut at);
        } else {
            apart = Apart::of(&settled, &settled);
        }
        *fates = Some((self.regime, apart.fates(&settled)));
        sums
    }
}

/// Differences below this do not count: of shares, and of seconds.
const SETTLED: f64 = 1e-15;

/// Whether differences count, the `furthest` of them with up to so many ahead, for those who have `seen`
/// so many, then or before.
///
/// Going back in time they only shrink: each fate becomes a mean of those with fewer ahead.
fn counts(furthest: &[Vec<f64>; 2], seen: &[AtNodes]) -> bool {
    furthest.iter().any(|apart| {
        let most = dot(seen, apart.iter().map(|&value| [value; NODES]));
        most.iter().any(|&value| value > SETTLED)
    })
}

/// What nodes see against a measure of those with 0, 1, 2, ... ahead.
fn dot(seen: &[AtNodes], measure: impl Iterator<Item = AtNodes>) -> AtNodes {
    let mut sum = [0.0; NODES];
    for (seen, measure) in seen.iter().zip(measure) {
        for node in 0..NODES {
            sum[node] += seen[node] * measure[node];
        }
    }
    sum
}

/// What becomes of arrivals at nodes: probabilities, and waits in seconds.
#[derive(Debug, Default)]
struct Shares {
    answered: AtNodes,
    for_ever: AtNodes,
    wait: AtNodes,
    wait_answered: AtNodes,
}

impl Shares {
    fn of(fates: &Fates, seen: &[AtNodes]) -> Self {
        let of = |measure: &[f64]| dot(seen, measure[1..].iter().map(|&value| [value; NODES]));
        Self {
            answered: of(&fates.answered),
            for_ever: of(&fates.for_ever),
            wait: of(&fates.wait),
            wait_answered: of(&fates.wait_answered),
        }
    }

    fn at(apart: &Apart<AtNodes>, seen: &[AtNodes]) -> Self {
        let of = |measure: &[AtNodes]| dot(seen, measure[1..].iter().copied());
        Self {
            answered: of(&apart.answered),
            for_ever: of(&apart.for_ever),
            wait: of(&apart.wait),
            wait_answered: of(&apart.wait_answered),
        }
    }

    /// In the order of [`Gathered::parts`]; without a deadline all that counts is to be answered ever.
    fn parts(&self, by_deadline: Option<[AtNodes; 3]>) -> [AtNodes; PARTS] {
        let [within, after, virtually] =
            by_deadline.unwrap_or([self.answered, self.for_ever, self.for_ever]);
        [within, after, virtually, self.answered, self.for_ever, self.wait, self.wait_answered]
    }
}

/// Probabilities to be answered by the deadline, to wait then still, and so if one never hung up.
fn by_deadline(chances: &Chances, patient: AtNodes, seen: &[AtNodes]) -> [AtNodes; 3] {
    let [within, waiting] = [&chances.answered, &chances.waiting]
        .map(|measure| dot(seen, measure[1..].iter().copied()));
    [within, std::array::from_fn(|node| patient[node] * waiting[node]), waiting]
}

/// Parts of [`Gathered`] that are summed over nodes.
const PARTS: usize = 7;

/// The first of them that is a time and no share.
const FIRST_WAIT: usize = 5;

impl Gathered {
    fn parts(&mut self) -> [&mut f64; PARTS] {
        [
            &mut self.answered_within,
            &mut self.waiting_after,
            &mut self.virtual_waiting_after,
            &mut self.answered,
            &mut self.for_ever,
            &mut self.wait,
            &mut self.wait_answered,
        ]
    }
}

/// Probability that a caller would wait so many seconds.
fn survival(queue: &Queue, seconds: f64) -> f64 {
    if queue.hanging_up == 0.0 {
        1.0
    } else if queue.hanging_up.is_infinite() {
        0.0
    } else {
        (-queue.hanging_up * seconds).exp()
    }
}

/// Chances by a deadline under rates that last; none without a deadline.
fn common_chances(
    queue: &Queue,
    threshold: f64,
    ahead: usize,
    backward: &mut Backward,
) -> Option<Chances> {
    threshold.is_finite().then(|| {
        let mut chances = Chances::at_deadline(ahead);
        backward.common_chances(queue, &[threshold; NODES], &mut chances);
        chances
    })
}

/// Chances at `instants` by deadlines beyond the end of the regime, all in the same one, and the
/// probability that a caller would wait that long.
fn chances(
    regimes: &[Regime],
    regime: usize,
    instants: AtNodes,
    threshold: f64,
    ahead: usize,
    backward: &mut Backward,
) -> (Chances, AtNodes) {
    let last = regimes.partition_point(|r| r.start < instants[0] + threshold) - 1;
    let mut ahead =
        ahead + regimes[regime + 1..=last].iter().map(Regime::comes_back).sum::<usize>();
    let mut chances = Chances::at_deadline(ahead);
    let mut patient = [1.0; NODES];
    for place in (regime..=last).rev() {
        let Regime { start, end, queue, change, .. } = &regimes[place];
        let seconds = instants.map(|t| end.min(t + threshold) - start.max(t));
        if place == last {
            backward.common_chances(queue, &seconds, &mut chances);
        } else {
            backward.chances(queue, &seconds, &mut chances);
        }
        for node in 0..NODES {
            patient[node] *= survival(queue, seconds[node]);
        }
        if place > regime {
            ahead -= regimes[place].comes_back();
            chances = chances.before(*change, ahead);
        }
    }
    (chances, patient)
}
