//! One event: dropped objects, each of which becomes a request; announced ones, which requests wait for;
//! or an intake to go on with.

use std::time::{Duration, Instant, SystemTime};

use aws_lambda_events::event::s3::{S3Event, S3EventRecord};
use halftone_pipeline::event::{object_key, stop_before};
use halftone_pipeline::jobs::drop::{self, DropError, Dropped, Drops};
use halftone_pipeline::jobs::intake::Intake;
use halftone_pipeline::services::aws;
use halftone_pipeline::services::blobs::{Blobs, Key};
use halftone_pipeline::services::functions::{HandOver, IntakeMessage};
use halftone_pipeline::services::queue::Queue;
use halftone_pipeline::services::store::Store;
use halftone_pipeline::settings::{self, Environment, place};
use halftone_pipeline::telemetry::chain;
use lambda_runtime::{Error, tracing};
use serde::Deserialize;

const STORE_TIMEOUT: Duration = Duration::from_secs(20);
/// Longest call to AWS: S3 copies a dropped CSV of a gigabyte.
const CALL_TIMEOUT: Duration = Duration::from_secs(120);
/// Kept back from the function's time: a chunk must end, and the rest be handed over.
const RESERVE: Duration = Duration::from_secs(45);

/// What may call this function.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Event {
    /// An intake that somebody else began.
    Intake(IntakeMessage),
    /// S3, about the drop bucket or what was announced.
    Dropped(S3Event),
}

/// What the function works with.
pub struct Handler {
    drops: Drops,
}

/// An event that S3 cannot have sent.
#[derive(Debug, thiserror::Error)]
#[error("the S3 event lacks the object's {0}")]
struct Incomplete(&'static str);

impl Handler {
    /// Reads the environment and prepares the clients.
    pub async fn from_env() -> Result<Self, Error> {
        let aws = aws::load(CALL_TIMEOUT).await;
        let ((store, intake, outputs), settings) = Environment::read(|env| {
            let store = settings::store(env, &aws, STORE_TIMEOUT);
            let uploads = env.text(place::UPLOADS_BUCKET);
            let outputs = env.text(place::OUTPUTS_BUCKET);
            let images = env.text(place::IMAGES_QUEUE_URL);
            let finalize = env.text(place::FINALIZE_QUEUE_URL);
            let ingest = env.text(place::INGEST_FUNCTION);
            let owner_key = settings::drop_owner(env);
            let max_bytes = settings::max_drop_bytes(env);
            let limits = settings::drop_limits(env);
            let defaults = settings::request_defaults(env);
            let intake = (uploads?, images?, finalize?, ingest?);
            let settings = (owner_key?, max_bytes?, limits?, defaults?);
            Some(((store?, intake, outputs?), settings))
        })?;
        let (uploads, images, finalize, ingest) = intake;
        let intake = Intake {
            store: Store::connect(&store).await?,
            images: Queue::new(&aws, images),
            finalize: Queue::new(&aws, finalize),
            uploads: Blobs::new(&aws, uploads),
            ingest: HandOver::new(&aws, ingest),
        };
        let (owner_key, max_bytes, limits, defaults) = settings;
        let drops = Drops {
            intake,
            outputs: Blobs::new(&aws, outputs),
            owner_key,
            max_bytes,
            limits,
            defaults,
            notice_topic: settings::notice_topic(),
        };
        Ok(Self { drops })
    }

    /// Handles one event, until shortly before the function's `deadline`.
    ///
    /// # Errors
    /// When anything of it could not be done: Lambda then sends the whole event again, which does
    /// nothing to what was.
    pub async fn handle(&self, event: Event, deadline: SystemTime) -> Result<(), Error> {
        let until = stop_before(deadline, RESERVE);
        match event {
            Event::Intake(IntakeMessage { request_id }) => {
                let gone_on = self.drops.go_on(request_id, until).await;
                gone_on.map_err(|error| {
                    tracing::error!(request = %request_id, error = chain(&error), "the intake will be tried again");
                    error.into()
                })
            }
            Event::Dropped(event) => self.take_in(event, until).await,
        }
    }

    async fn take_in(&self, event: S3Event, until: Instant) -> Result<(), Error> {
        let mut failed = None;
        for record in event.records {
            let dropped = dropped(record)?;
            if drop::is_folder(&dropped.key) {
                continue;
            }
            if let Err(error) = self.take_in_one(&dropped, until).await {
                tracing::error!(
                    bucket = dropped.bucket,
                    key = dropped.key,
                    error = chain(&error),
                    "the dropped CSV could not be taken in"
                );
                failed = Some(error);
            }
        }
        failed.map_or(Ok(()), |error| Err(error.into()))
    }

    async fn take_in_one(&self, dropped: &Dropped, until: Instant) -> Result<(), DropError> {
        if dropped.bucket != self.drops.intake.uploads.bucket() {
            return self.drops.take_in(dropped, until).await;
        }
        match Key::of_presigned(&dropped.key) {
            Some(id) => self.drops.arrived(id, until).await,
            None => {
                tracing::warn!(
                    key = dropped.key,
                    "an object that nobody announced is left alone"
                );
                Ok(())
            }
        }
    }
}

fn dropped(record: S3EventRecord) -> Result<Dropped, Incomplete> {
    let object = record.s3.object;
    let key = object.key.ok_or(Incomplete("key"))?;
    Ok(Dropped {
        bucket: record.s3.bucket.name.ok_or(Incomplete("bucket"))?,
        key: object_key(&key).ok_or(Incomplete("key in UTF-8"))?,
        version: object
            .version_id
            .filter(|version| !version.is_empty() && version != "null"),
        e_tag: object.e_tag.unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_event_names_one_object() {
        let event = include_str!("../../../events/ingest.json");
        let event: S3Event = serde_json::from_str(event).unwrap();
        let dropped: Vec<_> = event
            .records
            .into_iter()
            .map(|record| dropped(record).unwrap())
            .collect();
        assert_eq!(dropped[0].key, "spring/Frühling 2026.csv");
        assert!(dropped[0].version.is_some());
    }
}
