//! What is there for people and programs to begin with.

use halftone_pipeline::api::paths;
use halftone_pipeline::codes::ProblemCode::*;
use serde_json::json;

use crate::operation::{Answer, Operation};
use crate::parameters::{if_none_match, path};

pub fn openapi() -> Operation {
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

pub fn console() -> Operation {
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
