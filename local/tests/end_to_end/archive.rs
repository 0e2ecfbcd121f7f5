//! All outputs of a request as a ZIP.

use std::process::Command;

use halftone_origin::Origin;
use halftone_tests::stack::{Answer, LONG, Stack, csv, each, shared, small_photo};
use halftone_tests::wait::until;

/// The ZIP once it is there.
async fn zip_of(stack: &Stack, id: &str) -> Answer {
    let path = format!("/api/v1/images/results/{id}?as=zip");
    let redirect = until("the ZIP is there", LONG, async || {
        let answer = stack.get(&path).await;
        if answer.status == 202 {
            assert_eq!(answer.json()["preparing"], true);
            assert!(answer.headers.contains_key("retry-after"));
            return None;
        }
        Some(answer)
    })
    .await;
    assert_eq!(
        redirect.status,
        302,
        "{}",
        String::from_utf8_lossy(&redirect.bytes)
    );
    stack
        .get_url(redirect.headers["location"].to_str().unwrap())
        .await
}

/// What each of these programs says of the ZIP, all of which check the sums.
fn tested(file: &std::path::Path) {
    for (program, arguments) in [
        ("python3", vec!["-m", "zipfile", "-t"]),
        ("unzip", vec!["-t", "-q"]),
    ] {
        let run = Command::new(program).args(arguments).arg(file).output();
        match run {
            Ok(output) => {
                let said = String::from_utf8_lossy(&output.stdout).into_owned();
                assert!(output.status.success(), "{program}: {said}");
                assert!(!said.contains("corrupt"), "{program}: {said}");
            }
            // Not everybody has it; Python is always there.
            Err(error) => assert_eq!(program, "unzip", "{error}"),
        }
    }
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn all_outputs_come_as_one_zip_that_others_can_read() {
    let _stack = shared().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let mut urls = each(&origin.serve("/Stuhl.jpg", small_photo()), 60);
    urls.push(origin.url("/none.jpg"));
    let csv = csv(&urls).replace("Product 2,", "\"Tasse à café, 0,3 l\",");
    let id = stack.accepted(csv, None).await;
    let body = stack.ended(&id).await;
    let zip = zip_of(&stack, &id).await;
    assert_eq!(zip.headers["content-type"], "application/zip");
    let file = std::env::temp_dir().join(format!("halftone-{id}.zip"));
    std::fs::write(&file, &zip.bytes).unwrap();
    tested(&file);
    let mut python = Command::new("python3");
    let list = python
        .args(["-m", "zipfile", "-l"])
        .arg(&file)
        .output()
        .unwrap();
    std::fs::remove_file(&file).unwrap();
    let list = String::from_utf8(list.stdout).unwrap();
    assert!(
        list.contains("0003-Tasse-à-café-0-3-l/1-stuhl.jpg"),
        "{list}"
    );
    assert_eq!(list.lines().count(), 61);
    let bytes = body["data"]["savings"]["bytesOut"].as_u64().unwrap();
    assert!(zip.bytes.len() as u64 > bytes);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn where_there_is_no_zip_the_answer_says_what_there_is() {
    let _stack = shared().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let none = stack.accepted(csv(&[origin.url("/none.jpg")]), None).await;
    let many = stack.accepted(
        csv(&each(&origin.serve("/a.jpg", small_photo()), 1_001)),
        None,
    );
    let many = many.await;
    for (id, status, code) in [(none, 404, "no_outputs"), (many, 409, "too_many_for_zip")] {
        stack.ended(&id).await;
        let refused = stack
            .get(&format!("/api/v1/images/results/{id}?as=zip"))
            .await;
        assert_eq!((refused.status, refused.code().as_str()), (status, code));
        let detail = refused.json()["detail"].as_str().unwrap().to_owned();
        assert_eq!(
            detail.contains("?as=csv"),
            code == "too_many_for_zip",
            "{detail}"
        );
    }
}
