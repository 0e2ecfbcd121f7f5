//! The worker of `cargo local bench scale`: one request of so many images through the jobs, in this
//! process, against the servers of a running stack. Prints its figures as JSON.
//!
//! `scale STACK.json IMAGES ROOM [laid|intake|limits]`: `ROOM` is how many bytes a further column of the CSV has.
//! With `laid` intake gets one minute, and the images' documents are then laid directly, all of them ended; with
//! `intake` there is nothing behind that minute; with `limits` it is only what the servers can do.

mod calls;
mod lay;
mod limits;
mod machine;
mod world;

use std::io::Write;
use std::time::{Duration, Instant};

use futures::TryStreamExt;
use futures::future::try_join_all;
use halftone_pipeline::jobs::compress::{Received, send_anew};
use halftone_pipeline::request::{RequestId, ResultsFile};
use halftone_pipeline::services::blobs::Key;
use mongodb::bson::{Document, RawDocumentBuf, doc};
use serde_json::{Value, json};

use machine::{cpu_ms, forget_peak, peak};
use world::{Failure, World};

/// How long intake may take where documents are laid directly.
const SOME: Duration = Duration::from_secs(60);
/// How long it may take otherwise.
const LONG: Duration = Duration::from_secs(3_600);
/// One run of finalize with the template's defaults.
const RUN: Duration = Duration::from_secs(115);
/// Looks at status and results pages, of each as many as there is time for.
const LOOKS: u64 = 300;
const LOOKING: Duration = Duration::from_secs(90);
/// Images of a page that is looked at: as many as the smallest request has.
const PAGE: u64 = 10;
/// Images of a batch: the template's default.
const BATCH: usize = 100;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [stack, images, room, rest @ ..] = arguments.as_slice() else {
        return Err("scale STACK.json IMAGES ROOM [laid|intake|limits]".into());
    };
    let stack = serde_json::from_slice(&std::fs::read(stack)?)?;
    let world = World::new(&stack).await?;
    world.store.prepare().await?;
    let (images, room) = (images.parse()?, room.parse()?);
    let figures = scale(&world, images, room, rest.first().map(String::as_str)).await?;
    writeln!(std::io::stdout().lock(), "{figures}")?;
    Ok(())
}

async fn scale(
    world: &World,
    images: u64,
    room: usize,
    short: Option<&str>,
) -> Result<Value, Failure> {
    let photo = world.origin.serve("/photo.bmp", picture());
    let url = |number: u64| format!("{photo}?{number}");
    let csv = csv(images, room, &url)?;
    let bytes = csv.len();
    let dropped = world.drop("scale.csv", csv).await?;
    // Without any time it is validated and recorded, and nothing is taken in.
    let validate = measured(world, async {
        Ok(world.drops().take_in(&dropped, Instant::now()).await?)
    });
    let validate = validate.await?;
    eprintln!("validate: {validate}");
    if short == Some("limits") {
        let request = world.store.requests().get(id(world).await?).await?;
        let limits = limits::of_servers(world, &request.ok_or("no request")?).await?;
        return Ok(json!({ "limits": limits }));
    }
    let allowed = short.map_or(LONG, |_| SOME);
    let intake = measured(world, async {
        Ok(world
            .drops()
            .take_in(&dropped, Instant::now() + allowed)
            .await?)
    });
    let mut intake = intake.await?;
    let id = id(world).await?;
    let request = world.store.requests().get(id).await?.ok_or("no request")?;
    intake["images"] = json!(request.intake.next_ordinal);
    eprintln!("intake: {intake}");
    if short == Some("intake") {
        return Ok(json!({
            "images": images, "csvBytes": bytes, "validate": validate, "intake": intake,
        }));
    }
    let (mut compress, mut layed) = (Value::Null, Value::Null);
    if short.is_some() {
        layed = lay::all(world, id, url).await?;
    } else {
        compress = measured(world, work(world)).await?;
    }
    eprintln!("images: {compress} {layed}");
    let mut runs = 0;
    let finalize = measured(world, async {
        runs += 1;
        while !world.completion().finish(id, Instant::now() + RUN).await? {
            runs += 1;
            eprintln!("finalize: run {runs}");
        }
        Ok(())
    });
    let finalize = finalize.await?;
    let mut files = json!({});
    for file in ResultsFile::ALL {
        let (bytes, lines) = world.lines(&Key::Results(id, 1, file).to_string()).await?;
        files[file.word()] = json!({"bytes": bytes, "lines": lines});
    }
    let looks = looks(world, id, images).await?;
    let document = document(world).await?;
    let progress = world.store.requests().get(id).await?.ok_or("no request")?;
    Ok(json!({
        "images": images, "csvBytes": bytes, "laid": layed, "validate": validate, "intake": intake,
        "compress": compress, "finalize": finalize, "runs": runs, "files": files, "looks": looks,
        "documentBytes": document,
        "status": progress.status.to_string(), "succeeded": progress.counts.succeeded,
    }))
}

/// The only request that there is.
async fn id(world: &World) -> Result<RequestId, Failure> {
    let requests = world.database.collection::<Document>("requests");
    let found = requests.find_one(doc! {}).await?;
    let found = found.ok_or("the CSV became no request")?;
    Ok(found.get_str("_id")?.parse()?)
}

/// Bytes of an image's document, of a hundred.
async fn document(world: &World) -> Result<f64, Failure> {
    let images = world.database.collection::<RawDocumentBuf>("images");
    let some = images.find(doc! {}).limit(100).await?;
    let some: Vec<RawDocumentBuf> = some.try_collect().await?;
    let bytes: usize = some.iter().map(|document| document.as_bytes().len()).sum();
    Ok(bytes as f64 / some.len() as f64)
}

/// What work costs here and at the servers.
async fn measured(
    world: &World,
    work: impl Future<Output = Result<(), Failure>>,
) -> Result<Value, Failure> {
    let cpu = || {
        [
            cpu_ms("self"),
            cpu_ms(&world.mongodb_pid),
            cpu_ms(&world.aws_pid),
        ]
    };
    world.calls.take();
    forget_peak();
    let (before, begun, started) = (cpu(), peak(), Instant::now());
    work.await?;
    let (seconds, after) = (started.elapsed().as_secs_f64(), cpu());
    Ok(json!({
        "seconds": seconds,
        "cpuMs": after[0] - before[0],
        "mongodbCpuMs": after[1] - before[1],
        "awsCpuMs": after[2] - before[2],
        "peakBytes": peak(),
        "peakBytesBefore": begun,
        "calls": world.calls.take(),
    }))
}

/// Works on all that is queued, a batch at a time.
async fn work(world: &World) -> Result<(), Failure> {
    let compress = world.compress()?;
    loop {
        let (mut batch, mut receipts) = (Vec::new(), Vec::new());
        while batch.len() < BATCH {
            let received = world.images.receive().await?;
            if received.is_empty() {
                break;
            }
            for message in received {
                batch.push(Received {
                    message: serde_json::from_str(&message.body)?,
                    receives: 1,
                });
                receipts.push(message.receipt);
            }
        }
        if batch.is_empty() {
            return Ok(());
        }
        let back = compress
            .run(&batch, Instant::now() + Duration::from_secs(120))
            .await;
        let back = send_anew(&world.images, &batch, back).await;
        if !back.is_empty() {
            return Err(format!("{} images of a batch came back", back.len()).into());
        }
        // Lambda deletes what was worked on.
        let deletes = receipts.iter().map(|receipt| world.images.delete(receipt));
        try_join_all(deletes).await?;
        let _ = write!(std::io::stderr(), ".");
    }
}

/// How long point reads of a request and pages of its images take.
async fn looks(world: &World, id: RequestId, images: u64) -> Result<Value, Failure> {
    let request = world.store.requests().get(id).await?.ok_or("no request")?;
    let status = look(world, async |_| {
        world.store.requests().get(id).await?;
        Ok(())
    });
    let status = status.await?;
    let page = look(world, async |look| {
        let from = look * 7_919 % images.saturating_sub(PAGE).max(1);
        let found = world.store.images().page(&request, from, PAGE).await?;
        match found.len() as u64 == PAGE.min(images) {
            true => Ok(()),
            false => Err(format!("a page has {} images", found.len()).into()),
        }
    });
    Ok(json!({"status": status, "page": page.await?}))
}

/// The median and the slowest hundredth of looks, in milliseconds, and the database's processor time for one.
async fn look(
    world: &World,
    look: impl AsyncFn(u64) -> Result<(), Failure>,
) -> Result<Value, Failure> {
    let (cpu, begun, mut times) = (cpu_ms(&world.mongodb_pid), Instant::now(), Vec::new());
    for number in 0..LOOKS {
        let started = Instant::now();
        look(number).await?;
        times.push(started.elapsed().as_secs_f64() * 1e3);
        if begun.elapsed() > LOOKING {
            break;
        }
    }
    let cpu = cpu_ms(&world.mongodb_pid) - cpu;
    times.sort_by(f64::total_cmp);
    Ok(json!({
        "looks": times.len(),
        "p50": times[times.len() / 2],
        "p99": times[times.len() * 99 / 100],
        "mongodbCpuMs": cpu as f64 / times.len() as f64,
    }))
}

fn csv(images: u64, room: usize, url: &impl Fn(u64) -> String) -> Result<Vec<u8>, Failure> {
    let mut csv = Vec::new();
    writeln!(csv, "S. No.,Product Name,Input Image Urls,Description")?;
    let about = "x".repeat(room);
    for number in 0..images {
        writeln!(csv, "{number},Product {number},{},{about}", url(number))?;
    }
    Ok(csv)
}

/// A bitmap of 64 × 48 pixels: small, quick to decode, and smaller as a PNG.
fn picture() -> Vec<u8> {
    let (width, height) = (64_u32, 48_u32);
    let pixels = width * height * 3;
    let mut bytes = b"BM".to_vec();
    for field in [54 + pixels, 0, 54, 40, width, height] {
        bytes.extend(field.to_le_bytes());
    }
    bytes.extend(1_u16.to_le_bytes());
    bytes.extend(24_u16.to_le_bytes());
    for field in [0, pixels, 2_835, 2_835, 0, 0] {
        bytes.extend(field.to_le_bytes());
    }
    bytes.extend((0..pixels).map(|at| (at * 7 + at / 192 % 251).to_le_bytes()[0]));
    bytes
}
