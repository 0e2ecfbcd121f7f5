//! An owner's requests, listed.

use std::collections::BTreeSet;

use halftone_pipeline::request::{RequestId, RequestStatus, Timestamp};
use halftone_pipeline::services::store::{Listed, Newest, Request};

use crate::world::World;

async fn all(world: &World, asked: Newest, page: i64) -> Vec<Request> {
    let owner = world.owner().await;
    let (mut asked, mut found) = (asked, Vec::new());
    loop {
        let requests = world.store.requests().newest(&owner, asked, page).await;
        let requests = requests.unwrap();
        let Some(last) = requests.last() else {
            return found;
        };
        asked.behind = Some(Listed {
            created_at: last.created_at,
            id: last.id,
        });
        found.extend(requests);
    }
}

fn ids(requests: &[Request]) -> Vec<RequestId> {
    requests.iter().map(|request| request.id).collect()
}

/// So many requests, two of each moment; the oldest first.
async fn requests(world: &World, count: usize) -> Vec<Request> {
    let first = world
        .accepted(&["http://192.0.2.1/0.jpg".to_owned()], None)
        .await;
    let first = world.request(first).await;
    let mut requests = vec![first.clone()];
    for n in 1..count {
        let request = Request {
            id: RequestId::random(),
            created_at: first.created_at.plus_seconds(i64::try_from(n / 2).unwrap()),
            ..first.clone()
        };
        assert!(world.store.requests().insert(&request).await.unwrap());
        requests.push(request);
    }
    requests
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn pages_hold_every_request_once_the_newest_first() {
    let world = World::new().await;
    let requests = requests(&world, 9).await;
    for page in [1, 2, 4, 20] {
        let found = all(&world, Newest::default(), page).await;
        let moments: Vec<_> = found.iter().map(|found| found.created_at).collect();
        assert!(moments.is_sorted_by(|a, b| a >= b), "{moments:?}");
        assert_eq!(found.len(), 9);
        let found: BTreeSet<_> = ids(&found).into_iter().collect();
        assert_eq!(found, ids(&requests).into_iter().collect());
    }
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_list_is_of_one_owner_one_status_and_one_time() {
    let world = World::new().await;
    let requests = requests(&world, 6).await;
    let other = halftone_pipeline::request::OwnerId::random();
    let store = world.store.requests();
    let none = store.newest(&other, Newest::default(), 10).await;
    assert_eq!(none.unwrap().len(), 0);
    let of = |status, since: Option<Timestamp>| Newest {
        status,
        since,
        behind: None,
    };
    let failed = of(Some(RequestStatus::Failed), None);
    assert_eq!(ids(&all(&world, failed, 10).await), []);
    let since = of(Some(RequestStatus::Pending), Some(requests[4].created_at));
    for page in [1, 10] {
        let found = ids(&all(&world, since, page).await);
        let expected: BTreeSet<_> = [requests[4].id, requests[5].id].into();
        assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected);
    }
}
