//! Totals by channel. Claims go to different institutions: what left the balance or the savings
//! of a wallet is the wallet's matter, what left a card also the bank's, what was borrowed the
//! lender's. Everything is net of refunds and counts each transaction once.

use std::collections::BTreeMap;

use crate::bills::finding::reason::Finding;
use crate::bills::ledger::Ledger;
use crate::bills::line::{Line, Provider};
use crate::domain::lang::Text;
use crate::domain::money::Money;
use crate::text;

/// Where the money came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// 零钱, 余额.
    Balance,
    /// 零钱通, 余额宝.
    Savings,
    /// A debit card.
    Card,
    /// A credit card.
    CreditCard,
    /// 花呗, 白条, 月付.
    Credit,
    /// The bill does not say.
    Unknown,
}

impl Channel {
    /// Judges a payment method. Of a combined one the first part counts, which wallets put first
    /// because it paid most.
    pub fn of(line: &Line) -> Self {
        let method = line.method().split('&').next().unwrap_or_default();
        let has = |words: &[&str]| words.iter().any(|word| method.contains(word));
        if has(&["零钱通", "余额宝"]) {
            Self::Savings
        } else if has(&["零钱", "余额"]) {
            Self::Balance
        } else if has(&["花呗", "白条", "月付", "借呗", "先享后付", "分付", "微粒贷"])
        {
            Self::Credit
        } else if has(&["信用卡", "贷记"]) {
            Self::CreditCard
        } else if has(&["储蓄卡", "借记", "银行", "农信", "信用社"])
            || matches!(line.provider, Provider::Bank(_))
        {
            Self::Card
        } else {
            Self::Unknown
        }
    }

    /// Returns the word used in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Balance => "balance",
            Self::Savings => "savings",
            Self::Card => "card",
            Self::CreditCard => "credit_card",
            Self::Credit => "credit",
            Self::Unknown => "unknown",
        }
    }

    /// Returns what people call it.
    pub fn text(self) -> Text {
        match self {
            Self::Balance => text!("零钱 / 余额", "balance"),
            Self::Savings => text!("零钱通 / 余额宝", "savings"),
            Self::Card => text!("银行卡", "bank card"),
            Self::CreditCard => text!("信用卡", "credit card"),
            Self::Credit => text!("花呗、白条等信用额度", "credit line"),
            Self::Unknown => text!("账单未写明", "not stated"),
        }
    }
}

/// What went through one channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Through {
    /// How many payments.
    pub rows: u64,
    /// Paid.
    pub paid: Money,
    /// Came back.
    pub refunded: Money,
}

impl Through {
    fn add(&mut self, line: &Line) {
        self.rows += 1;
        self.paid = self.paid + line.amount;
        self.refunded = self.refunded + line.refunded;
    }

    /// Returns what did not come back.
    pub fn net(&self) -> Money {
        self.paid - self.refunded
    }
}

/// Totals of a ledger.
#[derive(Clone, Debug, Default)]
pub struct Totals {
    /// All spending.
    pub spent: Through,
    /// What the findings amount to.
    pub suspected: Through,
    /// All spending by provider, channel and the name of the account or card.
    pub by_channel: BTreeMap<(Provider, Channel, String), Through>,
    /// The findings likewise: the table of where the money was taken from.
    pub suspected_by_channel: BTreeMap<(Provider, Channel, String), Through>,
    /// The findings by payee: the table of where the money went.
    pub suspected_by_payee: BTreeMap<(Provider, String), Through>,
}

impl Totals {
    /// Counts a ledger and what was found in it.
    pub fn count(ledger: &Ledger, findings: &[Finding]) -> Self {
        let mut totals = Self::default();
        let key = |line: &Line| (line.provider, Channel::of(line), line.method().to_owned());
        for event in ledger.events.iter().filter(|event| event.is_spending()) {
            totals.spent.add(&event.line);
            totals.by_channel.entry(key(&event.line)).or_default().add(&event.line);
        }
        for finding in findings {
            let line = &ledger.events[finding.event].line;
            totals.suspected.add(line);
            totals.suspected_by_channel.entry(key(line)).or_default().add(line);
            let payee = (line.provider, line.payee().to_owned());
            totals.suspected_by_payee.entry(payee).or_default().add(line);
        }
        totals
    }
}
