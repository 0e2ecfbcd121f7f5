use super::*;
use crate::manifest::{Dialect, Hints, Look, Mapping, Reading, validate};
use crate::request::{OutputOptions, OwnerId};
use crate::services::store::{NewRequest, Source, SourceKind};

const LIMITS: crate::manifest::ManifestLimits = crate::manifest::ManifestLimits {
    max_rows: 100,
    max_urls_per_row: 9,
    max_images: 100,
    max_cell_bytes: 99,
};

fn request(csv: &str) -> Request {
    let look = Look::at(csv.as_bytes()).unwrap();
    let (dialect, titles) = Dialect::of(&look, &Mapping::default()).unwrap();
    let reading = Reading {
        dialect,
        hints: Hints::default(),
    };
    let understood = validate(csv.as_bytes(), &reading, &titles, LIMITS).unwrap();
    let new = NewRequest {
        id: RequestId::random(),
        owner_id: OwnerId("owner".into()),
        source: Source {
            kind: SourceKind::Upload,
            bucket: None,
            key: None,
            version: None,
            sha256: String::new(),
            bytes: 0,
        },
        options: OutputOptions::default(),
        fresh: false,
        webhook_url: None,
        idempotency_key: None,
        now: Timestamp::now(),
        deadline_hours: 1,
        retention_days: 1,
    };
    new.accepted(reading, &understood)
}

/// Numbers of the images behind a checkpoint, each with the one it is a copy of.
async fn images(csv: &'static str, checkpoint: u64) -> Vec<(u64, Option<u64>)> {
    let mut request = request(csv);
    request.intake.checkpoint = checkpoint;
    let mut chunk = Chunk::new(&request, Timestamp::now());
    let reading = request.reading.as_ref().unwrap();
    let mut lines = csv::data(csv.into(), reading, None);
    while let Some(lines) = lines.recv().await {
        lines.unwrap().into_iter().for_each(|line| chunk.add(line));
    }
    let images = chunk.images.iter();
    images
        .map(|image| (image.place.ordinal, image.same_as))
        .collect()
}

const CSV: &str = "S. No.,Product Name,Input Image Urls\n\
                   1,A,https://a/1.jpg https://a/2.jpg\n\
                   2,B,https://a/3.jpg\n\
                   3,C,https://a/2.jpg https://a/4.jpg\n";

#[tokio::test]
async fn images_are_numbered_over_the_csv_and_copies_know_their_first() {
    let expected = [(0, None), (1, None), (2, None), (3, Some(1)), (4, None)];
    assert_eq!(images(CSV, 0).await, expected);
}

#[tokio::test]
async fn a_resumed_intake_begins_after_its_checkpoint_with_the_same_numbers() {
    assert_eq!(images(CSV, 3).await, [(3, Some(1)), (4, None)]);
    assert_eq!(images(CSV, 4).await, []);
}

#[tokio::test]
async fn a_csv_that_changed_is_an_error() {
    let request = request(CSV);
    let reading: &Reading = request.reading.as_ref().unwrap();
    let changed = "S. No.,Product Name,Input Image Urls\n1,A,\n";
    let mut lines = csv::data(changed.into(), reading, None);
    assert!(lines.recv().await.unwrap().is_err());
}
