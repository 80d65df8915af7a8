//! Why a workbook cannot be read at all. What is wrong in its rows is no error but a finding.

use crate::bills::error::BillError;
use crate::domain::lang::Text;

/// Why a workbook cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// There is nothing in it.
    #[error("the file is empty")]
    Empty,
    /// It is in the format of before 2007, or protected by a password.
    #[error("an old or protected workbook")]
    OldFormat,
    /// It is larger than is read.
    #[error("the file is too large")]
    TooLarge,
    /// No row of names was found.
    #[error("no row holds the names of the columns")]
    NoHeader,
    /// It does not say which workflow it is for, and nobody else did.
    #[error("no workflow is named")]
    NoWorkflow,
    /// It cannot be parsed.
    #[error("the workbook cannot be read")]
    Unreadable(#[source] BillError),
}

impl BatchError {
    /// Returns what is wrong and what to do.
    pub fn explain(&self) -> (Text, Text) {
        match self {
            Self::Empty => (
                Text::new("文件是空的", "the file is empty"),
                Text::new("检查是不是选错了文件", "check that it is the right file"),
            ),
            Self::OldFormat => (
                Text::new(
                    "这是旧格式（.xls）或加了密码的表格",
                    "this is an old (.xls) or a protected workbook",
                ),
                Text::new(
                    "用表格软件打开，去掉密码，另存为 .xlsx",
                    "open it, remove the password and save it as .xlsx",
                ),
            ),
            Self::TooLarge => (
                Text::new(
                    "表格太大：最多 64 MiB、每张表 20 万行",
                    "the workbook is too large: 64 MiB and 200,000 rows a sheet",
                ),
                Text::new("分成几个文件", "split it"),
            ),
            Self::NoHeader => (
                Text::new(
                    "前 20 行里没有找到列名（姓名、身份证号、发现时间……）",
                    "no row of column names among the first 20",
                ),
                Text::new(
                    "用 batch template 生成的表填写，或把列名放在第一行",
                    "fill in the form that batch template writes, or put the names first",
                ),
            ),
            Self::NoWorkflow => (
                Text::new("不知道按哪个流程检查", "it is not said which workflow it is for"),
                Text::new("加上 --workflow 流程编号", "add --workflow ID"),
            ),
            Self::Unreadable(error) => (error.message(), error.hint()),
        }
    }
}
