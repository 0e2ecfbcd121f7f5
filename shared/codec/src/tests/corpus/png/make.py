"""Makes what is not PngSuite in the PNG corpus, the references and manifest.tsv. What it needs is in README.md."""

import hashlib
import io
import pathlib
import struct
import subprocess
import zlib

import numpy
from PIL import Image

HERE = pathlib.Path(__file__).parent
PHOTO = HERE.parents[5] / "events/photos/espresso-cup.jpg"
MAGIC = b"\x89PNG\r\n\x1a\n"
GRAY, RGB, PALETTE, GRAY_ALPHA, RGBA = 0, 2, 3, 4, 6
CHANNELS = {GRAY: 1, RGB: 3, PALETTE: 1, GRAY_ALPHA: 2, RGBA: 4}
rows = []


def photo(width, height):
    return Image.open(PHOTO).convert("RGB").crop((120, 40, 530, 340)).resize((width, height), Image.LANCZOS)


def chunk(kind, data=b""):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def chunks(png):
    at = len(MAGIC)
    while png[at + 4:at + 8] != b"IEND":
        length = struct.unpack(">I", png[at:at + 4])[0]
        yield png[at + 4:at + 8], png[at + 8:at + 8 + length]
        at += 12 + length
    yield b"IEND", b""


def paeth(a, b, c):
    p = a + b - c
    return min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]


def filtered(row, above, size, kind):
    left = bytes(size) + row[:-size] if len(row) > size else bytes(len(row))
    corner = bytes(size) + above[:-size] if len(above) > size else bytes(len(above))
    guess = [lambda a, b, c: 0, lambda a, b, c: a, lambda a, b, c: b, lambda a, b, c: (a + b) // 2, paeth][kind]
    return bytes((x - guess(a, b, c)) & 255 for x, a, b, c in zip(row, left, above, corner))


def packed(samples, depth):
    """Rows of bytes of an array of samples: height, width, channels."""
    if depth == 16:
        return [row.astype(">u2").tobytes() for row in samples]
    if depth == 8:
        return [row.astype("u1").tobytes() for row in samples]
    bits = [numpy.unpackbits(row.astype("u1").reshape(-1, 1), axis=1)[:, 8 - depth:] for row in samples]
    return [numpy.packbits(row.reshape(-1)).tobytes() for row in bits]


def scanlines(samples, depth, filters):
    size, above, out = max(1, depth * samples.shape[2] // 8), None, b""
    for index, row in enumerate(packed(samples, depth)):
        kind = filters[index % len(filters)]
        out += bytes([kind]) + filtered(row, above or bytes(len(row)), size, kind)
        above = row
    return out


PASSES = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def png(samples, kind, depth=8, filters=(0, 1, 2, 3, 4), interlaced=False, before=b"", pieces=None, level=9, data=None):
    height, width = samples.shape[:2]
    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, interlaced)
    parts = [samples[y::dy, x::dx] for x, y, dx, dy in PASSES] if interlaced else [samples]
    lines = b"".join(scanlines(part, depth, filters) for part in parts if part.size)
    data = zlib.compress(lines, level) if data is None else data(lines)
    pieces = pieces or len(data)
    idat = b"".join(chunk(b"IDAT", data[at:at + pieces]) for at in range(0, len(data), pieces))
    return MAGIC + chunk(b"IHDR", header) + before + idat + chunk(b"IEND")


def reference(data):
    """What libpng reads, with 8 bits a sample: of 16, the upper ones."""
    needed = [b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"]  # no gAMA: ImageMagick would apply it
    data = MAGIC + b"".join(chunk(kind, part) for kind, part in chunks(data) if kind in needed)
    made = subprocess.run(["convert-im6.q16", "-", "-depth", "16", "-endian", "MSB", "RGBA:-"], input=data, check=True,
                          capture_output=True).stdout
    width, height = struct.unpack(">II", data[16:24])
    samples = (numpy.frombuffer(made, ">u2").reshape(height, width, 4) >> 8).astype("u1")
    image = Image.fromarray(numpy.ascontiguousarray(samples), "RGBA")
    digest = hashlib.sha256(image.tobytes()).hexdigest()[:16]
    image.save(HERE / "references" / f"{digest}.png", optimize=True)
    return digest


def accept(name, family, how, data, whole=None):
    (HERE / name).write_bytes(data)
    digest = reference(whole or data)
    rows.append([name, "ok", family, f"{digest}.png", digest, how])


def refuse(name, how, data):
    (HERE / name).write_bytes(data)
    rows.append([name, "decode_failed", "-", "-", "-", f"make.py: {how}"])


def pngsuite():
    for path in sorted(HERE.glob("pngsuite/*.png")):
        family = "pngsuite-deep" if path.name.endswith("16.png") else "pngsuite"
        accept(f"pngsuite/{path.name}", family, "PngSuite", path.read_bytes())


def layouts(picture):
    """A picture in every colour type and depth."""
    rgb = numpy.asarray(picture).astype("u2")
    gray = numpy.asarray(picture.convert("L")).astype("u2")[:, :, None]
    alpha = (numpy.indices(gray.shape[:2]).sum(0) * 255 // (sum(gray.shape[:2]) - 1)).astype("u2")[:, :, None]
    fine = lambda samples: samples * 257 ^ (samples & 3)
    for depth in [1, 2, 4, 8]:
        colours = picture.quantize(2 ** depth if depth < 8 else 200)
        palette = bytes(colours.getpalette()[:3 * (2 ** depth if depth < 8 else 200)])
        yield f"gray-{depth}", "gray", gray >> 8 - depth, GRAY, depth, b""
        yield f"gray-{depth}-key", "alpha", gray >> 8 - depth, GRAY, depth, chunk(b"tRNS", struct.pack(">H", 1))
        plte, indices = chunk(b"PLTE", palette), numpy.asarray(colours)[:, :, None]
        yield f"palette-{depth}", "palette", indices, PALETTE, depth, plte
        yield f"palette-{depth}-alpha", "alpha", indices, PALETTE, depth, plte + chunk(b"tRNS", b"\0\x80")
    key = rgb[3, 3].tolist()
    yield "gray-16", "deep", fine(gray), GRAY, 16, b""
    yield "gray-16-key", "deep", fine(gray), GRAY, 16, chunk(b"tRNS", struct.pack(">H", int(fine(gray)[9, 9, 0])))
    yield "rgb-8", "photo", rgb, RGB, 8, b""
    yield "rgb-8-key", "alpha", rgb, RGB, 8, chunk(b"tRNS", struct.pack(">3H", *key))
    yield "rgb-16", "deep", fine(rgb), RGB, 16, b""
    yield "rgb-16-key", "deep", fine(rgb), RGB, 16, chunk(b"tRNS", struct.pack(">3H", *fine(rgb)[3, 3].tolist()))
    yield "gray-alpha-8", "alpha", numpy.dstack([gray, alpha]), GRAY_ALPHA, 8, b""
    yield "gray-alpha-16", "deep", fine(numpy.dstack([gray, alpha])), GRAY_ALPHA, 16, b""
    yield "rgba-8", "alpha", numpy.dstack([rgb, alpha]), RGBA, 8, b""
    yield "rgba-16", "deep", fine(numpy.dstack([rgb, alpha])), RGBA, 16, b""


def own():
    picture = photo(47, 33)
    rgb = numpy.asarray(picture)
    for name, family, samples, kind, depth, before in layouts(picture):
        interlaced = depth in [2, 8] and "alpha" in name
        how = "make.py" + (", interlaced" if interlaced else "")
        accept(f"{name}.png", family, how, png(samples, kind, depth, before=before, interlaced=interlaced))
    for kind in range(5):
        accept(f"filter-{kind}.png", "photo", f"make.py: filter {kind} in all rows", png(rgb, RGB, filters=[kind]))
    for width, height in [(1, 1), (2, 1), (1, 9), (9, 1), (3, 5), (7, 7), (33, 2)]:
        small = numpy.asarray(photo(width, height))
        accept(f"size-{width}x{height}.png", "small", "make.py", png(small, RGB))
        accept(f"size-{width}x{height}-interlaced.png", "small", "make.py", png(small, RGB, interlaced=True))
    gamma = chunk(b"gAMA", struct.pack(">I", 55555))
    accept("gamma.png", "photo", "make.py: gamma 1.8", png(rgb, RGB, before=gamma))
    accept("pieces.png", "photo", "make.py: IDAT chunks of 11 bytes", png(rgb, RGB, pieces=11))
    accept("stored.png", "photo", "make.py: stored, not compressed", png(rgb, RGB, level=0))
    suggested = chunk(b"PLTE", bytes(range(30)))
    accept("suggested-palette.png", "photo", "make.py: true colour with a palette", png(rgb, RGB, before=suggested))
    text = chunk(b"tEXt", b"Comment\0SECRET") + chunk(b"tIME", bytes([7, 228, 1, 1, 0, 0, 0]))
    accept("text.png", "photo", "make.py: text and time", png(rgb, RGB, before=text))
    plain = png(rgb, RGB)
    accept("trailing.png", "photo", "make.py: bytes behind IEND", plain + b"SECRET")
    flat = numpy.full((64, 64, 4), [200, 30, 60, 128], "u1")
    accept("flat.png", "alpha", "make.py: one translucent colour", png(flat, RGBA))
    for name, image in [("rgb", photo(59, 41)), ("gray", photo(59, 41).convert("L")), ("palette", photo(59, 41).quantize(64))]:
        out = io.BytesIO()
        image.save(out, "PNG", optimize=True)
        family = {"rgb": "photo"}.get(name, name)
        accept(f"pillow-{name}.png", family, "Pillow 13.0.0", out.getvalue())
        pnm = io.BytesIO()
        image.convert("RGB" if name != "gray" else "L").save(pnm, "PPM")
        more = {"palette": "-colors 40 -type Palette"}.get(name, "-interlace PNG").split()
        made = subprocess.run(["convert-im6.q16", "-", *more, "png:-"], input=pnm.getvalue(), check=True,
                              capture_output=True).stdout
        accept(f"imagemagick-{name}.png", family, f"convert - {' '.join(more)} png:-", made)


def damaged():
    rgb = numpy.asarray(photo(23, 17))
    plain = png(rgb, RGB)
    header = plain[16:29]
    idat = plain.index(b"IDAT")
    with_header = lambda **at: MAGIC + chunk(b"IHDR", bytes(at.get(f"b{i}", x) for i, x in enumerate(header))) + plain[33:]
    flip = lambda data, at: data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]
    accept("no-end.png", "photo", "make.py: without IEND", plain[:-12], plain)
    accept("half-end.png", "photo", "make.py: cut in IEND", plain[:-3], plain)
    refuse("bad-crc-header.png", "a wrong checksum of IHDR", flip(plain, 30))
    refuse("bad-crc-data.png", "a wrong checksum of IDAT", flip(plain, len(plain) - 14))
    refuse("bad-data.png", "a flipped bit in IDAT", flip(plain, idat + 300))
    for name, share in [("quarter", 4), ("half", 2)]:
        refuse(f"bad-cut-{name}.png", "cut in IDAT", plain[:idat + (len(plain) - idat) // share])
    refuse("bad-cut-header.png", "cut in IHDR", plain[:20])
    short = lambda lines: zlib.compress(lines, 9)[:-300]
    refuse("bad-short-data.png", "a zlib stream that ends early", png(rgb, RGB, data=short))
    refuse("bad-few-rows.png", "less data than rows", png(rgb, RGB, data=lambda lines: zlib.compress(lines[:-70], 9)))
    refuse("bad-adler.png", "a wrong checksum of the zlib stream",
           png(rgb, RGB, data=lambda lines: zlib.compress(lines, 9)[:-4] + b"\1\2\3\4"))
    refuse("bad-zlib.png", "a zlib header that is none", png(rgb, RGB, data=lambda lines: b"\xff" + zlib.compress(lines)[1:]))
    refuse("bad-filter.png", "filter 5", png(rgb, RGB, data=lambda lines: zlib.compress(b"\5" + lines[1:])))
    refuse("bad-no-data.png", "without IDAT", plain[:33] + chunk(b"IEND"))
    refuse("bad-no-palette.png", "without PLTE", png(rgb[:, :, :1], PALETTE))
    refuse("bad-colour-type.png", "colour type 1", with_header(b9=1))
    refuse("bad-depth.png", "3 bits a sample", with_header(b8=3))
    refuse("bad-depth-rgb.png", "4 bits a sample of RGB", with_header(b8=4))
    refuse("bad-interlace.png", "interlace method 2", with_header(b12=2))
    refuse("bad-compression.png", "compression method 1", with_header(b10=1))
    refuse("bad-width-0.png", "a width of 0", with_header(b3=0))
    refuse("bad-taller.png", "a larger height", with_header(b7=200))
    refuse("bad-wider.png", "a larger width", with_header(b3=200))
    refuse("bad-length.png", "a chunk longer than the file", plain[:33] + b"\x7f\xff\xff\xff" + plain[37:])
    refuse("bad-unknown.png", "an unknown critical chunk", plain[:33] + chunk(b"ABCD", b"?") + plain[33:])
    refuse("bad-no-header.png", "without IHDR", MAGIC + plain[33:])


def main():
    (HERE / "references").mkdir(exist_ok=True)
    for old in [*HERE.glob("*.png"), *HERE.glob("references/*.png")]:
        old.unlink()
    for part in [pngsuite, own, damaged]:
        part()
    header = ["name", "result", "family", "reference", "digest", "made by"]
    (HERE / "manifest.tsv").write_text("".join("\t".join(row) + "\n" for row in [header, *rows]))
    size = lambda pattern: sum(path.stat().st_size for path in HERE.glob(pattern))
    print(f"{len(rows)} files of {size('*.png') + size('pngsuite/*')} bytes, references of {size('references/*')} bytes")


if __name__ == "__main__":
    main()
