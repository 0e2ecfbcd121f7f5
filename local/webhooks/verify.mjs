// What the published library (npm) says of webhooks: a line of JSON in, a line of JSON out.

import { createInterface } from "node:readline";

import { Webhook } from "standardwebhooks";

for await (const line of createInterface({ input: process.stdin })) {
  const { secret, id, timestamp, signature, body } = JSON.parse(line);
  const library = new Webhook(secret);
  const signed = library.sign(id, new Date(timestamp * 1000), body);
  console.log(JSON.stringify({ verified: verifies(library), signed }));

  function verifies(webhook) {
    const headers = {
      "webhook-id": id,
      "webhook-timestamp": String(timestamp),
      "webhook-signature": signature,
    };
    try {
      webhook.verify(body, headers);
      return true;
    } catch {
      return false;
    }
  }
}
