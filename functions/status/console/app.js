// Chooses the screen by the address behind #.

import { hasKey, setKey } from "./api.js";
import { askForKey } from "./key.js";
import { create, forgetDraft } from "./create.js";
import { request } from "./request.js";
import { allRequests } from "./requests.js";

const main = document.getElementById("main");
const nav = document.querySelector("nav");
let leave = () => {};

function screenOf(address) {
  const id = address.match(/^#\/requests\/([0-9a-f-]{36})$/i)?.[1];
  if (id) return (root) => request(root, id);
  return address.startsWith("#/requests") ? allRequests : create;
}

function show(reason) {
  leave();
  leave = () => {};
  nav.hidden = !hasKey();
  for (const link of nav.querySelectorAll("a")) {
    const here = link.hash === (location.hash.startsWith("#/requests") ? "#/requests" : "#/");
    link.toggleAttribute("aria-current", here);
    if (here) link.setAttribute("aria-current", "page");
  }
  if (hasKey()) leave = screenOf(location.hash)(main);
  else leave = askForKey(main, () => show(), reason);
}

addEventListener("hashchange", () => {
  // The link that skips to the content names no screen.
  if (location.hash === "#main") return;
  show();
  scrollTo(0, 0);
});
function forget(reason) {
  setKey(null);
  forgetDraft();
  show(reason);
}

document.addEventListener("key-refused", (event) => forget(event.detail));
document.getElementById("forget").addEventListener("click", () => forget());
show();
