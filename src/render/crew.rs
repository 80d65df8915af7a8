//! Many papers at once: plain threads, each with a renderer of its own, results in the order of the
//! jobs, and never more jobs and papers in memory than the threads can work on.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::render::fonts::Fonts;
use crate::render::pdf::{Job, RenderError, Renderer};

/// How many jobs may wait or be done out of turn, for each thread.
const AHEAD: usize = 4;

/// What comes of a job.
pub type Made = Result<Vec<u8>, RenderError>;

/// Makes papers on that many threads (at least one) and hands each over in the order of its job,
/// with its place among them from 0. Jobs are taken from `jobs` only as fast as they are worked
/// off. A job that cannot be set, or in which the typesetter panics, is an error of that job alone.
pub fn in_order(
    fonts: &Arc<Fonts>,
    workers: usize,
    jobs: impl IntoIterator<Item = Job>,
    each: impl FnMut(usize, Made),
) {
    let hire = || {
        let renderer = Renderer::beside(Arc::clone(fonts), workers.saturating_sub(1));
        move |job: Job| caught(&job, |job| renderer.make(job))
    };
    spread(workers, &hire, jobs, each);
}

/// A typesetter that falls over is an error of that paper alone.
fn caught(job: &Job, make: impl FnOnce(&Job) -> Made) -> Made {
    let outcome = catch_unwind(AssertUnwindSafe(|| make(job)));
    outcome.unwrap_or_else(|_| Err(RenderError::Renderer { name: job.name.clone() }))
}

/// Works jobs off on that many threads (at least one), each with a worker of its own that `hire`
/// makes there, and hands what comes of each over in the order of the jobs, with its place from 0.
/// Jobs are taken only as fast as they are worked off.
pub fn spread<T: Send, R: Send, W: FnMut(T) -> R>(
    workers: usize,
    hire: &(impl Fn() -> W + Sync),
    jobs: impl IntoIterator<Item = T>,
    mut each: impl FnMut(usize, R),
) {
    let workers = workers.max(1);
    let (hand_out, waiting) = channel::<(usize, T)>();
    let (hand_in, done) = channel::<(usize, R)>();
    let waiting = Mutex::new(waiting);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            let (waiting, hand_in) = (&waiting, hand_in.clone());
            scope.spawn(move || {
                let _alone = alone();
                work(hire(), waiting, &hand_in);
            });
        }
        drop(hand_in);
        direct(jobs.into_iter(), workers * AHEAD, hand_out, &done, &mut each);
    });
}

/// Keeps Typst's small tasks on this thread for as long as the returned pool lives: where every
/// thread is busy with a paper, waking another for a task costs more than the task.
fn alone() -> Option<ThreadPool> {
    ThreadPoolBuilder::new().num_threads(1).use_current_thread().build().ok()
}

/// Gives out jobs, at most `ahead` beyond the last one handed over, and hands over in order what
/// comes of them. The threads end when `hand_out` is gone.
fn direct<T, R>(
    jobs: impl Iterator<Item = T>,
    ahead: usize,
    hand_out: Sender<(usize, T)>,
    done: &Receiver<(usize, R)>,
    each: &mut impl FnMut(usize, R),
) {
    let mut jobs = jobs.enumerate();
    let mut early = BTreeMap::new();
    let (mut given, mut next) = (0, 0);
    loop {
        while given < next + ahead {
            let Some(job) = jobs.next() else { break };
            given += 1;
            if hand_out.send(job).is_err() {
                return;
            }
        }
        if next == given {
            return;
        }
        let Ok((place, made)) = done.recv() else { return };
        early.insert(place, made);
        while let Some(made) = early.remove(&next) {
            each(next, made);
            next += 1;
        }
    }
}

/// Works jobs off until there are no more.
fn work<T, R>(
    mut worker: impl FnMut(T) -> R,
    waiting: &Mutex<Receiver<(usize, T)>>,
    hand_in: &Sender<(usize, R)>,
) {
    loop {
        let taken = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((place, job)) = taken else { return };
        if hand_in.send((place, worker(job))).is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    fn job(number: usize) -> Job {
        let (sources, data) = (BTreeMap::new(), json!({ "number": number }));
        Job { name: format!("job {number}"), sources, data, how: None, picture: None }
    }

    #[track_caller]
    fn made(workers: usize, count: usize) -> Vec<Made> {
        let worker = |job: &Job| {
            assert_ne!(job.data["number"], 3, "the third is one too many");
            Ok(job.name.clone().into_bytes())
        };
        let (taken, mut all) = (Cell::new(0), Vec::new());
        let jobs = (0..count).inspect(|number| taken.set(number + 1)).map(job);
        let hire = || |job: Job| caught(&job, worker);
        spread(workers, &hire, jobs, |place, made| {
            assert_eq!(place, all.len(), "in order");
            assert!(taken.get() <= place + 1 + workers * AHEAD, "no further ahead than agreed");
            all.push(made);
        });
        all
    }

    #[test]
    fn every_job_comes_back_in_its_place() {
        for workers in [1, 2, 5] {
            let all = made(workers, 40);
            assert_eq!(all.len(), 40);
            assert_eq!(all[39], Ok(b"job 39".to_vec()));
        }
        assert_eq!(made(2, 0), []);
    }

    #[test]
    fn a_panic_is_an_error_of_its_job_alone() {
        let all = made(2, 6);
        assert_eq!(all[3], Err(RenderError::Renderer { name: "job 3".into() }));
        assert_eq!(all.iter().filter(|made| made.is_err()).count(), 1);
    }
}
