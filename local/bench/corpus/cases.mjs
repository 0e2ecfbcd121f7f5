// Prints every text that `cargo local bench corpus csv` holds the reader against, and what others make of it, a line
// of JSON each.
import { generated } from './generated.mjs';
import { csvSpectrum, papaparseFiles, papaparseTests } from './suites.mjs';

for (const one of [...csvSpectrum(), ...papaparseFiles(), ...papaparseTests(), ...generated()]) {
  process.stdout.write(`${JSON.stringify(one)}\n`);
}
