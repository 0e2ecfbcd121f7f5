//! The main picture of a file and its alpha, as its tables describe them.

use super::boxes::{Fields, boxes};
use super::error::AvifError;
use super::meta::{Location, Meta};
use crate::metadata::orientation::Orientation;

/// How colours are to be understood (ITU-T H.273).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coding {
    pub primaries: u64,
    pub transfer: u64,
    pub matrix: u64,
    pub full_range: bool,
}

/// The part of a picture that is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crop {
    pub left: u32,
    pub top: u32,
    pub width: u32,
    pub height: u32,
}

/// A picture of AV1.
#[derive(Debug, Default)]
pub struct Item {
    pub data: Vec<u8>,
    /// Width and height as they are stored, in pixels.
    pub size: (u32, u32),
    pub coding: Option<Coding>,
    pub icc_profile: Option<Vec<u8>>,
    pub crop: Option<Crop>,
    pub orientation: Orientation,
}

/// What is shown.
#[derive(Debug)]
pub struct Container {
    pub picture: Item,
    pub alpha: Option<Item>,
    /// Colours are multiplied by alpha already.
    pub is_premultiplied: bool,
}

const MISSING: AvifError = AvifError::Damaged("a table is missing, broken or cut off");

impl Container {
    /// Reads what a file says of its main picture.
    pub fn read(bytes: &[u8]) -> Result<Self, AvifError> {
        if bytes.get(8..12) == Some(b"avis") {
            return Err(AvifError::Unsupported("an animation (AVIF)"));
        }
        let meta = Meta::read(bytes).ok_or(MISSING)?;
        let picture = item(bytes, &meta, meta.primary)?;
        let alpha = alpha(&meta);
        let premultiplied = |alpha| {
            let mut references = meta.references.iter();
            references.any(|reference| {
                reference.kind == *b"prem"
                    && reference.from == meta.primary
                    && reference.to.contains(&alpha)
            })
        };
        Ok(Self {
            is_premultiplied: alpha.is_some_and(premultiplied),
            alpha: alpha.map(|alpha| item(bytes, &meta, alpha)).transpose()?,
            picture,
        })
    }
}

/// EXIF data of the file.
pub fn exif(bytes: &[u8]) -> Option<Vec<u8>> {
    let meta = Meta::read(bytes)?;
    let (item, _) = meta.kinds.iter().find(|(_, kind)| kind == b"Exif")?;
    let data = data(bytes, &meta, *item)?;
    // Before it stands how far away it begins.
    let start = usize::try_from(Fields(&data).number(4)?).ok()?;
    data.get(start.checked_add(4)?..).map(<[u8]>::to_vec)
}

/// The file with zeros in place of its metadata (EXIF, XMP) and of what nobody knows; `None` if that cannot be told
/// from the picture.
pub fn without_metadata(bytes: &[u8]) -> Option<Vec<u8>> {
    let meta = Meta::read(bytes)?;
    let mut file = bytes.to_vec();
    let unknown = boxes(bytes)?.into_iter();
    let unknown = unknown.filter(|one| matches!(&one.kind, b"uuid" | b"free" | b"skip"));
    let mut places: Vec<_> = unknown.map(|one| one.place()).collect();
    let is_picture = |location: &&Location| {
        let mut kinds = meta.kinds.iter();
        kinds.any(|(item, kind)| *item == location.item && kind == b"av01")
    };
    for location in meta
        .locations
        .iter()
        .filter(|location| !is_picture(location))
    {
        if location.is_inside {
            return None;
        }
        for (start, length) in &location.extents {
            places.push(place(*start, *length, bytes.len())?);
        }
    }
    places.into_iter().for_each(|place| file[place].fill(0));
    // Neither tables nor pictures may have been among it.
    let same = Meta::read(&file).is_some_and(|read| {
        format!("{read:?}") == format!("{meta:?}")
            && pictures(bytes, &meta) == pictures(&file, &meta)
    });
    same.then_some(file)
}

/// The data of all pictures.
fn pictures(bytes: &[u8], meta: &Meta<'_>) -> Vec<Option<Vec<u8>>> {
    let kinds = meta.kinds.iter().filter(|(_, kind)| kind == b"av01");
    kinds.map(|(item, _)| data(bytes, meta, *item)).collect()
}

/// The item that is the alpha of the main picture.
fn alpha(meta: &Meta<'_>) -> Option<u64> {
    let references = meta.references.iter();
    let mut auxiliary = references
        .filter(|reference| reference.kind == *b"auxl" && reference.to.contains(&meta.primary));
    let is_alpha = |item: u64| {
        properties(meta, item).any(|(kind, inside, _)| {
            kind == b"auxC"
                && [
                    &b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0"[..],
                    b"urn:mpeg:hevc:2015:auxid:1\0",
                ]
                .iter()
                .any(|name| {
                    inside
                        .get(4..)
                        .is_some_and(|inside| inside.starts_with(name))
                })
        })
    };
    auxiliary
        .find(|reference| is_alpha(reference.from))
        .map(|reference| reference.from)
}

/// Kind, inside, and whether it is essential, of each property of an item, in their order.
fn properties<'m>(
    meta: &'m Meta<'_>,
    item: u64,
) -> impl Iterator<Item = (&'m [u8; 4], &'m [u8], bool)> {
    let of_item = meta.associations.iter().filter(move |one| one.item == item);
    of_item.filter_map(|one| {
        let property = meta.properties.get(one.property.checked_sub(1)?)?;
        Some((&property.kind, property.inside, one.is_essential))
    })
}

fn item(bytes: &[u8], meta: &Meta<'_>, item: u64) -> Result<Item, AvifError> {
    let kind = meta.kinds.iter().find(|(known, _)| *known == item);
    match kind.map(|(_, kind)| kind) {
        Some(b"av01") => {}
        Some(b"grid") => return Err(AvifError::Unsupported("an AVIF picture of several tiles")),
        Some(_) => return Err(AvifError::Unsupported("an AVIF picture of a rare kind")),
        None => return Err(MISSING),
    }
    let mut found = Item {
        data: data(bytes, meta, item).ok_or(AvifError::Damaged("picture data is cut off"))?,
        ..Item::default()
    };
    let (mut turns, mut mirror) = (0, None);
    for (kind, inside, is_essential) in properties(meta, item) {
        let mut fields = Fields(inside);
        match kind {
            b"ispe" => found.size = size(fields).ok_or(MISSING)?,
            b"colr" => found.read_colour(fields).ok_or(MISSING)?,
            b"irot" => turns = fields.number(1).ok_or(MISSING)? & 3,
            b"imir" => mirror = Some(fields.number(1).ok_or(MISSING)? & 1),
            b"clap" => found.crop = Some(crop(fields, found.size)?),
            b"pixi" | b"av1C" | b"auxC" | b"pasp" => {}
            _ if is_essential => {
                return Err(AvifError::Unsupported("an AVIF picture of a rare kind"));
            }
            _ => {}
        }
    }
    found.orientation = orientation(turns, mirror);
    match found.size {
        (0, _) | (_, 0) => Err(AvifError::Damaged(
            "the picture is empty or its size missing",
        )),
        _ => Ok(found),
    }
}

impl Item {
    /// The first of each kind counts.
    fn read_colour(&mut self, mut fields: Fields<'_>) -> Option<()> {
        match &u32::try_from(fields.number(4)?).ok()?.to_be_bytes() {
            b"nclx" => {
                self.coding = self.coding.or(Some(Coding {
                    primaries: fields.number(2)?,
                    transfer: fields.number(2)?,
                    matrix: fields.number(2)?,
                    full_range: fields.number(1)? & 0x80 != 0,
                }));
            }
            b"prof" | b"rICC" if self.icc_profile.is_none() => {
                self.icc_profile = Some(fields.0.to_vec());
            }
            _ => {}
        }
        Some(())
    }
}

fn size(mut fields: Fields<'_>) -> Option<(u32, u32)> {
    fields.version()?;
    let mut side = || u32::try_from(fields.number(4)?).ok();
    Some((side()?, side()?))
}

/// Turned to the left by so many quarters, and then mirrored top to bottom (0) or left to right (1).
fn orientation(turns: u64, mirror: Option<u64>) -> Orientation {
    let tag = match (turns, mirror) {
        (0, None) => 1,
        (0, Some(1)) | (2, Some(0)) => 2,
        (2, None) => 3,
        (0, Some(_)) | (2, Some(_)) => 4,
        (1, Some(0)) | (3, Some(1)) => 5,
        (3, None) => 6,
        (3, Some(_)) | (1, Some(_)) => 7,
        _ => 8,
    };
    Orientation::from_tag(tag).unwrap_or_default()
}

/// Width, height and the distance between the middles of part and whole, as fractions (ISO/IEC 14496-12, 12.1.4).
fn crop(mut fields: Fields<'_>, size: (u32, u32)) -> Result<Crop, AvifError> {
    let broken = AvifError::Damaged("the part that is shown is not on the picture");
    let mut number = || {
        fields
            .number(4)
            .and_then(|number| u32::try_from(number).ok())
    };
    let mut fraction = || Some((i64::from(number()?.cast_signed()), i64::from(number()?)));
    let mut fraction = || fraction().filter(|(_, below)| *below > 0).ok_or(broken);
    let (width, height) = (fraction()?, fraction()?);
    let (across, down) = (fraction()?, fraction()?);
    // Twice the distance from the left or top, in units of the fraction below.
    let place = |side: u32, (part, below): (i64, i64), (off, off_below): (i64, i64)| {
        let part = (part % below == 0).then_some(part / below)?;
        let twice = (i64::from(side) - part) * off_below + 2 * off;
        let start =
            (twice >= 0 && twice % (2 * off_below) == 0).then_some(twice / (2 * off_below))?;
        let fits = part > 0 && start + part <= i64::from(side);
        fits.then_some((u32::try_from(start).ok()?, u32::try_from(part).ok()?))
    };
    let (left, width) = place(size.0, width, across).ok_or(broken)?;
    let (top, height) = place(size.1, height, down).ok_or(broken)?;
    Ok(Crop {
        left,
        top,
        width,
        height,
    })
}

/// All extents of an item; `None` where they are missing, or have more bytes than the file.
fn data(bytes: &[u8], meta: &Meta<'_>, item: u64) -> Option<Vec<u8>> {
    let location: &Location = meta.locations.iter().find(|one| one.item == item)?;
    let source = if location.is_inside { meta.idat } else { bytes };
    let mut data = Vec::new();
    for (start, length) in &location.extents {
        data.extend_from_slice(&source[place(*start, *length, source.len())?]);
        if data.len() > source.len() {
            return None;
        }
    }
    Some(data)
}

/// A length of 0 goes to the end.
fn place(start: u64, length: u64, end: usize) -> Option<std::ops::Range<usize>> {
    let start = usize::try_from(start).ok().filter(|start| *start <= end)?;
    let length = match usize::try_from(length).ok()? {
        0 => end - start,
        length => length,
    };
    let stop = start.checked_add(length).filter(|stop| *stop <= end)?;
    Some(start..stop)
}
