"""Says of commands for the AWS CLI, one a line, what AWS does not have: by the models that its SDK carries."""

import shlex
import sys

import botocore.session
from botocore import xform_name

# What the CLI has beside AWS' own names, or instead of them (awscli/customizations).
OF_THE_CLI = {"query", "output", "include-value", "paths", "notification-endpoint"}

session = botocore.session.get_session()


def complaint(command):
    """What is wrong with a command; nothing if it is right."""
    _, service, operation, *words = shlex.split(command)
    if service == "s3":
        # A language of its own, of which the documents use one word.
        return None if operation == "cp" else f"no s3 {operation}"
    model = session.get_service_model(service)
    names = {xform_name(name, "-"): name for name in model.operation_names}
    if operation not in names:
        return f"no {service} {operation}"
    members = model.operation_model(names[operation]).input_shape.members
    known = {xform_name(name, "-") for name in members} | OF_THE_CLI
    options = {word[2:] for word in words if word.startswith("--")}
    unknown = options - known
    return f"no --{' --'.join(sorted(unknown))} of {service} {operation}" if unknown else None


for line in sys.stdin:
    found = complaint(line)
    if found:
        print(f"{found}: {line.strip()}")
