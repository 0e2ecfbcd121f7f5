//! The ways on which a stranger's URL becomes a connection.

use std::time::Duration;

use bytes::Bytes;
use halftone_pipeline::jobs::accept;
use halftone_pipeline::manifest::{Hints, Look, ManifestLimits, validate};
use halftone_pipeline::request::{OptionName, Wishes};
use halftone_pipeline::services::fetch::{FetchConfig, FetchError, Fetcher, OriginHeaders, Ports};
use http::HeaderMap;

use crate::REFUSALS;
use crate::attacker::redirect;

const LIMITS: ManifestLimits = ManifestLimits {
    max_rows: 10,
    max_urls_per_row: 10,
    max_images: 10,
    max_cell_bytes: 1_000,
};

/// A fetcher with these networks and ports allowed, and all that leads to it.
pub struct Paths {
    runtime: tokio::runtime::Runtime,
    fetcher: Fetcher,
}

impl Paths {
    pub fn new(networks: &[&str], allowed_ports: Ports) -> Self {
        let config = FetchConfig {
            connect_timeout: Duration::from_secs(1),
            idle_timeout: Duration::from_secs(1),
            total_timeout: Duration::from_secs(3),
            max_bytes: 1_000,
            max_redirects: 5,
            allowed_networks: networks
                .iter()
                .map(|network| network.parse().unwrap())
                .collect(),
            allowed_ports,
            user_agent: "Halftone/test".to_owned(),
            headers: OriginHeaders::default(),
            has_end: |_| false,
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        Self {
            runtime: runtime.unwrap(),
            fetcher: Fetcher::new(config).unwrap(),
        }
    }

    /// What came of a URL on each way: `reached` or an error's code.
    pub fn all(&self, index: usize, url: &str) -> Vec<(&'static str, &'static str)> {
        self.runtime.block_on(async {
            vec![
                ("image", self.image(url).await),
                ("redirect", self.image(&redirect(index)).await),
                ("webhook", self.webhook(url).await),
                ("cell", self.of_csv(url, None).await),
                ("imageBase", self.of_csv("a.jpg", Some(url)).await),
            ]
        })
    }

    async fn image(&self, url: &str) -> &'static str {
        let opened = self.fetcher.open(url, None).await;
        match opened {
            Ok(Some(opened)) => told(self.fetcher.read(opened).await.err()),
            Ok(None) => unreachable!("nothing was asked for on condition"),
            Err(error) => told(Some(error)),
        }
    }

    async fn webhook(&self, url: &str) -> &'static str {
        let mut wishes = Wishes::default();
        if wishes.set(OptionName::WebhookUrl, url).is_err() {
            return "invalid_url";
        }
        let url = wishes.webhook_url.unwrap();
        let posted = self
            .fetcher
            .post(&url, HeaderMap::new(), Bytes::new())
            .await;
        told(posted.err())
    }

    /// A CSV with this in a cell, and all the images that it is understood to have.
    async fn of_csv(&self, cell: &str, base: Option<&str>) -> &'static str {
        let Some(urls) = images(cell, base) else {
            return "invalid_url";
        };
        let mut worst = "invalid_url";
        for url in urls {
            worst = self.image(&url).await;
            if !REFUSALS.contains(&worst) {
                break;
            }
        }
        worst
    }
}

/// The URLs of a CSV's only row; `None` where it is refused.
fn images(cell: &str, base: Option<&str>) -> Option<Vec<String>> {
    let mut wishes = Wishes::default();
    if let Some(base) = base {
        wishes.set(OptionName::ImageBase, base).ok()?;
    }
    let cell = cell.replace('"', "\"\"");
    let csv = format!("S. No.,Product Name,Input Image Urls\n1,A,\"{cell}\"\n");
    let look = Look::at(csv.as_bytes()).ok()?;
    let hints: &Hints = &wishes.hints;
    let (reading, titles) = accept::reading(&look, hints).ok()?;
    let understood = validate(csv.as_bytes(), &reading, &titles, LIMITS).ok()?;
    Some(
        understood
            .first_images
            .into_iter()
            .map(|image| image.input_url)
            .collect(),
    )
}

fn told(error: Option<FetchError>) -> &'static str {
    error.map_or("reached", |error| error.code())
}
