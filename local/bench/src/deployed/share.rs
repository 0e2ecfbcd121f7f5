//! A share of the processors, given as Lambda gives it: by the quota of Linux' fair scheduler.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use halftone_local::failure::Failure;

/// Memory that comes with one processor, in MB
/// ([Lambda's guide](https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html)).
const MEMORY_OF_A_PROCESSOR: f64 = 1769.0;
/// The time that a quota is for, in microseconds: Lambda's.
const PERIOD: u32 = 20_000;

/// Where control groups are, and where they have processors' quotas before version 2.
const GROUPS: &str = "/sys/fs/cgroup";
const GROUPS_V1: &str = "/sys/fs/cgroup/cpu";

/// The processors that come with an amount of memory in MB.
pub fn processors(memory: u32) -> f64 {
    f64::from(memory) / MEMORY_OF_A_PROCESSOR
}

/// A control group with a quota. Dropping it removes it, if nothing is in it any more.
#[derive(Debug)]
pub struct Share {
    directory: PathBuf,
}

impl Share {
    /// That of a function with this memory, in MB.
    pub fn of(memory: u32) -> Result<Self, Failure> {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a few periods"
        )]
        let quota = (f64::from(PERIOD) * processors(memory)).round() as u32;
        let name = format!("halftone-{}-{memory}", std::process::id());
        let (parent, settings) = if Path::new(GROUPS_V1).exists() {
            let period = ("cpu.cfs_period_us", PERIOD.to_string());
            let quota = ("cpu.cfs_quota_us", quota.to_string());
            (GROUPS_V1, vec![period, quota])
        } else {
            (GROUPS, vec![("cpu.max", format!("{quota} {PERIOD}"))])
        };
        let share = Self {
            directory: Path::new(parent).join(name),
        };
        share.set(&settings).map_err(|error| {
            Failure::because("cannot share the processors as Lambda does")(error)
                .advise("run it as root, where control groups have the controller `cpu`")
        })?;
        Ok(share)
    }

    fn set(&self, settings: &[(&str, String)]) -> std::io::Result<()> {
        fs::create_dir(&self.directory)?;
        let mut settings = settings.iter();
        settings.try_for_each(|(name, value)| fs::write(self.directory.join(name), value))
    }

    /// Runs a program within it; arguments can be added.
    pub fn command(&self, program: &Path) -> Command {
        let mut shell = Command::new("/bin/sh");
        shell
            .args(["-c", "echo $$ > \"$0\" && exec \"$@\""])
            .arg(self.directory.join("cgroup.procs"))
            .arg(program);
        shell
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.directory);
    }
}
