//! Instruction sets: each lane kernel is compiled for all of them and run in the widest one.
//!
//! A lane kernel is a loop over plain arrays whose body has no branches; the compiler turns it into
//! vector instructions. It repeats the function of one cell operation by operation, so one cell and a
//! column give the same bits, and so do all sets with a fused multiply-add. Without it (processors
//! before 2013) products are rounded once more.

use std::sync::OnceLock;

/// Multiplication and addition, fused or not.
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

/// The arithmetic of the baseline set.
#[cfg(not(target_arch = "aarch64"))]
const EVERYWHERE: Plain = Plain;
#[cfg(target_arch = "aarch64")]
const EVERYWHERE: Fused = Fused;

/// An instruction set that kernels are compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InstructionSet {
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
pub trait LaneKernel {
    /// The result.
    type Output;

    /// Runs it. To be `#[inline(always)]`: what is not inlined stays in the baseline set.
    fn run(self, arithmetic: impl Arithmetic) -> Self::Output;
}

impl InstructionSet {
    /// The sets that this processor has, the widest last.
    pub fn available() -> &'static [Self] {
        #[cfg(target_arch = "x86_64")]
        {
            const ALL: [InstructionSet; 3] =
                [InstructionSet::Baseline, InstructionSet::Avx2, InstructionSet::Avx512];
            let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
            let avx512 = avx2
                && is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vl");
            &ALL[..1 + usize::from(avx2) + usize::from(avx512)]
        }
        #[cfg(not(target_arch = "x86_64"))]
        &[InstructionSet::Baseline]
    }

    /// The set to use: the widest that this processor has, or a narrower one that the environment
    /// variable `CALLSTATS_INSTRUCTIONS` names when the process first uses one.
    pub fn in_use() -> Self {
        static IN_USE: OnceLock<InstructionSet> = OnceLock::new();
        *IN_USE.get_or_init(|| {
            let wanted = std::env::var("CALLSTATS_INSTRUCTIONS").unwrap_or_default();
            let available = Self::available();
            let named = available.iter().find(|set| set.name() == wanted);
            named.or(available.last()).copied().unwrap_or(Self::Baseline)
        })
    }

    /// The name in `CALLSTATS_INSTRUCTIONS`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Baseline => "baseline",
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => "avx512",
        }
    }

    /// Runs `kernel` in this set where the processor has it, else in the baseline.
    #[inline]
    pub fn run<K: LaneKernel>(self, kernel: K) -> K::Output {
        match self {
            // SAFETY: the processor has what the functions are compiled for; looked up above.
            #[cfg(target_arch = "x86_64")]
            #[allow(unsafe_code)]
            Self::Avx2 if is_x86_feature_detected!("fma") && is_x86_feature_detected!("avx2") => unsafe {
                avx2(kernel)
            },
            #[cfg(target_arch = "x86_64")]
            #[allow(unsafe_code)]
            Self::Avx512 if Self::available().contains(&self) => unsafe { avx512(kernel) },
            _ => kernel.run(EVERYWHERE),
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn avx2<K: LaneKernel>(kernel: K) -> K::Output {
    kernel.run(Fused)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,avx512f,avx512dq,avx512vl")]
fn avx512<K: LaneKernel>(kernel: K) -> K::Output {
    kernel.run(Fused)
}
