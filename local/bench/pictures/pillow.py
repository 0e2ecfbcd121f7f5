"""Pillow's side of `cargo local bench corpus pictures`: shows what sharp does not read.

A line of JSON for each question, {"source": PATH, "output": PATH}: the picture is written as PNG, upright and in RGBA,
or the answer says why it is refused.
"""

import json
import sys

from PIL import Image, ImageOps

# Twice as many are refused.
Image.MAX_IMAGE_PIXELS = 50_000_000


def show(source, output):
    with Image.open(source) as picture:
        seen = ImageOps.exif_transpose(picture).convert("RGBA")
        # Windows and browsers do not believe in a bitmap of which nothing is to be seen.
        if picture.format == "BMP" and seen.getextrema()[3] == (0, 0):
            seen.putalpha(255)
        seen.save(output, "PNG")


for line in sys.stdin:
    question = json.loads(line)
    try:
        show(question["source"], question["output"])
        answer = {"read": True}
    except Exception as error:  # whatever a suite's worst files provoke
        answer = {"refused": str(error)}
    print(json.dumps(answer), flush=True)
