//! What a CSV was understood as, and whether it can be used: the whole of it is read before anything
//! is accepted.

use std::io::Read;

use halftone_codec::OutputFormat;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::dialect::Delimiter;
use super::encoding::Encoding;
use super::error::{ManifestError, RowError};
use super::reading::{ManifestLimits, Reading};
use super::records::Record;
use super::rows::{Product, ProductError, Row, Rows};
use super::systems::{System, letters};

/// Row errors kept for one answer; a file that is wrong throughout must not fill the memory.
const MAX_ROW_ERRORS: usize = 10_000;
/// Images that a dry run shows.
const SHOWN_IMAGES: usize = 10;
/// Row errors of skipped rows that an answer shows.
const SHOWN_SKIPPED: usize = 100;

/// What a CSV was understood as.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Understood {
    /// The shop system whose export it is, if it is one that is known.
    pub system: Option<String>,
    /// How it is encoded.
    pub encoding: Encoding,
    /// What separates its cells.
    pub delimiter: Delimiter,
    /// Line of its header; what is above was passed over.
    pub header_line: u64,
    /// Which columns are which.
    pub columns: Columns,
    /// Rows under the header, blank ones not counted.
    pub rows: u64,
    /// Images in them.
    pub images: u64,
    /// Images whose URL stands in the CSV before: they are fetched once.
    pub duplicates: u64,
    /// Rows without an image.
    pub rows_without_image: u64,
    /// Rows that are skipped because they cannot be used.
    pub skipped: u64,
    /// Why; the first hundred.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub skipped_rows: Vec<RowError>,
    /// What is to be known beside it: what the shop's import takes, what was left out.
    pub notes: Vec<String>,
    /// Images that are WebP by their names.
    #[serde(skip)]
    webp: u64,
    /// The first product's name.
    #[serde(skip)]
    pub product_name: String,
    /// The first ten images.
    #[serde(skip)]
    pub first_images: Vec<FirstImage>,
}

/// An image as it was understood, for whoever looks before they ask for all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FirstImage {
    /// Line of its row.
    pub row: u64,
    /// Its product's id.
    pub serial_number: String,
    /// Its product's name.
    pub product_name: String,
    /// Where it would be fetched.
    pub input_url: String,
}

/// The titles of the columns that are read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Columns {
    /// Of the id.
    pub id: Option<String>,
    /// Of the name.
    pub name: Option<String>,
    /// Of the image URLs.
    pub images: Vec<String>,
}

impl Understood {
    fn new(reading: &Reading, titles: &[String]) -> Self {
        let dialect = &reading.dialect;
        let title = |place: usize| {
            titles
                .get(place)
                .map_or("", |title| title.trim())
                .to_owned()
        };
        Self {
            system: dialect.layout.system.clone(),
            encoding: dialect.encoding,
            delimiter: dialect.delimiter,
            header_line: dialect.header_line,
            columns: Columns {
                id: dialect.layout.id.map(title),
                name: dialect.layout.name.map(title),
                images: dialect.layout.images.iter().copied().map(title).collect(),
            },
            rows: 0,
            images: 0,
            duplicates: 0,
            rows_without_image: 0,
            skipped: 0,
            skipped_rows: Vec::new(),
            notes: dialect
                .encoding
                .note()
                .map(str::to_owned)
                .into_iter()
                .collect(),
            webp: 0,
            product_name: String::new(),
            first_images: Vec::new(),
        }
    }

    /// Notes what the shop's import takes of outputs in this format.
    pub fn advise(&mut self, titles: &[String], format: OutputFormat) {
        let Some(system) = self.system.as_deref().and_then(System::named) else {
            return;
        };
        let titles: Vec<_> = titles.iter().map(|title| letters(title)).collect();
        let notes = system.import.notes(system.name, &titles, format, self.webp);
        self.notes.extend(notes);
    }

    fn show(&mut self, product: &Product) {
        let room = SHOWN_IMAGES - self.first_images.len();
        let image = |url: &String| FirstImage {
            row: product.row,
            serial_number: product.serial_number.clone(),
            product_name: product.name.clone(),
            input_url: url.clone(),
        };
        let shown = product.urls.iter().take(room).map(image);
        self.first_images.extend(shown);
    }

    fn add(&mut self, row: Row, digests: &mut Vec<[u8; 16]>) {
        self.rows += 1;
        match row {
            Row::Product(product) => {
                if self.images == 0 {
                    self.product_name.clone_from(&product.name);
                }
                self.show(&product);
                self.images += product.urls.len() as u64;
                let webp = product.urls.iter().filter(|url| is_named_webp(url));
                self.webp += webp.count() as u64;
                digests.extend(product.urls.iter().map(|url| digest(url)));
            }
            Row::NoImage | Row::Other => self.rows_without_image += 1,
            Row::Skipped(error) => {
                self.skipped += 1;
                if self.skipped_rows.len() < SHOWN_SKIPPED {
                    self.skipped_rows.push(error);
                }
            }
        }
    }
}

fn is_named_webp(url: &str) -> bool {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let extension = path.rsplit_once('.').map_or("", |(_, end)| end);
    extension.eq_ignore_ascii_case("webp")
}

/// What tells one URL from another in little memory: 16 bytes of its SHA-256.
#[must_use]
pub fn digest(url: &str) -> [u8; 16] {
    let mut short = [0; 16];
    short.copy_from_slice(&Sha256::digest(url)[..16]);
    short
}

/// Reads the whole of `source`, whose columns have these titles, and reports every row error at once.
///
/// # Errors
/// [`ManifestError::Rows`] with all unusable rows, or whatever made reading stop.
pub fn validate<R: Read>(
    source: R,
    reading: &Reading,
    titles: &[String],
    limits: ManifestLimits,
) -> Result<Understood, ManifestError> {
    let mut rows = Rows::open(source, reading, limits)?;
    let mut understood = Understood::new(reading, titles);
    // Two million of them are 32 MiB; a set would be thrice that while it grows.
    let (mut record, mut digests) = (Record::default(), Vec::new());
    let (mut errors, mut total) = (Vec::new(), 0);
    loop {
        match rows.next(&mut record) {
            Ok(None) => break,
            Ok(Some(row)) => understood.add(row, &mut digests),
            Err(ProductError::Row(error)) => {
                total += 1;
                if errors.len() < MAX_ROW_ERRORS {
                    errors.push(error);
                }
            }
            Err(ProductError::Fatal(error)) => return Err(error),
        }
    }
    if total > 0 {
        return Err(ManifestError::Rows { errors, total });
    }
    understood.duplicates = duplicates(digests);
    if rows.headers_again > 0 {
        let again = rows.headers_again;
        let note = format!("Rows that repeat the header were passed over: {again}.");
        understood.notes.push(note);
    }
    usable(understood)
}

/// How many of these stand among them before.
fn duplicates(mut digests: Vec<[u8; 16]>) -> u64 {
    let all = digests.len();
    digests.sort_unstable();
    digests.dedup();
    (all - digests.len()) as u64
}

fn usable(understood: Understood) -> Result<Understood, ManifestError> {
    if understood.rows == 0 {
        return Err(ManifestError::NoProducts);
    }
    if understood.images > 0 {
        return Ok(understood);
    }
    if understood.skipped > 0 {
        return Err(ManifestError::Rows {
            total: understood.skipped,
            errors: understood.skipped_rows,
        });
    }
    let columns = understood.columns.images.iter();
    let columns: Vec<_> = columns.map(|title| format!("\"{title}\"")).collect();
    Err(ManifestError::NoImages {
        columns: columns.join(", "),
    })
}
