//! Work on several threads: items taken in order, results in order, and the one way to look for Ctrl-C.
//!
//! An answer never depends on the number of threads, and neither does an error: an item that fails stops
//! those after it and none before it, so that the first error in order is the one that a single thread
//! would have met.

use std::collections::BTreeMap;
use std::iter::Enumerate;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::error::{Error, Result};

/// How often a thread that waits for others wakes up, the calling one to look for Ctrl-C.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// How to run.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    /// Threads to use at most; None for what the process may use.
    pub threads: Option<usize>,
    /// Asked now and then on the calling thread; true stops the work.
    pub interrupted: &'a dyn Fn() -> bool,
}

impl Run<'_> {
    /// Threads for work that is worth `most` of them: at least one.
    pub fn threads_for(&self, most: usize) -> usize {
        // What one thread does need not ask the system how many there are.
        if most <= 1 { 1 } else { self.threads.unwrap_or_else(automatic_threads).clamp(1, most) }
    }
}

/// Where the number of threads may stand. The workers of Spark, Dask and Ray set the second, so that
/// many of them on one machine do not each start a thread a processor.
const THREADS_FROM: [&str; 2] = ["CALLSTATS_THREADS", "OMP_NUM_THREADS"];

/// Threads the process may use: its affinity and quota, or what the environment says.
pub fn automatic_threads() -> usize {
    THREADS_FROM
        .iter()
        .find_map(|name| first_number(&std::env::var(name).ok()?))
        .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from))
}

/// The first of several numbers with commas between them, one for each level of nesting in `OpenMP`.
fn first_number(text: &str) -> Option<usize> {
    text.split(',').next()?.trim().parse().ok().filter(|&threads| threads > 0)
}

/// Whether an item is to go on: the calling thread asks for Ctrl-C, every thread whether the work ended.
#[derive(Clone, Copy)]
pub struct Watch<'a> {
    asked: Option<&'a dyn Fn() -> bool>,
    /// The first item that failed, 0 after an interruption; and the item's own number.
    turn: Option<(&'a AtomicUsize, usize)>,
}

impl<'a> Watch<'a> {
    /// For work on the calling thread alone.
    pub fn alone(run: &Run<'a>) -> Self {
        Self { asked: Some(run.interrupted), turn: None }
    }

    /// Whether the work is to stop.
    pub fn stopped(&self) -> bool {
        if self.asked.is_some_and(|interrupted| interrupted()) {
            if let Some((failed, _)) = self.turn {
                failed.store(0, Ordering::Relaxed);
            }
            return true;
        }
        self.turn.is_some_and(|(failed, own)| failed.load(Ordering::Relaxed) <= own)
    }

    /// [`Error::Interrupted`] where the work is to stop.
    ///
    /// # Errors
    /// That one.
    pub fn check(&self) -> Result<()> {
        if self.stopped() { Err(Error::Interrupted) } else { Ok(()) }
    }
}

/// `work` of the numbers from 0 up to `count`, whichever thread does which; results in order.
///
/// # Errors
/// The first error of `work` in order, and [`Error::Interrupted`] where the caller asked to stop.
pub fn in_turns<T: Send>(
    count: usize,
    run: &Run<'_>,
    work: impl Fn(usize, &Watch<'_>) -> Result<T> + Sync,
) -> Result<Vec<T>> {
    collected(0..count, run, work)
}

/// `work` of every part, whichever thread does which; results in order.
///
/// # Errors
/// As [`in_turns`].
pub fn in_parts<P: Send, T: Send>(
    parts: Vec<P>,
    run: &Run<'_>,
    work: impl Fn(P, &Watch<'_>) -> Result<T> + Sync,
) -> Result<Vec<T>> {
    collected(parts.into_iter(), run, work)
}

fn collected<P, T: Send>(
    items: impl ExactSizeIterator<Item = P> + Send,
    run: &Run<'_>,
    work: impl Fn(P, &Watch<'_>) -> Result<T> + Sync,
) -> Result<Vec<T>> {
    let mut results = Vec::with_capacity(items.len());
    let each = |(): &mut (), item, watch: &Watch<'_>| work(item, watch);
    in_order(items, usize::MAX, run, || (), each, |result| results.push(result))?;
    Ok(results)
}

/// `work` of every item, with what `start` gave its thread; `take` gets the results in order.
///
/// An item is begun only if the one whose result is due next is less than `ahead` items a thread before
/// it: no more results are held than that.
///
/// # Errors
/// As [`in_turns`]; `take` has got the results before the error.
pub fn in_order<P, S, T: Send>(
    items: impl ExactSizeIterator<Item = P> + Send,
    ahead: usize,
    run: &Run<'_>,
    start: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, P, &Watch<'_>) -> Result<T> + Sync,
    mut take: impl FnMut(T) + Send,
) -> Result<()> {
    let count = items.len();
    let threads = run.threads_for(count);
    if threads == 1 {
        let mut own = start();
        let watch = Watch::alone(run);
        for item in items {
            watch.check()?;
            take(work(&mut own, item, &watch)?);
        }
        return Ok(());
    }
    let team = Team {
        count,
        failed: AtomicUsize::new(usize::MAX),
        room: ahead.saturating_mul(threads),
        queue: Mutex::new(WorkQueue {
            items: items.enumerate(),
            begun: 0,
            due: 0,
            early: BTreeMap::new(),
            failure: None,
            take,
            others: threads - 1,
        }),
        moved: Condvar::new(),
    };
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads)
            .map(|_| {
                scope.spawn(|| {
                    let _leaves = Leaves { team: &team, other: true };
                    team.work_off(None, &start, &work);
                })
            })
            .collect();
        {
            let _leaves = Leaves { team: &team, other: false };
            team.work_off(Some(run.interrupted), &start, &work);
        }
        team.wait_for_others(run.interrupted);
        if let Some(panic) = others.into_iter().find_map(|other| other.join().err()) {
            resume_unwind(panic);
        }
    });
    let queue = team.queue.into_inner().unwrap_or_else(PoisonError::into_inner);
    match queue.failure {
        Some(error) => Err(error),
        None if queue.due < count => Err(Error::Interrupted),
        None => Ok(()),
    }
}

/// What the threads share.
struct Team<I, T, F> {
    /// Of items.
    count: usize,
    /// The first item that failed, 0 after an interruption: no item from there on is worth its while.
    failed: AtomicUsize,
    /// Items that may be begun before the one that is due.
    room: usize,
    queue: Mutex<WorkQueue<I, T, F>>,
    /// An item was done, or a thread left.
    moved: Condvar,
}

struct WorkQueue<I, T, F> {
    items: Enumerate<I>,
    begun: usize,
    /// The item whose result is to be taken next, and the results of later ones.
    due: usize,
    early: BTreeMap<usize, Result<T>>,
    failure: Option<Error>,
    take: F,
    /// Threads at work besides the calling one.
    others: usize,
}

/// Tells the others that a thread leaves; one that panics stops them.
struct Leaves<'a, I, T, F: FnMut(T)> {
    team: &'a Team<I, T, F>,
    other: bool,
}

impl<I, T, F: FnMut(T)> Drop for Leaves<'_, I, T, F> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.team.failed.store(0, Ordering::Relaxed);
        }
        self.team.locked().others -= usize::from(self.other);
        self.team.moved.notify_all();
    }
}

impl<I, T, F> Team<I, T, F> {
    fn locked(&self) -> MutexGuard<'_, WorkQueue<I, T, F>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The queue again when somebody moved, or some time later.
    fn waited<'a>(
        &self,
        queue: MutexGuard<'a, WorkQueue<I, T, F>>,
    ) -> MutexGuard<'a, WorkQueue<I, T, F>> {
        self.moved.wait_timeout(queue, LOOK_EVERY).unwrap_or_else(PoisonError::into_inner).0
    }

    fn wait_for_others(&self, interrupted: &dyn Fn() -> bool) {
        let watch = Watch { asked: Some(interrupted), turn: Some((&self.failed, usize::MAX)) };
        while self.locked().others > 0 {
            // The queue is free meanwhile: who is asked may take long to answer.
            watch.stopped();
            let queue = self.locked();
            if queue.others > 0 {
                drop(self.waited(queue));
            }
        }
    }
}

impl<P, T, I: Iterator<Item = P>, F: FnMut(T)> Team<I, T, F> {
    fn work_off<S>(
        &self,
        asked: Option<&dyn Fn() -> bool>,
        start: &impl Fn() -> S,
        work: &impl Fn(&mut S, P, &Watch<'_>) -> Result<T>,
    ) {
        let mut own = None;
        while let Some((number, item)) = self.next(asked) {
            let watch = Watch { asked, turn: Some((&self.failed, number)) };
            let result =
                watch.check().and_then(|()| work(own.get_or_insert_with(start), item, &watch));
            if result.is_err() {
                self.failed.fetch_min(number, Ordering::Relaxed);
            }
            self.locked().put(number, result);
            self.moved.notify_all();
        }
    }

    /// The next item, as soon as there is room for its result; None where none is worth beginning.
    fn next(&self, asked: Option<&dyn Fn() -> bool>) -> Option<(usize, P)> {
        let mut queue = self.locked();
        loop {
            let watch = Watch { asked: None, turn: Some((&self.failed, queue.begun)) };
            if queue.begun == self.count || watch.stopped() {
                return None;
            }
            if queue.begun - queue.due < self.room {
                queue.begun += 1;
                return queue.items.next();
            }
            drop(self.waited(queue));
            Watch { asked, ..watch }.stopped();
            queue = self.locked();
        }
    }
}

impl<I, T, F: FnMut(T)> WorkQueue<I, T, F> {
    fn put(&mut self, number: usize, result: Result<T>) {
        self.early.insert(number, result);
        while self.failure.is_none()
            && let Some(result) = self.early.remove(&self.due)
        {
            match result {
                Ok(result) => {
                    self.due += 1;
                    (self.take)(result);
                }
                Err(error) => self.failure = Some(error),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::atomic::AtomicBool;
    use std::time::Instant;

    use super::*;

    fn run(threads: usize) -> Run<'static> {
        Run { threads: Some(threads), interrupted: &|| false }
    }

    /// Waits for a state; the clock is there lest a fault hang the tests.
    fn wait_until(state: impl Fn() -> bool) {
        let start = Instant::now();
        while !state() {
            assert!(start.elapsed() < Duration::from_secs(300), "the state never came");
            std::thread::yield_now();
        }
    }

    #[test]
    fn results_come_in_order_whatever_the_threads() {
        let squares: Vec<usize> = (0..1000).map(|i| i * i).collect();
        for threads in [1, 2, 7] {
            assert_eq!(in_turns(1000, &run(threads), |i, _| Ok(i * i)), Ok(squares.clone()));
            let parts: Vec<_> = (0..1000).collect();
            assert_eq!(in_parts(parts, &run(threads), |i, _| Ok(i * i)), Ok(squares.clone()));
        }
        assert_eq!(in_turns(0, &run(2), |i, _| Ok(i)), Ok(vec![]));
    }

    #[test]
    fn the_error_is_the_first_in_order_not_in_time() {
        let later = AtomicBool::new(false);
        let outcome = in_turns(100, &run(2), |i, _| match i {
            0 => {
                wait_until(|| later.load(Ordering::Relaxed));
                Err::<(), _>(Error::Usage("first".to_owned()))
            }
            1 => {
                later.store(true, Ordering::Relaxed);
                Err(Error::Usage("second".to_owned()))
            }
            _ => unreachable!("nothing after an error is begun"),
        });
        assert_eq!(outcome, Err(Error::Usage("first".to_owned())));
    }

    #[test]
    fn a_failure_stops_what_comes_after_it() {
        let begun = AtomicBool::new(false);
        let outcome = in_turns(2, &run(2), |i, watch| {
            if i == 1 {
                begun.store(true, Ordering::Relaxed);
                wait_until(|| watch.stopped());
                return watch.check();
            }
            wait_until(|| begun.load(Ordering::Relaxed));
            Err(Error::Usage("first".to_owned()))
        });
        assert_eq!(outcome, Err(Error::Usage("first".to_owned())));
    }

    #[test]
    fn one_thread_asks_before_each_item() {
        let looks = std::cell::Cell::new(0);
        let third = || {
            looks.set(looks.get() + 1);
            looks.get() == 3
        };
        let done = AtomicUsize::new(0);
        let alone = Run { threads: Some(1), interrupted: &third };
        let outcome = in_turns(9, &alone, |_, _| Ok(done.fetch_add(1, Ordering::Relaxed)));
        assert_eq!((outcome, done.into_inner(), looks.get()), (Err(Error::Interrupted), 2, 3));
    }

    #[test]
    fn who_waits_for_others_goes_on_asking() {
        let caller = std::thread::current().id();
        let (begun, idle) = (AtomicBool::new(false), AtomicBool::new(false));
        // True once the calling thread has nothing more to do.
        let interrupted = || idle.load(Ordering::Relaxed);
        let outcome =
            in_turns(2, &Run { threads: Some(2), interrupted: &interrupted }, |_, watch| {
                if std::thread::current().id() == caller {
                    wait_until(|| begun.load(Ordering::Relaxed));
                    idle.store(true, Ordering::Relaxed);
                    Ok(())
                } else {
                    begun.store(true, Ordering::Relaxed);
                    wait_until(|| watch.stopped());
                    watch.check()
                }
            });
        assert_eq!(outcome, Err(Error::Interrupted));
    }

    #[test]
    fn an_interrupt_stops_every_part() {
        let stop = Run { threads: Some(3), interrupted: &|| true };
        let outcome = in_parts(vec![(); 3], &stop, |(), watch| {
            wait_until(|| watch.stopped());
            watch.check()
        });
        assert_eq!(outcome, Err(Error::Interrupted));
    }

    #[test]
    fn no_more_results_are_held_than_asked_for() {
        let (begun, taken) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let work = |(): &mut (), i: usize, _: &Watch<'_>| {
            begun.fetch_add(1, Ordering::SeqCst);
            if i == 0 {
                // The others run ahead as far as they may while the first is not done.
                wait_until(|| begun.load(Ordering::SeqCst) == 6);
            }
            assert!(i < taken.load(Ordering::SeqCst) + 6);
            Ok(i)
        };
        let take = |_| {
            taken.fetch_add(1, Ordering::SeqCst);
        };
        assert_eq!(in_order(0..200, 2, &run(3), || (), work, take), Ok(()));
        assert_eq!(taken.into_inner(), 200);
    }

    #[test]
    fn a_panic_is_carried_over_and_stops_the_others() {
        for caller_panics in [false, true] {
            let caller = std::thread::current().id();
            let both = AtomicUsize::new(0);
            let panic = catch_unwind(AssertUnwindSafe(|| {
                in_turns(2, &run(2), |_, watch| {
                    both.fetch_add(1, Ordering::Relaxed);
                    wait_until(|| both.load(Ordering::Relaxed) == 2);
                    if (std::thread::current().id() == caller) == caller_panics {
                        std::panic::resume_unwind(Box::new("carried over"));
                    }
                    wait_until(|| watch.stopped());
                    watch.check()
                })
            }))
            .unwrap_err();
            assert_eq!(panic.downcast_ref::<&str>(), Some(&"carried over"));
        }
    }
}
