//! Decoding a picture row by row, and handing over the blocks of the output as soon as all that
//! they are made from is there.

use super::error::JpegError;
use super::plan::Plan;
use crate::jpeg::read::decoder::Decoder;
use crate::jpeg::syntax::block::{Block, planes};
use crate::jpeg::syntax::frame::Component;
use crate::jpeg::turn::view::{ComponentView, Resampling};
use crate::metadata::orientation::Orientation;

/// Hands over every block of the output that holds some of the picture, once: component, column,
/// row, and coefficients with the steps of [`Plan::steps_of_view`]. They come in the order of the
/// source's rows: where the picture is turned, from the bottom to the top or column by column.
/// Tells where in the file the picture's data ends.
pub fn each_block(
    mut decoder: Decoder<'_>,
    plan: &Plan,
    mut take: impl FnMut(usize, usize, usize, &Block),
) -> Result<usize, JpegError> {
    let components = plan.frame.components.iter().zip(&plan.parts);
    let mut lines: Vec<Lines> = components
        .map(|(component, part)| Lines::new(component, part, plan.orientation))
        .collect();
    let rows_of_mcu: Vec<usize> = decoder.frame.components.iter().map(|c| c.v).collect();
    // A row of MCUs is decoded at once; the first row that it completes is as far back as this.
    let depths = lines
        .iter()
        .zip(&rows_of_mcu)
        .map(|(lines, v)| lines.taps + v - 1);
    let mut planes = planes(&decoder.frame, depths);
    let mut scratch = Block::ZERO;
    for row in 0..decoder.frame.mcus_high {
        decoder.decode_row(&mut planes, row)?;
        let view = plan.view(&planes);
        for (index, lines) in lines.iter_mut().enumerate() {
            while let Some(line) = lines.next(rows_of_mcu[index] * (row + 1)) {
                for at in 0..lines.length {
                    let (x, y) = if lines.are_columns {
                        (line, at)
                    } else {
                        (at, line)
                    };
                    take(index, x, y, view.block(index, x, y, &mut scratch));
                }
            }
        }
    }
    decoder.finish()
}

/// The rows of blocks of an output component or, if the source is transposed, its columns.
#[derive(Debug)]
struct Lines {
    are_columns: bool,
    /// Whether the last one comes first.
    reversed: bool,
    count: usize,
    /// Blocks in each.
    length: usize,
    done: usize,
    /// Rows of blocks in the source.
    source: usize,
    /// How many of those lie between the first ones of two lines.
    stride: usize,
    /// How many of those make one line.
    taps: usize,
}

impl Lines {
    fn new(component: &Component, part: &ComponentView, orientation: Orientation) -> Self {
        let (wide, high) = (component.blocks_wide, component.blocks_high);
        let are_columns = orientation.transpose;
        let resampling = part.resampling.as_ref();
        let (reversed, (count, length), source, kernel) = match are_columns {
            true => (
                orientation.mirror_x,
                (wide, high),
                part.size.0,
                resampling.map(Resampling::across),
            ),
            false => (
                orientation.mirror_y,
                (high, wide),
                part.size.1,
                resampling.map(Resampling::down),
            ),
        };
        Self {
            are_columns,
            reversed,
            count,
            length,
            done: 0,
            source,
            stride: kernel.map_or(1, |kernel| kernel.stride),
            taps: kernel.map_or(1, |kernel| kernel.taps.len()),
        }
    }

    /// The next line, if the first `decoded` rows of the source are enough for it.
    fn next(&mut self, decoded: usize) -> Option<usize> {
        let line = match self.reversed {
            _ if self.done == self.count => return None,
            true => self.count - 1 - self.done,
            false => self.done,
        };
        let (first, end) = (self.stride * line, self.stride * line + self.taps);
        let needed = match self.reversed {
            // What lies behind the last row is a mirror image of what lies before it.
            true => self.source - first.min((2 * self.source).saturating_sub(end)),
            false => self.source.min(end),
        };
        (needed <= decoded).then(|| {
            self.done += 1;
            line
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_once_their_rows_are_there() {
        let lines = |reversed| Lines {
            are_columns: false,
            reversed,
            count: 3,
            length: 1,
            done: 0,
            source: 5,
            stride: 2,
            taps: 3,
        };
        let (mut down, mut up) = (lines(false), lines(true));
        let mut next = |decoded| (down.next(decoded), up.next(decoded));
        assert_eq!(next(0), (None, None));
        assert_eq!(next(1), (None, None));
        assert_eq!(next(2), (None, Some(2)), "made from the rows 0, 0 and 1");
        assert_eq!(next(3), (Some(0), Some(1)));
        assert_eq!(next(5), (Some(1), Some(0)));
        assert_eq!(next(5), (Some(2), None));
        assert_eq!(next(5), (None, None));
    }
}
