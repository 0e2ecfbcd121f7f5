//! Commands for a stack that another process keeps up.

use std::fs;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use halftone_local::failure::Failure;
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
