//! Plots in SVG.

pub mod axis;
pub mod panel;
