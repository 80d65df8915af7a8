//! Every integration test, in one binary: linking the typesetter once is slow enough.

#![expect(
    clippy::unwrap_used,
    clippy::case_sensitive_file_extension_comparisons,
    reason = "a test that cannot go on fails, and it names the files it expects"
)]

mod architecture;
mod authoring;
mod batch;
mod batch_send;
mod bills;
mod broken_files;
mod content;
mod crash;
mod examples;
mod firm;
mod foreign_workflow;
mod identity;
mod intake;
mod language;
mod lifecycle;
mod mail;
mod packs;
mod papers;
mod planted;
mod promises;
mod properties;
mod rehearsal;
mod robustness;
mod seeds;
mod sleep;
mod smtp;
mod support;
