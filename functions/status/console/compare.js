// Before and after, one over the other, at full size.

import { fill, h } from "./dom.js";
import { bytes, fileName, saved } from "./words.js";

/** Opens it at one of the images; `step(image, by)` gives the one before or after it, if any. */
export function compare(image, step) {
  const view = parts(step);
  document.body.append(view.dialog);
  view.dialog.addEventListener("close", () => {
    removeEventListener("resize", view.lay);
    view.dialog.remove();
  });
  addEventListener("resize", view.lay);
  view.dialog.showModal();
  view.open(image);
  view.slider.focus();
}

function parts(step) {
  const title = h("h2", { id: "compared" });
  const note = h("p", { class: "soft note" });
  const pictures = h("div", { class: "pictures" });
  const scroller = h("div", { class: "pan", tabindex: 0, role: "region", "aria-label": "The picture; the arrow keys move it" }, pictures);
  const divider = h("div", { class: "divider", "aria-hidden": "true" });
  const stage = h("div", { class: "stage" }, scroller, divider, h("span", { class: "tag left", "aria-hidden": "true" }, "Before"), h("span", { class: "tag right", "aria-hidden": "true" }, "After"));
  const slider = h("input", { type: "range", min: 0, max: 1000, value: 500, "aria-label": "How much of the picture before is shown" });
  const figures = h("dl", { class: "figures" });
  const size = h("button", { type: "button" });
  const previous = h("button", { type: "button" }, "Previous");
  const next = h("button", { type: "button" }, "Next");
  const close = h("button", { type: "button", class: "link", click: () => dialog.close() }, "Close");
  const dialog = h("dialog", { class: "compare", "aria-labelledby": "compared" },
    h("header", {}, title, close), stage, slider, h("footer", {}, figures, note, h("div", { class: "actions" }, size, previous, next)));
  const state = { full: true, after: null, before: null, image: null };

  const split = () => {
    const share = slider.value / 1000;
    slider.setAttribute("aria-valuetext", `${Math.round(share * 100)} %`);
    const x = scroller.clientWidth * share;
    divider.style.left = `${x}px`;
    const cut = Math.max(0, x + scroller.scrollLeft - pictures.offsetLeft);
    if (state.after) state.after.style.clipPath = state.before ? `inset(0 0 0 ${cut}px)` : "none";
    divider.hidden = !state.before;
  };

  const lay = () => {
    if (!state.after?.naturalWidth) return;
    const { naturalWidth, naturalHeight } = state.after;
    // One pixel of the picture on one of the screen.
    const full = 1 / (devicePixelRatio || 1);
    const fit = Math.min(full, scroller.clientWidth / naturalWidth, scroller.clientHeight / naturalHeight);
    const scale = state.full ? full : fit;
    pictures.style.width = `${naturalWidth * scale}px`;
    pictures.style.height = `${naturalHeight * scale}px`;
    fill(size, state.full ? "Fit" : "100\u00a0%");
    size.hidden = fit === full;
    split();
  };

  const centre = () => {
    lay();
    scroller.scrollLeft = (scroller.scrollWidth - scroller.clientWidth) / 2;
    scroller.scrollTop = (scroller.scrollHeight - scroller.clientHeight) / 2;
    split();
  };

  const open = (image) => {
    state.image = image;
    const name = image.productName || fileName(image.inputUrl);
    fill(title, name);
    fill(figures, figureOf("Before", bytes(image.bytesIn)), figureOf("After", bytes(image.bytesOut)), figureOf("Saved", `${saved(image.bytesIn, image.bytesOut)}\u00a0%`));
    fill(note, h("a", { href: image.inputUrl, target: "_blank", rel: "noreferrer" }, fileName(image.inputUrl)), ` in row ${image.row}`);
    state.before = h("img", { class: "before", alt: `${name}, before`, referrerpolicy: "no-referrer", src: image.inputUrl, error: () => alone() });
    state.after = h("img", { class: "after", alt: `${name}, after`, src: image.outputUrl, load: centre });
    fill(pictures, state.before, state.after);
    stage.classList.remove("alone");
    [previous.disabled, next.disabled] = [!step(image, -1), !step(image, 1)];
  };

  const alone = () => {
    state.before?.remove();
    state.before = null;
    stage.classList.add("alone");
    note.append(" — the original does not show in this page: its host, its format or plain http forbids it.");
    split();
  };

  const go = (by) => {
    const other = step(state.image, by);
    if (other) open(other);
  };

  slider.addEventListener("input", split);
  scroller.addEventListener("scroll", split, { passive: true });
  size.addEventListener("click", () => {
    state.full = !state.full;
    centre();
  });
  previous.addEventListener("click", () => go(-1));
  next.addEventListener("click", () => go(1));
  dragged(stage, scroller, slider, split);
  return { dialog, slider, open, lay };
}

function figureOf(name, value) {
  return h("div", {}, h("dt", {}, name), h("dd", {}, value));
}

/** Near the divider a pointer moves it, elsewhere a mouse moves the picture; fingers scroll by themselves. */
function dragged(stage, scroller, slider, split) {
  const REACH = 24;
  let grip = null;
  stage.addEventListener("pointerdown", (event) => {
    const x = event.clientX - stage.getBoundingClientRect().left;
    const divides = Math.abs(x - (scroller.clientWidth * slider.value) / 1000) < REACH;
    if (!divides && event.pointerType !== "mouse") return;
    grip = { divides, x: event.clientX + scroller.scrollLeft, y: event.clientY + scroller.scrollTop };
    stage.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  stage.addEventListener("pointermove", (event) => {
    if (!grip) return;
    if (grip.divides) {
      slider.value = ((event.clientX - stage.getBoundingClientRect().left) / scroller.clientWidth) * 1000;
      split();
    } else {
      scroller.scrollTo(grip.x - event.clientX, grip.y - event.clientY);
    }
  });
  for (const type of ["pointerup", "pointercancel"]) {
    stage.addEventListener(type, () => {
      grip = null;
    });
  }
  // A finger on the divider must not scroll the picture as well.
  stage.addEventListener("touchmove", (event) => grip && event.preventDefault(), { passive: false });
}
