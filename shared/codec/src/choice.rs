//! Which of the possible outputs is taken: never a larger one, never one that lies on its side.

use crate::error::ImageError;
use crate::options::Quality;

/// A possible output.
pub struct Candidate {
    pub bytes: Vec<u8>,
    /// It shows the source's own picture data.
    pub kept: bool,
}

impl Candidate {
    /// The source's own picture data.
    pub fn kept(bytes: Vec<u8>) -> Self {
        Self { bytes, kept: true }
    }

    /// The other one, unless it has more bytes.
    fn or_not_larger(self, other: Option<Self>) -> Self {
        match other {
            Some(other) if other.bytes.len() <= self.bytes.len() => other,
            _ => self,
        }
    }
}

/// The ways in which a format can write one picture, upright.
pub trait Coder {
    /// Encodes it.
    ///
    /// # Errors
    /// For a picture that cannot be encoded.
    fn encode(&mut self, quality: Quality) -> Result<Candidate, ImageError>;

    /// The source's own picture data without metadata, as a file; `None` if that would not do, for it would lie on
    /// its side or have another format than was asked for. Asked for once.
    ///
    /// # Errors
    /// For a source that is damaged.
    fn strip(&mut self) -> Result<Option<Vec<u8>>, ImageError>;

    /// Writes it without a loss, if the format can; that may take more bytes than the source.
    ///
    /// # Errors
    /// For a picture that cannot be encoded.
    fn recode(&mut self) -> Result<Option<Candidate>, ImageError> {
        Ok(None)
    }

    /// The qualities below one that are worth their time, from the highest to the lowest: six, three and one tenth.
    fn lower(&self, quality: Quality) -> Vec<Quality> {
        let share = move |tenths: u8| Quality::try_from((quality.get() / 10 * tenths).max(1)).ok();
        [6, 3, 1].into_iter().filter_map(share).collect()
    }
}

/// A format that cannot write a picture anew without a loss.
pub struct Lossy<F> {
    /// What [`Coder::strip`] gives.
    pub stripped: Option<Vec<u8>>,
    /// What [`Coder::encode`] does.
    pub encode: F,
}

impl<F: FnMut(Quality) -> Result<Vec<u8>, ImageError>> Coder for Lossy<F> {
    fn encode(&mut self, quality: Quality) -> Result<Candidate, ImageError> {
        let kept = false;
        (self.encode)(quality).map(|bytes| Candidate { bytes, kept })
    }

    fn strip(&mut self) -> Result<Option<Vec<u8>>, ImageError> {
        Ok(self.stripped.take())
    }
}

/// Chooses between encodings of the picture and the source's own picture data, of which the file had `length` bytes.
///
/// An encoding at the quality asked for is taken if it has fewer bytes than the source would have without its
/// metadata or, where that would not do, than the source. If it has not, the source's own picture data is taken, as it
/// is or written anew without a loss, whichever is smaller. Where that is not possible, or larger than a source that
/// would not do, the quality is lowered, in a few steps, until the encoding has no more bytes than the source; if it
/// never does, which happens to pictures of a few hundred bytes, the smallest encoding is taken, for a picture on its
/// side is worse.
///
/// # Errors
/// Those of `coder`.
pub fn choose(
    length: usize,
    quality: Quality,
    mut coder: impl Coder,
) -> Result<Candidate, ImageError> {
    let encoded = coder.encode(quality)?;
    let stripped = coder.strip()?;
    if encoded.bytes.len() < stripped.as_ref().map_or(length, Vec::len) {
        return Ok(encoded);
    }
    let recoded = coder.recode()?;
    if let Some(stripped) = stripped.map(Candidate::kept) {
        return Ok(stripped.or_not_larger(recoded));
    }
    let mut smallest = encoded.or_not_larger(recoded);
    for quality in coder.lower(quality) {
        if smallest.bytes.len() <= length {
            break;
        }
        let encoded = coder.encode(quality)?;
        if encoded.bytes.len() < smallest.bytes.len() {
            smallest = encoded;
        }
    }
    Ok(smallest)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Encodings of these lengths, one after the other, and without a loss.
    struct Lengths<'a> {
        stripped: Option<usize>,
        encoded: &'a [usize],
        recoded: Option<usize>,
    }

    impl Coder for Lengths<'_> {
        fn encode(&mut self, _: Quality) -> Result<Candidate, ImageError> {
            let (length, rest) = self.encoded.split_first().expect("one more");
            self.encoded = rest;
            let (bytes, kept) = (vec![0; *length], false);
            Ok(Candidate { bytes, kept })
        }

        fn strip(&mut self) -> Result<Option<Vec<u8>>, ImageError> {
            Ok(self.stripped.map(|length| vec![0; length]))
        }

        fn recode(&mut self) -> Result<Option<Candidate>, ImageError> {
            Ok(self.recoded.map(|length| Candidate::kept(vec![0; length])))
        }
    }

    /// Of a source of 100 bytes, or of 90 without its metadata: the length of the choice, and whether it is kept.
    fn choice(upright: bool, encoded: &[usize], recoded: Option<usize>) -> (usize, bool) {
        let coder = Lengths {
            stripped: upright.then_some(90),
            encoded,
            recoded,
        };
        let choice = choose(100, Quality::default(), coder).unwrap();
        (choice.bytes.len(), choice.kept)
    }

    #[test]
    fn an_upright_source_is_kept_unless_encoding_is_smaller() {
        assert_eq!(choice(true, &[50], None), (50, false));
        assert_eq!(choice(true, &[90], None), (90, true));
        assert_eq!(choice(true, &[95], None), (90, true));
    }

    #[test]
    fn a_source_that_is_kept_may_be_written_anew() {
        assert_eq!(choice(true, &[50], Some(40)), (50, false), "not looked at");
        assert_eq!(choice(true, &[90], Some(80)), (80, true));
        assert_eq!(choice(true, &[90], Some(99)), (90, true));
    }

    #[test]
    fn a_source_that_must_be_turned_is_encoded_until_it_is_not_larger() {
        assert_eq!(choice(false, &[100], None), (100, false));
        assert_eq!(choice(false, &[130, 110, 99], None), (99, false));
        assert_eq!(choice(false, &[130, 110, 120, 115], None), (110, false));
    }

    #[test]
    fn a_source_that_can_be_turned_without_a_loss_is() {
        assert_eq!(choice(false, &[99], Some(98)), (99, false), "not looked at");
        assert_eq!(choice(false, &[100], Some(100)), (100, true));
        assert_eq!(choice(false, &[130, 110, 99], Some(101)), (99, false));
        assert_eq!(choice(false, &[130, 120, 120, 120], Some(101)), (101, true));
    }

    #[test]
    fn qualities_get_lower_and_stay_valid() {
        let lower = |quality: u8| -> Vec<u8> {
            let quality = Quality::try_from(quality).unwrap();
            let coder = Lossy {
                stripped: None,
                encode: |_| Ok(Vec::new()),
            };
            let lower = coder.lower(quality);
            lower.into_iter().map(Quality::get).collect()
        };
        assert_eq!(lower(50), [30, 15, 5]);
        assert_eq!(lower(1), [1, 1, 1]);
    }
}
