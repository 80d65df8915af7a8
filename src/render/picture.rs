//! A page as one picture: what is written over a photograph cannot be taken off again, and nothing
//! of the photograph's metadata is left.

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder as _};
use typst_layout::PagedDocument;
use typst_render::RenderOptions;

/// Pixels a point: a page of 420 pt is 1,680 pixels wide.
const PIXELS_PER_POINT: f64 = 4.0;

/// How much of a picture JPEG keeps, of 100.
const QUALITY: u8 = 85;

/// Returns the first page as a JPEG; none when there is no page or it cannot be held.
pub(super) fn jpeg(document: &PagedDocument) -> Option<Vec<u8>> {
    let page = document.pages().first()?;
    let options =
        RenderOptions { pixel_per_pt: PIXELS_PER_POINT.into(), ..RenderOptions::default() };
    let pixels = typst_render::render(page, &options);
    let (width, height) = (pixels.width(), pixels.height());
    // The page is filled, so no pixel is translucent.
    let colours: Vec<u8> =
        pixels.data().chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
    let mut out = Vec::new();
    JpegEncoder::new_with_quality(&mut out, QUALITY)
        .write_image(&colours, width, height, ExtendedColorType::Rgb8)
        .ok()?;
    Some(out)
}
