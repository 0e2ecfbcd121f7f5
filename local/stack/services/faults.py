"""A fault switch between the functions and AWS: what an outage looks like from within.

`faults.json` in the stack's data directory names what is out, for example

    {"s3": "error", "sqs": "hang", "lambda": "error"}

It is read on every call, so a test breaks and mends a service by writing and removing a file.
"error" answers 503 at once. "hang" answers nothing until the fault is gone, and then does what was
asked, as a server does that was stopped and goes on: the client may have given up long before.
"some" answers 503 to every third call. "slow" does what was asked, a second and a half later.
"twice", for SQS, sends every message two more times, now and a while later: what at least once
means.

Only what programs do with data is broken: objects, messages, invocations. Whatever deploys, sets
up or tears down goes on working, and so does the delivery of messages to functions, which does not
pass through the API.
"""

import asyncio
import itertools
import json
import os
import pathlib
from urllib.parse import parse_qs

from ministack import app

POLL_SECONDS = 0.1
SLOW_SECONDS = 1.5
# When the last copy of a message comes: after most of what follows from the first.
REPEAT_SECONDS = 5
# What `sam deploy` uploads to: part of deploying.
ARTIFACTS = "halftone-artifacts"
MESSAGES = {
    "SendMessage",
    "SendMessageBatch",
    "ReceiveMessage",
    "DeleteMessage",
    "DeleteMessageBatch",
    "ChangeMessageVisibility",
    "ChangeMessageVisibilityBatch",
}


def s3_data(method, path, headers, body, query):
    """Objects, and lists of them; not buckets and their settings."""
    bucket, _, key = path.lstrip("/").partition("/")
    return bucket != ARTIFACTS and bool(key or "list-type" in query)


def sqs_data(method, path, headers, body, query):
    """Messages; not queues and their attributes."""
    action = headers.get("x-amz-target", "").rpartition(".")[2]
    if not action:
        form = parse_qs(body.decode("utf-8", "replace"))
        action = (query.get("Action") or form.get("Action") or [""])[0]
    return action in MESSAGES


def lambda_data(method, path, headers, body, query):
    """Invocations; not functions and their settings."""
    return path.rstrip("/").endswith(("/invocations", "/invoke-async"))


S3_ERROR = (
    503,
    {"Content-Type": "application/xml"},
    b"<Error><Code>ServiceUnavailable</Code><Message>a fault was switched on</Message></Error>",
)
JSON_ERROR = (
    503,
    {"Content-Type": "application/x-amz-json-1.0", "x-amzn-errortype": "ServiceUnavailable"},
    b'{"__type": "ServiceUnavailable", "message": "a fault was switched on"}',
)
OUT = ("error", "hang", "some", "slow")
SERVICES = {
    "s3": (s3_data, S3_ERROR, OUT),
    "sqs": (sqs_data, JSON_ERROR, (*OUT, "twice")),
    "lambda": (lambda_data, JSON_ERROR, OUT),
}


def read(file):
    """The faults that are switched on. A file that cannot be understood is an error, not none."""
    try:
        text = file.read_text()
    except FileNotFoundError:
        return {}
    # Empty: it is being written.
    faults = json.loads(text) if text.strip() else {}
    for service, kind in faults.items():
        if service not in SERVICES or kind not in SERVICES[service][2]:
            raise ValueError(f"{file}: no fault {service!r}: {kind!r}")
    return faults


def later(body):
    """The same messages, with a delay."""
    call = json.loads(body)
    for message in call.get("Entries", [call]):
        message["DelaySeconds"] = int(message.get("DelaySeconds") or 0) + REPEAT_SECONDS
    return json.dumps(call).encode()


async def repeat(handler, method, path, headers, body, query):
    """Sends messages that are about to be sent; other calls are none of its business."""
    if "SendMessage" in headers.get("x-amz-target", ""):
        for copy in (body, later(body)):
            await handler(method, path, headers, copy, query)


def breakable(service, handler, file):
    """A service's handler behind the switch."""
    concerns, error, _ = SERVICES[service]
    numbers = itertools.count()

    async def is_refused(kind):
        """Whether the fault answers instead of the service; it may take its time to let a call through."""
        if kind == "slow":
            await asyncio.sleep(SLOW_SECONDS)
        return kind == "error" or (kind == "some" and next(numbers) % 3 == 0)

    async def handle(method, path, headers, body, query):
        if concerns(method, path, headers, body, query):
            while (kind := read(file).get(service)) == "hang":
                await asyncio.sleep(POLL_SECONDS)
            if kind == "twice":
                await repeat(handler, method, path, headers, body, query)
            if await is_refused(kind):
                status, fields, text = error
                return status, dict(fields), text
        return await handler(method, path, headers, body, query)

    return handle


def install():
    """Puts the switch before each service."""
    file = pathlib.Path(os.environ["HALFTONE_FAULTS"])
    for service in SERVICES:
        handler = app.SERVICE_HANDLERS[service]
        app.SERVICE_HANDLERS[service] = breakable(service, handler, file)
