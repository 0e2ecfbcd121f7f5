//! Many images at once.

use halftone_origin::Origin;
use halftone_tests::drops::{note, put};
use halftone_tests::stack::{Stack, alone, csv, small_photo};
use halftone_tests::wait::until;
use std::time::Duration;

/// Eight minutes for the bundled database and two processors, and as much to spare.
const LIMIT: Duration = Duration::from_secs(16 * 60);

#[tokio::test]
#[ignore = "needs the local stack: cargo local test --long"]
async fn twenty_thousand_images_all_arrive_once() {
    const IMAGES: usize = 20_000;
    let _stack = alone().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let photo = origin.serve("/a.jpg", small_photo());
    let urls: Vec<_> = (0..IMAGES)
        .map(|number| format!("{photo}?{number}"))
        .collect();
    put(&stack, "volume.csv", &csv(&urls), &[]).await;
    let note = note(&stack, "volume.csv").await;
    let id = note["requestId"].as_str().unwrap();
    let ended = until("all images are done", LIMIT, async || {
        let answer = stack
            .get(&format!("/api/v1/images/status/{id}?limit=1"))
            .await;
        let body = (answer.status == 200).then(|| answer.json());
        body.filter(|body| body["status"] != "Pending")
    })
    .await;
    assert_eq!(ended["progress"]["succeeded"], IMAGES);
    assert_eq!(stack.results(id).await.lines().count(), IMAGES + 1);
    let paths: std::collections::HashSet<_> = origin
        .all_requests()
        .into_iter()
        .map(|request| request.target)
        .collect();
    assert_eq!(paths.len(), IMAGES);
}
