//! Reads the environment and prepares what finalize works with.

use std::time::Duration;

use halftone_pipeline::jobs::completion::Completion;
use halftone_pipeline::jobs::dead_letters::DeadLetters;
use halftone_pipeline::jobs::sweep::Sweep;
use halftone_pipeline::jobs::webhook::Webhooks;
use halftone_pipeline::services::aws;
use halftone_pipeline::services::blobs::Blobs;
use halftone_pipeline::services::cdn::Cdn;
use halftone_pipeline::services::fetch::Fetcher;
use halftone_pipeline::services::functions::HandOver;
use halftone_pipeline::services::queue::Queue;
use halftone_pipeline::services::store::Store;
use halftone_pipeline::services::topic::Topic;
use halftone_pipeline::settings::{self, Environment, place};
use lambda_runtime::Error;

use crate::handler::Handler;

const STORE_TIMEOUT: Duration = Duration::from_secs(20);
/// Longest call to AWS: a part of a results CSV.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);

/// The handler, as the environment says.
pub async fn handler() -> Result<Handler, Error> {
    let aws = aws::load(CALL_TIMEOUT).await;
    let master = settings::webhook_master(&aws).await?;
    let (queues, places, bounds) = Environment::read(|env| {
        let images = env.text(place::IMAGES_QUEUE_URL);
        let images_dlq = env.text(place::IMAGES_DLQ_URL);
        let finalize = env.text(place::FINALIZE_QUEUE_URL);
        let ingest_dlq = env.text(place::INGEST_DLQ_URL);
        let store = settings::store(env, &aws, STORE_TIMEOUT);
        let uploads = env.text(place::UPLOADS_BUCKET);
        let outputs = env.text(place::OUTPUTS_BUCKET);
        let ingest = env.text(place::INGEST_FUNCTION);
        let api_url = env.text(place::API_URL);
        let posting = settings::webhook_posting(env);
        let requeue_after = settings::requeue_after(env);
        let service_retry = settings::service_retry(env);
        let queues = (images?, images_dlq?, finalize?, ingest_dlq?);
        let places = (store?, uploads?, outputs?, ingest?, api_url?);
        Some((queues, places, (posting?, requeue_after?, service_retry?)))
    })?;
    let (images, images_dlq, finalize, ingest_dlq) = queues;
    let (store, uploads, outputs, ingest, api_url) = places;
    let (posting, requeue_after, service_retry) = bounds;
    let store = Store::connect(&store).await?;
    let finalize = Queue::new(&aws, finalize);
    let ingest = HandOver::new(&aws, ingest);
    let completion = Completion {
        store: store.clone(),
        uploads: Blobs::new(&aws, uploads),
        outputs: Blobs::new(&aws, outputs),
        images: Queue::new(&aws, images),
        finalize: finalize.clone(),
        ingest: ingest.clone(),
        cdn: settings::distribution()
            .map(|id| Cdn::new(&aws, id))
            .transpose()?,
        output_base: settings::cdn().unwrap_or_else(|| api_url.clone()),
        notice_topic: settings::notice_topic(),
        requeue_after,
    };
    Ok(Handler {
        dead_letters: DeadLetters {
            completion: completion.clone(),
        },
        completion,
        sweep: Sweep {
            store: store.clone(),
            finalize: finalize.clone(),
            ingest,
            ingest_dlq: Queue::new(&aws, ingest_dlq),
        },
        webhooks: Webhooks {
            store,
            finalize: finalize.clone(),
            fetcher: Fetcher::new(posting)?,
            master,
            api_url,
            topic: settings::notice_topic().map(|arn| Topic::new(&aws, arn)),
        },
        finalize,
        images_dlq: Queue::new(&aws, images_dlq),
        service_retry,
    })
}
