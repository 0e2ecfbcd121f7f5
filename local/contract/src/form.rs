//! The form of an upload, by the options that there are.

use halftone_pipeline::request::OptionName;
use serde_json::{Map, Value, json};
use upload::contract::{DRY_RUN, FILE, MAX_NAME_CHARS, MAX_TYPE_BYTES};

/// What the address of something on the web looks like; not the format `uri`, since hosts may be spelt in any
/// script.
pub const WEB: &str = "^\\s*[hH][tT][tT][pP][sS]?:";
/// The same, of a field that may be left empty.
const WEB_OR_NONE: &str = "^\\s*([hH][tT][tT][pP][sS]?:.*)?$";

/// A CSV as it may be sent, and its SHA-256.
const SAMPLE: &str =
    "S. No.,Product Name,Input Image Urls\n1,Chair,https://shop.example/chair.jpg\n";
const SAMPLE_SHA256: &str = "bdef36c58a1e8597d0206e2bbba31a9ac8925cfc0ae5c0b2c10c5fcb04d1f14a";

/// What `multipart/form-data` holds.
pub fn body() -> Value {
    let mut fields = Map::new();
    let file = "The CSV, or an Excel workbook of one.";
    let binary = json!({"type": "string", "format": "binary", "description": file});
    fields.insert(FILE.to_owned(), binary);
    for option in OptionName::ALL {
        fields.insert(option.field().to_owned(), field(option));
    }
    let text = "Answers what was understood, and keeps nothing.";
    let flag = json!({"type": "string", "enum": ["true", "false"], "default": "false", "description": text});
    fields.insert(DRY_RUN.to_owned(), flag);
    let schema = json!({
        "type": "object", "required": [FILE], "additionalProperties": false, "properties": fields,
    });
    let sample = json!({FILE: SAMPLE, OptionName::Quality.field(): 50});
    let examples = json!({"sample": {"value": sample}});
    json!({"required": true, "content": {"multipart/form-data": {"schema": schema, "examples": examples}}})
}

/// What announces a file: the same options as members of a JSON object, and what the file is.
pub fn announcement() -> Value {
    let mut members = Map::new();
    let bytes = json!({"type": "integer", "minimum": 1, "description": "Size of the file."});
    members.insert("bytes".to_owned(), bytes);
    let hash =
        json!({"type": "string", "pattern": "^[0-9a-fA-F]{64}$", "description": "Its SHA-256."});
    members.insert("sha256".to_owned(), hash);
    let media = json!({"type": "string", "default": "text/csv", "pattern": "^[!-.0-~]+/[!-~]+$",
        "maxLength": MAX_TYPE_BYTES, "description": "Its media type."});
    members.insert("contentType".to_owned(), or_null(media));
    let name = json!({"type": "string", "maxLength": MAX_NAME_CHARS, "description": "Its name, which lists show."});
    members.insert("fileName".to_owned(), or_null(name));
    for option in OptionName::ALL {
        members.insert(option.field().to_owned(), or_null(member(option)));
    }
    let schema = json!({
        "type": "object", "required": ["bytes", "sha256"], "additionalProperties": false, "properties": members,
    });
    let sample = json!({"bytes": SAMPLE.len(), "sha256": SAMPLE_SHA256, "fileName": "products.csv", "format": "webp"});
    let examples = json!({"sample": {"value": sample}});
    json!({"required": true, "content": {"application/json": {"schema": schema, "examples": examples}}})
}

/// What one option's member may hold.
fn member(option: OptionName) -> Value {
    let mut schema = field(option);
    if option == OptionName::Fresh {
        schema["type"] = "boolean".into();
        schema["default"] = false.into();
        schema.as_object_mut().map(|schema| schema.remove("enum"));
    }
    schema
}

/// The same, or `null`, which many programs send for what is not given.
fn or_null(mut schema: Value) -> Value {
    schema["type"] = json!([schema["type"], "null"]);
    let words = schema.get_mut("enum").and_then(Value::as_array_mut);
    if let Some(words) = words {
        words.push(Value::Null);
    }
    schema
}

/// What one option's field may hold. Fields of a form are texts.
fn field(option: OptionName) -> Value {
    let described = |mut schema: Value, text: &str| {
        schema["description"] = text.into();
        schema
    };
    let text = || json!({"type": "string"});
    let address = || json!({"type": "string", "pattern": WEB_OR_NONE});
    let one_of = |words: &[&str]| json!({"type": "string", "enum": words});
    match option {
        OptionName::WebhookUrl => described(address(), "Is told of the end."),
        OptionName::Quality => {
            let number = json!({"type": "integer", "minimum": 1, "maximum": 100});
            described(
                number,
                "libjpeg's scale; 50 unless the operator has set another.",
            )
        }
        OptionName::Format => {
            let all = halftone_codec::OutputFormat::ALL.map(halftone_codec::OutputFormat::as_str);
            let mut schema = one_of(&all);
            schema["default"] = "original".into();
            described(schema, "Of the outputs.")
        }
        OptionName::Copyright => {
            let mut schema = one_of(&["keep", "remove"]);
            schema["default"] = "remove".into();
            described(schema, "`keep` leaves copyright notices in.")
        }
        OptionName::MaxWidth | OptionName::MaxHeight => {
            let number = json!({"type": "integer", "minimum": 1, "maximum": 65_535});
            described(
                number,
                "Pixels; larger pictures are made smaller, none is enlarged.",
            )
        }
        OptionName::Fresh => {
            let mut schema = one_of(&["true", "false"]);
            schema["default"] = "false".into();
            described(
                schema,
                "`true` makes everything anew, also what has not changed.",
            )
        }
        OptionName::ImageColumns => described(
            text(),
            "Columns of image URLs, by name or letter, several with commas; by the header unless given.",
        ),
        OptionName::NameColumn => described(text(), "Column of the products' names."),
        OptionName::IdColumn => described(text(), "Column of the products' ids."),
        OptionName::ImageBase => described(address(), "Where relative image paths begin."),
        OptionName::OnRowError => {
            let mut schema = one_of(&["refuse", "skip"]);
            schema["default"] = "refuse".into();
            described(
                schema,
                "`skip` goes on without the rows that cannot be used.",
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_null_says_so_and_has_words_only_where_it_had_some() {
        let text = or_null(json!({"type": "string"}));
        assert_eq!(text, json!({"type": ["string", "null"]}));
        let word = or_null(json!({"type": "string", "enum": ["a"]}));
        assert_eq!(
            word,
            json!({"type": ["string", "null"], "enum": ["a", null]})
        );
    }
}
