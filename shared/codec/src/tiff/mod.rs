//! TIFF ([TIFF 6.0](https://www.itu.int/itudoc/itu-t/com16/tiff-fx/docs/tiff6.pdf), and
//! [BigTIFF](https://www.awaresystems.be/imaging/tiff/bigtiff.html)): the first page of a file as pixels.
//!
//! Of its own, since what people have is more than one library reads: palettes, gray with alpha, fax, JPEG and WebP
//! inside, bits in either order, planes apart. What holds measurements (floating point, signed or more than 16 bits)
//! is no picture and is refused by its name, as is what needs a press.
//!
//! | file | what is in it |
//! |---|---|
//! | `directory` | numbers by their tags |
//! | `photometric`, `chunks`, `layout` | what the numbers say of the picture, checked |
//! | `compression`, `fax` | from a strip or tile as stored to its bytes |
//! | `samples` | from its bytes to samples of 8 bits |
//! | `picture` | all strips or tiles as one picture |
//! | `colour` | from samples to colours |

mod chunks;
mod colour;
mod compression;
mod directory;
mod error;
mod fax;
mod layout;
mod photometric;
mod picture;
mod samples;
mod tag;

pub use directory::Directory;
pub use error::TiffError;
pub use layout::Layout;
pub use picture::decode;
