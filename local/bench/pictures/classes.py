"""Makes the sources of `cargo local bench classes` from pictures that have lost nothing.

A line of JSON for each question, {"picture": PATH, "kind": KIND, "form": {...}, "output": PATH}; the answer is {} once
the output is written, or says what went wrong.
"""

import functools
import json
import sys

from PIL import Image

# The pixels of the largest picture that is read, 6028 × 3391, are fewer.
Image.MAX_IMAGE_PIXELS = 30_000_000

# Photographs and renders are made smaller until this is their longer side, by at least 1.4: so nothing is left of
# the blocks and the chroma that the JPEG lost they come as.
SIDE = 1200
# A cut-out stands in the middle of such a square, as shops show them.
SQUARE = 800

SUBSAMPLING = {"4:4:4": 0, "4:2:2": 1, "4:2:0": 2}


@functools.cache
def pristine(path, kind):
    with Image.open(path) as opened:
        if kind == "cut-out":
            cut = opened.convert("RGBA")
            square = Image.new("RGBA", (SQUARE, SQUARE), (255, 255, 255, 0))
            square.paste(cut, ((SQUARE - cut.width) // 2, (SQUARE - cut.height) // 2))
            return square
        picture = on_white(opened)
    if kind in ("photograph", "render"):
        picture.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS, reducing_gap=None)
    return picture


def on_white(picture):
    seen = picture.convert("RGBA")
    ground = Image.new("RGBA", seen.size, "white")
    return Image.alpha_composite(ground, seen).convert("RGB")


def save(picture, kind, form, output):
    match form["format"]:
        case "jpeg":
            on_white(picture).save(
                output,
                "JPEG",
                quality=form["quality"],
                subsampling=SUBSAMPLING[form["sampling"]],
                progressive=form["progressive"],
            )
        case "png":
            picture.save(output, "PNG")
        case "webp":
            picture.save(output, "WEBP", quality=90, lossless=kind in ("screenshot", "text"))
        case "gif":
            on_white(picture).quantize(256).save(output, "GIF")


for line in sys.stdin:
    question = json.loads(line)
    try:
        kind = question["kind"]
        save(pristine(question["picture"], kind), kind, question["form"], question["output"])
        answer = {}
    except Exception as error:  # said by the one who asks
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
