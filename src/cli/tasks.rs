//! A step of the plan as a task a person can do: number, script, text, files, and what to type
//! afterwards.

use std::path::PathBuf;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::cli::context::Context;
use crate::cli::doubt;
use crate::cli::report;
use crate::domain::consent::Lack;
use crate::domain::deadline::Deadline;
use crate::domain::lang::{Lang, Text};
use crate::domain::pace::Hold;
use crate::domain::span::Span;
use crate::domain::time;
use crate::domain::volume::{self, LIMIT_ATTACHMENTS_BYTES, TooHeavy};
use crate::runtime::desk::Desk;
use crate::runtime::papers::{ATTACHMENTS_MARK, Texts};
use crate::runtime::sending::eml_name;
use crate::runtime::setup::Runtime;
use crate::runtime::volumes;
use crate::workflow::channel::{Channel, Kind, Quality};
use crate::workflow::dossier::attached;
use crate::workflow::history::{Prepared, Visit};
use crate::workflow::model::Step;
use crate::workflow::packs::Packs;
use crate::workflow::plan::{Plan, StepPlan, Waiting};
use crate::workflow::raw::Action;
use crate::workflow::submission::{Stage, Submission};

/// A task.
#[derive(Clone, Debug)]
pub struct Task {
    /// The step.
    pub step: String,
    /// Its title.
    pub title: Text,
    /// Our limit.
    pub due: Option<Deadline>,
    /// Our limit has passed.
    pub overdue: bool,
    /// Where it goes.
    pub channel: Option<Channel>,
    /// What to do, a line each.
    pub lines: Vec<Text>,
    /// What to beware of, a line each.
    pub cards: Vec<Text>,
    /// Papers and evidence it needs, as paths.
    pub files: Vec<PathBuf>,
    /// What to paste or read out.
    pub text: String,
    /// Facts that are still blank in its papers.
    pub blanks: Vec<Text>,
    /// What to type when it is done.
    pub after: String,
}

/// Returns the tasks of a plan, the most pressing first.
pub fn tasks(runtime: &Runtime, desk: &Desk, plan: &Plan) -> Vec<Task> {
    plan.tasks().into_iter().map(|step| task(runtime, desk, step)).collect()
}

fn task(runtime: &Runtime, desk: &Desk, plan: &StepPlan) -> Task {
    let builder = Builder { runtime, desk, plan };
    let step = desk.workflow.step(&plan.id);
    let texts = builder.texts();
    Task {
        step: plan.id.clone(),
        title: plan.title.clone(),
        due: plan.due.clone(),
        overdue: plan.due.as_ref().is_some_and(|due| due.end <= runtime.now_for(desk)),
        channel: plan.channel.as_deref().cloned(),
        lines: builder.lines(step),
        cards: step.map(|step| card_lines(&step.cards, &runtime.library.packs)).unwrap_or_default(),
        files: builder.files(step),
        text: joined(&texts),
        blanks: plan.missing.clone(),
        after: builder.after(step),
    }
}

/// Several texts are for several submissions, because they must not be mixed.
fn joined(texts: &Texts) -> String {
    match texts.texts.as_slice() {
        // The list of attachments is written when the message is.
        [] => texts.body.clone().unwrap_or_default().replace(ATTACHMENTS_MARK, "（附件清单）"),
        [one] => one.text.clone(),
        several => several
            .iter()
            .enumerate()
            .map(|(index, text)| {
                format!(
                    "【第{}份，请分开提交 / part {}, submit separately】\n{}",
                    index + 1,
                    index + 1,
                    text.text
                )
            })
            .collect::<Vec<_>>()
            .join("\n\n"),
    }
}

struct Builder<'a> {
    runtime: &'a Runtime,
    desk: &'a Desk,
    plan: &'a StepPlan,
}

impl Builder<'_> {
    /// Why a message waits for a limit on sending, and what that means for our own date.
    fn held_lines(&self, hold: &Hold, misses: Option<Timestamp>) -> Vec<Text> {
        let mut lines = vec![hold.explain()];
        match hold {
            Hold::Stopped { class, .. } => {
                lines.push(self.runtime.explain(*class).1);
                lines.push(Text::new(
                    "弄好后恢复发送：appeal-daemon resume",
                    "to send again afterwards: appeal-daemon resume",
                ));
            }
            Hold::Until { .. } => lines.push(Text::new(
                "想早发：在 config.toml 的 [throttle] 里放宽；也可以用自己的邮箱发，然后记录 done",
                "to send earlier: raise the limit below [throttle] in config.toml, or send it yourself and say `done`",
            )),
        }
        if let Some(due) = misses {
            let due = time::minute(due, &self.desk.zone);
            lines.push(crate::text!(
                "注意：这样等下去会错过我方期限 {due}",
                "mind: waiting this long passes our own limit {due}"
            ));
        }
        lines
    }

    fn visit(&self) -> Option<&Visit> {
        let visits = self.desk.history.steps.get(&self.plan.id)?;
        visits.iter().find(|visit| visit.number == self.plan.visit)
    }

    fn prepared(&self) -> Option<&Prepared> {
        self.visit()?.prepared.as_ref()
    }

    fn texts(&self) -> Texts {
        self.prepared()
            .and_then(|prepared| prepared.texts.as_ref())
            .and_then(|digest| self.desk.payloads.get(digest))
            .and_then(|value| serde_json::from_value(value.clone()).ok())
            .unwrap_or_default()
    }

    /// Papers, then texts that were too long for the channel, then evidence to upload.
    fn files(&self, step: Option<&Step>) -> Vec<PathBuf> {
        let folders = self.runtime.home.case_paths(self.desk.id());
        if self.plan.waiting == Some(Waiting::Outbox)
            && let Some(submission) = self.visit().and_then(|visit| visit.submission.as_ref())
        {
            let name = |sent: &Submission| eml_name(&self.plan.id, &sent.message_id);
            let written = |sent: &&Submission| matches!(sent.stage, Stage::Written { .. });
            let volumes = submission.volumes().into_iter().filter(written);
            return volumes.map(|sent| folders.outbox.join(name(sent))).collect();
        }
        let mut files: Vec<PathBuf> = self
            .prepared()
            .into_iter()
            .flat_map(|prepared| &prepared.papers)
            .map(|paper| folders.documents.join(&paper.file))
            .collect();
        let shortened = self.texts().texts.into_iter().filter(|text| text.shortened);
        files.extend(shortened.map(|text| folders.documents.join(text.file)));
        if self.plan.channel.as_ref().is_some_and(|channel| channel.kind != Kind::Call) {
            let slots =
                step.into_iter().flat_map(|step| step.attach_slots.iter().chain(&step.require));
            // Of identity papers only the marked copies leave; they are among the papers.
            let copies = step.map(|step| &step.attach_slots);
            let is_original = |slot: &String| {
                copies.is_some_and(|copies| copies.contains(slot))
                    && self.runtime.library.packs.slots.get(slot).is_some_and(|slot| slot.identity)
            };
            for slot in slots.filter(|slot| !is_original(slot)) {
                let items = self.desk.history.evidence.iter().filter(|item| item.slot == *slot);
                files.extend(items.map(|item| folders.originals.join(&item.file)));
            }
        }
        files.dedup();
        files
    }

    /// What to do, behind how much of it has left already.
    fn lines(&self, step: Option<&Step>) -> Vec<Text> {
        let sent = self.visit().filter(|visit| visit.over_at().is_none());
        let sent = sent.and_then(|visit| visit.submission.as_ref());
        let in_part = sent.filter(|sent| !sent.others.is_empty() && sent.has_left());
        let left = in_part.map(|sent| {
            let (state, of) = (volumes::state(sent), sent.others.len() + 1);
            let (zh, en) = (state.zh, state.en);
            crate::text!(
                "共{of}封：{zh}。已发出的不要再发",
                "{of} mails: {en}. Do not send again what has left"
            )
        });
        left.into_iter().chain(self.lines_of_the_state(step)).collect()
    }

    fn lines_of_the_state(&self, step: Option<&Step>) -> Vec<Text> {
        let id = self.desk.id();
        let step_id = &self.plan.id;
        match (&self.plan.waiting, self.plan.state) {
            (Some(Waiting::Approval), _) => return self.approval_lines(),
            (Some(Waiting::Consent(lack)), _) => return consent_lines(*lack),
            (Some(Waiting::Halted), _) => {
                return vec![Text::new(
                    "已停止一切发送；恢复：appeal-daemon resume",
                    "all sending is stopped; to allow it again: appeal-daemon resume",
                )];
            }
            (Some(Waiting::TooHeavy(heavy)), _) => return self.too_heavy_lines(*heavy),
            (Some(Waiting::Held { hold, misses }), _) => {
                return self.held_lines(hold, *misses);
            }
            (Some(Waiting::Retry { at, class }), _) => {
                let at = time::minute(*at, &self.desk.zone);
                let (what, todo) = self.runtime.explain(*class);
                return vec![what, todo, crate::text!("下次自动再试：{at}", "next try: {at}")];
            }
            (Some(Waiting::Refusal(class)), _) => {
                let (what, todo) = self.runtime.explain(*class);
                return vec![
                    what,
                    todo,
                    crate::text!(
                        "改好后再发：appeal-daemon approve {id} {step_id}",
                        "to send again: appeal-daemon approve {id} {step_id}"
                    ),
                ];
            }
            (Some(Waiting::Outbox), _) => return self.outbox_lines(),
            (Some(Waiting::Doubt(_)), _) => return self.doubt_lines(),
            (Some(Waiting::Evidence(_)), _) => return self.gap_lines(),
            (Some(Waiting::Facts(facts)), _) => return fact_lines(facts),
            (Some(Waiting::Channel), _) => {
                return vec![Text::new(
                    "还没有可用的收件渠道：在案件文件的 [recipients] 里写上对方告知的地址并确认（confirmed = true）",
                    "no channel can be used: write the address the recipient gave into [recipients] and confirm it",
                )];
            }
            _ => {}
        }
        let Some(step) = step else { return self.channel_lines() };
        if !step.how.is_empty() {
            let channel = self.plan.channel.as_deref();
            let closed = channel.and_then(|channel| self.closed_now(channel));
            return step.how.iter().cloned().chain(closed).collect();
        }
        match step.action {
            Action::Capture => self.gap_lines(),
            Action::Check => self.check_lines(step),
            Action::Ask => self.ask_lines(step),
            Action::Settle => vec![Text::new(
                "核对银行卡和零钱的到账记录，与对方答复的金额一致",
                "compare what arrived with what they said",
            )],
            _ => self.channel_lines(),
        }
    }

    /// The program takes nothing out and cuts nothing: what leaves is what the person saw.
    fn too_heavy_lines(&self, heavy: TooHeavy) -> Vec<Text> {
        let (id, step) = (self.desk.id(), &self.plan.id);
        vec![
            report::too_heavy(heavy),
            Text::new(
                "材料都在下面的文件夹里：用网盘、快递或到柜台交给对方，写明本方编号，附全部清单",
                "the files are below: hand them over another way, with our number and the whole list",
            ),
            crate::text!(
                "交了以后记录：appeal-daemon done {id} {step}",
                "then say so: appeal-daemon done {id} {step}"
            ),
        ]
    }

    fn approval_lines(&self) -> Vec<Text> {
        let (id, step) = (self.desk.id(), &self.plan.id);
        let mut lines = Vec::new();
        if let Some(channel) = &self.plan.channel {
            let (zh, en) = (channel.name.get(Lang::Zh), channel.name.get(Lang::En));
            let address = channel.address.clone().unwrap_or_default();
            lines.push(crate::text!("收件人：{zh} <{address}>", "to: {en} <{address}>"));
        }
        lines.extend(self.volumes_line());
        lines.push(Text::new(
            "先看一遍下面的文字和材料",
            "read the text and the papers below first",
        ));
        lines.push(crate::text!(
            "同意发送：appeal-daemon approve {id} {step}",
            "to send it: appeal-daemon approve {id} {step}"
        ));
        lines
    }

    /// That what goes along takes several mails.
    fn volumes_line(&self) -> Option<Text> {
        let (step, packs) = (self.desk.workflow.step(&self.plan.id)?, &self.runtime.library.packs);
        let evidence = attached(step, &self.desk.workflow, packs, &self.desk.history);
        let papers = self.prepared().into_iter().flat_map(|prepared| &prepared.papers);
        let documents = self.runtime.home.case_paths(self.desk.id()).documents;
        let weigh =
            |file: &String| std::fs::metadata(documents.join(file)).map_or(0, |file| file.len());
        let papers = papers.map(|paper| weigh(&paper.file));
        let weights: Vec<u64> = papers.chain(evidence.map(|item| item.size_bytes)).collect();
        let volumes = volume::split(&weights, LIMIT_ATTACHMENTS_BYTES).ok()?.len();
        (volumes > 1).then(|| {
            crate::text!(
                "附件较大，会分{volumes}封邮件发出，正文和全部清单在第1封",
                "the attachments take {volumes} mails; the text and the whole list are in the first"
            )
        })
    }

    fn outbox_lines(&self) -> Vec<Text> {
        let (zh, en) = self.plan.channel.as_ref().map_or_else(Default::default, |channel| {
            let address = channel.address.clone().unwrap_or_default();
            let (zh, en) = (channel.name.get(Lang::Zh), channel.name.get(Lang::En));
            (format!("{zh} <{address}>"), format!("{en} <{address}>"))
        });
        vec![
            crate::text!("收件人：{zh}", "to: {en}"),
            Text::new(
                "用邮件程序打开下面的 .eml 文件（不止一个的，每个都要），看一遍，点发送；然后记录",
                "open the .eml file below (each, if there are several) with your mail program, read it, send it; then say so",
            ),
            Text::new(
                "想让程序自己发：在 config.toml 里写 [smtp]（见 README）",
                "to let this program send: write [smtp] into config.toml (see README)",
            ),
        ]
    }

    fn doubt_lines(&self) -> Vec<Text> {
        let (id, step) = (self.desk.id(), &self.plan.id);
        let mut lines = vec![Text::new(
            "邮件已发出，但没有收到服务器的确认，不知道到没到",
            "the message left, but the server's word did not come: nobody knows whether it arrived",
        )];
        let visit = self.desk.history.visit(step);
        let submission = visit.and_then(|visit| visit.submission.as_ref());
        let mail = submission.filter(|sent| !sent.others.is_empty());
        let mail = mail.map(|sent| format!(" --mail {}", sent.volume)).unwrap_or_default();
        lines.extend(
            submission
                .into_iter()
                .flat_map(|submission| doubt::known(self.runtime, self.desk, submission)),
        );
        lines.extend([
            Text::new(
                "看自己邮箱里有没有这封信的副本，或问对方",
                "look for your own copy in your mailbox, or ask them",
            ),
            crate::text!(
                "到了：appeal-daemon done {id} {step}{mail}",
                "it arrived: appeal-daemon done {id} {step}{mail}"
            ),
            crate::text!(
                "没到：appeal-daemon approve {id} {step} --again{mail}（同一封，只再发一次）",
                "it did not: appeal-daemon approve {id} {step} --again{mail} (the same bytes, once)"
            ),
        ]);
        lines
    }

    fn gap_lines(&self) -> Vec<Text> {
        let id = self.desk.id();
        let mut lines = Vec::new();
        for gap in &self.plan.gaps {
            let slot = self.desk.workflow.slots.get(gap);
            let slot = slot.or_else(|| self.runtime.library.packs.slots.get(gap));
            let (name, how) = slot.map_or_else(
                || (Text::same(gap.clone()), Text::default()),
                |slot| (slot.name.clone(), slot.how.clone()),
            );
            let (name_zh, how_zh) = (name.get(Lang::Zh), how.get(Lang::Zh));
            let (name_en, how_en) = (name.get(Lang::En), how.get(Lang::En));
            lines.push(crate::text!("{name_zh}：{how_zh}", "{name_en}: {how_en}"));
            lines.push(crate::text!(
                "　收存：appeal-daemon evidence add {id} {gap} 文件",
                "　then: appeal-daemon evidence add {id} {gap} FILE"
            ));
        }
        lines
    }

    fn check_lines(&self, step: &Step) -> Vec<Text> {
        let list =
            step.check.as_ref().and_then(|check| self.runtime.library.packs.checks.get(check));
        let items = list.map(|list| list.items.as_slice()).unwrap_or_default();
        items
            .iter()
            .map(|item| {
                let (zh, en) = (item.what.get(Lang::Zh), item.what.get(Lang::En));
                let path = item.path.as_ref().map(|path| format!("：{path}")).unwrap_or_default();
                let on_phone: Vec<String> =
                    [("iPhone", &item.path_ios), ("安卓", &item.path_android)]
                        .into_iter()
                        .filter_map(|(phone, path)| Some(format!("{phone} {}", path.as_ref()?)))
                        .collect();
                let path = match on_phone.as_slice() {
                    [] => path,
                    _ => format!("{path}（{}）", on_phone.join("；")),
                };
                let act = item.act.as_ref().map(|act| format!("；异常时{act}")).unwrap_or_default();
                let before = self.capture_first(item.capture.as_ref());
                let risk = item.risk.map(|risk| format!("【{}】", risk.name().zh));
                let risk = risk.unwrap_or_default();
                crate::text!("{risk}{zh}{path}{before}{act}", "{en}{path}")
            })
            .collect()
    }

    /// What has to be screenshot before it is changed, unless it was.
    fn capture_first(&self, slot: Option<&String>) -> String {
        let Some(slot) = slot else { return String::new() };
        if self.desk.history.evidence.iter().any(|item| item.slot == *slot) {
            return String::new();
        }
        let known = self.desk.workflow.slots.get(slot);
        let known = known.or_else(|| self.runtime.library.packs.slots.get(slot));
        let name = known.map_or(slot.as_str(), |slot| slot.name.get(Lang::Zh));
        format!("；先截图再改动：{name}（{slot}）")
    }

    fn ask_lines(&self, step: &Step) -> Vec<Text> {
        let answered = &self.desk.history.answers;
        let mut lines: Vec<Text> = step
            .ask
            .iter()
            .filter(|field| !answered.contains_key(*field))
            .map(|field| {
                let known = self.runtime.library.packs.fields.get(field);
                let name =
                    known.map_or_else(|| Text::same(field.clone()), |field| field.name.clone());
                let (zh, en) = (name.get(Lang::Zh), name.get(Lang::En));
                crate::text!("{zh}　→ --set {field}=…", "{en}　→ --set {field}=…")
            })
            .collect();
        lines.push(Text::new(
            "不清楚的不用填；也可以直接写进案件文件再 start",
            "leave out what is not known; or write it into the case file and start again",
        ));
        lines
    }

    fn channel_lines(&self) -> Vec<Text> {
        let Some(channel) = &self.plan.channel else { return Vec::new() };
        let mut lines = channel.path.clone();
        lines.extend(self.closed_now(channel));
        if channel.path.is_empty() {
            let (zh, en) = (channel.name.get(Lang::Zh), channel.name.get(Lang::En));
            let address = channel.address.clone().unwrap_or_default();
            lines.push(crate::text!("{zh} {address}", "{en} {address}"));
        }
        if channel.quality != Quality::Verified {
            lines.push(Text::new(
                "（入口和名称未经核对，以实际页面为准；不要点陌生人发来的链接）",
                "(not checked by us: trust the real page, not a link somebody sent)",
            ));
        }
        if let Some(note) = &channel.note {
            lines.push(Text::same(format!("（{note}）")));
        }
        lines
    }

    /// Nobody is there now: from when somebody is.
    fn closed_now(&self, channel: &Channel) -> Option<Text> {
        let open = channel.open?;
        let now = self.runtime.now_for(self.desk);
        let (zone, calendar) = (&self.desk.zone, &self.runtime.library.packs.calendar);
        let next = open.next(now, zone, calendar);
        if next == now {
            return None;
        }
        let (next, zh, en) = (time::minute(next, zone), open.name(Lang::Zh), open.name(Lang::En));
        Some(crate::text!(
            "现在不是办理时间（{zh}），最早 {next}",
            "closed now ({en}); the next opening is {next}"
        ))
    }

    fn after(&self, step: Option<&Step>) -> String {
        let id = self.desk.id();
        if matches!(
            self.plan.waiting,
            Some(
                Waiting::Approval
                    | Waiting::Doubt(_)
                    | Waiting::Halted
                    | Waiting::Consent(_)
                    | Waiting::TooHeavy(_)
                    | Waiting::Held { .. }
                    | Waiting::Retry { .. }
                    | Waiting::Refusal(_)
                    | Waiting::Facts(_)
                    | Waiting::Channel
            )
        ) {
            return String::new();
        }
        if step.is_some_and(|step| step.action == Action::Capture) {
            return String::new();
        }
        let mut command = format!("appeal-daemon done {id} {}", self.plan.id);
        if let Some(step) = step {
            if !step.pick.is_empty() {
                command.push_str(&format!(" --outcome {}", step.pick.join("|")));
            }
            let asks: Vec<String> = step
                .ask
                .iter()
                .filter(|_| step.action != Action::Ask)
                .map(|field| format!(" --set {field}=…"))
                .collect();
            command.push_str(&asks.concat());
        }
        command
    }
}

/// Returns the cards of these ids, a line each: what is right, and what to do.
pub fn card_lines(ids: &[String], packs: &Packs) -> Vec<Text> {
    let cards = ids.iter().filter_map(|id| packs.cards.get(id));
    cards
        .map(|card| {
            let act = card.act.as_deref().unwrap_or_default();
            let zh = format!("{}：{}{act}", card.title, card.truth);
            match &card.title_en {
                Some(title) => Text::new(zh, title.clone()),
                None => Text::same(zh),
            }
        })
        .collect()
}

fn consent_lines(lack: Lack) -> Vec<Text> {
    vec![
        lack.explain(),
        Text::new(
            "拿到书面同意后写进案件文件的 [consent]（purpose、date），再运行 start",
            "once the client signed, write [consent] (purpose, date) into the case file and run start",
        ),
    ]
}

fn fact_lines(facts: &[Text]) -> Vec<Text> {
    let zh: Vec<&str> = facts.iter().map(|fact| fact.get(Lang::Zh)).collect();
    let en: Vec<&str> = facts.iter().map(|fact| fact.get(Lang::En)).collect();
    let (zh, en) = (zh.join("、"), en.join(", "));
    vec![
        crate::text!("还缺：{zh}", "missing: {en}"),
        Text::new("写进案件文件后再运行 start", "write it into the case file, then start again"),
    ]
}

/// Returns when a task is due, in words.
pub fn due_text(due: &Deadline, desk: &Desk, context: &Context) -> String {
    let lang = context.lang;
    let today = time::day(desk.history.last_at, &desk.zone);
    let moment = time::listed(due.end, &desk.zone, today, lang);
    let when = match due.last_day {
        None => moment,
        Some(day) => {
            let day = time::listed_day(day, today, lang);
            match lang {
                Lang::Zh => format!("{day} 24:00"),
                Lang::En => format!("{day}, end of day"),
            }
        }
    };
    let span = match due.span {
        Span::Days(0) => String::new(),
        span => format!("（{}）", span.spoken(lang)),
    };
    let safe = due.safe_day.map(|day| {
        let day = time::listed_day(day, today, lang);
        match lang {
            Lang::Zh => format!("，安全日 {day}"),
            Lang::En => format!(", safe day {day}"),
        }
    });
    let provisional =
        if due.provisional { context.word("（暂定）", " (provisional)") } else { "" };
    format!("{when}{span}{}{provisional}", safe.unwrap_or_default())
}

/// Returns a limit for JSON: an instant, or the last second of the last day inside it.
pub fn due_json(due: &Deadline, desk: &Desk) -> String {
    let instant = match due.last_day {
        None => due.end,
        Some(_) => due.end.saturating_sub(jiff::SignedDuration::from_secs(1)).unwrap_or(due.end),
    };
    time::rfc3339(instant, &desk.zone)
}

/// Returns a task as JSON.
pub fn task_json(task: &Task, desk: &Desk, context: &Context) -> Value {
    let lang = context.lang;
    let lines: Vec<&str> = task.lines.iter().map(|line| line.get(lang)).collect();
    json!({
        "step": task.step,
        "title": task.title.get(lang),
        "due": task.due.as_ref().map(|due| due_json(due, desk)),
        "overdue": task.overdue,
        "channel": task.channel.as_ref().map(|channel| channel.name.get(lang)),
        "channel_id": task.channel.as_ref().map(|channel| channel.id.clone()),
        "kind": task.channel.as_ref().map(|channel| channel.kind),
        "address": task.channel.as_ref().and_then(|channel| channel.address.clone()),
        "do": lines.join("\n"),
        "cards": task.cards.iter().map(|card| card.get(lang)).collect::<Vec<_>>(),
        "files": task.files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>(),
        "text": task.text,
        "blanks": task.blanks.iter().map(|blank| blank.get(lang)).collect::<Vec<_>>(),
        "after": task.after,
    })
}
