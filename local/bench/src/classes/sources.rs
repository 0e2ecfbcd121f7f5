//! The files that are compressed: each pristine picture in each of the forms its kind comes in.

use std::fs;
use std::path::Path;

use serde_json::json;

use halftone_local::console::{Console, Step};
use halftone_local::failure::Failure;
use halftone_local::layout::Layout;
use halftone_local::progress::Position;

use super::Part;
use super::class::Class;
use super::pristine::{Pristine, all};
use crate::codecs::Picture;
use crate::worker::{Unanswered, Worker};
use crate::{pillow, results};

/// A file, and the class it is of.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its class.
    pub class: Class,
    /// The file, with the format that is made of it.
    pub picture: Picture,
}

/// Makes those of a part, by class.
pub fn make(
    console: &Console,
    layout: &Layout,
    packages: &Path,
    part: Part,
    folder: &Path,
    step: &mut Step,
) -> Result<Vec<Source>, Failure> {
    results::empty_folder(folder)?;
    let mut worker = Worker::start("Pillow", &mut pillow::script(layout, "classes.py"))?;
    let mut sources = Vec::new();
    let wanted = wanted(part);
    for (done, (pristine, class)) in wanted.iter().enumerate() {
        step.at(Position {
            done,
            total: wanted.len(),
            label: pristine.name().to_owned(),
        });
        let file = format!("{}-{}", pristine.name(), class.form.file());
        let path = folder.join(&file);
        let question = json!({
            "picture": pristine.path(packages),
            "kind": class.kind.word(),
            "form": class.form.question(),
            "output": path,
        });
        worker.ask(console, &question).map_err(failure)?;
        let metadata = fs::metadata(&path).map_err(Failure::because("a source is missing"))?;
        let picture = Picture {
            name: format!("{class}, {}", pristine.name()),
            format: class.form.becomes(),
            bytes: metadata.len(),
            path,
        };
        sources.push(Source {
            class: *class,
            picture,
        });
    }
    Ok(sources)
}

/// Which there are, picture by picture, since the script keeps what it has decoded.
fn wanted(part: Part) -> Vec<(Pristine, Class)> {
    let of_part = all().filter(|pristine| pristine.part == part);
    let of = |pristine: Pristine| {
        let kind = pristine.kind;
        let class = move |form| (pristine, Class { kind, form });
        kind.forms().into_iter().map(class)
    };
    of_part.flat_map(of).collect()
}

/// Every source must be made.
fn failure(unanswered: Unanswered) -> Failure {
    match unanswered {
        Unanswered::Refused(why) => Failure::new(why),
        Unanswered::Ended(failure) => failure,
    }
}
