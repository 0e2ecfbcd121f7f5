//! What the documents say: their fenced blocks, and whether JSON is what was really answered.

use serde_json::Value;

/// A block between two fences.
#[derive(Clone, Debug)]
pub struct Block {
    /// Where it is: file and line.
    pub place: String,
    /// The word behind its first fence: `sh`, `json` and so on.
    pub language: String,
    /// What stands in it.
    pub text: String,
}

/// The blocks of a document.
pub fn blocks(file: &str, text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (line, number) in text.lines().zip(1..) {
        match (line.strip_prefix("```"), open.take()) {
            (Some(language), None) => {
                open = Some(Block {
                    place: format!("{file}:{number}"),
                    language: language.to_owned(),
                    text: String::new(),
                });
            }
            (Some(_), Some(block)) => blocks.push(block),
            (None, Some(mut block)) => {
                block.text.push_str(line);
                block.text.push('\n');
                open = Some(block);
            }
            (None, None) => {}
        }
    }
    blocks
}

/// All JSON in an output: it as a whole, or lines of it.
pub fn json_in(output: &str) -> Vec<Value> {
    let lines = output
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok());
    let whole = serde_json::Deserializer::from_str(output).into_iter();
    let values = lines.chain(whole.map_while(Result::ok));
    values.filter(Value::is_object).collect()
}

/// Whether an answer is as documented: the same fields everywhere and the same texts, `…` standing for any
/// part of one; of arrays, each documented item is there. Numbers and times differ.
pub fn is_as_documented(documented: &Value, answer: &Value) -> bool {
    match (documented, answer) {
        (Value::Object(documented), Value::Object(answer)) => {
            documented.len() == answer.len()
                && documented.iter().all(|(name, value)| {
                    let found = answer.get(name);
                    found.is_some_and(|found| is_as_documented(value, found))
                })
        }
        (Value::Array(documented), Value::Array(answer)) => {
            let there = |item| answer.iter().any(|found| is_as_documented(item, found));
            documented.iter().all(there)
        }
        (Value::String(documented), Value::String(answer)) => is_like(documented, answer),
        (Value::Number(_), Value::Number(_) | Value::Null) => true,
        (documented, answer) => documented == answer,
    }
}

fn is_like(documented: &str, answer: &str) -> bool {
    let is_time = |text: &str| halftone_pipeline::request::Timestamp::parse(text).is_some();
    if is_time(documented) {
        return is_time(answer);
    }
    let mut parts = documented.split('…');
    let Some(mut rest) = answer.strip_prefix(parts.next().unwrap_or_default()) else {
        return false;
    };
    let mut last = None;
    for part in parts {
        let Some(place) = rest.find(part) else {
            return false;
        };
        rest = &rest[place + part.len()..];
        last = Some(part);
    }
    rest.is_empty() || last.is_some_and(|last| answer.ends_with(last))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn blocks_have_their_language_and_place() {
        let found = blocks("a.md", "text\n```sh\nls\n```\n\n```\nx\n```\n");
        let of: Vec<_> = found
            .iter()
            .map(|it| (&*it.place, &*it.language, &*it.text))
            .collect();
        assert_eq!(of, [("a.md:2", "sh", "ls\n"), ("a.md:6", "", "x\n")]);
    }

    #[test]
    fn dots_stand_for_anything_and_nothing_else_does() {
        for (documented, answer) in [
            ("…", "x"),
            ("msg_…_1", "msg_0_1"),
            ("2026-01-31T12:00:00.000Z", "2027-02-01T00:00:00Z"),
        ] {
            assert!(is_like(documented, answer), "{documented}");
        }
        for (documented, answer) in [("a", "ab"), ("msg_…_1", "msg_0_2"), ("a…", "b")] {
            assert!(!is_like(documented, answer), "{documented}");
        }
        let documented = json!({"a": 1, "list": [{"b": "…"}]});
        assert!(is_as_documented(
            &documented,
            &json!({"a": 2, "list": [{"b": "x"}, {}]})
        ));
        assert!(!is_as_documented(&documented, &json!({"a": 2, "list": []})));
        assert!(!is_as_documented(
            &documented,
            &json!({"a": 2, "list": [{"b": "x"}], "c": 3})
        ));
    }

    #[test]
    fn json_is_found_among_other_lines() {
        assert_eq!(json_in("a,b\n{\"x\":1}\n"), [json!({"x": 1})]);
        assert_eq!(json_in("{\"x\":1}{\"y\":2}").len(), 2);
    }
}
