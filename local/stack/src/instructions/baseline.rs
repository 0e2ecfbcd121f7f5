//! The counts that are committed, and how others compare with them.

use std::fmt::Write;

/// By so many percent a count may be larger than the baseline's.
const MOST: u64 = 3;

/// How many instructions each work takes, in the order of the works.
pub type Counts = Vec<(String, u64)>;

/// The counts of one machine.
#[derive(Debug, PartialEq, Eq)]
pub struct Baseline {
    /// What they depend on beside the code: elsewhere they are others, and say nothing.
    pub machine: String,
    /// The counts.
    pub counts: Counts,
}

impl Baseline {
    /// Reads one that was written by [`Self::text`]; what is no count is none.
    pub fn read(text: &str) -> Self {
        let machine = text.lines().find_map(|line| line.strip_prefix("# "));
        let count = |line: &str| {
            let (name, count) = line.split_once('\t')?;
            Some((name.to_owned(), count.parse().ok()?))
        };
        Self {
            machine: machine.unwrap_or_default().to_owned(),
            counts: text.lines().filter_map(count).collect(),
        }
    }

    /// As it is committed.
    pub fn text(&self) -> String {
        let mut text = format!("# {}\n", self.machine);
        for (name, count) in &self.counts {
            let _ = writeln!(text, "{name}\t{count}");
        }
        text
    }

    /// What is wrong with these counts, a sentence each.
    pub fn faults(&self, counts: &Counts) -> Vec<String> {
        let known = |name: &str, among: &Counts| {
            let mut among = among.iter();
            among.find(|(one, _)| one == name).map(|(_, count)| *count)
        };
        let fault = |(name, count): &(String, u64)| match known(name, &self.counts) {
            None => Some(format!("{name}: not in the baseline")),
            Some(before) if 100 * count > (100 + MOST) * before => Some(format!(
                "{name}: {} instructions, {}",
                grouped(*count),
                change(*count, before)
            )),
            Some(_) => None,
        };
        let gone = |(name, _): &(String, u64)| match known(name, counts) {
            None => Some(format!("{name}: in the baseline only")),
            Some(_) => None,
        };
        let faults = counts.iter().filter_map(fault);
        faults.chain(self.counts.iter().filter_map(gone)).collect()
    }

    /// The counts, each beside the baseline's, a line each.
    pub fn beside(&self, counts: &Counts) -> String {
        let mut text = String::new();
        for (name, count) in counts {
            let mut among = self.counts.iter();
            let before = among.find(|(one, _)| one == name);
            let change = before.map_or_else(String::new, |(_, before)| change(*count, *before));
            let _ = writeln!(text, "  {name:<26} {:>15}  {change}", grouped(*count));
        }
        text
    }
}

/// How much more or less that is.
fn change(count: u64, before: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "a percentage")]
    let percent = 100.0 * (count as f64 / before.max(1) as f64 - 1.0);
    format!("{percent:+.2} %")
}

/// A number with its thousands apart.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(of: &[(&str, u64)]) -> Counts {
        let owned = of.iter().map(|(name, count)| ((*name).to_owned(), *count));
        owned.collect()
    }

    fn baseline() -> Baseline {
        Baseline {
            machine: "rustc 1; x86_64".to_owned(),
            counts: counts(&[("jpeg, smaller", 1_000_000), ("png", 500)]),
        }
    }

    #[test]
    fn it_is_read_as_it_was_written() {
        let text = baseline().text();
        assert_eq!(
            text,
            "# rustc 1; x86_64\njpeg, smaller\t1000000\npng\t500\n"
        );
        assert_eq!(Baseline::read(&text), baseline());
    }

    #[test]
    fn three_percent_more_is_a_fault_and_less_is_none() {
        let faults = |first, second| {
            baseline().faults(&counts(&[("jpeg, smaller", first), ("png", second)]))
        };
        assert!(faults(1_030_000, 515).is_empty());
        assert!(faults(10, 1).is_empty());
        let more = "jpeg, smaller: 1,030,001 instructions, +3.00 %";
        assert_eq!(faults(1_030_001, 500), [more]);
        assert_eq!(faults(0, 550), ["png: 550 instructions, +10.00 %"]);
    }

    #[test]
    fn works_and_baseline_are_the_same() {
        let faults = baseline().faults(&counts(&[("png", 500), ("webp", 1)]));
        let expected = [
            "webp: not in the baseline",
            "jpeg, smaller: in the baseline only",
        ];
        assert_eq!(faults, expected);
        let shown = baseline().beside(&counts(&[("png", 400), ("webp", 1)]));
        assert!(shown.contains("400  -20.00 %\n"), "{shown}");
    }
}
