// Makes elements. Text is always text: nothing here reads HTML.

/** An element with its attributes (functions are listeners, `true` is a bare one) and children. */
export function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) set(element, name, value);
  element.append(...present(children));
  return element;
}

function set(element, name, value) {
  if (value === undefined || value === null || value === false) return;
  if (typeof value === "function") element.addEventListener(name, value);
  else if (name === "value") element.value = value;
  else element.setAttribute(name, value === true ? "" : value);
}

function present(children) {
  return children
    .flat(9)
    .filter((child) => child !== null && child !== undefined && child !== false);
}

/** Puts these in the place of all that an element holds. */
export function fill(element, ...children) {
  element.replaceChildren(...present(children));
}

/** A figure with its name, for a `dl`. */
export function pair(name, value) {
  return h("div", {}, h("dt", {}, name), h("dd", {}, value || "–"));
}

/** Says a sentence to those who hear the page. */
export function tell(sentence) {
  const told = document.getElementById("told");
  if (told.textContent !== sentence) told.textContent = sentence;
}

/** Begins a screen: its title, and the focus on its heading. */
export function begin(root, title, ...children) {
  const heading = h("h1", { tabindex: -1 }, title);
  document.title = `${title} · Halftone`;
  fill(root, heading, ...children);
  heading.focus({ preventScroll: true });
  return heading;
}

let [pressing, letGo] = [null, () => {}];

function pressBegins({ isPrimary, button }) {
  if (!isPrimary || button !== 0) return;
  pressing ??= new Promise((resolve) => {
    letGo = resolve;
  });
}

function pressEnds() {
  pressing = null;
  // The click comes right behind.
  setTimeout(letGo);
}

addEventListener("pointerdown", pressBegins, true);
for (const type of ["pointerup", "pointercancel"]) addEventListener(type, pressEnds, true);
// Of the window, not of what is in it, which loses the focus by a press.
addEventListener("blur", pressEnds);

/**
 * Waits until nothing is being pressed: a click is lost where its element goes, or moves, between down and up,
 * and pressing something else is what ends typing into a field.
 */
export async function released() {
  await pressing;
}

/** A button for what may fail; beside it, why it did. */
export function action(title, act) {
  const fault = h("span", { class: "fault", role: "alert" });
  const click = async (event) => {
    event.target.disabled = true;
    try {
      await act();
    } catch (problem) {
      fill(fault, problem.message);
      event.target.disabled = false;
    }
  };
  return h("div", { class: "actions" }, h("button", { type: "button", click }, title), fault);
}

/** Has the browser save a text as a file. */
export function save(name, type, text) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
