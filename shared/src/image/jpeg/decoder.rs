//! From the bytes of a file to its coefficients: the marker segments in their order, and the
//! scans they announce.

use super::bits::{EntropyData, source_length};
use super::coefficients::{Plane, planes};
use super::error::JpegError;
use super::frame::{Frame, Process};
use super::huffman::HuffmanTable;
use super::marker::{Segment, Segments, code};
use super::metadata::Metadata;
use super::progressive::{Progression, ProgressiveScan};
use super::scan::ScanHeader;
use super::sequential::{ScanTables, SequentialScan};
use super::specification::Tables;
use super::tables::Steps;

/// The most scans that a picture may have. Encoders write about ten; each may visit all blocks.
const MAX_SCANS: usize = 200;

/// AC values of an 8-bit picture have at most 10 bits (T.81 table F.2), DC differences 11.
const MAX_AC_SIZE: u32 = 10;
const MAX_DC_SIZE: u32 = 11;

/// The size limits of the caller.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Width times height, in pixels.
    pub max_pixels: u64,
    /// Width and height, in pixels.
    pub max_dimension: u32,
}

/// A file that is read up to a scan header.
#[derive(Debug)]
pub struct Decoder<'a> {
    segments: Segments<'a>,
    /// The frame header.
    pub frame: Frame,
    /// What the application segments before the first scan say.
    pub metadata: Metadata<'a>,
    tables: Tables,
    scan: ScanHeader,
    /// Each component's quantization table, as it was when its first scan began.
    latched: Vec<Option<Steps>>,
}

impl<'a> Decoder<'a> {
    /// Reads up to the first scan header and checks the declared size.
    pub fn new(bytes: &'a [u8], limits: Limits) -> Result<Self, JpegError> {
        let mut segments = Segments::new(bytes)?;
        let (mut tables, mut metadata) = (Tables::default(), Metadata::default());
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
                    let mut decoder = Self {
                        scan: ScanHeader::parse(&segment, frame)?,
                        latched: vec![None; frame.components.len()],
                        frame: frame.clone(),
                        segments,
                        metadata,
                        tables,
                    };
                    decoder.begin_scan(&segment)?;
                    return Ok(decoder);
                }
                (code::SOI | code::SOS | code::EOI, _) => {
                    return Err(segment.malformed("no frame header where one is due"));
                }
                _ => metadata.read(&segment),
            }
        }
    }

    /// Whether the picture is complete in the scan ahead, so that it can be decoded row by row.
    pub fn streams(&self) -> bool {
        self.frame.process == Process::Sequential
            && self.scan.components.len() == self.frame.components.len()
    }

    /// The quantization tables by component; known for all components once all have been in a
    /// scan.
    pub fn quantization(&self) -> Result<Vec<Steps>, JpegError> {
        let missing = self.damaged("a component that is in no scan");
        self.latched
            .iter()
            .copied()
            .collect::<Option<_>>()
            .ok_or(missing)
    }

    /// Decodes the only scan of a picture that [`Decoder::streams`], `rows` rows of MCUs at a
    /// time, and hands them over; the last ones may be fewer. Then reads on to the end.
    pub fn stream(
        &mut self,
        rows: usize,
        mut take: impl FnMut(&[Plane], usize),
    ) -> Result<(), JpegError> {
        self.check_plausible(2)?;
        let (tables, data) = (self.scan_tables(), EntropyData::new(self.segments.rest()));
        let interval = self.tables.restart_interval;
        let scan = SequentialScan::new(&self.scan, &self.frame, &tables, &data, interval);
        let mut scan = scan.map_err(|what| self.damaged(what))?;
        let mut band = planes(&self.frame, rows);
        for first in (0..self.frame.mcus_high).step_by(rows) {
            let rows = rows.min(self.frame.mcus_high - first);
            for row in 0..rows {
                scan.decode_row(&mut band, row)
                    .map_err(|what| self.damaged(what))?;
            }
            take(&band, rows);
        }
        scan.finish().map_err(|what| self.damaged(what))?;
        self.segments.position += data.source_len;
        match self.next_scan()? {
            false => Ok(()),
            true => Err(self.damaged("a scan too many")),
        }
    }

    /// Decodes all scans.
    pub fn decode(&mut self) -> Result<Vec<Plane>, JpegError> {
        self.check_plausible(1)?;
        let mut planes = planes(&self.frame, self.frame.mcus_high);
        let mut progression = Progression::new(&self.frame);
        for _ in 0..MAX_SCANS {
            let (tables, data) = (self.scan_tables(), EntropyData::new(self.segments.rest()));
            let interval = self.tables.restart_interval;
            let done = match self.frame.process {
                Process::Sequential => progression.check_sequential(&self.scan).and_then(|()| {
                    SequentialScan::new(&self.scan, &self.frame, &tables, &data, interval)?
                        .decode_all(&mut planes)
                }),
                Process::Progressive => progression.check(&self.scan).and_then(|()| {
                    ProgressiveScan::new(&self.scan, &self.frame, &tables, &data, interval)?
                        .decode_all(&mut planes)
                }),
            };
            done.map_err(|what| self.damaged(what))?;
            self.segments.position += data.source_len;
            if !self.next_scan()? {
                return Ok(planes);
            }
        }
        Err(self.damaged("more scans than any encoder writes"))
    }

    /// Reads on to the next scan header; false at the end of the image.
    fn next_scan(&mut self) -> Result<bool, JpegError> {
        loop {
            let segment = self.segments.next()?;
            match segment.marker {
                code::DHT | code::DQT | code::DRI => self.tables.read(&segment)?,
                code::EOI => return Ok(false),
                code::SOS => {
                    self.scan = ScanHeader::parse(&segment, &self.frame)?;
                    return self.begin_scan(&segment).map(|()| true);
                }
                code::SOI | code::SOF0..=code::SOF15 => {
                    return Err(segment.malformed("a second image inside the first"));
                }
                _ => {}
            }
        }
    }

    /// Latches the quantization tables of components that had no scan before.
    fn begin_scan(&mut self, segment: &Segment<'_>) -> Result<(), JpegError> {
        for part in &self.scan.components {
            let selector = self.frame.components[part.index].quantization;
            let steps = self.latched[part.index].or(self.tables.quantization[selector]);
            let undefined = || segment.malformed("a quantization table is not defined");
            self.latched[part.index] = Some(steps.ok_or_else(undefined)?);
        }
        Ok(())
    }

    fn scan_tables(&self) -> ScanTables {
        let mut tables = ScanTables::default();
        for part in &self.scan.components {
            for (specs, built, at, max_size) in [
                (&self.tables.dc, &mut tables.dc, part.dc, MAX_DC_SIZE),
                (&self.tables.ac, &mut tables.ac, part.ac, MAX_AC_SIZE),
            ] {
                if let (Some(spec), None) = (&specs[at], &built[at]) {
                    built[at] = Some(HuffmanTable::new(spec, max_size));
                }
            }
        }
        tables
    }

    /// Refuses a picture that the file is too short for, before memory is spent on it: every
    /// block takes at least `bits` bits.
    fn check_plausible(&self, bits: usize) -> Result<(), JpegError> {
        if self.frame.blocks() * bits > self.segments.rest().len() * 8 {
            return Err(self.segments.truncated());
        }
        Ok(())
    }

    /// The error for entropy-coded data that ends with the file, or is wrong before that.
    fn damaged(&self, what: &'static str) -> JpegError {
        let rest = self.segments.rest();
        if source_length(rest) == rest.len() {
            return self.segments.truncated();
        }
        let position = self.segments.position;
        JpegError::Damaged { position, what }
    }
}

fn read_frame(segment: &Segment<'_>, limits: Limits) -> Result<Frame, JpegError> {
    let frame = Frame::parse(segment)?;
    check_size(&frame, limits)?;
    Ok(frame)
}

fn check_size(frame: &Frame, limits: Limits) -> Result<(), JpegError> {
    let Limits {
        max_pixels,
        max_dimension,
    } = limits;
    let (width, height) = (frame.width as u32, frame.height as u32);
    if width.max(height) > max_dimension || u64::from(width) * u64::from(height) > max_pixels {
        return Err(JpegError::TooLarge {
            width,
            height,
            max_pixels,
            max_dimension,
        });
    }
    Ok(())
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
