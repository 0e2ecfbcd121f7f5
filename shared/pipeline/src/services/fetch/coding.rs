//! Content codings ([RFC 9110, 8.4](https://www.rfc-editor.org/rfc/rfc9110#section-8.4)): what a server did to a body
//! for its way, undone as it arrives.
//!
//! None is asked for, since pictures are small already, but there are servers that pack whatever they send. The limit
//! holds for what comes in and for what comes out of each coding, so that a bomb stays as small as a picture may be.
//! Bytes decide here too: what is called `gzip` and does not begin like it is taken as it is.

use bytes::{Bytes, BytesMut};
use flate2::{Decompress, FlushDecompress, Status};
use http::HeaderMap;
use http::header::CONTENT_ENCODING;

use super::FetchError;

/// How many codings may lie over one another. Two happen, where a cache packs what came packed.
const MAX_CODINGS: usize = 3;

/// How much is unpacked at a time, in bytes.
const BLOCK_BYTES: usize = 32 * 1024;

/// What deflate and gzip look back at most, as a power of two.
const WINDOW_BITS: u8 = 15;

/// The first byte of a gzip member ([RFC 1952, 2.3.1](https://www.rfc-editor.org/rfc/rfc1952#section-2.3.1)).
const GZIP_START: u8 = 0x1f;

/// A coding that can be undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    Gzip,
    /// With a zlib header, as the standard has it, or without, as some servers have it.
    Deflate,
}

impl Coding {
    fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
        }
    }

    /// How to go on from the first byte.
    fn begin(self, first: u8) -> State {
        match (self, first) {
            (Self::Gzip, GZIP_START) => State::Packed(Decompress::new_gzip(WINDOW_BITS)),
            (Self::Gzip, _) => State::Plain,
            // Compression method 8 and a window of at most 32 KiB: a stream without a header never begins so.
            (Self::Deflate, first) => {
                let has_header = first & 0x0f == 8 && first >> 4 <= 7;
                State::Packed(Decompress::new(has_header))
            }
        }
    }
}

/// The codings of a body, in the order they were applied. Words that mean none, `identity` or `utf-8`, are passed over
/// as browsers do.
pub(super) fn codings(headers: &HeaderMap) -> Result<Vec<Coding>, FetchError> {
    let mut codings = Vec::new();
    let values = headers.get_all(CONTENT_ENCODING).iter();
    let words = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    for word in words {
        match word.trim().to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => codings.push(Coding::Gzip),
            "deflate" => codings.push(Coding::Deflate),
            "br" => return Err(FetchError::UnknownCoding("br")),
            "zstd" => return Err(FetchError::UnknownCoding("zstd")),
            "compress" | "x-compress" => return Err(FetchError::UnknownCoding("compress")),
            "dcb" | "dcz" => return Err(FetchError::UnknownCoding("a shared dictionary")),
            _ => {}
        }
    }
    if codings.len() > MAX_CODINGS {
        return Err(FetchError::UnknownCoding("more than three at once"));
    }
    Ok(codings)
}

/// A body on its way.
pub(super) struct Unpacking {
    /// The last one applied is the first to be undone.
    layers: Vec<Layer>,
    body: BytesMut,
    came: u64,
    limit: u64,
}

impl Unpacking {
    /// Of at most `limit` bytes, with room for `reserved` of them.
    pub(super) fn new(codings: &[Coding], reserved: usize, limit: u64) -> Self {
        Self {
            layers: codings.iter().rev().copied().map(Layer::new).collect(),
            body: BytesMut::with_capacity(reserved),
            came: 0,
            limit,
        }
    }

    /// Bytes that came in so far.
    pub(super) fn came(&self) -> u64 {
        self.came
    }

    /// Takes the next part. What is within the limit is kept of a part that is not.
    pub(super) fn add(&mut self, part: &[u8]) -> Result<(), FetchError> {
        self.came += part.len() as u64;
        if self.came > self.limit && !self.layers.is_empty() {
            return Err(FetchError::TooLarge { limit: self.limit });
        }
        pass(&mut self.layers, &mut self.body, part, self.limit)
    }

    /// The whole body; an error if what was packed has not come to its end.
    pub(super) fn finish(self) -> Result<Bytes, FetchError> {
        match self.layers.iter().find(|layer| layer.is_unfinished()) {
            Some(layer) => Err(layer.damaged()),
            None => Ok(self.body.freeze()),
        }
    }

    /// What has been unpacked so far.
    pub(super) fn so_far(self) -> Bytes {
        self.body.freeze()
    }
}

/// Hands bytes through the layers to the body.
fn pass(
    layers: &mut [Layer],
    body: &mut BytesMut,
    bytes: &[u8],
    limit: u64,
) -> Result<(), FetchError> {
    if let Some((layer, rest)) = layers.split_first_mut() {
        return layer.unpack(bytes, limit, |bytes| pass(rest, body, bytes, limit));
    }
    let room = limit.saturating_sub(body.len() as u64);
    let room = usize::try_from(room).unwrap_or(usize::MAX);
    body.extend_from_slice(&bytes[..bytes.len().min(room)]);
    if bytes.len() > room {
        return Err(FetchError::TooLarge { limit });
    }
    Ok(())
}

/// One coding being undone.
struct Layer {
    coding: Coding,
    state: State,
    block: Vec<u8>,
    /// Bytes that came out of it.
    went: u64,
}

enum State {
    New,
    /// It was not applied, whatever the header says.
    Plain,
    Packed(Decompress),
    /// Behind the end of what was packed.
    Ended,
}

impl Layer {
    fn new(coding: Coding) -> Self {
        Self {
            coding,
            state: State::New,
            block: vec![0; BLOCK_BYTES],
            went: 0,
        }
    }

    fn is_unfinished(&self) -> bool {
        matches!(self.state, State::Packed(_))
    }

    fn damaged(&self) -> FetchError {
        FetchError::DamagedCoding(self.coding.name())
    }

    fn unpack(
        &mut self,
        mut bytes: &[u8],
        limit: u64,
        mut next: impl FnMut(&[u8]) -> Result<(), FetchError>,
    ) -> Result<(), FetchError> {
        while let Some(&first) = bytes.first() {
            match self.state {
                State::New => self.state = self.coding.begin(first),
                State::Plain => return next(bytes),
                State::Packed(_) => bytes = self.inflate(bytes, limit, &mut next)?,
                // Several members are one file; anything else behind the end is padding, which browsers ignore.
                State::Ended if self.coding == Coding::Gzip && first == GZIP_START => {
                    self.state = self.coding.begin(first);
                }
                State::Ended => return Ok(()),
            }
        }
        Ok(())
    }

    /// Unpacks until the bytes or the stream end; the bytes that are left then.
    fn inflate<'a>(
        &mut self,
        mut bytes: &'a [u8],
        limit: u64,
        next: &mut impl FnMut(&[u8]) -> Result<(), FetchError>,
    ) -> Result<&'a [u8], FetchError> {
        let damaged = self.damaged();
        while let State::Packed(stream) = &mut self.state {
            let (came, went) = (stream.total_in(), stream.total_out());
            let flush = FlushDecompress::None;
            let Ok(status) = stream.decompress(bytes, &mut self.block, flush) else {
                return Err(damaged);
            };
            let (came, went) = (stream.total_in() - came, stream.total_out() - went);
            let size = |bytes: u64| usize::try_from(bytes).unwrap_or(usize::MAX);
            bytes = &bytes[size(came)..];
            self.went += went;
            next(&self.block[..size(went)])?;
            if self.went > limit {
                return Err(FetchError::TooLarge { limit });
            }
            if status == Status::StreamEnd {
                self.state = State::Ended;
            } else if bytes.is_empty() && size(went) < BLOCK_BYTES {
                break;
            } else if came == 0 && went == 0 {
                return Err(damaged);
            }
        }
        Ok(bytes)
    }
}
