// Before and after, one over the other, at full size.

import { fill, h, pair } from "./dom.js";
import { bytes, fileName, saved } from "./words.js";

/** How near to the divider a pointer must be to move it, in px. */
const REACH = 24;

/** Opens it at one of the images; `step(image, by)` gives the one before or after it, if any. */
export function compare(image, step) {
  new Comparison(step).open(image);
}

class Comparison {
  constructor(step) {
    this.step = step;
    this.full = true;
    this.title = h("h2", { id: "compared" });
    this.note = h("p", { class: "soft note" });
    this.figures = h("dl", { class: "figures" });
    this.makeStage();
    this.makeButtons();
    const close = h(
      "button",
      { type: "button", class: "link", click: () => this.dialog.close() },
      "Close",
    );
    const actions = h("div", { class: "actions" }, this.size, this.previous, this.next);
    this.dialog = h(
      "dialog",
      { class: "compare", "aria-labelledby": "compared", close: () => this.end() },
      h("header", {}, this.title, close),
      this.stage,
      this.slider,
      h("footer", {}, this.figures, this.note, actions),
    );
  }

  makeStage() {
    const tag = (side, text) => h("span", { class: `tag ${side}`, "aria-hidden": "true" }, text);
    this.pictures = h("div", { class: "pictures" });
    this.pan = h(
      "div",
      {
        class: "pan",
        tabindex: 0,
        role: "region",
        "aria-label": "The picture; the arrow keys move it",
      },
      this.pictures,
    );
    this.divider = h("div", { class: "divider", "aria-hidden": "true" });
    this.stage = h(
      "div",
      { class: "stage" },
      this.pan,
      this.divider,
      tag("left", "Before"),
      tag("right", "After"),
    );
    this.slider = h("input", {
      type: "range",
      min: 0,
      max: 1000,
      value: 500,
      "aria-label": "How much of the picture before is shown",
    });
    this.slider.addEventListener("input", () => this.split());
    this.pan.addEventListener("scroll", () => this.split(), { passive: true });
    new Grip(this);
  }

  makeButtons() {
    const button = (click, text) => h("button", { type: "button", click }, text);
    this.previous = button(() => this.show(this.step(this.image, -1)), "Previous");
    this.next = button(() => this.show(this.step(this.image, 1)), "Next");
    this.size = button(() => {
      this.full = !this.full;
      this.centre();
    });
  }

  open(image) {
    document.body.append(this.dialog);
    this.resized = new ResizeObserver(() => this.lay());
    this.resized.observe(this.pan);
    this.dialog.showModal();
    this.show(image);
    this.slider.focus();
  }

  end() {
    this.resized.disconnect();
    this.dialog.remove();
  }

  show(image) {
    this.image = image;
    const name = image.productName || fileName(image.inputUrl);
    fill(this.title, name);
    fill(
      this.figures,
      pair("Before", bytes(image.bytesIn)),
      pair("After", bytes(image.bytesOut)),
      pair("Saved", `${saved(image.bytesIn, image.bytesOut)}\u00a0%`),
    );
    fill(
      this.note,
      h(
        "a",
        { href: image.inputUrl, target: "_blank", rel: "noreferrer" },
        fileName(image.inputUrl),
      ),
      ` in row ${image.row}`,
    );
    this.before = h("img", {
      alt: `${name}, before`,
      referrerpolicy: "no-referrer",
      src: image.inputUrl,
    });
    this.before.addEventListener("error", (event) => this.alone(event.target));
    this.after = h("img", {
      alt: `${name}, after`,
      src: image.outputUrl,
      load: () => this.centre(),
    });
    fill(this.pictures, this.before, this.after);
    this.stage.classList.remove("alone");
    this.previous.disabled = !this.step(image, -1);
    this.next.disabled = !this.step(image, 1);
  }

  /** Only the picture after can be shown. */
  alone(before) {
    if (before !== this.before) return;
    before.remove();
    this.before = null;
    this.stage.classList.add("alone");
    this.note.append(
      ": this page cannot show the original, because of its host, its format or plain http.",
    );
    this.split();
  }

  /** Gives the pictures their size: one pixel on one of the screen, or all of them in view. */
  lay() {
    const { naturalWidth, naturalHeight } = this.after;
    if (!naturalWidth) return;
    const full = 1 / (devicePixelRatio || 1);
    const fit = Math.min(
      full,
      this.pan.clientWidth / naturalWidth,
      this.pan.clientHeight / naturalHeight,
    );
    const scale = this.full ? full : fit;
    this.pictures.style.width = `${naturalWidth * scale}px`;
    this.pictures.style.height = `${naturalHeight * scale}px`;
    fill(this.size, this.full ? "Fit" : "100\u00a0%");
    this.size.hidden = fit === full;
    this.split();
  }

  centre() {
    this.lay();
    this.pan.scrollLeft = (this.pan.scrollWidth - this.pan.clientWidth) / 2;
    this.pan.scrollTop = (this.pan.scrollHeight - this.pan.clientHeight) / 2;
    this.split();
  }

  /** Where the divider is, in px from the left of the stage. */
  get edge() {
    return (this.pan.clientWidth * this.slider.value) / this.slider.max;
  }

  set edge(x) {
    this.slider.value = (x / this.pan.clientWidth) * this.slider.max;
    this.split();
  }

  /** Shows the picture before on the left of the divider and the one after on its right. */
  split() {
    this.slider.setAttribute("aria-valuetext", `${Math.round(this.slider.value / 10)} %`);
    this.divider.style.left = `${this.edge}px`;
    this.divider.hidden = !this.before;
    const cut = Math.max(0, this.edge + this.pan.scrollLeft - this.pictures.offsetLeft);
    this.after.style.clipPath = this.before ? `inset(0 0 0 ${cut}px)` : "none";
  }
}

/** Near the divider a pointer moves it, elsewhere a mouse moves the picture; fingers scroll by themselves. */
class Grip {
  constructor(comparison) {
    this.comparison = comparison;
    this.held = null;
    const { stage } = comparison;
    stage.addEventListener("pointerdown", (event) => this.take(event));
    stage.addEventListener("pointermove", (event) => this.move(event));
    for (const type of ["pointerup", "pointercancel"])
      stage.addEventListener(type, () => (this.held = null));
    // A finger on the divider must not scroll the picture as well.
    stage.addEventListener("touchmove", (event) => this.held && event.preventDefault(), {
      passive: false,
    });
  }

  x(event) {
    return event.clientX - this.comparison.stage.getBoundingClientRect().left;
  }

  take(event) {
    const { pan, stage, edge } = this.comparison;
    const divides = Math.abs(this.x(event) - edge) < REACH;
    if (!divides && event.pointerType !== "mouse") return;
    this.held = {
      divides,
      left: event.clientX + pan.scrollLeft,
      top: event.clientY + pan.scrollTop,
    };
    stage.setPointerCapture(event.pointerId);
    event.preventDefault();
  }

  move(event) {
    if (!this.held) return;
    if (this.held.divides) this.comparison.edge = this.x(event);
    else
      this.comparison.pan.scrollTo(this.held.left - event.clientX, this.held.top - event.clientY);
  }
}
