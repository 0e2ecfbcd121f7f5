//! How much memory a picture takes at the most while it is recompressed: known before any of it is spent.
//!
//! Measured as the largest resident size over noise and photographs of 12 megapixels, in every layout and depth that
//! a format has and without the source's own bytes, with a fifth to spare.

use crate::options::{MaxSize, OutputFormat};
use crate::picture::{Format, Inspected};

impl Inspected {
    /// Bytes beside the source's own, at the most, when an output of this format and size is asked for.
    #[must_use]
    pub fn memory(&self, output: OutputFormat, max_size: MaxSize) -> u64 {
        let pixels = |(width, height): (u32, u32)| u64::from(width) * u64::from(height);
        let source = pixels((self.width, self.height));
        let (upright, size) = (self.upright_size(), max_size.fit(self.upright_size()));
        if size == upright {
            return source.saturating_mul(bytes_per_pixel(self, output));
        }
        let smaller = pixels(size);
        let encoding = smaller.saturating_mul(bytes_per_smaller_pixel(self, output));
        let decoded = match self.format {
            // No more samples than four times as many a side as are wanted, and none twice.
            Format::Jpeg => source.min(smaller.saturating_mul(16)),
            _ => source,
        };
        decoded
            .saturating_mul(bytes_per_source_pixel(self.format))
            .saturating_add(encoding)
    }
}

/// What the source takes, whose pixels are there when those of the output are made.
fn bytes_per_source_pixel(from: Format) -> u64 {
    match from {
        // Planes, of four inks at the most.
        Format::Jpeg => 5,
        Format::Tiff | Format::Avif => 32,
        // Pixels, and what turns them upright or converts them.
        _ => 12,
    }
}

/// What an output takes for each of its own pixels: its planes or pixels, and what its encoder needs.
fn bytes_per_smaller_pixel(from: &Inspected, to: OutputFormat) -> u64 {
    match (from.format, to) {
        (Format::Jpeg, OutputFormat::Original | OutputFormat::Jpeg) if !from.is_cmyk => 12,
        _ => bytes_per_pixel(from, to),
    }
}

fn bytes_per_pixel(from: &Inspected, to: OutputFormat) -> u64 {
    match (from.format, to) {
        // Through pixels, and a JPEG of them as fine as can be: 15, of noise at quality 95.
        (Format::Jpeg, OutputFormat::Original | OutputFormat::Jpeg) if from.is_cmyk => 20,
        // Coefficients are handed on as they come: measured 2.3 at quality 50, 3.7 at 100.
        (Format::Jpeg, OutputFormat::Original | OutputFormat::Jpeg) => 6,
        // rav1e keeps several frames' worth: 51.
        (_, OutputFormat::Avif) | (Format::Avif, OutputFormat::Original) => 64,
        // From planes 2.6, and 10 from pixels, which some colours and samplings take.
        (Format::Jpeg, OutputFormat::WebP) => 16,
        // The lossless encoder of libwebp, which encodes alpha: 41.
        (_, OutputFormat::WebP) | (Format::WebP, OutputFormat::Original) => 50,
        // Samples of 16 bits, five a pixel, in one strip; and luma, chroma and alpha of 16 bits, 8 with neither.
        (Format::Tiff | Format::Avif, _) => 32,
        // Pixels, a filtered copy and the output: 16.
        _ => 20,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Side;

    #[test]
    fn it_grows_with_pixels_and_with_what_encoders_need() {
        let photo = |format| Inspected {
            format,
            width: 4000,
            height: 3000,
            is_transposed: false,
            is_cmyk: false,
        };
        let whole = MaxSize::default();
        let memory = |from, to| photo(from).memory(to, whole) / 1_000_000;
        assert_eq!(memory(Format::Jpeg, OutputFormat::Original), 72);
        assert_eq!(memory(Format::Jpeg, OutputFormat::Avif), 768);
        let inks = Inspected {
            is_cmyk: true,
            ..photo(Format::Jpeg)
        };
        assert_eq!(inks.memory(OutputFormat::Original, whole), 240_000_000);
        assert_eq!(memory(Format::Png, OutputFormat::WebP), 600);
        assert_eq!(memory(Format::Png, OutputFormat::Original), 240);
    }
    #[test]
    fn a_smaller_output_takes_less() {
        let within = |side| MaxSize {
            width: Side::try_from(side).ok(),
            height: None,
        };
        let memory = |format, is_transposed, to, side| {
            let photo = Inspected {
                format,
                width: 4000,
                height: 3000,
                is_transposed,
                is_cmyk: false,
            };
            photo.memory(to, within(side)) / 1_000_000
        };
        let (original, avif) = (OutputFormat::Original, OutputFormat::Avif);
        assert_eq!(memory(Format::Jpeg, false, original, 4000), 72);
        assert_eq!(memory(Format::Jpeg, false, original, 400), 11);
        assert_eq!(memory(Format::Jpeg, true, original, 3000), 72);
        assert_eq!(memory(Format::Jpeg, true, original, 300), 11);
        assert_eq!(memory(Format::Jpeg, false, avif, 1000), 108);
        assert_eq!(memory(Format::Png, false, original, 1000), 159);
    }
}
