//! Where figures are kept, and that one benchmark runs at a time.

use std::fs::{self, File};
use std::path::Path;

use halftone_local::failure::Failure;
use halftone_local::layout::StackLayout;

/// Takes the benchmarks for this process, for as long as the file is kept.
pub fn lock(files: &StackLayout) -> Result<File, Failure> {
    files.lock()?.ok_or_else(|| {
        Failure::new("it runs already").advise("two at a time would spoil each other's figures")
    })
}

/// Writes results by their names, and says where they are.
pub fn write(files: &StackLayout, results: &[(&str, String)]) -> Result<(), Failure> {
    for (name, text) in results {
        let path = files.result(name);
        fs::write(&path, text).map_err(Failure::because("cannot write the results"))?;
        println!("{}", path.display());
    }
    Ok(())
}

/// A folder with nothing in it, whatever an earlier run left there.
pub fn empty_folder(path: &Path) -> Result<(), Failure> {
    let _ = fs::remove_dir_all(path);
    fs::create_dir_all(path).map_err(Failure::because(format!("no folder {}", path.display())))
}
