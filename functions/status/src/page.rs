//! Pages of images: which ones, how many, and after which one.

use halftone_pipeline::api::problem::Problem;
use halftone_pipeline::codes::ProblemCode;
use halftone_pipeline::request::ImageStatus;
use halftone_pipeline::services::store::{Image, Request, Store, StoreError};
use lambda_http::http::StatusCode;

use crate::query;

/// Images in one answer unless the caller says otherwise.
const DEFAULT_LIMIT: i64 = 100;
/// Most images in one answer; keeps it far below Lambda's 6 MB.
const MAX_LIMIT: i64 = 1_000;
/// Most images that are looked at for one answer.
const MAX_LOOKED_AT: usize = 4_000;
/// Images that are looked at in one go where most of them may not be shown.
const LOOKED_AT_ONCE: usize = 500;

/// What the caller asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    pub limit: usize,
    /// Number of the first image.
    from: u64,
    /// Also of a request that is pending: those that have ended.
    pub partial: bool,
    status: Option<ImageStatus>,
    row: Option<u64>,
}

impl Default for Page {
    fn default() -> Self {
        Self {
            limit: 100,
            from: 0,
            partial: false,
            status: None,
            row: None,
        }
    }
}

/// The images of a page, and the number of the first that is to be looked at for the next.
#[derive(Debug, Default)]
pub struct Found {
    pub images: Vec<Image>,
    pub next: Option<u64>,
}

impl Page {
    /// Reads the parameters, each by its name.
    pub fn parse<'a>(parameter: impl Fn(&str) -> Option<&'a str>) -> Result<Self, Problem> {
        let from = query::of_cursor(parameter("cursor"), |text| text.parse().ok())?;
        let limit = query::limit(parameter("limit"), DEFAULT_LIMIT, MAX_LIMIT)?;
        Ok(Self {
            limit: usize::try_from(limit).unwrap_or(usize::MAX),
            from: from.unwrap_or(0),
            partial: query::flag("partial", ProblemCode::InvalidPartial, parameter("partial"))?,
            status: parameter("imageStatus").map(status).transpose()?,
            row: parameter("row").map(row).transpose()?,
        })
    }

    /// The images of this page. A bounded number is looked at, so that it may hold fewer than its limit
    /// while there are more.
    ///
    /// # Errors
    /// When MongoDB is away or refuses.
    pub async fn find(&self, store: &Store, request: &Request) -> Result<Found, StoreError> {
        let mut from = self.from;
        if let Some(row) = self.row {
            let images = store.images();
            let first = images.first_of_row(request.id, row, request.intake.images);
            from = from.max(first.await?);
        }
        let mut found = Found::default();
        let mut looked_at = 0;
        loop {
            let (images, whole) = self.look(store, request, from).await?;
            looked_at += images.len();
            for image in images {
                from = image.place.ordinal + 1;
                if self.row.is_some_and(|row| image.row > row) {
                    return Ok(found);
                }
                if self.shows(&image, request) {
                    if found.images.len() == self.limit {
                        found.next = Some(image.place.ordinal);
                        return Ok(found);
                    }
                    found.images.push(image);
                }
            }
            if whole {
                return Ok(found);
            }
            if looked_at >= MAX_LOOKED_AT {
                found.next = Some(from);
                return Ok(found);
            }
        }
    }

    /// The next images to look at, and whether they are the last. Those that failed or are pending are
    /// from an index.
    async fn look(
        &self,
        store: &Store,
        request: &Request,
        from: u64,
    ) -> Result<(Vec<Image>, bool), StoreError> {
        let (store, id) = (store.images(), request.id);
        let most = self.limit + 1;
        let limit = i64::try_from(most).unwrap_or(i64::MAX);
        let (images, asked) = match self.status {
            Some(ImageStatus::Failed) => (store.failed(id, from, limit).await?, most),
            Some(ImageStatus::Pending) => (store.pending(id, from, limit).await?, most),
            None if request.ended_at.is_some() => {
                (store.page(request, from, most as u64).await?, most)
            }
            // They may be few among many.
            _ => {
                let asked = most.max(LOOKED_AT_ONCE);
                (store.page(request, from, asked as u64).await?, asked)
            }
        };
        let whole = images.len() < asked;
        Ok((images, whole))
    }

    fn shows(&self, image: &Image, request: &Request) -> bool {
        let ended = request.ended_at.is_some() || image.status != ImageStatus::Pending;
        match self.status {
            Some(status) => image.status == status,
            None => ended,
        }
    }
}

fn status(word: &str) -> Result<ImageStatus, Problem> {
    ImageStatus::of_word(word).ok_or_else(|| {
        let words = ImageStatus::ALL.map(|status| status.to_string());
        let detail = format!("imageStatus must be one of {}.", words.join(", "));
        Problem::new(
            StatusCode::BAD_REQUEST,
            ProblemCode::InvalidImageStatus,
            detail,
        )
    })
}

fn row(text: &str) -> Result<u64, Problem> {
    text.parse().map_err(|_| {
        let detail = "row must be a line of the CSV, such as 2 for the first below the header.";
        Problem::new(StatusCode::BAD_REQUEST, ProblemCode::InvalidRow, detail)
    })
}

/// The page that begins with image number `from`.
pub fn cursor(from: u64) -> String {
    query::cursor(&from.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(parameters: &[(&str, &str)]) -> Result<Page, Problem> {
        Page::parse(|name| {
            let found = parameters.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| *value)
        })
    }

    #[test]
    fn every_parameter_is_read() {
        let plain = page(&[]).unwrap();
        let expected = Page {
            limit: 100,
            from: 0,
            partial: false,
            status: None,
            row: None,
        };
        assert_eq!(plain, expected);
        let cursor = cursor(12);
        let all = page(&[
            ("limit", "7"),
            ("cursor", &cursor),
            ("partial", "true"),
            ("imageStatus", "Failed"),
            ("row", "3"),
        ]);
        let expected = Page {
            limit: 7,
            from: 12,
            partial: true,
            status: Some(ImageStatus::Failed),
            row: Some(3),
        };
        assert_eq!(all, Ok(expected));
    }

    #[test]
    fn nonsense_is_refused_with_its_code() {
        for (name, value, code) in [
            ("limit", "1001", "invalid_limit"),
            ("cursor", "x", "invalid_cursor"),
            ("partial", "yes", "invalid_partial"),
            ("imageStatus", "failed", "invalid_image_status"),
            ("row", "-1", "invalid_row"),
        ] {
            assert_eq!(page(&[(name, value)]).unwrap_err().code, code);
        }
    }
}
