//! Exports of shop systems, as they come: through the pipeline and back, where only the URLs have
//! changed.
//!
//! The samples are written after each system's documentation (cited in `manifest/systems/table.rs`), with what
//! makes them awkward: quoted new lines, HTML, empty images, many columns.

use halftone_pipeline::manifest::{Encoding, OnRowError};
use halftone_pipeline::request::{OptionName, RequestId, ResultsFile, Wishes};
use halftone_pipeline::services::store::{Image, Reached};
use serde_json::Value;

use crate::world::{World, batch, later, upload};

/// Columns of the results before the input's further ones.
const OWN_COLUMNS: usize = 13;

/// An export: `{0}`, `{1}` … stand for its images in the order in which they are read.
struct Export {
    system: &'static str,
    text: &'static str,
    encoding: Encoding,
    /// Numbers of images whose URL stands for an earlier one too, each with that one.
    copies: &'static [(usize, usize)],
}

const fn utf8(system: &'static str, text: &'static str) -> Export {
    Export {
        system,
        text,
        encoding: Encoding::Utf8,
        copies: &[],
    }
}

const EXPORTS: [Export; 20] = [
    utf8(
        "Shopify",
        "Handle,Title,Body (HTML),Vendor,Option1 Value,Image Src,Image Position,Variant Image\n\
         chair,Chair,\"<p class=\"\"a\"\">Oak,\nwith arms</p>\",Ann,Red,{0},1,{1}\n\
         chair,,,,Blue,{2},2,\n\
         chair,,,,Green,,,\n\
         card,Gift card,,Ann,,,,\n",
    ),
    utf8(
        "Shopify",
        "Title,URL handle,Description,Product image URL,Image position,Variant image URL\r\n\
         Chair,chair,\"Line one\r\nline two\",{0},1,{1}\r\n\
         ,chair,,{2},2,\r\n",
    ),
    utf8(
        "WooCommerce",
        "ID,Type,SKU,Name,Published,Short description,Images,\"Attribute 1 value(s)\"\n\
         7,variable,C-1,Chair,1,\"<ul>\n<li>Oak</li></ul>\",\"{0}, {1}\",\"Red, Blue\"\n\
         8,variation,C-1-R,Chair - Red,1,,{2},Red\n\
         9,variation,C-1-B,Chair - Blue,1,,,Blue",
    ),
    Export {
        encoding: Encoding::Utf8Bom,
        ..utf8(
            "WooCommerce",
            "ID,Typ,Artikelnummer,Name,Veröffentlicht,Kurzbeschreibung,Bilder,Position\n\
             7,variable,C-1,Stuhl,1,\"<p>Eiche,\nmassiv</p>\",\"{0}, {1}\",0\n\
             8,variation,C-1-R,\"Stuhl - \"\"Rot\"\"\",1,,,1\n",
        )
    },
    utf8(
        "Google Merchant Center or Meta catalogue",
        "id\ttitle\tdescription\tlink\timage_link\tadditional_image_link\tprice\n\
         1\tChair\tOak, \"with\" arms\thttps://shop.example/chair\t{0}\t{1},{2}\t9.00 EUR\n\
         2\tTable\t\thttps://shop.example/table\t{3}\t\t19.00 EUR\n",
    ),
    utf8(
        "Google Merchant Center or Meta catalogue",
        "# Required,# Required,# Optional,# Optional\n\
         id,title,image_link,image[0].url\n\
         1,\"Chair, oak\",{0},{1}\n",
    ),
    Export {
        copies: &[(1, 0), (2, 0)],
        ..utf8(
            "Magento or Adobe Commerce",
            "sku,store_view_code,name,description,base_image,small_image,thumbnail_image,additional_images\n\
             C-1,,Chair,\"<b>Oak</b>\",{0},{0},{0},\"{3},{4}\"\n\
             C-1,de,Stuhl,,,,,\nC-2,,Stool,,no_selection,no_selection,,\n",
        )
    },
    utf8(
        "BigCommerce",
        "Item Type,Product ID,Product Name,Product Code/SKU,Product Image File - 1,Product Image URL - 1,Product Image URL - 2\n\
         Product,1,Chair,C-1,,{0},{1}\n\
         SKU,,[S]Colour=Red,C-1-R,,,\n",
    ),
    utf8(
        "BigCommerce",
        "Product Name,Product Code/SKU,Product Image File - 1,Product Image URL - 1,Product Image ID - 1,Product Image Sort - 1\n\
         Chair,C-1,d/123/chair__1.jpg,{0},17,0\nTable,T-1,,,,\n",
    ),
    utf8(
        "BigCommerce",
        "Item,ID,Name,Type,SKU,Options,Description,Variant Image URL,Internal Image URL (Export),Image URL (Import),Image is Thumbnail\r\n\
         Product,100,Chair,physical,C-1,,\"<p>Oak</p>\",,,,\r\n\
         Variant,7,,,C-1-R,Type=Swatch|Name=Colour|Value=Red,,{0},,,\r\n\
         Image,200,,,,,,,{1},,TRUE\r\nImage,201,,,,,,,,{2},FALSE\r\n",
    ),
    Export {
        encoding: Encoding::Windows1252,
        ..utf8(
            "PrestaShop",
            "Product ID;Active (0/1);Name *;Categories (x,y,z...);Image URLs (x,y,z...);Résumé\r\n\
             1;1;Chaise;\"Salon,Séjour\";{0},{1};\"déjà \"\"vu\"\"\"\r\n\
             2;1;Table;;{2};\r\n",
        )
    },
    utf8(
        "PrestaShop",
        "\"Product ID\";Image;Name;Reference;Category;\"Price (tax excl.)\"\n\
         1;{0};\"Chaise; chêne\";C-1;Salon;9.00\n",
    ),
    utf8(
        "Wix",
        "handle,fieldType,name,visible,plainDescription,media,mediaAltText,sku\n\
         chair,PRODUCT,Chair,TRUE,\"<p>Oak,\nwith arms</p>\",{0},Front,C-1\n\
         chair,MEDIA,,,,{1},,\nchair,VARIANT,,,,,,C-1-R\n",
    ),
    utf8(
        "Wix",
        "handleId,fieldType,name,description,productImageUrl,collection\n\
         p1,Product,Chair,\"<p>Oak</p>\",{0};{1},All\n\
         p1,Variant,,,,\n",
    ),
    utf8(
        "Squarespace",
        "Product ID [Non Editable],Variant ID [Non Editable],Product Type [Non Editable],Title,SKU,Hosted Image URLs\n\
         a1,v1,PHYSICAL,Chair,C-1,\"{0} {1}\n{2}\"\n\
         ,v2,,,C-2,\n",
    ),
    utf8(
        "Etsy",
        "TITLE,DESCRIPTION,PRICE,CURRENCY_CODE,QUANTITY,IMAGE1,IMAGE2,IMAGE3,SKU\n\
         Chair,\"Oak\n\nHandmade\",9.00,EUR,3,{0},{1},,C-1\n",
    ),
    utf8(
        "Amazon",
        "TemplateType=fptcustom\tVersion=2026.0101\tThe top 3 rows are for Amazon.com use only.\n\
         Product Type\tSeller SKU\tProduct Name\tMain Image URL\tOther Image URL\n\
         feed_product_type\titem_sku\titem_name\tmain_image_url\tother_image_url1\n\
         chair\tC-1\tOak \"Grand\" Chair\t{0}\t{1}\n",
    ),
    utf8(
        "Amazon",
        "settings=attributeRow=3\tcontentLanguageTag=en_US\t\t\n\
         SKU\tItem Name\tMain Image URL\tOther Image URL\n\
         contribution_sku#1.value\titem_name[marketplace_id=ATVPDKIKX0DER]#1.value\t\
         main_product_image_locator[marketplace_id=ATVPDKIKX0DER]#1.media_location\t\
         other_product_image_locator_1[marketplace_id=ATVPDKIKX0DER]#1.media_location\n\
         C-1\tOak Chair\t{0}\t{1}\n",
    ),
    Export {
        encoding: Encoding::Utf16Le,
        ..utf8(
            "",
            "sep=;\r\nS. No.;Product Name;Input Image Urls;Preis\r\n\
             1;Stühle;{0}|{1};=1+2\r\n\r\n2;Tisch;\"{2}\";\"1,5\"\r\n",
        )
    },
    Export {
        encoding: Encoding::Utf8Bom,
        ..utf8(
            "",
            "Spring catalogue,,,\n,,,\nS. No.,Product Name,Input Image Urls,Input Image Urls\r\
             1,\"Chair \"\"A\"\"\",{0},{1}\n2,Table,{2},\n",
        )
    },
];

impl Export {
    /// Its text with these in the places of its images.
    fn with(&self, image: impl Fn(usize) -> String) -> String {
        let mut text = self.text.to_owned();
        for number in 0..10 {
            text = text.replace(&format!("{{{number}}}"), &image(number));
        }
        text
    }

    fn bytes(&self, image: impl Fn(usize) -> String) -> Vec<u8> {
        let text = self.encoding.encode(&self.with(image));
        [self.encoding.byte_order_mark(), &text].concat()
    }

    /// Images in it, copies counted.
    fn images(&self) -> usize {
        self.text.matches('{').count()
    }
}

/// Works a request off, to its end.
pub async fn work_off(world: &World, id: RequestId) -> Vec<Image> {
    let messages = batch(&world.queued().await, 1);
    assert_eq!(world.compress().run(&messages, later()).await, []);
    assert!(world.completion().finish(id, later()).await.unwrap());
    world.recorded(id).await
}

pub async fn came_back(world: &World, id: RequestId) -> Vec<u8> {
    world.results_as(id, ResultsFile::Source).await
}

/// Holds both JSON forms of the results against the CSV, row by row.
pub async fn same_in_every_form(world: &World, id: RequestId) -> Vec<Value> {
    let ndjson = world.results_as(id, ResultsFile::Ndjson).await;
    let lines = ndjson.split(|byte| *byte == b'\n');
    let lines = lines.filter(|line| !line.is_empty());
    let rows: Vec<Value> = lines
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect();
    let json = world.results_as(id, ResultsFile::Json).await;
    assert_eq!(serde_json::from_slice::<Vec<Value>>(&json).unwrap(), rows);
    let results = world.results(id).await;
    let mut reader = csv::Reader::from_reader(results.trim_start_matches('\u{feff}').as_bytes());
    let titles = reader.headers().unwrap().clone();
    let records: Vec<_> = reader.into_records().map(Result::unwrap).collect();
    assert_eq!(records.len(), rows.len());
    for (record, row) in records.iter().zip(&rows) {
        let of_images = |name: &str| {
            let images = row["images"].as_array().unwrap().iter();
            let texts: Vec<_> = images.map(|image| text(&image[name])).collect();
            let blank = texts.iter().all(String::is_empty);
            if blank {
                String::new()
            } else {
                texts.join(", ")
            }
        };
        let unquoted: Vec<_> = record
            .iter()
            .map(|cell| cell.trim_start_matches('\''))
            .collect();
        assert_eq!(unquoted[0], text(&row["serialNumber"]));
        assert_eq!(unquoted[1], text(&row["productName"]));
        assert_eq!(unquoted[2], of_images("inputUrl"));
        assert_eq!(unquoted[3], of_images("outputUrl"));
        assert_eq!(unquoted[4], of_images("status") + &text(&row["status"]));
        assert_eq!(unquoted[6], of_images("bytesIn"));
        assert_eq!(unquoted[7], of_images("bytesOut"));
        let columns = row["columns"].as_array().unwrap();
        assert_eq!(columns.len(), record.len() - OWN_COLUMNS);
        for (place, column) in (OWN_COLUMNS..).zip(columns) {
            assert_eq!(text(&column["title"]), titles[place]);
            assert_eq!(unquoted[place], text(&column["value"]));
        }
    }
    rows
}

/// A JSON value as a cell of the CSV has it.
fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn every_systems_export_comes_back_with_only_its_urls_changed() {
    let world = World::new().await;
    for (place, export) in EXPORTS.iter().enumerate() {
        let url = |number| world.picture(&format!("/{place}/{number}.bmp"));
        let mut sent = upload(String::new(), None);
        sent.file = export.bytes(url).into();
        let accepted = world.uploads().accept(sent, later()).await;
        let accepted = accepted.unwrap_or_else(|error| panic!("{}: {error:?}", export.system));
        let (id, understood) = (accepted.id, accepted.understood);
        assert_eq!(
            understood.system.as_deref().unwrap_or_default(),
            export.system
        );
        assert_eq!(understood.encoding, export.encoding, "{}", export.system);
        assert_eq!(
            usize::try_from(understood.images).unwrap(),
            export.images(),
            "{}",
            export.system
        );
        assert_eq!(understood.duplicates, export.copies.len() as u64);
        let images = work_off(&world, id).await;
        assert_eq!(images.len(), export.images());
        // Each URL was fetched once, and stands in the file as its first output.
        let output =
            |number: usize| format!("https://api.example/prod/output/{id}/{number}/{number}.png");
        for (copy, first) in export.copies {
            assert_eq!(images[*copy].same_as, Some(*first as u64));
        }
        let hits = |number| world.origin.hits(&format!("/{place}/{number}.bmp"));
        assert!((0..10).all(|number| hits(number) <= 1), "{}", export.system);
        let back = came_back(&world, id).await;
        let expected = export.bytes(output);
        assert_eq!(
            String::from_utf8_lossy(&back),
            String::from_utf8_lossy(&expected),
            "{}",
            export.system
        );
        // A line for each row, and nothing else.
        let results = world.results(id).await;
        let lines = csv_rows(&results);
        assert_eq!(
            lines as u64,
            understood.rows + 1,
            "{}: {results}",
            export.system
        );
        same_in_every_form(&world, id).await;
    }
}

/// Rows of a results CSV, by another parser, which refuses ragged ones.
fn csv_rows(text: &str) -> usize {
    let mut reader = csv::ReaderBuilder::new();
    let reader = reader.has_headers(false).from_reader(text.as_bytes());
    reader.into_records().map(Result::unwrap).count()
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_hundred_columns_and_a_note_of_what_the_shop_takes_come_back() {
    let world = World::new().await;
    let titles: Vec<_> = (0..100).map(|n| format!("Metafield {n}")).collect();
    let cells: Vec<_> = (0..100).map(|n| format!("\"a\"\"{n}\n\"")).collect();
    let (titles, cells) = (titles.join(","), cells.join(","));
    let export =
        |image: &str| format!("Handle,Title,{titles},Image Src\nc,Chair,{cells},{image}\n");
    let mut sent = upload(export(&world.picture("/a.bmp")), None);
    sent.wishes.set(OptionName::Format, "avif").unwrap();
    let accepted = world.uploads().accept(sent, later()).await.unwrap();
    let notes = accepted.understood.notes.join(" ");
    assert!(
        notes.contains("Shopify imports JPEG, PNG, GIF and WebP; it may refuse AVIF"),
        "{notes}"
    );
    work_off(&world, accepted.id).await;
    let output = format!("https://api.example/prod/output/{}/0/a.avif", accepted.id);
    let back = String::from_utf8(came_back(&world, accepted.id).await).unwrap();
    assert_eq!(back, export(&output));
    assert_eq!(world.request(accepted.id).await.notes.join(" "), notes);
    same_in_every_form(&world, accepted.id).await;
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn failed_images_keep_their_url_and_skipped_rows_say_why() {
    let world = World::new().await;
    let missing = world.origin.url("/missing.jpg");
    let good = world.picture("/good.bmp");
    let csv = format!(
        "Product Name,Colour,S. No.,Input Image Urls\n\
         Chair,=red,1,\"{good} , {missing}\"\nTable,blue,2,nonsense\nLamp,,3,{good}\n"
    );
    let mut sent = upload(csv.clone(), None);
    sent.wishes.set(OptionName::OnRowError, "skip").unwrap();
    let accepted = world.uploads().accept(sent, later()).await.unwrap();
    assert_eq!(accepted.understood.skipped, 1);
    work_off(&world, accepted.id).await;
    let output = format!("https://api.example/prod/output/{}/0/good.png", accepted.id);
    let back = String::from_utf8(came_back(&world, accepted.id).await).unwrap();
    assert_eq!(back, csv.replace(&good, &output));
    assert_eq!(world.origin.hits("/good.bmp"), 1);
    let results = world.results(accepted.id).await;
    let lines: Vec<&str> = results.lines().collect();
    assert!(
        lines[0].ends_with("Error Detail,Kept,Notes,Round,Unchanged,Colour"),
        "{results}"
    );
    assert!(
        lines[1].contains("\"Succeeded, Failed\",\", http_status\""),
        "{results}"
    );
    assert!(lines[1].ends_with(",'=red"), "{results}");
    assert!(
        lines[2].starts_with("2,Table,,,Skipped,invalid_url,"),
        "{results}"
    );
    assert!(lines[3].starts_with("3,Lamp,"), "{results}");
    let rows = same_in_every_form(&world, accepted.id).await;
    assert_eq!(rows[0]["row"], 2);
    assert_eq!(rows[0]["images"][1]["error"]["code"], "http_status");
    assert_eq!(rows[0]["columns"][0]["value"], "=red");
    assert_eq!(rows[1]["status"], "Skipped");
    assert_eq!(rows[1]["error"]["code"], "invalid_url");
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_copy_that_is_recorded_after_its_first_has_ended_ends_too() {
    let world = World::new().await;
    let url = world.picture("/a.bmp");
    let rows: Vec<String> = (0..600).map(|n| format!("{n},P,{url}\n")).collect();
    let csv = format!("S. No.,Product Name,Input Image Urls\n{}", rows.concat());
    let accepted = world
        .uploads()
        .accept(upload(csv, None), std::time::Instant::now())
        .await;
    let id = accepted.unwrap().id;
    // The first chunk alone.
    let requests = world.store.requests();
    let request = requests.claim_intake(id, 60).await.unwrap().unwrap();
    let first = Image::of_product(
        &request,
        &halftone_pipeline::manifest::Product {
            row: 2,
            serial_number: "0".into(),
            name: "P".into(),
            urls: vec![url],
        },
        0,
        world.store.now(),
    );
    world.store.images().insert(&first).await.unwrap();
    let reached = Reached {
        row: 2,
        next_ordinal: 1,
        bookmark: None,
    };
    requests.checkpoint_intake(id, &reached, 60).await.unwrap();
    let message = first[0].message();
    assert_eq!(
        world.compress().run(&batch(&[message], 1), later()).await,
        []
    );
    requests.release_intake(id).await.unwrap();
    let csv = halftone_pipeline::jobs::intake::Csv::Kept;
    world.intake().go_on(id, csv, later()).await.unwrap();
    assert_eq!(world.queued().await, []);
    assert_eq!(world.request(id).await.counts.succeeded, 600);
    assert_eq!(world.told().await.len(), 1);
    assert!(world.completion().finish(id, later()).await.unwrap());
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_dry_run_understands_and_keeps_nothing() {
    let world = World::new().await;
    let mut sent = upload("ref;photo\n1;https://a/1.jpg\n2;x\n".to_owned(), None);
    let refused = world.uploads().understand(&mut sent).unwrap_err();
    assert_eq!(refused.code(), "missing_column");
    let mut wishes = Wishes::default();
    wishes.set(OptionName::ImageColumns, "photo").unwrap();
    wishes.hints.on_row_error = OnRowError::Skip;
    sent.wishes = wishes;
    let (_, understood) = world.uploads().understand(&mut sent).unwrap();
    assert_eq!((understood.images, understood.skipped), (1, 1));
    assert_eq!(understood.first_images[0].input_url, "https://a/1.jpg");
    assert_eq!(world.queued().await, []);
}
