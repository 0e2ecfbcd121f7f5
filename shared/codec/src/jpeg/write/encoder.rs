//! From the blocks of the source to those of the output: requantized, and as tokens.

use super::store::Store;
use crate::jpeg::quantize::loss::Loss;
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

    /// How many times as much was lost as libjpeg would lose at the same quality.
    pub fn loss(&self) -> f64 {
        let requantizers = self.requantizers.iter().flatten();
        Loss::ratio(requantizers.filter_map(Requantizer::loss))
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
