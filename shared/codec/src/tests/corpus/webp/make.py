"""Makes the WebP corpus: its files, references and manifest.tsv. What it needs is in README.md."""

import hashlib
import io
import pathlib
import struct
import subprocess
import tempfile

import numpy
from PIL import Image

HERE = pathlib.Path(__file__).parent
PHOTO = HERE.parents[5] / "events/photos/espresso-cup.jpg"
TEMPORARY = pathlib.Path(tempfile.mkdtemp())
TURNS = [None, None, Image.FLIP_LEFT_RIGHT, Image.ROTATE_180, Image.FLIP_TOP_BOTTOM, Image.TRANSPOSE,
         Image.ROTATE_270, Image.TRANSVERSE, Image.ROTATE_90]
rows = []


def photo(width=53, height=37):
    return Image.open(PHOTO).convert("RGB").crop((120, 40, 530, 340)).resize((width, height), Image.LANCZOS)


def translucent(picture):
    x = numpy.indices((picture.height, picture.width))[1] * 255 // (picture.width - 1)
    picture = picture.copy()
    picture.putalpha(Image.fromarray(x.astype("u1")))
    return picture


def cwebp(options, picture):
    picture.save(TEMPORARY / "in.png")
    subprocess.run(["cwebp", "-quiet", *options.split(), TEMPORARY / "in.png", "-o", TEMPORARY / "out.webp"], check=True)
    return (TEMPORARY / "out.webp").read_bytes()


def pillow(picture, **options):
    out = io.BytesIO()
    picture.save(out, "WEBP", **options)
    return out.getvalue()


def exif(value):
    return b"MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1" + struct.pack(">HHI", value, 0, 0)


def reference(data, orientation):
    (TEMPORARY / "in.webp").write_bytes(data)
    subprocess.run(["dwebp", "-quiet", TEMPORARY / "in.webp", "-o", TEMPORARY / "out.png"], check=True)
    image = Image.open(TEMPORARY / "out.png").convert("RGBA")
    if TURNS[orientation] is not None:
        image = image.transpose(TURNS[orientation])
    digest = hashlib.sha256(image.tobytes()).hexdigest()[:16]
    image.save(HERE / "references" / f"{digest}.png", optimize=True)
    return digest


def accept(name, family, how, data, orientation=1, like=None):
    (HERE / f"{name}.webp").write_bytes(data)
    digest = reference(like or data, orientation)
    rows.append([f"{name}.webp", "ok", family, f"{digest}.png", digest, how])


def refuse(name, how, data):
    (HERE / f"{name}.webp").write_bytes(data)
    rows.append([f"{name}.webp", "decode_failed", "-", "-", "-", f"cwebp, {how}"])


def accepted():
    for name, options in [("q90", "-q 90"), ("q75", "-q 75"), ("q30", "-q 30"), ("segments", "-q 80 -segments 4 -m 6"),
                          ("simple-filter", "-q 80 -nostrong -f 60"), ("partitions", "-q 85 -partition_limit 90"),
                          ("sharp-yuv", "-q 90 -sharp_yuv")]:
        accept(f"lossy-{name}", "lossy", f"cwebp {options}", cwebp(options, photo()))
    for name, options, picture in [("z9", "-lossless -z 9", photo()), ("z0", "-lossless -z 0", photo()),
                                   ("palette", "-lossless", photo().quantize(12).convert("RGB")),
                                   ("near", "-near_lossless 40", photo())]:
        accept(f"lossless-{name}", "lossless", f"cwebp {options}", cwebp(options, picture))
    for name, options in [("lossy", "-q 85"), ("lossy-raw", "-q 85 -alpha_method 0"), ("lossy-filter",
                          "-q 85 -alpha_filter best"), ("lossless", "-lossless -exact"), ("coarse", "-q 85 -alpha_q 20")]:
        accept(f"alpha-{name}", "alpha", f"cwebp {options}", cwebp(options, translucent(photo())))
    for width, height in [(1, 1), (3, 2), (1, 17), (17, 1), (16, 16), (33, 15)]:
        for name, options in [("lossy", "-q 90"), ("lossless", "-lossless")]:
            accept(f"size-{width}x{height}-{name}", "small", f"cwebp {options}", cwebp(options, photo(width, height)))
    for value in range(1, 9):
        made = pillow(photo(), quality=88, exif=exif(value))
        accept(f"orientation-{value}", "turned", f"Pillow 13.0.0: EXIF orientation {value}", made, value)
    made = pillow(translucent(photo()), lossless=True, exif=exif(6))
    accept("orientation-6-alpha", "turned", "Pillow 13.0.0: lossless, EXIF orientation 6", made, 6)
    frames = [photo(20, 14), photo(20, 14).transpose(Image.FLIP_LEFT_RIGHT), photo(20, 14).convert("L").convert("RGB")]
    made = pillow(frames[0], save_all=True, append_images=frames[1:], duration=80, quality=80, allow_mixed=True)
    accept("animated", "animated", "Pillow 13.0.0: three frames", made, like=pillow(frames[0], quality=80))
    plain = cwebp("-q 90", photo())
    accept("trailing", "lossy", "cwebp -q 90, bytes behind the RIFF chunk", plain + b"SECRET", like=plain)


def refused():
    plain, lossless = cwebp("-q 90", photo(31, 23)), cwebp("-lossless", photo(31, 23))
    alpha = cwebp("-q 85", translucent(photo(31, 23)))
    resized = lambda data: data[:4] + struct.pack("<I", len(data) - 8) + data[8:]
    for name, data in [("lossy", plain), ("lossless", lossless), ("alpha", alpha)]:
        refuse(f"bad-cut-{name}", "cut in half", data[:len(data) // 2])
        refuse(f"bad-short-{name}", "cut in half, with a RIFF size to match", resized(data[:len(data) // 4 * 2]))
        refuse(f"bad-last-{name}", "without its last 4 bytes", data[:-4])
    refuse("bad-kind", "VP8 called VP9", plain.replace(b"VP8 ", b"VP9 ", 1))
    refuse("bad-signature", "a wrong start code of VP8", plain.replace(b"\x9d\x01\x2a", b"\x9d\x01\x2b", 1))
    refuse("bad-version", "a lossless picture of version 7", lossless[:24] + bytes([lossless[24] | 0xe0]) + lossless[25:])
    canvas = alpha.index(b"VP8X") + 12
    refuse("bad-canvas", "a canvas larger than the picture", alpha[:canvas] + b"\xff\0\0" + alpha[canvas + 3:])
    refuse("bad-empty", "no chunk at all", b"RIFF\x04\0\0\0WEBP")


def main():
    (HERE / "references").mkdir(exist_ok=True)
    for old in [*HERE.glob("*.webp"), *HERE.glob("references/*.png")]:
        old.unlink()
    accepted()
    refused()
    header = ["name", "result", "family", "reference", "digest", "made by"]
    (HERE / "manifest.tsv").write_text("".join("\t".join(row) + "\n" for row in [header, *rows]))
    size = lambda pattern: sum(path.stat().st_size for path in HERE.glob(pattern))
    print(f"{len(rows)} files of {size('*.webp')} bytes, references of {size('references/*')} bytes")


if __name__ == "__main__":
    main()
