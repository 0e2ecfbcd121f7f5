// A Chromium with a page of the console, and what must hold on every screen of it.

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

import { chromium } from "playwright-core";

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
/** How long a state may take to come. */
const PATIENCE = 60_000;

/** Starts it, with a profile of its own that asks nobody for anything. */
export function startBrowser(executablePath) {
  const quiet = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ];
  return chromium.launch({ executablePath, args: quiet });
}

/** A new tab of the console of a stack. `faults` collects what must never happen. */
export async function openConsole(browser, stack, look = {}) {
  const viewport = { width: look.width ?? 1280, height: look.height ?? 900 };
  const context = await browser.newContext({
    viewport,
    hasTouch: true,
    colorScheme: look.scheme ?? "light",
    reducedMotion: look.motion ?? "reduce",
  });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  const faults = [];
  page.on("pageerror", (error) => faults.push(`an error in the page: ${error.stack}`));
  page.on(
    "console",
    (message) => message.text().includes("Content Security Policy") && faults.push(message.text()),
  );
  page.on("request", (request) => faults.push(...faultsOf(request, stack)));
  await page.goto(`${stack.apiUrl}/`);
  return { page, context, faults, stack };
}

/** What is wrong with a call of the page: it asks the stack and the shop, which are here, and nobody else. */
function faultsOf(request, { apiKey }) {
  const url = request.url();
  const { protocol, hostname } = new URL(url);
  const near =
    ["data:", "blob:"].includes(protocol) || ["127.0.0.1", "shop.example"].includes(hostname);
  return [
    ...(near ? [] : [`it asks ${url}`]),
    ...(url.includes(apiKey) ? [`the key is in ${url}`] : []),
  ];
}

/** Enters the stack's key. */
export async function enter({ page, stack }) {
  await page.getByLabel("API key").fill(stack.apiKey);
  await page.getByRole("button", { name: "Go on" }).click();
  await heading(page, "Drop a product CSV");
}

/** Waits for the screen with this heading. */
export async function heading(page, name) {
  await page.getByRole("heading", { level: 1, name }).waitFor();
}

/** Whether the screen can be used by everybody: axe finds nothing, and nothing sticks out. */
export async function check({ page, faults }, screen) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(
    (values) => globalThis.axe.run(document, { runOnly: { type: "tag", values } }),
    RULES,
  );
  for (const { id, nodes } of violations) {
    faults.push(
      `axe, ${screen}: ${id}: ${nodes.map((node) => `${node.target} ${node.failureSummary}`).join("; ")}`,
    );
  }
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (wide > 0) faults.push(`${screen} is ${wide} px too wide`);
}

/** Drops a file on the page, as from a folder. */
export async function drop(page, name, text) {
  const transfer = await page.evaluateHandle(
    ([fileName, content]) => {
      const data = new DataTransfer();
      data.items.add(new File([content], fileName, { type: "text/csv" }));
      return data;
    },
    [name, text],
  );
  await page.dispatchEvent("main", "dragover", { dataTransfer: transfer });
  await page.dispatchEvent("main", "drop", { dataTransfer: transfer });
}

/** What a button has the browser save: its name and its text. */
export async function saved(page, button) {
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: button }).click();
  const file = await download;
  return { name: file.suggestedFilename(), text: await readFile(await file.path(), "utf8") };
}
