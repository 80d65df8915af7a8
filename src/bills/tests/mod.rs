//! Tests of the whole module. All bills are written here by hand.

mod finding;
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
