//! A submission by mail as far as it got. Where it takes several messages, one of them is in front:
//! what nobody knows comes before what was refused, that before what is still to leave.

use jiff::Timestamp;

use crate::domain::refusal::RefusalClass;
use crate::workflow::doubt::NotFound;
use crate::workflow::event::VolumeRecord;

/// A message on its way; of several volumes the one that matters next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// Its Message-ID.
    pub message_id: String,
    /// When its bytes were stored.
    pub started_at: Timestamp,
    /// The revision of what was prepared that it carries.
    pub revision: u32,
    /// How far it got.
    pub stage: Stage,
    /// How often it was tried and refused.
    pub refusals: u32,
    /// It was already sent a second time.
    pub sent_again: bool,
    /// The server agreed to deliver our own copy with it.
    pub copied: bool,
    /// The last look for it in the mailbox, when it was not found.
    pub not_found: Option<NotFound>,
    /// A second try was refused; the program does not try again by itself before then.
    pub held_until: Option<Timestamp>,
    /// Which volume it is, from 1, where the submission takes several.
    pub volume: u32,
    /// The other volumes, each as far as it got.
    pub others: Vec<Self>,
}

/// How far a message got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Its bytes are stored; it has certainly not been taken.
    Stored,
    /// It may have been taken.
    InDoubt {
        /// Since when.
        since: Timestamp,
    },
    /// It lies in the outbox for the person to send.
    Written {
        /// Since when.
        at: Timestamp,
    },
    /// It was taken.
    Accepted {
        /// When.
        at: Timestamp,
    },
    /// It was certainly not taken.
    Refused {
        /// When.
        at: Timestamp,
        /// What kind of refusal.
        class: RefusalClass,
        /// When to try again.
        retry_at: Option<Timestamp>,
    },
}

impl Submission {
    /// Returns a submission whose bytes are stored.
    pub fn stored(
        message_id: &str,
        further: &[VolumeRecord],
        revision: u32,
        at: Timestamp,
    ) -> Self {
        let one = |volume: u32, message_id: &str| Self {
            message_id: message_id.to_owned(),
            started_at: at,
            revision,
            stage: Stage::Stored,
            refusals: 0,
            sent_again: false,
            copied: false,
            not_found: None,
            held_until: None,
            volume,
            others: Vec::new(),
        };
        let others = (2..).zip(further).map(|(volume, record)| one(volume, &record.message_id));
        Self { others: others.collect(), ..one(1, message_id) }
    }

    /// Returns its volumes, in the order in which they leave.
    pub fn volumes(&self) -> Vec<&Self> {
        let mut volumes: Vec<&Self> = std::iter::once(self).chain(&self.others).collect();
        volumes.sort_by_key(|volume| volume.volume);
        volumes
    }

    /// Returns the volume of a Message-ID.
    pub fn find(&self, message_id: &str) -> Option<&Self> {
        std::iter::once(self).chain(&self.others).find(|volume| volume.message_id == message_id)
    }

    /// Returns true when this message was taken.
    pub fn has_gone(&self) -> bool {
        matches!(self.stage, Stage::Accepted { .. })
    }

    /// Returns true when nobody knows of this message.
    pub fn is_in_doubt(&self) -> bool {
        matches!(self.stage, Stage::InDoubt { .. })
    }

    /// Returns true when something of it left, or may have.
    pub fn has_left(&self) -> bool {
        let mut all = std::iter::once(self).chain(&self.others);
        all.any(|volume| volume.has_gone() || volume.is_in_doubt())
    }

    /// Returns true when a part of it was taken and the rest follows as it is. Where the address
    /// does not exist, nothing follows.
    pub fn is_under_way(&self) -> bool {
        let nowhere = |volume: &Self| {
            matches!(volume.stage, Stage::Refused { class: RefusalClass::Mailbox, .. })
        };
        let mut all = std::iter::once(self).chain(&self.others);
        let taken = self.others.iter().any(Self::has_gone);
        taken && !self.has_gone() && !all.any(nowhere)
    }

    /// What has not left will not: nobody needs it any more. Of what never left in part nothing
    /// changes; returns whether something had.
    pub(super) fn drop_unsent(&mut self) -> bool {
        if self.others.is_empty() || !self.has_left() {
            return false;
        }
        self.others.retain(|other| other.has_gone() || other.is_in_doubt());
        self.settle();
        if !(self.has_gone() || self.is_in_doubt()) {
            // The front is what is left of what did not leave.
            self.put_in_front(0);
            self.others.retain(|other| other.has_gone() || other.is_in_doubt());
            self.settle();
        }
        true
    }

    /// Puts the volume of a Message-ID in front, if there is one.
    pub(super) fn turn_to(&mut self, message_id: &str) {
        if let Some(at) = self.others.iter().position(|other| other.message_id == message_id) {
            self.put_in_front(at);
        }
    }

    /// Puts in front what matters next: in doubt, refused, to leave, gone.
    pub(super) fn settle(&mut self) {
        let others = self.others.iter().enumerate();
        let next = others.min_by_key(|(_, other)| other.order());
        if let Some((at, other)) = next
            && other.order() < self.order()
        {
            self.put_in_front(at);
        }
    }

    fn put_in_front(&mut self, at: usize) {
        let others = std::mem::take(&mut self.others);
        let front = std::mem::replace(self, others[at].clone());
        self.others = others;
        self.others[at] = front;
    }

    /// What is over counts from when the last of it went.
    fn order(&self) -> (u8, i64, u32) {
        let (rank, gone) = match self.stage {
            Stage::InDoubt { .. } => (0, None),
            Stage::Refused { .. } => (1, None),
            Stage::Stored => (2, None),
            Stage::Written { at } => (3, Some(at)),
            Stage::Accepted { at } => (4, Some(at)),
        };
        (rank, gone.map_or(0, |at| -at.as_microsecond()), self.volume)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::digest::Digest;

    fn three() -> Submission {
        let record = |id: &str| VolumeRecord { message_id: id.into(), message: Digest::of(b"") };
        Submission::stored("a", &[record("b"), record("c")], 1, Timestamp::UNIX_EPOCH)
    }

    fn becomes(submission: &mut Submission, id: &str, stage: Stage) {
        submission.turn_to(id);
        assert_eq!(submission.message_id, id);
        submission.stage = stage;
        submission.settle();
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn volumes_leave_one_after_the_other_and_the_last_one_ends_it() {
        let mut submission = three();
        assert!(!submission.has_left() && !submission.is_under_way());
        for (second, id, next) in [(1, "a", "b"), (2, "b", "c")] {
            becomes(&mut submission, id, Stage::Accepted { at: at(second) });
            assert_eq!((submission.message_id.as_str(), &submission.stage), (next, &Stage::Stored));
            assert!(submission.has_left() && submission.is_under_way());
        }
        becomes(&mut submission, "c", Stage::Accepted { at: at(3) });
        assert_eq!(submission.stage, Stage::Accepted { at: at(3) });
        assert!(!submission.is_under_way());
        let order: Vec<&str> =
            submission.volumes().iter().map(|volume| volume.message_id.as_str()).collect();
        assert_eq!(order, ["a", "b", "c"]);
    }

    #[test]
    fn what_nobody_needs_any_more_does_not_leave() {
        let mut submission = three();
        assert!(!submission.drop_unsent(), "nothing of it left");
        becomes(&mut submission, "a", Stage::Accepted { at: at(1) });
        assert!(submission.drop_unsent());
        assert_eq!((submission.message_id.as_str(), submission.others.len()), ("a", 0));
        let mut submission = three();
        becomes(&mut submission, "a", Stage::Accepted { at: at(1) });
        becomes(&mut submission, "b", Stage::InDoubt { since: at(2) });
        assert!(submission.drop_unsent());
        assert_eq!((submission.message_id.as_str(), submission.others.len()), ("b", 1));
    }

    #[test]
    fn a_volume_in_doubt_is_in_front_whatever_happens_to_the_others() {
        let mut submission = three();
        becomes(&mut submission, "a", Stage::Accepted { at: at(1) });
        becomes(&mut submission, "b", Stage::InDoubt { since: at(2) });
        let returned = Stage::Refused { at: at(3), class: RefusalClass::Mailbox, retry_at: None };
        becomes(&mut submission, "a", returned);
        assert_eq!(submission.message_id, "b");
        becomes(&mut submission, "b", Stage::Accepted { at: at(4) });
        assert_eq!(submission.message_id, "a", "what came back is next");
        assert!(!submission.is_under_way(), "nothing more goes to an address that is none");
    }
}
