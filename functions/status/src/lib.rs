//! The **status** function: everything clients read, the console, and the webhook receiver. A library, so
//! that the contract is made from the types that it answers with.

mod answer;
mod archive;
mod console;
mod control;
mod deliveries;
mod error;
mod handler;
mod list;
mod openapi;
mod owner;
mod page;
mod query;
mod receiver;
mod results;
mod status;
mod tag;
mod webhook_secret;
mod webhook_test;

pub use handler::Api;

/// What the function answers with, and the parameters that its calls have.
pub mod contract {
    pub use crate::archive::WORD as ZIP;
    pub use crate::deliveries::{DeliveriesBody, Entry as Delivery};
    pub use crate::handler::files::{PreparingBody, ResultsUrl};
    pub use crate::handler::requests::PurgeBody;
    pub use crate::list::ListBody;
    pub use crate::receiver::Receipt;
    pub use crate::status::StatusBody;
    pub use crate::webhook_secret::SecretBody;
    pub use crate::webhook_test::TestBody;

    /// The parameters behind the question mark that a call has; `None` where there is no such call.
    #[must_use]
    pub fn parameters(method: &str, path: &str) -> Option<&'static [&'static str]> {
        let method = method.parse().ok()?;
        let route = halftone_pipeline::api::paths::Route::of(&method, path)?;
        Some(crate::query::parameters(&route))
    }
}
