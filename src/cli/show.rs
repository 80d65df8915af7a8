//! How problems and errors are shown: what is wrong, why, what to do. No blame, no Rust.

use std::error::Error as _;
use std::fmt;
use std::io::ErrorKind;
use std::path::Path;

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode};
use serde_json::{Value, json};

use crate::cli::context::Context;
use crate::cli::exit;
use crate::domain::lang::{Lang, Text};
use crate::domain::names;
use crate::domain::problem::{Problem, Severity, Source, has_errors};
use crate::render::pdf::RenderError;
use crate::runtime::error::RuntimeError;
use crate::secrets::SecretError;
use crate::store::error::StoreError;
use crate::workflow::library::LibraryError;

/// Returns problems as the JSON list of `check`.
pub fn problems_json(problems: &[Problem], lang: Lang) -> Value {
    let list: Vec<Value> = problems
        .iter()
        .map(|problem| {
            json!({
                "file": problem.file,
                "line": problem.line,
                "column": problem.column,
                "severity": problem.severity,
                "message": problem.message.get(lang),
                "hint": problem.hint.get(lang),
                "message_en": problem.message.en,
                "hint_en": problem.hint.en,
            })
        })
        .collect();
    Value::Array(list)
}

/// Returns problems for a person, each with the line it is about.
pub fn problems_text(problems: &[Problem], sources: &[&Source], context: &Context) -> String {
    let mut out = String::new();
    for problem in problems {
        let source = sources.iter().find(|source| source.name == problem.file);
        out.push_str(&one_problem(problem, source.copied(), context));
        out.push('\n');
    }
    let errors = problems.iter().filter(|problem| problem.is_error()).count();
    let warnings = problems.len() - errors;
    let count =
        crate::text!("{errors} 个错误，{warnings} 个提醒", "{errors} errors, {warnings} warnings");
    out.push_str(context.say(&count));
    out.push('\n');
    out
}

fn one_problem(problem: &Problem, source: Option<&Source>, context: &Context) -> String {
    let shown = Shown { problem, source, lang: context.lang };
    let theme = GraphicalTheme::unicode_nocolor();
    let mut out = String::new();
    let handler = GraphicalReportHandler::new_themed(theme).with_width(100).with_context_lines(0);
    if handler.render_report(&mut out, &shown).is_err() {
        out = format!("{}:{}:{} {}", problem.file, problem.line, problem.column, problem.message);
    }
    out
}

/// A problem in the form the snippet printer takes.
#[derive(Debug)]
struct Shown<'a> {
    problem: &'a Problem,
    source: Option<&'a Source>,
    lang: Lang,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Problem { file, line, column, message, .. } = self.problem;
        if *line > 0 {
            write!(f, "{file}:{line}:{column} {}", message.get(self.lang))
        } else {
            write!(f, "{file} {}", message.get(self.lang))
        }
    }
}

impl std::error::Error for Shown<'_> {}

impl Diagnostic for Shown<'_> {
    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.problem.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let hint = self.problem.hint.get(self.lang);
        // Chinese first, English beside.
        let both = match self.lang {
            Lang::Zh if !self.problem.message.en.is_empty() => {
                format!("{hint}\n{}: {}", self.problem.message.en, self.problem.hint.en)
            }
            _ => hint.to_owned(),
        };
        Some(Box::new(both))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.problem.span.as_ref()?;
        self.source.map(|source| &source.text as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let span = self.problem.span.clone()?;
        let source = self.source?;
        // A label over many lines hides what it points at: only the first line is marked.
        let line_end = source.text[span.start.min(source.text.len())..]
            .find('\n')
            .map_or(source.text.len(), |length| span.start + length);
        let end = span.end.min(line_end).max(span.start);
        Some(Box::new(std::iter::once(LabeledSpan::new_with_span(
            None,
            (span.start, end - span.start),
        ))))
    }
}

/// Prints an error.
pub fn error(error: &RuntimeError, context: &Context) {
    if let RuntimeError::Problems { source_text, problems } = error {
        if context.json {
            let object = json!({
                "schema": 1,
                "ok": !has_errors(problems),
                "problems": problems_json(problems, context.lang),
            });
            context.print_json(&object);
        } else {
            context.print_aside(&problems_text(problems, &[source_text], context));
        }
        return;
    }
    if let RuntimeError::Library(LibraryError::Pack(problems)) = error {
        context.print_aside(&problems_text(problems, &[], context));
    }
    let (message, hint) = explain(error);
    if context.json {
        let object = json!({
            "schema": 1,
            "ok": false,
            "error": { "message": message.get(context.lang), "hint": hint.get(context.lang) },
        });
        context.print_json(&object);
    }
    context.print_aside(&format!("{}{}", context.word("错误：", "error: "), context.say(&message)));
    if let Some(cause) = cause(error) {
        context.print_aside(&format!("{}{cause}", context.word("原因：", "cause: ")));
    }
    if !hint.is_empty() {
        context.print_aside(&format!(
            "{}{}",
            context.word("办法：", " hint: "),
            context.say(&hint)
        ));
    }
}

/// Returns the exit code an error ends with.
pub fn exit_code(error: &RuntimeError) -> u8 {
    match error {
        RuntimeError::Problems { .. }
        | RuntimeError::Asked { .. }
        | RuntimeError::Intake(_)
        | RuntimeError::Verify(_)
        | RuntimeError::Bundle(_)
        | RuntimeError::Secret(_)
        | RuntimeError::Library(_)
        | RuntimeError::Render(RenderError::Characters { .. })
        | RuntimeError::Store(StoreError::NoCase { .. }) => exit::INPUT,
        RuntimeError::Home { .. } | RuntimeError::Store(_) => exit::SURROUNDINGS,
        RuntimeError::Fold { .. }
        | RuntimeError::Render(_)
        | RuntimeError::Text(_)
        | RuntimeError::Ours(_) => exit::OURS,
    }
}

fn explain_place(path: &Path, kind: ErrorKind) -> (Text, Text) {
    let path = path.display();
    if kind == ErrorKind::NotFound {
        return (
            crate::text!("没有 {path}", "there is no {path}"),
            Text::new("检查文件名和所在的文件夹", "check its name and where it lies"),
        );
    }
    (
        crate::text!("无法使用 {path}", "cannot use {path}"),
        Text::new(
            "检查这个位置的权限和磁盘空间，再试一次",
            "check permissions and disk space, then try again",
        ),
    )
}

/// Returns what is wrong and what to do, in both languages.
pub fn explain(error: &RuntimeError) -> (Text, Text) {
    match error {
        RuntimeError::Asked { message, hint } => (message.clone(), hint.clone()),
        // Of a file with several problems the first; `error` shows them all.
        RuntimeError::Problems { problems, .. } => {
            let first = problems.iter().find(|problem| problem.is_error());
            first.map_or_else(Default::default, |one| (one.message.clone(), one.hint.clone()))
        }
        RuntimeError::Intake(error) => error.explain(),
        RuntimeError::Home { path, source } => explain_place(path, source.kind()),
        RuntimeError::Store(error) => explain_store(error),
        RuntimeError::Secret(error) => explain_secret(error),
        RuntimeError::Render(RenderError::Characters { name, characters }) => (
            crate::text!(
                "文书 {name} 里有字体没有的字：{characters}",
                "the paper {name} needs {characters}, which no font has"
            ),
            Text::new("检查案件文件里的用字", "check the characters in the case file"),
        ),
        RuntimeError::Library(_) => (
            Text::new(
                "自己改过的流程或资料文件有错误",
                "a workflow or pack file of yours has errors",
            ),
            Text::new(
                "改正它，或从设置文件夹移走",
                "mend it, or move it out of the settings folder",
            ),
        ),
        RuntimeError::Fold { case, .. } => (
            crate::text!(
                "案件 {case} 的账本读不懂",
                "the ledger of case {case} cannot be understood"
            ),
            Text::new(
                "运行 doctor；账本文件请先备份",
                "run doctor; keep a copy of the ledger first",
            ),
        ),
        other => (
            Text::same(other.to_string()),
            Text::new(
                "这是程序的问题，请把这行文字报告给开发者",
                "this is our fault: please report this line",
            ),
        ),
    }
}

fn explain_store(error: &StoreError) -> (Text, Text) {
    match error {
        StoreError::File { path, .. } | StoreError::Disk { path, .. } => {
            let path = path.display();
            (
                crate::text!("账本 {path} 写不进去", "the ledger {path} cannot be written"),
                Text::new(
                    "检查磁盘空间和权限，再试一次；已经记下的都还在",
                    "check disk space and permissions, then try again; what was written is safe",
                ),
            )
        }
        StoreError::Damaged { path, .. } => {
            let path = path.display();
            (
                crate::text!("账本 {path} 已损坏", "the ledger {path} is damaged"),
                Text::new(
                    "先复制一份保存，再从备份恢复；originals 里的证据不受影响",
                    "keep a copy, then restore a backup; the evidence in originals is untouched",
                ),
            )
        }
        StoreError::Newer { path, .. } => {
            let path = path.display();
            (
                crate::text!(
                    "账本 {path} 是新版程序写的",
                    "the ledger {path} was written by a newer program"
                ),
                Text::new("升级本程序", "upgrade this program"),
            )
        }
        StoreError::Busy { path } => {
            let path = path.display();
            (
                crate::text!("账本 {path} 正被别的程序写着", "the ledger {path} is being written"),
                Text::new("过一会儿再试", "try again in a moment"),
            )
        }
        StoreError::Taken { path } => {
            let path = path.display();
            (
                crate::text!(
                    "另一个 appeal-daemon 正在运行，占用着 {path}",
                    "another appeal-daemon is at work and holds {path}"
                ),
                Text::new(
                    "它会继续做后面的事；要换成这一个，先结束它",
                    "it goes on with the cases; end it first to take over",
                ),
            )
        }
        other => explain_entry(other),
    }
}

fn explain_entry(error: &StoreError) -> (Text, Text) {
    match error {
        StoreError::BrokenChain { case, seq } => (
            crate::text!(
                "案件 {case} 的第 {seq} 条记录与前一条对不上",
                "entry {seq} of case {case} does not follow from the one before"
            ),
            Text::new(
                "账本被改动或损坏：从备份恢复",
                "the ledger was changed or damaged: restore a backup",
            ),
        ),
        StoreError::NoCase { case } => (
            crate::text!("没有案件 {case}", "there is no case {case}"),
            Text::new("先运行 start", "run start first"),
        ),
        _ => (
            Text::new("账本操作失败", "the ledger could not do it"),
            Text::new("再试一次", "try again"),
        ),
    }
}

fn explain_secret(error: &SecretError) -> (Text, Text) {
    match error {
        SecretError::Absent { name } => (
            crate::text!("没有机密 {name}", "there is no secret {name}"),
            crate::text!(
                "运行 appeal-daemon secret set {name}",
                "run appeal-daemon secret set {name}"
            ),
        ),
        SecretError::Unreadable { name, place, .. } => {
            let (zh, en) = (place.name().zh, place.name().en);
            (
                crate::text!(
                    "机密 {name} 在{zh}里，但读不出来",
                    "the secret {name} is in {en} and cannot be read"
                ),
                Text::new("解锁密钥库，或重新 secret set", "unlock the key store, or set it again"),
            )
        }
        SecretError::NoPassphrase { path } => {
            let path = path.display();
            (
                crate::text!(
                    "没有系统密钥库，加密文件 {path} 需要口令",
                    "there is no key store, and the encrypted file {path} needs a passphrase"
                ),
                Text::new(
                    "设置环境变量 APPEAL_PASSPHRASE；本程序从不明文保存密码",
                    "set APPEAL_PASSPHRASE; nothing is ever kept in plain text",
                ),
            )
        }
        SecretError::Unwritable { name, place, .. } => {
            let (zh, en) = (place.name().zh, place.name().en);
            (
                crate::text!("机密 {name} 存不进{zh}", "the secret {name} cannot be kept in {en}"),
                Text::new("解锁密钥库，或检查磁盘", "unlock the key store, or check the disk"),
            )
        }
    }
}

/// Returns the innermost cause, when it adds something.
fn cause(error: &RuntimeError) -> Option<String> {
    let mut cause = error.source()?;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    Some(cause.to_string())
}

/// Says that there is nothing of that name, with the nearest one there is.
pub fn absent<'a>(
    zh: &str,
    en: &str,
    name: &str,
    known: impl Iterator<Item = &'a str>,
) -> RuntimeError {
    let hint = match names::nearest(name, known) {
        Some(near) => crate::text!("是不是 {near}？", "did you mean {near}?"),
        None => Text::new("用 list 查看有哪些", "see list for what there is"),
    };
    RuntimeError::asked(crate::text!("没有{zh} {name}", "there is no {en} {name}"), hint)
}
