//! Every answer and every webhook of the tests, held against the OpenAPI document.

use std::sync::LazyLock;

use halftone_contract::checker::{Came, Checker};

use crate::stack::Answer;

/// What every path of the API begins with, on the emulator: it ends with the stage.
const STAGE: &str = "/prod";

static CHECKER: LazyLock<Checker> = LazyLock::new(Checker::new);

/// The checker of all tests.
pub fn checker() -> &'static Checker {
    &CHECKER
}

/// What the emulator answers where a function died in mid-call: no code of ours can say it, and a test that did
/// not kill the function fails by its status.
const DIED: u16 = 502;

/// Panics unless an answer is what the document says of it; what is not of the API is passed over, and so are
/// API Gateway's own answers to the preflight calls of browsers.
pub fn check(path: &str, answer: &Answer) {
    if answer.headers.contains_key("access-control-allow-methods") || answer.status == DIED {
        return;
    }
    let Some((_, path)) = path
        .split_once(STAGE)
        .filter(|(_, path)| path.starts_with('/'))
    else {
        return;
    };
    let header = |name: &str| Some(answer.headers.get(name)?.to_str().ok()?.to_owned());
    let came = Came {
        method: None,
        path,
        status: answer.status,
        header: &header,
        body: &answer.bytes,
    };
    if let Err(fault) = CHECKER.answer(came) {
        panic!("not as the document says: {fault}");
    }
}
