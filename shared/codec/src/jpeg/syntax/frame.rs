//! The frame header (T.81 B.2.2): what is coded and how its components are laid out in blocks
//! and MCUs (T.81 A.1 and A.2).

use super::marker::{Segment, code};
use crate::jpeg::error::JpegError;

/// How coefficients are coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Process {
    /// Baseline or extended sequential: each block at once.
    Sequential,
    /// Spectral selection and successive approximation over many scans.
    Progressive,
}

/// One colour component of the frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// The identifier that scan headers use.
    pub id: u8,
    /// Horizontal sampling factor: blocks across one MCU.
    pub h: usize,
    /// Vertical sampling factor.
    pub v: usize,
    /// Which quantization table it names.
    pub quantization: usize,
    /// Blocks across that hold some of the picture; a scan of this component alone has these.
    pub blocks_wide: usize,
    /// Blocks down that hold some of the picture.
    pub blocks_high: usize,
}

/// The frame header with the geometry that follows from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels; 0 until a DNL segment gives it.
    pub height: usize,
    /// The coding process.
    pub process: Process,
    /// One, three or four components.
    pub components: Vec<Component>,
    /// MCUs across, in a scan of all components.
    pub mcus_wide: usize,
    /// MCUs down.
    pub mcus_high: usize,
}

impl Frame {
    /// Reads a SOFn segment.
    pub fn parse(segment: &Segment<'_>) -> Result<Self, JpegError> {
        let process = process(segment.marker)?;
        let Some((&[precision, y0, y1, x0, x1, count], specs)) =
            segment.payload.split_first_chunk()
        else {
            return Err(segment.malformed("a frame header that is too short"));
        };
        let specs = specs.as_chunks::<3>().0;
        if specs.len() < usize::from(count) || count == 0 {
            return Err(segment.malformed("a frame header without all of its components"));
        }
        match (precision, count) {
            (8, 1 | 3 | 4) => {}
            (8, _) => {
                return Err(unsupported(
                    "a JPEG with a number of colours other than 1, 3 and 4",
                ));
            }
            _ => {
                return Err(unsupported(
                    "a JPEG of more than 8 bits a colour (save it with 8)",
                ));
            }
        }
        let mut frame = Self {
            width: usize::from(u16::from_be_bytes([x0, x1])),
            height: usize::from(u16::from_be_bytes([y0, y1])),
            process,
            components: specs[..usize::from(count)].iter().map(component).collect(),
            mcus_wide: 0,
            mcus_high: 0,
        };
        frame.check(segment)?;
        frame.lay_out();
        Ok(frame)
    }

    fn check(&self, segment: &Segment<'_>) -> Result<(), JpegError> {
        let factors = 1..=4;
        let bad_factor = |c: &Component| !factors.contains(&c.h) || !factors.contains(&c.v);
        if self.width == 0 {
            return Err(segment.malformed("a width of 0"));
        }
        if self.components.iter().any(bad_factor) {
            return Err(segment.malformed("a sampling factor that is not 1 to 4"));
        }
        if self.components.iter().any(|c| c.quantization > 3) {
            return Err(segment.malformed("a quantization table selector over 3"));
        }
        let ids: Vec<u8> = self.components.iter().map(|c| c.id).collect();
        if (1..ids.len()).any(|i| ids[..i].contains(&ids[i])) {
            return Err(segment.malformed("two components with one identifier"));
        }
        Ok(())
    }

    /// Width and height in pixels.
    pub fn size(&self) -> (u32, u32) {
        (self.width as u32, self.height as u32)
    }

    /// Takes over the number of lines from a DNL segment (T.81 B.2.5).
    pub fn set_height(&mut self, height: u16) {
        self.height = usize::from(height);
        self.lay_out();
    }

    /// Works out the geometry after a change of size or factors.
    pub fn lay_out(&mut self) {
        if let [only] = &mut self.components[..] {
            (only.h, only.v) = (1, 1); // factors mean nothing to a lone component (A.2.2)
        }
        let (h_max, v_max) = self.max_factors();
        self.mcus_wide = self.width.div_ceil(8 * h_max);
        self.mcus_high = self.height.div_ceil(8 * v_max);
        for component in &mut self.components {
            let (width, height) = (self.width * component.h, self.height * component.v);
            component.blocks_wide = width.div_ceil(h_max).div_ceil(8);
            component.blocks_high = height.div_ceil(v_max).div_ceil(8);
        }
    }

    /// The largest sampling factors: an MCU is 8 times as many pixels wide and high.
    pub fn max_factors(&self) -> (usize, usize) {
        let max = |factor: fn(&Component) -> usize| self.components.iter().map(factor).max();
        (max(|c| c.h).unwrap_or(1), max(|c| c.v).unwrap_or(1))
    }

    /// Blocks in one MCU of a scan with all components.
    pub fn blocks_per_mcu(&self) -> usize {
        self.components.iter().map(|c| c.h * c.v).sum()
    }

    /// Blocks that hold some of the picture, over all components.
    pub fn blocks(&self) -> usize {
        self.components
            .iter()
            .map(|c| c.blocks_wide * c.blocks_high)
            .sum()
    }
}

fn process(marker: u8) -> Result<Process, JpegError> {
    match marker {
        code::SOF0 | code::SOF1 => Ok(Process::Sequential),
        code::SOF2 => Ok(Process::Progressive),
        0xc3 | 0xc7 | 0xcb | 0xcf => Err(unsupported(
            "a JPEG with lossless coding (save it as a baseline or progressive one)",
        )),
        0xc5 | 0xc6 | 0xcd | 0xce => Err(unsupported(
            "a JPEG with hierarchical coding (save it as a baseline or progressive one)",
        )),
        _ => Err(unsupported(
            "a JPEG with arithmetic coding (save it as a baseline or progressive one)",
        )),
    }
}

fn component(&[id, factors, quantization]: &[u8; 3]) -> Component {
    Component {
        id,
        h: usize::from(factors >> 4),
        v: usize::from(factors & 15),
        quantization: usize::from(quantization),
        blocks_wide: 0,
        blocks_high: 0,
    }
}

fn unsupported(what: &'static str) -> JpegError {
    JpegError::Unsupported { what }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(marker: u8, payload: &[u8]) -> Result<Frame, JpegError> {
        Frame::parse(&Segment {
            marker,
            payload,
            position: 9,
        })
    }

    #[test]
    fn odd_sizes_round_up_to_blocks_and_mcus() {
        let frame = parse(
            0xc0,
            &[8, 0, 17, 0, 33, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1],
        );
        let frame = frame.expect("valid header");
        assert_eq!((frame.mcus_wide, frame.mcus_high), (3, 2));
        let (luma, chroma) = (&frame.components[0], &frame.components[1]);
        assert_eq!((luma.blocks_wide, luma.blocks_high), (5, 3));
        assert_eq!((chroma.blocks_wide, chroma.blocks_high), (3, 2));
        assert_eq!((frame.blocks_per_mcu(), frame.blocks()), (6, 27));
    }

    #[test]
    fn factors_of_a_lone_component_are_ignored() {
        let frame = parse(0xc1, &[8, 0, 9, 0, 9, 1, 1, 0x42, 0]).expect("valid header");
        assert_eq!((frame.mcus_wide, frame.mcus_high), (2, 2));
    }

    #[test]
    fn what_is_not_read_is_named() {
        for (marker, payload, word) in [
            (0xc0, &[12, 0, 8, 0, 8, 1, 1, 0x11, 0][..], "8 bits"),
            (
                0xc0,
                &[8, 0, 8, 0, 8, 2, 1, 0x11, 0, 2, 0x11, 0],
                "number of colours",
            ),
            (0xc3, &[], "lossless"),
            (0xc5, &[], "hierarchical"),
            (0xc9, &[], "arithmetic"),
            (0xca, &[], "arithmetic"),
        ] {
            let error = parse(marker, payload).expect_err("unsupported");
            assert!(error.to_string().contains(word), "{error}");
        }
    }

    #[test]
    fn nonsense_is_malformed() {
        for payload in [
            &[8, 0, 8, 0, 0, 1, 1, 0x11, 0][..],
            &[8, 0, 8, 0, 8, 1, 1, 0x51, 0],
            &[8, 0, 8, 0, 8, 1, 1, 0x11, 4],
            &[8, 0, 8, 0, 8, 3, 1, 0x11, 0],
        ] {
            let error = parse(0xc0, payload).expect_err("malformed");
            assert!(matches!(error, JpegError::Malformed { position: 9, .. }));
        }
    }
}
