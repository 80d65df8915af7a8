//! What is known of every message of a case: to whom, when, what the servers said, what came back.
//! It says what the ledger holds and concludes nothing: taken by a server is not delivered, and
//! delivered is not read.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use serde_json::{Value, json};

use crate::domain::digest::Digest;
use crate::domain::lang::Text;
use crate::domain::time;
use crate::mail::inbound::judge::{Belongs, judge};
use crate::mail::inbound::letter::Letter;
use crate::mail::message;
use crate::render::pdf::Job;
use crate::runtime::desk::Desk;
use crate::runtime::error::RuntimeError;
use crate::runtime::letters;
use crate::runtime::setup::Runtime;
use crate::runtime::typesetter;
use crate::workflow::event::{Entry, Event, TakenBy};
use crate::workflow::library::Library;
use crate::workflow::template::Template;

/// One message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Message {
    /// Counts the messages, from 1.
    pub no: usize,
    /// The step it is of.
    pub step: String,
    /// Which visit of it.
    pub visit: u32,
    /// The step's title.
    pub title: String,
    /// Whom it is for.
    pub recipient: String,
    /// Whom it is from.
    pub sender: String,
    /// Its subject; none when its bytes are gone.
    pub subject: Option<String>,
    /// Its Message-ID, without angle brackets.
    pub message_id: String,
    /// The digest of its bytes.
    pub sha256: Digest,
    /// Its size.
    pub size_bytes: usize,
    /// What is known of it, in a sentence, and no more than that.
    pub known: String,
    /// What happened to it, oldest first.
    pub events: Vec<Happened>,
    /// What went along.
    pub files: Vec<message::Content>,
    /// The letters that name it, oldest first.
    pub letters: Vec<Came>,
    #[serde(skip)]
    reached: Reached,
    #[serde(skip)]
    tried_again: bool,
    #[serde(skip)]
    left: bool,
}

/// Something that happened to a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Happened {
    /// When, to the second, by this machine's clock.
    pub at: String,
    /// What.
    pub what: String,
    /// The server's own words.
    pub said: Option<String>,
}

/// A letter that names a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Came {
    /// When it was taken in, by this machine's clock.
    pub at: String,
    /// What kind of letter it is.
    pub what: String,
    /// Who it says wrote it.
    pub from: String,
    /// The digest of its bytes.
    pub sha256: Digest,
}

/// How far a message got, as far as that is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Reached {
    #[default]
    Stored,
    Written,
    Refused,
    Doubt,
    Taken,
    Returned,
}

impl Reached {
    /// A refusal of a second try says nothing of the first; one after the message was taken is its
    /// return.
    fn then(self, next: Self, tried_again: bool) -> Self {
        match (self, next) {
            (Self::Doubt, Self::Refused) if tried_again => Self::Doubt,
            (Self::Taken | Self::Returned, Self::Refused) => Self::Returned,
            _ => next,
        }
    }

    fn sentence(self) -> &'static str {
        match self {
            Self::Stored => "还没有发出。",
            Self::Written => {
                "写成了文件，由本人用自己的邮件程序去发。程序看不到它是否发出、是否送达。"
            }
            Self::Refused => "服务器没有接收。",
            Self::Doubt => "正文已经传出，没有收到服务器的答复：不知道它是否被接收。",
            Self::Returned => "发信邮箱的服务器接收过，后来有服务器报告没有送达。",
            Self::Taken => "发信邮箱的服务器已接收。对方的邮箱是否收到、有没有人看过，这里不知道。",
        }
    }
}

impl Runtime {
    /// Returns every message of a case, or of one step of it.
    pub fn messages(
        &mut self,
        desk: &Desk,
        step: Option<&str>,
    ) -> Result<Vec<Message>, RuntimeError> {
        let mut found: BTreeMap<String, Message> = BTreeMap::new();
        let mut order = Vec::new();
        for entry in &desk.entries {
            if let Event::SendStarted { step: of, visit, message_id, message, further } =
                &entry.event
            {
                let further = further.iter().map(|volume| (&volume.message_id, &volume.message));
                for (id, message) in std::iter::once((message_id, message)).chain(further) {
                    if step.is_some_and(|step| step != of) || found.contains_key(id) {
                        continue;
                    }
                    order.push(id.clone());
                    found.insert(
                        id.clone(),
                        self.started(desk, entry.at, of, *visit, (id, message))?,
                    );
                }
            }
            note(&mut found, entry, desk);
        }
        for (id, came) in self.letters_of(desk)? {
            if let Some(message) = found.get_mut(&id) {
                message.letters.push(came);
            }
        }
        let mut messages: Vec<Message> =
            order.iter().filter_map(|message_id| found.remove(message_id)).collect();
        for (index, message) in messages.iter_mut().enumerate() {
            message.no = index + 1;
            message.reached.sentence().clone_into(&mut message.known);
        }
        Ok(messages)
    }

    fn started(
        &self,
        desk: &Desk,
        at: Timestamp,
        step: &str,
        visit: u32,
        (message_id, sha256): (&str, &Digest),
    ) -> Result<Message, RuntimeError> {
        let what = "邮件定稿，原文存入账本".to_owned();
        let finished = Happened { at: time::second(at, &desk.zone), what, said: None };
        let stored = self.store.message(message_id)?;
        let contents = stored.as_ref().map(|stored| message::contents(&stored.bytes));
        let (subject, files) = contents.unwrap_or_default();
        let title = desk.workflow.step(step).map(|step| step.title.zh.to_string());
        Ok(Message {
            no: 0,
            step: step.to_owned(),
            visit,
            title: title.unwrap_or_else(|| step.to_owned()),
            recipient: stored.as_ref().map(|stored| plain(&stored.recipient)).unwrap_or_default(),
            sender: stored.as_ref().map(|stored| plain(&stored.sender)).unwrap_or_default(),
            subject,
            message_id: plain(message_id),
            sha256: sha256.clone(),
            size_bytes: stored.map_or(0, |stored| stored.bytes.len()),
            known: String::new(),
            events: vec![finished],
            files,
            letters: Vec::new(),
            reached: Reached::Stored,
            tried_again: false,
            left: false,
        })
    }

    /// The kept letters that certainly name a message of this case, each with the message's id.
    fn letters_of(&mut self, desk: &Desk) -> Result<Vec<(String, Came)>, RuntimeError> {
        let kept: Vec<_> = self
            .store
            .letters()?
            .into_iter()
            .filter(|letter| letter.case.as_deref() == Some(desk.id().as_str()))
            .collect();
        if kept.is_empty() {
            return Ok(Vec::new());
        }
        let ours = self.ours()?;
        let mut found = Vec::new();
        for letter in kept {
            let Ok(bytes) = std::fs::read(self.letter_path(&letter.digest)) else { continue };
            let Ok(read) = Letter::read(&bytes) else { continue };
            let Belongs::Certain { sent: Some(sent), .. } = judge(&read, &ours).belongs else {
                continue;
            };
            let from = letter.shown["from"].as_str().unwrap_or_default();
            let came = Came {
                at: time::second(letter.at, &desk.zone),
                what: kind_of(letter.shown["kind"].as_str().unwrap_or_default()).to_owned(),
                from: plain(from),
                sha256: letter.digest,
            };
            found.push((sent.message_id, came));
        }
        Ok(found)
    }

    /// Sets the page; none where no template is meant for it.
    pub fn proof(&mut self, desk: &Desk, messages: &[Message]) -> Result<Vec<u8>, RuntimeError> {
        let template =
            self.library.packs.templates.values().find(|template| template.proves_delivery);
        let template = template
            .ok_or_else(|| {
                RuntimeError::asked(
                    Text::new("没有发送记录的模板", "there is no template for this record"),
                    Text::new("重新安装本程序", "install this program again"),
                )
            })?
            .clone();
        // The page is of the ledger as it is, so the same ledger gives the same page.
        let about = About {
            number: desk.id().as_str(),
            day: time::day(desk.history.last_at, &desk.zone),
            zone: desk.history.case.zone.as_deref().unwrap_or(time::DEFAULT_ZONE),
            entries: desk.history.last_seq,
            head: &desk.head,
        };
        let job = job(&self.library, &template, messages, &about);
        self.typesetter.make(&job)
    }
}

/// What the page says of the ledger it is made from.
pub(super) struct About<'a> {
    pub(super) number: &'a str,
    pub(super) day: Date,
    pub(super) zone: &'a str,
    pub(super) entries: u64,
    pub(super) head: &'a str,
}

/// Returns the job that sets the page.
pub(super) fn job(
    library: &Library,
    template: &Template,
    messages: &[Message],
    about: &About<'_>,
) -> Job {
    let day = about.day;
    let data = json!({
        "messages": messages,
        "entries": about.entries,
        "head": about.head,
        "zone": about.zone,
        "doc": {
            "title": template.title.zh,
            "author": "",
            "draft": false,
            "missing": [],
            "our_number": about.number,
            "date": { "year": day.year(), "month": day.month(), "day": day.day() },
            "part": Value::Null,
        },
    });
    letters::job(library, template, data)
}

/// Adds what an entry says to the messages it speaks of.
fn note(found: &mut BTreeMap<String, Message>, entry: &Entry, desk: &Desk) {
    match &entry.event {
        Event::PersonDid { step, visit, by_case: false, when, .. } => {
            let at = time::second(*when, &desk.zone);
            let what = "本人记录：这一步已经办了".to_owned();
            let happened = Happened { at, what, said: None };
            for message in of_visit(found, step, *visit) {
                message.events.push(happened.clone());
            }
        }
        Event::Approved { step, visit, again: true, .. } => {
            // Of several messages it is the one nobody knows of.
            of_visit(found, step, *visit)
                .filter(|message| matches!(message.reached, Reached::Doubt))
                .for_each(|message| message.tried_again = true);
        }
        event => {
            let Some((message_id, reached, happened)) = happened(event, entry.at, desk) else {
                return;
            };
            if let Some(message) = found.get_mut(message_id) {
                message.reached = message.reached.then(reached, message.tried_again);
                message.left |= matches!(event, Event::InDoubt { .. });
                message.events.push(happened);
            }
        }
    }
}

fn of_visit<'a>(
    found: &'a mut BTreeMap<String, Message>,
    step: &'a str,
    visit: u32,
) -> impl Iterator<Item = &'a mut Message> {
    found.values_mut().filter(move |message| message.step == step && message.visit == visit)
}

/// Returns true when something of these left this machine by itself.
pub fn left(messages: &[Message]) -> bool {
    messages.iter().any(|message| message.left)
}

/// What an entry says of a message: its id, how far it got, and the line of the page.
fn happened<'a>(
    event: &'a Event,
    at: Timestamp,
    desk: &Desk,
) -> Option<(&'a str, Reached, Happened)> {
    let mut said = None;
    let (id, reached, what) = match event {
        Event::InDoubt { message_id, .. } => {
            (message_id, Reached::Doubt, "服务器准备好接收，开始传出正文".to_owned())
        }
        Event::Accepted { message_id, by, reply, .. } => {
            let (reached, what) = match by {
                TakenBy::Server => (Reached::Taken, "发信邮箱的服务器接收（250）"),
                TakenBy::Copy => {
                    (Reached::Taken, "在本人邮箱里见到这封邮件的副本，可见服务器已接收")
                }
                TakenBy::Person => (Reached::Doubt, "本人记录：对方收到了这一封"),
                TakenBy::Outbox => (Reached::Written, "写成文件，交给本人去发"),
            };
            said = answer(reply.as_ref(), desk);
            (message_id, reached, what.to_owned())
        }
        Event::Refused { message_id, class, code, reply, .. } => {
            said = answer(reply.as_ref(), desk);
            let what = class.explain().0.zh;
            let code = code.map(|code| format!("（{code}）")).unwrap_or_default();
            (message_id, Reached::Refused, format!("没有被接收，或被退回：{what}{code}"))
        }
        _ => return None,
    };
    let at = time::second(at, &desk.zone);
    Some((id, reached, Happened { at, what, said }))
}

/// Which server answered, and its own words.
fn answer(reply: Option<&Digest>, desk: &Desk) -> Option<String> {
    let reply = desk.payloads.get(reply?)?;
    Some(format!("{}：{}", plain(reply["server"].as_str()?), in_print(reply["said"].as_str()?)))
}

fn kind_of(kind: &str) -> &'static str {
    match kind {
        "own_copy" => "本人邮箱里的副本",
        "delivered" => "服务器的报告：已投递（不表示有人看过）",
        "delayed" => "服务器的报告：还在投递",
        "bounce" => "服务器的报告：没有送达",
        "automatic" => "自动回复",
        "answer" => "引用这封邮件编号的来信",
        _ => "来信",
    }
}

/// A server's words, Chinese ones too, as far as our fonts have their signs.
fn in_print(words: &str) -> String {
    let words: String = words.trim().chars().filter(|c| !c.is_control()).take(300).collect();
    let Ok(fonts) = typesetter::fonts() else { return plain(&words) };
    let missing = fonts.missing_in(&words);
    words.chars().map(|c| if missing.contains(&c) { '?' } else { c }).collect()
}

/// Others' words as a page can show them: no sign that no font has may keep a page from being set.
fn plain(words: &str) -> String {
    let shown = |c: char| if c.is_ascii_graphic() || c == ' ' { c } else { '?' };
    words.trim().chars().take(300).map(shown).collect()
}
