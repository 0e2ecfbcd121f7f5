//! Boxes, chunks, segments and directories: how files are put together, and what is put together badly.

use crate::trial::Trial;

/// The largest file that is fetched by default.
pub const LARGEST: usize = 32 << 20;

/// Puts the checksums of a PNG right, as far as its lengths lead.
pub fn repair(file: &mut [u8]) {
    let mut at = 8;
    while let Some(length) = file.get(at..).and_then(|rest| rest.first_chunk()) {
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap();
        let end = (at + 8).saturating_add(length);
        if end.saturating_add(4) > file.len() {
            return;
        }
        let sum = sum(&file[at + 4..end]).to_be_bytes();
        file[end..end + 4].copy_from_slice(&sum);
        at = end + 4;
    }
}

fn sum(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap()
}

/// A chunk of a PNG.
pub fn chunk(kind: &str, data: &[u8]) -> Vec<u8> {
    let content = [kind.as_bytes(), data].concat();
    let (length, sum) = (length(data).to_be_bytes(), sum(&content).to_be_bytes());
    [&length[..], &content, &sum].concat()
}

/// A PNG in gray of 8 bits with these chunks between header and end.
pub fn png(width: u32, height: u32, chunks: &[Vec<u8>]) -> Vec<u8> {
    let sides = [width.to_be_bytes(), height.to_be_bytes()].concat();
    let header = [&sides[..], &[8, 0, 0, 0, 0]].concat();
    let chunks = chunks.concat();
    let (header, end) = (chunk("IHDR", &header), chunk("IEND", &[]));
    [b"\x89PNG\r\n\x1a\n", &header[..], &chunks, &end].concat()
}

/// A chunk of a WebP.
pub fn riff(kind: &str, data: &[u8]) -> Vec<u8> {
    let padding = &[0][..data.len() % 2];
    [kind.as_bytes(), &length(data).to_le_bytes(), data, padding].concat()
}

pub fn webp(chunks: &[Vec<u8>]) -> Vec<u8> {
    riff("RIFF", &[b"WEBP", &chunks.concat()[..]].concat())
}

/// The header of a WebP with a canvas and these flags.
pub fn canvas(flags: u8, width: u32, height: u32) -> Vec<u8> {
    let [w, h] = [width - 1, height - 1].map(u32::to_le_bytes);
    riff("VP8X", &[&[flags, 0, 0, 0][..], &w[..3], &h[..3]].concat())
}

/// A segment of a JPEG.
pub fn segment(marker: u8, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len() + 2).unwrap().to_be_bytes();
    [&[0xff, marker][..], &length, data].concat()
}

/// A box of an AVIF.
pub fn boxed(kind: &str, data: &[u8]) -> Vec<u8> {
    let length = (length(data) + 8).to_be_bytes();
    [&length[..], kind.as_bytes(), data].concat()
}

/// A box with version and flags.
fn full(kind: &str, data: &[u8]) -> Vec<u8> {
    boxed(kind, &[&[0; 4], data].concat())
}

fn avif(meta: &[Vec<u8>]) -> Vec<u8> {
    let brands = boxed("ftyp", b"avif\0\0\0\0avifmif1miaf");
    [brands, full("meta", &meta.concat())].concat()
}

/// A TIFF of one directory; each entry is tag, type, count and value.
pub fn tiff(entries: &[(u16, u16, u32, u32)], next: u32, data: &[u8]) -> Vec<u8> {
    let count = u16::try_from(entries.len()).unwrap();
    let mut file = [b"II*\0\x08\0\0\0", &count.to_le_bytes()[..]].concat();
    for (tag, kind, count, value) in entries {
        file.extend([tag.to_le_bytes(), kind.to_le_bytes()].concat());
        file.extend([count.to_le_bytes(), value.to_le_bytes()].concat());
    }
    file.extend(next.to_le_bytes());
    [file, data.to_vec()].concat()
}

/// The entries of a gray picture in one strip of so many bytes right behind the directory, and some more entries.
pub fn gray(
    sides: (u32, u32),
    compression: u32,
    bytes: usize,
    more: &[(u16, u16, u32, u32)],
) -> Vec<(u16, u16, u32, u32)> {
    let count = u32::try_from(9 + more.len()).unwrap();
    let strip = 8 + 2 + 12 * count + 4;
    let mut entries = vec![
        (256, 4, 1, sides.0),
        (257, 4, 1, sides.1),
        (258, 3, 1, 8),
        (259, 3, 1, compression),
        (262, 3, 1, 1),
        (273, 4, 1, strip),
        (277, 3, 1, 1),
        (278, 4, 1, sides.1),
        (279, 4, 1, u32::try_from(bytes).unwrap()),
    ];
    entries.extend(more);
    entries.sort_unstable();
    entries
}

pub fn run(trial: &mut Trial) {
    let mut run = |name: &str, body: Vec<u8>| trial.run_twice("containers", name, &body);
    run("nothing", Vec::new());
    run("NULs", vec![0; LARGEST]);
    run(
        "a PNG of empty chunks",
        png(9, 9, &vec![chunk("IDAT", &[]); 300_000]),
    );
    run(
        "a PNG of texts",
        png(9, 9, &vec![chunk("tEXt", b"a\0b"); 300_000]),
    );
    run(
        "a PNG of headers",
        png(
            9,
            9,
            &vec![chunk("IHDR", &[0, 0, 0, 9, 0, 0, 0, 9, 8, 0, 0, 0, 0]); 1000],
        ),
    );
    run(
        "a PNG of palettes",
        png(9, 9, &vec![chunk("PLTE", &[7; 768]); 10_000]),
    );
    run(
        "a JPEG of comments",
        [b"\xff\xd8".to_vec(), segment(0xfe, b"x").repeat(300_000)].concat(),
    );
    run(
        "a JPEG of fill bytes",
        [b"\xff\xd8".to_vec(), vec![0xff; LARGEST - 2]].concat(),
    );
    run(
        "a JPEG of tables",
        [
            b"\xff\xd8".to_vec(),
            segment(0xdb, &[0; 65]).repeat(100_000),
        ]
        .concat(),
    );
    run(
        "a JPEG of restart marks",
        [b"\xff\xd8".to_vec(), b"\xff\xd0".repeat(LARGEST / 2 - 1)].concat(),
    );
    run(
        "a WebP of empty chunks",
        webp(&vec![riff("XXXX", &[]); 300_000]),
    );
    run("a WebP of canvases", webp(&vec![canvas(0, 9, 9); 100_000]));
    run(
        "a WebP of alphas",
        webp(&[canvas(16, 2000, 2000), riff("ALPH", &[1]).repeat(100_000)]),
    );
    for (name, body) in avifs().into_iter().chain(tiffs()) {
        run(name, body);
    }
}

fn avifs() -> Vec<(&'static str, Vec<u8>)> {
    let mut nested = Vec::new();
    for _ in 0..20_000 {
        nested = full("meta", &nested[..nested.len().min(1 << 20)]);
    }
    // An item that is a grid of itself, and whose alpha it is too.
    let reference = |kind| boxed(kind, &[0, 1, 0, 1, 0, 1]);
    let itself = [
        reference("dimg"),
        reference("auxl"),
        reference("thmb"),
        reference("prem"),
    ]
    .concat();
    let infe = |id: u16| full("infe", &[&id.to_be_bytes()[..], &[0, 0], b"grid"].concat());
    let ispe = full("ispe", &[[0, 0, 4, 0], [0, 0, 4, 0]].concat());
    let properties = |many: usize| {
        boxed(
            "iprp",
            &[
                boxed("ipco", &ispe.repeat(many)),
                full("ipma", &[0, 0, 0, 1, 0, 1, 1, 0x81]),
            ]
            .concat(),
        )
    };
    // Extents of a whole file each.
    let iloc = |items: u16, extents: u16| {
        let item = |id: u16| {
            let extent = [[0, 0, 0, 0], [1, 0, 0, 0]].concat();
            let head = [id.to_be_bytes(), [0, 0], extents.to_be_bytes()].concat();
            [head, extent.repeat(extents.into())].concat()
        };
        let items_of: Vec<u8> = (1..=items).flat_map(item).collect();
        full(
            "iloc",
            &[&[0x44, 0][..], &items.to_be_bytes(), &items_of].concat(),
        )
    };
    let primary = full("pitm", &[0, 1]);
    let names = |count: u16| {
        let all: Vec<u8> = (1..=count).flat_map(infe).collect();
        full("iinf", &[&count.to_be_bytes()[..], &all].concat())
    };
    vec![
        (
            "an AVIF of brands alone",
            boxed("ftyp", &b"avif".repeat(300_000)),
        ),
        (
            "an AVIF of boxes in boxes",
            [boxed("ftyp", b"avif\0\0\0\0avif"), nested].concat(),
        ),
        (
            "an AVIF of empty boxes",
            avif(&vec![boxed("free", &[]); 300_000]),
        ),
        (
            "an AVIF that is a grid of itself",
            avif(&[
                primary.clone(),
                names(1),
                full("iref", &itself),
                properties(1),
                iloc(1, 1),
            ]),
        ),
        (
            "an AVIF of properties",
            avif(&[primary.clone(), names(1), properties(500_000), iloc(1, 1)]),
        ),
        (
            "an AVIF of items",
            avif(&[
                primary.clone(),
                names(60_000),
                properties(1),
                iloc(60_000, 1),
            ]),
        ),
        (
            "an AVIF of extents",
            avif(&[primary, names(1), properties(1), iloc(1, 60_000)]),
        ),
        (
            "a box of 64 bits",
            [
                boxed("ftyp", b"avif\0\0\0\0avif"),
                b"\0\0\0\x01meta\xff\xff\xff\xff\xff\xff\xff\xff".to_vec(),
            ]
            .concat(),
        ),
    ]
}

fn tiffs() -> Vec<(&'static str, Vec<u8>)> {
    let data = vec![7; 100];
    let with =
        |more: &[(u16, u16, u32, u32)], next| tiff(&gray((10, 10), 1, 100, more), next, &data);
    let mut huge = gray((10, 10), 1, 100, &[]);
    let of = |tag: u16, entry: (u16, u32, u32), entries: &mut Vec<(u16, u16, u32, u32)>| {
        entries.retain(|(there, ..)| *there != tag);
        entries.push((tag, entry.0, entry.1, entry.2));
        entries.sort_unstable();
    };
    of(273, (4, 1 << 28, 8), &mut huge);
    of(279, (4, 1 << 28, 8), &mut huge);
    let mut deep = gray((10, 10), 1, 100, &[]);
    of(258, (3, 1, 65_535), &mut deep);
    let mut wide = gray((10, 10), 1, 100, &[]);
    of(277, (3, 1, 65_535), &mut wide);
    let mut rows = gray((1_000, 1_000), 1, 100, &[]);
    of(278, (4, 1, 0), &mut rows);
    let tiles = [
        (322, 4, 1, u32::MAX),
        (323, 4, 1, u32::MAX),
        (324, 4, 1, 8),
        (325, 4, 1, 8),
    ];
    let small = [
        (322, 4, 1, 1),
        (323, 4, 1, 1),
        (324, 4, 1_000_000, 8),
        (325, 4, 1_000_000, 8),
    ];
    vec![
        ("a TIFF whose next directory is itself", with(&[], 8)),
        (
            "a TIFF whose sub-directory is itself",
            with(&[(330, 4, 1, 8)], 0),
        ),
        ("a TIFF of 2^28 strips", tiff(&huge, 0, &data)),
        ("a TIFF of 65,535 bits a sample", tiff(&deep, 0, &data)),
        ("a TIFF of 65,535 samples a pixel", tiff(&wide, 0, &data)),
        ("a TIFF of no rows in a strip", tiff(&rows, 0, &data)),
        ("a TIFF of endless tiles", with(&tiles, 0)),
        (
            "a TIFF of tiles of a pixel",
            tiff(
                &gray((1_000, 1_000), 1, 100, &small),
                0,
                &vec![8; 8_000_000],
            ),
        ),
        (
            "a TIFF of the same tag",
            tiff(&vec![(256, 4, 1, 10); 60_000], 0, &data),
        ),
        (
            "a TIFF with a profile of 4 GB",
            with(&[(34_675, 7, u32::MAX, 8)], 0),
        ),
    ]
}
