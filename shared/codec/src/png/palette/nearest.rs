//! The nearest of a palette's colours, found among the few that can be, eight at a time.

use wide::{f32x4, f32x8};

use super::space::Point;

/// Cells along the axes, as bits of their number.
const BITS: [u32; 4] = [5, 5, 5, 3];

/// How long a cell is along the axes: together they reach from -128 to 128.
const SIDES: [f32; 4] = [8.0, 8.0, 8.0, 32.0];

/// Room for what floats round away.
const ROUNDING: f32 = 1.001;

/// Farther away than any colour.
const FAR: f32 = 1e6;

/// Space divided into cells, each with the colours that may be nearest to a point in it, found at first use.
pub struct Nearest {
    colours: Vec<Eight>,
    /// Where each cell's candidates begin and end.
    cells: Vec<(usize, usize)>,
    candidates: Vec<Eight>,
}

impl Nearest {
    /// A palette of 1 to 256 colours.
    pub fn new(points: &[Point]) -> Self {
        let colours: Vec<_> = points.iter().copied().zip(0..=u8::MAX).collect();
        Self {
            colours: colours.chunks(LANES).map(Eight::new).collect(),
            cells: vec![(0, 0); 1 << BITS.iter().sum::<u32>()],
            candidates: Vec::new(),
        }
    }

    /// The index of the colour nearest to a point; of several, the first.
    #[inline]
    pub fn find(&mut self, point: Point) -> u8 {
        let places = places(point);
        let number = (0..4).fold(0, |number, axis| number << BITS[axis] | places[axis]);
        let (mut start, mut end) = self.cells[number];
        if start == end {
            (start, end) = self.fill(places);
            self.cells[number] = (start, end);
        }
        nearest(&self.candidates[start..end], point).0
    }

    /// Finds a cell's candidates: those that are nearer to one of its corners than the colour nearest to its centre.
    /// The difference of the two squared distances is linear in the point, so no point of the cell is missed.
    #[cold]
    fn fill(&mut self, places: [usize; 4]) -> (usize, usize) {
        let centre = std::array::from_fn(|axis| (places[axis] as f32 + 0.5) * SIDES[axis] - 128.0);
        let centre = Point(centre);
        let (index, least) = nearest(&self.colours, centre);
        let best = self.colours[usize::from(index) / LANES].point(usize::from(index) % LANES);
        let mut found = Vec::new();
        for eight in &self.colours {
            let [a, b, c, d] =
                std::array::from_fn(|axis| (eight.axes[axis] - best.0[axis]).abs() * SIDES[axis]);
            let bound = (a + b + c + d) * ROUNDING + least;
            let mut inside = eight.distances(centre).simd_le(bound).to_bitmask();
            while inside != 0 {
                let lane = inside.trailing_zeros() as usize % LANES;
                inside &= inside - 1;
                found.push((eight.point(lane), eight.indices[lane]));
            }
        }
        let start = self.candidates.len();
        self.candidates.extend(found.chunks(LANES).map(Eight::new));
        (start, self.candidates.len())
    }
}

/// So many colours are looked at side by side.
const LANES: usize = 8;

/// Up to eight colours, axis by axis, and their indices. Those that are missing are far away.
struct Eight {
    axes: [f32x8; 4],
    indices: [u8; LANES],
}

impl Eight {
    fn new(colours: &[(Point, u8)]) -> Self {
        let (mut axes, mut indices) = ([[FAR; LANES]; 4], [0; LANES]);
        for (lane, (point, index)) in colours.iter().enumerate().take(LANES) {
            for (axis, place) in axes.iter_mut().zip(point.0) {
                axis[lane] = place;
            }
            indices[lane] = *index;
        }
        Self {
            axes: axes.map(f32x8::new),
            indices,
        }
    }

    fn point(&self, lane: usize) -> Point {
        Point(self.axes.map(|axis| axis.to_array()[lane]))
    }

    /// The squared distances from a point.
    #[inline(always)]
    fn distances(&self, point: Point) -> f32x8 {
        let [a, b, c, d] = std::array::from_fn(|axis| {
            let between = f32x8::splat(point.0[axis]) - self.axes[axis];
            between * between
        });
        (a + b) + (c + d)
    }
}

/// The index of the colour nearest to a point, the first of several, and how far it is, squared.
#[inline(always)]
fn nearest(colours: &[Eight], point: Point) -> (u8, f32) {
    let mut best = (0, f32::INFINITY);
    for eight in colours {
        let distances = eight.distances(point);
        let least = least(distances);
        if least < best.1 {
            let equal = distances.simd_eq(f32x8::splat(least)).to_bitmask();
            let lane = equal.trailing_zeros() as usize % LANES;
            best = (eight.indices[lane], least);
        }
    }
    best
}

/// The least of eight numbers.
#[inline(always)]
fn least(of: f32x8) -> f32 {
    let [a, b, c, d, e, f, g, h] = of.to_array();
    let [a, b, c, d] = f32x4::new([a, b, c, d])
        .fast_min(f32x4::new([e, f, g, h]))
        .to_array();
    let less = |a: f32, b: f32| if a < b { a } else { b };
    less(less(a, b), less(c, d))
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
