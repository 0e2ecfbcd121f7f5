//! Profiles of all kinds, and which of them are sRGB.

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
    let linear = |index| linear_of_srgb(f64::from(index) / last) * 65535.0;
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
    include_bytes!("../../tests/corpus/icc/srgb-compact.icc"),
    include_bytes!("../../tests/corpus/icc/srgb-littlecms.icc"),
];

pub const REAL_OTHERS: [&[u8]; 2] = [
    include_bytes!("../../tests/corpus/icc/display-p3-compact.icc"),
    include_bytes!("../../tests/corpus/icc/adobe-rgb-compatible.icc"),
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
fn what_is_for_other_samples_is_none() {
    let spaces = [
        (b"GRAY", Space::Gray),
        (b"RGB ", Space::Rgb),
        (b"CMYK", Space::Cmyk),
    ];
    for (name, _) in spaces {
        for (other, space) in spaces {
            let profile = profile(name, &[]);
            assert_eq!(Profile::of(&profile, space).is_some(), name == other);
        }
    }
    assert!(Profile::parse(&profile(b"Lab ", &[])).is_none());
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
