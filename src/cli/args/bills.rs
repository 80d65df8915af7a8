//! Arguments of `bills`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// Arguments of `bills`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Bills {
    // What it does instead of reading; no line in the help of its own.
    #[command(subcommand)]
    #[expect(missing_docs, reason = "clap would show it as help")]
    pub command: Option<BillsCommand>,
    /// 账单文件：CSV、XLSX、XLS、ZIP / the exports
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would show it as help")]
    pub keys: BillKeys,
    /// 本人记得出事的日子，可写多次 / a day the person reports, may be repeated
    #[arg(long, value_name = "DATE")]
    pub around: Vec<String>,
    /// 别的机构的账单：说明各列是什么的文件 / what the columns of another institution's bill are
    #[arg(long, value_name = "FILE")]
    pub map: Option<PathBuf>,
    /// 把可疑交易写成表格，交给银行、平台 / write the suspicious transactions as a workbook
    #[arg(long, value_name = "FILE")]
    pub xlsx: Option<PathBuf>,
    /// 同上，写成 CSV / the same as CSV
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
    /// 画成带时间线的一页 PDF，自己核对用 / a page with a timeline, to go through
    #[arg(long, value_name = "FILE")]
    pub pdf: Option<PathBuf>,
}

/// Commands of `bills`.
#[derive(Debug, Subcommand)]
pub enum BillsCommand {
    /// 为没见过的账单起草列映射 / drafts a column map for an unknown bill
    Map(BillsMap),
    /// 逐笔确认案件账单里可疑的交易 / decide which rows of a case's bills are losses
    Review(BillsReview),
}

/// Arguments of `bills map`.
#[derive(Debug, Args)]
pub struct BillsMap {
    /// 账单文件 / the export
    pub file: PathBuf,
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would show it as help")]
    pub keys: BillKeys,
    /// 写到文件；不写就显示 / the file to write; shown without it
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Passwords of exports.
#[derive(Debug, Args)]
pub struct BillKeys {
    /// 压缩包或表格的密码，可写多次 / password, may be repeated
    #[arg(long, value_name = "P")]
    pub password: Vec<String>,
    /// 密码文件，一行一个 / file with passwords, one a line
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
}

/// Arguments of `bills review`.
#[derive(Debug, Args)]
pub struct BillsReview {
    /// 案件 / the case
    pub case: String,
    /// 不是正常消费，算损失：编号，或编号的末尾几位；all 是全部待确认的 / these are losses
    #[arg(long, value_name = "ID", num_args = 1..)]
    pub confirm: Vec<String>,
    /// 是本人的正常消费 / all is well with these
    #[arg(long, value_name = "ID", num_args = 1..)]
    pub clear: Vec<String>,
    /// 确认的这些是怎么发生的 / how those confirmed happened
    #[arg(long, value_enum, default_value_t = HowGiven::NotByMe)]
    pub how: HowGiven,
    /// 列出这一天的每一笔 / list every row of that day
    #[arg(long, value_name = "DATE")]
    pub on: Option<String>,
    /// 画成带时间线的一页 PDF：确认了哪些、还剩哪些 / a page of what is decided and what waits
    #[arg(long, value_name = "FILE", conflicts_with = "on")]
    pub pdf: Option<PathBuf>,
}

/// How a loss happened, on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum HowGiven {
    /// 不是我操作的 / not done by me
    NotByMe,
    /// 我操作的，但受了骗 / done by me, deceived
    ByMeDeceived,
    /// 还不清楚 / not known yet
    Unknown,
}
