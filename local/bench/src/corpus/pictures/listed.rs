//! The kinds of pictures that Halftone refuses though others read them, each as a whole, and why.

/// What the refusal says, and the kind with the reason.
pub const KINDS: [(&str, &str); 1] = [(
    "a TIFF for printing (CMYK)",
    "TIFF in CMYK: its colours depend on a press",
)];

/// The kind that is refused with this sentence.
pub fn reason(sentence: &str) -> Option<&'static str> {
    let kind = KINDS.iter().find(|(says, _)| sentence.contains(says));
    kind.map(|(_, reason)| *reason)
}
