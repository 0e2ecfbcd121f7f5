//! Excel workbooks: the first sheet by its rows, and back as CSV.

use std::io::{Cursor, Write};

use halftone_pipeline::request::OptionName;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::drops::{note, put};
use crate::exports::{came_back, same_in_every_form, work_off};
use crate::world::{World, later, upload};

const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const REL: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006/relationships";

/// A workbook with two sheets: rows with their numbers, and a second one that nobody reads.
fn workbook(rows: &[(u32, &[&str])]) -> Vec<u8> {
    let cell = |text: &&str| format!("<c t=\"inlineStr\"><is><t>{text}</t></is></c>");
    let rows = rows.iter().map(|(number, cells)| {
        let cells: String = cells.iter().map(cell).collect();
        format!("<row r=\"{number}\">{cells}</row>")
    });
    let rows: String = rows.collect();
    let sheet = format!("<worksheet xmlns=\"{MAIN}\"><sheetData>{rows}</sheetData></worksheet>");
    let book = format!(
        "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{REL}\"><sheets>\
         <sheet name=\"Products\" sheetId=\"1\" r:id=\"rId1\"/>\
         <sheet name=\"Notes\" sheetId=\"2\" r:id=\"rId1\"/></sheets></workbook>"
    );
    let relation = |kind: &str, target: &str| {
        format!(
            "<Relationships xmlns=\"{PACKAGE}\">\
             <Relationship Id=\"rId1\" Type=\"{REL}/{kind}\" Target=\"{target}\"/></Relationships>"
        )
    };
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in [
        ("_rels/.rels", relation("officeDocument", "xl/workbook.xml")),
        ("xl/workbook.xml", book),
        (
            "xl/_rels/workbook.xml.rels",
            relation("worksheet", "worksheets/sheet1.xml"),
        ),
        ("xl/worksheets/sheet1.xml", sheet),
    ] {
        archive
            .start_file(name, SimpleFileOptions::default())
            .unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

const HEADER: &[&str] = &["S. No.", "Product Name", "Input Image Urls"];

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_workbook_is_read_by_its_rows_and_comes_back_as_csv() {
    let world = World::new().await;
    let url = world.picture("/a.bmp");
    let rows: &[(u32, &[&str])] = &[
        (1, &["Spring catalogue"]),
        (3, HEADER),
        (5, &["1", "Two\nlines", &url]),
        (6, &["2", "Table", "nonsense"]),
    ];
    let mut sent = upload(String::new(), None);
    sent.file = workbook(rows).into();
    sent.wishes.set(OptionName::OnRowError, "skip").unwrap();
    let accepted = world.uploads().accept(sent, later()).await.unwrap();
    let understood = &accepted.understood;
    assert_eq!((understood.header_line, understood.images), (3, 1));
    // Row 6 of the sheet, though the name above it has two lines.
    assert_eq!(understood.skipped_rows[0].line, 6);
    let noted = &understood.notes[0];
    assert!(
        noted.contains("first sheet, \"Products\", is read"),
        "{noted}"
    );
    let images = work_off(&world, accepted.id).await;
    assert_eq!(images[0].row, 5);
    let results = same_in_every_form(&world, accepted.id).await;
    assert_eq!(
        (&results[0]["row"], &results[1]["row"]),
        (&5.into(), &6.into())
    );
    let output = format!("https://api.example/prod/output/{}/0/a.png", accepted.id);
    let back = String::from_utf8(came_back(&world, accepted.id).await).unwrap();
    let expected = format!(
        "Spring catalogue\n\nS. No.,Product Name,Input Image Urls\n\n\
         1,\"Two\nlines\",{output}\n2,Table,nonsense\n"
    );
    assert_eq!(back, expected);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_dropped_workbooks_note_names_the_sheets_that_are_left_out() {
    let world = World::new().await;
    let rows: &[(u32, &[&str])] = &[(1, HEADER), (2, &["1", "A", "http://a/1.jpg"])];
    let dropped = put(&world, "book.xlsx", workbook(rows), &[], "").await;
    for _ in 0..2 {
        world.drops().take_in(&dropped, later()).await.unwrap();
        let note = note(&world, "book.xlsx").await;
        assert_eq!(note["status"], "Pending");
        let said = note["notes"][0].as_str().unwrap();
        assert!(said.ends_with("if it is another (\"Notes\")."), "{said}");
    }
    let empty: &[(u32, &[&str])] = &[(1, &["Read the other sheet"])];
    let dropped = put(&world, "other.xlsx", workbook(empty), &[], "").await;
    world.drops().take_in(&dropped, later()).await.unwrap();
    let note = note(&world, "other.xlsx").await;
    assert_eq!(note["error"]["code"], "missing_column");
    let said = note["error"]["message"].as_str().unwrap();
    assert!(
        said.contains("Only the workbook's first sheet, \"Products\""),
        "{said}"
    );
}
