//! Sends of a batch what was seen, and writes down who approved it and which client confirmed.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::batch::release::{Approval, Item, Plan, Release, Rules, SCHEMA};
use crate::cli::args::{BatchApprove, BatchConfirm, BatchRun};
use crate::cli::batch_retry;
use crate::cli::batch_run::{HASH_SHOWN, Progress, SHOWN, executor};
use crate::cli::context::Context;
use crate::cli::exit;
use crate::cli::start::trouble_text;
use crate::domain::digest::Digest;
use crate::domain::lang::Text;
use crate::domain::time;
use crate::runtime::error::RuntimeError;
use crate::runtime::release::{self, Released, Standing};
use crate::runtime::setup::{Runtime, block_on};

/// Sends the next wave of a plan, or all of them.
pub fn send(arguments: &BatchRun, named: &str, context: &Context) -> Result<u8, RuntimeError> {
    let folder = &arguments.folder;
    let plan = release::kept(folder, named)?;
    let hash = plan.hash();
    let rules = release::rules(folder)?;
    is_approved(folder, &plan, &hash, &rules)?;
    let (mut runtime, _lock) = executor(arguments.at.as_deref(), context)?;
    if runtime.store.halted_at()?.is_some() {
        return Err(RuntimeError::asked(
            Text::new("发送已全部停止", "all sending is stopped"),
            Text::new("恢复用 appeal-daemon resume", "appeal-daemon resume lets it go on"),
        ));
    }
    let (mut sent, mut seconds) = (Sent::default(), 0);
    loop {
        let wave = runtime.next_wave(&plan, &rules)?;
        let progress = Progress::new(wave.len(), context);
        let before = sent.released.len();
        let seen = |released: Released| {
            progress.tick();
            sent.failures += released.failures();
            sent.released.push(released);
            sent.stopped = sent.failures >= rules.stop_after;
            !sent.stopped
        };
        block_on(runtime.release(&plan, &hash, &wave, seen))??;
        seconds += progress.finish();
        if sent.stopped
            || !arguments.all
            || wave.is_empty()
            || !progresses(&sent.released[before..])
        {
            break;
        }
    }
    sent.rest = runtime.next_wave(&plan, &rules)?.len();
    let failed = sent.failed(&runtime, context)?;
    sent.retry = batch_retry::of_matters(folder, failed, context)?;
    runtime.be_seen()?;
    if context.json {
        context.print_json(&sent.json(folder, &plan, seconds, context));
    } else {
        context.print(&sent.text(folder, &hash, context));
    }
    Ok(if sent.failures > 0 {
        exit::INPUT
    } else if sent.rest > 0 {
        exit::WAITS
    } else {
        exit::DONE
    })
}

/// A wave in which nothing could leave (the server is away, a limit is reached) is not begun anew.
fn progresses(wave: &[Released]) -> bool {
    wave.iter()
        .flat_map(|released| &released.items)
        .any(|(_, standing)| matches!(standing, Standing::Gone | Standing::Changed))
}

fn is_approved(
    folder: &Path,
    plan: &Plan,
    hash: &Digest,
    rules: &Rules,
) -> Result<(), RuntimeError> {
    let wanted = rules.approvals_wanted(plan.count(Release::Wave));
    let given = release::approvals(folder, hash)?;
    let valid = given.iter().filter(|approval| rules.lawyer(&approval.by).is_some()).count();
    if valid >= wanted {
        return Ok(());
    }
    let (missing, folder, hash) = (wanted - valid, folder.display(), hash.short(HASH_SHOWN));
    Err(RuntimeError::asked(
        crate::text!(
            "这个计划还差 {missing} 位律师同意，什么也没有发出",
            "{missing} more lawyers must approve this plan; nothing was sent"
        ),
        crate::text!(
            "appeal-daemon batch approve {folder} --plan {hash} --as 姓名",
            "appeal-daemon batch approve {folder} --plan {hash} --as NAME"
        ),
    ))
}

/// What a run of `--send` came to.
#[derive(Default)]
struct Sent {
    released: Vec<Released>,
    failures: usize,
    stopped: bool,
    rest: usize,
    retry: Vec<PathBuf>,
}

impl Sent {
    fn count(&self, wanted: Standing) -> usize {
        let items = self.released.iter().flat_map(|released| &released.items);
        items.filter(|(_, standing)| *standing == wanted).count()
    }

    /// The folders of the clients with something that could not be done, each with what was said
    /// of it.
    fn failed(
        &self,
        runtime: &Runtime,
        context: &Context,
    ) -> Result<Vec<(PathBuf, String)>, RuntimeError> {
        let mut failed = Vec::new();
        for released in self.released.iter().filter(|released| !released.troubles.is_empty()) {
            let said = released.troubles.iter().map(|one| trouble_text(one, context));
            if let Some(row) = runtime.store.case(&released.case)? {
                failed.push((PathBuf::from(row.folder), said.collect::<Vec<_>>().join("\n")));
            }
        }
        Ok(failed)
    }

    fn json(&self, folder: &Path, plan: &Plan, seconds: u64, context: &Context) -> Value {
        let problems = self.released.iter().filter(|released| !released.troubles.is_empty());
        let problems: Vec<Value> = problems
            .map(|released| {
                let said: Vec<String> =
                    released.troubles.iter().map(|one| trouble_text(one, context)).collect();
                json!({ "case": released.case.as_str(), "problems": said })
            })
            .collect();
        let mut object = json!({
            "schema": SCHEMA,
            "batch": folder.display().to_string(),
            "plan": plan.hash().as_str(),
            "planned": plan.count(Release::Wave),
            "clients": self.released.len(),
            "done": self.count(Standing::Gone),
            "failed": self.failures,
            "waiting": self.count(Standing::Approved),
            "changed": self.count(Standing::Changed),
            "clients_in_next_wave": self.rest,
            "stopped": self.stopped,
            "seconds": seconds,
            "problems": problems,
        });
        batch_retry::add_json(&self.retry, &mut object);
        object
    }

    fn text(&self, folder: &Path, hash: &Digest, context: &Context) -> String {
        let (gone, clients) = (self.count(Standing::Gone), self.released.len());
        let head = crate::text!(
            "{clients} 位客户，发出 {gone} 封。\n",
            "{clients} clients, {gone} messages left.\n"
        );
        let mut out = context.say(&head).to_owned();
        for (standing, said) in [
            (Standing::Approved, Text::new("已同意、稍后发出", "allowed, leave later")),
            (Standing::InDoubt, Text::new("结果不明，请查邮箱", "in doubt: look in the mailbox")),
            (Standing::Refused, Text::new("被退回", "refused")),
            (
                Standing::Changed,
                Text::new("看过以后有变化，没有发", "changed since it was seen, not sent"),
            ),
        ] {
            let of: Vec<&Item> = self
                .released
                .iter()
                .flat_map(|released| &released.items)
                .filter(|(_, stands)| *stands == standing)
                .map(|(item, _)| item)
                .collect();
            if !of.is_empty() {
                let _ = writeln!(out, "{}：{}", context.say(&said), of.len());
            }
            for item in of.iter().take(SHOWN) {
                let _ = writeln!(out, "  {}　{}　→ {}", item.case, item.title, item.recipient);
            }
        }
        for released in &self.released {
            for trouble in &released.troubles {
                let _ = writeln!(out, "  {}　{}", released.case, trouble_text(trouble, context));
            }
        }
        out.push_str(&batch_retry::said(&self.retry, folder, context));
        let (folder, hash) = (folder.display(), hash.short(HASH_SHOWN));
        if self.stopped {
            out.push_str(context.word(
                "出错太多，停下了。先看清原因再继续。\n",
                "Too much went wrong; it stopped. Look into it before going on.\n",
            ));
        }
        if self.rest > 0 {
            let rest = self.rest;
            let line = crate::text!(
                "下一波 {rest} 位客户：appeal-daemon batch run {folder} --send --plan {hash}",
                "Next wave, {rest} clients: appeal-daemon batch run {folder} --send --plan {hash}"
            );
            let _ = writeln!(out, "{}", context.say(&line));
        }
        out
    }
}

/// Writes down that a lawyer approved a plan.
pub fn approve(arguments: &BatchApprove, context: &Context) -> Result<u8, RuntimeError> {
    let folder = &arguments.folder;
    let plan = release::kept(folder, &arguments.plan)?;
    let rules = release::rules(folder)?;
    let options = context.options(None)?;
    let name = arguments.name.trim();
    let Some(person) = rules.lawyer(name) else {
        return Err(RuntimeError::asked(
            crate::text!("batch.toml 里没有律师 {name}", "batch.toml names no lawyer {name}"),
            Text::new(
                "在批次文件夹的 batch.toml 里写 [[people]] name、role = \"lawyer\"",
                "add [[people]] with name and role = \"lawyer\" to batch.toml in the batch's folder",
            ),
        ));
    };
    let user = options.environment.user.clone();
    if person.user.is_some() && person.user != user {
        let wanted = person.user.clone().unwrap_or_default();
        return Err(RuntimeError::asked(
            crate::text!(
                "{name} 只能用电脑用户 {wanted} 同意",
                "{name} approves as the user {wanted} only"
            ),
            Text::new("换本人登录后再同意", "log in as that user"),
        ));
    }
    let zone = time::default_zone();
    let hash = plan.hash();
    let messages = plan.count(Release::Wave);
    let approval = Approval {
        schema: SCHEMA,
        plan: hash.clone(),
        by: name.to_owned(),
        user,
        at: time::rfc3339(options.clock.now(), &zone),
        messages,
    };
    release::approve(folder, &approval)?;
    let given = release::approvals(folder, &hash)?.len();
    let wanted = rules.approvals_wanted(messages);
    if context.json {
        context.print_json(&json!({
            "schema": SCHEMA, "plan": hash.as_str(), "approved_by": name, "given": given,
            "wanted": wanted, "messages": messages,
        }));
    } else {
        let said = crate::text!(
            "{name} 已同意 {messages} 封（{given}/{wanted}）",
            "{name} approved {messages} messages ({given} of {wanted})"
        );
        context.print(context.say(&said));
    }
    Ok(exit::DONE)
}

/// Writes down that a client confirmed what is said in their name.
pub fn confirm(arguments: &BatchConfirm, context: &Context) -> Result<u8, RuntimeError> {
    let mut runtime = context.runtime(None)?;
    let case = runtime.find_case(&arguments.case)?;
    let steps = runtime.confirm(&case, arguments.step.as_deref(), &arguments.how)?;
    if context.json {
        context.print_json(&json!({ "schema": SCHEMA, "case": case.as_str(), "confirmed": steps }));
    } else {
        let (count, listed) = (steps.len(), steps.join("、"));
        let said = crate::text!(
            "{case}：客户确认了 {count} 份（{listed}）。内容一变，就要重新确认。",
            "{case}: the client confirmed {count} ({listed}). Any change wants a new confirmation."
        );
        context.print(context.say(&said));
    }
    Ok(exit::DONE)
}
