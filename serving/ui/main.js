// The page: takes pictures, sends them, shows what comes back.
import { Card } from "./card.js";
import { drawScale, greatest } from "./heatmap.js";
import { toSendable } from "./pictures.js";
import * as server from "./server.js";
import { expectation, number } from "./words.js";

const AT_A_TIME = 2;
const LOOK_AGAIN_MS = 5000;
const byId = (id) => document.getElementById(id);

const queue = [];
const cards = [];
let running = 0;
let added = 0;
let high = 0;

// --- models ---

async function refreshModels() {
  const select = byId("model");
  let found;
  try {
    found = await server.models();
  } catch (error) {
    byId("model-state").textContent = error.message;
    return;
  }
  const names = found.map((model) => model.name);
  const shown = [...select.options].map((option) => option.value);
  if (select.disabled || names.join("\n") !== shown.join("\n")) {
    const chosen = select.value;
    select.replaceChildren(...names.map((name) => new Option(name, name)));
    if (names.includes(chosen)) {
      select.value = chosen;
    }
    select.disabled = names.length === 0;
  }
  select.versions = Object.fromEntries(found.map((model) => [model.name, model.versions]));
  select.cards = Object.fromEntries(found.map((model) => [model.name, model.detector]));
  showVersions();
}

function showVersions() {
  const select = byId("model");
  const versions = select.versions?.[select.value] ?? [];
  const words = versions.map(({ version, state }) =>
    state === "AVAILABLE" ? `version ${version} ready` : `version ${version} ${state.toLowerCase()}`,
  );
  const live = versions.filter(({ state }) => state !== "END");
  const text = select.disabled
    ? "No model is served yet."
    : words.filter((_, i) => live.includes(versions[i])).join(", ") || "No version is ready.";
  if (byId("model-state").textContent !== text) {
    byId("model-state").textContent = text;
  }
  const expects = expectation(select.cards?.[select.value]);
  if (byId("expects").textContent !== expects) {
    byId("expects").textContent = expects;
  }
  byId("expects").hidden = !expects;
}

// --- pictures in ---

function add(files) {
  const given = [...files];
  if (!given.length) {
    notice("That was no picture file. Drag or paste files, or choose them; a picture of another page must be saved first.");
    return;
  }
  const model = byId("model").value;
  if (byId("model").disabled) {
    notice("There is no model to score with. Pictures can be scored once one is served.");
    return;
  }
  notice("");
  for (const file of given) {
    const card = new Card(file, (added += 1));
    cards.push(card);
    byId("cards").append(card.element);
    queue.push({ file, card, model });
  }
  byId("results").hidden = false;
  byId("drop").classList.add("compact");
  summarize();
  work();
}

function notice(words) {
  byId("notice").textContent = words;
  byId("notice").hidden = !words;
}

// --- scoring ---

function work() {
  while (running < AT_A_TIME && queue.length) {
    running += 1;
    scoreOne(queue.shift()).finally(() => {
      running -= 1;
      summarize();
      work();
    });
  }
}

async function scoreOne({ file, card, model }) {
  try {
    const { base64, note } = await toSendable(file);
    const start = performance.now();
    const { outputs, version } = await server.score(model, base64);
    const normals = byId("model").cards?.[model]?.num_calibration_images;
    card.showScore(outputs, model, version, performance.now() - start, note, normals);
    summarize();
    await showMap(card, model, version, base64);
  } catch (error) {
    card.showError(error);
  }
}

async function showMap(card, model, version, base64) {
  if (byId("model").cards?.[model]?.has_map === false) {
    card.showMapError({ message: "this model tells that a picture is novel, not where." });
    return;
  }
  try {
    card.map = await server.heatMap(model, version, base64);
  } catch (error) {
    card.showMapError(error); // the score stands
    return;
  }
  if (!cards.includes(card)) {
    return; // cleared meanwhile
  }
  const most = greatest(card.map);
  if (most > high) {
    // One scale for all: with one of its own each good picture would glow.
    high = most;
    cards.forEach((other) => other.drawMap(high));
    byId("high").textContent = number(high);
  } else {
    card.drawMap(high);
  }
}

function summarize() {
  const count = (state) => cards.filter((card) => card.state === state).length;
  const parts = [
    [count("novel"), "novel"],
    [count("normal"), "normal"],
    [count("failed"), "not scored"],
    [count("waiting"), "to come"],
  ];
  const words = parts.filter(([n]) => n).map(([n, word]) => `${n} ${word}`);
  const total = cards.length === 1 ? "1 picture" : `${cards.length} pictures`;
  byId("summary").textContent = `${total}: ${words.join(", ")}`;
}

function clear() {
  queue.length = 0;
  cards.splice(0).forEach((card) => card.remove());
  high = 0;
  byId("high").textContent = "";
  byId("results").hidden = true;
  byId("drop").classList.remove("compact");
  byId("choose").focus();
}

function setOpacity() {
  const value = byId("opacity").value;
  byId("opacity-value").textContent = `${value}%`;
  byId("cards").style.setProperty("--heat", value / 100);
}

// --- wiring ---

byId("choose").addEventListener("click", () => byId("files").click());
byId("files").addEventListener("change", (event) => {
  if (event.target.files.length) {
    add(event.target.files); // none, where the choice was given up
  }
  event.target.value = ""; // the same file may be chosen again
});
byId("clear").addEventListener("click", clear);
byId("opacity").addEventListener("input", setOpacity);
byId("model").addEventListener("change", showVersions);

// The whole window takes pictures: one that misses the box must not replace the page.
let depth = 0;
const hover = (change) => {
  depth = Math.max(0, depth + change);
  byId("drop").classList.toggle("over", depth > 0);
};
addEventListener("dragenter", () => hover(1));
addEventListener("dragleave", () => hover(-1));
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => {
  event.preventDefault();
  hover(-depth);
  add(event.dataTransfer.files);
});
addEventListener("paste", (event) => add(event.clipboardData.files));

drawScale(byId("colours"));
setOpacity();
refreshModels();
setInterval(() => document.hidden || refreshModels(), LOOK_AGAIN_MS);
