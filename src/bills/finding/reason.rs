//! Reasons: what a rule saw, in both languages, with the rows it rests on.

use crate::bills::line::Place;
use crate::domain::lang::Text;
use crate::domain::money::Money;

/// How grave a kind of finding is, in the words of the article this program follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// 低风险（需警惕）: red packets and transfers to strangers, taken alone.
    Low,
    /// 中风险: game top-ups.
    Medium,
    /// 中高风险: spending where the owner is not.
    MediumHigh,
    /// 高风险: a run of payments that empties an account.
    High,
}

impl Grade {
    /// Returns the word used in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::MediumHigh => "medium_high",
            Self::High => "high",
        }
    }

    /// Returns the article's wording.
    pub fn text(self) -> Text {
        match self {
            Self::Low => crate::text!("低风险（需警惕）", "low (stay alert)"),
            Self::Medium => crate::text!("中风险", "medium"),
            Self::MediumHigh => crate::text!("中高风险", "medium to high"),
            Self::High => crate::text!("高风险", "high"),
        }
    }
}

/// The rules, each a stable word in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// A run of payments that turn a balance into money elsewhere.
    Run,
    /// A payee who never received a comparable amount.
    NewPayee,
    /// An amount far above what is usual.
    Large,
    /// Hours in which the owner hardly ever pays.
    OffHours,
    /// A tiny payment that tries the door.
    Probe,
    /// Savings moved to the balance just before.
    SavingsPulled,
    /// Faster than the owner ever paid for such things.
    Pace,
    /// Gift cards, telephone credit, game currency, merchants abroad.
    Fungible,
    /// Red packets, one after another, to one person.
    PacketRun,
    /// Many small debits by one new service.
    Drip,
    /// List prices paid to a private code.
    ListPrice,
    /// A family card used as never before.
    FamilyCard,
    /// A merchant named almost like one the owner knows.
    LookAlike,
    /// To the same stranger as a run, or another one in the middle of it.
    Beside,
    /// A country, place or means the account was never used from before.
    NewPlace,
    /// On or next to the day the person names.
    Reported,
}

impl Rule {
    /// Returns the word used in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::NewPayee => "new_payee",
            Self::Large => "large",
            Self::OffHours => "off_hours",
            Self::Probe => "probe",
            Self::SavingsPulled => "savings_pulled",
            Self::Pace => "pace",
            Self::Fungible => "fungible",
            Self::PacketRun => "packet_run",
            Self::Drip => "drip",
            Self::ListPrice => "list_price",
            Self::FamilyCard => "family_card",
            Self::LookAlike => "look_alike",
            Self::Beside => "beside",
            Self::NewPlace => "new_place",
            Self::Reported => "reported",
        }
    }
}

/// One reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The rule.
    pub rule: Rule,
    /// What it saw.
    pub text: Text,
    /// The rows it rests on.
    pub rows: Vec<Place>,
}

/// One transaction that the owner should confirm or clear.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Index into the ledger's events.
    pub event: usize,
    /// 0 to 1000; [`crate::bills::finding::THRESHOLD`] and above are shown.
    pub score: u32,
    /// How grave.
    pub grade: Grade,
    /// What would be lost: the amount less what came back.
    pub loss: Money,
    /// Why, the weightiest first.
    pub reasons: Vec<Reason>,
}
