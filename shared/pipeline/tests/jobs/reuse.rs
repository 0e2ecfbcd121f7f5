//! Sources that an earlier request of the same owner had compressed: what has not changed costs nothing.

use halftone_origin::{Answer, Request as Asked};
use halftone_pipeline::jobs::accept::Upload;
use halftone_pipeline::jobs::compress::{Compress, Reuse};
use halftone_pipeline::request::{Counts, OptionName, RequestId, ResultsFile};
use halftone_pipeline::services::blobs::Key;
use halftone_pipeline::services::store::Image;

use crate::control::is_unchanged;
use crate::wire::Wire;
use crate::world::{World, batch, csv, later, picture, upload};

const TAG: &str = "\"one\"";

/// A picture of another colour.
pub fn another() -> Vec<u8> {
    let mut picture = picture();
    picture[54..].fill(77);
    picture
}

/// 304 to whoever shows the tag.
fn tagged(asked: &Asked) -> Answer {
    match asked.headers.get("if-none-match").map(String::as_str) {
        Some(TAG) => Answer::status(304),
        _ => Answer::ok(picture()).header("ETag", TAG),
    }
}

impl World {
    /// A picture whose origin says whether it has changed; its URL.
    pub fn tagged(&self, path: &str) -> String {
        self.origin.on(path, tagged)
    }

    /// So many of these that their outputs are listed, with numbers of one figure and of two.
    fn many_tagged(&self) -> Vec<String> {
        let paths = (0..20).map(|number| format!("/{number}.bmp"));
        paths.map(|path| self.tagged(&path)).collect()
    }

    /// A request for this URL that has ended, and its image.
    pub async fn done(&self, url: &str) -> (RequestId, Image) {
        let id = self.accepted(&[url.to_owned()], None).await;
        self.work().await;
        (id, self.image(id).await)
    }

    /// The one image of a request, which must have succeeded and been counted.
    pub async fn image(&self, id: RequestId) -> Image {
        assert_eq!(self.ended(id).await.counts.succeeded, 1);
        self.recorded(id).await.remove(0)
    }

    /// The outputs that were made for a request.
    pub async fn outputs_of(&self, id: RequestId) -> Vec<String> {
        let objects = self.objects_of(id).await.into_iter();
        objects.filter(|key| key.starts_with("output/")).collect()
    }

    async fn sent_and_done(&self, upload: Upload) -> Image {
        let accepted = self.uploads().accept(upload, later()).await.unwrap();
        self.work().await;
        self.image(accepted.id).await
    }
}

/// Where an image's output is.
pub fn key(image: &Image) -> &str {
    &image.success.as_ref().unwrap().output_key
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_source_that_has_not_changed_keeps_its_output() {
    let world = World::new().await;
    let url = world.tagged("/a.bmp");
    let (first, made) = world.done(&url).await;
    assert!(!is_unchanged(&made));
    let (second, found) = world.done(&url).await;
    assert_eq!((key(&found), is_unchanged(&found)), (key(&made), true));
    let statuses: Vec<_> = world
        .origin
        .requests("/a.bmp")
        .into_iter()
        .map(|it| it.status)
        .collect();
    assert_eq!(statuses, [Some(200), Some(304)]);
    assert_eq!(world.outputs_of(first).await.len(), 1);
    assert_eq!(world.outputs_of(second).await, Vec::<String>::new());
    let request = world.ended(second).await;
    let counts = Counts {
        succeeded: 1,
        unchanged: 1,
        ..Counts::default()
    };
    assert_eq!(request.counts, counts);
    assert_eq!(request.savings, world.ended(first).await.savings);
    let results = world.results(second).await;
    let output = format!("https://api.example/prod/{}", key(&made));
    assert!(
        results.contains(&output) && results.contains(",1,yes"),
        "{results}"
    );
    let ndjson = world.results_as(second, ResultsFile::Ndjson).await;
    assert!(
        String::from_utf8(ndjson)
            .unwrap()
            .contains("\"unchanged\":true")
    );
    // As often as one likes, and each time by what the last one found.
    let (_, found) = world.done(&url).await;
    assert_eq!((key(&found), is_unchanged(&found)), (key(&made), true));
    // What was counted anew from the images counts them too.
    let counted = world.store.images().counts(second).await.unwrap();
    assert_eq!(counted, counts);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn an_output_that_was_written_by_a_run_that_was_cut_off_is_remembered() {
    let world = World::new().await;
    let url = world.tagged("/a.bmp");
    let (_, made) = world.done(&url).await;
    let mut upload = upload(csv(std::slice::from_ref(&url)), None);
    upload.wishes.set(OptionName::Fresh, "true").unwrap();
    let second = world.uploads().accept(upload, later()).await.unwrap().id;
    let place = key(&made).replace(&made.place.request_id.to_string(), &second.to_string());
    let output = world.output(key(&made)).await;
    world.put_output(&place, output).await;
    world.work().await;
    assert!(!is_unchanged(&world.image(second).await));
    let (_, found) = world.done(&url).await;
    assert_eq!((key(&found), is_unchanged(&found)), (place.as_str(), true));
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn without_validators_the_bytes_are_compared() {
    let world = World::new().await;
    let url = world.picture("/a.bmp");
    let (_, made) = world.done(&url).await;
    let (second, found) = world.done(&url).await;
    assert_eq!((key(&found), is_unchanged(&found)), (key(&made), true));
    assert_eq!(found.success.unwrap().recompress_ms, 0);
    assert_eq!(world.origin.hits("/a.bmp"), 2);
    assert_eq!(world.outputs_of(second).await, Vec::<String>::new());
    // An origin that begins to tell is asked what it knows from then on.
    world.tagged("/a.bmp");
    assert!(is_unchanged(&world.done(&url).await.1));
    assert!(is_unchanged(&world.done(&url).await.1));
    let asked = world.origin.requests("/a.bmp");
    assert_eq!(asked.last().unwrap().status, Some(304));
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_changed_picture_is_made_anew() {
    let world = World::new().await;
    let url = world.tagged("/a.bmp");
    let (_, made) = world.done(&url).await;
    // Under the same tag even: it is not asked about what it sends.
    world
        .origin
        .on("/a.bmp", |_| Answer::ok(another()).header("ETag", TAG));
    let (second, changed) = world.done(&url).await;
    assert!(!is_unchanged(&changed));
    assert_ne!(key(&changed), key(&made));
    assert_eq!(world.outputs_of(second).await, [key(&changed)]);
    let (_, found) = world.done(&url).await;
    assert_eq!((key(&found), is_unchanged(&found)), (key(&changed), true));
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn what_is_asked_for_otherwise_is_made_anew() {
    let world = World::new().await;
    let url = world.tagged("/a.bmp");
    world.done(&url).await;
    for (option, value) in [
        (OptionName::Fresh, "true"),
        (OptionName::Quality, "51"),
        (OptionName::Format, "webp"),
        (OptionName::Copyright, "keep"),
    ] {
        let mut asked = upload(csv(std::slice::from_ref(&url)), None);
        asked.wishes.set(option, value).unwrap();
        let made = world.sent_and_done(asked).await;
        assert!(!is_unchanged(&made), "{option:?}");
        assert_eq!(
            key(&made).split('/').nth(1).unwrap(),
            made.place.request_id.to_string()
        );
    }
    let another = Upload {
        api_key_id: "another key".to_owned(),
        ..upload(csv(std::slice::from_ref(&url)), None)
    };
    assert!(!is_unchanged(&world.sent_and_done(another).await));
    for asked in world.origin.requests("/a.bmp") {
        assert!(!asked.headers.contains_key("if-none-match"));
    }
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn switched_off_nothing_is_remembered() {
    let world = World::new().await;
    let url = world.tagged("/a.bmp");
    let off = |compress: Compress| Compress {
        reuse: Reuse {
            on: false,
            ..compress.reuse
        },
        ..compress
    };
    for _ in 0..2 {
        let id = world.accepted(std::slice::from_ref(&url), None).await;
        let messages = batch(&world.queued().await, 1);
        off(world.compress()).run(&messages, later()).await;
        world.work().await;
        assert!(!is_unchanged(&world.image(id).await));
    }
    let sources = world
        .database
        .collection::<mongodb::bson::Document>("sources");
    assert_eq!(
        sources.find_one(mongodb::bson::doc! {}).await.unwrap(),
        None
    );
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn an_output_that_somebody_removed_is_made_anew() {
    let world = World::new().await;
    for (path, url) in [
        ("/told.bmp", world.tagged("/told.bmp")),
        ("/silent.bmp", world.picture("/silent.bmp")),
    ] {
        let (_, made) = world.done(&url).await;
        world
            .outputs
            .delete(&[key(&made).to_owned()])
            .await
            .unwrap();
        let (second, anew) = world.done(&url).await;
        assert!(!is_unchanged(&anew), "{path}");
        assert_eq!(world.outputs_of(second).await, [key(&anew)]);
    }
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn of_many_outputs_those_that_somebody_removed_are_made_anew() {
    let world = World::new().await;
    let urls = world.many_tagged();
    let done = async || {
        let id = world.accepted(&urls, None).await;
        world.work().await;
        (id, world.recorded(id).await)
    };
    let (first, made) = done().await;
    let gone = [2, 11].map(|number: usize| key(&made[number]).to_owned());
    world.outputs.delete(&gone).await.unwrap();
    let (_, found) = done().await;
    for (made, found) in made.iter().zip(&found) {
        let stays = !gone.contains(&key(made).to_owned());
        assert_eq!(
            (key(made) == key(found), is_unchanged(found)),
            (stays, stays)
        );
    }
    // A list that begins with an output's folder begins with that output.
    let listed = (Key::outputs(first), format!("{}3", Key::outputs(first)));
    let listed = world
        .outputs
        .list_objects(&listed.0, Some(&listed.1), 2)
        .await
        .unwrap();
    let listed: Vec<_> = listed.iter().map(|it| (&*it.key, it.bytes)).collect();
    let bytes = |image: &Image| image.success.as_ref().unwrap().output.bytes;
    assert_eq!(
        listed,
        [3, 4].map(|number: usize| (key(&made[number]), bytes(&made[number])))
    );
}

/// Each is looked at instead, and nobody asks for the list again.
#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn outputs_are_found_where_they_cannot_be_listed() {
    let world = World::new().await;
    let urls = world.many_tagged();
    let first = world.accepted(&urls, None).await;
    world.work().await;
    let made = world.recorded(first).await;
    let second = world.accepted(&urls, None).await;
    let wire = Wire::without_lists();
    let messages = batch(&world.queued().await, 1);
    let compress = world.through(&wire).await.compress();
    assert_eq!(compress.run(&messages, later()).await, []);
    assert_eq!(wire.refused(), 1);
    for (made, found) in made.iter().zip(&world.recorded(second).await) {
        assert_eq!((key(made), is_unchanged(found)), (key(found), true));
    }
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn an_output_that_would_go_too_early_becomes_younger() {
    let world = World::new().await;
    let url = world.tagged("/a.bmp");
    let (_, made) = world.done(&url).await;
    let run = async |control: &str| {
        let id = world.accepted(std::slice::from_ref(&url), None).await;
        let compress = Compress {
            reuse: Reuse {
                on: true,
                output_days: 40,
            },
            cache_control: control.to_owned(),
            ..world.compress()
        };
        let messages = batch(&world.queued().await, 1);
        compress.run(&messages, later()).await;
        world.work().await;
        let found = world.image(id).await;
        assert_eq!((key(&found), is_unchanged(&found)), (key(&made), true));
        let head = world.s3.head_object().bucket(world.outputs.bucket());
        let head = head.key(key(&made)).send().await.unwrap();
        assert_eq!(head.content_type(), Some("image/png"));
        head.cache_control().unwrap().to_owned()
    };
    // Requests are kept for 30 days: it goes after that.
    world.store.clock().advance(9 * 86_400);
    assert_ne!(run("max-age=9").await, "max-age=9");
    world.store.clock().advance(2 * 86_400);
    assert_eq!(run("max-age=11").await, "max-age=11");
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn copies_end_with_the_output_that_was_found() {
    let world = World::new().await;
    let url = world.tagged("/a.bmp");
    let (_, made) = world.done(&url).await;
    let id = world.accepted(&vec![url; 3], None).await;
    world.work().await;
    let request = world.ended(id).await;
    assert_eq!((request.counts.succeeded, request.counts.unchanged), (3, 3));
    for image in world.recorded(id).await {
        assert_eq!(key(&image), key(&made));
    }
    assert_eq!(world.origin.hits("/a.bmp"), 2);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn batches_that_come_twice_and_at_once_count_once() {
    let world = World::new().await;
    let urls: Vec<_> = (0..5).map(|n| world.tagged(&format!("/{n}.bmp"))).collect();
    world.accepted(&urls, None).await;
    world.work().await;
    let ids = [
        world.accepted(&urls, None).await,
        world.accepted(&urls, None).await,
    ];
    let messages = batch(&world.queued().await, 1);
    let (one, two) = (world.compress(), world.compress());
    let (one, two) = tokio::join!(one.run(&messages, later()), two.run(&messages, later()));
    assert_eq!((one, two), (vec![], vec![]));
    assert_eq!(world.compress().run(&messages, later()).await, []);
    world.work().await;
    for id in ids {
        let counts = world.ended(id).await.counts;
        assert_eq!((counts.succeeded, counts.unchanged), (5, 5));
    }
}
