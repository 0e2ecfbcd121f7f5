//! An owner's requests: listed, looked at.

use halftone_origin::Origin;
use halftone_tests::stack::{Stack, csv, shared, small_photo};

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn requests_are_listed_newest_first_to_their_owner_only() {
    let _stack = shared().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let csv = csv(&[origin.serve("/a.jpg", small_photo())]);
    let (one, two) = (
        stack.accepted(&csv, None).await,
        stack.accepted(&csv, None).await,
    );
    stack.ended(&one).await;
    stack.ended(&two).await;
    let mut found = Vec::new();
    let mut cursor = String::new();
    // Other tests' requests may be in between.
    while !found.contains(&one) {
        let path = format!("/api/v1/images/requests?status=Completed&limit=1{cursor}");
        let page = stack.served(&path).await;
        assert_eq!(page.status, 200);
        let page = page.json();
        let entry = &page["requests"][0];
        assert_eq!(entry["status"], "Completed");
        found.push(entry["requestId"].as_str().unwrap().to_owned());
        if entry["requestId"] == *one {
            assert_eq!(entry["progress"]["succeeded"], 1);
            assert_eq!(entry["source"]["name"], "products.csv");
            assert!(entry["savings"]["bytesIn"].as_u64() > entry["savings"]["bytesOut"].as_u64());
        }
        let next = page["nextCursor"].as_str();
        cursor = next.map_or_else(String::new, |next| format!("&cursor={next}"));
    }
    let place = |id: &String| found.iter().position(|found| found == id).unwrap();
    assert!(place(&two) < place(&one));
    let foreign = stack
        .get_with_key("/api/v1/images/requests", stack.text("foreignApiKey"))
        .await;
    let foreign = String::from_utf8(foreign.bytes).unwrap();
    assert!(!foreign.contains(&one), "{foreign}");
    let same = stack
        .served(&format!("/api/v1/images/requests/{one}"))
        .await;
    assert_eq!(same.json(), stack.status(&one).await);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn what_a_list_cannot_be_narrowed_by_is_refused_by_name() {
    let _stack = shared().await;
    let stack = Stack::find().await;
    for (query, code) in [
        ("status=done", "invalid_status"),
        ("since=today", "invalid_since"),
        ("limit=101", "invalid_limit"),
        ("cursor=x", "invalid_cursor"),
        ("page=2", "unknown_parameter"),
    ] {
        let answer = stack.get(&format!("/api/v1/images/requests?{query}")).await;
        assert_eq!((answer.status, &*answer.code()), (400, code), "{query}");
    }
}
