//! Secrets stand in Secrets Manager, and may be changed there.

use serde_json::json;

use halftone_tests::faults::Fault;
use halftone_tests::secrets;
use halftone_tests::stack::{LONG, Stack, alone, shared};
use halftone_tests::wait::until;

/// Of a request that there is not.
const STATUS: &str = "/api/v1/images/status/0f8fad5b-d9cb-469f-a165-70867728950e";
/// Nobody listens there.
const NOWHERE: &str = "mongodb://127.0.0.1:9/?directConnection=true";

async fn write(stack: &Stack, uri: &str) {
    secrets::write(stack, "halftone-mongodb", &json!({"uri": uri})).await;
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_changed_connection_string_is_used_without_a_deployment() {
    let _stack = alone().await;
    let stack = Stack::find().await;
    let right = stack.text("mongodbUri");
    write(&stack, NOWHERE).await;
    // A new deployment has new instances, which read the wrong one.
    let fault = Fault::of_deployment(&stack, "status", "RUST_LOG", "debug").await;
    let answer = stack.get(STATUS).await;
    write(&stack, right).await;
    assert_eq!((answer.status, &*answer.code()), (503, "unavailable"));
    until("the right one is used", LONG, async || {
        (stack.get(STATUS).await.status == 404).then_some(())
    })
    .await;
    drop(fault);
}

/// What the webhooks' keys are derived from.
async fn webhook_keys(stack: &Stack) -> String {
    let secret = secrets::read(stack, &secrets::of_webhooks(stack).await).await;
    let key = secret["key"].as_str().unwrap();
    assert_eq!(key.len(), 64);
    key.to_owned()
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn no_function_has_a_secret_in_its_environment() {
    let _stack = shared().await;
    let stack = Stack::find().await;
    for verb in ["upload", "ingest", "compress", "finalize", "status"] {
        let call = stack.lambda.get_function_configuration();
        let call = call
            .function_name(stack.function(verb))
            .send()
            .await
            .unwrap();
        let variables = call.environment.unwrap().variables.unwrap();
        assert_eq!(variables["MONGODB_URI"], "", "{verb}");
        let keys = webhook_keys(&stack).await;
        for secret in ["mongodb://", "whsec_", &keys] {
            let mut values = variables.values();
            assert!(!values.any(|value| value.contains(secret)), "{verb}");
        }
    }
}
