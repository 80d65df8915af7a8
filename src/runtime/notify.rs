//! Reaching the person: on the screen they are looking at, by a notice on the desktop, by mail to
//! themselves. A reminder says that something is to do, never what happened to whom.

use secrecy::SecretString;

use crate::config::SMTP_PASSWORD;
use crate::domain::lang::Text;
use crate::mail::message::{self, Parts};
use crate::mail::smtp::{self, Delivery, Outcome};
use crate::runtime::desk::Desk;
use crate::runtime::error::RuntimeError;
use crate::runtime::setup::Runtime;
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

    async fn remind_away(&self, desk: &Desk, plan: &Plan, items: &[Reminder]) -> Vec<String> {
        let mut via = Vec::new();
        if let Some(screen) = self.screen {
            screen(&reminder_text(desk, plan, items));
            via.push("screen".to_owned());
        }
        let count = items.len();
        let case = desk.id();
        if self.config.reminders.desktop {
            let summary = format!("appeal-daemon · {case}");
            let body = format!("有 {count} 件事要做：appeal-daemon today {case}");
            if show_notice(summary, body).await {
                via.push("desktop".to_owned());
            }
        }
        if self.config.reminders.mail_to.is_some() && self.mail_reminder(desk, plan, items).await {
            via.push("mail".to_owned());
        }
        via
    }

    /// A reminder to oneself may come twice but must not be lost, so it is not kept in doubt.
    async fn mail_reminder(&self, desk: &Desk, plan: &Plan, items: &[Reminder]) -> bool {
        let (Some(settings), Some(to)) = (&self.config.smtp, &self.config.reminders.mail_to) else {
            return false;
        };
        // Halted is halted, whatever the letter says.
        if !matches!(self.store.halted_at(), Ok(None)) {
            return false;
        }
        let password: Option<SecretString> = match &settings.user {
            Some(_) => match self.secrets.find(SMTP_PASSWORD) {
                Ok(found) => Some(found.secret),
                Err(_) => return false,
            },
            None => None,
        };
        let ca = settings.ca_file.as_ref().and_then(|path| std::fs::read(path).ok());
        let parts = Parts {
            message_id: message::message_id(
                desk.id().as_str(),
                &items.iter().map(|item| item.id.as_str()).collect::<Vec<_>>().join(" "),
                0,
                0,
                &settings.from,
            ),
            date: self.now_for(desk),
            from_name: Some("appeal-daemon".into()),
            from: settings.from.clone(),
            to_name: None,
            to: to.clone(),
            subject: format!("有 {} 件事要做（本方编号 {}）", items.len(), desk.id()),
            body: reminder_text(desk, plan, items),
            attachments: Vec::new(),
            unsent: false,
        };
        let Ok(bytes) = message::compose(&parts) else { return false };
        let delivery = Delivery { sender: &settings.from, recipient: to, bytes: &bytes };
        let go = || std::future::ready(Ok::<bool, RuntimeError>(true));
        let outcome =
            smtp::deliver(settings, ca.as_deref(), password.as_ref(), &delivery, go).await;
        matches!(outcome, Ok(Outcome::Accepted))
    }
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
