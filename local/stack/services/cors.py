"""CORS of buckets: what a web page may do is what the bucket's rules say.

The emulator knows the rules, but goes by them only where it checks credentials too; without, any page
may do anything. Buckets are addressed by path here.
"""

from ministack import app
from ministack.services import s3

PREFIX = "access-control-"
preflight = app._handle_options_request
dispatch = app._dispatch_service_request


def bucket_preflight(method, path, headers, query_params, request_id):
    """The answer to a browser that asks before it calls."""
    target = app._s3_cors_target(headers.get("host", ""), path) if method == "OPTIONS" else None
    if target is None:
        return preflight(method, path, headers, query_params, request_id)
    return s3.cors_preflight(*target, headers)


async def with_bucket_rules(method, path, headers, *args, **kwargs):
    """An answer, with the headers of CORS that the bucket's rules give it and no others."""
    status, fields, body = await dispatch(method, path, headers, *args, **kwargs)
    target = app._s3_cors_target(headers.get("host", ""), path)
    if target:
        fields = {name: it for name, it in fields.items() if not name.lower().startswith(PREFIX)}
        fields.update(s3.cors_response_headers(target[0], method, headers))
    return status, fields, body


def install():
    """Puts this in the emulator's place."""
    app._handle_options_request = bucket_preflight
    app._dispatch_service_request = with_bucket_rules
