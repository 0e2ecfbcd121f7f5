//! The **status** Lambda: everything clients read, the console, and the webhook receiver.

use halftone_pipeline::settings::{self, Environment};
use lambda_http::{Error, Request, run, service_fn, tracing};

use status::Api;

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
