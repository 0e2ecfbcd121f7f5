//! Files that are two things at once.

use crate::sources::Source;
use crate::trial::Trial;

const OTHERS: [(&str, &[u8]); 9] = [
    ("pdf", b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\n"),
    (
        "zip",
        b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0a",
    ),
    ("page", b"<!doctype html><script>alert(1)</script>"),
    (
        "drawing",
        b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script/></svg>",
    ),
    ("script", b"/*\0*/=1;alert(1)//"),
    ("php", b"<?php system($_GET[0]); ?>"),
    ("program", b"\x7fELF\x02\x01\x01\0"),
    (
        "gzip",
        b"\x1f\x8b\x08\0\0\0\0\0\0\x03\x03\0\0\0\0\0\0\0\0\0",
    ),
    ("postscript", b"%!PS\n(%pipe%id) (w) file\n"),
];

pub fn run(trial: &mut Trial, sources: &[Source]) {
    for source in sources {
        let behind = OTHERS.iter().map(|(name, bytes)| (*name, *bytes));
        let pictures = sources.iter().map(|other| (other.name, &*other.bytes));
        for (name, bytes) in behind.chain(pictures.step_by(3)) {
            let before = [bytes, &source.bytes].concat();
            trial.run("polyglots", &format!("{name}, {}", source.name), &before);
            let after = [&source.bytes, bytes].concat();
            trial.run("polyglots", &format!("{}, {name}", source.name), &after);
        }
    }
}
