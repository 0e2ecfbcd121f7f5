// How far a request is, as a band of dots.

import { h } from "./dom.js";
import { bandOf, halftone } from "./dots.js";

/** The least share of the band that is seen. */
const LEAST = 0.02;

/** The band of dots: it glides to where the work is, and what is to come moves a little. */
export function movingBand() {
  const canvas = h("canvas", { "aria-hidden": "true" });
  const element = h(
    "div",
    {
      class: "band",
      role: "progressbar",
      "aria-label": "Images that have ended",
      "aria-valuemin": 0,
    },
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
