//! A firm's workbook of invented clients, with faults planted in it, and the list of what stands
//! where. It knows nothing of the crate: what it plants is what a person would get wrong.

use std::collections::{BTreeMap, BTreeSet};

use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet};
use serde_json::{Value, json};

/// A cell: text as it is typed, or what a spreadsheet made of it.
#[derive(Clone, Debug)]
pub(crate) enum Cell {
    Text(String),
    Number(f64),
    Date(&'static str),
}

type Row = BTreeMap<&'static str, Cell>;

const CLIENT_HEADS: [&str; 24] = [
    "本方编号*",
    "姓名*",
    "身份证号",
    "联系电话",
    "电子邮箱",
    "住址",
    "平台",
    "发现时间*",
    "损失合计（元）",
    "微信号",
    "提供过密码或验证码",
    "共享过屏幕",
    "手机借给过别人",
    "谁知道支付密码",
    "最后余额正常时间",
    "钱还在转出",
    "保险公司",
    "保险单号",
    "其他保险或赔付",
    "授权用途*",
    "授权日期*",
    "资料保存到",
    "材料文件",
    "备注",
];

const LINE_HEADS: [&str; 7] =
    ["交易时间", "金额（元）*", "对方名称", "交易单号", "资金渠道", "怎么发生的", "已退回"];

/// The files that every client's folder has.
pub(crate) const FILES: [&str; 2] = ["账单.pdf", "身份证.jpg"];

/// How the workbook is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Two sheets, joined by our number.
    Xlsx,
    /// One table: a client's further transactions repeat its number.
    Csv,
}

/// Where a fault stands, before it is known which line that is.
#[derive(Clone, Debug)]
enum At {
    /// The first row of a client.
    Client(usize),
    /// A transaction, by its place among all.
    Line(usize),
    /// Nowhere: it concerns the whole sheet.
    Sheet,
}

#[derive(Clone, Debug)]
struct Mark {
    fault: &'static str,
    at: At,
    column: String,
    severity: &'static str,
    /// The client that is not taken in because of it.
    client: Option<usize>,
}

/// What is in a folder of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Folder {
    Whole,
    Empty,
    Absent,
}

/// The workbook.
pub(crate) struct Planted {
    form: Form,
    clients: Vec<Row>,
    /// Which client's, by place; a transaction of nobody has none.
    lines: Vec<(Option<usize>, Row)>,
    pub(crate) folders: Vec<(String, Folder)>,
    marks: Vec<Mark>,
}

/// A finding as the report has it: sheet, row, column, severity.
pub(crate) type Place = (String, u64, String, String);

pub(crate) fn text(text: &str) -> Cell {
    Cell::Text(text.into())
}

/// The number of a client.
pub(crate) fn number(n: usize) -> String {
    format!("W-{n:06}")
}

/// An identity number with its check digit, of a region that does not exist.
pub(crate) fn identity(n: usize) -> String {
    let base = format!(
        "990101{:04}{:02}{:02}{:03}",
        1950 + n / 336_000,
        n / 28_000 % 12 + 1,
        n % 28 + 1,
        n / 28 % 1000
    );
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 =
        base.bytes().zip(weights).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    let check = ["1", "0", "X", "9", "8", "7", "6", "5", "4", "3", "2"][sum as usize % 11];
    format!("{base}{check}")
}

fn name(n: usize) -> String {
    let digits = "零一二三四五六七八九".chars().collect::<Vec<_>>();
    let spelt = n.to_string().bytes().map(|digit| digits[usize::from(digit - b'0')]).collect();
    ["赵", "钱", "孙", "李"][n % 4].to_owned() + &Vec::<char>::into_iter(spelt).collect::<String>()
}

fn order(n: usize) -> String {
    format!("4200001121202609{n:012}")
}

/// How full-width a text is written by those whose input method does that.
fn wide(text: &str) -> String {
    let wide = |c: char| match c {
        '!'..='~' => char::from_u32(u32::from(c) + 0xFEE0).unwrap_or(c),
        other => other,
    };
    text.chars().map(wide).collect()
}

/// The ways in which people write what is no fault: none of them may be reported.
fn harmless(row: &mut Row, n: usize, form: Form) {
    match n % 12 {
        1 => row.insert("身份证号", text(&wide(&identity(n)))),
        2 => row.insert("联系电话", text(&wide(&format!("138{n:08}")))),
        3 => row.insert("身份证号", text(&identity(n).to_lowercase())),
        4 => row.insert("联系电话", text(&format!("138-{:04}-{:04}", n / 10_000, n % 10_000))),
        5 => row.insert("姓名*", text(&format!("　{}\u{a0}", name(n)))),
        // A spreadsheet's own number for that moment.
        0 => row.insert("发现时间*", text("46283.6388888889")),
        6 if form == Form::Xlsx => row.insert("发现时间*", Cell::Date("2026-09-18T15:20:00")),
        7 => row.insert("损失合计（元）", text("￥1,150.50")),
        8 => row.insert("发现时间*", text("2026年9月18日 15时20分")),
        9 => row.insert("身份证号", text(&format!("'{}", identity(n)))),
        10 => row.insert("平台", text("微信支付")),
        _ => row.insert("提供过密码或验证码", text("不清楚")),
    };
}

impl Planted {
    /// Returns a workbook of so many clients, each with two transactions and one fault in every
    /// `every` clients.
    pub(crate) fn new(clients: usize, every: usize, form: Form) -> Self {
        let mut planted = Self {
            form,
            clients: Vec::new(),
            lines: Vec::new(),
            folders: Vec::new(),
            marks: vec![],
        };
        for n in 0..clients {
            planted.client(n);
        }
        let kinds: Vec<&Fault> =
            FAULTS.iter().filter(|fault| form == Form::Xlsx || !fault.only_xlsx).collect();
        // A fault may concern the client before it, too.
        for (place, n) in (every - 1..clients).step_by(every).enumerate() {
            let fault = kinds[place % kinds.len()];
            (fault.plant)(&mut planted, n, fault.name);
        }
        planted.marks.push(Mark {
            fault: "folder of nobody",
            at: At::Sheet,
            column: String::new(),
            severity: "warning",
            client: None,
        });
        planted
    }

    fn client(&mut self, n: usize) {
        let mut row = Row::from([
            ("本方编号*", text(&number(n))),
            ("姓名*", text(&name(n))),
            ("身份证号", text(&identity(n))),
            ("联系电话", text(&format!("138{n:08}"))),
            ("电子邮箱", text(&format!("client{n}@mail.example"))),
            ("住址", text(&format!("示例省示例市示例区示例街{n}号，3 单元"))),
            ("平台", text("微信")),
            ("发现时间*", text("2026-09-18 15:20")),
            ("损失合计（元）", text("1150.50")),
            ("微信号", text(&format!("wx_{n}"))),
            ("提供过密码或验证码", text("否")),
            ("共享过屏幕", text("否")),
            ("手机借给过别人", text("否")),
            ("谁知道支付密码", text("没有别人")),
            ("钱还在转出", text("否")),
            ("保险公司", text("示例财产保险股份有限公司")),
            ("保险单号", text(&format!("P{n:08}"))),
            ("其他保险或赔付", text("没有")),
            ("授权用途*", text("代为申诉、报案、理赔")),
            ("授权日期*", text("2026-09-20")),
            ("资料保存到", text("2028-09-20")),
            ("材料文件", text(&FILES.join("、"))),
        ]);
        harmless(&mut row, n, self.form);
        self.clients.push(row);
        self.folders.push((number(n), Folder::Whole));
        for part in 0..2 {
            let line = Row::from([
                ("交易时间", text("2026-09-18 03:11:05")),
                ("金额（元）*", text(if part == 0 { "1,100.10" } else { "50.40" })),
                ("对方名称", text("示例数码专营店")),
                ("交易单号", text(&order(n * 2 + part))),
                ("资金渠道", text("零钱")),
                ("怎么发生的", text("不是我操作的")),
            ]);
            self.lines.push((Some(n), line));
        }
    }

    fn mark(&mut self, fault: &'static str, at: At, column: &str, client: Option<usize>) {
        let severity = if client.is_some() { "error" } else { "warning" };
        self.marks.push(Mark { fault, at, column: column.into(), severity, client });
    }

    /// Puts a value where it is an error of that client.
    fn wrong(&mut self, n: usize, fault: &'static str, column: &'static str, cell: Cell) {
        self.clients[n].insert(column, cell);
        self.mark(fault, At::Client(n), column, Some(n));
    }

    fn wrong_line(&mut self, n: usize, fault: &'static str, column: &'static str, cell: Cell) {
        self.lines[n * 2].1.insert(column, cell);
        self.mark(fault, At::Line(n * 2), column, Some(n));
    }

    /// Returns what the report must say, and nothing else.
    pub(crate) fn expected(&self) -> BTreeSet<Place> {
        self.marks.iter().map(|mark| self.place(mark)).collect()
    }

    /// Returns how many clients are taken in.
    pub(crate) fn good(&self) -> usize {
        let bad: BTreeSet<usize> = self.marks.iter().filter_map(|mark| mark.client).collect();
        self.clients.len() - bad.len()
    }

    /// Returns the kinds of faults that were planted, harmless ones not counted.
    pub(crate) fn kinds(&self) -> BTreeSet<&'static str> {
        self.marks.iter().map(|mark| mark.fault).collect()
    }

    /// Returns what was planted where.
    pub(crate) fn list(&self) -> Value {
        let one = |mark: &Mark| {
            let (sheet, row, column, severity) = self.place(mark);
            json!({ "fault": mark.fault, "sheet": sheet, "row": row, "column": column,
                    "severity": severity })
        };
        json!({
            "clients": self.clients.len(),
            "good": self.good(),
            "planted": self.marks.iter().map(one).collect::<Vec<_>>(),
        })
    }

    fn place(&self, mark: &Mark) -> Place {
        let (sheet, row) = match (self.form, &mark.at) {
            (Form::Xlsx, At::Client(n)) => ("案件", n + 2),
            (Form::Xlsx, At::Line(n)) => ("交易", n + 2),
            (Form::Xlsx, At::Sheet) => ("案件", 0),
            (Form::Csv, At::Sheet) => ("", 0),
            // Two lines of names stand above.
            (Form::Csv, At::Line(n)) => ("", n + 3),
            (Form::Csv, At::Client(n)) => {
                let first = self.lines.iter().position(|(owner, _)| *owner == Some(*n)).unwrap();
                ("", first + 3)
            }
        };
        (sheet.into(), row as u64, mark.column.clone(), mark.severity.into())
    }

    /// Returns the workbook's bytes.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        match self.form {
            Form::Xlsx => self.xlsx(),
            Form::Csv => self.csv().into_bytes(),
        }
    }

    fn xlsx(&self) -> Vec<u8> {
        let mut book = Workbook::new();
        let date = Format::new().set_num_format("yyyy-mm-dd hh:mm");
        let sheet = book.add_worksheet().set_name("案件").unwrap();
        heads(sheet, CLIENT_HEADS.iter());
        for (line, row) in (1_u32..).zip(&self.clients) {
            for (column, head) in (0_u16..).zip(CLIENT_HEADS) {
                put(sheet, line, column, row.get(head), &date);
            }
        }
        let sheet = book.add_worksheet().set_name("交易").unwrap();
        heads(sheet, ["本方编号*"].iter().chain(&LINE_HEADS));
        for (line, (owner, row)) in (1_u32..).zip(&self.lines) {
            put(sheet, line, 0, Some(&text(&self.number_of(*owner))), &date);
            for (column, head) in (1_u16..).zip(LINE_HEADS) {
                put(sheet, line, column, row.get(head), &date);
            }
        }
        let sheet = book.add_worksheet().set_name("填写说明").unwrap();
        sheet.write_string(0, 0, "流程编号").unwrap();
        sheet.write_string(0, 1, "wechat-theft").unwrap();
        book.save_to_buffer().unwrap()
    }

    fn number_of(&self, owner: Option<usize>) -> String {
        match owner.map(|n| &self.clients[n]["本方编号*"]) {
            Some(Cell::Text(number)) => number.clone(),
            _ => "ZZ-999999".into(),
        }
    }

    fn csv(&self) -> String {
        let mut out = String::from("\u{feff}流程编号,wechat-theft\r\n");
        let all = || CLIENT_HEADS.iter().chain(&LINE_HEADS);
        let heads: Vec<&str> = all().copied().collect();
        out.push_str(&heads.join(","));
        out.push_str("\r\n");
        let mut seen = BTreeSet::new();
        for (owner, line) in &self.lines {
            let n = owner.unwrap();
            let (client, first) = (&self.clients[n], seen.insert(n));
            let cell = |head: &&'static str| {
                let repeats = ["本方编号*", "姓名*"].contains(head);
                let of_client = client.get(*head).filter(|_| first || repeats);
                match of_client.or_else(|| line.get(*head)) {
                    Some(Cell::Text(text)) => format!("\"{}\"", text.replace('"', "\"\"")),
                    Some(Cell::Number(_) | Cell::Date(_)) => panic!("a text table has texts"),
                    None => String::new(),
                }
            };
            out.push_str(&all().map(cell).collect::<Vec<_>>().join(","));
            out.push_str("\r\n");
        }
        out
    }
}

fn heads<'a>(sheet: &mut Worksheet, heads: impl Iterator<Item = &'a &'static str>) {
    for (column, head) in (0_u16..).zip(heads) {
        sheet.write_string(0, column, *head).unwrap();
    }
}

fn put(sheet: &mut Worksheet, line: u32, column: u16, cell: Option<&Cell>, date: &Format) {
    match cell {
        None => {}
        Some(Cell::Text(text)) => {
            sheet.write_string(line, column, text).unwrap();
        }
        Some(Cell::Number(number)) => {
            sheet.write_number(line, column, *number).unwrap();
        }
        Some(Cell::Date(moment)) => {
            let moment = ExcelDateTime::parse_from_str(moment).unwrap();
            sheet.write_datetime_with_format(line, column, &moment, date).unwrap();
        }
    }
}

/// A kind of fault, and how it is planted at a client.
struct Fault {
    name: &'static str,
    only_xlsx: bool,
    plant: fn(&mut Planted, usize, &'static str),
}

const fn fault(name: &'static str, plant: fn(&mut Planted, usize, &'static str)) -> Fault {
    Fault { name, only_xlsx: false, plant }
}

const fn of_xlsx(name: &'static str, plant: fn(&mut Planted, usize, &'static str)) -> Fault {
    Fault { name, only_xlsx: true, plant }
}

/// What people get wrong.
const FAULTS: [Fault; 46] = [
    fault("identity checksum", |p, n, f| {
        let whole = identity(n);
        let other = if whole.ends_with('1') { "2" } else { "1" };
        p.wrong(n, f, "身份证号", text(&format!("{}{other}", &whole[..17])));
    }),
    fault("identity of 15 digits", |p, n, f| {
        let old = identity(n);
        p.wrong(n, f, "身份证号", text(&format!("{}{}", &old[..6], &old[8..17])));
    }),
    fault("identity of 17 digits", |p, n, f| {
        p.wrong(n, f, "身份证号", text(&identity(n)[..17]));
    }),
    fault("no such birthday", |p, n, f| p.wrong(n, f, "身份证号", text("990101198013010018"))),
    of_xlsx("identity as a number", |p, n, f| {
        p.wrong(n, f, "身份证号", Cell::Number(990_101_198_001_010_048.0));
    }),
    fault("telephone with a letter", |p, n, f| p.wrong(n, f, "联系电话", text("1380013800O"))),
    fault("telephone too short", |p, n, f| p.wrong(n, f, "联系电话", text("1380013800"))),
    fault("number destroyed", |p, n, f| p.wrong_line(n, f, "交易单号", text("1.00001E+27"))),
    of_xlsx("number rounded", |p, n, f| {
        p.wrong_line(n, f, "交易单号", Cell::Number(4.200_001_5e27));
    }),
    fault("number ending in zeros", |p, n, f| {
        p.wrong_line(n, f, "交易单号", text("4200001121202600000000000000"));
    }),
    fault("no such day", |p, n, f| p.wrong(n, f, "发现时间*", text("2026-02-30 10:00"))),
    fault("in the future", |p, n, f| p.wrong(n, f, "发现时间*", text("2036-09-18 15:20"))),
    fault("a day's serial number", |p, n, f| p.wrong(n, f, "发现时间*", text("46283"))),
    fault("a day without a time", |p, n, f| p.wrong(n, f, "发现时间*", text("2026/9/18"))),
    fault("month first", |p, n, f| p.wrong(n, f, "发现时间*", text("9/18/2026 15:20"))),
    fault("seen intact after the discovery", |p, n, f| {
        p.wrong(n, f, "最后余额正常时间", text("2026-09-19 08:00"));
    }),
    fault("sum", |p, n, f| p.wrong(n, f, "损失合计（元）", text("1,160.50"))),
    fault("negative amount", |p, n, f| p.wrong_line(n, f, "金额（元）*", text("-1100.10"))),
    fault("amount in words", |p, n, f| p.wrong_line(n, f, "金额（元）*", text("一千一百"))),
    fault("amount of nothing", |p, n, f| {
        p.clients[n].remove("损失合计（元）");
        p.wrong_line(n, f, "金额（元）*", text("0"));
    }),
    fault("amount empty", |p, n, f| p.wrong_line(n, f, "金额（元）*", text(""))),
    fault("refund above the loss", |p, n, f| p.wrong_line(n, f, "已退回", text("2000"))),
    fault("transaction after the discovery", |p, n, f| {
        p.wrong_line(n, f, "交易时间", text("2026-09-19 03:11:05"));
    }),
    fault("name empty", |p, n, f| p.wrong(n, f, "姓名*", text(""))),
    fault("name with digits", |p, n, f| p.wrong(n, f, "姓名*", text("张三13800138000"))),
    fault("discovery empty", |p, n, f| p.wrong(n, f, "发现时间*", text("  "))),
    fault("unknown platform", |p, n, f| p.wrong(n, f, "平台", text("徽信"))),
    fault("neither yes nor no", |p, n, f| p.wrong(n, f, "共享过屏幕", text("也许"))),
    fault("unknown way", |p, n, f| p.wrong_line(n, f, "怎么发生的", text("被偷走"))),
    fault("mail address", |p, n, f| p.wrong(n, f, "电子邮箱", text("client.example.com"))),
    fault("consent without a purpose", |p, n, f| p.wrong(n, f, "授权用途*", text(""))),
    fault("consent without a date", |p, n, f| p.wrong(n, f, "授权日期*", text(""))),
    fault("consent in the future", |p, n, f| p.wrong(n, f, "授权日期*", text("2036-01-01"))),
    fault("kept no longer", |p, n, f| p.wrong(n, f, "资料保存到", text("2026-09-25"))),
    fault("one client twice", |p, n, f| {
        for head in ["姓名*", "身份证号"] {
            let same = p.clients[n - 1][head].clone();
            p.clients[n].insert(head, same);
        }
        p.mark(f, At::Client(n), "身份证号", None);
    }),
    fault("one identity number, two names", |p, n, f| {
        let same = p.clients[n - 1]["身份证号"].clone();
        p.wrong(n, f, "身份证号", same);
    }),
    of_xlsx("our number used again", |p, n, f| {
        p.wrong(n, f, "本方编号*", text(&number(n - 1)));
        // Its transactions stand with the other client now.
        for client in [n - 1, n] {
            p.clients[client].remove("损失合计（元）");
        }
        p.folders[n].1 = Folder::Absent;
        p.mark(f, At::Client(n), "", None);
    }),
    fault("one transaction twice", |p, n, f| {
        let order = n * 2;
        let same = p.lines[order].1["交易单号"].clone();
        let second = n * 2 + 1;
        p.lines[second].1.insert("交易单号", same);
        p.mark(f, At::Line(second), "交易单号", Some(n));
    }),
    fault("one transaction of two clients", |p, n, f| {
        let other = (n - 1) * 2;
        let same = p.lines[other].1["交易单号"].clone();
        let own = n * 2;
        p.lines[own].1.insert("交易单号", same);
        p.mark(f, At::Line(own), "交易单号", Some(n));
    }),
    of_xlsx("transaction of nobody", |p, n, f| {
        let mut line = p.lines[n * 2].1.clone();
        line.insert("交易单号", text(&format!("7700000000000000000{n:09}")));
        p.lines.push((None, line));
        let at = At::Line(p.lines.len() - 1);
        let (column, severity) = ("本方编号*".into(), "error");
        p.marks.push(Mark { fault: f, at, column, severity, client: None });
    }),
    fault("folder absent", |p, n, f| {
        p.folders[n].1 = Folder::Absent;
        p.mark(f, At::Client(n), "本方编号*", Some(n));
    }),
    fault("folder without files", |p, n, f| {
        p.folders[n].1 = Folder::Empty;
        p.clients[n].insert("材料文件", text(""));
        p.mark(f, At::Client(n), "本方编号*", Some(n));
    }),
    fault("file not there", |p, n, f| {
        p.wrong(n, f, "材料文件", text("账单.pdf、护照.jpg"));
    }),
    fault("payee is another client", |p, n, f| {
        let client = p.clients[n - 1]["姓名*"].clone();
        let line = n * 2;
        p.lines[line].1.insert("对方名称", client);
        p.mark(f, At::Line(line), "对方名称", Some(n));
        p.mark(f, At::Client(n - 1), "姓名*", Some(n - 1));
    }),
    fault("a client is the account that was paid", |p, n, f| {
        let Cell::Text(account) = p.clients[n - 1]["微信号"].clone() else { return };
        let line = n * 2;
        p.lines[line].1.insert("对方名称", text(&account));
        p.mark(f, At::Line(line), "对方名称", Some(n));
        p.mark(f, At::Client(n - 1), "微信号", Some(n - 1));
    }),
    fault("a client is another's insurer", |p, n, f| {
        let insurer = format!("示例{}保险股份有限公司", name(n - 1));
        p.clients[n - 1].insert("姓名*", text(&insurer));
        p.clients[n].insert("保险公司", text(&insurer));
        p.mark(f, At::Client(n), "保险公司", Some(n));
        p.mark(f, At::Client(n - 1), "姓名*", Some(n - 1));
    }),
];
