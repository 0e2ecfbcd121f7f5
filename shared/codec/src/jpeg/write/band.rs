//! The bands of AC coefficients that have a scan of their own (T.81 G.1.1.1.1).

use crate::jpeg::quantize::tokens::HIGH_BAND;

/// AC coefficients that one scan codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Band {
    /// All of them.
    All,
    /// Both of the low band.
    Low,
    /// The high band.
    High,
    /// The first of the low band.
    First,
    /// The second of the low band.
    Second,
}

impl Band {
    /// Each of them.
    pub const ALL: [Self; 5] = [Self::All, Self::Low, Self::High, Self::First, Self::Second];

    /// The first and the last zigzag index.
    pub fn indices(self) -> [u8; 2] {
        match self {
            Self::All => [1, 63],
            Self::Low => [1, HIGH_BAND as u8 - 1],
            Self::First => [1, 1],
            Self::Second => [2, 2],
            Self::High => [HIGH_BAND as u8, 63],
        }
    }
}
