//! Frames of Motion JPEG, which leave the standard Huffman tables out.

use super::*;

/// Without the segments of one kind before the scan.
fn without(source: &[u8], marker: u8) -> Vec<u8> {
    let (mut rest, mut out) = (&source[2..], source[..2].to_vec());
    while let [0xff, kind, high, low, ..] = *rest {
        let (segment, behind) = rest.split_at(2 + usize::from(u16::from_be_bytes([high, low])));
        if kind != marker {
            out.extend_from_slice(segment);
        }
        rest = behind;
        if kind == 0xda {
            break;
        }
    }
    [out, rest.to_vec()].concat()
}

#[test]
fn the_standard_tables_are_taken_where_there_are_none() {
    let source = jpeg(&picture(85, 61), |encoder| {
        encoder.set_sampling_factor(SamplingFactor::F_2_1);
    });
    let frame = without(&source, 0xc4);
    assert!(frame.len() + 400 < source.len());
    assert_eq!(exact(&frame).bytes, exact(&source).bytes);
    let out = recompressed(&frame, 50).bytes;
    assert_eq!(out, recompressed(&source, 50).bytes);
    assert!(out.len() < frame.len());
    // What comes out has tables of its own, and yet is not larger.
    let smallest = recompressed(&frame, 100).bytes;
    assert!(smallest.len() <= frame.len() && pixels(&smallest).dimensions() == (85, 61));
}

#[test]
fn no_tables_are_added_to_others_nor_to_progressive_scans() {
    let luma_only = |source: &[u8]| {
        let at = source.windows(2).rposition(|pair| pair == [0xff, 0xc4]);
        let mut cut = source.to_vec();
        cut[at.expect("DHT") + 1] = 0xfe; // a comment
        cut
    };
    let optimized = jpeg(&picture(85, 61), |encoder| {
        encoder.set_optimized_huffman_tables(true);
    });
    assert!(transcoded(&luma_only(&optimized)).is_err());
    let progressive = jpeg(&picture(85, 61), |encoder| encoder.set_progressive(true));
    assert!(transcoded(&without(&progressive, 0xc4)).is_err());
}
