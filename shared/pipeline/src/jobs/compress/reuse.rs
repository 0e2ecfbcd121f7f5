//! What an owner's earlier requests have made already: a source that has not changed since keeps its output and its
//! URL.
//!
//! An output may be named from the moment that its source was looked up; until the batch is recorded nothing removes
//! it, see [`Requests::hold`](crate::services::store::Requests::hold).

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use super::attempt::{Attempt, Made};
use super::failure::CompressError;
use super::{Compress, RECORDING};
use crate::request::{ImageRef, ImageStatus, RequestId, Timestamp};
use crate::services::blobs::BlobError;
use crate::services::fetch::Validators;
use crate::services::store::{
    Image, ImageSuccess, KnownSource, Request, SourceId, SourceState, StoreError,
};
use crate::telemetry::chain;

/// By how much longer than a batch may be recorded its outputs are held: for clocks that differ, and for a write that
/// is on its way when the time is up.
const MARGIN: Duration = Duration::from_secs(30);
/// An output that is younger need not be made younger still.
const YOUNG: Duration = Duration::from_secs(86_400);

/// Whether what was made before is made again, and how long it lives.
#[derive(Clone, Copy, Debug)]
pub struct Reuse {
    /// Sources are remembered, and made anew only when they have changed.
    pub on: bool,
    /// Days after which S3 removes an output, counted from when it was written; 0 is never.
    pub output_days: u64,
}

impl Reuse {
    /// Whether an output stays until a request that names it is forgotten. One that cannot, since requests are kept
    /// longer, stays as long as a new one would.
    fn lasts(&self, written_at: Option<Timestamp>, now: Timestamp, expires_at: Timestamp) -> bool {
        if self.output_days == 0 {
            return true;
        }
        let Some(written_at) = written_at else {
            return false;
        };
        let life = Duration::from_secs(self.output_days.saturating_mul(86_400));
        written_at.plus(life) >= expires_at || now.since(written_at) < YOUNG
    }
}

/// The sources of a batch that were compressed before.
#[derive(Default)]
pub(super) struct Remembered {
    sources: HashMap<SourceId, KnownSource>,
    /// Which source each image has.
    of: HashMap<ImageRef, SourceId>,
}

impl Remembered {
    /// That of an image.
    pub(super) fn of(&self, image: &Image) -> Option<&KnownSource> {
        self.sources.get(self.of.get(&image.place)?)
    }

    /// The keys of all outputs.
    pub(super) fn outputs(&self) -> impl Iterator<Item = &str> {
        let made = self.sources.values().map(|source| &source.state.made);
        made.map(|made| made.output_key.as_str())
    }
}

/// A source whose image has an output.
#[derive(Debug)]
pub(super) struct Source {
    state: Box<SourceState>,
    /// As it is remembered already.
    is_known: bool,
}

impl Source {
    pub(super) fn new(validators: Option<Validators>, sha256: String, made: &ImageSuccess) -> Self {
        let state = SourceState {
            validators,
            sha256,
            made: made.clone(),
        };
        Self {
            state: Box::new(state),
            is_known: false,
        }
    }

    /// The same with what its server says of it now.
    pub(super) fn seen(mut self, validators: Option<Validators>) -> Self {
        self.is_known &= self.state.validators == validators;
        self.state.validators = validators;
        self
    }
}

/// The sources of a batch that are to be remembered.
#[derive(Default)]
pub(super) struct ToRemember {
    new: Vec<KnownSource>,
    named: Vec<KnownSource>,
}

impl ToRemember {
    pub(super) fn add(&mut self, source: Source, image: &Image, request: &Request) {
        let id = SourceId::of(&request.owner_id, &image.input_url, &request.options);
        let known = KnownSource::new(id, request, *source.state);
        match source.is_known {
            true => self.named.push(known),
            false => self.new.push(known),
        }
    }
}

impl Compress {
    /// Looks up what is remembered of the sources of a batch that ends at `deadline`, and has the outputs stay.
    pub(super) async fn remembered(
        &self,
        images: &[Image],
        requests: &HashMap<RequestId, Request>,
        deadline: Instant,
    ) -> Result<Remembered, StoreError> {
        let mut of = HashMap::new();
        for image in images {
            let request = requests.get(&image.place.request_id);
            let is_pending = image.status == ImageStatus::Pending && self.reuse.on;
            if let Some(request) = request.filter(|it| is_pending && it.is_open() && !it.fresh) {
                let id = SourceId::of(&request.owner_id, &image.input_url, &request.options);
                of.insert(image.place, id);
            }
        }
        if of.is_empty() {
            return Ok(Remembered::default());
        }
        let wanted: Vec<_> = of.values().collect();
        let found = self.store.sources().get_all(&wanted).await?;
        let held = self.hold(&found, deadline).await?;
        let found = found.into_iter().filter(|it| held.contains(&it.request_id));
        let by_id = found.map(|source| (source.id.clone(), source));
        Ok(Remembered {
            sources: by_id.collect(),
            of,
        })
    }

    async fn hold(
        &self,
        sources: &[KnownSource],
        deadline: Instant,
    ) -> Result<HashSet<RequestId>, StoreError> {
        let mut requests: Vec<_> = sources.iter().map(|source| source.request_id).collect();
        requests.sort_unstable();
        requests.dedup();
        if requests.is_empty() {
            return Ok(HashSet::new());
        }
        let rest = deadline.saturating_duration_since(Instant::now());
        let until = self.store.now().plus(rest + RECORDING + MARGIN);
        self.store.requests().hold(&requests, until).await
    }

    /// An image whose source has not changed: with the output that it had, if that is there and lasts.
    pub(super) async fn made_before(
        &self,
        attempt: &Attempt<'_>,
        known: &KnownSource,
        fetch_ms: u64,
    ) -> Result<Option<Made>, CompressError> {
        self.check_wanted(attempt).await?;
        let made = &known.state.made;
        if !self.keep(made, attempt).await? {
            return Ok(None);
        }
        let success = ImageSuccess {
            unchanged: true,
            fetch_ms,
            recompress_ms: 0,
            ..made.clone()
        };
        let source = Source {
            state: Box::new(known.state.clone()),
            is_known: true,
        };
        Ok(Some(Made {
            success,
            source: Some(source),
        }))
    }

    /// Has an output stay for as long as the request; whether it is there. Somebody may have removed it by hand, or a
    /// lifecycle rule.
    async fn keep(&self, made: &ImageSuccess, attempt: &Attempt<'_>) -> Result<bool, BlobError> {
        let (until, now) = (attempt.request.expires_at, self.store.now());
        if let Some(listed) = attempt.there.listed(&made.output_key).await
            && listed.bytes == made.output.bytes
            && self.reuse.lasts(listed.written_at, now, until)
        {
            return Ok(true);
        }
        match self.keep_object(made, until).await {
            Err(BlobError::NotFound) => Ok(false),
            kept => kept,
        }
    }

    async fn keep_object(&self, made: &ImageSuccess, until: Timestamp) -> Result<bool, BlobError> {
        let head = self.outputs.head(&made.output_key, None).await?;
        if head.bytes != made.output.bytes {
            return Ok(false);
        }
        if !self.reuse.lasts(head.written_at, self.store.now(), until) {
            let (key, content_type) = (&made.output_key, &head.content_type);
            self.outputs
                .renew(key, content_type, &self.cache_control)
                .await?;
        }
        Ok(true)
    }

    /// Remembers sources whose images have ended. A fault costs work another time, not the image.
    pub(super) async fn remember(&self, sources: &ToRemember) {
        let known = self.store.sources();
        if let Err(error) = known.remember(&sources.new, &sources.named).await {
            tracing::warn!(
                error = chain(&error),
                "sources of the batch are not remembered"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_lasts_as_long_as_who_names_it() {
        let lasts = |output_days, age_days: i64, request_days: i64| {
            let now = Timestamp::now();
            let day = |days: i64| now.plus_seconds(days * 86_400);
            let reuse = Reuse {
                on: true,
                output_days,
            };
            reuse.lasts(Some(day(-age_days)), now, day(request_days))
        };
        assert!(lasts(0, 10_000, 30), "it stays for ever");
        assert!(lasts(60, 30, 30));
        assert!(!lasts(60, 31, 30));
        assert!(!lasts(60, 100, 30), "it is about to go");
        // Outputs live shorter than requests, by the operator's choice.
        assert!(lasts(7, 0, 30));
        assert!(!lasts(7, 1, 30));
        let reuse = Reuse {
            on: true,
            output_days: 60,
        };
        assert!(!reuse.lasts(None, Timestamp::now(), Timestamp::now()));
    }
}
