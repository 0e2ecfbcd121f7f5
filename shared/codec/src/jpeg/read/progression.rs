//! Which scan may come next: each coefficient's bits come once, from the highest to the lowest.

use super::scan_header::ScanHeader;
use crate::jpeg::syntax::frame::Frame;

/// How far the scans have come: for each component and coefficient the bit position that is
/// reached, which must go down scan by scan (T.81 G.1.1.1.1). It follows that no bit is coded
/// twice, which bounds the work that a file can ask for.
#[derive(Debug)]
pub struct Progression {
    reached: Vec<[Option<u32>; 64]>,
}

impl Progression {
    /// Nothing is decoded yet.
    pub fn new(frame: &Frame) -> Self {
        Self {
            reached: vec![[None; 64]; frame.components.len()],
        }
    }

    /// Takes note of a sequential scan: a component may have only one.
    pub fn check_sequential(&mut self, scan: &ScanHeader) -> Result<(), &'static str> {
        let mut again = false;
        for part in &scan.components {
            let reached = &mut self.reached[part.index];
            again |= reached[0].is_some();
            reached.fill(Some(0));
        }
        match again {
            false => Ok(()),
            true => Err("a second scan of a component"),
        }
    }

    /// Whether every bit of every coefficient has come.
    pub fn is_complete(&self) -> bool {
        self.reached
            .as_flattened()
            .iter()
            .all(|bit| *bit == Some(0))
    }

    /// Takes note of a progressive scan, if it is one that may come next.
    pub fn check(&mut self, scan: &ScanHeader) -> Result<(), &'static str> {
        let dc = (scan.first, scan.last) == (0, 0);
        let ac = (1..=scan.last).contains(&scan.first) && scan.last < 64;
        if !(dc || ac && scan.components.len() == 1) {
            return Err("a spectral selection that is not allowed");
        }
        if scan.low > 13 || scan.high != 0 && scan.high != scan.low + 1 {
            return Err("a successive approximation that is not allowed");
        }
        let due = (scan.high != 0).then_some(scan.high);
        for part in &scan.components {
            let reached = &mut self.reached[part.index];
            if ac && reached[0].is_none() {
                return Err("AC coefficients before the DC coefficients of their component");
            }
            for bit in &mut reached[scan.first..=scan.last] {
                if *bit != due {
                    return Err("scans that do not refine each other");
                }
                *bit = Some(scan.low);
            }
        }
        Ok(())
    }
}
