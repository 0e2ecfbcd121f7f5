// What the API understood of a CSV, before anything is asked for.

import { h } from "./dom.js";
import { bytes, count, fileName } from "./words.js";
import { mistakes } from "./mistakes.js";

/** All of it: numbers, columns, notes, the first images, rows that would be skipped. */
export function understoodView({ understood, images, estimate, part, of }) {
  return [
    h(
      "h2",
      { class: "large", tabindex: -1 },
      `${count(understood.images, "image")} of ${part ? "the first " : ""}${count(products(understood), "product row")}`,
    ),
    part &&
      h(
        "p",
        { class: "notice" },
        `The file has ${bytes(of)}. Only its first ${bytes(part)} were looked at; the rest is read once it is sent. Mistakes further down then end the request, and are told by line.`,
      ),
    h("p", { class: "soft" }, howItIsWritten(understood)),
    facts(understood, part ? null : estimate),
    understood.notes.length > 0 &&
      h(
        "ul",
        { class: "notes" },
        understood.notes.map((note) => h("li", {}, note)),
      ),
    h(
      "h3",
      {},
      images.length < understood.images ? `The first ${images.length} images` : "The images",
    ),
    h("ul", { class: "contact" }, images.map(firstImage)),
    understood.skippedRows && [
      h("h3", {}, `${count(understood.skipped, "row")} will be skipped`),
      mistakes(understood.skippedRows, "skipped-rows.csv"),
    ],
  ];
}

/** Of a workbook that is too large to be looked at before it is sent. */
export function notRead() {
  return [
    h("h2", { class: "large", tabindex: -1 }, "A large workbook"),
    h(
      "p",
      { class: "notice" },
      "It is read once it is sent. Mistakes then end the request, and are told by line.",
    ),
  ];
}

function products({ rows, rowsWithoutImage, skipped }) {
  return rows - rowsWithoutImage - skipped;
}

function howItIsWritten({ system, encoding, delimiter, headerLine }) {
  const what = system
    ? `${/^[aeiou]/i.test(system) ? "An" : "A"} ${system} export`
    : "A CSV by its columns";
  return `${what}: ${encoding}, cells by ${delimiter}, header in line ${headerLine}`;
}

function facts({ columns, duplicates, rowsWithoutImage, skipped }, estimate) {
  const column = (title) => h("code", {}, title);
  const fact = (name, value) => value && h("div", {}, h("dt", {}, name), h("dd", {}, value));
  return h(
    "dl",
    { class: "facts" },
    fact("Image URLs", columns.images.map(column)),
    fact("Name", columns.name && column(columns.name)),
    fact("Id", columns.id && column(columns.id)),
    fact("Twice or more", duplicates > 0 && `${count(duplicates, "image")}, fetched once`),
    fact("Without an image", rowsWithoutImage > 0 && count(rowsWithoutImage, "row")),
    fact("Skipped", skipped > 0 && count(skipped, "row")),
    fact("Costs", estimate && price(estimate.usd)),
  );
}

/** By AWS' list prices, as the API estimates it. */
function price(usd) {
  return usd < 0.01 ? "less than a cent of compute" : `about $${usd.toFixed(2)} of compute`;
}

function firstImage({ inputUrl, productName, serialNumber, row }) {
  const name = productName || serialNumber || fileName(inputUrl);
  return h(
    "li",
    {},
    picture(inputUrl, "frame"),
    h("span", { class: "name" }, name),
    h("span", { class: "soft" }, `Line ${row}, ${fileName(inputUrl)}`),
  );
}

/** A picture that only shows: what cannot be shown leaves an empty frame. */
export function picture(url, frame) {
  const holder = h("span", { class: frame });
  const image = h("img", {
    alt: "",
    loading: "lazy",
    decoding: "async",
    referrerpolicy: "no-referrer",
    src: url,
    error: () => {
      image.remove();
      holder.classList.add("empty");
    },
  });
  holder.append(image);
  return holder;
}
