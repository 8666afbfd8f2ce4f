use callstats_core::erlang::*;
use callstats_core::lanes::Set;
use callstats_core::numeric::gamma_tails::*;
struct Sl(Definition);
impl Measure<1> for Sl {
    #[inline(always)]
    fn of(&self, w: &Within<'_>, _: f64) -> [f64; 1] {
        [w.service_level(self.0).value()]
    }
}
struct Ab;
impl Measure<1> for Ab {
    #[inline(always)]
    fn of(&self, w: &Within<'_>, _: f64) -> [f64; 1] {
        [w.queue.abandonment()]
    }
}

fn main() {
    let m = 8192;
    let mut s = 12345u64;
    let mut r = || {
        s = s.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (s >> 11) as f64 / (1u64 << 53) as f64
    };
    println!("{:?}", Set::in_use());
    let only_range = std::env::var("RANGE").ok();
    for (ri, (lo, hi)) in [(3.0, 400.0f64), (3.0, 30.0), (60.0, 90.0), (130.0, 400.0), (1e4, 1e6)]
        .into_iter()
        .enumerate()
    {
        if only_range.as_ref().is_some_and(|r| *r != ri.to_string()) {
            continue;
        }
        let a: Vec<f64> = (0..m).map(|_| (f64::ln(lo) + r() * (hi / lo).ln()).exp()).collect();
        let n: Vec<f64> = a.iter().map(|a| (a + (0.2 + 1.8 * r()) * a.sqrt()).ceil()).collect();
        let gap: Vec<f64> = n.iter().zip(&a).map(|(n, a)| n - a).collect();
        let h: Vec<f64> = (0..m).map(|_| 60.0 + 540.0 * r()).collect();
        let t: Vec<f64> = (0..m).map(|_| 5.0 + 55.0 * r()).collect();
        let p: Vec<f64> = (0..m).map(|_| 60.0 + 240.0 * r()).collect();
        let c: Vec<f64> = (0..m).map(|i| n[i] * p[i] / h[i]).collect();
        let z: Vec<f64> = (0..m).map(|i| a[i] * p[i] / h[i]).collect();
        let cg: Vec<f64> = (0..m).map(|i| gap[i] * p[i] / h[i]).collect();
        let mut v = vec![0.0; m];
        let mut w = vec![0.0; m];
        let mut x = vec![0.0; m];
        let mut y = vec![0.0; m];
        let only = std::env::var("ONLY").unwrap_or_default();
        let mut turn = 0;
        let mut time = |f: &mut dyn FnMut()| {
            turn += 1;
            if !only.is_empty() && only != turn.to_string() {
                return 0.0;
            }
            let mut b = 1e9f64;
            for _ in 0..std::env::args().nth(1).map_or(200, |a| a.parse().unwrap()) {
                let t = std::time::Instant::now();
                f();
                b = b.min(t.elapsed().as_secs_f64());
            }
            b / m as f64 * 1e9
        };
        let up = time(&mut || {
            for c in (0..m).step_by(2048) {
                uppers(&n[c..c + 2048], &a[c..c + 2048], &gap[c..c + 2048], &mut v[c..c + 2048]);
            }
        });
        let lo_ = time(&mut || {
            for k in (0..m).step_by(2048) {
                let e = k + 2048;
                lowers(
                    &c[k..e],
                    &z[k..e],
                    &cg[k..e],
                    [&mut v[k..e], &mut w[k..e], &mut x[k..e], &mut y[k..e]],
                );
            }
        });
        let inf = vec![f64::INFINITY; m];
        let kc = each_queue(
            |[n, a, h, t, p]: [f64; 5]| Question::about(System::new(n, a, h, p)).within(t),
            Sl(Definition::Offered),
        );
        let sc = time(&mut || {
            for k in (0..m).step_by(2048) {
                let e = k + 2048;
                kc([&n[k..e], &a[k..e], &h[k..e], &t[k..e], &inf[k..e]], &mut [&mut v[k..e]])
                    .unwrap();
            }
        });
        let sa = time(&mut || {
            for k in (0..m).step_by(2048) {
                let e = k + 2048;
                kc([&n[k..e], &a[k..e], &h[k..e], &t[k..e], &p[k..e]], &mut [&mut v[k..e]])
                    .unwrap();
            }
        });
        let kb = each_queue(|[n, a, h, p]: [f64; 4]| Question::about(System::new(n, a, h, p)), Ab);
        let ab = time(&mut || {
            for k in (0..m).step_by(2048) {
                let e = k + 2048;
                kb([&n[k..e], &a[k..e], &h[k..e], &p[k..e]], &mut [&mut v[k..e]]).unwrap();
            }
        });
        use callstats_core::numeric::search::Among;
        use callstats_core::staffing::*;
        let kr = each_requirement(Among::Whole, |[a, h, t]: [f64; 3]| {
            (
                System::new(0.0, a, h, f64::INFINITY),
                Goals::new(
                    [true, false, false, false, false, false],
                    [0.8; 6],
                    Level { threshold: t, definition: Definition::Offered },
                ),
            )
        });
        let rq = time(&mut || {
            for k in (0..m).step_by(2048) {
                let e = k + 2048;
                kr([&a[k..e], &h[k..e], &t[k..e]], &mut [&mut v[k..e]]).unwrap();
            }
        });
        let km = each_queue(
            |[n, a, h, t, p]: [f64; 5]| Question::about(System::new(n, a, h, p)).within(t),
            measures::Row(Definition::Offered),
        );
        let mut cols: Vec<Vec<f64>> = (0..9).map(|_| vec![0.0; m]).collect();
        let ms = time(&mut || {
            for k in (0..m).step_by(2048) {
                let e = k + 2048;
                let mut it = cols.iter_mut();
                let mut outs: [&mut [f64]; 9] =
                    std::array::from_fn(|_| &mut it.next().unwrap()[k..e]);
                km([&n[k..e], &a[k..e], &h[k..e], &t[k..e], &p[k..e]], &mut outs).unwrap();
            }
        });
        println!("measures {ms:.1}");
        let km = each_queue(
            |[n, a, h, t, p]: [f64; 5]| Question::about(System::new(n, a, h, p)).within(t),
            measures::Row(Definition::Offered),
        );
        let mut cols: Vec<Vec<f64>> = (0..9).map(|_| vec![0.0; m]).collect();
        let ms = time(&mut || {
            for k in (0..m).step_by(2048) {
                let e = k + 2048;
                let mut it = cols.iter_mut();
                let mut outs: [&mut [f64]; 9] =
                    std::array::from_fn(|_| &mut it.next().unwrap()[k..e]);
                km([&n[k..e], &a[k..e], &h[k..e], &t[k..e], &p[k..e]], &mut outs).unwrap();
            }
        });
        println!("measures {ms:.1}");
        println!("req {rq:.1}");
        println!("{lo}-{hi}: upper {up:.1} lower {lo_:.1} C sl {sc:.1} A sl {sa:.1} A ab {ab:.1}");
    }
}
