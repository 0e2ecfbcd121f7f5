// A request that has ended: what it saved, what to take along, what failed, each image.

import { begin, fill, h } from "./dom.js";
import { bytes, count, duration, figure, saved, when } from "./words.js";
import { resultsUrl } from "./api.js";
import { bandOf, halftone } from "./dots.js";
import { Images } from "./images.js";
import { mistakes } from "./mistakes.js";
import { failures } from "./failures.js";
import { Gallery } from "./gallery.js";
import { webhooks } from "./webhooks.js";

const FORMS = [
  ["csv", "Results as CSV", "what became of every row"],
  ["source", "The CSV with its new URLs", "ready to import again"],
  ["ndjson", "NDJSON", "for programs"],
  ["json", "JSON", "for programs"],
];
const ZIP = [
  "zip",
  "All outputs as ZIP",
  "written when it is first asked for, which may take a while",
];

/** Shows it. Gives what ends it. */
export function result(root, id, body, trial, again) {
  const { data, progress } = body;
  const told = webhooks(id);
  if (data.error) {
    begin(
      root,
      "The CSV was refused",
      h("p", { class: "lead" }, data.error.message),
      data.error.errors.length > 0 && mistakes(data.error.errors, "mistakes.csv"),
      told.element,
    );
    told.start();
    return told.stop;
  }
  if (progress.total === 0) {
    begin(root, "Cancelled before its CSV came");
    return () => {};
  }
  const images = new Images(id, {}, progress.total);
  const life = new AbortController();
  const shown = [
    progress.failed > 0 &&
      failures(id, progress.failed, "round" in body && body.status !== "Cancelled" && again),
    told,
    new Gallery(images, progress),
  ].filter(Boolean);
  const band = savedBand(data.savings);
  begin(
    root,
    heading(data.savings, progress),
    h("p", { class: "lead" }, summary(data, progress)),
    band.element,
    trial && backTo(trial),
    downloads(id, progress.succeeded > 0, life.signal),
    shown.map((part) => part.element),
    h("p", { class: "soft" }, "Request ", h("code", {}, id)),
  );
  for (const part of shown) part.start();
  return () => {
    life.abort();
    images.stop();
    band.stop();
    for (const part of shown) part.stop();
  };
}

function heading({ bytesIn, bytesOut }, progress) {
  if (progress.succeeded > 0) return `${bytes(bytesIn)} became ${bytes(bytesOut)}`;
  if (progress.cancelled > 0) return "Cancelled before an image was done";
  return progress.total === 1 ? "The image failed" : `All ${count(progress.total, "image")} failed`;
}

function summary({ savings, createdAt, completedAt, productName }, progress) {
  const took = (new Date(completedAt) - new Date(createdAt)) / 1000;
  const more = productName && `${productName}${progress.total > 1 ? " and others" : ""}. `;
  const parts = [
    progress.succeeded > 0 && `${saved(savings.bytesIn, savings.bytesOut)} % saved`,
    `${figure(progress.succeeded)} of ${count(progress.total, "image")}`,
    progress.unchanged > 0 && `${figure(progress.unchanged)} unchanged`,
    progress.cancelled > 0 && `${figure(progress.cancelled)} cancelled`,
    `in ${duration(took)}`,
    when(completedAt),
  ];
  return [more, parts.filter(Boolean).join(", "), "."];
}

/** What is left of all bytes, and what is gone. */
function savedBand({ bytesIn, bytesOut }) {
  const canvas = h("canvas", { "aria-hidden": "true" });
  const left = bytesIn > 0 ? bytesOut / bytesIn : 0;
  const dots = halftone(canvas, bandOf([["--cyan", left]]), 8);
  return { element: bytesIn > 0 && h("div", { class: "band" }, canvas), stop: dots.stop };
}

function backTo(trial) {
  return h(
    "p",
    { class: "trial" },
    `These were the first images of ${trial.file}. `,
    h(
      "a",
      { class: "button", href: "#/" },
      trial.images ? `Go on with all ${count(trial.images, "image")}` : "Go on with the whole file",
    ),
  );
}

function downloads(id, zip, signal) {
  const fault = h("p", { class: "fault", role: "alert" });
  const take = async (event, form) => {
    event.target.disabled = true;
    fill(fault);
    try {
      h("a", { href: await resultsUrl(id, form, signal), rel: "noreferrer" }).click();
    } catch (problem) {
      if (!signal.aborted) fill(fault, problem.message);
    }
    event.target.disabled = false;
  };
  const button = ([form, title, hint], place) =>
    h(
      "button",
      {
        type: "button",
        class: place === 0 && "primary",
        title: hint,
        click: (event) => take(event, form),
      },
      title,
    );
  return h("div", { class: "actions" }, [...FORMS, ...(zip ? [ZIP] : [])].map(button), fault);
}
