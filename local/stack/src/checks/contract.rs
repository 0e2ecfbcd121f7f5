//! The OpenAPI document, tried out by Schemathesis: calls made of it at random, right ones and wrong ones, and
//! what is answered held against it.

use std::process::Command;

use halftone_local::failure::Failure;
use halftone_local::layout::{Layout, StackLayout};
use halftone_local::process::Runner;
use halftone_local::python;
use halftone_local::stack::Stack;

/// The environment that it is installed in.
const ENVIRONMENT: &str = "schemathesis";
/// Calls made at random of each kind, for each call of the document.
const CALLS: &str = "20";
/// The same calls each time, so that what fails once fails again.
const SEED: &str = "20260131";

/// What is not asked, and why it cannot be met.
const LEFT_OUT: [(&str, &str); 2] = [
    (
        "unsupported_method",
        "API Gateway answers a method that there is not with 403 (here 404), never with 405 and Allow",
    ),
    (
        "use_after_free",
        "DELETE cancels: the request stays and tells so, unless purge is asked for, which end-to-end tests look at",
    ),
];

/// What tries the document of a stack out.
pub fn tries(
    runner: Runner<'_>,
    layout: &Layout,
    files: &StackLayout,
    stack: &Stack,
) -> Result<Command, Failure> {
    runner.console.step("Install Schemathesis", |step| {
        let log = files.log("pip-schemathesis");
        if !python::environment(runner, layout, &log, ENVIRONMENT, step)? {
            step.note("already there");
        }
        Ok(())
    })?;
    let (api, key) = (stack.text("apiUrl"), stack.text("apiKey"));
    let mut run = Command::new(layout.environment(ENVIRONMENT).join("bin/st"));
    let left_out = LEFT_OUT.map(|(check, _)| check).join(",");
    run.arg("run")
        .arg(format!("{api}/api/v1/openapi.json"))
        .args(["--url", api])
        .args(["--header", &format!("x-api-key: {key}")])
        .args(["--exclude-checks", &left_out])
        .args(["--max-examples", CALLS])
        .args(["--seed", SEED])
        .args(["--workers", "2"])
        .args(["--request-timeout", "30"])
        // What it answers is looked at, not where a redirect leads.
        .args(["--max-redirects", "0"])
        .args(["--suppress-health-check", "all"])
        .args(["--generation-database", "none", "--no-color"])
        .env(
            "SCHEMATHESIS_HOOKS",
            layout.root.join("local/contract/schemathesis/hooks.py"),
        )
        .env("HALFTONE_API_URL", api)
        .env("HALFTONE_API_KEY", key)
        // It leaves a folder of what it found behind.
        .current_dir(files.data());
    Ok(run)
}
