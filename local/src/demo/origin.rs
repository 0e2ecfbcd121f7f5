//! Where the sample photos are fetched from: a small HTTP server for one folder.

use std::fs::File;
use std::path::{Path, PathBuf};

use tiny_http::{Request, Response, Server};

use crate::failure::Failure;
use crate::port;

/// The port that `events/sample.csv` names.
const USUAL_PORT: u16 = 9000;

/// Serves `photos/` of a folder for as long as this process lives; gives the origin.
pub fn serve(folder: &Path) -> Result<String, Failure> {
    let address = format!("127.0.0.1:{}", port::free(USUAL_PORT)?);
    let server = Server::http(&address)
        .map_err(|error| Failure::new(format!("cannot serve the photos: {error}")))?;
    let photos = folder.join("photos");
    std::thread::spawn(move || {
        for request in server.incoming_requests() {
            answer(request, &photos);
        }
    });
    Ok(format!("http://{address}"))
}

fn answer(request: Request, photos: &Path) {
    let file = path(request.url(), photos).and_then(|path| File::open(path).ok());
    // A client that went away needs no answer.
    let _ = match file {
        Some(file) => request.respond(Response::from_file(file)),
        None => request.respond(Response::empty(404)),
    };
}

/// The file of a URL's path: plain names in the folder only.
fn path(url: &str, photos: &Path) -> Option<PathBuf> {
    let name = url.strip_prefix("/photos/")?;
    let plain = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
    let allowed = !name.starts_with('.') && !name.is_empty() && name.chars().all(plain);
    allowed.then(|| photos.join(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_are_served() {
        let photos = Path::new("p");
        assert_eq!(
            path("/photos/a-1.jpg", photos),
            Some(PathBuf::from("p/a-1.jpg"))
        );
        for url in [
            "/photos/../x",
            "/photos/%2e%2e/x",
            "/photos/",
            "/photos/.x",
            "/a.jpg",
        ] {
            assert_eq!(path(url, photos), None, "{url}");
        }
    }
}
