//! A large CSV costs two seconds.

use serde_json::json;

use halftone_origin::Origin;
use halftone_tests::faults::Fault;
use halftone_tests::large::{IMAGES, largest};
use halftone_tests::stack::{Stack, alone, small_photo};

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn the_largest_csv_is_accepted_while_ingest_is_away_and_nothing_is_lost() {
    // So few different pictures that the bundled database is done with them soon.
    const DIFFERENT: usize = 20;
    let _stack = alone().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let photo = origin.serve("/a.jpg", small_photo());
    let fault = Fault::of_services(&stack, &json!({"lambda": "error"}));
    let id = stack.accepted(largest(&photo, DIFFERENT), None).await;
    let status = stack.status(&id).await;
    assert_eq!(status["progress"]["phase"], "intake");
    assert_eq!(status["progress"]["total"], IMAGES);
    drop(fault);
    let ended = stack.ended(&id).await;
    assert_eq!(ended["progress"]["succeeded"], IMAGES);
    assert_eq!(origin.hits("/a.jpg"), DIFFERENT);
}
