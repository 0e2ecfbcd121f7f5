//! The figures as a picture: one dot for each photograph, Halftone over sharp.
//!
//! Colours are of middle lightness and there is no background, so that it can be read on white and on black.

use std::fmt::Write;

use super::axis::Axis;
use super::figures::{Contender, Row};
use super::pictures::Format;
use super::statistics::median_ratio;

/// A side of the area in which dots are, in pixels.
const SIDE: f64 = 340.0;
/// Where the first such area is from the left, and both from the top.
const ORIGIN: (f64, f64) = (64.0, 48.0);
/// From one area to the next.
const NEXT: f64 = 440.0;
const INK: &str = "#848d97";

/// One dot.
struct Dot<'a> {
    name: &'a str,
    format: Format,
    bytes: f64,
    cpu: f64,
    quality: f64,
}

/// The plot as SVG: processor time and quality, both by bytes.
pub fn svg(rows: &[Row]) -> String {
    let dots: Vec<Dot<'_>> = rows.iter().filter_map(dot).collect();
    let (width, height) = (ORIGIN.0 + NEXT + SIDE + 24.0, ORIGIN.1 + SIDE + 88.0);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"system-ui, sans-serif\" font-size=\"13\" fill=\"{INK}\">\n"
    );
    let bytes = Axis::around(1.0, dots.iter().map(|dot| dot.bytes).chain([0.0]));
    let cpu = Axis::around(1.0, dots.iter().map(|dot| dot.cpu).chain([0.0]));
    let quality = Axis::around(0.0, dots.iter().map(|dot| dot.quality));
    let left = Panel {
        left: ORIGIN.0,
        across: &bytes,
        up: &cpu,
    };
    left.draw(&mut svg, "CPU time, sharp = 1", &dots, |dot| dot.cpu);
    let right = Panel {
        left: ORIGIN.0 + NEXT,
        across: &bytes,
        up: &quality,
    };
    right.draw(
        &mut svg,
        "SSIMULACRA2, sharp = 0; higher is better",
        &dots,
        |dot| dot.quality,
    );
    legend(&mut svg, &dots, height - 12.0);
    svg + "</svg>\n"
}

fn dot(row: &Row) -> Option<Dot<'_>> {
    let (one, sharp) = row.by(Contender::Halftone).zip(row.by(Contender::Sharp))?;
    Some(Dot {
        name: &row.picture.name,
        format: row.picture.format,
        bytes: one.bytes as f64 / sharp.bytes as f64,
        cpu: median_ratio(&one.cpu, &sharp.cpu)?,
        quality: one.scores.ssimulacra2 - sharp.scores.ssimulacra2,
    })
}

/// One of the areas.
struct Panel<'a> {
    left: f64,
    across: &'a Axis,
    up: &'a Axis,
}

impl Panel<'_> {
    fn x(&self, value: f64) -> f64 {
        self.left + SIDE * self.across.share(value)
    }

    fn y(&self, value: f64) -> f64 {
        ORIGIN.1 + SIDE * (1.0 - self.up.share(value))
    }

    fn draw(&self, svg: &mut String, title: &str, dots: &[Dot<'_>], figure: fn(&Dot<'_>) -> f64) {
        let (left, top, bottom) = (self.left, ORIGIN.1, ORIGIN.1 + SIDE);
        text(svg, left, top - 20.0, "start", title);
        text(
            svg,
            left + SIDE / 2.0,
            bottom + 44.0,
            "middle",
            "bytes, sharp = 1",
        );
        for (value, label) in self.across.labels() {
            text(svg, self.x(value), bottom + 20.0, "middle", &label);
            line(svg, (self.x(value), top), (self.x(value), bottom), 0.25);
        }
        for (value, label) in self.up.labels() {
            text(svg, left - 8.0, self.y(value) + 4.0, "end", &label);
            line(
                svg,
                (left, self.y(value)),
                (left + SIDE, self.y(value)),
                0.25,
            );
        }
        let (x, y) = (self.x(self.across.equal), self.y(self.up.equal));
        line(svg, (x, top), (x, bottom), 1.0);
        line(svg, (left, y), (left + SIDE, y), 1.0);
        for dot in dots {
            mark(
                svg,
                dot.format,
                (self.x(dot.bytes), self.y(figure(dot))),
                dot.name,
            );
        }
    }
}

/// What each format looks like, by form and by colour.
fn mark(svg: &mut String, format: Format, (x, y): (f64, f64), name: &str) {
    let (colour, form) = match format {
        Format::Jpeg => (
            "#3b82f6",
            format!("M{} {y}a5 5 0 1 0 10 0a5 5 0 1 0 -10 0z", x - 5.0),
        ),
        Format::Png => ("#e8772e", format!("M{} {}h9v9h-9z", x - 4.5, y - 4.5)),
        Format::WebP => ("#2fa05a", format!("M{} {}l6 11h-12z", x, y - 7.0)),
    };
    let name = name.replace('&', "&amp;").replace('<', "&lt;");
    let path = format!("<path d=\"{form}\" fill=\"{colour}\" fill-opacity=\"0.8\">");
    let _ = writeln!(svg, "{path}<title>{name}</title></path>");
}

fn legend(svg: &mut String, dots: &[Dot<'_>], y: f64) {
    let mut x = ORIGIN.0;
    for format in Format::ALL {
        if dots.iter().any(|dot| dot.format == format) {
            let label = format.to_string();
            mark(svg, format, (x + 5.0, y - 4.0), &label);
            text(svg, x + 16.0, y, "start", &label);
            x += 80.0;
        }
    }
}

fn text(svg: &mut String, x: f64, y: f64, anchor: &str, text: &str) {
    let _ = writeln!(
        svg,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>"
    );
}

fn line(svg: &mut String, (x1, y1): (f64, f64), (x2, y2): (f64, f64), opacity: f64) {
    let _ = writeln!(
        svg,
        "<path d=\"M{x1:.1} {y1:.1}L{x2:.1} {y2:.1}\" stroke=\"{INK}\" stroke-opacity=\"{opacity}\"/>"
    );
}

#[cfg(test)]
mod tests {
    use super::super::figures::tests::{failed, row};
    use super::*;

    #[test]
    fn a_dot_for_each_compared_picture_in_each_panel() {
        let rows = [row("a & b.jpg", 2.0, 500), failed("c.jpg", "damaged")];
        let svg = svg(&rows);
        assert_eq!(svg.matches("<title>a &amp; b.jpg</title>").count(), 2);
        assert!(!svg.contains("c.jpg") && !svg.contains("NaN") && !svg.contains("inf"));
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
    }
}
