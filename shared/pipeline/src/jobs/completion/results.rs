//! A request's results being written: row by row of its CSV, beside its images. May stop when a part is
//! full, and go on from there.

use std::pin::{Pin, pin};
use std::time::Instant;

use futures::stream::{Peekable, Stream, StreamExt};

use super::forms::Form;
use super::{Completion, CompletionError};
use crate::jobs::csv::{self, Line, Which};
use crate::manifest::{Product, Row};
use crate::request::{Counts, ImageStatus, Savings};
use crate::services::blobs::{Key, MultipartUpload};
use crate::services::store::{Image, Request, ResultsState, StoreError};

/// How far it came.
pub(super) enum Progress {
    /// Whole, over all images.
    Whole(Counts, Savings),
    /// The time was up; what was kept, if anything.
    Stopped(Option<ResultsState>),
    /// An image has not ended after all.
    Pending,
    /// An image has no document.
    Missing,
}

/// What kept a row from being written.
enum Gap {
    Pending,
    Missing,
}

/// One of a request's files.
pub(super) struct Results<'a> {
    completion: &'a Completion,
    request: &'a Request,
    form: Form<'a>,
    upload: MultipartUpload,
    state: ResultsState,
    kept: Option<ResultsState>,
}

impl<'a> Results<'a> {
    /// Begins a file, or goes on with what was kept of it.
    pub(super) async fn open(
        completion: &'a Completion,
        request: &'a Request,
        state: ResultsState,
    ) -> Result<Self, CompletionError> {
        let reading = request.reading.as_ref().ok_or(CompletionError::Unread)?;
        let key = Key::Results(request.id, state.file);
        let outputs = &completion.outputs;
        let form = Form::new(state.file, reading, &completion.output_base);
        let content_type = form.content_type();
        let begun = !state.upload_id.is_empty();
        let upload = if begun {
            let parts = (state.upload_id.clone(), state.parts.clone());
            outputs.resume(&key, &content_type, parts)
        } else {
            outputs.multipart(&key, &content_type)
        };
        Ok(Self {
            completion,
            request,
            form,
            upload,
            kept: begun.then(|| state.clone()),
            state,
        })
    }

    /// Writes it until its end or `until`: one pass, of constant memory.
    pub(super) async fn write(mut self, until: Instant) -> Result<Progress, CompletionError> {
        let request = self.request;
        let uploads = &self.completion.uploads;
        let mut lines = csv::kept(uploads, request.id, self.form.reading, Which::All).await?;
        let from = self.state.next_ordinal;
        let images = self.completion.store.images();
        let images = images.stream(request, from).await?;
        let mut images = pin!(images.peekable());
        while let Some(lines) = lines.recv().await {
            for line in lines? {
                self.form.look_at(&line);
                if line.record.line <= self.state.row {
                    continue;
                }
                let of_row = match self.images_of(&line.row, images.as_mut()).await? {
                    Ok(of_row) => of_row,
                    Err(Gap::Pending) => return Ok(Progress::Pending),
                    Err(Gap::Missing) => return Ok(Progress::Missing),
                };
                self.add(&line, &of_row).await?;
                if Instant::now() >= until {
                    return Ok(Progress::Stopped(self.kept));
                }
            }
        }
        self.upload.write(self.form.end(&self.state)).await?;
        self.upload.finish().await?;
        Ok(Progress::Whole(self.state.counts, self.state.savings))
    }

    /// The images of a row, which come next. Of a request that was given up some may never have been
    /// taken in: they were given up with it.
    async fn images_of<S>(
        &self,
        row: &Row,
        mut images: Pin<&mut Peekable<S>>,
    ) -> Result<Result<Vec<Image>, Gap>, StoreError>
    where
        S: Stream<Item = Result<Image, StoreError>>,
    {
        let Row::Product(product) = row else {
            return Ok(Ok(Vec::new()));
        };
        let mut of_row = Vec::with_capacity(product.urls.len());
        for ordinal in (self.state.next_ordinal..).take(product.urls.len()) {
            let other = |next: &Result<Image, _>| matches!(next, Ok(image) if image.place.ordinal != ordinal);
            let found = images.as_mut().next_if(|next| !other(next)).await;
            match found.transpose()? {
                Some(image) if image.status == ImageStatus::Pending => {
                    return Ok(Err(Gap::Pending));
                }
                Some(image) => of_row.push(image),
                None if self.request.cancelled_at.is_some() => {
                    of_row.push(self.given_up(product, of_row.len()));
                }
                None => return Ok(Err(Gap::Missing)),
            }
        }
        Ok(Ok(of_row))
    }

    /// An image that was never taken in.
    fn given_up(&self, product: &Product, position: usize) -> Image {
        let now = self.completion.store.now();
        let images = Image::of_product(self.request, product, self.state.next_ordinal, now);
        let mut image = images.into_iter().nth(position).expect("one for each URL");
        image.status = ImageStatus::Cancelled;
        image
    }

    /// Adds a row and what became of its images.
    async fn add(&mut self, line: &Line, images: &[Image]) -> Result<(), CompletionError> {
        let bytes = self.form.row(line, images, &self.state)?;
        for image in images {
            count(&mut self.state, image);
        }
        self.state.row = line.record.line;
        self.state.products += u64::from(!matches!(line.row, Row::Other));
        self.state.next_ordinal += images.len() as u64;
        if self.upload.write(&bytes).await?
            && let Some((upload_id, parts)) = self.upload.kept()
        {
            self.state.upload_id = upload_id;
            self.state.parts = parts;
            self.kept = Some(self.state.clone());
        }
        Ok(())
    }
}

fn count(state: &mut ResultsState, image: &Image) {
    match (&image.status, &image.success) {
        (ImageStatus::Succeeded, Some(success)) => {
            state.counts.succeeded += 1;
            state.counts.unchanged += u64::from(success.unchanged);
            state.savings.bytes_in += success.input.bytes;
            state.savings.bytes_out += success.output.bytes;
        }
        (ImageStatus::Cancelled, _) => state.counts.cancelled += 1,
        _ => state.counts.failed += 1,
    }
}
