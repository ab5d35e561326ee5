// What is shown of one picture.
import { draw } from "./heatmap.js";
import { meaning, number } from "./words.js";

const SIGNS = { waiting: "…", normal: "✓", novel: "▲", failed: "!" };
const WORDS = { waiting: "Scoring", normal: "Normal", novel: "Novel", failed: "Not scored" };
const TINY = 160; // pixels across: shown as squares, not as a blur
const SHOWN_APART = new Set(["score", "threshold", "p_value", "is_novel"]);

export class Card {
  constructor(file, number) {
    this.state = "waiting";
    this.map = null;
    const content = document.getElementById("card").content.cloneNode(true);
    this.element = content.firstElementChild;
    this.find = (selector) => this.element.querySelector(selector);
    const heading = this.find(".name");
    heading.id = `name-${number}`;
    heading.textContent = file.name || "Pasted picture";
    this.name = heading.textContent;
    this.find("article").setAttribute("aria-labelledby", heading.id);
    this.setState("waiting");
    this.showPicture(file);
  }

  setState(state) {
    this.state = state;
    this.find("article").dataset.state = state;
    this.find(".sign").textContent = SIGNS[state];
    this.find(".word").textContent = WORDS[state];
  }

  showPicture(file) {
    const image = this.find("img");
    image.onload = () => {
      image.classList.toggle("tiny", image.naturalWidth < TINY);
      image.hidden = false;
    };
    image.onerror = () => {
      image.remove();
      this.find("canvas").classList.add("alone");
      const words = this.find(".unseen");
      words.textContent = "This browser cannot show the file.";
      words.hidden = false;
    };
    image.alt = this.name;
    this.address = URL.createObjectURL(file);
    image.src = this.address;
  }

  showScore(outputs, model, version, milliseconds, note, normals) {
    const { score, threshold, p_value: p, is_novel: isNovel } = outputs;
    if (score === null) { // NaN: never normal
      this.setState("failed");
      this.find(".meaning").textContent = "The model gives this picture no finite score.";
    } else if (typeof isNovel === "boolean") {
      this.setState(isNovel ? "novel" : "normal");
      this.find(".meaning").textContent = meaning(p, isNovel, normals);
      this.find(".score").textContent = number(score);
      this.find(".threshold").textContent = number(threshold);
      this.find(".p").textContent = number(p, 2);
      this.find(".numbers").hidden = false;
    } else {
      this.setState("normal");
      this.find(".word").textContent = "Answered";
      this.find(".meaning").textContent = "This model gives no verdict.";
    }
    const others = Object.entries(outputs).filter(([name]) => !SHOWN_APART.has(name));
    this.showMore("All outputs", others.map(([name, value]) => [name, number(value)]));
    const parts = [`${model}, version ${version ?? "unknown"}`, `${Math.round(milliseconds)} ms`];
    this.find(".origin").textContent = [...parts, note].filter(Boolean).join(" · ");
  }

  showError(error) {
    this.setState("failed");
    this.find(".meaning").textContent = error.message;
    if (error.detail) {
      this.showMore("What the server said", [["", error.detail]]);
    }
  }

  showMapError(error) {
    const words = this.find(".unseen");
    words.textContent = `No heat map: ${error.message}`;
    words.hidden = false;
  }

  showMore(title, rows) {
    if (!rows.length) {
      return;
    }
    this.find("summary").textContent = title;
    this.find("tbody").replaceChildren(
      ...rows.map(([name, value]) => {
        const row = document.createElement("tr");
        if (name) {
          const head = row.appendChild(document.createElement("th"));
          head.scope = "row";
          head.textContent = name.replaceAll("_", " ");
        }
        row.appendChild(document.createElement("td")).textContent = value;
        return row;
      }),
    );
    this.find(".more").hidden = false;
  }

  drawMap(high) {
    if (this.map === null) {
      return;
    }
    const canvas = this.find("canvas");
    draw(canvas, this.map, high);
    canvas.hidden = false;
  }

  remove() {
    URL.revokeObjectURL(this.address);
    this.element.remove();
  }
}
