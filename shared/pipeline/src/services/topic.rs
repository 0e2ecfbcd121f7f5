//! SNS: notices to whoever has subscribed.

use aws_config::SdkConfig;
use aws_sdk_sns::Client;
use aws_sdk_sns::error::SdkError;
use aws_sdk_sns::operation::publish::PublishError;
use aws_sdk_sns::types::MessageAttributeValue;
use serde_json::json;

/// Why a notice was not published; it may be later.
#[derive(Debug, thiserror::Error)]
#[error("SNS did not take the notice")]
pub struct TopicError(#[from] Box<SdkError<PublishError>>);

/// What is published.
#[derive(Clone, Copy, Debug)]
pub struct Publication<'a> {
    /// A mail's subject: ASCII, at most 100 characters.
    pub subject: &'a str,
    /// What is mailed.
    pub text: &'a str,
    /// What everybody else gets.
    pub body: &'a str,
    /// By which a subscription can be narrowed: names and texts that are not empty.
    pub attributes: [(&'static str, &'a str); 2],
}

/// One topic. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Topic {
    client: Client,
    arn: String,
}

impl Topic {
    /// The topic with this ARN.
    #[must_use]
    pub fn new(aws: &SdkConfig, arn: String) -> Self {
        Self {
            client: Client::new(aws),
            arn,
        }
    }

    /// Publishes a notice.
    ///
    /// # Errors
    /// When SNS refuses it or is out of reach.
    pub async fn publish(&self, what: Publication<'_>) -> Result<(), TopicError> {
        let by_protocol = json!({"default": what.body, "email": what.text});
        let call = self.client.publish().topic_arn(&self.arn);
        let call = call
            .subject(what.subject)
            .message_structure("json")
            .message(by_protocol.to_string());
        let call = what.attributes.iter().fold(call, |call, (name, text)| {
            call.message_attributes(*name, attribute(text))
        });
        let published = call.send().await;
        published
            .map(drop)
            .map_err(|error| TopicError(Box::new(error)))
    }
}

fn attribute(text: &str) -> MessageAttributeValue {
    let value = MessageAttributeValue::builder().data_type("String");
    #[allow(clippy::expect_used, reason = "its type is all that must be set")]
    value.string_value(text).build().expect("it has a type")
}
