//! WebP, against libwebp's own tools: what comes out is decoded by the `image` crate, which has a decoder of its own.

use super::*;

/// The least PSNR against the picture of libwebp's `dwebp`, in dB, at the qualities 50 and 95: 1.5 dB and more under
/// the worst of a family.
const FLOORS: [Floors; 6] = [
    ("lossy", [(50, 28.0), (95, 50.0)]),
    ("lossless", [(50, 25.0), (95, 30.0)]),
    ("alpha", [(50, 31.0), (95, 35.5)]),
    // Not larger than the source, whatever the quality.
    ("turned", [(50, 27.5), (95, 27.5)]),
    ("small", [(50, 24.0), (95, 26.5)]),
    ("animated", [(50, 33.0), (95, 33.0)]),
];

#[test]
fn what_comes_out_is_the_picture_that_libwebp_sees() {
    let mut worst = Worst::default();
    for entry in accepted("webp") {
        let (source, reference) = (entry.bytes(), entry.reference());
        assert_eq!(corpus::digest(reference.as_raw()), entry.digest);
        for quality in [50, 95] {
            let output = compress(&source, quality);
            assert_eq!(size(&output), reference.dimensions(), "{}", entry.name);
            let picture = decode(&output.bytes).to_rgba8();
            worst.note(&entry, quality, psnr(&picture, &reference));
            for text in ["SECRET", "EXIF"] {
                assert!(!contains(&output.bytes, text), "{text} in {}", entry.name);
            }
        }
    }
    worst.assert_over(&FLOORS);
    assert!(worst.pictures > 70, "{}", worst.pictures);
}

#[test]
fn what_is_refused_is_refused_by_its_name() {
    assert_refusals("webp", 14);
}
