//! From coefficients to tokens: the blocks of the output in the order of its scan, requantized.

use super::coefficients::Block;
use super::frame::Frame;
use super::requantize::Requantizer;
use super::tokens::Tokens;

/// One output component while its blocks are encoded.
#[derive(Debug)]
pub struct Encoding {
    /// Changes the levels; `None` keeps them.
    pub requantizer: Option<Requantizer>,
    /// Which Huffman tables it uses.
    pub class: u32,
    prediction: i16,
    /// What the requantizer makes; here so that it is not cleared for every block.
    target: Block,
}

impl Encoding {
    /// Begins a component.
    pub fn new(requantizer: Option<Requantizer>, class: u32) -> Self {
        Self {
            requantizer,
            class,
            prediction: 0,
            target: Block::ZERO,
        }
    }

    #[inline(always)]
    fn encode(&mut self, source: &Block, tokens: &mut Tokens) {
        let block = match &mut self.requantizer {
            Some(requantizer) => {
                requantizer.requantize(source, &mut self.target);
                &self.target
            }
            None => source,
        };
        tokens.push(block, self.class, self.prediction);
        self.prediction = block.get(0);
    }

    /// A block outside of the picture, which no decoder shows: as short as can be.
    fn encode_filler(&mut self, tokens: &mut Tokens) {
        let mut block = Block::ZERO;
        block.set(0, self.prediction);
        tokens.push(&block, self.class, self.prediction);
    }
}

/// Where the blocks of the output come from.
pub trait Blocks {
    /// The block in column `x` of row `y` of a component, where it is, or made in `scratch`.
    fn block<'b>(
        &'b self,
        component: usize,
        x: usize,
        y: usize,
        scratch: &'b mut Block,
    ) -> &'b Block;
}

/// Encodes one component as a scan of its own, which has no blocks outside of the picture.
pub fn encode_component(
    frame: &Frame,
    index: usize,
    encoding: &mut Encoding,
    blocks: &impl Blocks,
    tokens: &mut Tokens,
) {
    let component = &frame.components[index];
    let mut scratch = Block::ZERO;
    for y in 0..component.blocks_high {
        for x in 0..component.blocks_wide {
            encoding.encode(blocks.block(index, x, y, &mut scratch), tokens);
        }
    }
}

/// Encodes the rows `rows` of MCUs of an interleaved scan.
pub fn encode_rows(
    frame: &Frame,
    encodings: &mut [Encoding],
    rows: std::ops::Range<usize>,
    blocks: &impl Blocks,
    tokens: &mut Tokens,
) {
    let mut scratch = Block::ZERO;
    for row in rows {
        for column in 0..frame.mcus_wide {
            for (index, component) in frame.components.iter().enumerate() {
                let encoding = &mut encodings[index];
                for at in 0..component.h * component.v {
                    let x = column * component.h + at % component.h;
                    let y = row * component.v + at / component.h;
                    if x < component.blocks_wide && y < component.blocks_high {
                        let block = blocks.block(index, x, y, &mut scratch);
                        encoding.encode(block, tokens);
                    } else {
                        encoding.encode_filler(tokens);
                    }
                }
            }
        }
    }
}
