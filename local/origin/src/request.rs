//! What came in.

use std::collections::HashMap;
use std::io::{self, BufRead};
use std::time::Instant;

/// Longest body that is read, in bytes: more than any webhook has.
const MOST_BYTES: usize = 16 << 20;

/// A request, as it came in.
#[derive(Debug, Clone)]
pub struct Request {
    /// `GET`, `POST` and so on.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// By their names in lower case; the last of several wins.
    pub headers: HashMap<String, String>,
    /// Request line and headers as they were sent.
    pub head: String,
    /// The body, whose length the headers told.
    pub body: Vec<u8>,
    /// When it was read.
    pub at: Instant,
    /// Its number among those for its path, from 1.
    pub nth: usize,
    /// How many requests the server had open then, this one among them.
    pub at_once: usize,
    /// The status it was answered with; none when the answer was raw.
    pub status: Option<u16>,
}

impl Request {
    /// The path without the query.
    pub fn path(&self) -> &str {
        let end = self.target.find('?').unwrap_or(self.target.len());
        &self.target[..end]
    }

    /// Reads one; none when the client went away without a word.
    pub(crate) fn read(stream: &mut impl BufRead) -> io::Result<Option<Self>> {
        let mut head = String::new();
        while stream.read_line(&mut head)? > 2 {}
        let mut lines = head.lines();
        let mut words = lines
            .next()
            .unwrap_or_default()
            .split(' ')
            .map(str::to_owned);
        let (Some(method), Some(target)) = (words.next(), words.next()) else {
            return Ok(None);
        };
        let field = |line: &str| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_lowercase(), value.trim().to_owned()))
        };
        let headers: HashMap<_, _> = lines.filter_map(field).collect();
        let length = headers.get("content-length").and_then(|n| n.parse().ok());
        let length: usize = length.unwrap_or(0);
        if length > MOST_BYTES {
            return Err(io::Error::other("the body is too long"));
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body)?;
        Ok(Some(Self {
            method,
            target,
            headers,
            head,
            body,
            at: Instant::now(),
            nth: 1,
            at_once: 1,
            status: None,
        }))
    }
}
