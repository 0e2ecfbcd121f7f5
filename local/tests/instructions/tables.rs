//! The pure rules that every request goes through: its CSV, and its results.

use std::error::Error;
use std::fmt::Write;

use halftone_pipeline::manifest::{
    Dialect, Hints, Looking, ManifestLimits, Mapping, Reading, validate,
};
use halftone_pipeline::request::{ImageFailure, ImageStatus};
use halftone_pipeline::results::{ImageResult, RowReport, RowResult, csv, json};

use super::Work;

/// Rows, with two images each.
const ROWS: u64 = 300;

/// A shop's export: its dialect is found, all of it is validated.
pub fn read() -> Result<Work, Box<dyn Error>> {
    let table = export()?;
    Ok(Box::new(move || {
        let limits = ManifestLimits {
            max_rows: 10_000,
            max_urls_per_row: 50,
            max_images: 100_000,
            max_cell_bytes: 1000,
        };
        let mut looking = Looking::begin(&table[..])?;
        std::io::copy(&mut looking, &mut std::io::sink())?;
        let (dialect, titles) = Dialect::of(&looking.so_far(), &Mapping::default())?;
        let reading = Reading {
            dialect,
            hints: Hints::default(),
        };
        let understood = validate(&table[..], &reading, &titles, limits)?;
        Ok(usize::try_from(understood.images)?)
    }))
}

/// The rows of results, as CSV and as JSON.
pub fn write() -> Result<Work, Box<dyn Error>> {
    Ok(Box::new(|| {
        let mut bytes = 0;
        for row in 0..ROWS {
            let report = report(row);
            bytes += csv::row(&report).len() + json::row(&report)?.len();
        }
        Ok(bytes)
    }))
}

fn export() -> Result<Vec<u8>, std::fmt::Error> {
    let mut table = String::from("Handle,Title,Body (HTML),Vendor,Image Src,Image Position\r\n");
    for row in 0..ROWS {
        let name = format!("chair-{row}");
        let body = "\"<p>Solid ash, \"\"oiled\"\", seat of linen.</p>\r\n<p>Made to order</p>\"";
        for position in 1..=2 {
            let url = format!("https://cdn.shop.example/files/{name}_{position}.jpg?v=17{row:08}");
            write!(
                table,
                "{name},Chair {row},{body},Ash & Söhne,{url},{position}\r\n"
            )?;
        }
    }
    Ok(table.into_bytes())
}

fn report(row: u64) -> RowReport<'static> {
    let image = |position: u64| ImageResult {
        input_url: format!("https://shop.example/{row}-{position}.jpg"),
        output_url: (position == 0).then(|| format!("https://api.example/output/{row}.jpg")),
        status: match position {
            0 => ImageStatus::Succeeded,
            _ => ImageStatus::Failed,
        },
        error: (position > 0).then(|| ImageFailure {
            code: "http_status".to_owned(),
            message: "the origin answered 404".to_owned(),
            sniffed: None,
        }),
        kept: false,
        unchanged: false,
        notes: Vec::new(),
        round: 1,
        bytes_in: Some(100_000 + row),
        bytes_out: (position == 0).then_some(25_000 + row),
    };
    RowReport {
        row: row + 2,
        id: "1017",
        name: "Serving Bowl, \"large\"",
        result: RowResult::Images((0..2).map(image).collect()),
        further: vec![("Vendor", "=Ash & Söhne"), ("Price", "12,90")],
    }
}
