//! The functions' processes, as Linux tells it.

use std::fs;
use std::path::Path;

use halftone_local::failure::Failure;

use crate::usage;

/// What those hold that run at the same time.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Instances {
    /// How many there are.
    pub count: u32,
    /// The memory of the largest, in bytes.
    pub largest: u64,
    /// Open files of the one that has most, connections among them.
    pub files: usize,
    /// Connections of all.
    pub connections: usize,
}

impl Instances {
    /// Those whose program is below a folder.
    ///
    /// # Errors
    /// When the system does not list its processes.
    pub fn below(folder: &Path) -> Result<Self, Failure> {
        let mut all = Self::default();
        let processes = fs::read_dir("/proc").map_err(Failure::because("no list of processes"))?;
        for process in processes.flatten() {
            let (name, process) = (process.file_name(), process.path());
            let Some(pid) = name.to_str().and_then(|name| name.parse().ok()) else {
                continue;
            };
            let program = fs::read_link(process.join("exe")).unwrap_or_default();
            if program.starts_with(folder) {
                all.add(pid, &process);
            }
        }
        Ok(all)
    }

    /// Adds one; one that has just ended adds nothing.
    fn add(&mut self, pid: u32, process: &Path) {
        let (Ok(memory), Ok(open)) = (usage::resident(pid), fs::read_dir(process.join("fd")))
        else {
            return;
        };
        let targets: Vec<_> = open
            .flatten()
            .filter_map(|file| fs::read_link(file.path()).ok())
            .collect();
        let is_connection = |target: &Path| target.to_string_lossy().starts_with("socket:");
        self.count += 1;
        self.largest = self.largest.max(memory);
        self.files = self.files.max(targets.len());
        self.connections += targets
            .iter()
            .filter(|target| is_connection(target))
            .count();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_seen_with_what_it_holds() {
        let own = std::env::current_exe().unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let seen = Instances::below(&own).unwrap();
        assert!(seen.count >= 1 && seen.connections >= 1, "{seen:?}");
        assert!(seen.files >= 3 && seen.largest > 1 << 20, "{seen:?}");
        drop(listener);
        assert_eq!(
            Instances::below(&own.join("none")).unwrap(),
            Instances::default()
        );
    }
}
