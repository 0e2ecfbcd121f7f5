//! Which format an output has.

use super::by_word::chosen_by_word;

/// The format that is asked of an output.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OutputFormat {
    /// The source's own, or the nearest that browsers show.
    #[default]
    Original,
    /// JPEG, with alpha flattened on white.
    Jpeg,
    /// Lossy WebP.
    WebP,
    /// AVIF.
    Avif,
    /// PNG with a palette where that is smaller.
    Png,
}

chosen_by_word!(
    OutputFormat, "format", InvalidOutputFormat:
    Original = "original", Jpeg = "jpeg", WebP = "webp", Avif = "avif"; Png = "png"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_known_by_their_words() {
        assert_eq!(
            OutputFormat::WORDS,
            OutputFormat::ALL.map(OutputFormat::as_str)
        );
        for format in OutputFormat::ALL {
            assert_eq!(format.to_string().parse(), Ok(format));
            let json = serde_json::to_string(&format).unwrap();
            assert_eq!(json, format!("\"{format}\""));
            assert_eq!(serde_json::from_str::<OutputFormat>(&json).unwrap(), format);
        }
        for text in ["", "JPEG", "jpg", "gif"] {
            assert_eq!(text.parse::<OutputFormat>(), Err(InvalidOutputFormat));
        }
    }

    #[test]
    fn what_is_none_is_told_what_is() {
        let expected = "the format must be original, jpeg, webp, avif or png";
        assert_eq!(InvalidOutputFormat.to_string(), expected);
        let error = serde_json::from_str::<OutputFormat>("\"tiff\"").unwrap_err();
        assert!(error.to_string().starts_with(expected), "{error}");
    }
}
