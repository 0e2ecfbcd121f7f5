//! The life of a request, small enough that a machine can walk every way it may take.
//!
//! One request of a few images, its webhook, and all that works on them, two jobs at a time: each step is one effect
//! of the modules beside (an update, a message), between any two of which a job may die, its message come back, another
//! come twice or never, the owner cancel or retry, the deadline pass. [`stateright`] walks through all orders of them.
//! What holds here holds for these rules; that the code follows them is what `tests/jobs` shows, with crashes
//! between the same effects.
//!
//! Time is left out: a lease of a job that is dead ends at any moment, that of one at work does not; the sweep comes
//! when nothing else is to be done, as often as a budget allows, so that ends are reached within so many sweeps. Left
//! out too are copies of a URL, purges, pages of updates and the throttle of looks (`completion/look.rs` argues that).

mod lives;
mod state;
mod steps;
mod work;

use stateright::{Model, Property};

use state::{Budget, Delivery, End, Image, Job, Letter, Request, State, Status, Told, Verdict};

/// A rule that is broken on purpose, to see that it is needed and that its absence is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flaw {
    /// An image's end is recorded whatever it is.
    RecordsWhatEnded,
    /// Repeats move the counters, and a request ends by them, not by its images.
    CountsRepeats,
    /// A request's end is recorded whatever it is.
    EndsUnconditionally,
    /// The webhook's delivery is recorded after the end.
    SchedulesAfterTheEnd,
    /// A webhook is posted though its request has not ended.
    PostsBeforeTheEnd,
    /// A request that was given up ends while somebody takes it in.
    CancelsUnderAnIntake,
    /// One that is past its deadline ends while somebody takes it in.
    ExpiresUnderAnIntake,
    /// A dead letter fails its image, though it was never tried.
    FailsDeadLetters,
    /// Nothing looks for what got lost.
    NeverSweeps,
}

/// The model: how many images, what may happen, and what is broken.
#[derive(Clone, Debug)]
struct Life {
    images: usize,
    at_once: usize,
    budget: Budget,
    flaw: Option<Flaw>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Action {
    Intake,
    Compress(Letter, Kept),
    TakeDead(Letter),
    Finalize(Told, Kept),
    Step(Job, Option<Verdict>),
    Crash(Job),
    LoseLetter(Letter),
    LoseTold(Told),
    LoseInvocation,
    IntakeLeaseEnds,
    ResultsLeaseEnds,
    DeliveryLeaseEnds(usize),
    Cancel,
    Retry,
    Deadline,
    Sweep,
    EarlySweep,
}

/// Whether a message that is received will be received once more, whatever becomes of it.
type Kept = bool;

/// Takes one away; whether it was there.
fn take<T: PartialEq>(from: &mut Vec<T>, one: &T) -> bool {
    let at = from.iter().position(|other| other == one);
    at.map(|at| from.remove(at)).is_some()
}

impl Life {
    /// What the sweep would find, if anything.
    fn due(&self, state: &State) -> Vec<Told> {
        let request = state.request;
        let mut due = Vec::new();
        if request.end.is_none() && (request.complete || !request.is_open() || request.overdue) {
            due.push(Told::Check);
        }
        for (place, delivery) in state.deliveries.iter().enumerate() {
            if let Some(delivery) =
                delivery.filter(|delivery| delivery.delivered.is_none() && !delivery.lease)
            {
                due.push(Told::Webhook {
                    round: place + 1,
                    attempt: delivery.attempt,
                });
            }
        }
        due
    }

    fn leases_over(state: &State) -> Vec<Action> {
        let mut over = Vec::new();
        if state.request.intake_lease && !state.jobs.iter().any(|job| job.has_intake()) {
            over.push(Action::IntakeLeaseEnds);
        }
        let writes = state.jobs.iter().any(|job| job.writes_results());
        let is_over = !writes || state.left.slow > 0;
        if state.request.results_lease && is_over && state.request.end.is_none() {
            over.push(Action::ResultsLeaseEnds);
        }
        for (place, delivery) in state.deliveries.iter().enumerate() {
            let held = delivery.is_some_and(|delivery| delivery.lease);
            if held && !state.jobs.iter().any(|job| job.posts(place + 1)) {
                over.push(Action::DeliveryLeaseEnds(place));
            }
        }
        over
    }

    fn received(&self, state: &State, actions: &mut Vec<Action>) {
        let mut letters = state.queue.clone();
        letters.dedup();
        let again = [false, true]
            .into_iter()
            .take(1 + usize::from(state.left.duplicates > 0));
        for letter in letters {
            actions.extend(again.clone().map(|kept| Action::Compress(letter, kept)));
        }
        actions.extend(state.dead.iter().map(|letter| Action::TakeDead(*letter)));
        for told in &state.told {
            actions.extend(again.clone().map(|kept| Action::Finalize(*told, kept)));
        }
        if state.invoked {
            actions.push(Action::Intake);
        }
    }

    fn faults(state: &State, actions: &mut Vec<Action>) {
        if state.left.crashes > 0 {
            actions.extend(state.jobs.iter().map(|job| Action::Crash(*job)));
        }
        if state.left.losses > 0 {
            actions.extend(state.queue.iter().map(|letter| Action::LoseLetter(*letter)));
            actions.extend(state.told.iter().map(|told| Action::LoseTold(*told)));
            if state.invoked {
                actions.push(Action::LoseInvocation);
            }
        }
    }

    fn owners(state: &State, actions: &mut Vec<Action>) {
        let (request, left) = (state.request, state.left);
        if left.cancels > 0 && request.is_open() {
            actions.push(Action::Cancel);
        }
        let failed = state
            .images
            .iter()
            .any(|image| image.status == Status::Failed);
        if left.retries > 0 && request.end == Some(End::Whole) && request.round == 1 && failed {
            actions.push(Action::Retry);
        }
        if left.deadlines > 0 && request.end.is_none() && !request.overdue {
            actions.push(Action::Deadline);
        }
    }

    fn claim_intake(&self, state: &mut State) {
        state.invoked = false;
        if state.request.claim_intake() {
            let at = state.request.checkpoint;
            state.begin(if at < self.images {
                Job::IntakeInsert(at)
            } else {
                Job::IntakeComplete
            });
        }
    }

    /// `sweep::run`.
    fn sweep(&self, state: &mut State) {
        let request = state.request;
        if request.is_open() && !request.complete && !request.overdue {
            state.invoked = !request.intake_lease;
        }
        for message in self.due(state) {
            state.tell(message);
        }
    }

    /// `requests.begin_retry`.
    fn begin_retry(state: &mut State) {
        let request = &mut state.request;
        *request = Request {
            end: None,
            round: request.round + 1,
            retry: Some(false),
            results_lease: false,
            overdue: false,
            in_doubt: false,
            ..*request
        };
        state.tell(Told::Finalize);
    }
}

impl Model for Life {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let image = Image {
            status: Status::Missing,
            round: 1,
            tries: 0,
        };
        vec![State {
            request: Request {
                end: None,
                round: 1,
                complete: false,
                checkpoint: 0,
                intake_lease: false,
                results_lease: false,
                cancelled: false,
                retry: None,
                overdue: false,
                counted: 0,
                in_doubt: false,
            },
            images: vec![image; self.images],
            deliveries: [None; 2],
            queue: Vec::new(),
            dead: Vec::new(),
            told: Vec::new(),
            invoked: true,
            jobs: Vec::new(),
            left: self.budget,
            ends: [0; 2],
            posted: [false; 2],
            overwritten: false,
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        for job in &state.jobs {
            actions.extend(
                job.choices(&state.left)
                    .into_iter()
                    .map(|choice| Action::Step(*job, choice)),
            );
        }
        if state.jobs.len() < self.at_once {
            self.received(state, actions);
        }
        Self::faults(state, actions);
        actions.extend(Self::leases_over(state));
        Self::owners(state, actions);
        if state.left.early_sweeps > 0 {
            actions.push(Action::EarlySweep);
        }
        let due = state.request.end.is_none() || !self.due(state).is_empty();
        if actions.is_empty()
            && due
            && state.left.sweeps > 0
            && self.flaw != Some(Flaw::NeverSweeps)
        {
            actions.push(Action::Sweep);
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        match action {
            Action::Intake => self.claim_intake(&mut state),
            Action::Compress(letter, kept) => {
                if kept {
                    state.left.duplicates -= 1;
                } else {
                    take(&mut state.queue, &letter);
                }
                state.begin(Job::CompressRead(letter));
            }
            Action::TakeDead(letter) => {
                take(&mut state.dead, &letter);
                state.begin(Job::DeadRead(letter));
            }
            Action::Finalize(told, kept) => {
                if kept {
                    state.left.duplicates -= 1;
                } else {
                    take(&mut state.told, &told);
                }
                state.begin(told.job());
            }
            Action::Step(job, choice) => {
                take(&mut state.jobs, &job);
                match (job, choice) {
                    (Job::CompressTry(..), Some(Verdict::Failed | Verdict::Again)) => {
                        state.left.image_faults -= 1
                    }
                    (Job::CompressTry(..), Some(Verdict::Later)) => state.left.service_faults -= 1,
                    (Job::CompressTry(..), Some(Verdict::Waits)) => state.left.waits -= 1,
                    (Job::WebhookPost(..), Some(Verdict::Failed)) => {
                        state.left.receiver_faults -= 1
                    }
                    _ => {}
                }
                if let Some(next) = self.step(&mut state, job, choice) {
                    state.begin(next);
                }
            }
            Action::Crash(job) => {
                take(&mut state.jobs, &job);
                state.left.crashes -= 1;
                job.dies(&mut state);
            }
            Action::LoseLetter(letter) => {
                take(&mut state.queue, &letter);
                state.left.losses -= 1;
            }
            Action::LoseTold(told) => {
                take(&mut state.told, &told);
                state.left.losses -= 1;
            }
            Action::LoseInvocation => {
                state.invoked = false;
                state.left.losses -= 1;
            }
            Action::IntakeLeaseEnds => state.request.intake_lease = false,
            Action::ResultsLeaseEnds => {
                if state.jobs.iter().any(|job| job.writes_results()) {
                    state.left.slow -= 1;
                }
                state.request.results_lease = false;
            }
            Action::DeliveryLeaseEnds(place) => {
                if let Some(delivery) = &mut state.deliveries[place] {
                    *delivery = Delivery {
                        lease: false,
                        ..*delivery
                    };
                }
            }
            Action::Cancel => {
                state.left.cancels -= 1;
                state.request.cancelled = true;
                state.tell(Told::Finalize);
            }
            Action::Retry => {
                state.left.retries -= 1;
                Self::begin_retry(&mut state);
            }
            Action::Deadline => {
                state.left.deadlines -= 1;
                state.request.overdue = true;
            }
            Action::EarlySweep => {
                state.left.early_sweeps -= 1;
                self.sweep(&mut state);
            }
            Action::Sweep => {
                state.left.sweeps -= 1;
                self.sweep(&mut state);
            }
        }
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("a round ends once", |_, state: &State| {
                state.ends.iter().all(|ends| *ends <= 1)
            }),
            Property::always("no image is pending at an end", |_, state: &State| {
                state.request.end.is_none() || !state.pending()
            }),
            Property::always("no image is lost", |_, state: &State| {
                let missing = state
                    .images
                    .iter()
                    .any(|image| image.status == Status::Missing);
                state.request.end != Some(End::Whole) || !missing
            }),
            Property::always("an image ends once", |_, state: &State| !state.overwritten),
            Property::always(
                "an image fails only when it was tried",
                |life: &Life, state: &State| {
                    let failed = state
                        .images
                        .iter()
                        .any(|image| image.status == Status::Failed);
                    !failed
                        || state.left.image_faults < life.budget.image_faults
                        || state.left.deadlines < life.budget.deadlines
                },
            ),
            Property::always("a webhook tells of an end", |_, state: &State| {
                state
                    .posted
                    .iter()
                    .zip(state.ends)
                    .all(|(posted, ends)| !posted || ends > 0)
            }),
            Property::always(
                "all ends, and every webhook is delivered or on record",
                |life: &Life, state: &State| {
                    let mut next = Vec::new();
                    if state.is_quiet() {
                        life.actions(state, &mut next);
                    }
                    !state.is_quiet() || !next.is_empty() || is_settled(state)
                },
            ),
        ]
    }
}

/// Every round that was begun has ended, and what became of its webhook is known.
fn is_settled(state: &State) -> bool {
    let rounds = state
        .deliveries
        .iter()
        .zip(state.ends)
        .take(state.request.round);
    let mut told = rounds.map(|(delivery, ends)| {
        ends == 1 && delivery.is_some_and(|delivery| delivery.delivered.is_some())
    });
    state.request.end.is_some() && told.all(|told| told)
}
