//! What came of all texts: by their kinds, why they were refused, and which were read wrongly.

use std::collections::{BTreeMap, BTreeSet};

use super::case::{Answer, Case, Verdict};
use crate::markdown::{aligned, cells};

/// How many of a hundred texts may be refused that others read.
const REFUSED_PERCENT: usize = 3;
/// How many wrong readings are shown.
const SHOWN: usize = 20;

/// The counts.
#[derive(Debug, Default)]
pub struct Tally {
    /// In the order in which they came.
    kinds: Vec<Kind>,
    /// Reasons of refusals, numbers left out, with how often each was given.
    reasons: BTreeMap<String, usize>,
    /// Texts that were read wrongly, with both readings.
    wrong: Vec<String>,
}

#[derive(Debug, Default)]
struct Kind {
    name: String,
    others: BTreeSet<String>,
    agree: usize,
    faulty_to_both: usize,
    refused: usize,
    wrong: usize,
}

impl Kind {
    fn texts(&self) -> usize {
        self.agree + self.faulty_to_both + self.refused + self.wrong
    }

    fn too_often_refused(&self) -> bool {
        self.refused * 100 > self.texts() * REFUSED_PERCENT
    }
}

impl Tally {
    /// Counts one text.
    pub fn add(&mut self, case: &Case, ours: &Answer) {
        let verdict = case.judge(ours);
        let kind = self.kind(&case.kind);
        kind.others.extend(case.others.keys().cloned());
        match verdict {
            Verdict::Agree => kind.agree += 1,
            Verdict::FaultyToBoth => kind.faulty_to_both += 1,
            Verdict::Refused => kind.refused += 1,
            Verdict::Wrong => kind.wrong += 1,
        }
        if let Answer::Fault(reason) = ours {
            *self.reasons.entry(without_numbers(reason)).or_default() += 1;
        }
        if verdict == Verdict::Wrong {
            let Case {
                kind, name, text, ..
            } = case;
            let others = &case.others;
            self.wrong.push(format!(
                "{kind} {name}: {text:?}\n  ours: {ours:?}\n  others: {others:?}"
            ));
        }
    }

    fn kind(&mut self, name: &str) -> &mut Kind {
        let known = self.kinds.iter().position(|kind| kind.name == name);
        let place = known.unwrap_or_else(|| {
            let name = name.to_owned();
            self.kinds.push(Kind {
                name,
                ..Kind::default()
            });
            self.kinds.len() - 1
        });
        &mut self.kinds[place]
    }

    /// Why this does not do; `None` when it does.
    pub fn failure(&self) -> Option<String> {
        if !self.wrong.is_empty() {
            return Some(format!("{} texts are read wrongly", self.wrong.len()));
        }
        let kind = self.kinds.iter().find(|kind| kind.too_often_refused())?;
        let (refused, texts, name) = (kind.refused, kind.texts(), &kind.name);
        Some(format!(
            "{refused} of {texts} texts are refused that others read ({name}), more than {REFUSED_PERCENT} %"
        ))
    }

    /// The tables, and what was read wrongly.
    pub fn markdown(&self) -> String {
        let mut text = aligned(&self.by_kind());
        if !self.reasons.is_empty() {
            text = text + "\n" + &aligned(&self.by_reason());
        }
        for wrong in self.wrong.iter().take(SHOWN) {
            text = text + "\nWRONG " + wrong + "\n";
        }
        text
    }

    fn by_kind(&self) -> Vec<Vec<String>> {
        let titles = [
            "texts",
            "held against",
            "number",
            "agree",
            "faulty to both",
            "refused",
            "WRONG",
        ];
        let rows = self.kinds.iter().map(|kind| {
            let others: Vec<_> = kind.others.iter().map(String::as_str).collect();
            let counts = [
                kind.texts(),
                kind.agree,
                kind.faulty_to_both,
                kind.refused,
                kind.wrong,
            ];
            let counts = counts.map(|count| count.to_string());
            [kind.name.clone(), others.join(", ")]
                .into_iter()
                .chain(counts)
                .collect()
        });
        std::iter::once(cells(&titles)).chain(rows).collect()
    }

    fn by_reason(&self) -> Vec<Vec<String>> {
        let reasons = self.reasons.iter();
        let rows = reasons.map(|(reason, count)| vec![reason.clone(), count.to_string()]);
        std::iter::once(cells(&["reason of a refusal", "texts"]))
            .chain(rows)
            .collect()
    }
}

/// A reason without its place.
fn without_numbers(reason: &str) -> String {
    let pieces = reason.split(|sign: char| sign.is_ascii_digit());
    let pieces: Vec<_> = pieces.filter(|piece| !piece.is_empty()).collect();
    pieces.join("…")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(kind: &str, answers: &[(&str, Answer)]) -> Case {
        let others = answers.iter();
        Case {
            kind: kind.to_owned(),
            name: "one".to_owned(),
            text: "a,b".to_owned(),
            delimiter: ",".to_owned(),
            others: others
                .map(|(who, answer)| ((*who).to_owned(), answer.clone()))
                .collect(),
        }
    }

    fn read(cell: &str) -> Answer {
        Answer::Rows(vec![vec![cell.to_owned()]])
    }

    fn refusal() -> Answer {
        Answer::Fault("a quote in line 12, column 7 is never closed".to_owned())
    }

    #[test]
    fn a_table_of_kinds_and_one_of_reasons() {
        let mut tally = Tally::default();
        tally.add(
            &case("x", &[("p", read("a")), ("q", read("a"))]),
            &read("a"),
        );
        tally.add(&case("y", &[("p", refusal())]), &refusal());
        tally.add(&case("x", &[("p", read("a"))]), &read("a"));
        let expected = "\
            | texts | held against | number | agree | faulty to both | refused | WRONG |\n\
            |-------|-------------:|-------:|------:|---------------:|--------:|------:|\n\
            | x     |         p, q |      2 |     2 |              0 |       0 |     0 |\n\
            | y     |            p |      1 |     0 |              1 |       0 |     0 |\n\
            \n\
            | reason of a refusal                         | texts |\n\
            |---------------------------------------------|------:|\n\
            | a quote in line …, column … is never closed |     1 |\n";
        assert_eq!(tally.markdown(), expected);
        assert_eq!(tally.failure(), None);
    }

    #[test]
    fn one_wrong_reading_fails_and_is_shown() {
        let mut tally = Tally::default();
        tally.add(&case("x", &[("p", read("a"))]), &read("b"));
        assert_eq!(tally.failure().unwrap(), "1 texts are read wrongly");
        let shown = tally.markdown();
        assert!(
            shown.contains("\nWRONG x one: \"a,b\"\n  ours: Rows([[\"b\"]])"),
            "{shown}"
        );
    }

    #[test]
    fn few_of_a_kind_may_be_refused_alone() {
        let mut tally = Tally::default();
        for number in 0..100 {
            let ours = if number < 3 { refusal() } else { read("a") };
            tally.add(&case("x", &[("p", read("a"))]), &ours);
        }
        assert_eq!(tally.failure(), None);
        tally.add(&case("x", &[("p", read("a"))]), &refusal());
        let failure = tally.failure().unwrap();
        assert!(
            failure.starts_with("4 of 101 texts are refused"),
            "{failure}"
        );
    }
}
