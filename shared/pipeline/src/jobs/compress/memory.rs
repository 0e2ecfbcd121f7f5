//! Memory that recompressing may take at the same time: what keeps a batch of large pictures within the function.

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::settings::{self, ConfigError};
use halftone_codec::{ImageError, Inspected, OutputFormat, PixelLimit};

const MIB: u64 = 1 << 20;

/// Kept back for the program and its connections: measured 40 MiB, and what Lambda's runtime takes.
const PROGRAM: u64 = 96 * MIB;

/// Messages of a batch, as the template has it: so many sources, or the outputs in their place, may be in memory.
const BATCH: u64 = 10;

/// The smallest budget that is worth starting with.
const LEAST: u64 = 64 * MIB;

/// What is left of the function's memory for codecs.
#[derive(Debug)]
pub struct MemoryBudget {
    permits: Semaphore,
    /// In bytes.
    total: u64,
}

impl MemoryBudget {
    /// Of a function with this memory, whose images have at most so many bytes each.
    ///
    /// # Errors
    /// When too little is left.
    pub fn new(memory: u64, max_image_bytes: u64) -> Result<Self, ConfigError> {
        let sources = max_image_bytes.saturating_mul(BATCH);
        let total = memory.saturating_sub(PROGRAM).saturating_sub(sources);
        if total < LEAST {
            let least = PROGRAM.saturating_add(sources).saturating_add(LEAST) / MIB;
            return Err(ConfigError::Unusable {
                name: "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
                reason: format!(
                    "ten images of MAX_IMAGE_BYTES need at least {least} MB; raise CompressMemorySize"
                ),
            });
        }
        Ok(Self {
            permits: Semaphore::new(mebibytes(total) as usize),
            total,
        })
    }

    /// From what Lambda says about the function.
    ///
    /// # Errors
    /// When it does not, or too little is left.
    pub fn from_env() -> Result<Self, ConfigError> {
        let memory: u64 = settings::parsed("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")?;
        Self::new(
            memory.saturating_mul(MIB),
            settings::parsed("MAX_IMAGE_BYTES")?,
        )
    }

    /// Waits until there is room for a picture.
    ///
    /// # Errors
    /// `too_many_pixels` when there never will be.
    pub async fn reserve(
        &self,
        picture: &Inspected,
        output: OutputFormat,
    ) -> Result<SemaphorePermit<'_>, ImageError> {
        let needed = picture.memory(output);
        let too_many = || ImageError::TooManyPixels {
            width: picture.width,
            height: picture.height,
            limit: PixelLimit::Memory(self.total / MIB),
        };
        if needed > self.total {
            return Err(too_many());
        }
        let permits = self.permits.acquire_many(mebibytes(needed));
        permits.await.map_err(|_| too_many())
    }
}

fn mebibytes(bytes: u64) -> u32 {
    u32::try_from(bytes / MIB).unwrap_or(u32::MAX >> 3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use halftone_codec::Format;

    fn picture(width: u32, height: u32) -> Inspected {
        Inspected {
            format: Format::Jpeg,
            width,
            height,
        }
    }

    #[test]
    fn what_is_too_small_for_its_batch_does_not_start() {
        let error = MemoryBudget::new(400 * MIB, 32 * MIB).unwrap_err();
        assert!(error.to_string().contains("at least 480 MB"), "{error}");
        assert!(MemoryBudget::new(480 * MIB, 32 * MIB).is_ok());
    }

    #[tokio::test]
    async fn pictures_wait_for_each_other_and_the_largest_are_refused() {
        let budget = MemoryBudget::new(1769 * MIB, 32 * MIB).unwrap();
        let large = picture(5000, 4000);
        let first = budget.reserve(&large, OutputFormat::Avif).await.unwrap();
        let wait = std::time::Duration::from_millis(20);
        let second = budget.reserve(&large, OutputFormat::Avif);
        assert!(tokio::time::timeout(wait, second).await.is_err());
        drop(first);
        drop(budget.reserve(&large, OutputFormat::Avif).await.unwrap());
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
