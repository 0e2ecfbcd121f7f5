//! Headers of the operator's: to the origin they were given for, and to nobody else.

use super::*;

/// A fetcher that has a header for this origin.
fn with_secret(origin: &Origin) -> Fetcher {
    let json = format!(
        r#"{{"{}": {{"Authorization": "secret", "User-Agent": "known"}}}}"#,
        origin.url("")
    );
    Fetcher::new(FetchConfig {
        headers: json.parse().unwrap(),
        ..config()
    })
    .unwrap()
}

/// What was asked with, for the authorization of each request.
fn authorizations(origin: &Origin) -> Vec<Option<String>> {
    let requests = origin.all_requests();
    let secret = |request: &halftone_origin::Request| request.headers.get("authorization").cloned();
    requests.iter().map(secret).collect()
}

#[tokio::test]
async fn the_origin_alone_sees_its_headers() {
    let (shop, other) = (Origin::start().unwrap(), Origin::start().unwrap());
    let fetcher = with_secret(&shop);
    let away = other.serve("/a.jpg", "other");
    let location = away.clone();
    shop.on("/away.jpg", move |_| Answer::redirect(location.clone()));
    shop.on("/here.jpg", |_| Answer::redirect("/a.jpg"));
    shop.serve("/a.jpg", "shop");
    assert_eq!(fetcher.get(&away).await.unwrap(), "other");
    assert_eq!(fetcher.get(&shop.url("/here.jpg")).await.unwrap(), "shop");
    assert_eq!(fetcher.get(&shop.url("/away.jpg")).await.unwrap(), "other");
    // By another name it is another host.
    let named = shop.url("/a.jpg").replace("127.0.0.1", "localhost");
    assert_eq!(fetcher.get(&named).await.unwrap(), "shop");
    let seen = Some("secret".to_owned());
    assert_eq!(
        authorizations(&shop),
        [seen.clone(), seen.clone(), seen, None]
    );
    assert_eq!(authorizations(&other), [None, None]);
    assert_eq!(shop.all_requests()[0].headers["user-agent"], "known");
    assert_eq!(
        other.all_requests()[0].headers["user-agent"],
        config().user_agent
    );
}

#[tokio::test]
async fn webhooks_never_carry_them() {
    let shop = Origin::start().unwrap();
    let url = shop.serve("/hook", "");
    let fetcher = with_secret(&shop);
    let posted = fetcher.post(&url, HeaderMap::new(), Bytes::new()).await;
    assert_eq!(posted.unwrap().status, 200);
    assert_eq!(authorizations(&shop), [None]);
}

#[tokio::test]
async fn errors_and_debug_output_do_not_show_them() {
    let shop = Origin::start().unwrap();
    let fetcher = with_secret(&shop);
    let error = fetcher.get(&shop.url("/none.jpg")).await.unwrap_err();
    for told in [
        format!("{fetcher:?}"),
        format!("{error:?}"),
        error.to_string(),
    ] {
        assert!(!told.contains("secret"), "{told}");
    }
}
