//! Looks for the header among the first rows, as they are read with one delimiter.

use super::{Delimiter, Dialect};
use crate::manifest::encoding::Look;
use crate::manifest::error::ManifestError;
use crate::manifest::layout::{Layout, LayoutFault, Mapping, column_name};
use crate::manifest::records::{Record, RecordError, Records};
use crate::manifest::urls::names_image;

/// Rows among which the header is looked for: exports begin with a title and its date at the most.
const WITHIN: usize = 20;
/// Columns that a refusal lists at most.
const SHOWN_COLUMNS: usize = 30;

/// What the first rows say, read with one delimiter.
#[derive(Default)]
pub(super) struct Header {
    pub(super) found: Option<(Dialect, Vec<String>)>,
    /// The first row that is not blank.
    first: Vec<String>,
    /// The row without addresses that has the most titles.
    likely: Vec<String>,
    /// The columns that have addresses in the first row below it with any.
    addresses: Vec<usize>,
    /// Why they could not be read any further.
    fault: Option<RecordError>,
    of_workbook: bool,
}

/// A row that is not blank: its line and its cells.
type Row = (u64, Vec<String>);
/// A header: how what is below it is written, and its titles.
type Found = (Dialect, Vec<String>);

impl Header {
    pub(super) fn find(look: &Look, delimiter: Delimiter, mapping: &Mapping) -> Self {
        let (rows, fault) = first_rows(look, delimiter);
        let mut header = Self {
            fault,
            of_workbook: look.of_workbook,
            ..Self::default()
        };
        for (_, cells) in &rows {
            header.look_at(cells);
        }
        let fitting = rows.into_iter().map(|(line, cells)| {
            let layout = Layout::of(&cells, mapping).ok();
            // A mapping by letters fits a product too.
            let title = |place: &usize| !is_address(&cells[*place]) && !names_image(&cells[*place]);
            let layout = layout.filter(|layout| layout.images.iter().all(title))?;
            Some((dialect(look, delimiter, line, layout), cells))
        });
        header.found = if mapping.is_empty() {
            last_of_first(fitting)
        } else {
            titled(fitting)
        };
        header
    }

    /// Notes what a row says of where the header is.
    fn look_at(&mut self, row: &[String]) {
        if self.first.is_empty() {
            self.first = row.to_vec();
        }
        let addresses = (0..row.len()).filter(|place| is_address(&row[*place]));
        let addresses: Vec<usize> = addresses.collect();
        let filled = |row: &[String]| row.iter().filter(|cell| !is_blank(cell)).count();
        if !addresses.is_empty() {
            if self.addresses.is_empty() {
                self.addresses = addresses;
            }
        } else if filled(row) > filled(&self.likely) {
            self.likely = row.to_vec();
            self.addresses.clear();
        }
    }

    /// A mapping that reads the columns with addresses.
    fn example(&self) -> String {
        let names = self.addresses.iter().map(|place| {
            let title = self.likely.get(*place).map_or("", |title| title.trim());
            let alone = self.likely.iter().filter(|other| other.trim() == title);
            if title.is_empty() || title.contains(',') || alone.count() > 1 {
                column_name(*place)
            } else {
                title.to_owned()
            }
        });
        let names: Vec<_> = names.take(SHOWN_COLUMNS).collect();
        if names.is_empty() || self.likely.len() == 1 {
            return "imageColumns=C".to_owned();
        }
        format!("imageColumns={}", names.join(","))
    }
}

/// The rows among which the header is, and why there are no more.
fn first_rows(look: &Look, delimiter: Delimiter) -> (Vec<Row>, Option<RecordError>) {
    let text = look.encoding.decode(&look.beginning[..]);
    let mut records = Records::new(text, delimiter.byte());
    if look.of_workbook {
        records = records.counting_rows();
    }
    let (mut record, mut rows) = (Record::default(), Vec::new());
    for _ in 0..WITHIN {
        match records.read(&mut record) {
            Ok(true) if record.is_blank() => {}
            Ok(true) => rows.push((record.line, record.texts().collect())),
            Ok(false) => break,
            Err(fault) => return (rows, Some(fault)),
        }
    }
    (rows, None)
}

/// The last of the first headers that follow each other: some exports have two, one for people and one
/// for programs.
fn last_of_first(fitting: impl Iterator<Item = Option<Found>>) -> Option<Found> {
    let headers = fitting.skip_while(Option::is_none);
    headers.map_while(|found| found).last()
}

/// The first header that has a title for an image column, else the first: a mapping by letters fits what
/// stands above the header too.
fn titled(fitting: impl Iterator<Item = Option<Found>>) -> Option<Found> {
    let is_titled = |(dialect, titles): &Found| {
        let mut images = dialect.layout.images.iter();
        images.any(|place| !is_blank(&titles[*place]))
    };
    let mut first = None;
    for found in fitting.flatten() {
        if is_titled(&found) {
            return Some(found);
        }
        first = first.or(Some(found));
    }
    first
}

fn dialect(look: &Look, delimiter: Delimiter, header_line: u64, layout: Layout) -> Dialect {
    Dialect {
        encoding: look.encoding,
        delimiter,
        header_line,
        of_workbook: look.of_workbook,
        layout,
    }
}

fn is_address(cell: &str) -> bool {
    cell.contains("://")
}

fn is_blank(cell: &str) -> bool {
    cell.trim().is_empty()
}

/// Why no header was found, by the likely header that has the most cells: that is how it was meant.
pub(super) fn refusal(headers: Vec<Header>, mapping: &Mapping) -> ManifestError {
    // Read with the right delimiter, a file of delimiters only is blank.
    let blank = |header: &Header| header.first.is_empty() && header.fault.is_none();
    if headers.iter().any(blank) {
        return ManifestError::Empty;
    }
    let cells = |header: &Header| header.likely.len().max(header.first.len());
    let Some(mut header) = headers.into_iter().rev().max_by_key(cells) else {
        return ManifestError::Empty;
    };
    if let Some(fault) = header.fault.take() {
        return fault.into();
    }
    let row = listed(&header.first);
    if header.likely.is_empty() {
        return ManifestError::NoHeader { row };
    }
    let mut found = listed(&header.likely);
    if header.likely.len() == 1 && !header.of_workbook {
        found += " (cells are separated by commas, semicolons, tabs or bars)";
    }
    match Layout::of(&header.likely, mapping) {
        Err(LayoutFault::NoColumn(name)) => ManifestError::NoSuchColumn { name, found },
        Err(LayoutFault::Unknown(title)) => ManifestError::MissingColumn {
            title,
            found,
            example: header.example(),
        },
        // It fits, but for what stands there.
        Ok(_) => ManifestError::NoHeader { row },
    }
}

fn listed(titles: &[String]) -> String {
    let shown = titles.iter().take(SHOWN_COLUMNS).map(|title| {
        let title: String = title.trim().chars().take(60).collect();
        format!("\"{title}\"")
    });
    let mut list = shown.collect::<Vec<_>>().join(", ");
    if titles.len() > SHOWN_COLUMNS {
        list += &format!(" and {} more", titles.len() - SHOWN_COLUMNS);
    }
    list
}
