// Moves the threshold, and keeps rates, markers, badges and the gallery true to it.
"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const data = JSON.parse(byId("data").textContent);
  const Numbers = data.single ? Float32Array : Float64Array;
  const scores = Numbers.from(data.scores, (x) => x ?? NaN);
  const calibration = Numbers.from(data.calibration, (x) => x ?? NaN);
  const slider = byId("slider");
  const field = byId("threshold");
  const plot = (name) => document.querySelector(`[data-plot="${name}"]`);
  const histogram = plot("histogram");
  const low = Number(histogram.dataset.low);
  const high = Number(histogram.dataset.high);
  const steps = Number(slider.max);
  let threshold = data.threshold;
  let moved = false;

  // --- numbers ---

  const percent = (x) => (Number.isFinite(x) ? `${(100 * x).toFixed(1)}%` : "-");
  const counted = (x) => x.toLocaleString("en");
  const share = (part, whole) =>
    whole ? `${percent(part / whole)} (${counted(part)} of ${counted(whole)})` : "-";
  const short = (x) => String(Number(x.toPrecision(4)));

  // The verdicts of the model itself, as long as the threshold is its own.
  const isNovel = (i) => (moved ? scores[i] > threshold : data.novel[i] === "1");

  // By type and label: how many there are, and how many are called novel.
  function countVerdicts() {
    const sums = () => ({ whole: { 0: 0, 1: 0, "?": 0 }, novel: { 0: 0, 1: 0, "?": 0 } });
    const total = sums();
    const byType = new Map(data.typeNames.map((name) => [name, sums()]));
    for (let i = 0; i < scores.length; i += 1) {
      const label = data.labels[i];
      const novel = isNovel(i) ? 1 : 0;
      for (const sum of [total, byType.get(data.typeNames[data.types[i]])]) {
        sum.whole[label] += 1;
        sum.novel[label] += novel;
      }
    }
    return { total, byType };
  }

  const add = (by) => by[0] + by[1] + by["?"];

  // How many of the calibration scores, which ascend, lie above x.
  function numberAbove(x) {
    let first = 0;
    let last = calibration.length;
    while (first < last) {
      const middle = (first + last) >> 1;
      if (calibration[middle] > x) last = middle;
      else first = middle + 1;
    }
    return calibration.length - first;
  }

  // The k-th largest calibration score is the threshold of the target rate k / (n + 1).
  function targetOf(x) {
    const n = calibration.length;
    const rank = numberAbove(x) + 1;
    const digits = n < 9999 ? 1e4 : 1e6;
    // Rounded up: rounded down it would be the rate of the rank below.
    return { rank, rate: Math.ceil((digits * rank) / (n + 1) - 1e-9) / digits };
  }

  // --- what is shown ---

  const original = new Map();
  function show(element, text) {
    if (!original.has(element)) original.set(element, element.textContent);
    const now = moved ? text : original.get(element);
    if (element.textContent !== now) element.textContent = now;
  }

  function showNumbers({ total, byType }) {
    // Of a sample, as many as there would be of all.
    const times = data.total / scores.length;
    const of = (n) => `${times > 1 ? "about " : ""}${counted(Math.round(times * n))}`;
    const live = {
      "called-novel": of(add(total.novel)),
      "called-normal": of(add(total.whole) - add(total.novel)),
      "false-positive-rate": share(total.novel[0], total.whole[0]),
      "detection-rate": share(total.novel[1], total.whole[1]),
      "flagged-rate": share(add(total.novel), add(total.whole)),
    };
    for (const element of all("header [data-live]")) show(element, live[element.dataset.live]);
    for (const element of all(".bar [data-live]")) {
      const text = live[element.dataset.live];
      if (text !== undefined) element.textContent = text;
    }
    for (const row of all("tr[data-type]")) {
      const sums = byType.get(row.dataset.type);
      if (!sums) continue;
      for (const cell of all("[data-rate]", row)) {
        const label = cell.dataset.rate;
        show(cell, share(sums.novel[label], sums.whole[label]));
      }
    }
  }

  function showTarget() {
    const target = document.querySelector('[data-live="target"]');
    const words = byId("permanent");
    const n = calibration.length;
    if (!n) {
      target.textContent = "-";
      return;
    }
    if (!moved) {
      target.textContent = `${short(100 * data.target)}%`;
      words.textContent = `The calibrated threshold: ${counted(numberAbove(threshold))} of ${counted(n)} calibration pictures lie above it.`;
      return;
    }
    const { rank, rate } = targetOf(threshold);
    target.textContent = rank > n ? "100%" : `${short(100 * rate)}%`;
    if (rank > n) {
      words.textContent = `All ${counted(n)} calibration pictures lie above: no target rate gives this threshold.`;
      return;
    }
    const command = document.createElement("code");
    command.textContent = `novnorm calibrate MODEL --target-fpr ${rate}`;
    const at = calibration[n - rank];
    words.replaceChildren(
      `Of ${counted(n)} calibration pictures ${counted(rank - 1)} lie above: a target false-positive rate of ${rate}. To make it permanent: `,
      command,
      Math.abs(at - threshold) <= 1e-6 * Math.abs(threshold)
        ? "."
        : `, which sets ${short(at)}, the nearest calibration score${at < threshold ? " below" : ""}.`,
    );
    if (at < threshold && rank === 1) {
      words.append(" A higher one needs more calibration pictures.");
    }
  }

  const place = (x) => Math.min(100, Math.max(0, (100 * (x - low)) / (high - low)));

  function showMarkers({ total }) {
    const x = place(threshold);
    const line = histogram.querySelector('[data-marker="line"]');
    line.setAttribute("x1", `${x}%`);
    line.setAttribute("x2", `${x}%`);
    const above = histogram.querySelector('[data-marker="above"]');
    above.setAttribute("x", `${x}%`);
    above.setAttribute("width", `${100 - x}%`);
    const recall = total.novel[1] / total.whole[1];
    const flagged = total.novel[0] + total.novel[1];
    setPoint("roc", total.novel[0] / total.whole[0], recall);
    setPoint("precision-recall", recall, flagged ? total.novel[1] / flagged : 1);
  }

  function setPoint(name, x, y) {
    const point = plot(name)?.querySelector('[data-marker="point"]');
    point?.setAttribute("cx", `${100 * x}%`);
    point?.setAttribute("cy", `${100 - 100 * y}%`);
  }

  // --- pictures ---

  const gallery = byId("gallery");
  const cards = all("#gallery > li").map((element) => ({
    element,
    score: Number(element.dataset.score),
    given: element.dataset.novel === "1",
    label: Number(element.dataset.label),
    type: element.dataset.type,
    name: element.dataset.name,
    badge: element.querySelector(".verdict"),
    mistake: element.querySelector(".mistake"),
  }));
  const wrong = { "false-alarm": "false alarm", missed: "missed" };

  function judge(card) {
    card.novel = moved ? card.score > threshold : card.given;
    if (card.label === 0 && card.novel) card.kind = "false-alarm";
    else if (card.label === 1 && !card.novel) card.kind = "missed";
    else card.kind = "";
    card.badge.textContent = card.novel ? "▲ novel" : "✓ normal";
    card.badge.className = `verdict ${card.novel ? "novel" : "normal"}`;
    card.mistake.textContent = wrong[card.kind] ?? "";
  }

  function filter() {
    if (!gallery) return;
    const wanted = byId("show").value;
    const type = byId("type").value;
    const part = byId("search").value.trim().toLowerCase();
    let shown = 0;
    for (const card of cards) {
      const verdict = card.novel ? "novel" : "normal";
      const fits =
        (wanted === "all" || wanted === verdict || wanted === card.kind) &&
        (!type || type === card.type) &&
        card.name.toLowerCase().includes(part);
      card.element.hidden = !fits;
      shown += fits;
    }
    byId("shown").textContent = `${shown} of ${cards.length} shown`;
  }

  const orders = {
    most: (a, b) => b.score - a.score,
    least: (a, b) => a.score - b.score,
    near: (a, b) => Math.abs(a.score - threshold) - Math.abs(b.score - threshold),
    name: (a, b) => a.name.localeCompare(b.name, "en", { numeric: true }),
  };

  function sort() {
    if (!gallery) return;
    cards.sort(orders[byId("order").value]);
    gallery.append(...cards.map((card) => card.element));
  }

  // --- moving ---

  function update() {
    document.body.classList.toggle("moved", moved);
    const counts = countVerdicts();
    showNumbers(counts);
    showTarget();
    showMarkers(counts);
    cards.forEach(judge);
    filter();
    byId("reset").disabled = !moved;
    slider.setAttribute("aria-valuetext", `score ${short(threshold)}`);
  }

  function moveTo(value) {
    threshold = value;
    moved = threshold !== data.threshold;
    update();
  }

  const toSlider = (x) => Math.round((steps * place(x)) / 100);

  slider.addEventListener("input", () => {
    const value = low + ((high - low) * Number(slider.value)) / steps;
    field.value = Number(value.toPrecision(5));
    // The very number that is shown.
    moveTo(Number(field.value));
  });
  field.addEventListener("input", () => {
    if (field.value === "" || !Number.isFinite(Number(field.value))) return;
    slider.value = toSlider(Number(field.value));
    moveTo(Number(field.value));
  });
  function reset() {
    field.value = short(data.threshold);
    slider.value = toSlider(data.threshold);
    moveTo(data.threshold);
  }
  byId("reset").addEventListener("click", () => {
    reset();
    slider.focus();
  });
  for (const id of ["show", "type"]) byId(id)?.addEventListener("change", filter);
  byId("search")?.addEventListener("input", filter);
  byId("order")?.addEventListener("change", sort);
  // Nearest to the threshold changes as it moves; once it is let go.
  slider.addEventListener("change", () => byId("order")?.value === "near" && sort());

  for (const element of all(".scripted")) element.hidden = false;
  reset();
})();
