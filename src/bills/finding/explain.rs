//! Turns runs and patterns into findings with their reasons in both languages.

use jiff::civil::Date;

use crate::bills::finding::class::Class;
use crate::bills::finding::firsts::First;
use crate::bills::finding::habit::Habit;
use crate::bills::finding::reason::{Finding, Grade, Reason, Rule};
use crate::bills::finding::run::{Run, is_reported};
use crate::bills::finding::slow::Pattern;
use crate::bills::finding::weigh::Weight;
use crate::bills::line::Place;
use crate::domain::lang::Text;
use crate::domain::money::Money;
use crate::text;

/// What is needed to put reasons into words.
pub struct Explainer<'a> {
    /// The owner's history.
    pub habit: &'a Habit<'a>,
    /// What each row weighs.
    pub weights: &'a [Weight],
    /// The days the person names.
    pub around: &'a [Date],
}

impl Explainer<'_> {
    /// Returns the findings of a run: its rows, its probes and what stands beside it.
    pub fn run(&self, run: &Run, beside: &[usize]) -> Vec<Finding> {
        let rows = run.rows.iter().map(|at| {
            let mut reasons: Vec<Reason> =
                self.weights[*at].rules.iter().map(|rule| self.row_reason(*rule, *at)).collect();
            reasons.extend(self.look_alike(*at));
            reasons.extend(self.run_reasons(run, *at));
            self.finding(*at, run.points, reasons)
        });
        let probes = run.probes.iter().map(|at| {
            let mut reasons = vec![self.row_reason(Rule::Probe, *at)];
            reasons.extend(self.run_reasons(run, *at));
            reasons.dedup_by_key(|reason| reason.rule);
            self.finding(*at, run.points, reasons)
        });
        let beside = beside.iter().map(|at| {
            let mut reasons = vec![self.row_reason(Rule::Beside, *at)];
            reasons.extend(self.run_reasons(run, *at));
            self.finding(*at, run.points, reasons)
        });
        rows.chain(probes).chain(beside).collect()
    }

    /// Returns the findings of a slow pattern.
    pub fn pattern(&self, pattern: &Pattern) -> Vec<Finding> {
        let places = self.places(&pattern.rows);
        let count = pattern.rows.len();
        let sum = self.sum(&pattern.rows);
        let why = match pattern.rule {
            Rule::Drip => text!(
                "新出现的服务在几周内小额扣款 {count} 笔，共 {sum}，价格不一，不像固定的会员费",
                "services new to this bill took {count} small debits at changing prices, {sum} in all; a membership has one price"
            ),
            Rule::ListPrice => text!(
                "隔几天就向同一个新的收款码付 9.90、29.90 这类标价，共 {count} 笔 {sum}",
                "list prices such as 9.90 and 29.90 went to one new receive code every few days: {count} payments, {sum}"
            ),
            _ => text!(
                "亲属卡几天内用了 {count} 次，共 {sum}，比以往密得多",
                "the family card was used {count} times within days, {sum} in all, far more often than before"
            ),
        };
        let reason = Reason { rule: pattern.rule, text: why, rows: places };
        let reason_of = |at: &usize| {
            let mut reasons = vec![reason.clone()];
            if is_reported(self.habit, *at, self.around) {
                reasons.push(self.row_reason(Rule::Reported, *at));
            }
            self.finding(*at, pattern.points, reasons)
        };
        pattern.rows.iter().map(reason_of).collect()
    }

    fn finding(&self, at: usize, points: u32, reasons: Vec<Reason>) -> Finding {
        let entry = &self.habit.entries[at];
        let grade = match entry.class {
            Class::Game => Grade::Medium,
            Class::Overseas => Grade::MediumHigh,
            _ if points >= 600 => Grade::High,
            _ if reasons.iter().any(|reason| reason.rule == Rule::NewPlace) => Grade::MediumHigh,
            Class::RedPacket => Grade::Low,
            _ => Grade::Medium,
        };
        let score = points.min(1000);
        Finding { event: entry.event, score, grade, loss: entry.line.net(), reasons }
    }

    fn places(&self, rows: &[usize]) -> Vec<Place> {
        rows.iter().map(|at| self.habit.entries[*at].line.place).collect()
    }

    fn sum(&self, rows: &[usize]) -> Money {
        rows.iter().map(|at| self.habit.entries[*at].line.amount).sum()
    }

    fn row_reason(&self, rule: Rule, at: usize) -> Reason {
        let entry = &self.habit.entries[at];
        let amount = entry.line.amount;
        let text = match rule {
            Rule::NewPayee => text!(
                "此前从未向对方付过相近的金额",
                "the payee never received a comparable amount before"
            ),
            Rule::Large if matches!(entry.class, Class::Merchant | Class::Online) => text!(
                "金额 {amount} 远高于本人平时在商店的付款",
                "the amount, {amount}, is far above what the owner pays in shops"
            ),
            Rule::Large => text!(
                "金额 {amount} 很大，且没有写明用途",
                "the amount, {amount}, is large and says no purpose"
            ),
            Rule::Fungible => match entry.class {
                Class::Game => text!("游戏充值，可立即转手", "a game top-up, resold at once"),
                Class::GiftCard => {
                    text!("购物卡或礼品卡，可立即转手", "a gift card, resold at once")
                }
                Class::TopUp => text!("话费充值，可立即转手", "telephone credit, resold at once"),
                _ => text!("境外商户消费", "a merchant abroad"),
            },
            Rule::Pace => text!(
                "半小时内连续多笔，比本人任何一次都快",
                "several within half an hour, faster than the owner ever was"
            ),
            Rule::PacketRun => text!(
                "短时间内接连给同一个人发红包",
                "red packets to one person, one after another"
            ),
            Rule::Probe => text!(
                "{amount} 的小额试探，随后出现大额付款",
                "a probe of {amount} shortly before large payments"
            ),
            Rule::Beside => text!(
                "与同一时段的可疑付款付给同一人，或付给另一个从未付过款的人",
                "to the same stranger as the suspicious payments around it, or to another who was never paid before"
            ),
            _ => text!("在所说的日期前后", "on or next to the day that was named"),
        };
        Reason { rule, text, rows: vec![entry.line.place] }
    }

    /// Reasons that hold for the whole run, as seen from one of its rows.
    fn run_reasons(&self, run: &Run, at: usize) -> Vec<Reason> {
        let mut reasons = Vec::new();
        let mut add = |rule, text: Text, rows| reasons.push(Reason { rule, text, rows });
        for rule in &run.rules {
            match rule {
                Rule::Run => {
                    let (count, sum) = (run.rows.len(), self.sum(&run.rows));
                    let timed = run.rows.iter().all(|at| self.habit.entries[*at].has_clock());
                    let text = if timed {
                        text!(
                            "几小时内接连 {count} 笔，共 {sum}",
                            "one of {count} within hours, {sum} in all"
                        )
                    } else {
                        text!(
                            "一天之内 {count} 笔，共 {sum}",
                            "one of {count} within a day, {sum} in all"
                        )
                    };
                    add(*rule, text, self.places(&run.rows));
                }
                Rule::SavingsPulled => {
                    let sum = self.sum(&run.pulls);
                    let text = text!(
                        "此前刚从零钱通或余额宝转出 {sum} 到余额",
                        "{sum} had just been moved from savings to the balance"
                    );
                    add(*rule, text, self.places(&run.pulls));
                }
                Rule::Probe if !run.probes.contains(&at) => {
                    let text = text!("付款前有小额试探", "a tiny payment tried the door before");
                    add(*rule, text, self.places(&run.probes));
                }
                Rule::OffHours if run.off_hours.contains(&at) => {
                    let hour = self.habit.entries[at].hour().unwrap_or_default();
                    let text = text!(
                        "本人很少在 {hour} 点前后付款",
                        "the owner hardly ever pays around {hour}:00"
                    );
                    add(*rule, text, vec![self.habit.entries[at].line.place]);
                }
                Rule::NewPlace if run.new_places.contains(&at) => {
                    let place = vec![self.habit.entries[at].line.place];
                    add(*rule, self.new_place(at), place);
                }
                Rule::Reported if is_reported(self.habit, at, self.around) => {
                    let reason = self.row_reason(Rule::Reported, at);
                    add(reason.rule, reason.text, reason.rows);
                }
                _ => {}
            }
        }
        reasons
    }

    fn new_place(&self, at: usize) -> Text {
        let entry = &self.habit.entries[at];
        let what = self.habit.firsts.of(entry).unwrap_or(First::Site);
        let named = what.of(entry.line);
        match what {
            First::Country => text!(
                "这张卡（账户）此前的账单里从未出现过的国家或地区：{named}",
                "a country this account was never used in before, by these bills: {named}"
            ),
            First::Via => text!(
                "这个账户此前的账单里从未出现过的交易渠道：{named}",
                "a means this account was never used by before, by these bills: {named}"
            ),
            First::Site => text!(
                "这个账户此前的账单里从未出现过的交易地点：{named}",
                "a place this account was never used at before, by these bills: {named}"
            ),
        }
    }

    /// A name that differs in one letter from a shop the owner knows well. Why it is said: such a
    /// name is chosen to be overlooked. It is a hint beside other reasons and gives no points,
    /// because branches of one chain are named alike too.
    fn look_alike(&self, at: usize) -> Option<Reason> {
        let entry = &self.habit.entries[at];
        let name: Vec<char> = entry.payee.chars().collect();
        if name.len() < 4 || self.habit.visits(at) > 0 {
            return None;
        }
        let known = self.habit.entries.iter().find(|other| {
            other.payee != entry.payee
                && one_letter_apart(&name, &other.payee.chars().collect::<Vec<_>>())
                && self.habit.of_payee(other.payee).len() >= 5
        })?;
        let shop = known.payee;
        let text = text!(
            "名称与常用商户“{shop}”只差一个字",
            "the name is one letter away from `{shop}`, which the owner uses"
        );
        Some(Reason { rule: Rule::LookAlike, text, rows: vec![entry.line.place, known.line.place] })
    }
}

fn one_letter_apart(a: &[char], b: &[char]) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let head = short.iter().zip(long).take_while(|(x, y)| x == y).count();
    match long.len() - short.len() {
        0 => {
            short[head.min(short.len())..].iter().zip(&long[head..]).filter(|(x, y)| x != y).count()
                == 1
        }
        1 => short[head..] == long[head + 1..],
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_one_letter_apart_are_alike() {
        let apart = |a: &str, b: &str| {
            one_letter_apart(&a.chars().collect::<Vec<_>>(), &b.chars().collect::<Vec<_>>())
        };
        assert!(apart("美团平台商户", "美困平台商户"));
        assert!(apart("京东商城", "京东商城店"));
        assert!(!apart("京东商城", "京东商城"));
        assert!(!apart("京东商城", "苏宁易购"));
    }
}
