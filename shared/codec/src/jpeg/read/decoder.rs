//! From the bytes of a file to its coefficients: all scans side by side, one row of MCUs after the
//! other.
//!
//! First the marker segments are read, and each scan gets its data and its tables as they stand
//! there. Then every scan decodes its part of the first row of MCUs, in the order of the file,
//! then of the second, and so on: scans refine each other block by block, and so no more of the
//! picture has to be in memory than that.

use super::bits::source_length;
use super::headers::Headers;
use super::progression::Progression;
use super::progressive::{AcScan, Progressive};
use super::scan::ScanDecoder;
use super::scan_header::ScanHeader;
use super::sequential::{Coding, Sequential};
use super::tables::Tables;
use crate::jpeg::error::JpegError;
use crate::jpeg::syntax::application::AppSegments;
use crate::jpeg::syntax::block::Plane;
use crate::jpeg::syntax::frame::{Frame, Process};
use crate::jpeg::syntax::marker::{Segment, Segments, code};
use crate::jpeg::syntax::steps::Steps;
use crate::limits::PixelLimits;

/// The most scans that a picture may have. Encoders write about ten; each may visit all blocks.
const MAX_SCANS: usize = 200;

/// A picture whose marker segments are read, and whose coefficients come row by row.
#[derive(Debug)]
pub struct Decoder<'a> {
    /// The frame header.
    pub frame: Frame,
    /// What the application segments before the first scan say.
    pub application: AppSegments<'a>,
    /// The quantization steps of each component.
    pub steps: Vec<Steps>,
    scans: Vec<SourceScan<'a>>,
}

/// One scan, and where its entropy-coded data begins in the file.
#[derive(Debug)]
struct SourceScan<'a> {
    position: usize,
    coding: ScanCoding<'a>,
}

#[derive(Debug)]
enum ScanCoding<'a> {
    Sequential(ScanDecoder<'a, Sequential>),
    Progressive(ScanDecoder<'a, Progressive>),
}

impl<'a> Decoder<'a> {
    /// Reads all marker segments and checks that the scans make a picture.
    pub fn new(bytes: &'a [u8], limits: &PixelLimits) -> Result<Self, JpegError> {
        let headers = Headers::read(bytes, limits)?;
        check_plausible(&headers)?;
        let mut tables = headers.tables;
        if headers.frame.process == Process::Sequential {
            tables.define_standard_ones();
        }
        let mut reader = ScanReader {
            latched: vec![None; headers.frame.components.len()],
            progression: Progression::new(&headers.frame),
            frame: headers.frame,
            tables,
            segments: headers.segments,
        };
        let (mut scans, mut next) = (Vec::new(), Some(headers.scan));
        while let Some(segment) = next {
            if scans.len() == MAX_SCANS {
                return Err(segment.malformed("more scans than any encoder writes"));
            }
            scans.push(reader.scan(&segment)?);
            next = reader.next_scan()?;
        }
        let steps: Option<Vec<Steps>> = reader.latched.iter().copied().collect();
        let incomplete = || headers.scan.malformed("a component that is in no scan");
        Ok(Self {
            frame: reader.frame,
            application: headers.application,
            steps: steps.ok_or_else(incomplete)?,
            scans,
        })
    }

    /// Decodes the blocks in row `row` of MCUs. Call for one row after the other.
    pub fn decode_row(&mut self, planes: &mut [Plane], row: usize) -> Result<(), JpegError> {
        for (plane, component) in planes.iter_mut().zip(&self.frame.components) {
            plane.clear(component.v * row..component.v * (row + 1));
        }
        for SourceScan { position, coding } in &mut self.scans {
            let decoded = match coding {
                ScanCoding::Sequential(scan) => scan.decode_row(planes, row),
                ScanCoding::Progressive(scan) => scan.decode_row(planes, row),
            };
            decoded.map_err(|what| damaged(*position, what))?;
        }
        Ok(())
    }

    /// Call behind the last row: the data must be used up, but for what follows the last block.
    /// Tells where in the file that ends.
    pub fn finish(mut self) -> Result<usize, JpegError> {
        let Some(SourceScan { position, coding }) = self.scans.pop() else {
            return Ok(0);
        };
        for scan in self.scans {
            let finished = match scan.coding {
                ScanCoding::Sequential(coding) => coding.finish(),
                ScanCoding::Progressive(coding) => coding.finish(),
            };
            finished.map_err(|what| damaged(scan.position, what))?;
        }
        let finished = match coding {
            ScanCoding::Sequential(coding) => coding.finish_picture(),
            ScanCoding::Progressive(coding) => coding.finish_picture(),
        };
        match finished {
            Ok(used) => Ok(position + used),
            Err(what) => Err(damaged(position, what)),
        }
    }
}

fn damaged(position: usize, what: &'static str) -> JpegError {
    JpegError::Damaged { position, what }
}

/// Refuses a picture that the file is too short for, before work or memory is spent on it: every
/// block takes a DC code and, in sequential coding, an AC code.
fn check_plausible(headers: &Headers<'_>) -> Result<(), JpegError> {
    let bits = match headers.frame.process {
        Process::Sequential => 2,
        Process::Progressive => 1,
    };
    if headers.frame.blocks() * bits > headers.segments.rest().len() * 8 {
        return Err(headers.segments.truncated());
    }
    Ok(())
}

/// Goes from scan header to scan header.
struct ScanReader<'a> {
    frame: Frame,
    tables: Tables,
    segments: Segments<'a>,
    progression: Progression,
    /// Each component's quantization table, as it was when its first scan began.
    latched: Vec<Option<Steps>>,
}

impl<'a> ScanReader<'a> {
    /// The scan that `segment` announces; its data comes next.
    fn scan(&mut self, segment: &Segment<'a>) -> Result<SourceScan<'a>, JpegError> {
        let header = ScanHeader::parse(segment, &self.frame)?;
        for part in &header.components {
            let selector = self.frame.components[part.index].quantization;
            let steps = self.latched[part.index].or(self.tables.quantization[selector]);
            let undefined = || segment.malformed("a quantization table is not defined");
            self.latched[part.index] = Some(steps.ok_or_else(undefined)?);
        }
        let (position, data) = (self.segments.position, self.segments.rest());
        let data = &data[..source_length(data)];
        self.segments.position += data.len();
        let coding = self.coding(header, data);
        let coding = coding.map_err(|what| segment.malformed(what))?;
        Ok(SourceScan { position, coding })
    }

    fn coding(&mut self, scan: ScanHeader, data: &'a [u8]) -> Result<ScanCoding<'a>, &'static str> {
        let (tables, interval) = (&self.tables, self.tables.restart_interval);
        let mut parts = scan.components.iter();
        Ok(match self.frame.process {
            Process::Sequential => {
                self.progression.check_sequential(&scan)?;
                let codings = parts
                    .map(|part| Ok(Coding::new(tables.dc(part.dc)?, tables.ac(part.ac)?)))
                    .collect::<Result<_, &'static str>>()?;
                let blocks = Sequential(codings);
                ScanCoding::Sequential(ScanDecoder::new(&self.frame, &scan, data, interval, blocks))
            }
            Process::Progressive => {
                self.progression.check(&scan)?;
                let low = scan.low;
                let blocks = match (scan.first, scan.high) {
                    (0, 0) => Progressive::DcFirst {
                        tables: parts
                            .map(|part| tables.dc(part.dc))
                            .collect::<Result<_, _>>()?,
                        predictions: [0; 4],
                        low,
                    },
                    (0, _) => Progressive::DcRefine { low },
                    _ => {
                        let table = parts.next().map(|part| tables.ac(part.ac));
                        Progressive::Ac(AcScan::new(&scan, table.ok_or("a scan of nothing")??))
                    }
                };
                ScanCoding::Progressive(ScanDecoder::new(
                    &self.frame,
                    &scan,
                    data,
                    interval,
                    blocks,
                ))
            }
        })
    }

    /// Reads on to the next scan header; `None` at the end of the image, or where all of it has
    /// come: whatever stands there, and if nothing does.
    fn next_scan(&mut self) -> Result<Option<Segment<'a>>, JpegError> {
        if self.progression.is_complete() {
            return Ok(None);
        }
        loop {
            let segment = self.segments.next()?;
            match segment.marker {
                code::DHT | code::DQT | code::DRI => self.tables.read(&segment)?,
                code::EOI => return Ok(None),
                code::SOS => return Ok(Some(segment)),
                code::SOI | code::SOF0..=code::SOF15 => {
                    return Err(segment.malformed("a second image inside the first"));
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_bit_may_be_coded_twice() {
        let limits = &PixelLimits {
            max_pixels: 1 << 20,
            max_dimension: 2000,
        };
        let source = include_bytes!("../../tests/recoded/progressive.jpg");
        assert!(Decoder::new(source, limits).is_ok());
        let scans = source.windows(2).enumerate();
        let mut scans = scans.filter(|(_, pair)| *pair == [0xff, code::SOS]);
        let (first, second) = (
            scans.next().expect("a scan").0,
            scans.next().expect("two").0,
        );
        let twice = [&source[..second], &source[first..]].concat();
        let error = Decoder::new(&twice, limits).expect_err("twice");
        assert!(error.to_string().contains("refine each other"), "{error}");
    }
}
