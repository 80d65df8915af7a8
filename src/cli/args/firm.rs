//! Arguments of `firm`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Commands of `firm`.
#[derive(Debug, Subcommand)]
pub enum Firm {
    /// 授权委托书、委托代理协议、所函（PDF 和 .docx）/ power of attorney, engagement, letter to an authority
    Papers(FirmPapers),
    /// 委托人的书面同意：列出，或记下撤回 / what clients agreed to: list it, or take it back
    Consent(FirmConsent),
    /// 本人提交操作单：要贴的文字、点哪里、二维码、回填处 / what clients submit themselves, with a code to scan
    Packs(FirmPacks),
    /// 工单和邮件办回了没有，该催谁 / what has come back, and whom to remind
    Returns(FirmReturns),
    /// 邮寄面单，一页六张 / labels for the post, six on a page
    Labels(FirmLabels),
    /// 收回台账：损失、收回（不超过损失）、费用、律师费 / what was lost, recovered, spent and may be charged
    Recovery(FirmRecovery),
    /// 导出账本的每一条记录（JSON 行），供别人核对 / every entry of the ledger as JSON lines
    Audit(FirmAudit),
    /// 同一收款方、同一账号牵涉的委托人 / what several consenting clients share
    Clusters(FirmClusters),
    /// 给每家机构一封未结事项汇总函 / one letter to each institution about its open claims
    Digest(FirmDigest),
}

/// The matters a command is about.
#[derive(Debug, Args)]
pub struct Matters {
    /// 案件编号、案件文件夹，或装着它们的文件夹；不写就是所有进行中的案件 / cases, or folders of them; all open cases by default
    #[arg(value_name = "CASE|DIR")]
    pub matters: Vec<String>,
    /// 把这个时间当作现在（只用于演练）/ take this for now, for rehearsals
    #[arg(long, value_name = "T")]
    pub at: Option<String>,
}

/// Arguments of `firm consent`.
#[derive(Debug, Args)]
pub struct FirmConsent {
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would show it as help")]
    pub matters: Matters,
    /// 委托人撤回了同意：写进案件文件，立即停发 / the client took it back: nothing more leaves
    #[arg(long)]
    pub withdraw: bool,
    /// 哪一天撤回的，默认今天 / on which day, today by default
    #[arg(long, value_name = "DAY", requires = "withdraw")]
    pub on: Option<String>,
}

/// Arguments of `firm packs`.
#[derive(Debug, Args)]
pub struct FirmPacks {
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would show it as help")]
    pub matters: Matters,
    /// 写到哪里，每案一个文件夹；默认写在案件文件夹的 firm/pack/ 里 / where to; firm/pack/ in each case's folder by default
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// Arguments of `firm returns`.
#[derive(Debug, Args)]
pub struct FirmReturns {
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would show it as help")]
    pub matters: Matters,
    /// 只列还没有办回的 / only what has not come back
    #[arg(long)]
    pub open: bool,
    /// 另存为表格：.xlsx 或 .csv / also as a table
    #[arg(short, long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// Arguments of `firm labels`.
#[derive(Debug, Args)]
pub struct FirmLabels {
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would show it as help")]
    pub matters: Matters,
    /// 寄件人写委托人；默认写律所 / the client is the sender; the firm by default
    #[arg(long)]
    pub client: bool,
    /// 写到文件 / write to a file
    #[arg(short, long, value_name = "FILE", default_value = "labels.pdf")]
    pub output: PathBuf,
}

/// Arguments of `firm recovery`.
#[derive(Debug, Args)]
pub struct FirmRecovery {
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would show it as help")]
    pub matters: Matters,
    /// 办案费用的表格：本方编号、金额、项目 / a table of costs
    #[arg(long, value_name = "FILE")]
    pub costs: Option<PathBuf>,
    /// 另存为表格：.xlsx 或 .csv / also as a table
    #[arg(short, long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// Arguments of `firm audit`.
#[derive(Debug, Args)]
pub struct FirmAudit {
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would show it as help")]
    pub matters: Matters,
    /// 写到文件 / write to a file
    #[arg(short, long, value_name = "FILE", default_value = "audit.jsonl")]
    pub output: PathBuf,
}

/// Arguments of `firm clusters`.
#[derive(Debug, Args)]
pub struct FirmClusters {
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would show it as help")]
    pub matters: Matters,
    /// 另存为表格：.xlsx 或 .csv / also as a table
    #[arg(short, long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// Arguments of `firm digest`.
#[derive(Debug, Args)]
pub struct FirmDigest {
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would show it as help")]
    pub matters: Matters,
    /// 只给名称里有这个词的机构 / only to institutions whose name has this word
    #[arg(long, value_name = "WORD")]
    pub institution: Option<String>,
    /// 联系的律师，可写几个 / lawyers to contact
    #[arg(long = "lawyer", value_name = "NAME")]
    pub lawyers: Vec<String>,
    /// 写到哪个文件夹 / the folder they go to
    #[arg(long, value_name = "DIR", default_value = "digest")]
    pub out: PathBuf,
}

/// Arguments of `firm papers`.
#[derive(Debug, Args)]
pub struct FirmPapers {
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would show it as help")]
    pub matters: Matters,
    /// 承办律师，可写几个；不写就是设置里的全部 / lawyers who act; all of the settings by default
    #[arg(long = "lawyer", value_name = "NAME")]
    pub lawyers: Vec<String>,
    /// 出具所函，写明受文机关全称 / also a letter to this authority
    #[arg(long, value_name = "NAME")]
    pub authority: Option<String>,
    /// 写到哪里，每案一个文件夹；默认写在案件文件夹的 firm/ 里 / where to; firm/ in each case's folder by default
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}
