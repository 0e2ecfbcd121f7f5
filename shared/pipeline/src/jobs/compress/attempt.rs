//! One try at one image: fetch, recompress, write.

use std::time::{Duration, Instant};

use bytes::Bytes;
use halftone_codec::{ImageError, Options, Picture, Recompressed};

use super::Compress;
use super::ahead::InProgress;
use super::failure::CompressError;
use super::hosts::Turn;
use super::memory::{Reserved, Room};
use super::patience::after_pause;
use super::pauses::Pauses;
use super::reuse::Source;
use super::stage::Course;
use super::there::There;
use super::wanted::Wanted;
use crate::hash::sha256;
use crate::request::OutputOptions;
use crate::services::blobs::{BlobError, Key, file_name};
use crate::services::fetch::{FetchError, Fetched, Validators};
use crate::services::store::{Image, ImageSuccess, KnownSource, PictureRecord, Request};
use crate::telemetry::chain;

/// Longest pause that a host is granted.
const MAX_PAUSE: Duration = Duration::from_secs(60 * 60);

/// One image to be tried.
pub(super) struct Attempt<'a> {
    pub(super) image: &'a Image,
    pub(super) request: &'a Request,
    /// Its source, as it was when an earlier request had it compressed.
    pub(super) known: Option<&'a KnownSource>,
    /// Whether the image is still wanted.
    pub(super) wanted: &'a Wanted<'a>,
    /// Which hosts asked to be asked less.
    pub(super) pauses: &'a Pauses<'a>,
    /// Which outputs of earlier requests are there.
    pub(super) there: &'a There<'a>,
}

/// An image that has an output.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) success: ImageSuccess,
    pub(super) source: Option<Source>,
}

/// What an image's origin has.
enum Origin<'a> {
    /// What is known of it, as it says after so many milliseconds.
    Unchanged(u64),
    /// Something, which is here.
    Sent(Sent<'a>),
}

/// A source that is here.
struct Sent<'a> {
    fetched: Fetched,
    fetch_ms: u64,
    _room: Option<Room>,
    _in_progress: InProgress<'a>,
}

impl Compress {
    /// Makes one try, until `deadline`.
    pub(super) async fn attempt(
        &self,
        attempt: Attempt<'_>,
        deadline: Instant,
    ) -> Result<Made, CompressError> {
        let limit = deadline.saturating_duration_since(Instant::now());
        let course = Course::new(limit);
        let made = tokio::time::timeout(limit, self.output(&attempt, &course)).await;
        made.unwrap_or(Err(CompressError::Deadline(course.stage())))
    }

    async fn output(&self, attempt: &Attempt<'_>, course: &Course) -> Result<Made, CompressError> {
        let mut known = attempt.known;
        loop {
            match self.fetch(attempt, known, course).await? {
                Origin::Sent(sent) => return self.make(attempt, sent, course).await,
                Origin::Unchanged(fetch_ms) => {
                    course.store();
                    // Its output may be gone: then it is fetched, whether it has changed or not.
                    if let Some(known) = known.take()
                        && let Some(made) = self.made_before(attempt, known, fetch_ms).await?
                    {
                        return Ok(made);
                    }
                }
            }
        }
    }

    /// Makes the output of a source that is here, unless it was made before.
    async fn make(
        &self,
        attempt: &Attempt<'_>,
        sent: Sent<'_>,
        course: &Course,
    ) -> Result<Made, CompressError> {
        let Sent {
            fetched,
            fetch_ms,
            _room,
            _in_progress,
        } = sent;
        let mut sha256 = None;
        if self.reuse.on {
            let hash = self.hash(fetched.body.clone()).await?;
            if let Some(known) = attempt.known.filter(|known| known.state.sha256 == hash) {
                course.store();
                if let Some(mut made) = self.made_before(attempt, known, fetch_ms).await? {
                    made.source = made.source.map(|source| source.seen(fetched.validators));
                    return Ok(made);
                }
            }
            sha256 = Some(hash);
        }
        let header = halftone_codec::inspect(&fetched.body, &self.limits)
            .map_err(|error| CompressError::of_fetched(error, &fetched))?;
        course.wait();
        let options = attempt.request.options;
        let room = self.memory.reserve(&header, &options).await?;
        course.work();
        let started = Instant::now();
        let made = self.recompress(fetched.body, options, room).await?;
        let recompress_time = started.elapsed();
        self.ahead.took(recompress_time);
        course.store();
        let (input, mut output) = (record(&made.input), record(&made.output));
        let format = made.output.format;
        self.check_wanted(attempt).await?;
        let key = Key::Output {
            image: attempt.image.place,
            name: file_name(&attempt.image.input_url),
            extension: format.extension().to_owned(),
        };
        let another = self
            .store_output(&key, format.content_type(), made.bytes.into())
            .await?;
        if let Some(there) = &another {
            self.describe(&mut output, there);
        }
        let success = ImageSuccess {
            input,
            output,
            output_key: key.to_string(),
            kept: made.kept,
            notes: made.omitted.iter().map(ToString::to_string).collect(),
            unchanged: false,
            fetch_ms,
            recompress_ms: millis(recompress_time),
        };
        let sha256 = sha256.filter(|_| another.is_none());
        let source = sha256.map(|sha256| Source::new(fetched.validators, sha256, &success));
        Ok(Made { success, source })
    }

    /// On a thread for blocking work: a large file takes a while.
    async fn hash(&self, bytes: Bytes) -> Result<String, CompressError> {
        let hash = tokio::task::spawn_blocking(move || sha256(&[&bytes]));
        hash.await.map_err(CompressError::Panicked)
    }

    /// Fetches when it is the image's turn at its host, and the processors will soon have time for it.
    async fn fetch(
        &self,
        attempt: &Attempt<'_>,
        known: Option<&KnownSource>,
        course: &Course,
    ) -> Result<Origin<'_>, CompressError> {
        let image = attempt.image;
        let (turn, in_progress) = course.begin(self.turn(attempt)).await??;
        let mut time = Duration::ZERO;
        let known = known.and_then(|known| known.state.validators.as_ref());
        let fetched = self.get((&image.input_url, known), course, &mut time).await;
        match fetched.as_ref().map_err(FetchError::root) {
            Ok(_) => turn.answered(time),
            Err(FetchError::HttpStatus {
                status: 429 | 503,
                retry_after,
                ..
            }) => {
                let pause = retry_after.unwrap_or_default().min(MAX_PAUSE);
                self.slow_down(&image.host, &turn, pause).await;
                if !pause.is_zero() {
                    return Err(CompressError::Paused(after_pause(pause, pause)));
                }
            }
            Err(_) => {}
        }
        let Some((fetched, room)) = fetched? else {
            return Ok(Origin::Unchanged(millis(time)));
        };
        Ok(Origin::Sent(Sent {
            fetched,
            fetch_ms: millis(time),
            _room: room,
            _in_progress: in_progress,
        }))
    }

    /// Fetches what is not `known`, and waits in between for room; `time` is what the origin took of it.
    async fn get(
        &self,
        (url, known): (&str, Option<&Validators>),
        course: &Course,
        time: &mut Duration,
    ) -> Result<Option<(Fetched, Option<Room>)>, FetchError> {
        course.work();
        let started = Instant::now();
        let opened = self.fetcher.open(url, known).await;
        *time = started.elapsed();
        let Some(opened) = opened? else {
            return Ok(None);
        };
        course.wait();
        let mut room = self.memory.source(opened.declared()).await;
        course.work();
        let started = Instant::now();
        let fetched = self.fetcher.read(opened).await;
        *time += started.elapsed();
        let fetched = fetched?;
        if let Some(room) = &mut room {
            room.shrink_to(fetched.body.len() as u64);
        }
        Ok(Some((fetched, room)))
    }

    /// Waits for the image's turn. What is asked then is part of the wait: a slow database leaves a try no less time.
    async fn turn(&self, attempt: &Attempt<'_>) -> Result<(Turn, InProgress<'_>), CompressError> {
        let turn = self.hosts.turn(&attempt.image.host).await;
        let turn = turn.map_err(CompressError::Paused)?;
        let in_progress = self.ahead.begin().await;
        self.check_pause(attempt, &turn).await?;
        self.check_wanted(attempt).await?;
        Ok((turn, in_progress))
    }

    /// The request may have been given up since the batch began.
    pub(super) async fn check_wanted(&self, attempt: &Attempt<'_>) -> Result<(), CompressError> {
        match attempt.wanted.wants(attempt.image).await {
            true => Ok(()),
            false => Err(CompressError::GivenUp),
        }
    }

    /// Another instance may have been asked for a pause since the batch began.
    async fn check_pause(&self, attempt: &Attempt<'_>, turn: &Turn) -> Result<(), CompressError> {
        let slow_down = attempt.pauses.of(&attempt.image.host).await;
        let now = self.store.now();
        match slow_down {
            Some(slow_down) if slow_down.until > now => {
                let (rest, pause) = (slow_down.until.since(now), slow_down.pause);
                turn.pause(rest, pause);
                Err(CompressError::Paused(after_pause(rest, pause)))
            }
            _ => Ok(()),
        }
    }

    /// Asks a host less from now on, and after its pause, here and in all instances.
    async fn slow_down(&self, host: &str, turn: &Turn, pause: Duration) {
        let fetches = turn.slow_down();
        turn.pause(pause, pause);
        tracing::info!(
            host,
            pause_s = pause.as_secs(),
            fetches,
            "a host asks to be asked less"
        );
        let told = self.store.hosts().slow_down(host, pause, fetches).await;
        if let Err(error) = told {
            tracing::warn!(
                host,
                error = chain(&error),
                "other instances could not be told"
            );
        }
    }

    /// Recompresses. The memory is taken until that has ended, however early this call is given up.
    async fn recompress(
        &self,
        bytes: Bytes,
        asked: OutputOptions,
        room: Reserved,
    ) -> Result<Recompressed, CompressError> {
        let options = Options {
            quality: asked.quality,
            format: asked.format,
            copyright: asked.copyright,
            max_size: asked.max_size(),
            limits: self.limits,
        };
        apart(move || {
            let _room = room;
            halftone_codec::recompress(&bytes, &options)
        })
        .await
    }

    /// Writes an output once: one that is there already, of a run that was cut off before it could record it, stays.
    /// What is there then, if it is another one: its source has changed since.
    async fn store_output(
        &self,
        key: &Key,
        content_type: &str,
        output: Bytes,
    ) -> Result<Option<Bytes>, BlobError> {
        let put = self
            .outputs
            .put_new(key, content_type, &self.cache_control, output.clone());
        match put.await {
            Ok(()) => Ok(None),
            Err(BlobError::Exists) => {
                let (there, _) = self.outputs.get(key).await?;
                Ok(Some(there).filter(|there| *there != output))
            }
            Err(error) => Err(error),
        }
    }

    /// Describes an output by what it is, where it is not what was made.
    fn describe(&self, output: &mut PictureRecord, there: &Bytes) {
        output.bytes = there.len() as u64;
        if let Ok(is) = halftone_codec::inspect(there, &self.limits) {
            (output.width, output.height) = (is.width, is.height);
        }
    }
}

/// Works on a thread for blocking work; a panic there is this image's failure only.
async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ImageError> + Send + 'static,
) -> Result<T, CompressError> {
    let made = tokio::task::spawn_blocking(work);
    Ok(made.await.map_err(CompressError::Panicked)??)
}

fn record(picture: &Picture) -> PictureRecord {
    PictureRecord {
        format: picture.format.to_string(),
        width: picture.width,
        height: picture.height,
        bytes: picture.bytes,
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::failure::Next;
    use super::*;
    use crate::codes::ImageCode;

    #[tokio::test]
    async fn a_codec_that_panics_fails_its_image_and_nothing_else() {
        let panics = async || apart(|| -> Result<(), _> { panic!("a fault of ours") }).await;
        let failed = panics().await.unwrap_err();
        assert_eq!(
            (failed.code(), failed.next()),
            (ImageCode::Internal, Next::Fail)
        );
        assert_eq!(apart(|| Ok(1)).await.unwrap(), 1);
    }
}
