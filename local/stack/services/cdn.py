"""CloudFront fetches from S3 over TLS.

With origin access control it always does. The emulator fetches in-process, and asks the bucket's policy
as if that came over the viewer's connection, which is a plain one here: a policy that wants TLS, as it
should, would refuse each fetch.
"""

import contextvars

from ministack.core import iam_evaluator
from ministack.services import s3

allows = s3._cloudfront_origin_allows


def allows_over_tls(*args, **kwargs):
    """Whether the bucket's policy lets CloudFront read an object."""

    def ask():
        source, _ = iam_evaluator._request_origin.get()
        iam_evaluator.pin_request_origin(source, True)
        return allows(*args, **kwargs)

    return contextvars.copy_context().run(ask)


def install():
    """Puts this in the emulator's place."""
    s3._cloudfront_origin_allows = allows_over_tls
