//! What became of a request, and what it took.

use std::time::Duration;

use serde_json::Value;

use halftone_local::failure::Failure;

/// How many images ended, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Whether the request has ended.
    pub ended: bool,
    /// Images with an output.
    pub succeeded: u64,
    /// Images that failed.
    pub failed: u64,
    /// Images that are still to be done.
    pub pending: u64,
}

impl Progress {
    /// What a status says.
    pub fn of(status: &Value) -> Result<Self, Failure> {
        let progress = &status["progress"];
        let count = |field: &str| {
            progress[field]
                .as_u64()
                .ok_or_else(|| Failure::new(format!("the status has no progress: {status}")))
        };
        Ok(Self {
            ended: status["status"] != "Pending",
            succeeded: count("succeeded")?,
            failed: count("failed")?,
            pending: count("pending")?,
        })
    }
}

/// What a process has used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// Processor time, its user's and the system's.
    pub cpu: Duration,
    /// The most memory that it had, in bytes.
    pub peak: u64,
}

/// One request, from its upload to its end.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Who did it.
    pub name: &'static str,
    /// What became of its images.
    pub progress: Progress,
    /// Bytes of all outputs; none of a request that did not end.
    pub bytes: Option<u64>,
    /// Webhooks that came.
    pub webhooks: usize,
    /// From the upload to the end, or to the last that was heard of the images of a request that did not end.
    pub wall: Duration,
    /// What its process used meanwhile, which on a bad day is killed: then what the second one used.
    pub used: Usage,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_status_tells_how_many_images_ended_and_how() {
        let progress = json!({"total": 11, "succeeded": 4, "failed": 1, "pending": 6});
        let expected = Progress {
            ended: false,
            succeeded: 4,
            failed: 1,
            pending: 6,
        };
        let status = json!({"status": "Pending", "progress": progress});
        assert_eq!(Progress::of(&status).unwrap(), expected);
        let status = json!({"status": "Completed", "progress": progress});
        assert!(Progress::of(&status).unwrap().ended);
        assert!(Progress::of(&json!({"status": "Pending"})).is_err());
    }
}
