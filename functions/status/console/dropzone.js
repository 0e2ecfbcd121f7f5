// Where a file is dropped: anywhere on the page, and shown here.

import { fill, h } from "./dom.js";
import { bytes } from "./words.js";
import { STILL_LIFE, halftone } from "./dots.js";

const ACCEPT = ".csv,.tsv,.txt,.xlsx,text/csv";
const KINDS_TAKEN =
  "The export of Shopify, WooCommerce, Magento and seven more, any other CSV with image URLs, or an Excel workbook.";

/** `take(file, of)` is told of a file, and of how many it was the first. */
export function dropZone(signal, take) {
  const change = ({ target }) => target.files[0] && take(target.files[0], 1);
  const input = h("input", { type: "file", id: "file", class: "unseen", accept: ACCEPT, change });
  const canvas = h("canvas", { "aria-hidden": "true" });
  const said = h("p", {}, "Drop it anywhere on this page, or");
  const choose = h("label", { for: "file", class: "button" }, "Choose a file");
  const kinds = h("p", { class: "soft" }, KINDS_TAKEN);
  const element = h(
    "div",
    { class: "drop" },
    canvas,
    h("div", { class: "label" }, said, input, choose, kinds),
  );
  const dots = halftone(canvas, STILL_LIFE, 7);
  listen(element, signal, take);
  /** Makes room for what the file is. */
  const shrink = (file, of) => {
    element.classList.add("small");
    fill(
      said,
      bytes(file.size),
      of > 1 && `. Of ${of} files only this one was taken: each is a request of its own.`,
    );
    fill(choose, "Choose another file");
    kinds.remove();
    // So that the same file can be chosen again once it was corrected.
    input.value = "";
  };
  return { element, shrink, stop: dots.stop };
}

function listen(element, signal, take) {
  const over = (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    element.classList.toggle("over", event.type === "dragover");
    const { files } = event.dataTransfer;
    if (event.type === "drop" && files[0]) take(files[0], files.length);
  };
  for (const type of ["dragover", "dragleave", "drop"])
    document.addEventListener(type, over, { signal });
}
