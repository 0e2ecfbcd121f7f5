//! `cargo local`: the whole of Halftone on one machine.
//!
//! Builds the functions, starts a MongoDB-compatible server and an AWS emulator, deploys
//! `template.yaml` there as it is, and shows the pipeline at work.
#![allow(clippy::print_stdout, reason = "a command speaks on standard output")]

mod apt;
mod arguments;
mod attack;
mod checks;
mod control;
mod demo;
mod fuzz;
mod instructions;
mod logs;
mod metrics;
mod package;
mod release;
mod run;
mod sent;
mod sizes;
mod storm;

use std::process::ExitCode;

use arguments::Command;
use halftone_local::console::Console;
use halftone_local::failure::Failure;
use halftone_local::layout::{Kind, Layout};
use halftone_local::session;

fn main() -> ExitCode {
    execute(arguments::parse()).unwrap_or_else(|failure| {
        eprintln!("{failure}");
        ExitCode::from(failure.exit_code())
    })
}

fn execute(command: Command) -> Result<ExitCode, Failure> {
    let layout = Layout::of_this_repository();
    match command {
        Command::Demo => demo::run(&Console::new()?, &layout)?,
        Command::Up(settings) => {
            let console = Console::new()?;
            let session = session::start(&console, &layout, Kind::Normal, &settings)?;
            session.announce();
            session.serve()?;
        }
        Command::Run(order) => {
            let all = run::run(&Console::new()?, &layout, &order)?;
            return Ok(ExitCode::from(u8::from(!all)));
        }
        Command::Down => control::down(&layout)?,
        Command::Status => return control::status(&layout),
        Command::Logs { function, follow } => logs::print(&layout, function.as_deref(), follow)?,
        Command::Metrics { minutes } => metrics::print(&layout, minutes)?,
        Command::Release(architecture) => {
            return release::run(&Console::new()?, &layout, architecture);
        }
        Command::Bench(arguments) => {
            return package::become_program(&layout, "halftone-bench", &arguments);
        }
        Command::Check(arguments) => {
            return package::become_program(&layout, "halftone-check", &arguments);
        }
        Command::Chaos(storm) => return storm::run(&Console::new()?, &layout, &storm),
        Command::Attack { seed } => return attack::run(&layout, seed),
        Command::Fuzz(search) => return fuzz::run(&layout, &search),
        Command::Instructions { write } => {
            return instructions::run(&Console::new()?, &layout, write);
        }
        Command::Test(selection) => return checks::run(&Console::new()?, &layout, &selection),
    }
    Ok(ExitCode::SUCCESS)
}
