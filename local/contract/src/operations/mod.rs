//! The calls that there are. A test compares them with the template's.

mod files;
mod intake;
mod pages;
mod requests;
mod webhooks;

use crate::operation::Operation;
use crate::schemas::Schemas;

/// All of them, in the order of the document. What they answer with is put into `schemas`.
pub fn all(schemas: &mut Schemas) -> Vec<Operation> {
    vec![
        intake::upload(schemas),
        intake::announce(schemas),
        requests::list(schemas),
        requests::request(schemas),
        requests::delete(schemas),
        requests::cancel(schemas),
        requests::retry_failed(schemas),
        requests::status(schemas),
        files::results(schemas),
        files::output("get", "getOutput"),
        files::output("head", "headOutput"),
        webhooks::deliveries(schemas),
        webhooks::replay(schemas),
        webhooks::webhook_secret(schemas),
        webhooks::webhook_test(schemas),
        webhooks::webhook(schemas),
        pages::openapi(),
        pages::console(),
    ]
}
