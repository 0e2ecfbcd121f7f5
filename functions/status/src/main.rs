//! The **status** Lambda: everything clients read, the console, and the webhook receiver.

mod archive;
mod console;
mod control;
mod deliveries;
mod handler;
mod list;
mod owner;
mod page;
mod query;
mod receiver;
mod status;
mod tag;
mod webhook_secret;
mod webhook_test;

use halftone_pipeline::settings::{self, Environment};
use lambda_http::{Error, Request, run, service_fn, tracing};

use crate::handler::Api;

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let cors = Environment::read(settings::cors)?;
    let api = Api::from_env().await?;
    run(service_fn(async |request: Request| {
        Ok::<_, Error>(cors.allow(api.handle(request).await))
    }))
    .await
}
