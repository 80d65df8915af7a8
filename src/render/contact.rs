//! The first pages of many papers side by side, for a person to look through before anything
//! leaves. Nobody outside sees it, so it is an ordinary PDF.

use std::collections::HashMap;

use serde_json::Value;
use typst::foundations::Bytes;
use typst::syntax::Source;
use typst_layout::PagedDocument;
use typst_pdf::PdfOptions;

use crate::render::pdf::{RenderError, Renderer};
use crate::render::world::{self, ClosedWorld};

/// How many papers a contact sheet shows at most.
pub const LIMIT_PAPERS: usize = 400;

/// Returns the path under which the sheet finds a paper.
pub fn paper_path(index: usize) -> String {
    format!("/shown/{index}.pdf")
}

impl Renderer {
    /// Sets a contact sheet: `source` reads `data` as `/data.json`, and each of `papers` (PDF) at its
    /// [`paper_path`]. Papers beyond [`LIMIT_PAPERS`] are refused.
    pub fn contact_sheet(
        &self,
        source: &str,
        data: &Value,
        papers: Vec<Vec<u8>>,
    ) -> Result<Vec<u8>, RenderError> {
        let failed = |message: String| RenderError::Template { name: "contact".into(), message };
        let id = |path: &str| world::id(path).ok_or_else(|| failed(path.to_owned()));
        if papers.len() > LIMIT_PAPERS {
            return Err(failed(format!("more than {LIMIT_PAPERS} papers")));
        }
        let main = id(world::MAIN)?;
        let sources = HashMap::from([(main, Source::new(main, source.to_owned()))]);
        let mut files = HashMap::from([(id(world::DATA)?, Bytes::from_string(data.to_string()))]);
        for (index, paper) in papers.into_iter().enumerate() {
            files.insert(id(&paper_path(index))?, Bytes::new(paper));
        }
        let world =
            ClosedWorld { library: self.library(), fonts: self.fonts(), main, sources, files };
        let said = |errors: &[typst::diag::SourceDiagnostic]| {
            let all: Vec<&str> = errors.iter().map(|error| error.message.as_str()).collect();
            failed(all.join("; "))
        };
        let document = typst::compile::<PagedDocument>(&world);
        let pdf = document.output.and_then(|document| {
            typst_pdf::pdf(&document, &PdfOptions { timestamp: None, ..PdfOptions::default() })
        });
        typst::comemo::evict(0);
        pdf.map_err(|errors| said(&errors))
    }
}
