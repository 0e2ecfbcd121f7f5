//! From the planes of a JPEG to pixels: chroma brought to the resolution of luma, and YCbCr to RGB.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "weights are below 257, and sums are clamped or weighted means of bytes"
)]

use super::planes::{ComponentSamples, Planes};
use crate::jpeg::syntax::application::Color;
use crate::pixels::{Layout, Pixels};

/// The picture as gray or RGB.
pub fn pixels(planes: &Planes) -> Pixels {
    let layout = match planes.color {
        Color::Gray => Layout::Gray,
        _ => Layout::Rgb,
    };
    let (width, height) = (planes.width as usize, planes.height as usize);
    let mut samples = Vec::with_capacity(width * height * layout.channels());
    let mut rows: Vec<Upsampler<'_>> = planes
        .components
        .iter()
        .map(|component| Upsampler::new(component, planes))
        .collect();
    for y in 0..height {
        rows.iter_mut().for_each(|component| component.go_to(y));
        match &rows[..] {
            [red, green, blue] if planes.color == Color::Rgb => {
                let pixel = |x: usize| [red.row[x], green.row[x], blue.row[x]];
                samples.extend((0..width).flat_map(pixel));
            }
            [luma, cb, cr] => {
                let pixel = |x: usize| rgb(luma.row[x], cb.row[x], cr.row[x]);
                samples.extend((0..width).flat_map(pixel));
            }
            gray => gray
                .iter()
                .for_each(|gray| samples.extend_from_slice(&gray.row)),
        }
    }
    Pixels {
        width: planes.width,
        height: planes.height,
        layout,
        samples,
    }
}

/// From YCbCr of full range ([ITU-T T.871](https://www.itu.int/rec/T-REC-T.871), 7), in 16.16 fixed point.
#[inline(always)]
fn rgb(y: u8, cb: u8, cr: u8) -> [u8; 3] {
    let (y, cb, cr) = (i32::from(y) << 16, i32::from(cb) - 128, i32::from(cr) - 128);
    let round = |value: i32| ((value + (1 << 15)) >> 16).clamp(0, 255) as u8;
    [
        round(y + 91_881 * cr),
        round(y - 22_554 * cb - 46_802 * cr),
        round(y + 116_130 * cb),
    ]
}

/// One component, row by row, at full resolution. ComponentSamples lie in the middle of what they stand for (T.871, 10), and
/// are interpolated linearly between.
struct Upsampler<'a> {
    component: &'a ComponentSamples,
    /// Two source columns for each of the picture's, and the weight of the second, of 256.
    columns: Vec<(usize, usize, u16)>,
    factors: (usize, usize),
    height: usize,
    row: Vec<u8>,
}

impl<'a> Upsampler<'a> {
    fn new(component: &'a ComponentSamples, planes: &Planes) -> Self {
        let most = |factor: fn(&ComponentSamples) -> usize| {
            planes.components.iter().map(factor).max().unwrap_or(1)
        };
        let (h_max, v_max) = (most(|c| c.h), most(|c| c.v));
        let (across, down) = (planes.width as usize, planes.height as usize);
        let width = (across * component.h).div_ceil(h_max);
        let columns = (0..across).map(|x| between(x, component.h, h_max, width));
        Self {
            component,
            columns: columns.collect(),
            factors: (component.v, v_max),
            height: (down * component.v).div_ceil(v_max),
            row: vec![0; across],
        }
    }

    fn go_to(&mut self, y: usize) {
        let (first, second, weight) = between(y, self.factors.0, self.factors.1, self.height);
        let (first, second) = (self.source(first), self.source(second));
        let mix = |a: u16, b: u16, weight: u16| a * (256 - weight) + b * weight;
        let column = |x: usize| mix(first[x].into(), second[x].into(), weight);
        for (sample, &(left, right, weight)) in self.row.iter_mut().zip(&self.columns) {
            let (left, right) = (u32::from(column(left)), u32::from(column(right)));
            let sum = left * (256 - u32::from(weight)) + right * u32::from(weight);
            *sample = ((sum + (1 << 15)) >> 16) as u8;
        }
    }

    fn source(&self, y: usize) -> &'a [u8] {
        &self.component.samples[y * self.component.stride..][..self.component.stride]
    }
}

/// The two of `count` samples that place `at` lies between, and the weight of the second, of 256.
fn between(at: usize, factor: usize, max: usize, count: usize) -> (usize, usize, u16) {
    // Twice the place of the pixel's middle, in samples, times `max`.
    let place = ((2 * at + 1) * factor).saturating_sub(max);
    let (first, rest) = (place / (2 * max), place % (2 * max));
    let last = count - 1;
    (
        first.min(last),
        (first + 1).min(last),
        (rest * 128 / max) as u16,
    )
}
