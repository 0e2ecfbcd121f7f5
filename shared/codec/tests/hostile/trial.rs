//! One body after the other, and what each of them took.

use std::collections::BTreeMap;
use std::panic;
use std::time::Duration;

use halftone_codec::{
    Copyright, MaxSize, Options, OutputFormat, PixelLimits, Quality, inspect, recompress,
};

/// Of what is asked for. The largest picture takes 64 MB at the most.
pub const LIMITS: PixelLimits = PixelLimits {
    max_pixels: 1_000_000,
    max_dimension: 16_384,
};

/// The most processor time that one body may take, where nothing but the codec is optimised.
const SLOWEST: Duration = Duration::from_secs(10);

/// Longer than this is told.
const SLOW: Duration = Duration::from_secs(1);

/// What may be taken beside what was reserved: copies of the file without its metadata, and what the allocator keeps.
const COPIES_OF_FILE: u64 = 3;
const BESIDE: u64 = 12_000_000;

/// What has been seen so far.
#[derive(Default)]
pub struct Trial {
    families: BTreeMap<&'static str, Family>,
    faults: Vec<String>,
    /// Decides which output is asked for.
    cases: usize,
}

#[derive(Default)]
struct Family {
    cases: usize,
    pictures: usize,
    errors: BTreeMap<&'static str, usize>,
    slowest: (Duration, String),
    /// The largest resident set beside what was there before, in bytes.
    most: (u64, String),
}

impl Trial {
    /// One body; the outputs that are asked for take turns.
    pub fn run(&mut self, family: &'static str, name: &str, body: &[u8]) {
        const TURNS: [OutputFormat; 6] = [
            OutputFormat::Original,
            OutputFormat::WebP,
            OutputFormat::Original,
            OutputFormat::Jpeg,
            OutputFormat::Original,
            OutputFormat::Png,
        ];
        self.run_as(family, name, body, TURNS[self.cases % TURNS.len()]);
    }

    /// One body, kept in its format, and converted.
    pub fn run_twice(&mut self, family: &'static str, name: &str, body: &[u8]) {
        self.run_as(family, name, body, OutputFormat::Original);
        self.run_as(family, name, body, OutputFormat::WebP);
    }

    fn run_as(&mut self, family: &'static str, name: &str, body: &[u8], format: OutputFormat) {
        self.cases += 1;
        let options = Options {
            quality: Quality::default(),
            format,
            copyright: [Copyright::Keep, Copyright::Remove][self.cases % 2],
            max_size: MaxSize::default(),
            limits: LIMITS,
        };
        let reserved = panic::catch_unwind(|| inspect(body, &LIMITS).ok());
        let reserved =
            reserved.map(|seen| seen.map(|seen| seen.memory(format, MaxSize::default())));
        let before = Resident::begin();
        let start = cpu();
        let done = panic::catch_unwind(|| recompress(body, &options));
        let (took, more) = (cpu() - start, before.more());
        let seen = self.families.entry(family).or_default();
        let name = format!("{name} as {format:?}");
        seen.note(&name, took, more);
        if took > SLOW {
            println!("{family}: {name}: {took:?}");
        }
        let length = u64::try_from(body.len()).unwrap();
        let bound = reserved.as_ref().ok().copied().flatten().unwrap_or(0)
            + COPIES_OF_FILE * length
            + BESIDE;
        let mut fault = |what: String| self.faults.push(format!("{family}: {name}: {what}"));
        if took > SLOWEST {
            fault(format!("took {took:?}"));
        }
        if more > bound {
            fault(format!("took {more} bytes, {bound} are allowed"));
        }
        match done {
            _ if reserved.is_err() => fault("panicked at its header".to_owned()),
            Err(_) => fault("panicked".to_owned()),
            Ok(Err(error)) if error.code() == "internal" => fault(format!("{error:?}")),
            Ok(Err(error)) => *seen.errors.entry(error.code()).or_default() += 1,
            Ok(Ok(done)) => {
                seen.pictures += 1;
                let told = (done.output.format, done.output.width, done.output.height);
                match inspect(&done.bytes, &LIMITS) {
                    Ok(seen) if (seen.format, seen.width, seen.height) == told => {}
                    other => fault(format!("{told:?} came out as {other:?}")),
                }
            }
        }
    }

    /// Says what was seen, and fails where anything was wrong.
    pub fn end(self) {
        for (name, family) in &self.families {
            println!(
                "{name}: {} bodies, {} pictures, {:?}; slowest {:?} ({}), most memory {} kB ({})",
                family.cases,
                family.pictures,
                family.errors,
                family.slowest.0,
                family.slowest.1,
                family.most.0 / 1000,
                family.most.1
            );
        }
        println!("{} bodies", self.cases);
        assert!(self.faults.is_empty(), "{:#?}", self.faults);
        assert!(self.cases >= 4_000, "{} bodies", self.cases);
    }
}

impl Family {
    fn note(&mut self, name: &str, took: Duration, more: u64) {
        self.cases += 1;
        if took > self.slowest.0 {
            self.slowest = (took, name.to_owned());
        }
        if more > self.most.0 {
            self.most = (more, name.to_owned());
        }
    }
}

/// Processor time of this process until now: how busy the machine is does not matter.
fn cpu() -> Duration {
    use nix::time::{ClockId, clock_gettime};
    let time = clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID).unwrap();
    time.into()
}

/// The resident set from a moment on.
struct Resident(u64);

impl Resident {
    fn begin() -> Self {
        // Forgets the peak (proc_pid_clear_refs(5)).
        std::fs::write("/proc/self/clear_refs", "5").unwrap();
        Self(status("VmRSS:"))
    }

    /// How many bytes it has grown by at the most.
    fn more(&self) -> u64 {
        status("VmHWM:").saturating_sub(self.0)
    }
}

fn status(field: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(field)).unwrap();
    let kilobytes: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kilobytes * 1024
}
