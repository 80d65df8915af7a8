//! Reaching the person: on the screen they are looking at, by a notice on the desktop, by mail to
//! themselves. A reminder says that something is to do, never what happened to whom.

use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret as _;
use serde_json::json;

use crate::config::{self, Webhook, WebhookKind};
use crate::domain::case::SECRET_PREFIX;
use crate::domain::lang::Text;
use crate::mail::message::{self, Parts};
use crate::mail::smtp::{self, Account, Delivery, Outcome};
use crate::runtime::desk::Desk;
use crate::runtime::error::RuntimeError;
use crate::runtime::setup::Runtime;
use crate::runtime::signing::sign;
use crate::workflow::event::Event;
use crate::workflow::plan::Plan;
use crate::workflow::reminders::Reminder;

/// How the person can be reached in this moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Means {
    /// They are looking at the screen, and what is to do is printed there.
    Screen,
    /// They are not: by notice and by mail.
    Away,
}

/// What the person is told, in the words for each means.
pub(super) struct Notice {
    /// The case or the reminder it is about.
    pub about: String,
    /// What tells it from others about the same.
    pub key: String,
    /// A line that names nobody.
    pub short: String,
    /// The subject of a mail.
    pub subject: String,
    /// The whole.
    pub body: String,
    /// When.
    pub at: Timestamp,
}

/// How many calls a webhook takes in a minute: WeCom and DingTalk allow twenty.
const WEBHOOKS_PER_MINUTE: usize = 15;

/// How long a webhook may take.
const WEBHOOK_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(10);

impl Runtime {
    /// Reminds the person once of everything that is due, and writes down that it was done.
    pub(super) async fn remind(
        &mut self,
        desk: &Desk,
        plan: &Plan,
        items: &[Reminder],
        means: &Means,
    ) -> Result<(), RuntimeError> {
        let via = match means {
            Means::Screen => vec!["screen".to_owned()],
            Means::Away => self.remind_away(desk, plan, items).await,
        };
        if via.is_empty() {
            return Err(RuntimeError::asked(
                Text::new(
                    "提醒送不到：桌面通知和提醒邮件都没有成功",
                    "a reminder could not be given, neither as a desktop notice nor by mail",
                ),
                Text::new(
                    "检查网络和 config.toml 里的 [smtp]、[reminders] mail_to，或把 calendar 命令生成的 .ics 导入手机；五分钟后再试",
                    "check the network, [smtp] and [reminders] mail_to in config.toml, or import the .ics of `calendar`; tried again in five minutes",
                ),
            ));
        }
        let items = items.iter().map(|item| item.id.clone()).collect();
        self.write(desk, &[Event::Reminded { items, via }])
    }

    async fn remind_away(&mut self, desk: &Desk, plan: &Plan, items: &[Reminder]) -> Vec<String> {
        let case = desk.id();
        let count = items.len();
        let ids: Vec<&str> = items.iter().map(|item| item.id.as_str()).collect();
        let notice = Notice {
            about: case.to_string(),
            key: ids.join(" "),
            short: format!("有 {count} 件事要做：appeal-daemon today {case}"),
            subject: format!("有 {count} 件事要做（本方编号 {case}）"),
            body: reminder_text(desk, plan, items),
            at: self.now_for(desk),
        };
        self.reach(&notice).await
    }

    /// Reaches the person by every means there is; returns those that worked.
    pub(super) async fn reach(&mut self, notice: &Notice) -> Vec<String> {
        let mut via = Vec::new();
        if let Some(screen) = self.screen {
            screen(&notice.body);
            via.push("screen".to_owned());
        }
        if self.config.reminders.desktop {
            let summary = format!("appeal-daemon · {}", notice.about);
            if show_notice(summary, notice.short.clone()).await {
                via.push("desktop".to_owned());
            }
        }
        // Halted is halted, whatever the message says.
        if !matches!(self.store.halted_at(), Ok(None)) {
            return via;
        }
        let held = self.gate().is_ok_and(|gate| gate.holds_reminder(notice.at));
        if !held && self.mail_reminder(notice).await {
            self.mailed.retain(|at| at.duration_until(notice.at) < SignedDuration::from_hours(24));
            self.mailed.push(notice.at);
            via.push("mail".to_owned());
        }
        for hook in self.config.reminders.webhook.clone() {
            if self.call_webhook(&hook, notice).await {
                via.push(format!("webhook:{:?}", hook.kind).to_lowercase());
            }
        }
        via
    }

    /// A reminder to oneself may come twice but must not be lost, so it is not kept in doubt.
    async fn mail_reminder(&mut self, notice: &Notice) -> bool {
        let Some((settings, to)) =
            self.config.smtp.clone().zip(self.config.reminders.mail_to.clone())
        else {
            return false;
        };
        let ca = settings.ca_file.as_ref().and_then(|path| std::fs::read(path).ok());
        let parts = Parts {
            message_id: message::message_id(&notice.about, &notice.key, 0, 0, &settings.from),
            date: notice.at,
            from_name: Some("appeal-daemon".into()),
            from: settings.from.clone(),
            to_name: None,
            to: to.clone(),
            reply_to: None,
            earlier: Vec::new(),
            subject: notice.subject.clone(),
            body: notice.body.clone(),
            attachments: Vec::new(),
            unsent: false,
        };
        let Ok(mut bytes) = message::compose(parts) else { return false };
        // A reminder reaches oneself without a signature too, and must not be lost for the lack of
        // one.
        let _ = sign(&settings, &mut bytes, notice.at);
        let Ok((mut line, password)) = self.take_line(&settings).await else { return false };
        let delivery = Delivery { sender: &settings.from, recipient: &to, bytes: &bytes };
        let go = |_| std::future::ready(Ok::<bool, RuntimeError>(true));
        let (ca, dial) = (ca.as_deref(), &self.dial);
        let account = Account { settings: &settings, ca, password: password.as_ref(), dial };
        let outcome = smtp::deliver(&account, &mut line, &delivery, go).await;
        self.keep_line(line, password);
        matches!(outcome, Ok(Outcome::Accepted { .. }))
    }

    /// Webhooks go to others' servers: they get the number of things to do, nothing else. No more
    /// than the strictest of them takes in a minute.
    async fn call_webhook(&mut self, hook: &Webhook, notice: &Notice) -> bool {
        self.called.retain(|at| at.duration_until(notice.at) < SignedDuration::from_mins(1));
        if self.called.len() >= WEBHOOKS_PER_MINUTE {
            return false;
        }
        let url = match hook.url.strip_prefix(SECRET_PREFIX) {
            None => hook.url.clone(),
            Some(name) => match self.secrets.find(name) {
                Ok(found) => found.secret.expose_secret().to_owned(),
                Err(_) => return false,
            },
        };
        if !config::is_safe_url(&url) {
            return false;
        }
        self.called.push(notice.at);
        let (body, is_json) = webhook_body(hook.kind, &notice.short);
        post(url, body, is_json).await
    }
}

/// What a webhook's server expects.
fn webhook_body(kind: WebhookKind, text: &str) -> (String, bool) {
    let text = format!("appeal-daemon：{text}");
    match kind {
        WebhookKind::Wecom | WebhookKind::Dingtalk => {
            (json!({ "msgtype": "text", "text": { "content": text } }).to_string(), true)
        }
        WebhookKind::Feishu => {
            (json!({ "msg_type": "text", "content": { "text": text } }).to_string(), true)
        }
        WebhookKind::Ntfy => (text, false),
        WebhookKind::Json => (json!({ "schema": 1, "text": text }).to_string(), true),
    }
}

async fn post(url: String, body: String, is_json: bool) -> bool {
    let posted = tokio::task::spawn_blocking(move || {
        let agent: ureq::Agent =
            ureq::Agent::config_builder().timeout_global(Some(WEBHOOK_TIMEOUT)).build().into();
        let kind =
            if is_json { "application/json; charset=utf-8" } else { "text/plain; charset=utf-8" };
        agent.post(&url).header("Content-Type", kind).send(body.as_str()).is_ok()
    });
    matches!(posted.await, Ok(true))
}

fn reminder_text(desk: &Desk, plan: &Plan, items: &[Reminder]) -> String {
    let mut lines = vec!["现在要做的事：".to_owned()];
    let mut steps: Vec<&str> = Vec::new();
    for item in items {
        if !steps.contains(&item.step.as_str()) {
            steps.push(&item.step);
        }
    }
    for step in steps {
        if let Some(step) = plan.step(step) {
            lines.push(format!("· {} / {}", step.title.zh, step.title.en));
        }
    }
    lines.push(String::new());
    lines.push(format!("详细：appeal-daemon today {}", desk.id()));
    lines.join("\n")
}

/// Desktop notices talk to a service that may be absent or slow; neither may hold the daemon.
async fn show_notice(summary: String, body: String) -> bool {
    let shown = tokio::task::spawn_blocking(move || {
        notify_rust::Notification::new()
            .appname("appeal-daemon")
            .summary(&summary)
            .body(&body)
            .show()
            .is_ok()
    });
    let waited = tokio::time::timeout(std::time::Duration::from_secs(5), shown).await;
    matches!(waited, Ok(Ok(true)))
}
