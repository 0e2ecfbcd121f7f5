//! Time and cost of an image by the function's memory, as a picture.

use crate::plot::axis::Axis;
use crate::plot::panel::{Panel, begin, line, text};
use crate::sizing::figures::Figures;

const TIME: &str = "#3b82f6";
const COST: &str = "#e8772e";

/// Its title, its colour, which of the origins, and its figure.
type Curve = (&'static str, &'static str, usize, fn(&Figures) -> f64);

/// The curves as SVG, from the figures of each size at each of the origins.
pub fn svg(rows: &[Vec<Figures>]) -> String {
    let (mut svg, _) = begin(2);
    let last = rows
        .first()
        .map_or(0, |origins| origins.len().saturating_sub(1));
    let curves: [Curve; 2] = [
        ("billed time of an image, ms", TIME, 0, Figures::time),
        (
            "USD for a million, origins of a second",
            COST,
            last,
            Figures::cost,
        ),
    ];
    for (number, (title, colour, origin, figure)) in (0..).zip(curves) {
        let rows: Vec<&Figures> = rows
            .iter()
            .filter_map(|origins| origins.get(origin))
            .collect();
        let memory = Axis::around(0.0, rows.iter().map(|row| f64::from(row.memory)));
        let up = Axis::around(0.0, rows.iter().map(|row| figure(row)));
        let panel = Panel::new(number, &memory, &up);
        panel.grid(&mut svg, title, "memory of the function, MB");
        let point = |row: &Figures| panel.place(f64::from(row.memory), figure(row));
        for pair in rows.windows(2) {
            line(&mut svg, point(pair[0]), point(pair[1]), colour, 1.0);
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
        let svg = svg(&[vec![figures(512, 9_000)], vec![figures(1769, 3_000)]]);
        assert_eq!(svg.matches("<circle").count(), 4);
        assert!(svg.contains(">1000</text>") && !svg.contains("NaN"));
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
    }
}
