//! JPEG to JPEG without pixels: quantized DCT coefficients are read, requantized and written.
//!
//! A reader with ITU-T T.81 beside them can follow: the modules go from the file to the
//! coefficients and back. Each of them uses only what stands above it here.
//!
//! | folder or file | what is in it |
//! |---|---|
//! | `syntax` | what files consist of: markers, frames, application segments, Huffman tables, blocks |
//! | `read` | from a file's bits to its blocks, row by row of MCUs |
//! | `turn` | blocks mirrored, transposed, moved onto the grid and halved |
//! | `quantize` | from the source's steps to the target's, and to the symbols of what is left |
//! | `write` | the output's blocks as a file |
//! | `plan`, `stream`, `transcode` | what the output looks like; its blocks one by one; all of it |
//! | `samples` | planes and pixels, for outputs in other formats and of other sizes |
//! | `encode` | planes as a JPEG |
//!
//! Input: baseline, extended sequential and progressive Huffman-coded JPEG with 8-bit samples,
//! gray, YCbCr, RGB or (for pixels only) CMYK, every sampling factor, interleaved or not, with or without restarts.
//! Output: progressive by spectral selection or, where that would save next to nothing, baseline;
//! Huffman tables made to measure, upright, without metadata but for an ICC profile that is not
//! sRGB and what EXIF data is given.
//!
//! - **Chroma** at full resolution along an axis is halved there, as an average of pairs, so that
//!   4:4:4, 4:2:2 and 4:4:0 become 4:2:0, below quality 90. What has less than that (4:1:1 and such) stays as it is.
//! - **Orientation**: coefficients are mirrored and transposed, which loses nothing. Where a side
//!   that is mirrored does not end with a whole block, the picture would begin with the padding
//!   of that block; so it is moved onto the grid again by linear combinations of neighbouring
//!   blocks, exactly for whole samples and by interpolation for half ones (chroma of an odd
//!   size), and rounded to the new steps.
//! - **Sources that were compressed before** keep their coefficients where their steps are as coarse as
//!   those that are asked for, and most of them where they are nearly so (`quantize::generation`,
//!   `quantize::loss`). What comes out comes out again the same.
//! - **A smaller picture** is decoded to as few samples as do, resampled plane by plane, and encoded with the same
//!   quantizer and writer.
//! - **Damage** is an error: data that ends early or goes on with blocks, codes that are in no table,
//!   restart markers out of turn (but not those behind a scan). What else stands behind the last block is ignored, be it before the
//!   end-of-image marker or instead of it. Where there are no Huffman tables, the standard ones are meant.
//! - **Memory**: whatever its kind, a picture is decoded row by row of MCUs, all scans side by
//!   side (`read`), and its blocks are handed over as soon as they are complete (`stream`). In
//!   memory as a whole is only what comes out: two bytes for each symbol and ten for each block
//!   (`write::store`), which may be written in another order than they came if the picture is turned.
//! - **Time** is bounded by the size of the file and the limits: a picture is refused before any
//!   work if the file is too short for its blocks, and no bit of a coefficient may be coded twice.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "coding is arithmetic on small fields; where a value is not bounded by its width, \
              the code checks it"
)]

mod encode;
mod error;
mod plan;
mod quantize;
mod read;
mod samples;
mod stream;
mod syntax;
mod transcode;
mod turn;
mod write;

#[cfg(test)]
mod tests;

pub use encode::encode;
pub use error::JpegError;
pub use read::headers::Headers;
pub use samples::decode::decode;
pub use samples::planes::{Planes, Range, Wanted};
pub use samples::upsample::pixels;
pub use syntax::application::Color;
pub use transcode::{FINE, Transcoded, transcode};
pub use write::strip::strip;
