//! The site as a library: it starts on a free port, keeps to its options and its flaw, and stops when it is dropped.

#![cfg(test)]

use std::time::Duration;

use admit_testbed::{Flaw, Options, start};
use reqwest::StatusCode;

async fn status_of_me(url: &str, token: &str) -> StatusCode {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    client.get(format!("{url}/api/me")).bearer_auth(token).send().await.unwrap().status()
}

#[tokio::test]
async fn a_token_for_another_audience_gets_401() {
    let site = start(None, Options::default()).await.unwrap();
    let ours = site.foreign_token("alice", "testbed").unwrap();
    let theirs = site.foreign_token("alice", "elsewhere").unwrap();
    assert_eq!(status_of_me(&site.url, &ours).await, StatusCode::OK);
    assert_eq!(status_of_me(&site.url, &theirs).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_token_for_another_audience_gets_200_where_that_is_the_flaw() {
    let site = start(Some(Flaw::JwtAudience), Options::default()).await.unwrap();
    let theirs = site.foreign_token("alice", "elsewhere").unwrap();
    assert_eq!(status_of_me(&site.url, &theirs).await, StatusCode::OK);
}

#[tokio::test]
async fn a_dropped_site_answers_nobody() {
    let site = start(None, Options::default()).await.unwrap();
    let url = site.url.clone();
    reqwest::get(&url).await.unwrap();
    drop(site);
    tokio::time::timeout(Duration::from_secs(5), async {
        while reqwest::get(&url).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await
    .unwrap();
}

#[test]
fn every_flaw_is_found_by_its_name() {
    for flaw in Flaw::ALL {
        assert_eq!(flaw.name().parse(), Ok(*flaw));
    }
    assert!("no-such-flaw".parse::<Flaw>().is_err());
}
