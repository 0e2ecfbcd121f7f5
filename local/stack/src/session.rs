//! A stack from its start to its end.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::console::Console;
use crate::deploy;
use crate::failure::Failure;
use crate::functions::{self, Build};
use crate::guarded::Guarded;
use crate::layout::{Kind, Layout, StackLayout};
use crate::process::Runner;
use crate::python;
use crate::services::{Change, Services};
use crate::stack::Stack;
use crate::verifiers;

/// What is started, and what is set differently from the template's defaults.
#[derive(Debug, Default)]
pub struct Settings {
    /// CIDR blocks that may be fetched from beside global addresses.
    pub networks: Vec<String>,
    /// The services alone: nothing is built and nothing deployed.
    pub services_only: bool,
    /// The connection string of the user's own MongoDB, instead of the bundled server.
    pub mongodb_uri: Option<String>,
    /// With an origin that asks for a header, and what webhooks are verified by.
    pub for_tests: bool,
    /// Parameters of the template.
    pub parameters: Vec<(&'static str, &'static str)>,
}

impl Settings {
    /// The template's defaults, but that this machine may be fetched from.
    pub fn for_this_machine() -> Self {
        Self {
            networks: vec!["127.0.0.0/8".to_owned()],
            ..Self::default()
        }
    }

    /// For tests: everything that is waited for comes soon, and the limits are within reach.
    pub fn for_tests() -> Self {
        let parameters = vec![
            ("ApiBurstLimit", "5000"),
            ("ApiRateLimit", "1000"),
            ("CompressTimeoutSeconds", "10"),
            ("CorsOrigin", "https://shop.example"),
            ("FetchConnectTimeoutSeconds", "2"),
            ("FetchIdleTimeoutSeconds", "2"),
            ("FetchTotalTimeoutSeconds", "4"),
            ("FinalizeTimeoutSeconds", "30"),
            ("ImageRetrySeconds", "1"),
            ("ImageTries", "3"),
            ("MaxImageBytes", "16777216"),
            ("NoticeTopic", "create"),
            ("ServiceRetrySeconds", "1"),
            ("SweepSchedule", "rate(1 minute)"),
            ("WebhookTimeoutSeconds", "2"),
        ];
        Self {
            parameters,
            for_tests: true,
            ..Self::for_this_machine()
        }
    }

    fn parameters(&self) -> Vec<(String, String)> {
        let own = [("AllowedNetworks", self.networks.join(","))];
        let fixed = self
            .parameters
            .iter()
            .map(|&(name, value)| (name, value.to_owned()));
        let all = own
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .chain(fixed);
        all.map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

/// A stack that is up. Dropping it ends everything.
#[derive(Debug)]
pub struct Session<'a> {
    console: &'a Console,
    python: PathBuf,
    layout: StackLayout,
    services: Services,
    /// Its description.
    pub stack: Stack,
    _lock: File,
}

/// Takes a stack for this process, for as long as the file is kept.
pub fn lock(files: &StackLayout) -> Result<File, Failure> {
    if !cfg!(target_os = "linux") {
        return Err(
            Failure::new("the functions are Linux programs and run only on Linux here")
                .advise("open the repository in its dev container (.devcontainer)"),
        );
    }
    files.lock()?.ok_or_else(|| {
        let advice = "`cargo local status` shows it, `cargo local down` stops it";
        Failure::new("it is up already, or being set up").advise(advice)
    })
}

/// Provisions, builds, starts and deploys.
pub fn start<'a>(
    console: &'a Console,
    layout: &Layout,
    kind: Kind,
    settings: &Settings,
) -> Result<Session<'a>, Failure> {
    let lock = lock(&layout.stack(kind))?;
    start_locked(console, layout, kind, settings, lock)
}

/// The same for a stack that was taken before.
pub fn start_locked<'a>(
    console: &'a Console,
    layout: &Layout,
    kind: Kind,
    settings: &Settings,
    lock: File,
) -> Result<Session<'a>, Failure> {
    let files = layout.stack(kind);
    let _ = fs::remove_file(files.description());
    console.stop_at_file(files.stop());
    let python = python::find()?;
    let runner = Runner {
        console,
        python: &python,
    };
    prepare(runner, layout, &files, settings)?;
    let verifiers = match settings.for_tests {
        true => Some(verifiers::prepare(runner, layout, &files)?),
        false => None,
    };
    let services = console.step("Start MongoDB and AWS", |step| {
        let own = settings.mongodb_uri.as_deref();
        Services::start(runner, layout, &files, kind, own, step)
    })?;
    let mut stack = Stack::of_services(&services)?;
    if !settings.services_only {
        let mut parameters = settings.parameters();
        if settings.for_tests {
            let guarded = Guarded::new(&services.client)?;
            parameters.push(guarded.parameter());
            stack.add("guarded", guarded.description());
        }
        console.step("Deploy (sam deploy)", |step| {
            deploy::deploy(runner, layout, &files, &services, &parameters, step)?;
            stack.add_deployment(&services)
        })?;
    }
    if let Some(verifiers) = verifiers {
        stack.add("verifiers", verifiers);
    }
    stack.write(&files.description())?;
    Ok(Session {
        console,
        python,
        layout: files,
        services,
        stack,
        _lock: lock,
    })
}

/// Makes the tools, and the functions when they are to be deployed: what both stacks share, so
/// one at a time.
fn prepare(
    runner: Runner<'_>,
    layout: &Layout,
    files: &StackLayout,
    settings: &Settings,
) -> Result<(), Failure> {
    let console = runner.console;
    let _lock = functions::lock(console, layout)?;
    let install = |environments: &[_]| {
        console.step("Install the Python tools", |step| {
            python::environments(runner, layout, files, environments, step)
        })
    };
    if settings.services_only {
        return install(&["services"]);
    }
    let build = Build::begin(runner, layout, files)?;
    install(&python::ENVIRONMENTS)?;
    match build {
        Some(build) => build.finish(),
        None => console.step("Build the functions", |step| {
            step.note("unchanged");
            Ok(())
        }),
    }
}

impl Session<'_> {
    /// Says where it is.
    pub fn announce(&self) {
        println!("\n{}", self.stack.summary(&self.layout.description()));
    }

    /// Serves until it is asked to stop.
    pub fn serve(mut self) -> Result<(), Failure> {
        println!("\nServing. Ctrl-C or `cargo local down` stops it.");
        loop {
            match self.watch() {
                Err(failure) if failure.is_interruption() => break,
                outcome => outcome?,
            }
        }
        println!("\nStopping.");
        Ok(())
    }

    /// Looks after the servers for a moment.
    pub fn watch(&mut self) -> Result<(), Failure> {
        let runner = Runner {
            console: self.console,
            python: &self.python,
        };
        if self.services.watch(runner)? == Change::DatabaseRestarted {
            self.stack.set_processes(&self.services);
            self.stack.write(&self.layout.description())?;
        }
        self.console.pause(Duration::from_millis(200))
    }

    /// The Python that was found.
    pub fn python(&self) -> &Path {
        &self.python
    }

    /// Its files.
    pub fn layout(&self) -> &StackLayout {
        &self.layout
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        let _ = fs::remove_file(self.layout.description());
        let _ = fs::remove_file(self.layout.stop());
    }
}
