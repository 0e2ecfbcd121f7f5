//! Samples of a smaller picture: each component is decoded to no more samples than its output needs, resampled as it is
//! stored, and turned upright when it is small.

#![expect(
    clippy::cast_precision_loss,
    reason = "places in a picture, of at most 65,535 pixels along an axis"
)]

use super::painter::Painter;
use super::planes::{ComponentSamples, Planes, Wanted};
use super::reduced::Reduced;
use crate::jpeg::error::JpegError;
use crate::jpeg::plan::Plan;
use crate::jpeg::read::decoder::Decoder;
use crate::jpeg::stream::each_block;
use crate::jpeg::syntax::application::Color;
use crate::jpeg::syntax::frame::Frame;
use crate::metadata::orientation::Orientation;
use crate::resample::{Axis, Resampler, Span, plane};

/// Decodes to an upright picture of this size.
pub fn decode(
    decoder: Decoder<'_>,
    wanted: Wanted,
    (width, height): (u32, u32),
) -> Result<Planes, JpegError> {
    let orientation = decoder.application.orientation();
    let plan = Plan::as_stored(&decoder);
    let icc_profile = decoder.application.icc_profile(plan.color);
    let target = Target::new(&plan, wanted, orientation, (width, height));
    let count = plan.frame.components.len();
    let mut parts: Vec<Part> = (0..count)
        .map(|index| target.part(&plan, index, wanted))
        .collect();
    each_block(decoder, &plan, |component, x, y, block| {
        parts[component].painter.paint(block, x, y);
    })?;
    let parts = parts.into_iter().enumerate();
    Ok(Planes {
        width,
        height,
        color: plan.color,
        components: parts
            .map(|(index, part)| target.component(index, &part))
            .collect(),
        icc_profile,
    })
}

/// Sampling factors that keep what there is: along an axis where the source has a sample of every component for each
/// pixel of the output, all are the same; else they are the source's.
fn factors(frame: &Frame, size: [usize; 2]) -> Vec<[usize; 2]> {
    let (h_max, v_max) = frame.max_factors();
    let components = &frame.components;
    let fine_x = components
        .iter()
        .all(|c| frame.width * c.h >= size[0] * h_max);
    let fine_y = components
        .iter()
        .all(|c| frame.height * c.v >= size[1] * v_max);
    let factor = |fine: bool, factor: usize| if fine { 1 } else { factor };
    let factors = components.iter();
    factors
        .map(|c| [factor(fine_x, c.h), factor(fine_y, c.v)])
        .collect()
}

/// What comes out.
struct Target {
    orientation: Orientation,
    /// Pixels across and down, as the source is stored.
    size: [usize; 2],
    /// Sampling factors across and down, as the source is stored, by component.
    factors: Vec<[usize; 2]>,
    /// The largest of them.
    most: [usize; 2],
}

/// What is decoded of one component, as it is stored.
struct Part {
    painter: Painter,
    /// How many samples the picture takes across and down. The last may stand for less than the others.
    length: [f64; 2],
}

impl Target {
    fn new(plan: &Plan, wanted: Wanted, orientation: Orientation, upright: (u32, u32)) -> Self {
        let (width, height) = orientation.turned_size(upright.0, upright.1);
        let size = [width as usize, height as usize];
        let halves = wanted.halved && plan.color == Color::YCbCr;
        let count = plan.frame.components.len();
        let factors: Vec<[usize; 2]> = match halves {
            true => (0..count).map(|index| [2 - index.min(1); 2]).collect(),
            false => factors(&plan.frame, size),
        };
        let most = |axis: usize| factors.iter().map(|f| f[axis]).max().unwrap_or(1);
        Self {
            orientation,
            size,
            most: [most(0), most(1)],
            factors,
        }
    }

    /// Samples of a component, along both axes of the stored picture.
    fn samples(&self, index: usize) -> [usize; 2] {
        let samples = |axis: usize| self.size[axis] * self.factors[index][axis];
        [0, 1].map(|axis| samples(axis).div_ceil(self.most[axis]))
    }

    fn part(&self, plan: &Plan, index: usize, wanted: Wanted) -> Part {
        let (frame, component) = (&plan.frame, &plan.frame.components[index]);
        let (h_max, v_max) = frame.max_factors();
        let whole = [
            (frame.width * component.h) as f64 / h_max as f64,
            (frame.height * component.v) as f64 / v_max as f64,
        ];
        let reduced = Reduced::enough(self.samples(index), whole);
        let share = reduced.map_or(8, Reduced::side) as f64 / 8.0;
        Part {
            painter: Painter::new(plan, index, wanted.range, reduced),
            length: whole.map(|length| length * share),
        }
    }

    /// Makes a component of what was decoded of it.
    fn component(&self, index: usize, part: &Part) -> ComponentSamples {
        let decoded = &part.painter.samples;
        let valid = part.length.map(|length| length.ceil() as usize);
        let axis = |axis: usize| {
            Axis::new(
                valid[axis],
                self.span(index, part, axis),
                self.samples(index)[axis],
            )
        };
        let by = Resampler {
            across: axis(0),
            down: axis(1),
        };
        let small = plane(&decoded.samples, decoded.stride, valid[0], &by);
        let ([h, v], [wide, high]) = (self.factors[index], self.samples(index));
        if !self.orientation.transpose {
            let (stride, samples) = (wide, small);
            return ComponentSamples {
                h,
                v,
                stride,
                samples,
            };
        }
        let column = |x: usize| small[x..].iter().step_by(wide).copied();
        ComponentSamples {
            h: v,
            v: h,
            stride: high,
            samples: (0..wide).flat_map(column).collect(),
        }
    }

    /// The part of an axis of the stored picture that the output's samples show. They begin at the upright picture's left
    /// or upper edge; where the last one stands for less than the others, it reaches beyond the opposite one.
    fn span(&self, index: usize, part: &Part, axis: usize) -> Span {
        let shown = (self.samples(index)[axis] * self.most[axis]) as f64;
        let pixels = (self.size[axis] * self.factors[index][axis]) as f64;
        let (length, covered) = (part.length[axis], part.length[axis] * shown / pixels);
        let Orientation {
            transpose,
            mirror_x,
            mirror_y,
        } = self.orientation;
        match [mirror_x, mirror_y][axis ^ usize::from(transpose)] {
            true => Span {
                from: length,
                to: length - covered,
            },
            false => Span {
                from: 0.0,
                to: covered,
            },
        }
    }
}
