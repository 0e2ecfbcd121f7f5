//! The check against the local stack: `cargo local up --for-tests`, or `cargo local test`.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::process::{Command, Output};

use halftone_local::stack::Stack;

fn check(stack: &Stack, key: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_check"))
        .args(["--api", stack.text("apiUrl"), "--key-env", "CHECK_KEY"])
        .env("CHECK_KEY", key)
        .output()
        .expect("the check runs")
}

fn stack() -> Stack {
    let path = std::env::var_os("HALFTONE_STACK").expect("HALFTONE_STACK: a stack's stack.json");
    Stack::read(path.as_ref()).expect("a stack that is up")
}

#[test]
#[ignore = "needs a stack: cargo local test"]
fn a_stack_that_works_passes_every_step() {
    let stack = stack();
    let output = check(&stack, stack.text("apiKey"));
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    assert_eq!(said.matches('✓').count(), 8, "{said}");
    assert!(said.contains("11 succeeded, 0 failed"), "{said}");
    // The first output, as its photograph is.
    assert!(said.contains("JPEG, 2400 × 1624, "), "{said}");
}

#[test]
#[ignore = "needs a stack: cargo local test"]
fn a_wrong_key_is_said_and_what_needs_it_is_left_out() {
    let output = check(&stack(), "wrong");
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("upload answers 403"), "{said}");
    assert!(
        said.contains("left out: its status, results and outputs"),
        "{said}"
    );
}
