//! What is left of the source's levels at a quality.

pub mod generation;
pub mod loss;
pub mod matrices;
pub mod quality;
pub mod rates;
pub mod requantize;
pub mod tokens;
pub mod trellis;
