//! How far a tool is, read from what it prints.

/// How far a step is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// Parts done.
    pub done: usize,
    /// Parts in all.
    pub total: usize,
    /// What is being done.
    pub label: String,
}

/// Reads a line of a tool's output: the new position, if it tells one.
pub type Reader = Box<dyn FnMut(&str) -> Option<Position>>;

/// For tools that tell nothing.
pub fn none() -> Reader {
    Box::new(|_| None)
}

/// Cargo's own bar: `Building [===>   ] 45/304: ring, tokio(build)`.
pub fn cargo() -> Reader {
    Box::new(|line| {
        let (_, rest) = line
            .trim_start()
            .strip_prefix("Building [")?
            .split_once("] ")?;
        let (counts, label) = rest.split_once(": ").unwrap_or((rest, ""));
        let (done, total) = counts.trim_end_matches("...").split_once('/')?;
        let label = label
            .split(['(', ','])
            .next()
            .unwrap_or_default()
            .trim()
            .to_owned();
        Some(Position {
            done: done.trim().parse().ok()?,
            total: total.trim().parse().ok()?,
            label,
        })
    })
}

/// Each line that begins so is one more part done; what follows is its label.
pub fn lines_starting(prefix: &'static str, total: usize) -> Reader {
    let mut done = 0;
    Box::new(move |line| {
        let rest = line.trim_start().strip_prefix(prefix)?;
        done += 1;
        let label = rest
            .split_whitespace()
            .next()
            .unwrap_or_default()
            .to_owned();
        Some(Position { done, total, label })
    })
}

/// `sam deploy`: first it lists what it will add, then what it has created.
pub fn deployment() -> Reader {
    let (mut total, mut done) = (0, 0);
    Box::new(move |line| {
        if line.starts_with("+ Add") {
            total += 1;
            return None;
        }
        let resource = line
            .strip_prefix("CREATE_COMPLETE")?
            .split_whitespace()
            .nth(1);
        done += 1;
        Some(Position {
            done,
            total: total + 1,
            label: resource.unwrap_or_default().to_owned(),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(done: usize, total: usize, label: &str) -> Option<Position> {
        Some(Position {
            done,
            total,
            label: label.to_owned(),
        })
    }

    #[test]
    fn cargo_bar() {
        let mut read = cargo();
        let line = "    Building [=====>      ] 45/304: aws-sdk-s3, ring(build)";
        assert_eq!(read(line), at(45, 304, "aws-sdk-s3"));
        assert_eq!(
            read("    Building [=> ] 3/304: serde(build), ring"),
            at(3, 304, "serde")
        );
        assert_eq!(
            read("    Building [=> ] 4/304: halftone          "),
            at(4, 304, "halftone")
        );
        assert_eq!(read("   Compiling serde v1.0.2"), None);
    }

    #[test]
    fn counted_lines() {
        let mut read = lines_starting("Collecting ", 3);
        assert_eq!(
            read("Collecting boto3==1.2 (from -r x)"),
            at(1, 3, "boto3==1.2")
        );
        assert_eq!(read("  Downloading boto3"), None);
        assert_eq!(read("Collecting click==8"), at(2, 3, "click==8"));
    }

    #[test]
    fn deployment_counts_what_it_announced() {
        let mut read = deployment();
        assert_eq!(
            read("+ Add                ApiKey         AWS::ApiGateway::ApiKey"),
            None
        );
        let line = "CREATE_COMPLETE          AWS::ApiGateway::ApiKey   ApiKey";
        assert_eq!(read(line), at(1, 2, "ApiKey"));
    }
}
