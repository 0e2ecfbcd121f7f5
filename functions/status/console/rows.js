// A table of any length: only the rows that are in view are elements.

import { fill, h } from "./dom.js";

/** Rows beyond the view on each side, so that the next one can be reached by Tab. */
const BEYOND = 8;
/** Rows of one leaf: browsers bound the height of a page. */
const LEAF = 100_000;

/**
 * A table with these column titles. `row(index)` gives the cells of a row, or `null` while they are
 * to come; `key(index)` changes when they do; `seen(last)` is told how far one looks.
 */
export function longTable({ label, titles, row, key, seen }) {
  const body = h("div", { class: "rows", role: "rowgroup" });
  const head = h("div", { role: "rowgroup" }, h("div", { class: "row head", role: "row" }, titles.map((title) => h("span", { role: "columnheader" }, title))));
  const table = h("div", { class: "table", role: "table", "aria-label": label }, head, body);
  const leaves = h("div", { class: "leaves" });
  const state = { count: 0, leaf: 0, shown: new Map() };

  const draw = () => {
    if (!body.isConnected) return;
    const height = Number.parseFloat(getComputedStyle(table).getPropertyValue("--row"));
    const start = state.leaf * LEAF;
    const rows = Math.min(state.count - start, LEAF);
    body.style.height = `${rows * height}px`;
    const top = -body.getBoundingClientRect().top;
    const first = Math.max(0, Math.floor(top / height) - BEYOND);
    const last = Math.min(rows, Math.ceil((top + innerHeight) / height) + BEYOND);
    keep(start + first, start + last);
    for (let index = start + first; index < start + last; index += 1) place(index, (index - start) * height);
    if (last > first) seen(start + last);
  };

  const keep = (first, last) => {
    for (const [index, { element }] of state.shown) {
      // Whoever has the focus in a row stays there.
      if ((index >= first && index < last) || element.contains(document.activeElement)) continue;
      element.remove();
      state.shown.delete(index);
    }
  };

  const place = (index, top) => {
    const known = state.shown.get(index);
    const fresh = key(index);
    if (known?.fresh === fresh) {
      known.element.style.top = `${top}px`;
      return;
    }
    known?.element.remove();
    const element = h("div", { class: "row", role: "row", "aria-rowindex": index + 2 }, row(index) ?? h("span", { role: "cell", class: "soft" }, "…"));
    element.style.top = `${top}px`;
    body.insertBefore(element, following(index));
    state.shown.set(index, { element, fresh });
  };

  /** In the order of the table, so that Tab and screen readers follow it. */
  const following = (index) => {
    const later = [...state.shown.keys()].filter((other) => other > index);
    return later.length > 0 ? state.shown.get(Math.min(...later)).element : null;
  };

  const turn = (leaf) => {
    state.leaf = leaf;
    forget();
    show();
    table.scrollIntoView();
  };

  const forget = () => {
    for (const { element } of state.shown.values()) element.remove();
    state.shown.clear();
  };

  const show = () => {
    table.setAttribute("aria-rowcount", state.count + 1);
    const all = Math.ceil(state.count / LEAF);
    fill(leaves, all > 1 && Array.from({ length: all }, (_, leaf) => h("button", { type: "button", "aria-current": leaf === state.leaf && "true", click: () => turn(leaf) }, `${(leaf * LEAF + 1).toLocaleString("en")} –`)));
    draw();
  };

  const life = new AbortController();
  addEventListener("scroll", draw, { passive: true, signal: life.signal });
  addEventListener("resize", draw, { signal: life.signal });
  return {
    element: h("div", {}, table, leaves),
    /** So many rows, of which any may have changed. */
    update(count) {
      state.count = count;
      state.leaf = Math.min(state.leaf, Math.max(0, Math.ceil(count / LEAF) - 1));
      show();
    },
    /** Other rows altogether. */
    restart(count) {
      forget();
      state.leaf = 0;
      this.update(count);
    },
    stop: () => life.abort(),
  };
}
