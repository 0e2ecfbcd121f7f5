//! Webhooks: what became of them, their key, and the receiver.

use halftone_pipeline::api::paths;
use halftone_pipeline::codes::ProblemCode::*;
use serde_json::json;
use status::contract as status_answers;

use crate::form;
use crate::operation::{Answer, Operation};
use crate::parameters::{REQUEST, flag, path, query};
use crate::schemas::Schemas;

pub fn deliveries(schemas: &mut Schemas) -> Operation {
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

pub fn replay(schemas: &mut Schemas) -> Operation {
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

pub fn webhook_test(schemas: &mut Schemas) -> Operation {
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

pub fn webhook_secret(schemas: &mut Schemas) -> Operation {
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

pub fn webhook(schemas: &mut Schemas) -> Operation {
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
