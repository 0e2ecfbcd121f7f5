//! `cargo local bench`: what Halftone costs, beside others and by its memory, and how it reads beside others.
#![allow(clippy::print_stdout, reason = "a command speaks on standard output")]

mod arguments;
mod classes;
mod codecs;
mod compile;
mod corpus;
mod deployed;
mod generations;
mod load;
mod machine;
mod markdown;
mod origin;
mod photographs;
mod pillow;
mod plot;
mod resize;
mod results;
mod scale;
mod server;
mod sizing;
mod statistics;
mod usage;
mod worker;

use std::process::ExitCode;

use arguments::{Command, Corpus};
use halftone_local::console::Console;
use halftone_local::failure::Failure;
use halftone_local::layout::Layout;

fn main() -> ExitCode {
    match run(&arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::from(failure.exit_code())
        }
    }
}

fn run(command: &Command) -> Result<(), Failure> {
    let layout = Layout::of_this_repository();
    let console = Console::new()?;
    match command {
        Command::Classes(settings) => classes::run(&console, &layout, settings),
        Command::Codecs(settings) => codecs::run(&console, &layout, settings),
        Command::Corpus(Corpus::Csv) => corpus::run(&console, &layout),
        Command::Corpus(Corpus::Pictures) => corpus::pictures::run(&console, &layout),
        Command::Generations(settings) => generations::run(&console, &layout, settings),
        Command::Load(minutes) => load::run(&console, &layout, *minutes),
        Command::Resize(settings) => resize::run(&console, &layout, settings),
        Command::Scale(images) => scale::run(&console, &layout, *images),
        Command::Server(settings) => server::run(&console, &layout, settings),
        Command::Sizing => sizing::run(&console, &layout),
    }
}
