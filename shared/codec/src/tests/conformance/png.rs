//! PNG: PngSuite and what it lacks, against libpng.

use super::*;

/// The least PSNR against libpng's picture, in dB, at the qualities 50 and 100: 2 dB and more under the worst of a
/// family. Pictures of few colours lose nothing, and at 100 nothing loses but the low bits of deep ones.
const FLOORS: [Floors; 8] = [
    ("pngsuite", [(50, 34.0), (100, 50.0)]),
    ("pngsuite-deep", [(50, 34.0), (100, 49.0)]),
    ("gray", [(50, 40.0), (100, 50.0)]),
    ("palette", [(50, 35.0), (100, 50.0)]),
    ("photo", [(50, 35.0), (100, 50.0)]),
    ("alpha", [(50, 33.0), (100, 50.0)]),
    ("deep", [(50, 33.0), (100, 50.0)]),
    ("small", [(50, 50.0), (100, 50.0)]),
];

#[test]
fn what_comes_out_is_the_picture_that_libpng_sees() {
    let mut worst = Worst::default();
    for entry in accepted("png") {
        let (source, reference) = (entry.bytes(), entry.reference());
        // The reference is a PNG too: what is read of it is what libpng wrote.
        assert_eq!(corpus::digest(reference.as_raw()), entry.digest);
        for quality in [50, 100] {
            let output = compress(&source, quality);
            assert_eq!(size(&output), reference.dimensions(), "{}", entry.name);
            let picture = decode(&output.bytes).to_rgba8();
            worst.note(&entry, quality, psnr(&picture, &reference));
            assert!(!contains(&output.bytes, "SECRET"), "{}", entry.name);
        }
    }
    worst.assert_over(&FLOORS);
    assert!(worst.pictures > 230, "{}", worst.pictures);
}

#[test]
fn what_is_refused_is_refused_by_its_name() {
    assert_refusals("png", 24);
}
