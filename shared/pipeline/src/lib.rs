//! The service: what every Halftone function shares.
//!
//! A *request* is one CSV of products; each URL in it is an *image*. The [`jobs`] do the work: they
//! accept a request and put its images on a queue, make an output of each, end the request, tell
//! its owner, and pick up whatever got lost on the way. They know no AWS: only the [`services`]
//! speak MongoDB, SQS, S3 and HTTP. [`request`], [`manifest`], [`results`] and [`page`] do no I/O at
//! all, and [`api`] is the words in which callers are answered.

pub mod api;
pub mod codes;
pub mod event;
pub mod hash;
pub mod jobs;
pub mod manifest;
pub mod page;
pub mod request;
pub mod results;
pub mod services;
pub mod settings;
pub mod telemetry;
pub mod url;
