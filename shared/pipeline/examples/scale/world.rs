//! Services of a running stack, with a database, buckets and queues of their own, and the jobs that
//! work with them.

use std::error::Error;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_s3::config::{Credentials, Region};
use halftone_codec::PixelLimits;
use halftone_origin::{Answer, Origin};
use halftone_pipeline::jobs::completion::Completion;
use halftone_pipeline::jobs::compress::{
    Ahead, Compress, HostGates, MemoryBudget, Patience, Reuse, cache_control,
};
use halftone_pipeline::jobs::drop::{Dropped, Drops};
use halftone_pipeline::jobs::intake::Intake;
use halftone_pipeline::manifest::ManifestLimits;
use halftone_pipeline::request::{OutputOptions, RequestDefaults, RequestId};
use halftone_pipeline::services::aws;
use halftone_pipeline::services::blobs::Blobs;
use halftone_pipeline::services::fetch::{FetchConfig, Fetcher, OriginHeaders, Ports};
use halftone_pipeline::services::functions::HandOver;
use halftone_pipeline::services::queue::Queue;
use halftone_pipeline::services::store::{Store, StoreConfig, Uri};
use serde_json::Value;

use crate::calls::{Calls, Protocol};

pub type Failure = Box<dyn Error>;

/// Everything that the jobs take.
pub struct World {
    pub calls: Calls,
    pub store: Store,
    /// The same database, past the counting.
    pub database: mongodb::Database,
    pub origin: Origin,
    pub s3: aws_sdk_s3::Client,
    pub images: Queue,
    /// The servers' processes.
    pub mongodb_pid: String,
    pub aws_pid: String,
    uploads: Blobs,
    outputs: Blobs,
    finalize: Queue,
    ingest: HandOver,
    drop_bucket: String,
    /// Where the servers are, past the counting, and how all that is this run's is named.
    past: SdkConfig,
    uri: String,
    name: String,
}

/// The servers, past the counting.
pub struct Servers {
    pub store: Store,
    pub queue: Queue,
    pub outputs: Blobs,
}

impl World {
    pub async fn new(stack: &Value) -> Result<Self, Failure> {
        let text = |name: &str| stack[name].as_str().unwrap_or_default().to_owned();
        let (uri, endpoint) = (text("mongodbUri"), text("awsEndpointUrl"));
        let name = format!("s{}", RequestId::random().to_string().replace('-', ""));
        let calls = Calls::default();
        let mongo = calls.before(address(&uri), Protocol::Mongo).await?;
        let counted = calls.before(address(&endpoint), Protocol::Http).await?;
        let aws = config(&format!("http://{counted}"), &text("region")).await;
        let past = config(&endpoint, &text("region")).await;
        let s3 = aws_sdk_s3::config::Builder::from(&past).force_path_style(true);
        let s3 = aws_sdk_s3::Client::from_conf(s3.build());
        for bucket in ["uploads", "outputs", "drop"] {
            s3.create_bucket()
                .bucket(format!("{name}-{bucket}"))
                .send()
                .await?;
        }
        let origin = Origin::start()?;
        origin.otherwise(|_| Answer::status(202));
        let lambda = config(&origin.url(""), &text("region")).await;
        let counted_uri = format!("mongodb://{mongo}/?directConnection=true");
        let store = Store::connect(&place(counted_uri, &name)).await?;
        let sqs = aws_sdk_sqs::Client::new(&past);
        let queue = async |kind: &str| -> Result<Queue, Failure> {
            let made = sqs.create_queue().queue_name(format!("{name}-{kind}"));
            let url = made.send().await?.queue_url.unwrap_or_default();
            Ok(Queue::new(&aws, url.replace(&address(&endpoint), &counted)))
        };
        let pid = |name: &str| stack["pids"][name].to_string();
        let operator = mongodb::Client::with_uri_str(&uri).await?;
        Ok(Self {
            calls,
            store,
            database: operator.database(&name),
            origin,
            s3,
            images: queue("images").await?,
            finalize: queue("finalize").await?,
            mongodb_pid: pid("mongodb"),
            aws_pid: pid("aws"),
            uploads: Blobs::new(&aws, format!("{name}-uploads")),
            outputs: Blobs::new(&aws, format!("{name}-outputs")),
            ingest: HandOver::new(&lambda, "ingest".to_owned()),
            drop_bucket: format!("{name}-drop"),
            past,
            uri,
            name,
        })
    }

    /// The servers past the counting, with a database, a queue and a bucket of their own.
    pub async fn servers(&self) -> Result<Servers, Failure> {
        let name = format!("{}l", self.name);
        let store = Store::connect(&place(self.uri.clone(), &name)).await?;
        store.prepare().await?;
        let queue = aws_sdk_sqs::Client::new(&self.past).create_queue();
        let queue = queue.queue_name(&name).send().await?.queue_url;
        self.s3.create_bucket().bucket(&name).send().await?;
        Ok(Servers {
            store,
            queue: Queue::new(&self.past, queue.unwrap_or_default()),
            outputs: Blobs::new(&self.past, name),
        })
    }

    /// Puts a CSV into the drop bucket.
    pub async fn drop(&self, key: &str, csv: Vec<u8>) -> Result<Dropped, Failure> {
        let put = self.s3.put_object().bucket(&self.drop_bucket).key(key);
        let put = put.body(csv.into()).send().await?;
        Ok(Dropped {
            bucket: self.drop_bucket.clone(),
            key: key.to_owned(),
            version: None,
            e_tag: put.e_tag.unwrap_or_default(),
        })
    }

    /// The bytes of one of a request's objects, and how many lines they are.
    pub async fn lines(&self, key: &str) -> Result<(usize, usize), Failure> {
        let got = self.s3.get_object().bucket(self.outputs.bucket()).key(key);
        let mut body = got.send().await?.body;
        let (mut bytes, mut lines) = (0, 0);
        while let Some(chunk) = body.try_next().await? {
            bytes += chunk.len();
            lines += chunk.iter().filter(|byte| **byte == b'\n').count();
        }
        Ok((bytes, lines))
    }

    pub fn drops(&self) -> Drops {
        Drops {
            intake: Intake {
                store: self.store.clone(),
                images: self.images.clone(),
                finalize: self.finalize.clone(),
                uploads: self.uploads.clone(),
                ingest: self.ingest.clone(),
            },
            outputs: self.outputs.clone(),
            owner_key: "key".to_owned(),
            notice_topic: None,
            // The defaults of the template.
            max_bytes: 1 << 30,
            limits: ManifestLimits {
                max_rows: 1_000_000,
                max_urls_per_row: 100,
                max_images: 2_000_000,
                max_cell_bytes: 1_024,
            },
            defaults: RequestDefaults {
                options: OutputOptions::default(),
                deadline_hours: 24,
                retention_days: 30,
            },
        }
    }

    pub fn compress(&self) -> Result<Compress, Failure> {
        let fetching = FetchConfig {
            connect_timeout: Duration::from_secs(5),
            idle_timeout: Duration::from_secs(20),
            total_timeout: Duration::from_secs(60),
            max_bytes: 1 << 24,
            max_redirects: 5,
            allowed_networks: vec!["127.0.0.0/8".parse()?],
            allowed_ports: Ports::default(),
            user_agent: "Halftone/bench".to_owned(),
            headers: OriginHeaders::default(),
            has_end: halftone_codec::has_end,
        };
        Ok(Compress {
            store: self.store.clone(),
            outputs: self.outputs.clone(),
            cache_control: cache_control(30),
            finalize: self.finalize.clone(),
            limits: PixelLimits {
                max_pixels: 50_000_000,
                max_dimension: 16_384,
            },
            memory: MemoryBudget::new(1_769, fetching.max_bytes)?,
            fetcher: Fetcher::new(fetching)?,
            ahead: Ahead::default(),
            reuse: Reuse {
                on: true,
                output_days: 0,
            },
            hosts: HostGates::new(8),
            output_base: "https://api.example/prod".to_owned(),
            patience: Patience {
                image_tries: 3,
                image_retry: Duration::from_secs(20),
                service_retry: Duration::from_secs(30),
            },
        })
    }

    pub fn completion(&self) -> Completion {
        Completion {
            store: self.store.clone(),
            uploads: self.uploads.clone(),
            outputs: self.outputs.clone(),
            images: self.images.clone(),
            finalize: self.finalize.clone(),
            ingest: self.ingest.clone(),
            notice_topic: None,
            cdn: None,
            output_base: "https://api.example/prod".to_owned(),
            requeue_after: Duration::from_secs(6 * 3_600),
        }
    }
}

fn place(uri: String, database: &str) -> StoreConfig {
    StoreConfig {
        uri: Uri::Plain(uri),
        database: database.to_owned(),
        timeout: Duration::from_secs(120),
    }
}

async fn config(endpoint: &str, region: &str) -> SdkConfig {
    let credentials = Credentials::new("test", "test", None, None, "test");
    let loader = aws::loader().endpoint_url(endpoint);
    let loader = loader.region(Region::new(region.to_owned()));
    loader.credentials_provider(credentials).load().await
}

/// Host and port of a URL.
fn address(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?']).next().unwrap_or_default().to_owned()
}
