//! The switches that break what the functions rely on.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::stack::Stack;

/// A fault for as long as this is kept. Tests that break the stack have it alone.
pub struct Fault {
    file: PathBuf,
}

impl Fault {
    /// What is out, such as `{"s3": "error", "sqs": "hang", "lambda": "error"}`.
    pub fn of_services(stack: &Stack, faults: &Value) -> Self {
        Self::write(stack, "faults.json", &faults.to_string())
    }

    /// The bundled database is killed, and comes back with its data after this.
    pub fn of_mongodb(stack: &Stack) -> Self {
        Self::write(stack, "mongodb.down", "")
    }

    fn write(stack: &Stack, name: &str, text: &str) -> Self {
        let file = Path::new(stack.text("faults")).join(name);
        std::fs::write(&file, text).unwrap();
        Self { file }
    }
}

impl Drop for Fault {
    fn drop(&mut self) {
        // Gone already when the stack is.
        let _ = std::fs::remove_file(&self.file);
    }
}
