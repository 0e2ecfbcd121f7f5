//! Kinds of pictures, the forms they come in, and the classes that both make.

use std::fmt::{self, Display, Formatter};

use serde_json::{Value, json};

use crate::codecs::Format;

/// What is to be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// As a camera sees it.
    Photograph,
    /// A photographed object without its background, in the middle of a square.
    CutOut,
    /// Drawn or rendered art.
    Render,
    /// A desktop or a window.
    Screenshot,
    /// Diagrams and a terminal.
    Text,
}

impl Kind {
    /// All of them, in the order of the tables.
    pub const ALL: [Self; 5] = [
        Self::Photograph,
        Self::CutOut,
        Self::Render,
        Self::Screenshot,
        Self::Text,
    ];

    /// What the list of pictures calls it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Photograph => "photograph",
            Self::CutOut => "cut-out",
            Self::Render => "render",
            Self::Screenshot => "screenshot",
            Self::Text => "text",
        }
    }

    /// The forms its pictures come in: cameras write every sort of JPEG, designers two.
    pub fn forms(self) -> Vec<Form> {
        let mut forms = match self {
            Self::Photograph => camera(),
            _ => vec![jpeg(92, "4:2:0", false), jpeg(100, "4:4:4", false)],
        };
        forms.extend([Form::Png, Form::WebP, Form::Gif]);
        forms
    }
}

/// How a picture is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// With libjpeg's tables for a quality.
    Jpeg {
        /// 1 to 100.
        quality: u8,
        /// As it is written: 4:2:0.
        sampling: &'static str,
        /// Not baseline.
        progressive: bool,
    },
    /// In true colour; with alpha, if it is a cut-out.
    Png,
    /// Lossless, if it is a screenshot or text, else at quality 90; with alpha, if it is a cut-out.
    WebP,
    /// With 256 colours.
    Gif,
}

fn jpeg(quality: u8, sampling: &'static str, progressive: bool) -> Form {
    Form::Jpeg {
        quality,
        sampling,
        progressive,
    }
}

fn camera() -> Vec<Form> {
    let mut forms = Vec::new();
    for progressive in [false, true] {
        for quality in [75, 85, 92, 100] {
            let of = |sampling| jpeg(quality, sampling, progressive);
            forms.extend(["4:2:0", "4:2:2", "4:4:4"].map(of));
        }
    }
    forms
}

impl Form {
    /// Its format's name.
    pub fn format(self) -> &'static str {
        match self {
            Self::Jpeg { .. } => "JPEG",
            Self::Png => "PNG",
            Self::WebP => "WebP",
            Self::Gif => "GIF",
        }
    }

    /// What Halftone makes of it, and sharp is asked for.
    pub fn becomes(self) -> Format {
        match self {
            Self::Jpeg { .. } => Format::Jpeg,
            Self::Png | Self::Gif => Format::Png,
            Self::WebP => Format::WebP,
        }
    }

    /// As the script that makes it is told.
    pub fn question(self) -> Value {
        let format = self.format().to_lowercase();
        match self {
            Self::Jpeg {
                quality,
                sampling,
                progressive,
            } => json!({
                "format": format,
                "quality": quality,
                "sampling": sampling,
                "progressive": progressive,
            }),
            _ => json!({ "format": format }),
        }
    }

    /// The name of a file without what tells the picture.
    pub fn file(self) -> String {
        self.to_string().to_lowercase().replace([' ', ':'], "")
    }
}

impl Display for Form {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Jpeg {
                quality,
                sampling,
                progressive,
            } => {
                let coding = if *progressive { " progressive" } else { "" };
                write!(out, "JPEG {quality} {sampling}{coding}")
            }
            other => out.write_str(other.format()),
        }
    }
}

/// Pictures of one kind in one form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Class {
    /// What is to be seen.
    pub kind: Kind,
    /// How it is kept.
    pub form: Form,
}

impl Class {
    /// Its place in the tables.
    pub fn place(self) -> (usize, usize) {
        let kind = Kind::ALL.into_iter().position(|kind| kind == self.kind);
        let form = self
            .kind
            .forms()
            .into_iter()
            .position(|form| form == self.form);
        (kind.unwrap_or_default(), form.unwrap_or_default())
    }

    /// All classes of pictures that become a format, as the shorter table calls them.
    pub fn group(self) -> String {
        format!("{}, {}", self.kind.word(), self.form.format())
    }
}

impl Display for Class {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        write!(out, "{}, {}", self.kind.word(), self.form)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_has_a_name_of_its_own() {
        for kind in Kind::ALL {
            let mut names: Vec<String> = kind.forms().into_iter().map(Form::file).collect();
            let count = names.len();
            names.sort();
            names.dedup();
            assert_eq!(names.len(), count);
            assert_eq!(count, if kind == Kind::Photograph { 27 } else { 5 });
        }
        let form = jpeg(92, "4:2:2", true);
        assert_eq!(form.file(), "jpeg92422progressive");
        let class = Class {
            kind: Kind::CutOut,
            form,
        };
        assert_eq!(class.to_string(), "cut-out, JPEG 92 4:2:2 progressive");
        assert_eq!(class.group(), "cut-out, JPEG");
    }
}
