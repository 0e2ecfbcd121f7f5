//! Deploys the one template with `sam deploy`, as to AWS.

use std::process::Command;

use serde_json::json;

use crate::console::Step;
use crate::failure::Failure;
use crate::functions::{architecture, tool};
use crate::layout::{Layout, StackLayout};
use crate::process::Runner;
use crate::progress;
use crate::services::{Services, aws_environment};

/// Name of the CloudFormation stack, and the start of every name in it.
pub const STACK: &str = "halftone";
/// Name of the secret with the connection string.
const SECRET: &str = "halftone-mongodb";
/// Bucket that `sam deploy` uploads the functions to.
const ARTIFACTS: &str = "halftone-artifacts";

/// Deploys what was built, with these parameters beside those that every local stack needs.
pub fn deploy(
    runner: Runner<'_>,
    layout: &Layout,
    stack: &StackLayout,
    services: &Services,
    parameters: &[(String, String)],
    step: &mut Step,
) -> Result<(), Failure> {
    services.client.create_bucket(ARTIFACTS)?;
    let endpoint = &services.client.endpoint;
    let uri = json!({"uri": services.database().uri()});
    let secret = services.client.create_secret(SECRET, &uri.to_string())?;
    let own = [
        ("Architecture", architecture().to_owned()),
        ("MongodbSecret", secret),
        ("MongodbDatabase", services.database().name().to_owned()),
        ("ApiOrigin", format!("{endpoint}/_aws/execute-api")),
    ];
    let own = own.map(|(name, value)| (name.to_owned(), value));
    let mut sam = tool("sam", layout);
    aws_environment(&mut sam, endpoint);
    sam.args(["deploy", "--config-env", "local", "--s3-bucket", ARTIFACTS])
        .arg("--config-file")
        .arg(layout.root.join("samconfig.toml"))
        .arg("--template-file")
        .arg(layout.build().join("template.yaml"))
        // The default of half a second is for throttled accounts.
        .env("SAM_CLI_POLL_DELAY", "0.2")
        // The last column of the events table would be cut off.
        .env("COLUMNS", "160");
    parameter_arguments(&mut sam, own.iter().chain(parameters));
    runner.run(&sam, &stack.log("sam-deploy"), step, progress::deployment())
}

fn parameter_arguments<'a>(
    sam: &mut Command,
    parameters: impl Iterator<Item = &'a (String, String)>,
) {
    sam.arg("--parameter-overrides");
    for (name, value) in parameters {
        sam.arg(format!("ParameterKey={name},ParameterValue='{value}'"));
    }
}
