//! The command line, as its user sees it.

mod batch;
mod bills;
mod firm;
mod inbox;
mod library;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::cli::mail::args::Mail;
use crate::runtime::acts::Reply;

pub use batch::{
    Batch, BatchApprove, BatchCheck, BatchConfirm, BatchExport, BatchImport, BatchPreview,
    BatchReturns, BatchRun, BatchStatus,
};
pub use bills::{BillKeys, Bills, BillsCommand, BillsMap, BillsReview, HowGiven};
pub use firm::{
    Firm, FirmAudit, FirmClusters, FirmConsent, FirmDigest, FirmLabels, FirmPacks, FirmPapers,
    FirmRecovery, FirmReturns, Matters,
};
pub use inbox::{Inbox, InboxAssign};
pub use library::{
    Channel, GraphFormat, Law, Pack, PackKind, Preview, Schema, SchemaKind, Template, Workflow,
};

/// 钱包被盗以后：冻结、取证、申诉、报警、理赔，一步一步做完，到期提醒，直到结案。
/// After a wallet was emptied: freeze, capture, appeal, police report, insurance claim, and every
/// follow-up until the case is closed.
#[derive(Debug, Parser)]
#[command(name = "appeal-daemon", version, disable_help_subcommand = true, max_term_width = 100)]
pub struct Arguments {
    /// 数据文件夹（也可用 APPEAL_HOME）/ folder of the data
    #[arg(long, global = true, value_name = "DIR")]
    pub home: Option<PathBuf>,
    /// 设置文件夹（也可用 APPEAL_CONFIG）/ folder of the settings
    #[arg(long, global = true, value_name = "DIR")]
    pub config: Option<PathBuf>,
    /// 显示语言 / language
    #[arg(long, global = true, value_enum)]
    pub lang: Option<LangChoice>,
    /// 输出 JSON / print JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// 要做什么 / what to do
    #[command(subcommand)]
    pub command: Command,
}

/// The languages there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LangChoice {
    /// 中文
    #[value(name = "zh-CN", alias = "zh")]
    Zh,
    /// English
    #[value(name = "en")]
    En,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// 新建案件文件夹 / make a folder for a case
    New(New),
    /// 检查案件文件 / check a case file
    Check(CaseFileArgument),
    /// 打开案件，做现在能做的事 / open a case and do what can be done now
    Start(Start),
    /// 后台运行所有案件 / work for all open cases
    Run(Run),
    /// 现在要做什么 / what to do now
    Today(OptionalCase),
    /// 进展和下一个日期 / where the case stands
    Status(OptionalCase),
    /// 记录：这一步我做了 / say that a step was done
    Done(DoneArguments),
    /// 撤回上一次记录 / take the last entry back
    Undo(OneCase),
    /// 记录：对方答复了 / say that an answer came
    Reply(ReplyArguments),
    /// 同意发送 / allow messages to leave
    Approve(Approve),
    /// 停止一切发送 / stop all sending
    Halt,
    /// 恢复发送 / allow sending again
    Resume,
    /// 结束案件 / close a case
    Close(Close),
    /// 演练：整个案件会怎样走 / the whole case on a virtual clock
    Simulate(Simulate),
    /// 这个日期是怎么来的 / how a date came about
    Why(Why),
    /// 改一个日期，写明理由 / move a date, with a reason
    SetDate(SetDate),
    /// 节假日数据 / holidays
    #[command(subcommand)]
    Holidays(Holidays),
    /// 导出日历（.ics）/ the dates as a calendar file
    Calendar(CalendarArguments),
    /// 定期安全检查 / recurring security checks
    #[command(subcommand)]
    Remind(Remind),
    /// 证据 / evidence
    #[command(subcommand)]
    Evidence(Evidence),
    /// 读账单，找出可疑的交易 / read bills and find what looks wrong
    Bills(Bills),
    /// 一批客户：填写用的表格、逐行检查 / a firm's clients: the workbook to fill in, its check
    #[command(subcommand)]
    Batch(Batch),
    /// 律师事务所：律所文书，以及一批案件的台账 / a law firm: its papers, and the books of many matters
    #[command(subcommand)]
    Firm(Firm),
    /// 来信：收、看、归到案件 / letters that came in
    #[command(subcommand)]
    Inbox(Inbox),
    /// 邮箱：设置、试一试 / the mail account: set it up and try it
    #[command(subcommand)]
    Mail(Mail),
    /// 打包材料和证据 / bundle papers and evidence
    Bundle(OneCase),
    /// 邮件发送记录：发给谁、何时、服务器怎么答、附件校验值（PDF）/ what was mailed, as a page
    Proof(Proof),
    /// 导出可编辑的文书（.docx）和损失表（.xlsx）/ papers to edit and the losses as a spreadsheet
    Export(Export),
    /// 核对案件或打包文件 / check a case or a bundle
    Verify(Verify),
    /// 流程 / workflows
    #[command(subcommand)]
    Workflow(Workflow),
    /// 渠道 / channels
    #[command(subcommand)]
    Channel(Channel),
    /// 法条原文 / articles of law
    #[command(subcommand)]
    Law(Law),
    /// 证据位、清单、拒绝理由、保险、标准、提醒卡 / what else is known
    Pack(Pack),
    /// 文书和文本 / papers and texts
    #[command(subcommand)]
    Template(Template),
    /// 密码等机密 / secrets
    #[command(subcommand)]
    Secret(Secret),
    /// 检查运行环境 / check the surroundings
    Doctor(Doctor),
    /// 文件格式（JSON Schema）/ file formats
    Schema(Schema),
    /// 命令补全脚本 / shell completions
    Completions(Completions),
    /// 手册页 / manual page
    Man,
}

/// Arguments of `new`.
#[derive(Debug, Args)]
pub struct New {
    /// 文件夹，默认 my-case / folder
    #[arg(default_value = "my-case")]
    pub folder: PathBuf,
    /// 六个问题，马上显示第一张卡 / six questions and the first card
    #[arg(long)]
    pub quick: bool,
    /// 平台 / platform
    #[arg(long)]
    pub platform: Option<String>,
    /// 发现时间，默认现在 / when it was discovered
    #[arg(long, value_name = "T")]
    pub discovered_at: Option<String>,
    /// 不提问 / ask nothing
    #[arg(long)]
    pub yes: bool,
}

/// A case file.
#[derive(Debug, Args)]
pub struct CaseFileArgument {
    /// 案件文件或文件夹 / case file or folder
    #[arg(value_name = "CASE.toml")]
    pub file: PathBuf,
}

/// Arguments of `start`.
#[derive(Debug, Args)]
pub struct Start {
    /// 案件文件或文件夹 / case file or folder
    #[arg(value_name = "CASE.toml")]
    pub file: PathBuf,
    /// 做完现在能做的事就结束 / return when nothing can be done at once
    #[arg(long)]
    pub once: bool,
    /// 把这个时间当作现在（只用于演练）/ take this for now, for rehearsals
    #[arg(long, value_name = "T")]
    pub at: Option<String>,
}

/// Arguments of `run`.
#[derive(Debug, Args)]
pub struct Run {
    /// 只做到期的事 / do what is due and return
    #[arg(long)]
    pub once: bool,
    /// 把这个时间当作现在（只用于演练）/ take this for now, for rehearsals
    #[arg(long, value_name = "T")]
    pub at: Option<String>,
}

/// A case that may be left out when there is only one.
#[derive(Debug, Args)]
pub struct OptionalCase {
    /// 案件编号、其开头或路径；只有一个案件时可省略 / case
    pub case: Option<String>,
    /// 所有案件 / all cases
    #[arg(long)]
    pub all: bool,
}

/// A case.
#[derive(Debug, Args)]
pub struct OneCase {
    /// 案件编号、其开头或路径 / case
    pub case: String,
}

/// Arguments of `done`.
#[derive(Debug, Args)]
pub struct DoneArguments {
    /// 案件 / case
    pub case: String,
    /// 步骤 / step
    pub step: String,
    /// 结果；skip 表示不做了 / outcome; skip to leave it out
    #[arg(long)]
    pub outcome: Option<String>,
    /// 填写的项目，可重复 / what was filled in
    #[arg(long, value_name = "NAME=VALUE")]
    pub set: Vec<String>,
    /// 附上证据：文件，或 证据位=文件 / evidence
    #[arg(long, value_name = "[SLOT=]FILE")]
    pub attach: Vec<String>,
    /// 什么时候做的，默认现在 / when
    #[arg(long, value_name = "T")]
    pub at: Option<String>,
    /// 分几封发的：到了的是第几封；all 表示其余都另行交了 / which of several mails arrived
    #[arg(long, value_name = "N|all")]
    pub mail: Option<String>,
}

/// Arguments of `reply`.
#[derive(Debug, Args)]
pub struct ReplyArguments {
    /// 案件 / case
    pub case: String,
    /// 答复的是哪一步 / the step they answered
    pub step: String,
    /// 答复原件，作为证据保存 / the answer itself
    #[arg(long)]
    pub file: Vec<PathBuf>,
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would show it as help")]
    pub said: Said,
}

/// What the other side said.
#[derive(Debug, Args)]
pub struct Said {
    /// paid 已赔付、partial 部分、refused 拒绝、need-more 补件、accepted 受理、other 其他 / outcome
    #[arg(long)]
    pub outcome: String,
    /// 到账金额（元）/ what was paid
    #[arg(long)]
    pub amount: Option<String>,
    /// 什么时候答复的，默认现在 / when
    #[arg(long, value_name = "T")]
    pub at: Option<String>,
    /// 对方怎么说的 / what they said
    #[arg(long)]
    pub note: Option<String>,
}

impl Said {
    /// Returns it as the answer to a step, with the files that show it.
    pub fn reply(&self, step: &str, files: &[PathBuf]) -> Reply {
        Reply {
            step: step.to_owned(),
            outcome: self.outcome.clone(),
            amount: self.amount.clone(),
            at: self.at.clone(),
            files: files.to_vec(),
            note: self.note.clone(),
        }
    }
}

/// Arguments of `approve`.
#[derive(Debug, Args)]
pub struct Approve {
    /// 案件 / case
    pub case: String,
    /// 步骤；不写为全部等你同意的 / steps; all that wait when left out
    pub steps: Vec<String>,
    /// 结果不明的那封再发一次（同一封，只一次）/ send the same bytes once more
    #[arg(long)]
    pub again: bool,
    /// 分几封发的：再发的是第几封 / which of several mails
    #[arg(long, value_name = "N", requires = "again")]
    pub mail: Option<u32>,
    /// 把这个时间当作现在（只用于演练）/ take this for now, for rehearsals
    #[arg(long, value_name = "T")]
    pub at: Option<String>,
}

/// Arguments of `close`.
#[derive(Debug, Args)]
pub struct Close {
    /// 案件 / case
    pub case: String,
    /// 为什么结束 / why
    #[arg(long)]
    pub reason: String,
}

/// Arguments of `simulate`.
#[derive(Debug, Args)]
pub struct Simulate {
    /// 案件文件或文件夹 / case file or folder
    #[arg(value_name = "CASE.toml")]
    pub file: PathBuf,
    /// 演练到什么时候，默认一年 / until when
    #[arg(long, value_name = "T")]
    pub until: Option<String>,
    /// 情景：silent 为对方一直不答复 / scenario
    #[arg(long, default_value = "silent")]
    pub scenario: String,
    /// 把会写出的材料放进这个文件夹（都标草稿）/ write the letters there, as drafts
    #[arg(long, value_name = "DIR")]
    pub letters: Option<PathBuf>,
}

/// Arguments of `why`.
#[derive(Debug, Args)]
pub struct Why {
    /// 案件 / case
    pub case: String,
    /// 日期编号，status 会列出 / date id, as status lists them
    pub date: String,
}

/// Arguments of `set-date`.
#[derive(Debug, Args)]
pub struct SetDate {
    /// 案件 / case
    pub case: String,
    /// 日期编号，status 会列出 / date id, as status lists them
    pub date: String,
    /// 改到什么时候；不写为恢复原来的算法 / where to; back to its rule when left out
    pub to: Option<String>,
    /// 为什么 / why
    #[arg(long)]
    pub reason: String,
}

/// Commands of `holidays`.
#[derive(Debug, Subcommand)]
pub enum Holidays {
    /// 已有哪些年份、出处 / which years there are
    List,
    /// 导入一年的放假安排，显示日期怎样变 / take a year in and show which dates change
    Import {
        /// 文件（holiday-cn 格式）/ file
        file: PathBuf,
    },
}

/// Arguments of `calendar`.
#[derive(Debug, Args)]
pub struct CalendarArguments {
    /// 案件；--all 时不写 / case; left out with --all
    #[arg(required_unless_present = "all")]
    pub case: Option<String>,
    /// 所有进行中的案件 / all open cases
    #[arg(long, conflicts_with = "case")]
    pub all: bool,
    /// 写到文件 / write to a file
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Commands of `remind`.
#[derive(Debug, Subcommand)]
pub enum Remind {
    /// 订阅 / subscribe
    Add {
        /// 定期流程 / recurring workflow
        rule: String,
        /// 给谁（只存在本机，提醒里不写）/ for whom, kept here only
        #[arg(long)]
        person: Option<String>,
        /// 手机：ios 或 android / telephone
        #[arg(long, value_parser = ["ios", "android"])]
        phone: Option<String>,
    },
    /// 有哪些订阅、下一次是哪天 / subscriptions and their next dates
    List,
    /// 检查清单，按手机系统写路径 / the check list with the paths of that telephone
    Show {
        /// 订阅 / subscription
        id: String,
        /// 同时把可打印的检查表写成 PDF，放进这个文件夹 / also write the sheet to print into this folder
        #[arg(long, value_name = "DIR")]
        sheet: Option<PathBuf>,
    },
    /// 这一次做完了 / this one was done
    Done {
        /// 订阅 / subscription
        id: String,
    },
    /// 退订 / end a subscription
    Stop {
        /// 订阅 / subscription
        id: String,
    },
}

/// Commands of `evidence`.
#[derive(Debug, Subcommand)]
pub enum Evidence {
    /// 收存证据文件 / take files in
    Add {
        /// 案件 / case
        case: String,
        /// 证据位 / slot
        slot: String,
        /// 文件 / files
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// 已收存的证据 / what there is
    List(OneCase),
    /// 还缺什么、怎样取得 / what is missing and how to get it
    Gaps(OneCase),
}

/// Arguments of `verify`.
#[derive(Debug, Args)]
pub struct Verify {
    /// 案件，或打包文件 .zip / case or bundle
    pub target: String,
}

/// Arguments of `export`.
#[derive(Debug, Args)]
pub struct Export {
    /// 案件 / the case
    pub case: String,
    /// 写到哪个文件夹 / the folder to write to
    #[arg(long, value_name = "DIR", default_value = "export")]
    pub out: PathBuf,
}

/// Commands of `secret`.
#[derive(Debug, Subcommand)]
pub enum Secret {
    /// 保存（从键盘或标准输入读取）/ keep one, read from the keyboard or standard input
    Set {
        /// 名称，例如 smtp.password / name
        name: String,
    },
    /// 在不在、在哪里 / whether there is one, and where
    Test {
        /// 名称 / name
        name: String,
    },
    /// 删除 / remove one
    Forget {
        /// 名称 / name
        name: String,
    },
}

/// Arguments of `proof`.
#[derive(Debug, Args)]
pub struct Proof {
    /// 案件编号或文件 / a case
    pub case: String,
    /// 只看这一步 / only this step
    pub step: Option<String>,
    /// 写到哪个文件，默认 编号-mail.pdf / output file
    #[arg(short, long)]
    pub output: Option<PathBuf>,
}

/// Arguments of `doctor`.
#[derive(Debug, Args)]
pub struct Doctor {
    /// 真的连上邮件服务器登录一次，不发信 / log in to the mail servers, sending nothing
    #[arg(long)]
    pub mail: bool,
}

/// Arguments of `completions`.
#[derive(Debug, Args)]
pub struct Completions {
    /// bash、zsh、fish、powershell、elvish
    pub shell: clap_complete::Shell,
}
