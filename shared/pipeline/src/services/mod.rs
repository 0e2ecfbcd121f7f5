//! The only four that know MongoDB, SQS, S3 and HTTP.

pub mod aws;
pub mod blobs;
pub mod fetch;
pub mod queue;
pub mod store;
