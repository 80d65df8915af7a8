//! Reading a case file with everything around it: its evidence files, its workflow, and whether
//! our fonts can print its names.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use crate::domain::case::{Case, SECRET_PREFIX};
use crate::domain::document::{self, Document, Encoding, LIMIT_BYTES, Places};
use crate::domain::inspect;
use crate::domain::lang::Text;
use crate::domain::lookalike;
use crate::domain::names;
use crate::domain::problem::{Problem, Source, has_errors};
use crate::evidence::intake;
use crate::evidence::picture;
use crate::render::fonts::Fonts;
use crate::render::pdf;
use crate::runtime::error::RuntimeError;
use crate::runtime::setup::not_text;
use crate::workflow::fit;
use crate::workflow::library::Library;
use crate::workflow::model::Workflow;

/// The case file of a folder.
pub const CASE_FILE: &str = "case.toml";

/// A slot for anything the packs have no name for.
const OTHER_SLOT: &str = "other.";

/// A case file that was read.
#[derive(Debug)]
pub struct CaseFile {
    /// The file.
    pub path: PathBuf,
    /// The folder it lies in.
    pub folder: PathBuf,
    /// Its text.
    pub source: Source,
    /// The case; none when the file has errors.
    pub case: Option<Case>,
    /// The workflow it is for; none when there are errors.
    pub workflow: Option<ChosenWorkflow>,
    /// Everything that is wrong, with the workflow's own problems.
    pub problems: Vec<Problem>,
    /// Texts the problems point into.
    pub sources: Vec<Source>,
    /// The encoding it was in.
    pub encoding: Encoding,
}

/// The workflow a case is for.
#[derive(Debug, Clone)]
pub struct ChosenWorkflow {
    /// The workflow.
    pub workflow: Arc<Workflow>,
    /// Its text, to be pinned.
    pub text: String,
}

impl CaseFile {
    /// Returns true when the case can be opened.
    pub fn is_usable(&self) -> bool {
        self.case.is_some() && self.workflow.is_some() && !has_errors(&self.problems)
    }
}

/// Reads and checks a case file, or the `case.toml` of a folder.
pub fn read(
    named: &Path,
    library: &Library,
    fonts: &Fonts,
    now: Timestamp,
) -> Result<CaseFile, RuntimeError> {
    let path = if named.is_dir() { named.join(CASE_FILE) } else { named.to_owned() };
    let name = path.display().to_string();
    let (text, encoding) = read_text(&path, &name)?;
    let Document { source, content, places, mut problems } = document::read::<Case>(&name, &text);
    let folder = path.parent().map_or_else(|| PathBuf::from("."), Path::to_owned);
    let folder = if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder };
    let mut file = CaseFile {
        folder,
        workflow: None,
        sources: Vec::new(),
        problems: Vec::new(),
        case: None,
        source,
        encoding,
        path,
    };
    if let Some(case) = &content {
        problems.extend(inspect::inspect(case, &file.source, &places, now));
        problems.extend(characters(case, &file.source, &places, fonts));
        file.choose_workflow(case, &places, library, &mut problems);
        problems.extend(evidence(case, &file, &places, library));
    }
    problems.sort_by_key(|problem| (problem.file != name, problem.line, problem.column));
    file.case = content;
    file.problems = problems;
    Ok(file)
}

fn read_text(path: &Path, name: &str) -> Result<(String, Encoding), RuntimeError> {
    let metadata = std::fs::metadata(path).map_err(|error| {
        if error.kind() == std::io::ErrorKind::NotFound {
            RuntimeError::asked(
                crate::text!("找不到案件文件 {name}", "there is no case file {name}"),
                Text::new(
                    "检查路径；新建案件用 appeal-daemon new 文件夹",
                    "check the path; appeal-daemon new DIR makes a case",
                ),
            )
        } else {
            RuntimeError::Home { path: path.to_owned(), source: error }
        }
    })?;
    if metadata.len() > LIMIT_BYTES as u64 {
        return Err(RuntimeError::asked(
            crate::text!("案件文件 {name} 超过 4 MiB", "the case file {name} is larger than 4 MiB"),
            Text::new(
                "证据放在单独的文件里，案件文件只写文字",
                "keep evidence in files of its own",
            ),
        ));
    }
    let bytes = std::fs::read(path)
        .map_err(|source| RuntimeError::Home { path: path.to_owned(), source })?;
    document::decode(&bytes).map_err(|at| not_text(name, at))
}

/// Addresses that only look like those of a known channel.
fn look_alikes(
    case: &Case,
    places: &Places,
    library: &Library,
    source: &Source,
    problems: &mut Vec<Problem>,
) {
    let addresses =
        library.packs.channels.values().filter_map(|channel| channel.address.as_deref());
    let hosts: Vec<&str> = addresses.filter_map(lookalike::host).collect();
    for (name, recipient) in &case.recipients {
        let Some(host) = recipient.email.as_deref().and_then(lookalike::host) else { continue };
        if let Some(known) = lookalike::looks_like(host, hosts.iter().copied()) {
            problems.push(source.error(
                places.of(&format!("recipients.{name}.email")),
                crate::text!("{host} 只是看起来像 {known}", "{host} only looks like {known}"),
                Text::new(
                    "这很可能是仿冒的地址，不要发任何材料；到官方页面重新核对",
                    "this is very likely a fake; send nothing and check on the official page",
                ),
            ));
        }
    }
}

impl CaseFile {
    fn choose_workflow(
        &mut self,
        case: &Case,
        places: &Places,
        library: &Library,
        problems: &mut Vec<Problem>,
    ) {
        look_alikes(case, places, library, &self.source, problems);
        let (name, text) = match &case.workflow {
            Some(wanted) => match self.named_workflow(wanted, library) {
                Ok(found) => found,
                Err((message, hint)) => {
                    problems.push(self.source.error(places.of("workflow"), message, hint));
                    return;
                }
            },
            None => match fitting_workflow(case, library) {
                Ok(found) => found,
                Err((message, hint)) => {
                    problems.push(self.source.error(places.of("platform"), message, hint));
                    return;
                }
            },
        };
        // The case is pinned to the workflows within it as well.
        let whole = library.whole(&name, &text);
        problems.extend(whole.problems.iter().cloned());
        self.sources.push(whole.source.clone());
        let text = whole.text.clone();
        self.workflow = whole.workflow.clone().map(|workflow| ChosenWorkflow { workflow, text });
    }

    /// A workflow named by its id, or by the name of a file beside the case.
    fn named_workflow(
        &self,
        wanted: &str,
        library: &Library,
    ) -> Result<(String, String), (Text, Text)> {
        if let Some((path, file)) = library.workflow_file(wanted) {
            return Ok((format!("workflows/{path}"), file.text.clone()));
        }
        if Path::new(wanted).extension().is_some_and(|extension| extension == "toml") {
            let path = intake::inside(&self.folder, wanted).map_err(|error| error.explain())?;
            let name = path.display().to_string();
            let text = std::fs::read(&path)
                .ok()
                .filter(|bytes| bytes.len() <= LIMIT_BYTES)
                .and_then(|bytes| document::decode(&bytes).ok());
            return match text {
                Some((text, _)) => Ok((name, text)),
                None => Err((
                    crate::text!(
                        "流程文件 {wanted} 读不出来",
                        "the workflow file {wanted} cannot be read"
                    ),
                    Text::new("检查文件", "check the file"),
                )),
            };
        }
        let near = names::nearest(wanted, library.workflow_ids());
        let hint = match near {
            Some(near) => crate::text!("是不是想写 \"{near}\"？", "did you mean \"{near}\"?"),
            None => Text::new("用 workflow list 查看有哪些流程", "see workflow list"),
        };
        Err((crate::text!("没有流程 \"{wanted}\"", "there is no workflow \"{wanted}\""), hint))
    }
}

fn fitting_workflow(case: &Case, library: &Library) -> Result<(String, String), (Text, Text)> {
    let workflows = library.heads();
    let fitting = fit::fitting(&workflows, case);
    let platform = &case.platform;
    match fitting.as_slice() {
        [workflow] => {
            let (path, file) = library.workflow_file(&workflow.id).unwrap_or(("", &EMPTY));
            Ok((format!("workflows/{path}"), file.text.clone()))
        }
        [] => {
            let known = platforms(&workflows);
            let near = names::nearest(platform, known.iter().map(String::as_str));
            let all = known.join(", ");
            let hint = match near {
                Some(near) => crate::text!("是不是想写 \"{near}\"？", "did you mean \"{near}\"?"),
                None => crate::text!(
                    "有流程的平台：{all}；也可以用 workflow = \"流程文件.toml\" 指定",
                    "there are workflows for: {all}; or name one with workflow = \"file.toml\""
                ),
            };
            Err((
                crate::text!(
                    "没有适合平台 \"{platform}\" 的流程",
                    "no workflow is for platform \"{platform}\""
                ),
                hint,
            ))
        }
        several => {
            let ids: Vec<&str> = several.iter().map(|workflow| workflow.id.as_str()).collect();
            let ids = ids.join(", ");
            Err((
                crate::text!("有几个流程都适合：{ids}", "several workflows fit: {ids}"),
                Text::new("加上一行 workflow = \"编号\"", "add a line workflow = \"id\""),
            ))
        }
    }
}

static EMPTY: crate::workflow::library::DeclaredFile =
    crate::workflow::library::DeclaredFile { text: String::new(), own: false };

/// The platforms that conditions compare with, for hints.
fn platforms(workflows: &[Workflow]) -> Vec<String> {
    let mut known: Vec<String> = workflows
        .iter()
        .filter_map(|workflow| workflow.when.as_ref())
        .flat_map(|when| {
            let words: Vec<String> = when
                .source()
                .split("case.platform ==")
                .skip(1)
                .filter_map(|rest| rest.split('"').nth(1).map(str::to_owned))
                .collect();
            words
        })
        .collect();
    known.sort();
    known.dedup();
    known
}

fn characters(case: &Case, source: &Source, places: &Places, fonts: &Fonts) -> Vec<Problem> {
    let mut problems = Vec::new();
    walk(&case.snapshot(), "", &mut |path, text| {
        let missing = fonts.missing_in(text);
        if !missing.is_empty() {
            let named = pdf::named(&missing);
            problems.push(source.error(
                places.of(path),
                crate::text!("打印字体里没有这些字：{named}", "no font here can print {named}"),
                Text::new(
                    "姓名用字请与身份证一致；确实缺字时改写为同音字并在括号里说明",
                    "check the character; if it is right, write another and explain it in brackets",
                ),
            ));
        }
    });
    problems
}

fn walk(value: &Value, path: &str, found: &mut impl FnMut(&str, &str)) {
    match value {
        Value::String(text) => found(path, text),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                walk(item, &format!("{path}[{index}]"), found);
            }
        }
        Value::Object(map) => {
            for (key, value) in map {
                walk(value, &document::join(path, key), found);
            }
        }
        _ => {}
    }
}

fn evidence(case: &Case, file: &CaseFile, places: &Places, library: &Library) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (slot, names) in &case.evidence {
        let place = places.of(&format!("evidence.{slot}"));
        if !knows_slot(slot, file, library) {
            let known = library.packs.slots.keys().map(String::as_str);
            let hint = match names::nearest(slot, known) {
                Some(near) => crate::text!("是不是想写 \"{near}\"？", "did you mean \"{near}\"?"),
                None => Text::new(
                    "其他材料写在 \"other.名称\" 下",
                    "for anything else write \"other.name\"",
                ),
            };
            problems.push(file.source.error(
                place.clone(),
                crate::text!("没有证据位 \"{slot}\"", "there is no evidence slot \"{slot}\""),
                hint,
            ));
        }
        for name in names {
            let pack = library.packs.slots.get(slot);
            let is_copied = pack.is_some_and(|slot| slot.copy.is_some());
            let found = intake::inside(&file.folder, name).and_then(|path| {
                intake::check(&path)?;
                if is_copied { picture::check(&path) } else { Ok(()) }
            });
            if let Err(error) = found {
                let (message, hint) = error.explain();
                problems.push(file.source.error(place.clone(), message, hint));
            }
        }
    }
    for (path, names) in [("bills", &case.bills[..]), ("bills_map", case.bills_map.as_slice())] {
        for name in names {
            let found =
                intake::inside(&file.folder, name).and_then(|path| intake::check(&path).map(drop));
            if let Err(error) = found {
                let (message, hint) = error.explain();
                problems.push(file.source.error(places.of(path), message, hint));
            }
        }
    }
    if case.bills_passwords.iter().any(|password| !password.starts_with(SECRET_PREFIX)) {
        problems.push(file.source.error(
            places.of("bills_passwords"),
            Text::new("密码不能写在案件文件里", "a password may not stand in the case file"),
            Text::new(
                "运行 appeal-daemon secret set bill，再写 bills_passwords = [\"secret:bill\"]",
                "run appeal-daemon secret set bill, then write bills_passwords = [\"secret:bill\"]",
            ),
        ));
    }
    problems
}

fn knows_slot(slot: &str, file: &CaseFile, library: &Library) -> bool {
    slot.starts_with(OTHER_SLOT)
        || library.packs.slots.contains_key(slot)
        || file.workflow.as_ref().is_some_and(|chosen| chosen.workflow.slots.contains_key(slot))
}
