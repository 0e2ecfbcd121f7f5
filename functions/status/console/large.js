// What of a large file is looked at before it is sent: its first rows.

/** Part of a file that is looked at, and rows: what any stack takes in one call. */
const MOST_BYTES = 512 * 1024;
const MOST_ROWS = 5000;

/** The first rows of a file, as a file of their own; `null` for a workbook, which cannot be cut. */
export async function firstRows(file) {
  const bytes = new Uint8Array(await file.slice(0, MOST_BYTES).arrayBuffer());
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) return null;
  const part = bytes.subarray(0, endOfRows(bytes, file.size));
  return new File([part], file.name, { type: file.type });
}

/** Behind the last end of a line that is in no quoted cell. In UTF-16 a character has two bytes. */
function endOfRows(bytes, size) {
  const little = bytes[0] === 0xff && bytes[1] === 0xfe;
  const big = bytes[0] === 0xfe && bytes[1] === 0xff;
  const width = little || big ? 2 : 1;
  const double = (at) =>
    little ? bytes[at] + bytes[at + 1] * 256 : bytes[at] * 256 + bytes[at + 1];
  let [end, rows, quoted] = [0, 0, false];
  for (let at = 0; at + width <= bytes.length && rows < MOST_ROWS; at += width) {
    const sign = width === 2 ? double(at) : bytes[at];
    if (sign === 0x22) quoted = !quoted;
    if (sign === 0x0a && !quoted) [end, rows] = [at + width, rows + 1];
  }
  const whole = bytes.length === size && rows < MOST_ROWS;
  return whole || end === 0 ? bytes.length : end;
}
