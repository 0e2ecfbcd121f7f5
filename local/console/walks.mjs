// What people do with the console, each as one test.

import assert from "node:assert/strict";

import { check, drop, enter, heading, openConsole, saved } from "./browser.mjs";

const HEADER = "S. No.,Product Name,Input Image Urls\n";

/** A CSV of these pictures of the origin. */
const csvOf = (origin, paths) =>
  HEADER +
  paths.map((path, place) => `${place + 1},Product ${place + 1},${origin.url(path)}\n`).join("");

const PHOTOS = ["cat.jpg", "espresso-cup.jpg", "wall-clock.webp", "allium-print.jpg"];

/** From the key to the results, with every screen looked at. */
async function wholeWay(tab, origin) {
  const { page } = tab;
  await check(tab, "key");
  await page.getByLabel("API key").fill("wrong");
  await page.getByRole("button", { name: "Go on" }).click();
  await page.getByText("The API does not know this key.").waitFor();
  await enter(tab);
  await check(tab, "drop");
  await drop(
    page,
    "shop.csv",
    csvOf(origin, [
      ...PHOTOS.map((name) => `photos/${name}`),
      "gone/a.jpg",
      "page/b.jpg",
      "held/bird-lamp.jpg",
    ]),
  );
  await page.getByRole("heading", { name: "7 images of 7 product rows" }).waitFor();
  await check(tab, "understood");
  await page.getByLabel("Quality").fill("40");
  origin.hold();
  await page.getByRole("button", { name: "Compress 7 images" }).click();
  await heading(page, "Compressing 7 images");
  await page.getByText("Fetching and compressing …").waitFor();
  await page.getByLabel("The first images that are done").getByRole("listitem").first().waitFor();
  await check(tab, "progress");
  origin.release();
  await heading(page, /B became/);
  await page.getByRole("button", { name: "Compare Product 1, row 2" }).waitFor();
  await page.getByText("there is no picture at this address").first().waitFor();
  await check(tab, "result");
}

export const WALKS = {
  async from_the_drop_to_the_download(browser, stack, origin) {
    const tab = await openConsole(browser, stack);
    const { page } = tab;
    await wholeWay(tab, origin);
    await page.getByRole("heading", { name: "2 images failed" }).waitFor();
    await page.getByText("Pages in the place of pictures").waitFor();
    // It was told to nobody.
    assert.equal(await page.getByRole("heading", { name: "Webhook" }).count(), 0);
    const results = await saved(page, "Results as CSV");
    assert.match(results.name, /^[0-9a-f-]{36}\.csv$/);
    assert.match(results.text, /Output Image Urls/);
    assert.match(results.text, /not_an_image/);
    const source = await saved(page, "The CSV with its new URLs");
    assert.ok(source.text.startsWith(HEADER) && source.text.includes("/output/"), source.text);
    await page.getByLabel("Order").selectOption("Least saved first");
    await page.getByLabel("Show").selectOption("Succeeded");
    await page.getByText("5 images", { exact: true }).waitFor();
    const shares = (await page.locator(".rows .saved").allTextContents()).map(Number.parseFloat);
    assert.deepEqual(
      shares,
      [...shares].sort((a, b) => a - b),
    );
    return tab;
  },

  async on_a_narrow_dark_screen(browser, stack, origin) {
    const tab = await openConsole(browser, stack, {
      width: 360,
      scheme: "dark",
      motion: "no-preference",
    });
    await wholeWay(tab, origin);
    return tab;
  },

  async before_and_after_at_full_size(browser, stack, origin) {
    const tab = await openConsole(browser, stack, { width: 900 });
    const { page, context } = tab;
    await enter(tab);
    await drop(page, "shop.csv", csvOf(origin, ["photos/coffee-table.jpg", "photos/cat.jpg"]));
    await page.getByRole("button", { name: "Compress 2 images" }).click();
    await page.getByRole("button", { name: "Compare Product 1, row 2" }).click();
    const after = page.getByAltText("Product 1, after");
    await page.waitForFunction(
      (image) => image.complete && image.style.clipPath,
      await after.elementHandle(),
    );
    // One pixel of the picture on one of the screen.
    const [natural, width] = await after.evaluate((image) => [
      image.naturalWidth,
      image.getBoundingClientRect().width,
    ]);
    assert.equal(width, natural);
    assert.ok(
      await page.getByAltText("Product 1, before").evaluate((image) => image.naturalWidth > 0),
    );
    const cut = () =>
      after.evaluate((image) => Number.parseFloat(image.style.clipPath.match(/([\d.]+)px\)/)[1]));
    const middle = await cut();
    await page.keyboard.press("ArrowRight");
    assert.ok((await cut()) > middle);
    const stage = await page.locator(".stage").boundingBox();
    const handle = await page.locator(".divider").boundingBox();
    await page.mouse.move(handle.x + 1, stage.y + 50);
    await page.mouse.down();
    await page.mouse.move(stage.x + 100, stage.y + 50);
    await page.mouse.up();
    assert.ok((await cut()) < middle);
    await check(tab, "compare");
    // A finger on the divider moves it, and elsewhere the picture.
    const touch = await context.newCDPSession(page);
    const finger = async (from, to) => {
      const at = (x) => [{ x: stage.x + x, y: stage.y + 80 }];
      await touch.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: at(from) });
      for (let step = 1; step <= 5; step += 1)
        await touch.send("Input.dispatchTouchEvent", {
          type: "touchMove",
          touchPoints: at(from + ((to - from) * step) / 5),
        });
      await touch.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
    };
    const left = () => page.locator(".pan").evaluate((pan) => pan.scrollLeft);
    const [before, edge] = [await left(), await cut()];
    await finger(100, 300);
    assert.equal(await left(), before);
    assert.ok((await cut()) > edge + 150);
    await finger(600, 500);
    await page.waitForFunction(
      (place) => document.querySelector(".pan").scrollLeft > place,
      before,
    );
    await page.getByRole("button", { name: "Next" }).click();
    await page.getByRole("heading", { name: "Product 2" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    return tab;
  },

  async mistakes_by_line_and_on_without_them(browser, stack, origin) {
    const tab = await openConsole(browser, stack);
    const { page } = tab;
    await enter(tab);
    await drop(
      page,
      "bad.csv",
      `${csvOf(origin, ["photos/cat.jpg"])}2,B,\n3,C,ftp://shop.example/c.jpg\n`,
    );
    await page.getByText("2 rows cannot be used.").waitFor();
    assert.equal(await page.getByRole("button", { name: /^Compress/ }).count(), 0);
    await check(tab, "mistakes");
    const { name, text } = await saved(page, "Download 2 mistakes as CSV");
    assert.equal(name, "mistakes.csv");
    assert.match(text, /"3","no_url","the row has no image URL"/);
    assert.match(text, /"4","invalid_url"/);
    await page.getByRole("button", { name: "Go on without these rows" }).click();
    await page.getByRole("heading", { name: "2 rows will be skipped" }).waitFor();
    await page.getByRole("button", { name: "Compress 1 image" }).waitFor();
    await check(tab, "skipped rows");
    return tab;
  },

  async a_header_that_nobody_knows(browser, stack, origin) {
    const tab = await openConsole(browser, stack);
    const { page } = tab;
    await enter(tab);
    await drop(page, "own.csv", `Bild;Titel\n${origin.url("photos/cat.jpg")};Katze\n`);
    await page.getByText(/The header has no column/).waitFor();
    await page.getByLabel("Image URLs").fill("Bild");
    await page.getByLabel("Product name").fill("Titel");
    await page.keyboard.press("Tab");
    await page.getByText("Katze").waitFor();
    await check(tab, "mapping");
    return tab;
  },

  async a_press_that_ends_typing_is_not_lost(browser, stack, origin) {
    // So narrow that what is understood stands above the options, and moves them.
    const tab = await openConsole(browser, stack, { width: 360 });
    const { page } = tab;
    await enter(tab);
    const looked = () => page.waitForResponse((answer) => answer.url().endsWith("/upload"));
    /** Presses until the API has answered what the end of typing asked it. */
    const pressWhileLooking = async (locator) => {
      await locator.scrollIntoViewIfNeeded();
      const { x, y, width, height } = await locator.boundingBox();
      await page.mouse.move(x + width / 2, y + height / 2);
      const answered = looked();
      await page.mouse.down();
      await answered;
      await page.waitForTimeout(200);
      await page.mouse.up();
    };
    await drop(page, "own.csv", `Bild;Titel\n${origin.url("photos/cat.jpg")};Katze\n`);
    await page.getByText(/The header has no column/).waitFor();
    await page.getByLabel("Image URLs").fill("Bild");
    await pressWhileLooking(page.getByText("Webhook", { exact: true }));
    await page.getByLabel("URL that is told of the end").waitFor();
    const compress = page.getByRole("button", { name: "Compress 1 image" });
    await compress.waitFor();
    // What was pressed for is not what there is now.
    await page.getByLabel("Product name").fill("Titel");
    await pressWhileLooking(compress);
    await page.getByText("It is understood otherwise now").waitFor();
    await page.getByText("Katze").waitFor();
    await check(tab, "understood otherwise");
    // This changes nothing of it.
    await page.getByLabel("Largest side, in pixels").fill("200");
    await pressWhileLooking(compress);
    await heading(page, /B became/);
    return tab;
  },

  async the_first_ten_before_all(browser, stack, origin) {
    const tab = await openConsole(browser, stack);
    const { page } = tab;
    await enter(tab);
    const paths = Array.from({ length: 12 }, (_, number) => `photos/cat.jpg?n=${number},w_2`);
    await drop(page, "twelve.csv", csvOf(origin, paths).replaceAll(/(http\S+)/g, '"$1"'));
    await page.getByRole("button", { name: "Try the first 10" }).click();
    await page.getByText("10 of 10 images").waitFor();
    await check(tab, "trial");
    await page.getByRole("link", { name: "Go on with all 12 images" }).click();
    await page.getByRole("button", { name: "Compress 12 images" }).waitFor();
    return tab;
  },

  async a_file_too_large_for_a_call_and_all_outputs_in_one(browser, stack, origin) {
    const tab = await openConsole(browser, stack);
    const { page } = tab;
    await enter(tab);
    const note = "n".repeat(90_000);
    const rows = Array.from(
      { length: 50 },
      (_, number) => `${number},Product,${origin.url(`photos/cat.jpg?${number}`)},${note}\n`,
    );
    await drop(page, "large.csv", `S. No.,Product Name,Input Image Urls,Note\n${rows.join("")}`);
    await page.getByRole("heading", { name: "5 images of the first 5 product rows" }).waitFor();
    await page.getByText(/Only its first 450\.\d.kB were looked at/).waitFor();
    await check(tab, "a large file");
    await page.getByRole("button", { name: "Try the first 5" }).waitFor();
    await page.getByRole("button", { name: "Compress the whole file" }).click();
    await page.getByText("50 of 50 images").waitFor();
    await check(tab, "its result");
    const zip = await saved(page, "All outputs as ZIP");
    assert.match(zip.name, /^[0-9a-f-]{36}\.1\.zip$/);
    assert.ok(zip.text.startsWith("PK"));
    return tab;
  },

  async by_keyboard_alone(browser, stack, origin) {
    const tab = await openConsole(browser, stack);
    const { page } = tab;
    // Long before it opens: a browser that is told late opens its own.
    const chooser = page.waitForEvent("filechooser");
    chooser.catch(() => {});
    const keys = page.keyboard;
    /** Presses Tab until this has the focus. */
    const tabTo = async (locator) => {
      for (let presses = 0; presses < 40; presses += 1) {
        if (
          await locator.evaluate((element) => element === document.activeElement).catch(() => false)
        )
          return;
        await keys.press("Tab");
      }
      assert.fail(`Tab does not lead to ${locator}`);
    };
    await page.getByLabel("API key").waitFor();
    await keys.type(stack.apiKey);
    await keys.press("Enter");
    await heading(page, "Drop a product CSV");
    const file = page.locator("#file");
    await tabTo(file);
    await keys.press("Space");
    await (
      await chooser
    ).setFiles({
      name: "keys.csv",
      mimeType: "text/csv",
      buffer: Buffer.from(csvOf(origin, ["photos/cat.jpg"])),
    });
    const compress = page.getByRole("button", { name: "Compress 1 image" });
    await compress.waitFor();
    await tabTo(compress);
    await keys.press("Enter");
    const look = page.getByRole("button", { name: "Compare Product 1, row 2" });
    await look.waitFor();
    await tabTo(look);
    await keys.press("Enter");
    await page.getByRole("dialog").waitFor();
    await keys.press("ArrowLeft");
    await keys.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    assert.ok(await look.evaluate((element) => element === document.activeElement));
    return tab;
  },

  async what_failed_goes_again(browser, stack, origin) {
    const tab = await openConsole(browser, stack);
    const { page } = tab;
    await enter(tab);
    await drop(page, "shop.csv", csvOf(origin, ["photos/cat.jpg", "broken/cat.jpg", "page/b.jpg"]));
    await page.getByRole("button", { name: "Compress 3 images" }).click();
    const refused = page.locator(".group", { hasText: "Images that the host refuses" });
    await refused.waitFor();
    origin.mend();
    await refused.getByRole("button", { name: "Try these again" }).click();
    await page.getByText("2 of 3 images").waitFor();
    await page.getByText("Pages in the place of pictures").waitFor();
    assert.equal(await refused.count(), 0);
    await check(tab, "retried");
    return tab;
  },

  async a_webhook_that_is_tried_out_and_sent_once_more(browser, stack, origin) {
    const tab = await openConsole(browser, stack);
    const { page } = tab;
    await enter(tab);
    await drop(page, "shop.csv", csvOf(origin, ["photos/cat.jpg"]));
    await page.getByRole("button", { name: "Compress 1 image" }).waitFor();
    await page.getByText("Webhook", { exact: true }).click();
    const address = page.getByLabel("URL that is told of the end");
    await address.fill(origin.url("broken/hook"));
    const send = page.getByRole("button", { name: "Send a test" });
    await send.click();
    await page.getByText("The receiver answered with status 410").waitFor();
    await check(tab, "webhook test");
    await page.getByRole("button", { name: "Compress 1 image" }).click();
    await page.getByRole("heading", { name: "Given up" }).waitFor();
    await page.getByText("1 attempt", { exact: true }).click();
    await page.getByText("it wants no more webhooks").waitFor();
    await check(tab, "webhook");
    origin.mend();
    await page.getByRole("button", { name: "Send it once more" }).click();
    await page.getByRole("heading", { name: "Delivered" }).waitFor();
    const [, first, second] = origin.hooks.map(({ id }) => id);
    assert.equal(first, second);
    await page.getByText("2 attempts", { exact: true }).click();
    await check(tab, "webhook delivered");
    return tab;
  },

  async cancelled_and_found_among_all_requests(browser, stack, origin) {
    const tab = await openConsole(browser, stack);
    const { page } = tab;
    await enter(tab);
    origin.hold();
    const paths = Array.from({ length: 40 }, (_, number) => `held/cat.jpg?${number}`);
    await drop(page, "shop.csv", csvOf(origin, paths));
    await page.getByRole("button", { name: "Compress 40 images" }).click();
    await page.getByRole("button", { name: "Cancel what is left" }).click();
    origin.release();
    await heading(page, /Cancelled before an image was done|B became/);
    const id = page.url().split("/").at(-1);
    await page.getByRole("link", { name: "Requests" }).click();
    await page.locator(`a[href$="${id}"]`, { hasText: "cancelled" }).waitFor();
    await check(tab, "requests");
    await page.locator(`a[href$="${id}"]`).click();
    await page
      .getByText(/cancelled/)
      .first()
      .waitFor();
    return tab;
  },

  async a_hundred_thousand_images(browser, stack) {
    const tab = await openConsole(browser, stack);
    const { page, context } = tab;
    await enter(tab);
    const asked = await answerWith(context, 100_000);
    await page.goto(`${stack.apiUrl}/#/requests/${ANY_ID}`);
    await heading(page, /B became/);
    await page.getByText("Thing 0", { exact: true }).waitFor();
    assert.ok(asked.pages <= 2, `${asked.pages} pages for the first rows`);
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    await page.getByText("Thing 99999", { exact: true }).waitFor();
    const rows = await page.locator(".rows .row").count();
    assert.ok(rows < 60, `${rows} rows are elements`);
    await page.getByLabel("Order").selectOption("Least saved first");
    await page.getByText("100,000 images", { exact: true }).waitFor();
    await check(tab, "many images");
    return tab;
  },

  async a_key_that_is_known_no_more(browser, stack) {
    const tab = await openConsole(browser, stack);
    const { page, context } = tab;
    await enter(tab);
    const gone = {
      status: 403,
      contentType: "application/problem+json",
      body: JSON.stringify({
        code: "invalid_api_key",
        detail: "The API key is missing or unknown.",
      }),
    };
    await context.route("**/api/v1/**", (route) => route.fulfill(gone));
    await page.getByRole("link", { name: "Requests" }).click();
    await page.getByText("The API key is missing or unknown.").waitFor();
    await page.getByLabel("API key").waitFor();
    assert.equal(await page.evaluate(() => sessionStorage.length), 0);
    return tab;
  },

  async an_api_that_is_away_for_a_moment(browser, stack, origin) {
    const tab = await openConsole(browser, stack);
    const { page, context } = tab;
    await enter(tab);
    let [away, keys] = [true, []];
    await context.route("**/api/v1/images/upload", (route) => {
      const key = route.request().headers()["idempotency-key"];
      if (!key) return route.continue();
      keys.push(key);
      return away
        ? route.fulfill({
            status: 503,
            contentType: "application/problem+json",
            body: JSON.stringify({
              status: 503,
              code: "unavailable",
              detail: "A service is away.",
            }),
          })
        : route.continue();
    });
    await drop(page, "shop.csv", csvOf(origin, ["photos/cat.jpg"]));
    await page.getByRole("button", { name: "Compress 1 image" }).click();
    await page.getByText("A service is away.").waitFor();
    away = false;
    await page.getByRole("button", { name: "Compress 1 image" }).click();
    await heading(page, /B became/);
    assert.equal(new Set(keys).size, 1, "sending it again is the same request");
    return tab;
  },
};

const ANY_ID = "0f8fad5b-d9cb-469f-a165-70867728950e";

/** Answers for a request of so many images, which would take hours to make. */
async function answerWith(context, total) {
  const asked = { pages: 0 };
  const image = (number) => ({
    inputUrl: `https://shop.example/${number}.jpg`,
    outputUrl: `https://shop.example/o/${number}.jpg`,
    productName: `Thing ${number}`,
    serialNumber: String(number),
    row: number + 2,
    position: 0,
    status: "Succeeded",
    error: null,
    bytesIn: 1000 + (number % 97),
    bytesOut: 300,
  });
  await context.route("https://shop.example/**", (route) => route.abort());
  await context.route(`**/images/status/${ANY_ID}*`, (route) => {
    const words = new URL(route.request().url()).searchParams;
    const [limit, from] = [Number(words.get("limit")), Number(words.get("cursor") ?? 0)];
    if (limit > 1) asked.pages += 1;
    const images = Array.from({ length: Math.min(limit, total - from) }, (_, place) =>
      image(from + place),
    );
    const next = from + images.length;
    const data = {
      requestId: ANY_ID,
      productName: "Thing 0",
      images,
      savings: { bytesIn: total * 1048, bytesOut: total * 300 },
      createdAt: "2026-01-31T12:00:00.000Z",
      completedAt: "2026-01-31T12:30:00.000Z",
    };
    const body = {
      status: "Completed",
      data,
      progress: { total, succeeded: total, failed: 0, pending: 0, percent: 100 },
      nextCursor: next < total ? String(next) : null,
    };
    return route.fulfill({ contentType: "application/json", body: JSON.stringify(body) });
  });
  return asked;
}
