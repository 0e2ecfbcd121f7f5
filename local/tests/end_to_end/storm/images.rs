//! The images of a storm: what their origin does, and what must become of them.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use halftone_origin::{Answer, Request};

/// Widths of the photographs, so that an output shows which input it is of.
const WIDTHS: u32 = 24;
const NARROWEST: u32 = 40;
/// A slow answer; an image may take 4 seconds.
const SLOW: Duration = Duration::from_millis(700);

static PHOTOS: LazyLock<Vec<Arc<[u8]>>> = LazyLock::new(|| {
    let widths = NARROWEST..NARROWEST + WIDTHS;
    widths.map(|width| photo(width).into()).collect()
});

fn photo(width: u32) -> Vec<u8> {
    let pixels = image::RgbImage::from_fn(width, 48, |x, y| {
        image::Rgb([3, 5, 7].map(|n| u8::try_from((x * n + y * 3) % 256).unwrap()))
    });
    let mut bytes = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 95);
    pixels.write_with_encoder(encoder).unwrap();
    bytes
}

/// What must become of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It has an output.
    Succeeds,
    /// It fails with this code.
    Fails(&'static str),
    /// Its origin is bad at first: that may be all its tries.
    Either,
}

/// An image's fate by its number; the URL's query says the number.
pub fn fate(number: u64) -> Fate {
    match number % 10 {
        0 => Fate::Fails("http_status"),
        1 => Fate::Fails("not_an_image"),
        2..=4 => Fate::Either,
        _ if number % 50 == 17 => Fate::Either,
        _ => Fate::Succeeds,
    }
}

/// The width of an image by its number, its output's too.
pub fn width(number: u64) -> u32 {
    NARROWEST + u32::try_from(number % u64::from(WIDTHS)).unwrap()
}

/// What the origin answers.
pub fn answer(request: &Request) -> Answer {
    let query = request.target.split('?').nth(1);
    let number: u64 = query.and_then(|n| n.parse().ok()).unwrap_or(0);
    let photo = || Answer::ok(&*PHOTOS[usize::try_from(number % u64::from(WIDTHS)).unwrap()]);
    let first = request.nth == 1;
    match number % 10 {
        0 => Answer::status(404),
        1 => Answer::ok("<!doctype html><p>Not here"),
        2 if first => Answer::status(503),
        3 if first => Answer::silence(),
        4 if first => Answer::raw("HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\nshort"),
        7 if first && number % 50 == 17 => Answer::raw(""),
        7 if first && number % 50 == 27 => Answer::status(429).header("Retry-After", "1"),
        8 => photo().after(SLOW),
        _ => photo(),
    }
}
