//! The **upload** Lambda: `POST /api/v1/images/upload`.

mod answer;
mod form;
mod handler;

use lambda_http::{Error, Request, run, service_fn, tracing};

use crate::handler::Upload;

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let upload = Upload::from_env().await?;
    run(service_fn(async |request: Request| {
        upload.handle(request).await
    }))
    .await
}
