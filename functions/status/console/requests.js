// The screen of all requests of the key.

import { begin, fill, h } from "./dom.js";
import { bytes, count, figure, saved, when } from "./words.js";
import { requests } from "./api.js";

const STATES = { Pending: "at work", Completed: "done", Failed: "failed", Cancelled: "cancelled" };

/** Shows it. Gives what ends it. */
export function allRequests(root) {
  const life = new AbortController();
  const list = h("div", { class: "requests" });
  begin(root, "Requests", list, openById());
  readRequests(list, null, life.signal);
  return () => life.abort();
}

async function readRequests(list, cursor, signal) {
  try {
    const page = await requests({ limit: 50, cursor }, signal);
    list.querySelector(".more")?.remove();
    const none = !cursor && page.requests.length === 0;
    list.append(
      none
        ? h("p", {}, "None yet. ", h("a", { href: "#/" }, "Drop a CSV."))
        : h("ul", {}, page.requests.map(line)),
    );
    if (page.nextCursor)
      list.append(
        h(
          "button",
          {
            type: "button",
            class: "more",
            click: () => readRequests(list, page.nextCursor, signal),
          },
          "Older ones",
        ),
      );
  } catch (problem) {
    if (signal.aborted) return;
    // A stack that cannot list them still knows each.
    fill(
      list,
      problem.status === 404
        ? h("p", {}, "This API does not list requests; open one by its id.")
        : h("p", { class: "fault", role: "alert" }, problem.message),
    );
  }
}

function line({ requestId, status, createdAt, productName, source, progress, savings }) {
  const done =
    progress.succeeded > 0 && savings
      ? `${bytes(savings.bytesIn)} → ${bytes(savings.bytesOut)}, ${saved(savings.bytesIn, savings.bytesOut)}\u00a0% saved`
      : "";
  const failed =
    progress.failed > 0 && h("span", { class: "fault" }, ` ${figure(progress.failed)} failed`);
  return h(
    "li",
    {},
    h(
      "a",
      { href: `#/requests/${requestId}` },
      h("span", { class: "name" }, source?.name ?? (productName || "Without a name")),
      h("span", { class: "soft" }, when(createdAt)),
      h("span", { class: `state ${status.toLowerCase()}` }, STATES[status] ?? status),
      h("span", {}, count(progress.total, "image"), failed),
      h("span", { class: "soft" }, done),
    ),
  );
}

function openById() {
  const input = h("input", {
    id: "by-id",
    required: true,
    autocomplete: "off",
    spellcheck: "false",
    pattern: "\\s*[0-9a-fA-F\\-]{36}\\s*",
    title: "A request's id, such as 0f8fad5b-d9cb-469f-a165-70867728950e",
  });
  const open = (event) => {
    event.preventDefault();
    location.hash = `#/requests/${input.value.trim()}`;
  };
  return h(
    "form",
    { class: "narrow", submit: open },
    h("label", { for: "by-id" }, "Open a request by its id"),
    h("div", { class: "together" }, input, h("button", {}, "Open")),
  );
}
