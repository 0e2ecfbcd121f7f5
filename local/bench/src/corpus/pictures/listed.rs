//! The kinds of pictures that Halftone refuses though others read them, each as a whole, and why.

/// What the refusal says, and the kind with the reason.
pub const KINDS: [(&str, &str); 3] = [
    (
        "a TIFF of measurements",
        "TIFF of measurements: what is black and what white is not said; sharp guesses 0 and 255",
    ),
    (
        "a JPEG with lossless coding",
        "lossless JPEG: in no browser, and in no camera for thirty years",
    ),
    (
        "a JPEG with arithmetic coding",
        "arithmetic JPEG: in no browser",
    ),
];

/// The kind that is refused with this sentence.
pub fn reason(sentence: &str) -> Option<&'static str> {
    let kind = KINDS.iter().find(|(says, _)| sentence.contains(says));
    kind.map(|(_, reason)| *reason)
}
