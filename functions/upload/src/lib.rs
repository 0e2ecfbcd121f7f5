//! The **upload** function: `POST /api/v1/images/upload`, and for larger files
//! `POST /api/v1/images/requests`. A library, so that the contract is made from the
//! types that it answers with.

mod announcement;
mod answer;
mod form;
mod handler;

pub use handler::Handler;

/// What the function answers with, its parameters, and the form's fields beside the options.
pub mod contract {
    pub use crate::announcement::{MAX_NAME_CHARS, MAX_TYPE_BYTES};
    pub use crate::answer::{AcceptedBody, AnnouncedBody, UnderstoodBody};
    pub use crate::form::{DRY_RUN, FILE};
    pub use crate::handler::PARAMETERS;
}

/// How the bodies that strangers send are read, without any service.
pub mod reading {
    pub use crate::announcement::read as announcement;
    pub use crate::form::read as form;
}
