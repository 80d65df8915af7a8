//! Reads bills that are made here, and compares the CPU time with the bare parsers in the same
//! run. `cargo bench --bench bills`; `-- --rows 200000` makes them smaller. `bills_peers.py` beside
//! this file compares with what people use in Python, on a file that `-- --write FILE` makes.
#![expect(clippy::print_stdout, reason = "a benchmark reports on the terminal")]

use std::fmt::Write as _;
use std::fs::File;
use std::hint::black_box;
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use appeal_daemon::bills::line::Line;
use appeal_daemon::bills::read::{Options, read};
use calamine::Reader as _;

const ROUNDS: usize = 5;

/// A small generator of numbers, so that every run makes the same files.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self, below: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

const SHOPS: [&str; 8] = [
    "街角面馆",
    "美味小吃店",
    "城市公交",
    "便民超市（中山路店）",
    "阳光药房",
    "小李水果",
    "某某网络科技有限公司",
    "校园食堂",
];
const METHODS: [&str; 4] = ["零钱", "零钱通", "工商银行储蓄卡(0000)", "招商银行信用卡(1111)"];

struct Row {
    time: String,
    shop: &'static str,
    method: &'static str,
    yuan: u64,
    fen: u64,
    id: String,
}

fn row(numbers: &mut Numbers, at: usize) -> Row {
    let (day, clock) = (at / 4000 % 28 + 1, numbers.next(86_400));
    Row {
        time: format!(
            "20{:02}-{:02}-{day:02} {:02}:{:02}:{:02}",
            20 + at / 400_000 % 6,
            at / 120_000 % 12 + 1,
            clock / 3600,
            clock / 60 % 60,
            clock % 60
        ),
        shop: SHOPS[usize::try_from(numbers.next(8)).unwrap_or(0)],
        method: METHODS[usize::try_from(numbers.next(4)).unwrap_or(0)],
        yuan: numbers.next(300),
        fen: numbers.next(100),
        id: format!("42000{at:010}{:013}", numbers.next(10_000_000_000_000)),
    }
}

fn wechat(rows: usize) -> Vec<u8> {
    let mut out = String::from(
        "\u{feff}微信支付账单明细,,,,,,,,\n微信昵称：[某人],,,,,,,,\n----------------------微信支付账单明细列表--------------------,,,,,,,,\n交易时间,交易类型,交易对方,商品,收/支,金额(元),支付方式,当前状态,交易单号,商户单号,备注\n",
    );
    let mut numbers = Numbers(1);
    for at in 0..rows {
        let Row { time, shop, method, yuan, fen, id } = row(&mut numbers, at);
        let _ = writeln!(
            out,
            "{time},商户消费,{shop},\"订单编号{at:012}\",支出,¥{yuan}.{fen:02},{method},支付成功,{id}\t,10000{at:020}\t,\"/\""
        );
    }
    out.into_bytes()
}

fn alipay(rows: usize) -> Vec<u8> {
    let mut out = String::from(
        "导出信息：\n姓名：某人\n------------------------支付宝支付科技有限公司  电子客户回单------------------------\n交易时间,交易分类,交易对方,对方账号,商品说明,收/支,金额,收/付款方式,交易状态,交易订单号,商家订单号,备注,\n",
    );
    let mut numbers = Numbers(2);
    for at in 0..rows {
        let Row { time, shop, method, yuan, fen, id } = row(&mut numbers, at);
        let _ = writeln!(
            out,
            "{time},日用百货,{shop},a**@x.com,订单{at},支出,{yuan}.{fen:02},{method},交易成功,{id}\t,T{at:020}\t,,"
        );
    }
    encoding_rs::GB18030.encode(&out).0.into_owned()
}

/// Writes a workbook as the wallet does: text in a table of shared strings, amounts as numbers.
#[expect(clippy::too_many_lines, reason = "the parts of a workbook, one after another")]
fn workbook(rows: usize) -> Vec<u8> {
    const NAMES: [&str; 11] = [
        "交易时间",
        "交易类型",
        "交易对方",
        "商品",
        "收/支",
        "金额(元)",
        "支付方式",
        "当前状态",
        "交易单号",
        "商户单号",
        "备注",
    ];
    let mut sheet = String::from(
        "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>",
    );
    let mut strings =
        String::from("<sst xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">");
    let mut count = 0usize;
    let mut numbers = Numbers(3);
    for at in 0..=rows {
        let line = at + 1;
        let _ = write!(sheet, "<row r=\"{line}\">");
        let Row { time, shop, method, yuan, fen, id } = row(&mut numbers, at);
        let goods = format!("订单编号{at}");
        let order = format!("10000{at:020}");
        let cells = [
            time.as_str(),
            "商户消费",
            shop,
            &goods,
            "支出",
            "",
            method,
            "支付成功",
            &id,
            &order,
            "/",
        ];
        for (column, (name, cell)) in NAMES.iter().zip(cells).enumerate() {
            let letter = char::from(b'A' + u8::try_from(column).unwrap_or(0));
            if at > 0 && column == 5 {
                let _ = write!(sheet, "<c r=\"{letter}{line}\"><v>{yuan}.{fen:02}</v></c>");
            } else {
                let _ = write!(sheet, "<c r=\"{letter}{line}\" t=\"s\"><v>{count}</v></c>");
                let _ = write!(strings, "<si><t>{}</t></si>", if at == 0 { name } else { cell });
                count += 1;
            }
        }
        sheet.push_str("</row>");
    }
    sheet.push_str("</sheetData></worksheet>");
    strings.push_str("</sst>");
    let parts = [
        ("[Content_Types].xml", "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>".to_owned()),
        ("_rels/.rels", "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"r1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>".to_owned()),
        ("xl/workbook.xml", "<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheets><sheet name=\"Sheet1\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>".to_owned()),
        ("xl/_rels/workbook.xml.rels", "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"r1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"r2\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings\" Target=\"sharedStrings.xml\"/></Relationships>".to_owned()),
        ("xl/sharedStrings.xml", strings),
        ("xl/worksheets/sheet1.xml", sheet),
    ];
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        archive.start_file(name, zip::write::SimpleFileOptions::default()).expect("memory");
        archive.write_all(text.as_bytes()).expect("memory");
    }
    archive.finish().expect("memory").into_inner()
}

/// CPU time of this process in nanoseconds, where the system tells it; else wall time.
fn cpu_nanos(start: Instant) -> u128 {
    std::fs::read_to_string("/proc/self/schedstat")
        .ok()
        .and_then(|text| text.split(' ').next()?.parse().ok())
        .unwrap_or_else(|| start.elapsed().as_nanos())
}

/// The best of some rounds, in milliseconds of CPU.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
fn best<T>(work: impl Fn() -> T) -> u128 {
    let start = Instant::now();
    (0..ROUNDS)
        .map(|_| {
            let before = cpu_nanos(start);
            let outcome = black_box(work());
            let spent = cpu_nanos(start) - before;
            drop(outcome);
            spent / 1_000_000
        })
        .min()
        .unwrap_or(0)
}

/// The bare parsers, keeping every cell as a string of its own.
fn bare_csv(bytes: &[u8], gb18030: bool) -> Vec<Vec<String>> {
    let text =
        if gb18030 { encoding_rs::GB18030.decode(bytes).0 } else { String::from_utf8_lossy(bytes) };
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut record = csv::StringRecord::new();
    let mut rows = Vec::new();
    while reader.read_record(&mut record).expect("made here") {
        rows.push(record.iter().map(str::to_owned).collect());
    }
    rows
}

/// The bare parsers, keeping nothing.
fn bare_pass(bytes: &[u8], gb18030: bool) -> usize {
    let text =
        if gb18030 { encoding_rs::GB18030.decode(bytes).0 } else { String::from_utf8_lossy(bytes) };
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut record = csv::StringRecord::new();
    let mut fields = 0;
    while reader.read_record(&mut record).expect("made here") {
        fields += record.len();
    }
    fields
}

fn bare_sheet(bytes: &[u8]) -> usize {
    let mut book: calamine::Xlsx<_> = calamine::Xlsx::new(Cursor::new(bytes)).expect("made here");
    let range = book.worksheet_range("Sheet1").expect("made here");
    range.rows().map(<[calamine::Data]>::len).sum()
}

fn ours(bytes: &[u8]) -> Vec<Line> {
    let mut reading = read("bench", Cursor::new(bytes), 0, &Options::default()).expect("made here");
    reading.exports.pop().expect("one export").lines
}

fn percent(part: u128, whole: u128) -> u128 {
    part * 100 / whole.max(1)
}

fn status_kib(field: &str) -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with(field));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok()).unwrap_or(0)
}

/// In a process of its own: reads a file as a stream and reports the peak and what is kept.
fn measure_memory(path: &str) {
    let file = File::open(path).expect("written just now");
    let before = status_kib("VmHWM");
    let reading = read(path, file, 0, &Options::default()).expect("made here");
    let lines = &reading.exports[0].lines;
    let texts: usize = lines
        .iter()
        .map(|line| {
            [
                line.payee(),
                line.kind(),
                line.goods(),
                line.method(),
                line.status(),
                line.id(),
                line.merchant_id(),
                line.note(),
            ]
            .iter()
            .map(|text| text.len())
            .sum::<usize>()
            .next_multiple_of(16)
                + 16
        })
        .sum();
    let kept = (size_of_val(lines.as_slice()) + texts) / 1024;
    let peak = status_kib("VmHWM").saturating_sub(before);
    let above = peak.saturating_sub(kept as u64) / 1024;
    println!(
        "memory: rows kept {} MiB, peak {} MiB, above the rows {above} MiB",
        kept / 1024,
        peak / 1024
    );
}

fn memory_of(name: &str, bytes: &[u8]) {
    let path: PathBuf =
        std::env::temp_dir().join(format!("bills-bench-{}-{name}", std::process::id()));
    std::fs::write(&path, bytes).expect("room for the file");
    let program = std::env::args().next().unwrap_or_default();
    let outcome = Command::new(program).arg("--memory").arg(&path).output();
    if let Ok(outcome) = outcome {
        print!("{name:<8} {}", String::from_utf8_lossy(&outcome.stdout));
    }
    let _ = std::fs::remove_file(Path::new(&path));
}

/// Writes the WeChat file for `bills_peers.py`. One peer refuses a file with savings in it.
fn write_for_peers(path: &str, rows: usize) {
    let bytes = wechat(rows);
    let text = String::from_utf8_lossy(&bytes).replace("零钱通", "零钱");
    std::fs::write(path, text).expect("room for the file");
}

fn text_bench(name: &str, bytes: &[u8], gb18030: bool) {
    let (bare, pass, own) = (
        best(|| bare_csv(bytes, gb18030)),
        best(|| bare_pass(bytes, gb18030)),
        best(|| ours(bytes)),
    );
    println!(
        "{name:<8} {:>4} MB: ours {own} ms, csv + encoding_rs {bare} ms ({}%), the same keeping nothing {pass} ms ({}%)",
        bytes.len() / 1_000_000,
        percent(own, bare),
        percent(own, pass)
    );
    memory_of(name, bytes);
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let after =
        |name: &str| arguments.iter().position(|a| a == name).and_then(|at| arguments.get(at + 1));
    if let Some(path) = after("--memory") {
        return measure_memory(path);
    }
    let rows = after("--rows").and_then(|rows| rows.parse().ok()).unwrap_or(1_000_000);
    if let Some(path) = after("--write") {
        return write_for_peers(path, rows);
    }
    text_bench("wechat", &wechat(rows), false);
    text_bench("alipay", &alipay(rows), true);
    let book = workbook(rows / 10);
    let (bare, own) = (best(|| bare_sheet(&book)), best(|| ours(&book)));
    println!(
        "xlsx     {:>4} MB: ours {own} ms, calamine {bare} ms ({}%)",
        book.len() / 1_000_000,
        percent(own, bare)
    );
    memory_of("xlsx", &book);
}
