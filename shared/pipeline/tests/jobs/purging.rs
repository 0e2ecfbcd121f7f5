//! Purges of requests whose outputs others name: nothing goes that is named, and nothing stays that is not.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use halftone_origin::{Answer, Gate};
use halftone_pipeline::jobs::completion::Completion;
use halftone_pipeline::request::RequestId;
use halftone_pipeline::services::cdn::Cdn;

use crate::control::is_unchanged;
use crate::reuse::key;
use crate::world::{World, batch, config, later, picture, until};

const INVALIDATION: &str = "/2020-05-31/distribution/EDIST/invalidation";

impl World {
    async fn purge(&self, id: RequestId) {
        self.control().purge(&self.request(id).await).await.unwrap();
        self.work().await;
    }

    async fn is_there(&self, key: &str) -> bool {
        self.outputs.head(key, None).await.is_ok()
    }
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn an_output_goes_with_the_last_request_that_names_it() {
    let world = World::new().await;
    for (path, first_goes_first) in [("/a.bmp", true), ("/b.bmp", false)] {
        let url = world.tagged(path);
        let (first, made) = world.done(&url).await;
        let (second, found) = world.done(&url).await;
        assert!(is_unchanged(&found));
        let (before, after) = match first_goes_first {
            true => (first, second),
            false => (second, first),
        };
        world.purge(before).await;
        assert_eq!(world.recorded(before).await.len(), 0);
        assert!(world.is_there(key(&made)).await, "{path}");
        world.purge(after).await;
        assert!(!world.is_there(key(&made)).await, "{path}");
        let (_, anew) = world.done(&url).await;
        assert!(!is_unchanged(&anew), "{path}");
    }
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn requests_that_are_purged_together_leave_nothing() {
    let world = World::new().await;
    let url = world.tagged("/a.bmp");
    let (first, made) = world.done(&url).await;
    let (second, _) = world.done(&url).await;
    let (third, _) = world.done(&url).await;
    world.purge(first).await;
    for id in [second, third] {
        world
            .control()
            .purge(&world.request(id).await)
            .await
            .unwrap();
    }
    let (one, two) = (world.completion(), world.completion());
    let (one, two) = tokio::join!(one.finish(second, later()), two.finish(third, later()));
    assert!(!one.unwrap() && !two.unwrap());
    assert!(!world.is_there(key(&made)).await);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_purge_waits_for_those_who_are_about_to_name_an_output() {
    let world = World::new().await;
    let url = world.picture("/a.bmp");
    let (first, made) = world.done(&url).await;
    let gate = Gate::closed();
    world.origin.hold("/a.bmp", picture(), &gate);
    let second = world.accepted(&[url], None).await;
    let messages = batch(&world.queued().await, 1);
    let compress = world.compress();
    let purge = async {
        until("it is asked for again", async || {
            (world.origin.hits("/a.bmp") > 1).then_some(())
        })
        .await;
        world
            .control()
            .purge(&world.request(first).await)
            .await
            .unwrap();
        assert!(!world.completion().finish(first, later()).await.unwrap());
        gate.open();
    };
    let (back, ()) = tokio::join!(compress.run(&messages, later()), purge);
    assert_eq!(back, []);
    world.work().await;
    let found = world.image(second).await;
    assert_eq!((key(&found), is_unchanged(&found)), (key(&made), true));
    // Until long after its time is up.
    world.store.clock().advance(16 * 60);
    world.sweep().run(later()).await.unwrap();
    world.work().await;
    assert!(world.store.requests().get(first).await.unwrap().is_none());
    assert!(world.is_there(key(&made)).await);
    world.purge(second).await;
    assert!(!world.is_there(key(&made)).await);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn what_is_being_purged_is_not_named_any_more() {
    let world = World::new().await;
    let url = world.tagged("/a.bmp");
    let (first, made) = world.done(&url).await;
    world
        .control()
        .purge(&world.request(first).await)
        .await
        .unwrap();
    world.told().await;
    // Nothing of it is removed yet.
    assert!(world.is_there(key(&made)).await);
    let (_, anew) = world.done(&url).await;
    assert!(!is_unchanged(&anew));
    world.completion().finish(first, later()).await.unwrap();
    assert!(!world.is_there(key(&made)).await && world.is_there(key(&anew)).await);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn the_cdn_forgets_what_is_purged_even_if_it_is_told_late() {
    let world = World::new().await;
    let is_away = Arc::new(AtomicBool::new(true));
    let away = Arc::clone(&is_away);
    world.origin.on(INVALIDATION, move |_| {
        Answer::status(if away.load(Ordering::SeqCst) {
            400
        } else {
            201
        })
    });
    let aws = config(&world.origin.url(""), "eu-central-1").await;
    let completion = Completion {
        cdn: Some(Cdn::new(&aws, "EDIST".to_owned()).unwrap()),
        ..world.completion()
    };
    let (kept, _) = world.done(&world.tagged("/a.bmp")).await;
    let (first, made) = world.done(&world.tagged("/b.bmp")).await;
    let (second, _) = world.done(&world.tagged("/b.bmp")).await;
    let told = || world.origin.requests(INVALIDATION);
    let purge = async |id| {
        world
            .control()
            .purge(&world.request(id).await)
            .await
            .unwrap();
        world.told().await;
        completion.finish(id, later()).await.unwrap()
    };
    // What others name is not removed: there is nothing to be forgotten.
    assert!(!purge(first).await);
    assert_eq!(told().len(), 0);
    assert!(!purge(second).await);
    assert!(!world.is_there(key(&made)).await);
    assert_eq!(told().len(), 1);
    // It is told again, also where the purge would be over otherwise, and once it was taken no more.
    world.store.clock().advance(17 * 60);
    assert!(!completion.finish(second, later()).await.unwrap());
    is_away.store(false, Ordering::SeqCst);
    assert!(completion.finish(second, later()).await.unwrap());
    assert!(world.store.requests().get(second).await.unwrap().is_none());
    let calls = told();
    assert_eq!(calls.len(), 3);
    let body = String::from_utf8(calls[2].body.clone()).unwrap();
    assert!(
        body.contains(&format!("<Path>/output/{first}/*</Path>")),
        "{body}"
    );
    assert!(!body.contains(&kept.to_string()));
    let authorization = &calls[2].headers["authorization"];
    assert!(
        authorization.contains("/us-east-1/cloudfront/aws4_request"),
        "{authorization}"
    );
}
