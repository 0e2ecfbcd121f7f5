// The judge of `cargo local bench corpus pictures`: whether an output shows what its source does, as sharp decodes
// both. A line of JSON for each question, `{"source": PATH, "output": PATH?}`; the answer says why sharp refuses the
// source, or how the output differs.
import { createInterface } from 'node:readline';
import sharp from 'sharp';
import { meanDeltaE } from './colour.mjs';

sharp.concurrency(1);
sharp.cache(false);

/** The pixels of a file, upright and in sRGB, with alpha: all frames of an animation, one below the other. */
async function decode(file) {
  const { pages = 1, format } = await sharp(file).metadata();
  const animated = pages > 1 && ['gif', 'webp'].includes(format);
  const picture = sharp(file, { animated });
  const { data, info } = await (animated ? picture : picture.autoOrient())
    .toColourspace('srgb')
    .ensureAlpha()
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height, frames: animated ? pages : 1 };
}

async function judge({ source, output }) {
  let expected;
  try {
    expected = await decode(source);
  } catch (error) {
    return { refused: error.message };
  }
  if (!output) return { read: true };
  const seen = await decode(output);
  for (const what of ['width', 'height', 'frames']) {
    if (seen[what] !== expected[what]) {
      return { different: `${what} ${seen[what]}, not ${expected[what]}` };
    }
  }
  return { deltaE: meanDeltaE(expected.data, seen.data) };
}

for await (const line of createInterface({ input: process.stdin })) {
  const answer = await judge(JSON.parse(line)).catch((error) => ({ error: error.message }));
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
