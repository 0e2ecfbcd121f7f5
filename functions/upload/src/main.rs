//! The **upload** Lambda: `POST /api/v1/images/upload`, and for larger files
//! `POST /api/v1/images/requests`.

mod announcement;
mod answer;
mod form;
mod handler;

use halftone_pipeline::settings::{self, Environment};
use lambda_http::{Error, Request, run, service_fn, tracing};

use crate::handler::Handler;

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let cors = Environment::read(settings::cors)?;
    let handler = Handler::from_env().await?;
    run(service_fn(async |request: Request| {
        Ok::<_, Error>(cors.allow(handler.handle(request).await))
    }))
    .await
}
