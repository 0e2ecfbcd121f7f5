//! How a request is answered.

use std::time::Duration;

use crate::gate::Gate;

/// A part of an answer.
#[derive(Debug, Clone)]
pub enum Step {
    /// Sends these bytes as they are.
    Send(Vec<u8>),
    /// Sends these bytes again and again until the client is gone.
    Endless(Vec<u8>),
    /// Waits so long.
    Pause(Duration),
    /// Waits for the gate.
    Wait(Gate),
    /// Says nothing more until the client is gone.
    Silence,
}

/// An answer, after which the connection is closed.
#[derive(Debug, Clone)]
pub struct Answer {
    before: Vec<Step>,
    content: Content,
}

#[derive(Debug, Clone)]
enum Content {
    Response {
        status: u16,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    },
    Steps(Vec<Step>),
}

impl Answer {
    /// A status, without a body.
    pub fn status(status: u16) -> Self {
        Self {
            before: Vec::new(),
            content: Content::Response {
                status,
                headers: Vec::new(),
                body: Vec::new(),
            },
        }
    }

    /// 200 with these bytes, and a type that is none of an image: only content counts.
    pub fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self::status(200)
            .header("Content-Type", "text/plain")
            .body(body)
    }

    /// 302 to a URL.
    pub fn redirect(location: impl Into<String>) -> Self {
        Self::status(302).header("Location", location)
    }

    /// Whatever these steps are: nothing is added, and nothing is checked.
    pub fn steps(steps: impl Into<Vec<Step>>) -> Self {
        Self {
            before: Vec::new(),
            content: Content::Steps(steps.into()),
        }
    }

    /// These bytes as they are.
    pub fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self::steps([Step::Send(bytes.into())])
    }

    /// No answer until the client is gone.
    pub fn silence() -> Self {
        Self::steps([Step::Silence])
    }

    /// With a header. An answer of steps has none and stays as it is.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        if let Content::Response { headers, .. } = &mut self.content {
            headers.push((name.into(), value.into()));
        }
        self
    }

    /// With a body. An answer of steps has none and stays as it is.
    #[must_use]
    pub fn body(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        if let Content::Response { body, .. } = &mut self.content {
            *body = bytes.into();
        }
        self
    }

    /// Not before so long.
    #[must_use]
    pub fn after(self, pause: Duration) -> Self {
        self.first(Step::Pause(pause))
    }

    /// Not before the gate lets it through.
    #[must_use]
    pub fn held(self, gate: &Gate) -> Self {
        self.first(Step::Wait(gate.clone()))
    }

    fn first(mut self, step: Step) -> Self {
        self.before.push(step);
        self
    }

    /// Its status; none when it is made of steps.
    pub(crate) fn status_code(&self) -> Option<u16> {
        match self.content {
            Content::Response { status, .. } => Some(status),
            Content::Steps(_) => None,
        }
    }

    /// All of it, in order.
    pub(crate) fn into_steps(self) -> Vec<Step> {
        let content = match self.content {
            Content::Steps(steps) => steps,
            Content::Response {
                status,
                headers,
                body,
            } => vec![Step::Send(response(status, &headers, &body))],
        };
        [self.before, content].concat()
    }
}

fn response(status: u16, headers: &[(String, String)], body: &[u8]) -> Vec<u8> {
    let field = |(name, value): &(String, String)| format!("{name}: {value}\r\n");
    let fields: String = headers.iter().map(field).collect();
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} Status\r\n{fields}Content-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}
