//! Pictures: the formats that come in and go out, and what is known of a file.

use std::fmt;

/// A picture format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// JPEG, ITU-T T.81.
    Jpeg,
    /// PNG, animated or not, ISO/IEC 15948.
    Png,
    /// WebP, RFC 9649.
    WebP,
    /// GIF 87a and 89a.
    Gif,
    /// AVIF, still.
    Avif,
    /// Windows bitmap; comes in, not out.
    Bmp,
    /// TIFF 6.0; comes in, not out.
    Tiff,
}

impl Format {
    /// The media type, for `Content-Type`.
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
            Self::Gif => "image/gif",
            Self::Avif => "image/avif",
            Self::Bmp => "image/bmp",
            Self::Tiff => "image/tiff",
        }
    }

    /// The usual extension of a file's name, without the dot.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::WebP => "webp",
            Self::Gif => "gif",
            Self::Avif => "avif",
            Self::Bmp => "bmp",
            Self::Tiff => "tiff",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Jpeg => "jpeg",
            Self::Png => "png",
            Self::WebP => "webp",
            Self::Gif => "gif",
            Self::Avif => "avif",
            Self::Bmp => "bmp",
            Self::Tiff => "tiff",
        })
    }
}

/// What a picture's header declares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inspected {
    /// The format, by content.
    pub format: Format,
    /// The width as stored, in pixels: EXIF may ask for the picture to be turned.
    pub width: u32,
    /// The height as stored, in pixels.
    pub height: u32,
    /// It is stored on its side: rows of the upright picture are columns here.
    pub is_transposed: bool,
    /// Its samples are inks (CMYK): such a JPEG is converted pixel by pixel, which takes more memory.
    pub is_cmyk: bool,
}

impl Inspected {
    /// Width and height of the upright picture, in pixels.
    #[must_use]
    pub fn upright_size(&self) -> (u32, u32) {
        match self.is_transposed {
            true => (self.height, self.width),
            false => (self.width, self.height),
        }
    }
}

/// What is known of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Picture {
    /// The format.
    pub format: Format,
    /// The width as stored, in pixels.
    pub width: u32,
    /// The height as stored, in pixels.
    pub height: u32,
    /// The size of the file.
    pub bytes: u64,
}

/// Something of a source, beside metadata, that its output has not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Omission {
    /// The gain map of an HDR picture ([Ultra HDR](https://developer.android.com/media/platform/hdr-image-format), ISO
    /// 21496-1): what is left is what screens without HDR show.
    GainMap,
    /// The pages of a TIFF behind the first.
    Pages,
}

impl fmt::Display for Omission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::GainMap => "its HDR gain map is left out",
            Self::Pages => "its pages behind the first are left out",
        })
    }
}

/// A compressed picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recompressed {
    /// The file.
    pub bytes: Vec<u8>,
    /// What came in.
    pub input: Picture,
    /// What `bytes` is.
    pub output: Picture,
    /// These are the source's own pixels, without its metadata but for a copyright notice that was asked for: encoding
    /// made nothing smaller, or a JPEG was compressed as much before.
    pub kept: bool,
    /// What of the source is not in it.
    pub omitted: Vec<Omission>,
}

/// What a codec makes of a picture.
pub(crate) struct Output {
    pub format: Format,
    pub width: u32,
    pub height: u32,
    pub bytes: Vec<u8>,
    /// See [`Recompressed::kept`].
    pub kept: bool,
}
