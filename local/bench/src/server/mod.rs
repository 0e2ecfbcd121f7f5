//! `cargo local bench server`: the same CSV given to Halftone and to a Node.js server as shops and agencies have it.
//!
//! Both get the share of the processors that comes with the memory of the deployed function. Of Halftone that function
//! is measured, compiled as it is deployed; of the other its one process, which also reads the CSV, answers the status
//! and sends the webhook, and writes its outputs to the disk, where Halftone sends them to S3. Then both are given a
//! bad day: an origin of which some images hang and some are refused at first, and a kill in the middle.

mod halftone;
mod node;
mod origin;
mod outcome;
mod side;
mod table;

use std::path::PathBuf;

use halftone_local::console::Console;
use halftone_local::failure::Failure;
use halftone_local::layout::{Kind, Layout, StackLayout};
use halftone_local::process::Runner;
use halftone_local::session::{self, Session, Settings as StackSettings};

use crate::deployed::Deployed;
use crate::deployed::share::{Share, processors};
use crate::{compile, machine, results};
use halftone::Halftone;
use node::{Installed, Server};
use origin::{Day, Photographs};
use outcome::Outcome;
use side::Side;

/// What is to be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The compress function as it was built before; it is built when there is none.
    pub program: Option<PathBuf>,
    /// The memory of the function, in MB, with which comes the share of the processors that both get.
    pub memory: u32,
}

/// A server of the comparison.
#[derive(Debug, Clone, Copy)]
enum Who {
    Halftone,
    Node { careful: bool },
}

impl Who {
    fn name(self) -> &'static str {
        match self {
            Self::Halftone => "Halftone",
            Self::Node { careful: true } => "Node and sharp, careful",
            Self::Node { careful: false } => "Node and sharp",
        }
    }
}

/// Starts both, compares, prints and writes.
pub fn run(console: &Console, layout: &Layout, settings: &Settings) -> Result<(), Failure> {
    let files = layout.bench();
    let _lock = results::lock(&files)?;
    // What may not be done is told before minutes are spent.
    let share = Share::of(settings.memory)?;
    let session = session::start(console, layout, Kind::Normal, &stack())?;
    let runner = Runner {
        console,
        python: session.python(),
    };
    let comparison = Comparison {
        runner,
        installed: Installed::prepare(runner, layout, &files)?,
        function: Deployed::prepare(
            console,
            layout,
            &files,
            &session,
            settings.program.as_deref(),
        )?,
        session: &session,
        share: &share,
        memory: settings.memory,
        layout,
        files: &files,
    };
    results::empty_folder(&files.data())?;
    let nodes = [true, false].map(|careful| Who::Node { careful });
    let quick = comparison.each(&[Who::Halftone, nodes[0]], Day::Good)?;
    let bad = comparison.each(&[Who::Halftone, nodes[0], nodes[1]], Day::Bad)?;
    let text = comparison.text(&quick, &bad)?;
    println!("\n{text}");
    results::write(&files, &[("server.md", text)])
}

/// The template's defaults, but for how long a message of a killed instance stays out of sight: three minutes, not
/// twelve.
fn stack() -> StackSettings {
    StackSettings {
        parameters: vec![
            ("CompressTimeoutSeconds", "30"),
            ("FetchTotalTimeoutSeconds", "14"),
        ],
        ..StackSettings::for_this_machine()
    }
}

struct Comparison<'a> {
    runner: Runner<'a>,
    installed: Installed,
    function: Deployed<'a>,
    session: &'a Session<'a>,
    share: &'a Share,
    memory: u32,
    layout: &'a Layout,
    files: &'a StackLayout,
}

impl Comparison<'_> {
    fn each(&self, all: &[Who], day: Day) -> Result<Vec<Outcome>, Failure> {
        let when = match day {
            Day::Good => "",
            Day::Bad => ", on a bad day",
        };
        let one = |&who: &Who| {
            let title = format!("{}{when}", who.name());
            self.runner.console.step(&title, |_| self.once(who, day))
        };
        all.iter().map(one).collect()
    }

    fn once(&self, who: Who, day: Day) -> Result<Outcome, Failure> {
        let photographs = Photographs::start(&self.layout.root.join("events"), day)?;
        let stack = &self.session.stack;
        let side = match who {
            Who::Halftone => Side::Halftone(Halftone::start(
                &self.function,
                stack,
                self.share,
                self.memory,
            )?),
            Who::Node { careful } => Side::Node(Server::start(
                self.runner,
                &self.installed,
                self.share,
                stack,
                self.files,
                careful,
            )?),
        };
        side.outcome(self.runner.console, who.name(), &photographs, day)
    }

    fn text(&self, quick: &[Outcome], bad: &[Outcome]) -> Result<String, Failure> {
        Ok(format!(
            "{}\n{}\na bad day: {}; when half was fetched the process is killed and started again. What a killed \
             function had taken comes back after 3 minutes here, after 12 with the template's defaults\n\
             careful: gives up on a silent origin, tries four times, goes on after a restart\n\
             {:.2} processors each, {}; {}; {}\n",
            table::quick(quick),
            table::bad(bad),
            origin::about(),
            processors(self.memory),
            compile::target_cpu(),
            self.installed.versions()?,
            machine::processor()
        ))
    }
}
