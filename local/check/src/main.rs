//! `cargo local check`: whether a deployed Halftone works, step by step, as its callers see it.
#![allow(clippy::print_stdout, reason = "a command speaks on standard output")]

mod arguments;
mod client;
mod output;
mod sample;
mod steps;

use std::process::ExitCode;

use halftone_local::console::Console;
use halftone_local::failure::Failure;
use halftone_local::layout::Layout;

use arguments::Settings;
use client::Client;
use steps::Check;

fn main() -> ExitCode {
    run(&arguments::parse()).unwrap_or_else(|failure| {
        eprintln!("{failure}");
        ExitCode::from(failure.exit_code())
    })
}

fn run(settings: &Settings) -> Result<ExitCode, Failure> {
    let key = std::env::var_os(&settings.key_variable).and_then(|key| key.into_string().ok());
    let key = key.ok_or_else(|| {
        let what = format!("there is no environment variable {}", settings.key_variable);
        Failure::new(what).advise("put the API key into it: `aws apigateway get-api-key --include-value --query value --output text --api-key ID`")
    })?;
    let console = Console::new()?;
    let client = Client::new(&settings.api, key)?;
    let layout = Layout::of_this_repository();
    // The photographs are served for as long as this is kept.
    let sample = sample::find(settings, &layout.root.join("events"))?;
    let failed = Check::new(&console, &client).all(&sample.csv);
    match failed? {
        0 => {
            println!("\nIt works.");
            Ok(ExitCode::SUCCESS)
        }
        count => {
            println!("\n{count} of the steps failed.");
            Ok(ExitCode::FAILURE)
        }
    }
}
