//! The commands of a law firm: its papers, and what it must know of many matters at once.

mod audit;
mod clusters;
mod consent;
mod digest;
mod packs;
mod papers;
mod recovery;

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use crate::cli::args::{Firm, Matters};
use crate::cli::context::Context;
use crate::cli::exit;
use crate::cli::show;
use crate::domain::lang::Text;
use crate::render::table::Table;
use crate::runtime::error::RuntimeError;
use crate::runtime::firm::matter::Matter;
use crate::runtime::home::write_private;
use crate::runtime::setup::Runtime;

/// Runs a command of `firm`.
pub fn firm(command: &Firm, context: &Context) -> Result<u8, RuntimeError> {
    match command {
        Firm::Papers(arguments) => papers::papers(arguments, context),
        Firm::Consent(arguments) => consent::consent(arguments, context),
        Firm::Packs(arguments) => packs::packs(arguments, context),
        Firm::Returns(arguments) => packs::returns(arguments, context),
        Firm::Labels(arguments) => packs::labels(arguments, context),
        Firm::Recovery(arguments) => recovery::recovery(arguments, context),
        Firm::Audit(arguments) => audit::audit(arguments, context),
        Firm::Clusters(arguments) => clusters::clusters(arguments, context),
        Firm::Digest(arguments) => digest::digest(arguments, context),
    }
}

/// A matter about which a command could do nothing, and why: the others go on.
struct Failed {
    matter: String,
    error: RuntimeError,
}

/// Lays out one matter after the other and hands each to `work`. What fails is kept, and the others
/// go on.
fn each(
    runtime: &mut Runtime,
    named: &Matters,
    mut work: impl FnMut(&mut Runtime, &Matter) -> Result<(), RuntimeError>,
) -> Result<Vec<Failed>, RuntimeError> {
    let mut failed = Vec::new();
    for place in runtime.matters(&named.matters)? {
        let done = runtime.matter(&place).and_then(|matter| work(runtime, &matter));
        if let Err(error) = done {
            failed.push(Failed { matter: place.shown(), error });
        }
    }
    Ok(failed)
}

/// Returns the failed matters as JSON.
fn failures_json(failed: &[Failed], context: &Context) -> Value {
    let one = |failed: &Failed| {
        let (message, hint) = show::explain(&failed.error);
        json!({
            "matter": failed.matter,
            "message": message.get(context.lang),
            "hint": hint.get(context.lang),
        })
    };
    failed.iter().map(one).collect()
}

/// Adds the failed matters to what is printed.
fn add_failures(out: &mut String, failed: &[Failed], context: &Context) {
    for Failed { matter, error } in failed {
        let (message, hint) = show::explain(error);
        let (message, hint) = (context.say(&message).to_owned(), context.say(&hint).to_owned());
        let _ = writeln!(out, "✗ {matter}　{message}\n  → {hint}");
    }
}

/// The exit code of many: that of the worst.
fn worst(failed: &[Failed], otherwise: u8) -> u8 {
    let codes = failed.iter().map(|failed| show::exit_code(&failed.error));
    // 1 says that the input is at fault, and is worse than "something waits" (3).
    codes.max_by_key(|code| if *code == exit::WAITS { 0 } else { *code }).unwrap_or(otherwise)
}

/// Adds a sentence as a line.
fn add(out: &mut String, text: &Text, context: &Context) {
    let _ = writeln!(out, "{}", context.say(text));
}

/// Saves a table in the form its file's name asks for: .xlsx, or a text table.
fn save(path: &Path, table: &Table) -> Result<(), RuntimeError> {
    let is_workbook = path.extension().is_some_and(|extension| extension == "xlsx");
    let bytes = if is_workbook {
        table.xlsx().map_err(|error| RuntimeError::Ours(error.to_string()))?
    } else {
        table.csv()
    };
    write_private(path, &bytes)
        .map_err(|source| RuntimeError::Home { path: path.to_owned(), source })
}
