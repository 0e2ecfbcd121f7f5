//! Whether a value is what a schema of the document says. Knows the keywords that the document has and refuses
//! any other, so that none is passed over; a whole validator would change the features, and with them the code,
//! of what the functions are built with. Schemathesis checks the same answers with another one.

use halftone_pipeline::request::{RequestId, Timestamp};
use serde_json::Value;

/// What a value has that its schema has not, or the other way round.
pub struct Validity<'a> {
    components: &'a Value,
}

impl<'a> Validity<'a> {
    /// By the schemas of a document.
    pub fn of(document: &'a Value) -> Self {
        let components = &document["components"]["schemas"];
        Self { components }
    }

    /// Checks a value, in which nothing may be that the schema does not know.
    pub fn check(&self, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
        let known = self.properties(schema);
        if let (Some(object), false) = (value.as_object(), known.is_empty()) {
            let unknown = object.keys().find(|name| !known.contains(&name.as_str()));
            if let Some(name) = unknown {
                return Err(format!("{at}/{name} is not in the document"));
            }
        }
        self.rules(schema, value, at)
    }

    fn referred(&self, reference: &Value) -> &Value {
        let name = reference.as_str().and_then(|it| it.rsplit('/').next());
        &self.components[name.unwrap_or_default()]
    }

    /// The names that an object may have by a schema.
    fn properties<'s>(&'s self, schema: &'s Value) -> Vec<&'s str> {
        let own = schema["properties"].as_object().into_iter().flatten();
        let mut names: Vec<_> = own.map(|(name, _)| name.as_str()).collect();
        if !schema["$ref"].is_null() {
            names.extend(self.properties(self.referred(&schema["$ref"])));
        }
        let parts = ["allOf", "anyOf"].into_iter();
        for part in parts.flat_map(|name| schema[name].as_array().into_iter().flatten()) {
            names.extend(self.properties(part));
        }
        names
    }

    fn rules(&self, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
        let Some(rules) = schema.as_object() else {
            return Ok(());
        };
        for (keyword, rule) in rules {
            let fits = match keyword.as_str() {
                "description" | "title" | "default" => true,
                "$ref" => {
                    self.rules(self.referred(rule), value, at)?;
                    true
                }
                "allOf" => {
                    for part in rule.as_array().into_iter().flatten() {
                        self.rules(part, value, at)?;
                    }
                    true
                }
                // Of words, of which no two are the same.
                "anyOf" | "oneOf" => {
                    let mut parts = rule.as_array().into_iter().flatten();
                    parts.any(|part| self.check(part, value, at).is_ok())
                }
                "properties" => {
                    for (name, part) in rule.as_object().into_iter().flatten() {
                        if let Some(value) = value.get(name) {
                            self.check(part, value, &format!("{at}/{name}"))?;
                        }
                    }
                    true
                }
                // Of objects whose names are data, as those of headers are.
                "additionalProperties" if rules.get("properties").is_none() => {
                    for (name, value) in value.as_object().into_iter().flatten() {
                        self.check(rule, value, &format!("{at}/{name}"))?;
                    }
                    true
                }
                "required" => {
                    let names = rule.as_array().into_iter().flatten();
                    let mut names = names.filter_map(Value::as_str);
                    names.all(|name| value.get(name).is_some())
                }
                "items" => {
                    for (n, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.check(rule, item, &format!("{at}/{n}"))?;
                    }
                    true
                }
                "type" => one_or_all(rule).any(|kind| is(kind, value)),
                "enum" => rule.as_array().is_some_and(|all| all.contains(value)),
                "const" => rule == value,
                "minimum" => value.as_f64() >= rule.as_f64() || !value.is_number(),
                "maximum" => value.as_f64() <= rule.as_f64() || !value.is_number(),
                "format" => has_format(rule, value),
                other => return Err(format!("the keyword {other} is not known")),
            };
            if !fits {
                return Err(format!("{value} at {at:?} is not {keyword} {rule}"));
            }
        }
        Ok(())
    }
}

fn one_or_all(rule: &Value) -> impl Iterator<Item = &str> {
    let one = rule.as_str().into_iter();
    let all = rule.as_array().into_iter().flatten();
    one.chain(all.filter_map(Value::as_str))
}

fn is(kind: &str, value: &Value) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}

fn has_format(rule: &Value, value: &Value) -> bool {
    let Some(text) = value.as_str() else {
        return true;
    };
    match rule.as_str() {
        Some("uuid") => text.parse::<RequestId>().is_ok(),
        Some("date-time") => Timestamp::parse(text).is_some(),
        Some("uri") => text.contains("://"),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fits(schema: &Value, value: &Value) -> bool {
        let document = json!({"components": {"schemas": {"A": {
            "type": "object", "required": ["a"], "properties": {"a": {"type": "integer", "minimum": 0}},
        }}}});
        Validity::of(&document).check(schema, value, "").is_ok()
    }

    #[test]
    fn values_are_held_against_every_rule() {
        let one = json!({"$ref": "#/components/schemas/A"});
        assert!(fits(&one, &json!({"a": 1})));
        for wrong in [
            json!({}),
            json!({"a": -1}),
            json!({"a": "1"}),
            json!({"a": 1, "b": 1}),
            json!(1),
        ] {
            assert!(!fits(&one, &wrong), "{wrong}");
        }
        let narrowed = json!({"allOf": [one, {"properties": {"a": {"const": 2}}}]});
        assert!(fits(&narrowed, &json!({"a": 2})) && !fits(&narrowed, &json!({"a": 1})));
        let null_or = json!({"anyOf": [one, {"type": "null"}]});
        assert!(fits(&null_or, &Value::Null) && !fits(&null_or, &json!({"b": 1})));
        let all = json!({"type": "array", "items": {"type": ["string", "null"], "format": "uuid"}});
        assert!(fits(
            &all,
            &json!([null, "0f8fad5b-d9cb-469f-a165-70867728950e"])
        ));
        assert!(!fits(&all, &json!(["x"])));
        let named = json!({"type": "object", "additionalProperties": {"type": "string"}});
        assert!(fits(&named, &json!({"a": "b"})) && !fits(&named, &json!({"a": 1})));
    }

    #[test]
    fn a_keyword_that_is_not_known_is_refused() {
        assert!(!fits(&json!({"patternProperties": {}}), &json!({})));
    }
}
