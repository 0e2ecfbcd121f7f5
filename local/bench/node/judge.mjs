// The judge of `cargo local bench corpus pictures`: whether an output shows what its source does, as sharp decodes
// both. A line of JSON for each question, `{"source": PATH, "output": PATH?, "quality", "enough"}`; the answer says why sharp refuses the
// source, or how the output differs; where it is a JPEG and differs by more than is enough, also how one of sharp's does,
// as fine as it makes them at that quality.
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
  return { data, format, width: info.width, height: info.height, frames: animated ? pages : 1 };
}

async function judge({ source, output, quality, enough }) {
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
  const deltaE = meanDeltaE(expected.data, seen.data);
  if (deltaE <= enough || seen.format !== 'jpeg') return { deltaE };
  const fine = { quality, chromaSubsampling: '4:4:4' };
  const own = await sharp(source).autoOrient().jpeg(fine).toBuffer();
  return { deltaE, sharp: meanDeltaE(expected.data, (await decode(own)).data) };
}

for await (const line of createInterface({ input: process.stdin })) {
  const answer = await judge(JSON.parse(line)).catch((error) => ({ error: error.message }));
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
