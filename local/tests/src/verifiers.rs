//! The published libraries of Standard Webhooks, as receivers use them.

use std::io::Write;
use std::process::{Command, Stdio};

use halftone_origin::{Origin, Request};
use serde_json::{Value, json};

use crate::stack::{LONG, Stack, csv, small_photo};
use crate::wait::until;

/// Where the libraries are from.
pub const REGISTRIES: [&str; 2] = ["npm", "pypi"];

/// A webhook as it came in.
#[derive(Clone, Debug)]
pub struct Signed {
    /// `webhook-id`.
    pub id: String,
    /// `webhook-timestamp`.
    pub timestamp: i64,
    /// `webhook-signature`.
    pub signature: String,
    /// The body.
    pub body: String,
}

impl Signed {
    /// Of a request of one photograph.
    pub async fn of_one_photograph(stack: &Stack) -> Self {
        let origin = Origin::start().unwrap();
        let hook = origin.serve("/hook", "ok");
        let photo = origin.serve("/a.jpg", small_photo());
        stack.accepted(csv(&[photo]), Some(&hook)).await;
        let posted = until("the webhook comes in", LONG, async || {
            origin.requests("/hook").pop()
        })
        .await;
        Self::of(&posted)
    }

    /// Of what an origin was posted.
    pub fn of(posted: &Request) -> Self {
        let header = |name: &str| posted.headers[name].to_owned();
        Self {
            id: header("webhook-id"),
            timestamp: header("webhook-timestamp").parse().unwrap(),
            signature: header("webhook-signature"),
            body: String::from_utf8(posted.body.to_vec()).unwrap(),
        }
    }
}

/// What a library says of a webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Whether it takes it for genuine.
    pub verified: bool,
    /// What it would sign it with.
    pub signed: String,
}

/// Asks a library about webhooks, each with the secret that a receiver has.
pub fn ask(stack: &Stack, registry: &str, webhooks: &[(&str, &Signed)]) -> Vec<Said> {
    let command = stack.verifier(registry);
    let mut library = Command::new(command[0]);
    library.args(&command[1..]).stdin(Stdio::piped());
    let mut library = library.stdout(Stdio::piped()).spawn().unwrap();
    let mut input = library.stdin.take().unwrap();
    for (secret, webhook) in webhooks {
        let Signed {
            id,
            timestamp,
            signature,
            body,
        } = webhook;
        let line = json!({"secret": secret, "id": id, "timestamp": timestamp, "signature": signature, "body": body});
        writeln!(input, "{line}").unwrap();
    }
    drop(input);
    let output = library.wait_with_output().unwrap();
    assert!(output.status.success(), "{registry}: {}", output.status);
    let lines = String::from_utf8(output.stdout).unwrap();
    let said: Vec<_> = lines.lines().map(said).collect();
    assert_eq!(said.len(), webhooks.len(), "{registry}");
    said
}

fn said(line: &str) -> Said {
    let answer: Value = serde_json::from_str(line).unwrap();
    Said {
        verified: answer["verified"].as_bool().unwrap(),
        signed: answer["signed"].as_str().unwrap().to_owned(),
    }
}
