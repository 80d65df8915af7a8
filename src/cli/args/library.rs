//! Arguments of the commands about workflows, channels, law, packs and templates.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// Commands of `workflow`.
#[derive(Debug, Subcommand)]
pub enum Workflow {
    /// 有哪些流程 / what there is
    List,
    /// 一个流程怎样走 / how one goes
    Show {
        /// 流程编号 / id
        id: String,
    },
    /// 检查流程文件 / check a workflow file
    Check {
        /// 流程文件 / file
        file: PathBuf,
    },
    /// 按流程里写的预期演练 / rehearse what a workflow's author expects
    Test {
        /// 流程编号或文件；不写为全部 / ids or files; all when left out
        workflows: Vec<String>,
    },
    /// 画出流程 / draw one
    Graph {
        /// 流程编号或文件 / id or file
        workflow: String,
        /// 图的格式 / format
        #[arg(long, value_enum, default_value = "mermaid")]
        format: GraphFormat,
        /// 写到文件 / write to a file
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// 新建一个带说明的流程文件 / write a commented skeleton
    New {
        /// 文件 / file
        file: PathBuf,
    },
    /// 把案件换到新版流程 / move a case to the newer workflow
    Migrate {
        /// 案件 / case
        case: String,
        /// 不提问，直接更换 / do it without asking
        #[arg(long)]
        yes: bool,
    },
}

/// How a workflow is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum GraphFormat {
    /// 文字，可贴进 Markdown
    Mermaid,
    /// 图片
    Svg,
}

/// Commands of `channel`.
#[derive(Debug, Subcommand)]
pub enum Channel {
    /// 有哪些渠道 / what there is
    List,
    /// 一个渠道 / one channel
    Show {
        /// 渠道编号 / id
        id: String,
    },
}

/// Commands of `law`.
#[derive(Debug, Subcommand)]
pub enum Law {
    /// 有哪些法条 / what there is
    List,
    /// 法条原文 / one article
    Show {
        /// 编号 / id
        id: String,
    },
}

/// Arguments of `pack`.
#[derive(Debug, Args)]
pub struct Pack {
    /// 哪一种 / which kind
    pub kind: Option<PackKind>,
    /// 编号 / id
    pub id: Option<String>,
    /// 在流程、渠道、清单、卡片、文书里找一个词 / look for a word in all that is built in
    #[arg(long, value_name = "WORD", conflicts_with_all = ["kind", "id"])]
    pub find: Option<String>,
}

/// What the packs know beside channels and law.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PackKind {
    /// 证据位 / evidence slots
    Slots,
    /// 检查清单 / check lists
    Checks,
    /// 拒绝理由和回应 / reasons of refusals and what answers them
    Refusals,
    /// 保险、承诺和服务 / insurance, promises, services
    Products,
    /// 立案标准（只供参考）/ usual standards for filing
    Thresholds,
    /// 传言、错误和风险 / rumours, mistakes, risks
    Cards,
    /// 各类收件人看到本人资料的多少 / what papers show of the person, by recipient
    Redaction,
}

/// Commands of `template`.
#[derive(Debug, Subcommand)]
pub enum Template {
    /// 有哪些文书和文本 / what there is
    List,
    /// 用虚构的案件写出来看 / write them with invented cases, to look at
    Preview(Preview),
}

/// Arguments of `template preview`.
#[derive(Debug, Args)]
pub struct Preview {
    /// 模板编号 / templates
    #[arg(required_unless_present = "all")]
    pub templates: Vec<String>,
    /// 全部模板 / every template
    #[arg(long)]
    pub all: bool,
    /// 写到哪个文件夹 / the folder to write to
    #[arg(long, value_name = "DIR", default_value = "preview")]
    pub out: PathBuf,
}

/// Arguments of `schema`.
#[derive(Debug, Args)]
pub struct Schema {
    /// 哪种文件 / which file
    pub kind: SchemaKind,
}

/// The file formats there are.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum SchemaKind {
    /// 案件文件 case.toml
    Case,
    /// 流程文件
    Workflow,
    /// 设置文件 config.toml
    Config,
    /// 渠道登记 channels.toml
    Channels,
    /// 证据位 slots.toml
    Slots,
    /// 填写项目 fields.toml
    Fields,
    /// 检查清单 checks.toml
    Checks,
    /// 法条 law.toml
    Law,
    /// 拒绝理由 refusals.toml
    Refusals,
    /// 保险和承诺 products.toml
    Products,
    /// 立案标准 thresholds.toml
    Thresholds,
    /// 提醒卡 cards.toml
    Cards,
    /// 本人资料写多少 redaction.toml
    Redaction,
    /// 模板说明 template.toml
    Template,
    /// 批次规则 batch.toml
    Batch,
}
