//! What a queue is made of.

/// Agents, load and times of one queue in its steady state.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct System {
    /// Agents; a fraction stands for the analytic continuation.
    pub agents: f64,
    /// Offered load in erlangs: arrival rate times mean handle time.
    pub load: f64,
    /// What rounding took from `load`: the load meant is the sum of the two.
    ///
    /// Near load = agents one half unit in the last place of the load costs several digits of every
    /// wait, so whoever multiplies rates and times keeps the product in two pieces.
    pub load_low: f64,
    /// Mean handle time in seconds.
    pub aht: f64,
    /// Mean time in seconds before a caller hangs up: 0 is Erlang B, infinity Erlang C.
    pub patience: f64,
}

impl System {
    /// A system whose load is exact as given.
    pub fn new(agents: f64, load: f64, aht: f64, patience: f64) -> Self {
        Self { agents, load, load_low: 0.0, aht, patience }
    }

    /// The same system with other agents.
    #[must_use]
    pub fn with_agents(self, agents: f64) -> Self {
        Self { agents, ..self }
    }

    /// The same system with another load, exact as given.
    #[must_use]
    pub fn with_load(self, load: f64) -> Self {
        Self { load, load_low: 0.0, ..self }
    }

    /// Agents less load: the spare agents, to full accuracy.
    pub fn spare(&self) -> f64 {
        (self.agents - self.load) - self.load_low
    }
}
