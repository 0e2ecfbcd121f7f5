//! What does not grow with a request, as a picture.

use crate::plot::axis::Axis;
use crate::plot::panel::{Panel, begin, line, text};
use crate::scale::figures::Figures;

const INTAKE: &str = "#3b82f6";
const FINALIZE: &str = "#e8772e";

/// A curve's colour and its figure.
type Curve = (&'static str, fn(&Figures) -> f64);

/// The curves as SVG.
pub fn svg(rows: &[Figures]) -> String {
    let (mut svg, bottom) = begin(2);
    let memory: [Curve; 2] = [
        (INTAKE, |row| row.intake.peak / 1_048_576.0),
        (FINALIZE, |row| row.finalize.peak / 1_048_576.0),
    ];
    let page: [Curve; 2] = [(INTAKE, |row| row.page.p50), (FINALIZE, |row| row.page.p99)];
    let panels = [
        ("memory of the worker, MB", memory),
        ("a page of ten images, ms", page),
    ];
    for (number, (title, curves)) in (0..).zip(panels) {
        let across = Axis::around(0.0, rows.iter().map(|row| row.images.log10()));
        let values = curves
            .iter()
            .flat_map(|(_, figure)| rows.iter().map(figure));
        let up = Axis::around(0.0, values);
        let panel = Panel::new(number, &across, &up);
        panel.grid(&mut svg, title, "images, as a power of ten");
        for (colour, figure) in curves {
            let point = |row: &Figures| panel.place(row.images.log10(), figure(row));
            for pair in rows.windows(2) {
                line(&mut svg, point(&pair[0]), point(&pair[1]), colour, 1.0);
            }
            for row in rows {
                let (x, y) = point(row);
                svg.push_str(&format!(
                    "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\" fill=\"{colour}\"/>\n"
                ));
            }
        }
    }
    let legend = "blue: intake, the median; orange: finalize, the slowest hundredth";
    text(&mut svg, (64.0, bottom), "start", legend);
    svg + "</svg>\n"
}

#[cfg(test)]
mod tests {
    use super::super::figures::tests::said;
    use super::*;

    #[test]
    fn a_point_for_each_curve_and_size() {
        let rows = [10, 1_000].map(|images| Figures::of(&said(images)).unwrap());
        let svg = svg(&rows);
        assert_eq!(svg.matches("<circle").count(), 8);
        assert!(!svg.contains("NaN") && svg.ends_with("</svg>\n"));
    }
}
