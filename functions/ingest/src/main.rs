//! The **ingest** Lambda: takes in CSVs that were put into the drop bucket, and goes on with intakes
//! that others had no time to finish.

mod handler;

use lambda_runtime::{Error, LambdaEvent, run, service_fn, tracing};

use crate::handler::{Event, Handler};

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let handler = Handler::from_env().await?;
    run(service_fn(async |event: LambdaEvent<Event>| {
        let deadline = event.context.deadline();
        handler.handle(event.payload, deadline).await
    }))
    .await
}
