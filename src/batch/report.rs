//! The report of a check: the input as it was read, with a status and the problems of every row,
//! bad cells coloured. It can be corrected and checked again. Every cell is written as text.

use std::collections::BTreeMap;

use rust_xlsxwriter::{Color, Format, FormatAlign, Workbook, Worksheet, XlsxError};

use crate::batch::finding::Finding;
use crate::batch::grid::{Row, Sheet};
use crate::batch::header::{self, Header};
use crate::batch::intake::Intake;
use crate::domain::lang::Lang;

/// The longest text a cell of a workbook holds.
const LIMIT_CHARACTERS: usize = 32_000;

/// The columns that are added in front of the input's own.
const ADDED: [&str; 2] = ["状态", "问题"];

/// The sheet that lists everything; that of an earlier report is left out.
const LIST: &str = "问题清单";

/// Returns the report as a workbook.
pub fn report(intake: &Intake, lang: Lang) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let styles = Styles::new();
    let sheets = intake.sheets.iter().enumerate().filter(|(_, sheet)| sheet.name != LIST);
    for (index, sheet) in sheets {
        let name = if sheet.name.is_empty() { "案件" } else { &sheet.name };
        let target = book.add_worksheet();
        target.set_name(name)?;
        let header = intake.headers.iter().find(|header| header.sheet == index);
        match header {
            Some(header) => marked(target, sheet, header, intake, lang, &styles)?,
            None => plain(target, sheet, &styles)?,
        }
    }
    list(book.add_worksheet().set_name(LIST)?, intake, lang, &styles)?;
    book.save_to_buffer()
}

struct Styles {
    head: Format,
    text: Format,
    wrapped: Format,
    bad: Format,
    doubtful: Format,
    good: Format,
}

impl Styles {
    fn new() -> Self {
        let text = || Format::new().set_num_format("@");
        let coloured = |color: u32| text().set_background_color(Color::RGB(color));
        Self {
            head: Format::new().set_bold(),
            text: text(),
            wrapped: text().set_text_wrap().set_align(FormatAlign::Top),
            bad: coloured(0xFF_C7_CE),
            doubtful: coloured(0xFF_EB_9C),
            good: coloured(0xC6_EF_CE),
        }
    }
}

/// What was found in one line.
#[derive(Default)]
struct Marks<'a> {
    findings: Vec<&'a Finding>,
}

impl Marks<'_> {
    fn is_bad(&self) -> bool {
        self.findings.iter().any(|finding| finding.is_error())
    }

    fn status(&self) -> &'static str {
        match (self.is_bad(), self.findings.is_empty()) {
            (true, _) => "要改",
            (false, false) => "有提醒",
            (false, true) => "没有问题",
        }
    }

    fn text(&self, lang: Lang) -> String {
        let one = |finding: &&Finding| {
            let (message, hint) = (finding.message.get(lang), finding.hint.get(lang));
            let before = if finding.header.is_empty() {
                String::new()
            } else {
                format!("{}：", finding.header)
            };
            format!("{before}{message}。{hint}")
        };
        let text = self.findings.iter().map(one).collect::<Vec<_>>().join("\n");
        text.chars().take(LIMIT_CHARACTERS).collect()
    }
}

fn plain(target: &mut Worksheet, sheet: &Sheet, styles: &Styles) -> Result<(), XlsxError> {
    for row in &sheet.rows {
        input(target, row, 0, &Marks::default(), styles)?;
    }
    Ok(())
}

fn marked(
    target: &mut Worksheet,
    sheet: &Sheet,
    header: &Header,
    intake: &Intake,
    lang: Lang,
    styles: &Styles,
) -> Result<(), XlsxError> {
    let mut marks: BTreeMap<u32, Marks<'_>> = BTreeMap::new();
    for finding in intake.findings.iter().filter(|finding| finding.spot.sheet == header.sheet) {
        marks.entry(finding.spot.line).or_default().findings.push(finding);
    }
    // A client is not taken in because of its transactions, either.
    let mut held: BTreeMap<u32, &str> = BTreeMap::new();
    for client in intake.clients.iter().filter(|client| client.case.is_none()) {
        if client.spot.sheet == header.sheet {
            held.insert(client.spot.line, "要改");
        }
    }
    // What an earlier report said is replaced by what this one says.
    let names = &sheet.rows[header.row];
    let again = names.text(0) == ADDED[0] && names.text(1) == ADDED[1];
    let shift = if again { 0 } else { 2 };
    let none = Marks::default();
    for (index, row) in sheet.rows.iter().enumerate() {
        let found = marks.get(&row.line).unwrap_or(&none);
        input(target, row, shift, found, styles)?;
        let line = row.line.saturating_sub(1);
        if index == header.row {
            target.write_string_with_format(line, 0, ADDED[0], &styles.head)?;
            target.write_string_with_format(line, 1, ADDED[1], &styles.head)?;
        } else if index > header.row && !header::explains(row) {
            let status = held.get(&row.line).copied().unwrap_or(found.status());
            let style = match status {
                "要改" => &styles.bad,
                "有提醒" => &styles.doubtful,
                _ => &styles.good,
            };
            target.write_string_with_format(line, 0, status, style)?;
            let text = found.text(lang);
            let text = if text.is_empty() && status == "要改" {
                "交易表里有问题".into()
            } else {
                text
            };
            target.write_string_with_format(line, 1, text, &styles.wrapped)?;
        }
    }
    target.set_column_width(0, 10)?.set_column_width(1, 60)?.set_freeze_panes(names.line, 3)?;
    Ok(())
}

fn input(
    target: &mut Worksheet,
    row: &Row,
    shift: u16,
    marks: &Marks<'_>,
    styles: &Styles,
) -> Result<(), XlsxError> {
    let line = row.line.saturating_sub(1);
    let at = |index: usize| u16::try_from(index).unwrap_or(u16::MAX - shift) + shift;
    for (index, cell) in row.cells.iter().enumerate() {
        if !cell.text.is_empty() {
            target.write_string_with_format(line, at(index), &cell.text, &styles.text)?;
        }
    }
    let mut found: Vec<(usize, bool)> = marks
        .findings
        .iter()
        .filter_map(|finding| Some((finding.spot.column?, finding.is_error())))
        .collect();
    found.sort_unstable();
    for (index, is_error) in found {
        let style = if is_error { &styles.bad } else { &styles.doubtful };
        target.write_string_with_format(line, at(index), row.text(index), style)?;
    }
    Ok(())
}

fn list(
    target: &mut Worksheet,
    intake: &Intake,
    lang: Lang,
    styles: &Styles,
) -> Result<(), XlsxError> {
    let (clients, good) = (intake.clients.len(), intake.good());
    target.write_string(0, 0, format!("客户 {clients} 位，可以导入 {good} 位"))?;
    let titles = [("表", 10), ("行", 6), ("列", 16), ("轻重", 8), ("问题", 60), ("怎么办", 60)];
    for (column, (title, width)) in (0_u16..).zip(titles) {
        target.write_string_with_format(2, column, title, &styles.head)?;
        target.set_column_width(column, width)?;
    }
    for (line, finding) in (3_u32..).zip(&intake.findings) {
        let sheet = &intake.sheets[finding.spot.sheet].name;
        let grade = if finding.is_error() { "要改" } else { "提醒" };
        let spot = finding.spot.line;
        let texts = [
            (0, sheet.as_str()),
            (2, finding.header.as_str()),
            (3, grade),
            (4, finding.message.get(lang)),
            (5, finding.hint.get(lang)),
        ];
        for (column, text) in texts {
            target.write_string_with_format(line, column, text, &styles.text)?;
        }
        target.write_number(line, 1, spot)?;
    }
    Ok(())
}
