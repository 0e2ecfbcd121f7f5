//! Why a call has no answer of its own: what the caller is told, or what failed and is logged.

use halftone_pipeline::api::problem::Problem;
use halftone_pipeline::jobs::control::ControlError;
use halftone_pipeline::services::blobs::BlobError;
use halftone_pipeline::services::store::{Retry, StoreError};

use crate::control;

/// Why a call has no answer of its own.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    #[error("the call was refused")]
    Refused(Problem),
    #[error("the store failed")]
    Store(#[from] StoreError),
    #[error("the request could not be changed")]
    Control(#[source] ControlError),
    #[error("the blobs failed")]
    Blobs(#[from] BlobError),
    #[error("the answer could not be serialized")]
    Serialize(#[from] serde_json::Error),
}

impl From<Problem> for ApiError {
    fn from(problem: Problem) -> Self {
        Self::Refused(problem)
    }
}

impl ApiError {
    /// A request that could not be changed as was wished.
    pub fn of_control(error: ControlError, retry: &Retry) -> Self {
        match control::refused(&error, retry) {
            Some(problem) => Self::Refused(problem),
            None => Self::Control(error),
        }
    }
}

impl From<ControlError> for ApiError {
    fn from(error: ControlError) -> Self {
        Self::of_control(error, &Retry::default())
    }
}
