// What can be chosen for a request: the fields of the upload's form, by their names in the API.

import { fill, h } from "./dom.js";
import { testWebhook } from "./api.js";
import { tryOut } from "./webhooks.js";

const FORMATS = [
  ["", "As it came"],
  ["jpeg", "JPEG"],
  ["webp", "WebP"],
  ["avif", "AVIF, which takes long"],
  ["png", "PNG"],
];

/** Bounds both sides alike: the API has a field for each. */
const SIDE = "largestSide";

/** Fields that say how a CSV is read, which a CSV made here needs none of. */
const READING = ["imageColumns", "nameColumn", "idColumn", "imageBase", "onRowError"];

/** The form; `changed` is called after each change. */
export function optionsForm(changed) {
  const touched = { quality: false };
  const columns = columnFields();
  const form = h(
    "form",
    { class: "options", submit: (event) => event.preventDefault(), change: () => changed() },
    h("h2", {}, "Options"),
    qualityField(touched),
    h("label", { for: "format" }, "Format"),
    h(
      "select",
      { id: "format", name: "format" },
      FORMATS.map(([value, text]) => h("option", { value }, text)),
    ),
    sideField(),
    check(
      "copyright",
      "keep",
      "Keep copyright notices",
      "Artist and copyright stay in the file; everything else, GPS above all, goes.",
    ),
    check(
      "onRowError",
      "skip",
      "Go on without rows that cannot be used",
      "They stand in the results with their reason.",
    ),
    check(
      "fresh",
      "true",
      "Make everything anew",
      "Otherwise pictures that have not changed since an earlier request keep the output that they have.",
    ),
    columns,
    h(
      "details",
      {},
      h("summary", {}, "Webhook"),
      text("webhookUrl", "URL that is told of the end", "https://shop.example/hook", "url"),
      tryOut(() => form.elements.webhookUrl.value, testWebhook),
    ),
  );
  return { form, columns, fields: () => chosen(form, touched) };
}

/** The fields without those that say how a CSV is read. */
export function withoutReading(fields) {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !READING.includes(name)));
}

function chosen(form, touched) {
  const fields = [...new FormData(form)].filter(
    ([name, value]) => value !== "" && (name !== "quality" || touched.quality),
  );
  const { [SIDE]: side, ...others } = Object.fromEntries(fields);
  return side ? { ...others, maxWidth: side, maxHeight: side } : others;
}

function sideField() {
  return h(
    "div",
    { class: "field" },
    h("label", { for: SIDE }, "Largest side, in pixels"),
    h("input", {
      id: SIDE,
      name: SIDE,
      type: "number",
      min: 1,
      max: 65535,
      step: 1,
      inputmode: "numeric",
      placeholder: "any",
      "aria-describedby": `${SIDE}-hint`,
    }),
    h(
      "p",
      { id: `${SIDE}-hint`, class: "soft" },
      "Larger pictures are made smaller, as a whole; none is enlarged.",
    ),
  );
}

function qualityField(touched) {
  const shown = h("output", { for: "quality" }, "usual");
  const show = (event) => {
    touched.quality = true;
    fill(shown, event.target.value);
  };
  return h(
    "div",
    { class: "field" },
    h("label", { for: "quality" }, "Quality ", shown),
    h("input", {
      id: "quality",
      name: "quality",
      type: "range",
      min: 1,
      max: 100,
      value: 50,
      input: show,
      "aria-describedby": "quality-hint",
    }),
    h(
      "p",
      { id: "quality-hint", class: "soft" },
      "Usual is 50, unless whoever runs this chose another. Higher is larger.",
    ),
  );
}

function check(name, value, label, hint) {
  return h(
    "div",
    { class: "check" },
    h("input", { id: name, name, value, type: "checkbox", "aria-describedby": `${name}-hint` }),
    h("label", { for: name }, label),
    h("p", { id: `${name}-hint`, class: "soft" }, hint),
  );
}

function text(name, label, placeholder, type = "text") {
  return h(
    "div",
    { class: "field" },
    h("label", { for: name }, label),
    h("input", { id: name, name, type, placeholder, autocomplete: "off", spellcheck: "false" }),
  );
}

function columnFields() {
  return h(
    "details",
    {},
    h("summary", {}, "Columns"),
    h(
      "p",
      { class: "soft" },
      "For a CSV that nobody knows: titles or letters (A, B …), several with commas.",
    ),
    text("imageColumns", "Image URLs", "Photo 1, Photo 2"),
    text("nameColumn", "Product name", "Title"),
    text("idColumn", "Id", "A"),
    text("imageBase", "Where relative image paths begin", "https://shop.example/media/"),
  );
}
