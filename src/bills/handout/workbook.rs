//! The list as a workbook: amounts are numbers, transaction numbers are text, and every sum is a
//! formula that whoever receives it can check.

use jiff::tz::TimeZone;
use rust_xlsxwriter::{
    DataValidation, DocProperties, ExcelDateTime, Format, FormatAlign, Formula, Workbook,
    Worksheet, XlsxError,
};

use crate::bills::handout::csv::decimal;
use crate::bills::handout::{Handout, Row, Share, caution, headings, share_headings};
use crate::domain::lang::Text;
use crate::domain::money::Money;
use crate::text;

/// The row of the sheet, from 0, that names the columns.
const NAMES: u32 = 2;

/// Widths of the columns of transactions, in characters.
const WIDTHS: [u8; 18] = [6, 20, 12, 14, 24, 24, 13, 13, 13, 14, 20, 14, 36, 36, 12, 60, 36, 7];

/// Letters of the columns that sums refer to.
const INSTITUTION: char = 'C';
const PAYEE: char = 'E';
const AMOUNT: char = 'G';
const REFUNDED: char = 'H';
const NET: char = 'I';
const CHANNEL: char = 'J';
const METHOD: char = 'K';
const ANSWER: char = 'S';

struct Styles {
    head: Format,
    money: Format,
    text: Format,
    wrapped: Format,
}

/// Returns the list as bytes of an XLSX file.
pub fn workbook(handout: &Handout) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let made = ExcelDateTime::from_timestamp(handout.made.as_second())?;
    let say = |text: &Text| text.get(handout.lang).to_owned();
    let title = say(&text!("可疑交易清单", "suspicious transactions"));
    book.set_properties(&DocProperties::new().set_creation_datetime(&made).set_title(&title));
    let styles = Styles {
        head: Format::new().set_bold().set_align(FormatAlign::Center).set_text_wrap(),
        money: Format::new().set_num_format("#,##0.00"),
        text: Format::new().set_num_format("@"),
        wrapped: Format::new().set_text_wrap().set_align(FormatAlign::Top),
    };
    let list = Names {
        list: say(&text!("可疑交易", "transactions")),
        mine: say(&text!("是本人", "mine")),
        not_mine: say(&text!("不是本人", "not mine")),
    };
    transactions(book.add_worksheet(), handout, &list, &styles)?;
    let by_channel = say(&text!("按渠道合计", "by channel"));
    let sheet = book.add_worksheet().set_name(by_channel)?;
    shares(sheet, handout, &list, &styles, &handout.channels)?;
    let by_payee = say(&text!("按对方合计", "by payee"));
    let sheet = book.add_worksheet().set_name(by_payee)?;
    shares(sheet, handout, &list, &styles, &handout.payees)?;
    files(book.add_worksheet(), handout, &styles)?;
    book.save_to_buffer()
}

/// Words that formulas refer to.
struct Names {
    list: String,
    mine: String,
    not_mine: String,
}

fn transactions(
    sheet: &mut Worksheet,
    handout: &Handout,
    names: &Names,
    styles: &Styles,
) -> Result<(), XlsxError> {
    let say = |text: &Text| text.get(handout.lang).to_owned();
    sheet.set_name(&names.list)?;
    let zone = TimeZone::fixed(jiff::tz::Offset::constant(8));
    let made = handout.made.to_zoned(zone).strftime("%Y-%m-%d %H:%M").to_string();
    sheet.write_string(
        0,
        0,
        format!("{}　{made}", say(&text!("可疑交易清单", "suspicious transactions"))),
    )?;
    sheet.write_string(1, 0, say(&caution()))?;
    let answer = say(&text!("本人核对", "the owner's answer"));
    let titles = headings().map(|text| say(&text)).into_iter().chain([answer]);
    for (column, (title, width)) in (0_u16..).zip(titles.zip(WIDTHS.into_iter().chain([14]))) {
        sheet.write_string_with_format(NAMES, column, title, &styles.head)?;
        sheet.set_column_width(column, f64::from(width))?;
    }
    sheet.set_freeze_panes(NAMES + 1, 2)?.set_landscape().set_repeat_rows(NAMES, NAMES)?;
    let mut line = NAMES + 1;
    for row in &handout.rows {
        write_row(sheet, line, row, styles)?;
        line += 1;
    }
    if line == NAMES + 1 {
        return Ok(());
    }
    let answers = DataValidation::new().allow_list_strings(&[&names.mine, &names.not_mine])?;
    sheet.add_data_validation(NAMES + 1, 18, line - 1, 18, &answers)?;
    totals(sheet, handout, names, styles, line)
}

fn write_row(
    sheet: &mut Worksheet,
    line: u32,
    row: &Row,
    styles: &Styles,
) -> Result<(), XlsxError> {
    sheet.write_number(line, 0, f64::from(line - NAMES))?;
    let texts = [
        (1, &row.at),
        (2, &row.institution),
        (3, &row.kind),
        (4, &row.payee),
        (5, &row.goods),
        (9, &row.channel),
        (10, &row.method),
        (11, &row.status),
        (12, &row.id),
        (13, &row.merchant_id),
        (14, &row.grade),
        (16, &row.file),
    ];
    for (column, text) in texts {
        sheet.write_string_with_format(line, column, text, &styles.text)?;
    }
    write_money(sheet, line, 6, row.amount, styles)?;
    write_money(sheet, line, 7, row.refunded, styles)?;
    let excel = line + 1;
    let net = Formula::new(format!("={AMOUNT}{excel}-{REFUNDED}{excel}"))
        .set_result(decimal(row.amount - row.refunded));
    sheet.write_formula_with_format(line, 8, net, &styles.money)?;
    sheet.write_string_with_format(line, 15, &row.reasons, &styles.wrapped)?;
    sheet.write_number(line, 17, f64::from(row.line))?;
    Ok(())
}

fn totals(
    sheet: &mut Worksheet,
    handout: &Handout,
    names: &Names,
    styles: &Styles,
    line: u32,
) -> Result<(), XlsxError> {
    let say = |text: &Text| text.get(handout.lang).to_owned();
    let (amount, refunded) = handout.sums();
    let range = |letter: char| format!("{letter}{}:{letter}{line}", NAMES + 2);
    sheet.write_string_with_format(line, 1, say(&text!("合计", "total")), &styles.head)?;
    let sums = [(6, AMOUNT, amount), (7, REFUNDED, refunded), (8, NET, amount - refunded)];
    for (column, letter, sum) in sums {
        let formula = Formula::new(format!("=SUM({})", range(letter))).set_result(decimal(sum));
        sheet.write_formula_with_format(line, column, formula, &styles.money)?;
    }
    let label = say(&text!("其中本人确认不是自己付的", "of which the owner did not pay"));
    sheet.write_string_with_format(line + 1, 1, label, &styles.head)?;
    let (answers, net) = (range(ANSWER), range(NET));
    let formula = format!("=SUMIF({answers},\"{}\",{net})", names.not_mine);
    let formula = Formula::new(formula).set_result("0.00");
    sheet.write_formula_with_format(line + 1, 8, formula, &styles.money)?;
    Ok(())
}

/// Sums by what the rows have in common, looked up in the list. Names are compared whole: masked
/// card numbers hold stars, which a spreadsheet's own conditions would take for any letters.
fn shares(
    sheet: &mut Worksheet,
    handout: &Handout,
    names: &Names,
    styles: &Styles,
    shares: &[Share],
) -> Result<(), XlsxError> {
    let by_payee = shares.iter().all(|share| share.method.is_empty());
    let mut titles = share_headings();
    if by_payee {
        titles[1] = text!("交易对方", "payee");
        titles[2] = Text::default();
    }
    for (column, (title, width)) in (0_u16..).zip(titles.iter().zip([14_u8, 28, 28, 8, 14, 14, 14]))
    {
        sheet.write_string_with_format(0, column, title.get(handout.lang), &styles.head)?;
        sheet.set_column_width(column, f64::from(width))?;
    }
    let end = NAMES as usize + 1 + handout.rows.len();
    let range = |letter: char| format!("'{}'!${letter}${}:${letter}${end}", names.list, NAMES + 2);
    for (line, share) in (1_u32..).zip(shares) {
        for (column, text) in [(0, &share.institution), (1, &share.what), (2, &share.method)] {
            sheet.write_string_with_format(line, column, text, &styles.text)?;
        }
        let excel = line + 1;
        let what = if by_payee { PAYEE } else { CHANNEL };
        let mut alike = format!("({}=$A{excel})*({}=$B{excel})", range(INSTITUTION), range(what));
        if !by_payee {
            alike.push_str(&format!("*({}=$C{excel})", range(METHOD)));
        }
        let through = &share.through;
        let count =
            Formula::new(format!("=SUMPRODUCT({alike})")).set_result(through.rows.to_string());
        sheet.write_formula(line, 3, count)?;
        let sums =
            [(4, AMOUNT, through.paid), (5, REFUNDED, through.refunded), (6, NET, through.net())];
        for (column, letter, sum) in sums {
            let formula = format!("=SUMPRODUCT({alike}*{})", range(letter));
            let formula = Formula::new(formula).set_result(decimal(sum));
            sheet.write_formula_with_format(line, column, formula, &styles.money)?;
        }
    }
    Ok(())
}

fn files(sheet: &mut Worksheet, handout: &Handout, styles: &Styles) -> Result<(), XlsxError> {
    let say = |text: &Text| text.get(handout.lang).to_owned();
    sheet.set_name(say(&text!("账单文件", "files")))?;
    let titles = [
        text!("账单文件", "file"),
        text!("平台 / 银行", "institution"),
        text!("账单上的户名、账号", "holder as printed"),
        text!("账单写明的起止日期", "days covered, as it says"),
        text!("读入行数", "rows read"),
        text!("未读入行数", "rows left out"),
    ];
    for (column, (title, width)) in (0_u16..).zip(titles.iter().zip([44_u8, 14, 28, 26, 10, 12])) {
        sheet.write_string_with_format(0, column, say(title), &styles.head)?;
        sheet.set_column_width(column, f64::from(width))?;
    }
    for (line, file) in (1_u32..).zip(&handout.files) {
        let texts = [&file.file, &file.institution, &file.holder, &file.covers];
        for (column, text) in (0_u16..).zip(texts) {
            sheet.write_string_with_format(line, column, text, &styles.text)?;
        }
        for (column, count) in [(4, file.rows), (5, file.skipped)] {
            sheet.write_number(
                line,
                column,
                f64::from(u32::try_from(count).unwrap_or(u32::MAX)),
            )?;
        }
    }
    Ok(())
}

/// A spreadsheet knows no other numbers; fen are exact far beyond any bill.
fn write_money(
    sheet: &mut Worksheet,
    line: u32,
    column: u16,
    money: Money,
    styles: &Styles,
) -> Result<(), XlsxError> {
    let number: f64 = decimal(money).parse().unwrap_or_default();
    sheet.write_number_with_format(line, column, number, &styles.money)?;
    Ok(())
}
