//! EXIF and colour profiles that lie, in every container that can hold them.

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use halftone_codec::Format;

use crate::containers::{canvas, chunk, gray, riff, segment, tiff, webp};
use crate::sources::Source;
use crate::trial::Trial;

pub fn run(trial: &mut Trial, sources: &[Source]) {
    let mut formats = Vec::new();
    for source in sources {
        // One file of each format will do, and for TIFF the one that is known.
        if formats.contains(&source.format) {
            continue;
        }
        formats.push(source.format);
        for (name, exif) in exifs() {
            if let Some(file) = with(source, Some(&exif), None) {
                trial.run("metadata", &format!("{} with {name}", source.name), &file);
            }
        }
        for (name, profile) in profiles() {
            if let Some(file) = with(source, None, Some(&profile)) {
                trial.run("metadata", &format!("{} with {name}", source.name), &file);
            }
        }
    }
}

fn exifs() -> Vec<(String, Vec<u8>)> {
    let mut all = vec![
        ("an empty EXIF".to_owned(), Vec::new()),
        ("EXIF of noise".to_owned(), vec![0x5a; 60_000]),
        (
            "EXIF whose directory is itself".to_owned(),
            tiff(&[(0x8769, 4, 1, 8), (0x8825, 4, 1, 8)], 8, &[]),
        ),
        (
            "EXIF of many directories".to_owned(),
            tiff(&vec![(0x8769, 4, 1, 8); 4_000], 8, &[]),
        ),
        (
            "EXIF far away".to_owned(),
            b"MM\0*\xff\xff\xff\xff".to_vec(),
        ),
    ];
    // Orientation and copyright, of every type and of odd counts and places.
    for tag in [0x0112, 0x8298, 0x013b, 0x010e] {
        for kind in [0, 2, 3, 4, 5, 13, 255] {
            for count in [0, 1, 5, 65_535, u32::MAX] {
                for value in [0, 6, 9, u32::MAX] {
                    let exif = tiff(&[(tag, kind, count, value)], 0, b"Copyright, somebody\0");
                    all.push((format!("EXIF {tag:#x} {kind} {count} {value}"), exif));
                }
            }
        }
    }
    // Some, by turns: there are hundreds, and dozens of files.
    let kept = |at: usize| at < 5 || at.is_multiple_of(13);
    let mut at = 0..;
    all.retain(|_| at.next().is_some_and(kept));
    all
}

fn profiles() -> Vec<(String, Vec<u8>)> {
    let mut all = vec![
        ("an empty profile".to_owned(), Vec::new()),
        ("a profile of noise".to_owned(), vec![0x5a; 30_000]),
    ];
    // The header of ICC.1:2010, 7.2, a table of tags, and tags that claim.
    for tags in [0, 1, 9, 65_536, u32::MAX] {
        for (kind, count) in [
            ("curv", 1),
            ("curv", u32::MAX),
            ("para", 3),
            ("mft2", 255),
            ("mAB ", 8),
            ("XYZ ", 0),
        ] {
            for (offset, size) in [(144, 40), (0, u32::MAX), (u32::MAX, 40)] {
                let mut profile = vec![0; 128];
                profile[8..12].copy_from_slice(&[4, 0, 0, 0]);
                profile[12..24].copy_from_slice(b"mntrRGB XYZ ");
                profile[36..40].copy_from_slice(b"acsp");
                profile.extend(tags.to_be_bytes());
                for name in [
                    "rTRC", "gTRC", "bTRC", "rXYZ", "gXYZ", "bXYZ", "wtpt", "A2B0",
                ] {
                    let [offset, size] = [offset, size].map(u32::to_be_bytes);
                    profile.extend([name.as_bytes(), &offset, &size].concat());
                }
                profile.extend([kind.as_bytes(), &[0; 4], &count.to_be_bytes()].concat());
                profile.extend([0x5a; 200]);
                let length = u32::try_from(profile.len()).unwrap();
                profile[..4].copy_from_slice(&length.to_be_bytes());
                all.push((
                    format!("a profile of {tags} tags, {kind} {count} at {offset} {size}"),
                    profile,
                ));
            }
        }
    }
    all
}

/// A source with these in it; nothing of a format that is not made here.
fn with(source: &Source, exif: Option<&[u8]>, profile: Option<&[u8]>) -> Option<Vec<u8>> {
    let file = &source.bytes;
    let data = exif.or(profile)?;
    match source.format {
        Format::Jpeg => {
            let data = &data[..data.len().min(60_000)];
            let added = match exif {
                Some(_) => segment(0xe1, &[b"Exif\0\0", data].concat()),
                None => segment(0xe2, &[b"ICC_PROFILE\0\x01\x01", data].concat()),
            };
            Some([&file[..2], &added, &file[2..]].concat())
        }
        Format::Png => {
            let added = match exif {
                Some(_) => chunk("eXIf", data),
                None => chunk("iCCP", &[b"a\0\0", &packed(data)[..]].concat()),
            };
            // Behind the header, which has 8 + 25 bytes.
            Some([&file[..33], &added, &file[33..]].concat())
        }
        Format::WebP if &file[12..15] == b"VP8" && file[15] != b'X' => {
            let flags = if exif.is_some() { 8 } else { 32 };
            let (width, height) = halftone_codec::inspect(file, &crate::trial::LIMITS)
                .map(|seen| (seen.width, seen.height))
                .unwrap();
            let picture = file[12..].to_vec();
            Some(webp(&match exif {
                Some(_) => [canvas(flags, width, height), picture, riff("EXIF", data)],
                None => [canvas(flags, width, height), riff("ICCP", data), picture],
            }))
        }
        // A picture of its own: what another file's directory has is at fixed places.
        Format::Tiff if source.name == "a.tiff" && profile.is_some() => {
            let length = u32::try_from(data.len()).unwrap();
            let place = 8 + 2 + 12 * 10 + 4 + 100;
            let entries = gray((10, 10), 1, 100, &[(34_675, 7, length, place)]);
            Some(tiff(&entries, 0, &[&[7; 100], data].concat()))
        }
        _ => None,
    }
}

fn packed(data: &[u8]) -> Vec<u8> {
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(data).unwrap();
    packed.finish().unwrap()
}
