//! What a system takes back when it imports pictures, and what a caller is told of it.

use halftone_codec::{Format, OutputFormat};

use super::matches;

/// What a system takes.
#[derive(Debug, PartialEq, Eq)]
pub struct Import {
    /// Formats, of those that come out.
    pub formats: &'static [Format],
    /// Size of a picture, in words, where it is known.
    pub bounds: Option<&'static str>,
    /// What else is to be known.
    pub words: &'static [Word],
}

/// A sentence for whoever imports.
#[derive(Debug, PartialEq, Eq)]
pub struct Word {
    /// It is said where there is such a column.
    column: &'static str,
    sentence: &'static str,
}

impl Word {
    pub(super) const fn always(sentence: &'static str) -> Self {
        Self::of_column("*", sentence)
    }

    pub(super) const fn of_column(column: &'static str, sentence: &'static str) -> Self {
        Self { column, sentence }
    }
}

impl Import {
    /// What is to be said of outputs that `system` is to import: a CSV with these columns, given by
    /// their letters, of whose images so many are WebP by their names.
    #[must_use]
    pub fn notes(
        &self,
        system: &str,
        columns: &[String],
        format: OutputFormat,
        webp: u64,
    ) -> Vec<String> {
        let refused = self.refused(format, webp);
        let refused = refused.map(|what| format!("{system} imports {}; {what}.", self.takes()));
        let bounds = self.bounds.map(|bounds| {
            format!("{system} imports pictures of at most {bounds}; larger ones are not made smaller here.")
        });
        let there = |word: &&Word| columns.iter().any(|title| matches(word.column, title));
        let words = self.words.iter().filter(there);
        let words = words.map(|word| word.sentence.to_owned());
        refused.into_iter().chain(bounds).chain(words).collect()
    }

    fn takes(&self) -> String {
        let names: Vec<_> = self.formats.iter().copied().map(name).collect();
        match names.as_slice() {
            [most @ .., last] if !most.is_empty() => format!("{} and {last}", most.join(", ")),
            _ => names.concat(),
        }
    }

    /// What of the outputs may be refused for its format.
    fn refused(&self, format: OutputFormat, webp: u64) -> Option<String> {
        let takes = |format| self.formats.contains(&format);
        match chosen(format) {
            Some(format) if takes(format) => None,
            Some(format) => {
                let format = name(format);
                Some(format!(
                    "it may refuse {format}: choose another format for it"
                ))
            }
            None if webp == 0 || takes(Format::WebP) => None,
            None => Some(match webp {
                1 => {
                    "1 image is WebP by its name and stays so: choose format=jpeg for it".to_owned()
                }
                _ => format!(
                    "{webp} images are WebP by their names and stay so: choose format=jpeg for it"
                ),
            }),
        }
    }
}

/// The format of all outputs, where one was chosen.
fn chosen(format: OutputFormat) -> Option<Format> {
    match format {
        OutputFormat::Original => None,
        OutputFormat::Jpeg => Some(Format::Jpeg),
        OutputFormat::WebP => Some(Format::WebP),
        OutputFormat::Avif => Some(Format::Avif),
        OutputFormat::Png => Some(Format::Png),
    }
}

/// A format as people write it.
fn name(format: Format) -> &'static str {
    match format {
        Format::Jpeg => "JPEG",
        Format::Png => "PNG",
        Format::WebP => "WebP",
        Format::Gif => "GIF",
        Format::Avif => "AVIF",
        Format::Bmp => "BMP",
        Format::Tiff => "TIFF",
    }
}

#[cfg(test)]
mod tests {
    use super::super::System;
    use super::*;

    fn notes(system: &str, format: OutputFormat, webp: u64) -> Vec<String> {
        let columns = ["sku".to_owned(), "internalimageurlexport".to_owned()];
        let import = &System::named(system).unwrap().import;
        import.notes(system, &columns, format, webp)
    }

    #[test]
    fn a_format_that_a_shop_does_not_take_is_named() {
        let magento = "Magento or Adobe Commerce";
        assert_eq!(
            notes(magento, OutputFormat::WebP, 0),
            [
                "Magento or Adobe Commerce imports JPEG, PNG and GIF; it may refuse WebP: choose another \
                 format for it."
            ]
        );
        assert_eq!(
            notes(magento, OutputFormat::Original, 3),
            [
                "Magento or Adobe Commerce imports JPEG, PNG and GIF; 3 images are WebP by their names \
                 and stay so: choose format=jpeg for it."
            ]
        );
        assert!(
            notes(magento, OutputFormat::Original, 1)[0].contains("1 image is WebP by its name")
        );
        assert_eq!(notes(magento, OutputFormat::Jpeg, 3), [""; 0]);
        assert_eq!(notes(magento, OutputFormat::Original, 0), [""; 0]);
        assert_eq!(notes("WooCommerce", OutputFormat::WebP, 1), [""; 0]);
        assert_eq!(notes("WooCommerce", OutputFormat::Avif, 0).len(), 1);
    }

    #[test]
    fn bounds_and_other_habits_are_said() {
        assert_eq!(
            notes("BigCommerce", OutputFormat::Original, 0),
            [
                "BigCommerce imports pictures of at most 8 MB; larger ones are not made smaller here.",
                "BigCommerce imports from the column \"Image URL (Import)\": copy the outputs under \
                 \"Internal Image URL (Export)\" there."
            ]
        );
        assert!(notes("Shopify", OutputFormat::Original, 0)[1].contains("by itself"));
    }
}
