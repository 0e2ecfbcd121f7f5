// The table of a request's images: what became of each, sorted and narrowed down.

import { fill, h } from "./dom.js";
import { bytes, count, figure, fileName, saved } from "./words.js";
import { picture } from "./understood.js";
import { LongTable } from "./rows.js";
import { compare } from "./compare.js";

const ORDERS = {
  file: { title: "As in the file" },
  worst: {
    title: "Least saved first",
    by: (image) => (image.bytesIn ? 1 - image.bytesOut / image.bytesIn : 2),
  },
  largest: { title: "Largest first", by: (image) => -(image.bytesOut ?? -1) },
};
const KINDS = { all: "All", Succeeded: "Succeeded", Failed: "Failed", Cancelled: "Cancelled" };

export class Gallery {
  constructor(images, progress) {
    Object.assign(this, { images, order: "file", kind: "all", view: null });
    this.table = new LongTable({
      label: "Images",
      titles: ["Picture", "Product", "Before and after", "Saved", "Look"],
      row: (index) =>
        this.at(index) &&
        cells(this.at(index), (image) => compare(image, (of, by) => this.step(of, by))),
      key: (index) => this.at(index) ?? null,
      seen: (last) => this.view || images.want(last),
    });
    this.said = h("p", { class: "soft", role: "status" });
    this.element = h(
      "section",
      { class: "gallery" },
      h("h2", {}, "Images"),
      this.tools(progress),
      this.table.element,
    );
    images.listeners.add(() => this.read());
  }

  start() {
    this.arrange();
  }

  stop() {
    this.table.stop();
  }

  tools(progress) {
    const there = {
      ...progress,
      all: 1,
      Succeeded: progress.succeeded,
      Failed: progress.failed,
      Cancelled: progress.cancelled,
    };
    const kinds = Object.entries(KINDS).filter(([kind]) => there[kind] > 0);
    const orders = Object.entries(ORDERS).map(([word, { title }]) => [word, title]);
    return h(
      "div",
      { class: "tools" },
      this.choice("order", "Order", orders),
      kinds.length > 2 && this.choice("kind", "Show", kinds),
      this.said,
    );
  }

  choice(name, label, words) {
    const change = (event) => {
      this[name] = event.target.value;
      this.arrange();
    };
    return h(
      "label",
      {},
      `${label} `,
      h(
        "select",
        { name, change },
        words.map(([value, title]) => h("option", { value }, title)),
      ),
    );
  }

  /** Whether it shows all images as they come. */
  get whole() {
    return this.order === "file" && this.kind === "all";
  }

  at(index) {
    return (this.view ?? this.images.rows)[index];
  }

  /** The image with an output that is next to one on either side. */
  step(image, by) {
    const rows = this.view ?? this.images.rows;
    let index = rows.indexOf(image) + by;
    while (rows[index] && !rows[index].outputUrl) index += by;
    return rows[index] ?? null;
  }

  /** Takes in what was read. */
  read() {
    if (this.whole) this.table.update(this.images.total);
    else if (this.images.complete && !this.view) this.arrange();
    this.speak();
  }

  /** Other orders and kinds need all images to be read first. */
  arrange() {
    this.view = this.whole || !this.images.complete ? null : this.arranged();
    this.table.restart(this.whole ? this.images.total : (this.view?.length ?? 0));
    this.speak();
    if (!this.whole) this.images.want(Infinity);
  }

  arranged() {
    const kept = this.images.rows.filter(
      (image) => this.kind === "all" || image.status === this.kind,
    );
    const { by } = ORDERS[this.order];
    if (!by) return kept;
    const ranked = kept.map((image) => [by(image), image]);
    return ranked.sort((a, b) => a[0] - b[0]).map(([, image]) => image);
  }

  speak() {
    const { fault, complete, rows, total } = this.images;
    const again = () =>
      h("button", { type: "button", click: () => this.images.want(this.images.wanted) }, "Read on");
    if (fault) fill(this.said, `${fault.message} `, again());
    else if (!complete && !this.whole)
      fill(this.said, `Reading ${figure(rows.length)} of ${figure(total)} …`);
    else fill(this.said, this.view && count(this.view.length, "image"));
  }
}

function cells(image, open) {
  const name = image.productName || image.serialNumber || fileName(image.inputUrl);
  const cell = (kind, ...content) => h("div", { role: "cell", class: kind }, content);
  const mark = image.unchanged ? ", unchanged" : "";
  const file = h("span", { class: "soft" }, `${fileName(image.inputUrl)}, row ${image.row}${mark}`);
  const product = cell("product", h("span", { class: "name" }, name), file);
  if (image.status !== "Succeeded") return failedCells(image, cell, product);
  const look = {
    type: "button",
    "aria-label": `Compare ${name}, row ${image.row}`,
    click: () => open(image),
  };
  return [
    cell("thumb", picture(image.outputUrl, "frame")),
    product,
    cell("sizes", `${bytes(image.bytesIn)} → ${bytes(image.bytesOut)}`, shareBar(image)),
    cell("saved", `${saved(image.bytesIn, image.bytesOut)}\u00a0%`),
    cell("look", h("button", look, "Compare")),
  ];
}

function shareBar({ bytesIn, bytesOut }) {
  const bar = h("i", { class: "share", "aria-hidden": "true" });
  bar.style.setProperty("--share", bytesIn ? bytesOut / bytesIn : 1);
  return bar;
}

function failedCells(image, cell, product) {
  const why = image.error?.message ?? image.status;
  return [
    cell("thumb", h("span", { class: "frame failed" })),
    product,
    cell("why", h("span", { title: why }, why)),
    cell("saved"),
    cell("look", h("a", { href: image.inputUrl, target: "_blank", rel: "noreferrer" }, "Open")),
  ];
}
