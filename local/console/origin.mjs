// The shop that the console's tests fetch from: the sample photographs, and what goes wrong in shops.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { basename, join } from "node:path";

/**
 * Serves a folder of photographs on 127.0.0.1 under any path, and takes webhooks. Below `gone` there is
 * none, below `page` a page, below `broken` nothing (and no webhook is taken) until it is mended, and below
 * `held` nothing comes until it is released.
 */
export async function startOrigin(folder) {
  let mended = false;
  const hooks = [];
  const gate = { open: Promise.resolve(), release: () => {} };
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://origin");
    if (request.method === "POST") {
      hooks.push({ id: request.headers["webhook-id"], path: pathname });
      return response.writeHead(pathname.includes("/broken/") && !mended ? 410 : 200).end();
    }
    if (pathname.includes("/gone/") || (pathname.includes("/broken/") && !mended))
      return response.writeHead(404).end();
    if (pathname.includes("/page/")) {
      return response
        .writeHead(200, { "content-type": "text/html" })
        .end("<!doctype html><title>Sign in</title>");
    }
    if (pathname.includes("/held/")) await gate.open;
    const photo = await readFile(join(folder, basename(pathname))).catch(() => null);
    return photo ? response.writeHead(200).end(photo) : response.writeHead(404).end();
  });
  await new Promise((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    /** The webhooks that came. */
    hooks,
    url: (path) => `http://127.0.0.1:${server.address().port}/${path}`,
    /** Holds back what is asked for under `held` until it is released. */
    hold() {
      gate.open = new Promise((resolve) => {
        gate.release = resolve;
      });
    },
    release: () => gate.release(),
    mend() {
      mended = true;
    },
    close() {
      gate.release();
      server.closeAllConnections();
      server.close();
    },
  };
}
