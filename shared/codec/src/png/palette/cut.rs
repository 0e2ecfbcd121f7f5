//! The choice of colours: median cut by variance, then k-means.

use std::ops::RangeInclusive;

use super::histogram::Entry;
use super::nearest::Nearest;
use super::space::{Colour, Point};

/// One less takes 1 % more bytes at the same SSIMULACRA2.
const REFINEMENTS: usize = 2;

/// The share of opaque pixels above which a mean is opaque: what is behind a picture must not shine through it.
const OPAQUE: f32 = 1.0 / 16.0;

/// A group of colours that one of the palette will stand for.
struct Group<'a> {
    entries: &'a mut [Entry],
    mean: Point,
    weight: f32,
    /// The sum of the squared distances from the mean, along each axis.
    spread: [f32; 4],
}

impl<'a> Group<'a> {
    fn new(entries: &'a mut [Entry]) -> Self {
        let weight: f32 = entries.iter().map(|entry| entry.weight).sum();
        let sum = entries
            .iter()
            .fold(Point::ORIGIN, |sum, entry| sum + entry.point * entry.weight);
        let mean = sum * (1.0 / weight);
        let spread = entries.iter().fold([0.0; 4], |spread, entry| {
            let difference = (entry.point - mean).0;
            std::array::from_fn(|axis| {
                spread[axis] + difference[axis] * difference[axis] * entry.weight
            })
        });
        Self {
            entries,
            mean,
            weight,
            spread,
        }
    }

    fn error(&self) -> f32 {
        self.spread.iter().sum()
    }

    /// How much it needs to be split. Few pixels count for more than their share of the error: they are often what
    /// matters, such as a logo on white.
    fn priority(&self) -> f32 {
        self.error() / self.weight.sqrt().sqrt()
    }

    /// Splits at the mean of the axis along which the colours differ most.
    fn split(self) -> (Self, Self) {
        let axis = (0..4)
            .max_by(|one, other| self.spread[*one].total_cmp(&self.spread[*other]))
            .unwrap_or_default();
        let (mut middle, mean) = (0, self.mean.0[axis]);
        for at in 0..self.entries.len() {
            if self.entries[at].point.0[axis] < mean {
                self.entries.swap(middle, at);
                middle += 1;
            }
        }
        // Rounding may put the mean beside all of them.
        let middle = middle.clamp(1, self.entries.len() - 1);
        let (low, high) = self.entries.split_at_mut(middle);
        (Self::new(low), Self::new(high))
    }
}

/// The fewest colours, within these bounds, whose mean squared distance from the picture's is at most `target`.
pub fn choose(entries: &mut [Entry], bounds: RangeInclusive<usize>, target: f32) -> Vec<Colour> {
    let total: f32 = entries.iter().map(|entry| entry.weight).sum();
    let mut points = cut(entries, bounds, target * total);
    let mut shares = Vec::new();
    for _ in 0..REFINEMENTS {
        shares = refine(entries, &mut points);
    }
    let opaque = |(point, share): (Point, Share)| {
        let [r, g, b, a] = point.colour();
        let opaque = share.opaque > share.weight * OPAQUE;
        [r, g, b, if opaque { u8::MAX } else { a }]
    };
    let mut colours: Vec<Colour> = points.into_iter().zip(shares).map(opaque).collect();
    colours.sort_unstable();
    colours.dedup();
    colours
}

fn cut(entries: &mut [Entry], bounds: RangeInclusive<usize>, target: f32) -> Vec<Point> {
    let mut groups = vec![Group::new(entries)];
    while groups.len() < *bounds.end() {
        let error: f32 = groups.iter().map(Group::error).sum();
        if error <= target && groups.len() >= *bounds.start() {
            break;
        }
        let widest = groups
            .iter()
            .enumerate()
            .filter(|(_, group)| group.entries.len() > 1)
            .max_by(|(_, one), (_, other)| one.priority().total_cmp(&other.priority()));
        let Some((widest, _)) = widest else { break };
        let (low, high) = groups.swap_remove(widest).split();
        groups.extend([low, high]);
    }
    groups.into_iter().map(|group| group.mean).collect()
}

/// What a colour of the palette stands for.
#[derive(Clone, Copy)]
struct Share {
    sum: Point,
    weight: f32,
    /// How much of the weight is opaque.
    opaque: f32,
}

impl Share {
    const NOTHING: Self = Self {
        sum: Point::ORIGIN,
        weight: 0.0,
        opaque: 0.0,
    };

    fn add(&mut self, entry: &Entry) {
        self.sum += entry.point * entry.weight;
        self.weight += entry.weight;
        if entry.point.is_opaque() {
            self.opaque += entry.weight;
        }
    }
}

/// Moves each colour to the mean of those that it is nearest to.
fn refine(entries: &[Entry], points: &mut [Point]) -> Vec<Share> {
    let before = points.to_vec();
    let mut nearest = Nearest::new(&before);
    let mut shares = vec![Share::NOTHING; points.len()];
    for entry in entries {
        shares[usize::from(nearest.find(entry.point))].add(entry);
    }
    for (point, share) in points.iter_mut().zip(&shares) {
        if share.weight > 0.0 {
            *point = share.sum * (1.0 / share.weight);
        }
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three colours, each with slight variations.
    fn entries() -> Vec<Entry> {
        let variations = (0..10).flat_map(|by| {
            [
                [20 + by, 20, 20, 255],
                [200, 90 + by, 90, 255],
                [90, 90, 240 + by, 255],
            ]
        });
        let entry = |colour| Entry {
            point: Point::of(colour),
            weight: 1.0,
        };
        variations.map(entry).collect()
    }

    #[test]
    fn as_many_colours_as_the_error_needs() {
        let close =
            |one: Colour, other: Colour| one.iter().zip(other).all(|(a, b)| a.abs_diff(b) < 2);
        let three = choose(&mut entries(), 1..=256, 20.0);
        let means = [[24, 20, 20, 255], [90, 90, 244, 255], [200, 94, 90, 255]];
        assert_eq!(three.len(), 3);
        assert!(
            three.iter().zip(means).all(|(one, mean)| close(*one, mean)),
            "{three:?}"
        );
        assert_eq!(choose(&mut entries(), 1..=256, 0.0).len(), 30);
        assert_eq!(choose(&mut entries(), 1..=5, 0.0).len(), 5);
        assert_eq!(choose(&mut entries(), 7..=256, 20.0).len(), 7);
    }

    #[test]
    fn a_mean_of_opaque_and_other_colours_is_opaque() {
        let entry = |alpha, weight| Entry {
            point: Point::of([90, 90, 90, alpha]),
            weight,
        };
        let one = |entries: &mut [Entry]| choose(entries, 1..=1, 0.0)[0][3];
        assert_eq!(one(&mut [entry(255, 1.0), entry(240, 7.0)]), 255);
        assert_eq!(one(&mut [entry(255, 1.0), entry(240, 50.0)]), 240);
    }
}
