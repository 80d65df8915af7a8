//! Builds workbooks from parts that a fuzzer can change without repairing archives around them.

use std::io::{Cursor, Write as _};

use zip::write::SimpleFileOptions;

const RELATION: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";

/// Packs files into an archive, uncompressed.
pub fn pack(parts: &[(&str, &[u8])], options: SimpleFileOptions) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        archive.start_file(*name, options).expect("memory");
        archive.write_all(bytes).expect("memory");
    }
    archive.finish().expect("memory").into_inner()
}

/// Makes a workbook of a sheet, shared texts and styles, each as it stands in the file.
pub fn xlsx(sheet: &[u8], texts: &[u8], styles: &[u8]) -> Vec<u8> {
    let root = format!(
        r#"<Relationships xmlns="{PACKAGE}"><Relationship Id="a" Type="{RELATION}/officeDocument" Target="xl/workbook.xml"/></Relationships>"#
    );
    let book = format!(
        r#"<workbook xmlns="{MAIN}" xmlns:r="{RELATION}"><sheets><sheet name="Sheet1" sheetId="1" r:id="a"/></sheets></workbook>"#
    );
    let relations = format!(
        r#"<Relationships xmlns="{PACKAGE}"><Relationship Id="a" Type="{RELATION}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="b" Type="{RELATION}/sharedStrings" Target="sharedStrings.xml"/><Relationship Id="c" Type="{RELATION}/styles" Target="styles.xml"/></Relationships>"#
    );
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    pack(
        &[
            ("_rels/.rels", root.as_bytes()),
            ("xl/workbook.xml", book.as_bytes()),
            ("xl/_rels/workbook.xml.rels", relations.as_bytes()),
            ("xl/sharedStrings.xml", texts),
            ("xl/styles.xml", styles),
            ("xl/worksheets/sheet1.xml", sheet),
        ],
        stored,
    )
}

/// Splits what a fuzzer gives into the three parts of [`xlsx`], at bytes that XML never has.
pub fn parts(data: &[u8]) -> [&[u8]; 3] {
    let mut parts = data.split(|byte| *byte == 0).chain(std::iter::repeat(&[][..]));
    std::array::from_fn(|_| parts.next().unwrap_or_default())
}

/// The rows of a sheet and the texts they share, in the form [`parts`] splits.
pub fn sheet_parts(rows: &[Vec<&str>]) -> Vec<u8> {
    let mut sheet = format!(r#"<worksheet xmlns="{MAIN}"><sheetData>"#);
    let mut texts = format!(r#"<sst xmlns="{MAIN}">"#);
    let mut count = 0;
    for (line, row) in (1..).zip(rows) {
        sheet.push_str(&format!(r#"<row r="{line}">"#));
        for (letter, cell) in ('A'..).zip(row) {
            if let Some(number) = cell.strip_prefix('#') {
                sheet.push_str(&format!(r#"<c r="{letter}{line}" s="1"><v>{number}</v></c>"#));
            } else {
                sheet.push_str(&format!(r#"<c r="{letter}{line}" t="s"><v>{count}</v></c>"#));
                texts.push_str(&format!("<si><t>{cell}</t></si>"));
                count += 1;
            }
        }
        sheet.push_str("</row>");
    }
    sheet.push_str("</sheetData></worksheet>\0");
    texts.push_str("</sst>\0");
    let styles = format!(
        r#"<styleSheet xmlns="{MAIN}"><cellXfs><xf numFmtId="0"/><xf numFmtId="22"/></cellXfs></styleSheet>"#
    );
    [sheet, texts, styles].concat().into_bytes()
}

fn record(out: &mut Vec<u8>, kind: u16, body: &[u8]) {
    out.extend(kind.to_le_bytes());
    out.extend(u16::try_from(body.len()).expect("short records").to_le_bytes());
    out.extend(body);
}

/// The records of an old workbook with one sheet of texts and numbers (marked by `#`).
pub fn xls_records(rows: &[Vec<&str>]) -> Vec<u8> {
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
