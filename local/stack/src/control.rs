//! Commands for a stack that another process keeps up.

use std::fs;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use halftone_local::STACK;
use halftone_local::emulator::Emulator;
use halftone_local::failure::Failure;
use halftone_local::functions::FUNCTIONS;
use halftone_local::layout::{Kind, Layout, StackLayout};
use halftone_local::stack::Stack;

/// How long `down` waits.
const END: Duration = Duration::from_secs(30);

/// Whether no process has the stack. One that was killed may have left its description.
fn is_free(files: &StackLayout) -> Result<bool, Failure> {
    let lock = files.lock()?;
    if lock.is_some() {
        let _ = fs::remove_file(files.description());
    }
    Ok(lock.is_some())
}

/// `cargo local down`.
pub fn down(layout: &Layout) -> Result<(), Failure> {
    let files = layout.stack(Kind::Normal);
    if is_free(&files)? {
        println!("Nothing is up.");
        return Ok(());
    }
    fs::write(files.stop(), "").map_err(Failure::because("cannot ask it to stop"))?;
    let deadline = Instant::now() + END;
    while files.lock()?.is_none() {
        if Instant::now() > deadline {
            return Err(Failure::new("it does not stop").advise("end the process `local`"));
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    println!("Stopped.");
    Ok(())
}

/// `cargo local status`: fails when nothing is up.
pub fn status(layout: &Layout) -> Result<ExitCode, Failure> {
    let files = layout.stack(Kind::Normal);
    if is_free(&files)? {
        println!(
            "Nothing is up. `cargo local` shows the pipeline at work, `cargo local up` serves it."
        );
        return Ok(ExitCode::FAILURE);
    }
    match Stack::read(&files.description()) {
        Some(stack) => println!("Up.\n\n{}", stack.summary(&files.description())),
        None => println!("Being set up or stopped."),
    }
    Ok(ExitCode::SUCCESS)
}

/// `cargo local logs`: of all functions, or of one, in the order of their time.
pub fn logs(layout: &Layout, function: Option<&str>) -> Result<(), Failure> {
    let stack = Stack::read(&layout.stack(Kind::Normal).description())
        .ok_or_else(|| Failure::new("nothing is up").advise("start it with `cargo local up`"))?;
    let emulator = Emulator::at(stack.text("awsEndpointUrl").to_owned());
    let mut lines = Vec::new();
    for name in FUNCTIONS
        .into_iter()
        .filter(|name| function.is_none_or(|wanted| wanted == *name))
    {
        for (time, text) in emulator.log_events(&format!("/aws/lambda/{STACK}-{name}"))? {
            lines.push((time, name, text));
        }
    }
    // Events of one time stay in the order of their log.
    lines.sort_by_key(|(time, _, _)| *time);
    for (_, name, text) in lines {
        println!("{name:<8} {text}");
    }
    Ok(())
}
