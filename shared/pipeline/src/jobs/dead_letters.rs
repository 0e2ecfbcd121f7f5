//! Takes over the images' dead letters: messages that were received again and again and never done.
//!
//! That alone is no fault of the image: a deployment that cannot start does the same to all of them.
//! An image fails only when a real try of it is on record, or its request's deadline is over;
//! otherwise it is queued again.

use std::time::Instant;

use crate::jobs::completion::{Completion, CompletionError};
use crate::jobs::{copies, report};
use crate::request::{Counts, ImageFailure, ImageStatus, Savings};
use crate::services::queue::ImageMessage;
use crate::services::store::{Image, ImageEnd, Request};

/// What taking over dead letters works with.
#[derive(Clone)]
pub struct DeadLetters {
    /// Ends requests, and queues images again.
    pub completion: Completion,
}

impl DeadLetters {
    /// Ends the image of a dead letter, or queues it again.
    ///
    /// # Errors
    /// When a service is away; nothing is lost by trying again.
    pub async fn take(&self, message: ImageMessage, until: Instant) -> Result<(), CompletionError> {
        let store = &self.completion.store;
        let image = store.images().get(message.image).await?;
        let request = store.requests().get(message.image.request_id).await?;
        let (Some(image), Some(request)) = (image, request) else {
            tracing::warn!(
                image = message.image.id(),
                "there is no such image (any more)"
            );
            return Ok(());
        };
        let open = image.status == ImageStatus::Pending && image.round == message.round;
        if open && request.is_open() {
            match self.why_it_failed(&image, &request) {
                Some(failure) => self.fail(message, &image, failure).await?,
                None => return self.queue_again(message, &request).await,
            }
        }
        // Those too of an image whose end is all that was recorded.
        copies::end_of(store, &[message]).await?;
        self.completion.finish(request.id, until).await.map(drop)
    }

    fn why_it_failed(&self, image: &Image, request: &Request) -> Option<ImageFailure> {
        if self.completion.store.now() >= request.deadline_at {
            return Some(ImageFailure::deadline_exceeded(image.error.as_ref()));
        }
        image.error.clone().filter(|_| image.tries > 0)
    }

    async fn fail(
        &self,
        message: ImageMessage,
        image: &Image,
        failure: ImageFailure,
    ) -> Result<(), CompletionError> {
        let store = &self.completion.store;
        tracing::warn!(
            image = image.place.id(),
            code = failure.code,
            "the image was given up"
        );
        let end = [(message, ImageEnd::Failed(failure, image.tries))];
        if store.images().record(&end, &[]).await? == [true] {
            let failed = Counts {
                failed: 1,
                ..Counts::default()
            };
            report::images(end.iter().map(|(_, end)| (end, 1)));
            let round = (message.image.request_id, message.round);
            store
                .requests()
                .count(round, failed, Savings::default())
                .await?;
        }
        Ok(())
    }

    async fn queue_again(
        &self,
        message: ImageMessage,
        request: &Request,
    ) -> Result<(), CompletionError> {
        tracing::warn!(
            image = message.image.id(),
            "the image was never tried; it is queued again"
        );
        let images = &self.completion.images;
        Ok(images.send_images(&request.owner_id, &[message]).await?)
    }
}
