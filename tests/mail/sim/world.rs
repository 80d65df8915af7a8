//! What is outside: chance, a clock, the server's mailboxes, and what goes wrong.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use tokio::sync::Notify;

/// Chance with a seed: the same draws on every machine.
#[derive(Debug)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        // Neighbouring seeds begin far apart.
        Self(seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % limit
    }

    pub(super) fn one_in(&mut self, limit: u64) -> bool {
        self.below(limit) == 0
    }

    pub(super) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        let limit = u64::try_from(from.len()).unwrap();
        from[usize::try_from(self.below(limit)).unwrap()]
    }
}

/// A moment of a delivery. Up to `Dot` nothing was taken; at `Reply` the message was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum At {
    Greeting,
    Ehlo,
    Auth,
    Mail,
    Rcpt,
    Copy,
    Data,
    /// In the middle of the body.
    Body,
    /// The body came whole, and is not taken yet.
    Dot,
    /// The body was taken, and nothing was said of it yet.
    Reply,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// The connection ends.
    Drops,
    /// Nothing comes any more.
    Stalls,
    /// This comes instead.
    Says(&'static str),
    /// The right answer comes so many seconds later.
    Late(u64),
    /// The program is killed.
    Kills,
}

/// One message as the mail server meets it: what goes wrong with it. What would go wrong before it
/// is named happens only on a connection of its own.
pub(super) type Script = Vec<(At, What)>;

/// Our own copy of a message, in the mailbox or on its way there.
#[derive(Clone, Debug)]
pub(super) struct OwnCopy {
    pub(super) uid: u32,
    pub(super) folder: &'static str,
    pub(super) text: String,
    comes_at: i64,
}

/// Everything outside the program.
#[derive(Debug)]
pub(super) struct World {
    pub(super) dice: Dice,
    hand: Arc<AtomicI64>,
    /// What the server took, in order: Message-ID and recipient.
    pub(super) taken: Vec<(String, String)>,
    pub(super) mailbox: Vec<OwnCopy>,
    /// How often the program connected to the mail server.
    pub(super) connections: u32,
    on_the_way: Vec<OwnCopy>,
    /// How large a message the server takes, in bytes, where it says so.
    pub(super) size: Option<u64>,
    /// The provider keeps no copy of what one sends to oneself.
    pub(super) keeps_none: bool,
    /// The next conversations, where chance does not draw them.
    scripts: Option<VecDeque<Script>>,
    /// Where copies are put and after how many minutes, where chance does not say.
    pub(super) copies: Option<(&'static str, i64)>,
    /// The mailbox's search finds nothing.
    pub(super) search_is_blind: bool,
    /// Rung when the program is to be killed.
    pub(super) kill: Arc<Notify>,
    /// How many conversations may still go wrong: at last everything works.
    trouble_left: u32,
}

pub(super) type Shared = Arc<Mutex<World>>;

const MINUTE: i64 = 60_000;

impl World {
    pub(super) fn new(seed: u64, hand: Arc<AtomicI64>) -> Self {
        let mut dice = Dice::new(seed);
        let (keeps_none, search_is_blind) = (dice.one_in(8), dice.one_in(6));
        let size = dice.one_in(2).then_some(250_000);
        let trouble_left = 3 + u32::try_from(dice.below(6)).unwrap();
        Self {
            dice,
            hand,
            taken: Vec::new(),
            mailbox: Vec::new(),
            connections: 0,
            size,
            on_the_way: Vec::new(),
            keeps_none,
            scripts: None,
            copies: None,
            search_is_blind,
            kill: Arc::default(),
            trouble_left,
        }
    }

    /// A world in which only what is written goes wrong.
    pub(super) fn written(scripts: Vec<Script>, hand: Arc<AtomicI64>) -> Self {
        let mut world = Self::new(0, hand);
        (world.keeps_none, world.search_is_blind, world.size) = (false, false, None);
        (world.scripts, world.copies) = (Some(scripts.into()), Some(("INBOX", 0)));
        world
    }

    pub(super) fn now(&self) -> i64 {
        self.hand.load(Ordering::SeqCst)
    }

    pub(super) fn pass(&self, milliseconds: i64) {
        self.hand.fetch_add(milliseconds, Ordering::SeqCst);
    }

    /// Draws what goes wrong with the next message.
    pub(super) fn next_script(&mut self) -> Script {
        if let Some(scripts) = &mut self.scripts {
            return scripts.pop_front().unwrap_or_default();
        }
        if self.trouble_left == 0 || self.dice.one_in(4) {
            return Vec::new();
        }
        self.trouble_left -= 1;
        let early = [At::Greeting, At::Ehlo, At::Auth, At::Mail, At::Rcpt, At::Data];
        vec![match self.dice.below(10) {
            0 => (self.dice.pick(&early), What::Drops),
            1 => (self.dice.pick(&early), What::Stalls),
            2 => {
                let busy = "451 4.7.1 try again later";
                (self.dice.pick(&[At::Mail, At::Rcpt, At::Data, At::Dot]), What::Says(busy))
            }
            3 if self.dice.one_in(3) => (At::Rcpt, What::Says("550 5.1.1 User unknown")),
            3 if self.dice.one_in(3) => (At::Dot, What::Says("554 5.7.1 refused as spam")),
            3 => (At::Copy, What::Says("550 5.1.1 User unknown")),
            4 => (At::Body, What::Drops),
            5 => (At::Dot, self.dice.pick(&[What::Drops, What::Stalls])),
            6 => (At::Reply, self.dice.pick(&[What::Drops, What::Stalls])),
            7 => (At::Reply, self.dice.pick(&[What::Late(300), What::Late(1_300)])),
            8 => (self.dice.pick(&[At::Body, At::Dot, At::Reply]), What::Kills),
            _ => (self.dice.pick(&early), What::Kills),
        }]
    }

    /// Whether the next session with the mailbox ends early, and at which of its commands.
    pub(super) fn next_session_ends_at(&mut self) -> Option<u64> {
        let ends = self.scripts.is_none() && self.dice.one_in(5);
        ends.then(|| 1 + self.dice.below(12))
    }

    /// The server takes a message; a copy for its sender is on its way.
    pub(super) fn take(&mut self, text: String, recipients: &[String]) {
        let sender_too = recipients.len() > 1;
        self.taken.push((message_id(&text), recipients[0].clone()));
        if !sender_too || self.keeps_none {
            return;
        }
        if let Some((folder, minutes)) = self.copies {
            let comes_at = self.now() + minutes * MINUTE;
            return self.on_the_way.push(OwnCopy { uid: 0, folder, text, comes_at });
        }
        let lag = match self.dice.below(4) {
            0 => i64::try_from(self.dice.below(50)).unwrap() * MINUTE,
            1 => 2 * MINUTE,
            _ => 0,
        };
        let folder = if self.dice.one_in(6) { "Junk" } else { "INBOX" };
        let comes_at = self.now() + lag;
        self.on_the_way.push(OwnCopy { uid: 0, folder, text, comes_at });
    }

    /// Lets the copies arrive whose time has come.
    pub(super) fn deliver_copies(&mut self) {
        let now = self.now();
        let (come, wait): (Vec<OwnCopy>, Vec<OwnCopy>) =
            self.on_the_way.drain(..).partition(|copy| copy.comes_at <= now);
        self.on_the_way = wait;
        for copy in come {
            let uid = u32::try_from(self.mailbox.len()).unwrap() + 1;
            self.mailbox.push(OwnCopy { uid, ..copy });
        }
    }

    /// How often a message arrived.
    pub(super) fn arrivals(&self, message_id: &str) -> usize {
        self.taken.iter().filter(|(id, _)| id == message_id).count()
    }
}

pub(super) fn message_id(text: &str) -> String {
    let (_, rest) = text.split_once("Message-ID: <").unwrap();
    rest.split_once('>').unwrap().0.to_owned()
}

/// A time that jumps to what is waited for.
pub(super) fn time_of_its_own() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap()
}
