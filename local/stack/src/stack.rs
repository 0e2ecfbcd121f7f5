//! `stack.json`: how any client finds a running stack.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::deploy::STACK;
use crate::emulator::REGION;
use crate::failure::Failure;
use crate::functions::FUNCTIONS;
use crate::services::Services;

/// The description of a stack, as it is in its file.
#[derive(Debug, Clone)]
pub struct Stack {
    value: Value,
}

/// The buckets and queues that are there without a deployment, by their keys in `stack.json`.
const BUCKETS: [(&str, &str); 3] = [
    ("uploadsBucket", "uploads"),
    ("outputsBucket", "outputs"),
    ("dropBucket", "drop"),
];
const QUEUES: [(&str, &str); 4] = [
    ("imagesQueueUrl", "images"),
    ("imagesDlqUrl", "images-dlq"),
    ("finalizeQueueUrl", "finalize"),
    ("finalizeDlqUrl", "finalize-dlq"),
];

impl Stack {
    /// The services alone, with buckets and queues that no function knows: for tests that bring
    /// their own code. They may make more through the endpoint.
    pub fn of_services(services: &Services) -> Result<Self, Failure> {
        let mut own = Map::new();
        for (key, name) in BUCKETS {
            services.client.create_bucket(name)?;
            own.insert(key.to_owned(), name.into());
        }
        for (key, name) in QUEUES {
            let url = services.client.create_queue(name)?;
            own.insert(key.to_owned(), url.into());
        }
        let value = json!({
            "mongodbUri": services.database().uri(),
            "mongodbDatabase": services.database().name(),
            "awsEndpointUrl": services.client.endpoint,
            "region": REGION,
            "accessKeyId": "test",
            "secretAccessKey": "test",
            "services": own,
            "faults": services.faults(),
            "pids": {},
        });
        let mut stack = Self { value };
        stack.set_processes(services);
        Ok(stack)
    }

    /// Asks the emulator what was deployed, and adds it.
    pub fn add_deployment(&mut self, services: &Services) -> Result<(), Failure> {
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
        let deployed = json!({
            "apiUrl": output("ApiUrl")?,
            "apiKey": key.value,
            "apiKeyId": key.id,
            "foreignApiKey": foreign.value,
            "foreignApiKeyId": foreign.id,
            "uploadsBucket": output("UploadsBucket")?,
            "dropBucket": output("DropBucket")?,
            "outputsBucket": output("OutputsBucket")?,
            "imagesQueueUrl": output("ImagesQueueUrl")?,
            "imagesDlqUrl": output("ImagesDlqUrl")?,
            "finalizeQueueUrl": output("FinalizeQueueUrl")?,
            "finalizeDlqUrl": output("FinalizeDlqUrl")?,
            "functions": Value::Object(functions.into_iter().collect()),
        });
        // Of a stack that tells of ended requests.
        if let Ok(topic) = output("NoticeTopicArn") {
            self.add("noticeTopicArn", topic.into());
        }
        for (key, value) in deployed.as_object().into_iter().flatten() {
            self.value[key] = value.clone();
        }
        Ok(())
    }

    /// Adds what else there is to know.
    pub fn add(&mut self, key: &str, value: Value) {
        self.value[key] = value;
    }

    /// Takes the processes' ids over.
    pub fn set_processes(&mut self, services: &Services) {
        self.value["pids"] = json!({
            "local": std::process::id(),
            "mongodb": services.database().pid(),
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
        let console = match self.text("apiUrl") {
            "" => String::new(),
            api => format!("{api}/"),
        };
        let known = [
            ("Console", console.as_str()),
            ("API", self.text("apiUrl")),
            ("API key", self.text("apiKey")),
            ("AWS", self.text("awsEndpointUrl")),
            ("MongoDB", self.text("mongodbUri")),
        ];
        let known = known.into_iter().filter(|(_, text)| !text.is_empty());
        let lines: String = known
            .map(|(name, text)| format!("  {name:<7}  {text}\n"))
            .collect();
        format!("{lines}  Details  {}", description.display())
    }
}
