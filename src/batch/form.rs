//! The empty workbook a firm fills in: names, an explaining row, drop-downs, a second sheet for
//! transactions. Columns of numbers are text columns, so that no spreadsheet rounds them.

use rust_xlsxwriter::{
    Color, DataValidation, Format, FormatBorder, Workbook, Worksheet, XlsxError,
};

use crate::batch::catalogue::{CATALOGUE, Entry, NUMBER, Place};
use crate::batch::cell::platform_words;
use crate::batch::column::{Column, Columns, Kind, Need, ways};
use crate::batch::header::HELP_MARK;
use crate::batch::row::papers_named;

/// How many rows the drop-downs and text columns reach.
const PREPARED_ROWS: u32 = 10_001;

/// The first row for data, from 0: below names and explanations.
const FIRST: u32 = 2;

/// The longest text of a drop-down's tip.
const TIP_CHARACTERS: usize = 200;

/// Returns the workbook to fill in for a workflow.
pub fn form(columns: &Columns) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let styles = Styles::new();
    let clients: Vec<&Column> = columns.shown(Place::Client).collect();
    let number = columns.all.iter().filter(|column| column.entry.path == NUMBER);
    let lines: Vec<&Column> = number.chain(columns.shown(Place::Line)).collect();
    sheet(book.add_worksheet().set_name("案件")?, &clients, columns, &styles)?;
    sheet(book.add_worksheet().set_name("交易")?, &lines, columns, &styles)?;
    about(book.add_worksheet().set_name("填写说明")?, columns)?;
    book.save_to_buffer()
}

struct Styles {
    required: Format,
    wanted: Format,
    optional: Format,
    help: Format,
    text: Format,
}

impl Styles {
    fn new() -> Self {
        let head = |color: u32| {
            let color = Color::RGB(color);
            Format::new()
                .set_bold()
                .set_background_color(color)
                .set_border_bottom(FormatBorder::Thin)
        };
        let grey = Color::RGB(0x59_59_59);
        Self {
            required: head(0xF8_CB_AD),
            wanted: head(0xFF_E6_99),
            optional: head(0xE7_E6_E6),
            help: Format::new().set_text_wrap().set_font_color(grey).set_italic(),
            text: Format::new().set_num_format("@"),
        }
    }

    fn head(&self, need: &Need) -> &Format {
        match need {
            Need::Required => &self.required,
            Need::Wanted(_) => &self.wanted,
            Need::Optional => &self.optional,
        }
    }
}

fn sheet(
    sheet: &mut Worksheet,
    shown: &[&Column],
    columns: &Columns,
    styles: &Styles,
) -> Result<(), XlsxError> {
    for (index, column) in (0_u16..).zip(shown) {
        let title = title(column);
        sheet.write_string_with_format(0, index, &title, styles.head(&column.need))?;
        sheet.set_column_width(index, f64::from(width(column.entry)))?;
        sheet.set_column_format(index, &styles.text)?;
        let help = help(column);
        let help = if index == 0 { format!("{HELP_MARK}{help}") } else { help };
        sheet.write_string_with_format(1, index, help, &styles.help)?;
        if let Some(choices) = choices(column, columns) {
            let choices: Vec<&str> = choices.iter().map(String::as_str).collect();
            let tip: String = column.help.chars().take(TIP_CHARACTERS).collect();
            let list =
                DataValidation::new().allow_list_strings(&choices)?.set_input_message(tip)?;
            sheet.add_data_validation(FIRST, index, FIRST + PREPARED_ROWS, index, &list)?;
        }
    }
    sheet.set_row_height(1, 62)?.set_freeze_panes(FIRST, 2)?.set_repeat_rows(0, 0)?;
    sheet.set_landscape();
    Ok(())
}

fn title(column: &Column) -> String {
    let unit = if column.kind == Kind::Format("money") { "（元）" } else { "" };
    let star = if column.need == Need::Required { "*" } else { "" };
    format!("{}{unit}{star}", column.entry.zh)
}

fn help(column: &Column) -> String {
    let mut help = match column.kind {
        Kind::Format("date-time") => format!("{}北京时间，如 2026-09-18 15:20", column.help),
        Kind::Flag => format!("{}填 是 或 否；不清楚就空着", column.help),
        _ => column.help.clone(),
    };
    match &column.need {
        Need::Required => help.insert_str(0, "必填。"),
        Need::Wanted(papers) => {
            help.push_str(&format!("（{}要用）", papers_named(papers)));
        }
        Need::Optional => {}
    }
    help
}

fn choices(column: &Column, columns: &Columns) -> Option<Vec<String>> {
    match column.kind {
        Kind::Flag => Some(vec!["是".into(), "否".into()]),
        Kind::How => Some(ways().map(|(_, name)| name).to_vec()),
        Kind::Platform if !columns.platforms.is_empty() => Some(platform_words(columns)),
        _ => None,
    }
}

fn width(entry: &Entry) -> u8 {
    match entry.path {
        "victim.id_no" | "order_no" | "merchant_no" => 32,
        "victim.address" | "facts.whereabouts" | "facts.how_discovered" => 36,
        "discovered_at" | "at" | "payee" => 22,
        _ => 16,
    }
}

/// What the workbook is for, in the person's words; the workflow's id tells the check.
fn about(sheet: &mut Worksheet, columns: &Columns) -> Result<(), XlsxError> {
    sheet.set_column_width(0, 18)?.set_column_width(1, 90)?;
    let names = CATALOGUE.iter().filter(|entry| entry.place == Place::Client).count();
    let lines = [
        ("流程编号", columns.workflow.clone()),
        ("流程", columns.title.zh.to_string()),
        ("案件表", "一位客户一行。橙色必填；黄色不填会有文书停在草稿；灰色选填。".into()),
        ("交易表", "一笔交易一行，用本方编号对应到案件表。".into()),
        ("号码", "身份证号、单号各列已设为文本格式，请直接粘贴完整号码，不要改成数字格式。".into()),
        ("授权", "没有授权用途和授权日期的客户不能导入。".into()),
        (
            "其他列",
            format!("案件表共认识 {names} 列，可以自己加列，例如：电子邮箱、昵称、发现经过。"),
        ),
        ("检查", "appeal-daemon batch check 本文件 --folder 客户文件夹所在的文件夹".into()),
    ];
    for (line, (name, text)) in (0_u32..).zip(lines) {
        sheet.write_string(line, 0, name)?.write_string(line, 1, text)?;
    }
    Ok(())
}
