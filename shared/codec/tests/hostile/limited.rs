//! A process whose data has a hard limit.

use std::process::Command;

/// Says to a test that it runs within the limit.
const WITHIN: &str = "HALFTONE_HOSTILE_WITHIN";

/// Runs a test, by its name, in a process that may have so many kB of data (`RLIMIT_DATA`: all that is private and
/// writable).
#[allow(
    clippy::disallowed_methods,
    reason = "how a test finds out where it runs"
)]
pub fn within(test: &str, kilobytes: u64, run: impl FnOnce()) {
    if std::env::var(WITHIN).is_ok() {
        return run();
    }
    let limit = format!("ulimit -d {kilobytes}; exec \"$@\"");
    let output = Command::new("sh")
        .args(["-ec", &limit, "sh"])
        .arg(std::env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture", "--test-threads", "1"])
        .env(WITHIN, "1")
        // What is large goes back to the system at once, so that each body's own is measured.
        .env("MALLOC_MMAP_THRESHOLD_", "131072")
        .env("MALLOC_TRIM_THRESHOLD_", "131072")
        .output()
        .unwrap();
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    println!("{out}");
    assert!(output.status.success(), "{}: {err}", output.status);
    // Not by finding no test of that name.
    assert!(out.contains("1 passed"), "{out}");
}
