//! Run rules: patterns of points that chance hardly makes.
//!
//! Beyond and side are strict: a point on a line is not beyond it, one on the centre is on no side. A
//! missing point breaks every run; in "2 of 3" and "4 of 5" it keeps its place.

use crate::choices::choices;

/// A pattern, by the last points that it takes.
#[derive(Debug, Clone, Copy)]
enum RunRule {
    /// A point more than so many standard deviations out.
    Beyond(f64),
    /// So many on one side of the centre.
    SameSide(usize),
    /// So many, each above the one before, or each below.
    Trend(usize),
    /// So many going up and down by turns.
    Alternating(usize),
    /// So many of so many more than so many standard deviations out, on one side.
    Several(usize, usize, f64),
    /// So many within one standard deviation.
    Within(usize),
    /// So many outside of one standard deviation, on whichever side.
    Outside(usize),
}

choices! {
    /// Sets of rules in print.
    pub enum Rules called "rules" {
        /// Western Electric, Statistical Quality Control Handbook (1956): four rules.
        WesternElectric = "western_electric",
        /// L. S. Nelson, Journal of Quality Technology 16 (1984): eight rules.
        Nelson = "nelson",
    }
}

impl Rules {
    fn list(self) -> &'static [RunRule] {
        match self {
            Self::WesternElectric => &[
                RunRule::Beyond(3.0),
                RunRule::Several(2, 3, 2.0),
                RunRule::Several(4, 5, 1.0),
                RunRule::SameSide(8),
            ],
            Self::Nelson => &[
                RunRule::Beyond(3.0),
                RunRule::SameSide(9),
                RunRule::Trend(6),
                RunRule::Alternating(14),
                RunRule::Several(2, 3, 2.0),
                RunRule::Several(4, 5, 1.0),
                RunRule::Within(15),
                RunRule::Outside(8),
            ],
        }
    }
}

/// For every point the rules that it completes, a bit each, the first rule's the lowest.
pub fn signals(z: &[f64], rules: Rules) -> Vec<u8> {
    (0..z.len())
        .map(|at| {
            rules.list().iter().enumerate().fold(0, |bits, (index, rule)| {
                bits | (u8::from(rule.completed(&z[..=at])) << index)
            })
        })
        .collect()
}

impl RunRule {
    /// Whether the last of `z` completes the pattern and takes part in it.
    fn completed(self, z: &[f64]) -> bool {
        let last = |count: usize| z.len().checked_sub(count).map(|start| &z[start..]);
        let all = |count: usize, holds: &dyn Fn(f64) -> bool| {
            last(count).is_some_and(|window| window.iter().all(|&z| holds(z)))
        };
        match self {
            Self::Beyond(sigmas) => z.last().is_some_and(|z| z.abs() > sigmas),
            Self::SameSide(count) => all(count, &|z| z > 0.0) || all(count, &|z| z < 0.0),
            Self::Within(count) => all(count, &|z| z.abs() < 1.0),
            Self::Outside(count) => all(count, &|z| z.abs() > 1.0),
            Self::Trend(count) => last(count).is_some_and(|window| {
                let steps =
                    |sign: f64| window.windows(2).all(|pair| sign * (pair[1] - pair[0]) > 0.0);
                steps(1.0) || steps(-1.0)
            }),
            Self::Alternating(count) => last(count).is_some_and(|window| {
                window.windows(3).all(|three| {
                    let (first, second) = (three[1] - three[0], three[2] - three[1]);
                    (first > 0.0 && second < 0.0) || (first < 0.0 && second > 0.0)
                })
            }),
            Self::Several(count, of, sigmas) => {
                let window = &z[z.len().saturating_sub(of)..];
                [1.0, -1.0].iter().any(|side| {
                    let beyond = |z: &&f64| side * **z > sigmas;
                    z.last().as_ref().is_some_and(beyond)
                        && window.iter().filter(beyond).count() >= count
                })
            }
        }
    }
}
