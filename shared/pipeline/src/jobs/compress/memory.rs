//! Memory that recompressing may take at the same time: what keeps a batch of large pictures within the function.

use std::sync::Arc;

use halftone_codec::{ImageError, Inspected, OutputFormat, PixelLimit};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

const MIB: u64 = 1 << 20;

/// Kept back for the program and its connections: measured 40 MiB, and what Lambda's runtime takes.
const PROGRAM: u64 = 96 * MIB;

/// Messages of a batch, as the template has it: so many sources, or the outputs in their place, may be in memory.
const BATCH: u64 = 10;

/// The smallest budget that is worth starting with.
const LEAST: u64 = 64 * MIB;

/// A function too small for its batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("ten images of MaxImageBytes need at least {least} MB; raise CompressMemorySize")]
pub struct TooLittleMemory {
    /// What would do, in MB.
    pub least: u64,
}

/// What is left of the function's memory for codecs. Cheap to clone.
#[derive(Clone, Debug)]
pub struct MemoryBudget {
    permits: Arc<Semaphore>,
    /// In bytes.
    total: u64,
}

/// Memory that is taken until this is dropped.
#[derive(Debug)]
pub struct Reserved(#[expect(dead_code, reason = "held for its drop")] OwnedSemaphorePermit);

impl MemoryBudget {
    /// Of a function with so many MB, whose images have at most so many bytes each.
    ///
    /// # Errors
    /// When too little is left.
    pub fn new(memory_mb: u64, max_image_bytes: u64) -> Result<Self, TooLittleMemory> {
        let sources = max_image_bytes.saturating_mul(BATCH);
        let memory = memory_mb.saturating_mul(MIB);
        let total = memory.saturating_sub(PROGRAM).saturating_sub(sources);
        if total < LEAST {
            let least = PROGRAM.saturating_add(sources).saturating_add(LEAST) / MIB;
            return Err(TooLittleMemory { least });
        }
        Ok(Self {
            permits: Arc::new(Semaphore::new(mebibytes(total) as usize)),
            total,
        })
    }

    /// Waits until there is room for a picture. It stays taken until the reservation is dropped, so that has to go
    /// where the work is done: a thread goes on after whoever waited for it has given up.
    ///
    /// # Errors
    /// `too_many_pixels` when there never will be.
    pub async fn reserve(
        &self,
        picture: &Inspected,
        output: OutputFormat,
    ) -> Result<Reserved, ImageError> {
        let needed = picture.memory(output);
        let too_many = || ImageError::TooManyPixels {
            width: picture.width,
            height: picture.height,
            limit: PixelLimit::Memory(self.total / MIB),
        };
        if needed > self.total {
            return Err(too_many());
        }
        let permits = Arc::clone(&self.permits).acquire_many_owned(mebibytes(needed));
        permits.await.map(Reserved).map_err(|_| too_many())
    }

    /// What is not taken, in MiB.
    #[must_use]
    pub fn available(&self) -> usize {
        self.permits.available_permits()
    }
}

fn mebibytes(bytes: u64) -> u32 {
    u32::try_from(bytes / MIB).unwrap_or(u32::MAX >> 3)
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;
    use halftone_codec::Format;

    use super::*;

    fn picture(width: u32, height: u32) -> Inspected {
        Inspected {
            format: Format::Jpeg,
            width,
            height,
            is_cmyk: false,
        }
    }

    #[test]
    fn what_is_too_small_for_its_batch_does_not_start() {
        let error = MemoryBudget::new(400, 32 * MIB).unwrap_err();
        assert!(error.to_string().contains("at least 480 MB"), "{error}");
        assert!(MemoryBudget::new(480, 32 * MIB).is_ok());
    }

    #[tokio::test]
    async fn pictures_wait_for_each_other_and_the_largest_are_refused() {
        let budget = MemoryBudget::new(1769, 32 * MIB).unwrap();
        let large = picture(5000, 4000);
        let first = budget.reserve(&large, OutputFormat::Avif).await.unwrap();
        let mut second = Box::pin(budget.reserve(&large, OutputFormat::Avif));
        assert!(second.as_mut().now_or_never().is_none());
        drop(first);
        drop(second.await.unwrap());
        let largest = picture(10_000, 5_000);
        let original = budget.reserve(&largest, OutputFormat::Original);
        drop(original.await.unwrap());
        let error = budget
            .reserve(&largest, OutputFormat::Avif)
            .await
            .unwrap_err();
        assert_eq!(error.code(), "too_many_pixels");
        assert!(error.to_string().contains("1353 MB"), "{error}");
    }
}
