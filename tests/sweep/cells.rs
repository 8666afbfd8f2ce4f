//! Random systems over the whole domain, dense where the core changes its way of computing.

use crate::double_double::Double;
use crate::integrals::Queue;

/// What is asked: a system, and the times and shares that its measures need.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cell {
    pub(crate) agents: f64,
    pub(crate) load: f64,
    pub(crate) load_low: f64,
    pub(crate) aht: f64,
    pub(crate) patience: f64,
    pub(crate) threshold: f64,
    pub(crate) quantile: f64,
    pub(crate) hold_time: f64,
}

impl Cell {
    /// In the order of the fields.
    pub(crate) fn from_fields(fields: [f64; 8]) -> Self {
        let [agents, load, load_low, aht, patience, threshold, quantile, hold_time] = fields;
        Self { agents, load, load_low, aht, patience, threshold, quantile, hold_time }
    }

    pub(crate) fn queue(&self) -> Queue {
        Queue {
            agents: self.agents.into(),
            load: Double::from(self.load) + Double::from(self.load_low),
            aht: self.aht.into(),
            patience: self.patience.into(),
        }
    }
}

/// Random numbers: the splitmix64 sequence (Steele, Lea and Flood 2014).
pub(crate) struct Random(u64);

impl Random {
    /// Another sequence for every pair.
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        let mut random = Self(seed);
        Self(random.bits() ^ stream.wrapping_mul(0xd1342543de82ef95))
    }

    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e3779b97f4a7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58476d1ce4e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d049bb133111eb);
        z ^ (z >> 31)
    }

    /// In 0..1.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Every order of magnitude as likely.
    pub(crate) fn magnitude(&mut self, low: f64, high: f64) -> f64 {
        self.between(low.ln(), high.ln()).exp()
    }

    pub(crate) fn chance(&mut self, share: f64) -> bool {
        self.unit() < share
    }

    pub(crate) fn one_of<T: Copy>(&mut self, values: &[T]) -> T {
        values[(self.unit() * values.len() as f64) as usize]
    }

    fn normal(&mut self) -> f64 {
        // The sum of twelve is near enough: only the range matters.
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }

    fn agents(&mut self) -> f64 {
        // Where one way to compute the tails ends and another begins, from both sides.
        const SEAMS: [f64; 8] = [1.0, 2.0, 23.0, 24.0, 25.0, 111.0, 112.0, 113.0];
        let kind = self.unit();
        if kind < 0.01 {
            0.0
        } else if kind < 0.2 {
            self.between(1.0, 31.0).floor()
        } else if kind < 0.6 {
            self.magnitude(1.0, 1e6).round()
        } else if kind < 0.9 {
            self.magnitude(1e-3, 1e6)
        } else {
            let beside = self.one_of(&[0.0, 0.0, 1e-13, 1e-9, -1e-13, -1e-9, 0.5]);
            self.one_of(&SEAMS) * (1.0 + beside)
        }
    }

    fn ratio(&mut self, agents: f64) -> f64 {
        let kind = self.unit();
        let near = if kind < 0.45 {
            3.0 * self.normal() / agents.sqrt()
        } else if kind < 0.57 {
            self.magnitude(1e-15, 0.3) * self.one_of(&[-1.0, 1.0])
        } else if kind < 0.59 {
            0.0
        } else if kind < 0.64 {
            self.one_of(&[0.35, 0.36, 2.45, 2.4]) * (1.0 + 1e-3 * self.normal()) - 1.0
        } else {
            99.0
        };
        if (-0.99..99.0).contains(&near) { 1.0 + near } else { self.magnitude(0.01, 100.0) }
    }

    fn patience(&mut self, aht: f64, agents: f64) -> f64 {
        let kind = self.unit();
        if kind < 0.2 {
            f64::INFINITY
        } else if kind < 0.26 {
            0.0
        } else if kind < 0.55 {
            self.magnitude(1e-6, 1e9)
        } else if kind < 0.65 && agents > 0.0 {
            // Where the queue's own parameter c = agents x patience / handle time crosses a seam.
            let seam = self.one_of(&[1.0, 23.0, 24.0, 25.0, 112.0]) * self.between(0.95, 1.05);
            (seam * aht / agents).clamp(1e-6, 1e9)
        } else {
            self.magnitude(10.0, 3600.0)
        }
    }

    fn threshold(&mut self, cell: &Cell) -> f64 {
        let Cell { agents, load, aht, patience, .. } = *cell;
        let kind = self.unit();
        let spread = self.magnitude(0.05, 20.0);
        if kind < 0.05 {
            0.0
        } else if kind < 0.1 {
            f64::INFINITY
        } else if kind < 0.2 {
            self.magnitude(1e-9, 1.0)
        } else if kind < 0.6 {
            self.magnitude(1.0, 3600.0)
        } else if kind < 0.8 || patience.is_infinite() || load <= agents {
            // As long as waits are.
            spread * aht / ((agents - load).abs() + agents.sqrt() + 1e-3)
        } else {
            // Around the wait that the offered load wears down to the agents in.
            patience * (load / agents.max(1e-3)).ln() * (1.0 + 0.1 * (spread - 1.0))
        }
    }

    pub(crate) fn cell(&mut self) -> Cell {
        let agents = self.agents();
        let aht =
            if self.chance(0.6) { self.magnitude(30.0, 1800.0) } else { self.magnitude(0.1, 1e5) };
        let load = if self.chance(0.005) {
            0.0
        } else if agents == 0.0 {
            self.magnitude(1e-6, 1e6)
        } else {
            agents * self.ratio(agents)
        };
        let mut cell = Cell {
            agents,
            load,
            load_low: 0.0,
            aht,
            patience: self.patience(aht, agents),
            threshold: 0.0,
            quantile: 0.0,
            hold_time: self.magnitude(1.0, 1000.0),
        };
        if self.chance(0.2) {
            cell.load_low = self.between(-0.5, 0.5) * (load.next_up() - load);
        }
        let threshold = self.threshold(&cell);
        cell.threshold = if threshold.is_nan() { 0.0 } else { threshold.max(0.0) };
        let kind = self.unit();
        cell.quantile = if kind < 0.3 {
            self.one_of(&[0.0, 0.5, 0.8, 0.95, 0.99, 1.0])
        } else if kind < 0.8 {
            self.unit()
        } else {
            1.0 - self.magnitude(1e-12, 1.0)
        };
        cell
    }
}
