//! Memory and processors that images may take at the same time: what keeps a batch of large pictures within the
//! function, and its threads from all being half done when its time is up.

use std::num::NonZero;
use std::sync::Arc;
use std::thread::available_parallelism;

use halftone_codec::{ImageError, Inspected, PixelLimit};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::request::OutputOptions;

const MIB: u64 = 1 << 20;

/// Kept back for the program and its connections: measured 40 MiB, and what Lambda's runtime takes.
const PROGRAM: u64 = 96 * MIB;

/// So many sources of the largest size, or the outputs in their place, may be in memory; more where they are smaller.
const SOURCES: u64 = 5;

/// The smallest budget that is worth starting with.
const LEAST: u64 = 64 * MIB;

/// A function too small for its sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("five images of MaxImageBytes need at least {least} MB; raise CompressMemorySize")]
pub struct TooLittleMemory {
    /// What would do, in MB.
    pub least: u64,
}

/// The function's memory, for sources and for codecs, and its processors. Cheap to clone.
#[derive(Clone, Debug)]
pub struct MemoryBudget {
    permits: Arc<Semaphore>,
    /// In bytes.
    total: u64,
    sources: Arc<Semaphore>,
    /// The largest source, in bytes.
    source: u64,
    processors: Arc<Semaphore>,
}

/// Memory for a picture's pixels and a processor, taken until this is dropped.
#[derive(Debug)]
pub struct Reserved {
    _memory: OwnedSemaphorePermit,
    _processor: OwnedSemaphorePermit,
}

/// Memory for a source, taken until this is dropped.
#[derive(Debug)]
pub struct Room(OwnedSemaphorePermit);

impl Room {
    /// Gives back what a source that is here did not need.
    pub fn shrink_to(&mut self, bytes: u64) {
        let needed = mebibytes_around(bytes) as usize;
        let spare = self.0.num_permits().saturating_sub(needed);
        drop(self.0.split(spare));
    }
}

impl MemoryBudget {
    /// Of a function with so many MB, whose images have at most so many bytes each.
    ///
    /// # Errors
    /// When too little is left.
    pub fn new(memory_mb: u64, max_image_bytes: u64) -> Result<Self, TooLittleMemory> {
        let sources = max_image_bytes.saturating_mul(SOURCES);
        let memory = memory_mb.saturating_mul(MIB);
        let total = memory.saturating_sub(PROGRAM).saturating_sub(sources);
        if total < LEAST {
            let least = PROGRAM.saturating_add(sources).saturating_add(LEAST) / MIB;
            return Err(TooLittleMemory { least });
        }
        let of = |permits: u32| Arc::new(Semaphore::new(permits as usize));
        Ok(Self {
            permits: of(mebibytes(total)),
            total,
            sources: of(mebibytes_around(sources)),
            source: max_image_bytes,
            processors: Arc::new(Semaphore::new(processors())),
        })
    }

    /// Waits until there is room for a source, as large as was declared or as any may be; nothing if there never will
    /// be.
    pub async fn source(&self, declared: Option<u64>) -> Option<Room> {
        let bytes = declared.unwrap_or(self.source).min(self.source);
        let permits = Arc::clone(&self.sources).acquire_many_owned(mebibytes_around(bytes));
        permits.await.ok().map(Room)
    }

    /// Waits until there is room for a picture, and a processor. Both stay taken until the reservation is dropped, so
    /// that has to go where the work is done: a thread goes on after whoever waited for it has given up.
    ///
    /// # Errors
    /// `too_many_pixels` when there never will be.
    pub async fn reserve(
        &self,
        picture: &Inspected,
        output: &OutputOptions,
    ) -> Result<Reserved, ImageError> {
        let needed = picture.memory(output.format, output.max_size());
        let too_many = || ImageError::TooManyPixels {
            width: picture.width,
            height: picture.height,
            limit: PixelLimit::Memory(self.total / MIB),
        };
        if needed > self.total {
            return Err(too_many());
        }
        let memory = Arc::clone(&self.permits).acquire_many_owned(mebibytes(needed));
        let memory = memory.await.map_err(|_| too_many())?;
        let processor = Arc::clone(&self.processors).acquire_owned().await;
        Ok(Reserved {
            _memory: memory,
            _processor: processor.map_err(|_| too_many())?,
        })
    }

    /// What is not taken, in MiB.
    #[must_use]
    pub fn available(&self) -> usize {
        self.permits.available_permits()
    }
}

/// Processors that the function may use, at least one.
pub(super) fn processors() -> usize {
    available_parallelism().map_or(1, NonZero::get)
}

fn mebibytes_around(bytes: u64) -> u32 {
    u32::try_from(bytes.div_ceil(MIB).max(1)).unwrap_or(u32::MAX >> 3)
}

fn mebibytes(bytes: u64) -> u32 {
    u32::try_from(bytes / MIB).unwrap_or(u32::MAX >> 3)
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;
    use halftone_codec::{Format, OutputFormat, Side};

    use super::*;

    fn picture(width: u32, height: u32) -> Inspected {
        Inspected {
            format: Format::Jpeg,
            width,
            height,
            is_transposed: false,
            is_cmyk: false,
        }
    }

    #[test]
    fn what_is_too_small_for_its_batch_does_not_start() {
        let error = MemoryBudget::new(300, 32 * MIB).unwrap_err();
        assert!(error.to_string().contains("at least 320 MB"), "{error}");
        assert!(MemoryBudget::new(320, 32 * MIB).is_ok());
    }

    #[tokio::test]
    async fn sources_wait_for_each_other_and_give_back_what_they_do_not_need() {
        let budget = MemoryBudget::new(1769, 32 * MIB).unwrap();
        let mut rooms = Vec::new();
        for _ in 0..5 {
            rooms.push(budget.source(None).await.unwrap());
        }
        assert!(budget.source(Some(1)).now_or_never().is_none());
        rooms[0].shrink_to(MIB / 2);
        let small: Vec<_> =
            std::iter::from_fn(|| budget.source(Some(MIB)).now_or_never()).collect();
        assert_eq!(small.len(), 31);
        drop(rooms);
        // What declares more than it may have is refused by the fetcher, not waited for.
        assert!(budget.source(Some(u64::MAX)).now_or_never().is_some());
    }

    #[tokio::test]
    async fn pictures_wait_for_each_other_and_the_largest_are_refused() {
        let budget = MemoryBudget::new(1769, 32 * MIB).unwrap();
        let large = picture(5000, 4000);
        let avif = OutputOptions {
            format: OutputFormat::Avif,
            ..OutputOptions::default()
        };
        let first = budget.reserve(&large, &avif).await.unwrap();
        let mut second = Box::pin(budget.reserve(&large, &avif));
        assert!(second.as_mut().now_or_never().is_none());
        drop(first);
        drop(second.await.unwrap());
        let largest = picture(10_000, 5_000);
        let original = OutputOptions::default();
        drop(budget.reserve(&largest, &original).await.unwrap());
        let smaller = OutputOptions {
            max_width: Side::try_from(1600).ok(),
            ..avif
        };
        drop(budget.reserve(&largest, &smaller).await.unwrap());
        let error = budget.reserve(&largest, &avif).await.unwrap_err();
        assert_eq!(error.code(), "too_many_pixels");
        assert!(error.to_string().contains("1513 MB"), "{error}");
    }
}
