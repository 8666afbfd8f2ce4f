//! The states in which an arriving call is served at once.

use crate::numeric::gamma_tails::upper;

/// Weights beyond this are scaled by its inverse: 2^512.
const MOST: f64 = f64::from_bits((1023 + 512) << 52);
const SCALE: f64 = f64::from_bits((1023 - 512) << 52);

/// Weights of the states in which somebody is free, relative to the one in which nobody is and nobody
/// waits, whose weight is `full`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Servers {
    /// All of them.
    pub(super) below: f64,
    pub(super) full: f64,
    /// Departures per mean handle time once nobody is free.
    pub(super) capacity: f64,
    /// Agents with work and contacts in service, times the weights; missing where the load says it all.
    pub(super) busy: f64,
    pub(super) contacts: f64,
    /// The state with the fewest calls: all agents who may be are on jobs.
    pub(super) first: f64,
    /// Agents with work and contacts in service once nobody is free.
    pub(super) most_busy: f64,
    pub(super) most_contacts: f64,
}

impl Servers {
    /// Agents with a call each; `spare` is agents less load.
    pub(super) fn voice(agents: f64, load: f64, spare: f64) -> Self {
        Self {
            below: if agents > 0.0 { upper(agents, load, spare) } else { 0.0 },
            full: 1.0,
            capacity: agents,
            busy: f64::NAN,
            contacts: f64::NAN,
            first: 0.0,
            most_busy: agents,
            most_contacts: agents,
        }
    }

    /// Agents with up to as many chats each as there are handle times, those relative to the first;
    /// at most `lines` chats together. Chats are spread evenly.
    pub(super) fn chats(agents: f64, load: f64, slowdown: &[f64], lines: f64) -> Self {
        let places = (agents * slowdown.len() as f64).min(lines);
        // Contacts that an agent with so many finishes per handle time.
        let per = |chats: usize| if chats > 0 { chats as f64 / slowdown[chats - 1] } else { 0.0 };
        // Agents with `each` chats, and `more` of them with one more: a level of the chain.
        let rate = |each: usize, more: f64| {
            let base = agents * per(each);
            if more > 0.0 { base + more * (per(each + 1) - per(each)) } else { base }
        };
        let (mut each, mut more) = (0, 0.0);
        let (mut base, mut step) = (0.0, per(1));
        let next = |_count: f64| {
            more += 1.0;
            let value = base + more * step;
            if more == agents && each + 1 < slowdown.len() {
                (each, more) = (each + 1, 0.0);
                (base, step) = (agents * per(each), per(each + 1) - per(each));
            }
            value
        };
        let chain = Self::chain(0.0, places, load, next, |count| count.min(agents));
        let all = (places / agents).floor();
        Self { capacity: rate(all as usize, places - all * agents), ..chain }
    }

    /// Agents of whom so many as are not `reserved` take a job when no call waits.
    pub(super) fn blended(agents: f64, load: f64, reserved: f64) -> Self {
        let first = (agents - reserved).max(0.0);
        let chain = Self::chain(first, agents, load, |count| count, |count| count);
        // Jobs are no calls: those in service are what the load says.
        Self { capacity: agents, contacts: f64::NAN, ..chain }
    }

    /// The birth-death chain from `first` to `last` contacts.
    ///
    /// All terms are positive, relative to the state reached; one scale for all keeps them in binary64.
    fn chain(
        first: f64,
        last: f64,
        load: f64,
        mut rate: impl FnMut(f64) -> f64,
        busy: impl Fn(f64) -> f64,
    ) -> Self {
        let [mut below, mut busy_below, mut contacts, mut lowest] = [0.0; 4];
        let mut unit = 1.0;
        let mut count = first;
        while count < last {
            let weight = if count == first { unit } else { 0.0 };
            let ratio = rate(count + 1.0) / load;
            below = ratio * (unit + below);
            busy_below = ratio * (unit * busy(count) + busy_below);
            contacts = ratio * (unit * count + contacts);
            lowest = ratio * (weight + lowest);
            if below > MOST {
                for sum in [&mut unit, &mut below, &mut busy_below, &mut contacts, &mut lowest] {
                    *sum *= SCALE;
                }
            }
            count += 1.0;
        }
        Self {
            below,
            full: unit,
            capacity: f64::NAN,
            busy: busy_below,
            contacts,
            first: if last > first { lowest } else { unit },
            most_busy: busy(last),
            most_contacts: last,
        }
    }
}
