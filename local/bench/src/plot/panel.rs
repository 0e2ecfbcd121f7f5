//! Panels of a plot, in SVG: an area with two axes.
//!
//! Colours are of middle lightness and there is no background, so that it can be read on white and on black.

use std::fmt::Write;

use crate::plot::axis::Axis;

/// A side of the area, in pixels.
const SIDE: f64 = 340.0;
/// Where the first area is from the left.
pub const LEFT: f64 = 64.0;
/// Where all are from the top.
const TOP: f64 = 48.0;
/// From one area to the next.
const NEXT: f64 = 440.0;
const INK: &str = "#848d97";

/// Begins a picture of panels side by side, and gives the height at which a line of text under
/// them stands.
pub fn begin(panels: u8) -> (String, f64) {
    let width = LEFT + NEXT * f64::from(panels - 1) + SIDE + 24.0;
    let height = TOP + SIDE + 88.0;
    let svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"system-ui, sans-serif\" font-size=\"13\" fill=\"{INK}\">\n"
    );
    (svg, height - 12.0)
}

/// One of the areas.
#[derive(Debug)]
pub struct Panel<'a> {
    left: f64,
    across: &'a Axis,
    up: &'a Axis,
}

impl<'a> Panel<'a> {
    /// The one with this number, from 0.
    pub fn new(number: u8, across: &'a Axis, up: &'a Axis) -> Self {
        Self {
            left: LEFT + NEXT * f64::from(number),
            across,
            up,
        }
    }

    /// Where something is in the picture.
    pub fn place(&self, across: f64, up: f64) -> (f64, f64) {
        (self.x(across), self.y(up))
    }

    fn x(&self, value: f64) -> f64 {
        self.left + SIDE * self.across.share(value)
    }

    fn y(&self, value: f64) -> f64 {
        TOP + SIDE * (1.0 - self.up.share(value))
    }

    /// Draws the lines and names of the axes.
    pub fn grid(&self, svg: &mut String, title: &str, below: &str) {
        let (left, top) = (self.left, TOP);
        let (right, bottom) = (left + SIDE, top + SIDE);
        text(svg, (left, top - 20.0), "start", title);
        text(svg, (left + SIDE / 2.0, bottom + 44.0), "middle", below);
        for (value, label) in self.across.labels() {
            let x = self.x(value);
            text(svg, (x, bottom + 20.0), "middle", &label);
            line(svg, (x, top), (x, bottom), INK, 0.25);
        }
        for (value, label) in self.up.labels() {
            let y = self.y(value);
            text(svg, (left - 8.0, y + 4.0), "end", &label);
            line(svg, (left, y), (right, y), INK, 0.25);
        }
        let (x, y) = self.place(self.across.equal, self.up.equal);
        line(svg, (x, top), (x, bottom), INK, 1.0);
        line(svg, (left, y), (right, y), INK, 1.0);
    }
}

/// Writes text that begins, ends or has its middle at a place.
pub fn text(svg: &mut String, (x, y): (f64, f64), anchor: &str, text: &str) {
    let _ = writeln!(
        svg,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>"
    );
}

/// Draws a line.
pub fn line(svg: &mut String, from: (f64, f64), to: (f64, f64), colour: &str, opacity: f64) {
    let ((x1, y1), (x2, y2)) = (from, to);
    let _ = writeln!(
        svg,
        "<path d=\"M{x1:.1} {y1:.1}L{x2:.1} {y2:.1}\" stroke=\"{colour}\" stroke-opacity=\"{opacity}\"/>"
    );
}
