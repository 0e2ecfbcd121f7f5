//! What an output is worth beside what others show of its source.

use serde_json::Value;

use super::listed;

/// The largest mean difference of colours, in CIEDE2000: at quality 90 what is lost is well below it.
pub const MOST_DELTA_E: f64 = 3.0;

/// What our answer is worth.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// It shows what others show.
    Agree,
    /// It loses more than a picture should, being noise: yet less than sharp takes from it at the same quality.
    Noise,
    /// It is refused for a reason that is on the list, though others read it.
    Refused(&'static str),
    /// It is refused, as it is by sharp.
    RefusedToo,
    /// It is read, and nobody else reads it.
    ReadAlone,
    /// It shows something else, or is refused for a reason that is not on the list.
    Wrong(String),
}

/// What ours became: a file, or the sentence that refuses it.
pub type Ours<'a> = Result<(), &'a str>;

impl Verdict {
    /// Judges by the judge's answer about a source, and whether sharp is who reads it: what it refuses may be refused.
    pub fn new(ours: Ours<'_>, sharp_reads: bool, judged: &Value) -> Self {
        let somebody_reads = judged["refused"].is_null();
        match (ours, somebody_reads) {
            (Err(_), _) if !sharp_reads => Self::RefusedToo,
            (Ok(()), false) => Self::ReadAlone,
            (Err(why), _) => match listed::reason(why) {
                Some(kind) => Self::Refused(kind),
                None => Self::Wrong(format!("refused: {why}")),
            },
            (Ok(()), true) => Self::shown(judged),
        }
    }

    fn shown(judged: &Value) -> Self {
        if let Some(what) = judged["different"].as_str() {
            return Self::Wrong(what.to_owned());
        }
        match judged["deltaE"].as_f64() {
            Some(difference) if difference <= MOST_DELTA_E => Self::Agree,
            Some(difference) if judged["sharp"].as_f64().is_some_and(|own| difference < own) => {
                Self::Noise
            }
            Some(difference) => Self::Wrong(format!("ΔE2000 {difference:.1}")),
            None => Self::Wrong(format!("not comparable: {judged}")),
        }
    }

    /// One word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Agree => "agree",
            Self::Noise => "noise",
            Self::Refused(_) => "refused",
            Self::RefusedToo => "refused by both",
            Self::ReadAlone => "read alone",
            Self::Wrong(_) => "WRONG",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_shown_is_measured() {
        let judge = |judged: Value| Verdict::new(Ok(()), true, &judged).word();
        assert_eq!(judge(json!({ "deltaE": 2.9 })), "agree");
        assert_eq!(judge(json!({ "deltaE": 3.1 })), "WRONG");
        assert_eq!(judge(json!({ "deltaE": 3.1, "sharp": 3.0 })), "WRONG");
        assert_eq!(judge(json!({ "deltaE": 3.1, "sharp": 5.9 })), "noise");
        assert_eq!(judge(json!({ "different": "width 3, not 4" })), "WRONG");
        assert_eq!(judge(json!({})), "WRONG");
        assert_eq!(judge(json!({ "refused": "no" })), "read alone");
    }

    #[test]
    fn a_refusal_must_be_on_the_list() {
        let listed = listed::KINDS[0].0;
        let read = json!({ "read": true });
        let judge = |why, sharp_reads| Verdict::new(Err(why), sharp_reads, &read).word();
        assert_eq!(judge(listed, true), "refused");
        assert_eq!(judge("it is damaged", true), "WRONG");
        assert_eq!(judge("it is damaged", false), "refused by both");
    }
}
