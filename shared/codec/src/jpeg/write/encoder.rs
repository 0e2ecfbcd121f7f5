//! From the blocks of the source to those of the output: requantized, and as tokens.

use super::store::Store;
use crate::jpeg::quantize::requantize::Requantizer;
use crate::jpeg::syntax::block::Block;
use crate::jpeg::syntax::frame::Frame;

/// Takes the blocks of a picture in any order.
#[derive(Debug)]
pub struct Encoder {
    /// By component, what changes its levels; `None` keeps them.
    requantizers: Vec<Option<Requantizer>>,
    /// The blocks of the output.
    pub store: Store,
}

impl Encoder {
    /// For a frame of the output.
    pub fn new(frame: &Frame, requantizers: Vec<Option<Requantizer>>) -> Self {
        Self {
            requantizers,
            store: Store::new(frame),
        }
    }

    /// Whether a component lost more than libjpeg would lose at the same quality.
    pub fn loses_too_much(&self) -> bool {
        let mut requantizers = self.requantizers.iter().flatten();
        requantizers.any(Requantizer::loses_too_much)
    }

    /// Encodes the block in column `x` of row `y` of a component.
    #[inline(always)]
    pub fn encode(&mut self, component: usize, x: usize, y: usize, source: &Block) {
        let requantizer = &mut self.requantizers[component];
        self.store.push(component, x, y, |next| match requantizer {
            Some(requantizer) => requantizer.requantize(source, next),
            None => next.copy(source),
        });
    }
}
