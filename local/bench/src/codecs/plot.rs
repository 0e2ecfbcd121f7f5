//! The figures as a picture: one dot for each photograph, Halftone over sharp.

use std::fmt::Write;

use super::figures::{Contender, Row};
use super::pictures::Format;
use crate::plot::axis::Axis;
use crate::plot::panel::{LEFT, Panel, begin, text};
use crate::statistics::median_ratio;

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
    let (mut svg, below) = begin(2);
    let bytes = Axis::around(1.0, dots.iter().map(|dot| dot.bytes).chain([0.0]));
    let cpu = Axis::around(1.0, dots.iter().map(|dot| dot.cpu).chain([0.0]));
    let quality = Axis::around(0.0, dots.iter().map(|dot| dot.quality));
    let left = Panel::new(0, &bytes, &cpu);
    draw(&mut svg, &left, "CPU time, sharp = 1", &dots, |dot| dot.cpu);
    let right = Panel::new(1, &bytes, &quality);
    let title = "SSIMULACRA2, sharp = 0; higher is better";
    draw(&mut svg, &right, title, &dots, |dot| dot.quality);
    legend(&mut svg, &dots, below);
    svg + "</svg>\n"
}

fn draw(
    svg: &mut String,
    panel: &Panel<'_>,
    title: &str,
    dots: &[Dot<'_>],
    figure: fn(&Dot<'_>) -> f64,
) {
    panel.grid(svg, title, "bytes, sharp = 1");
    for dot in dots {
        let place = panel.place(dot.bytes, figure(dot));
        mark(svg, dot.format, place, dot.name);
    }
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
    let mut x = LEFT;
    for format in Format::ALL {
        if dots.iter().any(|dot| dot.format == format) {
            let label = format.to_string();
            mark(svg, format, (x + 5.0, y - 4.0), &label);
            text(svg, (x + 16.0, y), "start", &label);
            x += 80.0;
        }
    }
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
