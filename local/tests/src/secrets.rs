//! Secrets Manager of the stack.

use serde_json::{Value, json};

use crate::stack::Stack;

async fn call(stack: &Stack, action: &str, body: Value) -> String {
    let target = format!("secretsmanager.{action}");
    let headers = [
        ("content-type", "application/x-amz-json-1.1"),
        ("x-amz-target", &*target),
    ];
    stack
        .aws("secretsmanager", &headers, body.to_string())
        .await
}

/// What a secret says.
pub async fn read(stack: &Stack, name: &str) -> Value {
    let answer = call(stack, "GetSecretValue", json!({"SecretId": name})).await;
    let answer: Value = serde_json::from_str(&answer).unwrap();
    serde_json::from_str(answer["SecretString"].as_str().unwrap()).unwrap()
}

/// Has it say something else.
pub async fn write(stack: &Stack, name: &str, says: &Value) {
    let body = json!({"SecretId": name, "SecretString": says.to_string()});
    call(stack, "PutSecretValue", body).await;
}

/// The name of what all webhooks' keys are derived from.
pub async fn of_webhooks(stack: &Stack) -> String {
    let call = stack.lambda.get_function_configuration();
    let call = call.function_name(stack.function("finalize")).send().await;
    let variables = call.unwrap().environment.unwrap().variables.unwrap();
    variables["WEBHOOK_SECRET"].clone()
}
