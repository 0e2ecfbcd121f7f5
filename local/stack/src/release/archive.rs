//! What each function weighs as it is uploaded: the larger, the longer a cold start takes.

use std::fs;
use std::path::Path;
use std::process::Command;

use halftone_local::console::Step;
use halftone_local::failure::Failure;
use halftone_local::progress;

use super::{Function, Release, audit, glibc, reproduce};

/// The most that a function's zip may have.
const MOST: u64 = 10_000_000;

impl Release<'_> {
    /// Packs each function as `sam deploy` does, and counts those that are too large.
    pub fn sizes(&self, functions: &[Function]) -> Result<usize, Failure> {
        let mut table = Vec::new();
        let failed = self.check("Weigh the functions", |step| {
            let mut faults = Vec::new();
            for function in functions {
                let zipped = self.zip(function, step)?;
                let program = fs::read(&function.program);
                let program = program.map_err(Failure::because("cannot read a function"))?;
                table.push(format!(
                    "{:<10} {} MB, as zip {} MB",
                    function.name,
                    megabytes(program.len() as u64),
                    megabytes(zipped)
                ));
                faults.extend(too_large(&function.name, zipped));
                faults.extend(glibc::fault(&function.name, &program));
                faults.extend(audit::fault(&function.name, &program));
                faults.extend(reproduce::fault(&function.name, &program));
            }
            Ok(faults)
        })?;
        for line in table {
            println!("    {line}");
        }
        Ok(failed)
    }

    /// The size of the zip: Python's, which is what the SAM CLI uses, and its level.
    fn zip(&self, function: &Function, step: &mut Step) -> Result<u64, Failure> {
        let zip = self.files.result(&format!("{}.zip", function.name));
        let mut python = Command::new(self.runner.python);
        python.args(["-m", "zipfile", "-c"]);
        python.arg(&zip).arg(&function.program);
        let log = self.files.log(&format!("zip-{}", function.name));
        self.runner.run(&python, &log, step, progress::none())?;
        size(&zip)
    }
}

fn size(file: &Path) -> Result<u64, Failure> {
    let metadata = fs::metadata(file).map_err(Failure::because("there is no zip"))?;
    Ok(metadata.len())
}

fn too_large(name: &str, zipped: u64) -> Option<String> {
    let [has, most] = [zipped, MOST].map(megabytes);
    let fault = format!("{name}: its zip has {has} MB, and may have {most} MB");
    (zipped > MOST).then_some(fault)
}

/// In millions of bytes.
fn megabytes(bytes: u64) -> String {
    let hundredths = bytes.div_ceil(10_000);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zip_above_the_bound_is_a_fault_that_says_by_how_much() {
        assert_eq!(too_large("compress", MOST), None);
        assert_eq!(
            too_large("compress", MOST + 1).as_deref(),
            Some("compress: its zip has 10.01 MB, and may have 10.00 MB")
        );
    }
}
