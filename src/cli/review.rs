//! `bills review`: what looks wrong in the bills of a case waits for the person's word. In a
//! terminal it asks row by row; with `--confirm` and `--clear` it takes their word from there.

use std::fmt::Write as _;

use jiff::civil::Date;
use serde_json::{Value, json};

use crate::bills::finding::reason::Finding;
use crate::bills::report::rfc3339;
use crate::cli::args::{BillsReview, HowGiven};
use crate::cli::bills_files;
use crate::cli::context::Context;
use crate::cli::exit;
use crate::cli::start;
use crate::domain::case::How;
use crate::domain::lang::Text;
use crate::domain::losses;
use crate::domain::time;
use crate::runtime::bills::{self, Progress, Screening, Verdict};
use crate::runtime::desk::Desk;
use crate::runtime::error::RuntimeError;
use crate::runtime::notify::Means;
use crate::runtime::setup::block_on;

/// Stands for everything that waits.
const ALL: &str = "all";

/// Lists what waits, or takes the person's word.
pub fn review(arguments: &BillsReview, context: &Context) -> Result<u8, RuntimeError> {
    let mut runtime = context.runtime(None)?;
    let case = runtime.find_case(&arguments.case)?;
    let desk = runtime.desk(&case)?;
    if bills::progress(&desk).is_none() {
        return Err(RuntimeError::asked(
            crate::text!("案件 {case} 还没有账单", "case {case} has no bills yet"),
            crate::text!(
                "在案件文件里写 bills = [\"账单.csv\"] 再运行 start，或用 appeal-daemon evidence add {case} 添加",
                "write bills = [\"bill.csv\"] into the case file and run start, or use evidence add"
            ),
        ));
    }
    if let Some(path) = &arguments.pdf {
        bills_files::refuse_to_overwrite(path)?;
    }
    let screening = runtime.screen_bills(&desk)?;
    if let Some(day) = &arguments.on {
        return on_day(day, &desk, &screening, context);
    }
    let mut said = said(arguments, &desk, &screening);
    if said.is_empty() && !context.json && context.is_terminal() {
        said = ask(&desk, &screening, context);
    }
    if !said.is_empty() {
        runtime.review_bills(&case, &said)?;
        // Papers are made anew with what was confirmed.
        if runtime.become_executor()?.is_some() {
            let advanced = block_on(runtime.advance(&case, &Means::Screen))??;
            for trouble in &advanced.troubles {
                context.print_aside(&start::trouble_text(trouble, context));
            }
        }
    }
    let desk = runtime.desk(&case)?;
    let mut written = Vec::new();
    if let Some(path) = &arguments.pdf {
        bills_files::write(path, &runtime.bill_page(&desk, &screening)?)?;
        written.push(path.display().to_string());
    }
    Ok(shown(&desk, &screening, &written, context))
}

fn said(arguments: &BillsReview, desk: &Desk, screening: &Screening) -> Vec<(String, Verdict)> {
    let how = match arguments.how {
        HowGiven::NotByMe => How::NotByMe,
        HowGiven::ByMeDeceived => How::ByMeDeceived,
        HowGiven::Unknown => How::Unknown,
    };
    let verdicts = [(&arguments.confirm, Verdict::Loss(how)), (&arguments.clear, Verdict::Cleared)];
    let mut said = Vec::new();
    for (ids, verdict) in verdicts {
        for id in ids {
            if id == ALL {
                let waiting = bills::pending(&desk.history, screening);
                said.extend(waiting.iter().map(|found| (screening.id(found.event), verdict)));
            } else {
                said.push((id.clone(), verdict));
            }
        }
    }
    said
}

/// Asks about each row that waits; whoever stops in the middle keeps what was said before.
fn ask(desk: &Desk, screening: &Screening, context: &Context) -> Vec<(String, Verdict)> {
    let mut said = Vec::new();
    let choices = [
        (context.word("不是我操作的", "not done by me"), Some(Verdict::Loss(How::NotByMe))),
        (
            context.word("我操作的，但受了骗", "done by me, deceived"),
            Some(Verdict::Loss(How::ByMeDeceived)),
        ),
        (
            context.word("算损失，但还不清楚是怎么回事", "a loss, not known how"),
            Some(Verdict::Loss(How::Unknown)),
        ),
        (context.word("是我自己的正常消费", "all is well with it"), Some(Verdict::Cleared)),
        (context.word("以后再说", "later"), None),
    ];
    for found in bills::pending(&desk.history, screening) {
        context.print(&row(screening, found.event, Some(found), context));
        let words = choices.iter().map(|(word, _)| *word).collect();
        let Ok(chosen) =
            inquire::Select::new(context.word("这一笔是？", "This one:"), words).prompt()
        else {
            break;
        };
        let verdict = choices.iter().find(|(word, _)| *word == chosen);
        said.extend(
            verdict.and_then(|(_, verdict)| Some((screening.id(found.event), (*verdict)?))),
        );
    }
    said
}

fn shown(desk: &Desk, screening: &Screening, written: &[String], context: &Context) -> u8 {
    let progress = bills::progress(desk).unwrap_or_default();
    let waiting = bills::pending(&desk.history, screening);
    let code = if waiting.is_empty() { exit::DONE } else { exit::WAITS };
    let decided: Vec<Value> = desk
        .history
        .reviewed
        .values()
        .map(|decision| json!({ "id": decision.id, "loss": decision.loss }))
        .collect();
    if context.json {
        let rows = waiting.iter().map(|found| row_json(screening, found.event, Some(found)));
        context.print_json(&json!({
            "schema": 1,
            "case": desk.id().as_str(),
            "files": progress.files,
            "rows": progress.rows,
            "pending": rows.collect::<Vec<_>>(),
            "decided": decided,
            "net_fen": losses::net(&desk.history.case, None).fen(),
            "stranger": progress.stranger,
            "warnings": warnings(screening, context),
            "written": written,
            "unread": screening.unread.iter().map(|unread| json!({
                "path": unread.path,
                "message": context.say(&unread.message),
                "hint": context.say(&unread.hint),
            })).collect::<Vec<_>>(),
        }));
        return code;
    }
    let mut out = format!("{}\n", line(&progress, context));
    for found in &waiting {
        out.push_str(&row(screening, found.event, Some(found), context));
    }
    for unread in &screening.unread {
        let _ = writeln!(out, "{}：{}", unread.path, context.say(&unread.message));
        let _ = writeln!(out, "  {}", context.say(&unread.hint));
    }
    for warning in warnings(screening, context) {
        let _ = writeln!(out, "⚠ {warning}");
    }
    let id = desk.id();
    if !waiting.is_empty() {
        let said = crate::text!(
            "\n不是我操作的：appeal-daemon bills review {id} --confirm 编号（写末尾几位也行；全部用 all）\n受骗自己操作的：再加 --how by_me_deceived\n是我的正常消费：appeal-daemon bills review {id} --clear 编号\n没列出来的：appeal-daemon bills review {id} --on 2026-09-18 列出那天的每一笔\n",
            "\nnot done by me: appeal-daemon bills review {id} --confirm NUMBER (its last digits will do, or all)\ndone by me, deceived: add --how by_me_deceived\nall is well: appeal-daemon bills review {id} --clear NUMBER\nnot listed: appeal-daemon bills review {id} --on DAY lists every row of it\n"
        );
        out.push_str(context.say(&said));
    }
    let (count, net) = (desk.history.case.losses.len(), losses::net(&desk.history.case, None));
    let said = crate::text!(
        "案件现在的损失：{count} 笔，扣除退款 {net}",
        "losses of the case now: {count}, {net} net of refunds"
    );
    let _ = writeln!(out, "{}", context.say(&said));
    for path in written {
        let _ = writeln!(out, "{}", context.say(&crate::text!("已写好 {path}", "wrote {path}")));
    }
    context.print(&out);
    code
}

/// What a person should know before relying on the bills.
fn warnings(screening: &Screening, context: &Context) -> Vec<String> {
    let of_file = screening.ledger.sources.iter().flat_map(|source| {
        let path = &source.export.path;
        source.export.warnings.iter().map(move |said| format!("{path}：{}", context.say(said)))
    });
    let accounts = screening.ledger.several_accounts();
    of_file.chain(accounts.map(|said| context.say(&said).to_owned())).collect()
}

/// Returns what the bills of a case wait for; nothing when nobody is needed.
pub fn waits(desk: &Desk, context: &Context) -> String {
    let needed = |progress: &Progress| {
        progress.pending > 0 || progress.unread > 0 || progress.stranger.is_some()
    };
    let Some(progress) = bills::progress(desk).filter(needed) else { return String::new() };
    let id = desk.id();
    let line = line(&progress, context);
    format!("\n{line}\n    {}appeal-daemon bills review {id}\n", context.word("逐笔看：", "see: "))
}

/// Returns how far the review is, for JSON; null without bills.
pub fn progress_json(desk: &Desk) -> Value {
    bills::progress(desk).map_or(Value::Null, |progress| {
        json!({
            "files": progress.files,
            "rows": progress.rows,
            "pending": progress.pending,
            "confirmed": progress.confirmed,
            "cleared": progress.cleared,
            "unread": progress.unread,
            "stranger": progress.stranger,
        })
    })
}

/// Returns one line on how far the review is, for whoever asks what there is to do.
pub fn line(progress: &Progress, context: &Context) -> String {
    let Progress { files, rows, pending, confirmed, cleared, unread, stranger } = progress;
    let said = crate::text!(
        "账单：读了 {files} 份 {rows} 笔；待你确认 {pending} 笔，已确认 {confirmed} 笔，已排除 {cleared} 笔",
        "bills: {files} read, {rows} transactions; {pending} wait for you, {confirmed} confirmed, {cleared} cleared"
    );
    let mut out = context.say(&said).to_owned();
    if *unread > 0 {
        let said = crate::text!("；{unread} 份没读出来", "; {unread} not read");
        out.push_str(context.say(&said));
    }
    if let Some(warning) = stranger {
        let _ = write!(out, "\n⚠ {warning}");
    }
    out
}

fn on_day(
    day: &str,
    desk: &Desk,
    screening: &Screening,
    context: &Context,
) -> Result<u8, RuntimeError> {
    let day: Date = day.parse().map_err(|_| {
        RuntimeError::asked(
            crate::text!("日期 {day} 写得不对", "{day} is not a day"),
            Text::new("写成 2026-09-18", "write 2026-09-18"),
        )
    })?;
    let events = (0..screening.ledger.events.len())
        .filter(|event| time::day(screening.ledger.events[*event].line.at, &desk.zone) == day);
    let found = |event: usize| screening.findings.iter().find(|found| found.event == event);
    if context.json {
        let rows: Vec<Value> =
            events.map(|event| row_json(screening, event, found(event))).collect();
        context.print_json(&json!({ "schema": 1, "case": desk.id().as_str(), "rows": rows }));
    } else {
        let rows: String =
            events.map(|event| row(screening, event, found(event), context)).collect();
        let none = context.word("账单里那天没有交易\n", "no transaction on that day\n");
        context.print(if rows.is_empty() { none } else { &rows });
    }
    Ok(exit::DONE)
}

fn row(screening: &Screening, event: usize, found: Option<&Finding>, context: &Context) -> String {
    let line = &screening.ledger.events[event].line;
    let loss = screening.loss(event, How::Unknown);
    let channel = losses::channel_name(&loss).unwrap_or_default();
    let at = line.wall().strftime("%Y-%m-%d %H:%M:%S");
    let mut out = format!("\n{at}　{}　{}　{channel}", line.amount, line.payee());
    if !loss.refunded.is_zero() {
        let refunded = loss.refunded;
        let said = crate::text!("　已退 {refunded}", "  refunded {refunded}");
        out.push_str(context.say(&said));
    }
    let number = screening.id(event);
    let place = loss.source.unwrap_or_default();
    let _ = writeln!(out, "\n  {}{number}（{place}）", context.word("编号 ", "number "));
    for reason in found.iter().flat_map(|found| &found.reasons) {
        let _ = writeln!(out, "  · {}", context.say(&reason.text));
    }
    out
}

fn row_json(screening: &Screening, event: usize, found: Option<&Finding>) -> Value {
    let line = &screening.ledger.events[event].line;
    let loss = screening.loss(event, How::Unknown);
    json!({
        "id": screening.id(event),
        "at": rfc3339(line.at),
        "amount_fen": line.amount.fen(),
        "refunded_fen": line.refunded.fen(),
        "payee": line.payee(),
        "channel": losses::channel_name(&loss),
        "source": loss.source,
        "score": found.map(|found| found.score),
        "grade": found.map(|found| found.grade.name()),
        "reasons": found.map(|found| {
            found.reasons.iter().map(|reason| json!({ "rule": reason.rule.name(), "zh": reason.text.zh, "en": reason.text.en })).collect::<Vec<_>>()
        }),
    })
}
