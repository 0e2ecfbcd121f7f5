//! What the template's defaults do, and what the README says that they do.

use halftone_tests::stack::{Stack, shared};
use serde_json::{Value, json};

use super::{of_type, template};

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn what_opens_the_stack_to_others_is_off_by_default() {
    let _stack = shared().await;
    let template = template(&Stack::find().await).await;
    for parameter in ["Cdn", "CorsOrigin"] {
        assert_eq!(template["Parameters"][parameter]["Default"], "none");
    }
    let resources = template["Resources"].as_object().unwrap();
    for (name, bucket) in of_type(resources, "AWS::S3::Bucket") {
        let cors = &bucket["CorsConfiguration"];
        if name == "UploadsBucket" {
            only_the_console_may_put(cors);
            continue;
        }
        assert!(cors.is_null() || cors["Fn::If"][0] == "HasCors", "{name}");
    }
    for (name, policy) in of_type(resources, "AWS::S3::BucketPolicy") {
        let statements = policy["PolicyDocument"]["Statement"].as_array().unwrap();
        for statement in statements {
            let open = statement["Effect"] != "Deny" && statement["Fn::If"][0] != "HasCdn";
            assert!(!open, "{name}: {statement}");
        }
    }
    for (name, _) in of_type(resources, "AWS::CloudFront::Distribution") {
        assert_eq!(resources[name]["Condition"], "CreatesCdn");
    }
}

/// Announced files are put by the API's own page, and by another only where one is named.
fn only_the_console_may_put(cors: &Value) {
    let rules = cors["CorsRules"].as_array().unwrap();
    assert_eq!(rules.len(), 1);
    assert_eq!(rules[0]["AllowedMethods"], json!(["PUT"]));
    let origins = rules[0]["AllowedOrigins"].as_array().unwrap();
    assert_eq!(origins.len(), 2);
    assert!(origins[0]["Fn::Join"].is_array(), "{}", origins[0]);
    assert_eq!(origins[1]["Fn::If"][0], "HasCors");
}

/// A constant of a source file.
fn constant(source: &str, name: &str) -> u64 {
    let (_, rest) = source.split_once(&format!("const {name}: u32 = ")).unwrap();
    rest.split_once(';').unwrap().0.parse().unwrap()
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn connections_are_as_many_as_the_readme_says() {
    let _stack = shared().await;
    let template = template(&Stack::find().await).await;
    let default = |name: &str| template["Parameters"][name]["Default"].as_u64().unwrap();
    let link = include_str!("../../../../shared/pipeline/src/services/store/link.rs");
    // One watches the cluster, and one measures how far it is.
    let each = constant(link, "CONNECTIONS") + 2;
    let (compress, finalize) = (
        default("CompressConcurrency"),
        default("FinalizeConcurrency"),
    );
    let with_ten_more = each * (compress + 2 * finalize + 10);
    assert!(with_ten_more < 500, "more than a free cluster has");
    let readme = include_str!("../../../../README.md");
    let readme = readme.split_whitespace().collect::<Vec<_>>().join(" ");
    for said in [
        format!("at most {each} × (`CompressConcurrency` + 2 × `FinalizeConcurrency` + calls"),
        format!("the defaults and 10 of the latter {with_ten_more} of the 500"),
    ] {
        assert!(readme.contains(&said), "the README does not say: {said}");
    }
    // Its terms: so many queues are polled, each within its bound.
    let resources = template["Resources"].as_object().unwrap();
    let polled = of_type(resources, "AWS::Lambda::EventSourceMapping");
    let bounds: Vec<_> = polled
        .map(|(_, it)| {
            it["ScalingConfig"]["MaximumConcurrency"]["Ref"]
                .as_str()
                .unwrap()
        })
        .collect();
    let of = |name: &str| bounds.iter().filter(|bound| **bound == name).count();
    assert_eq!(
        (of("CompressConcurrency"), of("FinalizeConcurrency")),
        (1, 2)
    );
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn the_defaults_reserve_nothing() {
    let _stack = shared().await;
    let template = template(&Stack::find().await).await;
    assert_eq!(
        template["Parameters"]["ApiReservedConcurrency"]["Default"],
        0
    );
    let resources = template["Resources"].as_object().unwrap();
    for (name, function) in of_type(resources, "AWS::Lambda::Function") {
        let reserved = &function["ReservedConcurrentExecutions"];
        let api = ["UploadFunction", "StatusFunction"].contains(&name);
        assert_eq!(
            reserved["Fn::If"][0] == "ReservesConcurrency",
            api,
            "{name}"
        );
        assert!(api || reserved.is_null(), "{name}");
    }
}
