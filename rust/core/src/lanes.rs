//! Several independent systems side by side, in the widest instruction set that the processor has.
//!
//! A kernel for lanes is a loop over plain arrays whose body has no branches; the compiler turns it
//! into vector instructions. It does what the function of one cell does, operation by operation, so
//! that one cell alone and a column give the same bits, and so do all sets that have a fused
//! multiply-add. Without it (processors of before 2013) products are rounded once more.

mod cells;

use std::sync::OnceLock;

pub use cells::{Cells, Group, LANES, Lanes};

/// How a product and a sum are joined.
pub trait Arithmetic: Copy {
    /// `a` times `b` plus `c`.
    fn mul_add(self, a: f64, b: f64, c: f64) -> f64;
}

/// One rounding, by one instruction.
#[derive(Debug, Clone, Copy)]
pub struct Fused;

/// Two roundings.
#[derive(Debug, Clone, Copy)]
pub struct Plain;

impl Arithmetic for Fused {
    #[inline(always)]
    fn mul_add(self, a: f64, b: f64, c: f64) -> f64 {
        a.mul_add(b, c)
    }
}

impl Arithmetic for Plain {
    #[inline(always)]
    fn mul_add(self, a: f64, b: f64, c: f64) -> f64 {
        a * b + c
    }
}

/// What every processor of the architecture can do.
#[cfg(not(target_arch = "aarch64"))]
const EVERYWHERE: Plain = Plain;
#[cfg(target_arch = "aarch64")]
const EVERYWHERE: Fused = Fused;

/// An instruction set that kernels are compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Set {
    /// What every processor of the architecture has.
    Baseline,
    /// Four doubles at a time, and fused multiply-add.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// Eight doubles at a time, and fused multiply-add.
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

/// A kernel with its arguments, to be compiled for each instruction set.
pub trait Work {
    /// What comes out.
    type Output;

    /// Does it. To be `#[inline(always)]`: what is not inlined stays in the baseline set.
    fn run(self, by: impl Arithmetic) -> Self::Output;
}

impl Set {
    /// The sets that this processor has, the widest last.
    pub fn available() -> &'static [Self] {
        #[cfg(target_arch = "x86_64")]
        {
            const ALL: [Set; 3] = [Set::Baseline, Set::Avx2, Set::Avx512];
            let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
            let avx512 = avx2
                && is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vl");
            &ALL[..1 + usize::from(avx2) + usize::from(avx512)]
        }
        #[cfg(not(target_arch = "x86_64"))]
        &[Set::Baseline]
    }

    /// The set to use: the widest that this processor has, or a narrower one that the environment
    /// variable `CALLSTATS_INSTRUCTIONS` names when the process first asks.
    pub fn in_use() -> Self {
        static IN_USE: OnceLock<Set> = OnceLock::new();
        *IN_USE.get_or_init(|| {
            let wanted = std::env::var("CALLSTATS_INSTRUCTIONS").unwrap_or_default();
            let available = Self::available();
            let named = available.iter().find(|set| set.name() == wanted);
            named.or(available.last()).copied().unwrap_or(Self::Baseline)
        })
    }

    /// How users call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Baseline => "baseline",
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => "avx512",
        }
    }

    /// Does `work` by this set where the processor has it, else by the baseline.
    #[inline]
    pub fn run<W: Work>(self, work: W) -> W::Output {
        match self {
            // SAFETY: the processor has what the functions are compiled for; looked up above.
            #[cfg(target_arch = "x86_64")]
            #[allow(unsafe_code)]
            Self::Avx2 if is_x86_feature_detected!("fma") && is_x86_feature_detected!("avx2") => unsafe {
                avx2(work)
            },
            #[cfg(target_arch = "x86_64")]
            #[allow(unsafe_code)]
            Self::Avx512 if Self::available().contains(&self) => unsafe { avx512(work) },
            _ => work.run(EVERYWHERE),
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn avx2<W: Work>(work: W) -> W::Output {
    work.run(Fused)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,avx512f,avx512dq,avx512vl")]
fn avx512<W: Work>(work: W) -> W::Output {
    work.run(Fused)
}
