//! Depths, colours, and where samples stand.

use super::*;

/// Samples of few bits, packed, each row from a whole byte on.
fn packed(bits: usize, sample: impl Fn(usize, usize) -> u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    for y in 0..HEIGHT {
        let mut row = vec![0; (WIDTH * bits).div_ceil(8)];
        for x in 0..WIDTH {
            row[x * bits / 8] |= sample(x, y) << (8 - bits - x * bits % 8);
        }
        bytes.extend(row);
    }
    bytes
}

#[test]
fn grays_of_every_depth_and_from_either_end() {
    for writing in Writing::ALL {
        for (photometric, inverted) in [(0, true), (1, false)] {
            let flip = |sample: u8, most: u8| if inverted { most - sample } else { sample };
            let file = File::new(WIDTH, HEIGHT)
                .with(262, &[photometric])
                .written(writing);
            for bits in [1, 2, 4] {
                let most = (1 << bits) - 1;
                let sample = |x, y| gray(x, y) >> (8 - bits);
                let data = packed(bits, |x, y| flip(sample(x, y), most));
                let file = file.clone().with(258, &[bits]).of(&[data]);
                let expected = opaque(|x, y| [sample(x, y) * (255 / most); 3]);
                assert_eq!(shown(&file), expected, "{bits} {writing:?}");
            }
            let bytes = all(|x, y| [flip(gray(x, y), 255)]);
            let words = bytes
                .iter()
                .flat_map(|byte| writing.word(u16::from(*byte) * 257));
            for (bits, data) in [(16, words.collect()), (8, bytes.clone())] {
                let file = file.clone().with(258, &[bits]).of(&[data]);
                assert_eq!(shown(&file), grays(), "{bits} {writing:?}");
            }
        }
    }
}

#[test]
fn the_lowest_bit_may_be_the_first() {
    let data = packed(1, |x, y| gray(x, y) >> 7);
    let file = File::new(WIDTH, HEIGHT).with(262, &[1]).with(258, &[1]);
    let turned: Vec<u8> = data.iter().map(|byte| byte.reverse_bits()).collect();
    let expected = shown(&file.clone().of(&[data]));
    assert_eq!(shown(&file.with(266, &[2]).of(&[turned])), expected);
}

#[test]
fn palettes_of_every_depth() {
    for bits in [1, 2, 4, 8] {
        let colour = |index: usize| [index * 255 / ((1 << bits) - 1), 255 - index, 40];
        // Of 16 bits, or of 8 where the writer took them for these.
        for scale in [257, 1] {
            let map: Vec<usize> = (0..3)
                .flat_map(|part| (0..1 << bits).map(move |index| colour(index)[part] * scale))
                .collect();
            let index = |x, y| gray(x, y) >> (8 - bits);
            let file = File::new(WIDTH, HEIGHT)
                .with(262, &[3])
                .with(258, &[bits])
                .with(320, &map)
                .of(&[packed(bits, index)]);
            let rgb = |x, y| colour(index(x, y).into()).map(|value| u8::try_from(value).unwrap());
            assert_eq!(shown(&file), opaque(rgb), "{bits} {scale}");
        }
    }
}

#[test]
fn alpha_of_grays_colours_and_palettes() {
    let alpha = |x: usize| if x < 5 { 0x80 } else { 0xff };
    let file = |photometric, channels, data| plain(photometric, channels, &[data]).with(338, &[2]);
    let grays = file(1, 2, all(|x, y| [gray(x, y), alpha(x)]));
    let expected = all(|x, y| [gray(x, y), gray(x, y), gray(x, y), alpha(x)]);
    assert_eq!(shown(&grays), expected);
    let colours = |x, y| {
        let [r, g, b] = rgb(x, y);
        [r, g, b, alpha(x)]
    };
    assert_eq!(shown(&file(2, 4, all(colours))), all(colours));
    let map: Vec<usize> = (0..768).map(|place| place % 256 * 257).collect();
    let indexed = grays.clone().with(262, &[3]).with(320, &map);
    assert_eq!(shown(&indexed), expected);
}

/// Strips of some rows, or tiles, of one plane or of planes apart.
#[test]
fn strips_tiles_and_planes() {
    let parts = |tile: (usize, usize)| {
        let places = (0..HEIGHT).step_by(tile.1).flat_map(move |y| {
            (0..WIDTH)
                .step_by(tile.0)
                .map(move |x| (x..x + tile.0, y..y + tile.1))
        });
        places.collect::<Vec<_>>()
    };
    let strips = |rows: usize| {
        let places = (0..HEIGHT).step_by(rows);
        let places = places.map(|y| (0..WIDTH, y..(y + rows).min(HEIGHT)));
        places.collect::<Vec<_>>()
    };
    let layouts = [
        (File::new(WIDTH, HEIGHT).with(278, &[5]), strips(5)),
        (File::new(WIDTH, HEIGHT), strips(HEIGHT)),
        (
            File::new(WIDTH, HEIGHT).with(322, &[16]).with(323, &[8]),
            parts((16, 8)),
        ),
    ];
    for (file, places) in layouts {
        let file = file.with(258, &[8, 8, 8]).with(262, &[2]).with(277, &[3]);
        let chunky: Vec<_> = places
            .iter()
            .map(|place| samples(place.clone(), rgb))
            .collect();
        assert_eq!(shown(&file.clone().of(&chunky)), opaque(rgb), "{file:?}");
        let plane = |part: usize| {
            let places = places.iter();
            places.map(move |place| samples(place.clone(), |x, y| [rgb(x, y)[part]]))
        };
        let planes: Vec<_> = (0..3).flat_map(plane).collect();
        let file = file.with(284, &[2]).of(&planes);
        assert_eq!(shown(&file), opaque(rgb), "{file:?}");
    }
}

/// Luma of four pixels, and the chroma that they share.
#[test]
fn luma_and_chroma_without_jpeg() {
    let (across, down) = (WIDTH.div_ceil(2), HEIGHT.div_ceil(2));
    let units = (0..down).flat_map(|y| (0..across).map(move |x| (2 * x, 2 * y)));
    let data = units.flat_map(|(x, y)| {
        let luma = [(x, y), (x + 1, y), (x, y + 1), (x + 1, y + 1)];
        let [a, b, c, d] = luma.map(|(x, y)| gray(x, y));
        [a, b, c, d, 128, 128]
    });
    let file = plain(6, 3, &[data.collect()]);
    assert_eq!(shown(&file), grays());
    assert_eq!(shown(&file.with(530, &[2, 2])), grays());
}

/// Little ink is nearly white, and all of the black is nearly black; with alpha, apart, and in a JPEG.
#[test]
fn inks_become_colours() {
    let inks = |x: usize, y: usize| {
        if x < 8 {
            [0, 0, 0, 20]
        } else {
            [0, 230, 230, gray(x, y) / 4]
        }
    };
    let file = |channels, chunks: &[Vec<u8>]| plain(5, channels, chunks);
    let expected = shown(&file(4, &[all(inks)]));
    let pixel = |place: usize| &expected[place * 4..][..4];
    assert!(
        pixel(0).iter().all(|sample| *sample > 225),
        "{:?}",
        pixel(0)
    );
    assert!(pixel(12)[0] > 150 && pixel(12)[1] < 100, "{:?}", pixel(12));
    let planes: Vec<_> = (0..4).map(|part| all(|x, y| [inks(x, y)[part]])).collect();
    assert_eq!(shown(&file(4, &planes).with(284, &[2])), expected);
    let with_alpha = all(|x, y| {
        let [c, m, y, k] = inks(x, y);
        [c, m, y, k, 128]
    });
    let translucent = shown(&file(5, &[with_alpha]).with(338, &[2]));
    let alpha = translucent.iter().skip(3).step_by(4);
    assert!(alpha.clone().all(|alpha| *alpha == 128));
    let inks_of_its_own = file(4, &[all(inks)]).with(332, &[2]);
    assert_eq!(code(&inks_of_its_own.bytes()), "unsupported_format");
}

#[test]
fn channels_that_nobody_sees_are_passed_over() {
    let data = all(|x, y| {
        let [r, g, b] = rgb(x, y);
        [r, g, b, 99, 7]
    });
    let file = plain(2, 5, &[data]).with(338, &[0, 0]);
    assert_eq!(shown(&file), opaque(rgb));
}
