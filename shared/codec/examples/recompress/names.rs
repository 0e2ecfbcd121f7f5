//! Where each output is written.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// The files that may not be written: the sources, and what was written before.
#[derive(Debug)]
pub struct Names {
    taken: HashSet<PathBuf>,
}

impl Names {
    /// Nothing is taken yet but the sources, which may be in the same folder.
    pub fn beside(sources: &[PathBuf]) -> Self {
        Self {
            taken: sources.iter().map(|source| real(source)).collect(),
        }
    }

    /// `directory/stem.extension`, or the first of `stem-2`, `stem-3`... that is free.
    pub fn choose(&mut self, directory: &Path, source: &Path, extension: &str) -> PathBuf {
        let stem = source.file_stem().unwrap_or_default().to_string_lossy();
        let mut number = 1;
        loop {
            let name = if number == 1 {
                format!("{stem}.{extension}")
            } else {
                format!("{stem}-{number}.{extension}")
            };
            let path = directory.join(name);
            if self.taken.insert(real(&path)) {
                return path;
            }
            number += 1;
        }
    }
}

/// One name for one file, whichever way it is written; it need not be there.
fn real(path: &Path) -> PathBuf {
    if let Ok(path) = path.canonicalize() {
        return path;
    }
    let parent = path.parent().and_then(|parent| parent.canonicalize().ok());
    match (parent, path.file_name()) {
        (Some(parent), Some(name)) => parent.join(name),
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_never_meet() {
        let directory = std::env::temp_dir().join(format!("halftone-names-{}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        let source = directory.join("a.jpg");
        std::fs::write(&source, "source").unwrap();
        let mut names = Names::beside(std::slice::from_ref(&source));
        let mut choose = |source: &str, extension| {
            let path = names.choose(&directory, Path::new(source), extension);
            path.file_name().unwrap().to_string_lossy().into_owned()
        };
        assert_eq!(choose("a.jpg", "jpg"), "a-2.jpg");
        assert_eq!(choose("elsewhere/a.jpeg", "jpg"), "a-3.jpg");
        assert_eq!(choose("a.gif", "png"), "a.png");
        assert_eq!(choose("a.png", "png"), "a-2.png");
        std::fs::remove_dir_all(directory).unwrap();
    }
}
