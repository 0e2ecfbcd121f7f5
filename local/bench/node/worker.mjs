// sharp's side of `cargo local bench codecs`: compresses what it is asked to, a line of JSON for each picture, and
// answers what it took. On one thread, without a cache, turned upright by EXIF as Halftone does it.
import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import sharp from 'sharp';

sharp.concurrency(1);
sharp.cache(false);

/** A size of this process in bytes: VmRSS is now, VmHWM the most since it was reset. */
function memory(field) {
  const status = readFileSync('/proc/self/status', 'utf8');
  return 1024 * Number(status.match(`${field}:\\s*(\\d+) kB`)[1]);
}

async function compress({ file, format, quality, mozjpeg, side, output }) {
  writeFileSync('/proc/self/clear_refs', '5');
  const idle = memory('VmRSS');
  const source = readFileSync(file);
  const before = process.cpuUsage();
  const encoding = mozjpeg ? { quality, mozjpeg } : { quality };
  const picture = sharp(source).autoOrient();
  if (side) picture.resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true });
  if (format === 'jpeg') picture.flatten({ background: 'white' });
  const bytes = await picture.toFormat(format, encoding).toBuffer();
  const { user, system } = process.cpuUsage(before);
  const peak = memory('VmHWM');
  if (output) writeFileSync(output, bytes);
  return { cpuMs: (user + system) / 1000, bytes: bytes.length, idle, peak };
}

for await (const line of createInterface({ input: process.stdin })) {
  const answer = await compress(JSON.parse(line)).catch((error) => ({ error: error.message }));
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
