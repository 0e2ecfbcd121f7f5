//! An output, as a browser would show it.

use image::ImageFormat;

use halftone_local::failure::Failure;

/// What a picture is: its format and size. Fails if it cannot be decoded, or is not what the status says.
pub fn described(bytes: &[u8], expected_bytes: Option<u64>) -> Result<String, Failure> {
    if expected_bytes.is_some_and(|expected| expected != bytes.len() as u64) {
        let expected = expected_bytes.unwrap_or_default();
        let what = format!("it has {} bytes, and {expected} by its status", bytes.len());
        return Err(Failure::new(what));
    }
    let format = image::guess_format(bytes).map_err(Failure::because("it is no picture"))?;
    // Of the formats that there are, AVIF alone has no decoder here.
    if format == ImageFormat::Avif {
        return Ok("an AVIF, which is not decoded here".to_owned());
    }
    let decoded = image::load_from_memory_with_format(bytes, format);
    let decoded = decoded.map_err(Failure::because("it does not decode"))?;
    let (width, height) = (decoded.width(), decoded.height());
    let name = format!("{format:?}").to_uppercase();
    Ok(format!("{name}, {width} × {height}, {} bytes", bytes.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png() -> Vec<u8> {
        let mut bytes = std::io::Cursor::new(Vec::new());
        let picture = image::RgbImage::new(3, 2);
        picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn a_picture_is_decoded_and_weighed() {
        let png = png();
        let length = png.len() as u64;
        let described = described(&png, Some(length)).unwrap();
        assert_eq!(described, format!("PNG, 3 × 2, {length} bytes"));
        assert!(super::described(&png, Some(length + 1)).is_err());
        assert!(super::described(&png[..png.len() / 2], None).is_err());
        assert!(super::described(b"<html>", None).is_err());
    }
}
