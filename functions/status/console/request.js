// The screen of one request: its progress, then its result.

import { begin, h } from "./dom.js";
import { status } from "./api.js";
import { watch } from "./progress.js";
import { result } from "./result.js";
import { trialOf } from "./create.js";

/** Shows it. Gives what ends it. */
export function request(root, id) {
  const life = new AbortController();
  let stop = () => {};
  const show = async () => {
    const { body } = await status(id, { limit: 1 }, life.signal);
    const ended = body.status === "Pending" ? await watch(root, id, body, life.signal) : body;
    stop = result(root, id, ended, trialOf(id), begun);
  };
  const begun = () => {
    stop();
    stop = () => {};
    show().catch(failed);
  };
  const failed = (error) => {
    if (life.signal.aborted) return;
    const unknown = error.status === 404;
    begin(
      root,
      unknown ? "No such request" : "That did not work",
      h(
        "p",
        {},
        unknown
          ? "There is no request of this id under this key, or it was forgotten after its time."
          : error.message,
      ),
      h("a", { class: "button", href: "#/requests" }, "Requests"),
    );
  };
  begin(root, "Request", h("p", { class: "soft" }, "Asking for it …"));
  show().catch(failed);
  return () => {
    life.abort();
    stop();
  };
}
