//! Sources that have been compressed before, at qualities and in ways that are not ours.

use super::*;

const QUALITIES: [u8; 5] = [25, 50, 70, 85, 95];

/// As libjpeg writes it: its own tables at a quality, and plain rounding.
fn of_quality(at: u8, sampling: SamplingFactor, progressive: bool) -> Vec<u8> {
    use jpeg_encoder::QuantizationTableType;
    let picture = picture(136, 104);
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, at);
    encoder.set_sampling_factor(sampling);
    encoder.set_progressive(progressive);
    let annex_k = QuantizationTableType::Default;
    encoder.set_quantization_tables(annex_k.clone(), annex_k);
    encoder
        .encode(&picture, 136, 104, ColorType::Rgb)
        .expect("encodes");
    bytes
}

/// Every source with its quality.
fn sources() -> impl Iterator<Item = (u8, SamplingFactor, Vec<u8>)> {
    let samplings = [
        SamplingFactor::F_1_1,
        SamplingFactor::F_2_1,
        SamplingFactor::F_2_2,
    ];
    let cases = QUALITIES
        .iter()
        .flat_map(move |at| samplings.map(|s| (*at, s)));
    cases.flat_map(|(at, sampling)| {
        [false, true].map(|progressive| (at, sampling, of_quality(at, sampling, progressive)))
    })
}

#[test]
fn what_is_as_coarse_as_what_is_asked_for_loses_nothing() {
    for (at, sampling, source) in sources() {
        for asked in QUALITIES {
            let out = recompressed(&source, asked);
            let name = format!("{at} {sampling:?} at {asked}");
            if at <= asked {
                assert!(out.kept, "{name}");
                assert!(pixels(&out.bytes) == pixels(&source), "{name}");
            }
            assert!(out.bytes.len() <= source.len(), "{name} grows");
        }
    }
}

#[test]
fn twice_is_once_for_anybody_s_file() {
    let between = [55, 60, 65, 75, 80].map(|at| of_quality(at, SamplingFactor::F_2_2, false));
    let others = sources().map(|(.., source)| source);
    for source in others.chain(between) {
        for asked in [10, 30, 50, 60, 85, 90, 100] {
            let once = recompressed(&source, asked).bytes;
            let twice = recompressed(&once, asked);
            assert!(twice.kept && twice.bytes == once, "at {asked}");
        }
    }
}

/// Squared differences of pixels: what plain rounding to libjpeg's steps would leave is the bound.
#[test]
fn between_them_no_more_is_lost_than_libjpeg_loses() {
    for (at, asked) in [(55, 50), (60, 50), (65, 50), (70, 50), (40, 30), (90, 85)] {
        let source = of_quality(at, SamplingFactor::F_2_2, false);
        let seen = pixels(&source);
        let mut plain = Vec::new();
        let mut encoder = Encoder::new(&mut plain, asked);
        encoder.set_sampling_factor(SamplingFactor::F_2_2);
        let annex_k = jpeg_encoder::QuantizationTableType::Default;
        encoder.set_quantization_tables(annex_k.clone(), annex_k);
        encoder
            .encode(&seen, 136, 104, ColorType::Rgb)
            .expect("encodes");
        let ours = psnr(&pixels(&recompressed(&source, asked).bytes), &seen);
        let libjpeg = psnr(&pixels(&plain), &seen);
        assert!(ours >= libjpeg, "{at} at {asked}: {ours} and {libjpeg} dB");
    }
}

/// The tables say 92, the levels 60: the first encoder's steps show through.
#[test]
fn an_earlier_generation_is_noticed_behind_finer_tables() {
    let first = pixels(&of_quality(60, SamplingFactor::F_1_1, false));
    let again = |picture: &RgbImage| {
        jpeg(picture, |encoder| {
            encoder.set_sampling_factor(SamplingFactor::F_1_1);
        })
    };
    let loss = |source: &[u8]| {
        let out = recompressed(source, 50).bytes;
        (psnr(&pixels(&out), &pixels(source)), out.len())
    };
    let (compressed_before, fresh) = (loss(&again(&first)), loss(&again(&picture(136, 104))));
    assert!(
        compressed_before.0 > fresh.0 + 1.0,
        "{compressed_before:?} {fresh:?}"
    );
}

/// Squared errors of what is made of a source, less those of plain rounding to libjpeg's steps, in dB.
fn beside_libjpeg(source: &[u8], asked: u8) -> f64 {
    let seen = pixels(source);
    let mut plain = Vec::new();
    let mut encoder = Encoder::new(&mut plain, asked);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    let annex_k = jpeg_encoder::QuantizationTableType::Default;
    encoder.set_quantization_tables(annex_k.clone(), annex_k);
    encoder
        .encode(&seen, 136, 104, ColorType::Rgb)
        .expect("encodes");
    let ours = recompressed(source, asked).bytes;
    psnr(&pixels(&ours), &seen) - psnr(&pixels(&plain), &seen)
}

/// Colours that are kept finer than libjpeg keeps them cannot make up for luma here.
#[test]
fn black_and_white_loses_no_more_than_libjpeg_loses() {
    let mut picture = picture(136, 104);
    for pixel in picture.pixels_mut() {
        pixel.0 = [pixel.0[1]; 3];
    }
    let encoded = |picture: &RgbImage, quality| {
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes, quality);
        encoder.set_sampling_factor(SamplingFactor::F_2_2);
        let annex_k = jpeg_encoder::QuantizationTableType::Default;
        encoder.set_quantization_tables(annex_k.clone(), annex_k);
        let encoded = encoder.encode(picture, 136, 104, ColorType::Rgb);
        encoded.expect("encodes");
        bytes
    };
    let once = encoded(&picture, 95);
    let twice = encoded(&pixels(&encoded(&picture, 60)), 92);
    let figures = [&once, &twice].map(|source| beside_libjpeg(source, 50));
    assert!(figures[0] > 0.0 && figures[1] > 0.0, "{figures:?}");
}

#[test]
fn chroma_keeps_its_resolution_from_90_on() {
    for (asked, factors) in [(50, 0x22), (89, 0x22), (90, 0x11), (97, 0x11)] {
        let source = of_quality(99, SamplingFactor::F_1_1, false);
        let out = recompressed(&source, asked);
        assert!(!out.kept);
        let headers = Headers::read(&out.bytes, &LIMITS).expect("headers");
        let luma = &headers.frame.components[0];
        assert_eq!(luma.h << 4 | luma.v, factors, "{asked}");
    }
}
