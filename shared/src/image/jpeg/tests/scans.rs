//! Sequential and progressive files of the same levels, read by a second reader.

use super::super::scans::Script;
use super::*;
use crate::image::tests::{coefficients::Coefficients, corpus};

/// The sequential and the progressive file of what a source becomes, each with the length that
/// was foretold.
fn both(source: &[u8], quality: Option<u8>) -> [(Vec<u8>, usize); 2] {
    let decoder = Decoder::new(source, OPTIONS.limits()).expect("headers");
    let plan = Plan::new(&decoder, quality.map(Target::new).as_ref());
    let store = recode(decoder, &plan).expect("decodes");
    let picture = plan.picture(None);
    Script::both(picture.source(&store)).map(|script| {
        let file = writer::write_script(&picture, picture.source(&store), &script);
        (file, script.length)
    })
}

fn is_progressive(file: &[u8]) -> bool {
    inspect(file, &OPTIONS).expect("headers").progressive
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
            let [sequential, progressive] = both(&source, quality).map(|(file, length)| {
                let stuffed = file.windows(2).filter(|pair| pair == b"\xff\0").count();
                let scans = file.windows(2).filter(|pair| pair == b"\xff\xda").count();
                let data = file.windows(2).position(|pair| pair == b"\xff\xc4");
                let rest = file.len() - data.expect("DHT") - stuffed - 2;
                assert!((length..=length + scans).contains(&rest), "{name}: {rest}");
                file
            });
            assert!(!is_progressive(&sequential) && is_progressive(&progressive));
            let [one, other] = [&sequential, &progressive].map(|file| Coefficients::read(file));
            assert_eq!(one.expect("read").digest(), other.expect("read").digest());
            assert!(
                exact(&sequential).bytes == exact(&progressive).bytes,
                "{name}"
            );
        }
    }
}

#[test]
fn files_are_progressive_where_it_pays() {
    for (side, progressive) in [(40, false), (400, true)] {
        let source = jpeg(&picture(side, side), |_| {});
        let out = transcode(&source, &OPTIONS).expect("transcodes").bytes;
        assert_eq!(is_progressive(&out), progressive);
        let [sequential, other] = both(&source, Some(50)).map(|(file, _)| file);
        assert!(out == if progressive { other } else { sequential });
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
            let files = both(&entry.bytes(), quality).map(|(file, _)| file);
            let digests = files.map(|file| Coefficients::read(&file).expect("read").digest());
            assert_eq!(digests[0], digests[1], "{} at {quality:?}", entry.name);
            upright += usize::from(quality.is_none() && digests[1] == entry.digest);
            compared += 1;
        }
    }
    assert!(compared > 200 && upright > 100, "{compared} {upright}");
}
