//! Time and cost of an image by the function's memory, as a picture.

use crate::plot::axis::Axis;
use crate::plot::panel::{Panel, begin, line, text};
use crate::sizing::figures::Figures;

const TIME: &str = "#3b82f6";
const COST: &str = "#e8772e";

/// Its title, its colour and its figure.
type Curve = (&'static str, &'static str, fn(&Figures) -> f64);

/// The curves as SVG.
pub fn svg(rows: &[Figures]) -> String {
    let (mut svg, _) = begin(2);
    let memory = Axis::around(0.0, rows.iter().map(|row| f64::from(row.memory)));
    let curves: [Curve; 2] = [
        ("billed time of an image, ms", TIME, Figures::time),
        ("USD for a million images", COST, Figures::cost),
    ];
    for (number, (title, colour, figure)) in (0..).zip(curves) {
        let up = Axis::around(0.0, rows.iter().map(figure));
        let panel = Panel::new(number, &memory, &up);
        panel.grid(&mut svg, title, "memory of the function, MB");
        let point = |row: &Figures| panel.place(f64::from(row.memory), figure(row));
        for pair in rows.windows(2) {
            line(&mut svg, point(&pair[0]), point(&pair[1]), colour, 1.0);
        }
        for row in rows {
            let (x, y) = point(row);
            let circle =
                format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\" fill=\"{colour}\"/>\n");
            svg.push_str(&circle);
            text(
                &mut svg,
                (x, y - 10.0),
                "middle",
                &format!("{:.2}", figure(row)),
            );
        }
    }
    svg + "</svg>\n"
}

#[cfg(test)]
mod tests {
    use super::super::figures::tests::figures;
    use super::*;

    #[test]
    fn a_point_for_each_size_in_each_panel() {
        let svg = svg(&[figures(512, 900), figures(1769, 300)]);
        assert_eq!(svg.matches("<circle").count(), 4);
        assert!(svg.contains(">1000</text>") && !svg.contains("NaN"));
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
    }
}
