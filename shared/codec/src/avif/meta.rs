//! The tables of a file (ISO/IEC 14496-12, 8.11; ISO/IEC 23008-12, 9.3): its items, where their data is, what belongs
//! to them.

use super::boxes::{Box, Fields, boxes};

/// More items, extents or properties than any picture has.
const MAX_ENTRIES: u64 = 4096;

/// A part of the data of an item, from a place on.
pub type Extent = (u64, u64);

/// An item's data.
#[derive(Debug)]
pub struct Location {
    pub item: u64,
    /// In the `idat` box; else in the file.
    pub is_inside: bool,
    pub extents: Vec<Extent>,
}

/// What one item is to another.
#[derive(Debug)]
pub struct Reference {
    pub kind: [u8; 4],
    pub from: u64,
    pub to: Vec<u64>,
}

/// A property of an item, by its place among all properties.
#[derive(Debug, Clone, Copy)]
pub struct Association {
    pub item: u64,
    /// From 1 on.
    pub property: usize,
    /// Who does not know it does not know the item.
    pub is_essential: bool,
}

/// All tables.
#[derive(Debug, Default)]
pub struct Meta<'a> {
    /// The item to be shown.
    pub primary: u64,
    pub kinds: Vec<(u64, [u8; 4])>,
    pub locations: Vec<Location>,
    pub references: Vec<Reference>,
    pub properties: Vec<Box<'a>>,
    pub associations: Vec<Association>,
    /// Where data is that stands inside the tables.
    pub idat: &'a [u8],
}

impl<'a> Meta<'a> {
    /// Reads the first `meta` box of a file.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let meta = first(&boxes(bytes)?, b"meta")?;
        let mut meta_fields = Fields(meta.inside);
        meta_fields.version()?;
        let mut tables = Self::default();
        for table in boxes(meta_fields.0)? {
            let fields = Fields(table.inside);
            match &table.kind {
                b"pitm" => tables.primary = primary(fields)?,
                b"iinf" => tables.kinds = kinds(fields)?,
                b"iloc" => tables.locations = locations(fields)?,
                b"iref" => tables.references = references(fields)?,
                b"iprp" => tables.read_properties(table.inside)?,
                b"idat" => tables.idat = table.inside,
                _ => {}
            }
        }
        Some(tables)
    }

    fn read_properties(&mut self, inside: &'a [u8]) -> Option<()> {
        let tables = boxes(inside)?;
        self.properties = boxes(first(&tables, b"ipco")?.inside)?;
        for table in tables.iter().filter(|table| table.kind == *b"ipma") {
            self.associations
                .extend(associations(Fields(table.inside))?);
        }
        Some(())
    }
}

fn first<'a>(boxes: &[Box<'a>], kind: &[u8; 4]) -> Option<Box<'a>> {
    boxes.iter().find(|one| one.kind == *kind).copied()
}

fn count(fields: &mut Fields<'_>, length: usize) -> Option<u64> {
    fields.number(length).filter(|count| *count <= MAX_ENTRIES)
}

/// Numbers of items have two bytes or, in later versions, four.
fn item_bytes(is_wide: bool) -> usize {
    if is_wide { 4 } else { 2 }
}

fn primary(mut fields: Fields<'_>) -> Option<u64> {
    let (version, _) = fields.version()?;
    fields.number(item_bytes(version > 0))
}

fn kinds(mut fields: Fields<'_>) -> Option<Vec<(u64, [u8; 4])>> {
    let (version, _) = fields.version()?;
    count(&mut fields, item_bytes(version > 0))?;
    let entries = boxes(fields.0)?;
    let entries = entries.iter().filter(|entry| entry.kind == *b"infe");
    entries.map(|entry| kind(Fields(entry.inside))).collect()
}

fn kind(mut fields: Fields<'_>) -> Option<(u64, [u8; 4])> {
    let (version, _) = fields.version()?;
    let item = fields.number(item_bytes(version > 2))?;
    fields.number(2)?; // how it is protected
    // Before, items had no kinds.
    let kind = if version >= 2 { fields.number(4)? } else { 0 };
    Some((item, u32::try_from(kind).ok()?.to_be_bytes()))
}

fn locations(mut fields: Fields<'_>) -> Option<Vec<Location>> {
    let (version, _) = fields.version()?;
    let lengths = fields.number(2)?;
    let length = |shift: u64| usize::try_from(lengths >> shift & 15).ok();
    let [offset, size, base, index] = [length(12)?, length(8)?, length(4)?, length(0)?];
    let items = count(&mut fields, item_bytes(version > 1))?;
    let location = |_| {
        let item = fields.number(item_bytes(version > 1))?;
        let is_inside = version > 0 && fields.number(2)? & 15 == 1;
        fields.number(2)?; // another file
        let start = fields.number(base)?;
        let extents = count(&mut fields, 2)?;
        let extent = |_| {
            fields.number(if version > 0 { index } else { 0 })?;
            let place = start.checked_add(fields.number(offset)?)?;
            Some((place, fields.number(size)?))
        };
        Some(Location {
            item,
            is_inside,
            extents: (0..extents).map(extent).collect::<Option<_>>()?,
        })
    };
    (0..items).map(location).collect()
}

fn references(mut fields: Fields<'_>) -> Option<Vec<Reference>> {
    let (version, _) = fields.version()?;
    let length = item_bytes(version > 0);
    let reference = |one: &Box<'_>| {
        let mut fields = Fields(one.inside);
        let from = fields.number(length)?;
        let others = count(&mut fields, 2)?;
        Some(Reference {
            kind: one.kind,
            from,
            to: (0..others)
                .map(|_| fields.number(length))
                .collect::<Option<_>>()?,
        })
    };
    boxes(fields.0)?.iter().map(reference).collect()
}

fn associations(mut fields: Fields<'_>) -> Option<Vec<Association>> {
    let (version, flags) = fields.version()?;
    let length = if flags & 1 == 1 { 2 } else { 1 };
    let essential = 1 << (8 * length - 1);
    let mut associations = Vec::new();
    for _ in 0..count(&mut fields, 4)? {
        let item = fields.number(item_bytes(version > 0))?;
        for _ in 0..fields.number(1)? {
            let property = fields.number(length)?;
            associations.push(Association {
                item,
                property: usize::try_from(property & (essential - 1)).ok()?,
                is_essential: property & essential != 0,
            });
        }
    }
    Some(associations)
}
