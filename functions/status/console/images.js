// The images of a request, read page by page as far as somebody looks.

import { status } from "./api.js";

const FIRST_PAGE = 100;
const PAGE = 1000;

export class Images {
  /** `words` narrow them down (`imageStatus`); `total` is how many there are to come. */
  constructor(id, words, total) {
    Object.assign(this, { id, words, total, rows: [], complete: total === 0, fault: null });
    this.life = new AbortController();
    this.wanted = 0;
    this.cursor = null;
    this.listeners = new Set();
    this.reading = null;
  }

  /** Reads on until `count` images are there, or all. Resolves then. */
  want(count) {
    this.wanted = Math.max(this.wanted, count);
    this.reading ??= this.read().finally(() => {
      this.reading = null;
    });
    return this.reading;
  }

  async read() {
    while (!this.complete && this.rows.length < this.wanted) {
      try {
        await this.readPage();
      } catch (error) {
        if (this.life.signal.aborted) return;
        this.fault = error;
        this.changed();
        return;
      }
      this.changed();
    }
  }

  async readPage() {
    const limit = this.rows.length === 0 ? FIRST_PAGE : PAGE;
    const { body } = await status(
      this.id,
      { ...this.words, limit, cursor: this.cursor },
      this.life.signal,
    );
    for (const image of body.data.images) this.rows.push(image);
    this.cursor = body.nextCursor;
    this.complete = !this.cursor;
    if (this.complete) this.total = this.rows.length;
    this.fault = null;
  }

  changed() {
    for (const listener of this.listeners) listener();
  }

  stop() {
    this.listeners.clear();
    this.life.abort();
  }
}
