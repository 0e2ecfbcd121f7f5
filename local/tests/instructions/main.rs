//! Fixed work whose instructions `cargo local instructions` counts.
//!
//! Without an argument: the names of all works, a line each. With one: does that work, once. Only what is called by
//! [`measured`] is counted; what is made ready before is not.
#![allow(clippy::print_stdout, reason = "a command speaks on standard output")]

mod pictures;
mod tables;

use std::error::Error;
use std::hint::black_box;

/// Work that is ready to be done; it gives how much came out.
type Work = Box<dyn FnOnce() -> Result<usize, Box<dyn Error>>>;

/// Makes a work ready.
type Prepare = fn() -> Result<Work, Box<dyn Error>>;

const WORKS: [(&str, Prepare); 10] = [
    ("jpeg", pictures::jpeg),
    ("jpeg, progressive", pictures::progressive),
    ("jpeg, 4:4:4 of quality 100", pictures::fine),
    ("jpeg, smaller", pictures::smaller),
    ("jpeg to webp", pictures::to_webp),
    ("jpeg to avif", pictures::to_avif),
    ("png", pictures::png),
    ("webp", pictures::webp),
    ("read a CSV", tables::read),
    ("write results", tables::write),
];

fn main() -> Result<(), Box<dyn Error>> {
    let Some(wanted) = std::env::args().nth(1) else {
        WORKS.iter().for_each(|(name, _)| println!("{name}"));
        return Ok(());
    };
    let found = WORKS.iter().find(|(name, _)| *name == wanted);
    let (_, prepare) = found.ok_or_else(|| format!("there is no work called {wanted}"))?;
    let made = measured(prepare()?)?;
    println!("{made}");
    Ok(())
}

/// Counting begins and ends here: by this name, which therefore nothing else may have.
#[inline(never)]
fn measured(work: Work) -> Result<usize, Box<dyn Error>> {
    black_box(work())
}
