//! Reads the environment: the only place that does. `template.yaml` sets every variable.
//!
//! Whatever is missing or unreadable stops the function at start-up, all of it in one message, so
//! that no limit is ever silently something else.

use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

use aws_config::SdkConfig;
use halftone_codec::PixelLimits;

use crate::api::cors::Cors;
use crate::jobs::compress::{Patience, Reuse, cache_control};
use crate::jobs::webhook::keys::{MasterKey, WeakKey};
use crate::manifest::ManifestLimits;
use crate::request::{OutputOptions, RequestDefaults};
use crate::services::fetch::{FetchConfig, OriginHeaders, OriginHeadersError};
use crate::services::secrets::{self, Secret, SecretError};
use crate::services::store::{StoreConfig, Uri};

/// Redirects followed on the way to an image.
const MAX_REDIRECTS: u8 = 5;
/// Longest wait for a webhook receiver's connection.
const WEBHOOK_CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Everything that is wrong with the environment, at once.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the function's environment is unusable (template.yaml sets it): {}", .0.join("; "))]
pub struct SettingsError(pub Vec<String>);

/// The environment, and what was found wrong with it so far.
#[derive(Debug, Default)]
pub struct Environment {
    faults: Vec<String>,
}

impl Environment {
    /// Reads what a function needs; `read` asks for all of it before it gives up.
    ///
    /// # Errors
    /// All that is missing or unusable.
    pub fn read<T>(read: impl FnOnce(&mut Self) -> Option<T>) -> Result<T, SettingsError> {
        let mut environment = Self::default();
        match read(&mut environment) {
            Some(settings) if environment.faults.is_empty() => Ok(settings),
            _ => Err(SettingsError(environment.faults)),
        }
    }

    /// The text of a variable that must be set.
    pub fn text(&mut self, name: &str) -> Option<String> {
        let text = Self::optional(name);
        if text.is_none() {
            self.faults.push(format!("{name} is not set"));
        }
        text
    }

    /// The text of a variable that may be missing or empty.
    #[allow(
        clippy::disallowed_methods,
        reason = "this is where the environment is read"
    )]
    pub fn optional(name: &str) -> Option<String> {
        std::env::var(name).ok().filter(|value| !value.is_empty())
    }

    /// A variable of any type that can be parsed.
    pub fn parsed<T: FromStr<Err: Display>>(&mut self, name: &str) -> Option<T> {
        let text = self.text(name)?;
        self.parse(name, &text)
    }

    /// A number of seconds.
    pub fn seconds(&mut self, name: &str) -> Option<Duration> {
        self.parsed(name).map(Duration::from_secs)
    }

    /// A comma-separated list; missing or empty means none.
    pub fn list<T: FromStr<Err: Display>>(&mut self, name: &str) -> Option<Vec<T>> {
        let text = Self::optional(name).unwrap_or_default();
        let items = text.split(',').map(str::trim);
        let items = items.filter(|item| !item.is_empty());
        items.map(|item| self.parse(name, item)).collect()
    }

    /// The value is left out of the fault: it may be a secret.
    fn parse<T: FromStr<Err: Display>>(&mut self, name: &str, text: &str) -> Option<T> {
        let parsed = text.parse();
        if let Err(error) = &parsed {
            self.faults.push(format!("{name} is unusable: {error}"));
        }
        parsed.ok()
    }

    /// A fault that more than one variable makes.
    pub fn fault(&mut self, fault: String) {
        self.faults.push(fault);
    }
}

/// How the database is reached, when no call to it may take longer than `timeout`: by a connection
/// string of a secret, or by one that needs none.
pub fn store(env: &mut Environment, aws: &SdkConfig, timeout: Duration) -> Option<StoreConfig> {
    let uri = match Environment::optional("MONGODB_SECRET") {
        Some(id) => Some(Uri::Secret(Secret::new(aws, id, "uri"))),
        None => env.text("MONGODB_URI").map(Uri::Plain),
    };
    let database = env.text("MONGODB_DATABASE");
    Some(StoreConfig {
        uri: uri?,
        database: database?,
        timeout,
    })
}

/// Names and addresses of the services' parts; each function asks for those that it uses.
pub mod place {
    /// The bucket of the requests' CSVs.
    pub const UPLOADS_BUCKET: &str = "UPLOADS_BUCKET";
    /// Scheme and host by which browsers reach that bucket.
    pub const UPLOADS_ORIGIN: &str = "UPLOADS_ORIGIN";
    /// The bucket of outputs and results.
    pub const OUTPUTS_BUCKET: &str = "OUTPUTS_BUCKET";
    /// The queue of images.
    pub const IMAGES_QUEUE_URL: &str = "IMAGES_QUEUE_URL";
    /// The dead-letter queue of images.
    pub const IMAGES_DLQ_URL: &str = "IMAGES_DLQ_URL";
    /// The queue of finalize.
    pub const FINALIZE_QUEUE_URL: &str = "FINALIZE_QUEUE_URL";
    /// The dead-letter queue of ingest's events.
    pub const INGEST_DLQ_URL: &str = "INGEST_DLQ_URL";
    /// The ingest function, for whoever hands over to it.
    pub const INGEST_FUNCTION: &str = "INGEST_FUNCTION";
    /// Base URL of the API.
    pub const API_URL: &str = "API_URL";
}

/// How much one uploaded CSV may ask for.
pub fn upload_limits(env: &mut Environment) -> Option<ManifestLimits> {
    limits(env, "MAX_UPLOAD_ROWS")
}

/// How much one CSV may ask for, whichever way it came: uploads are within these limits too.
pub fn drop_limits(env: &mut Environment) -> Option<ManifestLimits> {
    limits(env, "MAX_DROP_ROWS")
}

fn limits(env: &mut Environment, max_rows: &str) -> Option<ManifestLimits> {
    let max_rows = env.parsed(max_rows);
    let max_urls_per_row = env.parsed("MAX_URLS_PER_ROW");
    let max_images = env.parsed("MAX_IMAGES_PER_REQUEST");
    let max_cell_bytes = env.parsed("MAX_CELL_BYTES");
    Some(ManifestLimits {
        max_rows: max_rows?,
        max_urls_per_row: max_urls_per_row?,
        max_images: max_images?,
        max_cell_bytes: max_cell_bytes?,
    })
}

/// Largest CSV in an upload, in bytes.
pub fn max_upload_bytes(env: &mut Environment) -> Option<u64> {
    env.parsed("MAX_UPLOAD_BYTES")
}

/// How many pending requests an owner may have.
pub fn max_pending(env: &mut Environment) -> Option<usize> {
    env.parsed("MAX_PENDING_REQUESTS")
}

/// Largest CSV in the drop bucket, in bytes.
pub fn max_drop_bytes(env: &mut Environment) -> Option<u64> {
    env.parsed("MAX_DROP_BYTES")
}

/// The API key, by id, whose owner gets what is dropped into no owner's folder.
pub fn drop_owner(env: &mut Environment) -> Option<String> {
    env.text("DROP_OWNER")
}

/// What every request gets.
pub fn request_defaults(env: &mut Environment) -> Option<RequestDefaults> {
    let quality = env.parsed("QUALITY");
    let deadline_hours = env.parsed("REQUEST_DEADLINE_HOURS");
    let retention_days = env.parsed("RETENTION_DAYS");
    Some(RequestDefaults {
        options: OutputOptions {
            quality: quality?,
            ..OutputOptions::default()
        },
        deadline_hours: deadline_hours?,
        retention_days: retention_days?,
    })
}

/// Headers that origins ask for, by host: of the secret that is named, if one is.
///
/// # Errors
/// When it cannot be read or understood.
pub async fn origin_headers(aws: &SdkConfig) -> Result<OriginHeaders, UnusableHeaders> {
    match Environment::optional("ORIGIN_HEADERS_SECRET") {
        Some(id) => Ok(secrets::read(aws, &id).await?.parse()?),
        None => Ok(OriginHeaders::default()),
    }
}

/// Why the headers that origins ask for cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum UnusableHeaders {
    /// The secret could not be read.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// It has another form.
    #[error("OriginHeadersSecret is unusable: {0}")]
    Form(#[from] OriginHeadersError),
}

/// How images are fetched, with the headers that origins ask for.
pub fn image_fetching(env: &mut Environment, headers: OriginHeaders) -> Option<FetchConfig> {
    let connect_timeout = env.seconds("FETCH_CONNECT_TIMEOUT_SECONDS");
    let idle_timeout = env.seconds("FETCH_IDLE_TIMEOUT_SECONDS");
    let total_timeout = env.seconds("FETCH_TOTAL_TIMEOUT_SECONDS");
    let max_bytes = env.parsed("MAX_IMAGE_BYTES");
    let allowed_networks = env.list("ALLOWED_NETWORKS");
    let allowed_ports = env.parsed("ALLOWED_PORTS");
    let user_agent = env.text("USER_AGENT");
    Some(FetchConfig {
        connect_timeout: connect_timeout?,
        idle_timeout: idle_timeout?,
        total_timeout: total_timeout?,
        max_bytes: max_bytes?,
        max_redirects: MAX_REDIRECTS,
        allowed_networks: allowed_networks?,
        allowed_ports: allowed_ports?,
        user_agent: user_agent?,
        headers,
        has_end: halftone_codec::has_end,
    })
}

/// How webhooks are posted: nothing is followed and next to nothing is read.
pub fn webhook_posting(env: &mut Environment) -> Option<FetchConfig> {
    let timeout = env.seconds("WEBHOOK_TIMEOUT_SECONDS");
    let allowed_networks = env.list("ALLOWED_NETWORKS");
    let allowed_ports = env.parsed("ALLOWED_PORTS");
    let user_agent = env.text("USER_AGENT");
    let timeout = timeout?;
    Some(FetchConfig {
        connect_timeout: WEBHOOK_CONNECT_TIMEOUT.min(timeout),
        idle_timeout: timeout,
        total_timeout: timeout,
        max_bytes: 0,
        max_redirects: 0,
        allowed_networks: allowed_networks?,
        allowed_ports: allowed_ports?,
        user_agent: user_agent?,
        headers: OriginHeaders::default(),
        has_end: |_| false,
    })
}

/// How long outputs may be cached: not beyond their life.
pub fn output_caching(env: &mut Environment) -> Option<String> {
    env.parsed("OUTPUT_RETENTION_DAYS").map(cache_control)
}

/// Whether what was made before is made again.
pub fn reuse(env: &mut Environment) -> Option<Reuse> {
    let on = is_on(env, "REUSE_UNCHANGED");
    let output_days = env.parsed("OUTPUT_RETENTION_DAYS");
    Some(Reuse {
        on: on?,
        output_days: output_days?,
    })
}

/// Base URL of a CDN in front of the outputs bucket, where there is one.
#[must_use]
pub fn cdn() -> Option<String> {
    Environment::optional("OUTPUT_BASE_URL")
}

/// The ARN of the topic that notices go to, where there are any.
#[must_use]
pub fn notice_topic() -> Option<String> {
    Environment::optional("NOTICE_TOPIC")
}

/// The distribution in front of the outputs bucket, by its id, where there is one.
#[must_use]
pub fn distribution() -> Option<String> {
    Environment::optional("DISTRIBUTION_ID")
}

/// What the owners' webhook keys are derived from: the text under "key" of a secret.
///
/// # Errors
/// When it cannot be read, or would be easy to guess.
pub async fn webhook_master(aws: &SdkConfig) -> Result<MasterKey, UnusableMaster> {
    let id = Environment::read(|env| env.text("WEBHOOK_SECRET"))?;
    Ok(Secret::new(aws, id, "key").read().await?.parse()?)
}

/// Why webhooks cannot be signed.
#[derive(Debug, thiserror::Error)]
pub enum UnusableMaster {
    /// No secret is named.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The secret could not be read.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// It is too short.
    #[error("WebhookSecret is unusable: {0}")]
    Weak(#[from] WeakKey),
}

/// Whose web pages may read the API's answers.
pub fn cors(env: &mut Environment) -> Option<Cors> {
    env.parsed("CORS_ORIGIN")
}

/// Whether something that can be switched off is there.
pub fn is_on(env: &mut Environment, name: &'static str) -> Option<bool> {
    let word = env.text(name)?;
    match word.as_str() {
        "on" => Some(true),
        "off" => Some(false),
        _ => {
            env.fault(format!("{name} must be on or off"));
            None
        }
    }
}

/// The bounds of one image's picture.
pub fn pixel_limits(env: &mut Environment) -> Option<PixelLimits> {
    let max_pixels = env.parsed("MAX_IMAGE_PIXELS");
    let max_dimension = env.parsed("MAX_IMAGE_DIMENSION");
    Some(PixelLimits {
        max_pixels: max_pixels?,
        max_dimension: max_dimension?,
    })
}

/// The function's memory, in MB, as Lambda says.
pub fn function_memory(env: &mut Environment) -> Option<u64> {
    env.parsed("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
}

/// How often and when images and messages are tried again.
pub fn patience(env: &mut Environment) -> Option<Patience> {
    let image_tries = env.parsed("IMAGE_TRIES");
    let image_retry = env.seconds("IMAGE_RETRY_SECONDS");
    let service_retry = env.seconds("SERVICE_RETRY_SECONDS");
    Some(Patience {
        image_tries: image_tries?,
        image_retry: image_retry?,
        service_retry: service_retry?,
    })
}

/// The first wait after a fault of our own services, in seconds.
pub fn service_retry(env: &mut Environment) -> Option<Duration> {
    env.seconds("SERVICE_RETRY_SECONDS")
}

/// Fetches of one host at a time in one instance.
pub fn fetches_per_host(env: &mut Environment) -> Option<usize> {
    env.parsed("FETCHES_PER_HOST")
}

/// Silence after which a request's pending images are queued once more.
pub fn requeue_after(env: &mut Environment) -> Option<Duration> {
    let minutes: u64 = env.parsed("REQUEUE_AFTER_MINUTES")?;
    Some(Duration::from_secs(minutes.saturating_mul(60)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_faults_of_a_start_are_reported_together() {
        let read = Environment::read(|env| {
            let (one, two) = (
                env.text("HALFTONE_TEST_ONE"),
                env.seconds("HALFTONE_TEST_TWO"),
            );
            Some((one?, two?))
        });
        let error = read.unwrap_err().to_string();
        assert!(
            error.contains("HALFTONE_TEST_ONE is not set; HALFTONE_TEST_TWO is not set"),
            "{error}"
        );
    }

    #[test]
    fn what_may_be_missing_is_no_fault() {
        let read = Environment::read(|env| env.list::<u8>("HALFTONE_TEST_LIST"));
        assert_eq!(read, Ok(Vec::new()));
    }

    #[test]
    fn an_unusable_value_is_not_shown() {
        let mut env = Environment::default();
        assert_eq!(env.parse::<u8>("SECRET", "hunter2"), None);
        assert!(!env.faults[0].contains("hunter2"), "{:?}", env.faults);
    }
}
