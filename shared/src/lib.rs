//! What every Halftone function shares.
//!
//! A *request* is one CSV of products; each URL in it is an *image*. [`intake`] accepts a
//! request and puts its images on a queue, [`compress`] makes an output of each, [`completion`]
//! ends the request, [`webhook`] tells its owner and [`sweep`] picks up whatever got lost on
//! the way. These know no AWS: [`blobs`] speaks S3, [`queue`] speaks SQS, [`store`] speaks
//! MongoDB, [`fetch`] speaks HTTP. [`request`], [`manifest`], [`results`] and [`image`] do no
//! I/O at all.

pub mod aws;
pub mod blobs;
pub mod completion;
pub mod compress;
pub mod config;
pub mod drop;
pub mod event;
pub mod fetch;
pub mod image;
pub mod intake;
pub mod manifest;
pub mod problem;
pub mod queue;
pub mod request;
pub mod results;
pub mod store;
pub mod sweep;
pub mod telemetry;
pub mod webhook;
