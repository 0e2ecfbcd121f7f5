//! What the servers of the stack do by themselves, past the counting and one kind of call at a time: so that what is
//! theirs is not taken for ours.

use std::time::{Duration, Instant};

use futures::stream::{self, StreamExt, TryStreamExt};
use halftone_pipeline::request::ImageRef;
use halftone_pipeline::services::blobs::Key;
use halftone_pipeline::services::queue::ImageMessage;
use halftone_pipeline::services::store::{Image, ImageEnd, Request};
use serde_json::{Value, json};

use crate::lay;
use crate::machine::cpu_ms;
use crate::world::{Failure, Servers, World};

/// Documents that are inserted, in chunks as intake's.
const DOCUMENTS: u64 = 10_000;
const CHUNK: u64 = 500;
/// Documents that are read and updated, in batches as compress'.
const WORKED_ON: u64 = 2_000;
const BATCH: u64 = 100;
/// Point reads; messages; objects.
const READS: u64 = 500;
const MESSAGES: usize = 2_000;
const OBJECTS: u64 = 300;
/// Calls side by side.
const AT_ONCE: usize = 8;

/// Measures, with the documents of a request.
pub async fn of_servers(world: &World, request: &Request) -> Result<Value, Failure> {
    let servers = world.servers().await?;
    let mut rows = database(world, &servers, request).await?;
    rows.extend(emulator(world, &servers, request).await?);
    Ok(Value::from(rows))
}

async fn database(
    world: &World,
    servers: &Servers,
    request: &Request,
) -> Result<Vec<Value>, Failure> {
    let pid = world.mongodb_pid.as_str();
    let (images, requests) = (servers.store.images(), servers.store.requests());
    let chunk = |first: u64| -> Result<Vec<Image>, Failure> {
        let numbers = first..first + CHUNK;
        let image =
            |number| lay::pending(request, number, format!("http://a.example/{number}.jpg"));
        numbers.map(image).collect()
    };
    let inserted = timed("documents inserted, 500 a command", DOCUMENTS, pid, async {
        for first in (0..DOCUMENTS).step_by(usize::try_from(CHUNK)?) {
            images.insert(&chunk(first)?).await?;
        }
        Ok(())
    });
    let inserted = inserted.await?;
    let batches = || (0..WORKED_ON).step_by(usize::try_from(BATCH).unwrap_or(1));
    let batch = |first: u64| (first..first + BATCH).map(|number| place(request, number));
    let found = timed(
        "documents found by their ids, 100 a command",
        WORKED_ON,
        pid,
        async {
            for first in batches() {
                images.get_all(&batch(first).collect::<Vec<_>>()).await?;
            }
            Ok(())
        },
    );
    let found = found.await?;
    let ended = timed("documents updated, 100 a command", WORKED_ON, pid, async {
        for first in batches() {
            let end = |image| {
                (
                    message(image),
                    ImageEnd::Succeeded(lay::success(request, 0)),
                )
            };
            let ends: Vec<_> = batch(first).map(end).collect();
            images.record(&ends, &[]).await?;
        }
        Ok(())
    });
    let ended = ended.await?;
    let read = timed("requests read, one a command", READS, pid, async {
        for _ in 0..READS {
            requests.get(request.id).await?;
        }
        Ok(())
    });
    Ok(vec![inserted, found, ended, read.await?])
}

async fn emulator(
    world: &World,
    servers: &Servers,
    request: &Request,
) -> Result<Vec<Value>, Failure> {
    let pid = world.aws_pid.as_str();
    let messages: Vec<_> = (0..MESSAGES as u64)
        .map(|number| message(place(request, number)))
        .collect();
    let (queue, outputs) = (&servers.queue, &servers.outputs);
    let sent = timed("messages sent, ten a call", MESSAGES as u64, pid, async {
        Ok(queue.send_images(&request.owner_id, &messages).await?)
    });
    let sent = sent.await?;
    let received = timed(
        "messages received, ten a call",
        MESSAGES as u64,
        pid,
        async {
            let mut left = MESSAGES;
            while left > 0 {
                left = left.saturating_sub(queue.receive().await?.len());
            }
            Ok(())
        },
    );
    let received = received.await?;
    let put = timed("objects written, eight at a time", OBJECTS, pid, async {
        let put = async |number| {
            let key = Key::Output {
                image: place(request, number),
                name: "photo".to_owned(),
                extension: "jpg".to_owned(),
            };
            let body = vec![0; 1_000].into();
            outputs.put_new(&key, "image/jpeg", "no-cache", body).await
        };
        let puts = stream::iter(0..OBJECTS).map(put);
        Ok(puts.buffer_unordered(AT_ONCE).try_collect().await?)
    });
    Ok(vec![sent, received, put.await?])
}

fn place(request: &Request, ordinal: u64) -> ImageRef {
    ImageRef {
        request_id: request.id,
        ordinal,
    }
}

fn message(image: ImageRef) -> ImageMessage {
    ImageMessage {
        v: 1,
        image,
        round: 1,
    }
}

/// So many times something, with the processor time of the server that does it.
async fn timed(
    what: &str,
    times: u64,
    pid: &str,
    work: impl Future<Output = Result<(), Failure>>,
) -> Result<Value, Failure> {
    let (before, started) = (cpu_ms(pid), Instant::now());
    work.await?;
    let seconds = Duration::as_secs_f64(&started.elapsed());
    Ok(json!({
        "what": what, "times": times, "seconds": seconds, "cpuMs": cpu_ms(pid) - before,
    }))
}
