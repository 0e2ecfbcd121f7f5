//! What the demo shows in the end.

use std::path::Path;

use serde_json::Value;

use crate::sizes::{bytes, saved_percent};
use halftone_local::stack::Stack;

/// Prints each image, the totals, the folder and the webhook.
pub fn print(status: &Value, images: &[Value], directory: &Path, webhook: Option<&Value>) {
    println!(
        "\n  {:<26} {:<24} {:>9}    {:>9}  {:>6}",
        "Product", "Image", "before", "after", "saved"
    );
    let (mut before, mut after) = (0, 0);
    for image in images {
        println!("  {}", row(image));
        if let (Some(bytes_in), Some(bytes_out)) =
            (image["bytesIn"].as_u64(), image["bytesOut"].as_u64())
        {
            before += bytes_in;
            after += bytes_out;
        }
    }
    println!("  {}", numbers("Together", "", before, after));
    println!(
        "\n  Status   {}",
        status["status"].as_str().unwrap_or_default()
    );
    println!("  Outputs  {}", directory.display());
    match webhook {
        Some(webhook) => println!("  Webhook  {webhook}"),
        None => println!("  Webhook  none came; `cargo local logs finalize` tells why"),
    }
}

fn row(image: &Value) -> String {
    let text = |key: &str| image[key].as_str().unwrap_or_default();
    let name = text("inputUrl").rsplit('/').next().unwrap_or_default();
    match (image["bytesIn"].as_u64(), image["bytesOut"].as_u64()) {
        (Some(before), Some(after)) => numbers(text("productName"), name, before, after),
        _ => format!("{:<26} {name:<24} {}", text("productName"), image["error"]),
    }
}

fn numbers(product: &str, name: &str, before: u64, after: u64) -> String {
    let product: String = product.chars().take(26).collect();
    let name: String = name.chars().take(24).collect();
    let saved = saved_percent(before, after);
    format!(
        "{product:<26} {name:<24} {:>9} →  {:>9}  {saved:>4} %",
        bytes(before),
        bytes(after)
    )
}

/// Prints commands that can be copied and run as they are.
pub fn curl(stack: &Stack, request: &str, images: &[Value], sample: &Path) {
    let (api, key) = (stack.text("apiUrl"), stack.text("apiKey"));
    let output = images
        .iter()
        .find_map(|image| image["outputUrl"].as_str())
        .unwrap_or_default();
    println!("\nLook at it in a browser: {api}/ with the API key {key}");
    println!("\nTry it:\n");
    println!(
        "  curl -H 'x-api-key: {key}' -F 'file=@{}' {api}/api/v1/images/upload",
        sample.display()
    );
    println!("  curl -H 'x-api-key: {key}' {api}/api/v1/images/status/{request}");
    println!("  curl -L -H 'x-api-key: {key}' {api}/api/v1/images/results/{request}");
    println!("  curl -L -o output.jpg {output}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_failed_image_shows_its_error() {
        let image = json!({"productName": "Pier", "inputUrl": "http://x/y/pier.jpg", "error": {"code": "timeout"}});
        assert!(row(&image).contains("pier.jpg") && row(&image).contains("timeout"));
        let image =
            json!({"productName": "Pier", "inputUrl": "pier.jpg", "bytesIn": 200, "bytesOut": 50});
        assert!(
            row(&image).ends_with("200 B →       50 B    75 %"),
            "{}",
            row(&image)
        );
    }
}
