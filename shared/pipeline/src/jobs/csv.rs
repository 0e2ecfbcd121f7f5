//! Reads a request's CSV on a thread of its own, some rows ahead of their use.

use std::io::Read;

use tokio::sync::mpsc;
use tokio_util::io::SyncIoBridge;

use crate::manifest::{ManifestError, ManifestLimits, ProductError, Reading, Record, Row, Rows};
use crate::request::RequestId;
use crate::services::blobs::{BlobError, Blobs, Key};

/// Rows handed over at a time.
const AT_ONCE: usize = 256;
/// The CSV was within its limits when it was accepted; that they have changed since is nobody's
/// loss.
const ACCEPTED: ManifestLimits = ManifestLimits {
    max_rows: u64::MAX,
    max_urls_per_row: usize::MAX,
    max_images: u64::MAX,
    max_cell_bytes: usize::MAX,
};

/// One row, and what it is.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) record: Record,
    pub(super) row: Row,
}

/// Rows in the order of the CSV.
pub(super) type Lines = mpsc::Receiver<Result<Vec<Line>, ManifestError>>;

/// Which rows are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// Those under the header that are not blank.
    Data,
    /// All, as they came.
    All,
}

/// The rows of a CSV that S3 keeps.
pub(super) async fn kept(
    uploads: &Blobs,
    id: RequestId,
    reading: &Reading,
    which: Which,
) -> Result<Lines, BlobError> {
    let csv = uploads.open(&Key::Csv(id)).await?;
    Ok(lines(SyncIoBridge::new(csv), reading, which))
}

/// The rows of a source.
pub(super) fn lines<R>(source: R, reading: &Reading, which: Which) -> Lines
where
    R: Read + Send + 'static,
{
    let reading = reading.clone();
    let (sender, receiver) = mpsc::channel(2);
    tokio::task::spawn_blocking(move || {
        if let Err(error) = read(source, &reading, which, &sender) {
            // The receiver is gone only when nobody wants to know.
            let _ = sender.blocking_send(Err(error));
        }
    });
    receiver
}

fn read<R: Read>(
    source: R,
    reading: &Reading,
    which: Which,
    sender: &mpsc::Sender<Result<Vec<Line>, ManifestError>>,
) -> Result<(), ManifestError> {
    let mut rows = match which {
        Which::Data => Rows::open(source, reading, ACCEPTED)?,
        Which::All => Rows::open_all(source, reading, ACCEPTED),
    };
    let mut lines = Vec::new();
    loop {
        let mut record = Record::default();
        match rows.next(&mut record) {
            Ok(Some(row)) => lines.push(Line { record, row }),
            Ok(None) => break,
            // It was validated when it was accepted, so a bad row means that it is no longer the same.
            Err(ProductError::Row(error)) => {
                return Err(ManifestError::Rows {
                    errors: vec![error],
                    total: 1,
                });
            }
            Err(ProductError::Fatal(error)) => return Err(error),
        }
        if lines.len() >= AT_ONCE
            && sender
                .blocking_send(Ok(std::mem::take(&mut lines)))
                .is_err()
        {
            return Ok(());
        }
    }
    if !lines.is_empty() {
        let _ = sender.blocking_send(Ok(lines));
    }
    Ok(())
}
