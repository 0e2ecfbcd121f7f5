//! Reads a request's CSV on a thread of its own, some rows ahead of their use.

use std::io::{Cursor, Read};

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio_util::io::SyncIoBridge;

use crate::manifest::{
    Bookmark, ManifestError, ManifestLimits, ProductError, Reading, Record, Row, Rows,
};
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
    /// Where to go on behind it; known of data only.
    pub(super) after: Option<Bookmark>,
}

/// Rows in the order of the CSV.
pub(super) type Lines = mpsc::Receiver<Result<Vec<Line>, ManifestError>>;

/// The source of a CSV's rows.
enum Source<R> {
    /// All of it, of which all rows are wanted as they came.
    All(R),
    /// All of it, of which those under the header are wanted that are not blank.
    Data(R),
    /// The same behind a bookmark: its beginning, for the header, and the rest.
    Behind(R, R, Bookmark),
}

/// All rows of a CSV that S3 keeps, as they came.
pub(super) async fn kept(
    uploads: &Blobs,
    id: RequestId,
    reading: &Reading,
) -> Result<Lines, BlobError> {
    let csv = uploads.open(&Key::Csv(id)).await?;
    Ok(lines(Source::All(SyncIoBridge::new(csv)), reading))
}

/// The rows under the header of a CSV that S3 keeps which are not blank, from a bookmark on.
pub(super) async fn kept_data(
    uploads: &Blobs,
    id: RequestId,
    reading: &Reading,
    from: Option<Bookmark>,
) -> Result<Lines, BlobError> {
    let open = async |offset| {
        let csv = uploads.open_at(&Key::Csv(id), offset).await?;
        Ok::<_, BlobError>(SyncIoBridge::new(csv))
    };
    let source = match from {
        Some(at) => Source::Behind(open(0).await?, open(at.offset).await?, at),
        None => Source::Data(open(0).await?),
    };
    Ok(lines(source, reading))
}

/// The same of one that is here.
pub(super) fn data(csv: Bytes, reading: &Reading, from: Option<Bookmark>) -> Lines {
    let source = match from {
        Some(at) => {
            let offset = usize::try_from(at.offset).unwrap_or(usize::MAX);
            let rest = csv.slice(offset.min(csv.len())..);
            Source::Behind(Cursor::new(csv), Cursor::new(rest), at)
        }
        None => Source::Data(Cursor::new(csv)),
    };
    lines(source, reading)
}

fn lines<R>(source: Source<R>, reading: &Reading) -> Lines
where
    R: Read + Send + 'static,
{
    let reading = reading.clone();
    let (sender, receiver) = mpsc::channel(2);
    tokio::task::spawn_blocking(move || {
        if let Err(error) = read(source, &reading, &sender) {
            // The receiver is gone only when nobody wants to know.
            let _ = sender.blocking_send(Err(error));
        }
    });
    receiver
}

fn read<R: Read>(
    source: Source<R>,
    reading: &Reading,
    sender: &mpsc::Sender<Result<Vec<Line>, ManifestError>>,
) -> Result<(), ManifestError> {
    let is_data = !matches!(source, Source::All(_));
    let mut rows = match source {
        Source::All(csv) => Rows::open_all(csv, reading, ACCEPTED),
        Source::Data(csv) => Rows::open(csv, reading, ACCEPTED)?,
        Source::Behind(start, rest, at) => {
            Rows::open(start, reading, ACCEPTED)?.at(rest, at, &reading.dialect)
        }
    };
    let mut lines = Vec::new();
    loop {
        let mut record = Record::default();
        match rows.next(&mut record) {
            Ok(Some(row)) => {
                let after = is_data.then(|| rows.bookmark());
                lines.push(Line { record, row, after });
            }
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
