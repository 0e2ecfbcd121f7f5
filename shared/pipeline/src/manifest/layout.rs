//! Which column is which: by our own header, by a shop system's, or as the caller says.

use serde::{Deserialize, Serialize};

use super::systems::{FurtherRows, System, letters, matches};

/// Our own three-column form.
const OWN_ID: [&str; 3] = ["sno", "serialno", "serialnumber"];
const OWN_NAME: [&str; 1] = ["productname"];
const OWN_IMAGES: [&str; 2] = ["inputimageurls", "inputimageurl"];

/// Which columns hold what, where a header does not say it: names, or letters as spreadsheets have
/// them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Mapping {
    /// Columns of image URLs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub image_columns: Vec<String>,
    /// Column of the product's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name_column: Option<String>,
    /// Column of the product's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_column: Option<String>,
}

impl Mapping {
    /// Whether nothing is mapped.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Which column is which.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Layout {
    /// The system whose export it is; `None` for our own form and for a mapping.
    pub system: Option<String>,
    /// Place of the id.
    pub id: Option<usize>,
    /// Place of the name.
    pub name: Option<usize>,
    /// Places of the image URLs.
    pub images: Vec<usize>,
    /// The last image column is the last of all, so cells beyond the header are more URLs.
    pub images_spill: bool,
    /// A row without an image is a mistake: in our own form it is, in a shop's export it is not.
    pub images_required: bool,
    /// Which rows go on with the product above.
    #[serde(default)]
    pub further_rows: FurtherRows,
    /// What a cell of images holds that stands for none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub no_image: Vec<String>,
    /// Where relative paths begin, unless the caller says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_base: Option<String>,
    /// Cells of the header.
    pub width: usize,
}

/// Why a header, or a mapping of it, cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LayoutFault {
    /// Nothing says where the images are, or what of our own form is missing.
    Unknown(&'static str),
    /// A mapped column is not there.
    NoColumn(String),
}

impl Layout {
    /// Reads a header.
    ///
    /// # Errors
    /// When nothing that is known, or that `mapping` names, is in it.
    pub fn of(titles: &[String], mapping: &Mapping) -> Result<Self, LayoutFault> {
        let letters: Vec<String> = titles.iter().map(|title| letters(title)).collect();
        let known = Self::own(&letters).or_else(|| Self::of_system(&letters));
        if mapping.is_empty() {
            return known.ok_or_else(|| LayoutFault::Unknown(missing(&letters)));
        }
        let base = known.unwrap_or_else(|| Self::none(letters.len()));
        base.mapped(titles, &letters, mapping)
    }

    fn none(width: usize) -> Self {
        Self {
            system: None,
            id: None,
            name: None,
            images: Vec::new(),
            images_spill: false,
            images_required: false,
            further_rows: FurtherRows::None,
            no_image: Vec::new(),
            image_base: None,
            width,
        }
    }

    fn own(letters: &[String]) -> Option<Self> {
        let (id, name) = (first(letters, &OWN_ID)?, first(letters, &OWN_NAME)?);
        let images = all(letters, &OWN_IMAGES);
        let last = *images.last()?;
        Some(Self {
            id: Some(id),
            name: Some(name),
            images_spill: letters[last + 1..].iter().all(String::is_empty),
            images,
            images_required: true,
            ..Self::none(letters.len())
        })
    }

    fn of_system(letters: &[String]) -> Option<Self> {
        let system = System::of_header(letters)?;
        let images = all(letters, system.images);
        Some(Self {
            system: Some(system.name.to_owned()),
            id: first(letters, system.id),
            name: first(letters, system.product_name),
            images: if images.is_empty() {
                all(letters, system.else_images)
            } else {
                images
            },
            further_rows: system.further_rows,
            no_image: system
                .no_image
                .iter()
                .map(|&text| text.to_owned())
                .collect(),
            image_base: system.image_base.map(str::to_owned),
            ..Self::none(letters.len())
        })
    }

    fn mapped(
        self,
        titles: &[String],
        letters: &[String],
        mapping: &Mapping,
    ) -> Result<Self, LayoutFault> {
        let find = |name: &String| match places(titles, letters, name) {
            places if places.is_empty() => Err(LayoutFault::NoColumn(name.clone())),
            places => Ok(places),
        };
        let mut images = Vec::new();
        for name in &mapping.image_columns {
            for place in find(name)? {
                if !images.contains(&place) {
                    images.push(place);
                }
            }
        }
        let one = |name: &String| find(name).map(|places| places[0]);
        let name = mapping.name_column.as_ref().map(one).transpose()?;
        let id = mapping.id_column.as_ref().map(one).transpose()?;
        let mapped = !images.is_empty();
        let layout = Self {
            id: id.or(self.id),
            name: name.or(self.name),
            images_spill: self.images_spill && !mapped,
            images_required: self.images_required && !mapped,
            images: if mapped { images } else { self.images },
            ..self
        };
        if layout.images.is_empty() {
            return Err(LayoutFault::Unknown(missing(letters)));
        }
        Ok(layout)
    }
}

/// The places of the columns of this name, or of the one with this letter where none has such a name.
fn places(titles: &[String], letters: &[String], name: &str) -> Vec<usize> {
    let named = |is: &dyn Fn(usize) -> bool| (0..titles.len()).filter(|at| is(*at)).collect();
    let exact: Vec<usize> = named(&|at| titles[at].trim() == name.trim());
    if !exact.is_empty() {
        return exact;
    }
    let wanted = super::systems::letters(name);
    let alike: Vec<usize> = named(&|at| !wanted.is_empty() && letters[at] == wanted);
    if !alike.is_empty() {
        return alike;
    }
    let by_letter = column_letter(name).filter(|place| *place < titles.len());
    by_letter.into_iter().collect()
}

/// `A` is the first column, `AA` the 27th, as spreadsheets have them.
fn column_letter(name: &str) -> Option<usize> {
    let name = name.trim();
    if name.is_empty() || name.len() > 3 || !name.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return None;
    }
    let digits = name
        .bytes()
        .map(|byte| usize::from(byte.to_ascii_uppercase() - b'A') + 1);
    Some(digits.fold(0, |number, digit| number * 26 + digit) - 1)
}

/// The letters of a column, as spreadsheets have them.
pub fn column_name(place: usize) -> String {
    let mut name = String::new();
    let mut rest = place + 1;
    while let Some(before) = rest.checked_sub(1) {
        // 0 to 25.
        let letter = u8::try_from(before % 26).unwrap_or_default();
        name.insert(0, char::from(b'A' + letter));
        rest = before / 26;
    }
    name
}

fn first(letters: &[String], patterns: &[&str]) -> Option<usize> {
    let at = |pattern: &&str| letters.iter().position(|title| matches(pattern, title));
    patterns.iter().find_map(at)
}

fn all(letters: &[String], patterns: &[&str]) -> Vec<usize> {
    let is = |title: &String| patterns.iter().any(|pattern| matches(pattern, title));
    (0..letters.len()).filter(|at| is(&letters[*at])).collect()
}

/// The first column of our own form that is missing.
fn missing(letters: &[String]) -> &'static str {
    if first(letters, &OWN_IMAGES).is_none() {
        "Input Image Urls"
    } else if first(letters, &OWN_ID).is_none() {
        "S. No."
    } else {
        "Product Name"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(header: &str, mapping: &Mapping) -> Result<Layout, LayoutFault> {
        let titles: Vec<String> = header.split(',').map(str::to_owned).collect();
        Layout::of(&titles, mapping)
    }

    fn mapping(images: &[&str], name: Option<&str>, id: Option<&str>) -> Mapping {
        Mapping {
            image_columns: images.iter().map(|name| (*name).to_owned()).collect(),
            name_column: name.map(str::to_owned),
            id_column: id.map(str::to_owned),
        }
    }

    #[test]
    fn our_own_form_is_read_and_every_column_of_urls_in_it() {
        let read = layout(
            "input image urls,S. No.,Product Name,Input Image Urls",
            &Mapping::default(),
        );
        let read = read.unwrap();
        assert_eq!((read.id, read.name), (Some(1), Some(2)));
        assert_eq!(read.images, [0, 3]);
        assert!(read.images_spill && read.images_required);
    }

    #[test]
    fn columns_are_mapped_by_name_or_letter() {
        let header = "ref,titre,photo principale,photo 2";
        let read = layout(
            header,
            &mapping(&["Photo Principale", "D"], Some("titre"), Some("A")),
        );
        let read = read.unwrap();
        assert_eq!(
            (read.id, read.name, read.images),
            (Some(0), Some(1), vec![2, 3])
        );
        assert_eq!(
            layout(header, &mapping(&["photo 3"], None, None)),
            Err(LayoutFault::NoColumn("photo 3".to_owned()))
        );
        let twice = layout(
            "ref,Photo,photo ,Photo",
            &mapping(&["Photo", "C", "B"], None, None),
        );
        assert_eq!(twice.unwrap().images, [1, 3, 2]);
        assert_eq!(column_letter("AA"), Some(26));
        assert_eq!(column_letter("A1"), None);
        for place in [0, 25, 26, 701, 702] {
            assert_eq!(column_letter(&column_name(place)), Some(place));
        }
    }

    #[test]
    fn a_header_that_nobody_knows_says_what_of_our_form_is_missing() {
        let missing = |header| match layout(header, &Mapping::default()) {
            Err(LayoutFault::Unknown(title)) => title,
            other => panic!("{other:?}"),
        };
        assert_eq!(missing("a,b"), "Input Image Urls");
        assert_eq!(missing("Product Name,Input Image Urls"), "S. No.");
        assert_eq!(missing("S. No.,Input Image Urls"), "Product Name");
    }

    #[test]
    fn a_system_can_be_mapped_in_part() {
        let header = "Handle,Title,Image Src,Lifestyle Photo";
        let read = layout(header, &mapping(&["Lifestyle Photo"], None, None)).unwrap();
        assert_eq!(
            (read.id, read.name, read.images),
            (Some(0), Some(1), vec![3])
        );
        assert_eq!(read.system.as_deref(), Some("Shopify"));
    }
}
