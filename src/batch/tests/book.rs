//! A workbook of invented clients, as a firm would have filled it in.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

use crate::batch::catalogue::Place;
use crate::batch::column::Columns;
use crate::batch::cross::Folders;
use crate::domain::id_number::{self, IdNumberError};
use crate::workflow::library::{DeclaredFile, Files, Library};

/// The platform of every client.
const PLATFORM: &str = "wechat";

/// What is written into a cell.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Text(String),
    Number(f64),
    Date(&'static str),
}

type Row = BTreeMap<&'static str, Value>;

/// Paths and the names over them: partly ours, partly what firms write.
const CLIENT_COLUMNS: [(&str, &str); 18] = [
    ("id", "案号"),
    ("victim.name", "姓名*"),
    ("victim.id_no", "身份证号"),
    ("victim.phone", "手机号码"),
    ("victim.email", "邮箱"),
    ("victim.address", "住址"),
    ("platform", "平台"),
    ("discovered_at", "发现时间*"),
    ("batch.total", "损失合计（元）"),
    ("account.id", "微信号"),
    ("facts.code_given", "提供过密码或验证码"),
    ("facts.last_seen_intact", "最后余额正常时间"),
    ("consent.purpose", "授权用途*"),
    ("consent.date", "授权日期*"),
    ("batch.files", "材料文件"),
    ("insurance.policy_no", "保单号"),
    ("insurance.other_cover", "其他保险或赔付"),
    ("note", "备注"),
];

const LINE_COLUMNS: [(&str, &str); 8] = [
    ("id", "本方编号*"),
    ("at", "交易时间"),
    ("amount", "金额（元）*"),
    ("payee", "对方名称"),
    ("order_no", "交易单号"),
    ("channel", "资金渠道"),
    ("how", "怎么发生的"),
    ("refunded", "已退回（元）"),
];

/// The wanted columns a firm left out would be a finding; these stand behind the others.
pub(super) struct Book {
    pub(super) clients: Vec<Row>,
    pub(super) lines: Vec<Row>,
    pub(super) without_folder: Option<usize>,
    pub(super) stray: bool,
}

pub(super) fn now() -> Timestamp {
    "2026-11-20T00:00:00Z".parse().unwrap()
}

/// The columns of the first workflow about the most common wallet.
pub(super) fn columns() -> Columns {
    let library = library();
    let id = library.workflow_ids().find(|id| id.starts_with(PLATFORM)).unwrap();
    let workflow = library.workflow(id).unwrap().workflow.unwrap();
    Columns::of(&workflow, &library.packs)
}

fn library() -> Library {
    let mut files = Files::default();
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    collect(&root.join("workflows"), "", &mut files.workflows);
    collect(&root.join("templates"), "", &mut files.templates);
    Library::load(files).unwrap()
}

fn collect(folder: &std::path::Path, below: &str, files: &mut BTreeMap<String, DeclaredFile>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let path = if below.is_empty() { name } else { format!("{below}/{name}") };
        if entry.path().is_dir() {
            collect(&entry.path(), &path, files);
        } else if let Ok(text) = std::fs::read_to_string(entry.path()) {
            files.insert(path, DeclaredFile { text, own: false });
        }
    }
}

fn text(text: impl Into<String>) -> Value {
    Value::Text(text.into())
}

/// An identity number of a region that does not exist.
fn identity(n: usize) -> String {
    let base = format!("9901011980{:02}{:02}{:03}", n / 28 % 12 + 1, n % 28 + 1, n / 336 + 1);
    match id_number::check(&format!("{base}0")) {
        Err(IdNumberError::Checksum { expected }) => format!("{base}{expected}"),
        _ => format!("{base}0"),
    }
}

impl Book {
    pub(super) fn new(clients: usize) -> Self {
        Self {
            clients: (0..clients).map(client).collect(),
            lines: (0..clients * 2).map(line).collect(),
            without_folder: None,
            stray: false,
        }
    }

    pub(super) fn number(n: usize) -> String {
        format!("W-{n:05}")
    }

    pub(super) fn client_line(&self, n: usize) -> u32 {
        // Below the names and the explanations.
        assert!(n < self.clients.len());
        u32::try_from(n + 3).unwrap()
    }

    pub(super) fn line_line(&self, n: usize) -> u32 {
        assert!(n < self.lines.len());
        u32::try_from(n + 2).unwrap()
    }

    pub(super) fn first_line_of(&self, n: usize) -> usize {
        let number = Self::number(n);
        let is = |row: &Row| matches!(row.get("id"), Some(Value::Text(id)) if *id == number);
        self.lines.iter().position(is).unwrap()
    }

    /// Empties the rows, so that the others stay where they are.
    pub(super) fn drop_lines_of(&mut self, n: usize) {
        let first = self.first_line_of(n);
        self.lines[first].clear();
        self.lines[first + 1].clear();
    }

    pub(super) fn folders(&self) -> Folders {
        let files = || ["账单.pdf", "身份证.jpg"].map(str::to_owned).into_iter().collect();
        let mut folders: Folders = (0..self.clients.len())
            .filter(|n| Some(*n) != self.without_folder)
            .filter_map(|n| match self.clients[n].get("id") {
                Some(Value::Text(id)) => Some((format!("{id}_客户"), files())),
                _ => None,
            })
            .collect();
        // An unusable number makes an unusable folder name, which is nobody's.
        folders.retain(|name, _| !name.contains('/'));
        if self.stray {
            folders.insert("旧材料".into(), files());
        }
        folders
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut book = Workbook::new();
        let date = Format::new().set_num_format("yyyy-mm-dd hh:mm:ss");
        let mut write = |name: &str, columns: &[(&'static str, &str)], rows: &[Row], help: u32| {
            let sheet = book.add_worksheet().set_name(name).unwrap();
            for (column, (path, title)) in (0_u16..).zip(columns) {
                sheet.write_string(0, column, *title).unwrap();
                for (line, row) in (1 + help..).zip(rows) {
                    match row.get(path) {
                        Some(Value::Text(text)) => sheet.write_string(line, column, text).unwrap(),
                        Some(Value::Number(number)) => {
                            sheet.write_number(line, column, *number).unwrap()
                        }
                        Some(Value::Date(text)) => {
                            let moment = ExcelDateTime::parse_from_str(text).unwrap();
                            sheet.write_datetime_with_format(line, column, moment, &date).unwrap()
                        }
                        None => sheet,
                    };
                }
            }
            if help > 0 {
                sheet.write_string(1, 0, "说明：每位客户一个").unwrap();
            }
        };
        let columns = all_client_columns();
        write("案件", &columns, &self.clients, 1);
        write("交易", &LINE_COLUMNS, &self.lines, 0);
        let about = book.add_worksheet().set_name("填写说明").unwrap();
        about
            .write_string(0, 0, "流程编号")
            .unwrap()
            .write_string(0, 1, self::columns().workflow)
            .unwrap();
        book.save_to_buffer().unwrap()
    }
}

/// The columns above, and every other one that the workflow's papers want.
fn all_client_columns() -> Vec<(&'static str, &'static str)> {
    let mut columns = CLIENT_COLUMNS.to_vec();
    for column in self::columns().shown(Place::Client) {
        if !columns.iter().any(|(path, _)| *path == column.entry.path) {
            columns.push((column.entry.path, column.entry.zh));
        }
    }
    columns
}

fn client(n: usize) -> Row {
    let wide: String = format!("138{n:08}")
        .chars()
        .map(|digit| char::from_u32(u32::from(digit) + 0xFEE0).unwrap())
        .collect();
    let mut row = Row::from([
        ("id", text(Book::number(n))),
        (
            "victim.name",
            text(format!("张{}", ["甲", "乙", "丙", "丁", "戊"][n % 5].repeat(n / 5 % 60 + 1))),
        ),
        ("victim.id_no", text(identity(n))),
        (
            "victim.phone",
            if n.is_multiple_of(2) {
                text(format!("138-{n:04}-0000").replace('-', ""))
            } else {
                text(wide)
            },
        ),
        ("victim.email", text(format!("c{n}@mail.example"))),
        ("victim.address", text("示例区示例街8号")),
        ("platform", text(if n.is_multiple_of(3) { "微信" } else { "wechat" })),
        (
            "discovered_at",
            if n.is_multiple_of(2) {
                text("2026年9月18日 15时20分")
            } else {
                Value::Date("2026-09-18 15:20:00")
            },
        ),
        ("batch.total", Value::Number(150.5)),
        ("account.id", text(format!("wx_{n}"))),
        ("facts.code_given", text(if n.is_multiple_of(2) { "否" } else { "不清楚" })),
        ("facts.last_seen_intact", text("2026-09-17 22:00")),
        ("consent.purpose", text("申诉、报案")),
        (
            "consent.date",
            if n.is_multiple_of(2) { Value::Date("2026-10-08") } else { text("2026/10/8") },
        ),
        ("batch.files", text("账单.pdf；身份证.jpg")),
        ("insurance.policy_no", text(format!("PZ{n:010}"))),
        ("insurance.insurer", text("示例保险")),
        ("insurance.other_cover", text("无")),
        ("note", text("随便写")),
    ]);
    for path in ["facts.still_moving", "facts.screen_shared", "facts.phone_lent"] {
        row.insert(path, text("否"));
    }
    for (path, value) in [
        ("facts.password_known_by", "无"),
        ("account.cards", "示例银行（尾号1）"),
        ("account.balance", "0.5"),
        ("facts.ban_reason", "无"),
    ] {
        row.insert(path, text(value));
    }
    row
}

fn line(n: usize) -> Row {
    let order = format!("4200001121202609{n:012}");
    Row::from([
        ("id", text(Book::number(n / 2))),
        (
            "at",
            if n.is_multiple_of(2) {
                Value::Date("2026-09-18 03:11:05")
            } else {
                text("2026-09-18 03:12:05")
            },
        ),
        ("amount", if n.is_multiple_of(2) { Value::Number(100.1) } else { text("￥50.40") }),
        ("payee", text("**明")),
        ("order_no", if n.is_multiple_of(2) { text(order) } else { text(format!("'{order}")) }),
        ("channel", text("零钱")),
        ("how", text(if n.is_multiple_of(2) { "不是我操作的" } else { "被盗" })),
        ("refunded", if n.is_multiple_of(2) { text("") } else { text("0.40") }),
    ])
}
