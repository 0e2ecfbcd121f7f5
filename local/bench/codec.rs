//! Halftone's side of `cargo local bench codecs`: compresses what it is asked to, a line of JSON for each picture, and
//! answers what it took.
//!
//! Processor time is that of the whole process, from the same clock as Node's `process.cpuUsage`.

use std::error::Error;
use std::io::{self, Write};
use std::time::Duration;
use std::{fs, panic};

use halftone_codec::{Copyright, MaxSize, Options, PixelLimits, Quality, Side};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use serde_json::{Value, json};

/// What the deployed function accepts by default.
const LIMITS: PixelLimits = PixelLimits {
    max_pixels: 50_000_000,
    max_dimension: 16_384,
};

fn main() -> io::Result<()> {
    for line in io::stdin().lines() {
        let answer = compress(&line?).unwrap_or_else(|error| json!({ "error": error.to_string() }));
        writeln!(io::stdout().lock(), "{answer}")?;
    }
    Ok(())
}

fn compress(line: &str) -> Result<Value, Box<dyn Error>> {
    let request: Value = serde_json::from_str(line)?;
    let file = request["file"].as_str().ok_or("no file")?;
    let quality = request["quality"].as_u64().ok_or("no quality")?;
    let side = match request["side"].as_u64() {
        Some(side) => Some(Side::try_from(u32::try_from(side)?)?),
        None => None,
    };
    let options = Options {
        quality: Quality::try_from(u8::try_from(quality)?)?,
        format: request["format"].as_str().ok_or("no format")?.parse()?,
        copyright: Copyright::Remove,
        max_size: MaxSize {
            width: side,
            height: side,
        },
        limits: LIMITS,
    };
    fs::write("/proc/self/clear_refs", "5")?;
    let idle = memory("VmRSS:")?;
    let source = fs::read(file)?;
    let before = processor_time()?;
    let output = panic::catch_unwind(|| halftone_codec::recompress(&source, &options))
        .map_err(|_| "the codec panicked")??;
    let cpu = processor_time()?.saturating_sub(before);
    let peak = memory("VmHWM:")?;
    if let Some(path) = request["output"].as_str() {
        fs::write(path, &output.bytes)?;
    }
    Ok(json!({
        "cpuMs": cpu.as_secs_f64() * 1e3,
        "bytes": output.bytes.len(),
        "idle": idle,
        "peak": peak,
        "kept": output.kept,
    }))
}

fn processor_time() -> Result<Duration, Box<dyn Error>> {
    let usage = getrusage(UsageWho::RUSAGE_SELF)?;
    let microseconds =
        usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Ok(Duration::from_micros(u64::try_from(microseconds)?))
}

/// A size of this process in bytes: `VmRSS` is now, `VmHWM` the most since it was reset.
fn memory(field: &str) -> Result<u64, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    let kilobytes = line.and_then(|line| line.split_whitespace().next());
    Ok(1024
        * kilobytes
            .ok_or("no memory in /proc/self/status")?
            .parse::<u64>()?)
}
