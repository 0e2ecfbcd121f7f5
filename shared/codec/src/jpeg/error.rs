//! Why a JPEG could not be transcoded.

use thiserror::Error;

/// Everything that can be wrong with a JPEG. None of it is transient: the same bytes fail again.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum JpegError {
    /// The bytes do not begin with an SOI marker.
    #[error("not a JPEG: the start-of-image marker is missing")]
    NotJpeg,
    /// A valid JPEG of a kind that this transcoder does not read.
    #[error("unsupported JPEG: {what}")]
    Unsupported {
        /// The coding process, colour space or layout that was met.
        what: &'static str,
    },
    /// A marker segment that breaks ITU-T T.81.
    #[error("malformed JPEG at byte {position}: {what}")]
    Malformed {
        /// Offset of the segment in the file.
        position: usize,
        /// The rule that it breaks.
        what: &'static str,
    },
    /// Entropy-coded data that does not decode to the declared picture.
    #[error("damaged picture data in the scan at byte {position}: {what}")]
    Damaged {
        /// Offset in the file of the scan's entropy-coded data.
        position: usize,
        /// What went wrong in it.
        what: &'static str,
    },
    /// The file ends before the picture does.
    #[error("truncated JPEG: it ends at byte {position}, before its picture does")]
    Truncated {
        /// Length of the file.
        position: usize,
    },
    /// The declared size is over a limit of the caller.
    #[error("{width} × {height} pixels are more than is allowed")]
    TooLarge {
        /// Declared width in pixels.
        width: u32,
        /// Declared height in pixels.
        height: u32,
    },
}
