//! The stable words by which programs tell refusals and failures apart. Each says what it means and what
//! to do about it: `docs/problems.md` is made of these lines, and every problem's `type` points there.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// The page that explains every code, one section each. The same for every deployment, as a `type` should
/// be (RFC 9457, section 3.1.1): a program may compare it, whichever stage, domain or machine answers.
pub const PAGE: &str = "https://github.com/halftone-images/halftone/blob/main/docs/problems.md";

macro_rules! codes {
    ($(#[$about:meta])* $name:ident { $(#[doc = $cause:literal] #[doc = $mend:literal] $code:ident = $word:literal,)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $name {
            $(
                #[doc = $cause]
                #[doc = ""]
                #[doc = $mend]
                #[serde(rename = $word)]
                $code,
            )*
        }

        impl $name {
            /// All of them, in the order of the page.
            pub const ALL: &'static [Self] = &[$(Self::$code),*];

            /// The word.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$code => $word,)* }
            }

            /// What it means.
            #[must_use]
            pub const fn cause(self) -> &'static str {
                match self { $(Self::$code => $cause,)* }
            }

            /// What to do about it.
            #[must_use]
            pub const fn mend(self) -> &'static str {
                match self { $(Self::$code => $mend,)* }
            }

            /// The code of this word.
            #[must_use]
            pub fn of_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|code| code.as_str() == word)
            }
        }

        /// Its words alone: what each means is on the page.
        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({"type": "string", "enum": Self::ALL})
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, word: &&str) -> bool {
                self.as_str() == *word
            }
        }

        impl From<$name> for String {
            fn from(code: $name) -> Self {
                code.as_str().to_owned()
            }
        }
    };
}

codes! {
    /// Why a call was refused, or a request's CSV.
    ProblemCode {
        /// The call has no API key, or one that is not known.
        /// Send a key of this deployment in the header `x-api-key`.
        InvalidApiKey = "invalid_api_key",
        /// The call came without an API key where API Gateway should have asked for one.
        /// Send it in the header `x-api-key`; if it is there, the deployment is at fault.
        NoApiKey = "no_api_key",
        /// The key may not do this.
        /// Ask the operator for a key of this API's usage plan.
        AccessDenied = "access_denied",
        /// There is nothing under this path, or not with this key: the request is another's, was purged, or is older than `RetentionDays`.
        /// Mind the path, the id and the key.
        NotFound = "not_found",
        /// More calls a second than the key may make (`ApiRateLimit`, `ApiBurstLimit`).
        /// Wait as long as `Retry-After` says.
        TooManyCalls = "too_many_calls",
        /// The key has made all calls that it may make in a day (`ApiQuotaPerDay`).
        /// Go on tomorrow (UTC), or have the operator raise it.
        QuotaExceeded = "quota_exceeded",
        /// A service behind the API is away, or was too slow.
        /// Make the same call again after `Retry-After`; an upload with the same `Idempotency-Key` stays one request.
        Unavailable = "unavailable",
        /// A fault of Halftone, which has been logged.
        /// Make the call again; if it stays, tell the operator when it was.
        Internal = "internal",
        /// API Gateway refused the call before Halftone saw it.
        /// `detail` says why.
        Refused = "refused",

        /// The form's file, or the dropped object, is larger than is taken (`MaxUploadBytes`, `MaxDropBytes`).
        /// Put a large CSV into the drop bucket, or split it.
        FileTooLarge = "file_too_large",
        /// The body is no `multipart/form-data`.
        /// Send a form, with the CSV in its field `file`: `curl -F file=@products.csv`.
        NotMultipart = "not_multipart",
        /// The form breaks off, or has a field twice.
        /// Let a library write it; `detail` says what is wrong.
        MalformedMultipart = "malformed_multipart",
        /// The form has no field `file`.
        /// Send the CSV in it.
        MissingFile = "missing_file",
        /// The form has a field that is no option.
        /// Mind the spelling; `detail` lists the options.
        UnknownField = "unknown_field",
        /// A dropped object has metadata that is no option.
        /// Mind the spelling, or begin the names of your own metadata with `x-`.
        UnknownMetadata = "unknown_metadata",
        /// `Idempotency-Key` is empty, too long, or has characters beside visible ASCII.
        /// Use a UUID.
        InvalidIdempotencyKey = "invalid_idempotency_key",
        /// The same `Idempotency-Key` came with another file or other options before.
        /// Use a new key for a new request, the old one only to repeat it as it was.
        IdempotencyKeyReused = "idempotency_key_reused",
        /// As many requests of the owner are pending as may be (`MaxPendingRequests`).
        /// Wait until one has ended, or cancel one.
        TooManyPending = "too_many_pending",
        /// `dryRun` is neither `true` nor `false`.
        /// Give one of them.
        InvalidDryRun = "invalid_dry_run",
        /// `webhookUrl` is no http or https address that can be called.
        /// Give a public address without a user and password in it.
        InvalidWebhookUrl = "invalid_webhook_url",
        /// `quality` is no whole number from 1 to 100.
        /// Give one.
        InvalidQuality = "invalid_quality",
        /// `format` is no format that there is.
        /// Give `original`, `jpeg`, `webp`, `avif` or `png`.
        InvalidFormat = "invalid_format",
        /// `copyright` is neither `keep` nor `remove`.
        /// Give one of them.
        InvalidCopyright = "invalid_copyright",
        /// `imageBase` is no http or https address.
        /// Give the address that the CSV's image paths are below.
        InvalidImageBase = "invalid_image_base",
        /// `onRowError` is neither `refuse` nor `skip`.
        /// Give one of them.
        InvalidOnRowError = "invalid_on_row_error",

        /// The file is empty.
        /// Export it anew.
        EmptyFile = "empty_file",
        /// The file has a header and nothing under it.
        /// Export it with its products.
        NoProducts = "no_products",
        /// The file is of another kind, such as a PDF or a ZIP.
        /// Save or export it as CSV or `.xlsx`.
        NotACsv = "not_a_csv",
        /// The Excel workbook is damaged, protected or too large.
        /// Save it as CSV.
        UnusableWorkbook = "unusable_workbook",
        /// There is no header, or none that says where the images are.
        /// Rename the columns, or name them with `imageColumns`, `nameColumn` and `idColumn`; `detail` shows how.
        MissingColumn = "missing_column",
        /// A column that the caller named is not in the CSV.
        /// Mind the spelling; `detail` lists the columns.
        NoSuchColumn = "no_such_column",
        /// No row has an image URL.
        /// Name the column that has them with `imageColumns`.
        NoImages = "no_images",
        /// More rows than are taken (`MaxUploadRows`, `MaxDropRows`).
        /// Put a large CSV into the drop bucket, or split it.
        TooManyRows = "too_many_rows",
        /// More images than one request may have (`MaxImagesPerRequest`).
        /// Split the CSV.
        TooManyImages = "too_many_images",
        /// Some rows cannot be used; `errors` lists them with their lines.
        /// Mend these rows, or send `onRowError=skip` to go on without them.
        InvalidRows = "invalid_rows",
        /// The text is no CSV: a quote that is never closed, text behind a closing quote, text of two encodings.
        /// Mend the line that `detail` names, or export the file anew.
        MalformedCsv = "malformed_csv",
        /// The CSV of a dropped file was not taken in by the request's deadline (`RequestDeadlineHours`).
        /// Send it again; if it stays, tell the operator.
        DeadlineExceeded = "deadline_exceeded",

        /// The call has no such parameter.
        /// Mind the spelling; `detail` lists those that there are.
        UnknownParameter = "unknown_parameter",
        /// `limit` is no whole number within its bounds.
        /// `detail` has the bounds.
        InvalidLimit = "invalid_limit",
        /// `cursor` is none that an answer gave.
        /// Give an answer's `nextCursor` as it is, or begin without one.
        InvalidCursor = "invalid_cursor",
        /// `partial` is neither `true` nor `false`.
        /// Give one of them.
        InvalidPartial = "invalid_partial",
        /// `imageStatus` is no status of an image.
        /// Give `Pending`, `Succeeded`, `Failed` or `Cancelled`.
        InvalidImageStatus = "invalid_image_status",
        /// `row` is no line of a CSV.
        /// Give a whole number, such as 2 for the first row below the header.
        InvalidRow = "invalid_row",
        /// `status` is no status of a request.
        /// Give `Pending`, `Completed`, `Failed` or `Cancelled`.
        InvalidStatus = "invalid_status",
        /// `since` is no moment in RFC 3339.
        /// Write it as `2026-01-31T12:00:00Z`.
        InvalidSince = "invalid_since",
        /// `as` is no form of the results.
        /// Give `csv`, `source`, `ndjson` or `json`.
        InvalidAs = "invalid_as",
        /// `purge` is neither `true` nor `false`.
        /// Give one of them.
        InvalidPurge = "invalid_purge",
        /// `rotate` is neither `true` nor `false`.
        /// Give one of them.
        InvalidRotate = "invalid_rotate",
        /// `code` is empty or too long.
        /// Give a code of the status' `errors`, or none.
        InvalidCode = "invalid_code",
        /// `host` is empty or too long.
        /// Give a host of the status' `errors`, or none.
        InvalidHost = "invalid_host",

        /// The JSON body has more than 64 KiB.
        /// Leave out what is no option; the CSV itself is put to `uploadUrl`.
        BodyTooLarge = "body_too_large",
        /// The body is no JSON object, or a member is neither a text nor a number nor true or false.
        /// Let a library write it; `detail` says what is wrong.
        MalformedJson = "malformed_json",
        /// `bytes` is not the size of the file as a whole number.
        /// `stat -c %s products.csv` tells it.
        InvalidBytes = "invalid_bytes",
        /// `sha256` is not 64 hexadecimal digits.
        /// `sha256sum products.csv` tells them.
        InvalidSha256 = "invalid_sha256",
        /// `contentType` is no media type.
        /// Send `text/csv`, or leave it out.
        InvalidContentType = "invalid_content_type",
        /// `fileName` is no text, or a long one.
        /// Shorten it, or leave it out.
        InvalidFileName = "invalid_file_name",
        /// The announced file was not put within the time of its URL.
        /// Announce it again, and put it within the hour.
        NeverUploaded = "never_uploaded",
        /// What was put is not the file that was announced: its length or SHA-256 differ.
        /// Announce the file as it is, and put that.
        OtherFile = "other_file",
        /// `fresh` is neither `true` nor `false`.
        /// Send one of them, or leave it out.
        InvalidFresh = "invalid_fresh",
        /// `maxWidth` is no whole number of pixels from 1 to 65535.
        /// Send one, or leave it out.
        InvalidMaxWidth = "invalid_max_width",
        /// `maxHeight` is no whole number of pixels from 1 to 65535.
        /// Send one, or leave it out.
        InvalidMaxHeight = "invalid_max_height",

        /// The request has ended, so that there is nothing to cancel.
        /// With `purge=true` what it left is removed.
        AlreadyEnded = "already_ended",
        /// The request has not ended: there are no results yet, and nothing can go again.
        /// Ask its status after `Retry-After`, or have a webhook tell of its end.
        NotEnded = "not_ended",
        /// The request was cancelled, so that its images do not go again.
        /// Send its CSV again.
        Cancelled = "cancelled",
        /// The request's CSV was refused, so that it has no results and no images.
        /// Its status says why it was refused.
        NoResults = "no_results",
        /// The request is forgotten before its images could be tried again (`RetentionDays`).
        /// Send its CSV again.
        ExpiresSoon = "expires_soon",
        /// No image failed, or none with this code at this host.
        /// See the status' `errors`.
        NothingFailed = "nothing_failed",
        /// The request has no output of which a ZIP could be made.
        /// See its status for what became of its images.
        NoOutputs = "no_outputs",
        /// The request has more images than come as one ZIP (1,000).
        /// Fetch them one by one; `detail` says how.
        TooManyForZip = "too_many_for_zip",
        /// The request's outputs have more bytes than a ZIP may have (4 GiB).
        /// Fetch them one by one; `detail` says how.
        TooLargeForZip = "too_large_for_zip",
        /// The ZIP could not be made; `detail` says why.
        /// Fetch the outputs one by one, or have the images go again.
        NoZip = "no_zip",
        /// The request names no webhook, or none of this `webhook-id`.
        /// See its `deliveries`.
        NoWebhook = "no_webhook",
        /// The webhook is still on its way: an attempt is due or being made.
        /// See its `deliveries` for when.
        DeliveryPending = "delivery_pending",
        /// The webhook has not been sent, so that it cannot be sent again.
        /// It is sent when the round ends.
        NeverSent = "never_sent",
        /// The webhook was sent anew as often as it may be.
        /// See its `deliveries` for what the receiver answered.
        ReplayedTooOften = "replayed_too_often",
        /// `webhookId` is none of this request.
        /// Give a `webhookId` of its `deliveries`, or none for the latest.
        InvalidWebhookId = "invalid_webhook_id",
        /// The body is not what the call takes; `detail` says what that is.
        /// Send it as JSON.
        InvalidBody = "invalid_body",
        /// The webhooks' secret was rotated within the last 24 hours, in which the one before it signs too.
        /// Without `rotate=true` the call shows both; rotate again when the day is over.
        RotatedRecently = "rotated_recently",
        /// The signature of a webhook that came to the receiver is wrong, or is older than five minutes.
        /// Send the body as it came, byte by byte, with its three `webhook-` headers.
        WrongSignature = "wrong_signature",
    }
}

codes! {
    /// Why an image has no output.
    ImageCode {
        /// The address cannot be used, or it redirects to one that cannot.
        /// Correct it in the CSV.
        InvalidUrl = "invalid_url",
        /// The address is not a public one.
        /// Put the image where everybody can reach it, or have the operator allow the network (`AllowedNetworks`).
        BlockedAddress = "blocked_address",
        /// The address has a port that is not asked.
        /// Put the image at port 80 or 443, or have the operator allow the port (`AllowedPorts`).
        BlockedPort = "blocked_port",
        /// The host's name did not resolve, in several tries.
        /// Mind the spelling; if the shop has moved, export the CSV anew.
        DnsFailed = "dns_failed",
        /// No connection came about, or it broke, in several tries.
        /// Open the image in a browser: if it shows there, the host may be blocking servers.
        ConnectFailed = "connect_failed",
        /// The host's certificate or encryption is out of order; `message` says how.
        /// Whoever runs the host can mend it.
        TlsFailed = "tls_failed",
        /// The host was too slow, in several tries.
        /// Have the image go again when the host is less busy.
        Timeout = "timeout",
        /// The host answered with an error; `message` has its status.
        /// 404: export the CSV anew. 401, 403: the operator can give the host a header (`OriginHeadersSecret`).
        HttpStatus = "http_status",
        /// The address leads on and on.
        /// Put the address into the CSV where it ends.
        TooManyRedirects = "too_many_redirects",
        /// The file is larger than is taken (`MaxImageBytes`).
        /// Make it smaller, or have the operator raise the bound.
        TooLarge = "too_large",
        /// Something else came than a picture, such as a login page; `sniffed` says what.
        /// Open the address in a private window to see what strangers get.
        NotAnImage = "not_an_image",
        /// The picture, or the document, is of a kind that is not compressed here.
        /// Save it as JPEG, PNG, WebP, AVIF, GIF, BMP or TIFF.
        UnsupportedFormat = "unsupported_format",
        /// The host packs the file in a way that is not unpacked here, without being asked to.
        /// Have it send pictures without `Content-Encoding`.
        UnsupportedEncoding = "unsupported_encoding",
        /// The picture has more pixels, or a longer side, than is taken; `message` names the bound.
        /// Make it smaller, ask for another format, or have the operator raise the bound.
        TooManyPixels = "too_many_pixels",
        /// The picture is damaged or incomplete.
        /// Open it in an image program, save it anew and put it in its place.
        DecodeFailed = "decode_failed",
        /// The output could not be stored.
        /// Have the image go again; if it stays, tell the operator.
        StorageFailed = "storage_failed",
        /// The picture met a fault of Halftone, which has been logged.
        /// Tell the operator, or open an issue with the picture.
        Internal = "internal",
        /// The image was not done by its request's deadline (`RequestDeadlineHours`); `message` has the last error.
        /// Have it go again.
        DeadlineExceeded = "deadline_exceeded",
        /// The image's request was cancelled first.
        /// Send the CSV again.
        Cancelled = "cancelled",
    }
}

codes! {
    /// What is wrong with a row of a CSV.
    RowCode {
        /// The row has no image URL.
        /// Give it one, or send `onRowError=skip`.
        NoUrl = "no_url",
        /// A URL of the row cannot be fetched; `message` says what is wrong with it.
        /// Correct it. Where paths are given without a host, say what they are below with `imageBase`.
        InvalidUrl = "invalid_url",
        /// The row has more URLs than are taken (`MaxUrlsPerRow`).
        /// Split it.
        TooManyUrls = "too_many_urls",
        /// The product's id or name is longer than is taken (`MaxCellBytes`).
        /// Shorten it.
        CellTooLong = "cell_too_long",
        /// The row has more cells than the header has.
        /// Put a cell that holds the delimiter into quotes.
        TooManyCells = "too_many_cells",
    }
}

impl ProblemCode {
    /// What a problem's `type` is: the section of the page that is about it.
    #[must_use]
    pub fn kind(self) -> String {
        format!("{PAGE}#{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_it_is_written() {
        for code in ProblemCode::ALL {
            assert_eq!(ProblemCode::of_word(code.as_str()), Some(*code));
            let json = serde_json::to_value(code).unwrap();
            assert_eq!(json, code.as_str());
        }
        assert_eq!(ProblemCode::of_word("no_such_code"), None);
        assert!(
            ProblemCode::NotFound
                .kind()
                .ends_with("docs/problems.md#not_found")
        );
    }
}
