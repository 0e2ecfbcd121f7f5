//! What the sender of a request may choose: names, words and refusals, for the form of an upload
//! and the metadata of a drop alike.

use serde::{Deserialize, Serialize};

use halftone_codec::{Copyright, MaxSize, OutputFormat, Quality, Side};

use crate::manifest::{Hints, OnRowError};
use crate::url::{self, UrlFault};

/// How a request's outputs are made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OutputOptions {
    /// Quality, 1–100.
    pub quality: Quality,
    /// Format.
    pub format: OutputFormat,
    /// What becomes of copyright notices. Without a word they go.
    pub copyright: Copyright,
    /// The most pixels across; larger pictures are made smaller.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_width: Option<Side>,
    /// The most pixels down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_height: Option<Side>,
}

impl OutputOptions {
    /// The box that outputs must fit into.
    #[must_use]
    pub fn max_size(&self) -> MaxSize {
        MaxSize {
            width: self.max_width,
            height: self.max_height,
        }
    }
}

/// What every request gets: its outputs' options unless it chooses, and how long it lives.
#[derive(Clone, Copy, Debug)]
pub struct RequestDefaults {
    /// What comes out.
    pub options: OutputOptions,
    /// Hours after which what has not ended ends as failed.
    pub deadline_hours: i64,
    /// Days after which it is forgotten.
    pub retention_days: i64,
}

/// Something that can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionName {
    /// Whom to tell of the end.
    WebhookUrl,
    /// Quality of the outputs.
    Quality,
    /// Format of the outputs.
    Format,
    /// What becomes of copyright notices.
    Copyright,
    /// The most pixels across.
    MaxWidth,
    /// The most pixels down.
    MaxHeight,
    /// Whether all is made anew.
    Fresh,
    /// Columns of image URLs, separated by commas.
    ImageColumns,
    /// Column of the products' names.
    NameColumn,
    /// Column of the products' ids.
    IdColumn,
    /// Where relative image paths begin.
    ImageBase,
    /// What becomes of a CSV some of whose rows are mistakes.
    OnRowError,
}

impl OptionName {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::WebhookUrl,
        Self::Quality,
        Self::Format,
        Self::Copyright,
        Self::MaxWidth,
        Self::MaxHeight,
        Self::Fresh,
        Self::ImageColumns,
        Self::NameColumn,
        Self::IdColumn,
        Self::ImageBase,
        Self::OnRowError,
    ];

    /// The form's field.
    #[must_use]
    pub fn field(self) -> &'static str {
        match self {
            Self::WebhookUrl => "webhookUrl",
            Self::Quality => "quality",
            Self::Format => "format",
            Self::Copyright => "copyright",
            Self::MaxWidth => "maxWidth",
            Self::MaxHeight => "maxHeight",
            Self::Fresh => "fresh",
            Self::ImageColumns => "imageColumns",
            Self::NameColumn => "nameColumn",
            Self::IdColumn => "idColumn",
            Self::ImageBase => "imageBase",
            Self::OnRowError => "onRowError",
        }
    }

    /// The name in an object's metadata, without `x-amz-meta-`: S3 keeps lower case only.
    #[must_use]
    pub fn metadata(self) -> &'static str {
        match self {
            Self::WebhookUrl => "webhook-url",
            Self::MaxWidth => "max-width",
            Self::MaxHeight => "max-height",
            Self::ImageColumns => "image-columns",
            Self::NameColumn => "name-column",
            Self::IdColumn => "id-column",
            Self::ImageBase => "image-base",
            Self::OnRowError => "on-row-error",
            Self::Quality | Self::Format | Self::Copyright | Self::Fresh => self.field(),
        }
    }

    /// The option of this form field.
    #[must_use]
    pub fn of_field(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|option| option.field() == name)
    }

    /// The option of this metadata name.
    #[must_use]
    pub fn of_metadata(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|option| option.metadata() == name)
    }
}

/// Why what was chosen cannot be had. Tells the caller what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OptionError {
    /// A webhook that cannot be called.
    #[error("webhooks cannot be sent to \"{given}\": {fault}")]
    WebhookUrl {
        /// What was given, shortened.
        given: String,
        /// The rule it breaks.
        fault: UrlFault,
    },
    /// No quality.
    #[error("\"{given}\" is no quality: give a whole number from 1 to 100")]
    Quality {
        /// What was given, shortened.
        given: String,
    },
    /// No format.
    #[error("\"{given}\" is no format: give {}", words(OutputFormat::ALL.map(OutputFormat::as_str)))]
    Format {
        /// What was given, shortened.
        given: String,
    },
    /// Neither way to treat a copyright notice.
    #[error("\"{given}\" is no choice for copyright: give keep or remove")]
    Copyright {
        /// What was given, shortened.
        given: String,
    },
    /// No number of pixels.
    #[error("\"{given}\" is no {side}: give {}", Side::ALLOWED)]
    MaxSide {
        /// The bound: "largest width".
        side: &'static str,
        /// Its code.
        code: &'static str,
        /// What was given, shortened.
        given: String,
    },
    /// Neither yes nor no.
    #[error("\"{given}\" is no choice for fresh: give true or false")]
    Fresh {
        /// What was given, shortened.
        given: String,
    },
    /// An address that no image can be below.
    #[error("images cannot be below \"{given}\": {fault}")]
    ImageBase {
        /// What was given, shortened.
        given: String,
        /// The rule it breaks.
        fault: UrlFault,
    },
    /// Neither way to treat rows that are mistakes.
    #[error("\"{given}\" is no choice for rows that cannot be used: give refuse or skip")]
    OnRowError {
        /// What was given, shortened.
        given: String,
    },
}

impl OptionError {
    /// The stable code clients see.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::WebhookUrl { .. } => "invalid_webhook_url",
            Self::Quality { .. } => "invalid_quality",
            Self::Format { .. } => "invalid_format",
            Self::Copyright { .. } => "invalid_copyright",
            Self::MaxSide { code, .. } => code,
            Self::Fresh { .. } => "invalid_fresh",
            Self::ImageBase { .. } => "invalid_image_base",
            Self::OnRowError { .. } => "invalid_on_row_error",
        }
    }
}

/// What a sender chose; whatever was left out is the service's to decide.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Wishes {
    /// Whom to tell of the end.
    pub webhook_url: Option<String>,
    /// Quality of the outputs.
    pub quality: Option<Quality>,
    /// Format of the outputs.
    pub format: Option<OutputFormat>,
    /// What becomes of copyright notices.
    pub copyright: Option<Copyright>,
    /// The most pixels across.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_width: Option<Side>,
    /// The most pixels down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_height: Option<Side>,
    /// All of it is to be made anew, whatever was made before.
    pub fresh: bool,
    /// How the CSV is to be read.
    pub hints: Hints,
}

impl Wishes {
    /// Takes in one choice. A blank value is none: forms send empty fields.
    ///
    /// # Errors
    /// When the value is none that can be had.
    pub fn set(&mut self, option: OptionName, value: &str) -> Result<(), OptionError> {
        let value = value.trim();
        if value.is_empty() {
            return Ok(());
        }
        let given = shown(value);
        match option {
            OptionName::WebhookUrl => {
                url::check(value).map_err(|fault| OptionError::WebhookUrl { given, fault })?;
                self.webhook_url = Some(value.to_owned());
            }
            OptionName::Quality => {
                let quality = value.parse().map_err(|_| OptionError::Quality { given })?;
                self.quality = Some(quality);
            }
            OptionName::Format => {
                let format = value.parse().map_err(|_| OptionError::Format { given })?;
                self.format = Some(format);
            }
            OptionName::Copyright => {
                let copyright = value
                    .parse()
                    .map_err(|_| OptionError::Copyright { given })?;
                self.copyright = Some(copyright);
            }
            OptionName::MaxWidth => {
                let (side, code) = ("largest width", "invalid_max_width");
                let none = |_| OptionError::MaxSide { side, code, given };
                self.max_width = Some(value.parse().map_err(none)?);
            }
            OptionName::MaxHeight => {
                let (side, code) = ("largest height", "invalid_max_height");
                let none = |_| OptionError::MaxSide { side, code, given };
                self.max_height = Some(value.parse().map_err(none)?);
            }
            OptionName::Fresh => {
                self.fresh = value.parse().map_err(|_| OptionError::Fresh { given })?;
            }
            OptionName::ImageColumns => {
                let columns = value.split(',').map(str::trim).map(str::to_owned);
                self.hints.mapping.image_columns =
                    columns.filter(|column| !column.is_empty()).collect();
            }
            OptionName::NameColumn => self.hints.mapping.name_column = Some(value.to_owned()),
            OptionName::IdColumn => self.hints.mapping.id_column = Some(value.to_owned()),
            OptionName::ImageBase => {
                url::check(value).map_err(|fault| OptionError::ImageBase { given, fault })?;
                self.hints.image_base = Some(value.to_owned());
            }
            OptionName::OnRowError => {
                self.hints.on_row_error = match value {
                    "refuse" => OnRowError::Refuse,
                    "skip" => OnRowError::Skip,
                    _ => return Err(OptionError::OnRowError { given }),
                };
            }
        }
        Ok(())
    }

    /// The outputs' options: what was chosen, else the `defaults`.
    #[must_use]
    pub fn over(&self, defaults: OutputOptions) -> OutputOptions {
        OutputOptions {
            quality: self.quality.unwrap_or(defaults.quality),
            format: self.format.unwrap_or(defaults.format),
            copyright: self.copyright.unwrap_or(defaults.copyright),
            max_width: self.max_width.or(defaults.max_width),
            max_height: self.max_height.or(defaults.max_height),
        }
    }
}

/// A value as a refusal quotes it: enough to find it.
fn shown(value: &str) -> String {
    value.chars().take(200).collect()
}

/// `a, b and c`.
fn words<const N: usize>(words: [&str; N]) -> String {
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => words.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_chosen_goes_over_the_defaults() {
        let mut wishes = Wishes::default();
        for (option, value) in [
            (OptionName::Quality, " 70 "),
            (OptionName::Format, "webp"),
            (OptionName::Copyright, ""),
            (OptionName::MaxWidth, "1600"),
            (OptionName::WebhookUrl, "https://shop.example/hook"),
        ] {
            wishes.set(option, value).unwrap();
        }
        let options = wishes.over(OutputOptions::default());
        assert_eq!(options.quality.get(), 70);
        assert_eq!(options.format, OutputFormat::WebP);
        assert_eq!(options.copyright, Copyright::Remove);
        let sides = (options.max_width.map(Side::get), options.max_height);
        assert_eq!(sides, (Some(1600), None));
        let url = wishes.webhook_url.as_deref();
        assert_eq!(url, Some("https://shop.example/hook"));
    }

    #[test]
    fn refusals_say_what_is_wrong_with_what_and_how_to_put_it_right() {
        let refusal = |option, value| {
            let error = Wishes::default().set(option, value).unwrap_err();
            (error.code(), error.to_string())
        };
        assert_eq!(
            refusal(OptionName::Quality, "101"),
            (
                "invalid_quality",
                "\"101\" is no quality: give a whole number from 1 to 100".to_owned()
            )
        );
        assert_eq!(
            refusal(OptionName::Format, "gif"),
            (
                "invalid_format",
                "\"gif\" is no format: give original, jpeg, webp, avif or png".to_owned()
            )
        );
        assert_eq!(
            refusal(OptionName::Copyright, "yes"),
            (
                "invalid_copyright",
                "\"yes\" is no choice for copyright: give keep or remove".to_owned()
            )
        );
        assert_eq!(
            refusal(OptionName::MaxWidth, "0"),
            (
                "invalid_max_width",
                "\"0\" is no largest width: give a whole number of pixels from 1 to 65535"
                    .to_owned()
            )
        );
        assert_eq!(
            refusal(OptionName::MaxHeight, "1600px"),
            (
                "invalid_max_height",
                "\"1600px\" is no largest height: give a whole number of pixels from 1 to 65535"
                    .to_owned()
            )
        );
        assert_eq!(
            refusal(OptionName::Fresh, "yes"),
            (
                "invalid_fresh",
                "\"yes\" is no choice for fresh: give true or false".to_owned()
            )
        );
        assert_eq!(
            refusal(OptionName::OnRowError, "ignore"),
            (
                "invalid_on_row_error",
                "\"ignore\" is no choice for rows that cannot be used: give refuse or skip"
                    .to_owned()
            )
        );
        assert_eq!(
            refusal(OptionName::WebhookUrl, "ftp://a"),
            (
                "invalid_webhook_url",
                "webhooks cannot be sent to \"ftp://a\": it begins with ftp://; only http:// and \
                 https:// addresses can be used"
                    .to_owned()
            )
        );
    }

    #[test]
    fn every_option_has_its_name_in_both_places() {
        for option in OptionName::ALL {
            assert_eq!(OptionName::of_field(option.field()), Some(option));
            assert_eq!(OptionName::of_metadata(option.metadata()), Some(option));
            let metadata = option.metadata();
            assert_eq!(metadata, metadata.to_lowercase());
        }
        assert_eq!(OptionName::of_field("qualty"), None);
    }
}
