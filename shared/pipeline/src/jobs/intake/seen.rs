//! Which URLs of a CSV were seen, in little memory: 20 bytes for each of them and a quarter of room, from
//! the start on. A map of the standard library takes twice that, and thrice while it grows.

use crate::manifest::digest;
use crate::services::store::IntakeState;

/// Marks a place that is free. Images have lower numbers: `MaxImagesPerRequest` is below ten million.
const FREE: u32 = u32::MAX;

/// The number of the first image of each URL.
pub(super) struct Seen {
    /// Beside what tells its URL from others; a place follows on another that was taken.
    firsts: Vec<([u8; 16], u32)>,
}

impl Seen {
    /// Room for the different URLs of a CSV; `None` where none comes twice.
    pub(super) fn of(intake: &IntakeState) -> Option<Self> {
        let different = intake.images.saturating_sub(intake.duplicates);
        (intake.duplicates > 0).then(|| Self::with_room(different))
    }

    fn with_room(different: u64) -> Self {
        // Never full: a look at what is not there ends at a free place.
        let places = different.saturating_add(different / 4 + 1);
        let places = usize::try_from(places).unwrap_or(usize::MAX);
        Self {
            firsts: vec![([0; 16], FREE); places],
        }
    }

    /// The number of the first image with this URL: `ordinal` if there was none before.
    pub(super) fn first(&mut self, url: &str, ordinal: u64) -> u64 {
        let digest = digest(url);
        let mut place = self.place(&digest);
        // As many steps as there are places: a CSV that has changed may have more URLs than it had.
        for _ in 0..self.firsts.len() {
            let (known, first) = &mut self.firsts[place];
            if *first == FREE {
                let Ok(ordinal) = u32::try_from(ordinal) else {
                    break;
                };
                (*known, *first) = (digest, ordinal);
                break;
            }
            if *known == digest {
                return u64::from(*first);
            }
            place = (place + 1) % self.firsts.len();
        }
        ordinal
    }

    /// Where a digest is looked for first: its bytes are as good as random.
    fn place(&self, digest: &[u8; 16]) -> usize {
        let (start, _) = digest.split_first_chunk::<8>().expect("it has sixteen");
        let places = self.firsts.len() as u64;
        usize::try_from(u64::from_le_bytes(*start) % places).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_each_url_is_known_however_full_it_is() {
        let mut seen = Seen::with_room(1_000);
        for round in 0..3 {
            for n in 0..1_000 {
                let first = seen.first(&format!("https://a/{n}.jpg"), round * 1_000 + n);
                assert_eq!(first, n);
            }
        }
    }

    #[test]
    fn more_urls_than_there_is_room_for_are_no_copies() {
        let mut seen = Seen::with_room(4);
        for n in 0..100 {
            assert_eq!(seen.first(&format!("https://a/{n}.jpg"), n), n);
        }
        assert_eq!(seen.first("https://a/0.jpg", 100), 0);
    }

    #[test]
    fn there_is_no_need_of_it_where_no_url_comes_twice() {
        let none = IntakeState {
            complete: false,
            rows: 9,
            images: 9,
            duplicates: 0,
            checkpoint: 0,
            next_ordinal: 0,
            bookmark: None,
            lease_until: crate::request::Timestamp::now(),
        };
        assert!(Seen::of(&none).is_none());
        let some = IntakeState {
            duplicates: 1,
            ..none
        };
        assert!(Seen::of(&some).is_some());
    }
}
