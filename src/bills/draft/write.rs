//! Writes a drafted column map as a TOML file with its comments.

use std::fmt::Write as _;

use crate::bills::cell;
use crate::bills::draft::Sample;
use crate::bills::draft::choose::Choice;
use crate::bills::draft::locate::Table;
use crate::bills::layout::{Role, Sign, canonical};
use crate::bills::mapping::role_name;
use crate::bills::moment::DateOrder;
use crate::domain::lang::Text;

/// How many rows are shown.
const SHOWN_ROWS: usize = 3;

/// How much of a cell is shown.
const SHOWN_CHARS: usize = 28;

/// Writes the map; `tried` is how many of how many rows it reads.
pub(super) fn toml(
    sample: &Sample,
    table: &Table<'_>,
    choice: &Choice,
    doubts: &[Text],
    tried: Option<(usize, usize)>,
) -> String {
    let mut out = String::new();
    let name = plain(sample.path.rsplit(['/', '\\', '!']).next().unwrap_or_default());
    let _ = writeln!(out, "# 列映射草稿：{name} / a draft of a column map");
    let _ = match table.names_line() {
        Some(line) => writeln!(out, "# 列名在第 {line} 行 / columns are named in line {line}"),
        None => {
            writeln!(out, "# 没有列名，用列号（从 1 数） / no names: columns are counted from 1")
        }
    };
    if let Some((read, rows)) = tried {
        let _ = writeln!(
            out,
            "# 试读 {rows} 行，读出 {read} 行 / {read} of {rows} sampled rows are read"
        );
    }
    out.push_str(
        "# 核对后使用：appeal-daemon bills 文件 --map 本文件 / check it, then use it with --map\n",
    );
    for doubt in doubts {
        let _ =
            writeln!(out, "#\n# 请核对：{}\n# to check: {}", plain(&doubt.zh), plain(&doubt.en));
    }
    let stem = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem);
    let _ = writeln!(out, "\nname = {}", quoted(stem));
    let _ = writeln!(
        out,
        "# column 看收支列；minus_is_out 负数是支出；minus_is_in 负数是收入；two_columns 收支两列；words 看摘要\nsign = \"{}\"",
        sign(choice.sign)
    );
    let _ = writeln!(
        out,
        "# year_first 年月日；day_first 日月年；month_first 月日年\norder = \"{}\"\n\n[columns]",
        order(choice.order)
    );
    for (role, column) in &choice.columns {
        let Some(word) = role_name(*role) else { continue };
        let _ = writeln!(out, "{word} = {}    {}", place(table, *column), values(table, *column));
    }
    unplaced(&mut out, table, choice);
    out
}

/// Lists the columns that were not placed, with the words there are for them.
fn unplaced(out: &mut String, table: &Table<'_>, choice: &Choice) {
    let taken = |column: usize| choice.columns.iter().any(|(_, found)| *found == column);
    let empty = |column: usize| {
        let mut cells = table.data().filter_map(|row| row.get(column));
        table.name(column).is_empty() && cells.all(|cell| cell::tidy(cell).is_empty())
    };
    let left: Vec<usize> = (0..table.width()).filter(|at| !taken(*at) && !empty(*at)).collect();
    if left.is_empty() {
        return;
    }
    let free: Vec<&str> = [
        Role::Clock,
        Role::Payee,
        Role::Kind,
        Role::Goods,
        Role::Flow,
        Role::Method,
        Role::Status,
        Role::Id,
        Role::MerchantId,
        Role::Note,
        Role::Refunded,
        Role::Currency,
        Role::Country,
        Role::Site,
        Role::Via,
    ]
    .into_iter()
    .filter(|role| choice.column(*role).is_none())
    .filter_map(role_name)
    .collect();
    let _ = writeln!(
        out,
        "\n# 没有用到的列；需要时去掉 #，把 ? 换成 / not used; to use one, replace ? by: {}",
        free.join(", ")
    );
    for column in left {
        let _ = writeln!(out, "# ? = {}    {}", place(table, column), values(table, column));
    }
}

/// The first values of a column, as a comment.
fn values(table: &Table<'_>, column: usize) -> String {
    let cells = table.data().take(SHOWN_ROWS).map(|row| row.get(column).map(plain));
    let shown: Vec<String> = cells.map(Option::unwrap_or_default).collect();
    format!("# {}", shown.join(" | "))
}

/// A name when it is the only one of its kind, else the number.
fn place(table: &Table<'_>, column: usize) -> String {
    let name = table.name(column);
    let wanted = canonical(name);
    let alike = table.names().into_iter().flatten().filter(|other| canonical(other) == wanted);
    if wanted.is_empty() || alike.count() != 1 { (column + 1).to_string() } else { quoted(name) }
}

/// A comment ends at the line's end and may hold no control letters.
fn plain(text: &str) -> String {
    let mut plain: String =
        cell::tidy(text).chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if let Some((end, _)) = plain.char_indices().nth(SHOWN_CHARS * 4) {
        plain.truncate(end);
    }
    plain
}

fn quoted(name: &str) -> String {
    toml::Value::String(name.to_owned()).to_string()
}

fn sign(sign: Sign) -> &'static str {
    match sign {
        Sign::Column => "column",
        Sign::MinusIsOut => "minus_is_out",
        Sign::MinusIsIn => "minus_is_in",
        Sign::TwoColumns => "two_columns",
        Sign::Words => "words",
    }
}

fn order(order: DateOrder) -> &'static str {
    match order {
        DateOrder::YearFirst => "year_first",
        DateOrder::DayFirst => "day_first",
        DateOrder::MonthFirst => "month_first",
    }
}
