//! Whether an ICC profile says something that a viewer would not assume anyway, namely sRGB.
//!
//! Judged by the profile's numbers, not by its name, and for all formats here ([ICC.1:2022](https://www.color.org/icc_specs2.xalter)).

/// The sRGB primaries as profiles store them: adapted to D50 (IEC 61966-2-1, Annex F of ICC.1).
const PRIMARIES: [(&[u8; 4], [f64; 3]); 3] = [
    (b"rXYZ", [0.4361, 0.2225, 0.0139]),
    (b"gXYZ", [0.3851, 0.7169, 0.0971]),
    (b"bXYZ", [0.1431, 0.0606, 0.7141]),
];

/// How far a primary may lie from the standard's: the profiles in use differ in the third digit.
const PRIMARY_TOLERANCE: f64 = 0.002;

/// How far a tone curve may lie from the standard's, in linear light. A plain gamma of 2.2 lies farther.
const CURVE_TOLERANCE: f64 = 0.003;

const HEADER_BYTES: usize = 128;
const TAG_BYTES: usize = 12;
const MAX_TAGS: usize = 100;

/// The kind of samples that a profile is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Space {
    Gray,
    Rgb,
}

/// A profile for RGB or gray samples; others cannot belong to the pictures that are made here.
pub(super) struct Profile<'a> {
    bytes: &'a [u8],
    pub space: Space,
}

impl<'a> Profile<'a> {
    /// Reads the header; `None` if these bytes are no profile for RGB or gray.
    fn parse(bytes: &'a [u8]) -> Option<Self> {
        let space = match (bytes.get(16..20)?, bytes.get(36..40)?) {
            (b"RGB ", b"acsp") => Space::Rgb,
            (b"GRAY", b"acsp") => Space::Gray,
            _ => return None,
        };
        Some(Self { bytes, space })
    }

    /// Reads a profile without which colours would be wrong; `None` for sRGB, and for what [`Self::parse`] refuses,
    /// which viewers do not heed either.
    pub fn unlike_srgb(bytes: &'a [u8]) -> Option<Self> {
        Self::parse(bytes).filter(|profile| !profile.is_srgb())
    }

    /// Whether the profile describes sRGB, or gray with sRGB's tone curve.
    fn is_srgb(&self) -> bool {
        match self.space {
            Space::Gray => self.has_srgb_curve(b"kTRC"),
            Space::Rgb => {
                let primaries = PRIMARIES
                    .iter()
                    .all(|(name, expected)| self.is_primary(name, expected));
                let curves = [b"rTRC", b"gTRC", b"bTRC"];
                // Look-up tables override matrix and curves (ICC.1, 8.10.2).
                self.tag(b"A2B0").is_none()
                    && primaries
                    && curves.iter().all(|name| self.has_srgb_curve(name))
            }
        }
    }

    fn is_primary(&self, name: &[u8; 4], expected: &[f64; 3]) -> bool {
        let Some(tag) = self.tag(name) else {
            return false;
        };
        let near = |(index, expected): (usize, &f64)| {
            fixed(tag, 8 + 4 * index)
                .is_some_and(|value| (value - expected).abs() < PRIMARY_TOLERANCE)
        };
        expected.iter().enumerate().all(near)
    }

    fn has_srgb_curve(&self, name: &[u8; 4]) -> bool {
        let Some(tag) = self.tag(name) else {
            return false;
        };
        (0..=16).map(|step| f64::from(step) / 16.0).all(|value| {
            curve(tag, value)
                .is_some_and(|linear| (linear - srgb_to_linear(value)).abs() < CURVE_TOLERANCE)
        })
    }

    fn tag(&self, name: &[u8; 4]) -> Option<&'a [u8]> {
        let count = long(self.bytes, HEADER_BYTES)?.min(MAX_TAGS);
        let (entries, _) = self.bytes.get(HEADER_BYTES + 4..)?.as_chunks::<TAG_BYTES>();
        let entry = entries
            .iter()
            .take(count)
            .find(|entry| entry.starts_with(name))?;
        let start = long(entry, 4)?;
        self.bytes.get(start..start.checked_add(long(entry, 8)?)?)
    }
}

/// A tone curve's value (`curv` and `para`, ICC.1, 10.6 and 10.18).
fn curve(tag: &[u8], value: f64) -> Option<f64> {
    match tag.get(..4)? {
        b"curv" => match long(tag, 8)? {
            0 => Some(value),
            1 => Some(value.powf(f64::from(short(tag, 12)?) / 256.0)),
            count => sampled(tag.get(12..)?.get(..count.checked_mul(2)?)?, value),
        },
        b"para" => parametric(short(tag, 8)?, |index| fixed(tag, 12 + 4 * index), value),
        _ => None,
    }
}

/// A curve of samples, interpolated.
fn sampled(samples: &[u8], value: f64) -> Option<f64> {
    let last = u32::try_from(samples.len() / 2 - 1).ok()?;
    let at = value * f64::from(last);
    let sample =
        |index: u32| Some(f64::from(short(samples, usize::try_from(index).ok()? * 2)?) / 65535.0);
    let below = (0..=last).rev().find(|index| f64::from(*index) <= at)?;
    let (low, high) = (sample(below)?, sample((below + 1).min(last))?);
    Some(low + (high - low) * (at - f64::from(below)))
}

/// The functions of `para` that profiles of sRGB are written with: 0, 3 and 4.
fn parametric(function: u16, parameter: impl Fn(usize) -> Option<f64>, value: f64) -> Option<f64> {
    let gamma = parameter(0)?;
    match function {
        0 => Some(value.powf(gamma)),
        3 | 4 => {
            let (a, b, c, d) = (parameter(1)?, parameter(2)?, parameter(3)?, parameter(4)?);
            let (e, f) = match function {
                4 => (parameter(5)?, parameter(6)?),
                _ => (0.0, 0.0),
            };
            Some(if value >= d {
                (a * value + b).powf(gamma) + e
            } else {
                c * value + f
            })
        }
        _ => None,
    }
}

fn srgb_to_linear(value: f64) -> f64 {
    if value <= 0.04045 {
        value / 12.92
    } else {
        ((value + 0.055) / 1.055).powf(2.4)
    }
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    bytes
        .get(at..)?
        .first_chunk()
        .map(|field| u16::from_be_bytes(*field))
}

fn long(bytes: &[u8], at: usize) -> Option<usize> {
    let field = bytes.get(at..)?.first_chunk()?;
    usize::try_from(u32::from_be_bytes(*field)).ok()
}

/// A signed number with 16 bits behind the point.
fn fixed(bytes: &[u8], at: usize) -> Option<f64> {
    let field = bytes.get(at..)?.first_chunk()?;
    Some(f64::from(i32::from_be_bytes(*field)) / 65536.0)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    fn fixed_bytes(value: f64) -> [u8; 4] {
        #[allow(clippy::cast_possible_truncation, reason = "the values are below 3")]
        ((value * 65536.0).round() as i32).to_be_bytes()
    }

    fn xyz(value: [f64; 3]) -> Vec<u8> {
        [b"XYZ \0\0\0\0".to_vec(), value.map(fixed_bytes).concat()].concat()
    }

    fn para(function: u16, parameters: &[f64]) -> Vec<u8> {
        let mut tag = [b"para\0\0\0\0".as_slice(), &function.to_be_bytes(), &[0, 0]].concat();
        parameters
            .iter()
            .for_each(|value| tag.extend(fixed_bytes(*value)));
        tag
    }

    fn curv(samples: &[u16]) -> Vec<u8> {
        let mut tag = b"curv\0\0\0\0".to_vec();
        tag.extend(u32::try_from(samples.len()).unwrap().to_be_bytes());
        samples
            .iter()
            .for_each(|sample| tag.extend(sample.to_be_bytes()));
        tag
    }

    /// The tone curve of the profile that calls itself `c2`, which Facebook puts into what it serves.
    const SMALL_SRGB_CURVE: [u16; 26] = [
        0, 203, 457, 867, 1426, 2155, 3062, 4159, 5457, 6964, 8689, 10_640, 12_824, 15_250, 17_925,
        20_855, 24_045, 27_504, 31_237, 35_249, 39_548, 44_137, 49_021, 54_211, 59_696, 65_535,
    ];

    fn srgb_curve() -> Vec<u8> {
        para(3, &[2.4, 1.0 / 1.055, 0.055 / 1.055, 1.0 / 12.92, 0.04045])
    }

    fn profile(space: &[u8; 4], tags: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
        let mut bytes = vec![0; HEADER_BYTES];
        bytes[8..12].copy_from_slice(&[4, 0x30, 0, 0]);
        bytes[12..16].copy_from_slice(b"mntr");
        bytes[16..20].copy_from_slice(space);
        bytes[20..24].copy_from_slice(b"XYZ ");
        bytes[36..40].copy_from_slice(b"acsp");
        let d50 = [0.9642, 1.0, 0.8249].map(fixed_bytes).concat();
        bytes[68..80].copy_from_slice(&d50);
        bytes.extend(u32::try_from(tags.len()).unwrap().to_be_bytes());
        let mut start = bytes.len() + tags.len() * TAG_BYTES;
        for (name, tag) in tags {
            let size = u32::try_from(tag.len()).unwrap();
            let place = u32::try_from(start).unwrap();
            bytes.extend([name.as_slice(), &place.to_be_bytes(), &size.to_be_bytes()].concat());
            start += tag.len();
        }
        tags.iter().for_each(|(_, tag)| bytes.extend(tag));
        let size = u32::try_from(bytes.len()).unwrap();
        bytes[..4].copy_from_slice(&size.to_be_bytes());
        bytes
    }

    /// As the profile of Hewlett-Packard and Lino has it, with 1,024 samples.
    fn sampled_srgb_curve(samples: u16) -> Vec<u16> {
        let last = f64::from(samples - 1);
        let linear = |index| srgb_to_linear(f64::from(index) / last) * 65535.0;
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "0 to 65535"
        )]
        let sample = |index| linear(index).round() as u16;
        (0..samples).map(sample).collect()
    }

    fn desc(name: &str) -> Vec<u8> {
        let length = u32::try_from(name.len() + 1).unwrap().to_be_bytes();
        [
            b"desc\0\0\0\0",
            length.as_slice(),
            name.as_bytes(),
            &[0; 79],
        ]
        .concat()
    }

    fn rgb(name: &str, primaries: [[f64; 3]; 3], curve: &[u8]) -> Vec<u8> {
        let [r, g, b] = primaries.map(xyz);
        let trc = curve.to_vec();
        profile(
            b"RGB ",
            &[
                (b"desc", desc(name)),
                (b"rXYZ", r),
                (b"gXYZ", g),
                (b"bXYZ", b),
                (b"rTRC", trc.clone()),
                (b"gTRC", trc.clone()),
                (b"bTRC", trc),
            ],
        )
    }

    const SRGB: [[f64; 3]; 3] = [PRIMARIES[0].1, PRIMARIES[1].1, PRIMARIES[2].1];
    const DISPLAY_P3: [[f64; 3]; 3] = [
        [0.5151, 0.2412, -0.0011],
        [0.292, 0.6922, 0.0419],
        [0.1571, 0.0666, 0.7841],
    ];

    const PROPHOTO: [[f64; 3]; 3] = [
        [0.7977, 0.2880, 0.0],
        [0.1352, 0.7119, 0.0],
        [0.0313, 0.0001, 0.8251],
    ];

    pub fn srgb_profile() -> Vec<u8> {
        rgb("sRGB", SRGB, &srgb_curve())
    }

    pub fn display_p3_profile() -> Vec<u8> {
        rgb("Display P3", DISPLAY_P3, &srgb_curve())
    }

    pub fn gray_profile() -> Vec<u8> {
        profile(b"GRAY", &[(b"kTRC", curv(&[0x01cd]))])
    }

    pub const REAL_SRGB: [&[u8]; 2] = [
        include_bytes!("tests/corpus/icc/srgb-compact.icc"),
        include_bytes!("tests/corpus/icc/srgb-littlecms.icc"),
    ];

    pub const REAL_OTHERS: [&[u8]; 2] = [
        include_bytes!("tests/corpus/icc/display-p3-compact.icc"),
        include_bytes!("tests/corpus/icc/adobe-rgb-compatible.icc"),
    ];

    /// Profiles of sRGB, whatever they are called: the numbers of those that are met most.
    pub fn srgb_by_any_name() -> Vec<Vec<u8>> {
        let mut profiles = REAL_SRGB.map(<[u8]>::to_vec).to_vec();
        profiles.extend([
            rgb("c2", SRGB, &curv(&SMALL_SRGB_CURVE)),
            rgb("sRGB IEC61966-2.1", SRGB, &curv(&sampled_srgb_curve(1024))),
            rgb("Display P3", SRGB, &srgb_curve()),
        ]);
        profiles
    }

    /// Profiles of other colours, whatever they are called.
    pub fn others_by_any_name() -> Vec<Vec<u8>> {
        let mut profiles = REAL_OTHERS.map(<[u8]>::to_vec).to_vec();
        profiles.extend([
            rgb("ProPhoto RGB", PROPHOTO, &curv(&[0x01cd])),
            rgb("sRGB IEC61966-2.1", DISPLAY_P3, &srgb_curve()),
            rgb("sRGB, linear", SRGB, &curv(&[])),
            rgb("sRGB, simplified", SRGB, &curv(&[0x0233])),
        ]);
        profiles
    }

    fn is_srgb(bytes: &[u8]) -> bool {
        Profile::parse(bytes).unwrap().is_srgb()
    }

    #[test]
    fn srgb_is_known_by_its_numbers() {
        assert!(is_srgb(&srgb_profile()));
        for profile in srgb_by_any_name() {
            assert!(
                is_srgb(&profile),
                "{}",
                String::from_utf8_lossy(&profile[128..])
            );
        }
        let longer = [1.0 / 1.055, 0.055 / 1.055, 1.0 / 12.92, 0.04045, 0.0, 0.0];
        let longer = para(4, &[[2.4].as_slice(), &longer].concat());
        assert!(is_srgb(&rgb("sRGB", SRGB, &longer)));
        assert!(is_srgb(&profile(b"GRAY", &[(b"kTRC", srgb_curve())])));
    }

    #[test]
    fn other_profiles_are_not_srgb() {
        assert!(!is_srgb(&display_p3_profile()));
        assert!(!is_srgb(&gray_profile()));
        for profile in others_by_any_name() {
            assert!(
                !is_srgb(&profile),
                "{}",
                String::from_utf8_lossy(&profile[128..])
            );
        }
        for curve in [
            curv(&[]),
            curv(&[0x0233]),
            para(0, &[2.2]),
            para(4, &[2.4]),
            b"????".to_vec(),
        ] {
            assert!(!is_srgb(&rgb("sRGB", SRGB, &curve)));
        }
        assert!(!is_srgb(&profile(b"RGB ", &[])));
    }

    #[test]
    fn what_is_no_profile_for_rgb_or_gray_is_none() {
        assert!(Profile::parse(&profile(b"CMYK", &[])).is_none());
        assert!(Profile::parse(b"").is_none());
        assert!(Profile::parse(&[0; 200]).is_none());
    }

    #[test]
    fn truncated_profiles_are_not_srgb_and_do_no_harm() {
        let whole = srgb_profile();
        for end in 0..whole.len() {
            assert!(
                !Profile::parse(&whole[..end]).is_some_and(|profile| profile.is_srgb()),
                "{end}"
            );
        }
    }
}
