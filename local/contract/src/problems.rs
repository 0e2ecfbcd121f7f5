//! `docs/problems.md`: every code, what it means and what to do about it, by the enums of the codes.

use std::fmt::Write;

use halftone_pipeline::codes::{ImageCode, ProblemCode, RowCode};

const HEAD: &str = "# Problems

What each code means, and what to do about it. Codes are stable: they are never renamed, and never used for
something else. This page is made from `shared/pipeline/src/codes.rs` by `local/contract`.

Refused calls are answered with `application/problem+json` ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)),
whose `type` is the address of a section below and whose `code` is its title. `detail` says what was wrong in this
case. A CSV that was dropped is refused in `data.error` of its request's status, with the same codes.
";

const IMAGES: &str = "
# Images

The `error.code` of an image in the status and in the results. Some pass by themselves: those images were tried
several times. `POST /api/v1/images/requests/{requestId}/retry-failed?code=…` has them go again.
";

const ROWS: &str = "
# Rows of a CSV

The `errors[].code` of an `invalid_rows`, and the reason why a row was skipped.
";

/// The page.
#[must_use]
pub fn page() -> String {
    let mut page = HEAD.to_owned();
    for code in ProblemCode::ALL {
        section(&mut page, "", code.as_str(), (code.cause(), code.mend()));
    }
    page.push_str(IMAGES);
    for code in ImageCode::ALL {
        section(
            &mut page,
            "image: ",
            code.as_str(),
            (code.cause(), code.mend()),
        );
    }
    page.push_str(ROWS);
    for code in RowCode::ALL {
        section(
            &mut page,
            "row: ",
            code.as_str(),
            (code.cause(), code.mend()),
        );
    }
    page
}

fn section(page: &mut String, of: &str, code: &str, (cause, mend): (&str, &str)) {
    // Into a string nothing fails.
    let _ = write!(
        page,
        "\n## {of}{code}\n\n{}\n\n{}\n",
        cause.trim(),
        mend.trim()
    );
}
