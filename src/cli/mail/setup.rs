//! Sets the mail account up and tries it: a mail to oneself, read back, before the first real one.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

use crate::cli::context::Context;
use crate::cli::exit;
use crate::cli::mail::account::{self, Account};
use crate::cli::mail::args::MailSetup;
use crate::cli::mail::password;
use crate::config::IMAP_PASSWORD;
use crate::config::write::Existing;
use crate::domain::lang::Text;
use crate::mail::presets::Access;
use crate::runtime::account::Draft;
use crate::runtime::error::RuntimeError;
use crate::runtime::setup::{Runtime, block_on};
use crate::runtime::trial::{Sent, Trouble, TroubleKind};
use crate::secrets::Place;

/// One thing that was tried.
struct Check {
    id: &'static str,
    name: Text,
    state: State,
}

/// What came of it.
enum State {
    Works(Text),
    Fails(Trouble),
    /// It was sent and is not there yet.
    Missing(Trouble),
    Untried(Text),
}

impl Check {
    fn is_refused_login(&self) -> bool {
        matches!(&self.state, State::Fails(trouble) if trouble.kind == TroubleKind::Login)
    }
}

/// Writes the settings, keeps the password, and tries both.
pub fn setup(arguments: &MailSetup, context: &Context) -> Result<u8, RuntimeError> {
    let mut runtime = context.runtime(None)?;
    let account = account::choose(arguments, &runtime.config, context)?;
    let existing = if arguments.replace { Existing::Replace } else { Existing::Keep };
    let draft = runtime.draft_account(&account.smtp, account.imap.as_ref(), existing)?;
    let entered = password::find(arguments, &runtime, &account, context)?;
    let place = password::keep(entered, &runtime)?;
    runtime.write_account(draft.clone())?;
    let (out, mut object) = written(&draft, &account, place, &runtime, context);
    if !context.json {
        context.print(&out);
    }
    if arguments.no_test {
        object["checks"] = json!([]);
        object["ok"] = Value::Null;
        let note = context.word(
            "还没有试过：appeal-daemon doctor --mail 登录一次，或再运行 mail setup 给自己发一封\n",
            "Not tried yet: appeal-daemon doctor --mail logs in, mail setup sends you a test mail\n",
        );
        finish(context, note, &object);
        return Ok(exit::DONE);
    }
    let limit = Duration::from_secs(arguments.wait);
    loop {
        let checks = block_on(try_out(&runtime, limit, context))??;
        let code = code(&checks);
        object["ok"] = json!(code == exit::DONE);
        object["checks"] = checks.iter().map(|check| check_json(check, context)).collect();
        finish(context, &report(&checks, &account, context), &object);
        let refused = checks.iter().any(Check::is_refused_login);
        if !(refused && password::enters_again(place, &runtime, context)?) {
            return Ok(code);
        }
    }
}

fn finish(context: &Context, out: &str, object: &Value) {
    if context.json {
        context.print_json(object);
    } else {
        context.print(out);
    }
}

/// What was written and where, for a person and for a program.
fn written(
    draft: &Draft,
    account: &Account,
    place: Option<Place>,
    runtime: &Runtime,
    context: &Context,
) -> (String, Value) {
    let smtp = &account.smtp;
    let path = draft.path.display();
    let server = |host: &str, port: u16, security: &str| json!({ "host": host, "port": port, "security": security });
    let imap = runtime.config.imap.as_ref();
    let object = json!({
        "schema": 1, "config": path.to_string(), "changed": draft.changes,
        "address": smtp.from, "provider": account.provider.id,
        "smtp": server(&smtp.host, smtp.port, smtp.security.as_str()),
        "imap": imap.map(|imap| server(&imap.host, imap.port, imap.security.as_str())),
        "password": place.map(|place| place.name().en.to_string()),
    });
    let mut out = String::new();
    let said = if draft.changes {
        crate::text!("设置写在 {path}", "the settings are in {path}")
    } else {
        crate::text!("设置没有变：{path}", "the settings are as they were: {path}")
    };
    let _ = writeln!(out, "{}", context.say(&said));
    if let Some(place) = place {
        let name = place.name();
        let (zh, en) = (&name.zh, &name.en);
        let said = crate::text!(
            "密码在{zh}，不在设置文件里",
            "the password is in {en}, not in the settings"
        );
        let _ = writeln!(out, "{}", context.say(&said));
    }
    // One that was kept for another account would be asked for first.
    if imap.is_some() && runtime.secrets.find(IMAP_PASSWORD).is_ok() {
        let said = Text::new(
            "收信另用 imap.password；不需要就删掉：appeal-daemon secret forget imap.password",
            "the mailbox has a password of its own; if it should not: appeal-daemon secret forget imap.password",
        );
        let _ = writeln!(out, "{}", context.say(&said));
    }
    (out, object)
}

async fn try_out(
    runtime: &Runtime,
    limit: Duration,
    context: &Context,
) -> Result<Vec<Check>, RuntimeError> {
    let Some(settings) = runtime.config.smtp.clone() else { return Ok(Vec::new()) };
    let progress = context.progress(context.word("给自己发一封……", "sending to yourself …"));
    let sent = runtime.send_to_oneself(&settings).await;
    progress.set_message(context.word("登录收信服务器……", "opening the mailbox …"));
    let mailbox = runtime.try_mailbox().await;
    progress.set_message(context.word("等这封信到……", "waiting for it …"));
    let (sent, mailbox) = (sent?, mailbox?);
    let (reading, copy) = match (mailbox, sent.message_id()) {
        (None, _) => (
            State::Untried(Text::new(
                "没有设置收信邮箱：回信由你存成 .eml 放进 inbox 文件夹",
                "no mailbox is set: save answers as .eml into the inbox folder",
            )),
            untried(),
        ),
        (Some(Err(trouble)), _) => (State::Fails(trouble), untried()),
        (Some(Ok(mailbox)), message_id) => {
            let works = State::Works(Text::new("已登录，只读不改", "logged in; it is only read"));
            match message_id {
                None => {
                    mailbox.close().await;
                    (works, untried())
                }
                Some(id) => (works, copy(runtime.read_back(mailbox, id, limit).await?, limit)),
            }
        }
    };
    progress.finish_and_clear();
    let sending = match sent {
        Sent::Accepted { .. } => {
            State::Works(Text::new("服务器收下了测试邮件", "the server took the test mail"))
        }
        Sent::Failed(trouble) => State::Fails(trouble),
        Sent::Unknown { .. } => State::Fails(no_answer()),
    };
    Ok(vec![
        Check { id: "send", name: Text::new("发信", "sending"), state: sending },
        Check { id: "read", name: Text::new("收信", "reading"), state: reading },
        Check { id: "copy", name: Text::new("自己的副本", "your own copy"), state: copy },
    ])
}

fn untried() -> State {
    State::Untried(Text::new("没有试", "not tried"))
}

fn no_answer() -> Trouble {
    Trouble {
        what: Text::new(
            "信交出去了，没有等到服务器的答复",
            "the mail left and no answer came from the server",
        ),
        next: Text::new("过一会儿再运行一次 mail setup", "run mail setup again in a while"),
        kind: TroubleKind::Away,
    }
}

fn copy(found: Result<Option<String>, Trouble>, limit: Duration) -> State {
    let seconds = limit.as_secs();
    match found {
        Ok(Some(folder)) if folder == "INBOX" => {
            State::Works(Text::new("测试邮件到了收件箱", "the test mail is in the inbox"))
        }
        Ok(Some(_)) => State::Works(Text::new(
            "在“已发送”或“所有邮件”里找到测试邮件",
            "the test mail is among the sent or all mail",
        )),
        Ok(None) => State::Missing(Trouble {
            what: crate::text!(
                "等了 {seconds} 秒，邮箱里还没有这封信",
                "after {seconds} seconds it is not in the mailbox"
            ),
            next: Text::new(
                "看看垃圾箱和网页版；过几分钟再运行一次 mail setup",
                "look into the junk folder; run mail setup again in some minutes",
            ),
            kind: TroubleKind::Other,
        }),
        Err(trouble) => State::Fails(trouble),
    }
}

/// The person's own fault first, then the surroundings, then what is still to come.
fn code(checks: &[Check]) -> u8 {
    let any = |is: fn(&State) -> bool| checks.iter().any(|check| is(&check.state));
    if any(|state| matches!(state, State::Fails(trouble) if trouble.kind != TroubleKind::Away)) {
        exit::INPUT
    } else if any(|state| matches!(state, State::Fails(_))) {
        exit::SURROUNDINGS
    } else if any(|state| matches!(state, State::Missing(_))) {
        exit::WAITS
    } else {
        exit::DONE
    }
}

fn report(checks: &[Check], account: &Account, context: &Context) -> String {
    let mut out = String::new();
    for check in checks {
        let (mark, said, next) = match &check.state {
            State::Works(said) => ("✓", said, None),
            State::Untried(said) => ("－", said, None),
            State::Fails(trouble) | State::Missing(trouble) => {
                ("✗", &trouble.what, Some(&trouble.next))
            }
        };
        let colon = context.word("：", ": ");
        let _ = writeln!(out, "{mark} {}{colon}{}", context.say(&check.name), context.say(said));
        if let Some(next) = next {
            let _ = writeln!(out, "    {}", context.say(next));
        }
    }
    let refused = checks.iter().any(Check::is_refused_login);
    if refused && matches!(account.provider.access, Access::Password { .. }) {
        let name = context.say(&account.provider.name);
        let _ = writeln!(out, "{name}：{}", context.say(&account.provider.password));
    }
    out.push_str(match code(checks) {
        exit::DONE => context.word("可以用了。\n", "It can be used.\n"),
        _ => context.word(
            "设置和密码都留着；弄好以后再运行一次 appeal-daemon mail setup（换密码：secret set smtp.password）\n",
            "Settings and password are kept; run appeal-daemon mail setup again afterwards (another password: secret set smtp.password)\n",
        ),
    });
    out
}

fn check_json(check: &Check, context: &Context) -> Value {
    let (ok, said, hint) = match &check.state {
        State::Works(said) => (json!(true), said, None),
        State::Untried(said) => (Value::Null, said, None),
        State::Fails(trouble) | State::Missing(trouble) => {
            (json!(false), &trouble.what, Some(context.say(&trouble.next)))
        }
    };
    json!({ "id": check.id, "ok": ok, "said": context.say(said), "hint": hint })
}
