//! How much memory a picture takes at the most while it is recompressed: known before any of it is spent.
//!
//! Measured as the largest resident size over noise and photographs of 12 megapixels, in every layout and depth that
//! a format has and without the source's own bytes, with a fifth to spare.

use crate::options::OutputFormat;
use crate::picture::{Format, Inspected};

impl Inspected {
    /// Bytes beside the source's own, at the most, when this output is asked for.
    #[must_use]
    pub fn memory(&self, output: OutputFormat) -> u64 {
        let pixels = u64::from(self.width) * u64::from(self.height);
        pixels.saturating_mul(bytes_per_pixel(self, output))
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

    #[test]
    fn it_grows_with_pixels_and_with_what_encoders_need() {
        let photo = |format| Inspected {
            format,
            width: 4000,
            height: 3000,
            is_cmyk: false,
        };
        let memory = |from, to| photo(from).memory(to) / 1_000_000;
        assert_eq!(memory(Format::Jpeg, OutputFormat::Original), 72);
        assert_eq!(memory(Format::Jpeg, OutputFormat::Avif), 768);
        let inks = Inspected {
            is_cmyk: true,
            ..photo(Format::Jpeg)
        };
        assert_eq!(inks.memory(OutputFormat::Original), 240_000_000);
        assert_eq!(memory(Format::Png, OutputFormat::WebP), 600);
        assert_eq!(memory(Format::Png, OutputFormat::Original), 240);
    }
}
