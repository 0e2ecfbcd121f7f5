//! The calls that there are, each with what it takes and answers. A test compares them with the template's.

use halftone_pipeline::api::paths;
use halftone_pipeline::codes::ProblemCode::{self, *};
use halftone_pipeline::jobs::accept::MAX_KEY_BYTES;
use halftone_pipeline::request::{ImageStatus, RequestStatus, ResultsFile};
use serde_json::{Value, json};
use status::contract as status_answers;
use upload::contract as upload_answers;

use crate::form;
use crate::schemas::Schemas;

/// One call.
pub struct Operation {
    /// Its method, in lower case.
    pub method: &'static str,
    /// Its path, with the template's names of its parts.
    pub path: String,
    /// Its name for programs that are made of the document.
    pub id: &'static str,
    /// What it does, in a few words.
    pub summary: &'static str,
    /// What is to be known beside.
    pub description: &'static str,
    /// Whether it needs no API key.
    pub open: bool,
    /// Its parameters behind the question mark and in headers.
    pub parameters: Vec<Value>,
    /// What is sent with it.
    pub body: Option<Value>,
    /// What it answers.
    pub answers: Vec<Answer>,
}

/// One answer.
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// When it is given.
    pub description: &'static str,
    /// What it holds, by media type; nothing for an empty one.
    pub content: Option<(&'static str, Value)>,
    /// Its headers beside those that every answer has.
    pub headers: &'static [&'static str],
    /// The problems that it may be.
    pub codes: Vec<ProblemCode>,
}

impl Answer {
    fn json(status: u16, description: &'static str, schema: Value) -> Self {
        let content = Some(("application/json", schema));
        Self {
            content,
            ..Self::empty(status, description)
        }
    }

    fn empty(status: u16, description: &'static str) -> Self {
        Self {
            status,
            description,
            content: None,
            headers: &[],
            codes: Vec::new(),
        }
    }

    fn with(self, headers: &'static [&'static str]) -> Self {
        Self { headers, ..self }
    }

    fn problem(status: u16, codes: &[ProblemCode]) -> Self {
        let (codes, description) = (codes.to_vec(), "A problem.");
        Self {
            codes,
            ..Self::empty(status, description)
        }
    }
}

const REQUEST: &str = "/{requestId}";

/// What may be wrong with an option, wherever it is chosen.
const OF_OPTIONS: &[ProblemCode] = &[
    InvalidWebhookUrl,
    InvalidQuality,
    InvalidFormat,
    InvalidCopyright,
    InvalidMaxWidth,
    InvalidMaxHeight,
    InvalidFresh,
    InvalidImageBase,
    InvalidOnRowError,
];

fn path(path: &str) -> String {
    format!("/{path}")
}

fn query(name: &str, description: &str, schema: Value) -> Value {
    json!({"name": name, "in": "query", "description": description, "schema": schema})
}

fn flag(name: &str, description: &str) -> Value {
    query(
        name,
        description,
        json!({"type": "boolean", "default": false}),
    )
}

fn limit(most: u32, default: u32) -> Value {
    let schema = json!({"type": "integer", "minimum": 1, "maximum": most, "default": default});
    query("limit", "How many at the most.", schema)
}

fn cursor() -> Value {
    let text = "Where to go on: an answer's `nextCursor`, as it is.";
    query(
        "cursor",
        text,
        json!({"type": "string", "pattern": "^[A-Za-z0-9_-]+$"}),
    )
}

fn words<T: ToString>(all: &[T]) -> Value {
    let words: Vec<_> = all.iter().map(ToString::to_string).collect();
    json!({"type": "string", "enum": words})
}

fn header(name: &str, description: &str, schema: Value) -> Value {
    json!({"name": name, "in": "header", "description": description, "schema": schema})
}

fn idempotency_key(description: &str) -> Value {
    let schema = json!({"type": "string", "minLength": 1, "maxLength": MAX_KEY_BYTES, "pattern": "^[!-~]+$"});
    header("Idempotency-Key", description, schema)
}

fn if_none_match() -> Value {
    let text = "The `ETag` of an earlier answer: 304 where nothing has changed since.";
    header("If-None-Match", text, json!({"type": "string"}))
}

/// All of them, in the order of the document. What they answer with is put into `schemas`.
pub fn all(schemas: &mut Schemas) -> Vec<Operation> {
    vec![
        upload(schemas),
        announce(schemas),
        list(schemas),
        request(schemas),
        delete(schemas),
        cancel(schemas),
        retry_failed(schemas),
        status(schemas),
        results(schemas),
        output("get", "getOutput"),
        output("head", "headOutput"),
        deliveries(schemas),
        replay(schemas),
        webhook_secret(schemas),
        webhook_test(schemas),
        webhook(schemas),
        openapi(),
        console(),
    ]
}

fn upload(schemas: &mut Schemas) -> Operation {
    let dry_run = schemas.of::<upload_answers::UnderstoodBody<'static>>();
    Operation {
        method: "post",
        path: path(paths::UPLOAD),
        id: "uploadCsv",
        summary: "Upload a CSV",
        description: "Every image that the CSV names is fetched and recompressed. The same call with the \
                      same `Idempotency-Key` is the same request, however often it is made.",
        open: false,
        parameters: vec![idempotency_key(
            "Makes a repeated upload the same request; with another file or other options it is refused.",
        )],
        body: Some(form::body()),
        answers: vec![
            Answer::json(
                200,
                "With `dryRun=true`: what the CSV was understood as. Nothing was kept.",
                dry_run,
            ),
            Answer::json(
                202,
                "The request was accepted.",
                schemas.of::<upload_answers::AcceptedBody<'static>>(),
            )
            .with(&["Location"]),
            Answer::problem(
                400,
                &[
                    UnknownParameter,
                    MissingFile,
                    MalformedMultipart,
                    InvalidIdempotencyKey,
                ],
            ),
            Answer::problem(413, &[FileTooLarge]),
            Answer::problem(415, &[NotMultipart]),
            Answer::problem(
                422,
                &[
                    &[UnknownField, InvalidDryRun, IdempotencyKeyReused],
                    OF_OPTIONS,
                    &[
                        EmptyFile,
                        NoProducts,
                        NotACsv,
                        UnusableWorkbook,
                        MissingColumn,
                        NoSuchColumn,
                        NoImages,
                        TooManyRows,
                        TooManyImages,
                        InvalidRows,
                        MalformedCsv,
                    ],
                ]
                .concat(),
            ),
            Answer::problem(429, &[TooManyPending]),
        ],
    }
}

fn announce(schemas: &mut Schemas) -> Operation {
    let announced = schemas.of::<upload_answers::AnnouncedBody<'static>>();
    Operation {
        method: "post",
        path: path(paths::REQUESTS),
        id: "announceCsv",
        summary: "Announce a large CSV",
        description: "The answer says where the file is to be put, by `PUT`, with which headers. What is wrong \
                      with the file is then in the request's status.",
        open: false,
        parameters: vec![idempotency_key(
            "Makes a repeat of the call the same request, with a new URL while its file is awaited.",
        )],
        body: Some(form::announcement()),
        answers: vec![
            Answer::json(
                200,
                "The file has come, or is not awaited any more: all but the id is null.",
                announced.clone(),
            )
            .with(&["Location"]),
            Answer::json(201, "The request waits for its file.", announced).with(&["Location"]),
            Answer::problem(
                400,
                &[UnknownParameter, MalformedJson, InvalidIdempotencyKey],
            ),
            Answer::problem(413, &[BodyTooLarge, FileTooLarge]),
            Answer::problem(
                422,
                &[
                    &[
                        UnknownField,
                        EmptyFile,
                        InvalidBytes,
                        InvalidSha256,
                        InvalidContentType,
                        InvalidFileName,
                        IdempotencyKeyReused,
                    ],
                    OF_OPTIONS,
                ]
                .concat(),
            ),
            Answer::problem(429, &[TooManyPending]),
        ],
    }
}

fn list(schemas: &mut Schemas) -> Operation {
    Operation {
        method: "get",
        path: path(paths::REQUESTS),
        id: "listRequests",
        summary: "List requests",
        description: "The key's own, the newest first.",
        open: false,
        parameters: vec![
            query(
                "status",
                "Only those of this status.",
                words(&RequestStatus::ALL),
            ),
            query(
                "since",
                "Only those that were made from this moment on.",
                json!({"type": "string", "format": "date-time"}),
            ),
            limit(100, 20),
            cursor(),
        ],
        body: None,
        answers: vec![
            Answer::json(
                200,
                "A page of requests.",
                schemas.of::<status_answers::ListBody>(),
            ),
            Answer::problem(
                400,
                &[
                    UnknownParameter,
                    InvalidStatus,
                    InvalidSince,
                    InvalidLimit,
                    InvalidCursor,
                ],
            ),
        ],
    }
}

fn status_of(schemas: &mut Schemas, path: String, id: &'static str) -> Operation {
    Operation {
        method: "get",
        path,
        id,
        summary: "Ask for a request's status",
        description: "Ask again after `Retry-After` seconds, with the `ETag` in `If-None-Match`. `data` is null \
                      while the request is pending, unless `partial=true`.",
        open: false,
        parameters: vec![
            limit(1_000, 100),
            cursor(),
            flag(
                "partial",
                "Also of a pending request: the images that have ended.",
            ),
            query(
                "imageStatus",
                "Only images of this status.",
                words(&ImageStatus::ALL),
            ),
            query(
                "row",
                "Only images of this line of the CSV.",
                json!({"type": "integer", "minimum": 0}),
            ),
            if_none_match(),
        ],
        body: None,
        answers: vec![
            Answer::json(
                200,
                "Where it is.",
                schemas.of::<status_answers::StatusBody>(),
            )
            .with(&["ETag", "Retry-After"]),
            Answer::empty(304, "Nothing has changed.").with(&["ETag", "Retry-After"]),
            Answer::problem(
                400,
                &[
                    UnknownParameter,
                    InvalidLimit,
                    InvalidCursor,
                    InvalidPartial,
                    InvalidImageStatus,
                    InvalidRow,
                ],
            ),
        ],
    }
}

fn request(schemas: &mut Schemas) -> Operation {
    status_of(schemas, path(paths::REQUESTS) + REQUEST, "getRequest")
}

fn status(schemas: &mut Schemas) -> Operation {
    let mut same = status_of(
        schemas,
        "/api/v1/images/status/{requestId}".to_owned(),
        "getStatus",
    );
    same.description = "The same as `GET /api/v1/images/requests/{requestId}`, under the path that there was first.";
    same
}

fn cancel_of(schemas: &mut Schemas, operation: Operation) -> Operation {
    let status = schemas.of::<status_answers::StatusBody>();
    let purge = schemas.of::<status_answers::PurgeBody>();
    Operation {
        parameters: vec![flag(
            "purge",
            "Remove everything of it as well, ended or not.",
        )],
        answers: vec![
            Answer::json(200, "It was cancelled before.", status.clone()),
            Answer::json(
                202,
                "It is being cancelled; with `purge=true` removed, and 404 from now on.",
                json!({"anyOf": [status, purge]}),
            ),
            Answer::problem(400, &[UnknownParameter, InvalidPurge]),
            Answer::problem(409, &[AlreadyEnded]),
        ],
        ..operation
    }
}

fn delete(schemas: &mut Schemas) -> Operation {
    let operation = Operation {
        method: "delete",
        path: path(paths::REQUESTS) + REQUEST,
        id: "deleteRequest",
        summary: "Cancel or purge a request",
        description: "What is pending ends as `Cancelled`, and so does the request, with its results and \
                      webhook. A purge is told to no webhook.",
        open: false,
        parameters: Vec::new(),
        body: None,
        answers: Vec::new(),
    };
    cancel_of(schemas, operation)
}

fn cancel(schemas: &mut Schemas) -> Operation {
    let operation = Operation {
        method: "post",
        path: path(paths::REQUESTS) + REQUEST + "/cancel",
        id: "cancelRequest",
        summary: "Cancel or purge a request",
        description: "The same as `DELETE`, for those who can only post.",
        open: false,
        parameters: Vec::new(),
        body: None,
        answers: Vec::new(),
    };
    cancel_of(schemas, operation)
}

fn retry_failed(schemas: &mut Schemas) -> Operation {
    let text = json!({"type": "string", "minLength": 1, "maxLength": 260});
    Operation {
        method: "post",
        path: path(paths::REQUESTS) + REQUEST + "/retry-failed",
        id: "retryFailed",
        summary: "Have failed images go again",
        description: "The request is pending in its next round, and ends with a webhook of its own.",
        open: false,
        parameters: vec![
            query(
                "code",
                "Only images that failed with this code.",
                text.clone(),
            ),
            query("host", "Only images at this host.", text),
        ],
        body: None,
        answers: vec![
            Answer::json(
                202,
                "They go again.",
                schemas.of::<status_answers::StatusBody>(),
            ),
            Answer::problem(400, &[UnknownParameter, InvalidCode, InvalidHost]),
            Answer::problem(
                409,
                &[NotEnded, Cancelled, NoResults, ExpiresSoon, NothingFailed],
            ),
        ],
    }
}

fn results(schemas: &mut Schemas) -> Operation {
    let mut forms: Vec<_> = ResultsFile::ALL.map(ResultsFile::word).into();
    forms.push(status_answers::ZIP);
    let mut schema = words(&forms);
    schema["default"] = ResultsFile::default().word().into();
    let accept = "With `application/json` the answer is the address in JSON, not a redirect to it.";
    Operation {
        method: "get",
        path: "/api/v1/images/results/{requestId}".to_owned(),
        id: "getResults",
        summary: "Fetch a request's results",
        description: "`csv` is what became of every row, `source` the CSV as it came with its URLs replaced, \
                      `ndjson` and `json` the results as JSON, `zip` all outputs of at most 1,000 images. Leave `x-api-key` behind when following the \
                      redirect.",
        open: false,
        parameters: vec![query("as", "The form.", schema)],
        body: None,
        answers: vec![
            Answer::json(200, accept, schemas.of::<status_answers::ResultsUrl>()),
            Answer::empty(
                302,
                "To the file, by an address that works for a quarter of an hour.",
            )
            .with(&["Location"]),
            Answer::json(
                202,
                "The ZIP is being written, since somebody has asked for it.",
                schemas.of::<status_answers::PreparingBody>(),
            )
            .with(&["Retry-After"]),
            Answer::problem(400, &[UnknownParameter, InvalidAs]),
            Answer::problem(404, &[NoResults, NoOutputs]),
            Answer::problem(409, &[NotEnded, TooManyForZip, TooLargeForZip, NoZip]),
        ],
    }
}

fn output(method: &'static str, id: &'static str) -> Operation {
    Operation {
        method,
        path: "/output/{requestId}/{ordinal}/{file}".to_owned(),
        id,
        summary: "Fetch an output",
        description: "An image's `outputUrl`. It needs no key: whoever knows it may fetch it.",
        open: true,
        parameters: Vec::new(),
        body: None,
        answers: vec![Answer::empty(302, "To the picture.").with(&["Location"])],
    }
}

fn deliveries(schemas: &mut Schemas) -> Operation {
    Operation {
        method: "get",
        path: path(paths::REQUESTS) + REQUEST + "/deliveries",
        id: "listDeliveries",
        summary: "See what became of a request's webhooks",
        description: "One for each round, with its latest 20 attempts and when the next one is due.",
        open: false,
        parameters: Vec::new(),
        body: None,
        answers: vec![
            Answer::json(
                200,
                "Its webhooks.",
                schemas.of::<status_answers::DeliveriesBody>(),
            ),
            Answer::problem(400, &[UnknownParameter]),
        ],
    }
}

fn replay(schemas: &mut Schemas) -> Operation {
    Operation {
        method: "post",
        path: path(paths::REQUESTS) + REQUEST + "/deliveries/replay",
        id: "replayDelivery",
        summary: "Have a webhook sent once more",
        description: "The same bytes under the same `webhook-id`.",
        open: false,
        parameters: vec![query(
            "webhookId",
            "Which one of its own; the latest unless given.",
            json!({"type": "string", "pattern": "^msg_[0-9a-f-]{36}_[1-9][0-9]{0,5}$"}),
        )],
        body: None,
        answers: vec![
            Answer::json(
                202,
                "It is on its way.",
                schemas.of::<status_answers::Delivery>(),
            ),
            Answer::problem(400, &[UnknownParameter, InvalidWebhookId]),
            Answer::problem(404, &[NoWebhook]),
            Answer::problem(
                409,
                &[
                    NotEnded,
                    DeliveryPending,
                    NeverSent,
                    ReplayedTooOften,
                    Cancelled,
                ],
            ),
        ],
    }
}

fn webhook_test(schemas: &mut Schemas) -> Operation {
    let address =
        json!({"type": "string", "pattern": form::WEB, "description": "Of the receiver."});
    let schema = json!({"type": "object", "required": ["url"], "additionalProperties": false, "properties": {"url": address}});
    Operation {
        method: "post",
        path: path(paths::WEBHOOK_TEST),
        id: "testWebhook",
        summary: "Try a receiver out",
        description: "One signed event, `webhook.test`, is sent within the call; the answer says how the \
                      receiver took it.",
        open: false,
        parameters: Vec::new(),
        body: Some(json!({"required": true, "content": {"application/json": {
            "schema": schema,
            "examples": {"sample": {"value": {"url": "https://shop.example/hook"}}},
        }}})),
        answers: vec![
            Answer::json(
                200,
                "How it was taken.",
                schemas.of::<status_answers::TestBody>(),
            ),
            Answer::problem(400, &[UnknownParameter, InvalidBody]),
            Answer::problem(422, &[InvalidWebhookUrl]),
        ],
    }
}

fn webhook_secret(schemas: &mut Schemas) -> Operation {
    Operation {
        method: "post",
        path: path(paths::WEBHOOK_SECRET),
        id: "getWebhookSecret",
        summary: "Show or rotate the webhooks' secret",
        description: "What the key's webhooks are signed with. For 24 hours after a rotation they are signed \
                      with both.",
        open: false,
        parameters: vec![flag("rotate", "Make a new one first, at most once a day.")],
        body: None,
        answers: vec![
            Answer::json(
                200,
                "The secret.",
                schemas.of::<status_answers::SecretBody>(),
            )
            .with(&["Cache-Control"]),
            Answer::problem(400, &[UnknownParameter, InvalidRotate]),
            Answer::problem(409, &[RotatedRecently]),
        ],
    }
}

fn webhook(schemas: &mut Schemas) -> Operation {
    Operation {
        method: "post",
        path: path(paths::WEBHOOK),
        id: "receiveWebhook",
        summary: "A receiver for trying webhooks out",
        description: "It only writes a line to the log. A call that is signed must be signed rightly. An \
                      operator may take it away: then it is 404.",
        open: true,
        parameters: Vec::new(),
        body: Some(json!({"content": {"application/json": {"schema": {}}}})),
        answers: vec![
            Answer::json(200, "It came.", schemas.of::<status_answers::Receipt>()),
            Answer::problem(401, &[WrongSignature]),
        ],
    }
}

fn openapi() -> Operation {
    Operation {
        method: "get",
        path: path(paths::OPENAPI),
        id: "getOpenApi",
        summary: "This document",
        description: "It needs no key, so that programs can read it by its address.",
        open: true,
        parameters: vec![if_none_match()],
        body: None,
        answers: vec![
            Answer::json(200, "OpenAPI 3.1.", json!({"type": "object"}))
                .with(&["ETag", "Cache-Control"]),
            Answer::empty(304, "Nothing has changed.").with(&["ETag", "Cache-Control"]),
            Answer::problem(400, &[UnknownParameter]),
        ],
    }
}

fn console() -> Operation {
    Operation {
        method: "get",
        path: "/".to_owned(),
        id: "getConsole",
        summary: "The console",
        description: "A page for people. An operator may take it away: then it is 404.",
        open: true,
        parameters: vec![if_none_match()],
        body: None,
        answers: vec![
            Answer {
                content: Some(("text/html", json!({"type": "string"}))),
                ..Answer::empty(200, "The page.")
            }
            .with(&["ETag", "Cache-Control"]),
            Answer::empty(304, "Nothing has changed.").with(&["ETag", "Cache-Control"]),
        ],
    }
}
