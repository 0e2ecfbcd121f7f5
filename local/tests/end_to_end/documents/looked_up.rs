//! What the documents name that cannot be run here: whether it is there.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use halftone_pipeline::services::fetch::OriginHeaders;
use halftone_tests::documents::blocks;

use super::documents;

/// Commands for AWS are not run; that AWS has them, with these options, is looked up.
#[test]
#[ignore = "needs the local stack's tools: cargo local test"]
fn documented_commands_of_aws_are_there() {
    let mut commands = Vec::new();
    for (file, text) in documents() {
        for block in blocks(&file, &text).iter().filter(|it| it.language == "sh") {
            let whole = block.text.lines().filter(|line| line.starts_with("aws "));
            commands.extend(whole.map(str::to_owned));
            // One whose output a variable gets.
            let inner = block.text.split("$(aws ").skip(1);
            commands.extend(inner.map(|rest| format!("aws {}", rest.split(')').next().unwrap())));
        }
    }
    assert!(commands.len() > 5, "{commands:?}");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut python = Command::new(root.join(".local/venv/sam/bin/python"));
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("end_to_end/documents/aws.py");
    python
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut python = python.spawn().unwrap();
    let mut input = python.stdin.take().unwrap();
    input
        .write_all((commands.join("\n") + "\n").as_bytes())
        .unwrap();
    drop(input);
    let output = python.wait_with_output().unwrap();
    let complaints = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success() && complaints.is_empty(),
        "{complaints}"
    );
}

/// The form of the secret that an operator writes.
#[test]
fn documented_headers_for_origins_can_be_read() {
    let all = documents();
    let (file, text) = &all[0];
    let secret = blocks(file, text)
        .into_iter()
        .find(|it| it.text.contains("\"Authorization\""))
        .unwrap();
    let read: Result<OriginHeaders, _> = secret.text.parse();
    assert!(read.is_ok(), "{}: {:?}", secret.place, read.err());
}
