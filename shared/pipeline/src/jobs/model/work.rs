//! What is true of each job, whatever it does next: which lease it holds, what may come of it, which message comes back.

use super::state::{Budget, Job, State, Told, Verdict};
use super::steps::come_back;

impl Job {
    pub(super) fn has_intake(self) -> bool {
        use Job::{
            FinishExpire, FinishRefuse, FinishRefuseSchedule, IntakeCheckpoint, IntakeComplete,
            IntakeInsert, IntakeQueue, IntakeRelease, IntakeTell,
        };
        matches!(
            self,
            IntakeInsert(_)
                | IntakeQueue(_)
                | IntakeCheckpoint(_)
                | IntakeComplete
                | IntakeRelease
                | IntakeTell
                | FinishExpire(_, false)
                | FinishRefuseSchedule(_)
                | FinishRefuse(_)
        )
    }

    pub(super) fn writes_results(self) -> bool {
        matches!(
            self,
            Self::FinishWrite(..) | Self::FinishSchedule(..) | Self::FinishEnd(..)
        )
    }

    pub(super) fn posts(self, of: usize) -> bool {
        match self {
            Self::WebhookPost(round, _) | Self::WebhookRecord(round, _, _) => round == of,
            _ => false,
        }
    }

    /// What may come of its next step, where that depends on others.
    pub(super) fn choices(self, left: &Budget) -> Vec<Option<Verdict>> {
        let mut choices = vec![Verdict::Succeeded];
        match self {
            Self::CompressTry(..) => {
                if left.image_faults > 0 {
                    choices.extend([Verdict::Failed, Verdict::Again]);
                }
                if left.service_faults > 0 {
                    choices.push(Verdict::Later);
                }
                if left.waits > 0 {
                    choices.push(Verdict::Waits);
                }
            }
            Self::WebhookPost(..) => {
                if left.receiver_faults > 0 {
                    choices.push(Verdict::Failed);
                }
            }
            _ => return vec![None],
        }
        choices.into_iter().map(Some).collect()
    }

    /// The message of a job that died is received again.
    pub(super) fn dies(self, state: &mut State) {
        match self {
            Self::CompressRead(letter)
            | Self::CompressTry(letter, _)
            | Self::CompressRecord(letter, ..)
            | Self::CompressCount(letter, _)
            | Self::CompressLook(letter)
            | Self::CompressPutBack(letter)
            | Self::CompressSendAnew(letter)
            | Self::CompressAck(letter) => come_back(state, letter),
            Self::DeadRead(letter)
            | Self::DeadRecord(letter)
            | Self::DeadCount(letter)
            | Self::DeadQueue(letter)
            | Self::DeadFinish(letter) => {
                state.dead.push(letter);
                state.dead.sort_unstable();
            }
            Self::FinishRead(of)
            | Self::FinishCancel(of)
            | Self::FinishCloseIntake(of)
            | Self::FinishExpire(of, _)
            | Self::FinishRefuseSchedule(of)
            | Self::FinishRefuse(of)
            | Self::FinishPutBack(of)
            | Self::FinishCountRetry(of)
            | Self::FinishRequeue(of)
            | Self::FinishCompleteRetry(of)
            | Self::FinishAnyPending(of)
            | Self::FinishClaim(of)
            | Self::FinishWrite(of, _)
            | Self::FinishReopen(of)
            | Self::FinishInvoke(of)
            | Self::FinishSchedule(of, ..)
            | Self::FinishEnd(of, ..)
            | Self::FinishTell(of, _) => state.tell(of),
            Self::CheckRepair | Self::CheckRequeue => state.tell(Told::Check),
            Self::Requeue(_) => state.tell(Told::Requeue),
            Self::WebhookRead(round, attempt)
            | Self::WebhookClaim(round, attempt, _)
            | Self::WebhookPost(round, attempt)
            | Self::WebhookRecord(round, attempt, _) => {
                state.tell(Told::Webhook { round, attempt })
            }
            Self::WebhookTell(round, next) => state.tell(Told::Webhook {
                round,
                attempt: next - 1,
            }),
            // Nobody asks again: the sweep does, when the lease is over.
            _ => {}
        }
    }
}

impl Told {
    pub(super) fn job(self) -> Job {
        match self {
            Self::Finalize | Self::Check => Job::FinishRead(self),
            Self::Requeue => Job::Requeue(0),
            Self::Webhook { round, attempt } => Job::WebhookRead(round, attempt),
        }
    }
}
