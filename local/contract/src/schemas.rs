//! JSON Schemas of the types that calls answer with.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value};

/// Collects them under the names by which the document refers to them.
pub struct Schemas(SchemaGenerator);

impl Schemas {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        // As they are written, which is what callers get: what is always there is required.
        let mut settings = SchemaSettings::draft2020_12().for_serialize();
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
        Self(settings.into_generator())
    }

    /// The schema of a type, or where it is.
    pub fn of<T: JsonSchema>(&mut self) -> Value {
        self.0.subschema_for::<T>().into()
    }

    /// All of them, by name.
    pub fn into_components(mut self) -> Map<String, Value> {
        self.0.take_definitions(true)
    }
}

impl Default for Schemas {
    fn default() -> Self {
        Self::new()
    }
}
