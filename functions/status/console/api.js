// Calls of the public API with this tab's key, and what it says when it refuses.

const KEY = "halftone-key";

/** Where the API is: beside this page, under whatever stage or domain. */
const BASE = location.origin + location.pathname.replace(/\/*$/, "/");
const REQUESTS = "api/v1/images/requests";

let key = kept();
/** Whether a key is only being tried. */
let trying = false;

function kept() {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return null;
  }
}

/** Keeps a key for as long as the tab lives; `null` forgets it. */
export function setKey(text) {
  key = text;
  try {
    if (text) sessionStorage.setItem(KEY, text);
    else sessionStorage.removeItem(KEY);
  } catch {
    // A browser that keeps nothing asks again after a reload.
  }
}

export function hasKey() {
  return Boolean(key);
}

/** A refusal of the API, or that it cannot be reached. */
export class Problem extends Error {
  constructor(status, body, retryAfter) {
    super(body.detail ?? `The API answered ${status} without saying why.`);
    this.status = status;
    this.code = body.code ?? "unknown";
    this.errors = body.errors ?? [];
    this.retryAfter = retryAfter;
  }

  /** Whether the same call may go well later. */
  get passes() {
    return this.code === "unreachable" || this.code === "too_many_calls" || this.status >= 502;
  }

  /** Whether the key is what is wrong. */
  get isOfKey() {
    return this.status === 403;
  }
}

function unreachable() {
  const detail = "The API cannot be reached. Is this machine online, and the stack still there?";
  return new Problem(0, { code: "unreachable", detail }, null);
}

function seconds(retryAfter) {
  const number = Number.parseInt(retryAfter ?? "", 10);
  return Number.isFinite(number) ? number : null;
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** What is sent as JSON. */
function asJson(said, headers = {}) {
  return { headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(said) };
}

/** Makes one call; `{ body, retryAfter }`, or a `Problem`. */
async function call(method, path, signal, sent = {}) {
  const headers = { "x-api-key": key, accept: "application/json", ...sent.headers };
  let response;
  let text;
  try {
    const { body } = sent;
    response = await fetch(BASE + path, { method, headers, body, signal, cache: "no-store" });
    text = await response.text();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw unreachable();
  }
  const retryAfter = seconds(response.headers.get("retry-after"));
  const answer = parsed(text);
  if (!response.ok || !answer) throw refusedBy(response.status, answer, retryAfter);
  return { body: answer, retryAfter };
}

/** The problem; of a key that is known no more the page is told, whatever it was doing. */
function refusedBy(status, body, retryAfter) {
  const problem = new Problem(status, body ?? {}, retryAfter);
  if (problem.isOfKey && !trying)
    document.dispatchEvent(new CustomEvent("key-refused", { detail: problem.message }));
  return problem;
}

/** Waits, unless the signal comes first. */
export function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

/** Makes a call that changes nothing as often as it takes; `away` is told of each failure. */
async function patiently(path, signal, away) {
  for (let wait = 1; ; wait = Math.min(wait * 2, 30)) {
    try {
      return await call("GET", path, signal);
    } catch (error) {
      if (!(error instanceof Problem) || !error.passes) throw error;
      away?.(error);
      await pause((error.retryAfter ?? wait) * 1000, signal);
    }
  }
}

const query = (words) => {
  const given = Object.entries(words).filter(([, value]) => value !== null && value !== undefined);
  return given.length > 0 ? `?${new URLSearchParams(given)}` : "";
};

/** A request's status with a page of its images. */
export function status(id, page, signal, away) {
  return patiently(`api/v1/images/status/${id}${query(page)}`, signal, away);
}

/** A page of this key's requests. */
export async function requests(page, signal) {
  return (await call("GET", REQUESTS + query(page), signal)).body;
}

/** A URL under which one form of the results can be fetched for some minutes, once it is there. */
export async function resultsUrl(id, form, signal) {
  for (;;) {
    const { body, retryAfter } = await call(
      "GET",
      `api/v1/images/results/${id}?as=${form}`,
      signal,
    );
    if (body.url) return body.url;
    await pause((retryAfter ?? 2) * 1000, signal);
  }
}

/** Ends a request early: what is done stays. */
export function cancel(id) {
  return call("POST", `${REQUESTS}/${id}/cancel`);
}

/** Has failed images go again, those of one code and host. */
export function retryFailed(id, { code, host }) {
  return call("POST", `${REQUESTS}/${id}/retry-failed${query({ code, host })}`);
}

/** What became of a request's webhooks, the newest first. */
export async function webhooksOf(id, signal) {
  return (await call("GET", `${REQUESTS}/${id}/deliveries`, signal)).body.deliveries;
}

/** Has a webhook sent once more. */
export function replayWebhook(id, webhookId) {
  return call("POST", `${REQUESTS}/${id}/deliveries/replay${query({ webhookId })}`);
}

/** Sends a test event to a receiver; how it was taken. */
export async function testWebhook(url) {
  return (await call("POST", "api/v1/webhooks/test", undefined, asJson({ url }))).body;
}

/** Whether the API knows a key: it is asked for a request that there is not. */
export async function knows(candidate) {
  const before = key;
  [key, trying] = [candidate, true];
  try {
    await call("GET", "api/v1/images/status/00000000-0000-0000-0000-000000000000");
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return true;
    if (error instanceof Problem && error.isOfKey) return false;
    throw error;
  } finally {
    [key, trying] = [before, false];
  }
  return true;
}

/** Names an upload, so that sending it again is the same request. */
export function newIdempotencyKey() {
  const random = crypto.getRandomValues(new Uint8Array(16));
  return `console-${Array.from(random, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** Announces a file that is too large for a call, and puts it where the answer says; the request's id. */
export async function announce(file, fields, { idempotencyKey, sent, signal } = {}) {
  const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  const hex = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0"));
  const said = {
    ...fields,
    bytes: file.size,
    sha256: hex.join(""),
    contentType: /^[!-~]+\/[!-~]+$/.test(file.type) ? file.type : "text/csv",
    fileName: file.name,
  };
  const sentAs = asJson(said, { "idempotency-key": idempotencyKey });
  const { requestId, uploadUrl, ...put } = (await call("POST", REQUESTS, signal, sentAs)).body;
  // Without a URL it is there already.
  if (uploadUrl) await putFile(uploadUrl, put.headers, file, { sent, signal });
  return requestId;
}

/** What a browser sets by itself, and lets nobody else set. */
const OWN_HEADERS = ["content-length", "host"];

function putFile(url, headers, file, { sent, signal }) {
  const request = new XMLHttpRequest();
  request.open("PUT", url);
  for (const [name, value] of Object.entries(headers))
    if (!OWN_HEADERS.includes(name.toLowerCase())) request.setRequestHeader(name, value);
  return finished(request, file, { sent, signal }).then(() => {
    if (request.status < 300) return;
    const detail = `The storage refused the file (${request.status}). Send it again.`;
    throw new Problem(request.status, { code: "not_stored", detail }, null);
  });
}

/** Sends, and waits for the answer, whatever it is. */
function finished(request, body, { sent, signal }) {
  request.upload.onprogress = (event) =>
    event.lengthComputable && sent?.(event.loaded / event.total);
  signal?.addEventListener("abort", () => request.abort());
  return new Promise((resolve, reject) => {
    request.onload = resolve;
    request.onerror = () => reject(unreachable());
    request.onabort = () => reject(signal.reason);
    request.send(body);
  });
}

/** Posts a file and its fields; `sent` is told how much of it has gone. */
export async function upload(file, fields, { idempotencyKey, sent, signal } = {}) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append("file", file, file.name);
  const request = new XMLHttpRequest();
  request.open("POST", `${BASE}api/v1/images/upload`);
  request.setRequestHeader("x-api-key", key);
  if (idempotencyKey) request.setRequestHeader("idempotency-key", idempotencyKey);
  await finished(request, form, { sent, signal });
  const body = parsed(request.responseText);
  const retryAfter = seconds(request.getResponseHeader("retry-after"));
  if (request.status < 300 && body) return body;
  throw refusedBy(request.status, body, retryAfter);
}
