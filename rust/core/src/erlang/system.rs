//! Agents, load and times of a queue.

/// Agents, load and times of one queue in its steady state.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct System {
    /// Agents; a fraction stands for the analytic continuation.
    pub agents: f64,
    /// Offered load in erlangs: arrival rate times mean handle time.
    pub load: f64,
    /// Rounding error of `load`: the exact load is the sum of the two.
    ///
    /// Near load = agents half a unit in the last place of the load costs several digits of every wait,
    /// so a product of rates and times is kept in two pieces.
    pub load_low: f64,
    /// Mean handle time in seconds.
    pub aht: f64,
    /// Mean time in seconds before a caller hangs up: 0 is Erlang B, infinity Erlang C.
    pub patience: f64,
}

impl System {
    /// A system whose load is exact as given.
    #[inline(always)]
    pub fn new(agents: f64, load: f64, aht: f64, patience: f64) -> Self {
        Self { agents: least(agents), load: least(load), load_low: 0.0, aht, patience }
    }

    /// A system that `calls` within `interval` seconds are offered to.
    #[inline(always)]
    pub fn offered(agents: f64, calls: f64, aht: f64, interval: f64, patience: f64) -> Self {
        let (load, load_low) = offered_load(calls, aht, interval);
        Self { agents: least(agents), load: least(load), load_low, aht, patience }
    }

    /// The same system with other agents.
    #[must_use]
    pub fn with_agents(self, agents: f64) -> Self {
        Self { agents: least(agents), ..self }
    }

    /// The same system with another load, exact as given.
    #[must_use]
    pub fn with_load(self, load: f64) -> Self {
        Self { load: least(load), load_low: 0.0, ..self }
    }

    /// Agents less load: the spare agents, to full accuracy.
    #[inline(always)]
    pub fn spare(&self) -> f64 {
        (self.agents - self.load) - self.load_low
    }
}

/// The least agents or load above 0: from there down doubles lose their digits, and their quotients
/// leave binary64.
pub(super) const LEAST: f64 = 1e-290;

/// Agents or a load, but [`LEAST`] for less than that and more than nothing.
#[inline(always)]
fn least(value: f64) -> f64 {
    if (value > 0.0) & (value < LEAST) { LEAST } else { value }
}

/// Erlangs offered by `calls` of mean handle time `aht` within `interval`, and their rounding error.
///
/// No calls are no load, whatever their handle time would be.
#[inline(always)]
pub fn offered_load(calls: f64, aht: f64, interval: f64) -> (f64, f64) {
    if calls == 0.0 {
        return (0.0, 0.0);
    }
    let work = calls * aht;
    let work_low = calls.mul_add(aht, -work);
    let load = work / interval;
    let rest = load.mul_add(-interval, work) + work_low;
    let load_low = rest / interval;
    // An infinite load has no rounding error.
    (load, if load_low.is_finite() { load_low } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use super::offered_load;

    #[test]
    fn the_two_pieces_hold_the_quotient() {
        // The exact quotient of the binary64 numbers, by rational arithmetic.
        let (load, low) = offered_load(0.1, 0.1, 3.0);
        assert_eq!(load, 0.003333333333333334);
        assert!((low / -2.7755575615628914e-19 - 1.0).abs() < 1e-12);
        assert_eq!(offered_load(0.0, f64::NAN, 1800.0), (0.0, 0.0));
        assert_eq!(offered_load(1e200, 1e200, 1.0).0, f64::INFINITY);
    }
}
