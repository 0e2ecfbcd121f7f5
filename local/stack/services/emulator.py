"""Starts the AWS emulator, with two things put right that AWS does and it does not (yet).

Each is a small wrapper around a function of the pinned release. When a later release no longer
has that function, the start fails here and says so, rather than the stack behaving oddly.
"""

from ministack.app import main
from ministack.services import apigateway_v1, lambda_svc

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


apigateway_v1._build_lambda_event_v1 = with_api_key
lambda_svc._sqs_esm_concurrency = with_number
main()
