//! Several independent systems side by side, in the widest instruction set that the processor has.
//!
//! A kernel for lanes is a loop over plain arrays whose body has no branches; the compiler turns it
//! into vector instructions. It does what the function of one cell does, operation by operation and
//! without fused multiply-add, so that one cell alone, a column, and every instruction set give the
//! same bits.

/// An instruction set that kernels are compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Set {
    /// What every processor of the architecture has.
    Baseline,
    /// Four doubles at a time.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// Eight doubles at a time.
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

/// A kernel with its arguments, to be compiled for each instruction set.
pub trait Work {
    /// What comes out.
    type Output;

    /// Does it. To be `#[inline(always)]`: what is not inlined stays in the baseline set.
    fn run(self) -> Self::Output;
}

impl Set {
    /// The sets that this processor has, the widest last.
    pub fn available() -> &'static [Self] {
        #[cfg(target_arch = "x86_64")]
        {
            const ALL: [Set; 3] = [Set::Baseline, Set::Avx2, Set::Avx512];
            let avx2 = is_x86_feature_detected!("avx2");
            let avx512 = avx2
                && is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vl");
            &ALL[..1 + usize::from(avx2) + usize::from(avx512)]
        }
        #[cfg(not(target_arch = "x86_64"))]
        &[Set::Baseline]
    }

    /// The widest set that this processor has.
    pub fn widest() -> Self {
        Self::available().last().copied().unwrap_or(Self::Baseline)
    }

    /// Does `work` by this set where the processor has it, else by the baseline.
    pub fn run<W: Work>(self, work: W) -> W::Output {
        let set = if Self::available().contains(&self) { self } else { Self::Baseline };
        match set {
            Self::Baseline => work.run(),
            // SAFETY: the processor has what the functions are compiled for; looked up above.
            #[cfg(target_arch = "x86_64")]
            #[allow(unsafe_code)]
            Self::Avx2 => unsafe { avx2(work) },
            #[cfg(target_arch = "x86_64")]
            #[allow(unsafe_code)]
            Self::Avx512 => unsafe { avx512(work) },
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn avx2<W: Work>(work: W) -> W::Output {
    work.run()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq,avx512vl")]
fn avx512<W: Work>(work: W) -> W::Output {
    work.run()
}
