//! Decoded pictures at another size.

#![expect(
    clippy::cast_precision_loss,
    reason = "places in a picture, of at most 65,535 pixels along an axis or so"
)]

use webpx::YuvPlanes;

use super::buffer::{Layout, Pixels};
use super::decoded::{Decoded, Samples};
use crate::resample::{Axis, Resampler, Span, byte, plane};

impl Decoded {
    /// The picture at this size, if there is one.
    pub fn within(self, size: Option<(u32, u32)>) -> Self {
        let Some(size) = size else {
            return self;
        };
        let samples = match self.samples {
            Samples::Planes(planes) => Samples::Planes(resized_planes(&planes, size)),
            Samples::Pixels(pixels) => Samples::Pixels(pixels.resized(size)),
        };
        Self { samples, ..self }
    }
}

impl Pixels {
    /// The picture at this size, if there is one.
    pub fn within(self, size: Option<(u32, u32)>) -> Self {
        match size {
            Some(size) => self.resized(size),
            None => self,
        }
    }

    /// The picture at this size. Colours weigh as much as they are seen.
    pub fn resized(&self, (width, height): (u32, u32)) -> Self {
        let samples = match self.layout {
            Layout::Gray => resample::<1>(self, (width, height)),
            Layout::GrayAlpha => resample::<2>(self, (width, height)),
            Layout::Rgb => resample::<3>(self, (width, height)),
            Layout::Rgba => resample::<4>(self, (width, height)),
        };
        Self {
            width,
            height,
            layout: self.layout,
            samples,
        }
    }
}

/// Resamples pixels of `N` channels.
fn resample<const N: usize>(picture: &Pixels, (width, height): (u32, u32)) -> Vec<u8> {
    let (from, to) = (
        (picture.width as usize, picture.height as usize),
        (width as usize, height as usize),
    );
    let (pixels, _) = picture.samples.as_chunks::<N>();
    let has_alpha = picture.layout.has_alpha();
    let mut output = vec![0; to.0 * to.1 * N];
    Resampler::new(from, to).run(
        from.0,
        N,
        |y, rows| {
            for (x, pixel) in pixels[y * from.0..][..from.0].iter().enumerate() {
                let share = match has_alpha {
                    true => f32::from(pixel[N - 1]) / 255.0,
                    false => 1.0,
                };
                for (channel, row) in rows.iter_mut().enumerate() {
                    let is_alpha = has_alpha && channel == N - 1;
                    let share = if is_alpha { 1.0 } else { share };
                    row[x] = f32::from(pixel[channel]) * share;
                }
            }
        },
        |y, row| {
            let (pixels, _) = output[y * to.0 * N..][..to.0 * N].as_chunks_mut::<N>();
            for (x, pixel) in pixels.iter_mut().enumerate() {
                let sample = |channel: usize| row[channel * to.0 + x];
                let alpha = if has_alpha { sample(N - 1) } else { 255.0 };
                *pixel = std::array::from_fn(|channel| match has_alpha {
                    true if channel < N - 1 => seen(sample(channel), alpha),
                    _ => byte(sample(channel)),
                });
            }
        },
    );
    output
}

/// A colour of which there is so much, by its alpha. None of what cannot be seen.
fn seen(weighed: f32, alpha: f32) -> u8 {
    match byte(alpha) {
        0 => 0,
        _ => byte(weighed * 255.0 / alpha),
    }
}

/// Chroma stands in the middle of its four pixels, before and after.
fn resized_planes(planes: &YuvPlanes, (width, height): (u32, u32)) -> YuvPlanes {
    let (from, to) = ([planes.width, planes.height], [width, height]);
    let resized = |samples: &[u8], stride: usize, pixels: u32| {
        let axis = |axis: usize| {
            let samples = |length: u32| length.div_ceil(pixels) as usize;
            let (source, count) = (samples(from[axis]), samples(to[axis]));
            let shown = f64::from(from[axis]) / f64::from(pixels);
            let covered = (count * pixels as usize) as f64 / f64::from(to[axis]);
            let span = Span {
                from: 0.0,
                to: shown * covered,
            };
            Axis::new(source, span, count)
        };
        let by = Resampler {
            across: axis(0),
            down: axis(1),
        };
        (
            plane(samples, stride, from[0].div_ceil(pixels) as usize, &by),
            by.across.count(),
        )
    };
    let (y, y_stride) = resized(&planes.y, planes.y_stride, 1);
    let (u, u_stride) = resized(&planes.u, planes.u_stride, 2);
    let (v, v_stride) = resized(&planes.v, planes.v_stride, 2);
    let alpha = planes.a.as_ref();
    let (a, a_stride) = alpha.map(|a| resized(a, planes.a_stride, 1)).unzip();
    YuvPlanes {
        y,
        y_stride,
        u,
        u_stride,
        v,
        v_stride,
        a,
        a_stride: a_stride.unwrap_or_default(),
        width,
        height,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pixels(width: u32, layout: Layout, samples: Vec<u8>) -> Pixels {
        let pixels = samples.len() / layout.channels();
        Pixels {
            width,
            height: u32::try_from(pixels).unwrap() / width,
            layout,
            samples,
        }
    }

    #[test]
    fn flat_colours_stay_in_every_layout() {
        for (layout, pixel) in [
            (Layout::Gray, vec![77]),
            (Layout::GrayAlpha, vec![77, 130]),
            (Layout::Rgb, vec![1, 120, 255]),
            (Layout::Rgba, vec![1, 120, 255, 3]),
            (Layout::Rgba, vec![9, 9, 200, 255]),
        ] {
            let small = pixels(20, layout, pixel.repeat(20 * 13)).resized((7, 5));
            assert_eq!((small.width, small.height), (7, 5));
            assert_eq!(small.samples, pixel.repeat(35), "{layout:?}");
        }
    }

    /// Red that can be seen beside green that cannot: no green comes through.
    #[test]
    fn what_cannot_be_seen_does_not_colour_its_neighbours() {
        let row = [[255, 0, 0, 255].repeat(32), [0, 255, 0, 0].repeat(32)].concat();
        let small = pixels(64, Layout::Rgba, row.repeat(64)).resized((13, 13));
        for pixel in small.samples.as_chunks::<4>().0 {
            assert!(
                pixel[3] == 0 || (pixel[0] >= 254 && pixel[1] == 0),
                "{pixel:?}"
            );
        }
    }

    #[test]
    fn planes_of_every_parity_are_resized() {
        for from in [(16, 16), (17, 15), (1, 9)] {
            for to in [(5, 4), (4, 5), (1, 1)] {
                let half = |length: u32| length.div_ceil(2) as usize;
                let chroma = half(from.0) * half(from.1);
                let planes = YuvPlanes {
                    y: vec![90; (from.0 * from.1) as usize],
                    y_stride: from.0 as usize,
                    u: vec![60; chroma],
                    u_stride: half(from.0),
                    v: vec![200; chroma],
                    v_stride: half(from.0),
                    a: None,
                    a_stride: 0,
                    width: from.0,
                    height: from.1,
                };
                let small = resized_planes(&planes, to);
                assert_eq!(small.y, vec![90; (to.0 * to.1) as usize]);
                assert_eq!(small.u, vec![60; half(to.0) * half(to.1)]);
                assert_eq!((small.v[0], small.v_stride), (200, half(to.0)));
            }
        }
    }
}
