//! What there is of requests, and what may be done with them.

use halftone_pipeline::api::paths;
use halftone_pipeline::codes::ProblemCode::*;
use halftone_pipeline::request::{ImageStatus, RequestStatus};
use serde_json::json;
use status::contract as status_answers;

use crate::operation::{Answer, Operation};
use crate::parameters::{REQUEST, cursor, flag, if_none_match, limit, path, query, words};
use crate::schemas::Schemas;

pub fn list(schemas: &mut Schemas) -> Operation {
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

pub fn request(schemas: &mut Schemas) -> Operation {
    status_of(schemas, path(paths::REQUESTS) + REQUEST, "getRequest")
}

pub fn status(schemas: &mut Schemas) -> Operation {
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

pub fn delete(schemas: &mut Schemas) -> Operation {
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

pub fn cancel(schemas: &mut Schemas) -> Operation {
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

pub fn retry_failed(schemas: &mut Schemas) -> Operation {
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
