//! The pictures of a folder.

use std::fmt::{self, Display, Formatter};
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use halftone_local::failure::Failure;

/// What both can read and write, so that they can be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP.
    WebP,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Jpeg, Self::Png, Self::WebP];

    /// What sharp and Halftone call it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            Self::Png => "png",
            Self::WebP => "webp",
        }
    }

    fn of(start: &[u8]) -> Option<Self> {
        match start {
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', ..] => Some(Self::Png),
            [
                b'R',
                b'I',
                b'F',
                b'F',
                _,
                _,
                _,
                _,
                b'W',
                b'E',
                b'B',
                b'P',
                ..,
            ] => Some(Self::WebP),
            _ => None,
        }
    }
}

impl Display for Format {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::WebP => "WebP",
        })
    }
}

/// A file to compress.
#[derive(Debug, Clone)]
pub struct Picture {
    /// Where it is.
    pub path: PathBuf,
    /// Its name below the folder.
    pub name: String,
    /// What it is, by its first bytes.
    pub format: Format,
    /// Its size.
    pub bytes: u64,
}

/// All pictures in a folder and below it, in the order of their names; other files are passed over, and
/// of several links to one picture there is one.
pub fn find(directory: &Path) -> Result<Vec<Picture>, Failure> {
    let mut pictures = Vec::new();
    let what = format!("cannot read {}", directory.display());
    collect(directory, directory, &mut pictures)
        .map_err(Failure::because(what))
        .map_err(|failure| failure.advise("name a folder of pictures that can be read"))?;
    pictures.sort_by(|one, other| one.name.cmp(&other.name));
    pictures.dedup_by(|one, other| one.path == other.path);
    if pictures.is_empty() {
        let what = format!("no JPEG, PNG or WebP is in {}", directory.display());
        return Err(Failure::new(what).advise("name a folder of pictures"));
    }
    Ok(pictures)
}

fn collect(root: &Path, directory: &Path, pictures: &mut Vec<Picture>) -> std::io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            collect(root, &entry.path(), pictures)?;
        }
        // Absolute, since the workers need not be in this directory. A link may lead nowhere.
        let Some(path) = entry
            .path()
            .canonicalize()
            .ok()
            .filter(|path| path.is_file())
        else {
            continue;
        };
        let mut start = Vec::new();
        File::open(&path)?.take(12).read_to_end(&mut start)?;
        if let Some(format) = Format::of(&start) {
            let name = path.strip_prefix(root.canonicalize()?).unwrap_or(&path);
            pictures.push(Picture {
                name: name.to_string_lossy().into_owned(),
                format,
                bytes: fs::metadata(&path)?.len(),
                path,
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_content_and_in_order() {
        let root = std::env::temp_dir().join(format!("halftone-pictures-{}", std::process::id()));
        fs::create_dir_all(root.join("more")).unwrap();
        fs::write(root.join("more/b.txt"), b"\xff\xd8\xff\xe0").unwrap();
        fs::write(root.join("a.jpg"), b"RIFF\0\0\0\0WEBPVP8 ").unwrap();
        fs::write(root.join("c.png"), b"not a picture").unwrap();
        // Of the same picture, to nothing, and round in circles.
        for (link, target) in [("d.jpg", "a.jpg"), ("e.jpg", "none"), ("more/f", "..")] {
            std::os::unix::fs::symlink(target, root.join(link)).unwrap();
        }
        let found: Vec<_> = find(&root)
            .unwrap()
            .into_iter()
            .map(|picture| (picture.name, picture.format, picture.bytes))
            .collect();
        let expected = [
            ("a.jpg".to_owned(), Format::WebP, 16),
            ("more/b.txt".to_owned(), Format::Jpeg, 4),
        ];
        assert_eq!(found, expected);
        assert!(find(&root.join("c.png")).is_err());
        fs::remove_file(root.join("a.jpg")).unwrap();
        fs::remove_dir_all(root.join("more")).unwrap();
        assert!(find(&root).is_err());
        fs::remove_dir_all(root).unwrap();
    }
}
