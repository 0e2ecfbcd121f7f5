//! `cargo local bench classes`: Halftone and sharp on classes of pictures that nobody tuned for, the worst beside the
//! median; and on some of them, what several JPEG encoders take for what looks the same.
//!
//! The sources are made of pictures that Debian's packages ship; none of them is part of this repository.

mod class;
mod equal;
mod plot;
mod pristine;
mod sources;
mod table;

use halftone_local::console::Console;
use halftone_local::failure::Failure;
use halftone_local::layout::{Layout, StackLayout};
use halftone_local::process::Runner;
use halftone_local::progress::Position;
use halftone_local::python;

use crate::codecs::{self, Comparer, Contender, Row, Tools};
use crate::results;
use class::Class;
use equal::{Finder, Mark};
use sources::Source;

/// What pictures are for: what was tuned with some says nothing about them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// To report of.
    Reporting,
    /// To tune with.
    Tuning,
}

impl Part {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Reporting, Self::Tuning];

    /// What the command line and the list of pictures call it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Reporting => "reporting",
            Self::Tuning => "tuning",
        }
    }

    /// The one that is called this; pictures of no other are to be reported of.
    pub fn of(word: &str) -> Self {
        let part = Self::ALL.into_iter().find(|part| part.word() == word);
        part.unwrap_or(Self::Reporting)
    }
}

/// What is to be compared, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Which of the pictures.
    pub part: Part,
    /// The quality that both are asked for, 1 to 100.
    pub quality: u8,
    /// How often each source is compressed by each; at least once.
    pub rounds: u16,
}

/// Installs what is needed, makes the sources, compares, prints and writes.
///
/// # Errors
/// When something cannot be installed, made or measured; a source that cannot be compared is a line of the result.
pub fn run(console: &Console, layout: &Layout, settings: &Settings) -> Result<(), Failure> {
    let files = layout.bench();
    let _lock = results::lock(&files)?;
    let python = python::find()?;
    let runner = Runner {
        console,
        python: &python,
    };
    let packages = pristine::download(runner, layout, &files)?;
    let tools = Tools::prepare(runner, layout, &files)?;
    let sources = console.step("Make the sources", |step| {
        let folder = files.result("classes");
        sources::make(console, layout, &packages, settings.part, &folder, step)
    })?;
    let rows = compare(console, &files, &tools, settings, &sources)?;
    let text = text(&rows, settings, &tools);
    println!("\n{text}");
    let rows: Vec<Row> = rows.into_iter().map(|(_, row)| row).collect();
    // Before what comes next, which takes long.
    let results = [("classes.md", text), ("classes.csv", codecs::csv(&rows)?)];
    results::write(&files, &results)?;
    let marks = equal(console, layout, &files, &tools, settings, &sources)?;
    let text = equal::markdown(&marks);
    println!("\n{text}");
    let results = [("equal.md", text), ("equal.svg", plot::svg(&marks))];
    results::write(&files, &results)?;
    println!("The sources are in {}", files.result("classes").display());
    Ok(())
}

fn compare(
    console: &Console,
    files: &StackLayout,
    tools: &Tools,
    settings: &Settings,
    sources: &[Source],
) -> Result<Vec<(Class, Row)>, Failure> {
    let title = format!("Compress {} pictures", sources.len());
    let settings = codecs::Settings {
        directory: None,
        format: None,
        quality: settings.quality,
        rounds: settings.rounds,
    };
    let mut rows = console.step(&title, |step| {
        let outputs = files.data();
        let mut comparer = Comparer::start(console, tools, &settings, outputs, Contender::pair)?;
        let mut rows = Vec::new();
        for (done, source) in sources.iter().enumerate() {
            step.at(Position {
                done,
                total: sources.len(),
                label: source.picture.name.clone(),
            });
            rows.push((source.class, comparer.compare(done, &source.picture)?));
        }
        Ok(rows)
    })?;
    rows.sort_by_key(|(class, _)| class.place());
    Ok(rows)
}

fn equal(
    console: &Console,
    layout: &Layout,
    files: &StackLayout,
    tools: &Tools,
    settings: &Settings,
    sources: &[Source],
) -> Result<Vec<Mark>, Failure> {
    let asked: Vec<&Source> = sources.iter().filter(|one| equal::is_asked(one)).collect();
    let title = format!("Find what looks the same, of {} pictures", asked.len());
    console.step(&title, |step| {
        let how = (settings.quality, settings.rounds);
        Finder::start(console, layout, tools, &files.data(), how)?.all(&asked, step)
    })
}

fn text(rows: &[(Class, Row)], settings: &Settings, tools: &Tools) -> String {
    let about = format!(
        "sharp = 1, or the difference to it; the part for {}, quality {}, {} rounds, one thread each, {}",
        settings.part.word(),
        settings.quality,
        settings.rounds,
        tools.about()
    );
    format!(
        "{}\n{about}\n\n{}\n{}{}",
        table::by(rows, |class| class.form.format().to_owned()),
        table::by(rows, Class::group),
        table::by(rows, |class| class.to_string()),
        table::failures(rows)
    )
}
