//! Threads: one that takes connections, and one for each of them.

use std::io::{self, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, Builder};

use crate::answer::{Answer, Step};
use crate::request::Request;
use crate::{Handler, Shared, State};

/// Ends the taking of connections when it is dropped. Answers that are under way go on.
pub struct Life {
    ended: Arc<AtomicBool>,
    address: SocketAddr,
}

impl Drop for Life {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for a connection.
        let _ = TcpStream::connect(self.address);
    }
}

/// Takes connections from now on.
pub fn run(listener: TcpListener, shared: Arc<Shared>) -> io::Result<Life> {
    let ended = Arc::new(AtomicBool::new(false));
    let life = Life {
        ended: Arc::clone(&ended),
        address: shared.address,
    };
    Builder::new().name("origin".to_owned()).spawn(move || {
        for stream in listener.incoming() {
            if ended.load(Ordering::SeqCst) {
                break;
            }
            let shared = Arc::clone(&shared);
            // A client that goes away half way is part of the tests.
            let serve = |stream| thread::spawn(move || answer(stream, &shared));
            let _ = stream.map(serve);
        }
    })?;
    Ok(life)
}

fn answer(stream: TcpStream, shared: &Shared) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    let Some(mut request) = Request::read(&mut stream)? else {
        return Ok(());
    };
    let mut stream = stream.into_inner();
    let open = Open::enter(shared, &mut request);
    let handler = shared.state().handler(&request);
    let answer = handler.map_or(Answer::status(404), |handler| handler(&request));
    request.status = answer.status_code();
    // Before the first byte: who has the answer finds the request.
    shared.state().requests.push(request);
    let mut steps = answer.into_steps();
    let last = steps.pop_if(|step| matches!(step, Step::Send(_)));
    for step in steps {
        take(step, &mut stream)?;
    }
    // A client that has the whole answer may come again at once, and is not one more then.
    drop(open);
    last.map_or(Ok(()), |last| take(last, &mut stream))
}

fn take(step: Step, stream: &mut TcpStream) -> io::Result<()> {
    match step {
        Step::Send(bytes) => stream.write_all(&bytes),
        Step::Endless(bytes) => loop {
            stream.write_all(&bytes)?;
        },
        Step::Pause(pause) => {
            thread::sleep(pause);
            Ok(())
        }
        Step::Wait(gate) => {
            gate.pass();
            Ok(())
        }
        Step::Silence => stream.read(&mut [0]).map(drop),
    }
}

/// One of the requests that are being answered.
struct Open<'a> {
    shared: &'a Shared,
}

impl<'a> Open<'a> {
    /// Counts it, and tells the request its numbers.
    fn enter(shared: &'a Shared, request: &mut Request) -> Self {
        let mut state = shared.state();
        state.being_answered += 1;
        request.at_once = state.being_answered;
        let count = state.counts.entry(request.path().to_owned()).or_default();
        *count += 1;
        request.nth = *count;
        Self { shared }
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.shared.state().being_answered -= 1;
    }
}

impl State {
    fn handler(&self, request: &Request) -> Option<Handler> {
        let exact = self.handlers.get(&request.target);
        let any_query = || self.handlers.get(request.path());
        exact
            .or_else(any_query)
            .or(self.otherwise.as_ref())
            .cloned()
    }
}
