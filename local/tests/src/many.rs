//! A request of many images of one origin, and what must become of it whatever breaks meanwhile.

use std::time::{Duration, Instant};

use halftone_origin::{Answer, Origin, Request};
use serde_json::Value;

use crate::queues;
use crate::stack::{LONG, Stack, csv, small_photo};
use crate::wait::until;

const PHOTO: &str = "/a.jpg";
const HOOK: &str = "/hook";

/// A request of so many images, with a webhook.
pub struct Many {
    /// Where its images are and its webhook goes.
    pub origin: Origin,
    /// The request.
    pub id: String,
    images: usize,
}

impl Many {
    /// Uploads it; a photograph is the answer whenever an image is asked for.
    pub async fn of_photos(stack: &Stack, images: usize) -> Self {
        let photo = Answer::ok(small_photo());
        Self::answered(stack, images, move |_| photo.clone()).await
    }

    /// Uploads it; images are answered so.
    pub async fn answered(
        stack: &Stack,
        images: usize,
        answer: impl Fn(&Request) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let origin = Origin::start().unwrap();
        let photo = origin.on(PHOTO, answer);
        let urls: Vec<_> = (0..images).map(|n| format!("{photo}?{n}")).collect();
        let hook = origin.serve(HOOK, "ok");
        let id = stack.accepted(csv(&urls), Some(&hook)).await;
        Self { origin, id, images }
    }

    /// What came in for its images, in order.
    pub fn requests(&self) -> Vec<Request> {
        self.origin.requests(PHOTO)
    }

    /// How often its images were asked for.
    pub fn hits(&self) -> usize {
        self.origin.hits(PHOTO)
    }

    /// How often its webhook came in.
    pub fn webhooks(&self) -> usize {
        self.origin.hits(HOOK)
    }

    /// Waits until its images were asked for so often.
    pub async fn hit(&self, times: usize) {
        until("the images are asked for", LONG, async || {
            (self.hits() >= times).then_some(())
        })
        .await;
    }

    /// The status call has no answer, but says so within 5 s.
    pub async fn is_unavailable(&self, stack: &Stack) {
        let started = Instant::now();
        let answer = stack.get(&self.path()).await;
        let taken = started.elapsed();
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (503, "unavailable")
        );
        assert!(taken < Duration::from_secs(5), "{taken:?}");
    }

    /// Every image succeeds, and one webhook tells so.
    pub async fn ends_whole(&self, stack: &Stack) {
        self.ends_whole_within(stack, LONG).await;
    }

    /// The same, in time; how long it took.
    pub async fn ends_whole_within(&self, stack: &Stack, limit: Duration) -> Duration {
        let taken = self.done_within(stack, limit).await;
        queues::all_handled(stack).await;
        assert_eq!(self.webhooks(), 1);
        taken
    }

    /// Every image succeeds, and the webhook comes in; how long it took.
    pub async fn done_within(&self, stack: &Stack, limit: Duration) -> Duration {
        let started = Instant::now();
        let body = until("the request ends", limit, async || {
            let answer = stack.get(&self.path()).await;
            let body = (answer.status == 200).then(|| answer.json());
            body.filter(|body| body["status"] != "Pending")
        })
        .await;
        assert_eq!(body["status"], "Completed");
        assert_eq!(body["progress"]["succeeded"], self.images, "{body}");
        until("the webhook comes in", limit, async || {
            (self.webhooks() > 0).then_some(())
        })
        .await;
        started.elapsed()
    }

    /// Its status, with one image of its.
    pub async fn status(&self, stack: &Stack) -> Value {
        let answer = stack.get(&self.path()).await;
        assert_eq!(answer.status, 200);
        answer.json()
    }

    fn path(&self) -> String {
        format!("/api/v1/images/status/{}?limit=1", self.id)
    }
}
