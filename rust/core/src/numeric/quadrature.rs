//! Gauss quadrature: Legendre nodes on [-1, 1], and Laguerre nodes of a gamma distribution.

/// The integrals over [from, to] of the functions whose values `f` gives, with 32 nodes.
///
/// Exact for polynomials of degree 63; 1e-15 for the products of a smooth function and an exponential
/// or a half bell that falls to exp(-42) over the range, which is what it is used on.
pub fn integrate<const M: usize>(from: f64, to: f64, f: impl Fn(f64) -> [f64; M]) -> [f64; M] {
    let (centre, half) = (0.5 * (from + to), 0.5 * (to - from));
    let mut sums = [0.0; M];
    for (node, weight) in GAUSS_32 {
        let (left, right) = (f(centre - half * node), f(centre + half * node));
        for ((sum, l), r) in sums.iter_mut().zip(left).zip(right) {
            *sum += weight * (l + r);
        }
    }
    sums.map(|sum| sum * half)
}

/// All 8 nodes: exact for polynomials of degree 15.
pub const GAUSS_8: [(f64, f64); 8] = [
    (-0.96028985649753623168, 0.10122853629037625915),
    (-0.79666647741362673959, 0.22238103445337447054),
    (-0.52553240991632898582, 0.31370664587788728734),
    (-0.18343464249564980494, 0.36268378337836198297),
    (0.18343464249564980494, 0.36268378337836198297),
    (0.52553240991632898582, 0.31370664587788728734),
    (0.79666647741362673959, 0.22238103445337447054),
    (0.96028985649753623168, 0.10122853629037625915),
];

/// All 16 nodes: exact for polynomials of degree 31 with [`WEIGHTS_16`].
pub const NODES_16: [f64; 16] = [
    -0.98940093499164993260,
    -0.94457502307323257608,
    -0.86563120238783174388,
    -0.75540440835500303390,
    -0.61787624440264374845,
    -0.45801677765722738634,
    -0.28160355077925891323,
    -0.09501250983763744019,
    0.09501250983763744019,
    0.28160355077925891323,
    0.45801677765722738634,
    0.61787624440264374845,
    0.75540440835500303390,
    0.86563120238783174388,
    0.94457502307323257608,
    0.98940093499164993260,
];

/// The weights of [`NODES_16`].
pub const WEIGHTS_16: [f64; 16] = [
    0.02715245941175409485,
    0.06225352393864789286,
    0.09515851168249278481,
    0.12462897125553387205,
    0.14959598881657673208,
    0.16915651939500253819,
    0.18260341504492358887,
    0.18945061045506849629,
    0.18945061045506849629,
    0.18260341504492358887,
    0.16915651939500253819,
    0.14959598881657673208,
    0.12462897125553387205,
    0.09515851168249278481,
    0.06225352393864789286,
    0.02715245941175409485,
];

/// The positive nodes of 24.
pub const GAUSS_24: [(f64, f64); 12] = [
    (0.064056892862605626085, 0.12793819534675215697),
    (0.19111886747361630916, 0.12583745634682829612),
    (0.31504267969616337439, 0.1216704729278033912),
    (0.43379350762604513849, 0.11550566805372560135),
    (0.54542147138883953566, 0.10744427011596563478),
    (0.64809365193697556925, 0.09761865210411388827),
    (0.74012419157855436424, 0.086190161531953275917),
    (0.82000198597390292195, 0.073346481411080305734),
    (0.88641552700440103421, 0.059298584915436780746),
    (0.93827455200273275852, 0.044277438817419806169),
    (0.9747285559713094982, 0.028531388628933663181),
    (0.99518721999702136018, 0.012341229799987199547),
];

/// The positive nodes of 32.
pub const GAUSS_32: [(f64, f64); 16] = [
    (0.048307665687738316, 0.096540088514727801),
    (0.14447196158279649, 0.095638720079274859),
    (0.23928736225213707, 0.093844399080804566),
    (0.33186860228212765, 0.091173878695763885),
    (0.42135127613063535, 0.087652093004403811),
    (0.50689990893222939, 0.083311924226946755),
    (0.58771575724076233, 0.078193895787070306),
    (0.6630442669302152, 0.072345794108848506),
    (0.73218211874028968, 0.065822222776361847),
    (0.79448379596794241, 0.058684093478535547),
    (0.84936761373256997, 0.050998059262376176),
    (0.89632115576605212, 0.042835898022226681),
    (0.93490607593773969, 0.034273862913021433),
    (0.96476225558750643, 0.025392065309262059),
    (0.98561151154526834, 0.016274394730905671),
    (0.99726386184948156, 0.0070186100094700966),
];

/// Gauss-Laguerre quadrature of the gamma distribution with mean 1 and coefficient of variation `cv`:
/// nodes in ascending order, and weights with the sum 1.
///
/// Exact for polynomials of degree 2 `N` - 1. Nodes are 1 + `cv` times the eigenvalues of the Jacobi matrix
/// of the standardised distribution (Golub & Welsch 1969), by bisection on the signs of its pivots; weights
/// are Christoffel's, 1 over the sum of squares of the orthonormal polynomials at the node. The standardised
/// matrix keeps its digits where the nodes lie close to 1; as `cv` falls to 0, it becomes Hermite's.
pub fn gauss_laguerre<const N: usize>(cv: f64) -> [(f64, f64); N] {
    let diagonal = |k: usize| 2.0 * k as f64 * cv;
    // Between the polynomials of degree k - 1 and k.
    let squared = |k: usize| k as f64 * (1.0 + (k as f64 - 1.0) * cv * cv);
    let nodes_below = |x: f64| {
        let mut pivot = f64::INFINITY;
        let negative = |k: &usize| {
            let next = diagonal(*k) - x - squared(*k) / pivot;
            pivot = if next == 0.0 { f64::MIN_POSITIVE } else { next };
            pivot < 0.0
        };
        (0..N).filter(negative).count()
    };
    // No eigenvalue lies farther out than a row's diagonal and the sum of its neighbours.
    let furthest = diagonal(N) + 2.0 * squared(N).sqrt();
    std::array::from_fn(|index| {
        let (mut low, mut high) = ((-1.0 / cv).max(-furthest), furthest);
        let node = loop {
            let middle = 0.5 * (low + high);
            if middle <= low || middle >= high {
                break middle;
            }
            if nodes_below(middle) > index {
                high = middle;
            } else {
                low = middle;
            }
        };
        let (mut before, mut here, mut sum) = (0.0, 1.0, 1.0);
        for k in 0..N - 1 {
            let next =
                ((node - diagonal(k)) * here - squared(k).sqrt() * before) / squared(k + 1).sqrt();
            (before, here) = (here, next);
            sum += here * here;
        }
        (1.0 + cv * node, 1.0 / sum)
    })
}

#[cfg(test)]
mod tests {
    use super::{GAUSS_8, GAUSS_24, NODES_16, WEIGHTS_16, gauss_laguerre, integrate};

    #[test]
    fn laguerre_nodes_have_the_moments_of_the_gamma_distribution() {
        for cv in [1e-9, 0.01, 0.15, 0.7, 1.0, 3.0] {
            let rule = gauss_laguerre::<9>(cv);
            assert!(rule.windows(2).all(|pair| pair[0].0 < pair[1].0), "{cv}");
            let mut moment = 1.0;
            for power in 0..18 {
                let got: f64 = rule.iter().map(|(x, w)| w * x.powi(power)).sum();
                assert!((got / moment - 1.0).abs() < 2e-13, "{cv} {power}: {got} {moment}");
                moment *= 1.0 + f64::from(power) * cv * cv;
            }
            let variance: f64 = rule.iter().map(|(x, w)| w * ((x - 1.0) / cv).powi(2)).sum();
            assert!((variance - 1.0).abs() < 1e-7_f64.min(1e-14 + 1e-15 / cv), "{cv}: {variance}");
        }
    }

    #[test]
    fn laguerre_nodes_agree_with_tables() {
        // Abramowitz & Stegun 25.9, n = 9.
        let rule = gauss_laguerre::<9>(1.0);
        assert!((rule[0].0 - 0.152322227732).abs() < 1e-12);
        assert!((rule[0].1 - 0.336126421798).abs() < 1e-12);
        assert!((rule[8].0 - 26.374071890927).abs() < 1e-12);
        assert!((rule[8].1 / 3.29087403035e-11 - 1.0).abs() < 1e-11);
    }

    #[test]
    fn the_rules_are_exact_up_to_their_degree() {
        let eighth: f64 = GAUSS_8.iter().map(|(x, w)| w * x.powi(14)).sum();
        assert!((eighth * 7.5 - 1.0).abs() < 1e-13);
        let sixteenth: f64 = NODES_16.iter().zip(WEIGHTS_16).map(|(x, w)| w * x.powi(30)).sum();
        assert!((sixteenth * 15.5 - 1.0).abs() < 1e-13);
        let half: f64 = GAUSS_24.iter().map(|(x, w)| w * x.powi(46)).sum();
        assert!((half * 47.0 - 1.0).abs() < 1e-13);
    }

    #[test]
    fn is_exact_for_high_powers() {
        let [one, power] = integrate(0.0, 2.0, |x| [1.0, x.powi(63)]);
        assert!((one - 2.0).abs() < 1e-15);
        assert!((power / 2.0_f64.powi(58) - 1.0).abs() < 1e-13);
    }
}
