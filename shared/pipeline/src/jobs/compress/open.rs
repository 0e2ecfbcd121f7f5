//! Which messages of a batch are still open, and which come back when.

use std::cell::RefCell;
use std::time::Duration;

use super::ComesBack;
use crate::request::OwnerId;

/// What is known of a message.
#[derive(Clone)]
enum Message {
    Open,
    Done,
    Back(Back),
}

/// When a message comes back, and whose it is if it merely waits.
pub(super) type Back = (Duration, Option<OwnerId>);

/// The messages of a batch: each is open until what became of it is recorded.
pub(super) struct Open(RefCell<Vec<Message>>);

impl Open {
    /// So many messages, all open.
    pub(super) fn new(messages: usize) -> Self {
        Self(RefCell::new(vec![Message::Open; messages]))
    }

    /// These are done with, and these come back when they are to: it is recorded.
    pub(super) fn close(&self, done: &[usize], back: Vec<(usize, Back)>) {
        let mut messages = self.0.borrow_mut();
        for place in done {
            messages[*place] = Message::Done;
        }
        for (place, after) in back {
            messages[place] = Message::Back(after);
        }
    }

    /// How many are open.
    pub(super) fn count(&self) -> usize {
        let messages = self.0.borrow();
        let open = messages
            .iter()
            .filter(|message| matches!(message, Message::Open));
        open.count()
    }

    /// All that come back; those that are open after the time that is given for their place.
    pub(super) fn come_back(self, open: impl Fn(usize) -> Duration) -> Vec<ComesBack> {
        let back = |(place, message)| {
            let (after, sent_anew_for) = match message {
                Message::Open => (open(place), None),
                Message::Done => return None,
                Message::Back(back) => back,
            };
            Some(ComesBack {
                place,
                after,
                sent_anew_for,
            })
        };
        self.0
            .into_inner()
            .into_iter()
            .enumerate()
            .filter_map(back)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_recorded_comes_back() {
        let (soon, late) = (Duration::from_secs(1), Duration::from_secs(30));
        let open = Open::new(4);
        open.close(&[2], vec![(0, (soon, None))]);
        assert_eq!(open.count(), 2);
        let back = |place, after| ComesBack {
            place,
            after,
            sent_anew_for: None,
        };
        let expected = [back(0, soon), back(1, late), back(3, late)];
        assert_eq!(open.come_back(|_| late), expected);
    }
}
