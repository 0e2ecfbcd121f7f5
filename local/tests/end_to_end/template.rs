//! What the template becomes once SAM has transformed it: what CloudFormation is really given.

mod alarms;
mod defaults;

use std::collections::BTreeSet;

use serde_json::Value;

use halftone_tests::stack::{Stack, shared};

/// The right that each SDK call of `shared/pipeline/src/services` takes (AWS' Service Authorization
/// Reference). A multipart upload is written under the right to put.
const CALLS: [(&str, &str); 16] = [
    ("get_object", "s3:GetObject"),
    ("head_object", "s3:GetObject"),
    ("copy_object", "s3:PutObject"),
    ("put_object", "s3:PutObject"),
    ("create_multipart_upload", "s3:PutObject"),
    ("upload_part", "s3:PutObject"),
    ("complete_multipart_upload", "s3:PutObject"),
    ("list_objects_v2", "s3:ListBucket"),
    ("delete_objects", "s3:DeleteObject"),
    ("send_message", "sqs:SendMessage"),
    ("send_message_batch", "sqs:SendMessage"),
    ("receive_message", "sqs:ReceiveMessage"),
    ("delete_message", "sqs:DeleteMessage"),
    (
        "change_message_visibility_batch",
        "sqs:ChangeMessageVisibility",
    ),
    ("invoke", "lambda:InvokeFunction"),
    ("publish", "sns:Publish"),
];

/// What every function does at its start, and Lambda in its name.
const EVERY: [&str; 5] = [
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "secretsmanager:GetSecretValue",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
];
/// What Lambda does for an event source mapping.
const POLLS: [&str; 3] = [
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ReceiveMessage",
];

/// A function, the calls that it makes, and the rights that it takes beside.
type Needs = (
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

const FUNCTIONS: [Needs; 5] = [
    (
        "Upload",
        &["put_object", "send_message", "send_message_batch", "invoke"],
        &[],
    ),
    (
        "Ingest",
        &[
            "head_object",
            "copy_object",
            "get_object",
            "put_object",
            "delete_objects",
            "send_message",
            "send_message_batch",
            "invoke",
        ],
        // The version that a drop's event names. What is not there is 404 to those who may list.
        &["s3:GetObjectVersion", "s3:ListBucket"],
    ),
    (
        "Compress",
        &[
            "head_object",
            "list_objects_v2",
            "copy_object",
            "put_object",
            "send_message",
            "send_message_batch",
            "change_message_visibility_batch",
        ],
        &POLLS,
    ),
    (
        "Finalize",
        &[
            "get_object",
            "head_object",
            "put_object",
            "create_multipart_upload",
            "upload_part",
            "complete_multipart_upload",
            "list_objects_v2",
            "delete_objects",
            "send_message",
            "send_message_batch",
            "change_message_visibility_batch",
            "receive_message",
            "delete_message",
            "invoke",
            "publish",
        ],
        &[
            POLLS[0],
            POLLS[1],
            POLLS[2],
            // A call without an SDK: services/cdn.rs.
            "cloudfront:CreateInvalidation",
        ],
    ),
    // What it presigns is done in its name. What is not there is 404 to those who may list.
    (
        "Status",
        &["get_object", "head_object", "send_message"],
        &["s3:ListBucket"],
    ),
];

/// The resources of the deployed template, as CloudFormation got them.
async fn resources(stack: &Stack) -> serde_json::Map<String, Value> {
    let mut template = template(stack).await;
    template["Resources"]
        .as_object_mut()
        .map(std::mem::take)
        .unwrap()
}

async fn template(stack: &Stack) -> Value {
    let form = "Action=GetTemplate&Version=2010-05-15&StackName=halftone&TemplateStage=Processed";
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let xml = stack.aws("cloudformation", &headers, form.to_owned()).await;
    let (_, body) = xml.split_once("<TemplateBody>").unwrap();
    let (body, _) = body.split_once("</TemplateBody>").unwrap();
    let json =
        ["&quot;|\"", "&lt;|<", "&gt;|>", "&amp;|&"]
            .iter()
            .fold(body.to_owned(), |text, pair| {
                let (escaped, plain) = pair.split_once('|').unwrap();
                text.replace(escaped, plain)
            });
    serde_json::from_str(&json).unwrap()
}

fn of_type<'a>(
    resources: &'a serde_json::Map<String, Value>,
    kind: &'a str,
) -> impl Iterator<Item = (&'a str, &'a Value)> {
    let resources = resources.iter().filter(move |(_, it)| it["Type"] == kind);
    resources.map(|(name, it)| (name.as_str(), &it["Properties"]))
}

fn statements(role: &Value) -> impl Iterator<Item = &Value> {
    let policies = role["Policies"].as_array().into_iter().flatten();
    let statements =
        policies.flat_map(|policy| policy["PolicyDocument"]["Statement"].as_array().unwrap());
    // Of one under a condition, what it is where the condition holds.
    statements.map(|it| it["Fn::If"].get(1).unwrap_or(it))
}

/// A text, or the texts of an array.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    }
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn each_function_may_do_what_it_does_and_nothing_else() {
    let _stack = shared().await;
    let resources = resources(&Stack::find().await).await;
    for (name, calls, beside) in FUNCTIONS {
        let role = &resources[&format!("{name}Role")]["Properties"];
        let granted: BTreeSet<_> = statements(role)
            .flat_map(|it| texts(&it["Action"]))
            .collect();
        let right = |call: &&str| CALLS.iter().find(|(known, _)| known == call).unwrap().1;
        let mut needed: BTreeSet<_> = calls.iter().map(right).collect();
        needed.extend(beside.iter().chain(&EVERY));
        assert_eq!(granted, needed, "{name}");
        let function = &resources[&format!("{name}Function")]["Properties"];
        assert_eq!(function["Role"]["Fn::GetAtt"][0], format!("{name}Role"));
    }
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn no_right_is_wider_than_it_must_be() {
    let _stack = shared().await;
    let resources = resources(&Stack::find().await).await;
    for (name, role) in of_type(&resources, "AWS::IAM::Role") {
        assert!(role["ManagedPolicyArns"].is_null(), "{name}");
        for statement in statements(role) {
            let actions = texts(&statement["Action"]);
            assert!(actions.iter().all(|action| !action.contains('*')), "{name}");
            // X-Ray knows no resource to name.
            let traces = actions.iter().all(|action| action.starts_with("xray:"));
            assert!(
                traces || statement["Resource"] != "*",
                "{name}: {statement}"
            );
        }
    }
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn each_function_may_read_the_secrets_that_it_is_told_of() {
    let _stack = shared().await;
    let resources = resources(&Stack::find().await).await;
    for (name, ..) in FUNCTIONS {
        let function = &resources[&format!("{name}Function")]["Properties"];
        let variables = function["Environment"]["Variables"].as_object().unwrap();
        let told: Vec<_> = variables
            .iter()
            .filter(|(name, _)| name.ends_with("_SECRET"))
            .map(|(_, secret)| secret)
            .collect();
        let role = &resources[&format!("{name}Role")]["Properties"];
        let reads = statements(role).filter(|it| it["Action"] == "secretsmanager:GetSecretValue");
        let readable: Vec<_> = reads.map(|it| &it["Resource"]).collect();
        assert!(
            told.iter().all(|secret| readable.contains(secret)),
            "{name}"
        );
        assert_eq!(told.len(), readable.len(), "{name}");
    }
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn there_is_one_stage_and_it_is_throttled() {
    let _stack = shared().await;
    let resources = resources(&Stack::find().await).await;
    let stages: Vec<_> = of_type(&resources, "AWS::ApiGateway::Stage").collect();
    assert_eq!(stages.len(), 1, "{stages:?}");
    let (_, stage) = stages[0];
    assert_eq!(stage["StageName"], "prod");
    let every = &stage["MethodSettings"][0];
    assert_eq!(
        (&every["ResourcePath"], &every["HttpMethod"]),
        (&"/*".into(), &"*".into())
    );
    assert!(!every["ThrottlingRateLimit"].is_null());
    // A deployment may make a stage of its own.
    for (name, deployment) in of_type(&resources, "AWS::ApiGateway::Deployment") {
        assert!(deployment["StageName"].is_null(), "{name}");
    }
}

/// The SDK calls in a source file: what stands behind a client.
fn calls_in(source: &str) -> BTreeSet<&str> {
    let behind = source.split(".client").skip(1);
    behind
        .filter_map(|rest| rest.trim_start().strip_prefix('.')?.split_once("()"))
        .map(|(name, _)| name)
        .filter(|name| *name != "clone")
        .collect()
}

#[test]
fn every_call_of_the_services_has_its_right() {
    let services = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../shared/pipeline/src/services"
    );
    let mut found = BTreeSet::new();
    for file in [
        "blobs/listing.rs",
        "blobs/mod.rs",
        "blobs/multipart.rs",
        "blobs/presigned.rs",
        "blobs/removal.rs",
        "blobs/renewal.rs",
        "queue/mod.rs",
        "functions.rs",
        "topic.rs",
    ] {
        let source = std::fs::read_to_string(format!("{services}/{file}")).unwrap();
        found.extend(calls_in(&source).into_iter().map(str::to_owned));
    }
    let known: BTreeSet<_> = CALLS.iter().map(|(call, _)| (*call).to_owned()).collect();
    assert_eq!(found, known);
}
