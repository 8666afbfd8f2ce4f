//! The calendar of events: a heap of four children a node, ordered by time and then by kind.

/// What happens and when. Equal times go by tag, whose highest bits are the kind: the order in which
/// events of one instant take place does not depend on the order in which they were put down.
#[derive(Debug, Clone, Copy)]
pub(super) struct Event {
    pub(super) time: f64,
    pub(super) tag: u64,
}

impl Event {
    #[inline(always)]
    fn before(self, other: Self) -> bool {
        self.time < other.time || (self.time == other.time && self.tag < other.tag)
    }
}

/// Events to come.
///
/// The first is taken by leaving a hole at the root, which the next one put down fills: an agent who
/// takes the next call at once costs one descent instead of two.
#[derive(Debug, Default)]
pub(super) struct Calendar {
    events: Vec<Event>,
    hole: bool,
}

impl Calendar {
    pub(super) fn clear(&mut self) {
        self.events.clear();
        self.hole = false;
    }

    /// The time of the next event; infinite where there is none.
    #[inline(always)]
    pub(super) fn next_time(&mut self) -> f64 {
        if self.hole {
            self.close();
        }
        self.events.first().map_or(f64::INFINITY, |event| event.time)
    }

    /// Takes the next event. [`next_time`](Self::next_time) has been asked before and was finite.
    #[inline(always)]
    pub(super) fn take(&mut self) -> Event {
        self.hole = true;
        self.events[0]
    }

    /// Puts an event down; one that never happens is left out.
    #[inline(always)]
    pub(super) fn put(&mut self, time: f64, tag: u64) {
        if time == f64::INFINITY {
            return;
        }
        let event = Event { time, tag };
        if self.hole {
            self.hole = false;
            self.sink(event);
            return;
        }
        let mut index = self.events.len();
        self.events.push(event);
        while index > 0 {
            let parent = (index - 1) / 4;
            if !event.before(self.events[parent]) {
                break;
            }
            self.events[index] = self.events[parent];
            index = parent;
        }
        self.events[index] = event;
    }

    #[inline(never)]
    fn close(&mut self) {
        self.hole = false;
        if let Some(last) = self.events.pop()
            && !self.events.is_empty()
        {
            self.sink(last);
        }
    }

    /// Puts `event` at the root and lets it sink to its place.
    #[inline(always)]
    fn sink(&mut self, event: Event) {
        let events = self.events.as_mut_slice();
        let mut index = 0;
        loop {
            let first = 4 * index + 1;
            if first >= events.len() {
                break;
            }
            let mut least = first;
            for child in first + 1..(first + 4).min(events.len()) {
                if events[child].before(events[least]) {
                    least = child;
                }
            }
            if !events[least].before(event) {
                break;
            }
            events[index] = events[least];
            index = least;
        }
        events[index] = event;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Key;

    #[test]
    fn events_come_in_order_of_time_and_tag() {
        let mut stream = Key::new(3).stream();
        let mut calendar = Calendar::default();
        let mut expected = Vec::new();
        let mut seen = Vec::new();
        for turn in 0..3000_u64 {
            let (time, tag) = (stream.below(40) as f64, turn);
            calendar.put(time, tag);
            expected.push((time, tag));
            if stream.below(3) == 0 && calendar.next_time().is_finite() {
                let event = calendar.take();
                expected.sort_by(|a, b| a.partial_cmp(b).unwrap());
                assert_eq!(expected.remove(0), (event.time, event.tag));
                seen.push(event.tag);
            }
        }
        expected.sort_by(|a, b| a.partial_cmp(b).unwrap());
        for (time, tag) in expected {
            assert_eq!(calendar.next_time(), time);
            assert_eq!(calendar.take().tag, tag);
        }
        assert!(calendar.next_time().is_infinite() && seen.len() > 800);
    }
}
