"""Starts the AWS emulator, with some things put right that AWS does and it does not (yet).

Each is a small wrapper around a function of the pinned release; the larger ones have a file of
their own beside this one. When a later release no longer has that function, the start fails here
and says so, rather than the stack behaving oddly.
"""

import functools
import inspect
import socketserver

import alarms
import batches
import cdn
import cors
import fair
import faults
import gateway
from ministack.app import main
from ministack.core import lambda_runtime
from ministack.services import apigateway_v1, lambda_svc

# How long to wait for a function's log after it has answered. What it wrote before is in the pipe
# by then; a line that comes later still is logged with the next invocation.
FIRST_LINE_SECONDS = 0.005
LAST_LINE_SECONDS = 0.002

build_event = apigateway_v1._build_lambda_event_v1
batches_at_once = lambda_svc._sqs_esm_concurrency


def with_api_key(*args, **kwargs):
    """API Gateway tells the function which API key a call came with."""
    event = build_event(*args, **kwargs)
    key = apigateway_v1._resolve_api_key(apigateway_v1._api_key_from_request(event["headers"]))
    if key:
        event["requestContext"]["identity"].update(apiKey=key["value"], apiKeyId=key["id"])
    return event


def with_number(mapping, *args, **kwargs):
    """CloudFormation hands a parameter of type Number over as a number, not as text."""
    scaling = mapping.get("ScalingConfig") or {}
    if "MaximumConcurrency" in scaling:
        scaling["MaximumConcurrency"] = int(scaling["MaximumConcurrency"])
    return batches_at_once(mapping, *args, **kwargs)


def without_waiting():
    """An invocation costs no more than the function takes.

    The runtime API writes head and body of an event one after the other, and the second would
    wait for the acknowledgement of the first: 40 ms. Each invocation then waits 50 ms for a first
    line of log, whether or not there will be one.
    """
    socketserver.StreamRequestHandler.disable_nagle_algorithm = True
    waits = {"first_line_wait": FIRST_LINE_SECONDS, "idle_confirm": LAST_LINE_SECONDS}
    drain = lambda_runtime.Worker._drain_stderr_bounded
    inspect.signature(drain).bind_partial(**waits)
    lambda_runtime.Worker._drain_stderr_bounded = functools.partialmethod(drain, **waits)


apigateway_v1._build_lambda_event_v1 = with_api_key
lambda_svc._sqs_esm_concurrency = with_number
without_waiting()
for change in (alarms, batches, cdn, cors, fair, faults, gateway):
    change.install()
main()
