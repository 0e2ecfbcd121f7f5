// Uses the console of a stack as people do, in a real browser: main.mjs STACK.json CHROMIUM PHOTOS [NAME].
//
// It says what it does in the words of `cargo test`, which whoever counts tests can read.

import { readFileSync } from "node:fs";

import { startBrowser } from "./browser.mjs";
import { startOrigin } from "./origin.mjs";
import { WALKS } from "./walks.mjs";

const [stackFile, chromium, photos, only = ""] = process.argv.slice(2);
const stack = JSON.parse(readFileSync(stackFile, "utf8"));
const walks = Object.entries(WALKS).filter(([name]) => name.includes(only));
const failures = [];
/** Walks at once: they mostly wait. */
const AT_ONCE = 3;
const announced = walks.length;

console.log(`running ${announced} tests`);
const browser = await startBrowser(chromium);
await Promise.all(Array.from({ length: AT_ONCE }, takeTurns));
await browser.close();

if (failures.length > 0) console.log("\nfailures:\n");
for (const [name, fault] of failures) console.log(`---- console::${name} ----\n${fault}\n`);
const word = failures.length > 0 ? "FAILED" : "ok";
console.log(
  `test result: ${word}. ${announced - failures.length} passed; ${failures.length} failed; 0 ignored; 0 measured; 0 filtered out`,
);
process.exitCode = failures.length > 0 ? 1 : 0;

/** Takes one walk after the other, until none is left. */
async function takeTurns() {
  for (let turn = walks.shift(); turn; turn = walks.shift()) {
    const [name, walk] = turn;
    const fault = await faultOf(walk);
    console.log(`test console::${name} ... ${fault ? "FAILED" : "ok"}`);
    if (fault) failures.push([name, fault]);
  }
}

/** Why a walk failed; nothing if it did not. Each has an origin and a tab of its own. */
async function faultOf(walk) {
  const origin = await startOrigin(photos);
  try {
    const { faults, context } = await walk(browser, stack, origin);
    await context.close();
    return faults.join("\n");
  } catch (error) {
    return error.stack;
  } finally {
    origin.close();
  }
}
