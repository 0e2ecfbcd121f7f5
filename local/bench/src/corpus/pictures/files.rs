//! The pictures among the files of a folder, by their first bytes.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// A picture of a suite.
#[derive(Debug, Clone)]
pub struct Picture {
    /// Where it is.
    pub path: PathBuf,
    /// Its name below the folder of all suites.
    pub name: String,
    /// Its format, as the tables call it.
    pub format: &'static str,
}

/// What sharp or Halftone decodes, in the order of the tables. Drawings (SVG) are no pictures.
pub const FORMATS: [&str; 7] = ["JPEG", "PNG", "WebP", "GIF", "TIFF", "AVIF", "BMP"];

/// Where the first bytes say which of the formats it is.
fn format(start: &[u8]) -> Option<&'static str> {
    let at = |place: usize, bytes: &[u8]| start.get(place..place + bytes.len()) == Some(bytes);
    let is_avif = at(4, b"ftyp") && start[8..].windows(4).any(|brand| brand == b"avif");
    let is_bitmap = at(0, b"BM") && at(15, &[0; 3]);
    let is_tiff = [b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"]
        .iter()
        .any(|magic| at(0, *magic));
    let signs = [
        at(0, b"\xff\xd8\xff"),
        at(0, b"\x89PNG"),
        at(0, b"RIFF") && at(8, b"WEBP"),
        at(0, b"GIF8"),
        is_tiff,
        is_avif,
        is_bitmap,
    ];
    let place = signs.iter().position(|sign| *sign)?;
    Some(FORMATS[place])
}

/// All pictures in a folder and below it, in the order of their names.
pub fn find(root: &Path) -> io::Result<Vec<Picture>> {
    let mut pictures = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let (path, kind) = entry.and_then(|entry| Ok((entry.path(), entry.file_type()?)))?;
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() {
                pictures.extend(picture(root, path)?);
            }
        }
    }
    pictures.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(pictures)
}

fn picture(root: &Path, path: PathBuf) -> io::Result<Option<Picture>> {
    let mut start = Vec::new();
    File::open(&path)?.take(32).read_to_end(&mut start)?;
    let name = path.strip_prefix(root).unwrap_or(&path);
    let name = name.to_string_lossy().into_owned();
    Ok(format(&start).map(|format| Picture { path, name, format }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_by_content() {
        for (start, expected) in [
            (&b"\xff\xd8\xff\xe0"[..], Some("JPEG")),
            (b"II+\0\x08\0\0\0", Some("TIFF")),
            (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avif", Some("AVIF")),
            (b"\0\0\0\x1cftypmif1\0\0\0\0mif1heic", None),
            (b"BM\x36\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0", Some("BMP")),
            (b"BMW: all models of this year", None),
            (b"", None),
        ] {
            assert_eq!(format(start), expected, "{start:?}");
        }
    }

    #[test]
    fn pictures_are_found_in_folders() {
        let root = std::env::temp_dir().join(format!("halftone-corpus-{}", std::process::id()));
        fs::create_dir_all(root.join("b")).unwrap();
        fs::write(root.join("b/one.txt"), b"GIF89a").unwrap();
        fs::write(root.join("a.gif"), b"no picture").unwrap();
        let found = find(&root).unwrap();
        fs::remove_dir_all(&root).unwrap();
        let names: Vec<_> = found
            .iter()
            .map(|found| (&*found.name, found.format))
            .collect();
        assert_eq!(names, [("b/one.txt", "GIF")]);
    }
}
