//! Many frames.

use crate::containers::{canvas, chunk, png, riff, webp};
use crate::trial::Trial;

pub fn run(trial: &mut Trial) {
    let mut run = |name: &str, body: Vec<u8>| trial.run_twice("animations", name, &body);
    // A frame as large as the canvas, with data that ends at once, and one of a pixel.
    let frame = |side: u16, data: &[u8]| {
        let side = side.to_le_bytes();
        [
            b"\x21\xf9\x04\0\x01\0\0\0,\0\0\0\0",
            &side[..],
            &side,
            b"\0",
            data,
        ]
        .concat()
    };
    let gif = |side: u16, frames: &[u8]| {
        let side = side.to_le_bytes();
        let start = [b"GIF89a", &side[..], &side, b"\x80\0\0\0\0\0\xff\xff\xff"].concat();
        [&start[..], frames, b";"].concat()
    };
    const PIXEL: &[u8] = b"\x02\x02\x44\x01\0";
    run(
        "a GIF of large empty frames",
        gif(1_000, &frame(1_000, PIXEL).repeat(20_000)),
    );
    run(
        "a GIF of pixels on a large canvas",
        gif(1_000, &frame(1, PIXEL).repeat(200_000)),
    );
    run("a GIF of pixels", gif(1, &frame(1, PIXEL).repeat(200_000)));
    run(
        "a GIF of comments",
        gif(1, &b"\x21\xfe\x01x\0".repeat(300_000)),
    );
    run(
        "a GIF of loops",
        gif(
            1,
            &b"\x21\xff\x0bNETSCAPE2.0\x03\x01\xff\xff\0".repeat(200_000),
        ),
    );
    run(
        "a GIF whose data does not end",
        gif(
            1_000,
            &[frame(1_000, b"\x08"), vec![255; 16 << 20]].concat(),
        ),
    );
    run(
        "a GIF of clear codes",
        gif(
            1_000,
            &[
                frame(1_000, b"\x07"),
                [b"\xff".to_vec(), vec![0x80; 255]].concat().repeat(10_000),
            ]
            .concat(),
        ),
    );
    let control = |frames: u32| chunk("acTL", &[frames.to_be_bytes(), [0; 4]].concat());
    let framed = |at: u32, side: u32| {
        let side = side.to_be_bytes();
        chunk(
            "fcTL",
            &[&at.to_be_bytes()[..], &side, &side, &[0; 14]].concat(),
        )
    };
    let apng = |side: u32, frame: u32, frames: u32| {
        let mut chunks = vec![control(frames)];
        for at in 0..frames.min(50_000) {
            chunks.push(framed(2 * at, frame));
            chunks.push(chunk(
                "fdAT",
                &[&(2 * at + 1).to_be_bytes()[..], b"\x78\x9c"].concat(),
            ));
        }
        png(side, side, &chunks)
    };
    run("an APNG of large empty frames", apng(1_000, 1_000, 50_000));
    run("an APNG of pixels", apng(1, 1, 50_000));
    run("an APNG of 2^32 frames", apng(9, 9, u32::MAX));
    let moving = |side: u32, frame: u32, frames: usize| {
        let less = (frame - 1).to_le_bytes();
        let head = [&[0; 6], &less[..3], &less[..3], &[1, 0, 0, 0]].concat();
        let one = riff(
            "ANMF",
            &[head, riff("VP8L", b"\x2f\0\0\0\0\0\0\0")].concat(),
        );
        webp(&[
            canvas(2, side, side),
            riff("ANIM", &[0; 6]),
            one.repeat(frames),
        ])
    };
    run("a WebP of large empty frames", moving(1_000, 1_000, 50_000));
    run("a WebP of pixels", moving(1, 1, 200_000));
    run("a WebP of frames beyond the canvas", moving(9, 1_000, 10));
}
