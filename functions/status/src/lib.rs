//! The **status** function: everything clients read, the console, and the webhook receiver. A library, so
//! that the contract is made from the types that it answers with.

mod archive;
mod console;
mod control;
mod deliveries;
mod handler;
mod list;
mod openapi;
mod owner;
mod page;
mod query;
mod receiver;
mod status;
mod tag;
mod webhook_secret;
mod webhook_test;

pub use handler::Api;

/// What the function answers with, and the parameters that its calls have.
pub mod contract {
    pub use crate::archive::WORD as ZIP;
    pub use crate::deliveries::{DeliveriesBody, Entry as Delivery};
    pub use crate::handler::{PreparingBody, PurgeBody, ResultsUrl};
    pub use crate::list::{ListBody, PARAMETERS as LIST_PARAMETERS};
    pub use crate::page::PARAMETERS as STATUS_PARAMETERS;
    pub use crate::receiver::Receipt;
    pub use crate::status::StatusBody;
    pub use crate::webhook_secret::SecretBody;
    pub use crate::webhook_test::TestBody;
}
