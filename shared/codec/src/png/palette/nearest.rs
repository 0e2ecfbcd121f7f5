//! The nearest of a palette's colours, found among the few that can be.

use super::space::Point;

/// Cells along the axes, as bits of their number.
const BITS: [u32; 4] = [5, 5, 5, 3];

/// How long a cell is along the axes: together they reach from -128 to 128.
const SIDES: [f32; 4] = [8.0, 8.0, 8.0, 32.0];

/// Room for what floats round away.
const ROUNDING: f32 = 1.001;

/// Space divided into cells, each with the colours that may be nearest to a point in it, found at first use.
pub struct Nearest<'a> {
    points: &'a [Point],
    /// Where each cell's candidates begin and end.
    cells: Vec<(usize, usize)>,
    candidates: Vec<(Point, u8)>,
}

impl<'a> Nearest<'a> {
    /// A palette of 1 to 256 colours.
    pub fn new(points: &'a [Point]) -> Self {
        Self {
            points,
            cells: vec![(0, 0); 1 << BITS.iter().sum::<u32>()],
            candidates: Vec::new(),
        }
    }

    /// The index of the colour nearest to a point.
    #[inline]
    pub fn find(&mut self, point: Point) -> u8 {
        let places = places(point);
        let number = (0..4).fold(0, |number, axis| number << BITS[axis] | places[axis]);
        let (mut start, mut end) = self.cells[number];
        if start == end {
            (start, end) = self.fill(places);
            self.cells[number] = (start, end);
        }
        let candidates = &self.candidates[start..end];
        let mut best = (f32::INFINITY, 0);
        for (candidate, index) in candidates {
            let distance = point.distance(*candidate);
            if distance < best.0 {
                best = (distance, *index);
            }
        }
        best.1
    }

    /// Finds a cell's candidates: those that are nearer to one of its corners than the colour nearest to its centre.
    /// The difference of the two squared distances is linear in the point, so no point of the cell is missed.
    #[cold]
    fn fill(&mut self, places: [usize; 4]) -> (usize, usize) {
        let centre: [f32; 4] =
            std::array::from_fn(|axis| (places[axis] as f32 + 0.5) * SIDES[axis] - 128.0);
        let from_centre = |point: &&Point| point.distance(Point(centre));
        let nearest = self
            .points
            .iter()
            .min_by(|one, other| from_centre(one).total_cmp(&from_centre(other)));
        let nearest = *nearest.unwrap_or(&Point::ORIGIN);
        let start = self.candidates.len();
        for (index, point) in (0..=u8::MAX).zip(self.points) {
            let between = (*point - nearest).0;
            let gain: f32 = (0..4).map(|axis| SIDES[axis] * between[axis].abs()).sum();
            if from_centre(&point) <= from_centre(&&nearest) + gain * ROUNDING {
                self.candidates.push((*point, index));
            }
        }
        (start, self.candidates.len())
    }
}

/// The cell of a point.
#[inline]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "casts of floats saturate"
)]
fn places(point: Point) -> [usize; 4] {
    std::array::from_fn(|axis| {
        let place = ((point.0[axis] + 128.0) / SIDES[axis]) as u8;
        usize::from(place).min((1 << BITS[axis]) - 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_other_colour_is_nearer() {
        let mut state = 1u32;
        let mut random = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let [.., a, b] = state.to_le_bytes();
            f32::from(u16::from_le_bytes([a, b])) / 256.0 - 128.0
        };
        for colours in [1, 2, 30, 256] {
            let mut point = || Point(std::array::from_fn(|_| random()));
            let palette: Vec<Point> = (0..colours).map(|_| point()).collect();
            let mut nearest = Nearest::new(&palette);
            for _ in 0..5000 {
                let point = point();
                let found = palette[usize::from(nearest.find(point))].distance(point);
                assert!(palette.iter().all(|other| other.distance(point) >= found));
            }
        }
    }
}
