// A refusal, with its mistakes by line.

import { h, save } from "./dom.js";
import { count, csv, figure } from "./words.js";

const SHOWN_MISTAKES = 100;

/** A refusal in the API's own words, and whatever helps beside it. */
export function refusal(problem, ...help) {
  const errors = problem.errors ?? [];
  return h(
    "div",
    { class: "refusal", role: "alert" },
    h("p", { class: "what" }, problem.message),
    errors.length > 0 && mistakes(errors, "mistakes.csv", help),
    errors.length === 0 && help,
  );
}

/** Mistakes of a CSV by line, all of them to be taken along. */
export function mistakes(errors, fileName, help) {
  const shown = errors.slice(0, SHOWN_MISTAKES);
  const row = (error) =>
    h("tr", {}, h("th", { scope: "row" }, figure(error.line)), h("td", {}, error.message));
  const rows = () => [
    ["Line", "Code", "Message"],
    ...errors.map((error) => [error.line, error.code, error.message]),
  ];
  const more =
    errors.length > shown.length &&
    h("p", { class: "soft" }, `The first ${figure(shown.length)} of ${figure(errors.length)}.`);
  return [
    h(
      "div",
      { class: "scrolls", tabindex: 0, role: "region", "aria-label": "Mistakes by line" },
      h(
        "table",
        { class: "mistakes" },
        h(
          "thead",
          {},
          h(
            "tr",
            {},
            h("th", { scope: "col" }, "Line"),
            h("th", { scope: "col" }, "What is wrong"),
          ),
        ),
        h("tbody", {}, shown.map(row)),
      ),
    ),
    more,
    h(
      "div",
      { class: "actions" },
      help,
      h(
        "button",
        { type: "button", click: () => save(fileName, "text/csv", csv(rows())) },
        `Download ${count(errors.length, "mistake")} as CSV`,
      ),
    ),
  ];
}
