//! `cargo local bench sizing`: what time, memory and money an image takes by the memory that the
//! compress function is given.
//!
//! The function is compiled as it is deployed and run through Lambda's runtime API, with the share
//! of the processors that comes with its memory. Everything else is the local stack: the images
//! come from its queue and go to its bucket and its database. Only their origin waits, for none, a
//! half and a whole second, since a batch pays for that.

mod curve;
mod figures;

use std::path::PathBuf;
use std::time::Duration;

use halftone_local::console::Console;
use halftone_local::failure::Failure;
use halftone_local::layout::{Kind, Layout};
use halftone_local::session::{self, Settings};
use halftone_origin::Origin;

use crate::deployed::share::Share;
use crate::deployed::{Deployed, work};
use crate::{compile, machine, origin, results};
use figures::{Figures, table};

/// The memory that is tried, in MB. One processor comes with 1769 MB, two with 3538 MB.
const MEMORY: [u32; 4] = [512, 1024, 1769, 3538];
/// How long the origin waits with each image.
const WAITS: [Duration; 3] = [
    Duration::ZERO,
    Duration::from_millis(500),
    Duration::from_secs(1),
];
/// The hosts of a CSV that are tried, as so many times the fetches that one may be asked for at a time.
const HOSTS: [usize; 2] = [10, 1];
/// The default of `FetchesPerHost`.
const FETCHES_PER_HOST: usize = 8;
/// How often the sample is in a CSV. With its eleven photographs that is enough for three full batches.
const COPIES: usize = 60;

/// Starts the stack, measures, prints and writes.
pub fn run(console: &Console, layout: &Layout) -> Result<(), Failure> {
    let files = layout.bench();
    let _lock = results::lock(&files)?;
    // What may not be done is told before minutes are spent.
    drop(Share::of(MEMORY[0])?);
    let settings = Settings::for_this_machine();
    let session = session::start(console, layout, Kind::Normal, &settings)?;
    let events = layout.root.join("events");
    let measure = Measure {
        console,
        function: Deployed::prepare(console, layout, &files, &session, None)?,
        origin: origin::start(&events)?,
        events,
    };
    let mut tables = Vec::new();
    let mut curve = Vec::new();
    for hosts in HOSTS {
        let mut rows = Vec::new();
        for memory in MEMORY {
            rows.push(measure.at(memory, hosts)?);
        }
        tables.push(table(&rows, hosts));
        curve = if curve.is_empty() { rows } else { curve };
    }
    let about = format!("{}, {}", compile::target_cpu(), machine::processor());
    let table = format!(
        "{}\n{}\n",
        tables.join("\n"),
        figures::about(&curve, &about)
    );
    println!("\n{table}");
    let results = [("sizing.md", table), ("sizing.svg", curve::svg(&curve))];
    results::write(&files, &results)
}

struct Measure<'a> {
    console: &'a Console,
    function: Deployed<'a>,
    origin: Origin,
    events: PathBuf,
}

impl Measure<'_> {
    /// Images of so many hosts with this memory, in MB, from origins that wait for nothing and longer.
    fn at(&self, memory: u32, hosts: usize) -> Result<Vec<Figures>, Failure> {
        let what = format!("Compress with {memory} MB, {hosts} hosts");
        self.console.step(&what, |_| {
            let figures = WAITS.map(|wait| self.once(memory, hosts, wait));
            figures.into_iter().collect()
        })
    }

    /// Runs all batches of a request. The first is not counted: it makes the connections; nor are those that are not
    /// full, which are the few last of a request of any size.
    fn once(&self, memory: u32, hosts: usize, wait: Duration) -> Result<Figures, Failure> {
        let csv = origin::csv(&self.events, &self.origin, wait, COPIES)?;
        let work = &self.function.work;
        let request = work.upload(&csv)?;
        let share = Share::of(memory)?;
        let fetches = Some(FETCHES_PER_HOST * hosts);
        let mut instance = self.function.start(&share, memory, fetches)?;
        let (init, mut runs) = (instance.init, Vec::new());
        let (mut first, mut last) = (None, None);
        while let Some(batch) = work.batch()? {
            let is_full = work::size(&batch) == work::BATCH;
            let (next, answer, took) = instance.invoke(&batch)?;
            instance = next;
            work::expect_no_failures(&answer)?;
            // What came back would be counted with what is measured next.
            work.settle(&batch, &answer)?;
            if is_full && first.is_some() {
                runs.push(took);
            }
            if is_full {
                last = Some((instance.cpu()?, work.succeeded(&request)?));
                first = first.or(last);
            }
        }
        let ((cpu, before), (cpu_after, after)) = first
            .zip(last)
            .filter(|((_, before), (_, after))| after > before)
            .ok_or_else(|| Failure::new("the queue has no second full batch"))?;
        let images = after - before;
        let figures = Figures {
            memory,
            wait,
            init,
            runs,
            images,
            cpu_per_image: (cpu_after - cpu) / u32::try_from(images).unwrap_or(u32::MAX),
            peak: instance.peak()?,
        };
        drop(instance);
        work.expect_success(self.console, &request)?;
        Ok(figures)
    }
}
