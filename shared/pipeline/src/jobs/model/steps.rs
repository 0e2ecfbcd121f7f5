//! What each job does, one effect at a time, as the modules beside do it.

use super::state::{Delivery, End, Job, Letter, State, Status, Told, Verdict};
use super::{Flaw, Life};

/// Tries of an image, attempts at a webhook, receives of a message before it is a dead letter.
const TRIES: usize = 2;
const ATTEMPTS: usize = 2;
const RECEIVES: usize = 3;

impl Life {
    fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    /// What a job is at, then what follows.
    pub(super) fn step(&self, state: &mut State, job: Job, choice: Option<Verdict>) -> Option<Job> {
        match job {
            Job::IntakeInsert(_) | Job::IntakeQueue(_) | Job::IntakeCheckpoint(_) => {
                self.take_in(state, job)
            }
            Job::IntakeComplete | Job::IntakeRelease | Job::IntakeTell => self.taken_in(state, job),
            Job::CompressRead(_) | Job::CompressTry(..) | Job::CompressRecord(..) => {
                self.compress(state, job, choice)
            }
            Job::CompressCount(..)
            | Job::CompressLook(_)
            | Job::CompressPutBack(_)
            | Job::CompressSendAnew(_)
            | Job::CompressAck(_) => self.compressed(state, job),
            Job::DeadRead(_)
            | Job::DeadRecord(_)
            | Job::DeadCount(_)
            | Job::DeadQueue(_)
            | Job::DeadFinish(_) => self.dead_letter(state, job),
            Job::Requeue(image) => self.requeue(state, image),
            Job::WebhookRead(..)
            | Job::WebhookClaim(..)
            | Job::WebhookPost(..)
            | Job::WebhookRecord(..)
            | Job::WebhookTell(..) => self.webhook(state, job, choice),
            _ => self.finish(state, job),
        }
    }

    /// `intake::take_in`.
    fn take_in(&self, state: &mut State, job: Job) -> Option<Job> {
        match job {
            Job::IntakeInsert(image) => {
                let of = &mut state.images[image];
                if of.status == Status::Missing {
                    of.status = Status::Pending;
                }
                Some(Job::IntakeQueue(image))
            }
            Job::IntakeQueue(image) => {
                state.send(Letter {
                    image,
                    round: 1,
                    receives: 1,
                });
                Some(Job::IntakeCheckpoint(image))
            }
            Job::IntakeCheckpoint(image) => {
                if !state.request.is_open() {
                    return Some(Job::IntakeRelease);
                }
                state.request.checkpoint = image + 1;
                let next = image + 1 < self.images;
                Some(if next {
                    Job::IntakeInsert(image + 1)
                } else {
                    Job::IntakeComplete
                })
            }
            _ => None,
        }
    }

    /// `intake::go_on`, behind its last row.
    fn taken_in(&self, state: &mut State, job: Job) -> Option<Job> {
        match job {
            Job::IntakeComplete => {
                if state.request.end.is_some() {
                    return None;
                }
                state.request.complete = true;
                state.request.intake_lease = false;
                let done = state.request.may_be_done(self.images) || !state.request.is_open();
                done.then_some(Job::IntakeTell)
            }
            Job::IntakeRelease => {
                state.request.intake_lease = false;
                Some(Job::IntakeTell)
            }
            _ => {
                state.tell(Told::Finalize);
                None
            }
        }
    }

    /// `compress`: up to what is recorded.
    fn compress(&self, state: &mut State, job: Job, choice: Option<Verdict>) -> Option<Job> {
        match job {
            Job::CompressRead(letter) => {
                let image = state.images[letter.image];
                let verdict = if !state.request.is_open() {
                    Verdict::Dropped
                } else if image.status != Status::Pending || image.round != letter.round {
                    Verdict::Nothing
                } else if state.request.overdue {
                    Verdict::Failed
                } else {
                    return Some(Job::CompressTry(letter, image.tries));
                };
                Some(Job::CompressRecord(letter, verdict, image.tries))
            }
            Job::CompressTry(letter, tries) => {
                let mut verdict = choice?;
                // `wanted`: asked again before anything is written.
                if !state.request.is_open() || state.request.round != letter.round {
                    verdict = Verdict::Dropped;
                } else if verdict == Verdict::Again && tries + 1 >= TRIES {
                    verdict = Verdict::Failed;
                }
                Some(Job::CompressRecord(letter, verdict, tries))
            }
            Job::CompressRecord(letter, verdict, tries) => {
                self.record(state, letter, verdict, tries)
            }
            _ => None,
        }
    }

    /// `images.record`: only what is pending in the message's round is changed.
    fn record(
        &self,
        state: &mut State,
        letter: Letter,
        verdict: Verdict,
        tries: usize,
    ) -> Option<Job> {
        let image = state.images[letter.image];
        let mine = image.status == Status::Pending && image.round == letter.round
            || self.has(Flaw::RecordsWhatEnded);
        match verdict {
            Verdict::Dropped => Some(Job::CompressAck(letter)),
            Verdict::Later => Some(Job::CompressPutBack(letter)),
            Verdict::Waits => Some(Job::CompressSendAnew(letter)),
            Verdict::Nothing => Some(Job::CompressCount(letter, false)),
            Verdict::Again => {
                if mine {
                    state.images[letter.image].tries = tries + 1;
                }
                Some(Job::CompressPutBack(letter))
            }
            Verdict::Succeeded | Verdict::Failed => {
                if mine {
                    let success = verdict == Verdict::Succeeded;
                    state.record(
                        letter.image,
                        if success {
                            Status::Succeeded
                        } else {
                            Status::Failed
                        },
                    );
                }
                Some(Job::CompressCount(letter, mine))
            }
        }
    }

    /// `compress`: counters, the look, the message.
    fn compressed(&self, state: &mut State, job: Job) -> Option<Job> {
        let request = &mut state.request;
        match job {
            Job::CompressCount(letter, ended) => {
                let counts = ended || self.has(Flaw::CountsRepeats);
                if counts && request.end.is_none() && request.round == letter.round {
                    request.counted += 1;
                }
                if !ended && request.end.is_none() {
                    request.in_doubt = true;
                }
                let looks = request.may_be_done(self.images);
                Some(if looks {
                    Job::CompressLook(letter)
                } else {
                    Job::CompressAck(letter)
                })
            }
            Job::CompressLook(letter) => {
                state.tell(Told::Finalize);
                Some(Job::CompressAck(letter))
            }
            Job::CompressPutBack(letter) => {
                come_back(state, letter);
                None
            }
            // `compress::send_anew`.
            Job::CompressSendAnew(letter) => {
                state.send(Letter {
                    receives: 1,
                    ..letter
                });
                Some(Job::CompressAck(letter))
            }
            _ => None,
        }
    }

    /// `dead_letters`.
    fn dead_letter(&self, state: &mut State, job: Job) -> Option<Job> {
        match job {
            Job::DeadRead(letter) => {
                let image = state.images[letter.image];
                let open = image.status == Status::Pending
                    && image.round == letter.round
                    && state.request.is_open();
                Some(match open {
                    true if image.tries > 0
                        || state.request.overdue
                        || self.has(Flaw::FailsDeadLetters) =>
                    {
                        Job::DeadRecord(letter)
                    }
                    true => Job::DeadQueue(letter),
                    false => Job::DeadFinish(letter),
                })
            }
            Job::DeadRecord(letter) => {
                let image = &mut state.images[letter.image];
                if image.status == Status::Pending && image.round == letter.round {
                    image.status = Status::Failed;
                    return Some(Job::DeadCount(letter));
                }
                Some(Job::DeadFinish(letter))
            }
            Job::DeadCount(letter) => {
                if state.request.end.is_none() && state.request.round == letter.round {
                    state.request.counted += 1;
                }
                Some(Job::DeadFinish(letter))
            }
            Job::DeadQueue(letter) => {
                state.send(Letter {
                    receives: 1,
                    ..letter
                });
                None
            }
            // The same look that a message asks for.
            _ => Some(Job::FinishRead(Told::Finalize)),
        }
    }

    /// `completion::requeue`, image by image.
    fn requeue(&self, state: &mut State, image: usize) -> Option<Job> {
        if !state.request.is_open() || image >= self.images {
            return None;
        }
        let of = state.images[image];
        if of.status == Status::Pending {
            state.send(Letter {
                image,
                round: of.round,
                receives: 1,
            });
        }
        Some(Job::Requeue(image + 1))
    }

    /// `webhook::attempt`.
    fn webhook(&self, state: &mut State, job: Job, choice: Option<Verdict>) -> Option<Job> {
        match job {
            Job::WebhookRead(round, attempt) => {
                if state.request.round == round
                    && state.request.end.is_none()
                    && !self.has(Flaw::PostsBeforeTheEnd)
                {
                    state.tell(Told::Finalize);
                    return None;
                }
                let late = state.request.round != round;
                Some(Job::WebhookClaim(round, attempt, late))
            }
            Job::WebhookClaim(round, attempt, late) => {
                let delivery = state.deliveries[round - 1].as_mut()?;
                if delivery.lease || delivery.delivered.is_some() || delivery.attempt != attempt {
                    return None;
                }
                delivery.lease = true;
                let given_up = Job::WebhookRecord(round, attempt, Some(false));
                Some(if late {
                    given_up
                } else {
                    Job::WebhookPost(round, attempt)
                })
            }
            Job::WebhookPost(round, attempt) => {
                state.posted[round - 1] = true;
                let came = match choice? {
                    Verdict::Succeeded => Some(true),
                    _ if attempt + 1 >= ATTEMPTS => Some(false),
                    _ => None,
                };
                Some(Job::WebhookRecord(round, attempt, came))
            }
            Job::WebhookRecord(round, attempt, came) => {
                let delivery = state.deliveries[round - 1].as_mut()?;
                if delivery.attempt == attempt && delivery.delivered.is_none() {
                    *delivery = Delivery {
                        attempt: attempt + 1,
                        lease: false,
                        delivered: came,
                    };
                }
                came.is_none()
                    .then_some(Job::WebhookTell(round, attempt + 1))
            }
            Job::WebhookTell(round, attempt) => {
                state.tell(Told::Webhook { round, attempt });
                None
            }
            _ => None,
        }
    }

    /// `completion::finish` and `check`.
    fn finish(&self, state: &mut State, job: Job) -> Option<Job> {
        let not_yet = |of: Told| (of == Told::Check).then_some(Job::CheckRepair);
        match job {
            Job::FinishRead(of) => self.look(state, of),
            Job::FinishCancel(of) => {
                for image in 0..self.images {
                    if state.images[image].status == Status::Pending {
                        state.record(image, Status::Cancelled);
                    }
                }
                Some(Job::FinishAnyPending(of))
            }
            Job::FinishCloseIntake(of) => {
                let claimed = state.request.claim_intake();
                claimed.then_some(Job::FinishExpire(of, false))
            }
            Job::FinishExpire(of, complete) => {
                for image in 0..self.images {
                    if state.images[image].status == Status::Pending {
                        state.record(image, Status::Failed);
                    }
                }
                Some(if complete {
                    Job::FinishAnyPending(of)
                } else {
                    Job::FinishRefuseSchedule(of)
                })
            }
            Job::FinishRefuseSchedule(of) => {
                schedule(state, state.request.round);
                Some(Job::FinishRefuse(of))
            }
            Job::FinishRefuse(of) => {
                let round = state.request.round;
                self.end(state, round, End::Refused)
                    .then_some(Job::FinishTell(of, round))
            }
            Job::FinishPutBack(of) => {
                let round = state.request.round;
                for image in &mut state.images {
                    if image.status == Status::Failed && image.round < round {
                        (image.status, image.round, image.tries) = (Status::Pending, round, 0);
                    }
                }
                Some(Job::FinishCountRetry(of))
            }
            Job::FinishCountRetry(of) => {
                let pending = state
                    .images
                    .iter()
                    .filter(|image| image.status == Status::Pending)
                    .count();
                if state.request.retry == Some(false) {
                    state.request.retry = Some(true);
                    state.request.counted = self.images - pending;
                }
                Some(Job::FinishRequeue(of))
            }
            Job::FinishRequeue(of) => {
                state.tell(Told::Requeue);
                Some(Job::FinishCompleteRetry(of))
            }
            Job::FinishCompleteRetry(of) => {
                if state.request.end.is_none() {
                    state.request.retry = None;
                }
                Some(Job::FinishAnyPending(of))
            }
            Job::FinishAnyPending(of) => {
                let pending = match self.has(Flaw::CountsRepeats) {
                    true => state.request.counted < self.images && !state.request.cancelled,
                    false => state.pending(),
                };
                if pending {
                    not_yet(of)
                } else {
                    Some(Job::FinishClaim(of))
                }
            }
            Job::FinishClaim(of) => {
                let request = &mut state.request;
                let whole = request.complete && request.retry.is_none() || request.cancelled;
                if request.end.is_some() || !whole || request.results_lease {
                    return not_yet(of).filter(|_| request.end.is_none());
                }
                request.results_lease = true;
                Some(Job::FinishWrite(of, request.round))
            }
            Job::FinishWrite(of, round) => self.write(state, of, round),
            Job::FinishReopen(of) => {
                if state.request.end.is_none() {
                    (state.request.complete, state.request.checkpoint) = (false, 0);
                }
                Some(Job::FinishInvoke(of))
            }
            Job::FinishInvoke(_) => {
                state.invoked = true;
                None
            }
            Job::FinishSchedule(of, round, ended) => {
                if !self.has(Flaw::SchedulesAfterTheEnd) {
                    schedule(state, round);
                }
                Some(Job::FinishEnd(of, round, ended))
            }
            Job::FinishEnd(of, round, _) => {
                let end = if state.request.cancelled {
                    End::Cancelled
                } else {
                    End::Whole
                };
                self.end(state, round, end)
                    .then_some(Job::FinishTell(of, round))
            }
            Job::FinishTell(_, round) => {
                if self.has(Flaw::SchedulesAfterTheEnd) {
                    schedule(state, round);
                }
                state.tell(Told::Webhook { round, attempt: 0 });
                None
            }
            Job::CheckRepair => {
                let request = &mut state.request;
                if !request.is_open() || !request.complete || request.retry.is_some() {
                    return None;
                }
                let ended = |image: &&super::state::Image| {
                    !matches!(image.status, Status::Missing | Status::Pending)
                };
                request.counted = state.images.iter().filter(ended).count();
                request.in_doubt = true;
                Some(Job::CheckRequeue)
            }
            _ => {
                state.tell(Told::Requeue);
                None
            }
        }
    }

    /// `completion::finish`: which way a request goes.
    fn look(&self, state: &State, of: Told) -> Option<Job> {
        let request = state.request;
        if request.end.is_some() {
            return None;
        }
        if request.cancelled {
            let taken =
                !request.complete && request.intake_lease && !self.has(Flaw::CancelsUnderAnIntake);
            return (!taken).then_some(Job::FinishCancel(of));
        }
        if request.overdue {
            let closed = request.complete || self.has(Flaw::ExpiresUnderAnIntake);
            return Some(if closed {
                Job::FinishExpire(of, request.complete)
            } else {
                Job::FinishCloseIntake(of)
            });
        }
        match request.retry {
            Some(false) => Some(Job::FinishPutBack(of)),
            Some(true) => Some(Job::FinishRequeue(of)),
            None => request.complete.then_some(Job::FinishAnyPending(of)),
        }
    }

    /// `completion::end`: the results are written, and the images counted on the way.
    fn write(&self, state: &mut State, of: Told, round: usize) -> Option<Job> {
        let is = |status: Status| state.images.iter().any(|image| image.status == status);
        let (pending, missing) = (
            is(Status::Pending),
            is(Status::Missing) && !state.request.cancelled,
        );
        if !self.has(Flaw::CountsRepeats) && (pending || missing) {
            state.request.results_lease = false;
            let check = (of == Told::Check).then_some(Job::CheckRepair);
            return if pending {
                check
            } else {
                Some(Job::FinishReopen(of))
            };
        }
        Some(Job::FinishSchedule(of, round, self.images))
    }

    /// `requests.end`: one that is pending in this round.
    fn end(&self, state: &mut State, round: usize, end: End) -> bool {
        let request = &mut state.request;
        let mine =
            request.end.is_none() && request.round == round || self.has(Flaw::EndsUnconditionally);
        if mine {
            request.end = Some(end);
            state.ends[round - 1] += 1;
        }
        mine
    }
}

/// `deliveries.schedule`: once a round.
fn schedule(state: &mut State, round: usize) {
    state.deliveries[round - 1].get_or_insert(Delivery {
        attempt: 0,
        lease: false,
        delivered: None,
    });
}

/// A message that was not done with: it is seen again, or is a dead letter.
pub(super) fn come_back(state: &mut State, mut letter: Letter) {
    letter.receives += 1;
    if letter.receives > RECEIVES {
        state.dead.push(letter);
        state.dead.sort_unstable();
    } else {
        state.send(letter);
    }
}
