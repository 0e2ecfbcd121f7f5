// How others read a text. Each answers {rows}, or {fault} where it finds the text faulty.
import { CsvError, parse } from 'csv-parse/sync';
import Papa from 'papaparse';

const ENDS = /\r\n|\r|\n/g;

/** The one way in which all rows of a text end; undefined where there are several. */
export function rowEnd(text) {
  const all = new Set(text.match(ENDS));
  if (all.size < 2) return [...all][0] ?? '\n';
  // Those in quotes end no row.
  const unquoted = new Set(text.replace(/"[^"]*"/g, '').match(ENDS));
  return unquoted.size === 1 ? [...unquoted][0] : undefined;
}

/** PapaParse's answer, of rows that all end in `newline`. */
export function papaparse(text, delimiter, newline) {
  return fromPapaparse(text, Papa.parse(text, { delimiter, newline }), newline);
}

/** A result in PapaParse's form as an answer. It takes the end of the last row for the start of another. */
export function fromPapaparse(text, { data, errors }, newline) {
  const fault = errors.find(({ type }) => type === 'Quotes');
  if (fault) return { fault: fault.message };
  const last = data.at(-1);
  const surplus = text.endsWith(newline) && last?.length === 1 && last[0] === '';
  return { rows: surplus ? data.slice(0, -1) : data };
}

/** csv-parse's answer. */
export function csvParse(text, delimiter) {
  const options = { delimiter, bom: true, relax_column_count: true, record_delimiter: ['\r\n', '\n', '\r'] };
  try {
    return { rows: parse(text, options) };
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    // A quote within a cell that does not begin with one is text to every spreadsheet.
    if (error.code !== 'INVALID_OPENING_QUOTE') return { fault: error.message };
    return relaxed(text, options);
  }
}

/** Allowed one quote it allows all: behind a closing quote it guesses, and leaves the opening one in the cell. */
function relaxed(text, options) {
  try {
    const rows = parse(text, { ...options, relax_quotes: true });
    const guessed = rows.flat().some((cell) => cell.startsWith('"'));
    return guessed ? { fault: 'text behind a closing quote' } : { rows };
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    return { fault: error.message };
  }
}
