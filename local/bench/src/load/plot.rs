//! What does not grow with time, as a picture.

use crate::plot::axis::Axis;
use crate::plot::panel::{Panel, begin, line};
use crate::usage::MEGABYTE;

use super::Seen;

const COLOUR: &str = "#3b82f6";

/// A title and its points: seconds, and the figure.
type Curve = (&'static str, Vec<(f64, f64)>);

/// The curves as SVG.
pub fn svg(seen: &Seen) -> String {
    let curves = curves(seen);
    let panels = u8::try_from(curves.len()).unwrap_or(u8::MAX);
    let (mut svg, _) = begin(panels);
    for (number, (title, points)) in (0..panels).zip(curves) {
        let across = Axis::around(0.0, points.iter().map(|(at, _)| at / 60.0));
        let up = Axis::around(0.0, points.iter().map(|(_, value)| *value));
        let panel = Panel::new(number, &across, &up);
        panel.grid(&mut svg, title, "minutes");
        let places: Vec<_> = points
            .iter()
            .map(|(at, value)| panel.place(at / 60.0, *value))
            .collect();
        for pair in places.windows(2) {
            line(&mut svg, pair[0], pair[1], COLOUR, 1.0);
        }
    }
    svg + "</svg>\n"
}

fn curves(seen: &Seen) -> [Curve; 4] {
    let of = |figure: fn(&super::Instances) -> f64| {
        let samples = seen.samples.iter();
        samples
            .map(|sample| (sample.at, figure(&sample.instances)))
            .collect()
    };
    let took = seen.ended.iter().map(|ended| (ended.at, ended.took));
    [
        (
            "memory of the largest instance, MB",
            of(|all| all.largest as f64 / MEGABYTE),
        ),
        ("most open files of an instance", of(|all| all.files as f64)),
        (
            "connections of all instances",
            of(|all| all.connections as f64),
        ),
        (
            "a request from its upload to its end, seconds",
            took.collect(),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::table::tests::seen;
    use super::*;

    #[test]
    fn four_curves_through_all_that_was_seen() {
        let svg = svg(&seen());
        let lines = svg.matches(&format!("stroke=\"{COLOUR}\"")).count();
        assert_eq!(lines, 4 * 9);
        assert!(!svg.contains("NaN") && svg.ends_with("</svg>\n"));
    }
}
