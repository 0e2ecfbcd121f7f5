"""Gateway responses that an API's OpenAPI document brings along.

The emulator answers by them, and takes them from a resource of their own; SAM writes them into the
document, which is where AWS reads them too.
"""

from ministack.services import apigateway_v1

EXTENSION = "x-amazon-apigateway-gateway-responses"
import_rest_api = apigateway_v1._import_rest_api
put = apigateway_v1._put_gateway_response


def with_responses(spec, *args, **kwargs):
    """Imports an API with its gateway responses."""
    api = import_rest_api(spec, *args, **kwargs)
    for kind, response in (spec.get(EXTENSION) or {}).items():
        status, _headers, body = put(api, kind, response)
        if status >= 300:
            raise ValueError(f"{kind}: {body!r}")
    return api


def install():
    """Puts this in the emulator's place."""
    apigateway_v1._import_rest_api = with_responses
