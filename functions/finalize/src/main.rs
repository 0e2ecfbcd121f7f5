//! The **finalize** Lambda: ends requests, sends webhooks, takes over the images' dead letters,
//! and sweeps on a schedule.

mod handler;

use lambda_runtime::{Error, LambdaEvent, run, service_fn, tracing};

use crate::handler::{Event, Finalize};

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let finalize = Finalize::from_env().await?;
    run(service_fn(async |event: LambdaEvent<serde_json::Value>| {
        finalize.handle(Event::of(event.payload)?).await
    }))
    .await
}
