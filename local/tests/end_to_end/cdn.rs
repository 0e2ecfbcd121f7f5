//! Outputs through a CloudFront distribution of the template's own.
//!
//! The emulator fetches from the bucket as its policy allows, and applies the distribution's rules. It
//! caches nothing, so that what `Cache-Control` makes of it is not shown here.

use halftone_origin::Origin;
use halftone_tests::faults::Fault;
use halftone_tests::stack::{LONG, Stack, alone, csv, small_photo};
use halftone_tests::wait::until;
use reqwest::Method;

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn outputs_come_through_the_cdn_once_there_is_one() {
    let _stack = alone().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let photo = |path: &str| csv(&[origin.serve(path, small_photo())]);
    let before = output_of(&stack, &photo("/before.jpg")).await;
    assert!(before.url.starts_with(stack.text("apiUrl")));

    let deployed = Fault::of_parameters(&stack, &[("Cdn", "create")]).await;
    let base = stack.cloudformation().outputs().await["OutputsUrl"].clone();
    assert!(base.starts_with("https://") && base.ends_with(".cloudfront.net"));
    let after = output_of(&stack, &photo("/after.jpg")).await;
    assert!(
        after.url.starts_with(&format!("{base}/output/")),
        "{}",
        after.url
    );
    for form in ["csv", "source", "ndjson", "json"] {
        let results = stack.results_as(&after.id, form).await.bytes;
        assert!(
            String::from_utf8(results).unwrap().contains(&after.url),
            "{form}"
        );
    }
    let output = stack.through_cdn(&after.url, None).await;
    assert_eq!((output.status, output.bytes.len()), (200, after.bytes));
    let headers = [
        ("content-type", "image/jpeg"),
        ("cache-control", "public, max-age=31536000, immutable"),
        ("x-content-type-options", "nosniff"),
    ];
    for (name, value) in headers {
        assert_eq!(output.headers[name], value, "{name}");
    }
    let page = "https://shop.example";
    let output = stack.through_cdn(&after.url, Some(page)).await;
    assert_eq!(output.headers["access-control-allow-origin"], page);
    // What was given out before leads there too.
    let redirect = stack.get_url(&before.url).await;
    let there = redirect.headers["location"].to_str().unwrap();
    assert!(there.starts_with(&base), "{there}");
    assert_eq!(
        stack.through_cdn(there, None).await.bytes.len(),
        before.bytes
    );
    // Nothing else does: not results, not a list of what there is.
    for path in [&*format!("results/{}.csv", after.id), "", "?list-type=2"] {
        let answer = stack.through_cdn(&format!("{base}/{path}"), None).await;
        assert_eq!(answer.status, 403, "{path}");
    }
    let plain = after.url.replace("https:", "http:");
    let plain = stack.through_cdn(&plain, None).await;
    assert_eq!(plain.headers["location"], after.url);

    // What is purged is forgotten there too.
    let path = format!("/api/v1/images/requests/{}?purge=true", after.id);
    assert_eq!(stack.call(Method::DELETE, &path).await.status, 202);
    let distribution = &stack.cloudformation().outputs().await["DistributionId"];
    let forgotten = until("the CDN is told", LONG, async || {
        stack.invalidations(distribution).await.pop()
    })
    .await;
    assert_eq!(forgotten, [format!("/output/{}/*", after.id)]);
    assert_eq!(stack.through_cdn(&after.url, None).await.status, 403);

    drop(deployed);
    let redirect = stack.get_url(&before.url).await;
    let there = redirect.headers["location"].to_str().unwrap();
    assert!(there.contains("X-Amz-Signature"), "{there}");
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_distribution_of_ones_own_may_read_outputs() {
    let _stack = alone().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let arn = "arn:aws:cloudfront::000000000000:distribution/EDFDVBD6EXAMPLE";
    let base = "https://img.shop.example";
    let _deployed = Fault::of_parameters(&stack, &[("Cdn", arn), ("OutputBaseUrl", base)]).await;
    let photo = origin.serve("/a.jpg", small_photo());
    let output = output_of(&stack, &csv(&[photo])).await;
    assert!(
        output.url.starts_with(&format!("{base}/output/")),
        "{}",
        output.url
    );
    let policy = stack.s3.get_bucket_policy();
    let policy = policy.bucket(stack.text("outputsBucket")).send().await;
    assert!(policy.unwrap().policy.unwrap().contains(arn));
}

/// A request of one image that has ended.
struct Ended {
    id: String,
    url: String,
    bytes: usize,
}

async fn output_of(stack: &Stack, csv: &str) -> Ended {
    let id = stack.accepted(csv, None).await;
    let image = stack.ended(&id).await["data"]["images"][0].clone();
    let bytes = image["bytesOut"].as_u64().unwrap();
    Ended {
        id,
        url: image["outputUrl"].as_str().unwrap().to_owned(),
        bytes: bytes.try_into().unwrap(),
    }
}
