//! From the blocks of the source to those of the output: requantized, and as tokens.

use super::coefficients::Block;
use super::frame::Frame;
use super::requantize::Requantizer;
use super::store::Store;

/// Takes the blocks of a picture in any order.
#[derive(Debug)]
pub struct Encoder {
    /// By component, what changes its levels; `None` keeps them.
    requantizers: Vec<Option<Requantizer>>,
    /// What a requantizer makes; here so that it is not cleared for every block.
    target: Block,
    /// The blocks of the output.
    pub store: Store,
}

impl Encoder {
    /// For a frame of the output.
    pub fn new(frame: &Frame, requantizers: Vec<Option<Requantizer>>) -> Self {
        Self {
            requantizers,
            target: Block::ZERO,
            store: Store::new(frame),
        }
    }

    /// Encodes the block in column `x` of row `y` of a component.
    #[inline(always)]
    pub fn encode(&mut self, component: usize, x: usize, y: usize, source: &Block) {
        let block = match &mut self.requantizers[component] {
            Some(requantizer) => {
                requantizer.requantize(source, &mut self.target);
                &self.target
            }
            None => source,
        };
        self.store.push(component, x, y, block);
    }
}
