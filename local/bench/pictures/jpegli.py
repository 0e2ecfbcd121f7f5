"""jpegli's side of `cargo local bench classes`: compresses JPEGs, a line of JSON for each, and answers what it took."""

import json
import sys
import time

import pyjpegli


def compress(question):
    with open(question["file"], "rb") as file:
        source = file.read()
    before = time.process_time()
    pixels, width, height = pyjpegli.decode(source)
    output = pyjpegli.encode(pixels, width, height, quality=question["quality"])
    cpu = time.process_time() - before
    if question["output"]:
        with open(question["output"], "wb") as file:
            file.write(output)
    return {"cpuMs": cpu * 1000, "bytes": len(output)}


for line in sys.stdin:
    try:
        answer = compress(json.loads(line))
    except Exception as error:  # said by the one who asks
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
