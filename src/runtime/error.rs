//! What can go wrong while acting, by what the person has to do about it.

use std::path::PathBuf;

use crate::domain::lang::Text;
use crate::domain::problem::{Problem, Source};
use crate::evidence::bundle::BundleError;
use crate::evidence::intake::IntakeError;
use crate::evidence::verify::VerifyError;
use crate::render::pdf::RenderError;
use crate::render::text::TextError;
use crate::secrets::SecretError;
use crate::store::error::StoreError;
use crate::workflow::fold::FoldError;
use crate::workflow::library::LibraryError;

/// Why something could not be done.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    /// A file someone wrote has problems.
    #[error("a file has problems")]
    Problems {
        /// The file's text, for snippets.
        source_text: Box<Source>,
        /// Everything that is wrong.
        problems: Vec<Problem>,
    },
    /// What was asked cannot be: said with what to do instead.
    #[error("{}", message.en)]
    Asked {
        /// What is wrong.
        message: Text,
        /// What to do.
        hint: Text,
    },
    /// A folder or file of the home cannot be made or written.
    #[error("cannot use `{}`", path.display())]
    Home {
        /// The path.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The ledger.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The history of a case.
    #[error("the ledger of case `{case}` cannot be understood")]
    Fold {
        /// The case.
        case: String,
        /// Why.
        #[source]
        source: FoldError,
    },
    /// Bundled or own files.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// A file of evidence.
    #[error(transparent)]
    Intake(#[from] IntakeError),
    /// A bundle.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// A check of a bundle.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// A paper.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// A text.
    #[error(transparent)]
    Text(#[from] TextError),
    /// A secret.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// Our own fault.
    #[error("{0}")]
    Ours(String),
}

impl RuntimeError {
    /// Returns the error that says `message` and what to do.
    pub fn asked(message: Text, hint: Text) -> Self {
        Self::Asked { message, hint }
    }
}
