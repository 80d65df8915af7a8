//! What of a batch would leave: the list a person looks at, its hash, and the waves in which it
//! goes. What is sent is what was seen, or it is not sent.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::case::CaseId;
use crate::domain::digest::Digest;
use crate::domain::role::Role;

/// The version of the plan file and of the rules file.
pub const SCHEMA: u32 = 1;

/// How something may be released.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Release {
    /// With others, in a wave.
    Wave,
    /// By a word for it alone: it goes to an authority.
    Single,
    /// Not before its client confirmed these very bytes: the client speaks in it.
    Client,
}

/// One message that would leave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The client's case.
    pub case: CaseId,
    /// The step.
    pub step: String,
    /// Which visit of it.
    pub visit: u32,
    /// The step's title.
    pub title: String,
    /// The channel.
    pub channel: String,
    /// Who is at its other end.
    pub role: Role,
    /// The address.
    pub recipient: String,
    /// The digest of the whole: papers, texts, evidence, recipient.
    pub whole: Digest,
    /// The papers it carries, by file name.
    pub papers: Vec<String>,
    /// How it may be released.
    pub release: Release,
}

/// Everything of a batch that would leave, in the order of cases and steps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The version of this file.
    pub schema: u32,
    /// The messages.
    pub items: Vec<Item>,
}

impl Plan {
    /// Returns the plan of these messages, whatever order they were found in.
    pub fn new(mut items: Vec<Item>) -> Self {
        items.sort_by(|a, b| (&a.case, &a.step, a.visit).cmp(&(&b.case, &b.step, b.visit)));
        Self { schema: SCHEMA, items }
    }

    /// Returns its hash: equal plans have equal ones, and any change of a byte another.
    pub fn hash(&self) -> Digest {
        Digest::of_json(&serde_json::to_value(self).unwrap_or_default())
    }

    /// Returns how many of its messages may be released so.
    pub fn count(&self, release: Release) -> usize {
        self.items.iter().filter(|item| item.release == release).count()
    }

    /// Returns the clients with something that goes in waves, in order.
    pub fn clients(&self) -> Vec<&CaseId> {
        let in_wave = self.items.iter().filter(|item| item.release == Release::Wave);
        in_wave.map(|item| &item.case).collect::<BTreeSet<_>>().into_iter().collect()
    }
}

/// Returns where the wave ends that begins after `gone` clients: the sizes one after another, then
/// the rest.
pub fn wave_end(sizes: &[usize], gone: usize, clients: usize) -> usize {
    let mut end = 0;
    for size in sizes {
        end += size;
        if end > gone {
            return end.min(clients);
        }
    }
    clients
}

/// 批次规则 batch.toml（版本 1），放在批次文件夹里；都可以不写。
/// The rules of a batch; every one has a default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// 文件格式版本，现在是 1。 Version of this file format, now 1.
    #[serde(default = "version")]
    pub schema: u32,
    /// 每一波几位客户，最后一波是其余全部。 Clients in each wave; the last has the rest.
    #[serde(default = "waves")]
    pub waves: Vec<usize>,
    /// 一波里退回或结果不明达到几封就停。 How many failures stop the sending.
    #[serde(default = "stop_after")]
    pub stop_after: usize,
    /// 超过多少封要两个人同意；不写则不限。 More messages than this need two people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub four_eyes_over: Option<usize>,
    /// 导入时由程序编号的样式，例如 2026-DS-{0000}。 The pattern of matter numbers at import.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// 参与的人；写了就必须有律师同意才能发。 Who takes part; with them a lawyer must approve.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<Person>,
}

/// 参与的人。 Somebody who takes part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// 姓名。 Name.
    pub name: String,
    /// clerk 准备，lawyer 同意。 A clerk prepares, a lawyer approves.
    pub role: Part,
    /// 电脑的用户名；写了就核对。 Their user name on this machine, compared when given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
}

/// What somebody may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// 准备。 Prepares.
    Clerk,
    /// 同意。 Approves.
    Lawyer,
}

fn version() -> u32 {
    SCHEMA
}

fn waves() -> Vec<usize> {
    vec![1, 5]
}

fn stop_after() -> usize {
    3
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            schema: SCHEMA,
            waves: waves(),
            stop_after: stop_after(),
            four_eyes_over: None,
            number: None,
            people: Vec::new(),
        }
    }
}

impl Rules {
    /// Returns how many people must approve so many messages.
    pub fn approvals_wanted(&self, messages: usize) -> usize {
        match (self.four_eyes_over, self.people.is_empty()) {
            (Some(limit), _) if messages > limit => 2,
            (_, false) => 1,
            (_, true) => 0,
        }
    }

    /// Returns who approves under this name.
    pub fn lawyer(&self, name: &str) -> Option<&Person> {
        self.people.iter().find(|person| person.name == name && person.role == Part::Lawyer)
    }
}

/// That somebody approved a plan: a line of `approvals.jsonl`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// The version of this line.
    pub schema: u32,
    /// The plan.
    pub plan: Digest,
    /// Who.
    pub by: String,
    /// The user name on the machine where it was given.
    pub user: Option<String>,
    /// When, RFC 3339.
    pub at: String,
    /// How many messages it has.
    pub messages: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(case: &str, step: &str, release: Release) -> Item {
        Item {
            case: CaseId::parse(case).unwrap(),
            step: step.into(),
            visit: 1,
            title: "理赔".into(),
            channel: "case.insurer".into(),
            role: Role::Insurer,
            recipient: "claims@insurer.example".into(),
            whole: Digest::of(case.as_bytes()),
            papers: Vec::new(),
            release,
        }
    }

    #[test]
    fn the_hash_is_of_what_leaves_and_not_of_the_order_it_was_found_in() {
        let (a, b) = (item("W-1", "claim", Release::Wave), item("W-2", "claim", Release::Wave));
        let plan = Plan::new(vec![a.clone(), b.clone()]);
        assert_eq!(plan.hash(), Plan::new(vec![b.clone(), a.clone()]).hash());
        let other = Item { whole: Digest::of(b"other"), ..b };
        assert_ne!(plan.hash(), Plan::new(vec![a, other]).hash());
    }

    #[test]
    fn waves_go_one_then_five_then_the_rest() {
        let ends: Vec<usize> = [0, 1, 2, 6, 99].map(|gone| wave_end(&[1, 5], gone, 100)).into();
        assert_eq!(ends, [1, 6, 6, 100, 100]);
        assert_eq!(wave_end(&[1, 5], 0, 0), 0);
        assert_eq!(wave_end(&[], 0, 7), 7);
    }

    #[test]
    fn only_what_goes_in_waves_counts_its_clients() {
        let plan = Plan::new(vec![
            item("W-2", "claim", Release::Wave),
            item("W-1", "report", Release::Single),
            item("W-2", "again", Release::Wave),
        ]);
        assert_eq!(plan.clients().len(), 1);
        assert_eq!(plan.count(Release::Single), 1);
    }

    #[test]
    fn named_people_or_many_messages_want_approvals() {
        let mut rules = Rules::default();
        assert_eq!(rules.approvals_wanted(10_000), 0);
        rules.four_eyes_over = Some(20);
        assert_eq!((rules.approvals_wanted(20), rules.approvals_wanted(21)), (0, 2));
        rules.people.push(Person { name: "李".into(), role: Part::Lawyer, user: None });
        assert_eq!(rules.approvals_wanted(1), 1);
        assert!(rules.lawyer("李").is_some() && rules.lawyer("王").is_none());
    }
}
