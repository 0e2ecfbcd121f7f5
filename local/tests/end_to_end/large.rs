//! A large CSV costs two seconds.

use aws_sdk_lambda::primitives::Blob;

use halftone_origin::Origin;
use halftone_tests::faults::Fault;
use halftone_tests::large;
use halftone_tests::stack::{LONG, Stack, alone, small_photo};
use halftone_tests::wait::until;

/// More rows than a call takes in before it answers.
const ROWS: usize = large::ROWS / 10;
const IMAGES: usize = large::OF_A_ROW * ROWS;
/// Different ones among its images: the others end with them, which spares the bundled database.
const DIFFERENT: usize = 20;

/// Has finalize sweep now.
async fn sweep(stack: &Stack) {
    let call = stack.lambda.invoke();
    let call = call.function_name(stack.function("finalize"));
    call.payload(Blob::new("{}")).send().await.unwrap();
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_large_csv_is_accepted_while_ingest_cannot_start_and_nothing_is_lost() {
    let _stack = alone().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let photo = origin.serve("/a.jpg", small_photo());
    let fault = Fault::of_deployment(&stack, "ingest", "MONGODB_SECRET", "no-such-secret").await;
    let id = stack
        .accepted(large::csv(&photo, ROWS, DIFFERENT), None)
        .await;
    let progress = stack.status(&id).await["progress"].clone();
    assert_eq!(
        (&progress["phase"], &progress["total"]),
        (&"intake".into(), &IMAGES.into())
    );
    drop(fault);
    let ended = until("the request ends", LONG, async || {
        sweep(&stack).await;
        let path = format!("/api/v1/images/status/{id}?limit=1");
        let answer = stack.get(&path).await;
        // A database that is busy with all of them may make it wait: 503.
        let body = (answer.status == 200).then(|| answer.json());
        body.filter(|body| body["status"] != "Pending")
    })
    .await;
    assert_eq!(ended["progress"]["succeeded"], IMAGES);
    assert_eq!(origin.hits("/a.jpg"), DIFFERENT);
}
