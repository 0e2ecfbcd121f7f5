//! What is left of the source's levels at a quality.

pub mod matrices;
pub mod quality;
pub mod rates;
pub mod requantize;
pub mod tokens;
pub mod trellis;
