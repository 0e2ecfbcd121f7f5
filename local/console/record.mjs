// Uses the console with the sample, from the drop to a picture before and after, and keeps what is seen:
// record.mjs STACK.json CHROMIUM EVENTS FRAMES. The frames are numbered, each with the milliseconds it is shown.

import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import { drop, enter, heading, openConsole, startBrowser } from "./browser.mjs";
import { startOrigin } from "./origin.mjs";

const [stackFile, chromium, events, frames] = process.argv.slice(2);
const stack = JSON.parse(await readFile(stackFile, "utf8"));
const origin = await startOrigin(join(events, "photos"));
const browser = await startBrowser(chromium);
const tab = await openConsole(browser, stack, { width: 960, height: 640 });
const { page } = tab;
let number = 0;

await mkdir(frames, { recursive: true });
await enter(tab);
await keep(900);
const sample = await readFile(join(events, "sample.csv"), "utf8");
origin.hold();
// The largest are the last to come, so that it is seen how they come.
const csv = sample
  .replaceAll("http://127.0.0.1:9000/", origin.url(""))
  .replaceAll(/photos\/(dandelion|mountain-trail|coffee-table)/g, "held/$1");
await drop(page, "products.csv", csv);
await page.getByRole("heading", { name: "11 images of 9 product rows" }).waitFor();
await page.locator(".contact img").last().waitFor();
await keep(2000);
await page.getByRole("button", { name: "Compress 11 images" }).click();
await heading(page, "Compressing 11 images");
await keep(500);
for (const done of [2, 5, 8]) {
  await page.waitForFunction(
    (least) => document.querySelector("[role=progressbar]")?.ariaValueNow >= least,
    done,
  );
  await keep(500);
}
origin.release();
await heading(page, /B became/);
await page.getByRole("button", { name: /^Compare Serving Bowl, row 2/ }).first().waitFor();
await page.locator(".rows img").nth(3).waitFor();
await keep(1500);
await page.getByRole("button", { name: /^Compare Serving Bowl, row 2/ }).first().click();
const after = page.getByAltText("Serving Bowl, after");
await page.waitForFunction((image) => image.complete, await after.elementHandle());
await keep(700);
const stage = await page.locator(".stage").boundingBox();
const handle = await page.locator(".divider").boundingBox();
await page.mouse.move(handle.x + 1, stage.y + 50);
await page.mouse.down();
for (const share of [0.35, 0.2, 0.35, 0.5, 0.65, 0.8]) {
  await page.mouse.move(stage.x + stage.width * share, stage.y + 50);
  await keep(share === 0.2 ? 600 : 250);
}
await page.mouse.up();
await browser.close();
origin.close();

/** Keeps what is seen now, to be shown so many milliseconds. */
async function keep(milliseconds) {
  await page.waitForTimeout(300);
  const name = `${String(number).padStart(2, "0")}-${milliseconds}.png`;
  number += 1;
  await page.screenshot({ path: join(frames, name) });
}
