//! What the sender of an object chose, read off its metadata.

use std::collections::{BTreeMap, HashMap};

use super::failure;
use crate::codes::ProblemCode;
use crate::request::{OptionName, Wishes};
use crate::services::store::RequestFailure;

/// What begins the names of metadata that is not for us: whoever copies files may leave marks.
const FOREIGN_PREFIX: &str = "x-";
/// Marks that the usual programs leave on what they copy.
const FOREIGN: [&str; 13] = [
    "atime",
    "btime",
    "cb-modifiedtime",
    "ctime",
    "file-permissions",
    "gid",
    "md5chksum",
    "mode",
    "mtime",
    "s3b-last-modified",
    "s3cmd-attrs",
    "sha256",
    "uid",
];

/// Reads what the sender of an object chose off its metadata, and what is wrong with it, if anything.
/// A name that is none of ours is refused unless it is a known mark of somebody else: a typing error
/// must not pass for a wish.
pub(super) fn read(metadata: &HashMap<String, String>) -> (Wishes, Option<RequestFailure>) {
    let (mut wishes, mut complaint) = (Wishes::default(), None);
    for (name, value) in BTreeMap::from_iter(metadata) {
        let read = match OptionName::of_metadata(name) {
            Some(option) => wishes
                .set(option, value)
                .map_err(|error| failure(error.code(), error.to_string())),
            None if name.starts_with(FOREIGN_PREFIX) || FOREIGN.contains(&name.as_str()) => Ok(()),
            None => Err(unknown_metadata(name)),
        };
        complaint = complaint.or(read.err());
    }
    (wishes, complaint)
}

fn unknown_metadata(name: &str) -> RequestFailure {
    let known = OptionName::ALL.map(OptionName::metadata).join(", ");
    let message = format!(
        "the object's metadata has \"{name}\", which is no option; there are {known}, and names that \
         begin with {FOREIGN_PREFIX} are left alone"
    );
    failure(ProblemCode::UnknownMetadata, message)
}

#[cfg(test)]
mod tests {
    use halftone_codec::{Copyright, OutputFormat};

    use super::*;

    fn wishes(metadata: &[(&str, &str)]) -> Result<Wishes, RequestFailure> {
        let owned = metadata.iter().map(|(a, b)| ((*a).into(), (*b).into()));
        let (wishes, complaint) = read(&owned.collect());
        complaint.map_or(Ok(wishes), Err)
    }

    #[test]
    fn metadata_is_a_wish_or_a_refusal() {
        let asked = [("quality", "70"), ("format", "png"), ("copyright", "keep")];
        let read = wishes(&asked).unwrap();
        assert_eq!(read.quality.map(halftone_codec::Quality::get), Some(70));
        assert_eq!(read.format, Some(OutputFormat::Png));
        assert_eq!(read.copyright, Some(Copyright::Keep));
        for (name, value, code) in [
            ("webhook-url", "ftp://a", "invalid_webhook_url"),
            ("quality", "0", "invalid_quality"),
            ("format", "tiff", "invalid_format"),
            ("copyright", "yes", "invalid_copyright"),
            ("max-width", "65536", "invalid_max_width"),
            ("max-height", "-1", "invalid_max_height"),
        ] {
            assert_eq!(wishes(&[(name, value)]).unwrap_err().code, code);
        }
    }

    #[test]
    fn a_typing_error_does_not_pass_for_a_wish_but_programs_may_leave_their_marks() {
        let refused = wishes(&[("qualty", "50")]).unwrap_err();
        assert_eq!(refused.code, "unknown_metadata");
        assert_eq!(
            refused.message,
            "the object's metadata has \"qualty\", which is no option; there are webhook-url, \
             quality, format, copyright, max-width, max-height, fresh, image-columns, name-column, \
             id-column, image-base, on-row-error, and names that begin with x- are left alone"
        );
        assert!(wishes(&[("mtime", "1"), ("x-erp-batch", "7")]).is_ok());
    }
}
