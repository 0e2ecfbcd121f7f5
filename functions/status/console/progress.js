// A request at work: how far it is, how fast, how long yet, what went wrong so far.

import { action, begin, fill, h, pair, tell } from "./dom.js";
import { bytes, count, duration, figure, fileName } from "./words.js";
import { cancel, pause, status } from "./api.js";
import { movingBand } from "./band.js";
import { advice } from "./advice.js";
import { picture } from "./understood.js";

const PHASES = {
  awaiting: "Waiting for the CSV …",
  intake: "Taking in the CSV …",
  compressing: "Fetching and compressing …",
  finishing: "Writing the results …",
  cancelling: "Cancelling …",
};
/** Seconds over which the rate is taken. */
const WINDOW = 20;
/** So many images are shown as they come. */
const FIRST_DONE = 12;

/** Shows it until the request has ended; gives its last status. */
export async function watch(root, id, body, signal) {
  const view = progressView(root, id, body);
  const seen = [];
  try {
    for (let asked = 0; body.status === "Pending"; asked += 1) {
      view.show(body.progress, pace(seen, body.progress));
      await pause((view.retryAfter ?? Math.min(1 + asked / 10, 5)) * 1000, signal);
      const answer = await status(id, view.wanted, signal, view.away);
      [body, view.retryAfter] = [answer.body, answer.retryAfter];
      if (body.status === "Pending") view.done(body.data?.images ?? []);
    }
    return body;
  } finally {
    view.stop();
  }
}

function progressView(root, id, body) {
  const strip = movingBand();
  const phase = h("p", { class: "lead" });
  const figures = h("dl", { class: "figures big" });
  const errors = h("div", { class: "groups" });
  const done = new Map();
  const contact = h("ul", { class: "contact", "aria-label": "The first images that are done" });
  const stays = h(
    "p",
    { class: "soft" },
    "It goes on without this page; come back to this address at any time.",
  );
  const heading = begin(
    root,
    title(body.progress),
    phase,
    strip.element,
    figures,
    "round" in body && cancelButton(id),
    errors,
    contact,
    stays,
  );
  return {
    retryAfter: null,
    /** Images are asked for as long as there is room for them. */
    get wanted() {
      return done.size < FIRST_DONE ? { limit: FIRST_DONE, partial: true } : { limit: 1 };
    },
    done(images) {
      for (const image of images.filter(({ outputUrl }) => outputUrl && !done.has(outputUrl))) {
        done.set(image.outputUrl, firstDone(image));
      }
      if (contact.childElementCount < done.size) fill(contact, [...done.values()]);
    },
    stop: strip.stop,
    away: (problem) => fill(phase, `${problem.message} Asking again …`),
    show(progress, { rate, secondsLeft }) {
      strip.show(progress);
      fill(heading, title(progress));
      fill(
        phase,
        [PHASES[progress.phase] ?? "At work …", ...(progress.paused ?? []).map(pausedHost)].join(
          " ",
        ),
      );
      fill(
        figures,
        pair(
          "Done",
          `${figure(progress.succeeded + progress.failed)} of ${figure(progress.total)}`,
        ),
        pair("Speed", rate && `${rate.toFixed(rate < 10 ? 1 : 0)} a second`),
        pair("Time left", secondsLeft && `about ${duration(secondsLeft)}`),
        pair("Failed", progress.failed > 0 && figure(progress.failed)),
      );
      fill(errors, (progress.errors ?? []).map(soFar));
      document.title = `${progress.percent} % · Halftone`;
      tell(`${Math.floor(progress.percent / 10) * 10} % done`);
    },
  };
}

function firstDone({ outputUrl, inputUrl, productName, bytesIn, bytesOut }) {
  const name = h("span", { class: "name" }, productName || fileName(inputUrl));
  const sizes = h("span", { class: "soft" }, `${bytes(bytesIn)} → ${bytes(bytesOut)}`);
  return h("li", {}, picture(outputUrl, "frame"), name, sizes);
}

/** A dropped CSV is not counted before it is read. */
function title({ total }) {
  return total > 0 ? `Compressing ${count(total, "image")}` : "Taking in a CSV";
}

function pausedHost({ host, until }) {
  return `${host} asked for a pause until ${new Date(until).toLocaleTimeString()}.`;
}

function soFar({ code, host, images }) {
  const { title, todo } = advice(code);
  return h(
    "article",
    { class: "group" },
    h(
      "h2",
      {},
      `${title} `,
      h("span", { class: "soft" }, `${figure(images)} × `, h("code", {}, code), ` at ${host}`),
    ),
    h("p", {}, todo),
  );
}

function cancelButton(id) {
  return action("Cancel what is left", () => cancel(id));
}

/** Rate and time left: what the API says, else what was seen here; unknown until enough was. */
function pace(seen, progress) {
  if (progress.rate !== undefined) return progress;
  const now = { at: performance.now() / 1000, ended: progress.succeeded + progress.failed };
  seen.push(now);
  while (now.at - seen[0].at > WINDOW) seen.shift();
  const [time, ended] = [now.at - seen[0].at, now.ended - seen[0].ended];
  if (time < 2 || ended === 0) return {};
  const rate = ended / time;
  return { rate, secondsLeft: progress.phase === "compressing" ? progress.pending / rate : null };
}
