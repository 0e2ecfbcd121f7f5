//! Records what became of a batch's images, moves the counters, and lets finalize look.

use std::collections::HashMap;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, timeout_at};

use super::open::Open;
use super::reuse::{Source, ToRemember};
use super::tally::{Counted, Tally};
use super::verdict::Verdict;
use super::{BatchError, Compress, Known, Received, report};
use crate::jobs::{completion, copies};
use crate::request::{ImageRef, RequestId, RequestStatus};
use crate::services::queue::ImageMessage;
use crate::services::store::{ImageEnd, Request, StoreError, Try};

/// How often what has become known is recorded, while images are at work: a write each time. A batch that is done
/// sooner is recorded at once.
const RECORDED_EVERY: Duration = Duration::from_secs(2);

/// How long a request whose last image of the batch is done waits for others to be recorded with: it may have all that
/// its owner waits for.
const RECORDED_SOON: Duration = Duration::from_millis(200);

/// What became of the message at this place of the batch.
pub(super) type Told = (usize, Verdict);

/// How many images of each request are still to be told of.
struct Left(HashMap<RequestId, usize>);

impl Left {
    fn of(batch: &[Received]) -> Self {
        Self(share(batch))
    }

    /// Whether that was the last of its request.
    fn take(&mut self, image: ImageRef) -> bool {
        let left = self.0.entry(image.request_id).or_default();
        *left = left.saturating_sub(1);
        *left == 0
    }
}

/// How many images of a batch each request has.
pub(super) fn share(batch: &[Received]) -> HashMap<RequestId, usize> {
    let mut share = HashMap::new();
    for received in batch {
        *share.entry(received.message.image.request_id).or_default() += 1;
    }
    share
}

/// Sources of images that ended now, and not before.
fn to_remember(
    ended: impl Iterator<Item = ((ImageRef, bool), Option<Source>)>,
    known: &Known,
) -> ToRemember {
    let mut sources = ToRemember::default();
    for ((place, now), source) in ended {
        let image = known.images.get(&place).filter(|_| now);
        let request = known.requests.get(&place.request_id);
        if let (Some(source), Some(image), Some(request)) = (source, image, request) {
            sources.add(source, image, request);
        }
    }
    sources
}

impl Compress {
    /// Records until all is told.
    pub(super) async fn record_all(
        &self,
        batch: &[Received],
        known: &Known,
        mut told: UnboundedReceiver<Told>,
        open: &Open,
    ) -> Result<(), BatchError> {
        let mut left = Left::of(batch);
        loop {
            let mut part = Vec::new();
            let mut until = Instant::now() + RECORDED_EVERY;
            let is_all = loop {
                match timeout_at(until, told.recv()).await {
                    Ok(Some((place, verdict))) => {
                        if left.take(batch[place].message.image) {
                            until = until.min(Instant::now() + RECORDED_SOON);
                        }
                        part.push((place, verdict));
                    }
                    Ok(None) => break true,
                    Err(_) => break false,
                }
            };
            self.record_part(batch, known, part, open).await?;
            if is_all {
                return Ok(());
            }
        }
    }

    /// Records some images, and ends their copies; only then are their messages done with.
    async fn record_part(
        &self,
        batch: &[Received],
        known: &Known,
        part: Vec<Told>,
        open: &Open,
    ) -> Result<(), BatchError> {
        let (mut ends, mut tries, mut back) = (Vec::new(), Vec::new(), Vec::new());
        let (mut sources, mut done, mut tally) = (Vec::new(), Vec::new(), Tally::default());
        for (place, verdict) in part {
            let message = batch[place].message;
            match verdict {
                Verdict::Nothing => {
                    tally.repeat(message);
                    done.push(place);
                }
                Verdict::Dropped => done.push(place),
                Verdict::Ends(end, source) => {
                    ends.push((message, end));
                    sources.push(source);
                    done.push(place);
                }
                Verdict::Again(made, after) => {
                    tries.push((message, made));
                    back.push((place, (after, None)));
                }
                Verdict::Waits(after) => {
                    back.push((place, (after, known.owner(message.image))));
                }
                Verdict::Later(after) => back.push((place, (after, None))),
            }
        }
        let ended_now = self.record(&ends, &tries, tally, known).await?;
        let images = ends.iter().map(|(message, _)| message.image);
        let ended = images.zip(ended_now).zip(sources);
        self.remember(&to_remember(ended, known)).await;
        let ended = done.iter().map(|place| batch[*place].message);
        self.end_copies(ended, known).await?;
        open.close(&done, back);
        Ok(())
    }

    /// Records what became of the batch, moves the counters once per request, and lets finalize
    /// look where all may have ended. Which of `ends` are news.
    async fn record(
        &self,
        ends: &[(ImageMessage, ImageEnd)],
        tries: &[(ImageMessage, Try)],
        mut tally: Tally,
        known: &Known,
    ) -> Result<Vec<bool>, BatchError> {
        let ended_now = self.store.images().record(ends, tries).await?;
        let mut ended = Vec::new();
        for ((message, end), now) in ends.iter().zip(&ended_now) {
            if *now {
                tally.add(*message, end);
                ended.push(end);
            } else {
                tally.repeat(*message);
            }
        }
        report::write(&ended, tries.len());
        for (round, counted) in tally.into_rounds() {
            let seen = known.requests.get(&round.0);
            if let Some(request) = self.count(round, seen, counted).await? {
                completion::look(&self.store, &self.finalize, &request).await?;
            }
        }
        Ok(ended_now)
    }

    /// Images of the same URL end with the one that was worked on.
    async fn end_copies(
        &self,
        ended: impl Iterator<Item = ImageMessage>,
        known: &Known,
    ) -> Result<(), BatchError> {
        let has_copies = |message: &ImageMessage| {
            let request = known.requests.get(&message.image.request_id);
            request.is_some_and(|request| request.is_open() && request.intake.duplicates > 0)
        };
        let firsts: Vec<_> = ended.filter(has_copies).collect();
        for request in copies::end_of(&self.store, &firsts).await? {
            completion::look(&self.store, &self.finalize, &request).await?;
        }
        Ok(())
    }

    /// Moves a request's counters; the request after it, if it has not ended. `seen` is the request as
    /// the batch found it, which is enough where nothing changes.
    async fn count(
        &self,
        round: (RequestId, u32),
        seen: Option<&Request>,
        counted: Counted,
    ) -> Result<Option<Request>, StoreError> {
        let requests = self.store.requests();
        let mut after = seen.cloned();
        if counted.counts.ended() > 0 {
            after = requests
                .count(round, counted.counts, counted.savings)
                .await?;
            let now = self.store.now();
            if let Some(marks) = after.as_ref().and_then(|after| after.next_marks(now)) {
                requests.mark(round, marks, &self.output_base).await?;
            }
        }
        let open = |request: &Request| request.status == RequestStatus::Pending;
        let known = |request: &Request| request.counts_in_doubt && request.intake.complete;
        if counted.repeated && after.as_ref().is_some_and(|it| open(it) && !known(it)) {
            after = requests.doubt_counts(round.0).await?;
        }
        Ok(after)
    }
}
