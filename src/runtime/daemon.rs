//! The daemon: looks at every case when it is due, when something was written, and on a sweep
//! that the scheduler ticks. Truth is in the ledger; a tick only says "look again".

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Notify;
use tokio::time::MissedTickBehavior;
use tokio_cron_scheduler::{Job, JobScheduler};

use crate::runtime::advance::Trouble;
use crate::runtime::error::RuntimeError;
use crate::runtime::mailbox::Post;
use crate::runtime::notify::Means;
use crate::runtime::setup::Runtime;
use crate::runtime::typesetter::Typesetter;
use crate::store::error::StoreError;

/// When the sweep looks at everything that is due: every half minute.
const SWEEP: &str = "*/30 * * * * *";

/// How often to ask whether another process has written.
const POLL: Duration = Duration::from_secs(1);

/// A look at everything that is due at least this often, counted in polls.
const POLLS_PER_SWEEP: u32 = 30;

/// How often to write down that an executor is at work: far more often than the twelve hours
/// that make an absence, and rarely enough to let a disk sleep.
const SEEN_EVERY: jiff::SignedDuration = jiff::SignedDuration::from_mins(10);

/// How long an act under way may go on after the daemon was told to stop. A message whose body has
/// left stays in doubt, as after any other interruption.
const GRACE: Duration = Duration::from_secs(7);

/// What wakes the daemon.
enum Woken {
    Sweep,
    Poll,
    Stop,
}

impl Runtime {
    /// Works until it is told to stop. `report` is told what could not be done.
    pub async fn work(
        &mut self,
        program: PathBuf,
        mut report: impl FnMut(&Trouble),
    ) -> Result<(), RuntimeError> {
        self.typesetter = Typesetter::Child(program);
        let sweep = Arc::new(Notify::new());
        let stop = Arc::new(Notify::new());
        tokio::spawn(listen(Arc::clone(&self.stopping), Arc::clone(&stop)));
        let mut scheduler = scheduler(Arc::clone(&sweep)).await?;
        let mut poll = tokio::time::interval(POLL);
        // A machine that slept does not need the ticks it slept through.
        poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut version = None;
        let mut polls = 0;
        let mut seen = self.clock.now();
        let mut post = Post::default();
        loop {
            let woken = tokio::select! {
                () = stop.notified() => Woken::Stop,
                () = sweep.notified() => Woken::Sweep,
                _ = poll.tick() => Woken::Poll,
            };
            match woken {
                Woken::Stop => break,
                Woken::Sweep => {}
                Woken::Poll => {
                    polls += 1;
                    // The sweep goes by the wall clock, which may be set back; polls do not.
                    let swept = polls >= POLLS_PER_SWEEP;
                    let found = self.store.data_version().ok();
                    if version == found && !swept {
                        continue;
                    }
                    (version, polls) = (found, if swept { 0 } else { polls });
                }
            }
            self.refresh();
            self.seen_at_work(&mut seen)?;
            passing(self.fire_recurring(&Means::Away).await)?;
            tokio::select! {
                troubles = self.advance_due(&Means::Away) => match passing(troubles)? {
                    Some(troubles) => troubles.iter().for_each(&mut report),
                    // Another process writes, or the disk is full: the next sweep tries again.
                    None => continue,
                },
                () = stopped_and_waited(&stop) => break,
            }
            // What is due goes first: a server that is slow to answer holds nothing up.
            if post.is_due() {
                tokio::select! {
                    looked = self.fetch_post(&mut post) => if let Err(error) = looked {
                        report(&Trouble { step: String::new(), error });
                    },
                    () = stop.notified() => break,
                }
            }
            if self.stopping.load(Ordering::SeqCst) {
                break;
            }
        }
        passing(self.be_seen())?;
        // What the scheduler says while it stops changes nothing for the ledger.
        let _ = scheduler.shutdown().await;
        Ok(())
    }
}

impl Runtime {
    /// Writes down now and then that an executor is at work.
    fn seen_at_work(&mut self, seen: &mut Timestamp) -> Result<(), RuntimeError> {
        let now = self.clock.now();
        if seen.duration_until(now).abs() >= SEEN_EVERY {
            passing(self.be_seen())?;
            *seen = now;
        }
        Ok(())
    }
}

async fn stopped_and_waited(stop: &Notify) {
    stop.notified().await;
    tokio::time::sleep(GRACE).await;
}

/// What passes by itself does not end the daemon: it has deadlines to watch. None for such.
fn passing<T>(result: Result<T, RuntimeError>) -> Result<Option<T>, RuntimeError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(RuntimeError::Store(
            StoreError::Busy { .. } | StoreError::Disk { .. } | StoreError::Conflict,
        )) => Ok(None),
        Err(error) => Err(error),
    }
}

async fn listen(stopping: Arc<AtomicBool>, stop: Arc<Notify>) {
    stopped().await;
    stopping.store(true, Ordering::SeqCst);
    stop.notify_one();
}

async fn scheduler(sweep: Arc<Notify>) -> Result<JobScheduler, RuntimeError> {
    let ours = |error: tokio_cron_scheduler::JobSchedulerError| {
        RuntimeError::Ours(format!("the scheduler does not start: {error}"))
    };
    let scheduler = JobScheduler::new().await.map_err(ours)?;
    let job = Job::new(SWEEP, move |_, _| sweep.notify_one()).map_err(ours)?;
    scheduler.add(job).await.map_err(ours)?;
    scheduler.start().await.map_err(ours)?;
    Ok(scheduler)
}

/// Waits for the person or the system to end the process.
async fn stopped() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(mut terminate) = signal(SignalKind::terminate()) else {
            let _ = tokio::signal::ctrl_c().await;
            return;
        };
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    }
    #[cfg(not(unix))]
    let _ = tokio::signal::ctrl_c().await;
}
