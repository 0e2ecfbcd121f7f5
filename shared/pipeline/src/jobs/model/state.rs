//! What there is at one moment: documents, messages, jobs at work, and what may still go wrong.

/// An image's document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Status {
    /// Not recorded yet.
    Missing,
    Pending,
    Succeeded,
    Failed,
    Cancelled,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Image {
    pub status: Status,
    pub round: usize,
    pub tries: usize,
}

/// How a round of the request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum End {
    /// At least one image, or none, succeeded.
    Whole,
    Cancelled,
    /// Its CSV was not taken in by the deadline.
    Refused,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Request {
    /// `None` is `Pending`.
    pub end: Option<End>,
    pub round: usize,
    pub complete: bool,
    pub checkpoint: usize,
    /// Somebody takes it in, or died while doing so.
    pub intake_lease: bool,
    pub results_lease: bool,
    pub cancelled: bool,
    /// A retry was asked for; whether its images are counted.
    pub retry: Option<bool>,
    pub overdue: bool,
    pub counted: usize,
    pub in_doubt: bool,
}

impl Request {
    pub fn is_open(&self) -> bool {
        self.end.is_none() && !self.cancelled
    }

    /// `requests.claim_intake`.
    pub fn claim_intake(&mut self) -> bool {
        let free = self.is_open() && !self.complete && !self.intake_lease;
        self.intake_lease |= free;
        free
    }

    fn compressing(&self) -> bool {
        self.is_open() && self.complete && self.retry.is_none()
    }

    pub fn seems_done(&self, images: usize) -> bool {
        self.compressing() && self.counted >= images
    }

    pub fn may_be_done(&self, images: usize) -> bool {
        self.seems_done(images) || self.compressing() && self.in_doubt
    }
}

/// A delivery's document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Delivery {
    pub attempt: usize,
    pub lease: bool,
    /// Whether it was delivered; `None` while neither that nor its failure is on record.
    pub delivered: Option<bool>,
}

/// A message of the images queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Letter {
    pub image: usize,
    pub round: usize,
    pub receives: usize,
}

/// A message of the finalize queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Told {
    Finalize,
    Check,
    Requeue,
    Webhook { round: usize, attempt: usize },
}

/// How a try at an image went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Verdict {
    /// There is nothing to be done: it has ended before.
    Nothing,
    /// Its request has ended or was given up.
    Dropped,
    Succeeded,
    Failed,
    /// A try was made and more will be.
    Again,
    /// A service of ours failed: no try.
    Later,
    /// It is not its turn: no try, and nothing failed.
    Waits,
}

/// A job between two of its effects: what it does next, with what it has read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Job {
    IntakeInsert(usize),
    IntakeQueue(usize),
    IntakeCheckpoint(usize),
    IntakeComplete,
    IntakeRelease,
    IntakeTell,

    CompressRead(Letter),
    CompressTry(Letter, usize),
    CompressRecord(Letter, Verdict, usize),
    /// Whether its image ended by what was recorded.
    CompressCount(Letter, bool),
    CompressLook(Letter),
    CompressPutBack(Letter),
    CompressSendAnew(Letter),
    CompressAck(Letter),

    DeadRead(Letter),
    DeadRecord(Letter),
    DeadCount(Letter),
    DeadQueue(Letter),
    DeadFinish(Letter),

    FinishRead(Told),
    FinishCancel(Told),
    /// Takes the intake, so that nobody else does.
    FinishCloseIntake(Told),
    FinishExpire(Told, bool),
    FinishRefuseSchedule(Told),
    FinishRefuse(Told),
    FinishPutBack(Told),
    FinishCountRetry(Told),
    FinishRequeue(Told),
    FinishCompleteRetry(Told),
    FinishAnyPending(Told),
    FinishClaim(Told),
    /// In this round.
    FinishWrite(Told, usize),
    FinishReopen(Told),
    FinishInvoke(Told),
    FinishSchedule(Told, usize, usize),
    FinishEnd(Told, usize, usize),
    FinishTell(Told, usize),
    CheckRepair,
    CheckRequeue,

    Requeue(usize),

    WebhookRead(usize, usize),
    WebhookClaim(usize, usize, bool),
    WebhookPost(usize, usize),
    WebhookRecord(usize, usize, Option<bool>),
    WebhookTell(usize, usize),
}

/// What may still be done by owners and go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Budget {
    pub crashes: usize,
    pub duplicates: usize,
    pub losses: usize,
    pub service_faults: usize,
    /// Images whose turn does not come.
    pub waits: usize,
    pub image_faults: usize,
    pub receiver_faults: usize,
    pub cancels: usize,
    pub retries: usize,
    pub deadlines: usize,
    /// Sweeps when nothing else is to be done, and at any other moment.
    pub sweeps: usize,
    pub early_sweeps: usize,
    /// Workers at results that live longer than their lease.
    pub slow: usize,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct State {
    pub request: Request,
    pub images: Vec<Image>,
    pub deliveries: [Option<Delivery>; 2],
    pub queue: Vec<Letter>,
    pub dead: Vec<Letter>,
    pub told: Vec<Told>,
    /// Ingest was asked to go on.
    pub invoked: bool,
    pub jobs: Vec<Job>,
    pub left: Budget,
    /// How often each round ended, and whether its webhook was posted: what an owner sees.
    pub ends: [usize; 2],
    pub posted: [bool; 2],
    /// An image that had succeeded is something else now.
    pub overwritten: bool,
}

impl State {
    pub fn send(&mut self, letter: Letter) {
        self.queue.push(letter);
        self.queue.sort_unstable();
    }

    pub fn tell(&mut self, message: Told) {
        // Two that say the same are one here; that each may come twice is a fault of its own.
        if !self.told.contains(&message) {
            self.told.push(message);
            self.told.sort_unstable();
        }
    }

    pub fn begin(&mut self, job: Job) {
        self.jobs.push(job);
        self.jobs.sort_unstable();
    }

    pub fn pending(&self) -> bool {
        self.images
            .iter()
            .any(|image| image.status == Status::Pending)
    }

    pub fn is_quiet(&self) -> bool {
        let nothing_queued = self.queue.is_empty() && self.dead.is_empty() && self.told.is_empty();
        nothing_queued && self.jobs.is_empty() && !self.invoked
    }

    pub fn record(&mut self, image: usize, status: Status) {
        let of = &mut self.images[image];
        self.overwritten |= of.status == Status::Succeeded && status != Status::Succeeded;
        of.status = status;
    }
}
