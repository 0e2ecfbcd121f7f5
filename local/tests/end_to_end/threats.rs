//! The documents name a test for each defence against an attack and for each fault, and the threat model all
//! that is not Rust: each of them is there. And what holds for every call of the contract.

use std::fs;
use std::path::Path;

use halftone_origin::Origin;
use halftone_tests::stack::{Stack, csv, shared, small_photo};
use reqwest::Method;
use serde_json::json;

/// All Rust of the repository.
fn sources(folder: &Path, all: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() && !name.starts_with('.') && name != "target" && name != "node_modules" {
            sources(&path, all);
        } else if name.ends_with(".rs") {
            all.push_str(&fs::read_to_string(&path).unwrap_or_default());
        }
    }
}

/// Names of tests in a text: words in backticks that are joined by underscores.
fn tests(text: &str) -> impl Iterator<Item = &str> {
    let quoted = text.split('`').skip(1).step_by(2);
    let is_name = |name: &&str| {
        let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        name.contains('_') && name.chars().all(good)
    };
    quoted.filter(is_name)
}

fn read(name: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    fs::read_to_string(root.join(name)).unwrap()
}

/// Names of tests in a text that no test has.
fn missing(text: &str) -> Vec<&str> {
    let mut all = String::new();
    sources(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."),
        &mut all,
    );
    // As a function, or as one that a macro makes.
    let is_there =
        |name: &&str| all.contains(&format!("fn {name}(")) || all.contains(&format!("{name}: "));
    tests(text).filter(|name| !is_there(name)).collect()
}

/// Rows of the text's tables that have so many columns, without their headers.
fn rows(text: &str, columns: usize) -> Vec<&str> {
    let rows = text.lines().filter(|line| line.starts_with('|'));
    let rows = rows.filter(|row| row.matches('|').count() == columns + 1);
    rows.filter(|row| !row.contains("|---|")).skip(1).collect()
}

#[test]
fn each_defence_of_the_threat_model_has_a_test_that_is_there() {
    let model = read("docs/security.md");
    assert_eq!(missing(&model), Vec::<&str>::new());
    let without = rows(&model, 5)
        .into_iter()
        .filter(|row| tests(row).next().is_none());
    assert_eq!(without.collect::<Vec<_>>(), Vec::<&str>::new());
}

/// Each row of the one table of a document's section names tests in its last column, and these are there.
fn each_row_names_tests(document: &str, section: &str, least: usize) {
    let text = read(document);
    let (_, text) = text.split_once(&format!("\n## {section}\n")).unwrap();
    let (text, _) = text.split_once("\n## ").unwrap();
    let shown = |row: &&str| {
        row.trim_end_matches([' ', '|'])
            .rsplit('|')
            .next()
            .map(str::to_owned)
    };
    let shown: Vec<_> = rows(text, 3).iter().filter_map(shown).collect();
    assert!(shown.len() >= least, "{shown:?}");
    assert_eq!(missing(&shown.join(" ")), Vec::<&str>::new());
    let without = shown.iter().filter(|cell| tests(cell).next().is_none());
    assert_eq!(without.collect::<Vec<_>>(), Vec::<&String>::new());
}

#[test]
fn each_fault_of_the_readme_has_a_test_that_is_there() {
    each_row_names_tests("README.md", "When things fail", 10);
}

#[test]
fn each_drill_of_the_operations_has_a_test_that_is_there() {
    each_row_names_tests("docs/operations.md", "Drills", 8);
}

/// What compiles C, of `Cargo.lock`: a package that needs a C compiler, with its version.
fn of_c(lock: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    for package in lock.split("[[package]]").skip(1) {
        let text = |field: &str| {
            let line = package.lines().find(|line| line.starts_with(field));
            line.and_then(|line| line.split('"').nth(1)).unwrap()
        };
        let compiles = [" \"cc\",", " \"cmake\","];
        if compiles.iter().any(|tool| package.contains(tool)) {
            found.push((text("name"), text("version")));
        }
    }
    found
}

/// Packages with a C compiler that are in no function: a tool's own, other systems', and two whose C is not built.
const NOT_LINKED: [&str; 5] = [
    "cmake",
    "iana-time-zone-haiku",
    "libfuzzer-sys",
    "re_rav1d",
    "ring",
];

#[test]
fn each_piece_of_c_stands_in_the_list_with_its_version() {
    let (model, lock) = (read("docs/security.md"), read("Cargo.lock"));
    let all = of_c(&lock);
    assert!(all.len() >= 3, "{all:?}");
    for (name, version) in all {
        let listed = model.contains(&format!("| `{name}` | {version} |"));
        assert!(listed || NOT_LINKED.contains(&name), "{name} {version}");
    }
}

/// All calls of the contract that are about one request, with what they need behind the question mark; but for those
/// that need no key, whose URL is the right.
async fn calls_of_a_request(stack: &Stack) -> Vec<(Method, String)> {
    let contract = stack.get_url(&stack.url("/api/v1/openapi.json")).await;
    let contract = contract.json();
    let mut all = Vec::new();
    for (path, calls) in contract["paths"].as_object().unwrap() {
        for (method, call) in calls.as_object().unwrap() {
            // Beside its calls a path has what they have in common.
            let is_call = call.is_object();
            if !is_call || !path.contains("{requestId}") || call["security"] == json!([]) {
                continue;
            }
            let method: Method = method.to_uppercase().parse().unwrap();
            let asked = if path.ends_with("/replay") {
                "?webhookId=msg_{requestId}_1"
            } else {
                ""
            };
            all.push((method, format!("{path}{asked}")));
        }
    }
    all
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn another_key_finds_nothing_by_any_call_of_the_contract() {
    let _stack = shared().await;
    let (stack, other) = (Stack::find().await, Stack::find_as_another().await);
    let origin = Origin::start().unwrap();
    let id = stack
        .accepted(csv(&[origin.serve("/a.jpg", small_photo())]), None)
        .await;
    let before = stack.ended(&id).await;
    let calls = calls_of_a_request(&stack).await;
    assert!(calls.len() >= 8, "{calls:?}");
    for (method, path) in calls {
        let of = |id: &str| path.replace("{requestId}", id);
        let theirs = other.call(method.clone(), &of(&id)).await;
        let nobodys = of("0f8fad5b-d9cb-469f-a165-70867728950e");
        let nobodys = other.call(method.clone(), &nobodys).await;
        let told = (theirs.status, theirs.code());
        assert_eq!(told, (404, "not_found".to_owned()), "{method} {path}");
        assert_eq!(theirs.bytes, nobodys.bytes, "{method} {path}");
        assert_eq!(theirs.headers["x-content-type-options"], "nosniff");
    }
    // And nothing was done.
    let after = stack.status(&id).await;
    assert_eq!(
        (&after["status"], &after["data"]),
        (&before["status"], &before["data"])
    );
}
