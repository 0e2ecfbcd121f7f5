//! The contract: an OpenAPI 3.1 document made of the types that the functions answer with, and what is made of
//! it: the pages of the API and of its problems, and the Postman collection. What is committed of them must be what is made here, so
//! that nothing changes for callers unseen.
//!
//! [`checker`] tells whether an answer is what the document says; the end-to-end tests ask it about every one.

pub mod checker;
mod document;
pub mod examples;
mod form;
mod operation;
mod operations;
mod parameters;
pub mod postman;
pub mod problems;
pub mod reference;
mod schemas;
mod validity;

pub use document::{EVENTS, document, text};
