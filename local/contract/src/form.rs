//! The form of an upload, by the options that there are.

use halftone_pipeline::request::OptionName;
use serde_json::{Map, Value, json};
use upload::contract::{DRY_RUN, FILE};

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
    json!({"required": true, "content": {"multipart/form-data": {"schema": schema}}})
}

/// What announces a file: the same options as members of a JSON object, and what the file is.
pub fn announcement() -> Value {
    let mut members = Map::new();
    let bytes = json!({"type": "integer", "minimum": 1, "description": "Size of the file."});
    members.insert("bytes".to_owned(), bytes);
    let hash =
        json!({"type": "string", "pattern": "^[0-9a-fA-F]{64}$", "description": "Its SHA-256."});
    members.insert("sha256".to_owned(), hash);
    let media = json!({"type": "string", "default": "text/csv", "description": "Its media type."});
    members.insert("contentType".to_owned(), media);
    let name = json!({"type": "string", "description": "Its name, which lists show."});
    members.insert("fileName".to_owned(), name);
    for option in OptionName::ALL {
        members.insert(option.field().to_owned(), field(option));
    }
    let schema = json!({
        "type": "object", "required": ["bytes", "sha256"], "additionalProperties": false, "properties": members,
    });
    json!({"required": true, "content": {"application/json": {"schema": schema}}})
}

/// What one option's field may hold. Fields of a form are texts.
fn field(option: OptionName) -> Value {
    let described = |mut schema: Value, text: &str| {
        schema["description"] = text.into();
        schema
    };
    let text = || json!({"type": "string"});
    let address = || json!({"type": "string", "format": "uri"});
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
