//! Arguments of `firm`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Commands of `firm`.
#[derive(Debug, Subcommand)]
pub enum Firm {
    /// 授权委托书、委托代理协议、所函（PDF 和 .docx）/ power of attorney, engagement, letter to an authority
    Papers(FirmPapers),
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
