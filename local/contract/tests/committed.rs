//! What is committed is what the types say. `by_hand_write_them` writes it anew:
//! `cargo test --workspace --test committed -- --ignored`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::PathBuf;

use halftone_contract::{document, examples, postman, problems, reference, text};
use halftone_pipeline::codes::PAGE;
use serde_json::Value;

fn files() -> [(&'static str, String); 4] {
    [
        ("functions/status/openapi.json", text()),
        ("docs/problems.md", problems::page()),
        ("docs/api.md", reference::page(&document())),
        (
            "events/halftone.postman_collection.json",
            postman::text(&document()),
        ),
    ]
}

fn path(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join(name)
}

#[test]
fn what_is_committed_is_what_the_types_say() {
    for (name, made) in files() {
        let committed = std::fs::read_to_string(path(name)).unwrap_or_default();
        let first = made
            .lines()
            .zip(committed.lines())
            .position(|(a, b)| a != b);
        assert!(
            committed == made,
            "{name} is not what the types say, from line {:?} on. If the contract is to change, write it anew: \
             cargo test --workspace --test committed -- --ignored",
            first.map_or(committed.lines().count() + 1, |line| line + 1)
        );
    }
}

#[test]
#[ignore = "writes what the other test compares with"]
fn by_hand_write_them() {
    for (name, made) in files() {
        std::fs::write(path(name), made).unwrap();
    }
}

#[test]
fn every_call_of_the_template_is_in_the_document_and_the_other_way_round() {
    let template = std::fs::read_to_string(path("template.yaml")).unwrap();
    let mut there: Vec<_> = calls(&template);
    there.sort();
    let document = document();
    let mut known: Vec<_> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, item)| {
            let methods = postman::METHODS
                .iter()
                .filter(|method| item.get(**method).is_some());
            methods.map(move |method| format!("{} {path}", method.to_uppercase()))
        })
        .collect();
    known.sort();
    assert_eq!(known, there);
}

/// The names of the parameters that a call has behind the question mark, in their order.
fn documented(operation: &Value) -> Vec<&str> {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let queries = parameters.filter(|parameter| parameter["in"] == "query");
    let mut names: Vec<_> = queries
        .map(|query| query["name"].as_str().unwrap())
        .collect();
    names.sort_unstable();
    names
}

#[test]
fn every_parameter_that_is_read_is_in_the_document_and_the_other_way_round() {
    let document = document();
    let mut compared = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        let called = path
            .replace("{requestId}", examples::ID)
            .replace("{ordinal}", "0")
            .replace("{file}", "a.jpg");
        for method in postman::METHODS {
            let Some(operation) = item.get(method) else {
                continue;
            };
            let (upper, of_upload) = (method.to_uppercase(), &upload::contract::PARAMETERS[..]);
            let known = match operation["operationId"].as_str().unwrap() {
                "uploadCsv" | "announceCsv" => of_upload,
                _ => status::contract::parameters(&upper, &called).unwrap(),
            };
            let mut known = known.to_vec();
            known.sort_unstable();
            assert_eq!(documented(operation), known, "{upper} {path}");
            compared += known.len();
        }
    }
    assert!(compared > 15, "{compared}");
}

/// The calls that the template's events name.
fn calls(template: &str) -> Vec<String> {
    let events = template.split("Type: Api\n").skip(1);
    let event = |event: &str| {
        let value = |name: &str| {
            let (_, rest) = event.split_once(name).unwrap();
            let value = rest.split([',', '\n', '}']).next().unwrap();
            value.trim().to_owned()
        };
        let (_, path) = event.split_once("Path: ").unwrap();
        let path = match path.strip_prefix('"') {
            Some(quoted) => quoted.split('"').next().unwrap(),
            None => path.split([' ', '\n']).next().unwrap(),
        };
        format!("{} {path}", value("Method: "))
    };
    events.map(event).collect()
}

#[test]
fn the_template_s_own_problems_point_to_their_sections() {
    let template = std::fs::read_to_string(path("template.yaml")).unwrap();
    let page = problems::page();
    assert!(!template.contains("about:blank"));
    let problems = template.split("{\"type\":\"").skip(1);
    let mut count = 0;
    for problem in problems.filter(|problem| problem.contains("\"code\":")) {
        let kind = problem.split('"').next().unwrap();
        let (_, code) = problem.split_once("\"code\":\"").unwrap();
        let code = code.split('"').next().unwrap();
        assert_eq!(kind, format!("{PAGE}#{code}"));
        assert!(page.contains(&format!("\n## {code}\n")), "{code}");
        count += 1;
    }
    assert!(count >= 8, "{count}");
}

#[test]
fn every_code_has_one_section() {
    use halftone_pipeline::codes::{ImageCode, ProblemCode, RowCode};
    let committed = std::fs::read_to_string(path("docs/problems.md")).unwrap();
    let sections: Vec<_> = committed
        .lines()
        .filter_map(|line| line.strip_prefix("## "))
        .collect();
    let problems = ProblemCode::ALL.iter().map(ToString::to_string);
    let images = ImageCode::ALL.iter().map(|code| format!("image: {code}"));
    let rows = RowCode::ALL.iter().map(|code| format!("row: {code}"));
    let codes: Vec<_> = problems.chain(images).chain(rows).collect();
    assert_eq!(sections, codes);
}
