//! From the planes of a JPEG to pixels: chroma brought to the resolution of luma, and YCbCr to RGB.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "weights are below 257, and sums are clamped or weighted means of bytes"
)]

use super::planes::{ComponentSamples, Planes};
use crate::jpeg::syntax::application::Color;
use crate::pixels::{Inks, Layout, Pixels};
use moxcms::CmsError;

/// The picture as gray or RGB, or, of inks, as sRGB.
///
/// # Errors
/// If inks cannot be converted: a fault of this program.
pub fn pixels(planes: &Planes) -> Result<Pixels, CmsError> {
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
    let mut converter = match planes.color.is_inks() {
        true => Some(Converter::new(planes)?),
        false => None,
    };
    for y in 0..height {
        rows.iter_mut().for_each(|component| component.go_to(y));
        match &mut converter {
            Some(converter) => samples.extend_from_slice(converter.srgb(&rows)?),
            None => append(planes.color, &rows, &mut samples),
        }
    }
    Ok(Pixels {
        width: planes.width,
        height: planes.height,
        layout,
        samples,
    })
}

/// Appends a row of gray or RGB.
fn append(color: Color, rows: &[Upsampler<'_>], samples: &mut Vec<u8>) {
    match rows {
        [red, green, blue] if color == Color::Rgb => {
            let colors = red.row.iter().zip(&green.row).zip(&blue.row);
            samples.extend(colors.flat_map(|((&red, &green), &blue)| [red, green, blue]));
        }
        [luma, cb, cr] => {
            let colors = luma.row.iter().zip(&cb.row).zip(&cr.row);
            samples.extend(colors.flat_map(|((&y, &cb), &cr)| rgb(y, cb, cr)));
        }
        gray => gray
            .iter()
            .for_each(|gray| samples.extend_from_slice(&gray.row)),
    }
}

/// Converts inks row by row.
struct Converter {
    inks: Inks,
    color: Color,
    /// A row of pixels of four inks.
    row: Vec<u8>,
    /// The same in sRGB.
    rgb: Vec<u8>,
}

impl Converter {
    fn new(planes: &Planes) -> Result<Self, CmsError> {
        Ok(Self {
            inks: Inks::new(planes.icc_profile.as_deref())?,
            color: planes.color,
            row: Vec::new(),
            rgb: vec![0; planes.width as usize * 3],
        })
    }

    fn srgb(&mut self, rows: &[Upsampler<'_>]) -> Result<&[u8], CmsError> {
        self.row.clear();
        if let [first, second, third, black] = rows {
            let rows = first.row.iter().zip(&second.row).zip(&third.row);
            let pixels = rows.zip(&black.row);
            let pixel = |(((&a, &b), &c), &black): (((&u8, &u8), &u8), &u8)| {
                let [cyan, magenta, yellow] = match self.color {
                    // What is stored as red is what the cyan ink leaves.
                    Color::Ycck => rgb(a, b, c),
                    _ => [a, b, c].map(|left| 255 - left),
                };
                [cyan, magenta, yellow, 255 - black]
            };
            self.row.extend(pixels.flat_map(pixel));
        }
        self.inks.to_srgb(&mut self.row, &mut self.rgb)?;
        Ok(&self.rgb)
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
