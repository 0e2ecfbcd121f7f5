//! Services of a test's own, and the jobs that work with them.

use std::time::{Duration, Instant};

use aws_config::SdkConfig;
use aws_sdk_s3::config::{Credentials, Region};
use aws_sdk_sqs::types::QueueAttributeName;
use bytes::Bytes;
use halftone_codec::PixelLimits;
use halftone_origin::{Answer, Origin};
use halftone_pipeline::jobs::accept::{AcceptError, Upload, Uploads};
use halftone_pipeline::jobs::completion::Completion;
use halftone_pipeline::jobs::compress::{
    Ahead, ComesBack, Compress, HostGates, MemoryBudget, Patience, Received, Reuse, cache_control,
    send_anew,
};
use halftone_pipeline::jobs::control::Control;
use halftone_pipeline::jobs::dead_letters::DeadLetters;
use halftone_pipeline::jobs::drop::Drops;
use halftone_pipeline::jobs::intake::Intake;
use halftone_pipeline::jobs::sweep::Sweep;
use halftone_pipeline::jobs::webhook::Webhooks;
use halftone_pipeline::manifest::ManifestLimits;
use halftone_pipeline::request::{
    OptionName, OutputOptions, OwnerId, RequestDefaults, RequestId, ResultsFile, Wishes,
};
use halftone_pipeline::services::aws;
use halftone_pipeline::services::blobs::{Blobs, Key};
use halftone_pipeline::services::fetch::{FetchConfig, Fetcher, OriginHeaders, Ports};
use halftone_pipeline::services::functions::HandOver;
use halftone_pipeline::services::queue::{FinalizeMessage, ImageMessage, Queue};
use halftone_pipeline::services::store::{Image, Request, Store, StoreConfig, Uri};
use halftone_pipeline::services::topic::Topic;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::wire::Wire;

/// Where the hand-over's invocations arrive.
const INVOCATIONS: &str = "/2015-03-31/functions/ingest/invocations";
/// How long something that is on its way may take.
const LONG: Duration = Duration::from_secs(30);
/// What webhooks' keys are derived from.
pub const MASTER_KEY: &str = "a master key of thirty-two letters";
/// What ends a request's life in these tests.
pub const DEADLINE_HOURS: i64 = 24;

/// Everything a test needs.
pub struct World {
    pub store: Store,
    /// The same database, as an operator works on it.
    pub database: mongodb::Database,
    pub uploads: Blobs,
    pub outputs: Blobs,
    pub images: Queue,
    pub finalize: Queue,
    pub ingest_dlq: Queue,
    /// The drop bucket's name.
    pub drop_bucket: String,
    /// Serves images, takes webhooks and the hand-over's invocations.
    pub origin: Origin,
    pub s3: aws_sdk_s3::Client,
    sqs: aws_sdk_sqs::Client,
    pub ingest: HandOver,
    /// The topic that notices go to, where a test wants them.
    pub topic: Option<String>,
    pub aws: SdkConfig,
    place: Place,
}

/// Where its services are.
#[derive(Clone)]
struct Place {
    name: String,
    endpoint: String,
    region: String,
    uri: String,
}

/// This far from now: more than any test takes.
pub fn later() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

impl World {
    #[allow(
        clippy::disallowed_methods,
        reason = "the test runner says here where the services are"
    )]
    pub async fn new() -> Self {
        let path = std::env::var("HALFTONE_STACK").expect("run these with: cargo local test");
        let stack: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let text = |name: &str| stack[name].as_str().unwrap().to_owned();
        let (uri, endpoint, region) = (text("mongodbUri"), text("awsEndpointUrl"), text("region"));
        let name = format!("t{}", RequestId::random().to_string().replace('-', ""));
        let aws = config(&endpoint, &region).await;
        let s3 = aws_sdk_s3::config::Builder::from(&aws).force_path_style(true);
        let s3 = aws_sdk_s3::Client::from_conf(s3.build());
        for bucket in ["uploads", "outputs", "drop"] {
            let call = s3.create_bucket().bucket(format!("{name}-{bucket}"));
            call.send().await.unwrap();
        }
        let place = Place {
            name: name.clone(),
            endpoint: endpoint.clone(),
            region: region.clone(),
            uri: uri.clone(),
        };
        let origin = Origin::start().unwrap();
        origin.on(INVOCATIONS, |_| Answer::status(202));
        let lambda = config(&origin.url(""), &region).await;
        let operator = mongodb::Client::with_uri_str(&uri).await.unwrap();
        let database = StoreConfig {
            uri: Uri::Plain(uri),
            database: name.clone(),
            // Of a database that many tests share.
            timeout: Duration::from_secs(60),
        };
        let store = Store::connect(&database).await.unwrap();
        store.prepare().await.unwrap();
        let sqs = aws_sdk_sqs::Client::new(&aws);
        Self {
            store,
            database: operator.database(&name),
            uploads: Blobs::new(&aws, format!("{name}-uploads")),
            outputs: Blobs::new(&aws, format!("{name}-outputs")),
            images: queue(&aws, &sqs, &format!("{name}-images")).await,
            finalize: queue(&aws, &sqs, &format!("{name}-finalize")).await,
            ingest_dlq: queue(&aws, &sqs, &format!("{name}-ingest-dlq")).await,
            drop_bucket: format!("{name}-drop"),
            origin,
            s3,
            sqs,
            ingest: HandOver::new(&lambda, "ingest".to_owned()),
            topic: None,
            aws,
            place,
        }
    }

    /// The same world as another process sees it, whose calls all go through this wire.
    pub async fn through(&self, wire: &Wire) -> Self {
        let Place {
            name,
            region,
            endpoint,
            uri,
        } = &self.place;
        let services = wire.http(endpoint).await;
        let aws = config(&services, region).await;
        let lambda = config(&wire.http(&self.origin.url("")).await, region).await;
        let store = StoreConfig {
            uri: Uri::Plain(wire.mongodb(uri).await),
            database: name.clone(),
            timeout: Duration::from_secs(60),
        };
        let store = Store::connect(&store).await.unwrap();
        let ahead = self.store.now().since(store.now()).as_secs();
        store.clock().advance(ahead.cast_signed());
        let queue = |of: &Queue| {
            let at = format!("{services}/000000000000/{}", of.name());
            Queue::new(&aws, at)
        };
        Self {
            store,
            database: self.database.clone(),
            uploads: Blobs::new(&aws, self.uploads.bucket().to_owned()),
            outputs: Blobs::new(&aws, self.outputs.bucket().to_owned()),
            images: queue(&self.images),
            finalize: queue(&self.finalize),
            ingest_dlq: queue(&self.ingest_dlq),
            drop_bucket: self.drop_bucket.clone(),
            origin: self.origin.clone(),
            s3: self.s3.clone(),
            sqs: self.sqs.clone(),
            ingest: HandOver::new(&lambda, "ingest".to_owned()),
            topic: self.topic.clone(),
            aws,
            place: self.place.clone(),
        }
    }

    pub fn intake(&self) -> Intake {
        Intake {
            store: self.store.clone(),
            images: self.images.clone(),
            finalize: self.finalize.clone(),
            uploads: self.uploads.clone(),
            ingest: self.ingest.clone(),
        }
    }

    pub fn uploads(&self) -> Uploads {
        Uploads {
            intake: self.intake(),
            limits: limits(),
            defaults: defaults(),
            max_pending: 10_000,
        }
    }

    pub fn drops(&self) -> Drops {
        Drops {
            intake: self.intake(),
            outputs: self.outputs.clone(),
            owner_key: "key".to_owned(),
            max_bytes: 1_000_000,
            limits: limits(),
            defaults: defaults(),
            notice_topic: self.topic.clone(),
        }
    }

    pub fn compress(&self) -> Compress {
        let fetching = fetching();
        Compress {
            store: self.store.clone(),
            outputs: self.outputs.clone(),
            cache_control: cache_control(30),
            reuse: Reuse {
                on: true,
                output_days: 0,
            },
            finalize: self.finalize.clone(),
            limits: PixelLimits {
                max_pixels: 50_000_000,
                max_dimension: 16_384,
            },
            memory: MemoryBudget::new(1_769, fetching.max_bytes).unwrap(),
            fetcher: Fetcher::new(fetching).unwrap(),
            ahead: Ahead::default(),
            hosts: HostGates::new(8),
            output_base: "https://api.example/prod".to_owned(),
            patience: Patience {
                image_tries: 3,
                image_retry: Duration::from_secs(20),
                service_retry: Duration::from_secs(30),
            },
        }
    }

    /// Works on a batch as compress does; what comes back, but for what merely waits and is queued anew.
    pub async fn compressed(&self, batch: &[Received]) -> Vec<ComesBack> {
        let back = self.compress().run(batch, later()).await;
        send_anew(&self.images, batch, back).await
    }

    pub fn completion(&self) -> Completion {
        Completion {
            store: self.store.clone(),
            uploads: self.uploads.clone(),
            outputs: self.outputs.clone(),
            images: self.images.clone(),
            finalize: self.finalize.clone(),
            ingest: self.ingest.clone(),
            cdn: None,
            output_base: "https://api.example/prod".to_owned(),
            notice_topic: self.topic.clone(),
            requeue_after: Duration::from_secs(6 * 3_600),
        }
    }

    pub fn dead_letters(&self) -> DeadLetters {
        DeadLetters {
            completion: self.completion(),
        }
    }

    pub fn sweep(&self) -> Sweep {
        Sweep {
            store: self.store.clone(),
            finalize: self.finalize.clone(),
            ingest: self.ingest.clone(),
            ingest_dlq: self.ingest_dlq.clone(),
        }
    }

    pub fn webhooks(&self) -> Webhooks {
        Webhooks {
            store: self.store.clone(),
            finalize: self.finalize.clone(),
            fetcher: Fetcher::new(fetching()).unwrap(),
            master: MASTER_KEY.parse().unwrap(),
            api_url: "https://api.example/prod".to_owned(),
            topic: self.topic.clone().map(|arn| Topic::new(&self.aws, arn)),
        }
    }

    /// What callers of the API ask for.
    pub fn control(&self) -> Control {
        Control {
            store: self.store.clone(),
            finalize: self.finalize.clone(),
        }
    }

    /// Accepts a CSV of one-URL rows, all of it.
    pub async fn accepted(&self, urls: &[String], webhook: Option<&str>) -> RequestId {
        let uploads = self.uploads();
        let accepted = uploads.accept(upload(csv(urls), webhook), later());
        accepted.await.unwrap().id
    }

    /// An object of the bucket of outputs, by its key.
    pub async fn output(&self, key: &str) -> Vec<u8> {
        let call = self.s3.get_object().bucket(self.outputs.bucket());
        let got = call.key(key).send().await.unwrap();
        got.body.collect().await.unwrap().into_bytes().to_vec()
    }

    /// Writes an output as a run does that is cut off before it can record it.
    pub async fn put_output(&self, key: &str, body: Vec<u8>) {
        let call = self.s3.put_object().bucket(self.outputs.bucket()).key(key);
        call.body(body.into()).send().await.unwrap();
    }

    /// Accepts a CSV with an idempotency key.
    pub async fn accept_with(
        &self,
        key: &str,
        csv: &str,
        quality: Option<&str>,
    ) -> Result<RequestId, AcceptError> {
        let mut upload = upload(csv.to_owned(), None);
        upload.idempotency_key = Some(key.to_owned());
        if let Some(quality) = quality {
            upload.wishes.set(OptionName::Quality, quality).unwrap();
        }
        let accepted = self.uploads().accept(upload, later()).await;
        accepted.map(|accepted| accepted.id)
    }

    /// Whose requests these are.
    pub async fn owner(&self) -> OwnerId {
        self.store.owners().find_or_create("key").await.unwrap()
    }

    pub async fn request(&self, id: RequestId) -> Request {
        self.store.requests().get(id).await.unwrap().unwrap()
    }

    pub async fn recorded(&self, id: RequestId) -> Vec<Image> {
        let request = self.request(id).await;
        let images = self.store.images();
        images.page(&request, 0, 10_000).await.unwrap()
    }

    /// The messages of the images queue, which are taken off it.
    pub async fn queued(&self) -> Vec<ImageMessage> {
        drain(&self.images).await
    }

    /// The messages of the finalize queue, which are taken off it.
    pub async fn told(&self) -> Vec<FinalizeMessage> {
        drain(&self.finalize).await
    }

    /// How many messages the finalize queue has, those too that cannot be seen yet.
    pub async fn sent(&self) -> u32 {
        let url = self.sqs.get_queue_url().queue_name(self.finalize.name());
        let url = url.send().await.unwrap().queue_url.unwrap();
        let kinds = [
            QueueAttributeName::ApproximateNumberOfMessagesDelayed,
            QueueAttributeName::ApproximateNumberOfMessages,
        ];
        let call = self.sqs.get_queue_attributes().queue_url(url);
        let call = call.set_attribute_names(Some(kinds.to_vec()));
        let got = call.send().await.unwrap().attributes.unwrap();
        let count = |kind| got[kind].parse::<u32>().unwrap();
        kinds.iter().map(count).sum()
    }

    /// The messages of the finalize queue once there are any, which are taken off it.
    pub async fn told_in_the_end(&self) -> Vec<FinalizeMessage> {
        until("finalize is told", async || {
            Some(self.told().await).filter(|told| !told.is_empty())
        })
        .await
    }

    /// A queue that cannot be reached.
    pub async fn out_of_reach() -> Queue {
        let nowhere = aws::loader().endpoint_url("http://127.0.0.1:9");
        Queue::new(
            &nowhere.load().await,
            "http://127.0.0.1:9/1/none".to_owned(),
        )
    }

    /// Another queue, and its ARN.
    pub async fn queue(&self, name: &str) -> (Queue, String) {
        let queue = queue(&self.aws, &self.sqs, name).await;
        let url = self.sqs.get_queue_url().queue_name(name);
        let url = url.send().await.unwrap().queue_url.unwrap();
        let call = self.sqs.get_queue_attributes().queue_url(url);
        let call = call.attribute_names(QueueAttributeName::QueueArn);
        let got = call.send().await.unwrap().attributes.unwrap();
        (queue, got[&QueueAttributeName::QueueArn].clone())
    }

    /// What ingest was asked to go on with.
    pub fn handed_over(&self) -> Vec<Value> {
        let calls = self.origin.requests(INVOCATIONS).into_iter();
        calls
            .map(|call| serde_json::from_slice(&call.body).unwrap())
            .collect()
    }

    /// The results CSV of a request.
    pub async fn results(&self, id: RequestId) -> String {
        String::from_utf8(self.results_as(id, ResultsFile::Csv).await).unwrap()
    }

    /// The results of a request in one form.
    pub async fn results_as(&self, id: RequestId, file: ResultsFile) -> Vec<u8> {
        let round = self.request(id).await.round;
        let key = Key::Results(id, round, file).to_string();
        self.output(&key).await
    }

    /// A small picture at this path; its URL.
    pub fn picture(&self, path: &str) -> String {
        self.origin.serve(path, picture())
    }
}

pub async fn config(endpoint: &str, region: &str) -> SdkConfig {
    let loader = aws::loader().endpoint_url(endpoint);
    let credentials = Credentials::new("test", "test", None, None, "test");
    let loader = loader.region(Region::new(region.to_owned()));
    loader.credentials_provider(credentials).load().await
}

async fn queue(aws: &SdkConfig, sqs: &aws_sdk_sqs::Client, name: &str) -> Queue {
    let created = sqs.create_queue().queue_name(name).send().await.unwrap();
    Queue::new(aws, created.queue_url.unwrap())
}

async fn drain<T: DeserializeOwned>(queue: &Queue) -> Vec<T> {
    let mut messages = Vec::new();
    loop {
        let received = queue.receive().await.unwrap();
        if received.is_empty() {
            return messages;
        }
        for message in received {
            messages.push(serde_json::from_str(&message.body).unwrap());
            queue.delete(&message.receipt).await.unwrap();
        }
    }
}

/// Asks again and again until there is an answer.
pub async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(started.elapsed() < LONG, "not within {LONG:?}: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

pub fn limits() -> ManifestLimits {
    ManifestLimits {
        max_rows: 100_000,
        max_urls_per_row: 10,
        max_images: 1_000_000,
        max_cell_bytes: 64,
    }
}

fn defaults() -> RequestDefaults {
    RequestDefaults {
        options: OutputOptions::default(),
        deadline_hours: DEADLINE_HOURS,
        retention_days: 30,
    }
}

fn fetching() -> FetchConfig {
    FetchConfig {
        connect_timeout: Duration::from_secs(2),
        idle_timeout: Duration::from_secs(5),
        total_timeout: Duration::from_secs(10),
        max_bytes: 1 << 24,
        max_redirects: 5,
        allowed_networks: vec!["127.0.0.0/8".parse().unwrap()],
        allowed_ports: Ports::default(),
        user_agent: "Halftone/test".to_owned(),
        headers: OriginHeaders::default(),
        has_end: halftone_codec::has_end,
    }
}

pub fn upload(csv: String, webhook: Option<&str>) -> Upload {
    let mut wishes = Wishes::default();
    if let Some(url) = webhook {
        wishes.set(OptionName::WebhookUrl, url).unwrap();
    }
    Upload {
        api_key_id: "key".to_owned(),
        idempotency_key: None,
        file: Bytes::from(csv),
        file_name: None,
        wishes,
    }
}

/// A CSV of one-URL rows.
pub fn csv(urls: &[String]) -> String {
    let row = |(n, url): (usize, &String)| format!("{n},Product {n},{url}\n");
    let rows: String = (1..).zip(urls).map(row).collect();
    format!("S. No.,Product Name,Input Image Urls\n{rows}")
}

/// These messages, each received so often.
pub fn batch(messages: &[ImageMessage], receives: u32) -> Vec<Received> {
    let received = |message: &ImageMessage| Received {
        message: *message,
        receives,
    };
    messages.iter().map(received).collect()
}

/// A bitmap of 64 × 48 pixels: small, quick to decode, and smaller as a JPEG.
pub fn picture() -> Vec<u8> {
    picture_of(64, 48)
}

/// The same in another size; the width is a multiple of four pixels.
pub fn picture_of(width: u32, height: u32) -> Vec<u8> {
    let pixels = width * height * 3;
    let mut bytes = b"BM".to_vec();
    for field in [54 + pixels, 0, 54, 40, width, height] {
        bytes.extend(field.to_le_bytes());
    }
    bytes.extend(1_u16.to_le_bytes());
    bytes.extend(24_u16.to_le_bytes());
    for field in [0, pixels, 2_835, 2_835, 0, 0] {
        bytes.extend(field.to_le_bytes());
    }
    bytes.extend((0..pixels).map(|at| u8::try_from((at * 7 + at / (width * 3)) % 251).unwrap()));
    bytes
}
