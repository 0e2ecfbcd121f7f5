//! Where results and outputs are.

use halftone_pipeline::codes::ProblemCode::*;
use halftone_pipeline::request::ResultsFile;
use status::contract as status_answers;

use crate::operation::{Answer, Operation};
use crate::parameters::{query, words};
use crate::schemas::Schemas;

pub fn results(schemas: &mut Schemas) -> Operation {
    let mut forms: Vec<_> = ResultsFile::ALL.map(ResultsFile::word).into();
    forms.push(status_answers::ZIP);
    let mut schema = words(&forms);
    schema["default"] = ResultsFile::default().word().into();
    let accept = "With `application/json` the answer is the address in JSON, not a redirect to it.";
    Operation {
        method: "get",
        path: "/api/v1/images/results/{requestId}".to_owned(),
        id: "getResults",
        summary: "Fetch a request's results",
        description: "`csv` is what became of every row, `source` the CSV as it came with its URLs replaced, \
                      `ndjson` and `json` the results as JSON, `zip` all outputs of at most 1,000 images. Leave `x-api-key` behind when following the \
                      redirect.",
        open: false,
        parameters: vec![query("as", "The form.", schema)],
        body: None,
        answers: vec![
            Answer::json(200, accept, schemas.of::<status_answers::ResultsUrl>()),
            Answer::empty(
                302,
                "To the file, by an address that works for a quarter of an hour.",
            )
            .with(&["Location"]),
            Answer::json(
                202,
                "The ZIP is being written, since somebody has asked for it.",
                schemas.of::<status_answers::PreparingBody>(),
            )
            .with(&["Retry-After"]),
            Answer::problem(400, &[UnknownParameter, InvalidAs]),
            Answer::problem(404, &[NoResults, NoOutputs]),
            Answer::problem(409, &[NotEnded, TooManyForZip, TooLargeForZip, NoZip]),
        ],
    }
}

pub fn output(method: &'static str, id: &'static str) -> Operation {
    Operation {
        method,
        path: "/output/{requestId}/{ordinal}/{file}".to_owned(),
        id,
        summary: "Fetch an output",
        description: "An image's `outputUrl`. It needs no key: whoever knows it may fetch it.",
        open: true,
        parameters: Vec::new(),
        body: None,
        answers: vec![Answer::empty(302, "To the picture.").with(&["Location"])],
    }
}
