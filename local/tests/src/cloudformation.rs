//! The deployment, as CloudFormation knows it.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::wait::until;

/// How long an update may take.
const PATIENCE: Duration = Duration::from_secs(180);

/// A client of it.
#[derive(Clone)]
pub struct CloudFormation {
    /// The emulator.
    pub endpoint: String,
}

impl CloudFormation {
    /// Calls it about the stack; the answer, as XML.
    pub async fn call(&self, action: &str, more: &[(String, String)]) -> String {
        let mut form: Vec<(&str, &str)> = vec![
            ("Action", action),
            ("Version", "2010-05-15"),
            ("StackName", "halftone"),
        ];
        form.extend(more.iter().map(|(name, value)| (&**name, &**value)));
        let encoded = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let scope = "Credential=test/20260101/us-east-1/cloudformation/aws4_request";
        // One of its own: a connection belongs to the runtime that it was made in.
        let http = reqwest::Client::builder().build().unwrap();
        let call = http.post(&self.endpoint).body(encoded);
        let signature = format!("AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0");
        let call = call
            .header("authorization", signature)
            .header("content-type", "application/x-www-form-urlencoded");
        let answer = call.send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{action}: {text}");
        text
    }

    /// Its parameters.
    pub async fn parameters(&self) -> BTreeMap<String, String> {
        let stack = self.call("DescribeStacks", &[]).await;
        pairs(&stack, "ParameterKey", "ParameterValue")
    }

    /// Its outputs.
    pub async fn outputs(&self) -> BTreeMap<String, String> {
        let stack = self.call("DescribeStacks", &[]).await;
        pairs(&stack, "OutputKey", "OutputValue")
    }

    /// Deploys the same template with these parameters changed, and waits until that is done.
    pub async fn update(&self, changed: &BTreeMap<String, String>) {
        let mut more = vec![("UsePreviousTemplate".to_owned(), "true".to_owned())];
        for (number, capability) in (1..).zip(["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]) {
            more.push((
                format!("Capabilities.member.{number}"),
                capability.to_owned(),
            ));
        }
        for (number, name) in (1..).zip(self.parameters().await.into_keys()) {
            let member = format!("Parameters.member.{number}");
            more.push(match changed.get(&name) {
                Some(value) => (format!("{member}.ParameterValue"), value.clone()),
                None => (format!("{member}.UsePreviousValue"), "true".to_owned()),
            });
            more.push((format!("{member}.ParameterKey"), name));
        }
        self.call("UpdateStack", &more).await;
        let status = until("the update ends", PATIENCE, async || {
            let stack = self.call("DescribeStacks", &[]).await;
            let status = text(&stack, "StackStatus").unwrap();
            (!status.ends_with("IN_PROGRESS")).then(|| status.to_owned())
        })
        .await;
        assert_eq!(status, "UPDATE_COMPLETE");
    }
}

/// The texts of two elements that stand beside each other.
fn pairs(xml: &str, key: &str, value: &str) -> BTreeMap<String, String> {
    let start = format!("<{key}>");
    let members = xml.split(&start).skip(1);
    let pair = |member: &str| {
        let (name, rest) = member.split_once('<')?;
        // Of an empty one, there may be but a tag.
        let rest = rest.split("</member>").next()?;
        let value = text(rest, value).unwrap_or_default();
        Some((name.to_owned(), value.replace("&amp;", "&")))
    };
    members.filter_map(pair).collect()
}

fn text<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    Some(rest.split_once('<')?.0)
}
