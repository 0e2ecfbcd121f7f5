//! The stack under test, as any client sees it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use aws_sdk_s3::config::{Credentials, Region};
use serde_json::Value;
use tokio::sync::{OnceCell, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::cloudformation::CloudFormation;
use crate::contract;
use crate::queues;
use crate::wait::until;

/// How long a request may take to end: three tries of its slowest image and a sweep.
pub const LONG: Duration = Duration::from_secs(300);

/// Tests share the stack; those that break it have it alone.
static STACK: RwLock<()> = RwLock::const_new(());

/// Whether its queues are as tests have them.
static HASTENED: OnceCell<()> = OnceCell::const_new();

/// The stack together with other tests, for as long as this is kept.
pub async fn shared() -> RwLockReadGuard<'static, ()> {
    STACK.read().await
}

/// The stack without any other test.
pub async fn alone() -> RwLockWriteGuard<'static, ()> {
    STACK.write().await
}

/// A client of the stack, with its first API key.
pub struct Stack {
    description: Value,
    /// Follows no redirects.
    pub http: reqwest::Client,
    /// S3 of the stack.
    pub s3: aws_sdk_s3::Client,
    /// SQS of the stack.
    pub sqs: aws_sdk_sqs::Client,
    /// Lambda of the stack.
    pub lambda: aws_sdk_lambda::Client,
}

/// An HTTP answer, read whole.
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its headers.
    pub headers: reqwest::header::HeaderMap,
    /// Its body.
    pub bytes: Vec<u8>,
}

impl Answer {
    /// Its body, which must be JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|_| panic!("no JSON: {}", String::from_utf8_lossy(&self.bytes)))
    }

    /// The code of the problem that it must be.
    pub fn code(&self) -> String {
        assert_eq!(self.headers["content-type"], "application/problem+json");
        self.json()["code"].as_str().unwrap().to_owned()
    }

    /// Reads an answer whole. One of the API must be as the document says.
    pub async fn of(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let path = response.url().path().to_owned();
        let answer = Self {
            status,
            headers,
            bytes: response.bytes().await.unwrap().to_vec(),
        };
        contract::check(&path, &answer);
        answer
    }
}

impl Stack {
    /// The file that says where the stack is.
    #[allow(
        clippy::disallowed_methods,
        reason = "the test runner says here where the stack is"
    )]
    pub fn file() -> PathBuf {
        let path = std::env::var("HALFTONE_STACK").expect("run these with: cargo local test");
        path.into()
    }

    /// The stack that `HALFTONE_STACK` names.
    pub async fn find() -> Self {
        let description = std::fs::read(Self::file()).unwrap();
        let description: Value = serde_json::from_slice(&description).unwrap();
        let text = |name: &str| description[name].as_str().unwrap().to_owned();
        let aws = halftone_pipeline::services::aws::loader()
            .endpoint_url(text("awsEndpointUrl"))
            .region(Region::new(text("region")))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .load()
            .await;
        let s3 = aws_sdk_s3::config::Builder::from(&aws)
            .force_path_style(true)
            .build();
        // Refused when another test was first, which is as good.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
        let stack = Self {
            http: http.timeout(Duration::from_secs(60)).build().unwrap(),
            s3: aws_sdk_s3::Client::from_conf(s3),
            sqs: aws_sdk_sqs::Client::new(&aws),
            lambda: aws_sdk_lambda::Client::new(&aws),
            description,
        };
        HASTENED.get_or_init(|| queues::hasten(&stack)).await;
        stack
    }

    /// The same stack to somebody else, who has a key of their own.
    pub async fn find_as_another() -> Self {
        let mut stack = Self::find().await;
        stack.description["apiKey"] = stack.description["foreignApiKey"].clone();
        stack
    }

    /// A text of `stack.json`.
    pub fn text(&self, name: &str) -> &str {
        self.description[name]
            .as_str()
            .unwrap_or_else(|| panic!("stack.json has no {name}"))
    }

    /// The port of the origin that asks for a header, with the header's name and value.
    pub fn guarded(&self) -> (u16, &str, &str) {
        let guarded = &self.description["guarded"];
        let text = |name: &str| guarded[name].as_str().unwrap();
        let port = guarded["port"].as_u64().unwrap();
        (port.try_into().unwrap(), text("header"), text("value"))
    }

    /// What runs a published library that verifies webhooks, by the registry that it is from.
    pub fn verifier(&self, registry: &str) -> Vec<&str> {
        let command = self.description["verifiers"][registry].as_array();
        let command = command.expect("cargo local up --for-tests installs the verifiers");
        command.iter().map(|part| part.as_str().unwrap()).collect()
    }

    /// The deployed name of a function.
    pub fn function(&self, verb: &str) -> &str {
        let name = self.description["functions"][verb].as_str();
        name.unwrap_or_else(|| panic!("stack.json has no function {verb}"))
    }

    /// The process of `mongodb` or `aws` as it is now: one that was killed has another when it is back.
    pub fn pid(&self, name: &str) -> u64 {
        let description: Value =
            serde_json::from_slice(&std::fs::read(Self::file()).unwrap()).unwrap();
        let pid = description["pids"][name].as_u64();
        pid.unwrap_or_else(|| panic!("no pid of {name}"))
    }

    /// The URL of a path of the API.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.text("apiUrl"))
    }

    /// Gets a path with the first key.
    pub async fn get(&self, path: &str) -> Answer {
        self.get_with_key(path, self.text("apiKey")).await
    }

    /// Gets a path with a key.
    pub async fn get_with_key(&self, path: &str, key: &str) -> Answer {
        let call = self.http.get(self.url(path)).header("x-api-key", key);
        Answer::of(call.send().await.unwrap()).await
    }

    /// Makes a call without a body to a path, with the first key.
    pub async fn call(&self, method: reqwest::Method, path: &str) -> Answer {
        let call = self.http.request(method, self.url(path));
        let call = call.header("x-api-key", self.text("apiKey"));
        Answer::of(call.send().await.unwrap()).await
    }

    /// Gets a path with the first key and one further header.
    pub async fn get_with(&self, path: &str, (name, value): (&str, &str)) -> Answer {
        let call = self.http.get(self.url(path)).header(name, value);
        let call = call.header("x-api-key", self.text("apiKey"));
        Answer::of(call.send().await.unwrap()).await
    }

    /// Gets a URL without a key.
    pub async fn get_url(&self, url: &str) -> Answer {
        Answer::of(self.http.get(url).send().await.unwrap()).await
    }

    /// Posts to a path, with these headers alone.
    pub async fn post(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Vec<u8>>,
    ) -> Answer {
        let mut call = self.http.post(self.url(path)).body(body.into());
        for (name, value) in headers {
            call = call.header(*name, *value);
        }
        Answer::of(call.send().await.unwrap()).await
    }

    /// What was deployed.
    pub fn cloudformation(&self) -> CloudFormation {
        CloudFormation {
            endpoint: self.text("awsEndpointUrl").to_owned(),
        }
    }

    /// What the key's webhooks are signed with, and what there is to know beside.
    pub async fn webhook_secret(&self, query: &str) -> Answer {
        let path = format!("/api/v1/webhooks/secret{query}");
        self.post(&path, &[("x-api-key", self.text("apiKey"))], "")
            .await
    }

    /// Makes a call to a service of AWS for which there is no client here; the body of its answer.
    pub async fn aws(&self, service: &str, headers: &[(&str, &str)], body: String) -> String {
        let scope = format!("Credential=test/20260101/us-east-1/{service}/aws4_request");
        let signature = format!("AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0");
        let mut call = self.http.post(self.text("awsEndpointUrl")).body(body);
        call = call.header("authorization", signature);
        for (name, value) in headers {
            call = call.header(*name, *value);
        }
        let answer = call.send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.text().await.unwrap()
    }

    /// Posts a CSV as the documented form.
    pub async fn upload(&self, csv: impl AsRef<[u8]>, webhook: Option<&str>) -> Answer {
        self.upload_with(csv, webhook_field(webhook).as_slice(), &[])
            .await
    }

    /// The same, with fields of the form and further headers.
    pub async fn upload_with(
        &self,
        csv: impl AsRef<[u8]>,
        fields: &[(&str, &str)],
        more: &[(&str, &str)],
    ) -> Answer {
        let mut body = Vec::new();
        for (name, value) in fields {
            body.extend(part(&format!("name=\"{name}\""), value.as_bytes()));
        }
        body.extend(part(
            "name=\"file\"; filename=\"products.csv\"",
            csv.as_ref(),
        ));
        body.extend_from_slice(b"--boundary--\r\n");
        let mut headers = vec![
            ("x-api-key", self.text("apiKey")),
            ("content-type", "multipart/form-data; boundary=boundary"),
        ];
        headers.extend_from_slice(more);
        self.post("/api/v1/images/upload", &headers, body).await
    }

    /// Uploads a CSV that must be accepted; its request id.
    pub async fn accepted(&self, csv: impl AsRef<[u8]>, webhook: Option<&str>) -> String {
        self.accepted_with(csv, webhook_field(webhook).as_slice())
            .await
    }

    /// The same, with fields of the form.
    pub async fn accepted_with(&self, csv: impl AsRef<[u8]>, fields: &[(&str, &str)]) -> String {
        let answer = self.upload_with(csv, fields, &[]).await;
        assert_eq!(
            answer.status,
            202,
            "{}",
            String::from_utf8_lossy(&answer.bytes)
        );
        answer.json()["requestId"].as_str().unwrap().to_owned()
    }

    /// The answer to a call once its services are there: 503 asks to try again, as after another test
    /// has broken them.
    pub async fn served(&self, path: &str) -> Answer {
        self.once_served(|| self.get(path)).await
    }

    async fn once_served<F: Future<Output = Answer>>(&self, call: impl Fn() -> F) -> Answer {
        until("the services are back", LONG, async || {
            let answer = call().await;
            (answer.status != 503).then_some(answer)
        })
        .await
    }

    /// The status of a request, which must be known.
    pub async fn status(&self, id: &str) -> Value {
        let path = format!("/api/v1/images/status/{id}");
        let answer = self.served(&path).await;
        assert_eq!(
            answer.status,
            200,
            "{}",
            String::from_utf8_lossy(&answer.bytes)
        );
        answer.json()
    }

    /// The status of a request once it has ended.
    pub async fn ended(&self, id: &str) -> Value {
        until("the request ends", LONG, async || {
            let answer = self.get(&format!("/api/v1/images/status/{id}")).await;
            // While MongoDB is away this may be 503.
            (answer.status == 200)
                .then(|| answer.json())
                .filter(|body| body["status"] != "Pending")
        })
        .await
    }

    /// What an output's URL leads to.
    pub async fn output(&self, url: &str) -> Answer {
        let redirect = self.once_served(|| self.get_url(url)).await;
        assert_eq!(redirect.status, 302, "{url}");
        self.get_url(redirect.headers["location"].to_str().unwrap())
            .await
    }

    /// The results CSV of a request that has ended.
    pub async fn results(&self, id: &str) -> String {
        String::from_utf8(self.results_as(id, "csv").await.bytes).unwrap()
    }

    /// The results of a request that has ended, in the form that a word asks for.
    pub async fn results_as(&self, id: &str, word: &str) -> Answer {
        let path = format!("/api/v1/images/results/{id}?as={word}");
        let redirect = self.served(&path).await;
        assert_eq!(redirect.status, 302);
        self.get_url(redirect.headers["location"].to_str().unwrap())
            .await
    }
}

fn part(name: &str, content: &[u8]) -> Vec<u8> {
    let head = format!("--boundary\r\nContent-Disposition: form-data; {name}\r\n\r\n");
    [head.as_bytes(), content, b"\r\n"].concat()
}

fn webhook_field(webhook: Option<&str>) -> Option<(&'static str, &str)> {
    webhook.map(|url| ("webhookUrl", url))
}

/// So many URLs of one picture: each by a query of its own, since equal URLs are fetched once.
pub fn each(url: &str, count: usize) -> Vec<String> {
    (0..count).map(|n| format!("{url}?{n}")).collect()
}

/// A CSV of one-URL rows.
pub fn csv(urls: &[impl AsRef<str>]) -> String {
    let row = |(n, url): (usize, &_)| format!("{n},Product {n},{}\n", AsRef::<str>::as_ref(url));
    let rows: String = (1..).zip(urls).map(row).collect();
    format!("S. No.,Product Name,Input Image Urls\n{rows}")
}

/// The folder of sample events and photographs.
pub fn events() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events")
}

/// One of the sample photographs.
pub fn photo(name: &str) -> Vec<u8> {
    std::fs::read(events().join("photos").join(name)).unwrap()
}

/// A small real JPEG: cheap where what is in the picture does not matter.
pub fn small_photo() -> Vec<u8> {
    let pixels = image::RgbImage::from_fn(64, 48, |x, y| {
        let value = |n: u32| u8::try_from((x * n + y * 3) % 256).unwrap();
        image::Rgb([value(3), value(5), value(7)])
    });
    let mut bytes = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 95);
    pixels.write_with_encoder(encoder).unwrap();
    bytes
}
