//! Decoded pictures, 8 bits a sample, and how they are turned upright.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::metadata::icc::Space;
use crate::metadata::orientation::Orientation;

/// What the samples of a pixel mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    Gray,
    GrayAlpha,
    Rgb,
    Rgba,
}

impl Layout {
    pub fn channels(self) -> usize {
        match self {
            Self::Gray => 1,
            Self::GrayAlpha => 2,
            Self::Rgb => 3,
            Self::Rgba => 4,
        }
    }

    pub fn has_alpha(self) -> bool {
        matches!(self, Self::GrayAlpha | Self::Rgba)
    }

    /// What a profile of such samples is for.
    pub fn space(self) -> Space {
        match self.is_gray() {
            true => Space::Gray,
            false => Space::Rgb,
        }
    }

    pub fn is_gray(self) -> bool {
        matches!(self, Self::Gray | Self::GrayAlpha)
    }
}

/// A decoded picture: rows from top to bottom, without padding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pixels {
    pub width: u32,
    pub height: u32,
    pub layout: Layout,
    pub samples: Vec<u8>,
}

impl Pixels {
    /// Width and height, in pixels.
    pub fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// The picture turned upright.
    pub fn upright(self, orientation: Orientation) -> Self {
        if orientation.is_upright() {
            return self;
        }
        let samples = match self.layout {
            Layout::Gray => turn::<1>(&self, orientation),
            Layout::GrayAlpha => turn::<2>(&self, orientation),
            Layout::Rgb => turn::<3>(&self, orientation),
            Layout::Rgba => turn::<4>(&self, orientation),
        };
        let (width, height) = orientation.turned_size(self.width, self.height);
        Self {
            width,
            height,
            samples,
            ..self
        }
    }

    /// The picture as RGBA, opaque where it had no alpha.
    pub fn rgba(&self) -> Cow<'_, [u8]> {
        let pixels = self.samples.chunks_exact(self.layout.channels());
        match self.layout {
            Layout::Gray => pixels.flat_map(|p| [p[0], p[0], p[0], u8::MAX]).collect(),
            Layout::GrayAlpha => pixels.flat_map(|p| [p[0], p[0], p[0], p[1]]).collect(),
            Layout::Rgb => pixels.flat_map(|p| [p[0], p[1], p[2], u8::MAX]).collect(),
            Layout::Rgba => Cow::Borrowed(&self.samples),
        }
    }

    /// Whether a pixel is not opaque.
    pub fn has_transparency(&self) -> bool {
        let channels = self.layout.channels();
        let mut pixels = self.samples.chunks_exact(channels);
        self.layout.has_alpha() && pixels.any(|pixel| pixel[channels - 1] != u8::MAX)
    }

    /// Whether there are at most so many colours.
    pub fn has_few_colours(&self, most: usize) -> bool {
        let mut seen = HashSet::new();
        let mut pixels = self.samples.chunks_exact(self.layout.channels());
        pixels.all(|pixel| {
            seen.insert(pixel);
            seen.len() <= most
        })
    }

    /// The picture on a white ground, without alpha.
    pub fn on_white(&self) -> Cow<'_, Self> {
        let (layout, samples) = match self.layout {
            Layout::Gray | Layout::Rgb => return Cow::Borrowed(self),
            Layout::GrayAlpha => (Layout::Gray, flatten::<2, 1>(&self.samples)),
            Layout::Rgba => (Layout::Rgb, flatten::<4, 3>(&self.samples)),
        };
        Cow::Owned(Self {
            layout,
            samples,
            ..*self
        })
    }
}

/// Blends `C` colour channels of `N` with white, by the alpha that follows them.
fn flatten<const N: usize, const C: usize>(samples: &[u8]) -> Vec<u8> {
    let (pixels, _) = samples.as_chunks::<N>();
    let blend = |pixel: &[u8; N]| {
        let alpha = u16::from(pixel[C]);
        std::array::from_fn::<u8, C, _>(|channel| {
            let sum = u16::from(pixel[channel]) * alpha + 255 * (255 - alpha);
            u8::try_from((sum + 127) / 255).unwrap_or(u8::MAX)
        })
    };
    pixels.iter().flat_map(blend).collect()
}

fn turn<const N: usize>(picture: &Pixels, orientation: Orientation) -> Vec<u8> {
    let (source, _) = picture.samples.as_chunks::<N>();
    let stride = picture.width as usize;
    let (width, height) = orientation.turned_size(picture.width, picture.height);
    let size = (width as usize, height as usize);
    let mut turned = Vec::with_capacity(picture.samples.len());
    for y in 0..size.1 {
        for x in 0..size.0 {
            let (x, y) = orientation.place((x, y), size);
            turned.extend_from_slice(&source[y * stride + x]);
        }
    }
    turned
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The letter F, stored the way each orientation says, must always come out upright.
    #[test]
    fn all_eight_orientations_come_out_upright() {
        let upright = Pixels {
            width: 2,
            height: 3,
            layout: Layout::Gray,
            samples: vec![1, 2, 3, 4, 5, 6],
        };
        for (tag, width, height, samples) in [
            (1, 2, 3, [1, 2, 3, 4, 5, 6]),
            (2, 2, 3, [2, 1, 4, 3, 6, 5]),
            (3, 2, 3, [6, 5, 4, 3, 2, 1]),
            (4, 2, 3, [5, 6, 3, 4, 1, 2]),
            (5, 3, 2, [1, 3, 5, 2, 4, 6]),
            (6, 3, 2, [2, 4, 6, 1, 3, 5]),
            (7, 3, 2, [6, 4, 2, 5, 3, 1]),
            (8, 3, 2, [5, 3, 1, 6, 4, 2]),
        ] {
            let stored = Pixels {
                width,
                height,
                layout: Layout::Gray,
                samples: samples.to_vec(),
            };
            assert_eq!(
                stored.upright(Orientation::from_tag(tag).unwrap()),
                upright,
                "orientation {tag}"
            );
        }
    }

    #[test]
    fn pixels_of_several_channels_stay_together() {
        let stored = Pixels {
            width: 2,
            height: 1,
            layout: Layout::Rgb,
            samples: vec![1, 2, 3, 4, 5, 6],
        };
        let turned = stored.upright(Orientation::from_tag(6).unwrap());
        assert_eq!(
            (turned.width, turned.height, turned.samples),
            (1, 2, vec![1, 2, 3, 4, 5, 6])
        );
    }

    #[test]
    fn alpha_is_blended_with_white() {
        let rgba = |pixels: [[u8; 4]; 3]| Pixels {
            width: 3,
            height: 1,
            layout: Layout::Rgba,
            samples: pixels.concat(),
        };
        let pixels = rgba([[10, 20, 30, 255], [10, 20, 30, 0], [0, 100, 255, 51]]);
        assert!(pixels.has_transparency());
        let flat = pixels.on_white();
        assert_eq!((flat.layout, flat.has_transparency()), (Layout::Rgb, false));
        assert_eq!(flat.samples, [10, 20, 30, 255, 255, 255, 204, 224, 255]);
        assert!(!rgba([[1, 2, 3, 255]; 3]).has_transparency());
        assert!(pixels.has_few_colours(3) && !pixels.has_few_colours(2));
    }

    #[test]
    fn every_layout_becomes_rgba() {
        for (layout, samples, rgba) in [
            (Layout::Gray, vec![7], [7, 7, 7, 255]),
            (Layout::GrayAlpha, vec![7, 8], [7, 7, 7, 8]),
            (Layout::Rgb, vec![1, 2, 3], [1, 2, 3, 255]),
            (Layout::Rgba, vec![1, 2, 3, 4], [1, 2, 3, 4]),
        ] {
            let pixels = Pixels {
                width: 1,
                height: 1,
                layout,
                samples,
            };
            assert_eq!(*pixels.rgba(), rgba);
        }
    }
}
