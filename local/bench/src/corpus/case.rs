//! A text, what others make of it, and what ours is worth beside that.

use std::collections::BTreeMap;

use serde_json::Value;

use halftone_local::failure::Failure;

/// The cells of a text by its rows.
pub type Rows = Vec<Vec<String>>;

/// What a reader makes of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It reads it.
    Rows(Rows),
    /// It finds it faulty, and says why.
    Fault(String),
}

/// A text to read.
#[derive(Debug, Clone)]
pub struct Case {
    /// Whose it is and of what kind.
    pub kind: String,
    /// Its name in a suite; empty where it was made at random.
    pub name: String,
    /// The text.
    pub text: String,
    /// What separates its cells.
    pub delimiter: String,
    /// What others make of it, by their names.
    pub others: BTreeMap<String, Answer>,
}

/// What our answer is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is read as others read it.
    Agree,
    /// It is refused, and others find it faulty too.
    FaultyToBoth,
    /// It is refused, though others read it.
    Refused,
    /// It is read otherwise than others read it, or nobody else can read it.
    Wrong,
}

impl Answer {
    fn from(value: &Value, fault: &str) -> Option<Self> {
        if let Some(fault) = value[fault].as_str() {
            return Some(Self::Fault(fault.to_owned()));
        }
        let rows = value["rows"].as_array()?.iter();
        let cells = |row: &Value| -> Option<Vec<String>> {
            let cells = row.as_array()?.iter();
            cells.map(|cell| cell.as_str().map(str::to_owned)).collect()
        };
        Some(Self::Rows(rows.map(cells).collect::<Option<_>>()?))
    }

    /// What our reader answered.
    pub fn ours(value: &Value) -> Result<Self, Failure> {
        Self::from(value, "refused").ok_or_else(|| Failure::new("the reader answered neither way"))
    }
}

impl Case {
    /// From a line of JSON.
    pub fn parse(line: &str) -> Result<Self, Failure> {
        let value: Value =
            serde_json::from_str(line).map_err(Failure::because("what others read is no JSON"))?;
        Self::of(&value).ok_or_else(|| Failure::new(format!("what others read is no case: {line}")))
    }

    fn of(value: &Value) -> Option<Self> {
        let text = |field: &str| value[field].as_str().map(str::to_owned);
        let others = value["answers"].as_object()?.iter();
        let others =
            others.map(|(who, answer)| Some((who.clone(), Answer::from(answer, "fault")?)));
        Some(Self {
            kind: text("kind")?,
            name: text("name")?,
            text: text("text")?,
            delimiter: text("delimiter")?,
            others: others.collect::<Option<_>>()?,
        })
    }

    /// Judges our answer. One who finds the text faulty contradicts nobody who reads it.
    pub fn judge(&self, ours: &Answer) -> Verdict {
        let mut faulty = false;
        let mut readings = Vec::new();
        for answer in self.others.values() {
            match answer {
                Answer::Rows(rows) => readings.push(rows),
                Answer::Fault(_) => faulty = true,
            }
        }
        match ours {
            Answer::Fault(_) if faulty => Verdict::FaultyToBoth,
            Answer::Fault(_) => Verdict::Refused,
            Answer::Rows(_) if readings.is_empty() => Verdict::Wrong,
            Answer::Rows(ours) if readings.iter().all(|rows| *rows == ours) => Verdict::Agree,
            Answer::Rows(_) => Verdict::Wrong,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(answers: &str) -> Case {
        Case::parse(&format!(
            r#"{{"kind":"k","name":"n","text":"a,b","delimiter":",","answers":{answers}}}"#
        ))
        .unwrap()
    }

    fn rows(cells: &[&str]) -> Answer {
        Answer::Rows(vec![cells.iter().map(|&cell| cell.to_owned()).collect()])
    }

    #[test]
    fn all_who_read_it_must_agree() {
        let reading = case(r#"{"x":{"rows":[["a","b"]]},"y":{"fault":"no"}}"#);
        assert_eq!(reading.judge(&rows(&["a", "b"])), Verdict::Agree);
        let divided = case(r#"{"x":{"rows":[["a","b"]]},"y":{"rows":[["a,b"]]}}"#);
        assert_eq!(divided.judge(&rows(&["a", "b"])), Verdict::Wrong);
        for other in [&["a", ""][..], &["a"], &["a", "b", ""]] {
            assert_eq!(reading.judge(&rows(other)), Verdict::Wrong, "{other:?}");
        }
    }

    #[test]
    fn what_nobody_else_reads_is_not_ours_to_read() {
        let faulty = case(r#"{"x":{"fault":"no"},"y":{"fault":"never"}}"#);
        assert_eq!(faulty.judge(&rows(&["a", "b"])), Verdict::Wrong);
        assert_eq!(case("{}").judge(&rows(&["a", "b"])), Verdict::Wrong);
    }

    #[test]
    fn a_refusal_is_shared_or_ours_alone() {
        let refusal = Answer::Fault("why".to_owned());
        let shared = case(r#"{"x":{"rows":[["a"]]},"y":{"fault":"no"}}"#);
        assert_eq!(shared.judge(&refusal), Verdict::FaultyToBoth);
        let alone = case(r#"{"x":{"rows":[["a"]]}}"#);
        assert_eq!(alone.judge(&refusal), Verdict::Refused);
    }

    #[test]
    fn what_is_no_answer_is_none() {
        let ours = |text: &str| Answer::ours(&serde_json::from_str(text).unwrap());
        assert_eq!(ours(r#"{"rows":[["a"]]}"#).unwrap(), rows(&["a"]));
        let refused = ours(r#"{"refused":"why"}"#).unwrap();
        assert_eq!(refused, Answer::Fault("why".to_owned()));
        for text in ["{}", r#"{"rows":["a"]}"#, r#"{"rows":[[1]]}"#] {
            assert!(ours(text).is_err(), "{text}");
        }
        assert!(Case::parse("{}").is_err() && Case::parse("x").is_err());
    }
}
