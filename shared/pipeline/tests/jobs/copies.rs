//! Images of one URL end with the first of them, however many they are.

use halftone_pipeline::jobs::copies;
use halftone_pipeline::request::ImageStatus;
use halftone_pipeline::services::store::EndedCopies;

use crate::world::{World, batch, later};

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn copies_end_so_many_at_a_time_and_go_on_where_they_stopped() {
    let world = World::new().await;
    let urls = vec![world.picture("/a.bmp"); 6];
    let id = world.accepted(&urls, None).await;
    let messages = world.queued().await;
    assert_eq!(messages.len(), 1);
    // A run that ended its image and some of the copies, and died.
    let images = world.store.images();
    let mut first = world.recorded(id).await.remove(0);
    first.status = ImageStatus::Failed;
    first.error = Some(halftone_pipeline::request::ImageFailure {
        code: "timeout".into(),
        message: "late".into(),
        sniffed: None,
    });
    let end = first.clone().end().unwrap();
    images.record(&[(messages[0], end)], &[]).await.unwrap();
    let ends = images.ends(&messages).await.unwrap();
    let expected = |copies, more| EndedCopies {
        of: [(0, copies)].into(),
        more,
    };
    let round = (id, messages[0].round);
    let some = images.end_copies(round, &ends[&round], 2).await.unwrap();
    assert_eq!(some, expected(2, true));
    let ended = |status: &_| *status == ImageStatus::Failed;
    let statuses = world
        .recorded(id)
        .await
        .into_iter()
        .map(|image| image.status);
    assert_eq!(statuses.filter(ended).count(), 3);
    // The next goes on behind those, and counts what it ended itself.
    let requests = copies::end_of(&world.store, &messages).await.unwrap();
    assert_eq!(requests[0].counts.failed, 3);
    let statuses = world
        .recorded(id)
        .await
        .into_iter()
        .map(|image| image.status);
    assert_eq!(statuses.filter(ended).count(), 6);
    let none = images.end_copies(round, &ends[&round], 2).await.unwrap();
    assert_eq!(none, EndedCopies::default());
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn more_copies_than_end_with_one_update_are_all_counted() {
    const IMAGES: usize = 1_100;
    let world = World::new().await;
    let urls = vec![world.picture("/a.bmp"); IMAGES];
    let id = world.accepted(&urls, None).await;
    let messages = batch(&world.queued().await, 1);
    assert_eq!(world.compress().run(&messages, later()).await, []);
    let request = world.request(id).await;
    assert_eq!(request.counts.succeeded, IMAGES as u64);
    let output = request.savings.bytes_out / IMAGES as u64;
    assert_eq!(request.savings.bytes_out, output * IMAGES as u64);
    assert!(output > 0);
    assert_eq!(world.told().await.len(), 1);
    assert!(world.completion().finish(id, later()).await.unwrap());
}
