//! One SQS batch: each message is an image; those that wait are sent anew, and those that must be received
//! again are reported as batch item failures and come back when they are to.

use std::time::{Duration, SystemTime};

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use halftone_pipeline::event;
use halftone_pipeline::jobs::compress::{
    Ahead, Compress, HostGates, MemoryBudget, RECORDING, Received, send_anew,
};
use halftone_pipeline::services::aws;
use halftone_pipeline::services::blobs::Blobs;
use halftone_pipeline::services::fetch::Fetcher;
use halftone_pipeline::services::metrics::Metrics;
use halftone_pipeline::services::queue::{IMAGE_MESSAGE_VERSION, ImageMessage, PutBack, Queue};
use halftone_pipeline::services::store::Store;
use halftone_pipeline::settings::{self, Environment, place};
use lambda_runtime::{Error, tracing};

/// Half of the function's time by default. A slow database is waited for: work that is done already
/// would be done again otherwise, and the database asked again, by others beside it.
const STORE_TIMEOUT: Duration = Duration::from_secs(60);
/// Longest call to AWS: the largest output that there is, at a few megabytes a second.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);
/// Kept back from the function's time to record what ended, and to send anew or put back what did not.
const RESERVE: Duration = RECORDING.saturating_add(Duration::from_secs(1));

/// What the function works with.
pub struct Handler {
    compress: Compress,
    images: Queue,
}

impl Handler {
    /// Reads the environment and prepares the clients.
    pub async fn from_env() -> Result<Self, Error> {
        let aws = aws::load(CALL_TIMEOUT).await;
        let headers = settings::origin_headers(&aws).await?;
        let (places, bounds) = Environment::read(|env| {
            let store = settings::store(env, &aws, STORE_TIMEOUT);
            let outputs = env.text(place::OUTPUTS_BUCKET);
            let images = env.text(place::IMAGES_QUEUE_URL);
            let finalize = env.text(place::FINALIZE_QUEUE_URL);
            let api_url = env.text(place::API_URL);
            let fetching = settings::image_fetching(env, headers);
            let limits = settings::pixel_limits(env);
            let cache_control = settings::output_caching(env);
            let reuse = settings::reuse(env);
            let patience = settings::patience(env);
            let fetches_per_host = settings::fetches_per_host(env);
            let memory = settings::function_memory(env);
            let fetching = fetching?;
            let memory = MemoryBudget::new(memory?, fetching.max_bytes)
                .map_err(|error| env.fault(error.to_string()))
                .ok();
            let places = (
                store?,
                (outputs?, cache_control?, reuse?),
                (images?, finalize?, api_url?),
            );
            let bounds = (fetching, limits?, memory?, patience?, fetches_per_host?);
            Some((places, bounds))
        })?;
        let (store, (outputs, cache_control, reuse), (images, finalize, api_url)) = places;
        let (fetching, limits, memory, patience, fetches_per_host) = bounds;
        let compress = Compress {
            store: Store::connect(&store).await?,
            outputs: Blobs::new(&aws, outputs),
            cache_control,
            reuse,
            finalize: Queue::new(&aws, finalize),
            fetcher: Fetcher::new(fetching)?,
            limits,
            memory,
            ahead: Ahead::default(),
            hosts: HostGates::new(fetches_per_host),
            patience,
            output_base: settings::cdn().unwrap_or(api_url),
        };
        Ok(Self {
            compress,
            images: Queue::new(&aws, images),
        })
    }

    /// Works on a batch until shortly before the function's `deadline`.
    pub async fn handle(&self, batch: SqsEvent, deadline: SystemTime) -> SqsBatchResponse {
        let ages = batch.records.iter().filter_map(event::age);
        Metrics::of_function()
            .milliseconds("QueueAge", ages)
            .write();
        let parsed: Vec<_> = batch.records.iter().map(parse).collect();
        let (mut readable, mut back) = (Vec::new(), Vec::new());
        for (place, received) in parsed.iter().enumerate() {
            match received {
                Ok(received) => readable.push((place, *received)),
                Err(receives) => {
                    let patience = self.compress.patience;
                    back.push((place, patience.after_receives(*receives)));
                }
            }
        }
        let received: Vec<_> = readable.iter().map(|(_, received)| *received).collect();
        let until = event::stop_before(deadline, RESERVE);
        let again = self.compress.run(&received, until).await;
        let again = send_anew(&self.images, &received, again).await;
        back.extend(
            again
                .iter()
                .map(|again| (readable[again.place].0, again.after)),
        );
        self.images
            .put_back(&put_backs(&batch.records, &back))
            .await;
        let id = |(place, _): &(usize, Duration)| batch.records[*place].message_id.clone();
        event::batch_item_failures(back.iter().filter_map(id))
    }
}

/// What a message says; of one that cannot be read, how often it was received. It may be of a
/// version to come, so it goes back, never away.
fn parse(message: &SqsMessage) -> Result<Received, u32> {
    let receives = event::receives(message);
    let body = message.body.as_deref().unwrap_or_default();
    match serde_json::from_str::<ImageMessage>(body) {
        Ok(message) if message.v == IMAGE_MESSAGE_VERSION => Ok(Received { message, receives }),
        Ok(unknown) => {
            tracing::error!(
                message.id = message.message_id,
                version = unknown.v,
                "the message is of another version"
            );
            Err(receives)
        }
        Err(error) => {
            tracing::error!(message.id = message.message_id, %error, "the message is no image");
            Err(receives)
        }
    }
}

fn put_backs(messages: &[SqsMessage], back: &[(usize, Duration)]) -> Vec<PutBack> {
    let put_back = |(place, after): &(usize, Duration)| {
        let receipt = messages[*place].receipt_handle.clone()?;
        Some(PutBack {
            receipt,
            after: *after,
        })
    };
    back.iter().filter_map(put_back).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_event_is_read_and_one_unreadable_message_stands_alone() {
        let event = include_str!("../../../events/compress.json");
        let mut event: SqsEvent = serde_json::from_str(event).unwrap();
        assert!(event.records.iter().all(|message| parse(message).is_ok()));
        let bad = &mut event.records[0];
        for body in [
            "{",
            r#"{"v":2,"requestId":"0f8fad5b-d9cb-469f-a165-70867728950e","ordinal":0,"round":1}"#,
        ] {
            bad.body = Some(body.into());
            bad.attributes
                .insert("ApproximateReceiveCount".into(), "3".into());
            assert_eq!(parse(bad).map(|received| received.receives), Err(3));
        }
    }

    #[test]
    fn what_comes_back_is_put_back_by_its_own_receipt() {
        let message = |receipt: &str| {
            let mut message = SqsMessage::default();
            message.receipt_handle = Some(receipt.into());
            message
        };
        let wait = Duration::from_secs(30);
        let back = put_backs(&[message("a"), message("b")], &[(1, wait)]);
        assert_eq!(back[0].receipt, "b");
        assert_eq!(back[0].after, wait);
    }
}
