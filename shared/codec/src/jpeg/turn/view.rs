//! The source's blocks as the output needs them: turned upright, moved to the block grid and
//! with chroma at half resolution.

use super::halve::Halving;
use super::kernel::Kernel;
use crate::jpeg::syntax::block::{Block, Plane, Square};
use crate::jpeg::syntax::steps::ZIGZAG;
use crate::metadata::orientation::Orientation;

/// Blocks that a kernel makes have steps of 1/8: fine enough to lose nothing, and the largest
/// coefficient (±1024 · √2 or so) still fits into 16 bits.
pub const FINE_STEP: f32 = 0.125;

/// What happens to the blocks of one component.
#[derive(Debug)]
pub struct ComponentView {
    /// Blocks across and down that hold some of the upright picture.
    pub size: (usize, usize),
    /// Moving and halving, if any, after turning.
    pub resampling: Option<Resampling>,
}

/// Kernels for both axes.
#[derive(Debug)]
pub struct Resampling {
    /// Along rows.
    x: Kernel,
    /// Along columns, with its matrices transposed: what one coefficient becomes stands in a row.
    y: Kernel,
    /// The upright source's quantization steps, in zigzag order, over [`FINE_STEP`].
    steps: [f32; 64],
    /// If nothing moves: what takes less than the kernels do.
    halving: Option<Halving>,
}

impl Resampling {
    /// With kernels along rows and columns, of blocks with these steps in zigzag order.
    pub fn new(x: Kernel, y: &Kernel, steps: [f32; 64]) -> Self {
        let (identity, halve) = (Kernel::identity(), Kernel::halve());
        let halves = |kernel: &Kernel| match kernel {
            kernel if *kernel == halve => Some(true),
            kernel if *kernel == identity => Some(false),
            _ => None,
        };
        let halving = match (halves(&x), halves(y)) {
            (Some(across), Some(down)) if across || down => Some(Halving { across, down }),
            _ => None,
        };
        Self {
            x,
            y: y.transposed(),
            steps: steps.map(|step| step / FINE_STEP),
            halving,
        }
    }

    /// How the blocks along rows make those of the output.
    pub fn across(&self) -> &Kernel {
        &self.x
    }

    /// How many blocks along columns, and how many of them from one output block to the next.
    pub fn down(&self) -> &Kernel {
        &self.y
    }
}

/// Planes of the source seen as the output.
#[derive(Debug)]
pub struct View<'a> {
    /// The rows of the source that are there.
    pub planes: &'a [Plane],
    /// How the source is turned.
    pub orientation: Orientation,
    /// By component.
    pub parts: &'a [ComponentView],
}

impl View<'_> {
    /// The block of the output in column `x` of row `y` of a component: where it is, or made in
    /// `scratch`.
    #[inline(always)]
    pub fn block<'b>(
        &'b self,
        index: usize,
        x: usize,
        y: usize,
        scratch: &'b mut Block,
    ) -> &'b Block {
        match &self.parts[index].resampling {
            Some(resampling) => {
                *scratch = Block::of_columns(&match resampling.halving {
                    Some(halving) => self.halve(index, resampling, halving, (x, y)),
                    None => self.resample(index, resampling, (x, y)),
                });
                scratch
            }
            None => self.turned(index, (x, y), scratch),
        }
    }

    /// A block of the upright picture.
    #[inline(always)]
    fn turned<'b>(&'b self, index: usize, at: (usize, usize), scratch: &'b mut Block) -> &'b Block {
        let (x, y) = self.orientation.place(at, self.parts[index].size);
        let block = self.planes[index].block(x, y);
        if self.orientation.is_upright() {
            return block;
        }
        self.orientation.turn(block, scratch);
        scratch
    }

    /// A block of the upright picture or, behind the last one, the mirror image of one before it.
    #[inline(always)]
    fn reflected<'b>(
        &'b self,
        index: usize,
        (x, y): (usize, usize),
        scratch: &'b mut [Block; 2],
    ) -> &'b Block {
        let size = self.parts[index].size;
        let ((x, mirror_x), (y, mirror_y)) = (reflect(x, size.0), reflect(y, size.1));
        let [turned, mirrored] = scratch;
        let block = self.turned(index, (x, y), turned);
        if !mirror_x && !mirror_y {
            return block;
        }
        let mirror = Orientation {
            transpose: false,
            mirror_x,
            mirror_y,
        };
        mirror.turn(block, mirrored);
        mirrored
    }

    /// The coefficients of an output block by column and row, made by the kernels.
    fn resample(&self, index: usize, by: &Resampling, (x, y): (usize, usize)) -> Square {
        let mut scratch = [Block::ZERO; 2];
        let mut sum = [[0.0; 8]; 8];
        for (tap_x, across) in by.x.taps.iter().enumerate() {
            // By column of the source block: the columns that all blocks above each other make.
            let mut columns = [[0.0_f32; 8]; 8];
            let mut present = 0_u8;
            for (tap_y, down) in by.y.taps.iter().enumerate() {
                let place = (x * by.x.stride + tap_x, y * by.y.stride + tap_y);
                for (k, level) in self.reflected(index, place, &mut scratch).all() {
                    let natural = usize::from(ZIGZAG[k & 63]);
                    let (v, u) = (natural >> 3 & 7, natural & 7);
                    let value = level as f32 * by.steps[k & 63];
                    columns[u] = plus(&columns[u], &down[v], value);
                    present |= 1 << u;
                }
            }
            while present != 0 {
                let u = present.trailing_zeros() as usize & 7;
                present &= present - 1;
                for (x, sum) in sum.iter_mut().enumerate() {
                    *sum = plus(sum, &columns[u], across[x][u]);
                }
            }
        }
        sum
    }

    /// The same where nothing but halving is to be done.
    #[inline(never)]
    fn halve(
        &self,
        index: usize,
        by: &Resampling,
        halving: Halving,
        (x, y): (usize, usize),
    ) -> Square {
        let mut scratch = [Block::ZERO; 2];
        let mut squares: [[Square; 2]; 2] = [[[[0.0; 8]; 8]; 2]; 2];
        let (across, down) = halving.blocks();
        for (column, squares) in squares.iter_mut().enumerate().take(across) {
            for (row, square) in squares.iter_mut().enumerate().take(down) {
                let place = (x * across + column, y * down + row);
                for (k, level) in self.reflected(index, place, &mut scratch).all() {
                    let natural = usize::from(ZIGZAG[k & 63]);
                    square[natural >> 3 & 7][natural & 7] = level as f32 * by.steps[k & 63];
                }
            }
        }
        halving.apply(&squares)
    }
}

/// `sum` and so many times `value`.
#[inline(always)]
fn plus(sum: &[f32; 8], value: &[f32; 8], times: f32) -> [f32; 8] {
    std::array::from_fn(|lane| sum[lane] + times * value[lane])
}

/// A block behind the last of `count` is the mirror image of one before it.
fn reflect(index: usize, count: usize) -> (usize, bool) {
    match index < count {
        true => (index, false),
        false => ((2 * count - 1).saturating_sub(index), true),
    }
}
