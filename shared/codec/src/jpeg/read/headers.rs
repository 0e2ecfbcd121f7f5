//! The marker segments before the first scan: what a picture says about itself.

use super::bits::source_length;
use super::tables::Tables;
use crate::jpeg::error::JpegError;
use crate::jpeg::syntax::application::{AppSegments, Color};
use crate::jpeg::syntax::frame::Frame;
use crate::jpeg::syntax::marker::{Segment, Segments, code};
use crate::limits::PixelLimits;

/// A file that is read up to its first scan header.
#[derive(Debug)]
pub struct Headers<'a> {
    /// The frame header.
    pub frame: Frame,
    /// What the application segments say.
    pub application: AppSegments<'a>,
    /// The tables so far.
    pub tables: Tables,
    /// The first scan header.
    pub scan: Segment<'a>,
    /// Goes on behind it.
    pub segments: Segments<'a>,
}

impl<'a> Headers<'a> {
    /// How the components make colours.
    pub fn color(&self) -> Color {
        let components = self.frame.components.iter();
        self.application
            .color(&components.map(|c| c.id).collect::<Vec<_>>())
    }

    /// Reads up to the first scan header and checks the declared size.
    pub fn read(bytes: &'a [u8], limits: &PixelLimits) -> Result<Self, JpegError> {
        let mut segments = Segments::new(bytes)?;
        let (mut tables, mut application) = (Tables::default(), AppSegments::default());
        let mut frame: Option<Frame> = None;
        loop {
            let segment = segments.next()?;
            match (segment.marker, &mut frame) {
                (code::DHT | code::DQT | code::DRI, _) => tables.read(&segment)?,
                (code::SOF0..=code::SOF15, None) => frame = Some(read_frame(&segment, limits)?),
                (code::SOF0..=code::SOF15, Some(_)) => {
                    return Err(segment.malformed("a second frame header"));
                }
                (code::SOS, Some(frame)) => {
                    if frame.height == 0 {
                        frame.set_height(height_from_dnl(&segments, &segment)?);
                        check_size(frame, limits)?;
                    }
                    return Ok(Self {
                        frame: frame.clone(),
                        application,
                        tables,
                        scan: segment,
                        segments,
                    });
                }
                (code::SOF55, _) => {
                    let what = "a JPEG-LS picture (save it as a baseline or progressive JPEG)";
                    return Err(JpegError::Unsupported { what });
                }
                (code::SOI | code::SOS | code::EOI, _) => {
                    return Err(segment.malformed("no frame header where one is due"));
                }
                _ => application.read(&segment),
            }
        }
    }
}

fn read_frame(segment: &Segment<'_>, limits: &PixelLimits) -> Result<Frame, JpegError> {
    let frame = Frame::parse(segment)?;
    check_size(&frame, limits)?;
    Ok(frame)
}

fn check_size(frame: &Frame, limits: &PixelLimits) -> Result<(), JpegError> {
    let (width, height) = frame.size();
    let checked = limits.check(width, height);
    checked.map_err(|_| JpegError::TooLarge { width, height })
}

/// A frame header may leave the number of lines to a DNL segment behind the first scan
/// (T.81 B.2.5).
fn height_from_dnl(segments: &Segments<'_>, scan: &Segment<'_>) -> Result<u16, JpegError> {
    let mut behind = segments.clone();
    behind.position += source_length(behind.rest());
    let segment = behind.next()?;
    let height = segment
        .payload
        .first_chunk()
        .map(|&lines| u16::from_be_bytes(lines));
    match (segment.marker, height) {
        (code::DNL, Some(height @ 1..)) => Ok(height),
        _ => Err(scan.malformed("a height of 0 without a DNL segment")),
    }
}
