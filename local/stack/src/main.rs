//! `cargo local`: the whole of Halftone on one machine.
//!
//! Builds the functions, starts a MongoDB-compatible server and an AWS emulator, deploys
//! `template.yaml` there as it is, and shows the pipeline at work. Everything it starts ends with
//! it, however it ends.
#![allow(clippy::print_stdout, reason = "a command speaks on standard output")]

mod api;
mod arguments;
mod bench;
mod checks;
mod console;
mod control;
mod demo;
mod deploy;
mod emulator;
mod failure;
mod functions;
mod layout;
mod port;
mod process;
mod progress;
mod python;
mod services;
mod session;
mod stack;
mod summary;

use std::process::ExitCode;

use arguments::Command;
use console::Console;
use failure::Failure;
use layout::{Kind, Layout};
use session::Settings;

fn main() -> ExitCode {
    let command = match arguments::parse() {
        Ok(command) => command,
        Err(error) => {
            eprintln!("{error}\n\n{}", arguments::USAGE);
            return ExitCode::from(2);
        }
    };
    match run(command) {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::from(failure.exit_code())
        }
    }
}

fn run(command: Command) -> Result<ExitCode, Failure> {
    let layout = Layout::of_this_repository();
    match command {
        Command::Help => println!("{}", arguments::USAGE),
        Command::Demo => demo::run(&Console::new()?, &layout)?,
        Command::Up { networks } => {
            let console = Console::new()?;
            let session =
                session::start(&console, &layout, Kind::Normal, &Settings::normal(networks))?;
            session.announce();
            session.serve()?;
        }
        Command::Down => control::down(&layout)?,
        Command::Status => return control::status(&layout),
        Command::Logs { function } => control::logs(&layout, function.as_deref())?,
        Command::Bench(settings) => bench::run(&Console::new()?, &layout, &settings)?,
        Command::Sizing => bench::sizing::run(&Console::new()?, &layout)?,
        Command::Test => return checks::run(&Console::new()?, &layout),
    }
    Ok(ExitCode::SUCCESS)
}
