//! The little that application segments say about how a picture must look: colour encoding,
//! EXIF orientation and ICC profile. Everything else in them is dropped.

use super::marker::{Segment, code};
use crate::metadata::icc::{Profile, Space};
use crate::metadata::orientation::Orientation;

/// What APPn segments have said.
#[derive(Debug, Clone, Default)]
pub struct AppSegments<'a> {
    jfif: bool,
    adobe_transform: Option<u8>,
    exif: Vec<&'a [u8]>,
    icc: Vec<(u8, u8, &'a [u8])>,
    gain_map: bool,
}

/// How component values make colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Color {
    /// One component.
    Gray,
    /// Luma and two chroma components.
    YCbCr,
    /// Red, green and blue as they are.
    Rgb,
    /// Four inks, each as what is left of the paper: 255 is none.
    Cmyk,
    /// The same, with the first three as luma and chroma.
    Ycck,
}

impl Color {
    /// Whether it is for printing.
    pub fn is_inks(self) -> bool {
        matches!(self, Self::Cmyk | Self::Ycck)
    }

    /// What an ICC profile of such samples is for.
    pub fn space(self) -> Space {
        match self {
            Self::Gray => Space::Gray,
            Self::YCbCr | Self::Rgb => Space::Rgb,
            Self::Cmyk | Self::Ycck => Space::Cmyk,
        }
    }
}

const EXIF: &[u8] = b"Exif\0";
const ICC: &[u8] = b"ICC_PROFILE\0";
const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
/// The namespace of [Ultra HDR](https://developer.android.com/media/platform/hdr-image-format).
const HDR_GAIN_MAP: &[u8] = b"http://ns.adobe.com/hdr-gain-map/1.0/";
/// ISO 21496-1, annex C.
const ISO_GAIN_MAP: &[u8] = b"urn:iso:std:iso:ts:21496:-1\0";

impl<'a> AppSegments<'a> {
    /// Takes note of an APPn segment.
    pub fn read(&mut self, segment: &Segment<'a>) {
        let payload = segment.payload;
        match segment.marker {
            code::APP0 => self.jfif |= payload.starts_with(b"JFIF\0"),
            code::APP1 => {
                let exif = payload.strip_prefix(EXIF).and_then(|rest| rest.get(1..));
                self.exif.extend(exif);
                let xmp = payload.strip_prefix(XMP).unwrap_or_default();
                let mut words = xmp.windows(HDR_GAIN_MAP.len());
                self.gain_map |= words.any(|word| word == HDR_GAIN_MAP);
            }
            code::APP2 => {
                self.gain_map |= payload.starts_with(ISO_GAIN_MAP);
                if let Some([number, total, chunk @ ..]) = payload.strip_prefix(ICC) {
                    self.icc.push((*number, *total, chunk));
                }
            }
            code::APP14 if payload.starts_with(b"Adobe") => {
                self.adobe_transform = payload.get(11).copied();
            }
            _ => {}
        }
    }

    /// How the components are to be understood, as libjpeg decides it: JFIF first, then the
    /// Adobe segment, then the component identifiers. Inks are inverted whether or not there is an Adobe segment that
    /// says so: Photoshop writes them that way, and libvips, browsers and Pillow read all of them that way.
    pub fn color(&self, ids: &[u8]) -> Color {
        match (ids, self.jfif, self.adobe_transform) {
            ([_], ..) => Color::Gray,
            ([_, _, _, _], _, None | Some(0)) => Color::Cmyk,
            ([_, _, _, _], ..) => Color::Ycck,
            (_, false, Some(0)) | (b"RGB", false, None) => Color::Rgb,
            _ => Color::YCbCr,
        }
    }

    /// Whether there is a JFIF segment.
    pub fn is_jfif(&self) -> bool {
        self.jfif
    }

    /// Whether a gain map is announced, which makes an HDR picture of this one.
    pub fn announces_gain_map(&self) -> bool {
        self.gain_map
    }

    /// The first orientation in EXIF data.
    pub fn orientation(&self) -> Orientation {
        let mut exif = self.exif.iter().copied();
        exif.find_map(Orientation::from_exif).unwrap_or_default()
    }

    /// EXIF data, segment by segment.
    pub fn exif(&self) -> &[&'a [u8]] {
        &self.exif
    }

    /// The ICC profile, put together from its chunks, if it is there as a whole, is for samples of these colours, and
    /// they would be wrong without it.
    pub fn icc_profile(&self, color: Color) -> Option<Vec<u8>> {
        let mut chunks = self.icc.clone();
        chunks.sort_by_key(|chunk| chunk.0);
        chunks.dedup(); // some writers put the same one in twice
        let total = chunks.first()?.1;
        let in_order = (1..=total).eq(chunks.iter().map(|chunk| chunk.0));
        let profile: Vec<u8> = chunks.iter().flat_map(|chunk| chunk.2).copied().collect();
        (in_order && Profile::of(&profile, color.space()).is_some()).then_some(profile)
    }
}

/// An APP2 segment's payload carries at most this much of a profile.
const ICC_CHUNK: usize = 65_535 - 2 - 14;

/// The payloads of the APP2 segments that hold a profile (ICC.1 annex B.4).
pub fn icc_payloads(profile: &[u8]) -> Vec<Vec<u8>> {
    let chunks = profile.chunks(ICC_CHUNK);
    let total = chunks.len() as u8;
    let payload = |(number, chunk): (u8, &[u8])| [ICC, &[number, total], chunk].concat();
    (1..).zip(chunks).map(payload).collect()
}

/// The payload of the APP1 segment that holds EXIF data.
pub fn exif_payload(exif: &[u8]) -> Vec<u8> {
    [EXIF, &[0], exif].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::icc::tests::{display_p3_profile, srgb_profile};
    use crate::metadata::orientation::tests::exif;

    fn read(segments: &[(u8, &'static [u8])]) -> AppSegments<'static> {
        let mut metadata = AppSegments::default();
        for &(marker, payload) in segments {
            metadata.read(&Segment {
                marker,
                payload,
                position: 0,
            });
        }
        metadata
    }

    #[test]
    fn the_first_orientation_counts() {
        let exif = |value| &*[b"Exif\0\0", &exif(value, true)[..]].concat().leak();
        let of = |segments: &[&'static [u8]]| {
            let segments: Vec<_> = segments.iter().map(|data| (code::APP1, *data)).collect();
            Some(read(&segments).orientation())
        };
        assert_eq!(of(&[exif(6), exif(3)]), Orientation::from_tag(6));
        assert_eq!(of(&[exif(9), exif(3)]), Orientation::from_tag(3));
        assert_eq!(of(&[&exif(6)[2..], b"Exif"]), Some(Orientation::default()));
    }

    #[test]
    fn colors_follow_jfif_then_adobe_then_identifiers() {
        let (jfif, adobe) = (
            (code::APP0, &b"JFIF\0"[..]),
            (code::APP14, &b"Adobe\0\x64\0\0\0\0\0"[..]),
        );
        assert_eq!(read(&[adobe]).color(&[1, 2, 3]), Color::Rgb);
        assert_eq!(read(&[jfif, adobe]).color(&[1, 2, 3]), Color::YCbCr);
        assert_eq!(read(&[]).color(b"RGB"), Color::Rgb);
        assert_eq!(read(&[jfif]).color(b"RGB"), Color::YCbCr);
        assert_eq!(read(&[]).color(&[0, 1, 2]), Color::YCbCr);
        assert_eq!(read(&[adobe]).color(&[1]), Color::Gray);
    }

    #[test]
    fn a_profile_is_kept_unless_it_is_srgb_or_incomplete() {
        let join = |profile: Vec<u8>, keep: usize| {
            let payloads: &'static _ = Box::leak(Box::new(icc_payloads(&profile)));
            let segments = payloads
                .iter()
                .rev()
                .take(keep)
                .map(|p: &Vec<u8>| (code::APP2, &p[..]));
            read(&segments.collect::<Vec<_>>()).icc_profile(Color::YCbCr)
        };
        let other = display_p3_profile();
        assert_eq!(join(srgb_profile(), 9), None);
        assert_eq!(join(other.clone(), 9), Some(other.clone()));
        let mut large = other;
        large.resize(150_000, 7);
        assert_eq!(join(large.clone(), 9), Some(large.clone()));
        assert_eq!(join(large, 2), None);
    }

    #[test]
    fn a_chunk_that_comes_twice_counts_once() {
        let mut profile = display_p3_profile();
        profile.resize(150_000, 7);
        let payloads: &'static [Vec<u8>] = icc_payloads(&profile).leak();
        let join = |order: &[usize]| {
            let chunks = order.iter().map(|&at| (code::APP2, &payloads[at][..]));
            read(&chunks.collect::<Vec<_>>()).icc_profile(Color::YCbCr)
        };
        assert_eq!(join(&[0, 0, 1, 2, 1]), Some(profile.clone()));
        assert_eq!(join(&[0, 1, 2, 0, 1, 2]), Some(profile));
        assert_eq!(join(&[0, 1, 1]), None);
        let mut other = payloads[1].clone();
        other[100] ^= 1;
        let chunks = payloads.iter().map(Vec::as_slice).chain([&*other.leak()]);
        let chunks: Vec<_> = chunks.map(|chunk| (code::APP2, chunk)).collect();
        assert_eq!(
            read(&chunks).icc_profile(Color::YCbCr),
            None,
            "two that differ"
        );
    }
}
