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
}

/// Arguments of `batch import`.
#[derive(Debug, Args)]
pub struct BatchImport {
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would show it as help")]
    pub check: BatchCheck,
    /// 案件文件夹写到哪里；已有的不动 / where the folders go; what is there stays as it is
    #[arg(long, value_name = "DIR")]
    pub into: PathBuf,
    /// 有的行要改，也先导入没有问题的 / take the good ones though others have errors
    #[arg(long)]
    pub accept_good: bool,
}

/// Arguments of `batch check`.
#[derive(Debug, Args)]
pub struct BatchCheck {
    /// 填好的表格：.xlsx 或 .csv / the filled workbook
    pub file: PathBuf,
    /// 客户文件夹所在的文件夹，每位客户一个，名字以编号开头 / the folder of the clients' folders
    #[arg(long, value_name = "DIR")]
    pub folder: Option<PathBuf>,
    /// 按哪个流程；表格里写明的可以不写 / the workflow, where the workbook does not say it
    #[arg(long, value_name = "ID")]
    pub workflow: Option<String>,
    /// 报告写到哪里，默认在表格旁边 / where the report goes; beside the workbook by default
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
}
