//! How CSVs come.

use halftone_pipeline::api::paths;
use halftone_pipeline::codes::ProblemCode::{self, *};
use upload::contract as upload_answers;

use crate::form;
use crate::operation::{Answer, Operation};
use crate::parameters::{idempotency_key, path};
use crate::schemas::Schemas;

/// What may be wrong with an option, wherever it is chosen.
const OF_OPTIONS: &[ProblemCode] = &[
    InvalidWebhookUrl,
    InvalidQuality,
    InvalidFormat,
    InvalidCopyright,
    InvalidMaxWidth,
    InvalidMaxHeight,
    InvalidFresh,
    InvalidImageBase,
    InvalidOnRowError,
];

pub fn upload(schemas: &mut Schemas) -> Operation {
    let dry_run = schemas.of::<upload_answers::UnderstoodBody<'static>>();
    Operation {
        method: "post",
        path: path(paths::UPLOAD),
        id: "uploadCsv",
        summary: "Upload a CSV",
        description: "Every image that the CSV names is fetched and recompressed. The same call with the \
                      same `Idempotency-Key` is the same request, however often it is made.",
        open: false,
        parameters: vec![idempotency_key(
            "Makes a repeated upload the same request; with another file or other options it is refused.",
        )],
        body: Some(form::body()),
        answers: vec![
            Answer::json(
                200,
                "With `dryRun=true`: what the CSV was understood as. Nothing was kept.",
                dry_run,
            ),
            Answer::json(
                202,
                "The request was accepted.",
                schemas.of::<upload_answers::AcceptedBody<'static>>(),
            )
            .with(&["Location"]),
            Answer::problem(
                400,
                &[
                    UnknownParameter,
                    MissingFile,
                    MalformedMultipart,
                    InvalidIdempotencyKey,
                ],
            ),
            Answer::problem(413, &[FileTooLarge]),
            Answer::problem(415, &[NotMultipart]),
            Answer::problem(
                422,
                &[
                    &[UnknownField, InvalidDryRun, IdempotencyKeyReused],
                    OF_OPTIONS,
                    &[
                        EmptyFile,
                        NoProducts,
                        NotACsv,
                        UnusableWorkbook,
                        MissingColumn,
                        NoSuchColumn,
                        NoImages,
                        TooManyRows,
                        TooManyImages,
                        InvalidRows,
                        MalformedCsv,
                    ],
                ]
                .concat(),
            ),
            Answer::problem(429, &[TooManyPending]),
        ],
    }
}

pub fn announce(schemas: &mut Schemas) -> Operation {
    let announced = schemas.of::<upload_answers::AnnouncedBody<'static>>();
    Operation {
        method: "post",
        path: path(paths::REQUESTS),
        id: "announceCsv",
        summary: "Announce a large CSV",
        description: "The answer says where the file is to be put, by `PUT`, with which headers. What is wrong \
                      with the file is then in the request's status.",
        open: false,
        parameters: vec![idempotency_key(
            "Makes a repeat of the call the same request, with a new URL while its file is awaited.",
        )],
        body: Some(form::announcement()),
        answers: vec![
            Answer::json(
                200,
                "The file has come, or is not awaited any more: all but the id is null.",
                announced.clone(),
            )
            .with(&["Location"]),
            Answer::json(201, "The request waits for its file.", announced).with(&["Location"]),
            Answer::problem(
                400,
                &[UnknownParameter, MalformedJson, InvalidIdempotencyKey],
            ),
            Answer::problem(413, &[BodyTooLarge, FileTooLarge]),
            Answer::problem(
                422,
                &[
                    &[
                        UnknownField,
                        EmptyFile,
                        InvalidBytes,
                        InvalidSha256,
                        InvalidContentType,
                        InvalidFileName,
                        IdempotencyKeyReused,
                    ],
                    OF_OPTIONS,
                ]
                .concat(),
            ),
            Answer::problem(429, &[TooManyPending]),
        ],
    }
}
