//! One S3 event: each object in it becomes a request.

use std::time::Duration;

use aws_lambda_events::event::s3::{S3Event, S3EventRecord};
use halftone_pipeline::jobs::drop::{Dropped, Drops};
use halftone_pipeline::jobs::intake::{self, Intake};
use halftone_pipeline::request::Owner;
use halftone_pipeline::services::aws;
use halftone_pipeline::services::blobs::Blobs;
use halftone_pipeline::services::queue::Queue;
use halftone_pipeline::settings::{self, ConfigError};
use halftone_pipeline::telemetry;
use lambda_runtime::{Error, tracing};
use percent_encoding::percent_decode_str;

const STORE_TIMEOUT: Duration = Duration::from_secs(20);

/// What the function works with.
pub struct Ingest {
    drops: Drops,
}

/// An event that S3 cannot have sent.
#[derive(Debug, thiserror::Error)]
#[error("the S3 event lacks the object's {0}")]
struct Incomplete(&'static str);

impl Ingest {
    /// Reads the environment and prepares the clients.
    pub async fn from_env() -> Result<Self, Error> {
        let aws = aws::load().await;
        let intake = Intake::from_env(&aws, STORE_TIMEOUT, "MAX_DROP_ROWS").await?;
        let outputs = Blobs::new(&aws, settings::text("OUTPUTS_BUCKET")?);
        let finalize = Queue::new(&aws, settings::text("FINALIZE_QUEUE_URL")?);
        Ok(Self {
            drops: drops(intake, outputs, finalize)?,
        })
    }

    /// Takes in every object of an event.
    ///
    /// # Errors
    /// When one could not be taken in: Lambda then sends the whole event again, which does
    /// nothing to those that were.
    pub async fn handle(&self, event: S3Event) -> Result<(), Error> {
        let mut failed = None;
        for record in event.records {
            let dropped = dropped(record)?;
            if let Err(error) = self.drops.take_in(&dropped).await {
                tracing::error!(
                    bucket = dropped.bucket,
                    key = dropped.key,
                    error = telemetry::chain(&error),
                    "the dropped CSV could not be taken in"
                );
                failed = Some(error);
            }
        }
        failed.map_or(Ok(()), |error| Err(error.into()))
    }
}

fn drops(intake: Intake, outputs: Blobs, finalize: Queue) -> Result<Drops, ConfigError> {
    Ok(Drops {
        intake,
        outputs,
        finalize,
        owner: Owner(settings::text("DROP_OWNER")?),
        max_bytes: settings::parsed("MAX_DROP_BYTES")?,
        options: intake::options_from_env()?,
        retention_days: settings::parsed("RETENTION_DAYS")?,
    })
}

fn dropped(record: S3EventRecord) -> Result<Dropped, Incomplete> {
    let object = record.s3.object;
    let key = object.key.ok_or(Incomplete("key"))?;
    Ok(Dropped {
        bucket: record.s3.bucket.name.ok_or(Incomplete("bucket"))?,
        key: decode(&key).ok_or(Incomplete("key in UTF-8"))?,
        version: object
            .version_id
            .filter(|version| !version.is_empty() && version != "null"),
        e_tag: object.e_tag.unwrap_or_default(),
    })
}

/// S3 events carry keys as HTML forms do: `+` is a space, the rest is percent-encoded.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html>
fn decode(key: &str) -> Option<String> {
    let spaced = key.replace('+', " ");
    percent_decode_str(&spaced)
        .decode_utf8()
        .ok()
        .map(Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_decoded_as_forms_are() {
        assert_eq!(
            decode("in/a+b%2Bc+%C3%BC.csv").as_deref(),
            Some("in/a b+c ü.csv")
        );
        assert_eq!(decode("%FF"), None);
    }

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
