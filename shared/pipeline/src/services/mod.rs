//! The only ones that know MongoDB, SQS, SNS, S3, Lambda, Secrets Manager,
//! CloudWatch and HTTP.

pub mod aws;
pub mod blobs;
pub mod fetch;
pub mod functions;
pub mod metrics;
pub mod queue;
pub mod secrets;
pub mod store;
pub mod topic;
