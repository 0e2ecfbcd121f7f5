"""What an API's OpenAPI document brings along beside its paths.

The emulator answers by gateway responses and by integrations' responses, but takes both by calls of their
own only; SAM writes them into the document, which is where AWS reads them too.
"""

from ministack.services import apigateway_v1

EXTENSION = "x-amazon-apigateway-gateway-responses"
INTEGRATION = "x-amazon-apigateway-integration"
import_rest_api = apigateway_v1._import_rest_api
import_operation = apigateway_v1._import_operation
put = apigateway_v1._put_gateway_response
put_integration_response = apigateway_v1._put_integration_response


def check(what, answer):
    """Ends the start of an API that was not taken as its document says."""
    status, _headers, body = answer
    if status >= 300:
        raise ValueError(f"{what}: {body!r}")


def with_responses(spec, *args, **kwargs):
    """Imports an API with its gateway responses."""
    api = import_rest_api(spec, *args, **kwargs)
    for kind, response in (spec.get(EXTENSION) or {}).items():
        check(kind, put(api, kind, response))
    return api


def with_integration_responses(api, resource, method, operation, *args, **kwargs):
    """Imports a path's method with what its integration answers: OPTIONS, for CORS."""
    import_operation(api, resource, method, operation, *args, **kwargs)
    integration = (operation or {}).get(INTEGRATION) or {}
    for pattern, response in (integration.get("responses") or {}).items():
        answer = {**response, "selectionPattern": "" if pattern == "default" else pattern}
        code = str(response["statusCode"])
        check(method, put_integration_response(api, resource, method, code, answer))


def install():
    """Puts this in the emulator's place."""
    apigateway_v1._import_rest_api = with_responses
    apigateway_v1._import_operation = with_integration_responses
