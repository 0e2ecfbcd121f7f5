// The screen of a new request: drop a CSV, see what was understood, choose, send.

import { begin, fill, h, tell } from "./dom.js";
import { bytes, count } from "./words.js";
import { Problem, newIdempotencyKey, upload } from "./api.js";
import { STILL_LIFE, halftone } from "./dots.js";
import { refusal } from "./mistakes.js";
import { optionsForm } from "./options.js";
import { understoodView } from "./understood.js";
import { tryFirst } from "./trial.js";

/** What API Gateway takes; the stack's own bound (MaxUploadBytes) is lower, and its refusal says so. */
const MOST_BYTES = 10_000_000;

/** Kept while the tab lives, so that one comes back from a trial to the same file and options. */
let draft = null;
/** Trials by request id: the file that each was made of, and how many images it has. */
const trials = new Map();

/** What a request was a trial of, if it was one. */
export function trialOf(id) {
  return trials.get(id);
}

/** Shows it. Gives what ends it. */
export function create(root) {
  const life = new AbortController();
  const work = h("div", { class: "work" });
  const zone = dropZone(life.signal, (file) => take(file));
  const lead = h("p", { class: "lead" }, "You see what was understood before anything is done.");
  const heading = begin(root, "Drop a product CSV", lead, zone.element, work);

  function open() {
    fill(heading, draft.file.name);
    lead.remove();
    zone.shrink(draft.file);
    fill(work, draft.looked, h("aside", { "aria-label": "Options" }, draft.options.form, draft.actions));
  }

  function take(file) {
    draft = newDraft(file, () => look());
    open();
    look();
  }

  function look() {
    lookAt(draft, life.signal);
  }

  if (draft) {
    draft.changed = look;
    open();
    if (draft.answer) offer(draft, life.signal);
    else look();
  }
  return () => {
    life.abort();
    zone.stop();
  };
}

function newDraft(file, changed) {
  const draft = { file, changed, turn: 0, answer: null, looked: h("section", { class: "looked", "aria-label": "What was understood" }), actions: h("div", { class: "actions" }) };
  draft.options = optionsForm(() => draft.changed());
  return draft;
}

/** Asks what the file is understood as; the answer to the last question counts. */
async function lookAt(draft, signal) {
  const turn = (draft.turn += 1);
  draft.answer = null;
  draft.idempotencyKey = newIdempotencyKey();
  draft.looked.setAttribute("aria-busy", "true");
  fill(draft.actions);
  if (!draft.looked.firstChild) fill(draft.looked, h("p", { class: "soft" }, "Looking at it …"));
  try {
    await readable(draft.file);
    const answer = await upload(draft.file, { ...draft.options.fields(), dryRun: "true" }, { signal });
    if (turn !== draft.turn) return;
    draft.answer = answer;
    fill(draft.looked, understoodView(answer));
    tell(`Understood: ${count(answer.understood.images, "image")}.`);
    offer(draft, signal);
  } catch (error) {
    if (signal.aborted || turn !== draft.turn) return;
    fill(draft.looked, refused(draft, error));
  } finally {
    if (turn === draft.turn) draft.looked.removeAttribute("aria-busy");
  }
}

/** A refusal of the CSV, with what may help here. */
function refused(draft, error) {
  if (!(error instanceof Problem)) return refusal({ message: error.message, errors: [] });
  const skip = () => {
    draft.options.form.elements.onRowError.checked = true;
    draft.changed();
  };
  const columns = ["missing_column", "no_such_column", "no_images"].includes(error.code);
  if (columns) draft.options.columns.open = true;
  return refusal(error,
    error.code === "invalid_rows" && h("button", { type: "button", click: skip }, "Go on without these rows"),
    columns && h("p", {}, "Say under ", h("strong", {}, "Columns"), " which of them holds the images."),
    error.passes && h("button", { type: "button", click: () => draft.changed() }, "Look again"));
}

/** Offers to go on, once it is known with what. */
function offer(draft, signal) {
  const { images } = draft.answer.understood;
  const first = draft.answer.images.length;
  const all = h("button", { type: "button", class: "primary", click: () => send(draft, signal) }, `Compress ${count(images, "image")}`);
  const some = first < images && h("button", { type: "button", click: () => sendFirst(draft, signal) }, `Try the first ${first}`);
  fill(draft.actions, all, some);
}

async function send(draft, signal) {
  const bar = h("progress", { max: 1, value: 0, "aria-label": "Upload" });
  const sent = (part) => {
    bar.value = part;
  };
  fill(draft.actions, bar, h("span", {}, "Sending …"));
  await attempt(draft, signal, async () => {
    await readable(draft.file);
    const { idempotencyKey } = draft;
    const { requestId } = await upload(draft.file, draft.options.fields(), { idempotencyKey, sent, signal });
    draft.idempotencyKey = newIdempotencyKey();
    location.hash = `#/requests/${requestId}`;
  });
}

async function sendFirst(draft, signal) {
  fill(draft.actions, h("span", { role: "status" }, "Sending the first images …"));
  await attempt(draft, signal, async () => {
    const id = await tryFirst(draft.file.name, draft.answer, draft.options.fields(), signal);
    trials.set(id, { file: draft.file.name, images: draft.answer.understood.images });
    location.hash = `#/requests/${id}`;
  });
}

/** Does it, or shows why it could not be done beside the offer to do it again. */
async function attempt(draft, signal, action) {
  draft.options.form.inert = true;
  try {
    await action();
  } catch (error) {
    if (signal.aborted) return;
    offer(draft, signal);
    draft.actions.append(refusal({ message: error.message, errors: error.errors ?? [] }));
  } finally {
    draft.options.form.inert = false;
  }
}

/** A file that was changed or removed since it was chosen cannot be read any more. */
async function readable(file) {
  if (file.size > MOST_BYTES) throw new Error(`The file has ${bytes(file.size)}; through the API at most ${bytes(MOST_BYTES)} can come (MaxUploadBytes may say less). Put larger ones into the drop bucket.`);
  try {
    await file.slice(0, 1).arrayBuffer();
  } catch {
    throw new Error("The file was changed or removed since you chose it. Choose it again.");
  }
}

/** Where a file is dropped: anywhere on the page, and shown here. */
function dropZone(signal, take) {
  const input = h("input", { type: "file", id: "file", class: "unseen", accept: ".csv,.tsv,.txt,.xlsx,text/csv", change: () => input.files[0] && take(input.files[0]) });
  const canvas = h("canvas", { "aria-hidden": "true" });
  const said = h("p", {}, "Drop it anywhere on this page, or");
  const choose = h("label", { for: "file", class: "button" }, "Choose a file");
  const kinds = h("p", { class: "soft" }, "The export of Shopify, WooCommerce, Magento and seven more, any other CSV with image URLs, or an Excel workbook.");
  const element = h("div", { class: "drop" }, canvas, h("div", { class: "label" }, said, input, choose, kinds));
  const dots = halftone(canvas, STILL_LIFE, 7);
  const over = (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    element.classList.toggle("over", event.type === "dragover");
    const [file] = event.dataTransfer.files;
    if (event.type === "drop" && file) take(file);
  };
  for (const type of ["dragover", "dragleave", "drop"]) document.addEventListener(type, over, { signal });
  const shrink = (file) => {
    element.classList.add("small");
    fill(said, bytes(file.size));
    fill(choose, "Choose another file");
    kinds.remove();
    input.value = "";
  };
  return { element, shrink, stop: dots.stop };
}
