//! Tables: CSV in each of its dialects, and workbooks.

use std::io::{self, Read};

use halftone_pipeline::jobs::accept;
use halftone_pipeline::manifest::{
    Delimiter, Encoding, Hints, Look, ManifestError, ManifestLimits, OnRowError, Reading, Record,
    Row, Rows, Understood, Workbook, is_zip, places, validate,
};

/// Small, so that they are met.
const LIMITS: ManifestLimits = ManifestLimits {
    max_rows: 200,
    max_urls_per_row: 20,
    max_images: 300,
    max_cell_bytes: 100,
};

/// What an image's URL becomes.
const OUTPUT: &str = "https://outputs.example/a.jpg";

/// The first byte says how it is read: as it seems to be written, or in a dialect of those that there are.
pub fn csv(bytes: &[u8]) {
    let Some((&how, file)) = bytes.split_first() else {
        return;
    };
    let hints = Hints {
        image_base: (how & 1 > 0).then(|| "https://shop.example/media/".to_owned()),
        on_row_error: [OnRowError::Refuse, OnRowError::Skip][usize::from(how >> 1 & 1)],
        ..Hints::default()
    };
    let Ok(look) = Look::at(file) else { return };
    let Ok((mut reading, titles)) = accept::reading(&look, &hints) else {
        return;
    };
    let as_it_seems = how >> 2 & 31;
    let forced = as_it_seems.checked_sub(8);
    if let Some(forced) = forced {
        use {Delimiter as D, Encoding as E};
        reading.dialect.delimiter =
            [D::Comma, D::Semicolon, D::Tab, D::Pipe][usize::from(forced & 3)];
        let encodings = [E::Utf8, E::Utf8Bom, E::Utf16Le, E::Utf16Be, E::Windows1252];
        reading.dialect.encoding = encodings[usize::from(forced >> 2) % encodings.len()];
    }
    let understood = validate(file, &reading, &titles, LIMITS);
    let slowly = validate(Slow(file), &reading, &titles, LIMITS);
    assert_eq!(said(&understood), said(&slowly), "it matters how it comes");
    if let Ok(understood) = understood {
        goes_back(file, &reading, &understood, forced.is_none());
    }
}

/// What is told of it.
fn said(read: &Result<Understood, ManifestError>) -> String {
    match read {
        Ok(understood) => format!(
            "{} {} {:?}",
            understood.rows, understood.images, understood.notes
        ),
        Err(error) => error.to_string(),
    }
}

/// A byte or three at a time.
struct Slow<'a>(&'a [u8]);

impl Read for Slow<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let some = buffer.len().min(1 + self.0.len() % 3);
        self.0.read(&mut buffer[..some])
    }
}

/// The rows, as they came, are the file again; with other URLs they are the same products with those.
fn goes_back(file: &[u8], reading: &Reading, understood: &Understood, is_as_it_came: bool) {
    let (mut as_it_came, mut replaced) = (String::new(), String::new());
    let mut images = 0;
    let mut all = Rows::open_all(file, reading, LIMITS);
    let mut record = Record::default();
    while let Some(row) = all.next(&mut record).expect("it was understood") {
        as_it_came += &record.with(|_, _| None);
        let urls = places(&record, &reading.dialect.layout);
        let count = match row {
            Row::Product(product) => product.urls.len(),
            _ => 0,
        };
        if count > 0 {
            assert_eq!(urls.len(), count, "an output for each image");
        }
        images += count;
        replaced += &record.with(|cell, text| {
            let mut changed = text.to_owned();
            let here = urls
                .iter()
                .rev()
                .filter(|place| count > 0 && place.cell == cell);
            let mut any = false;
            for place in here {
                changed.replace_range(place.span.clone(), OUTPUT);
                any = true;
            }
            any.then_some(changed)
        });
    }
    assert_eq!(images as u64, understood.images);
    let encode = |text: &str| {
        let encoding = reading.dialect.encoding;
        [encoding.byte_order_mark(), &encoding.encode(text)].concat()
    };
    if is_as_it_came {
        assert!(encode(&as_it_came) == file, "it is not as it came");
    }
    let bytes = encode(&replaced);
    let mut again = Rows::open_all(&*bytes, reading, LIMITS);
    let mut others = 0;
    while let Some(row) = again
        .next(&mut record)
        .expect("the import reads as the export")
    {
        if let Row::Product(product) = row {
            assert!(
                product.urls.iter().all(|url| url == OUTPUT),
                "{:?}",
                product.urls
            );
            others += product.urls.len();
        }
    }
    assert_eq!(others, images);
}

/// A workbook becomes a CSV, which is read as any.
pub fn workbook(bytes: &[u8]) {
    if !is_zip(bytes) {
        return;
    }
    let Ok(workbook) = Workbook::read(bytes) else {
        return;
    };
    let Ok(mut look) = Look::at(&workbook.csv[..]) else {
        return;
    };
    look.of_workbook = true;
    if let Ok((reading, titles)) = accept::reading(&look, &Hints::default()) {
        let _ = validate(&workbook.csv[..], &reading, &titles, LIMITS);
    }
}
