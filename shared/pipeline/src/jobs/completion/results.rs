//! A request's results being written: row by row of its CSV, beside its images. May stop behind any row,
//! and go on from there.

use std::pin::{Pin, pin};
use std::time::Instant;

use futures::stream::{Peekable, Stream, StreamExt};

use super::files::Files;
use super::{Completion, CompletionError};
use crate::jobs::csv::{self, Line};
use crate::manifest::{Product, Reading, Row};
use crate::request::{Counts, ImageStatus, Savings};
use crate::services::store::{Image, Request, ResultsState, StoreError};

/// How far they came.
pub(super) enum Progress {
    /// Whole, over all images.
    Whole(Counts, Savings),
    /// The time was up, or something failed on the way; where to go on, if anything was written.
    Stopped(Option<Box<ResultsState>>, Option<CompletionError>),
    /// An image has not ended after all.
    Pending,
    /// An image has no document.
    Missing,
}

/// Why the rows came to an end.
enum Stop {
    /// There are no more.
    End,
    TimeIsUp,
    /// What comes next could not be read; what came before is written.
    Failed(CompletionError),
    Gap(Gap),
}

/// What kept a row from being written.
enum Gap {
    Pending,
    Missing,
}

/// A request's results.
pub(super) struct Results<'a> {
    completion: &'a Completion,
    request: &'a Request,
    reading: &'a Reading,
    files: Files<'a>,
    state: ResultsState,
}

impl<'a> Results<'a> {
    /// Begins them, or goes on with what was kept.
    pub(super) async fn open(
        completion: &'a Completion,
        request: &'a Request,
    ) -> Result<Self, CompletionError> {
        let reading = request.reading.as_ref().ok_or(CompletionError::Unread)?;
        let mut state = request.results.clone().unwrap_or_default();
        let of = (request, reading);
        let files = match Files::open(completion, of, &state).await? {
            Some(files) => files,
            None => {
                tracing::warn!(request = %request.id, "what was kept of the results is lost; they are begun anew");
                state = ResultsState::default();
                let anew = Files::open(completion, of, &state).await?;
                anew.expect("nothing needs to be there for them")
            }
        };
        Ok(Self {
            completion,
            request,
            reading,
            files,
            state,
        })
    }

    /// Writes them until their end or `until`: one pass over the CSV and the images, of constant memory.
    pub(super) async fn write(mut self, until: Instant) -> Result<Progress, CompletionError> {
        let begun = self.state.row;
        match self.rows(until).await? {
            Stop::End => {
                self.files.finish(&self.state).await?;
                self.completion
                    .forget_rest(self.request.id, &self.state)
                    .await;
                let ResultsState {
                    counts, savings, ..
                } = self.state;
                Ok(Progress::Whole(counts, savings))
            }
            Stop::TimeIsUp => self.pause(begun, None).await,
            Stop::Failed(error) => self.pause(begun, Some(error)).await,
            Stop::Gap(Gap::Pending) => Ok(Progress::Pending),
            Stop::Gap(Gap::Missing) => Ok(Progress::Missing),
        }
    }

    async fn pause(
        mut self,
        begun: u64,
        why: Option<CompletionError>,
    ) -> Result<Progress, CompletionError> {
        if self.state.row == begun {
            let kept = self.request.results.clone().map(Box::new);
            return Ok(Progress::Stopped(kept, why));
        }
        let (completion, id) = (self.completion, self.request.id);
        self.files.pause(completion, id, &mut self.state).await?;
        Ok(Progress::Stopped(Some(Box::new(self.state)), why))
    }

    /// Writes rows, at least one of them. Fails when one could be written in part only.
    async fn rows(&mut self, until: Instant) -> Result<Stop, CompletionError> {
        let (completion, request) = (self.completion, self.request);
        let kept = csv::kept(&completion.uploads, request.id, self.reading);
        let mut lines = kept.await?;
        let images = completion.store.images();
        let images = images.stream(request, self.state.next_ordinal);
        let mut images = pin!(images.peekable());
        while let Some(lines) = lines.recv().await {
            let lines = match lines {
                Ok(lines) => lines,
                Err(error) => return Ok(Stop::Failed(error.into())),
            };
            for line in lines {
                self.files.look_at(&line);
                if line.record.line <= self.state.row {
                    continue;
                }
                let of_row = match self.images_of(&line.row, images.as_mut()).await {
                    Ok(Ok(of_row)) => of_row,
                    Ok(Err(gap)) => return Ok(Stop::Gap(gap)),
                    Err(error) => return Ok(Stop::Failed(error.into())),
                };
                self.add(&line, &of_row).await?;
                if Instant::now() >= until {
                    return Ok(Stop::TimeIsUp);
                }
            }
        }
        Ok(Stop::End)
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
        self.files.add(line, images, &self.state).await?;
        for image in images {
            count(&mut self.state, image);
        }
        self.state.row = line.record.line;
        self.state.products += u64::from(!matches!(line.row, Row::Other));
        self.state.next_ordinal += images.len() as u64;
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
