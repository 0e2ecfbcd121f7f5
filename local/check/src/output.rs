//! An output, as a browser would show it: found by the status, fetched and decoded.

use image::ImageFormat;
use serde_json::Value;

use halftone_local::console::Step;
use halftone_local::failure::Failure;

use super::client::Client;

/// An image that succeeded; fails, with their errors, if one did not.
pub fn find(client: &Client, request: &str, step: &mut Step) -> Result<Value, Failure> {
    let answer = client.get(&format!("/api/v1/images/status/{request}?limit=100"))?;
    let status = answer.json();
    let Some(images) = status["data"]["images"].as_array() else {
        return Err(answer.unexpected("status"));
    };
    for image in images.iter().filter(|image| !image["error"].is_null()) {
        step.say(&format!(
            "{}: {}",
            image["inputUrl"], image["error"]["message"]
        ));
    }
    let mut succeeded = images.iter().filter(|image| image["outputUrl"].is_string());
    let image = succeeded.next().cloned();
    step.note(format!(
        "{} of {}",
        succeeded.count() + usize::from(image.is_some()),
        images.len()
    ));
    image.ok_or_else(|| {
        Failure::new("there is no output")
            .advise("the errors above say why: image URLs must be public")
    })
}

/// Fetches it as a browser does, and says what it is.
pub fn fetch(client: &Client, image: &Value, step: &mut Step) -> Result<(), Failure> {
    let answer = client.fetch(image["outputUrl"].as_str().unwrap_or_default())?;
    if answer.status != 200 {
        return Err(answer.unexpected("the output"));
    }
    step.note(described(&answer.body, image["bytesOut"].as_u64())?);
    Ok(())
}

/// Asks for its head, as importers do before they fetch.
pub fn head(client: &Client, image: &Value) -> Result<(), Failure> {
    let answer = client.head(image["outputUrl"].as_str().unwrap_or_default())?;
    if answer.status == 200 && answer.media_type.starts_with("image/") {
        return Ok(());
    }
    let what = format!(
        "expected 200 and an image's media type, not {}: HEAD",
        answer.media_type
    );
    Err(answer.unexpected(&what))
}

/// What a picture is: its format and size. Fails if it cannot be decoded, or is not what the status says.
fn described(bytes: &[u8], expected_bytes: Option<u64>) -> Result<String, Failure> {
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
