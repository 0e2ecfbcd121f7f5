//! A request's results being written: row by row of its CSV, beside its images. May stop when a part is
//! full, and go on from there.

use std::time::Instant;

use futures::{Stream, TryStreamExt};

use super::{Completion, CompletionError};
use crate::jobs::csv::{self, Line, Which};
use crate::manifest::{Reading, Row, places};
use crate::request::{Counts, ImageStatus, Savings};
use crate::results::{self, ImageResult, RowResult};
use crate::services::blobs::{Key, MultipartUpload};
use crate::services::store::{Image, Request, ResultsFile, ResultsState, StoreError};

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

/// One of a request's two files.
pub(super) struct Results<'a> {
    completion: &'a Completion,
    request: &'a Request,
    reading: &'a Reading,
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
        let key = match state.file {
            ResultsFile::Report => Key::Results(request.id),
            ResultsFile::Source => Key::Source(request.id),
        };
        let outputs = &completion.outputs;
        let content_type = "text/csv; charset=".to_owned() + charset(reading, state.file);
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
            reading,
            upload,
            kept: begun.then(|| state.clone()),
            state,
        })
    }

    /// Writes it until its end or `until`: one pass, of constant memory.
    pub(super) async fn write(mut self, until: Instant) -> Result<Progress, CompletionError> {
        let id = self.request.id;
        let uploads = &self.completion.uploads;
        // The report needs the titles of the header, the other one all that is there.
        let mut lines = csv::kept(uploads, id, self.reading, Which::All).await?;
        let from = self.state.next_ordinal;
        let mut images = self.completion.store.images().stream(id, from).await?;
        while let Some(lines) = lines.recv().await {
            for line in lines? {
                if line.record.line <= self.state.row {
                    continue;
                }
                let of_row = match self.images_of(&line.row, &mut images).await? {
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
        self.upload.finish().await?;
        Ok(Progress::Whole(self.state.counts, self.state.savings))
    }

    /// The images of a row, which come next.
    async fn images_of(
        &self,
        row: &Row,
        images: &mut (impl Stream<Item = Result<Image, StoreError>> + Unpin),
    ) -> Result<Result<Vec<Image>, Gap>, StoreError> {
        let Row::Product(product) = row else {
            return Ok(Ok(Vec::new()));
        };
        let mut of_row = Vec::with_capacity(product.urls.len());
        for ordinal in (self.state.next_ordinal..).take(product.urls.len()) {
            match images.try_next().await? {
                Some(image) if image.place.ordinal != ordinal => return Ok(Err(Gap::Missing)),
                Some(image) if image.status == ImageStatus::Pending => {
                    return Ok(Err(Gap::Pending));
                }
                Some(image) => of_row.push(image),
                None => return Ok(Err(Gap::Missing)),
            }
        }
        Ok(Ok(of_row))
    }

    /// Adds a row and what became of its images.
    async fn add(&mut self, line: &Line, images: &[Image]) -> Result<(), CompletionError> {
        let bytes = match self.state.file {
            ResultsFile::Report => self.report(line, images),
            ResultsFile::Source => self.source(line, images),
        };
        for image in images {
            count(&mut self.state, image);
        }
        self.state.row = line.record.line;
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

    /// The row of the report.
    fn report(&self, line: &Line, images: &[Image]) -> Vec<u8> {
        let layout = &self.reading.dialect.layout;
        let record = &line.record;
        let further = || {
            let ours = |place: &usize| {
                Some(*place) == layout.id
                    || Some(*place) == layout.name
                    || layout.images.contains(place)
            };
            let width = (0..layout.width).filter(move |place| !ours(place));
            width.map(|place| record.text(place))
        };
        let cell = |place: Option<usize>| place.map_or("", |place| record.text(place).trim());
        let result = match &line.row {
            Row::Other if record.line == self.reading.dialect.header_line => {
                return results::header(further());
            }
            Row::Other => return Vec::new(),
            Row::Product(product) => {
                let images = images.iter().map(|image| self.result(image)).collect();
                let result = RowResult::Images(images);
                return results::row(&product.serial_number, &product.name, &result, further());
            }
            Row::NoImage => RowResult::NoImage,
            Row::Skipped(error) => RowResult::Skipped(error),
        };
        results::row(cell(layout.id), cell(layout.name), &result, further())
    }

    fn result(&self, image: &Image) -> ImageResult {
        let failed = image.status == ImageStatus::Failed;
        let error = image.error.clone().filter(|_| failed);
        let success = image.success.as_ref();
        ImageResult {
            output_url: super::output_url(&self.completion.api_url, image),
            input_url: image.input_url.clone(),
            status: image.status,
            bytes_in: success.map(|success| success.input.bytes),
            bytes_out: success.map(|success| success.output.bytes),
            kept: success.is_some_and(|success| success.kept),
            notes: success.map_or_else(Vec::new, |success| success.notes.clone()),
            error: error.as_ref().map(|error| error.code.clone()),
            error_detail: error.map(|error| error.message),
        }
    }

    /// The row as it came, each URL whose image has an output replaced by the output's.
    fn source(&self, line: &Line, images: &[Image]) -> Vec<u8> {
        let encoding = self.reading.dialect.encoding;
        let places = places(&line.record, &self.reading.dialect.layout);
        let row = line.record.with(|cell, text| {
            let here = places
                .iter()
                .zip(images)
                .filter(|(place, _)| place.cell == cell);
            let mut changed = String::new();
            let mut copied = 0;
            for (place, image) in here {
                let Some(url) = super::output_url(&self.completion.api_url, image) else {
                    continue;
                };
                changed += &text[copied..place.span.start];
                changed += &url;
                copied = place.span.end;
            }
            (copied > 0).then(|| changed + &text[copied..])
        });
        let first = self.state.row == 0;
        let mark: &[u8] = if first {
            encoding.byte_order_mark()
        } else {
            b""
        };
        [mark, &encoding.encode(&row)].concat()
    }
}

fn charset(reading: &Reading, file: ResultsFile) -> &'static str {
    match file {
        ResultsFile::Report => "utf-8",
        ResultsFile::Source => reading.dialect.encoding.charset(),
    }
}

fn count(state: &mut ResultsState, image: &Image) {
    match (&image.status, &image.success) {
        (ImageStatus::Succeeded, Some(success)) => {
            state.counts.succeeded += 1;
            state.savings.bytes_in += success.input.bytes;
            state.savings.bytes_out += success.output.bytes;
        }
        _ => state.counts.failed += 1,
    }
}
