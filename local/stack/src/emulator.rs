//! What is asked of the AWS emulator: a few calls, too few for an SDK.

use std::time::Duration;

use serde_json::{Value, json};

use crate::failure::Failure;

/// The region of everything.
pub const REGION: &str = "us-east-1";
/// What paths of Lambda's API begin with.
const LAMBDA: &str = "2015-03-31";

/// A client of one emulator.
#[derive(Debug, Clone)]
pub struct Emulator {
    /// `http://127.0.0.1:port`.
    pub endpoint: String,
    agent: ureq::Agent,
}

/// An API key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// What functions see.
    pub id: String,
    /// What callers send.
    pub value: String,
}

/// A client for plain HTTP that gives any status back as it is.
pub fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(30)))
        .http_status_as_error(false)
        // Nothing here is outside of this machine, whatever the environment says.
        .proxy(None);
    config.build().into()
}

impl Emulator {
    /// The emulator on a port of this machine.
    pub fn on(port: u16) -> Self {
        Self::at(format!("http://127.0.0.1:{port}"))
    }

    /// The emulator at an endpoint.
    pub fn at(endpoint: String) -> Self {
        Self {
            endpoint,
            agent: agent(),
        }
    }

    /// Whether it answers.
    pub fn is_up(&self) -> bool {
        let health = self
            .agent
            .get(format!("{}/_ministack/health", self.endpoint))
            .call();
        health.is_ok_and(|response| response.status() == 200)
    }

    /// Makes a bucket.
    pub fn create_bucket(&self, name: &str) -> Result<(), Failure> {
        let request = self.agent.put(format!("{}/{name}", self.endpoint));
        text(signed(request, "s3").send_empty()).map(drop)
    }

    /// Makes a queue; its URL.
    pub fn create_queue(&self, name: &str) -> Result<String, Failure> {
        let answer = self.sqs("CreateQueue", &json!({"QueueName": name}))?;
        let url = answer["QueueUrl"].as_str().map(str::to_owned);
        url.ok_or_else(|| Failure::new("the answer has no queue's URL"))
    }

    /// Makes a secret; its ARN.
    pub fn create_secret(&self, name: &str, text: &str) -> Result<String, Failure> {
        let request = signed(self.agent.post(&self.endpoint), "secretsmanager")
            .header("content-type", "application/x-amz-json-1.1")
            .header("x-amz-target", "secretsmanager.CreateSecret");
        let body = json!({"Name": name, "SecretString": text});
        let answer = parse(self::text(request.send(body.to_string()))?)?;
        let arn = answer["ARN"].as_str().map(str::to_owned);
        arn.ok_or_else(|| Failure::new("the answer has no secret's ARN"))
    }

    /// The outputs of a CloudFormation stack.
    pub fn outputs(&self, stack: &str) -> Result<Vec<(String, String)>, Failure> {
        let form = format!("Action=DescribeStacks&Version=2010-05-15&StackName={stack}");
        let request = signed(self.agent.post(&self.endpoint), "cloudformation")
            .header("content-type", "application/x-www-form-urlencoded");
        text(request.send(form)).map(|xml| parse_outputs(&xml))
    }

    /// The value of an API key.
    pub fn api_key(&self, id: &str) -> Result<ApiKey, Failure> {
        let url = format!("{}/apikeys/{id}?includeValue=true", self.endpoint);
        api_key(&parse(text(
            signed(self.agent.get(url), "apigateway").call(),
        )?)?)
    }

    /// Adds another API key to a usage plan.
    pub fn add_api_key(&self, usage_plan: &str, name: &str) -> Result<ApiKey, Failure> {
        let key = api_key(&self.apigateway("apikeys", &json!({"name": name, "enabled": true}))?)?;
        let path = format!("usageplans/{usage_plan}/keys");
        self.apigateway(&path, &json!({"keyId": key.id, "keyType": "API_KEY"}))?;
        Ok(key)
    }

    fn apigateway(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        let request = self.agent.post(format!("{}/{path}", self.endpoint));
        let request = signed(request, "apigateway").header("content-type", "application/json");
        parse(text(request.send(body.to_string()))?)
    }

    /// The events of a log group: milliseconds since 1970 and text.
    pub fn log_events(&self, group: &str) -> Result<Vec<(u64, String)>, Failure> {
        let request = signed(self.agent.post(&self.endpoint), "logs")
            .header("content-type", "application/x-amz-json-1.1")
            .header("x-amz-target", "Logs_20140328.FilterLogEvents");
        let answer = parse(text(
            request.send(json!({"logGroupName": group}).to_string()),
        )?)?;
        let events = answer["events"].as_array().cloned().unwrap_or_default();
        let event = |event: &Value| {
            let message = event["message"]
                .as_str()
                .unwrap_or_default()
                .trim_end()
                .to_owned();
            (event["timestamp"].as_u64().unwrap_or_default(), message)
        };
        Ok(events.iter().map(event).collect())
    }

    /// The environment variables of a function.
    pub fn variables(&self, function: &str) -> Result<Vec<(String, String)>, Failure> {
        let path = format!("{LAMBDA}/functions/{function}/configuration");
        let request = self.agent.get(format!("{}/{path}", self.endpoint));
        let answer = parse(text(signed(request, "lambda").call())?)?;
        let variables = answer["Environment"]["Variables"].as_object();
        let variables = variables.ok_or_else(|| Failure::new("the function has no environment"))?;
        let text =
            |(name, value): (&String, &Value)| Some((name.clone(), value.as_str()?.to_owned()));
        Ok(variables.iter().filter_map(text).collect())
    }

    /// Keeps a function from taking messages of its queue.
    pub fn pause_consumer(&self, function: &str) -> Result<(), Failure> {
        let mappings = format!("{}/{LAMBDA}/event-source-mappings", self.endpoint);
        let list = self
            .agent
            .get(format!("{mappings}/?FunctionName={function}"));
        let answer = parse(text(signed(list, "lambda").call())?)?;
        for mapping in answer["EventSourceMappings"]
            .as_array()
            .into_iter()
            .flatten()
        {
            let id = mapping["UUID"].as_str().unwrap_or_default();
            let request = signed(self.agent.put(format!("{mappings}/{id}")), "lambda");
            text(request.send(json!({"Enabled": false}).to_string()))?;
        }
        Ok(())
    }

    /// Takes at most `most` messages from a queue, 10 being the most that there are at once.
    pub fn receive(&self, queue: &str, most: usize) -> Result<Vec<Value>, Failure> {
        let body = json!({
            "QueueUrl": queue,
            "MaxNumberOfMessages": most,
            "MessageSystemAttributeNames": ["All"],
        });
        let answer = self.sqs("ReceiveMessage", &body)?;
        Ok(answer["Messages"].as_array().cloned().unwrap_or_default())
    }

    /// Takes messages off a queue, by the receipts that came with them; 10 at most.
    pub fn delete(&self, queue: &str, receipts: &[&str]) -> Result<(), Failure> {
        let entry =
            |(id, receipt): (usize, &&str)| json!({"Id": id.to_string(), "ReceiptHandle": receipt});
        let entries: Vec<Value> = receipts.iter().enumerate().map(entry).collect();
        let body = json!({"QueueUrl": queue, "Entries": entries});
        let answer = self.sqs("DeleteMessageBatch", &body)?;
        match answer["Failed"].as_array() {
            Some(failed) if !failed.is_empty() => {
                Err(Failure::new(format!("messages were not deleted: {answer}")))
            }
            _ => Ok(()),
        }
    }

    fn sqs(&self, action: &str, body: &Value) -> Result<Value, Failure> {
        let request = signed(self.agent.post(&self.endpoint), "sqs")
            .header("content-type", "application/x-amz-json-1.0")
            .header("x-amz-target", format!("AmazonSQS.{action}"));
        parse(text(request.send(body.to_string()))?)
    }
}

/// The emulator checks no signature, but reads the service and the account from one.
fn signed<B>(request: ureq::RequestBuilder<B>, service: &str) -> ureq::RequestBuilder<B> {
    let scope = format!("test/20260101/{REGION}/{service}/aws4_request");
    let value = format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0");
    request.header("authorization", value)
}

/// The body of an answer that says it went well.
pub fn text(
    answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
) -> Result<String, Failure> {
    let mut answer = answer.map_err(Failure::because("the emulator did not answer"))?;
    let body = answer.body_mut().read_to_string();
    let body = body.map_err(Failure::because("the emulator broke off its answer"))?;
    if answer.status().is_success() {
        return Ok(body);
    }
    let what = format!("unexpected answer {}: {body}", answer.status());
    Err(match answer.status().as_u16() {
        503 => Failure::away(what),
        _ => Failure::new(what),
    })
}

/// Reads JSON.
pub fn parse(text: String) -> Result<Value, Failure> {
    serde_json::from_str(&text).map_err(Failure::because("an answer is not JSON"))
}

fn api_key(answer: &Value) -> Result<ApiKey, Failure> {
    match (answer["id"].as_str(), answer["value"].as_str()) {
        (Some(id), Some(value)) => Ok(ApiKey {
            id: id.to_owned(),
            value: value.to_owned(),
        }),
        _ => Err(Failure::new("the emulator gave no API key")),
    }
}

fn parse_outputs(xml: &str) -> Vec<(String, String)> {
    let element = |text: &str, name: &str| {
        let (_, rest) = text.split_once(&format!("<{name}>"))?;
        let (value, _) = rest.split_once(&format!("</{name}>"))?;
        Some(value.replace("&amp;", "&"))
    };
    let members = xml.split("<OutputKey>").skip(1);
    let pair = |member: &str| {
        let (key, _) = member.split_once("</OutputKey>")?;
        Some((key.to_owned(), element(member, "OutputValue")?))
    };
    members.filter_map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_of_a_stack() {
        let xml = "<Outputs><member><OutputKey>ApiUrl</OutputKey><OutputValue>http://x/?a&amp;b\
                   </OutputValue></member><member><OutputKey>Key</OutputKey>\
                   <OutputValue>k</OutputValue></member></Outputs>";
        let expected = [("ApiUrl", "http://x/?a&b"), ("Key", "k")];
        let expected = expected.map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(parse_outputs(xml), expected);
    }
}
