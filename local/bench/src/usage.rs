//! What a process has used, as Linux tells it.

use std::time::Duration;

use halftone_local::failure::Failure;

/// A megabyte as memory is measured.
pub const MEGABYTE: f64 = 1_048_576.0;

/// The clock ticks of `/proc/PID/stat` in a second.
const TICKS: f64 = 100.0;

/// The processor time of a process, its user's and the system's.
pub fn cpu(pid: u32) -> Result<Duration, Failure> {
    let stat = proc(pid, "stat")?;
    // The name in parentheses may hold anything; utime and stime are the 14th and 15th field.
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let ticks = fields.split_whitespace().skip(11).take(2);
    let ticks: f64 = ticks.filter_map(|field| field.parse::<f64>().ok()).sum();
    Ok(Duration::from_secs_f64(ticks / TICKS))
}

/// The most memory that a process has had, in bytes.
pub fn peak(pid: u32) -> Result<u64, Failure> {
    memory(pid, "VmHWM:")
}

/// The memory that a process has now, in bytes.
pub fn resident(pid: u32) -> Result<u64, Failure> {
    memory(pid, "VmRSS:")
}

/// A line of `/proc/PID/status` that is in kilobytes.
fn memory(pid: u32, line: &str) -> Result<u64, Failure> {
    let status = proc(pid, "status")?;
    let line = status.lines().find_map(|found| found.strip_prefix(line));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes
        .map(|kilobytes| kilobytes * 1024)
        .ok_or_else(|| Failure::new("the system does not tell the process' memory"))
}

fn proc(pid: u32, file: &str) -> Result<String, Failure> {
    std::fs::read_to_string(format!("/proc/{pid}/{file}"))
        .map_err(Failure::because("the process is gone"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_used_some() {
        let own = std::process::id();
        assert!(cpu(own).is_ok());
        assert!(peak(own).unwrap() > 1 << 20);
        assert!(resident(own).unwrap() > 1 << 20);
        assert!(cpu(u32::MAX).is_err());
    }
}
