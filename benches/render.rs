//! What a paper costs: CPU time of this process for each document, in milliseconds.
//!
//! `cargo bench --bench render [-- documents=N flat=N only=NAME config=FOLDER keep=N out=FOLDER]`.
//!
//! Every document has its own names, numbers and amounts, as in a batch. `flat` is how many more
//! documents are set to see whether memory stays flat (10,000 by default); `config` is a folder of
//! one's own `templates/`, to try a change of a template without building; `keep` for how many
//! documents Typst remembers; `out` a folder for one document of each kind, to look at.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    clippy::disallowed_methods,
    reason = "a program that measures and prints"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use appeal_daemon::domain::case::{Case, How};
use appeal_daemon::domain::digest::Digest;
use appeal_daemon::domain::document;
use appeal_daemon::render::crew;
use appeal_daemon::render::pdf::{Job, Renderer};
use appeal_daemon::runtime::{bundled, letters, typesetter};
use appeal_daemon::workflow::event::{Entry, Event};
use appeal_daemon::workflow::fold::fold;
use appeal_daemon::workflow::library::Library;
use appeal_daemon::workflow::model::Workflow;
use appeal_daemon::workflow::view;
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};

use crate::support::{asked, asked_number, children};

mod support;

/// The program's own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const WORKFLOW: &str = "wechat-theft";

/// A kind of paper that is measured: its name here, its template, how many losses.
struct Kind {
    name: &'static str,
    template: &'static str,
    losses: usize,
}

const KINDS: [Kind; 3] = [
    Kind { name: "letter with 30 rows", template: "appeal-letter", losses: 30 },
    Kind { name: "letter with 3 rows", template: "appeal-letter", losses: 3 },
    Kind { name: "short letter", template: "supplement-letter", losses: 3 },
];

/// Characters of names and addresses, so that each document has glyphs of its own.
const CHARACTERS: &str = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳酆鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯昝管卢莫经房裘缪干解应宗丁宣贲邓郁单杭洪包诸左石崔吉钮龚程嵇邢滑裴陆荣翁荀羊於惠甄曲家封芮羿储靳汲邴糜松井段富巫乌焦巴弓牧隗山谷车侯宓蓬全郗班仰秋仲伊宫宁仇栾暴甘钭厉戎祖武符刘景詹束龙叶幸司韶郜黎蓟薄印宿白怀蒲邰从鄂索咸籍赖卓蔺屠蒙池乔阴胥能苍双闻莘党翟谭贡劳逄姬申扶堵冉宰郦雍";

fn word(seed: usize, length: usize) -> String {
    let all: Vec<char> = CHARACTERS.chars().collect();
    (0..length).map(|at| all[(seed * 37 + at * 101 + seed / 7) % all.len()]).collect()
}

/// The file of an invented case.
fn case_text(number: usize, losses: usize) -> String {
    let mut text = format!(
        "id = \"B-{number:06}\"\nplatform = \"wechat\"\ndiscovered_at = 2026-09-18T15:{:02}:00+08:00\n[victim]\nname = \"{}\"\nid_no = \"330102199003070035\"\nphone = \"138{:08}\"\naddress = \"浙江省杭州市{}区{}路{number}号\"\n[account]\nid = \"wx_{number}\"\n[facts]\ncode_given = false\nscreen_shared = false\nphone_lent = false\nhow_discovered = \"收到扣款短信后打开账单，发现不认识的交易。\"\n",
        number % 60,
        word(number, 3),
        number,
        word(number + 3, 2),
        word(number + 5, 3),
    );
    for row in 0..losses {
        text.push_str(&format!(
            "[[losses]]\nat = 2026-09-18T14:{:02}:{:02}+08:00\namount = \"{}.{:02}\"\npayee = \"{}网络科技有限公司\"\norder_no = \"10001072012026{:014}\"\nmerchant_no = \"20260918{:012}\"\nchannel = \"零钱\"\nhow = \"not_by_me\"\n",
            row % 60,
            (number + row) % 60,
            100 + (number * 31 + row * 977) % 9_000,
            (number + row) % 100,
            word(number * 3 + row, 4),
            number * 100 + row,
            number * 100 + row,
        ));
    }
    text
}

/// Makes the jobs: the view of an invented case, as the program makes it.
struct Maker {
    library: Library,
    workflow: Workflow,
}

impl Maker {
    fn new(config: Option<&Path>) -> Self {
        let library = Library::load(bundled::files(config).unwrap()).unwrap();
        let workflow = library.workflow(WORKFLOW).unwrap().workflow.unwrap();
        Self { library, workflow }
    }

    fn job(&self, kind: &Kind, number: usize) -> Job {
        let case = document::read::<Case>("case", &case_text(number, kind.losses)).content.unwrap();
        let snapshot = case.snapshot();
        let digest = Digest::of_json(&snapshot);
        let opened = Event::Opened {
            case: digest.clone(),
            workflow_id: WORKFLOW.into(),
            workflow: self.workflow.digest.clone(),
        };
        let entries = [Entry { seq: 1, at: case.discovered_at, event: opened }];
        let payloads = BTreeMap::from([(digest, snapshot)]);
        let packs = &self.library.packs;
        let history = fold(&self.workflow, packs, &entries, &payloads).unwrap();
        let template = &packs.templates[kind.template];
        let views = view::Maker::new(&self.workflow, packs, &history);
        let step = self.workflow.steps[0].correction(kind.template);
        let sheet = views.sheets(&step, template, None).remove(0);
        let mut data = sheet.view;
        // So that the table stands in the letter.
        data["known"]["papers"] = json!([]);
        data["to"] =
            json!({ "name": "示例支付", "institution": "示例支付有限公司", "role": "payment" });
        data["doc"] = json!({
            "title": template.title.zh,
            "author": case.victim.name,
            "draft": false,
            "missing": Vec::<Value>::new(),
            "our_number": case.case_id().as_str(),
            "date": { "year": 2026, "month": 9, "day": 20 },
            "part": sheet.part.map(How::as_str),
        });
        letters::job(&self.library, template, data)
    }

    fn jobs(&self, kind: &Kind, from: usize, count: usize) -> Vec<Job> {
        (from..from + count).map(|number| self.job(kind, number)).collect()
    }
}

/// CPU time of this process, in milliseconds.
fn cpu() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}

/// Memory of this process that lies in the machine, in MiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1024
}

/// One document after the other on one thread. Other work on the machine only ever makes a document
/// dearer, so what a document costs is what the cheapest tenth of them took; the middle stands
/// beside it.
fn costs(maker: &Maker, kind: &Kind, documents: usize, keep: usize) {
    let renderer = Renderer::beside(typesetter::fonts().unwrap(), keep);
    for job in maker.jobs(kind, 900_000, 10) {
        renderer.make(&job).unwrap();
    }
    let (mut layout, mut writing, mut whole, mut bytes) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for number in 0..documents {
        let job = maker.job(kind, number);
        let begin = cpu();
        let laid_out = renderer.lay_out(&job).unwrap();
        let middle = cpu();
        bytes += renderer.write(&job, &laid_out).unwrap().len();
        drop(laid_out);
        renderer.forget();
        let end = cpu();
        layout.push(middle - begin);
        writing.push(end - middle);
        whole.push(end - begin);
    }
    let part = |costs: &mut Vec<f64>, of: usize| {
        costs.sort_by(f64::total_cmp);
        costs[costs.len() / of]
    };
    println!(
        "{:<22} {:>6.2} ms (layout {:.2}, PDF {:.2}), middle {:.2}, {} bytes",
        kind.name,
        part(&mut whole, 10),
        part(&mut layout, 10),
        part(&mut writing, 10),
        part(&mut whole, 2),
        bytes / documents
    );
}

/// Sets the documents on that many threads; returns their digests together.
fn together(maker: &Maker, kind: &Kind, from: usize, count: usize, workers: usize) -> Digest {
    let fonts = typesetter::fonts().unwrap();
    let jobs = (from..from + count).map(|number| maker.job(kind, number));
    let mut digests = String::new();
    crew::in_order(&fonts, workers, jobs, |_, made| {
        digests.push_str(Digest::of(&made.unwrap()).as_str());
    });
    Digest::of(digests.as_bytes())
}

fn threads(maker: &Maker, kind: &Kind, documents: usize) {
    let mut digests = Vec::new();
    for workers in [1, 2] {
        let (start, before) = (Instant::now(), cpu());
        digests.push(together(maker, kind, 0, documents, workers));
        let (wall, used) = (start.elapsed().as_secs_f64(), cpu() - before);
        println!(
            "{workers} at once: {:.1} documents/s, {:.2} ms CPU each, {} MiB",
            documents as f64 / wall,
            used / documents as f64,
            resident()
        );
    }
    assert_eq!(digests[0], digests[1], "the same bytes whatever the number of threads");
    println!("1 and 2 at once: the same bytes");
}

fn flat(maker: &Maker, kind: &Kind, documents: usize) {
    let mut before = 0;
    for part in 0..10 {
        together(maker, kind, part * documents / 10, documents / 10, 2);
        let now = resident();
        println!(
            "after {} documents: {now} MiB ({:+})",
            (part + 1) * documents / 10,
            now.cast_signed() - before
        );
        before = now.cast_signed();
    }
}

/// Other programs on the same words, each as a process of its own: the command and its arguments.
const PEERS: [(&str, &[&str]); 5] = [
    ("typst", &["compile", "paper.typ", "out.pdf", "--pdf-standard", "a-2b"]),
    ("weasyprint", &["letter.html", "out.pdf"]),
    ("xelatex", &["-interaction=batchmode", "letter.tex"]),
    ("chromium", &["--headless", "--no-sandbox", "--print-to-pdf=out.pdf", "letter.html"]),
    ("soffice", &["--headless", "--convert-to", "pdf", "letter.html"]),
];

fn peers(maker: &Maker, kind: &Kind) {
    const TIMES: u32 = 3;
    let folder = tempfile::tempdir().unwrap();
    let job = maker.job(kind, 1);
    for (path, text) in &job.sources {
        std::fs::write(folder.path().join(&path[1..]), text).unwrap();
    }
    std::fs::write(folder.path().join("data.json"), job.data.to_string()).unwrap();
    std::fs::write(folder.path().join("letter.html"), page(&job.data)).unwrap();
    std::fs::write(folder.path().join("letter.tex"), tex(&job.data)).unwrap();
    for (program, arguments) in PEERS {
        let run = || {
            let mut command = Command::new(program);
            command.args(arguments).current_dir(folder.path());
            command.stdout(Stdio::null()).stderr(Stdio::null()).status()
        };
        if run().is_err() {
            println!("{program:<12} is not installed here");
            continue;
        }
        let before = children();
        let good = (0..TIMES).all(|_| run().is_ok_and(|status| status.success()));
        let each = (children() - before) / u64::from(TIMES);
        println!(
            "{program:<12} {each} ms CPU in a process of its own{}",
            if good { "" } else { ", which failed" }
        );
    }
}

fn rows(data: &Value) -> impl Iterator<Item = [&str; 5]> {
    let losses = data["case"]["losses"].as_array().unwrap();
    losses.iter().map(|loss| {
        ["at", "amount", "payee", "channel", "order_no"]
            .map(|name| loss[name].as_str().unwrap_or_default())
    })
}

/// The words of the letter as a page of HTML.
fn page(data: &Value) -> String {
    let cells = |row: [&str; 5]| row.map(|cell| format!("<td>{cell}</td>")).concat();
    let table: Vec<String> = rows(data).map(|row| format!("<tr>{}</tr>", cells(row))).collect();
    let table = table.concat();
    format!(
        "<!doctype html><meta charset=utf-8><style>@page{{size:A4}}td{{border:1px solid}}</style><h1>{}</h1><p>{}</p><table>{table}</table>",
        data["doc"]["title"].as_str().unwrap_or_default(),
        data["law"]
    )
}

/// The same for TeX.
fn tex(data: &Value) -> String {
    let table: Vec<String> =
        rows(data).map(|row| format!("{}\\\\\\hline\n", row.join("&"))).collect();
    let table = table.concat();
    format!(
        "\\documentclass{{ctexart}}\\usepackage{{longtable}}\\begin{{document}}\\section*{{{}}}\\begin{{longtable}}{{|l|r|l|l|l|}}\\hline {table}\\end{{longtable}}\\end{{document}}",
        data["doc"]["title"].as_str().unwrap_or_default()
    )
}

fn main() {
    let number = |name: &str, or: usize| asked_number(name).unwrap_or(or);
    let config = asked("config").map(PathBuf::from);
    let maker = Maker::new(config.as_deref());
    let documents = number("documents", 200);
    if let Some(folder) = asked("out") {
        return show(&maker, Path::new(&folder));
    }
    for kind in KINDS.iter().filter(|kind| asked("only").is_none_or(|only| kind.name == only)) {
        costs(&maker, kind, documents, number("keep", 0));
    }
    if asked("only").is_some() {
        return;
    }
    peers(&maker, &KINDS[0]);
    threads(&maker, &KINDS[0], documents);
    flat(&maker, &KINDS[2], number("flat", 10_000));
}

/// Writes the first document of each kind, to look at.
fn show(maker: &Maker, folder: &Path) {
    let renderer = Renderer::new(typesetter::fonts().unwrap());
    std::fs::create_dir_all(folder).unwrap();
    for kind in &KINDS {
        let name = kind.name.replace(' ', "-");
        std::fs::write(
            folder.join(format!("{name}.pdf")),
            renderer.make(&maker.job(kind, 1)).unwrap(),
        )
        .unwrap();
    }
}
