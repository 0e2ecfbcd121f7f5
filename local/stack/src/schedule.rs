//! Which faults of a seed come: all of them or some, and which are the fewest that still do harm.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::RangeInclusive;

/// What faults have in common, as it is said on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// Functions are killed.
    Kill,
    /// Functions are deployed anew.
    Redeploy,
    /// S3 is out.
    S3,
    /// SQS is out.
    Sqs,
    /// Lambda is out.
    Lambda,
    /// MongoDB stands, is slow or gone.
    Mongodb,
    /// Messages come twice.
    Repeat,
    /// Messages come late.
    Delay,
    /// Messages get lost.
    Lose,
    /// A sweep comes early.
    Sweep,
}

impl Family {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Kill,
        Self::Redeploy,
        Self::S3,
        Self::Sqs,
        Self::Lambda,
        Self::Mongodb,
        Self::Repeat,
        Self::Delay,
        Self::Lose,
        Self::Sweep,
    ];

    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Kill => "kill",
            Self::Redeploy => "redeploy",
            Self::S3 => "s3",
            Self::Sqs => "sqs",
            Self::Lambda => "lambda",
            Self::Mongodb => "mongodb",
            Self::Repeat => "repeat",
            Self::Delay => "delay",
            Self::Lose => "lose",
            Self::Sweep => "sweep",
        }
    }

    /// That of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|family| family.word() == word)
    }
}

/// The faults of a seed that come, by family and by their number in its order, from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Of these families alone.
    pub only: BTreeSet<Family>,
    /// The first and the last.
    pub numbers: RangeInclusive<u64>,
}

impl Default for Schedule {
    fn default() -> Self {
        Self {
            only: Family::ALL.into(),
            numbers: 1..=u64::MAX,
        }
    }
}

/// As arguments of `cargo local chaos`.
impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, last) = (self.numbers.start(), self.numbers.end());
        write!(f, "--only {} --from {first} --to {last}", self.words())
    }
}

impl Schedule {
    /// The words of its families, with commas.
    #[must_use]
    pub fn words(&self) -> String {
        let words: Vec<_> = self.only.iter().map(|family| family.word()).collect();
        words.join(",")
    }

    /// Whether this fault comes.
    #[must_use]
    pub fn has(&self, family: Family, number: u64) -> bool {
        self.only.contains(&family) && self.numbers.contains(&number)
    }

    /// With half of the families, and with all but one.
    fn of_fewer_families(&self) -> Vec<Self> {
        let families: Vec<Family> = self.only.iter().copied().collect();
        let of = |only: &[Family]| Self {
            only: only.iter().copied().collect(),
            numbers: self.numbers.clone(),
        };
        let mut parts = Vec::new();
        if families.len() > 1 {
            let (one, other) = families.split_at(families.len() / 2);
            parts.extend([of(one), of(other)]);
        }
        if families.len() > 2 {
            let without = |family: &Family| {
                let mut part = self.clone();
                part.only.remove(family);
                part
            };
            parts.extend(families.iter().map(without));
        }
        parts
    }

    /// For half of the time, and for three quarters.
    fn for_less_time(&self) -> Vec<Self> {
        let of = |numbers| Self {
            only: self.only.clone(),
            numbers,
        };
        self.spans().into_iter().map(of).collect()
    }

    fn spans(&self) -> Vec<RangeInclusive<u64>> {
        let (first, last) = (*self.numbers.start(), *self.numbers.end());
        let count = last.saturating_sub(first).saturating_add(1);
        let (half, quarter) = (first + count / 2, count / 4);
        let mut spans = Vec::new();
        if count > 1 {
            spans.extend([first..=half - 1, half..=last]);
        }
        if quarter > 0 {
            spans.extend([first + quarter..=last, first..=last - quarter]);
        }
        spans
    }
}

/// The smallest part of a schedule that does harm which can be found, by families first and then by time: `fails`
/// tries one, and has no answer when it may try no more. What comes when is not the same each time, so a part that did
/// no harm once may do it another time.
///
/// # Errors
/// When one cannot be tried.
pub fn shrunk<E>(
    known: Schedule,
    mut fails: impl FnMut(&Schedule) -> Result<Option<bool>, E>,
) -> Result<Schedule, E> {
    let few = smallest(known, Schedule::of_fewer_families, &mut fails)?;
    smallest(few, Schedule::for_less_time, &mut fails)
}

/// Goes on with the first part that does harm, until none does.
fn smallest<E>(
    mut known: Schedule,
    parts: impl Fn(&Schedule) -> Vec<Schedule>,
    fails: &mut impl FnMut(&Schedule) -> Result<Option<bool>, E>,
) -> Result<Schedule, E> {
    'smaller: loop {
        for part in parts(&known) {
            match fails(&part)? {
                Some(true) => {
                    known = part;
                    continue 'smaller;
                }
                Some(false) => {}
                None => return Ok(known),
            }
        }
        return Ok(known);
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    const FAULTS: u64 = 412;

    fn whole() -> Schedule {
        Schedule {
            numbers: 1..=FAULTS,
            ..Schedule::default()
        }
    }

    /// Shrinks what does harm when all of these faults come; what is left, and after how many tries.
    fn found(harm: &[(Family, u64)], tries: usize) -> (Schedule, usize) {
        let mut tried = 0;
        let found = shrunk(whole(), |part| {
            if tried == tries {
                return Ok::<_, Infallible>(None);
            }
            tried += 1;
            Ok(Some(harm.iter().all(|(kind, at)| part.has(*kind, *at))))
        });
        (found.unwrap(), tried)
    }

    #[test]
    fn one_fault_is_found_among_hundreds() {
        let (found, tried) = found(&[(Family::Mongodb, 37)], 1_000);
        let expected = Schedule {
            only: [Family::Mongodb].into(),
            numbers: 37..=37,
        };
        assert_eq!(found, expected);
        assert!(tried < 25, "{tried}");
        assert_eq!(found.to_string(), "--only mongodb --from 37 --to 37");
    }

    #[test]
    fn faults_that_do_harm_together_stay_together() {
        let harm = [(Family::Kill, 100), (Family::Sweep, 110)];
        let (found, tried) = found(&harm, 1_000);
        assert_eq!(found.only, [Family::Kill, Family::Sweep].into());
        assert!(harm.iter().all(|(kind, at)| found.has(*kind, *at)));
        let (first, last) = found.numbers.into_inner();
        assert!(last - first < 20, "{first} to {last}");
        assert!(tried < 60, "{tried}");
    }

    #[test]
    fn it_ends_with_what_is_known_when_time_is_up_or_nothing_smaller_fails() {
        assert_eq!(found(&[(Family::Kill, 1)], 0).0, whole());
        let (smaller, tried) = found(&[(Family::Kill, 1)], 1);
        assert_eq!((smaller.only.len(), tried), (5, 1));
        let all = Family::ALL.map(|family| [(family, 1), (family, FAULTS)]);
        assert_eq!(found(all.as_flattened(), 1_000).0, whole());
    }

    #[test]
    fn words_are_families_and_back() {
        for family in Family::ALL {
            assert_eq!(Family::of(family.word()), Some(family));
        }
        assert_eq!(Family::of("weather"), None);
    }
}
