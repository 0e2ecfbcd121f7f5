// Numbers, times and files as people read them.

const UNITS = ["B", "kB", "MB", "GB", "TB"];

/** `61,949` bytes as `61.9 kB`. */
export function bytes(count) {
  let [value, unit] = [count, 0];
  while (value >= 999.95 && unit < UNITS.length - 1) [value, unit] = [value / 1000, unit + 1];
  return `${unit === 0 ? value : value.toFixed(1)}\u00a0${UNITS[unit]}`;
}

/** `1,234 images`, `1 image`. */
export function count(number, one, many = `${one}s`) {
  return `${figure(number)}\u00a0${number === 1 ? one : many}`;
}

/** `12,345`. */
export function figure(number) {
  return number.toLocaleString("en");
}

/** What was saved, in whole percent rounded down. */
export function saved(before, after) {
  return before > 0 ? Math.max(0, Math.floor(((before - after) / before) * 100)) : 0;
}

/** `about 3 min`. */
export function duration(seconds) {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))}\u00a0s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)}\u00a0min`;
  return `${(seconds / 3600).toFixed(1)}\u00a0h`;
}

/** A time of the API, in the reader's zone. */
export function when(time) {
  return new Date(time).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

/** The file's name at the end of a URL. */
export function fileName(url) {
  const path = url.split(/[?#]/)[0];
  const name = path.slice(path.lastIndexOf("/") + 1);
  try {
    return decodeURIComponent(name) || url;
  } catch {
    return name || url;
  }
}

/** The host of a URL. */
export function host(url) {
  try {
    return new URL(url).host;
  } catch {
    return url;
  }
}

/** Rows of texts as CSV; what a spreadsheet would run as a formula begins with `'`. */
export function csv(rows) {
  const cell = (value) => {
    const text = String(value ?? "");
    const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return `"${harmless.replaceAll('"', '""')}"`;
  };
  return rows.map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}
