//! `firm digest`: one letter to each institution about its open claims.

use std::path::Path;

use serde_json::{Value, json};

use crate::cli::args::FirmDigest;
use crate::cli::context::Context;
use crate::cli::exit;
use crate::cli::firm::{add, add_failures, each, failures_json, save, worst};
use crate::runtime::error::RuntimeError;
use crate::runtime::firm::digest::{self, Claim, Claims};
use crate::runtime::firm::papers::{Press, Wanted};
use crate::runtime::home::write_private;

/// Writes one letter to each institution about its open claims.
pub(super) fn digest(arguments: &FirmDigest, context: &Context) -> Result<u8, RuntimeError> {
    let mut runtime = context.runtime(arguments.matters.at.as_deref())?;
    runtime.licensed_firm()?;
    let mut claims = Claims::new();
    let mut left_out = 0_usize;
    let failed = each(&mut runtime, &arguments.matters, |runtime, matter| {
        if !runtime.add_claims(matter, &mut claims)? {
            left_out += 1;
        }
        Ok(())
    })?;
    if let Some(wanted) = &arguments.institution {
        claims.retain(|name, _| name.contains(wanted.as_str()));
    }
    let folder = &arguments.out;
    std::fs::create_dir_all(folder)
        .map_err(|source| RuntimeError::Home { path: folder.clone(), source })?;
    let press = Press::new()?;
    let wanted = Wanted { lawyers: arguments.lawyers.clone(), authority: None };
    let mut shown: Vec<Value> = Vec::new();
    let mut out = String::new();
    for (institution, rows) in &claims {
        let (pdf, docx) = runtime.digest_letter(&press, institution, rows, &wanted)?;
        let path = folder.join(file_name(institution));
        write(&path, &pdf, &docx, rows)?;
        let (count, place) = (rows.len(), path.display());
        add(
            &mut out,
            &crate::text!(
                "{institution}　{count} 项　{place}.pdf",
                "{institution}  {count} claims  {place}.pdf"
            ),
            context,
        );
        shown.push(
            json!({ "institution": institution, "claims": count, "path": place.to_string() }),
        );
    }
    if context.json {
        let failed = failures_json(&failed, context);
        context.print_json(&json!({
            "schema": 1, "letters": shown, "without_consent": left_out, "failed": failed,
        }));
    } else {
        let count = claims.len();
        add(
            &mut out,
            &crate::text!(
                "{count} 家机构；{left_out} 个案件没有有效的同意，没有写进去。函由律师看过、盖章后自行寄出。",
                "{count} institutions; {left_out} matters without a consent that holds were left out. A lawyer looks at the letters, seals and posts them."
            ),
            context,
        );
        add_failures(&mut out, &failed, context);
        context.print(&out);
    }
    Ok(worst(&failed, exit::DONE))
}

fn file_name(institution: &str) -> String {
    institution.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect()
}

fn write(path: &Path, pdf: &[u8], docx: &[u8], claims: &[Claim]) -> Result<(), RuntimeError> {
    for (extension, bytes) in [("pdf", pdf), ("docx", docx)] {
        let path = path.with_extension(extension);
        write_private(&path, bytes)
            .map_err(|source| RuntimeError::Home { path: path.clone(), source })?;
    }
    save(&path.with_extension("xlsx"), &digest::table(claims))
}
