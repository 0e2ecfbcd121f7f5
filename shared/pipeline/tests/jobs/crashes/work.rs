//! The jobs that are disturbed, and what each is run on.

use std::error::Error;
use std::time::Instant;

use halftone_origin::Answer;
use halftone_pipeline::jobs::accept::AcceptError;
use halftone_pipeline::jobs::intake::Csv;
use halftone_pipeline::request::{Counts, ImageFailure, RequestId, RequestStatus};
use halftone_pipeline::services::queue::ImageMessage;
use halftone_pipeline::services::store::{Retry, Try};

use super::outcome::settle;
use crate::world::{World, batch, csv, later, upload};

/// What is disturbed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Job {
    Upload,
    Intake,
    Compress,
    Finish,
    Cancel,
    Retry,
    Requeue,
    Check,
    TriedDeadLetter,
    UntriedDeadLetter,
    Webhook,
    Sweep,
    Purge,
}

/// Why a job came to no end.
pub type Failed = Box<dyn Error>;

/// What a job is run on.
pub struct Work {
    /// Makes it another one's.
    number: usize,
    /// Of an upload only its first run says so.
    id: Option<RequestId>,
    messages: Vec<ImageMessage>,
}

impl Work {
    pub fn id(&self) -> RequestId {
        self.id.unwrap()
    }

    /// Two pictures, one that is missing, and the first again.
    fn urls(&self, world: &World) -> Vec<String> {
        let path = |name: &str| format!("/{}/{name}", self.number);
        let first = world.picture(&path("a.bmp"));
        vec![
            first.clone(),
            world.picture(&path("b.bmp")),
            world
                .origin
                .on(&path("missing.bmp"), |_| Answer::status(404)),
            first,
        ]
    }

    pub fn hook(&self) -> String {
        format!("/{}/hook", self.number)
    }

    /// Uploads it, or uploads it again.
    async fn upload(&self, world: &World, until: Instant) -> Result<RequestId, AcceptError> {
        let hook = world.origin.serve(&self.hook(), "ok");
        let mut upload = upload(csv(&self.urls(world)), Some(&hook));
        upload.idempotency_key = Some(self.number.to_string());
        // An owner of its own, who is recorded with it.
        upload.api_key_id = self.number.to_string();
        Ok(world.uploads().accept(upload, until).await?.id)
    }

    async fn compress(&self, world: &World) {
        world
            .compress()
            .run(&batch(&self.messages, 1), later())
            .await;
    }
}

impl Job {
    /// All that was before.
    pub async fn prepare(self, world: &World, number: usize) -> Work {
        let mut work = Work {
            number,
            id: None,
            messages: Vec::new(),
        };
        if self == Self::Upload {
            return work;
        }
        if self == Self::Intake {
            work.id = Some(work.upload(world, Instant::now()).await.unwrap());
            return work;
        }
        work.id = Some(work.upload(world, later()).await.unwrap());
        let id = work.id();
        let control = world.control();
        if self == Self::Cancel {
            control.cancel(&world.request(id).await).await.unwrap();
            return work;
        }
        if matches!(self, Self::Requeue | Self::Check | Self::Sweep) {
            // Their messages got lost.
            world.queued().await;
            return work;
        }
        work.messages = world.queued().await;
        work.messages.sort_by_key(|message| message.image);
        match self {
            Self::TriedDeadLetter => {
                let made = Try {
                    tries: 1,
                    failure: failure(),
                    not_before: world.store.now(),
                };
                let tried = [(work.messages[0], made)];
                world.store.images().record(&[], &tried).await.unwrap();
            }
            Self::Finish => work.compress(world).await,
            Self::Webhook => {
                work.compress(world).await;
                assert!(world.completion().finish(id, later()).await.unwrap());
            }
            Self::Retry | Self::Purge => {
                work.compress(world).await;
                settle(world, id).await;
                let request = world.request(id).await;
                if self == Self::Purge {
                    control.purge(&request).await.unwrap();
                } else {
                    world.picture(&format!("/{number}/missing.bmp"));
                    let all = Retry::default();
                    control.retry(&request, &all).await.unwrap();
                }
            }
            _ => {}
        }
        work
    }

    /// Runs it, as a message or a call of an owner has it run.
    pub async fn run(self, world: &World, work: &mut Work) -> Result<(), Failed> {
        let completion = world.completion();
        match self {
            Self::Upload => work.id = Some(work.upload(world, later()).await?),
            Self::Intake => {
                let intake = world.intake();
                intake.go_on(work.id(), Csv::Kept, later()).await?;
            }
            Self::Compress => work.compress(world).await,
            Self::Finish | Self::Cancel | Self::Retry | Self::Purge => {
                completion.finish(work.id(), later()).await.map(drop)?;
            }
            Self::Requeue => completion.requeue(work.id(), 0, later()).await?,
            Self::Check => {
                world.store.clock().advance(7 * 3_600);
                completion.check(work.id(), later()).await?;
            }
            Self::TriedDeadLetter | Self::UntriedDeadLetter => {
                let letters = world.dead_letters();
                letters.take(work.messages[0], later()).await?;
                // The others were received as usual.
                if work.messages.len() > 1 {
                    let others = batch(&work.messages[1..], 1);
                    world.compress().run(&others, later()).await;
                }
            }
            Self::Webhook => world.webhooks().attempt((work.id(), 1), 0).await?,
            Self::Sweep => {
                world.store.clock().advance(7 * 3_600);
                world.sweep().run(later()).await?;
            }
        }
        Ok(())
    }

    pub fn expected(self) -> (RequestStatus, Counts) {
        let counts = |succeeded, failed, cancelled| Counts {
            succeeded,
            failed,
            cancelled,
            unchanged: 0,
        };
        match self {
            Self::Cancel => (RequestStatus::Cancelled, counts(0, 0, 4)),
            Self::Retry => (RequestStatus::Completed, counts(4, 0, 0)),
            // With the copy of the image that was given up.
            Self::TriedDeadLetter => (RequestStatus::Completed, counts(1, 3, 0)),
            _ => (RequestStatus::Completed, counts(3, 1, 0)),
        }
    }
}

fn failure() -> ImageFailure {
    ImageFailure {
        code: "timeout".to_owned(),
        message: "no answer".to_owned(),
        sniffed: None,
    }
}
