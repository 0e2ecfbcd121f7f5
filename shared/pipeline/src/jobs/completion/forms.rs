//! What each form of the results makes of a row of the CSV and its images.

use crate::jobs::csv::Line;
use crate::manifest::{Reading, Row, places};
use crate::request::{ImageStatus, ResultsFile};
use crate::results::{ImageResult, RowReport, RowResult, csv, json};
use crate::services::store::{Image, ResultsState};

/// One form.
pub(super) struct Form<'a> {
    file: ResultsFile,
    pub(super) reading: &'a Reading,
    output_base: &'a str,
    /// The header's titles, once it was met.
    titles: Vec<String>,
}

impl<'a> Form<'a> {
    pub(super) fn new(file: ResultsFile, reading: &'a Reading, output_base: &'a str) -> Self {
        let titles = Vec::new();
        Self {
            file,
            reading,
            output_base,
            titles,
        }
    }

    pub(super) fn content_type(&self) -> String {
        match self.file {
            ResultsFile::Csv => "text/csv; charset=utf-8".to_owned(),
            ResultsFile::Source => {
                "text/csv; charset=".to_owned() + self.reading.dialect.encoding.charset()
            }
            ResultsFile::Ndjson => "application/x-ndjson".to_owned(),
            ResultsFile::Json => "application/json".to_owned(),
        }
    }

    /// Sees every row, those too that are written already.
    pub(super) fn look_at(&mut self, line: &Line) {
        if self.is_header(line) {
            self.titles = line.record.texts().collect();
        }
    }

    fn is_header(&self, line: &Line) -> bool {
        matches!(line.row, Row::Other) && line.record.line == self.reading.dialect.header_line
    }

    /// What stands for a row, behind what `state` says is written.
    pub(super) fn row(
        &self,
        line: &Line,
        images: &[Image],
        state: &ResultsState,
    ) -> serde_json::Result<Vec<u8>> {
        if self.file == ResultsFile::Source {
            return Ok(self.source(line, images, state.row == 0));
        }
        let Some(report) = self.report(line, images) else {
            let header = self.file == ResultsFile::Csv && self.is_header(line);
            let further = self.further().map(|(_, title)| title);
            return Ok(if header {
                csv::header(further)
            } else {
                Vec::new()
            });
        };
        Ok(match self.file {
            ResultsFile::Ndjson => [&json::row(&report)?, &b"\n"[..]].concat(),
            ResultsFile::Json => {
                let before = if state.products == 0 { b"[\n" } else { b",\n" };
                [&before[..], &json::row(&report)?].concat()
            }
            ResultsFile::Csv | ResultsFile::Source => csv::row(&report),
        })
    }

    /// What stands behind the last row.
    pub(super) fn end(&self, state: &ResultsState) -> &'static [u8] {
        match (self.file, state.products) {
            (ResultsFile::Json, 0) => b"[]\n",
            (ResultsFile::Json, _) => b"\n]\n",
            _ => b"",
        }
    }

    /// The columns of the input that are none of ours, with their titles.
    fn further(&self) -> impl Iterator<Item = (usize, &str)> {
        let layout = &self.reading.dialect.layout;
        let ours = |place: &usize| {
            Some(*place) == layout.id
                || Some(*place) == layout.name
                || layout.images.contains(place)
        };
        let places = (0..layout.width).filter(move |place| !ours(place));
        places.map(|place| (place, self.titles.get(place).map_or("", String::as_str)))
    }

    /// What became of a row; `None` for one that is no row of data.
    fn report<'b>(&'b self, line: &'b Line, images: &[Image]) -> Option<RowReport<'b>> {
        let (layout, record) = (&self.reading.dialect.layout, &line.record);
        let cell = |place: Option<usize>| place.map_or("", |place| record.text(place).trim());
        let (mut id, mut name) = (cell(layout.id), cell(layout.name));
        let result = match &line.row {
            Row::Other => return None,
            Row::Product(product) => {
                (id, name) = (&product.serial_number, &product.name);
                RowResult::Images(images.iter().map(|image| self.image(image)).collect())
            }
            Row::NoImage => RowResult::NoImage,
            Row::Skipped(error) => RowResult::Skipped(error),
        };
        let further = self
            .further()
            .map(|(place, title)| (title, record.text(place)));
        Some(RowReport {
            row: record.line,
            id,
            name,
            result,
            further: further.collect(),
        })
    }

    fn image(&self, image: &Image) -> ImageResult {
        let failed = image.status == ImageStatus::Failed;
        let success = image.success.as_ref();
        ImageResult {
            output_url: self.output_url(image),
            input_url: image.input_url.clone(),
            status: image.status,
            round: image.round,
            bytes_in: success.map(|success| success.input.bytes),
            bytes_out: success.map(|success| success.output.bytes),
            kept: success.is_some_and(|success| success.kept),
            unchanged: success.is_some_and(|success| success.unchanged),
            notes: success.map_or_else(Vec::new, |success| success.notes.clone()),
            error: image.error.clone().filter(|_| failed),
        }
    }

    fn output_url(&self, image: &Image) -> Option<String> {
        super::output_url(self.output_base, image)
    }

    /// The row as it came, each URL whose image has an output replaced by the output's; the mark of its
    /// encoding in front of the first.
    fn source(&self, line: &Line, images: &[Image], first: bool) -> Vec<u8> {
        let dialect = &self.reading.dialect;
        let places = places(&line.record, &dialect.layout);
        let row = line.record.with(|cell, text| {
            let here = places
                .iter()
                .zip(images)
                .filter(|(place, _)| place.cell == cell);
            let mut changed = String::new();
            let mut copied = 0;
            for (place, image) in here {
                let Some(url) = self.output_url(image) else {
                    continue;
                };
                changed += &text[copied..place.span.start];
                changed += &url;
                copied = place.span.end;
            }
            (copied > 0).then(|| changed + &text[copied..])
        });
        let mark: &[u8] = if first {
            dialect.encoding.byte_order_mark()
        } else {
            b""
        };
        [mark, &dialect.encoding.encode(&row)].concat()
    }
}
