//! Imports run one way: from a module to those below it, never upwards and never in a circle.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// A module's path, from the root of the crate.
type Module = Vec<String>;

/// Every source file but those of tests: its module, and what stands before its tests.
fn sources(folder: &Path, module: &[String], found: &mut BTreeMap<Module, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let inner = [module, std::slice::from_ref(&name)].concat();
        if name == "tests" {
            continue;
        } else if path.is_dir() {
            sources(&path, &inner, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
            let is_head = ["lib", "mod"].contains(&name.as_str());
            let module = if is_head { module } else { &inner };
            found.insert(module.to_vec(), text.to_owned());
        }
    }
}

/// The paths that a file imports or declares, as they are written.
fn paths(text: &str) -> Vec<String> {
    let mut paths = Vec::new();
    for line in text.split(';') {
        let statement = line.rsplit("\n\n").next().unwrap().trim();
        let statement = statement.trim_start_matches("pub ");
        if let Some(child) = statement.strip_prefix("mod ") {
            paths.push(format!("self::{child}"));
        } else if let Some(path) = statement.strip_prefix("use ") {
            let (start, items) = path.split_once('{').unwrap_or((path, ""));
            assert!(!items.contains('{'), "{path}");
            let items = items.trim_end_matches('}').split(',');
            paths.extend(items.map(|item| format!("{start}{}", item.trim())));
        }
    }
    paths
}

/// The file that a path leads to from a module; `None` if it leads out of the crate.
fn target(path: &str, from: &[String], files: &BTreeMap<Module, String>) -> Option<Module> {
    let mut names = path.split("::").peekable();
    let mut at = match names.peek()? {
        &"crate" => Vec::new(),
        _ => from.to_vec(),
    };
    let first_is_child = files.contains_key(&[from, &[(*names.peek()?).to_owned()]].concat());
    if !first_is_child && !["crate", "self", "super"].contains(names.peek()?) {
        return None;
    }
    for name in names {
        match name {
            "crate" | "self" => {}
            "super" => _ = at.pop(),
            name => {
                at.push(name.to_owned());
                if !files.contains_key(&at) {
                    at.pop();
                    break;
                }
            }
        }
    }
    Some(at)
}

/// What is left when those that import nothing that is left are taken away again and again.
fn circles(mut arrows: BTreeMap<Module, BTreeSet<Module>>) -> Vec<String> {
    loop {
        let left: BTreeSet<Module> = arrows.keys().cloned().collect();
        arrows.retain(|_, targets| !targets.is_disjoint(&left));
        if arrows.len() == left.len() {
            return left.iter().map(|module| module.join("::")).collect();
        }
    }
}

#[test]
fn imports_run_one_way() {
    let mut files = BTreeMap::new();
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/src");
    sources(Path::new(root), &[], &mut files);
    // Between the folders of the crate, those in them, and files.
    for depth in 1..=4 {
        let outer = |module: &Module| module[..depth.min(module.len())].to_vec();
        let mut arrows: BTreeMap<Module, BTreeSet<Module>> = BTreeMap::new();
        for (module, text) in &files {
            let targets = paths(text).into_iter();
            let targets = targets.filter_map(|path| target(&path, module, &files));
            let targets = targets.map(|target| outer(&target));
            let from = outer(module);
            let others: Vec<Module> = targets.filter(|target| *target != from).collect();
            arrows.entry(from).or_default().extend(others);
        }
        assert!(arrows.values().flatten().count() > 50, "at depth {depth}");
        let circles = circles(arrows);
        assert!(circles.is_empty(), "in circles, or above one: {circles:?}");
    }
}
