//! The only ones that know MongoDB, SQS, SNS, S3, Lambda, Secrets Manager, CloudWatch,
//! CloudFront and HTTP.

pub mod aws;
pub mod blobs;
pub mod cdn;
pub mod fetch;
pub mod functions;
pub mod metrics;
pub mod queue;
pub mod secrets;
pub mod store;
pub mod topic;
