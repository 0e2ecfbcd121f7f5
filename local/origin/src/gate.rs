//! A gate that lets answers through when a test says so.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// Closed until it is opened. Clones are the same gate.
#[derive(Debug, Clone, Default)]
pub struct Gate {
    inner: Arc<(Mutex<usize>, Condvar)>,
}

impl Gate {
    /// A closed one.
    pub fn closed() -> Self {
        Self::default()
    }

    /// Lets so many more answers through.
    pub fn admit(&self, more: usize) {
        let (permits, changed) = &*self.inner;
        let mut permits = permits.lock().unwrap_or_else(PoisonError::into_inner);
        *permits = permits.saturating_add(more);
        changed.notify_all();
    }

    /// Lets everything through from now on.
    pub fn open(&self) {
        self.admit(usize::MAX);
    }

    /// Waits to be let through.
    pub(crate) fn pass(&self) {
        let (permits, changed) = &*self.inner;
        let permits = permits.lock().unwrap_or_else(PoisonError::into_inner);
        let closed = |permits: &mut usize| *permits == 0;
        let mut permits = changed
            .wait_while(permits, closed)
            .unwrap_or_else(PoisonError::into_inner);
        // The largest number stands for an open gate.
        if *permits != usize::MAX {
            *permits -= 1;
        }
    }
}
