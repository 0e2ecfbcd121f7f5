//! What stands behind the last block, up to the end-of-image marker or instead of it.

use super::*;
use crate::jpeg::read::bits::source_length;

/// A picture coded in each way, and its length without the end-of-image marker.
fn sources() -> [Vec<u8>; 4] {
    [
        jpeg(&picture(90, 70), |_| {}),
        jpeg(&picture(90, 70), |encoder| encoder.set_progressive(true)),
        jpeg(&picture(90, 70), |encoder| encoder.set_restart_interval(2)),
        include_bytes!("../../tests/recoded/non-interleaved.jpg").to_vec(),
    ]
}

/// What cameras, telephones and restarts leave behind.
fn tails() -> [Vec<u8>; 6] {
    [
        vec![0; 100],
        b"\0\0\0\x18ftypmp42 a film from a telephone".to_vec(),
        b"\xff\xd0".to_vec(),
        b"\xff\xe1\xff".to_vec(),
        b"\xff".to_vec(),
        Vec::new(),
    ]
}

/// What libjpeg passes over without a warning.
#[test]
fn a_restart_marker_may_stand_behind_every_scan() {
    for source in [
        &include_bytes!("../../tests/recoded/progressive.jpg")[..],
        include_bytes!("../../tests/recoded/progressive-restarts.jpg"),
        include_bytes!("../../tests/recoded/non-interleaved.jpg"),
    ] {
        let expected = transcoded(source).expect("transcodes").bytes;
        let (mut odd, mut rest, mut scans) = (Vec::new(), source, 0);
        while let Some(at) = rest.windows(2).position(|pair| pair == [0xff, 0xda]) {
            let data = at + 2 + usize::from(u16::from_be_bytes([rest[at + 2], rest[at + 3]]));
            let end = data + source_length(&rest[data..]);
            odd.extend_from_slice(&rest[..end]);
            odd.extend_from_slice(&[0xff, 0xd0 + scans % 8]);
            (rest, scans) = (&rest[end..], scans + 1);
        }
        odd.extend_from_slice(rest);
        assert!(scans > 1);
        assert_eq!(transcoded(&odd).expect("transcodes").bytes, expected);
    }
}

#[test]
fn what_follows_the_last_block_does_not_matter_and_does_not_stay() {
    for source in sources() {
        let expected = transcoded(&source).expect("transcodes").bytes;
        let (data, end) = source.split_at(source.len() - 2);
        for tail in tails() {
            for end in [end, &[]] {
                let longer = [data, &tail, end].concat();
                let out = transcoded(&longer).expect("transcodes");
                assert!(out.bytes == expected, "{tail:?} {end:?}");
                assert_eq!(out.end, data.len(), "{tail:?} {end:?}");
                let out = recompressed(&longer, 100).bytes;
                assert!(out == recompressed(&source, 100).bytes, "{tail:?} {end:?}");
            }
        }
    }
}

/// A source that is coarse enough and small enough is copied: its blocks, and nothing behind them.
#[test]
fn a_copy_ends_with_its_last_block() {
    for progressive in [false, true] {
        let source = jpeg(&picture(24, 16), |encoder| {
            encoder.set_progressive(progressive);
            encoder.set_sampling_factor(SamplingFactor::F_2_2);
        });
        let headers = Headers::read(&source, &LIMITS).expect("headers");
        let copy = |source: &[u8]| {
            let end = exact(source).end;
            super::super::strip(source, end, &headers, None).expect("copies")
        };
        let (data, expected) = (&source[..source.len() - 2], copy(&source));
        assert!(expected.ends_with(&source[source.len() - 30..]));
        for tail in tails() {
            assert_eq!(copy(&[data, &tail].concat()), expected, "{tail:?}");
        }
    }
}

/// A header that promises fewer rows than there are, or bits that were lost on the way.
#[test]
fn more_of_the_picture_is_an_error() {
    for source in sources() {
        let mut shorter = source.clone();
        let frame = source
            .windows(2)
            .position(|pair| matches!(pair, [0xff, 0xc0 | 0xc2]))
            .expect("SOF");
        shorter[frame + 5..frame + 7].copy_from_slice(&[0, 20]);
        assert!(transcoded(&shorter).is_err());
        shorter.truncate(source.len() - 2);
        assert!(transcoded(&shorter).is_err());
    }
}

/// Damage in the middle may leave blocks over at the end: they must not pass for a tail.
#[test]
fn what_damage_leaves_over_is_no_tail() {
    let mut noise = 7_u64;
    let mut random = |below: usize| {
        noise = noise
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (noise >> 33) as usize % below
    };
    let (mut refused, mut passed) = (0, 0);
    for source in sources() {
        let scan = source.windows(2).rposition(|pair| pair == [0xff, 0xda]);
        let data = scan.expect("SOS") + 14..source.len() - 10;
        for round in 0..600 {
            let mut bytes = source.clone();
            let at = data.start + random(data.len());
            match round % 3 {
                0 => bytes[at] ^= 1 << random(8),
                1 => drop(bytes.drain(at..at + 1 + random(8))),
                _ => {
                    let copy = bytes[at..at + 1 + random(8)].to_vec();
                    bytes.splice(at..at, copy);
                }
            }
            // A stray byte and the end marker are no tail.
            let has_tail = |out: &Transcoded| out.end + 3 < bytes.len();
            match transcoded(&bytes) {
                Err(_) => refused += 1,
                Ok(out) => passed += usize::from(has_tail(&out)),
            }
        }
    }
    assert!(passed * 100 < refused, "{passed} passed, {refused} refused");
}
