//! `stack.json`: how any client finds a running stack.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::arguments::FUNCTIONS;
use crate::deploy::STACK;
use crate::emulator::REGION;
use crate::failure::Failure;
use crate::services::Services;

/// The description of a stack, as it is in its file.
#[derive(Debug, Clone)]
pub struct Stack {
    value: Value,
}

impl Stack {
    /// Asks the emulator what was deployed.
    pub fn describe(services: &Services, webhook_secret: &str) -> Result<Self, Failure> {
        let outputs = services.client.outputs(STACK)?;
        let output = |name: &str| {
            let found = outputs.iter().find(|(key, _)| key == name);
            found
                .map(|(_, value)| value.as_str())
                .ok_or_else(|| Failure::new(format!("the stack has no output {name}")))
        };
        let key = services.client.api_key(output("ApiKeyId")?)?;
        let foreign = services
            .client
            .add_api_key(output("UsagePlanId")?, "foreign")?;
        let functions = FUNCTIONS.map(|name| (name.to_owned(), json!(format!("{STACK}-{name}"))));
        let value = json!({
            "apiUrl": output("ApiUrl")?,
            "apiKey": key.value,
            "apiKeyId": key.id,
            "foreignApiKey": foreign.value,
            "foreignApiKeyId": foreign.id,
            "mongodbUri": services.mongodb_uri(),
            "mongodbDatabase": "halftone",
            "awsEndpointUrl": services.client.endpoint,
            "uploadsBucket": output("UploadsBucket")?,
            "dropBucket": output("DropBucket")?,
            "outputsBucket": output("OutputsBucket")?,
            "imagesQueueUrl": output("ImagesQueueUrl")?,
            "imagesDlqUrl": output("ImagesDlqUrl")?,
            "finalizeQueueUrl": output("FinalizeQueueUrl")?,
            "finalizeDlqUrl": output("FinalizeDlqUrl")?,
            "functions": Value::Object(functions.into_iter().collect()),
            "region": REGION,
            "webhookSecret": webhook_secret,
            "faults": services.faults(),
            "pids": {},
        });
        let mut stack = Self { value };
        stack.set_processes(services);
        Ok(stack)
    }

    /// Takes the processes' ids over.
    pub fn set_processes(&mut self, services: &Services) {
        self.value["pids"] = json!({
            "local": std::process::id(),
            "mongodb": services.mongodb_pid(),
            "aws": services.emulator_pid(),
        });
    }

    /// Reads the file of a stack; `None` when there is none.
    pub fn read(path: &Path) -> Option<Self> {
        let value = serde_json::from_str(&fs::read_to_string(path).ok()?).ok()?;
        Some(Self { value })
    }

    /// Writes the file whole: a reader never sees half of it.
    pub fn write(&self, path: &Path) -> Result<(), Failure> {
        let failure = || Failure::because(format!("cannot write {}", path.display()));
        let new = path.with_extension("json.new");
        fs::write(&new, format!("{:#}\n", self.value)).map_err(failure())?;
        fs::rename(&new, path).map_err(failure())
    }

    /// A text of the description; empty when it has none.
    pub fn text(&self, key: &str) -> &str {
        self.value[key].as_str().unwrap_or_default()
    }

    /// The name of one of the functions in the emulator.
    pub fn function(&self, name: &str) -> &str {
        self.value["functions"][name].as_str().unwrap_or_default()
    }

    /// What a person wants to know of it.
    pub fn summary(&self, description: &Path) -> String {
        format!(
            "  API      {}\n  API key  {}\n  AWS      {}\n  MongoDB  {}\n  Details  {}",
            self.text("apiUrl"),
            self.text("apiKey"),
            self.text("awsEndpointUrl"),
            self.text("mongodbUri"),
            description.display(),
        )
    }
}
