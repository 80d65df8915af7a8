//! Why an export was not read, in words for its owner: what is wrong, and what to do next.

use std::io;

use crate::domain::lang::Text;
use crate::text;

/// Why a file gave no lines.
#[derive(Debug, thiserror::Error)]
pub enum BillError {
    /// No bytes, or nothing but blanks.
    #[error("the file is empty")]
    Empty,
    /// The file stops in the middle.
    #[error("the file is cut off")]
    Truncated,
    /// An archive or workbook needs a password and none was given.
    #[error("a password is needed")]
    PasswordNeeded,
    /// No given password opens the archive or workbook.
    #[error("none of the passwords fits")]
    WrongPassword,
    /// A table was expected, and none with known columns was found.
    #[error("not a known bill")]
    Foreign {
        /// The first row that looks like column names, cut to a sentence.
        seen: String,
        /// That row whole, for a draft of a column map.
        names: Vec<String>,
    },
    /// A picture, a program or another kind of file.
    #[error("a {kind} file is not a bill")]
    NotABill {
        /// What the file is, such as `PNG`.
        kind: &'static str,
    },
    /// A PDF statement: kept as evidence, not read.
    #[error("a PDF is kept as evidence and not read")]
    Pdf,
    /// The bookkeeping export of the wallet, which has neither numbers nor states.
    #[error("this is the bookkeeping export, not the bill")]
    Bookkeeping,
    /// Column names were found, and no row below them.
    #[error("the table has no rows")]
    NoRows {
        /// How many rows stood below the column names and could not be read.
        skipped: usize,
        /// Why the first of them was not read.
        first: Option<Text>,
    },
    /// The text is neither UTF-8 nor GB18030.
    #[error("the text cannot be decoded")]
    Encoding,
    /// One of the limits was reached.
    #[error("the file is over a limit: {0}")]
    Limit(Limit),
    /// The file is damaged.
    #[error("the file is damaged")]
    Damaged(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The column-mapping file does not fit.
    #[error("the column map does not fit")]
    Mapping(Text),
    /// The file could not be read from its medium.
    #[error("the file could not be read")]
    Read(#[source] io::Error),
}

/// Which limit a file is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Limit {
    /// [`crate::bills::limits::RECORD_BYTES`].
    #[error("a record longer than 1 MiB")]
    Record,
    /// [`crate::bills::limits::COLUMNS`].
    #[error("more than 256 columns")]
    Columns,
    /// [`crate::bills::limits::ROWS`].
    #[error("more than 5,000,000 rows")]
    Rows,
    /// [`crate::bills::limits::HELD_BYTES`].
    #[error("more than 512 MiB to hold in memory")]
    Held,
    /// [`crate::bills::limits::UNPACKED_BYTES`] or [`crate::bills::limits::UNPACK_RATIO`].
    #[error("unpacks to far more than a bill ever has")]
    Unpacked,
    /// [`crate::bills::limits::ENTRIES`].
    #[error("more than 64 files in one archive")]
    Entries,
    /// [`crate::bills::limits::DEPTH`].
    #[error("an archive inside an archive inside an archive")]
    Depth,
}

impl Limit {
    fn text(self) -> Text {
        match self {
            Self::Record => text!("有一行超过 1 MiB", "a record is longer than 1 MiB"),
            Self::Columns => text!("列数超过 256", "there are more than 256 columns"),
            Self::Rows => text!("行数超过 500 万", "there are more than 5,000,000 rows"),
            Self::Held => text!("文件超过 512 MiB", "the file is larger than 512 MiB"),
            Self::Unpacked => {
                text!("解压后大得不像账单", "it unpacks to far more than a bill ever has")
            }
            Self::Entries => {
                text!("压缩包里超过 64 个文件", "the archive holds more than 64 files")
            }
            Self::Depth => text!("压缩包套得太深", "archives are nested too deeply"),
        }
    }
}

impl BillError {
    /// Returns a stable word for the error, for JSON.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Truncated => "truncated",
            Self::PasswordNeeded => "password_needed",
            Self::WrongPassword => "wrong_password",
            Self::Foreign { .. } => "foreign",
            Self::NotABill { .. } => "not_a_bill",
            Self::Pdf => "pdf",
            Self::Bookkeeping => "bookkeeping",
            Self::NoRows { .. } => "no_rows",
            Self::Encoding => "encoding",
            Self::Limit(_) => "limit",
            Self::Damaged(_) => "damaged",
            Self::Mapping(_) => "mapping",
            Self::Read(_) => "read",
        }
    }

    /// Returns what is wrong, in both languages.
    pub fn message(&self) -> Text {
        match self {
            Self::Empty => text!("文件是空的", "the file is empty"),
            Self::Truncated => {
                text!("文件不完整，在中间断开了", "the file is cut off in the middle")
            }
            Self::PasswordNeeded => text!("文件有密码", "the file has a password"),
            Self::WrongPassword => {
                text!("给出的密码打不开这个文件", "none of the given passwords opens the file")
            }
            Self::Foreign { seen, .. } if seen.is_empty() => {
                text!("文件里没有账单表格", "there is no bill table in the file")
            }
            Self::Foreign { seen, .. } => {
                text!("不认识这张表的列：{seen}", "the columns of this table are not known: {seen}")
            }
            Self::NotABill { kind } => {
                text!("这是 {kind} 文件，不是账单", "this is a {kind} file, not a bill")
            }
            Self::Pdf => text!(
                "PDF 对账单作为证据原样保存，不从中读取明细",
                "a PDF statement is kept as evidence as it is, and not read"
            ),
            Self::Bookkeeping => text!(
                "这是“记账本”导出，没有订单号和交易状态",
                "this is the bookkeeping export, which has neither order numbers nor states"
            ),
            Self::NoRows { skipped: 0, .. } => {
                text!("表格里一笔交易也没有", "the table holds not one transaction")
            }
            Self::NoRows { skipped, first } => {
                let (zh, en) = first.as_ref().map_or((String::new(), String::new()), |why| {
                    (format!("；第一行：{}", why.zh), format!("; the first: {}", why.en))
                });
                text!(
                    "表格里 {skipped} 行都读不出来{zh}",
                    "none of the {skipped} rows could be read{en}"
                )
            }
            Self::Encoding => text!(
                "文字编码既不是 UTF-8 也不是 GB18030",
                "the text is neither UTF-8 nor GB18030"
            ),
            Self::Limit(limit) => limit.text(),
            Self::Damaged(_) => text!("文件已损坏", "the file is damaged"),
            Self::Mapping(problem) => problem.clone(),
            Self::Read(_) => text!("读不出这个文件", "the file could not be read"),
        }
    }

    /// Returns what to do about it, in both languages.
    pub fn hint(&self) -> Text {
        match self {
            Self::Empty | Self::Truncated | Self::Damaged(_) => text!(
                "重新下载账单，或在手机上再导出一次，不要打开后另存",
                "download the bill again, or export it once more; do not open and save it"
            ),
            Self::PasswordNeeded => text!(
                "用 --password 给出解压密码：微信在“微信支付”消息里，支付宝在“服务消息”里，都是 6 位数字",
                "give it with --password: six digits from the “微信支付” chat or the Alipay service messages"
            ),
            Self::WrongPassword => text!(
                "每次导出的密码都不同，请找与这个文件同一天的那条消息；可以多次写 --password",
                "every export has its own password: look for the message of the same day; --password may be repeated"
            ),
            Self::Foreign { .. } => text!(
                "用 bills map 说明每一列是什么，再读一次",
                "say what each column is with `bills map`, then read it again"
            ),
            Self::NotABill { .. } => text!(
                "请选微信或支付宝发到邮箱的账单文件（CSV、XLSX 或 ZIP）；截图请作为证据添加",
                "choose the bill that was mailed to you (CSV, XLSX or ZIP); add pictures as evidence"
            ),
            Self::Pdf => text!(
                "把 PDF 作为证据添加；同时导出一份“用于个人对账”的 CSV 或 XLSX 供统计",
                "add the PDF as evidence, and export a CSV or XLSX “for personal accounting” to be counted"
            ),
            Self::Bookkeeping => text!(
                "支付宝：我的 → 账单 → … → 开具交易流水证明 → 用于个人对账",
                "Alipay: Me → Bills → … → transaction statement → for personal accounting"
            ),
            Self::NoRows { .. } => text!(
                "导出时选择包含被盗当天的日期范围；如果用 Excel 另存过，请用原文件",
                "export a range that covers the day of the theft; use the original if Excel saved a copy"
            ),
            Self::Encoding => text!(
                "请使用原始文件；如果编辑过，另存为 UTF-8",
                "use the original file; if it was edited, save it as UTF-8"
            ),
            Self::Limit(_) => text!(
                "账单不会这么大，请确认文件来源；必要时分段导出（每次最多一年）",
                "no bill is that large: check where the file comes from, or export shorter ranges"
            ),
            Self::Mapping(_) => text!(
                "对照表格的列名改正列映射文件",
                "correct the column map against the names in the table"
            ),
            Self::Read(_) => text!("检查磁盘和权限后再试", "check the disk and the permissions"),
        }
    }
}

impl From<io::Error> for BillError {
    /// Finds the error of ours that a reader carried through `io::Error`; a premature end is a cut-off file.
    fn from(error: io::Error) -> Self {
        match error.downcast::<Limit>() {
            Ok(limit) => Self::Limit(limit),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Self::Truncated,
            Err(error) => Self::Read(error),
        }
    }
}
