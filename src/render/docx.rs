//! A paper as a Word file that a firm can edit: the same template and data, read through Typst's
//! own HTML export for its structure (headings, paragraphs, lists, tables).

use docx_rs::{
    AlignmentType, BreakType, Docx, LineSpacing, PageMargin, Paragraph, Run, RunFonts,
    SpecialIndentType, Table, TableCell, TableRow, VMergeType, WidthType,
};
use typst_html::{HtmlAttr, HtmlElement, HtmlNode};

/// Body and heading fonts: those every Chinese office machine has.
const BODY: &str = "宋体";
const HEADING: &str = "黑体";

/// Sizes in half points: 小四 for the body, 小二 for the title, 四号 for headings, 五号 in tables.
const SIZE_BODY: usize = 24;
const SIZE_TITLE: usize = 36;
const SIZE_HEADING: usize = 28;
const SIZE_TABLE: usize = 21;

/// Two characters of the body, in twentieths of a point.
const INDENT: i32 = 480;

/// A4 and its margins, in twentieths of a point.
const PAGE: (u32, u32) = (11_906, 16_838);
const MARGIN: i32 = 1_588;

/// The width of the text, which tables fill.
const TEXT_WIDTH: usize = 8_730;

/// Returns the Word file of a document's root element, or none if it cannot be packed.
pub fn pack(root: &HtmlElement) -> Option<Vec<u8>> {
    let mut blocks = Vec::new();
    collect(root, &mut blocks);
    let margin = PageMargin::new().top(MARGIN).bottom(MARGIN).left(MARGIN).right(MARGIN);
    let mut docx = Docx::new()
        .default_fonts(RunFonts::new().ascii("Times New Roman").east_asia(BODY))
        .default_size(SIZE_BODY)
        .page_size(PAGE.0, PAGE.1)
        .page_margin(margin);
    for block in blocks {
        docx = match block {
            Block::Paragraph(paragraph) => docx.add_paragraph(*paragraph),
            Block::Table(table) => docx.add_table(*table),
        };
    }
    let mut bytes = std::io::Cursor::new(Vec::new());
    docx.build().pack(&mut bytes).ok()?;
    Some(bytes.into_inner())
}

enum Block {
    Paragraph(Box<Paragraph>),
    Table(Box<Table>),
}

/// A stretch of text, or a line break.
struct Piece {
    text: Option<String>,
    bold: bool,
}

fn tag(element: &HtmlElement) -> String {
    element.tag.resolve().to_string()
}

fn elements(element: &HtmlElement) -> impl Iterator<Item = &HtmlElement> {
    element.children.iter().filter_map(|child| match child {
        HtmlNode::Element(element) => Some(element),
        _ => None,
    })
}

/// Blocks in order. What stands between blocks without one of its own becomes a paragraph.
fn collect(element: &HtmlElement, blocks: &mut Vec<Block>) {
    let mut loose = Vec::new();
    for child in &element.children {
        let HtmlNode::Element(inner) = child else {
            pieces_of(child, false, &mut loose);
            continue;
        };
        let name = tag(inner);
        if is_inline(&name) {
            pieces_of(child, false, &mut loose);
            continue;
        }
        flush(&mut loose, blocks);
        match name.as_str() {
            "head" | "style" | "script" | "title" => {}
            "h1" => blocks.push(Block::Paragraph(Box::new(heading(inner, SIZE_TITLE, 0)))),
            "h2" if is_first(blocks) => {
                blocks.push(Block::Paragraph(Box::new(heading(inner, SIZE_TITLE, 0))));
            }
            "h2" | "h3" | "h4" => {
                blocks.push(Block::Paragraph(Box::new(heading(inner, SIZE_HEADING, 1))));
            }
            "p" => blocks.push(Block::Paragraph(Box::new(body(&pieces(inner), INDENT)))),
            "table" => blocks.push(Block::Table(Box::new(table(inner)))),
            "ol" | "ul" => list(inner, name == "ol", blocks),
            _ => collect(inner, blocks),
        }
    }
    flush(&mut loose, blocks);
}

fn is_first(blocks: &[Block]) -> bool {
    !blocks.iter().any(|block| matches!(block, Block::Paragraph(_)))
}

fn flush(loose: &mut Vec<Piece>, blocks: &mut Vec<Block>) {
    if loose.iter().any(|piece| piece.text.as_ref().is_some_and(|text| !text.trim().is_empty())) {
        blocks.push(Block::Paragraph(Box::new(body(loose, 0))));
    }
    loose.clear();
}

fn is_inline(name: &str) -> bool {
    matches!(name, "span" | "strong" | "b" | "em" | "i" | "a" | "br" | "sub" | "sup" | "u" | "code")
}

fn pieces(element: &HtmlElement) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for child in &element.children {
        pieces_of(child, false, &mut pieces);
    }
    pieces
}

fn pieces_of(node: &HtmlNode, bold: bool, pieces: &mut Vec<Piece>) {
    match node {
        HtmlNode::Text(text, _) => pieces.push(Piece { text: Some(text.to_string()), bold }),
        HtmlNode::Element(element) => {
            let name = tag(element);
            if name == "br" {
                pieces.push(Piece { text: None, bold });
            }
            let bold = bold || matches!(name.as_str(), "strong" | "b" | "th");
            for child in &element.children {
                pieces_of(child, bold, pieces);
            }
            if matches!(name.as_str(), "p" | "div") {
                pieces.push(Piece { text: None, bold });
            }
        }
        HtmlNode::Tag(_) | HtmlNode::Frame(_) => {}
    }
}

fn runs(mut paragraph: Paragraph, pieces: &[Piece], size: usize, all_bold: bool) -> Paragraph {
    let last = pieces.iter().rposition(|piece| piece.text.is_some()).map_or(0, |last| last + 1);
    for piece in &pieces[..last] {
        let mut run = match &piece.text {
            Some(text) => Run::new().add_text(text),
            None => Run::new().add_break(BreakType::TextWrapping),
        };
        run = run.size(size);
        if piece.bold || all_bold {
            run = run.bold().fonts(RunFonts::new().ascii("Arial").east_asia(HEADING));
        }
        paragraph = paragraph.add_run(run);
    }
    paragraph
}

fn heading(element: &HtmlElement, size: usize, level: usize) -> Paragraph {
    let paragraph = Paragraph::new().outline_lvl(level).keep_next(true);
    let paragraph = if level == 0 { paragraph.align(AlignmentType::Center) } else { paragraph };
    runs(paragraph, &pieces(element), size, true)
}

fn body(pieces: &[Piece], first_line: i32) -> Paragraph {
    let indent = (first_line > 0).then_some(SpecialIndentType::FirstLine(first_line));
    let paragraph = Paragraph::new()
        .indent(None, indent, None, None)
        .line_spacing(LineSpacing::new().line(360));
    runs(paragraph, pieces, SIZE_BODY, false)
}

fn list(element: &HtmlElement, ordered: bool, blocks: &mut Vec<Block>) {
    let start: usize = element
        .attrs
        .get(HtmlAttr::constant("start"))
        .and_then(|start| start.parse().ok())
        .unwrap_or(1);
    for (index, item) in elements(element).filter(|item| tag(item) == "li").enumerate() {
        let mark = if ordered { format!("{}. ", start + index) } else { "· ".to_owned() };
        let mut pieces = pieces(item);
        pieces.insert(0, Piece { text: Some(mark), bold: false });
        blocks.push(Block::Paragraph(Box::new(body(&pieces, INDENT))));
    }
}

/// A cell that reaches over several rows is continued below by empty ones.
fn table(element: &HtmlElement) -> Table {
    let mut rows = Vec::new();
    let mut pending: Vec<usize> = Vec::new();
    for row in table_rows(element) {
        let mut cells = Vec::new();
        let mut column = 0;
        let continued =
            |cells: &mut Vec<TableCell>, pending: &mut Vec<usize>, column: &mut usize| {
                while pending.get(*column).is_some_and(|left| *left > 0) {
                    pending[*column] -= 1;
                    let cell = TableCell::new().add_paragraph(Paragraph::new());
                    cells.push(cell.vertical_merge(VMergeType::Continue));
                    *column += 1;
                }
            };
        for cell in elements(row) {
            continued(&mut cells, &mut pending, &mut column);
            let name = tag(cell);
            let number = |attribute: &'static str| {
                let value = cell.attrs.get(HtmlAttr::constant(attribute));
                value.and_then(|value| value.parse::<usize>().ok()).unwrap_or(1).max(1)
            };
            let (across, down) = (number("colspan"), number("rowspan"));
            let paragraph = runs(Paragraph::new(), &pieces(cell), SIZE_TABLE, name == "th");
            let mut made = TableCell::new().add_paragraph(paragraph);
            if across > 1 {
                made = made.grid_span(across);
            }
            if down > 1 {
                made = made.vertical_merge(VMergeType::Restart);
            }
            cells.push(made);
            for _ in 0..across {
                if pending.len() <= column {
                    pending.push(0);
                }
                pending[column] = down - 1;
                column += 1;
            }
        }
        continued(&mut cells, &mut pending, &mut column);
        rows.push(TableRow::new(cells));
    }
    Table::new(rows).width(TEXT_WIDTH, WidthType::Dxa)
}

fn table_rows(element: &HtmlElement) -> Vec<&HtmlElement> {
    let mut rows = Vec::new();
    for inner in elements(element) {
        match tag(inner).as_str() {
            "tr" => rows.push(inner),
            "thead" | "tbody" | "tfoot" => rows.extend(table_rows(inner)),
            _ => {}
        }
    }
    rows
}
