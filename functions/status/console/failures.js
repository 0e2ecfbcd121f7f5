// Failed images by what was wrong and where, with what to do.

import { action, fill, h, released } from "./dom.js";
import { count, figure, fileName, host } from "./words.js";
import { retryFailed } from "./api.js";
import { Images } from "./images.js";
import { advice } from "./advice.js";

const EXAMPLES = 3;

/** Shows them, as they are read. `again` is called once some of them go again, where they can. */
export function failures(id, total, again) {
  const images = new Images(id, again ? { imageStatus: "Failed" } : {}, Infinity);
  const groups = h("div", { class: "groups" });
  const said = h("p", { class: "soft", role: "status" });
  const element = h(
    "section",
    { class: "failures" },
    h("h2", {}, `${count(total, "image")} failed`),
    said,
    groups,
  );
  const retry = again && ((narrowed) => tryAgain(id, narrowed, again));
  images.listeners.add(async () => {
    await released();
    const failed = images.rows.filter((image) => image.status === "Failed");
    fill(
      groups,
      byCodeAndHost(failed).map((found) => group(found, retry)),
    );
    fill(
      said,
      images.fault
        ? images.fault.message
        : !images.complete && `Reading: ${figure(failed.length)} of ${figure(total)} …`,
    );
  });
  return { element, start: () => images.want(Infinity), stop: () => images.stop() };
}

/** The largest group first. */
function byCodeAndHost(failed) {
  const groups = new Map();
  for (const image of failed) {
    const [code, where] = [image.error?.code ?? "unknown", host(image.inputUrl)];
    const name = `${code} ${where}`;
    if (!groups.has(name)) groups.set(name, { code, where, images: [] });
    groups.get(name).images.push(image);
  }
  return [...groups.values()].sort((a, b) => b.images.length - a.images.length);
}

/** A button that has failed images go again, in a new round of the request. */
function tryAgain(id, narrowed, again) {
  return action("Try these again", async () => {
    await retryFailed(id, narrowed);
    again();
  });
}

function group({ code, where, images }, retry) {
  const { title, todo } = advice(code);
  const example = (image) =>
    h(
      "li",
      {},
      h(
        "a",
        { href: image.inputUrl, target: "_blank", rel: "noreferrer" },
        fileName(image.inputUrl),
      ),
      h("span", { class: "soft" }, ` row ${image.row}: ${image.error?.message ?? ""}`),
    );
  return h(
    "article",
    { class: "group" },
    h(
      "h3",
      {},
      `${title} `,
      h(
        "span",
        { class: "soft" },
        `${figure(images.length)} × `,
        h("code", {}, code),
        ` at ${where}`,
      ),
    ),
    h("p", {}, todo),
    h("ul", {}, images.slice(0, EXAMPLES).map(example)),
    images.length > EXAMPLES &&
      h(
        "p",
        { class: "soft" },
        `and ${count(images.length - EXAMPLES, "more", "more")}; the results have all of them.`,
      ),
    retry && retry({ code, host: where }),
  );
}
