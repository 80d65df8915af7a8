//! Arguments of `inbox`.

use clap::{Args, Subcommand};

use crate::cli::args::Said;

/// Commands of `inbox`.
#[derive(Debug, Subcommand)]
pub enum Inbox {
    /// 现在收一次信，并收下 inbox 文件夹里的 .eml / look into the mailbox and the inbox folder now
    Check,
    /// 等你看的来信 / letters that wait for you
    List {
        /// 连同已归档的 / those that are filed, too
        #[arg(long)]
        all: bool,
    },
    /// 看一封 / one letter
    Show {
        /// 编号的开头几位 / the first characters of its number
        id: String,
    },
    /// 归到案件的一步，并说明对方答复了什么 / file it as the answer to a step
    Assign(InboxAssign),
    /// 与案件无关 / it has nothing to do with any case
    Drop {
        /// 编号的开头几位 / the first characters of its number
        id: String,
    },
}

/// Arguments of `inbox assign`.
#[derive(Debug, Args)]
pub struct InboxAssign {
    /// 来信编号的开头几位 / the letter
    pub id: String,
    /// 案件 / case
    pub case: String,
    /// 答复的是哪一步 / the step it answers
    pub step: String,
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would show it as help")]
    pub said: Said,
}
