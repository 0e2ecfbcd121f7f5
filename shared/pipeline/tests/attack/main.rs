//! Nobody in: whatever URL a stranger names, nothing but a public address is ever connected to.
//!
//! Run in a network of its own in which every address there is, of both families, is this machine's, and a listener
//! takes whatever comes: a connection that should not be made is made, and seen. The kernel's count of connections
//! that were begun shows those too at whose port nobody listens.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod addresses;
mod attacker;
mod corpus;
mod names;
mod namespace;
mod paths;

use std::collections::BTreeMap;
use std::net::IpAddr;

use halftone_pipeline::services::fetch::Ports;

use attacker::Attacker;
use corpus::{PUBLIC, corpus};
use paths::Paths;

/// What a URL that leads inside may be refused with.
const REFUSALS: [&str; 4] = [
    "invalid_url",
    "blocked_address",
    "blocked_port",
    "dns_failed",
];

#[test]
fn no_url_leads_inside() {
    namespace::within("no_url_leads_inside", || {
        let attacker = Attacker::start();
        let paths = Paths::new(&[], Ports::default());
        let (mut told, mut wrong) = (BTreeMap::<_, usize>::new(), Vec::new());
        for (index, case) in corpus().iter().enumerate() {
            for (path, code) in paths.all(index, &case.url) {
                *told.entry((path, code)).or_default() += 1;
                if case.refused && !REFUSALS.contains(&code) {
                    wrong.push(format!("{path}: {:?} ended as {code}", case.url));
                }
            }
        }
        let (reached, begun) = attacker.seen();
        println!(
            "{} URLs, {told:#?}, {begun} connections, to {reached:?}",
            corpus().len()
        );
        assert_eq!(wrong, Vec::<String>::new());
        let public = reached.get(&IpAddr::from(PUBLIC)).copied().unwrap_or(0);
        assert_eq!(reached.keys().collect::<Vec<_>>(), [&IpAddr::from(PUBLIC)]);
        // Every one that was begun arrived there: none went where nobody listens.
        assert_eq!(begun, public);
        assert!(
            public >= corpus().len(),
            "redirects were not asked for: {public}"
        );
    });
}

/// The test above can fail: with the addresses allowed, the same URLs lead inside.
#[test]
fn allowed_everything_the_same_urls_lead_inside() {
    namespace::within("allowed_everything_the_same_urls_lead_inside", || {
        let attacker = Attacker::start();
        let paths = Paths::new(&["0.0.0.0/0", "::/0"], "1-65535".parse().unwrap());
        for (index, case) in corpus().iter().enumerate() {
            paths.all(index, &case.url);
        }
        let (reached, begun) = attacker.seen();
        println!("{begun} connections, to {} addresses", reached.len());
        for inside in [
            "127.0.0.1",
            "10.0.0.1",
            "169.254.169.254",
            "::1",
            "fd00:ec2::254",
            "64:ff9b::7f00:1",
        ] {
            assert!(
                reached.contains_key(&inside.parse().unwrap()),
                "{inside} was not reached"
            );
        }
        assert!(reached.len() > 150, "{reached:?}");
        assert!(begun > 1_500, "{begun}");
    });
}

#[test]
fn the_corpus_is_large() {
    let corpus = corpus();
    assert!(corpus.len() >= 1_000, "{}", corpus.len());
    assert!(corpus.iter().filter(|case| case.refused).count() >= 800);
}
