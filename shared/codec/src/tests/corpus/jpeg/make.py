"""Makes the JPEG corpus: its files, reference pictures and manifest.tsv. What it needs is in README.md."""

import hashlib
import io
import pathlib
import struct
import subprocess
import sys
import tempfile

import imagecodecs
import jpeglib
import numpy
import pyjpegli
from PIL import Image, ImageCms

HERE = pathlib.Path(__file__).parent
PHOTO = HERE.parents[5] / "events/photos/espresso-cup.jpg"
TEMPORARY = pathlib.Path(tempfile.mkdtemp())
SOF = b"\xff\xc0"
rows = []


def run(command, data=None):
    return subprocess.run(command.split(), input=data, check=True, capture_output=True).stdout


def resized(width, height):
    return Image.open(PHOTO).convert("RGB").crop((120, 40, 530, 340)).resize((width, height), Image.LANCZOS)


def ppm(image):
    out = io.BytesIO()
    image.save(out, "PPM")
    return out.getvalue()


PICTURE = resized(53, 37)
PIXELS = numpy.asarray(PICTURE)


def cjpeg(options, picture=PICTURE, scans=None):
    (TEMPORARY / "scans").write_text(scans or "")
    script = f" -scans {TEMPORARY / 'scans'}" if scans else ""
    return run(f"cjpeg {options}{script}", ppm(picture))


def through_file(write):
    path = TEMPORARY / "out.jpg"
    write(str(path))
    return path.read_bytes()


def coefficients(data):
    """A digest of what libjpeg-turbo reads: a component's blocks across and down, its steps, its levels."""
    path = TEMPORARY / "in.jpg"
    path.write_bytes(data)
    jpeglib.version.set("turbo210")
    image = jpeglib.read_dct(str(path))
    digest = hashlib.sha256()
    for index, levels in enumerate([image.Y, image.Cb, image.Cr]):
        if levels is None:
            continue
        steps = image.qt[image.quant_tbl_no[index]]
        digest.update(struct.pack("<HH", levels.shape[1], levels.shape[0]))
        digest.update(steps.astype("<u2").tobytes() + levels.astype("<i2").tobytes())
    return digest.hexdigest()[:16]


TURNS = [None, None, Image.FLIP_LEFT_RIGHT, Image.ROTATE_180, Image.FLIP_TOP_BOTTOM, Image.TRANSPOSE,
         Image.ROTATE_270, Image.TRANSVERSE, Image.ROTATE_90]


def reference(data, orientation):
    """Decodes with djpeg and stores the upright picture under a name made of its content."""
    image = Image.open(io.BytesIO(run("djpeg -dct int -pnm", data)))
    if TURNS[orientation] is not None:
        image = image.transpose(TURNS[orientation])
    return store(image)


def store(image):
    name = hashlib.sha256(f"{image.size}".encode() + image.tobytes()).hexdigest()[:12] + ".png"
    image.save(HERE / "references" / name, optimize=True)
    return name


def accept(name, family, how, data, like=None, orientation=1):
    """A file that is transcoded; `like` is the same picture in a form that libjpeg-turbo reads."""
    (HERE / f"{name}.jpg").write_bytes(data)
    like = like or data
    digest = coefficients(like) if orientation == 1 else "-"
    rows.append([f"{name}.jpg", "ok", family, reference(like, orientation), digest, how.strip()])


def refuse(name, code, how, data):
    (HERE / f"{name}.jpg").write_bytes(data)
    rows.append([f"{name}.jpg", code, "-", "-", "-", how])


def segment(marker, payload):
    return bytes([0xFF, marker]) + struct.pack(">H", len(payload) + 2) + payload


def insert(data, *parts):
    """Puts segments behind SOI."""
    return data[:2] + b"".join(parts) + data[2:]


def edit(data, find, change, skip=0):
    at = data.index(find) + len(find) + skip
    return data[:at] + change + data[at + len(change):]


def exif(value, order=">", thumbnail=b""):
    tag = lambda number, kind, value: struct.pack(order + "HHI", number, kind, 1) + (
        struct.pack(order + "HH", value, 0) if kind == 3 else struct.pack(order + "I", value))
    first = struct.pack(order + "H", 1) + tag(0x112, 3, value)
    tiff = (b"MM\0*" if order == ">" else b"II*\0") + struct.pack(order + "I", 8) + first
    if thumbnail:
        start = len(tiff) + 4 + 2 + 24 + 4
        tiff += struct.pack(order + "I", len(tiff) + 4) + struct.pack(order + "H", 2)
        tiff += tag(0x201, 4, start) + tag(0x202, 4, len(thumbnail))
    return segment(0xE1, b"Exif\0\0" + tiff + bytes(4) + thumbnail)


def wide_profile():
    """A small RGB profile with the primaries of Display P3 and a gamma of 1.8."""
    fixed = lambda *values: struct.pack(f">{len(values)}i", *(round(v * 65536) for v in values))
    xyz = lambda *values: b"XYZ \0\0\0\0" + fixed(*values)
    text = "Halftone wide"
    curve = b"curv\0\0\0\0" + struct.pack(">IHH", 1, round(1.8 * 256), 0)
    description = b"mluc\0\0\0\0" + struct.pack(">II2s2sII", 1, 12, b"en", b"US", 2 * len(text), 28)
    parts = [
        ([b"desc", b"cprt"], description + text.encode("utf-16-be") + bytes(2)),
        ([b"wtpt"], xyz(0.9642, 1, 0.8249)),
        ([b"rXYZ"], xyz(0.5151, 0.2412, -0.0011)),
        ([b"gXYZ"], xyz(0.2920, 0.6922, 0.0419)),
        ([b"bXYZ"], xyz(0.1571, 0.0666, 0.7841)),
        ([b"rTRC", b"gTRC", b"bTRC"], curve),
    ]
    count = sum(len(names) for names, _ in parts)
    table, body = struct.pack(">I", count), b""
    for names, data in parts:
        for tag in names:
            table += tag + struct.pack(">II", 132 + 12 * count + len(body), len(data))
        body += data
    size = 128 + len(table) + len(body)
    header = struct.pack(">I4x4s4s4s4s", size, b"\x04\x20\0\0", b"mntr", b"RGB ", b"XYZ ")
    header += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + fixed(0.9642, 1, 0.8249)
    return header.ljust(128, b"\0") + table + body


def icc(profile):
    return segment(0xE2, b"ICC_PROFILE\0\x01\x01" + profile)


def wide_steps(data):
    """The same quantization tables with 16 bits an entry, in an extended sequential frame."""
    at = data.index(b"\xff\xdb")
    while data[at:at + 2] == b"\xff\xdb":
        length = struct.unpack(">H", data[at + 2:at + 4])[0]
        payload = data[at + 4:at + 2 + length]
        wide = bytes([0x10 | payload[0]]) + b"".join(struct.pack(">H", step) for step in payload[1:])
        data = data[:at] + segment(0xDB, wide) + data[at + 2 + length:]
        at += 4 + len(wide)
    return data.replace(SOF, b"\xff\xc1", 1)


def without_height(data, marker=SOF):
    """The height moved from the frame header to a DNL segment behind the first scan."""
    at = data.index(marker) + 5
    height = data[at:at + 2]
    end = scan_end(data, data.index(b"\xff\xda"))
    return data[:at] + b"\0\0" + data[at + 2:end] + segment(0xDC, height) + data[end:]


def scan_end(data, at):
    at += 2
    while not (data[at] == 0xFF and data[at + 1] != 0 and not 0xD0 <= data[at + 1] <= 0xD7):
        at += 1
    return at


def samplings():
    split = "0;\n1;\n2;\n"
    modes = {"baseline": "", "progressive": "-progressive", "rows": "-restart 1", "blocks": "-restart 3B -optimize"}
    for sampling in ["1x1", "2x1", "1x2", "2x2"]:
        family = {"1x1": "444", "2x1": "422", "1x2": "440", "2x2": "420"}[sampling]
        for mode, options in modes.items():
            options = f"-quality 90 -sample {sampling} {options}"
            accept(f"s{family}-{mode}", family, f"cjpeg {options}", cjpeg(options))
        options = f"-quality 90 -sample {sampling}"
        accept(f"s{family}-split", family, f"cjpeg {options} -scans (0; 1; 2;)", cjpeg(options, scans=split))
    rest = {
        "411": "4x1", "410": "4x2", "1x4": "1x4", "2x4": "2x4", "3x1": "3x1", "3x2": "3x2", "1x3": "1x3",
        "21-11-11": "2x2,2x1,2x1", "12": "2x2,1x2,1x2", "mixed": "2x2,2x1,1x1", "mixed2": "2x2,1x2,2x1",
        "chroma": "1x1,2x2,2x2", "cb": "1x1,2x1,1x1", "all2x1": "2x1,2x1,2x1",
    }
    for name, sampling in rest.items():
        family = {"21-11-11": "440", "12": "422", "all2x1": "444"}.get(name, "odd")
        options = f"-quality 90 -sample {sampling}"
        accept(f"o{name}", family, f"cjpeg {options}", cjpeg(options))
        accept(f"o{name}-progressive", family, f"cjpeg {options} -progressive", cjpeg(options + " -progressive"))
        if name in ["411", "410", "3x1", "chroma", "mixed"]:
            accept(f"o{name}-split", family, f"cjpeg {options} -scans (0; 1; 2;)", cjpeg(options, scans=split))
    options = "-quality 85 -sample 4x4,1x1,1x1"
    accept("o4x4-split", "odd", f"cjpeg {options} -scans (0; 1; 2;)", cjpeg(options, scans=split))


SCRIPTS = {
    "luma-first": "0;\n1 2;\n",
    "chroma-last": "0 1;\n2;\n",
    "successive": "0 1 2: 0 0 0 1;\n0: 1 9 0 2;\n2: 1 63 0 1;\n1: 1 63 0 1;\n0: 10 63 0 2;\n0: 1 63 2 1;\n"
                  "0 1 2: 0 0 1 0;\n2: 1 63 1 0;\n1: 1 63 1 0;\n0: 1 63 1 0;\n",
    "spectral": "0: 0 0 0 0;\n1: 0 0 0 0;\n2: 0 0 0 0;\n0: 1 63 0 0;\n1: 1 63 0 0;\n2: 1 63 0 0;\n",
    "bit-planes": "0 1 2: 0 0 0 3;\n0 1 2: 0 0 3 2;\n0 1 2: 0 0 2 1;\n0 1 2: 0 0 1 0;\n"
                  + "".join(f"{c}: {k} {min(k + 20, 63)} 0 3;\n" for c in range(3) for k in range(1, 64, 21))
                  + "".join(f"{c}: 1 63 {b} {b - 1};\n" for b in (3, 2, 1) for c in range(3)),
    "unfinished": "0 1 2: 0 0 0 0;\n0: 1 20 0 1;\n",
}


def coding():
    for name, script in SCRIPTS.items():
        listed = script.replace("\n", " ").strip()
        listed = listed if len(listed) < 130 else "the script of this name in make.py"
        for options, suffix, family in [("", "", "420"), ("-restart 1 -sample 2x1", "-restart", "422")]:
            options = f"-quality 88 {options}".strip()
            family = "unfinished" if name == "unfinished" else family
            accept(f"p{name}{suffix}", family, f"cjpeg {options} -scans ({listed})", cjpeg(options, scans=script))
    for name, family, options in [
        ("gray", "gray", "-quality 90 -grayscale"),
        ("gray-progressive", "gray", "-quality 90 -grayscale -progressive"),
        ("gray-2x2", "gray", "-quality 90 -grayscale -sample 2x2 -restart 2B"),
        ("rgb", "rgb", "-quality 90 -rgb"),
        ("rgb-progressive", "rgb", "-quality 90 -rgb -progressive"),
        ("rgb-subsampled", "odd", "-quality 90 -rgb -sample 2x2,1x1,1x1"),
        ("q100", "420", "-quality 100"),
        ("q25", "coarse", "-quality 25"),
        ("q5-progressive", "coarse", "-quality 5 -progressive"),
        ("q1-16bit", "coarse", "-quality 1"),
        ("q1-16bit-progressive", "coarse", "-quality 1 -progressive"),
        ("q1-8bit", "coarse", "-quality 1 -baseline"),
        ("q96x20", "coarse", "-quality 96,20 -qslots 0,1"),
        ("optimized", "420", "-quality 90 -optimize"),
        ("dct-float", "420", "-quality 90 -dct float"),
    ]:
        accept(f"c{name}", family, f"cjpeg {options}", cjpeg(options))
    for width, height in [(1, 1), (2, 9), (7, 3), (8, 8), (9, 17), (16, 16), (17, 33), (1, 40), (33, 1), (64, 48)]:
        picture = resized(width, height)
        for name, options in [("420", ""), ("444", "-sample 1x1"), ("progressive", "-progressive -sample 2x1")]:
            options = f"-quality 92 {options}".strip()
            family = "tiny" if width * height < 600 else {"420": "420", "444": "444"}.get(name, "422")
            accept(f"d{width}x{height}-{name}", family, f"cjpeg {options}", cjpeg(options, picture))
    accept("d9x17-gray", "tiny", "cjpeg -quality 92 -grayscale", cjpeg("-quality 92 -grayscale", resized(9, 17)))


def containers():
    plain, restarts = cjpeg("-quality 90"), cjpeg("-quality 90 -restart 3B")
    progressive, gray = cjpeg("-quality 90 -progressive"), cjpeg("-quality 90 -grayscale")
    made = lambda change, options="": f"cjpeg -quality 90 {options}, then {change} by make.py".replace(" ,", ",")
    thumbnail = cjpeg("-quality 50 -sample 2x2", resized(16, 12))
    accept("m16bit-steps", "420", made("16-bit steps"), wide_steps(plain), plain)
    accept("mdnl", "420", made("the height in DNL"), without_height(plain), plain)
    accept("mdnl-gray", "gray", made("the height in DNL", "-grayscale"), without_height(gray), gray)
    accept("mdnl-progressive", "420", made("the height in DNL", "-progressive"),
           without_height(progressive, b"\xff\xc2"), progressive)
    end = scan_end(plain, plain.index(b"\xff\xda"))
    accept("mdnl-repeats", "420", made("a DNL that repeats the height"),
           plain[:end] + segment(0xDC, struct.pack(">H", 37)) + plain[end:], plain)
    at = plain.index(SOF)
    accept("mgarbage", "420", made("bytes that are no marker"), plain[:at] + b"\0\1garbage\xff\0" + plain[at:], plain)
    accept("mfill", "420", made("fill bytes before markers"), plain[:at] + b"\xff" * 7 + plain[at:-2] + b"\xff\xff\xd9",
           plain)
    at = restarts.index(b"\xff\xd1")
    accept("mfill-restart", "420", made("fill bytes before RST1", "-restart 3B"),
           restarts[:at] + b"\xff\xff" + restarts[at:], restarts)
    accept("mcomments", "420", made("COM and APPn segments"),
           insert(plain, segment(0xFE, b"SECRET comment"), segment(0xED, b"Photoshop 3.0\0SECRET"),
                  segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x>SECRET</x>")), plain)
    accept("mtrailing", "420", made("another picture and text behind EOI"), plain + thumbnail + b"SECRET", plain)
    accept("mno-eoi", "420", made("EOI taken out"), plain[:-2], plain)
    accept("mhalf-eoi", "420", made("half of EOI taken out"), plain[:-1], plain)
    accept("mjfxx", "420", made("a JFXX thumbnail"), plain[:20] + segment(0xE0, b"JFXX\0\x10" + thumbnail) + plain[20:],
           plain)
    accept("mno-jfif", "420", made("JFIF taken out"), plain[:2] + plain[20:], plain)
    accept("micc-wide", "420", made("a wide ICC profile"), insert(plain, icc(wide_profile())), plain)
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    accept("micc-srgb", "420", made("littleCMS's sRGB profile"), insert(plain, icc(srgb)), plain)
    for value in range(1, 9):
        order = "><"[value % 2]
        data = insert(plain, exif(value, order, thumbnail if value == 6 else b""))
        accept(f"e{value}-odd", "turned", made(f"EXIF orientation {value}"), data, orientation=value)
        whole = cjpeg("-quality 90", resized(64, 48))
        accept(f"e{value}-whole", "420", made(f"EXIF orientation {value}"), insert(whole, exif(value, order)),
               orientation=value)
    for name, value, options in [
        ("444", 6, "-sample 1x1"), ("422", 8, "-sample 2x1"), ("440-progressive", 5, "-sample 1x2 -progressive"),
        ("411", 7, "-sample 4x1"), ("gray", 3, "-grayscale"), ("rgb", 6, "-rgb"), ("progressive", 8, "-progressive")]:
        data = insert(cjpeg(f"-quality 90 {options}"), exif(value))
        accept(f"e{value}-{name}", "turned", made(f"EXIF orientation {value}", options), data, orientation=value)


def encoders():
    for sampling in ["2x2", "1x1"]:
        family = {"2x2": "420", "1x1": "444"}[sampling]
        factors = [[int(sampling[0])] * 2, [1, 1], [1, 1]]
        for version in ["mozjpeg403", "6b", "9f", "turbo210"]:
            for flags in [[], ["+PROGRESSIVE_MODE"]]:
                jpeglib.version.set(version)
                image = jpeglib.from_spatial(PIXELS)
                image.samp_factor = factors
                name = f"x{version}-{family}" + ("-progressive" if flags else "")
                how = f"jpeglib {jpeglib.__version__} ({version}): write_spatial(qt=88, flags={flags})"
                accept(name, family, how, through_file(lambda path: image.write_spatial(path, qt=88, flags=flags)))
    accept("xjpegli", "420", "pyjpegli 0.3.2: encode(quality=85)", pyjpegli.encode(PIXELS.tobytes(), 53, 37, 85))
    for number, options in enumerate(["-quality 88", "-quality 80 -interlace JPEG",
                                      "-quality 91 -sampling-factor 4:4:4", "-quality 90 -sampling-factor 4:1:1",
                                      "-quality 85 -colorspace Gray", "-quality 80 -colorspace RGB",
                                      "-quality 90 -define jpeg:optimize-coding=false -sampling-factor 4:2:2"]):
        family = ["420", "420", "444", "odd", "gray", "linear", "422"][number]
        accept(f"ximagemagick-{number}", family, f"convert - {options} jpeg:-",
               run(f"convert-im6.q16 - {options} jpeg:-", ppm(PICTURE)))
    for number, options in enumerate([dict(quality=75, subsampling=0), dict(quality=75, subsampling=1, optimize=True),
                                      dict(quality=95, subsampling=2, progressive=True),
                                      dict(quality=85, subsampling=2, restart_marker_blocks=5),
                                      dict(quality=85, subsampling=1, restart_marker_rows=1, progressive=True),
                                      dict(qtables=[[step] * 64 for step in (3, 5, 7)], subsampling=0)]):
        family = ["444", "422", "420", "420", "422", "444"][number]
        out = io.BytesIO()
        PICTURE.save(out, "JPEG", **options)
        how = ", ".join(f"{key}={value}" for key, value in options.items() if key != "qtables")
        how = how if "qtables" not in options else "three quantization tables"
        accept(f"xpillow-{number}", family, f"Pillow 13.0.0: save({how})", out.getvalue())


SWOP = (HERE.parents[2] / "pixels/swop.icc").read_bytes()


def on_press(image):
    """The press that pixels/inks.rs has for inks of which nothing is known."""
    share = numpy.asarray(image) / 255
    share = share + numpy.array([0.02, 0.17, 0.14, 0.05]) * share * (1 - share)
    share[..., 3] += 0.41 * share[..., :3].prod(axis=2) * (1 - share[..., 3])
    return Image.fromarray(numpy.round(share * 255).astype("u1"), "CMYK")


def accept_inks(name, how, data, orientation=1):
    """A file of CMYK: the reference is what littleCMS makes of what libjpeg-turbo (through Pillow) reads."""
    (HERE / f"{name}.jpg").write_bytes(data)
    profile = ImageCms.ImageCmsProfile(io.BytesIO(SWOP))
    srgb = ImageCms.createProfile("sRGB")
    transform = ImageCms.buildTransform(profile, srgb, "CMYK", "RGB", ImageCms.Intent.PERCEPTUAL)
    image = Image.open(io.BytesIO(data))
    if image.info.get("icc_profile") != SWOP:
        image = on_press(image)
    image = ImageCms.applyTransform(image, transform)
    if TURNS[orientation] is not None:
        image = image.transpose(TURNS[orientation])
    rows.append([f"{name}.jpg", "ok", "inks", store(image), "-", how])


def inks():
    cmyk = PICTURE.convert("CMYK")
    # Black ink too, as in what is separated for a press.
    black = numpy.asarray(cmyk).astype(int)
    least = black[..., :3].min(axis=2) // 2
    black = numpy.dstack([black[..., :3] - least[..., None], least]).astype("u1")
    picture = Image.fromarray(black, "CMYK")
    encode = imagecodecs.jpeg8_encode
    tool = f"imagecodecs {imagecodecs.__version__}"

    def pillow(**options):
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=92, **options)
        return out.getvalue()

    plain = pillow(subsampling=0)
    adobe = plain.index(b"\xff\xee")
    accept_inks("kcmyk", "Pillow 13.0.0: CMYK", plain)
    accept_inks("kprogressive", "Pillow 13.0.0: CMYK, progressive", pillow(subsampling=0, progressive=True))
    accept_inks("kprofile", "Pillow 13.0.0: CMYK, with a profile",
                pillow(subsampling=0, icc_profile=SWOP))
    accept_inks("kprofile-rgb", "Pillow 13.0.0: CMYK, with a profile for RGB",
                pillow(subsampling=0, icc_profile=wide_profile()))
    accept_inks("kno-adobe", "Pillow 13.0.0: CMYK, then the Adobe segment taken out by make.py",
                plain[:adobe] + plain[adobe + 16:])
    accept_inks("kturned", "Pillow 13.0.0: CMYK, then EXIF orientation 6 by make.py", plain[:2] + exif(6) + plain[2:], 6)
    for name in ["cmyk", "ycck"]:
        accept_inks(f"k{name}-2", f"{tool}: jpeg8_encode(outcolorspace='{name}')",
                    encode(255 - black, level=92, colorspace="cmyk", outcolorspace=name))


def refusals():
    plain, restarts = cjpeg("-quality 90"), cjpeg("-quality 90 -restart 2B")
    progressive = cjpeg("-quality 90 -progressive")
    gray = numpy.asarray(PICTURE.convert("L")).astype("u2")
    encode = imagecodecs.jpeg8_encode
    tool = f"imagecodecs {imagecodecs.__version__}"
    kind = "unsupported_format"
    refuse("rarithmetic", kind, "cjpeg -arithmetic", cjpeg("-arithmetic"))
    refuse("rarithmetic-progressive", kind, "cjpeg -arithmetic -progressive", cjpeg("-arithmetic -progressive"))
    refuse("r12bit", kind, f"{tool}: jpeg8_encode(bitspersample=12)", encode(gray * 16, level=85, bitspersample=12))
    refuse("rlossless", kind, f"{tool}: jpeg8_encode(lossless=True)", encode(PIXELS[:24, :24].copy(), lossless=True))
    refuse("rlossless-2", kind, f"{tool}: ljpeg_encode", imagecodecs.ljpeg_encode(gray.astype("u1")))
    hierarchical = insert(plain.replace(SOF, b"\xff\xc5", 1), b"\xff\xde" + plain[plain.index(SOF) + 2:][:17])
    refuse("rhierarchical", kind, "cjpeg -quality 90, a DHP segment put in and SOF0 made SOF5", hierarchical)
    damaged = lambda name, how, data: refuse(f"b{name}", "decode_failed", f"cjpeg -quality 90, {how}", data)
    scan = plain.index(b"\xff\xda")
    for name, end in [("soi", 2), ("header", 100), ("frame", plain.index(SOF) + 9), ("sos", scan + 14),
                      ("quarter", scan + (len(plain) - scan) // 4), ("half", scan + (len(plain) - scan) // 2),
                      ("late", len(plain) - 5)]:
        data = plain[:end] if end > 2 else plain[:2] + b"\xff"
        damaged(f"cut-{name}", f"cut to {len(data)} bytes", data)
    damaged("cut-closed", "cut in the scan, EOI put behind it", plain[:scan + 900] + b"\xff\xd9")
    late = progressive.rindex(b"\xff\xda")
    damaged("progressive-cut", "-progressive, cut in the last scan", progressive[:late + 60])
    damaged("progressive-closed", "-progressive, cut in the last scan, EOI put behind it",
            progressive[:late + 60] + b"\xff\xd9")
    damaged("progressive-scans", "-progressive, cut before the last scan", progressive[:late])
    at = restarts.index(b"\xff\xd2")
    damaged("restart-flipped", "-restart 2B, RST2 made RST5", edit(restarts, b"\xff\xd2", b"\xd5", -1))
    damaged("restart-missing", "-restart 2B, RST2 taken out", restarts[:at] + restarts[at + 2:])
    damaged("restart-lost", "-restart 2B, an interval taken out",
            restarts[:at] + restarts[restarts.index(b"\xff\xd3"):])
    damaged("restart-doubled", "-restart 2B, RST2 twice", restarts[:at] + b"\xff\xd2" + restarts[at:])
    damaged("restart-undeclared", "-restart 2B, the DRI segment taken out",
            restarts.replace(b"\xff\xdd\0\x04\0\x02", b""))
    damaged("scan-doubled", "the scan's data twice", plain[:-2] + plain[scan + 14:])
    damaged("scan-noise", "64 bytes of the scan replaced", edit(plain, b"\xff\xda", b"\xfe" * 64, 700))
    damaged("no-steps", "without its quantization tables", plain.replace(b"\xff\xdb", b"\xff\xed"))
    damaged("no-scan", "without its scan", plain[:scan] + b"\xff\xd9")
    damaged("no-frame", "without its frame header", plain.replace(SOF, b"\xff\xed", 1))
    damaged("two-frames", "with its frame header twice", insert(plain, plain[plain.index(SOF):][:19]))
    damaged("width-0", "a width of 0", edit(plain, SOF, b"\0\0", 5))
    damaged("height-0", "a height of 0 and no DNL", edit(plain, SOF, b"\0\0", 3))
    damaged("taller", "a height of 200", edit(plain, SOF, b"\0\xc8", 3))
    damaged("shorter", "a height of 12", edit(plain, SOF, b"\0\x0c", 3))
    damaged("factor-5", "a sampling factor of 5", edit(plain, SOF, b"\x55", 9))
    damaged("factor-0", "a sampling factor of 0", edit(plain, SOF, b"\x02", 9))
    damaged("component", "a scan of a component that is not in the frame", edit(plain, b"\xff\xda", b"\x07", 3))
    damaged("length-1", "a segment length of 1", insert(plain, b"\xff\xfe\0\x01"))
    damaged("length-far", "a segment that is longer than the file", insert(plain, b"\xff\xfe\xff\xff"))
    damaged("huffman", "a Huffman table with more codes than fit", edit(plain, b"\xff\xc4", b"\x09", 3))
    damaged("step-0", "a quantization step of 0", edit(plain, b"\xff\xdb", b"\0", 7))


def main():
    (HERE / "references").mkdir(exist_ok=True)
    for old in [*HERE.glob("*.jpg"), *HERE.glob("references/*.png")]:
        old.unlink()
    for part in [samplings, coding, containers, encoders, inks, refusals]:
        part()
    header = ["name", "result", "family", "reference", "coefficients", "made by"]
    (HERE / "manifest.tsv").write_text("".join("\t".join(row) + "\n" for row in [header, *rows]))
    size = lambda pattern: sum(path.stat().st_size for path in HERE.glob(pattern))
    print(f"{len(rows)} files of {size('*.jpg')} bytes, references of {size('references/*')} bytes")


if __name__ == "__main__":
    sys.exit(main())
