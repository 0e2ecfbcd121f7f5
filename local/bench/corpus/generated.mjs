// Texts made at random, the same ones at every run.
import Papa from 'papaparse';
import { judged } from './suites.mjs';

const EACH = 2000;
const DELIMITERS = [',', ';', '\t', '|'];
const ENDS = ['\n', '\r\n', '\r'];
const PLAIN = ['', 'a', 'Größe 7', ' b ', '名前', 'https://a/1.jpg?x=1&y=2', '0', '-', '😀'];

/** mulberry32: numbers from 0 to 1 that follow from a seed. */
function randomNumbers(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const random = randomNumbers(9471);
const below = (bound) => Math.floor(random() * bound);
const one = (list) => list[below(list.length)];
const several = (most, make) => Array.from({ length: 1 + below(most) }, make);
const text = (cell, delimiter, end) =>
  several(6, () => several(5, cell).join(delimiter)).join(end) + one(['', end]);

const quoted = (delimiter) => {
  const inside = [...PLAIN, ...DELIMITERS, delimiter, '""', '\n', '\r\n', '\r'];
  return `"${several(5, () => one(inside)).join('')}"`;
};
const wellFormed = (delimiter) => () => (random() < 0.5 ? one(PLAIN) : quoted(delimiter));

/** One character more or less. */
function damaged(whole) {
  const characters = [...whole];
  characters.splice(below(characters.length + 1), below(2), one(['', '"', 'x', ' ']));
  return characters.join('');
}

const KINDS = {
  'quoted and plain cells, ragged rows': (delimiter, end) => text(wellFormed(delimiter), delimiter, end),
  'quotes within plain cells': (delimiter, end) =>
    text(() => one([...PLAIN, '24" screen', 'a "b"', ' "c"', 'd""']), delimiter, end),
  // At the very end of the text PapaParse takes them for a fault, and csv-parse everywhere.
  'spaces behind closing quotes': (delimiter, end) =>
    text(() => quoted(delimiter) + one(['', ' ', '   ']), delimiter, end) + end,
  'one character damaged': (delimiter, end) =>
    damaged(text(wellFormed(delimiter), delimiter, '\n').replaceAll(/\r\n|\r/g, '\n')).replaceAll('\n', end) + end,
  'any characters': (delimiter, end) =>
    several(14, () => one(['a', 'ä', ' ', delimiter, delimiter, '"', '""', end, end])).join('') + end,
};

/** Rows written by PapaParse, which must come back. */
function written() {
  const cell = () => several(4, () => one([...PLAIN, ...DELIMITERS, '"', '\n', '\r\n', '\r'])).join('');
  // Nothing tells a last row of one empty cell from none.
  const rows = several(6, () => several(5, cell)).filter((row) => row.join() !== '');
  const [delimiter, newline] = [one(DELIMITERS), one(ENDS)];
  const whole = Papa.unparse(rows, { delimiter, newline });
  const made = judged('generated: written by papaparse', '', whole, delimiter, newline);
  made.answers['the rows written'] = { rows };
  return made;
}

export function generated() {
  const kinds = Object.entries(KINDS).flatMap(([kind, make]) =>
    Array.from({ length: EACH }, () => {
      const [delimiter, end] = [one(DELIMITERS), one(ENDS)];
      return judged(`generated: ${kind}`, '', make(delimiter, end), delimiter, end);
    }),
  );
  const mixed = Array.from({ length: EACH }, () => {
    const delimiter = one(DELIMITERS);
    const whole = several(6, () => text(wellFormed(delimiter), delimiter, one(ENDS))).join(one(ENDS));
    return judged('generated: rows that end in several ways', '', whole, delimiter, null);
  });
  return [...kinds, ...mixed, ...Array.from({ length: EACH }, written)];
}
