//! A picture's pixels as colours of a palette, with half of the errors diffused.

use super::nearest::Nearest;
use super::space::{Colour, Point};

/// The share of an error that its neighbours make up for. Three quarters take 8 % more bytes at the same
/// SSIMULACRA2; none takes fewer, but leaves bands in what should be smooth: up to 30 points of SSIMULACRA2.
const DIFFUSED: f32 = 0.5;

/// The index of what is not seen, where there is such a thing. It is never anything else.
const CLEAR: u8 = 0;

/// Floyd and Steinberg's error diffusion, row by row, every other row from the right.
pub struct Dither<'a> {
    palette: &'a [Point],
    nearest: Nearest,
    /// How much farther than the nearest colour the one before may be and is taken all the same. Runs take few
    /// bytes, and the diffused error ends them in time.
    keep: f32,
    /// What the pixels of this row and of the next are to make up for, with one more at each end.
    errors: [Vec<Point>; 2],
    backwards: bool,
    /// The squared distances of all pixels from their colours.
    total: f64,
}

impl<'a> Dither<'a> {
    /// For rows of this width.
    pub fn new(palette: &'a [Point], width: usize, keep: f32) -> Self {
        Self {
            palette,
            nearest: Nearest::new(palette),
            keep,
            errors: [0, 1].map(|_| vec![Point::ORIGIN; width + 2]),
            backwards: false,
            total: 0.0,
        }
    }

    /// The sum of the squared distances of the pixels so far from what they have become.
    pub fn total(&self) -> f64 {
        self.total
    }

    /// Finds the indices of a row's colours.
    pub fn row(&mut self, colours: &[Colour], indices: &mut [u8]) {
        let width = colours.len();
        let (mut last, mut ahead, mut total) = (0, Point::ORIGIN, 0.0);
        let mut field = Field::default();
        for step in 0..width {
            // Errors have one more place at each end: a pixel's own is one to the right.
            let (x, before, behind) = if self.backwards {
                (width - 1 - step, width - 1 - step, width + 1 - step)
            } else {
                (step, step + 2, step)
            };
            if colours[x][3] == 0 {
                (indices[x], last, ahead) = (CLEAR, CLEAR, Point::ORIGIN);
                continue;
            }
            if let Some(index) = field.take(colours[x], |point| self.exactly(point)) {
                (indices[x], last, ahead) = (index, index, Point::ORIGIN);
                continue;
            }
            let point = Point::of(colours[x]);
            let wanted = (point + self.errors[0][x + 1] + ahead).clamped();
            let (index, error) = self.index(wanted, last);
            (indices[x], last) = (index, index);
            total += point.distance(self.palette[usize::from(index)]);
            ahead = error * (DIFFUSED * 7.0 / 16.0);
            let next = &mut self.errors[1];
            next[behind] += error * (DIFFUSED * 3.0 / 16.0);
            next[x + 1] += error * (DIFFUSED * 5.0 / 16.0);
            next[before] += error * (DIFFUSED / 16.0);
        }
        self.total += f64::from(total);
        self.errors.swap(0, 1);
        self.errors[1].fill(Point::ORIGIN);
        self.backwards = !self.backwards;
    }

    /// The index of this very colour, where the palette has it.
    fn exactly(&mut self, point: Point) -> Option<u8> {
        let nearest = self.nearest.find(point);
        (self.palette[usize::from(nearest)] == point).then_some(nearest)
    }

    /// The index for a colour behind one of index `last`, and how far off it is.
    #[inline]
    fn index(&mut self, wanted: Point, last: u8) -> (u8, Point) {
        let from_last = wanted - self.palette[usize::from(last)];
        // The nearest is no nearer than 0: it need not be looked for.
        if from_last.square() <= self.keep {
            return (last, from_last);
        }
        let nearest = self.nearest.find(wanted);
        let from_nearest = wanted - self.palette[usize::from(nearest)];
        if from_last.square() <= from_nearest.square() + self.keep {
            (last, from_last)
        } else {
            (nearest, from_nearest)
        }
    }
}

/// Pixels of one colour, one behind the other. Where the palette has that colour they all get it: what is flat is
/// not dithered, whatever the errors of its neighbours and the colour before it.
#[derive(Default)]
struct Field {
    colour: Colour,
    /// The colour's index, if it has one; only looked for at the second pixel.
    index: Option<Option<u8>>,
}

impl Field {
    /// The index of the next pixel, where it goes on with a field of a colour that the palette has.
    #[inline]
    fn take(&mut self, colour: Colour, find: impl FnOnce(Point) -> Option<u8>) -> Option<u8> {
        if colour != self.colour {
            *self = Self {
                colour,
                index: None,
            };
            return None;
        }
        *self.index.get_or_insert_with(|| find(Point::of(colour)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLACK_AND_WHITE: [Colour; 2] = [[0, 0, 0, 255], [255; 4]];

    /// How many of 100 × 100 gray pixels come out white.
    fn white(gray: u8, keep: f32) -> usize {
        let points = BLACK_AND_WHITE.map(Point::of);
        let mut dither = Dither::new(&points, 100, keep);
        let mut indices = [0; 100];
        (0..100)
            .map(|_| {
                dither.row(&[[gray, gray, gray, 255]; 100], &mut indices);
                indices.iter().filter(|index| **index == 1).count()
            })
            .sum()
    }

    #[test]
    fn errors_are_made_up_for_in_part() {
        assert_eq!((white(0, 0.0), white(255, 0.0)), (0, 10_000));
        assert_eq!(white(40, 0.0), 0);
        assert!((2_000..=5_000).contains(&white(110, 0.0)));
        assert!((5_000..=8_000).contains(&white(145, 0.0)));
    }

    #[test]
    fn colours_are_kept_along_a_row() {
        assert_eq!(white(200, 1e6), 0);
        assert!(white(200, 0.0) > 9_000);
    }

    /// The colour before it is near enough to be kept, and is so at the field's first pixel.
    #[test]
    fn a_field_is_of_its_own_colour() {
        let colours = [[190, 66, 102, 255], [188, 64, 100, 255]];
        let points = colours.map(Point::of);
        let mut dither = Dither::new(&points, 5, 40.0);
        let mut indices = [9; 5];
        let [other, field] = colours;
        dither.row(&[other, field, field, field, other], &mut indices);
        assert_eq!(indices, [0, 0, 1, 1, 1]);
        // From the right, where the errors of the row before come down.
        dither.row(&[field, field, field, other, field], &mut indices);
        assert_eq!(indices[..2], [1, 1]);
    }

    /// A black pixel may hide behind no alpha, and is not looked at.
    #[test]
    fn what_is_not_seen_has_no_error() {
        let points = [[0; 4], [255; 4]].map(Point::of);
        let mut dither = Dither::new(&points, 3, 1e6);
        let mut indices = [9; 3];
        dither.row(&[[255; 4], [0, 0, 0, 0], [99, 99, 99, 0]], &mut indices);
        assert_eq!(indices[1..], [0, 0]);
    }

    #[test]
    fn the_error_is_added_up() {
        let points = BLACK_AND_WHITE.map(Point::of);
        let mut dither = Dither::new(&points, 1, 0.0);
        dither.row(&[[0, 100, 0, 255]], &mut [0]);
        assert!((dither.total() - 10_000.0).abs() < 0.1);
    }
}
