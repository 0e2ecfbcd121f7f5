//! The switches that break what the functions rely on.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use aws_sdk_lambda::types::Environment;
use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::Value;

use crate::queues;
use crate::stack::{LONG, Stack};
use crate::wait::until;

/// A fault for as long as this is kept. Tests that break the stack have it alone.
pub struct Fault {
    mend: Option<Box<dyn FnOnce() + Send>>,
}

impl Fault {
    /// What is out, such as `{"s3": "error", "sqs": "hang", "lambda": "error"}`.
    pub fn of_services(stack: &Stack, faults: &Value) -> Self {
        Self::write(stack, "faults.json", &faults.to_string())
    }

    /// The file of [`Fault::of_services`], for what breaks them from elsewhere.
    pub fn file_of_services(stack: &Stack) -> PathBuf {
        Path::new(stack.text("faults")).join("faults.json")
    }

    /// The bundled database is killed, and comes back with its data after this.
    pub fn of_mongodb(stack: &Stack) -> Self {
        Self::write(stack, "mongodb.down", "")
    }

    /// The bundled database is killed and all of its data removed; it comes back empty after this.
    pub async fn of_mongodb_lost(stack: &Stack) -> Self {
        let pid = stack.pid("mongodb");
        let fault = Self::of_mongodb(stack);
        until("MongoDB is gone", LONG, async || {
            (!sent(pid, "0")).then_some(())
        })
        .await;
        let data = Path::new(stack.text("faults")).join("mongodb");
        std::fs::remove_dir_all(&data).unwrap();
        std::fs::create_dir(data).unwrap();
        fault
    }

    /// The bundled database takes connections and answers nothing, until it goes on after this.
    pub fn of_mongodb_stopped(stack: &Stack) -> Self {
        let pid = stack.pid("mongodb");
        signal(pid, "STOP");
        // Gone already when it was killed meanwhile.
        Self::until(move || {
            let _ = sent(pid, "CONT");
        })
    }

    /// A function is deployed with another value of a variable of its environment, which is put
    /// right after this.
    pub async fn of_deployment(stack: &Stack, verb: &str, name: &str, value: &str) -> Self {
        let (client, function) = (stack.lambda.clone(), stack.function(verb).to_owned());
        let call = client.get_function_configuration().function_name(&function);
        let right = call.send().await.unwrap().environment.unwrap();
        let right = right.variables.unwrap();
        assert!(right.contains_key(name), "{function} has no {name}");
        let mut wrong = right.clone();
        wrong.insert(name.to_owned(), value.to_owned());
        let deploy = async move |variables| {
            let environment = Environment::builder().set_variables(Some(variables));
            let call = client.update_function_configuration();
            let call = call
                .environment(environment.build())
                .function_name(&function);
            call.send().await.unwrap();
        };
        deploy(wrong).await;
        Self::until_done(async move || deploy(right).await)
    }

    /// Every message to finalize is held back by its queue for so many seconds.
    pub async fn of_late_finalize(stack: &Stack, seconds: u32) -> Self {
        let name = QueueAttributeName::DelaySeconds;
        let (client, queue) = (stack.sqs.clone(), stack.text("finalizeQueueUrl").to_owned());
        queues::set(&client, &queue, name.clone(), seconds).await;
        Self::until_done(async move || queues::set(&client, &queue, name, 0).await)
    }

    /// The stack is updated with other parameters, which are put right after this.
    pub async fn of_parameters(stack: &Stack, changed: &[(&str, &str)]) -> Self {
        let cloudformation = stack.cloudformation();
        let known = cloudformation.parameters().await;
        let right = |(name, _): &(&str, &str)| ((*name).to_owned(), known[*name].clone());
        let right: BTreeMap<_, _> = changed.iter().map(right).collect();
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        cloudformation
            .update(&changed.iter().map(own).collect())
            .await;
        Self::until_done(async move || cloudformation.update(&right).await)
    }

    fn write(stack: &Stack, name: &str, text: &str) -> Self {
        let file = Path::new(stack.text("faults")).join(name);
        std::fs::write(&file, text).unwrap();
        // Gone already when the stack is.
        Self::until(move || drop(std::fs::remove_file(file)))
    }

    /// On a thread of its own, since what is dropped cannot be waited for.
    fn until_done(mend: impl AsyncFnOnce() + Send + 'static) -> Self {
        Self::until(move || {
            let mended = std::thread::spawn(move || {
                let runtime = tokio::runtime::Runtime::new().unwrap();
                runtime.block_on(mend());
            });
            mended.join().unwrap();
        })
    }

    fn until(mend: impl FnOnce() + Send + 'static) -> Self {
        let mend = Some(Box::new(mend) as Box<_>);
        Self { mend }
    }
}

impl Drop for Fault {
    fn drop(&mut self) {
        if let Some(mend) = self.mend.take() {
            mend();
        }
    }
}

/// Sends a process a signal, such as `KILL`.
pub fn signal(pid: u64, name: &str) {
    assert!(sent(pid, name), "kill -{name} {pid}");
}

/// Whether the process is there to have it.
pub(crate) fn sent(pid: u64, name: &str) -> bool {
    let mut kill = Command::new("kill");
    let done = kill.args([format!("-{name}"), pid.to_string()]).output();
    done.unwrap().status.success()
}
