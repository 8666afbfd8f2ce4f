//! A queue of limited places whose callers hang up after an exponential time, or not at all.

use super::sums::QueueSums;

/// Weights beyond this are scaled by its inverse: 2^512.
const LARGE: f64 = f64::from_bits((1023 + 512) << 52);
const SMALL: f64 = f64::from_bits((1023 - 512) << 52);
/// e^-x of more is taken out as an exponent.
const DEEP: f64 = 600.0;
/// Terms of the tail fall by this share in the end: 4e5 of them are enough.
const SLOWEST: f64 = 1e-4;

/// Rates in units of the mean handle time, and the threshold in those units.
#[derive(Debug, Clone, Copy)]
pub(super) struct FiniteQueue {
    /// Arrivals.
    pub(super) load: f64,
    /// Departures while all agents are busy.
    pub(super) capacity: f64,
    /// Hang-ups of one caller.
    pub(super) leaving: f64,
    /// Callers that can wait, at least one.
    pub(super) places: u32,
    /// NaN where nothing by a threshold is wanted.
    pub(super) threshold: f64,
    /// Seconds.
    pub(super) aht: f64,
}

/// P(so many of those ahead are gone within the threshold), from none on, by the recursion of the
/// negative binomial distribution; without hang-ups, of Poisson's.
struct DeparturesAhead {
    capacity: f64,
    leaving: f64,
    /// The probability of the number reached, e^`exponent` left out.
    probability: f64,
    exponent: f64,
    /// The same, up to the number reached.
    up_to: f64,
    /// The part of them that are followed by a service, times its rate.
    served_up_to: f64,
    /// (1 - e^-(leaving threshold)) / leaving, and e^-(leaving threshold).
    span: f64,
    left: f64,
}

impl DeparturesAhead {
    fn new(queue: &FiniteQueue) -> Self {
        let FiniteQueue { capacity, leaving, threshold, .. } = *queue;
        let depth = capacity * threshold;
        let gone = -(-leaving * threshold).exp_m1();
        let span = if leaving * threshold > 0.0 { gone / leaving } else { threshold };
        let shallow = depth < DEEP;
        Self {
            capacity,
            leaving,
            probability: if shallow { (-depth).exp() } else { 1.0 },
            exponent: if shallow { 0.0 } else { -depth },
            up_to: 0.0,
            served_up_to: 0.0,
            span,
            left: (-leaving * threshold).exp(),
        }
    }

    /// Counts that `gone` are, and goes on to the next number.
    fn take(&mut self, gone: f64) {
        let rate = self.capacity + gone * self.leaving;
        self.up_to += self.probability;
        self.served_up_to += self.probability * self.left * rate;
        self.probability *= self.span * rate / (gone + 1.0);
    }

    /// Keeps the sums in binary64; whether they had to be scaled down by [`SMALL`].
    fn scale(&mut self) -> bool {
        let large = self.probability > LARGE;
        if large {
            for sum in [&mut self.probability, &mut self.up_to, &mut self.served_up_to] {
                *sum *= SMALL;
            }
            self.exponent += 512.0 * std::f64::consts::LN_2;
        }
        large
    }

    /// What remains of the numbers from `reached` on: probability, and services.
    fn tail(&self, reached: f64) -> [f64; 2] {
        let scale = self.exponent.exp();
        let (up_to, served_up_to) = (self.up_to * scale, self.served_up_to * scale);
        // Long after everybody has lost patience the terms fall like 1/k up to e^(leaving threshold).
        if up_to < 0.9 || self.left < SLOWEST {
            return [1.0 - up_to, (self.capacity - served_up_to).max(0.0)];
        }
        let (mut probability, mut k) = (self.probability * scale, reached);
        let mut sums = [0.0, 0.0];
        // Beyond the mean, so that terms fall: bounded by where they leave the doubles.
        while probability > f64::EPSILON * 1e-3 * sums[0] && k < 1e9 {
            let rate = self.capacity + k * self.leaving;
            sums[0] += probability;
            sums[1] += probability * self.left * rate;
            probability *= self.span * rate / (k + 1.0);
            k += 1.0;
        }
        sums
    }
}

impl FiniteQueue {
    /// The sums, by one pass over the places from the first on; all terms are positive.
    ///
    /// With j ahead, C the capacity and theta the rate of leaving, a caller is answered with probability
    /// C / (C + (j+1) theta), and the number of those ahead who are gone by T is negative binomial; sums over j and
    /// over that number are taken in one pass by exchanging their order.
    pub(super) fn sums(&self) -> QueueSums {
        if self.threshold == f64::INFINITY {
            let sums = Self { threshold: 0.0, ..*self }.sums();
            let admitted = sums.all - sums.full;
            let gone = if self.leaving > 0.0 { 1.0 } else { 0.0 };
            return QueueSums {
                in_time: sums.served,
                late: 0.0,
                virtual_in_time: admitted,
                virtual_late: 0.0,
                left: 1.0 - gone,
                gone,
                ..sums
            };
        }
        let mut pass = Pass::new(self);
        for ahead in 0..self.places {
            pass.add(self, f64::from(ahead), ahead + 1 == self.places);
            if pass.weight == 0.0 {
                break;
            }
        }
        pass.finish(self)
    }
}

/// P(a caller with so many ahead is answered within the threshold), rates and times in one unit.
pub(super) fn answered_behind(ahead: u32, queue: &FiniteQueue) -> f64 {
    let mut departures = DeparturesAhead::new(queue);
    for gone in 0..=ahead {
        departures.take(f64::from(gone));
        departures.scale();
    }
    let [_, served] = departures.tail(f64::from(ahead + 1));
    served / (queue.capacity + f64::from(ahead + 1) * queue.leaving)
}

/// The running sums.
struct Pass {
    /// Of the state with so many waiting as were ahead of the last caller.
    weight: f64,
    unit: f64,
    admitted: f64,
    /// Of weights over the rate of departures behind the caller.
    over_rate: f64,
    wait: f64,
    served_wait: f64,
    lost_wait: f64,
    /// Sums of 1 / (C + i theta), and of i theta / (C + i theta).
    services: f64,
    leavings: f64,
    ahead: DeparturesAhead,
    in_time: f64,
    late: f64,
    virtual_in_time: f64,
    virtual_late: f64,
    reached: f64,
}

impl Pass {
    fn new(queue: &FiniteQueue) -> Self {
        Self {
            weight: 1.0,
            unit: 1.0,
            admitted: 0.0,
            over_rate: 0.0,
            wait: 0.0,
            served_wait: 0.0,
            lost_wait: 0.0,
            services: 0.0,
            leavings: 0.0,
            ahead: DeparturesAhead::new(queue),
            in_time: 0.0,
            late: 0.0,
            virtual_in_time: 0.0,
            virtual_late: 0.0,
            reached: 0.0,
        }
    }

    /// Takes the caller with `j` ahead.
    fn add(&mut self, queue: &FiniteQueue, j: f64, last: bool) {
        let FiniteQueue { load, capacity, leaving, .. } = *queue;
        let rate = 1.0 / (capacity + (j + 1.0) * leaving);
        let w = self.weight;
        let over = w * rate;
        // Where the next weight is 0 nobody more is there to wait: what remains of the departures is all of
        // this caller's, as of the last place's.
        let last = last || over * load == 0.0;
        self.services += rate;
        self.leavings += (j + 1.0) * leaving * rate;
        self.admitted += w;
        self.over_rate += over;
        self.wait += over * (j + 1.0);
        self.served_wait += over * self.services;
        self.lost_wait += over * self.leavings;
        let t = &mut self.ahead;
        t.take(j);
        self.virtual_late += w * t.up_to;
        self.late += over * t.served_up_to;
        if !last {
            self.virtual_in_time += t.probability * self.admitted;
            self.in_time +=
                t.probability * t.left * (capacity + (j + 1.0) * leaving) * self.over_rate;
        }
        self.reached = j + 1.0;
        self.weight = over * load;
        self.scale();
    }

    fn scale(&mut self) {
        if self.weight > LARGE {
            for sum in [
                &mut self.weight,
                &mut self.unit,
                &mut self.admitted,
                &mut self.over_rate,
                &mut self.wait,
                &mut self.served_wait,
                &mut self.lost_wait,
            ] {
                *sum *= SMALL;
            }
            self.scale_timed(SMALL);
        }
        if self.ahead.scale() {
            self.scale_timed(SMALL);
        }
    }

    fn scale_timed(&mut self, factor: f64) {
        for sum in
            [&mut self.in_time, &mut self.late, &mut self.virtual_in_time, &mut self.virtual_late]
        {
            *sum *= factor;
        }
    }

    fn finish(self, queue: &FiniteQueue) -> QueueSums {
        let FiniteQueue { capacity, leaving, aht, .. } = *queue;
        let scale = self.ahead.exponent.exp();
        let [tail, served_tail] = self.ahead.tail(self.reached);
        QueueSums {
            unit: self.unit,
            all: self.admitted + self.weight,
            full: self.weight,
            served: capacity * self.over_rate,
            lost: leaving * self.wait,
            wait: aht * self.wait,
            served_wait: aht * capacity * self.served_wait,
            lost_wait: aht * self.lost_wait,
            in_time: self.in_time * scale + served_tail * self.over_rate,
            late: self.late * scale,
            virtual_in_time: self.virtual_in_time * scale + tail * self.admitted,
            virtual_late: self.virtual_late * scale,
            left: self.ahead.left,
            gone: -(-leaving * queue.threshold).exp_m1(),
        }
    }
}
