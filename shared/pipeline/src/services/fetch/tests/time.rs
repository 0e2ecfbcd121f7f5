//! Time limits: silence ends, slowness ends, and redirects get no time of their own.

use super::*;

fn impatient(config: FetchConfig) -> Fetcher {
    Fetcher::new(FetchConfig {
        connect_timeout: Duration::from_millis(100),
        ..config
    })
    .unwrap()
}

/// What the fetcher gave up waiting for, from a server that always answers so.
async fn timeout_of(fetcher: &Fetcher, answer: Answer) -> Wait {
    let origin = Origin::start().unwrap();
    let url = origin.on("/", move |_| answer.clone());
    let error = fetcher.get(&url).await.unwrap_err();
    assert_eq!(
        (error.code().as_str(), error.is_transient()),
        ("timeout", true),
        "{error:?}"
    );
    let FetchError::Timeout { wait, .. } = error else {
        panic!("{error:?}")
    };
    wait
}

/// One byte each 50 ms: never silent for long, never done.
fn drip(text: &str) -> Vec<Step> {
    let pause = Duration::from_millis(50);
    text.bytes()
        .flat_map(|byte| [Step::Send(vec![byte]), Step::Pause(pause)])
        .collect()
}

#[tokio::test]
async fn silence_and_slowness_end() {
    let idle = impatient(FetchConfig {
        idle_timeout: Duration::from_millis(100),
        ..config()
    });
    let silent = Answer::silence();
    assert_eq!(timeout_of(&idle, silent).await, Wait::Data);
    let slow_head = Answer::steps(drip("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n"));
    assert_eq!(timeout_of(&idle, slow_head).await, Wait::Data);
    let head = "HTTP/1.1 200 OK\r\n\r\n";
    let stops = then(&format!("{head}abc"), Step::Silence);
    assert_eq!(timeout_of(&idle, stops).await, Wait::Data);
    let total = impatient(FetchConfig {
        total_timeout: Duration::from_millis(300),
        ..config()
    });
    let mut slow_body = vec![Step::Send(head.into())];
    slow_body.extend(drip("a body that drips"));
    let slow_body = Answer::steps(slow_body);
    assert_eq!(timeout_of(&total, slow_body).await, Wait::Whole);
}

#[tokio::test]
async fn a_receiver_is_waited_for_by_a_parameter_of_its_own() {
    let idle = impatient(FetchConfig {
        idle_timeout: Duration::from_millis(100),
        ..config()
    });
    let origin = Origin::start().unwrap();
    let url = origin.on("/", |_| Answer::silence());
    let posted = idle.post(&url, HeaderMap::new(), Bytes::new()).await;
    let told = posted.unwrap_err().to_string();
    assert_eq!(told, "no answer within 0.2 s (WebhookTimeoutSeconds)");
}

#[tokio::test]
async fn redirects_share_one_time_limit() {
    let total = impatient(FetchConfig {
        total_timeout: Duration::from_millis(300),
        ..config()
    });
    let slow_redirect = Answer::redirect("/").after(Duration::from_millis(120));
    assert_eq!(timeout_of(&total, slow_redirect).await, Wait::Whole);
}
