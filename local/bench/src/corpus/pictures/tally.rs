//! What came of all pictures: by their formats, why they were refused, and which came out wrong.

use std::collections::BTreeMap;

use super::files::{FORMATS, Picture};
use super::verdict::Verdict;
use crate::markdown::{aligned, cells};

/// How many of a hundred pictures that others read may be refused.
const REFUSED_PERCENT: usize = 3;

/// All verdicts.
#[derive(Debug, Default)]
pub struct Tally {
    verdicts: Vec<(Picture, Verdict)>,
}

impl Tally {
    /// Adds one.
    pub fn add(&mut self, picture: &Picture, verdict: Verdict) {
        self.verdicts.push((picture.clone(), verdict));
    }

    fn count(&self, format: Option<&str>, word: &str) -> usize {
        let verdicts = self.verdicts.iter();
        let counted = verdicts.filter(|(picture, verdict)| {
            format.is_none_or(|format| picture.format == format) && verdict.word() == word
        });
        counted.count()
    }

    /// Why this does not do; `None` when it does.
    pub fn failure(&self) -> Option<String> {
        let count = |word| self.count(None, word);
        let (wrong, refused) = (count("WRONG"), count("refused"));
        let read_by_others = count("agree") + count("noise") + refused + wrong;
        if wrong > 0 {
            return Some(format!("{wrong} pictures come out wrong"));
        }
        (refused * 100 > read_by_others * REFUSED_PERCENT).then(|| {
            format!(
                "{refused} of {read_by_others} pictures are refused that others read, more than {REFUSED_PERCENT} %"
            )
        })
    }

    /// The tables, and what came out wrong.
    pub fn markdown(&self) -> String {
        let mut text = aligned(&self.by_format());
        let reasons = self.by_reason();
        if reasons.len() > 1 {
            text = text + "\n" + &aligned(&reasons);
        }
        for (picture, verdict) in &self.verdicts {
            if let Verdict::Wrong(why) = verdict {
                text = text + "\nWRONG " + &picture.name + ": " + why + "\n";
            }
        }
        text
    }

    /// A line for each picture: its name, format, verdict and the reason for it.
    pub fn csv(&self) -> String {
        let lines = self.verdicts.iter().map(|(picture, verdict)| {
            let why = match verdict {
                Verdict::Refused(why) => why,
                Verdict::Wrong(why) => why.as_str(),
                _ => "",
            };
            let name = picture.name.replace('"', "\"\"");
            let why = why.replace('"', "\"\"");
            format!(
                "\"{name}\",{},{},\"{why}\"\n",
                picture.format,
                verdict.word()
            )
        });
        std::iter::once("picture,format,verdict,why\n".to_owned())
            .chain(lines)
            .collect()
    }

    fn by_format(&self) -> Vec<Vec<String>> {
        const WORDS: [&str; 6] = [
            "agree",
            "noise",
            "refused",
            "refused by both",
            "read alone",
            "WRONG",
        ];
        let row = |name: &str, format: Option<&str>| {
            let counts = WORDS.map(|word| self.count(format, word));
            let all = counts.iter().sum::<usize>();
            let numbers = std::iter::once(all).chain(counts);
            let numbers = numbers.map(|number| number.to_string());
            std::iter::once(name.to_owned()).chain(numbers).collect()
        };
        let titles = [["format", "pictures"].as_slice(), &WORDS].concat();
        let rows = FORMATS.iter().map(|format| row(format, Some(format)));
        std::iter::once(cells(&titles))
            .chain(rows)
            .chain([row("all", None)])
            .collect()
    }

    fn by_reason(&self) -> Vec<Vec<String>> {
        let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
        for (_, verdict) in &self.verdicts {
            if let Verdict::Refused(why) = verdict {
                *reasons.entry(why).or_default() += 1;
            }
        }
        let rows = reasons.iter();
        let rows = rows.map(|(reason, count)| vec![(*reason).to_owned(), count.to_string()]);
        std::iter::once(cells(&["refused, though others read it", "pictures"]))
            .chain(rows)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(name: &str) -> Picture {
        Picture {
            path: name.into(),
            name: name.to_owned(),
            format: "GIF",
        }
    }

    #[test]
    fn one_wrong_picture_fails_and_is_shown() {
        let mut tally = Tally::default();
        tally.add(&picture("a"), Verdict::Agree);
        assert_eq!(tally.failure(), None);
        tally.add(&picture("b\""), Verdict::Wrong("ΔE2000 9.1".to_owned()));
        assert_eq!(tally.failure().unwrap(), "1 pictures come out wrong");
        assert!(tally.markdown().contains("\nWRONG b\": ΔE2000 9.1\n"));
        assert!(
            tally
                .csv()
                .ends_with("\"b\"\"\",GIF,WRONG,\"ΔE2000 9.1\"\n")
        );
    }

    #[test]
    fn few_may_be_refused_of_those_that_others_read() {
        let mut tally = Tally::default();
        for number in 0..100 {
            let refused = number < 3;
            tally.add(
                &picture("a"),
                if refused {
                    Verdict::Refused("why")
                } else {
                    Verdict::Agree
                },
            );
        }
        assert_eq!(tally.failure(), None);
        assert!(tally.markdown().contains("| why "));
        tally.add(&picture("a"), Verdict::RefusedToo);
        tally.add(&picture("a"), Verdict::Refused("why"));
        let failure = tally.failure().unwrap();
        assert!(
            failure.starts_with("4 of 101 pictures are refused"),
            "{failure}"
        );
    }
}
