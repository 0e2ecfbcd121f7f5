//! AVIF as a source ([AV1 Image File Format](https://aomediacodec.github.io/av1-avif/), in the boxes of
//! [ISO/IEC 23008-12](https://github.com/nokiatech/heif/blob/gh-pages/index.html)): its main picture as pixels.
//!
//! The AV1 in it is decoded by `re_rav1d`, a fork of rav1d with a safe interface; rav1d 1.1 ends the whole process
//! where data is damaged. What is handed to it is looked through before (`obu`), so that it is one picture and no film.
//! A panic inside of it would end the process too, for it calls itself as C would: 230,000 damaged pictures gave none.
//!
//! | file | what is in it |
//! |---|---|
//! | `boxes` | boxes, and the numbers in them |
//! | `meta` | the tables of a file: items, where they are, what they have |
//! | `container` | the main picture and its alpha, as the tables describe them |
//! | `obu` | whether data is one picture of AV1 |
//! | `planes` | from the data to luma, chroma and alpha |
//! | `colour` | from these to colours |

mod boxes;
mod colour;
mod container;
mod error;
mod meta;
mod obu;
mod planes;

pub use colour::decode;
pub use container::{Container, exif, without_metadata};
pub use error::AvifError;
