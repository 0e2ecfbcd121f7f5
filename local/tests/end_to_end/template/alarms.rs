//! What rings when something waits for an operator.

use std::collections::BTreeSet;

use halftone_tests::stack::{Stack, shared};
use serde_json::Value;

use super::{of_type, template};

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn each_dead_letter_queue_has_an_alarm() {
    let _stack = shared().await;
    let template = template(&Stack::find().await).await;
    let resources = template["Resources"].as_object().unwrap();
    let named = |text: &Value| text["Fn::GetAtt"][0].as_str().map(str::to_owned);
    let mut aside: BTreeSet<_> = of_type(resources, "AWS::SQS::Queue")
        .filter_map(|(_, queue)| named(&queue["RedrivePolicy"]["deadLetterTargetArn"]))
        .collect();
    // Of asynchronous invocations.
    let config = of_type(resources, "AWS::Lambda::EventInvokeConfig");
    aside.extend(
        config.filter_map(|(_, it)| named(&it["DestinationConfig"]["OnFailure"]["Destination"])),
    );
    let functions = of_type(resources, "AWS::Lambda::Function");
    aside.extend(functions.filter_map(|(_, it)| named(&it["DeadLetterConfig"]["TargetArn"])));
    let names: Vec<_> = aside.iter().map(String::as_str).collect();
    assert_eq!(names, ["FinalizeDlq", "ImagesDlq", "IngestDlq"]);
    for queue in names {
        let told = format!("\"{queue}\"");
        let mut alarms = of_type(resources, "AWS::CloudWatch::Alarm");
        let rings = alarms.any(|(_, alarm)| alarm.to_string().contains(&told));
        assert!(rings, "{queue} has no alarm");
    }
}
