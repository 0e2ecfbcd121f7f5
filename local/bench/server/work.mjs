// What becomes of a request after it was answered: every image is fetched, recompressed and written, eight at a
// time over all requests; then the webhook is told.
//
// A careful server gives up on an origin that is silent, tries again what failed, and goes on after it was started
// anew; one that is not does what is usually written: a failure is recorded, and what was under way when the process
// ended is forgotten.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit from 'p-limit';
import pRetry, { AbortError } from 'p-retry';
import sharp from 'sharp';
import { Image, Request } from './models.mjs';

const IMAGES_AT_ONCE = 8;
const TRIES = 4;
const TIMEOUT_MS = 10_000;

// The threads of libuv are enough to keep all processors busy; more for each image would only take memory.
sharp.concurrency(1);
sharp.cache(false);

const careful = process.env.CAREFUL === 'true';
const limit = pLimit(IMAGES_AT_ONCE);

/** Works on all images of a request that are pending, and ends it. */
export async function work(request) {
  const folder = join(process.env.OUTPUTS, request.id);
  await mkdir(folder, { recursive: true });
  const images = await Image.find({ requestId: request._id, status: 'Pending' }).sort('number');
  await Promise.all(images.map((image) => limit(() => settle(image, request.quality, folder))));
  const succeeded = await Image.exists({ requestId: request._id, status: 'Succeeded' });
  request.status = succeeded ? 'Completed' : 'Failed';
  await request.save();
  if (request.webhookUrl) await tell(request);
}

/** Goes on with what was pending when the process ended. */
export async function resume() {
  if (!careful) return;
  for (const request of await Request.find({ status: 'Pending' })) start(request);
}

/** Works in the background. */
export function start(request) {
  work(request).catch((error) => console.error(`request ${request.id}:`, error));
}

async function settle(image, quality, folder) {
  try {
    const source = await persistently(() => fetched(image.inputUrl));
    const { data, format } = await compressed(source, quality);
    const name = `${image.number}.${format}`;
    await writeFile(join(folder, name), data);
    image.set({
      status: 'Succeeded',
      outputUrl: `/output/${image.requestId}/${name}`,
      bytesIn: source.length,
      bytesOut: data.length,
    });
  } catch (error) {
    image.set({ status: 'Failed', error: error.message });
  }
  await image.save();
}

async function fetched(url) {
  const response = await fetch(url, careful ? { signal: AbortSignal.timeout(TIMEOUT_MS) } : {});
  if (!response.ok) {
    const error = new Error(`the origin answered ${response.status}`);
    throw response.status < 500 && response.status !== 429 ? new AbortError(error) : error;
  }
  return Buffer.from(await response.arrayBuffer());
}

async function compressed(source, quality) {
  const picture = sharp(source);
  const { format } = await picture.metadata();
  const data = await picture.autoOrient().toFormat(format, { quality }).toBuffer();
  return { data, format };
}

async function tell(request) {
  const body = JSON.stringify({ requestId: request.id, status: request.status });
  const headers = { 'content-type': 'application/json' };
  await persistently(async () => {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(request.webhookUrl, { method: 'POST', headers, body, signal });
    if (!response.ok) throw new Error(`the webhook answered ${response.status}`);
  });
}

function persistently(attempt) {
  return careful ? pRetry(attempt, { retries: TRIES - 1, minTimeout: 1000, factor: 3 }) : attempt();
}
