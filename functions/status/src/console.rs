//! The console: one page at `/`, whole in one answer, so that a look at it is one call.
//!
//! Its sources are ES modules in `console/`. They are put together here line by line, without comments,
//! imports and exports, in an order in which each comes behind what it imports.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lambda_http::Response;
use lambda_http::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use sha2::{Digest, Sha256};

const PAGE: &str = include_str!("../console/page.html");
const STYLE: &str = include_str!("../console/page.css");

macro_rules! modules {
    ($($name:literal)*) => {
        &[$(($name, include_str!(concat!("../console/", $name)))),*]
    };
}

/// The modules, each behind those that it imports.
const MODULES: &[(&str, &str)] = modules! {
    "dom.js" "words.js" "api.js" "dots.js" "advice.js" "key.js" "mistakes.js" "webhooks.js" "options.js"
    "understood.js" "dropzone.js" "large.js" "trial.js" "create.js" "images.js" "rows.js" "compare.js" "gallery.js" "failures.js"
    "band.js" "progress.js" "result.js" "request.js" "requests.js" "app.js"
};

static CONSOLE: LazyLock<Console> = LazyLock::new(Console::put_together);

/// The page as it is sent.
struct Console {
    html: String,
    etag: String,
    /// The hashes that let its own script and style run, and nothing else.
    script: String,
    style: String,
}

impl Console {
    fn put_together() -> Self {
        let script: String = MODULES.iter().map(|(_, source)| inner(source)).collect();
        let style = lean(STYLE);
        let html = PAGE
            .replace("{{style}}", &style)
            .replace("{{script}}", &script);
        Self {
            etag: format!("\"{}\"", digest(&html)),
            html,
            script: digest(&script),
            style: digest(&style),
        }
    }

    /// What the page may do (CSP 3): run itself, call the API that it came from, and show pictures of any
    /// host over https. On this machine the sources and outputs of a local stack are http.
    fn policy(&self, local: bool, uploads: &str) -> String {
        let Self { script, style, .. } = self;
        let pictures = if local { " http:" } else { "" };
        format!(
            "default-src 'none'; script-src 'sha256-{script}'; style-src 'sha256-{style}'; \
             img-src 'self' https: data:{pictures}; connect-src 'self' {uploads}; base-uri 'none'; \
             form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
        )
    }
}

/// The page, or that the caller has it already. `uploads` is the origin that large files are put to.
pub fn answer(headers: &HeaderMap, uploads: &str) -> Response<String> {
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok())
    };
    let console = &*CONSOLE;
    let known = text(header::IF_NONE_MATCH).is_some_and(|tags| tags.contains(&console.etag));
    let mut response = if known {
        let mut response = Response::new(String::new());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response
    } else {
        Response::new(console.html.clone())
    };
    let policy = console.policy(text(header::HOST).is_some_and(is_this_machine), uploads);
    let fixed: [(HeaderName, &str); 7] = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, &policy),
        (header::ETAG, &console.etag),
        // Asked for again each time, and then only whether it is another.
        (header::CACHE_CONTROL, "no-cache"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
    ];
    for (name, value) in fixed {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// A module without its imports and with its exports as plain names.
fn inner(source: &str) -> String {
    let lean = lean(source);
    let lines = lean.lines().filter(|line| !line.starts_with("import "));
    lines
        .map(|line| line.strip_prefix("export ").unwrap_or(line).to_owned() + "\n")
        .collect()
}

/// A source without indentation and lines that are comments. No text in them goes over a line's end.
fn lean(source: &str) -> String {
    let lines = source.lines().map(str::trim_start);
    let code = lines.filter(|line| {
        let comment = ["//", "/*", "* ", "*/"].iter();
        !line.is_empty() && !comment.into_iter().any(|mark| line.starts_with(mark))
    });
    code.map(|line| line.to_owned() + "\n").collect()
}

fn digest(text: &str) -> String {
    STANDARD.encode(Sha256::digest(text))
}

fn is_this_machine(host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    matches!(name, "localhost" | "127.0.0.1" | "[::1]")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the page may weigh before it is compressed.
    const MOST_BYTES: usize = 100_000;

    fn sent(host: &'static str) -> Response<String> {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static(host));
        answer(&headers, "https://uploads.example")
    }

    fn policy(host: &'static str) -> String {
        let answer = sent(host);
        let policy = &answer.headers()[header::CONTENT_SECURITY_POLICY];
        policy.to_str().unwrap().to_owned()
    }

    #[test]
    fn the_page_is_small_and_asks_for_nothing_else() {
        let html = &CONSOLE.html;
        assert!(html.len() <= MOST_BYTES, "{} bytes", html.len());
        assert!(!html.contains("{{") && !html.contains("\nimport "));
        assert_eq!(html.matches("</script>").count(), 1);
        assert_eq!(html.matches("</style>").count(), 1);
        for other in ["src=\"", "@import", "url(", "innerHTML", "eval("] {
            assert!(!html.contains(other), "{other}");
        }
    }

    #[test]
    fn each_module_comes_behind_what_it_imports() {
        for (at, (name, source)) in MODULES.iter().enumerate() {
            for line in source.lines().filter(|line| line.starts_with("import ")) {
                let (names, from) = line.split_once("} from \"./").unwrap();
                let from = from.trim_end_matches("\";");
                let behind = MODULES[..at].iter().find(|(other, _)| *other == from);
                let (_, exporter) = behind.unwrap_or_else(|| panic!("{name}: {from}"));
                for imported in names.trim_start_matches("import {").split(',') {
                    let imported = imported.trim();
                    let exported = |line: &str| {
                        let words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
                        line.starts_with("export ") && words.take(4).any(|word| word == imported)
                    };
                    assert!(exporter.lines().any(exported), "{name}: {imported}");
                }
            }
        }
    }

    #[test]
    fn only_what_the_browser_needs_is_left_of_a_source() {
        let source = "// Says.\nimport { a } from \"./b.js\";\n\n/**\n * Does\n */\nexport function f() {\n  \
                      // Why.\n  return 1 * 2;\n}\n";
        assert_eq!(inner(source), "function f() {\nreturn 1 * 2;\n}\n");
        for (name, source) in MODULES {
            for line in source.lines() {
                assert_eq!(line.matches('`').count() % 2, 0, "{name}: {line}");
            }
        }
    }

    #[test]
    fn no_name_is_declared_by_two_modules() {
        let mut names = std::collections::HashSet::new();
        let lines = MODULES.iter().flat_map(|(_, source)| source.lines());
        for line in lines {
            let line = line.strip_prefix("export ").unwrap_or(line);
            let line = line.strip_prefix("async ").unwrap_or(line);
            for kind in ["function* ", "function ", "class ", "const ", "let "] {
                if let Some(rest) = line.strip_prefix(kind) {
                    let name = rest
                        .split(|c: char| !c.is_alphanumeric() && c != '_')
                        .next();
                    assert!(names.insert(name), "{name:?}");
                    break;
                }
            }
        }
        assert!(names.len() > 100, "{}", names.len());
    }

    #[test]
    fn pictures_come_over_http_on_this_machine_only() {
        assert!(policy("127.0.0.1:4566").contains("img-src 'self' https: data: http:;"));
        assert!(policy("localhost").contains(" http:;"));
        for host in [
            "a1b2.execute-api.eu-west-1.amazonaws.com",
            "localhost.example",
        ] {
            assert!(policy(host).contains("img-src 'self' https: data:;"));
        }
    }

    #[test]
    fn large_files_are_put_to_the_uploads_bucket_and_nowhere_else() {
        let allowed = "connect-src 'self' https://uploads.example; ";
        assert!(policy("localhost").contains(allowed));
    }

    #[test]
    fn whoever_has_it_is_not_sent_it_again() {
        let first = sent("localhost");
        let mut headers = HeaderMap::new();
        headers.insert(header::IF_NONE_MATCH, first.headers()[header::ETAG].clone());
        let again = answer(&headers, "https://uploads.example");
        assert_eq!(
            (again.status(), again.body().as_str()),
            (StatusCode::NOT_MODIFIED, "")
        );
        assert!(
            again
                .headers()
                .contains_key(header::CONTENT_SECURITY_POLICY)
        );
    }
}
