// A table of any length: only the rows that are in view are elements.

import { fill, h } from "./dom.js";
import { figure } from "./words.js";

/** Rows beyond the view on each side, so that the next one can be reached by Tab. */
const BEYOND = 8;
/** Rows of one leaf: browsers bound the height of a page. */
const LEAF = 100_000;

export class LongTable {
  /**
   * A table with these column titles. `row(index)` gives the cells of a row, or `null` while they are
   * to come; `key(index)` changes when they do; `seen(last)` is told how far one looks.
   */
  constructor({ label, titles, row, key, seen }) {
    Object.assign(this, { row, key, seen, count: 0, leaf: 0, shown: new Map() });
    this.body = h("div", { class: "rows", role: "rowgroup" });
    const title = (text) => h("span", { role: "columnheader" }, text);
    const head = h("div", { class: "row head", role: "row" }, titles.map(title));
    this.table = h(
      "div",
      { class: "table", role: "table", "aria-label": label },
      h("div", { role: "rowgroup" }, head),
      this.body,
    );
    this.leaves = h("div", { class: "leaves" });
    this.element = h("div", {}, this.table, this.leaves);
    this.life = new AbortController();
    const draw = () => this.draw();
    addEventListener("scroll", draw, { passive: true, signal: this.life.signal });
    addEventListener("resize", draw, { signal: this.life.signal });
  }

  stop() {
    this.life.abort();
  }

  /** So many rows, of which any may have changed. */
  update(count) {
    this.count = count;
    this.leaf = Math.min(this.leaf, Math.max(0, Math.ceil(count / LEAF) - 1));
    this.table.setAttribute("aria-rowcount", count + 1);
    const leaves = Array.from({ length: Math.ceil(count / LEAF) }, (_, leaf) =>
      this.leafButton(leaf),
    );
    fill(this.leaves, leaves.length > 1 && leaves);
    this.draw();
  }

  /** Other rows altogether. */
  restart(count) {
    for (const { element } of this.shown.values()) element.remove();
    this.shown.clear();
    this.update(count);
  }

  leafButton(leaf) {
    const turn = () => {
      this.leaf = leaf;
      this.restart(this.count);
      this.table.scrollIntoView();
    };
    const current = leaf === this.leaf && "true";
    return h(
      "button",
      { type: "button", "aria-current": current, click: turn },
      `${figure(leaf * LEAF + 1)} –`,
    );
  }

  /** Shows the rows in view, and takes away those that are no more. */
  draw() {
    if (!this.body.isConnected) return;
    const height = Number.parseFloat(getComputedStyle(this.table).getPropertyValue("--row"));
    const start = this.leaf * LEAF;
    const rows = Math.min(this.count - start, LEAF);
    this.body.style.height = `${rows * height}px`;
    const top = -this.body.getBoundingClientRect().top;
    const first = start + Math.max(0, Math.floor(top / height) - BEYOND);
    const last = start + Math.min(rows, Math.ceil((top + innerHeight) / height) + BEYOND);
    this.leave(first, last);
    for (let index = first; index < last; index += 1) this.place(index, (index - start) * height);
    if (last > first) this.seen(last);
  }

  leave(first, last) {
    for (const [index, { element }] of this.shown) {
      // Whoever has the focus in a row stays there.
      if ((index >= first && index < last) || element.contains(document.activeElement)) continue;
      element.remove();
      this.shown.delete(index);
    }
  }

  place(index, top) {
    const known = this.shown.get(index);
    const key = this.key(index);
    const fresh = known?.key === key ? known.element : this.make(index);
    fresh.style.top = `${top}px`;
    if (fresh === known?.element) return;
    known?.element.remove();
    this.shown.delete(index);
    this.body.insertBefore(fresh, this.following(index));
    this.shown.set(index, { element: fresh, key });
  }

  make(index) {
    const cells = this.row(index) ?? h("span", { role: "cell", class: "soft" }, "…");
    return h("div", { class: "row", role: "row", "aria-rowindex": index + 2 }, cells);
  }

  /** The row behind, so that Tab and screen readers follow the table's order. */
  following(index) {
    const later = [...this.shown.keys()].filter((other) => other > index);
    return later.length > 0 ? this.shown.get(Math.min(...later)).element : null;
  }
}
