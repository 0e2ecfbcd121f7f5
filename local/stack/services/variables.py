"""Prints the functions of a SAM template as JSON: by the name of their binary, where their code is, the
memory they are given, and their environment, as the template's defaults make it.

    variables.py TEMPLATE

What only a deployment knows, such as a queue's URL, is the name that the resource has in the template.
"""

import json
import sys

from samcli.lib.providers.sam_function_provider import SamFunctionProvider
from samcli.lib.providers.sam_stack_provider import SamLocalStackProvider


def described(function):
    variables = (function.environment or {}).get("Variables", {})
    return {
        "code": function.codeuri,
        "memory": str(function.memory),
        "variables": {name: str(value) for name, value in variables.items()},
    }


def name(function):
    """`local-upload` is the function's name in a stack called `local`; its binary is `upload`."""
    return function.functionname.rsplit("-", 1)[-1]


stacks, _ = SamLocalStackProvider.get_stacks(sys.argv[1])
functions = SamFunctionProvider(stacks).get_all()
print(json.dumps({name(function): described(function) for function in functions}))
