//! The **ingest** Lambda: takes in CSVs that were put into the drop bucket.

mod handler;

use aws_lambda_events::event::s3::S3Event;
use lambda_runtime::{Error, LambdaEvent, run, service_fn, tracing};

use crate::handler::Ingest;

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let ingest = Ingest::from_env().await?;
    run(service_fn(async |event: LambdaEvent<S3Event>| {
        ingest.handle(event.payload).await
    }))
    .await
}
