//! Data to text (Handlebars, strict) and to PDF (Typst, in a closed world: no network, no file
//! outside, no clock). Data passes as values and is never spliced into source.

mod compile;
pub mod contact;
pub mod crew;
pub mod docx;
pub mod fonts;
pub mod pdf;
mod picture;
pub mod qr;
pub mod sheet;
pub mod table;
pub mod text;
mod world;
