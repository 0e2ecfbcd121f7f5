"""What the published library (PyPI) says of webhooks: a line of JSON in, a line of JSON out."""

import json
import sys
from datetime import datetime, timezone

from standardwebhooks import Webhook, WebhookVerificationError


def verifies(library, webhook):
    """Whether the library takes it for genuine."""
    headers = {
        "webhook-id": webhook["id"],
        "webhook-timestamp": str(webhook["timestamp"]),
        "webhook-signature": webhook["signature"],
    }
    try:
        library.verify(webhook["body"], headers)
    except WebhookVerificationError:
        return False
    return True


for line in sys.stdin:
    given = json.loads(line)
    webhook = Webhook(given["secret"])
    at = datetime.fromtimestamp(given["timestamp"], tz=timezone.utc)
    signed = webhook.sign(given["id"], at, given["body"])
    print(json.dumps({"verified": verifies(webhook, given), "signed": signed}), flush=True)
