//! Where arrivals meet their fates: what each finds, joined with what becomes of those who find that.

use crate::day::backward::{Apart, Backward, Chances, Change, Fates, Queue};
use crate::day::distribution::{Distribution, Look, Rates, TimeSpent, Transient};
use crate::day::effort::Effort;
use crate::day::panels::{NODES, Panel};
use crate::day::series::AtNodes;
use crate::day::{Interval, ShiftEnd};
use crate::error::Result;

/// Intervals in a row with the same rates of leaving and the same agents.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Regime {
    /// Its first interval.
    pub(super) from: usize,
    pub(super) start: f64,
    /// Infinite for the last: its values stay in force.
    pub(super) end: f64,
    pub(super) queue: Queue,
    /// The most callers who wait once it has started: set by the march through the day.
    pub(super) longest: usize,
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
                    longest: 0,
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

    /// When its end starts to matter to those who arrive with at most `ahead` callers ahead: before that
    /// they are answered or have hung up, and the deadlines of those who never would have passed.
    pub(super) fn matters_from(&self, ahead: usize, threshold: f64) -> f64 {
        if self.end.is_infinite() {
            return f64::INFINITY;
        }
        let deadline = if threshold.is_finite() { threshold } else { 0.0 };
        let settles = self.queue.settles_after(ahead);
        self.end - settles.max(deadline.min(self.queue.clears_after(ahead)))
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
    pub(super) rates: Rates,
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
    /// The calls in system then, or before: at what instant, and how many.
    pub(super) calls: (f64, Distribution),
    /// Panels from then to the end.
    pub(super) panels: Vec<Panel>,
    /// What is seen there; none where that is yet to be looked at.
    pub(super) looks: Option<Vec<Look>>,
}

impl Arrivals {
    /// Looks at `panels`, in order of time.
    fn look(&self, panels: &[Panel], transient: &mut Transient<'_>) -> Result<Vec<Look>> {
        let (from, mut calls) = self.calls.clone();
        let mut looks = looks(panels, from);
        let duration = panels.last().map_or(0.0, |panel| panel.to - from);
        let mut spent = TimeSpent::default();
        transient.advance(&self.rates, &mut calls, duration, &mut spent, &mut looks)?;
        Ok(looks)
    }
}

/// Looks at the nodes of `panels`, yet to be made, of what is advanced `from` an instant on.
pub(super) fn looks(panels: &[Panel], from: f64) -> Vec<Look> {
    let look = |panel: &Panel| Look {
        instants: panel.nodes().map(|(instant, _)| instant - from),
        ..Look::default()
    };
    panels.iter().map(look).collect()
}

/// Shares of the arrivals by what becomes of them; of waits the mean seconds.
#[derive(Debug)]
pub(super) struct Gathered {
    pub(super) answered_within: f64,
    pub(super) waiting_after: f64,
    pub(super) virtual_waiting_after: f64,
    pub(super) answered: f64,
    pub(super) for_ever: f64,
    pub(super) wait: f64,
    pub(super) wait_answered: f64,
}

/// Parts of [`Gathered`].
const PARTS: usize = 7;

type Sums = [f64; PARTS];

fn add(sums: &mut Sums, more: Sums) {
    for (sum, more) in sums.iter_mut().zip(more) {
        *sum += more;
    }
}

/// Panels are halved so many times at most.
const HALVINGS: usize = 12;

/// Sums below this share of an interval, or of the time between two calls, need not be known to as
/// many digits as others.
const SLIGHT: f64 = 1e-3;

/// The way back through the day, on which arrivals meet their fates.
pub(super) struct Meeting<'a> {
    effort: &'a Effort<'a>,
    regimes: Vec<Regime>,
    transient: Transient<'a>,
    tolerance: f64,
    backward: Backward<'a>,
    /// Fates at the start of the interval behind, and its regime.
    behind: Option<(usize, Fates)>,
}

impl<'a> Meeting<'a> {
    /// At the end of a day of such `regimes`.
    pub(super) fn new(
        regimes: Vec<Regime>,
        transient: Transient<'a>,
        tolerance: f64,
        effort: &'a Effort<'a>,
    ) -> Self {
        let backward = Backward::new(effort);
        Self { effort, regimes, transient, tolerance, backward, behind: None }
    }

    /// Joins what the arrivals of the interval next in turn find with their fates.
    ///
    /// Panels too long for what is summed over them are halved, and only they.
    pub(super) fn gather(&mut self, mut arrivals: Arrivals, threshold: f64) -> Result<Gathered> {
        let Self { effort, regimes, transient, backward, .. } = self;
        let Arrivals { ahead, start, end, rates, .. } = arrivals;
        let regime = &regimes[arrivals.regime];
        let settled = Fates::settled(&regime.queue, ahead);
        let lasting = Lasting {
            within: if threshold.is_finite() {
                let deadline = [threshold; NODES];
                Some(backward.chances_before_deadline(&regime.queue, &deadline, ahead)?)
            } else {
                None
            },
            patient: survival(&regime.queue, threshold),
        };
        let mut sums = [arrivals.below, 0.0, 0.0, arrivals.below, 0.0, 0.0, 0.0];
        let spent: Vec<AtNodes> = arrivals.spent.iter().map(|&seconds| [seconds; NODES]).collect();
        let parts = Shares::of(&settled, &spent).parts(lasting.by_deadline(&spent));
        add(&mut sums, parts.map(|part| part[0]));
        // From here on all is about how far fates are from those under rates that last.
        let apart = match self.behind.take() {
            Some((next, after)) if regime.end.is_finite() => {
                let change =
                    if next == arrivals.regime { Change::Forward(0) } else { regimes[next].change };
                let beyond = Fates::settled(&regimes[next].queue, ahead);
                Apart::of(&after.before(change, ahead, &beyond), &settled)
            }
            _ => Apart::of(&settled, &settled),
        };
        let slight = SLIGHT * (end - start).min(1.0 / rates.arrivals);
        let mut panels = std::mem::take(&mut arrivals.panels);
        let mut looks = match arrivals.looks.take() {
            Some(looks) => looks,
            None => arrivals.look(&panels, transient)?,
        };
        let mut at_start = None;
        for round in 0..=HALVINGS {
            let mut way = Way::from(end, apart.clone());
            let mut found = Vec::with_capacity(panels.len());
            for (&panel, look) in panels.iter().zip(&looks).rev() {
                effort.check()?;
                let place = Place { regimes, regime: arrivals.regime, ahead, threshold };
                let values = way.pass(&place, &lasting, panel, &look.seen, backward)?;
                found.push((panel, panel.sums(&values)));
            }
            at_start.get_or_insert(way);
            let mut all = sums;
            for (_, (more, _)) in &found {
                add(&mut all, *more);
            }
            let allowed = all.map(|sum| self.tolerance * sum.abs().max(slight));
            panels.clear();
            for (panel, (more, doubts)) in found.into_iter().rev() {
                let rough = doubts.iter().zip(allowed).any(|(doubt, most)| *doubt > most);
                if rough && round < HALVINGS {
                    panels.extend(panel.halves());
                } else {
                    add(&mut sums, more);
                }
            }
            if panels.is_empty() {
                break;
            }
            looks = arrivals.look(&panels, transient)?;
        }
        let Way { mut apart, time, mut at, .. } = at_start.expect("the first round");
        if arrivals.window <= start {
            let seconds = [time - start; NODES];
            backward.apart_at(&regime.queue, &seconds, regime.steady, &mut apart, &mut at)?;
        } else {
            apart = Apart::of(&settled, &settled);
        }
        self.behind = Some((arrivals.regime, apart.fates(&settled)));
        // Added up as the seconds of the parts are, so that no part of them is more than all.
        let all = arrivals.below + arrivals.spent.iter().fold(0.0, |sum, t| sum + t);
        let means = sums.map(|sum| sum.max(0.0) / all);
        // Differences from rates that last may be rounded beyond the ends.
        let [
            answered_within,
            waiting_after,
            virtual_waiting_after,
            answered,
            for_ever,
            wait,
            wait_answered,
        ] = means;
        let answered = answered.min(1.0);
        Ok(Gathered {
            answered_within: answered_within.min(answered),
            waiting_after: waiting_after.min(1.0),
            virtual_waiting_after: virtual_waiting_after.min(1.0),
            answered,
            for_ever: for_ever.min(1.0),
            wait,
            wait_answered,
        })
    }
}

/// Chances by a deadline under rates that last, if there is a deadline.
struct Lasting {
    within: Option<Chances>,
    /// Probability that a caller would wait until then.
    patient: f64,
}

impl Lasting {
    fn by_deadline(&self, seen: &[AtNodes]) -> Option<[AtNodes; 3]> {
        self.within.as_ref().map(|within| by_deadline(within, [self.patient; NODES], seen))
    }
}

/// Where callers arrive, and by when they are to be answered.
struct Place<'a> {
    regimes: &'a [Regime],
    regime: usize,
    ahead: usize,
    threshold: f64,
}

/// How far fates are from those under rates that last, at an instant on the way back.
struct Way {
    apart: Apart<f64>,
    time: f64,
    furthest: [Vec<f64>; 2],
    /// At the nodes of the last panel.
    at: Apart<AtNodes>,
}

impl Way {
    fn from(time: f64, apart: Apart<f64>) -> Self {
        Self { furthest: apart.furthest(), apart, time, at: Apart::default() }
    }

    /// Goes back over a panel; what those who arrive at its nodes get beyond what they would get under
    /// rates that last.
    fn pass(
        &mut self,
        place: &Place<'_>,
        lasting: &Lasting,
        panel: Panel,
        seen: &[AtNodes],
        backward: &mut Backward<'_>,
    ) -> Result<[AtNodes; PARTS]> {
        let regime = &place.regimes[place.regime];
        let instants = panel.nodes().map(|(instant, _)| instant);
        let of_fates = if counts(&self.furthest, seen) {
            let seconds = instants.map(|t| self.time - t);
            let Self { apart, at, .. } = self;
            backward.apart_at(&regime.queue, &seconds, regime.steady, apart, at)?;
            self.time = instants[0];
            self.furthest = self.apart.furthest();
            Shares::at(&self.at, seen)
        } else {
            Shares::default()
        };
        let crosses = instants[NODES - 1] + place.threshold > regime.end;
        let against_deadline = |within: &Chances| -> Result<[AtNodes; 3]> {
            if !crosses {
                return Ok(Default::default());
            }
            let lasting = by_deadline(within, [lasting.patient; NODES], seen);
            let (chances, patient) = place.chances(instants, backward)?;
            let then = by_deadline(&chances, patient, seen);
            Ok(std::array::from_fn(|part| {
                std::array::from_fn(|node| then[part][node] - lasting[part][node])
            }))
        };
        let of_deadline = lasting.within.as_ref().map(against_deadline).transpose()?;
        Ok(of_fates.parts(of_deadline))
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

impl Place<'_> {
    /// Chances at `instants` by deadlines beyond the end of the regime, all in the same one, and the
    /// probability that a caller would wait that long.
    fn chances(
        &self,
        instants: AtNodes,
        backward: &mut Backward<'_>,
    ) -> Result<(Chances, AtNodes)> {
        let Self { regimes, regime, threshold, .. } = *self;
        let last = regimes.partition_point(|r| r.start < instants[0] + threshold) - 1;
        let mut ahead = vec![self.ahead];
        for later in &regimes[regime + 1..=last] {
            ahead.push(later.change.after(ahead[ahead.len() - 1]).min(later.longest));
        }
        let spent = |place: usize| {
            let Regime { start, end, .. } = regimes[place];
            instants.map(|t| end.min(t + threshold) - start.max(t))
        };
        let (queue, seconds) = (&regimes[last].queue, spent(last));
        let mut chances =
            backward.chances_before_deadline(queue, &seconds, ahead[last - regime])?;
        let mut patient = seconds.map(|seconds| survival(queue, seconds));
        for place in (regime..last).rev() {
            let (queue, seconds) = (&regimes[place].queue, spent(place));
            chances = chances.before(regimes[place + 1].change, ahead[place - regime]);
            backward.chances(queue, &seconds, &mut chances)?;
            for node in 0..NODES {
                patient[node] *= survival(queue, seconds[node]);
            }
        }
        Ok((chances, patient))
    }
}
