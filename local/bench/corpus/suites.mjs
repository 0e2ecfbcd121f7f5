// The texts of others' suites, with what these say of them. csv-parse's package holds no tests.
import { readFileSync, readdirSync } from 'node:fs';
import { basename } from 'node:path';
import vm from 'node:vm';
import Papa from 'papaparse';
import { csvParse, fromPapaparse, papaparse, rowEnd } from './judges.mjs';

const read = (path) => readFileSync(new URL(`node_modules/${path}`, import.meta.url), 'utf8');
const files = (folder) => readdirSync(new URL(`node_modules/${folder}`, import.meta.url));

/** Its JSON has another telephone number than its CSV, whoever reads that. */
const CONTRADICTORY = 'location_coordinates.csv';

/** A text as both parsers read it. */
export function judged(kind, name, text, delimiter = ',', newline = rowEnd(text)) {
  const answers = { 'csv-parse': csvParse(text, delimiter) };
  // PapaParse settles on one way to end a row.
  if (newline) answers.papaparse = papaparse(text, delimiter, newline);
  return { kind, name, text, delimiter, answers };
}

export function csvSpectrum() {
  return files('csv-spectrum/csvs').map((name) => {
    const one = judged('csv-spectrum: its files', name, read(`csv-spectrum/csvs/${name}`));
    const objects = JSON.parse(read(`csv-spectrum/json/${basename(name, '.csv')}.json`));
    if (name !== CONTRADICTORY) {
      one.answers['its JSON'] = { rows: [Object.keys(objects[0]), ...objects.map(Object.values)] };
    }
    return one;
  });
}

export function papaparseFiles() {
  const names = files('papaparse/tests').filter((name) => name.endsWith('.csv'));
  return names.map((name) => judged('papaparse: its files', name, read(`papaparse/tests/${name}`)));
}

/** The texts of its unit tests. Their own expectations, where these are about reading alone. */
export function papaparseTests() {
  const { core, parsed } = papaparseCases();
  const tests = [...core, ...parsed];
  return tests.map(({ description, input, config, expected }) => {
    const found = Papa.parse(input, { ...config, worker: false }).meta.delimiter;
    const delimiter = found?.length === 1 ? found : ',';
    const about = Object.keys(config ?? {});
    const reading = about.every((option) => option === 'delimiter' || option === 'newline');
    const plain = reading && (!config?.delimiter || config.delimiter === delimiter);
    const kind = plain ? 'papaparse: its tests' : 'papaparse: texts of its tests of options';
    const one = judged(kind, description, input, delimiter);
    const newline = rowEnd(input);
    if (plain && newline) one.answers['its test'] = fromPapaparse(input, expected, newline);
    return one;
  });
}

/** The tests run in a browser or in mocha; here only their tables are wanted. */
function papaparseCases() {
  const describe = Object.assign(() => {}, { skip() {} });
  const chai = { assert: {} };
  const require = (name) => (name === 'chai' ? chai : Papa);
  const sandbox = vm.createContext({ module: { exports: {} }, require, describe, global: {} });
  const tables = ';({ core: CORE_PARSER_TESTS, parsed: PARSE_TESTS })';
  return vm.runInContext(read('papaparse/tests/test-cases.js') + tables, sandbox);
}
