//! Sources that have been compressed before: how much of what they have left may still go.
//!
//! Levels of a source lie on the multiples of its steps, and most are 0 or ±1. Where the steps asked for are hardly
//! coarser, plain rounding (libjpeg's, and so sharp's) keeps nearly all of them, while a trellis finds that many are not
//! worth their bits: it would save little and lose much. So the less a source has to lose, the less is taken from it. The
//! numbers were found on photographs of quality 30 to 100, recompressed once and twice (`cargo local bench generations`).
//! What tables cannot tell, [`loss`](super::loss) finds.

use super::quality::Target;
use crate::jpeg::syntax::steps::Steps;

/// How many AC coefficients are looked at, from the lowest frequency: those above are mostly zero.
const LOOKED_AT: usize = 15;

/// Below this, a source is as coarse as what is asked for: tables that should be the same are rounded differently.
const AS_COARSE: f32 = 1.03;

/// The least care there is, at steps that are twice as coarse as the source's.
const CARE_AT_TWICE: f32 = 0.85;

/// How many times as coarse as a source's steps those are that libjpeg has for the quality asked for.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Coarsening(f32);

impl Coarsening {
    /// Of a component of the class 0 (luma) or 1 (chroma).
    pub fn new(source: &Steps, target: &Target, class: usize) -> Self {
        let libjpeg = &target.libjpeg[class];
        let ratio = |k: usize| f32::from(libjpeg[k]) / f32::from(source[k]);
        let sum: f32 = (1..=LOOKED_AT).map(ratio).sum();
        Self(sum / LOOKED_AT as f32)
    }

    /// Whether the source is as coarse as what is asked for.
    pub fn is_none(self) -> bool {
        self.0 <= AS_COARSE
    }

    /// The output's steps: at least this share of the target's, and never finer than the source's. It must not fall as
    /// the ratio grows: an output, which is no finer than its source, would get coarser steps the next time.
    pub fn steps(self, source: &Steps, target: &Steps) -> Steps {
        let share = match self.is_none() {
            true => 0.0,
            false => (0.8 + 0.6 * (self.0 - 1.1)).clamp(0.0, 1.0),
        };
        let step = |k: usize| source[k].max((f32::from(target[k]) * share).round() as u16);
        std::array::from_fn(step)
    }

    /// By how much more errors weigh than in a source that was never compressed: the more, the less coarser the steps
    /// are. Where they are twice as coarse, plain rounding loses most, since a level of 1 lies half way between two of
    /// the output's: there they may even weigh less.
    pub fn care(self) -> f32 {
        let from_twice = self.0 - 2.0;
        if from_twice < 0.0 {
            (CARE_AT_TWICE - 3.2 * from_twice).min(8.0)
        } else {
            (CARE_AT_TWICE + 0.35 * from_twice).min(1.0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Quality;

    fn target(quality: u8) -> Target {
        Target::new(Quality::try_from(quality).unwrap())
    }

    #[test]
    fn libjpeg_s_own_tables_are_as_coarse_from_their_quality_down() {
        for asked in [10, 30, 50, 75, 85, 90, 96, 100] {
            let target = target(asked);
            for (class, quality) in [0, 1]
                .into_iter()
                .flat_map(|c| (1..=100).map(move |q| (c, q)))
            {
                let source = self::target(quality).libjpeg[class];
                let coarsening = Coarsening::new(&source, &target, class);
                // Steps of 1 and 2 are those of several qualities.
                let same = source == target.libjpeg[class];
                assert_eq!(
                    coarsening.is_none(),
                    quality <= asked || same || coarsening.0 < 1.03,
                    "{quality} for {asked}"
                );
                assert!(
                    quality > asked || coarsening.is_none(),
                    "{quality} for {asked}"
                );
            }
        }
    }

    #[test]
    fn steps_that_were_chosen_stay() {
        for asked in [1, 20, 50, 85, 95, 100] {
            let target = target(asked);
            for quality in 1..=100 {
                let source = self::target(quality);
                for source in [source.libjpeg[0], source.luma, source.libjpeg[1]] {
                    let once = Coarsening::new(&source, &target, 0).steps(&source, &target.luma);
                    let twice = Coarsening::new(&once, &target, 0).steps(&once, &target.luma);
                    assert_eq!(once, twice, "{quality} at {asked}");
                    assert!(
                        once.iter()
                            .zip(&source)
                            .all(|(once, source)| once >= source)
                    );
                }
            }
        }
    }

    #[test]
    fn the_less_there_is_to_lose_the_more_care_is_taken() {
        let care = |ratio| Coarsening(ratio).care();
        assert!([1.0, 1.25, 1.67, 2.0].map(care).is_sorted_by(|a, b| a >= b));
        assert!([2.0, 2.2, 2.5, 5.0].map(care).is_sorted());
        assert!(care(1.0) > 4.0 && care(5.0) == 1.0);
    }
}
