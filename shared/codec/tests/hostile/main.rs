//! Bodies that mean harm: each ends as a picture within its bounds or as an error with a code, soon, and in no more
//! memory than was reserved for it.
//!
//! All of them run in a process of their own whose data may not grow beyond a hard limit: what would take more is
//! killed, and with it the test. The same cases each time; `HALFTONE_ATTACK_SEED` makes other damage.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that cannot go on has failed, and figures are told"
)]

mod animations;
mod bombs;
mod containers;
mod damage;
mod limited;
mod metadata;
mod polyglots;
mod sizes;
mod sources;
mod trial;

use sources::Source;
use trial::Trial;

/// What the process may have for its data, in kB: the largest picture of [`trial::LIMITS`] in the format that takes
/// most, and the largest file beside it.
const DATA_KB: u64 = 250_000;

#[test]
fn hostile_bodies_end_as_pictures_or_errors_in_bounded_memory() {
    limited::within(
        "hostile_bodies_end_as_pictures_or_errors_in_bounded_memory",
        DATA_KB,
        || {
            let sources = Source::all();
            let mut trial = Trial::default();
            sizes::run(&mut trial, &sources);
            bombs::run(&mut trial);
            animations::run(&mut trial);
            containers::run(&mut trial);
            metadata::run(&mut trial, &sources);
            polyglots::run(&mut trial, &sources);
            damage::run(&mut trial, &sources);
            trial.end();
        },
    );
}

/// The test above can fail: what takes more than the limit does not come through.
#[test]
fn more_than_the_limit_is_not_to_be_had() {
    limited::within("more_than_the_limit_is_not_to_be_had", 50_000, || {
        let mut much = Vec::<u8>::new();
        // Kept from the optimizer, which leaves out what nobody uses.
        let much = std::hint::black_box(&mut much);
        assert!(much.try_reserve_exact(100_000_000).is_err());
    });
}
