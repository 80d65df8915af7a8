//! What a case says that cannot be true, or that will not do what its author expects. Only what
//! the case alone shows; evidence files and workflows are checked where they are known.

use jiff::{SignedDuration, Timestamp};

use crate::domain::case::{Case, SCHEMA};
use crate::domain::document::Places;
use crate::domain::lang::Text;
use crate::domain::problem::{Problem, Source};
use crate::domain::role::Role;
use crate::domain::time;

/// Clocks of phones and computers differ; a fact this little in the future is not a mistake.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_mins(5);

/// Returns every problem of the case itself, with the place of each.
pub fn inspect(case: &Case, source: &Source, places: &Places, now: Timestamp) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut error = |path: &str, message: Text, hint: Text| {
        problems.push(source.error(places.of(path), message, hint));
    };
    if case.schema != SCHEMA {
        let found = case.schema;
        error(
            "schema",
            crate::text!("不支持的文件版本 {found}", "unsupported file version {found}"),
            crate::text!("本程序读的版本是 {SCHEMA}", "this program reads version {SCHEMA}"),
        );
    }
    times(case, now, &mut error);
    losses(case, &mut error);
    consent(case, now, &mut error);
    problems.extend(warnings(case, source, places));
    problems
}

fn times(case: &Case, now: Timestamp, error: &mut impl FnMut(&str, Text, Text)) {
    let latest = now.saturating_add(CLOCK_TOLERANCE).unwrap_or(now);
    if case.discovered_at > latest {
        error(
            "discovered_at",
            Text::new("发现时间在将来", "the time of discovery is in the future"),
            Text::new(
                "检查年份和日期，以及电脑的时钟",
                "check year and day, and the machine's clock",
            ),
        );
    }
    if case.facts.last_seen_intact.is_some_and(|seen| seen > case.discovered_at) {
        error(
            "facts.last_seen_intact",
            Text::new(
                "最后一次看到余额正常的时间晚于发现时间",
                "the balance was last seen intact after the discovery",
            ),
            Text::new("检查这两个时间", "check the two times"),
        );
    }
    for (index, loss) in case.losses.iter().enumerate() {
        let number = index + 1;
        if loss.at.is_some_and(|at| at > case.discovered_at) {
            error(
                &format!("losses[{index}].at"),
                crate::text!(
                    "第 {number} 笔损失晚于发现时间",
                    "loss {number} is later than the discovery"
                ),
                Text::new(
                    "检查这笔的时间；如果发现之后还在转出，把 discovered_at 改为最初发现的时间，并另写一笔说明",
                    "check its time, or set discovered_at to when the first loss was found",
                ),
            );
        }
    }
}

fn consent(case: &Case, now: Timestamp, error: &mut impl FnMut(&str, Text, Text)) {
    let Some(consent) = &case.consent else { return };
    let zone = case.time_zone();
    let tomorrow = time::day(now, &zone).tomorrow().unwrap_or(consent.date);
    if consent.date > tomorrow {
        error(
            "consent.date",
            Text::new("同意的日期在将来", "the day of the consent is in the future"),
            Text::new("写委托人签字的那一天", "write the day the client signed"),
        );
    }
    let ends = [("retain_until", consent.retain_until), ("withdrawn", consent.withdrawn)];
    for (name, _) in ends.iter().filter(|(_, day)| day.is_some_and(|day| day < consent.date)) {
        error(
            &format!("consent.{name}"),
            Text::new("早于同意的日期", "this is before the day of the consent"),
            Text::new("检查这两个日期", "check the two days"),
        );
    }
}

fn losses(case: &Case, error: &mut impl FnMut(&str, Text, Text)) {
    for (index, loss) in case.losses.iter().enumerate() {
        let number = index + 1;
        if loss.amount.is_zero() {
            error(
                &format!("losses[{index}].amount"),
                crate::text!("第 {number} 笔损失是零元", "loss {number} is nothing"),
                Text::new("写上金额，或删掉这一笔", "write the amount, or delete this loss"),
            );
        }
        if loss.refunded > loss.amount {
            error(
                &format!("losses[{index}].refunded"),
                crate::text!(
                    "第 {number} 笔退回的钱比损失还多",
                    "loss {number} had more refunded than lost"
                ),
                Text::new("检查 amount 和 refunded", "check amount and refunded"),
            );
        }
        let same = |other: &crate::domain::case::Loss| {
            loss.order_no.is_some() && other.order_no == loss.order_no
        };
        if let Some(first) = case.losses[..index].iter().position(same) {
            let first = first + 1;
            error(
                &format!("losses[{index}].order_no"),
                crate::text!(
                    "第 {number} 笔和第 {first} 笔的交易单号相同",
                    "losses {first} and {number} have the same transaction number"
                ),
                Text::new("同一笔只写一次", "write each transaction once"),
            );
        }
    }
}

fn warnings(case: &Case, source: &Source, places: &Places) -> Vec<Problem> {
    let mut warnings = Vec::new();
    for (name, recipient) in &case.recipients {
        let path = format!("recipients.{name}");
        if recipient.email.is_some() && !recipient.confirmed {
            warnings.push(source.warning(
                places.of(&path),
                crate::text!(
                    "收件人 {name} 的地址还没有确认，不会给它发邮件",
                    "the address of recipient {name} is not confirmed; nothing will be mailed to it"
                ),
                Text::new(
                    "确认这是对方在本案中亲自告知的地址后，加上 confirmed = true",
                    "add confirmed = true once the recipient itself gave you this address",
                ),
            ));
        }
        if recipient.role == Role::Police && recipient.email.is_some() {
            warnings.push(source.warning(
                places.of(&path),
                Text::new("公安机关不通过电子邮件受理报案", "the police take no reports by mail"),
                Text::new("打 110 或到派出所，材料会为你打印好", "call 110 or go to the station"),
            ));
        }
    }
    warnings
}
