//! Arguments of `batch`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Commands of `batch`.
#[derive(Debug, Subcommand)]
pub enum Batch {
    /// 按流程生成填写用的表格 / write the workbook to fill in for a workflow
    Template {
        /// 流程编号或文件 / id or file
        workflow: String,
        /// 写到文件 / write to a file
        #[arg(short, long, value_name = "FILE", default_value = "intake.xlsx")]
        output: PathBuf,
    },
    /// 逐行检查，写出报告，不建立任何案件 / check every row and write a report; nothing is created
    Check(BatchCheck),
    /// 检查后，为没有问题的客户各写一个案件文件夹 / check, then write a case folder for each good client
    Import(BatchImport),
    /// 打开全部案件、写好材料，列出会发出什么；加 --send 才发 / prepare all; sends only with --send
    Run(BatchRun),
    /// 发送之前看一遍：前三位、抽查的、有提醒的，合成一份 PDF / look through before sending
    Preview(BatchPreview),
    /// 全部文书写成 Word、损失写成表格，供修改 / every paper as a Word file, the losses as a spreadsheet
    Export(BatchExport),
    /// 整批的进展 / where the batch stands
    Status(BatchStatus),
    /// 律师同意一个计划 / a lawyer approves a plan
    Approve(BatchApprove),
    /// 记下客户确认了以其名义写的文书 / a client confirmed what is said in their name
    Confirm(BatchConfirm),
    /// 客户交回的工单号，从表格一次记下 / ticket numbers that clients brought back, from a table
    Tickets(BatchReturns),
    /// 邮件单号和签收日期，从表格一次记下 / waybills and deliveries, from a table
    Waybills(BatchReturns),
}

/// Arguments of `batch tickets` and `batch waybills`.
#[derive(Debug, Args)]
pub struct BatchReturns {
    /// 表格：.csv 或 .xlsx。工单：本方编号、工单号、提交时间；邮件：本方编号、邮件号、寄出日期、签收日期 / the table
    pub file: PathBuf,
    /// 把这个时间当作现在（只用于演练）/ take this for now, for rehearsals
    #[arg(long, value_name = "T")]
    pub at: Option<String>,
}

/// Arguments of `batch run`.
#[derive(Debug, Args)]
pub struct BatchRun {
    /// batch import 写出的文件夹 / the folder that `batch import` wrote
    pub folder: PathBuf,
    /// 发出看过的计划：默认只发下一波 / send the plan that was seen; by default its next wave
    #[arg(long, requires = "plan")]
    pub send: bool,
    /// 看过的计划号 / the hash of the plan that was seen
    #[arg(long, value_name = "HASH", requires = "send")]
    pub plan: Option<String>,
    /// 一波接一波发完 / go on wave after wave
    #[arg(long, requires = "send")]
    pub all: bool,
    /// 用几个线程，默认全部核心 / threads, by default one for each core
    #[arg(long, value_name = "N")]
    pub workers: Option<usize>,
    /// 假定现在是这个时间（只演练，不发信）/ pretend it is this time (a rehearsal)
    #[arg(long, value_name = "T")]
    pub at: Option<String>,
}

/// Arguments of `batch preview`.
#[derive(Debug, Args)]
pub struct BatchPreview {
    /// 批次文件夹 / the batch's folder
    pub folder: PathBuf,
    /// 写到文件 / write to a file
    #[arg(short, long, value_name = "FILE", default_value = "preview.pdf")]
    pub output: PathBuf,
    /// 另外抽查几位客户 / how many clients to draw by lot
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub sample: usize,
    /// 用几个线程，默认全部核心 / threads, by default one for each core
    #[arg(long, value_name = "N")]
    pub workers: Option<usize>,
    /// 假定现在是这个时间（只演练，不发信）/ pretend it is this time (a rehearsal)
    #[arg(long, value_name = "T")]
    pub at: Option<String>,
}

/// Arguments of `batch export`.
#[derive(Debug, Args)]
pub struct BatchExport {
    /// 批次文件夹 / the batch's folder
    pub folder: PathBuf,
    /// 写到这个文件夹，每个案件一个子文件夹；改过的文件不覆盖 / into this folder, one below it for each matter; edited files stay
    #[arg(short, long, value_name = "DIR")]
    pub out: PathBuf,
    /// 用几个线程，默认全部核心 / threads, by default one for each core
    #[arg(long, value_name = "N")]
    pub workers: Option<usize>,
}

/// Arguments of `batch status`.
#[derive(Debug, Args)]
pub struct BatchStatus {
    /// 批次文件夹 / the batch's folder
    pub folder: PathBuf,
    /// 每隔几秒刷新一次，直到按 Ctrl-C / show it again every few seconds
    #[arg(long)]
    pub watch: bool,
}

/// Arguments of `batch approve`.
#[derive(Debug, Args)]
pub struct BatchApprove {
    /// 批次文件夹 / the batch's folder
    pub folder: PathBuf,
    /// 看过的计划号 / the hash of the plan that was seen
    #[arg(long, value_name = "HASH")]
    pub plan: String,
    /// 谁同意：batch.toml 里写明的律师 / who, as batch.toml names them
    #[arg(long = "as", value_name = "NAME")]
    pub name: String,
}

/// Arguments of `batch confirm`.
#[derive(Debug, Args)]
pub struct BatchConfirm {
    /// 客户的案件 / the client's case
    pub case: String,
    /// 哪一步，默认全部等确认的 / the step; by default all that wait
    pub step: Option<String>,
    /// 怎样确认的，例如 "11月22日微信回复同意" / how they confirmed
    #[arg(long)]
    pub how: String,
}

/// Arguments of `batch import`.
#[derive(Debug, Args)]
pub struct BatchImport {
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would show it as help")]
    pub check: BatchCheck,
    /// 案件文件夹写到哪里；已有的只显示差别 / where the folders go; of those that are there the differences are shown
    #[arg(long, value_name = "DIR")]
    pub into: PathBuf,
    /// 有的行要改，也先导入没有问题的 / take the good ones though others have errors
    #[arg(long)]
    pub accept_good: bool,
    /// 表格里改过的，写进已有的案件文件；人改过的不覆盖 / write changed rows into their case files; what a person changed stays
    #[arg(long)]
    pub amend: bool,
}

/// Arguments of `batch check`.
#[derive(Clone, Debug, Args)]
pub struct BatchCheck {
    /// 填好的表格：.xlsx 或 .csv / the filled workbook
    pub file: PathBuf,
    /// 客户文件夹所在的文件夹，每位客户一个，名字以编号开头 / the folder of the clients' folders
    #[arg(long, value_name = "DIR")]
    pub folder: Option<PathBuf>,
    /// 按哪个流程；表格里写明的可以不写 / the workflow, where the workbook does not say it
    #[arg(long, value_name = "ID")]
    pub workflow: Option<String>,
    /// 另外和这些文件夹里的案件比对利益冲突；本机已有的案件（含已结束的）总会比对 / also compare with the matters in this folder; those of this home, closed ones too, always are
    #[arg(long, value_name = "DIR")]
    pub against: Vec<PathBuf>,
    /// 由程序按样式编号，例如 2026-DS-{0000} 或 {year}-WX-{0000}；表格里的编号只用来对应交易 / give matter numbers by this pattern
    #[arg(long, value_name = "PATTERN")]
    pub number: Option<String>,
    /// 报告写到哪里，默认在表格旁边 / where the report goes; beside the workbook by default
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
}
