//! What each function is made of, as a list that scanners read (CycloneDX 1.5), written beside its zip.
//!
//! Made of what cargo itself resolves, and nothing else: the same sources give the same list.

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
            let metadata = self.metadata()?;
            let lock = fs::read_to_string(self.layout.root.join("Cargo.lock"))
                .map_err(Failure::because("cannot read Cargo.lock"))?;
            let checksums = checksums(&lock);
            let mut most = 0;
            for Function { name, .. } in functions {
                let bill = bill(&metadata, &checksums, name);
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

    fn metadata(&self) -> Result<Value, Failure> {
        let platform = match self.architecture {
            Architecture::Arm64 => "aarch64-unknown-linux-gnu",
            Architecture::X86_64 => "x86_64-unknown-linux-gnu",
        };
        let mut cargo = tool("cargo", self.layout);
        cargo.args(["metadata", "--format-version", "1", "--locked"]);
        cargo.args(["--filter-platform", platform]);
        let output = cargo
            .output()
            .map_err(Failure::because("cannot run cargo"))?;
        serde_json::from_slice(&output.stdout).map_err(|error| {
            let said = String::from_utf8_lossy(&output.stderr);
            Failure::because(format!("cargo metadata: {said}"))(error)
        })
    }
}

/// The checksum of each package of a registry, by name and version.
fn checksums(lock: &str) -> BTreeMap<(&str, &str), &str> {
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

/// The list of one function; nothing where there is no such package.
fn bill(
    metadata: &Value,
    checksums: &BTreeMap<(&str, &str), &str>,
    function: &str,
) -> Option<Value> {
    let packages = metadata["packages"].as_array()?;
    let by_id: BTreeMap<&str, &Value> = packages
        .iter()
        .filter_map(|package| Some((package["id"].as_str()?, package)))
        .collect();
    let root = packages
        .iter()
        .find(|package| package["name"] == function)?;
    let edges = edges(metadata, &by_id)?;
    let linked = reached(root["id"].as_str()?, &edges);
    let others = linked.iter().filter(|id| root["id"] != **id);
    let components = others.filter_map(|id| component(by_id.get(id)?, "library", checksums));
    let mut components: Vec<Value> = components.collect();
    components.sort_by_key(|component| component["purl"].to_string());
    let reference = |id: &&str| by_id.get(id).and_then(|package| purl(package));
    let dependencies = linked.iter().filter_map(|id| {
        let on = edges.get(id).into_iter().flatten();
        let on: BTreeSet<String> = on.filter_map(reference).collect();
        Some(json!({"ref": reference(id)?, "dependsOn": on}))
    });
    let mut dependencies: Vec<Value> = dependencies.collect();
    dependencies.sort_by_key(|dependency| dependency["ref"].to_string());
    Some(json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": component(root, "application", checksums)?},
        "components": components,
        "dependencies": dependencies,
    }))
}

/// What each package is linked with: not what builds it, and no macros.
fn edges<'a>(
    metadata: &'a Value,
    by_id: &BTreeMap<&str, &Value>,
) -> Option<BTreeMap<&'a str, Vec<&'a str>>> {
    let is_linked = |dependency: &&Value| {
        let kinds = dependency["dep_kinds"].as_array();
        let normal = kinds.is_some_and(|kinds| kinds.iter().any(|kind| kind["kind"].is_null()));
        let package = dependency["pkg"].as_str().and_then(|id| by_id.get(id));
        normal && !package.is_some_and(|package| is_macro(package))
    };
    let nodes = metadata["resolve"]["nodes"].as_array()?;
    let node = |node: &'a Value| {
        let on = node["deps"].as_array()?.iter().filter(is_linked);
        Some((
            node["id"].as_str()?,
            on.filter_map(|dependency| dependency["pkg"].as_str())
                .collect(),
        ))
    };
    Some(nodes.iter().filter_map(node).collect())
}

fn is_macro(package: &Value) -> bool {
    let targets = package["targets"].as_array().into_iter().flatten();
    let mut kinds = targets
        .filter_map(|target| target["kind"].as_array())
        .flatten();
    kinds.any(|kind| kind == "proc-macro")
}

fn reached<'a>(root: &'a str, edges: &BTreeMap<&'a str, Vec<&'a str>>) -> BTreeSet<&'a str> {
    let (mut reached, mut next) = (BTreeSet::new(), vec![root]);
    while let Some(id) = next.pop() {
        if reached.insert(id) {
            next.extend(edges.get(id).into_iter().flatten());
        }
    }
    reached
}

/// The package's name for scanners: <https://github.com/package-url/purl-spec>.
fn purl(package: &Value) -> Option<String> {
    let (name, version) = (package["name"].as_str()?, package["version"].as_str()?);
    Some(format!("pkg:cargo/{name}@{version}"))
}

fn component(
    package: &Value,
    kind: &str,
    checksums: &BTreeMap<(&str, &str), &str>,
) -> Option<Value> {
    let (name, version) = (package["name"].as_str()?, package["version"].as_str()?);
    let purl = purl(package)?;
    let mut component = json!({
        "type": kind,
        "bom-ref": purl,
        "name": name,
        "version": version,
        "purl": purl,
    });
    if let Some(license) = package["license"].as_str() {
        // Older manifests separate alternatives with a slash, which is no SPDX.
        component["licenses"] = json!([{"expression": license.replace('/', " OR ")}]);
    }
    if let Some(sum) = checksums.get(&(name, version)) {
        component["hashes"] = json!([{"alg": "SHA-256", "content": sum}]);
    }
    Some(component)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n\
                        checksum = \"0f\"\n\n[[package]]\nname = \"f\"\nversion = \"0.1.0\"\n";

    fn package(name: &str, kind: &str) -> Value {
        json!({"id": name, "name": name, "version": if name == "f" {"0.1.0"} else {"1.0.0"},
               "license": "MIT/Apache-2.0", "targets": [{"kind": [kind]}]})
    }

    fn dependency(name: &str, kind: Option<&str>) -> Value {
        json!({"pkg": name, "dep_kinds": [{"kind": kind}]})
    }

    #[test]
    fn what_is_linked_is_listed_with_checksum_and_licence_and_nothing_else() {
        let packages = ["a", "b", "builds", "tests", "derive", "other"];
        let kind = |name: &str| {
            if name == "derive" {
                "proc-macro"
            } else {
                "lib"
            }
        };
        let mut packages = packages.map(|name| package(name, kind(name))).to_vec();
        packages.push(package("f", "bin"));
        let metadata = json!({
            "packages": packages,
            "resolve": {"nodes": [
                {"id": "f", "deps": [dependency("a", None), dependency("builds", Some("build")),
                                     dependency("tests", Some("dev")), dependency("derive", None)]},
                {"id": "a", "deps": [dependency("b", None)]},
                {"id": "b", "deps": [dependency("a", None)]},
                {"id": "derive", "deps": [dependency("other", None)]},
            ]},
        });
        let bill = bill(&metadata, &checksums(LOCK), "f").unwrap();
        assert_eq!(bill["metadata"]["component"]["purl"], "pkg:cargo/f@0.1.0");
        let names: Vec<_> = bill["components"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| &c["name"])
            .collect();
        assert_eq!(names, ["a", "b"]);
        let a = &bill["components"][0];
        assert_eq!(a["hashes"][0]["content"], "0f");
        assert_eq!(a["licenses"][0]["expression"], "MIT OR Apache-2.0");
        let on = json!({"ref": "pkg:cargo/a@1.0.0", "dependsOn": ["pkg:cargo/b@1.0.0"]});
        assert_eq!(bill["dependencies"][0], on);
    }
}
