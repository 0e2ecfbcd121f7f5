//! The rows of a CSV, one at a time: memory does not grow with the file.

use std::io::Read;

use super::bookmark::Bookmark;
use super::dialect::Dialect;
use super::encoding::{Decoded, Encoding};
use super::error::{ManifestError, RowError};
use super::layout::Layout;
use super::reading::{ManifestLimits, OnRowError, Reading};
use super::records::{Record, RecordError, Records};
use super::systems::{FurtherRows, System};
use super::urls;
use crate::url::UrlFault;

/// A product that has images.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// Line its row starts on, counted from 1.
    pub row: u64,
    /// Its id: what the CSV calls `S. No.`, or the shop's own.
    pub serial_number: String,
    /// Its name.
    pub name: String,
    /// Its images, in order; never empty.
    pub urls: Vec<String>,
}

/// Where an image's URL stands in its record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which cell.
    pub cell: usize,
    /// Which bytes of its text.
    pub span: std::ops::Range<usize>,
}

/// What one row is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// A product with images.
    Product(Product),
    /// A row without an image: a variant, a service.
    NoImage,
    /// A mistake that the caller wants skipped.
    Skipped(RowError),
    /// No row of data: the header, what is above it, a blank row.
    Other,
}

/// Why the next row could not be read.
#[derive(Debug)]
pub enum ProductError {
    /// This row is unusable; the next one may be read.
    Row(RowError),
    /// Nothing further can be read.
    Fatal(ManifestError),
}

/// The rows of a source.
pub struct Rows<R> {
    records: Records<Decoded<R>>,
    encoding: Encoding,
    /// Bytes of the source that were read as records.
    offset: u64,
    layout: Layout,
    image_base: Option<String>,
    on_row_error: OnRowError,
    limits: ManifestLimits,
    rows: u64,
    images: u64,
    /// Id and name of the row above.
    above: (String, String),
    /// Line of the header, while it is still to come.
    header_line: u64,
    /// Its titles, once it was read.
    titles: Vec<String>,
    /// Rows that repeat it, as where several exports were put together.
    pub(super) headers_again: u64,
    /// Rows that hold no data are wanted too.
    all: bool,
}

impl<R: Read> Rows<R> {
    /// All rows of `source`, from its first on.
    pub fn open_all(source: R, reading: &Reading, limits: ManifestLimits) -> Self {
        let layout = &reading.dialect.layout;
        let base = reading.hints.image_base.as_ref();
        let encoding = reading.dialect.encoding;
        Self {
            records: records(encoding.decode(source), &reading.dialect),
            encoding,
            offset: encoding.byte_order_mark().len() as u64,
            layout: layout.clone(),
            image_base: base.or(layout.image_base.as_ref()).cloned(),
            on_row_error: reading.hints.on_row_error,
            limits,
            rows: 0,
            images: 0,
            above: (String::new(), String::new()),
            header_line: reading.dialect.header_line,
            titles: Vec::new(),
            headers_again: 0,
            all: true,
        }
    }

    /// The rows under the header of `source`, which is written as `reading` says.
    ///
    /// # Errors
    /// When it cannot be read up to there.
    pub fn open(
        source: R,
        reading: &Reading,
        limits: ManifestLimits,
    ) -> Result<Self, ManifestError> {
        let mut rows = Self::open_all(source, reading, limits);
        rows.all = false;
        let mut header = Record::default();
        while header.line < rows.header_line {
            if !rows.read(&mut header)? {
                return Err(ManifestError::Empty);
            }
        }
        rows.is_header(&header);
        Ok(rows)
    }

    /// Goes on at a bookmark of the same CSV, which `rest` begins with.
    #[must_use]
    pub fn at(mut self, rest: R, bookmark: Bookmark, dialect: &Dialect) -> Self {
        let text = self.encoding.decode_rest(rest);
        self.records = records(text, dialect).from_line(bookmark.line);
        self.offset = bookmark.offset;
        self.above = bookmark.above.unwrap_or_default();
        self
    }

    /// Where to go on behind the row that was read last.
    pub fn bookmark(&self) -> Bookmark {
        let goes_on = self.layout.further_rows != FurtherRows::None;
        Bookmark {
            offset: self.offset,
            line: self.records.next_line(),
            above: goes_on.then(|| self.above.clone()),
        }
    }

    fn read(&mut self, record: &mut Record) -> Result<bool, RecordError> {
        let more = self.records.read(record)?;
        self.offset += self.encoding.bytes_of(record.raw());
        Ok(more)
    }

    /// The next row, read into `record`, or `None` after the last.
    ///
    /// # Errors
    /// [`ProductError::Row`] for a row that cannot be used, [`ProductError::Fatal`] when reading
    /// cannot go on.
    pub fn next(&mut self, record: &mut Record) -> Result<Option<Row>, ProductError> {
        loop {
            let more = self.read(record);
            if !more.map_err(|source| ProductError::Fatal(source.into()))? {
                return Ok(None);
            }
            if !self.is_header(record) && record.line > self.header_line && !record.is_blank() {
                break;
            }
            if self.all {
                return Ok(Some(Row::Other));
            }
        }
        if self.rows == self.limits.max_rows {
            let max = self.limits.max_rows;
            return Err(ProductError::Fatal(ManifestError::TooManyRows { max }));
        }
        self.rows += 1;
        let row = match self.row(record) {
            Ok(row) => row,
            Err(error) if self.on_row_error == OnRowError::Skip => Row::Skipped(error),
            Err(error) => return Err(ProductError::Row(error)),
        };
        if let Row::Product(product) = &row {
            self.images += product.urls.len() as u64;
        }
        if self.images > self.limits.max_images {
            let max = self.limits.max_images;
            return Err(ProductError::Fatal(ManifestError::TooManyImages { max }));
        }
        Ok(Some(row))
    }

    /// Whether a row is the header, or repeats it.
    fn is_header(&mut self, record: &Record) -> bool {
        if record.line == self.header_line {
            self.titles = record.texts().collect();
        }
        let mut cells = (0..record.len()).map(|cell| record.text(cell));
        let header = record.line >= self.header_line && cells.by_ref().eq(self.titles.iter());
        self.headers_again += u64::from(header && record.line > self.header_line);
        header
    }

    fn row(&mut self, record: &Record) -> Result<Row, RowError> {
        let line = record.line;
        if let Some(beyond) = self.beyond(record) {
            return Err(RowError::too_many_cells(line, beyond, self.layout.width));
        }
        let (serial_number, name) = self.product(record)?;
        let urls = self.urls(record)?;
        if urls.is_empty() {
            return if self.layout.images_required {
                Err(RowError::no_url(line))
            } else {
                Ok(Row::NoImage)
            };
        }
        let max = self.limits.max_urls_per_row;
        if urls.len() > max {
            return Err(RowError::too_many_urls(line, urls.len(), max));
        }
        Ok(Row::Product(Product {
            row: line,
            serial_number,
            name,
            urls,
        }))
    }

    /// How many cells a row has whose content no column holds.
    fn beyond(&self, record: &Record) -> Option<usize> {
        let cells = record.len();
        let held = self.layout.images_spill || cells <= self.layout.width;
        let content = || (self.layout.width..cells).any(|at| !record.text(at).trim().is_empty());
        (!held && content()).then_some(cells)
    }

    /// Id and name of the row's product: that of the row above where the row goes on with it.
    fn product(&mut self, record: &Record) -> Result<(String, String), RowError> {
        let mut id = self.kept(record, self.layout.id, "id")?;
        let mut name = self.kept(record, self.layout.name, "name")?;
        let goes_on = match self.layout.further_rows {
            FurtherRows::None => false,
            FurtherRows::SameId => id == self.above.0,
            FurtherRows::Nameless => true,
        };
        if goes_on && name.is_empty() {
            name.clone_from(&self.above.1);
            if id.is_empty() {
                id.clone_from(&self.above.0);
            }
        }
        self.above = (id.clone(), name.clone());
        Ok((id, name))
    }

    /// A cell that is kept with every image of its row.
    fn kept(&self, record: &Record, place: Option<usize>, what: &str) -> Result<String, RowError> {
        let cell = place.map_or("", |place| record.text(place)).trim();
        let max = self.limits.max_cell_bytes;
        if cell.len() > max {
            return Err(RowError::cell_too_long(record.line, what, cell.len(), max));
        }
        Ok(cell.to_owned())
    }

    fn urls(&self, record: &Record) -> Result<Vec<String>, RowError> {
        let base = self.image_base.as_deref();
        let url = |place: Place| {
            let text = &record.text(place.cell)[place.span];
            urls::absolute(text, base).map_err(|fault| self.invalid_url(record, text, &fault))
        };
        places(record, &self.layout).into_iter().map(url).collect()
    }

    /// What is wrong with an address, and how to put it right.
    fn invalid_url(&self, record: &Record, text: &str, fault: &UrlFault) -> RowError {
        let advice = if !urls::is_relative(fault) {
            String::new()
        } else if record.len() > self.layout.width {
            "; the row has more cells than the header: put a cell that holds the delimiter into quotes"
                .to_owned()
        } else if text.contains("://") {
            "; put nothing but addresses into the cell, with commas between them".to_owned()
        } else {
            let system = self.layout.system.as_deref().and_then(System::named);
            let like = system.and_then(|system| system.image_base_like);
            let like = like.unwrap_or("https://shop.example/images");
            format!("; where paths begin can be said with the field imageBase, such as {like}")
        };
        RowError::invalid_url(record.line, text, fault, &advice)
    }
}

/// The records of a text.
fn records<R: Read>(text: Decoded<R>, dialect: &Dialect) -> Records<Decoded<R>> {
    let records = Records::new(text, dialect.delimiter.byte());
    if dialect.of_workbook {
        records.counting_rows()
    } else {
        records
    }
}

/// Where the image URLs of a record are, in the order of its images.
pub fn places(record: &Record, layout: &Layout) -> Vec<Place> {
    let spill = layout.width..if layout.images_spill { record.len() } else { 0 };
    let after_last = layout.images.last().map_or(0, |last| last + 1)..layout.width;
    let empty_titles = if layout.images_spill {
        after_last
    } else {
        0..0
    };
    let cells = layout
        .images
        .iter()
        .copied()
        .chain(empty_titles)
        .chain(spill);
    let of_cell = |cell: usize| {
        let text = record.text(cell);
        let none = layout.no_image.iter().any(|none| none == text.trim());
        let spans = if none { Vec::new() } else { urls::spans(text) };
        spans.into_iter().map(move |span| Place { cell, span })
    };
    cells.flat_map(of_cell).collect()
}
