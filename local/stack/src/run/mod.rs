//! `cargo local run`: a CSV of one's own through the stack on this machine, and what came of it in a
//! folder.

mod report;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::sent::{Host, Sent};
use halftone_local::api::Upload;
use halftone_local::console::Console;
use halftone_local::failure::Failure;
use halftone_local::layout::{Kind, Layout};
use halftone_local::session::{self, Settings};
use halftone_local::stack::Stack;

/// What is run.
#[derive(Debug, PartialEq, Eq)]
pub struct Order {
    /// The CSV.
    pub file: PathBuf,
    /// The folder for what comes of it.
    pub out: PathBuf,
    /// Options, by the names of the form's fields.
    pub fields: Vec<(String, String)>,
    /// Networks that may be fetched from beside global addresses, by a stack of its own.
    pub networks: Vec<String>,
}

/// Runs it on the stack that is up, or else on one that lasts as long. Whether all images succeeded.
pub fn run(console: &Console, layout: &Layout, order: &Order) -> Result<bool, Failure> {
    let what = format!("cannot read {}", order.file.display());
    let file = fs::read(&order.file).map_err(Failure::because(what))?;
    let name = order.file.file_name().unwrap_or_default();
    let name = name.to_string_lossy().into_owned();
    new_folder(&order.out)?;
    let mut host = host(console, layout, order)?;
    let fields: Vec<_> = order
        .fields
        .iter()
        .map(|(name, value)| (&**name, &**value))
        .collect();
    let upload = Upload {
        name: &name,
        file: &file,
        fields: &fields,
    };
    let sent = Sent::upload(console, &format!("Upload {name}"), &host, &upload)?;
    let ended = sent.wait(&mut host, None)?;
    let images = sent.images()?;
    sent.download(&images, &order.out.join("images"), file_name)?;
    sent.results("csv", &order.out.join("results.csv"))?;
    let to_import = to_import(&name);
    sent.results("source", &order.out.join(&to_import))?;
    Ok(report::print(&ended, &images, &order.out, &to_import))
}

/// Nothing is written over: what is there may be of an earlier run, and be wanted.
fn new_folder(folder: &Path) -> Result<(), Failure> {
    let is_empty = fs::read_dir(folder).map_or(true, |mut files| files.next().is_none());
    if is_empty {
        let what = format!("cannot make {}", folder.display());
        return fs::create_dir_all(folder).map_err(Failure::because(what));
    }
    let what = format!("{} is not empty", folder.display());
    Err(Failure::new(what).advise("name another folder with --out, or remove it"))
}

fn host<'a>(console: &'a Console, layout: &Layout, order: &Order) -> Result<Host<'a>, Failure> {
    let files = layout.stack(Kind::Normal);
    let is_up = files.lock()?.is_none();
    if let Some(stack) = Stack::read(&files.description()).filter(|_| is_up) {
        if order.networks.is_empty() {
            return Ok(Host::Other(stack));
        }
        let advice =
            "stop the one that is up with `cargo local down`, or give --allow-network to it";
        return Err(Failure::new("--allow-network is for a stack of its own").advise(advice));
    }
    let settings = Settings {
        networks: order.networks.clone(),
        ..Settings::default()
    };
    let session = session::start(console, layout, Kind::Normal, &settings)?;
    Ok(Host::Own(Box::new(session)))
}

/// The file as it came, with new URLs; a workbook comes back as a CSV.
fn to_import(name: &str) -> String {
    let name = name
        .strip_suffix(".xlsx")
        .map_or(name.to_owned(), |stem| format!("{stem}.csv"));
    format!("import-{name}")
}

/// Where it stands in the CSV, and the name in its URL: `0007-1-chair.jpg` is the first image of line 7.
fn file_name(image: &Value) -> String {
    let url = image["outputUrl"].as_str().unwrap_or_default();
    let name = url.rsplit('/').next().unwrap_or_default();
    let count = |key: &str| image[key].as_u64().unwrap_or_default();
    format!("{:04}-{}-{name}", count("row"), count("position") + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn images_of_one_name_have_files_of_their_own() {
        let image = |position| {
            let url = format!("http://x/output/id/{position}/front.jpg");
            json!({"row": 7, "position": position, "outputUrl": url})
        };
        assert_eq!(file_name(&image(0)), "0007-1-front.jpg");
        assert_eq!(file_name(&image(1)), "0007-2-front.jpg");
    }

    #[test]
    fn the_file_to_import_is_not_the_results() {
        assert_eq!(to_import("results.csv"), "import-results.csv");
        assert_eq!(to_import("products.xlsx"), "import-products.csv");
    }

    #[test]
    fn a_folder_with_something_in_it_is_left_alone() {
        let folder = std::env::temp_dir().join(format!("halftone-run-{}", std::process::id()));
        assert!(new_folder(&folder).is_ok());
        assert!(new_folder(&folder).is_ok());
        fs::write(folder.join("mine"), "").unwrap();
        assert!(
            new_folder(&folder)
                .unwrap_err()
                .to_string()
                .contains("is not empty")
        );
        fs::remove_dir_all(folder).unwrap();
    }
}
