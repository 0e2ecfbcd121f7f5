// The first screen: asks for the API key.

import { begin, fill, h } from "./dom.js";
import { knows, setKey } from "./api.js";
import { STILL_LIFE, halftone } from "./dots.js";

/** Shows it; `go` is called once the API knows the key. Gives what ends it. */
export function askForKey(root, go, reason) {
  const input = h("input", {
    id: "key",
    type: "password",
    autocomplete: "off",
    spellcheck: "false",
    required: true,
    "aria-describedby": "key-hint key-fault",
  });
  const fault = h("p", { id: "key-fault", class: "fault", role: "alert" }, reason);
  const enter = h("button", { class: "primary" }, "Go on");
  const canvas = h("canvas", { "aria-hidden": "true" });
  const form = h(
    "form",
    { class: "label", submit: (event) => submit(event, { input, fault, enter, go }) },
    h("label", { for: "key" }, "API key"),
    h("div", { class: "together" }, input, enter),
    fault,
    h(
      "p",
      { id: "key-hint", class: "soft" },
      "It stays in this tab, goes to this API and nowhere else, and is gone when the tab is closed. On a machine of your own, ",
      h("code", {}, "cargo local status"),
      " shows it; on AWS, whoever deployed the stack has it.",
    ),
  );
  begin(
    root,
    "Smaller product images, from a CSV",
    h(
      "p",
      { class: "lead" },
      "Drop a shop’s export, see what was understood, get every image back at about a quarter of its size.",
    ),
    h("div", { class: "drop" }, canvas, form),
  );
  const dots = halftone(canvas, STILL_LIFE, 7);
  input.focus();
  return dots.stop;
}

async function submit(event, { input, fault, enter, go }) {
  event.preventDefault();
  const candidate = input.value.trim();
  // Nothing else can be sent in a header.
  if (!/^[\x21-\x7e]+$/.test(candidate)) {
    fill(fault, "A key has letters, digits and signs, and no blanks.");
    return;
  }
  enter.disabled = true;
  fill(fault);
  try {
    if (await knows(candidate)) {
      setKey(candidate);
      go();
      return;
    }
    fill(fault, "The API does not know this key.");
    input.select();
  } catch (problem) {
    fill(fault, problem.message);
  }
  enter.disabled = false;
}
