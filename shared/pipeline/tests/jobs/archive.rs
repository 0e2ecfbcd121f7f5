//! All outputs of a request as a ZIP.

use std::io::{Cursor, Read};
use std::time::Instant;

use halftone_origin::Answer;
use halftone_pipeline::jobs::completion::CompletionError;
use halftone_pipeline::jobs::control::Control;
use halftone_pipeline::request::{RequestId, ResultsFile};
use halftone_pipeline::services::blobs::Key;
use halftone_pipeline::services::queue::FinalizeMessage;

use crate::world::{World, batch, later};

const MEBIBYTE: usize = 1024 * 1024;

impl World {
    /// A request of so many pictures that has ended; one more failed.
    async fn made(&self, pictures: usize) -> RequestId {
        let picture = |n| self.picture(&format!("/{n}.bmp"));
        let mut urls: Vec<String> = (0..pictures).map(picture).collect();
        self.origin.on("/gone.bmp", |_| Answer::status(404));
        urls.insert(1, self.origin.url("/gone.bmp"));
        let id = self.accepted(&urls, None).await;
        let messages = batch(&self.queued().await, 1);
        self.compress().run(&messages, later()).await;
        assert!(self.completion().finish(id, later()).await.unwrap());
        self.told().await;
        id
    }

    async fn archive(&self, id: RequestId, until: Instant) -> Result<(), CompletionError> {
        self.completion().archive((id, 1), until).await
    }

    /// The keys of a request's outputs.
    async fn output_keys(&self, id: RequestId) -> Vec<String> {
        let images = self.recorded(id).await.into_iter();
        images
            .filter_map(|image| Some(image.success?.output_key))
            .collect()
    }

    /// The files of a request's ZIP, with what they have.
    async fn unzipped(&self, id: RequestId) -> Vec<(String, Vec<u8>)> {
        let bytes = self.output(&Key::Archive(id, 1).to_string()).await;
        let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut files = Vec::new();
        for place in 0..zip.len() {
            let (mut file, mut content) = (zip.by_index(place).unwrap(), Vec::new());
            file.read_to_end(&mut content).unwrap();
            files.push((file.name().unwrap().into_owned(), content));
        }
        files
    }
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_zip_has_each_output_under_its_line_and_product() {
    let world = World::new().await;
    let id = world.made(3).await;
    world.archive(id, later()).await.unwrap();
    let files = world.unzipped(id).await;
    let names: Vec<_> = files.iter().map(|(name, _)| name.as_str()).collect();
    let expected = [
        "0002-Product-1/1-0.png",
        "0004-Product-3/1-1.png",
        "0005-Product-4/1-2.png",
    ];
    assert_eq!(names, expected);
    for ((_, content), key) in files.iter().zip(world.output_keys(id).await) {
        assert_eq!(*content, world.output(&key).await);
    }
    // It is there: nothing is written again, and nothing is left to be done.
    world
        .put_output(&Key::Archive(id, 1).to_string(), vec![])
        .await;
    world.archive(id, later()).await.unwrap();
    assert_eq!(world.output(&Key::Archive(id, 1).to_string()).await, b"");
    assert_eq!(world.request(id).await.archive, None);
    assert_eq!(world.told().await, []);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_large_zip_goes_on_where_it_stopped_and_is_the_same() {
    let world = World::new().await;
    let id = world.made(4).await;
    let keys = world.output_keys(id).await;
    let large = |n: usize, bytes: usize| -> Vec<u8> {
        (0..bytes)
            .map(|at| u8::try_from(at * (n + 3) % 251).unwrap())
            .collect()
    };
    let sizes = [6 * MEBIBYTE, 22 * MEBIBYTE + 7, 100, 5 * MEBIBYTE];
    for (n, (key, bytes)) in keys.iter().zip(sizes).enumerate() {
        world.put_output(key, large(n, bytes)).await;
    }
    // Each run has no time but for one file. The first two have enough behind their last part for one more,
    // which then ends with the file; the third has not.
    let again = FinalizeMessage::Archive {
        request_id: id,
        round: 1,
    };
    world.archive(id, Instant::now()).await.unwrap();
    assert_eq!(world.told().await, std::slice::from_ref(&again));
    let kept = world.request(id).await.archive.unwrap().kept.unwrap();
    assert_eq!(kept.files.len(), 1);
    world.archive(id, Instant::now()).await.unwrap();
    assert_eq!(world.told().await, [again]);
    assert_eq!(
        world
            .request(id)
            .await
            .archive
            .unwrap()
            .kept
            .unwrap()
            .files
            .len(),
        2
    );
    // One that comes no further is not tried again at once.
    let stuck = world.archive(id, Instant::now()).await;
    assert!(
        matches!(stuck, Err(CompletionError::NoProgress)),
        "{stuck:?}"
    );
    assert_eq!(world.told().await, []);
    world.archive(id, later()).await.unwrap();
    let files = world.unzipped(id).await;
    for (n, ((_, content), bytes)) in files.iter().zip(sizes).enumerate() {
        assert!(*content == large(n, bytes), "file {n}");
    }
    assert_eq!(files.len(), 4);
    assert_eq!(world.request(id).await.archive, None);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn of_two_at_one_zip_one_does_nothing_and_whoever_dies_is_followed() {
    let world = World::new().await;
    let id = world.made(1).await;
    let request = world.request(id).await;
    let requests = world.store.requests();
    let lease = world.store.now().plus_seconds(150);
    assert!(
        requests
            .claim_archive(&request, lease)
            .await
            .unwrap()
            .is_some()
    );
    world.archive(id, later()).await.unwrap();
    assert!(
        !world
            .outputs
            .has(&Key::Archive(id, 1).to_string())
            .await
            .unwrap()
    );
    world.store.clock().advance(151);
    world.archive(id, later()).await.unwrap();
    assert_eq!(world.unzipped(id).await.len(), 1);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn whoever_asks_again_and_again_tells_finalize_once_a_minute() {
    let world = World::new().await;
    let id = world.made(1).await;
    let control = Control {
        store: world.store.clone(),
        finalize: world.finalize.clone(),
    };
    for _ in 0..3 {
        control.archive(&world.request(id).await).await.unwrap();
    }
    assert_eq!(world.told().await.len(), 1);
    world.store.clock().advance(61);
    control.archive(&world.request(id).await).await.unwrap();
    assert_eq!(world.told().await.len(), 1);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_zip_without_one_of_its_outputs_is_none_and_says_so() {
    let world = World::new().await;
    let id = world.made(2).await;
    let gone = world.output_keys(id).await.remove(1);
    world.outputs.delete(&[gone]).await.unwrap();
    world.archive(id, later()).await.unwrap();
    let why = world.request(id).await.archive.unwrap().failure.unwrap();
    assert!(why.contains("no longer there"), "{why}");
    assert!(
        !world
            .outputs
            .has(&Key::Archive(id, 1).to_string())
            .await
            .unwrap()
    );
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_purge_takes_the_zip_along() {
    let world = World::new().await;
    let id = world.made(1).await;
    world.archive(id, later()).await.unwrap();
    let control = Control {
        store: world.store.clone(),
        finalize: world.finalize.clone(),
    };
    control.purge(&world.request(id).await).await.unwrap();
    world.completion().finish(id, later()).await.unwrap();
    for key in [Key::Archive(id, 1), Key::Results(id, 1, ResultsFile::Csv)] {
        assert!(!world.outputs.has(&key.to_string()).await.unwrap());
    }
    // Nor is one written after it.
    world.archive(id, later()).await.unwrap();
    assert!(
        !world
            .outputs
            .has(&Key::Archive(id, 1).to_string())
            .await
            .unwrap()
    );
}
