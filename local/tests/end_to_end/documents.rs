//! What the documents say is done here: their commands run as they stand, and their JSON is compared with
//! what was really answered.

mod looked_up;

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use halftone_origin::{Answer, Gate, Origin};
use halftone_tests::documents::{Block, blocks, is_as_documented, json_in};
use halftone_tests::stack::{LONG, Stack, alone, csv, events, small_photo};
use halftone_tests::wait::until;
use serde_json::Value;

/// Ends the output of each block.
const MARK: &str = "-- the block has ended: ";

/// The documents, with their text.
fn documents() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = vec!["README.md".to_owned()];
    let mut docs: Vec<_> = std::fs::read_dir(root.join("docs"))
        .unwrap()
        .map(|entry| format!("docs/{}", entry.unwrap().file_name().to_string_lossy()))
        .filter(|name| Path::new(name).extension().is_some_and(|it| it == "md"))
        .collect();
    docs.sort();
    files.append(&mut docs);
    let read = |name: String| {
        let text = std::fs::read_to_string(root.join(&name)).unwrap();
        (name, text)
    };
    files.into_iter().map(read).collect()
}

/// Whether a block's commands are for the local stack. Others are `cargo local`'s, whose arguments are
/// tested where they are read, or AWS', which are looked up.
fn is_for_the_stack(block: &Block) -> bool {
    block.language == "sh" && (block.text.contains("$API") || block.text.contains("stack.json"))
}

/// Whether JSON is what somebody writes, not what the API answers.
fn is_written(value: &Value) -> bool {
    let hosts = |value: &Value| value.as_object().unwrap().values().all(Value::is_object);
    value["Version"] == "2012-10-17" || hosts(value)
}

/// A shell in which one block runs after the other, as somebody types them.
struct Shell {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Shell {
    /// In a folder that looks like the repository while the stack is up.
    fn start(folder: &Path) -> Self {
        let mut bash = Command::new("bash");
        bash.arg("-s").current_dir(folder).stdin(Stdio::piped());
        let mut child = bash.stdout(Stdio::piped()).spawn().unwrap();
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self {
            child,
            input,
            output,
        }
    }

    /// What a block prints; it must go well.
    fn run(&mut self, block: &Block) -> String {
        let Block { text, place, .. } = block;
        writeln!(self.input, "{text}\nprintf '\\n{MARK}%s\\n' $?").unwrap();
        let mut printed = String::new();
        loop {
            let mut line = String::new();
            assert!(
                self.output.read_line(&mut line).unwrap() > 0,
                "{place}: the shell ended"
            );
            if let Some(code) = line.strip_prefix(MARK) {
                assert_eq!(code.trim(), "0", "{place}: {printed}");
                return printed;
            }
            printed.push_str(&line);
        }
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The folder, with the sample's pictures at this origin.
fn folder(origin: &Origin) -> PathBuf {
    let name = format!("halftone-documents-{}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    std::fs::create_dir_all(folder.join(".local/demo")).unwrap();
    let description = folder.join(".local/stack.json");
    std::fs::copy(Stack::file(), description).unwrap();
    origin.folder(&events());
    let sample = std::fs::read_to_string(events().join("sample.csv")).unwrap();
    let sample = sample.replace("http://127.0.0.1:9000", &origin.url(""));
    // And as the reader's own.
    for name in [".local/demo/sample.csv", "products.csv"] {
        std::fs::write(folder.join(name), &sample).unwrap();
    }
    folder
}

/// Runs the blocks of all documents; what was answered.
async fn run_all(stack: &Stack, folder: &Path) -> Vec<Value> {
    let mut answers = Vec::new();
    for (file, text) in documents() {
        let mut shell = Shell::start(folder);
        for block in blocks(&file, &text)
            .iter()
            .filter(|it| is_for_the_stack(it))
        {
            let printed = shell.run(block);
            let found = json_in(&printed);
            let refusal = found.iter().find(|it| it["title"].is_string());
            // Of the sample nothing is left to be tried again.
            let expected = refusal.is_none_or(|it| it["code"] == "nothing_failed");
            assert!(expected, "{}: {printed}", block.place);
            if let Some(id) = found.iter().find(|it| it["understood"].is_object()) {
                let id = id["requestId"].as_str().unwrap().to_owned();
                answers.push(stack.ended(&id).await);
                answers.push(delivered(stack, &id).await);
            }
            answers.extend(found);
        }
    }
    answers
}

/// The webhooks of a request that has ended, once they were taken; it may have none.
async fn delivered(stack: &Stack, id: &str) -> Value {
    until("the webhook is taken", LONG, async || {
        let path = format!("/api/v1/images/requests/{id}/deliveries");
        let found = stack.served(&path).await.json();
        let all = found["deliveries"].as_array().unwrap();
        let taken = all.iter().all(|it| it["state"] == "Delivered");
        taken.then_some(found)
    })
    .await
}

/// Answers that are documented and take more than a command: a status on the way, a webhook, refusals.
async fn on_the_way(stack: &Stack, origin: &Origin) -> Vec<Value> {
    let gate = Gate::closed();
    let hook = origin.serve("/hook", "ok");
    let page = "<!doctype html><title>Sign in</title>";
    let urls = [
        origin.serve("/a.jpg", small_photo()),
        // Held as well: once it has failed, a status on the way names its error.
        origin.on("/page.jpg", {
            let answer = Answer::ok(page).header("Content-Type", "text/html");
            let answer = answer.held(&gate);
            move |_| answer.clone()
        }),
        origin.hold("/held.jpg", small_photo(), &gate),
    ];
    let id = stack.accepted(csv(&urls), Some(&hook)).await;
    let pending = until("it is being worked on", LONG, async || {
        let status = stack.status(&id).await;
        (status["progress"]["phase"] == "compressing" && status["progress"]["errors"].is_null())
            .then_some(status)
    })
    .await;
    gate.open();
    let ended = stack.ended(&id).await;
    let images = ended["data"]["images"].as_array().unwrap();
    let errors: Vec<_> = images.iter().map(|it| it["error"].clone()).collect();
    let posted = until("the webhook comes in", LONG, async || {
        origin.requests("/hook").pop()
    })
    .await;
    let refused = stack.upload("S. No.,Product Name,Input Image Urls\n1,A,\n", None);
    let webhook = serde_json::from_slice(&posted.body).unwrap();
    let mut answers = vec![pending, webhook, refused.await.json()];
    answers.extend(errors);
    answers
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn commands_run_and_json_is_what_is_answered() {
    // The newest request of a list may else be another test's.
    let _stack = alone().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let folder = folder(&origin);
    let mut answers = on_the_way(&stack, &origin).await;
    // Those of the contract, which its own test holds against what is answered.
    answers.extend(halftone_contract::examples::all());
    answers.extend(run_all(&stack, &folder).await);
    let mut wrong = Vec::new();
    for (file, text) in documents() {
        for block in blocks(&file, &text)
            .iter()
            .filter(|it| it.language == "json")
        {
            let documented: Value = serde_json::from_str(&block.text)
                .unwrap_or_else(|error| panic!("{}: {error}", block.place));
            let found = answers.iter().any(|it| is_as_documented(&documented, it));
            if !found && !is_written(&documented) {
                wrong.push(format!("{}\n{}", block.place, block.text));
            }
        }
    }
    std::fs::remove_dir_all(folder).unwrap();
    let shown: Vec<_> = answers.iter().map(ToString::to_string).collect();
    assert!(
        wrong.is_empty(),
        "nothing is answered like\n{}\nbut\n{}",
        wrong.join("\n"),
        shown.join("\n")
    );
}
