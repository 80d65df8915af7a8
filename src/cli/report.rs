//! What a person reads: the tasks of now, what is ready, which dates come next.

use std::fmt::Write as _;

use crate::cli::context::Context;
use crate::cli::tasks::{Task, due_text};
use crate::domain::lang::{Lang, Text};
use crate::domain::time;
use crate::domain::volume::{LIMIT_ATTACHMENTS_BYTES, LIMIT_VOLUMES, TooHeavy};
use crate::runtime::desk::Desk;
use crate::runtime::setup::Runtime;
use crate::workflow::channel::Kind;
use crate::workflow::dates::{self, PlannedDate};
use crate::workflow::plan::{Plan, State, StepPlan, Waiting};
use crate::workflow::submission::{Stage, Submission};

/// How many tasks are shown in full before the rest is a list of titles.
const FULL_TASKS: usize = 4;

/// How many dates are shown.
pub const DATES: usize = 8;

/// Returns the tasks of now; `full` shows scripts and steps.
pub fn tasks(tasks: &[Task], desk: &Desk, context: &Context, full: bool) -> String {
    let mut out = String::new();
    if tasks.is_empty() {
        out.push_str(
            context.word("现在没有要你做的事。\n", "There is nothing for you to do now.\n"),
        );
        return out;
    }
    for (index, task) in tasks.iter().enumerate() {
        let number = index + 1;
        let title = context.title(&task.title);
        let due = task.due.as_ref().map(|due| due_text(due, desk, context)).unwrap_or_default();
        let late = if task.overdue { context.word("【已过期】", "[overdue] ") } else { "" };
        let before = if due.is_empty() { "" } else { context.word("　截止 ", "  by ") };
        let _ = writeln!(out, "{number:>2}. {late}{title}{before}{due}");
        if full || index < FULL_TASKS {
            one_task(&mut out, task, context);
        }
    }
    out
}

/// Returns what could leave and waits for a limit on sending, a line each.
pub fn held(plan: &Plan, context: &Context) -> String {
    let mut out = String::new();
    for step in plan.steps.iter().filter(|step| step.state == State::Waiting) {
        if let Some(Waiting::Held { hold, .. }) = &step.waiting {
            let label = context.word("等着发出：", "Waits to be sent: ");
            let colon = context.word("：", ": ");
            let (title, why) = (context.say(&step.title), hold.explain());
            let _ = writeln!(out, "{label}{title}{colon}{}", context.say(&why));
        }
    }
    out
}

fn one_task(out: &mut String, task: &Task, context: &Context) {
    if let Some(channel) = &task.channel
        && channel.kind == Kind::Call
        && let Some(number) = &channel.address
    {
        let _ = writeln!(out, "    ☎ {number}");
    }
    for line in &task.lines {
        let _ = writeln!(out, "    · {}", context.say(line));
    }
    for card in &task.cards {
        let _ = writeln!(out, "    ⚠ {}", context.say(card));
    }
    if !task.text.is_empty() {
        let label = match task.channel.as_ref().map(|channel| channel.kind) {
            Some(Kind::Call) => context.word("念这一段：", "Read out:"),
            Some(Kind::Email) => context.word("邮件内容：", "The message:"),
            _ => context.word("复制这一段：", "Paste:"),
        };
        let _ = writeln!(out, "    {label}");
        for line in task.text.lines() {
            let _ = writeln!(out, "    │ {}", line.replace('\u{1}', ""));
        }
    }
    for file in &task.files {
        let _ = writeln!(out, "    {} {}", context.word("材料：", "file:"), file.display());
    }
    if !task.blanks.is_empty() {
        let blanks: Vec<&str> = task.blanks.iter().map(|blank| context.say(blank)).collect();
        let label = context.word(
            "材料里还空着（不影响先办）：",
            "still blank in the papers (do it all the same): ",
        );
        let shown = shortened(&blanks, context.lang);
        let _ = writeln!(out, "    {label}{shown}");
    }
    if !task.after.is_empty() {
        let _ = writeln!(out, "    {}{}", context.word("做完后：", "then: "), task.after);
    }
    out.push('\n');
}

fn shortened(words: &[&str], lang: Lang) -> String {
    const SHOWN: usize = 6;
    let separator = if lang == Lang::Zh { "、" } else { ", " };
    let mut text = words.iter().take(SHOWN).copied().collect::<Vec<_>>().join(separator);
    if words.len() > SHOWN {
        let more = words.len() - SHOWN;
        text.push_str(&match lang {
            Lang::Zh => format!("等 {} 项", words.len()),
            Lang::En => format!(" and {more} more"),
        });
    }
    text
}

/// Returns what was prepared: papers and messages, with where they lie.
pub fn ready(runtime: &Runtime, desk: &Desk, plan: &Plan, context: &Context) -> String {
    let mut out = String::new();
    let folders = runtime.home.case_paths(desk.id());
    let mut seen: Vec<&str> = Vec::new();
    let mut papers = Vec::new();
    for step in &plan.steps {
        let visit = desk.history.visit(&step.id);
        let Some(prepared) = visit.and_then(|visit| visit.prepared.as_ref()) else { continue };
        for paper in &prepared.papers {
            if seen.contains(&paper.file.as_str()) {
                continue;
            }
            seen.push(&paper.file);
            let template = runtime.library.packs.templates.get(&paper.template);
            let title = template.map(|template| template.title.clone()).unwrap_or_default();
            papers.push((paper, title));
        }
    }
    if !papers.is_empty() {
        let _ = writeln!(out, "    {}", folders.documents.display());
        for (paper, title) in papers {
            let draft = if paper.draft { context.word("（草稿）", " (draft)") } else { "" };
            let _ = writeln!(out, "      {}　{}{draft}", paper.file, context.say(&title));
        }
    }
    let mut letters = String::new();
    for step in &plan.steps {
        if let Some(line) = letter(desk, step, context) {
            letters.push_str(&line);
        }
    }
    if !letters.is_empty() {
        let _ = writeln!(out, "    {}", folders.outbox.display());
        out.push_str(&letters);
    }
    out
}

fn letter(desk: &Desk, step: &StepPlan, context: &Context) -> Option<String> {
    let visit = desk.history.visit(&step.id)?;
    let submission = visit.submission.as_ref()?;
    let state = match submission.stage {
        Stage::Written { .. } if visit.did.as_ref().is_some_and(|did| did.by_case) => {
            context.word("留给自己的", "your own copy")
        }
        Stage::Written { .. } if visit.did.is_some() => context.word("你已发出", "you sent it"),
        Stage::Written { .. } => context.word("已写好，打开即可发出", "written, open it to send"),
        _ => return None,
    };
    let volumes = submission.volumes();
    let written = |sent: &&Submission| matches!(sent.stage, Stage::Written { .. });
    let lines = volumes.into_iter().filter(written).map(|sent| {
        let name = crate::runtime::sending::eml_name(&step.id, &sent.message_id);
        format!("      {name}　{}（{state}）\n", context.say(&step.title))
    });
    Some(lines.collect())
}

/// Returns the next dates with the reason of each.
pub fn dates(
    desk: &Desk,
    plan: &Plan,
    now: jiff::Timestamp,
    most: usize,
    context: &Context,
) -> String {
    let mut coming: Vec<&PlannedDate> =
        plan.dates.iter().filter(|date| !date.over && date.happens_at() > now).collect();
    coming.sort_by_key(|date| date.happens_at());
    let mut out = String::new();
    for date in coming.iter().take(most) {
        let today = time::day(now, &desk.zone);
        let at = match date.deadline.last_day.filter(|_| date.calls.is_none()) {
            Some(day) => format!("{} 24:00", time::listed_day(day, today, context.lang)),
            None => time::listed(date.happens_at(), &desk.zone, today, context.lang),
        };
        let provisional = if date.deadline.provisional {
            context.word("（暂定）", " (provisional)")
        } else {
            ""
        };
        let _ = writeln!(out, "    {at}{provisional}　{}", what_happens(date, desk, context));
        let _ =
            writeln!(out, "        {}　[{}]", short_reason(date, desk, today, context), date.id);
    }
    if coming.len() > most {
        let more = coming.len() - most;
        let more =
            crate::text!("    还有 {more} 个日期：status 查看", "    {more} more: see status");
        let _ = writeln!(out, "{}", context.say(&more));
    }
    out
}

fn what_happens(date: &PlannedDate, desk: &Desk, context: &Context) -> String {
    match date.calls.as_ref().and_then(|id| desk.workflow.step(id)) {
        Some(step) => {
            let span = date.deadline.span.spoken(context.lang);
            match context.lang {
                Lang::Zh => format!("{span}没有答复 → {}", step.title.zh),
                Lang::En => format!("no answer for {span} → {}", step.title.get(Lang::En)),
            }
        }
        None => context.say(&date.title()).to_owned(),
    }
}

/// Why it is that date, in a line; `why` says the whole.
fn short_reason(
    date: &PlannedDate,
    desk: &Desk,
    today: jiff::civil::Date,
    context: &Context,
) -> String {
    let deadline = &date.deadline;
    let start = time::listed(deadline.start, &desk.zone, today, context.lang);
    let span = deadline.span.spoken(context.lang);
    let event = date.start_event();
    let event = context.say(&event);
    let skipped = deadline.skipped.len();
    match (context.lang, skipped) {
        (Lang::Zh, 0) => format!("自 {start}（{event}）起 {span}"),
        (Lang::Zh, _) => format!("自 {start}（{event}）起 {span}，跳过 {skipped} 个休息日"),
        (Lang::En, 0) => format!("{span} from {start} ({event})"),
        (Lang::En, _) => format!("{span} from {start} ({event}), {skipped} days off passed over"),
    }
}

/// Returns a step's state in a word.
pub fn state_word(state: State) -> Text {
    match state {
        State::Waiting => Text::new("等待", "waiting"),
        State::Open => Text::new("待办", "to do"),
        State::Prepared => Text::new("备好", "ready"),
        State::Submitted => Text::new("已提交", "submitted"),
        State::InDoubt => Text::new("结果不明", "in doubt"),
        State::Overdue => Text::new("已过期", "overdue"),
        State::Done => Text::new("完成", "done"),
        State::Skipped => Text::new("跳过", "skipped"),
        State::Blocked => Text::new("缺材料", "blocked"),
    }
}

/// Returns what a step waits for, in words.
pub fn waiting_text(waiting: &Waiting, desk: &Desk) -> Text {
    match waiting {
        Waiting::Call => Text::new("需要时才会开始", "begins when it is needed"),
        Waiting::Steps(steps) => {
            let (zh, en) = (titles(steps, desk, Lang::Zh), titles(steps, desk, Lang::En));
            crate::text!("先做：{zh}", "first: {en}")
        }
        Waiting::Fact(fact) => crate::text!("看这项事实：{fact}", "depends on the fact {fact}"),
        Waiting::Condition => Text::new("本案不适用", "not for this case"),
        Waiting::Until(at) => {
            let at = time::minute(*at, &desk.zone);
            crate::text!("{at} 开始", "begins {at}")
        }
        Waiting::Evidence(slots) => {
            let slots = slots.join(", ");
            crate::text!("缺证据：{slots}", "evidence missing: {slots}")
        }
        Waiting::Facts(facts) => {
            let zh: Vec<&str> = facts.iter().map(|fact| fact.get(Lang::Zh)).collect();
            let en: Vec<&str> = facts.iter().map(|fact| fact.get(Lang::En)).collect();
            let (zh, en) = (shortened(&zh, Lang::Zh), shortened(&en, Lang::En));
            crate::text!("缺事实：{zh}", "facts missing: {en}")
        }
        Waiting::Channel => Text::new("没有可用的渠道", "no channel can be used"),
        Waiting::Approval => Text::new("等你同意发送（approve）", "wants your word (approve)"),
        Waiting::Answer(Some(at)) => {
            let at = time::minute(*at, &desk.zone);
            crate::text!("等对方答复；{at} 没有答复就跟进", "their answer; followed up {at}")
        }
        Waiting::Answer(None) => Text::new("等对方答复", "their answer"),
        Waiting::Us => {
            Text::new("对方在等我们补件，期限暂停", "they wait for us; their clock stands still")
        }
        Waiting::Correction(step) => {
            crate::text!("先更正已提交的材料：{step}", "first correct what was sent: {step}")
        }
        Waiting::Consent(lack) => lack.explain(),
        Waiting::Halted => Text::new("已停止发送（resume 恢复）", "sending is stopped (resume)"),
        Waiting::TooHeavy(bytes) => too_heavy(*bytes),
        Waiting::Held { hold, .. } => hold.explain(),
        Waiting::Retry { at, class } => {
            let at = time::minute(*at, &desk.zone);
            let (what, _) = class.explain();
            let (zh, en) = (&what.zh, &what.en);
            crate::text!("{zh}；{at} 再试", "{en}; next try {at}")
        }
        Waiting::Outbox => {
            Text::new("邮件已写好，等你打开发出", "written, for you to open and send")
        }
        Waiting::Refusal(class) => class.explain().0,
        Waiting::Doubt(_) => Text::new(
            "不知道到没到：done 或 approve --again",
            "unknown whether it arrived: done, or approve --again",
        ),
        Waiting::Closed => Text::new("案件已结束", "the case is closed"),
        Waiting::Answered => Text::new("已有答复，不再需要", "an answer came, not needed"),
    }
}

/// Returns that the evidence is more than one message carries.
pub fn too_heavy(heavy: TooHeavy) -> Text {
    let megabytes = |bytes: u64| bytes.div_ceil(1024 * 1024);
    let most = megabytes(LIMIT_ATTACHMENTS_BYTES);
    match heavy {
        TooHeavy::File(bytes) => {
            let found = megabytes(bytes);
            crate::text!(
                "有一个附件 {found} MB，一封邮件最多 {most} MB，没有发",
                "one of the attachments is {found} MB, one mail takes {most} MB; it was not sent"
            )
        }
        TooHeavy::Whole(bytes) => {
            let found = megabytes(bytes);
            crate::text!(
                "附件共 {found} MB，{LIMIT_VOLUMES} 封邮件也装不下，没有发",
                "the attachments are {found} MB, more than {LIMIT_VOLUMES} mails take; it was not sent"
            )
        }
    }
}

fn titles(steps: &[String], desk: &Desk, lang: Lang) -> String {
    let title = |id: &String| {
        let step = desk.workflow.step(id);
        step.map_or_else(|| id.clone(), |step| step.title.get(lang).to_owned())
    };
    let titles: Vec<String> = steps.iter().map(title).collect();
    titles.join(if lang == Lang::Zh { "、" } else { ", " })
}

/// Returns the table of a case's steps.
pub fn status(desk: &Desk, plan: &Plan, now: jiff::Timestamp, context: &Context) -> String {
    let mut out = String::new();
    let opened = time::minute(desk.history.opened_at, &desk.zone);
    let _ = writeln!(
        out,
        "{}　{}　{} {opened}",
        desk.id(),
        context.say(&desk.workflow.name),
        context.word("打开于", "opened")
    );
    if let Some(closed) = &desk.history.closed {
        let at = time::minute(closed.at, &desk.zone);
        let _ = writeln!(out, "{} {at}", context.word("已结束", "closed"));
    }
    out.push('\n');
    for step in &plan.steps {
        if step.waiting == Some(Waiting::Call) || step.waiting == Some(Waiting::Condition) {
            continue;
        }
        let word = state_word(step.state);
        let word = context.say(&word).to_owned();
        let visit = if step.visit > 1 { format!(" #{}", step.visit) } else { String::new() };
        let _ = writeln!(
            out,
            "{}{}{visit}　[{}]",
            padded(&word, 10),
            context.say(&step.title),
            step.id
        );
        if let Some(due) = step.due.as_ref().filter(|_| step.state.is_task()) {
            let _ = writeln!(
                out,
                "          {} {}",
                context.word("截止", "by"),
                due_text(due, desk, context)
            );
        }
        if let Some(waiting) = &step.waiting {
            let text = waiting_text(waiting, desk);
            let _ = writeln!(out, "          {}", context.say(&text));
        }
    }
    let coming = dates(desk, plan, now, usize::MAX, context);
    if !coming.is_empty() {
        let _ = writeln!(out, "\n{}", context.word("接下来的日期", "Dates to come"));
        out.push_str(&coming);
    }
    out
}

/// Pads to a width in terminal cells, where a Chinese character takes two.
fn padded(text: &str, width: usize) -> String {
    let cells = unicode_width::UnicodeWidthStr::width(text);
    format!("{text}{}", " ".repeat(width.saturating_sub(cells)))
}

/// Returns the dates that differ between two plans, a line each.
pub fn changed_dates(before: &Plan, after: &Plan, desk: &Desk, context: &Context) -> Vec<String> {
    changed(&before.dates, &after.dates, desk, context)
}

/// Returns the dates that differ, a line each.
pub fn changed(
    before: &[PlannedDate],
    after: &[PlannedDate],
    desk: &Desk,
    context: &Context,
) -> Vec<String> {
    let shown = |date: Option<&PlannedDate>| {
        let Some(date) = date else { return context.word("无", "none").to_owned() };
        let at = match date.deadline.last_day.filter(|_| date.calls.is_none()) {
            Some(day) => day.to_string(),
            None => time::minute(date.happens_at(), &desk.zone),
        };
        let provisional = if date.deadline.provisional {
            context.word("（暂定）", " (provisional)")
        } else {
            ""
        };
        format!("{at}{provisional}")
    };
    dates::changes(before, after)
        .iter()
        .map(|change| {
            let (was, now) = (shown(change.was.as_ref()), shown(change.now.as_ref()));
            format!("{}　{was} → {now}　[{}]", context.say(&change.title), change.id)
        })
        .collect()
}
