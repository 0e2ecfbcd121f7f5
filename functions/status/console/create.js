// The screen of a new request: drop a CSV, see what was understood, choose, send.

import { begin, fill, h, released, tell } from "./dom.js";
import { count } from "./words.js";
import { Problem, announce, newIdempotencyKey, upload } from "./api.js";
import { dropZone } from "./dropzone.js";
import { firstRows } from "./large.js";
import { refusal } from "./mistakes.js";
import { optionsForm } from "./options.js";
import { notRead, understoodView } from "./understood.js";
import { tryFirst } from "./trial.js";

/** What a call takes of any stack. Where less is taken (MaxUploadBytes, MaxUploadRows) its refusal says so. */
const MOST_OF_A_CALL = 4_000_000;
const OF_SIZE = ["file_too_large", "too_many_rows"];
/** Refusals that saying which columns are which may help against. */
const OF_COLUMNS = ["missing_column", "no_such_column", "no_images"];

/** Kept while the tab lives, so that one comes back from a trial to the same file and options. */
let draft = null;
/** Trials by request id: the file that each was made of, and how many images it has. */
const trials = new Map();

/** What a request was a trial of, if it was one. */
export function trialOf(id) {
  return trials.get(id);
}

/** Forgets the file and what was tried of it, as another may come with another key. */
export function forgetDraft() {
  draft = null;
  trials.clear();
}

/** Shows it. Gives what ends it. */
export function create(root) {
  const life = new AbortController();
  const zone = dropZone(life.signal, (file, of) => {
    draft = new Draft(file);
    open(of);
    draft.look();
  });
  const work = h("div", { class: "work" });
  const lead = h("p", { class: "lead" }, "You see what was understood before anything is done.");
  const heading = begin(root, "Drop a product CSV", lead, zone.element, work);

  function open(of) {
    draft.signal = life.signal;
    fill(heading, draft.file.name);
    lead.remove();
    zone.shrink(draft.file, of);
    fill(
      work,
      draft.looked,
      h("aside", { "aria-label": "Options" }, draft.options.form, draft.actions),
    );
  }

  if (draft) {
    open(1);
    if (draft.answer) draft.offer();
    else draft.look();
  }
  return () => {
    life.abort();
    zone.stop();
  };
}

/** A file on its way to be a request. */
class Draft {
  constructor(file) {
    this.file = file;
    this.turn = 0;
    this.answer = null;
    /** The answer that can be seen, and what was pressed while there was another question. */
    this.seen = null;
    this.pressed = null;
    /** Whether it goes to the storage by itself, as it is too large for a call. */
    this.large = file.size > MOST_OF_A_CALL;
    this.signal = null;
    this.looked = h("section", { class: "looked", "aria-label": "What was understood" });
    this.actions = h("div", { class: "actions" });
    this.options = optionsForm((name) => this.changed(name));
  }

  /** Whom to tell of the end makes another request, and changes nothing of what is understood. */
  changed(name) {
    if (name === "webhookUrl") this.idempotencyKey = newIdempotencyKey();
    else this.look();
  }

  /** Asks what the file is understood as; the answer to the last question counts. */
  async look() {
    const turn = (this.turn += 1);
    this.answer = null;
    this.idempotencyKey = newIdempotencyKey();
    this.looked.setAttribute("aria-busy", "true");
    if (!this.looked.firstChild) fill(this.looked, h("p", { class: "soft" }, "Looking at it …"));
    const { signal } = this;
    const show = await this.asked(signal);
    await released();
    if (signal.aborted || turn !== this.turn) return;
    this.looked.removeAttribute("aria-busy");
    show();
  }

  /** Does it, or where the file is being looked at, once it is understood as it was when this was pressed. */
  press(act) {
    if (this.answer) return act();
    this.pressed = act;
    fill(this.actions, h("span", { role: "status" }, "Looking at it once more …"));
  }

  /** Goes on with what was pressed meanwhile, unless it was pressed for something else than there is now. */
  goOn(before) {
    const act = this.pressed;
    this.pressed = null;
    if (!act) return;
    if (sameFile(before, this.answer)) return act();
    const changed = "It is understood otherwise now: look at it, and press once more.";
    this.actions.append(h("p", { role: "alert", class: "notice" }, changed));
  }

  /** What to show of the answer. */
  async asked(signal) {
    try {
      await readable(this.file);
      const answer = await this.readAs(signal);
      return () => this.understood(answer);
    } catch (error) {
      return () => {
        [this.seen, this.pressed] = [null, null];
        fill(this.actions);
        fill(this.looked, this.refused(error));
      };
    }
  }

  /** What the API reads it as; of a large one its first rows, `part` of it, and of a large workbook nothing. */
  async readAs(signal) {
    const fields = { ...this.options.fields(), dryRun: "true" };
    if (!this.large) {
      try {
        return await upload(this.file, fields, { signal });
      } catch (error) {
        if (!OF_SIZE.includes(error.code)) throw error;
        this.large = true;
      }
    }
    const part = await firstRows(this.file);
    if (!part) return { images: [], unread: true };
    return { ...(await upload(part, fields, { signal })), part: part.size, of: this.file.size };
  }

  understood(answer) {
    const before = this.seen;
    [this.answer, this.seen] = [answer, answer];
    fill(this.looked, answer.unread ? notRead() : understoodView(answer));
    if (answer.unread) tell("It is read once it is sent.");
    else tell(`Understood: ${count(answer.understood.images, "image")}.`);
    this.offer();
    this.goOn(before);
  }

  /** A refusal of the file, with what may help here. */
  refused(error) {
    const ofColumns = OF_COLUMNS.includes(error.code);
    if (ofColumns) this.options.columns.open = true;
    const button = (click, text) => h("button", { type: "button", click }, text);
    return refusal(
      error,
      error.code === "invalid_rows" && button(() => this.skip(), "Go on without these rows"),
      ofColumns &&
        h("p", {}, "Say under ", h("strong", {}, "Columns"), " which of them holds the images."),
      error instanceof Problem && error.passes && button(() => this.look(), "Look again"),
    );
  }

  skip() {
    this.options.form.elements.onRowError.checked = true;
    this.look();
  }

  /** Offers to go on with what was understood. */
  offer() {
    const images = this.answer.understood?.images ?? 0;
    const first = this.answer.images.length;
    const all = this.large ? "Compress the whole file" : `Compress ${count(images, "image")}`;
    const button = (click, text, kind) => h("button", { type: "button", class: kind, click }, text);
    fill(
      this.actions,
      button(() => this.press(() => this.send()), all, "primary"),
      (first < images || (this.large && first > 0)) &&
        button(() => this.press(() => this.sendFirst()), `Try the first ${first}`),
    );
  }

  send() {
    const bar = h("progress", { max: 1, value: 0, "aria-label": "Upload" });
    const sent = (part) => (bar.value = part);
    return this.attempt([bar, h("span", {}, "Sending …")], async (signal) => {
      await readable(this.file);
      const { idempotencyKey } = this;
      const how = { idempotencyKey, sent, signal };
      const fields = this.options.fields();
      const requestId = this.large
        ? await announce(this.file, fields, how)
        : (await upload(this.file, fields, how)).requestId;
      // Whoever sends it once more from here wants another request.
      this.idempotencyKey = newIdempotencyKey();
      return requestId;
    });
  }

  sendFirst() {
    return this.attempt(
      h("span", { role: "status" }, "Sending the first images …"),
      async (signal) => {
        const id = await tryFirst(this.file.name, this.answer, this.options.fields(), signal);
        const images = this.large ? null : this.answer.understood.images;
        trials.set(id, { file: this.file.name, images });
        return id;
      },
    );
  }

  /** Goes on to the request that `action` makes, or shows why there is none beside the offer to do it again. */
  async attempt(meanwhile, action) {
    const { signal } = this;
    fill(this.actions, meanwhile);
    this.options.form.inert = true;
    try {
      location.hash = `#/requests/${await action(signal)}`;
    } catch (error) {
      if (signal.aborted) return;
      this.offer();
      this.actions.append(refusal(error));
    } finally {
      this.options.form.inert = false;
    }
  }
}

/** Whether two answers understand a file alike. */
function sameFile(one, other) {
  const parts = (answer) => JSON.stringify([answer?.understood, answer?.images]);
  return parts(one) === parts(other);
}

/** A file that was changed or removed since it was chosen cannot be read any more. */
async function readable(file) {
  try {
    await file.slice(0, 1).arrayBuffer();
  } catch {
    throw new Error("The file was changed or removed since you chose it. Choose it again.");
  }
}
