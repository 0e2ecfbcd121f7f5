// "Try the first ten": a small request of its own, made of what the API itself understood.

import { newIdempotencyKey, upload } from "./api.js";
import { withoutReading } from "./options.js";

/** Uploads the first images of an answer as a request; its id. Refuses where they would not be the same. */
export async function tryFirst(fileName, { images }, fields, signal) {
  const rows = images.map(({ serialNumber, productName, inputUrl }) => [
    serialNumber,
    productName,
    inputUrl,
  ]);
  // Written as it was read: a sign put before a name would show in the results.
  const text = asRead([["S. No.", "Product Name", "Input Image Urls"], ...rows]);
  const file = new File([text], `first-images-of-${fileName.replace(/\.[^.]*$/, "")}.csv`, {
    type: "text/csv",
  });
  const options = withoutReading(fields);
  delete options.webhookUrl;
  const looked = await upload(file, { ...options, dryRun: "true" }, { signal });
  const same =
    looked.images.map((image) => image.inputUrl).join("\n") ===
    images.map((image) => image.inputUrl).join("\n");
  if (!same)
    throw new Error(
      "These images cannot be tried by themselves: their URLs would be read otherwise outside of your CSV. Nothing was sent.",
    );
  return (await upload(file, options, { idempotencyKey: newIdempotencyKey(), signal })).requestId;
}

function asRead(rows) {
  return rows
    .map((row) => `${row.map((text) => `"${text.replaceAll('"', '""')}"`).join(",")}\r\n`)
    .join("");
}
