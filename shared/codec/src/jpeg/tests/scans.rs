//! Sequential and progressive files of the same levels, read by a second reader.

use super::*;
use crate::jpeg::plan::{Chroma, Plan};
use crate::jpeg::quantize::quality::Target;
use crate::jpeg::read::decoder::Decoder;
use crate::jpeg::transcode::recode;
use crate::jpeg::write::band::Band;
use crate::jpeg::write::encoder::Encoder;
use crate::jpeg::write::file;
use crate::jpeg::write::script::{Part, Scan, Script};
use crate::tests::{coefficients::Coefficients, corpus};

const BANDS: [&[Band]; 3] = [
    &[Band::All],
    &[Band::Low, Band::High],
    &[Band::First, Band::Second, Band::High],
];

/// The files of what a source becomes, each with the length that was foretold: sequential,
/// progressive with the best bands, and with all of [`BANDS`].
fn files(source: &[u8], asked: Option<u8>) -> Vec<(Vec<u8>, usize)> {
    let decoder = Decoder::new(source, &LIMITS).expect("headers");
    let plan = Plan::new(
        &decoder,
        asked.map(|asked| Target::new(quality(asked))).as_ref(),
        Chroma::Halved,
    );
    let (Encoder { store, .. }, _) = recode(decoder, &plan, 1.0).expect("decodes");
    let head = plan.head(None, None);
    let source = head.source(&store);
    let mut scripts = Vec::from(Script::both(source));
    for bands in BANDS {
        let [_, mut script] = Script::both(source);
        script.scans.retain(|scan| scan.part == Part::Dc);
        for (&band, component) in bands
            .iter()
            .flat_map(|band| (0..plan.frame.components.len()).map(move |c| (band, c)))
        {
            let counts = source.band_counts(component)[band as usize];
            script.scans.push(Scan::band(component, band, &counts));
        }
        scripts.push(script);
    }
    let file = |script: &Script| file::write_script(&head, source, script);
    let files = scripts.iter().map(|script| (file(script), script.length()));
    files.collect()
}

fn is_progressive(file: &[u8]) -> bool {
    let headers = Headers::read(file, &LIMITS).expect("headers");
    headers.frame.process == Process::Progressive
}

#[test]
fn sequential_and_progressive_files_have_the_same_coefficients() {
    let flat = RgbImage::from_pixel(300, 41, Rgb([200, 30, 40]));
    for (name, picture) in [("noisy", picture(123, 85)), ("flat", flat)] {
        for (sampling, quality) in SAMPLINGS
            .into_iter()
            .flat_map(|s| [(s, None), (s, Some(90)), (s, Some(50)), (s, Some(5))])
        {
            let name = format!("{name} {sampling:?} {quality:?}");
            let source = jpeg(&picture, |encoder| encoder.set_sampling_factor(sampling));
            let files = files(&source, quality);
            for (file, length) in &files {
                let stuffed = file.windows(2).filter(|pair| pair == b"\xff\0").count();
                let scans = file.windows(2).filter(|pair| pair == b"\xff\xda").count();
                let data = file.windows(2).position(|pair| pair == b"\xff\xc4");
                let rest = file.len() - data.expect("DHT") - stuffed - 2;
                assert!((*length..=length + scans).contains(&rest), "{name}");
                assert!(exact(file).bytes == exact(&files[0].0).bytes, "{name}");
            }
            assert_alike(&name, &files);
            assert!(files[2..].iter().all(|file| file.1 >= files[1].1), "{name}");
        }
    }
}

/// The coefficients of the files are the same. Returns their digest.
fn assert_alike(name: &str, files: &[(Vec<u8>, usize)]) -> String {
    let digest = |file: &[u8]| Coefficients::read(file).expect("read").digest();
    let first = digest(&files[0].0);
    assert!(!is_progressive(&files[0].0), "{name}");
    for (file, _) in &files[1..] {
        assert!(is_progressive(file), "{name}");
        assert_eq!(digest(file), first, "{name}");
    }
    first
}

#[test]
fn files_are_progressive_where_it_pays() {
    for (side, progressive) in [(40, false), (400, true)] {
        let source = jpeg(&picture(side, side), |_| {});
        let out = transcoded(&source).expect("transcodes").bytes;
        assert_eq!(is_progressive(&out), progressive);
        let files = files(&source, Some(50));
        assert!(out == files[usize::from(progressive)].0);
    }
}

/// With every sampling, depth and orientation that there is.
#[test]
fn so_they_have_for_all_of_the_corpus() {
    let (mut compared, mut upright) = (0, 0);
    for entry in corpus::entries("jpeg") {
        if !entry.is_accepted() {
            continue;
        }
        for quality in [None, Some(50)] {
            let name = format!("{} at {quality:?}", entry.name);
            let digest = assert_alike(&name, &files(&entry.bytes(), quality));
            upright += usize::from(quality.is_none() && digest == entry.digest);
            compared += 1;
        }
    }
    assert!(compared > 200 && upright > 100, "{compared} {upright}");
}
