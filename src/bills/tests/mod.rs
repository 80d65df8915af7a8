//! Tests of the whole module. All bills are written here by hand.

mod chart;
mod finding;
mod firsts;
mod hostile;
mod joining;
mod reading;

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use crate::bills::error::BillError;
use crate::bills::export::Export;
use crate::bills::ledger::Ledger;
use crate::bills::read::{Options, read_bytes};

const WECHAT_NAMES: &str =
    "交易时间,交易类型,交易对方,商品,收/支,金额(元),支付方式,当前状态,交易单号,商户单号,备注";

/// A WeChat bill with the given rows below its column names.
fn wechat(rows: &str) -> String {
    format!("\u{feff}微信支付账单明细,,,,,\n微信昵称：[某人],,,,,\n,,,,,\n{WECHAT_NAMES}\n{rows}")
}

#[track_caller]
fn export(bytes: impl AsRef<[u8]>) -> Export {
    let mut reading = read_bytes("bill", bytes.as_ref(), 0, &Options::default()).expect("readable");
    reading.exports.pop().expect("one export")
}

#[track_caller]
fn refused(bytes: impl AsRef<[u8]>) -> BillError {
    read_bytes("bill", bytes.as_ref(), 0, &Options::default()).expect_err("to be refused")
}

fn ledger<const N: usize>(bills: [&str; N]) -> Ledger {
    Ledger::join(bills.iter().map(export).collect())
}

/// A ZIP archive, with a password if one is given.
fn archive(name: &str, bytes: &[u8], password: Option<&str>) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    let options = match password {
        Some(password) => options.with_aes_encryption(zip::AesMode::Aes256, password),
        None => options,
    };
    archive.start_file(name, options).expect("memory");
    archive.write_all(bytes).expect("memory");
    archive.finish().expect("memory").into_inner()
}

const RELATION: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006/relationships";

/// A workbook with one sheet of inline strings; a cell that begins with `#` is a number.
fn workbook(rows: &[Vec<&str>]) -> Vec<u8> {
    let mut sheet = String::from(
        "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>",
    );
    for (line, row) in (1..).zip(rows) {
        let _ = write!(sheet, "<row r=\"{line}\">");
        for (letter, cell) in ('A'..).zip(row) {
            let _ = match cell.strip_prefix('#') {
                Some(number) => write!(sheet, "<c r=\"{letter}{line}\"><v>{number}</v></c>"),
                None => write!(
                    sheet,
                    "<c r=\"{letter}{line}\" t=\"inlineStr\"><is><t>{cell}</t></is></c>"
                ),
            };
        }
        sheet.push_str("</row>");
    }
    sheet.push_str("</sheetData></worksheet>");
    let root = format!(
        "<Relationships xmlns=\"{PACKAGE}\"><Relationship Id=\"a\" Type=\"{RELATION}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
    );
    let book = format!(
        "<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" xmlns:r=\"{RELATION}\"><sheets><sheet name=\"Sheet1\" sheetId=\"1\" r:id=\"a\"/></sheets></workbook>"
    );
    let sheets = format!(
        "<Relationships xmlns=\"{PACKAGE}\"><Relationship Id=\"a\" Type=\"{RELATION}/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>"
    );
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let parts = [
        ("_rels/.rels", root),
        ("xl/workbook.xml", book),
        ("xl/_rels/workbook.xml.rels", sheets),
        ("xl/worksheets/sheet1.xml", sheet),
    ];
    for (name, text) in parts {
        archive.start_file(name, zip::write::SimpleFileOptions::default()).expect("memory");
        archive.write_all(text.as_bytes()).expect("memory");
    }
    archive.finish().expect("memory").into_inner()
}

fn record(out: &mut Vec<u8>, kind: u16, body: &[u8]) {
    out.extend(kind.to_le_bytes());
    out.extend(u16::try_from(body.len()).expect("short records").to_le_bytes());
    out.extend(body);
}

/// The records of an old workbook with one sheet of texts and numbers (marked by `#`).
fn xls_records(rows: &[Vec<&str>]) -> Vec<u8> {
    let begin = |kind: u8| [0, 6, kind, 0, 0xBB, 0x0D, 0xCC, 7, 0, 0, 0, 0, 6, 0, 0, 0];
    let sheet_name = b"\x06\x00Sheet1";
    let mut out = Vec::new();
    record(&mut out, 0x0809, &begin(5));
    record(&mut out, 0x0042, &1200_u16.to_le_bytes());
    let start = u32::try_from(out.len() + 4 + 6 + sheet_name.len() + 4).expect("small");
    record(&mut out, 0x0085, &[&start.to_le_bytes()[..], &[0, 0], sheet_name].concat());
    record(&mut out, 0x000A, &[]);
    record(&mut out, 0x0809, &begin(16));
    let count = u32::try_from(rows.len()).expect("few rows");
    record(&mut out, 0x0200, &[&[0; 4][..], &count.to_le_bytes(), &[0, 0, 16, 0, 0, 0]].concat());
    for (line, row) in (0_u16..).zip(rows) {
        for (column, cell) in (0_u16..).zip(row) {
            let place = [line.to_le_bytes(), column.to_le_bytes(), [0, 0]].concat();
            if let Some(number) = cell.strip_prefix('#') {
                let number: f64 = number.parse().expect("a number");
                record(&mut out, 0x0203, &[&place[..], &number.to_le_bytes()].concat());
            } else {
                let text: Vec<u8> = cell.encode_utf16().flat_map(u16::to_le_bytes).collect();
                let length = u16::try_from(text.len() / 2).expect("short texts");
                let head = [&place[..], &length.to_le_bytes(), &[1]].concat();
                record(&mut out, 0x0204, &[head, text].concat());
            }
        }
    }
    record(&mut out, 0x000A, &[]);
    out
}
