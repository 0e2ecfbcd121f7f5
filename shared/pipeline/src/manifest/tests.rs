use super::*;

const LIMITS: ManifestLimits = ManifestLimits {
    max_rows: 3,
    max_urls_per_row: 2,
    max_images: 4,
    max_cell_bytes: 16,
};

fn products(csv: &[u8]) -> Vec<Product> {
    let mut manifest = Manifest::open(csv, LIMITS).unwrap();
    std::iter::from_fn(|| manifest.next_product().unwrap()).collect()
}

fn error(csv: &[u8]) -> ManifestError {
    validate(csv, LIMITS).unwrap_err()
}

#[test]
fn the_documented_form_is_read() {
    let csv =
        b"S. No.,Product Name,Input Image Urls\n1,Chair,\"https://a/1.jpg, https://a/2.jpg\"\n";
    let expected = Product {
        row: 2,
        serial_number: "1".into(),
        name: "Chair".into(),
        urls: vec!["https://a/1.jpg".into(), "https://a/2.jpg".into()],
    };
    assert_eq!(products(csv), [expected]);
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
fn unquoted_urls_spill_into_further_columns() {
    let csv = b"S. No.,Product Name,Input Image Urls\n1,Chair,https://a/1.jpg,https://a/2.jpg\n";
    assert_eq!(products(csv)[0].urls.len(), 2);
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
    let csv = b"S. No.,Product Name,Input Image Urls\n1,A,\n2,\xff,https://a/1.jpg\n3,C,nonsense\n";
    let error = error(csv);
    let found: Vec<_> = error
        .rows()
        .iter()
        .map(|row| (row.line, row.code.as_str()))
        .collect();
    assert_eq!(found, [(2, "no_url"), (3, "not_utf8"), (4, "invalid_url")]);
    assert_eq!(error.code(), "invalid_rows");
}

#[test]
fn bounds_are_kept() {
    let header = "S. No.,Product Name,Input Image Urls\n";
    let many_rows = format!("{header}{}", "1,A,https://a/1.jpg\n".repeat(4));
    assert_eq!(error(many_rows.as_bytes()).code(), "too_many_rows");
    let many_urls = format!("{header}1,A,https://a/1 https://a/2 https://a/3\n");
    assert_eq!(error(many_urls.as_bytes()).rows()[0].code, "too_many_urls");
}

#[test]
fn unusable_files_say_why() {
    assert_eq!(error(b"").code(), "empty_file");
    assert_eq!(error(b" \n\n").code(), "empty_file");
    assert_eq!(error(b"\xff\xfeS").code(), "not_utf8");
    assert_eq!(
        error(b"S. No.,Product Name\n1,A\n").code(),
        "missing_column"
    );
    assert_eq!(
        error(b"S. No.,Product Name,Input Image Urls\n").code(),
        "no_products"
    );
}

#[test]
fn a_file_that_cannot_be_read_may_be_read_again() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::ConnectionReset.into())
        }
    }
    assert!(validate(Broken, LIMITS).unwrap_err().is_transient());
}

/// The documented header over these rows.
fn under_header(rows: &str) -> String {
    format!("S. No.,Product Name,Input Image Urls\n{rows}")
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
        assert!(
            said.starts_with(&format!("the quote opened in line {line}, ")),
            "{said}"
        );
        assert!(!error.is_transient());
    }
}

#[test]
fn cells_that_are_kept_with_each_image_are_bounded() {
    let csv = under_header(&format!("1,{},https://a/1.jpg\n", "x".repeat(17)));
    let error = error(csv.as_bytes());
    assert_eq!(error.rows()[0].code, "cell_too_long");
    assert_eq!(
        error.rows()[0].message,
        "the cell under Product Name has 17 bytes; at most 16 are taken (MaxCellBytes)"
    );
}

#[test]
fn a_request_has_only_so_many_images() {
    let rows = "1,A,https://a/1 https://a/2\n".repeat(3);
    let error = error(under_header(&rows).as_bytes());
    assert_eq!(error.code(), "too_many_images");
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
             https://shop.example/photo.jpg (http:// or https:// is missing)"
        ]
    );
}
