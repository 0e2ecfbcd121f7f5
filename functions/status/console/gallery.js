// The table of a request's images: what became of each, sorted and narrowed down.

import { fill, h } from "./dom.js";
import { bytes, count, figure, fileName, saved } from "./words.js";
import { picture } from "./understood.js";
import { longTable } from "./rows.js";
import { compare } from "./compare.js";

const ORDERS = {
  file: { title: "As in the file" },
  worst: { title: "Least saved first", by: (image) => (image.bytesIn ? 1 - image.bytesOut / image.bytesIn : 2) },
  largest: { title: "Largest first", by: (image) => -(image.bytesOut ?? -1) },
};
const KINDS = { all: "All", Succeeded: "Succeeded", Failed: "Failed", Cancelled: "Cancelled" };

/** Shows it. Gives what ends it. */
export function gallery(images, progress) {
  const state = { order: "file", kind: "all", view: null };
  const said = h("p", { class: "soft", role: "status" });
  const at = (index) => (state.view ? state.view[index] : images.rows[index]);
  const table = longTable({
    label: "Images",
    titles: ["Picture", "Product", "Before and after", "Saved", "Look"],
    row: (index) => at(index) && cells(at(index), open),
    key: (index) => at(index) ?? null,
    seen: (last) => state.view || images.want(last),
  });

  const open = (image) => compare(image, step);
  const step = (image, by) => {
    const rows = state.view ?? images.rows;
    let index = rows.indexOf(image) + by;
    while (rows[index] && !rows[index].outputUrl) index += by;
    return rows[index] ?? null;
  };

  const whole = () => state.order === "file" && state.kind === "all";

  /** Other orders and kinds need all images to be read first. */
  const arrange = () => {
    state.view = null;
    if (!whole() && images.complete) {
      const kept = images.rows.filter((image) => state.kind === "all" || image.status === state.kind);
      const by = ORDERS[state.order].by;
      state.view = by ? kept.map((image) => [by(image), image]).sort((a, b) => a[0] - b[0]).map(([, image]) => image) : kept;
    }
    table.restart(whole() ? images.total : (state.view?.length ?? 0));
    speak();
    if (!whole()) images.want(Infinity);
  };

  const speak = () => {
    const reads = !images.complete && !whole() && `Reading ${figure(images.rows.length)} of ${figure(images.total)} …`;
    fill(said, images.fault ? [`${images.fault.message} `, h("button", { type: "button", click: () => images.want(images.wanted) }, "Read on")] : reads || (state.view && count(state.view.length, "image")));
  };

  images.listeners.add(() => {
    if (!whole() && images.complete && !state.view) arrange();
    else if (whole()) table.update(images.total);
    speak();
  });

  const choice = (name, label, words, change) => h("label", {}, `${label} `, h("select", { name, change: (event) => change(event.target.value) }, Object.entries(words).map(([value, title]) => h("option", { value }, title))));
  const orders = Object.fromEntries(Object.entries(ORDERS).map(([word, { title }]) => [word, title]));
  const there = { all: 1, Succeeded: progress.succeeded, Failed: progress.failed, Cancelled: progress.cancelled };
  const kinds = Object.entries(KINDS).filter(([kind]) => there[kind] > 0);
  const tools = h("div", { class: "tools" },
    choice("order", "Order", orders, (word) => {
      state.order = word;
      arrange();
    }),
    kinds.length > 2 && choice("kind", "Show", Object.fromEntries(kinds), (word) => {
      state.kind = word;
      arrange();
    }),
    said);
  const element = h("section", { class: "gallery" }, h("h2", {}, "Images"), tools, table.element);
  return { element, start: arrange, stop: table.stop };
}

function cells(image, open) {
  const name = image.productName || image.serialNumber || fileName(image.inputUrl);
  const cell = (kind, ...content) => h("div", { role: "cell", class: kind }, content);
  const product = cell("product", h("span", { class: "name" }, name), h("span", { class: "soft" }, `${fileName(image.inputUrl)}, row ${image.row}`));
  if (image.status !== "Succeeded") return failed(image, cell, product);
  const share = saved(image.bytesIn, image.bytesOut);
  const bar = h("i", { class: "share", "aria-hidden": "true" });
  bar.style.setProperty("--share", image.bytesIn ? image.bytesOut / image.bytesIn : 1);
  return [
    cell("thumb", picture(image.outputUrl, "frame")),
    product,
    cell("sizes", `${bytes(image.bytesIn)} → ${bytes(image.bytesOut)}`, bar),
    cell("saved", `${share}\u00a0%`),
    cell("look", h("button", { type: "button", "aria-label": `Compare ${name}, row ${image.row}`, click: () => open(image) }, "Compare")),
  ];
}

function failed(image, cell, product) {
  const why = image.error?.message ?? image.status;
  return [
    cell("thumb", h("span", { class: "frame failed" })),
    product,
    cell("why", h("span", { title: why }, why)),
    cell("saved"),
    cell("look", h("a", { href: image.inputUrl, target: "_blank", rel: "noreferrer" }, "Open")),
  ];
}
