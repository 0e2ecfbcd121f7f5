//! A call, with what it takes and answers.

use halftone_pipeline::codes::ProblemCode;
use serde_json::Value;

/// One call.
pub struct Operation {
    /// Its method, in lower case.
    pub method: &'static str,
    /// Its path, with the template's names of its parts.
    pub path: String,
    /// Its name for programs that are made of the document.
    pub id: &'static str,
    /// What it does, in a few words.
    pub summary: &'static str,
    /// What is to be known beside.
    pub description: &'static str,
    /// Whether it needs no API key.
    pub open: bool,
    /// Its parameters behind the question mark and in headers.
    pub parameters: Vec<Value>,
    /// What is sent with it.
    pub body: Option<Value>,
    /// What it answers.
    pub answers: Vec<Answer>,
}

/// One answer.
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// When it is given.
    pub description: &'static str,
    /// What it holds, by media type; nothing for an empty one.
    pub content: Option<(&'static str, Value)>,
    /// Its headers beside those that every answer has.
    pub headers: &'static [&'static str],
    /// The problems that it may be.
    pub codes: Vec<ProblemCode>,
}

impl Answer {
    pub fn json(status: u16, description: &'static str, schema: Value) -> Self {
        let content = Some(("application/json", schema));
        Self {
            content,
            ..Self::empty(status, description)
        }
    }

    pub fn empty(status: u16, description: &'static str) -> Self {
        Self {
            status,
            description,
            content: None,
            headers: &[],
            codes: Vec::new(),
        }
    }

    pub fn with(self, headers: &'static [&'static str]) -> Self {
        Self { headers, ..self }
    }

    pub fn problem(status: u16, codes: &[ProblemCode]) -> Self {
        let (codes, description) = (codes.to_vec(), "A problem.");
        Self {
            codes,
            ..Self::empty(status, description)
        }
    }
}
