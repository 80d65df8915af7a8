//! Pictures a watermarked copy can be made of.

use std::path::Path;

use image::{ImageFormat, ImageReader};

use crate::evidence::intake::IntakeError;

/// The most pixels of a picture, so that a small file cannot fill the memory.
const LIMIT_PIXELS: u64 = 100_000_000;

/// How much longer one side may be than the other.
const LIMIT_RATIO: u64 = 5;

/// Checks that a file is a picture in a format that can be read, of at most 100 megapixels. Only
/// its head is looked at.
pub fn check(path: &Path) -> Result<(), IntakeError> {
    let not = || IntakeError::NotAPicture { path: path.to_owned() };
    let fail = |source| IntakeError::Io { path: path.to_owned(), source };
    let reader = ImageReader::open(path).map_err(fail)?.with_guessed_format().map_err(fail)?;
    let readable = [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif];
    if !reader.format().is_some_and(|format| readable.contains(&format)) {
        return Err(not());
    }
    let (width, height) = reader.into_dimensions().map_err(|_| not())?;
    let (short, long) = (u64::from(width.min(height)), u64::from(width.max(height)));
    let fits = short > 0 && long <= short * LIMIT_RATIO && short * long <= LIMIT_PIXELS;
    if fits { Ok(()) } else { Err(not()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_pictures_from_what_only_has_their_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("card.jpg");
        image::RgbImage::new(20, 10).save(&path).unwrap();
        check(&path).unwrap();
        std::fs::write(&path, b"%PDF-1.7 not a picture").unwrap();
        assert!(matches!(check(&path), Err(IntakeError::NotAPicture { .. })));
        let cut = folder.path().join("cut.png");
        std::fs::write(&cut, b"\x89PNG\r\n\x1a\n").unwrap();
        assert!(matches!(check(&cut), Err(IntakeError::NotAPicture { .. })));
    }
}
