// A request's webhooks: how they were taken, and sending one once more.

import { action, fill, h, released } from "./dom.js";
import { count, when } from "./words.js";
import { pause, replayWebhook, webhooksOf } from "./api.js";

/** How often is looked whether one that is on its way has arrived. */
const LOOK = 2_000;
/** What is due within this time is waited for: an attempt that is being made is due again after two minutes. */
const SOON = 150_000;

/** Shows them, where there are any. */
export function webhooks(id) {
  const life = new AbortController();
  const list = h("div", { class: "groups" });
  const said = h("p", { class: "soft", role: "status" });
  const element = h(
    "section",
    { class: "webhooks", hidden: true },
    h("h2", {}, "Webhook"),
    said,
    list,
  );
  const look = async () => {
    for (;;) {
      const found = await webhooksOf(id, life.signal);
      await released();
      element.hidden = found.length === 0;
      fill(
        list,
        found.map((webhook) => webhookOf(id, webhook, again)),
      );
      fill(said);
      if (!found.some(isSoon)) return;
      await pause(LOOK, life.signal);
    }
  };
  const again = () =>
    look().catch((error) => {
      if (!life.signal.aborted) fill(said, error.message);
    });
  return { element, start: again, stop: () => life.abort() };
}

function isSoon({ state, nextAttemptAt }) {
  return state === "Pending" && new Date(nextAttemptAt) - Date.now() < SOON;
}

function webhookOf(id, webhook, again) {
  const { webhookId, type, url, state, attempts, attemptsMade } = webhook;
  const resend = async () => {
    await replayWebhook(id, webhookId);
    again();
  };
  return h(
    "article",
    { class: state === "Failed" ? "group" : "group well" },
    h("h3", {}, `${howItStands(webhook)} `, type && h("code", { class: "soft" }, type)),
    h("p", { class: "address" }, url),
    attempts.length > 0 &&
      h(
        "details",
        {},
        h("summary", {}, count(attemptsMade, "attempt")),
        h("ol", {}, attempts.toReversed().map(attemptLine)),
        attemptsMade > attempts.length && h("p", { class: "soft" }, "Earlier ones are not kept."),
      ),
    state !== "Pending" && action("Send it once more", resend),
  );
}

function howItStands({ state, attempts, nextAttemptAt }) {
  if (state === "Delivered") return "Delivered";
  if (state === "Failed") return "Given up";
  return attempts.length > 0 ? `On its way, next attempt ${when(nextAttemptAt)}` : "On its way";
}

function attemptLine({ at, status, error, durationMs }) {
  return h(
    "li",
    {},
    `${when(at)}: ${error ? error.message : `answered with status ${status}`} `,
    h("span", { class: "soft" }, `${durationMs}\u00a0ms`),
  );
}

/** A button that has a test event sent to the address of a field, and says how it was taken. */
export function tryOut(address, send) {
  const said = h("p", { class: "soft", role: "status" });
  const fault = h("p", { class: "fault", role: "alert" });
  const click = async (event) => {
    event.target.disabled = true;
    fill(said, "Waiting for the receiver …");
    fill(fault);
    try {
      const { delivered, error, status, durationMs } = await send(address());
      fill(
        said,
        delivered && `The receiver answered with status ${status} after ${durationMs}\u00a0ms.`,
      );
      if (!delivered)
        fill(fault, `${error.message.replace(/^./, (first) => first.toUpperCase())}.`);
    } catch (problem) {
      fill(said);
      fill(fault, problem.message);
    }
    event.target.disabled = false;
  };
  return h(
    "div",
    { class: "actions" },
    h("button", { type: "button", click }, "Send a test"),
    said,
    fault,
  );
}
