//! The workflow file as it is written, schema version 1. Checked and turned into the model by
//! `load`; its JSON Schema drives both the reader and editors.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::domain::span::Span;
use crate::remind::Missed;
use crate::workflow::channel::RawChannel;
use crate::workflow::packs::RawSlot;

/// The version of the workflow language this program reads.
pub const SCHEMA: u32 = 1;

/// 流程文件（版本 1）。 A workflow file, version 1.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawWorkflow {
    /// 语言版本，现在是 1。 Version of the language.
    pub schema: u32,
    /// 编号：小写字母、数字、连字符。 Id.
    pub id: String,
    /// 本流程自己的版本。 Version of this workflow.
    #[serde(default = "one")]
    pub version: u32,
    /// 名称。 Name.
    pub name: String,
    /// 英文名称。 English name.
    #[serde(default)]
    pub name_en: Option<String>,
    /// 适用条件：CEL 或简写。 Which cases it is for.
    #[serde(default)]
    #[schemars(schema_with = "condition")]
    pub when: Option<String>,
    /// 依据的资料。 Sources.
    #[serde(default)]
    pub sources: Vec<String>,
    /// 出事的账户在文书里怎么称呼，例如 "微信支付账户"。 What the account is called in texts.
    #[serde(default)]
    pub subject: Option<String>,
    /// 对账户负责的机构全称。 The institution that answers for the account.
    #[serde(default)]
    pub institution: Option<String>,
    /// 和任务一起显示的提醒卡编号。 Cards shown with its tasks.
    #[serde(default)]
    #[schemars(schema_with = "text_or_list")]
    pub cards: Vec<String>,
    /// 已发出的材料有误时，用哪个模板更正。 Template for corrections.
    #[serde(default)]
    pub correction: Option<String>,
    /// 时钟。 Clock.
    #[serde(default)]
    pub clock: RawClock,
    /// 定期执行；写了它的流程不属于案件，用 remind add 订阅。 Recurs; subscribed to, not opened.
    #[serde(default)]
    pub schedule: Option<RawSchedule>,
    /// 步骤，按书写顺序。 Steps in order.
    #[serde(default)]
    pub step: BTreeMap<String, RawStep>,
    /// 只在本流程使用的渠道。 Channels used only here.
    #[serde(default)]
    pub channel: BTreeMap<String, RawChannel>,
    /// 只在本流程使用的证据位。 Evidence slots used only here.
    #[serde(default)]
    pub slot: BTreeMap<String, RawSlot>,
    /// 作者的预期，由 workflow test 检查。 What its author expects, checked by `workflow test`.
    #[serde(default)]
    pub test: Vec<RawTest>,
}

/// 一项预期。 One expectation: a scenario and what must happen in it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawTest {
    /// 名称。 Name.
    pub name: String,
    /// 情景，一行一句；不写为对方一直不答复。 The scenario, line by line; silent when left out.
    #[serde(default)]
    #[schemars(schema_with = "text_or_list")]
    pub scenario: Vec<String>,
    /// 案件文件的内容；不写为 2026-09-18 15:20 发现的微信案件。 A case file's text.
    #[serde(default)]
    pub case: Option<String>,
    /// 演练多久，默认 400 天。 How long.
    #[serde(default)]
    #[schemars(schema_with = "span")]
    pub until: Option<Span>,
    /// 必须发生，例如 "2026-09-20 15:20 timeout 步骤 -> 下一步"。 What must happen.
    #[serde(default)]
    #[schemars(schema_with = "text_or_list")]
    pub expect: Vec<String>,
    /// 不得发生，例如 "submitted 步骤 before 2026-10-04"。 What must not.
    #[serde(default)]
    #[schemars(schema_with = "text_or_list")]
    pub never: Vec<String>,
}

fn one() -> u32 {
    1
}

/// 时钟。 The clock our limits are counted by.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawClock {
    /// 我方期限的起点，默认 case.discovered_at。 Where our limits start.
    #[serde(default)]
    pub start: Option<String>,
    /// 夜间不打扰的时段，例如 "22:30-07:30"。 Quiet hours.
    #[serde(default)]
    pub quiet: Option<String>,
}

/// 定期执行。 When a workflow recurs.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawSchedule {
    /// 五段：分 时 日 月 星期，例如每月 1 日九点 "0 9 1 * *"。 A cron pattern of five fields.
    pub cron: String,
    /// 时区，默认 Asia/Shanghai。 Zone.
    #[serde(default)]
    #[schemars(extend("format" = "zone"))]
    pub zone: Option<String>,
    /// 遇休息日推到下一个工作日。 Moves to the next working day.
    #[serde(default)]
    pub first_workday: bool,
    /// 关机错过的：run-once 补一次、skip 不补、all 每次都补。 What was missed.
    #[serde(default)]
    pub missed: Missed,
}

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// 提交给某个渠道。 Submit something to a channel.
    Submit,
    /// 取证：证据位填满即完成。 Capture evidence.
    Capture,
    /// 对照清单检查。 Go through a check list.
    Check,
    /// 请本人回答几个问题。 Ask the person.
    Ask,
    /// 打包材料。 Bundle the papers.
    Bundle,
    /// 登记到账金额。 Record what was paid.
    Settle,
    /// 提醒。 Remind.
    Remind,
    /// 转入另一个流程。 Run another workflow.
    Subflow,
}

/// 步骤。 A step.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-collect" = "on", "x-collect-items" = json!({"format": "text-or-list"}), "patternProperties" = json!({"^on_[a-z_]+$": {"type": ["string", "array"]}})))]
pub struct RawStep {
    /// 一行标题，到处显示。 One line.
    pub title: String,
    /// 英文标题。 English title.
    #[serde(default)]
    pub title_en: Option<String>,
    /// 做什么。 What it does.
    pub action: Action,
    /// 渠道编号，或 case.<收件人>；第一个可用的生效。 Channels, the first usable wins.
    #[serde(default)]
    #[schemars(schema_with = "text_or_list")]
    pub to: Vec<String>,
    /// 怎么做，逐行写；不写则用渠道自己的办理路径。 How to do it, line by line.
    #[serde(default)]
    #[schemars(schema_with = "text_or_list", rename = "do")]
    #[serde(rename = "do")]
    pub how: Vec<String>,
    /// 英文的办理步骤。 The same in English.
    #[serde(default, rename = "do_en")]
    #[schemars(schema_with = "text_or_list", rename = "do_en")]
    pub how_en: Vec<String>,
    /// 先要完成的步骤；不写为上一步；[] 为立即。 Steps that come first.
    #[serde(default)]
    #[schemars(schema_with = "text_or_list")]
    pub needs: Option<Vec<String>>,
    /// 条件：CEL，或 { platform = "wechat", loss_min = "3000元" }；不成立则跳过。 Condition.
    #[serde(default)]
    #[schemars(schema_with = "condition")]
    pub when: Option<String>,
    /// 文书或文本模板。 Templates.
    #[serde(default)]
    #[schemars(schema_with = "text_or_list")]
    pub template: Vec<String>,
    /// 一并附上的文书和证据位。 Papers and evidence that go along.
    #[serde(default)]
    #[schemars(schema_with = "text_or_list")]
    pub attach: Vec<String>,
    /// 必须有的证据位；缺少则本材料不能定稿。 Evidence that must exist.
    #[serde(default)]
    #[schemars(schema_with = "text_or_list")]
    pub require: Vec<String>,
    /// 我方期限。 Our limit.
    #[serde(default)]
    #[schemars(schema_with = "span")]
    pub due: Option<Span>,
    /// 期限从何时起算。 What the limit counts from.
    #[serde(default)]
    pub from: Option<String>,
    /// 提醒：相对期限，例如 `["-24h", "+30m"]`。 Reminders relative to the limit.
    #[serde(default)]
    #[schemars(schema_with = "text_or_list")]
    pub remind: Option<Vec<String>>,
    /// 对方不答复时的阶梯。 What follows their silence.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, RawRung>")]
    pub on_silence: Option<BTreeMap<String, RawRung>>,
    /// 按答复转到哪一步（由 on_… 汇集）。 Next steps by outcome, collected from `on_…`.
    #[serde(default)]
    #[schemars(skip)]
    pub on: BTreeMap<String, Vec<String>>,
    /// 请本人填写的项目。 Fields a person fills in.
    #[serde(default)]
    #[schemars(schema_with = "text_or_list")]
    pub ask: Vec<String>,
    /// 本步骤的几种结果。 Closed choice of outcomes.
    #[serde(default)]
    #[schemars(schema_with = "text_or_list")]
    pub pick: Vec<String>,
    /// 检查清单编号。 Check list.
    #[serde(default)]
    pub check: Option<String>,
    /// 子流程编号。 Workflow of a subflow.
    #[serde(default)]
    pub flow: Option<String>,
    /// 和这一步一起显示的提醒卡编号。 Cards shown with it.
    #[serde(default)]
    #[schemars(schema_with = "text_or_list")]
    pub cards: Vec<String>,
    /// 重复。 Repetition.
    #[serde(default)]
    pub repeat: Option<RawRepeat>,
    /// 最后的去处。 Last resort.
    #[serde(default)]
    #[schemars(schema_with = "text_or_list")]
    pub escalate_to: Vec<String>,
}

/// One rung: the step it calls, or that step with the rule the limit stands for.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("format" = "rung"))]
pub struct RawRung {
    /// 调用的步骤。 The step it calls.
    pub step: String,
    /// 是否是对方的法定或公布期限（遇节假日顺延）。 Stands for a legal or published limit.
    #[serde(default)]
    pub by_rule: bool,
    /// 期限出处。 Where the limit is written.
    #[serde(default)]
    pub source: Option<String>,
    /// 材料里写不写“未获答复”，默认写；我方自己的提醒写 false。 Told as their silence in papers.
    #[serde(default = "yes")]
    pub told: bool,
}

fn yes() -> bool {
    true
}

/// 重复。 Repetition.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawRepeat {
    /// 间隔。 Interval.
    #[schemars(schema_with = "span")]
    pub every: Span,
    /// 最多几次。 At most how often.
    pub max: u32,
    /// 停止条件：CEL 或简写。 Until this holds.
    #[serde(default)]
    #[schemars(schema_with = "condition")]
    pub until: Option<String>,
}

fn text_or_list(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({
        "type": ["string", "array"], "format": "text-or-list", "items": { "type": "string" },
    })
}

fn condition(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({ "type": ["string", "object"], "format": "condition" })
}

fn span(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({
        "type": "string", "format": "span",
        "pattern": "^[0-9]+ ?(m|h|d|wd|mo|y|分钟|小时|天|日|个工作日|工作日|个月|年)$",
    })
}
