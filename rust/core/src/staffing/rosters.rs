//! The rules that a roster breaks: rest, runs of days, hours, weekends, nights, leave.

use crate::error::Result;
use crate::threads::Watch;

/// A stretch of time that an agent is on the roster for.
#[derive(Debug, Clone, Copy)]
pub struct Stretch {
    /// Number of the agent.
    pub agent: usize,
    /// Seconds since 1970.
    pub start: i64,
    /// Seconds since 1970; after `start`.
    pub end: i64,
    /// The local day on which it starts, counted from 1970-01-01.
    pub day: i64,
    /// Number of the kind of shift, -1 where it has none.
    pub kind: i64,
    /// Whether the agent is at work at night.
    pub night: bool,
    /// Whether it belongs to the roster being checked, not to what was before it.
    pub counted: bool,
    /// Paid seconds.
    pub paid: f64,
}

/// What one agent may do at most; infinite where nothing limits it.
#[derive(Debug, Clone, Copy)]
pub struct AgentLimits {
    /// Days in a row.
    pub consecutive_days: f64,
    /// Paid seconds from Monday to Sunday.
    pub week_seconds: f64,
    /// Days from Monday to Sunday.
    pub week_days: f64,
    /// Paid seconds of the whole roster.
    pub seconds: f64,
    /// Weekends of the roster with a shift on Saturday or Sunday.
    pub weekends: f64,
    /// Night shifts of the roster.
    pub nights: f64,
}

/// What all agents keep to.
#[derive(Debug, Clone, Copy)]
pub struct Spacing {
    /// Seconds between the end of a shift and the start of the next on another day.
    pub rest: i64,
    /// Least and most seconds between two shifts of one day; None where a day has one shift.
    pub split: Option<(i64, i64)>,
}

/// One rule broken once.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Broken {
    /// Name of the rule.
    pub rule: &'static str,
    /// Row of the duty that breaks it, of those handed over.
    pub row: usize,
    /// What it is, in the unit of the limit.
    pub amount: f64,
    /// What it may be.
    pub limit: f64,
}

const DAYS_OF_WEEK: i64 = 7;
/// 1970-01-01 was a Thursday, three days after a Monday.
const THURSDAY: i64 = 3;
const SATURDAY: i64 = 5;

/// Weeks begin on Monday.
pub fn week(day: i64) -> i64 {
    (day + THURSDAY).div_euclid(DAYS_OF_WEEK)
}

/// Whether a day is a Saturday or Sunday.
pub fn is_weekend(day: i64) -> bool {
    (day + THURSDAY).rem_euclid(DAYS_OF_WEEK) >= SATURDAY
}

/// Every broken rule, by agent and time.
///
/// `duties` come in any order; those of one agent that touch, and are of one kind, are one shift. `away` holds
/// the agent and the ends of times when they cannot work. `limits` has an entry for every agent.
///
/// # Errors
/// [`crate::Error::Interrupted`].
pub fn check(
    duties: &[Stretch],
    away: &[(usize, i64, i64)],
    limits: &[AgentLimits],
    spacing: Spacing,
    watch: &Watch<'_>,
) -> Result<Vec<Broken>> {
    let mut order: Vec<usize> = (0..duties.len()).collect();
    order.sort_by_key(|&row| (duties[row].agent, duties[row].start, duties[row].end));
    let mut absences = away.to_vec();
    absences.sort_unstable();
    let mut found = Vec::new();
    for rows in order.chunk_by(|&a, &b| duties[a].agent == duties[b].agent) {
        watch.check()?;
        let agent = duties[rows[0]].agent;
        let from = absences.partition_point(|&(who, ..)| who < agent);
        let own: Vec<_> = absences[from..].iter().take_while(|a| a.0 == agent).copied().collect();
        let shifts = joined(rows, duties, &mut found);
        of_pairs(&shifts, spacing, &mut found);
        of_absences(&shifts, &own, &mut found);
        of_days(&shifts, &limits[agent], &mut found);
        of_weeks(&shifts, &limits[agent], &mut found);
        of_horizon(&shifts, &limits[agent], &mut found);
    }
    Ok(found)
}

/// A shift and the row of its last stretch.
type Shift = (Stretch, usize);

/// Stretches that touch as one shift; those that overlap are put down.
fn joined(rows: &[usize], duties: &[Stretch], found: &mut Vec<Broken>) -> Vec<Shift> {
    let mut shifts: Vec<Shift> = Vec::with_capacity(rows.len());
    for &row in rows {
        let duty = duties[row];
        if let Some((last, at)) = shifts.last_mut() {
            if duty.start < last.end && duty.counted {
                let amount = (last.end.min(duty.end) - duty.start) as f64 / 3600.0;
                found.push(Broken { rule: "overlap", row, amount, limit: 0.0 });
            }
            if duty.start <= last.end && duty.kind == last.kind {
                last.end = last.end.max(duty.end);
                last.night |= duty.night;
                last.paid += duty.paid;
                last.counted |= duty.counted;
                *at = row;
                continue;
            }
        }
        shifts.push((duty, row));
    }
    shifts
}

fn of_pairs(shifts: &[Shift], spacing: Spacing, found: &mut Vec<Broken>) {
    for pair in shifts.windows(2) {
        let [(before, _), (after, row)] = [pair[0], pair[1]];
        let gap = after.start - before.end;
        if !after.counted || gap < 0 {
            continue;
        }
        let hours = gap as f64 / 3600.0;
        let mut put = |rule, limit: i64| {
            found.push(Broken { rule, row, amount: hours, limit: limit as f64 / 3600.0 });
        };
        if before.day == after.day {
            match spacing.split {
                None => found.push(Broken { rule: "shifts_a_day", row, amount: 2.0, limit: 1.0 }),
                Some((least, _)) if gap < least => put("split_gap", least),
                Some((_, most)) if gap > most => put("split_gap", most),
                Some(_) => {}
            }
        } else if gap < spacing.rest {
            put("rest", spacing.rest);
        }
    }
}

fn of_absences(shifts: &[Shift], away: &[(usize, i64, i64)], found: &mut Vec<Broken>) {
    for &(shift, row) in shifts {
        let inside: i64 = away
            .iter()
            .map(|&(_, from, to)| (shift.end.min(to) - shift.start.max(from)).max(0))
            .sum();
        if shift.counted && inside > 0 {
            found.push(Broken {
                rule: "unavailable",
                row,
                amount: inside as f64 / 3600.0,
                limit: 0.0,
            });
        }
    }
}

/// Days in a row: each run that is too long, at its last day.
fn of_days(shifts: &[Shift], limits: &AgentLimits, found: &mut Vec<Broken>) {
    for run in shifts.chunk_by(|(a, _), (b, _)| b.day - a.day <= 1) {
        let (Some((first, _)), Some(&(last, row))) = (run.first(), run.last()) else { continue };
        let amount = (last.day - first.day + 1) as f64;
        if last.counted && amount > limits.consecutive_days {
            let limit = limits.consecutive_days;
            found.push(Broken { rule: "consecutive_days", row, amount, limit });
        }
    }
}

fn of_weeks(shifts: &[Shift], limits: &AgentLimits, found: &mut Vec<Broken>) {
    for days in shifts.chunk_by(|(a, _), (b, _)| week(a.day) == week(b.day)) {
        let Some(&(last, row)) = days.last() else { continue };
        let paid: f64 = days.iter().map(|(shift, _)| shift.paid).sum();
        let worked = days.chunk_by(|(a, _), (b, _)| a.day == b.day).count() as f64;
        // A whole second is no broken rule.
        if last.counted && paid > limits.week_seconds + 1.0 {
            let (amount, limit) = (paid / 3600.0, limits.week_seconds / 3600.0);
            found.push(Broken { rule: "week_hours", row, amount, limit });
        }
        if last.counted && worked > limits.week_days {
            let limit = limits.week_days;
            found.push(Broken { rule: "week_days", row, amount: worked, limit });
        }
    }
}

fn of_horizon(shifts: &[Shift], limits: &AgentLimits, found: &mut Vec<Broken>) {
    let counted: Vec<&Shift> = shifts.iter().filter(|(shift, _)| shift.counted).collect();
    let Some(&&(_, row)) = counted.last() else { return };
    let paid: f64 = counted.iter().map(|(shift, _)| shift.paid).sum();
    let nights = counted.iter().filter(|(shift, _)| shift.night).count() as f64;
    let mut weekends: Vec<i64> =
        counted.iter().filter(|(s, _)| is_weekend(s.day)).map(|(s, _)| week(s.day)).collect();
    weekends.dedup();
    let weekends = weekends.len() as f64;
    for (rule, amount, limit, unit) in [
        ("hours", paid, limits.seconds + 1.0, 3600.0),
        ("weekends", weekends, limits.weekends, 1.0),
        ("nights", nights, limits.nights, 1.0),
    ] {
        if amount > limit {
            found.push(Broken { rule, row, amount: amount / unit, limit: (limit / unit).floor() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::threads::Run;

    const HOUR: i64 = 3600;
    const NONE: AgentLimits = AgentLimits {
        consecutive_days: f64::INFINITY,
        week_seconds: f64::INFINITY,
        week_days: f64::INFINITY,
        seconds: f64::INFINITY,
        weekends: f64::INFINITY,
        nights: f64::INFINITY,
    };

    /// Eight hours from an hour of a day on.
    fn duty(day: i64, hour: i64) -> Stretch {
        let start = (day * 24 + hour) * HOUR;
        let (end, paid) = (start + 8 * HOUR, 8.0 * 3600.0);
        Stretch { agent: 0, start, end, day, kind: -1, night: hour >= 20, counted: true, paid }
    }

    fn rules(
        duties: &[Stretch],
        away: &[(usize, i64, i64)],
        limits: AgentLimits,
    ) -> Vec<&'static str> {
        let run = Run { threads: Some(1), interrupted: &|| false };
        let spacing = Spacing { rest: 11 * HOUR, split: None };
        let found =
            check(duties, away, &[limits], spacing, &Watch::alone(&run)).unwrap_or_default();
        found.iter().map(|broken| broken.rule).collect()
    }

    #[test]
    fn every_rule_is_found_once() {
        assert_eq!(rules(&[duty(0, 8), duty(1, 8)], &[], NONE), Vec::<&str>::new());
        assert_eq!(rules(&[duty(1, 6), duty(0, 14)], &[], NONE), ["rest"]);
        assert_eq!(rules(&[duty(0, 2), duty(0, 12)], &[], NONE), ["shifts_a_day"]);
        assert_eq!(rules(&[duty(0, 2), duty(0, 9)], &[], NONE), ["overlap"]);
        assert_eq!(rules(&[duty(0, 8)], &[(0, 9 * HOUR, 10 * HOUR)], NONE), ["unavailable"]);
        let week: Vec<Stretch> = (4..11).map(|day| duty(day, 8)).collect();
        let six = AgentLimits { consecutive_days: 6.0, ..NONE };
        assert_eq!(rules(&week, &[], six), ["consecutive_days"]);
        let hours = AgentLimits { week_seconds: 40.0 * 3600.0, ..NONE };
        assert_eq!(rules(&week, &[], hours), ["week_hours"]);
        assert_eq!(rules(&week, &[], AgentLimits { week_days: 6.0, ..NONE }), ["week_days"]);
        assert_eq!(rules(&week, &[], AgentLimits { seconds: 3600.0, ..NONE }), ["hours"]);
        assert_eq!(rules(&week, &[], AgentLimits { weekends: 0.0, ..NONE }), ["weekends"]);
        let nights = [duty(0, 22), duty(1, 22)];
        assert_eq!(rules(&nights, &[], AgentLimits { nights: 1.0, ..NONE }), ["nights"]);
    }

    #[test]
    fn stretches_that_touch_are_one_shift() {
        let mut halves = [duty(0, 8), duty(0, 8)];
        halves[0].end = 12 * HOUR;
        halves[1].start = 12 * HOUR;
        assert_eq!(rules(&halves, &[], NONE), Vec::<&str>::new());
    }
}
