//! Temme's uniform expansion of the incomplete gamma functions, for large parameters.

use super::erfcx::{erfcx, erfcx_and_shortfall};
use super::polynomial::horner;
use crate::lanes::Arithmetic;

/// The least parameter for which the truncated expansion holds 1e-17.
pub(super) const LEAST: f64 = 24.0;
/// Ratios argument / parameter inside which the polynomials were fitted.
pub(super) const RATIOS: std::ops::Range<f64> = 0.35..2.45;

/// 1 / sqrt(pi).
const ROOT_OF_PI_INVERSE: f64 = 0.56418958354775628695;

/// The pieces of the expansion for parameter v and argument z = v - gap.
pub(super) struct Expansion {
    /// v (eps - ln(1 + eps)): what the dominant tail grows arithmetic, as a logarithm.
    pub(super) growth: f64,
    /// Gamma*(v) - 1, the relative error of Stirling's leading term.
    stirling: f64,
    /// 1/v, and z/v - 1.
    pub(super) per: f64,
    eps: f64,
    /// sign(eps) sqrt(2 (eps - ln(1 + eps))).
    eta: f64,
    /// sqrt(growth).
    x: f64,
    /// sqrt(pi v / 2).
    root: f64,
    /// The first term of the sum, and the others.
    first: f64,
    rest: f64,
}

impl Expansion {
    /// Domain: v >= [`LEAST`], z/v in [`RATIOS`].
    ///
    /// Source: Temme (1979); DLMF 8.12. Relative error 1e-16 from the polynomials, plus half a unit of
    /// `growth` in the dominant tail.
    #[inline(always)]
    pub(super) fn new(arithmetic: impl Arithmetic, v: f64, gap: f64) -> Self {
        // One division for 1/v and for s = eps/(2 + eps).
        let both = 2.0 * v - gap;
        let inverse = 1.0 / (v * both);
        let per = both * inverse;
        let (eps, s) = (-gap * per, -gap * (v * inverse));
        // ln(1 + eps) = 2 atanh(s); written so that the first two orders cancel on paper.
        let square = s * s;
        let phi = s * arithmetic.mul_add(-2.0 * square, horner(arithmetic, &ATANH, square), eps);
        let eta = (2.0 * phi).sqrt().copysign(eps);
        let root = (std::f64::consts::FRAC_PI_2 * v).sqrt();
        let tail = [
            horner(arithmetic, &C1, eta),
            horner(arithmetic, &C2, eta),
            horner(arithmetic, &C3, eta),
            horner(arithmetic, &C4, eta),
            horner(arithmetic, &C5, eta),
            horner(arithmetic, &C6, eta),
            horner(arithmetic, &C7, eta),
            horner(arithmetic, &C8, eta),
            horner(arithmetic, &C9, eta),
            horner(arithmetic, &C10, eta),
        ];
        Self {
            growth: v * phi,
            stirling: stirling_excess(arithmetic, per),
            per,
            eps,
            eta,
            // From the roots that there are.
            x: eta.abs() * (root * ROOT_OF_PI_INVERSE),
            root,
            first: horner(arithmetic, &C0, eta),
            rest: per * horner(arithmetic, &tail, per),
        }
    }

    /// The smaller of the two tails: the upper one for eps > 0, else the lower one.
    #[inline(always)]
    pub(super) fn smaller(&self, arithmetic: impl Arithmetic) -> f64 {
        self.smaller_from(arithmetic, erfcx(arithmetic, self.x))
    }

    #[inline(always)]
    fn smaller_from(&self, arithmetic: impl Arithmetic, erfcx: f64) -> f64 {
        let sum = self.first + self.rest;
        let sum = if self.eps > 0.0 { sum } else { -sum };
        (1.0 + self.stirling) * arithmetic.mul_add(self.root, erfcx, sum)
    }

    /// [`smaller`](Self::smaller) but for the last digit; and 1 + eps M for eps <= 0, where M is the
    /// smaller tail and the product comes close to -1.
    #[inline(always)]
    pub(super) fn smaller_and_shortfall(&self, arithmetic: impl Arithmetic) -> (f64, f64) {
        let (erfcx, shortfall) = erfcx_and_shortfall(arithmetic, self.x);
        // eps/eta goes to 1 at 0.
        let slope = if self.eta < 0.0 { self.eps / self.eta } else { 1.0 };
        let inner = arithmetic.mul_add(slope, shortfall, -self.eps * self.rest);
        (
            self.smaller_from(arithmetic, erfcx),
            arithmetic.mul_add(1.0 + self.stirling, inner, -self.stirling),
        )
    }

    /// Both tails together, divided by exp(growth): see [`peak`].
    #[inline(always)]
    pub(super) fn peak(&self) -> f64 {
        (1.0 + self.stirling) * (2.0 * self.root)
    }
}

/// Gamma(v+1) (e/v)^v for v >= [`LEAST`]: both tails together, divided by exp(growth).
#[inline(always)]
pub(super) fn peak(arithmetic: impl Arithmetic, v: f64) -> f64 {
    (1.0 + stirling_excess(arithmetic, 1.0 / v)) * (std::f64::consts::TAU * v).sqrt()
}

/// Gamma*(v) - 1 for v = 1/`per` >= 24: Stirling's series, whose 11th term is below 1e-17 there.
#[inline(always)]
fn stirling_excess(arithmetic: impl Arithmetic, per: f64) -> f64 {
    per * horner(arithmetic, &STIRLING, per)
}

/// Numerators and denominators are in DLMF 5.11.4.
const STIRLING: [f64; 10] = [
    0.083333333333333333333,
    0.0034722222222222222222,
    -0.0026813271604938271605,
    -0.00022947209362139917695,
    0.00078403922172006662747,
    0.000069728137583658577743,
    -0.00059216643735369388286,
    -0.000051717909082605921934,
    0.00083949872067208727999,
    0.000072048954160200105591,
];

/// atanh(s)/s - 1, divided by s^2, as a polynomial in s^2 up to (0.65/1.35)^2.
const ATANH: [f64; 14] = [
    3.3333333333333333e-1,
    2.0000000000000343e-1,
    1.4285714285619687e-1,
    1.1111111121362213e-1,
    9.0909085128547665e-2,
    7.6923271542377268e-2,
    6.6662438723738545e-2,
    5.8885551972206234e-2,
    5.2001916306349961e-2,
    5.207771376908587e-2,
    2.1658740681451821e-2,
    1.1146004223317591e-1,
    -1.0840337670721794e-1,
    1.8711565245606076e-1,
];

// C_k of DLMF 8.12.10 as polynomials in eta on [-0.95, 1.05], each economised to 1e-17 * 24^k.
const C0: [f64; 19] = [
    -3.3333333333333333e-1,
    8.3333333333333325e-2,
    -1.4814814814814894e-2,
    1.1574074074080122e-3,
    3.5273368606886435e-4,
    -1.7875514404575206e-4,
    3.9192631771172552e-5,
    -2.1854483906371127e-6,
    -1.8540621823606095e-6,
    8.2967054131031438e-7,
    -1.7665938996823425e-7,
    6.7095258801144208e-9,
    1.0260917912741911e-8,
    -4.3847776949219493e-9,
    9.1688221491455535e-10,
    -2.3042478328323731e-11,
    -6.085869900246976e-11,
    2.3415882666657099e-11,
    -3.4871991194868635e-12,
];
const C1: [f64; 17] = [
    -1.8518518518519103e-3,
    -3.4722222222212694e-3,
    2.6455026455098674e-3,
    -9.9022633750210024e-4,
    2.057613167359759e-4,
    -4.0187671255644194e-7,
    -1.8098549494040993e-5,
    7.6491548341751817e-6,
    -1.6120915288950488e-6,
    4.6694934164679896e-9,
    1.3785900286888606e-7,
    -5.7570767675430885e-8,
    1.197388258270688e-8,
    3.1822088871396554e-11,
    -1.0462844239242443e-9,
    3.9229437020513428e-10,
    -5.799619495782268e-11,
];
const C2: [f64; 16] = [
    4.1335978835951932e-3,
    -2.6813271605372608e-3,
    7.7160493863386143e-4,
    2.0093896065717036e-6,
    -1.0736654032977227e-4,
    5.2923428941632509e-5,
    -1.276056630596507e-5,
    3.4332460753308836e-8,
    1.3719054215202873e-6,
    -6.3012615423853468e-7,
    1.4347204030878198e-7,
    3.9039683123765515e-11,
    -1.4936031705306695e-8,
    6.1752839436527451e-9,
    -8.2100721595302924e-10,
    -9.5704712580812035e-11,
];
const C3: [f64; 15] = [
    6.4943415641092053e-4,
    2.2947209309484508e-4,
    -4.6918949793393094e-4,
    2.6772065240158685e-4,
    -7.5617954384277045e-5,
    -2.3988050904405091e-7,
    1.108224923586676e-5,
    -5.6737928216415974e-6,
    1.4243114883773085e-6,
    -3.0649127687597265e-9,
    -1.7138238630921698e-7,
    8.5302538876030281e-8,
    -1.7990883358928146e-8,
    -3.1531350535682044e-9,
    2.054784913793006e-9,
];
const C4: [f64; 13] = [
    -8.618882926575598e-4,
    7.8403925184424369e-4,
    -2.9907233925283258e-4,
    -1.4647177610831627e-6,
    6.6413171814388904e-5,
    -3.9676343838642203e-5,
    1.1383971313098946e-5,
    -2.6285755193593353e-8,
    -1.7114406299218128e-6,
    9.3818901149418261e-7,
    -2.1727131211224184e-7,
    -4.1294887093164961e-8,
    2.9260937174901149e-8,
];
const C5: [f64; 12] = [
    -3.3679856569423471e-4,
    -6.9728240861977618e-5,
    2.7727620391656523e-4,
    -1.9932317039162559e-4,
    6.7967387159236587e-5,
    1.2451606400711045e-7,
    -1.3547551814671061e-5,
    8.0677865851735725e-6,
    -2.3892933285407583e-6,
    -6.3711397547953086e-8,
    4.4856617275268552e-7,
    -1.5223127763673053e-7,
];
const C6: [f64; 10] = [
    5.3130857064460275e-4,
    -5.9216286029979296e-4,
    2.7084676031378107e-4,
    7.2828734474758874e-7,
    -8.1281694568014907e-5,
    5.6406916790257593e-5,
    -1.9103911943221399e-5,
    -5.2123880380612771e-7,
    4.4910956764860877e-6,
    -1.6937824318560633e-6,
];
const C7: [f64; 8] = [
    3.4434062258410723e-4,
    5.1621540934219543e-5,
    -3.3407240974292393e-4,
    2.8237053992641815e-4,
    -1.1427491938945767e-4,
    -3.303359534459741e-6,
    3.5983159047266366e-5,
    -1.5444287694713794e-5,
];
const C8: [f64; 6] = [
    -6.5170627396295907e-4,
    8.4138512791512393e-4,
    -4.5489872646111347e-4,
    -1.3547591225199693e-5,
    2.159587830683323e-4,
    -1.0978871783447532e-4,
];
const C9: [f64; 4] =
    [-6.203757163796699e-4, -9.6007639815341077e-5, 8.7528995574717434e-4, -5.6102381781310576e-4];
const C10: [f64; 2] = [1.7577499632539974e-3, -1.7544747002358105e-3];
