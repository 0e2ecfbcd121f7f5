//! Pictures that have lost nothing, or have it shrunk away: Debian's packages ship them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use halftone_local::failure::Failure;
use halftone_local::layout::{Layout, StackLayout};
use halftone_local::process::Runner;
use halftone_local::progress;

use super::Part;
use super::class::Kind;
use crate::results;

/// All of them, with package, licence, author and hash.
const LIST: &str = include_str!("../../pictures/classes.tsv");

/// One of them.
#[derive(Debug, Clone, Copy)]
pub struct Pristine {
    /// What is to be seen.
    pub kind: Kind,
    /// What it is for.
    pub part: Part,
    /// Debian's package of it.
    package: &'static str,
    /// Where it is in the package.
    file: &'static str,
    sha256: &'static str,
}

impl Pristine {
    /// Where it is.
    pub fn path(&self, packages: &Path) -> PathBuf {
        packages.join(self.file)
    }

    /// Its name in tables.
    pub fn name(&self) -> &'static str {
        let name = self.file.rsplit('/').next().unwrap_or(self.file);
        name.split(['.', '_']).next().unwrap_or(name)
    }
}

/// All of them, as they are listed.
pub fn all() -> impl Iterator<Item = Pristine> {
    LIST.lines().skip(1).filter_map(|line| {
        let mut cells = line.split('\t');
        let mut next = || cells.next();
        let (kind, part, package, file) = (next()?, next()?, next()?, next()?);
        Some(Pristine {
            kind: Kind::ALL.into_iter().find(|one| one.word() == kind)?,
            part: Part::of(part),
            package,
            file,
            // Licence and author stand between, for people.
            sha256: cells.nth(2)?,
        })
    })
}

/// Downloads the packages, unless they are there already, and tells the folder of what is in them.
pub fn download(
    runner: Runner<'_>,
    layout: &Layout,
    files: &StackLayout,
) -> Result<PathBuf, Failure> {
    runner.console.step("Download pristine pictures", |step| {
        let log = files.log("classes");
        crate::pillow::prepare(runner, layout, &log, step)?;
        let folder = files.result("pristine");
        // Written last, so that half a download is never taken for a whole one.
        let stamp = folder.join("downloaded.tsv");
        if fs::read_to_string(&stamp).is_ok_and(|downloaded| downloaded == LIST) {
            step.note("already there");
            return Ok(folder);
        }
        results::empty_folder(&folder)?;
        for command in commands(&folder) {
            runner
                .run(&command, &log, step, progress::none())
                .map_err(|failure| {
                    failure.advise(
                        "the pictures come from Debian 12: see that apt-get works, start again",
                    )
                })?;
        }
        fs::write(stamp, LIST).map_err(Failure::because("cannot finish the download"))?;
        Ok(folder)
    })
}

/// Fetches each package and takes the pictures out of it, then compares their hashes.
fn commands(folder: &Path) -> Vec<Command> {
    // As any user; where apt has no lists yet, root gets them.
    const FETCH: &str = "apt-get download \"$0\" || { apt-get update && apt-get download \"$0\"; }";
    // All of a package at first: a file may be a link to another of it.
    const TAKE: &str = "dpkg-deb --extract \"$0\"_*.deb all; rm \"$0\"_*.deb; \
                        (cd all && cp --parents \"$@\" ..); rm -r all";
    const CHECK: &str = "printf %s \"$0\" | sha256sum --check --strict";
    let shell = |script: &str| {
        let mut shell = Command::new("sh");
        shell.args(["-e", "-c", script]).current_dir(folder);
        shell
    };
    let mut packages: Vec<&str> = all().map(|picture| picture.package).collect();
    packages.sort_unstable();
    packages.dedup();
    let mut commands = Vec::new();
    for package in packages {
        let (mut fetch, mut take) = (shell(FETCH), shell(TAKE));
        fetch.arg(package);
        let pictures = all().filter(|picture| picture.package == package);
        take.arg(package).args(pictures.map(|picture| picture.file));
        commands.extend([fetch, take]);
    }
    let hash = |picture: Pristine| format!("{}  {}\n", picture.sha256, picture.file);
    let mut check = shell(CHECK);
    check.arg(all().map(hash).collect::<String>());
    commands.push(check);
    commands
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_read_and_every_kind_is_in_both_parts() {
        assert_eq!(all().count(), LIST.lines().count() - 1);
        for picture in all() {
            assert_eq!(picture.sha256.len(), 64, "{}", picture.file);
        }
        for kind in Kind::ALL {
            for part in Part::ALL {
                let mut names: Vec<_> = all()
                    .filter(|one| one.kind == kind && one.part == part)
                    .map(|one| one.name())
                    .collect();
                assert!(names.len() >= 2, "{kind:?} {part:?}");
                names.dedup();
                assert!(names.len() >= 2, "{names:?}");
            }
        }
    }
}
