//! What is known of a message in doubt, for the person who has to decide: when it left, what the
//! server said last, where it was looked for, and what that proves.

use crate::domain::lang::Text;
use crate::domain::time;
use crate::runtime::desk::Desk;
use crate::runtime::setup::Runtime;
use crate::workflow::doubt::{NotFound, Unproven};
use crate::workflow::submission::{Stage, Submission};

/// Returns what is known, a line each; nothing when the message is not in doubt.
pub(super) fn known(runtime: &Runtime, desk: &Desk, submission: &Submission) -> Vec<Text> {
    let Stage::InDoubt { since } = submission.stage else { return Vec::new() };
    let since = time::minute(since, &desk.zone);
    let host = runtime.config.smtp.as_ref().map_or("—", |smtp| smtp.host.as_str());
    let mut lines = vec![crate::text!(
        "发信：{since}，服务器 {host} 说可以发正文，之后没有确认收下",
        "sent: {since}; {host} was ready for the body and never said that it took it"
    )];
    if submission.sent_again {
        lines.push(Text::new(
            "这已经是第二次发，程序不会再自己发",
            "this was the second try; it is not sent again by itself",
        ));
    }
    match &submission.not_found {
        Some(look) => lines.extend(looked(desk, submission, look)),
        None if runtime.config.imap.is_none() => lines.push(Text::new(
            "没有设置收信邮箱，程序不能自己去找副本（设置：appeal-daemon mail setup）",
            "no mailbox is set up, so the copy cannot be looked for (appeal-daemon mail setup)",
        )),
        None => lines.push(Text::new(
            "过一刻钟还没有结果，程序会到你的邮箱里找副本",
            "after a quarter of an hour your mailbox is searched for the copy",
        )),
    }
    lines
}

fn looked(desk: &Desk, submission: &Submission, look: &NotFound) -> Vec<Text> {
    let at = time::minute(look.at, &desk.zone);
    let NotFound { server, folders, .. } = look;
    vec![
        crate::text!(
            "找过：{at} 在 {server} 的 {folders} 个文件夹里都没有副本",
            "looked: {at}, in none of {folders} folders at {server} is a copy"
        ),
        match submission.unproven(look) {
            None => Text::new(
                "更早的信有副本而这封没有：服务器应当没有收下",
                "an earlier message has its copy there and this has none: it was probably not taken",
            ),
            Some(why) => meaning(why),
        },
    ]
}

fn meaning(why: Unproven) -> Text {
    match why {
        Unproven::NoCopy => Text::new(
            "服务器没有答应给自己留副本，所以找不到不说明没到",
            "the server did not agree to a copy, so that says nothing",
        ),
        Unproven::Unread(count) => crate::text!(
            "还有 {count} 个文件夹没能找，所以不说明没到",
            "{count} folders could not be searched, so that says nothing"
        ),
        Unproven::NoWitness => Text::new(
            "以前发出的信在这里也没有副本，所以找不到不说明没到",
            "earlier messages have no copy there either, so that says nothing",
        ),
        Unproven::Early => Text::new(
            "副本可能还在路上；满一小时再找一次",
            "the copy may be on its way; it is looked for again after an hour",
        ),
    }
}
