use super::*;

const LIMITS: ManifestLimits = ManifestLimits {
    max_rows: 3,
    max_urls_per_row: 2,
    max_images: 4,
    max_cell_bytes: 16,
};

/// Reads a CSV as it is read when it is accepted.
fn understand(csv: &[u8], hints: &Hints) -> Result<(Reading, Understood), ManifestError> {
    let look = Look::at(csv)?;
    let (dialect, titles) = Dialect::of(&look, &hints.mapping)?;
    let reading = Reading {
        dialect,
        hints: hints.clone(),
    };
    let understood = validate(csv, &reading, &titles, LIMITS)?;
    Ok((reading, understood))
}

fn products(csv: &[u8]) -> Vec<Product> {
    products_with(csv, &Hints::default())
}

fn products_with(csv: &[u8], hints: &Hints) -> Vec<Product> {
    let (reading, _) = understand(csv, hints).unwrap();
    let mut rows = Rows::open(csv, &reading, LIMITS).unwrap();
    let (mut record, mut products) = (Record::default(), Vec::new());
    while let Some(row) = rows.next(&mut record).unwrap() {
        if let Row::Product(product) = row {
            products.push(product);
        }
    }
    products
}

fn error(csv: &[u8]) -> ManifestError {
    understand(csv, &Hints::default()).unwrap_err()
}

/// The documented header over these rows.
fn under_header(rows: &str) -> String {
    format!("S. No.,Product Name,Input Image Urls\n{rows}")
}

#[test]
fn the_documented_form_is_read() {
    let csv = under_header("1,Chair,\"https://a/1.jpg, https://a/2.jpg\"\n");
    let expected = Product {
        row: 2,
        serial_number: "1".into(),
        name: "Chair".into(),
        urls: vec!["https://a/1.jpg".into(), "https://a/2.jpg".into()],
    };
    assert_eq!(products(csv.as_bytes()), [expected]);
}

#[test]
fn byte_order_mark_case_spaces_and_other_columns_are_forgiven() {
    let csv = "\u{feff}Colour, SERIAL number ,product_name,INPUT IMAGE URLS\r\nred,7, Chair ,https://a/1.jpg\r\n";
    let read = products(csv.as_bytes());
    assert_eq!(
        (read[0].serial_number.as_str(), read[0].name.as_str()),
        ("7", "Chair")
    );
}

#[test]
fn every_column_of_urls_is_read_and_unquoted_urls_spill_into_further_ones() {
    let csv = under_header("1,Chair,https://a/1.jpg,https://a/2.jpg\n");
    assert_eq!(products(csv.as_bytes())[0].urls.len(), 2);
    let twice = "S. No.,Input Image Urls,Product Name,Input Image Urls\n1,https://a/1.jpg,A,https://a/2.jpg\n";
    assert_eq!(
        products(twice.as_bytes())[0].urls,
        ["https://a/1.jpg", "https://a/2.jpg"]
    );
}

#[test]
fn lines_are_counted_over_blank_lines_and_quoted_new_lines() {
    let csv = "S. No.,Product Name,Input Image Urls\n\n1,\"two\nlines\",https://a/1.jpg\n\n\n3,C,https://a/3.jpg";
    for csv in [
        csv.to_owned(),
        csv.replace('\n', "\r\n"),
        csv.replace('\n', "\r"),
    ] {
        let lines: Vec<u64> = products(csv.as_bytes())
            .iter()
            .map(|product| product.row)
            .collect();
        assert_eq!(lines, [3, 7], "{csv:?}");
    }
}

#[test]
fn all_row_errors_come_with_their_line_and_code() {
    let csv =
        "S. No.,Product Name,Input Image Urls,Note\n1,A,,\n2,B,https://a/1.jpg,x,y\n3,C,nonsense\n";
    let error = error(csv.as_bytes());
    let found: Vec<_> = error
        .rows()
        .iter()
        .map(|row| (row.line, row.code.as_str()))
        .collect();
    assert_eq!(
        found,
        [(2, "no_url"), (3, "too_many_cells"), (4, "invalid_url")]
    );
    assert_eq!(error.code(), "invalid_rows");
}

#[test]
fn bounds_are_kept() {
    let many_rows = under_header(&"1,A,https://a/1.jpg\n".repeat(4));
    assert_eq!(error(many_rows.as_bytes()).code(), "too_many_rows");
    let many_urls = under_header("1,A,https://a/1 https://a/2 https://a/3\n");
    assert_eq!(error(many_urls.as_bytes()).rows()[0].code, "too_many_urls");
    let many_images = under_header(&"1,A,https://a/1 https://a/2\n".repeat(3));
    assert_eq!(error(many_images.as_bytes()).code(), "too_many_images");
    let long = under_header(&format!("1,{},https://a/1.jpg\n", "x".repeat(17)));
    let long = error(long.as_bytes());
    assert_eq!(long.rows()[0].code, "cell_too_long");
    assert_eq!(
        long.rows()[0].message,
        "the product's name has 17 bytes; at most 16 are taken (MaxCellBytes)"
    );
}

#[test]
fn unusable_files_say_why() {
    assert_eq!(error(b"").code(), "empty_file");
    assert_eq!(error(b" \n\n").code(), "empty_file");
    assert_eq!(
        error(b"S. No.,Product Name\n1,A\n").code(),
        "missing_column"
    );
    assert_eq!(error(under_header("").as_bytes()).code(), "no_products");
    let no_images = error(b"Handle,Title,Image Src\nchair,Chair,\n");
    assert_eq!(
        no_images.to_string(),
        "no row has an image URL under \"Image Src\""
    );
}

#[test]
fn a_file_that_cannot_be_read_may_be_read_again() {
    struct Broken;
    impl std::io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::ConnectionReset.into())
        }
    }
    let (reading, _) = understand(
        under_header("1,A,https://a/1\n").as_bytes(),
        &Hints::default(),
    )
    .unwrap();
    let error = validate(Broken, &reading, &[], LIMITS).unwrap_err();
    assert!(error.is_transient());
}

#[test]
fn a_quote_left_open_is_refused_with_its_line() {
    for (rows, line) in [
        ("1,A,https://a/1.jpg\n2,B,\"https://a/2.jpg\n", 3),
        ("1,\"A,https://a/1.jpg\n2,B,https://a/2.jpg\n", 2),
        ("1,A,https://a/1.jpg\n2,B,https://a/2.jpg,\"note", 3),
    ] {
        let error = error(under_header(rows).as_bytes());
        assert_eq!(error.code(), "malformed_csv");
        let said = error.to_string();
        let place = format!("the quote opened in line {line}, ");
        assert!(said.starts_with(&place), "{said}");
        assert!(!error.is_transient());
    }
}

#[test]
fn what_a_url_breaks_is_said_in_words() {
    let error = error(under_header("1,A,ftp://a\n2,B,photo.jpg\n").as_bytes());
    let said: Vec<_> = error
        .rows()
        .iter()
        .map(|row| row.message.as_str())
        .collect();
    assert_eq!(
        said,
        [
            "\"ftp://a\" cannot be fetched: it begins with ftp://; only http:// and https:// \
             addresses can be used",
            "\"photo.jpg\" cannot be fetched: it is not a complete address such as \
             https://shop.example/photo.jpg (http:// or https:// is missing); where paths begin can be \
             said with the field imageBase, such as https://shop.example/images"
        ]
    );
}

#[test]
fn what_no_address_is_comes_with_the_way_out() {
    let said = |csv: &str| error(csv.as_bytes()).rows()[0].message.clone();
    let row = said(&under_header("1,Chair, red,https://a/1.jpg\n"));
    assert!(
        row.ends_with("put a cell that holds the delimiter into quotes"),
        "{row}"
    );
    let html = said(&under_header("1,A,\"<img src=\"\"https://a/1.jpg\"\">\"\n"));
    assert!(
        html.contains("put nothing but addresses into the cell"),
        "{html}"
    );
    let magento = said("sku,name,base_image\nC-1,Chair,/c/h/chair.jpg\n");
    assert!(magento.ends_with("imageBase, such as https://shop.example/media/catalog/product"));
}

#[test]
fn media_of_one_place_for_all_shops_need_no_base() {
    let csv =
        "handleId,fieldType,name,productImageUrl\np1,Product,Chair,5a~mv2.jpg;https://a/1.jpg\n";
    assert_eq!(
        products(csv.as_bytes())[0].urls,
        [
            "https://static.wixstatic.com/media/5a~mv2.jpg",
            "https://a/1.jpg"
        ]
    );
}

#[test]
fn rows_below_a_product_go_on_with_it() {
    let csv = "Item,ID,Name,SKU,Image URL (Import)\nProduct,100,Chair,C-1,\nImage,200,,,https://a/1.jpg\n";
    let read = products(csv.as_bytes());
    assert_eq!(
        (read[0].serial_number.as_str(), read[0].name.as_str()),
        ("C-1", "Chair")
    );
    // Another handle is another product.
    let csv = "Handle,Title,Image Src\nchair,Chair,\ntable,,https://a/1.jpg\n";
    assert_eq!(products(csv.as_bytes())[0].name, "");
}

#[test]
fn a_header_that_is_repeated_is_no_product() {
    let csv = under_header("1,A,https://a/1.jpg\n");
    let twice = csv.clone() + &csv;
    assert_eq!(products(twice.as_bytes()).len(), 2);
    let (_, understood) = understand(twice.as_bytes(), &Hints::default()).unwrap();
    assert_eq!(understood.rows, 2);
    assert_eq!(
        understood.notes,
        ["Rows that repeat the header were passed over: 1."]
    );
}

#[test]
fn rows_that_are_mistakes_are_skipped_where_that_is_asked_for() {
    let csv = under_header("1,A,\n2,B,https://a/1.jpg\n3,C,nonsense\n");
    let hints = Hints {
        on_row_error: OnRowError::Skip,
        ..Hints::default()
    };
    let (_, understood) = understand(csv.as_bytes(), &hints).unwrap();
    assert_eq!(
        (understood.rows, understood.images, understood.skipped),
        (3, 1, 2)
    );
    let codes: Vec<_> = understood
        .skipped_rows
        .iter()
        .map(|row| row.code.as_str())
        .collect();
    assert_eq!(codes, ["no_url", "invalid_url"]);
    let none = under_header("1,A,\n");
    let none = understand(none.as_bytes(), &hints).unwrap_err();
    assert_eq!(none.code(), "invalid_rows");
}

#[test]
fn a_shops_export_is_read_without_editing() {
    let csv = "Handle,Title,Image Src,Variant Image\n\
               chair,Chair,https://a/1.jpg,https://a/2.jpg\n\
               chair,,https://a/1.jpg,\n\
               card,Gift card,,\n";
    let (reading, understood) = understand(csv.as_bytes(), &Hints::default()).unwrap();
    assert_eq!(understood.system.as_deref(), Some("Shopify"));
    assert_eq!(understood.columns.images, ["Image Src", "Variant Image"]);
    let counted = (
        understood.images,
        understood.duplicates,
        understood.rows_without_image,
    );
    assert_eq!(counted, (3, 1, 1));
    assert!(!reading.dialect.layout.images_required);
    let names: Vec<_> = products(csv.as_bytes())
        .into_iter()
        .map(|product| product.name)
        .collect();
    assert_eq!(names, ["Chair", "Chair"]);
}

#[test]
fn any_other_csv_is_read_by_mapping_and_relative_paths_have_a_base() {
    let csv = "ref;titre;photos\n7;Chaise;/m/a b.jpg|c.jpg\n";
    let hints = Hints {
        mapping: Mapping {
            image_columns: vec!["C".to_owned()],
            name_column: Some("titre".to_owned()),
            id_column: Some("ref".to_owned()),
        },
        image_base: Some("https://shop.example/media".to_owned()),
        on_row_error: OnRowError::Refuse,
    };
    let read = products_with(csv.as_bytes(), &hints);
    assert_eq!(
        (read[0].serial_number.as_str(), read[0].name.as_str()),
        ("7", "Chaise")
    );
    assert_eq!(
        read[0].urls,
        [
            "https://shop.example/media/m/a b.jpg",
            "https://shop.example/media/c.jpg"
        ]
    );
}

#[test]
fn windows_1252_and_utf_16_are_read_as_what_they_are() {
    let text = under_header("1,Stühle,https://a/1.jpg\n");
    let windows: Vec<u8> = text
        .chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap())
        .collect();
    let utf16: Vec<u8> = "\u{feff}"
        .encode_utf16()
        .chain(text.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    for (bytes, encoding) in [(windows, Encoding::Windows1252), (utf16, Encoding::Utf16Le)] {
        let (_, understood) = understand(&bytes, &Hints::default()).unwrap();
        assert_eq!(understood.encoding, encoding);
        // Windows-1252 is a guess, and is said.
        let guessed = encoding == Encoding::Windows1252;
        assert_eq!(understood.notes.len(), usize::from(guessed));
        assert_eq!(products(&bytes)[0].name, "Stühle");
    }
}

/// Rows that are not blank, and pieces in their third cell or behind it that begin as an address, by
/// another parser.
fn counted_by_another_parser(text: &str) -> (u64, u64) {
    let mut reader = csv::ReaderBuilder::new();
    let reader = reader.flexible(true).from_reader(text.as_bytes());
    let (mut rows, mut images) = (0, 0);
    for record in reader.into_records() {
        let record = record.unwrap();
        rows += u64::from(record.iter().any(|cell| !cell.trim().is_empty()));
        let pieces = record.iter().skip(2);
        let pieces = pieces.flat_map(|cell| cell.split([',', ';', ' ', '\n', '\r']));
        // Browsers take an address with fewer slashes, too.
        let starts = ["https:", "http:", "//"];
        let begins = |piece: &&str| starts.iter().any(|start| piece.starts_with(start));
        images += pieces.filter(begins).count() as u64;
    }
    (rows, images)
}

#[test]
fn nothing_of_a_random_csv_with_random_damage_is_lost() {
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    const CELLS: [&str; 6] = [
        "",
        "https://a/1.jpg",
        "\"https://a/2.jpg, https://a/3.jpg\"",
        "x",
        "\"a\n\"",
        "\"\"\"q\"\"\"",
    ];
    const DAMAGE: [&str; 6] = ["", "\"", ",", "\n", "\r", "x"];
    let limits = ManifestLimits {
        max_rows: 99,
        max_urls_per_row: 99,
        max_images: 99,
        max_cell_bytes: 99,
    };
    let hints = Hints {
        on_row_error: OnRowError::Skip,
        ..Hints::default()
    };
    let mut random = StdRng::seed_from_u64(22);
    let (mut whole, mut skipped, mut refused) = (0, 0, 0);
    for _ in 0..4_000 {
        let rows: String = (0..random.random_range(1..5))
            .map(|row| {
                let cells =
                    (0..random.random_range(0..3)).map(|_| CELLS[random.random_range(0..6)]);
                let cells: Vec<_> = cells.collect();
                format!("{row},P,https://a/0.jpg,{}\n", cells.join(","))
            })
            .collect();
        let mut text = under_header(&rows);
        if random.random_bool(0.7) {
            let header = under_header("").len();
            let at = random.random_range(header..=text.len());
            let end = (at + random.random_range(0..2)).min(text.len());
            text.replace_range(at..end, DAMAGE[random.random_range(0..6)]);
        }
        let look = Look::at(text.as_bytes()).unwrap();
        let read = Dialect::of(&look, &hints.mapping).and_then(|(dialect, titles)| {
            let hints = hints.clone();
            let reading = Reading { dialect, hints };
            validate(text.as_bytes(), &reading, &titles, limits)
        });
        match read {
            Ok(read) => {
                let (rows, images) = counted_by_another_parser(&text);
                assert_eq!(read.rows, rows, "{text:?}");
                // A row that is skipped says why, its images are not counted.
                let enough = if read.skipped == 0 {
                    read.images == images
                } else {
                    read.images <= images
                };
                assert!(enough, "{text:?} {read:?}");
                assert_eq!(read.skipped_rows.len() as u64, read.skipped);
                if read.skipped == 0 {
                    whole += 1
                } else {
                    skipped += 1
                }
            }
            Err(error) => {
                assert!(
                    matches!(
                        error.code().as_str(),
                        "malformed_csv" | "invalid_rows" | "no_products"
                    ),
                    "{error}: {text:?}"
                );
                refused += 1;
            }
        }
    }
    assert!(
        whole > 500 && skipped > 500 && refused > 100,
        "{whole} {skipped} {refused}"
    );
}
