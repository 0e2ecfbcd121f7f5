// A request at work: how far it is, how fast, how long yet, what went wrong so far.

import { begin, fill, h, pair, tell } from "./dom.js";
import { count, duration, figure } from "./words.js";
import { cancel, pause, status } from "./api.js";
import { bandOf, halftone } from "./dots.js";
import { advice } from "./advice.js";

const PHASES = {
    awaiting: "Waiting for the CSV …",
    intake: "Taking in the CSV …",
    compressing: "Fetching and compressing …",
    finishing: "Writing the results …",
    cancelling: "Cancelling …",
};
/** Seconds over which the rate is taken. */
const WINDOW = 20;
/** The least share of the band that is seen. */
const LEAST = 0.02;

/** Shows it until the request has ended; gives its last status. */
export async function watch(root, id, body, signal) {
    const view = progressView(root, id, body);
    const seen = [];
    try {
        for (let asked = 0; body.status === "Pending"; asked += 1) {
            view.show(body.progress, pace(seen, body.progress));
            await pause((view.retryAfter ?? Math.min(1 + asked / 10, 5)) * 1000, signal);
            const answer = await status(id, { limit: 1 }, signal, view.away);
            [body, view.retryAfter] = [answer.body, answer.retryAfter];
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
        errors,
        "round" in body && cancelButton(id),
        stays,
    );
    return {
        retryAfter: null,
        stop: strip.stop,
        away: (problem) => fill(phase, `${problem.message} Asking again …`),
        show(progress, { rate, secondsLeft }) {
            strip.show(progress);
            fill(heading, title(progress));
            fill(
                phase,
                [PHASES[progress.phase] ?? "At work …", ...(progress.paused ?? []).map(pausedHost)].join(" "),
            );
            fill(
                figures,
                pair("Done", `${figure(progress.succeeded + progress.failed)} of ${figure(progress.total)}`),
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

/** A dropped CSV is not counted before it is read. */
function title({ total }) {
    return total > 0 ? `Compressing ${count(total, "image")}` : "Taking in a CSV";
}

/** The band of dots: it glides to where the work is, and what is to come moves a little. */
function movingBand() {
    const canvas = h("canvas", { "aria-hidden": "true" });
    const element = h(
        "div",
        { class: "band", role: "progressbar", "aria-label": "Images that have ended", "aria-valuemin": 0 },
        canvas,
    );
    const still = matchMedia("(prefers-reduced-motion: reduce)");
    const [goal, parts] = [
        [0, 0],
        [
            ["--cyan", 0],
            ["--magenta", 0],
        ],
    ];
    const wave = (u) =>
        still.matches ? 0 : 0.05 * Math.max(0, Math.sin(u * 9 - performance.now() / 700)) ** 3;
    const dots = halftone(canvas, bandOf(parts, wave), 8);
    let frame = 0;
    const move = () => {
        parts.forEach((part, place) => {
            part[1] += (goal[place] - part[1]) * (still.matches ? 1 : 0.08);
        });
        dots.draw();
        frame = requestAnimationFrame(move);
    };
    move();
    return {
        element,
        show({ total, succeeded, failed }) {
            goal[0] = succeeded / Math.max(total, 1);
      goal[1] = failed > 0 ? Math.max(failed / total, LEAST) : 0;
            element.setAttribute("aria-valuemax", total);
            element.setAttribute("aria-valuenow", succeeded + failed);
        },
        stop() {
            cancelAnimationFrame(frame);
            dots.stop();
        },
    };
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
    const fault = h("span", { class: "fault", role: "alert" });
    const click = async (event) => {
        event.target.disabled = true;
        try {
            await cancel(id);
        } catch (problem) {
            fill(fault, problem.message);
            event.target.disabled = false;
        }
    };
    return h(
        "div",
        { class: "actions" },
        h("button", { type: "button", click }, "Cancel what is left"),
        fault,
    );
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
