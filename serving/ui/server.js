// What the page asks of the server, and its errors in plain words.
// All addresses are relative, so that the page works behind a proxy's prefix as well.

const PATIENCE_MS = 60000;
const BUSY = new Set([429, 503]);
const TRIES = 3;

// An error whose message a person can act on; `detail` holds the server's own words.
export class PlainError extends Error {
  constructor(message, detail = "") {
    super(message);
    this.detail = detail;
  }
}

// The models with their versions: [{name, versions: [{version, state}]}].
export async function models() {
  const response = await reach("../models");
  if (!response.ok) {
    throw new PlainError(`The server does not list its models (HTTP ${response.status}).`);
  }
  return (await response.json()).models;
}

// Scores a picture file: {outputs, version}.
export async function score(model, base64) {
  const { body, version } = await predict(model, null, "serving_bytes", base64);
  return { outputs: body.predictions[0], version };
}

// The heat map of a picture file by the version that scored it: rows of numbers.
export async function heatMap(model, version, base64) {
  const { body } = await predict(model, version, "anomaly_map_bytes", base64);
  const map = body.predictions[0];
  return Array.isArray(map) ? map : map.anomaly_map;
}

async function predict(model, version, signature, base64) {
  const which = version === null ? "" : `/versions/${encodeURIComponent(version)}`;
  const address = `../v1/models/${encodeURIComponent(model)}${which}:predict`;
  const request = JSON.stringify({ signature_name: signature, instances: [{ b64: base64 }] });
  for (let attempt = 1; ; attempt += 1) {
    const response = await reach(address, { method: "POST", body: request });
    const text = await response.text();
    if (response.ok) {
      return { body: parse(text), version: response.headers.get("X-Model-Version") };
    }
    if (!BUSY.has(response.status) || attempt === TRIES) {
      throw explain(response.status, text, model, signature);
    }
    await new Promise((resolve) => setTimeout(resolve, 300 * 2 ** attempt));
  }
}

async function reach(address, options = {}) {
  try {
    return await fetch(address, { signal: AbortSignal.timeout(PATIENCE_MS), ...options });
  } catch (error) {
    throw new PlainError(
      error.name === "TimeoutError"
        ? "The server has not answered within a minute."
        : "The server cannot be reached. Is it still running?",
      String(error),
    );
  }
}

// The server writes NaN and Infinity bare, as TF Serving does; JSON has neither.
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return JSON.parse(text.replace(/(?<=[[:,\s])-?(NaN|Infinity)(?=[\],}\s])/g, "null"));
  }
}

function explain(status, text, model, signature) {
  let detail = text;
  try {
    detail = JSON.parse(text).error ?? text;
  } catch {
    // Not JSON: the text itself.
  }
  const words = {
    404: `Model ${model} is not served (any more).`,
    413: "The picture is larger than this server accepts.",
    429: "The server is busy. Try again in a while.",
    503: "The server is busy. Try again in a while.",
    504: "The server took too long for this picture.",
  };
  if (status === 400 && /signature/i.test(detail) && detail.includes(`"${signature}"`)) {
    return new PlainError(`Model ${model} has no signature ${signature}, which takes picture files.`, detail);
  }
  if (status === 400) {
    return new PlainError(
      "The server could not read this file as a picture. Save it as PNG or JPEG, and try again.",
      detail,
    );
  }
  return new PlainError(words[status] ?? `The server has failed (HTTP ${status}).`, detail);
}
