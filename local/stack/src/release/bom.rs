//! What each function is made of, as a list that scanners read (CycloneDX 1.5), written beside its zip.
//!
//! Made of what `cargo tree` says is linked, and nothing else: the same sources give the same list. `cargo metadata`
//! would name packages too that only a feature of theirs, were they there, is asked of.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::{Value, json};

use halftone_local::failure::Failure;
use halftone_local::functions::tool;

use super::{Architecture, Function, Release};

impl Release<'_> {
    /// Writes the list of each function.
    pub fn bills(&self, functions: &[Function]) -> Result<(), Failure> {
        self.runner.console.step("List what is in them", |step| {
            let tree = self.tree()?;
            let lock = fs::read_to_string(self.layout.root.join("Cargo.lock"))
                .map_err(Failure::because("cannot read Cargo.lock"))?;
            let (graph, checksums) = (Graph::of(&tree), checksums(&lock));
            let mut most = 0;
            for Function { name, .. } in functions {
                let bill = graph.bill(&checksums, name);
                let bill = bill.ok_or_else(|| Failure::new(format!("cargo knows no {name}")))?;
                most = most.max(bill["components"].as_array().map_or(0, Vec::len));
                let file = self.files.result(&format!("{name}.cdx.json"));
                fs::write(file, format!("{bill:#}\n"))
                    .map_err(Failure::because("cannot write a list"))?;
            }
            step.note(format!("at most {most} packages, as CycloneDX"));
            Ok(())
        })
    }

    /// All that is linked, each line with its depth, package and licence.
    fn tree(&self) -> Result<String, Failure> {
        let target = match self.architecture {
            Architecture::Arm64 => "aarch64-unknown-linux-gnu",
            Architecture::X86_64 => "x86_64-unknown-linux-gnu",
        };
        let mut cargo = tool("cargo", self.layout);
        cargo.args(["tree", "--workspace", "--locked", "--target", target]);
        cargo.args(["--edges", "normal,no-proc-macro", "--prefix", "depth"]);
        cargo.args(["--format", "|{p}|{l}"]);
        let output = cargo
            .output()
            .map_err(Failure::because("cannot run cargo"))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(Failure::new(format!("cargo tree: {said}")))
    }
}

/// A package by name and version.
type Package<'a> = (&'a str, &'a str);

/// The checksum of each package of a registry.
fn checksums(lock: &str) -> BTreeMap<Package<'_>, &str> {
    let packages = lock.split("[[package]]").skip(1);
    packages
        .filter_map(|package| {
            let field = |name: &str| {
                let line = package.lines().find_map(|line| line.strip_prefix(name))?;
                line.strip_prefix(" = \"")?.strip_suffix('"')
            };
            Some(((field("name")?, field("version")?), field("checksum")?))
        })
        .collect()
}

/// What is linked with what.
#[derive(Default)]
struct Graph<'a> {
    licences: BTreeMap<Package<'a>, &'a str>,
    edges: BTreeMap<Package<'a>, BTreeSet<Package<'a>>>,
}

impl<'a> Graph<'a> {
    /// Reads `cargo tree`. What stands below a package is told once, the first time that the package is.
    fn of(tree: &'a str) -> Self {
        let mut graph = Self::default();
        let mut above: Vec<Package<'a>> = Vec::new();
        for (depth, package, licence) in tree.lines().filter_map(line) {
            above.truncate(depth);
            if let Some(user) = above.last() {
                graph.edges.entry(*user).or_default().insert(package);
            }
            above.push(package);
            graph.licences.insert(package, licence);
        }
        graph
    }

    /// The list of one function; nothing where there is no such package.
    fn bill(&self, checksums: &BTreeMap<Package<'_>, &str>, function: &str) -> Option<Value> {
        let mut packages = self.licences.keys();
        let root = *packages.find(|(name, _)| *name == function)?;
        let linked = self.reached(root);
        let others = linked.iter().filter(|package| **package != root);
        let components = others.map(|package| self.component(*package, "library", checksums));
        let dependencies = linked.iter().map(|package| {
            let on = self.edges.get(package).into_iter().flatten();
            let on: Vec<String> = on.map(|package| purl(*package)).collect();
            json!({"ref": purl(*package), "dependsOn": on})
        });
        Some(json!({
            "bomFormat": "CycloneDX",
            "specVersion": "1.5",
            "version": 1,
            "metadata": {"component": self.component(root, "application", checksums)},
            "components": components.collect::<Vec<_>>(),
            "dependencies": dependencies.collect::<Vec<_>>(),
        }))
    }

    fn reached(&self, root: Package<'a>) -> BTreeSet<Package<'a>> {
        let (mut reached, mut next) = (BTreeSet::new(), vec![root]);
        while let Some(package) = next.pop() {
            if reached.insert(package) {
                next.extend(self.edges.get(&package).into_iter().flatten());
            }
        }
        reached
    }

    fn component(
        &self,
        package: Package<'_>,
        kind: &str,
        checksums: &BTreeMap<Package<'_>, &str>,
    ) -> Value {
        let (name, version) = package;
        let mut component = json!({
            "type": kind,
            "bom-ref": purl(package),
            "name": name,
            "version": version,
            "purl": purl(package),
        });
        if let Some(licence) = self.licences.get(&package).filter(|text| !text.is_empty()) {
            // Older manifests separate alternatives with a slash, which is no SPDX.
            component["licenses"] = json!([{"expression": licence.replace('/', " OR ")}]);
        }
        if let Some(sum) = checksums.get(&package) {
            component["hashes"] = json!([{"alg": "SHA-256", "content": sum}]);
        }
        component
    }
}

/// `2|serde v1.0.2|MIT OR Apache-2.0 (*)`: depth, package and licence.
fn line(line: &str) -> Option<(usize, Package<'_>, &str)> {
    let (depth, rest) = line.split_once('|')?;
    let (package, licence) = rest.split_once('|')?;
    let mut words = package.split(' ');
    let (name, version) = (words.next()?, words.next()?.strip_prefix('v')?);
    let licence = licence.strip_suffix(" (*)").unwrap_or(licence);
    Some((depth.parse().ok()?, (name, version), licence))
}

/// The package's name for scanners: <https://github.com/package-url/purl-spec>.
fn purl((name, version): Package<'_>) -> String {
    format!("pkg:cargo/{name}@{version}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n\
                        checksum = \"0f\"\n\n[[package]]\nname = \"f\"\nversion = \"0.1.0\"\n";
    const TREE: &str = "0|f v0.1.0 (/src/f)|MIT\n1|a v1.0.0|MIT/Apache-2.0\n2|b v2.0.0|ISC\n1|c v3.0.0|\n\n\
                        0|g v0.1.0 (/src/g)|MIT\n1|d v4.0.0|MIT\n2|a v1.0.0|MIT/Apache-2.0 (*)\n";

    #[test]
    fn what_is_linked_is_listed_with_checksum_and_licence_and_nothing_else() {
        let graph = Graph::of(TREE);
        let names = |bill: &Value| {
            let components = bill["components"].as_array().unwrap().iter();
            let names = components.map(|component| component["name"].as_str().unwrap().to_owned());
            names.collect::<Vec<_>>()
        };
        let bill = graph.bill(&checksums(LOCK), "f").unwrap();
        assert_eq!(bill["metadata"]["component"]["purl"], "pkg:cargo/f@0.1.0");
        assert_eq!(names(&bill), ["a", "b", "c"]);
        let a = &bill["components"][0];
        assert_eq!(a["hashes"][0]["content"], "0f");
        assert_eq!(a["licenses"][0]["expression"], "MIT OR Apache-2.0");
        assert_eq!(bill["components"][2].get("licenses"), None);
        let on = json!({"ref": "pkg:cargo/a@1.0.0", "dependsOn": ["pkg:cargo/b@2.0.0"]});
        assert_eq!(bill["dependencies"][0], on);
        // What stands below `a` was told with `f`.
        let other = graph.bill(&checksums(LOCK), "g").unwrap();
        assert_eq!(names(&other), ["a", "b", "d"]);
        assert_eq!(graph.bill(&checksums(LOCK), "h"), None);
    }
}
