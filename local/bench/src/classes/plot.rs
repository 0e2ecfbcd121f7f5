//! Processor time by bytes where all look as good as sharp's: a dot for each source and contender.

use std::fmt::Write;

use super::equal::{CONTENDERS, Mark};
use crate::plot::axis::Axis;
use crate::plot::panel::{LEFT, Panel, begin, text};

const COLOURS: [&str; CONTENDERS.len()] = ["#3b82f6", "#e8772e", "#2fa05a"];

/// The plot as SVG.
pub fn svg(marks: &[Mark]) -> String {
    let (mut svg, below) = begin(1);
    let bytes = Axis::around(1.0, marks.iter().map(|mark| mark.bytes).chain([0.0]));
    let cpu = Axis::around(1.0, marks.iter().map(|mark| mark.cpu).chain([0.0]));
    let panel = Panel::new(0, &bytes, &cpu);
    let title = "CPU time at sharp's SSIMULACRA2, sharp = 1";
    panel.grid(&mut svg, title, "bytes, sharp = 1");
    for mark in marks {
        dot(
            &mut svg,
            mark.contender,
            panel.place(mark.bytes, mark.cpu),
            &mark.name,
        );
    }
    let mut x = LEFT;
    for (contender, name) in CONTENDERS.into_iter().enumerate() {
        dot(&mut svg, contender, (x + 5.0, below - 4.0), name);
        text(&mut svg, (x + 16.0, below), "start", name);
        x += 120.0;
    }
    svg + "</svg>\n"
}

fn dot(svg: &mut String, contender: usize, (x, y): (f64, f64), name: &str) {
    let (colour, name) = (COLOURS[contender], name.replace('&', "&amp;"));
    let _ = writeln!(
        svg,
        "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"5\" fill=\"{colour}\" fill-opacity=\"0.8\">\
         <title>{name}</title></circle>"
    );
}

#[cfg(test)]
mod tests {
    use super::super::equal::tests::mark;
    use super::*;

    #[test]
    fn a_dot_for_each_mark_and_each_name() {
        let svg = svg(&[mark(0, 0.3), mark(2, 0.6)]);
        assert_eq!(svg.matches("<circle").count(), 2 + CONTENDERS.len());
        assert!(svg.contains("<title>dune &amp; sea</title>") && !svg.contains("NaN"));
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
    }
}
