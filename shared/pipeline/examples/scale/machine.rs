//! What processes cost, as Linux counts it.

use std::fs;

/// Linux' unit of processor time, in milliseconds.
const TICK: u64 = 10;

/// Milliseconds of processor time that a process has used.
pub fn cpu_ms(process: &str) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let fields = stat.rsplit_once(") ").map_or("", |(_, fields)| fields);
    let times = fields.split(' ').skip(11).take(2);
    times
        .filter_map(|time| time.parse::<u64>().ok())
        .sum::<u64>()
        * TICK
}

/// The most memory that this process had since [`forget_peak`], in bytes.
pub fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = peak.and_then(|peak| peak.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1024
}

/// Begins to measure [`peak`].
pub fn forget_peak() {
    let _ = fs::write("/proc/self/clear_refs", "5");
}
