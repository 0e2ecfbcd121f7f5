//! What does not grow with a request, as a picture.

use crate::plot::axis::Axis;
use crate::plot::panel::{Panel, begin, line, text};
use crate::scale::figures::Figures;
use crate::usage::MEGABYTE;

const BLUE: &str = "#3b82f6";
const ORANGE: &str = "#e8772e";
/// How faint the slowest hundredth is beside the median.
const FAINT: f64 = 0.4;

/// A curve's colour, how opaque it is, and its figure.
type Curve = (&'static str, f64, fn(&Figures) -> f64);

/// What is plotted of a panel: what it is in, and the names of the blue and of the orange curves.
type Plotted<'a> = (&'a str, [&'a str; 2], &'a [Curve]);

const PANELS: [Plotted<'static>; 3] = [
    (
        "MB of memory",
        ["intake", "finalize"],
        &[
            (BLUE, 1.0, |row| row.intake.peak / MEGABYTE),
            (ORANGE, 1.0, |row| row.finalize.peak / MEGABYTE),
        ],
    ),
    (
        "ms a read",
        ["a request", "a page of ten images"],
        &[
            (BLUE, 1.0, |row| row.status.p50),
            (BLUE, FAINT, |row| row.status.p99),
            (ORANGE, 1.0, |row| row.page.p50),
            (ORANGE, FAINT, |row| row.page.p99),
        ],
    ),
    (
        "ms of our processor time an image",
        ["intake", "finalize"],
        &[
            (BLUE, 1.0, |row| row.intake.cpu / row.intake.images),
            (ORANGE, 1.0, |row| row.finalize.cpu / row.finalize.images),
        ],
    ),
];

/// The curves as SVG.
pub fn svg(rows: &[Figures]) -> String {
    let (mut svg, bottom) = begin(3);
    for (number, panel) in (0..).zip(PANELS) {
        draw(&mut svg, number, panel, rows);
    }
    let legend = "faint: the slowest hundredth";
    text(&mut svg, (64.0, bottom), "start", legend);
    svg + "</svg>\n"
}

fn draw(
    svg: &mut String,
    number: u8,
    (unit, [blue, orange], curves): Plotted<'_>,
    rows: &[Figures],
) {
    let across = Axis::around(0.0, rows.iter().map(|row| row.images.log10()));
    let values = curves
        .iter()
        .flat_map(|(.., figure)| rows.iter().map(figure));
    let up = Axis::around(0.0, values);
    let panel = Panel::new(number, &across, &up);
    let title = format!(
        "{unit}: <tspan fill=\"{BLUE}\">{blue}</tspan>, <tspan fill=\"{ORANGE}\">{orange}</tspan>"
    );
    panel.grid(svg, &title, "images, as a power of ten");
    for (colour, opacity, figure) in curves {
        let point = |row: &Figures| panel.place(row.images.log10(), figure(row));
        for pair in rows.windows(2) {
            line(svg, point(&pair[0]), point(&pair[1]), colour, *opacity);
        }
        for row in rows {
            let (x, y) = point(row);
            svg.push_str(&format!(
                "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\" fill=\"{colour}\" fill-opacity=\"{opacity}\"/>\n"
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::figures::tests::said;
    use super::*;

    #[test]
    fn a_point_for_each_curve_and_size() {
        let rows = [10, 1_000].map(|images| Figures::of(&said(images)).unwrap());
        let svg = svg(&rows);
        assert_eq!(svg.matches("<circle").count(), 16);
        assert!(!svg.contains("NaN") && svg.ends_with("</svg>\n"));
    }
}
