//! The processes that the functions of the stack run in.

use crate::stack::Stack;

/// Clock ticks of the kernel in a second, as `/proc` counts them on Linux.
const TICKS: f64 = 100.0;

/// Processes of the stack's function of this name, found as a person would: by the Lambda
/// environment they run in.
pub fn function_processes(stack: &Stack, function: &str) -> Vec<u64> {
    let endpoint = format!("AWS_ENDPOINT_URL={}", stack.text("awsEndpointUrl"));
    let name = format!("AWS_LAMBDA_FUNCTION_NAME={}", stack.function(function));
    let processes = std::fs::read_dir("/proc").unwrap().filter_map(|entry| {
        let pid: u64 = entry.ok()?.file_name().to_str()?.parse().ok()?;
        let environment = std::fs::read(format!("/proc/{pid}/environ")).ok()?;
        let variables: Vec<&[u8]> = environment.split(|byte| *byte == 0).collect();
        let ours = variables.contains(&endpoint.as_bytes()) && variables.contains(&name.as_bytes());
        let program = std::fs::read_link(format!("/proc/{pid}/exe")).ok()?;
        (ours && program.ends_with("bootstrap")).then_some(pid)
    });
    processes.collect()
}

/// CPU time that the running processes of a function have used so far, in seconds.
pub fn cpu_seconds(stack: &Stack, function: &str) -> f64 {
    let used = |pid: u64| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // Behind the program's name: the 14th and 15th field of all.
        let fields = stat.rsplit(')').next()?.split_whitespace();
        let ticks = fields
            .skip(11)
            .take(2)
            .map(|field| field.parse::<f64>().ok());
        ticks.sum::<Option<f64>>()
    };
    let processes = function_processes(stack, function).into_iter();
    processes.filter_map(used).sum::<f64>() / TICKS
}
