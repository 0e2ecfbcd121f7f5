//! The **finalize** Lambda: ends requests, sends webhooks, takes over the images' dead letters,
//! and sweeps on a schedule.

mod handler;
mod setup;

use lambda_runtime::{Error, LambdaEvent, run, service_fn, tracing};

use crate::handler::Event;

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let handler = setup::handler().await?;
    run(service_fn(async |event: LambdaEvent<serde_json::Value>| {
        let deadline = event.context.deadline();
        handler.handle(Event::of(event.payload)?, deadline).await
    }))
    .await
}
