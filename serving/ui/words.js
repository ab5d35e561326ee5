// What numbers mean, in words.

// `normals` is how many pictures the detector was calibrated with, or undefined.
export function meaning(p, isNovel, normals) {
  if (typeof p !== "number") {
    return isNovel ? "Its score is above the threshold." : "Its score is not above the threshold.";
  }
  if (normals > 0) {
    const reached = Math.round(p * (normals + 1)) - 1;
    const all = `the ${normals.toLocaleString("en")} normal pictures that the detector was calibrated with`;
    if (reached <= 0) {
      return `None of ${all} scored this high.`;
    }
    if (reached >= normals) {
      return `All of ${all} scored at least this high.`;
    }
    return `${reached.toLocaleString("en")} of ${all} scored at least this high.`;
  }
  if (p >= 0.995) {
    return "Practically all normal pictures score at least this high.";
  }
  if (p >= 0.1) {
    return `${Math.round(100 * p)} of 100 normal pictures score at least this high.`;
  }
  const among = p > 0 ? 1 / p : Infinity;
  if (among > 1e6) {
    return "Hardly any normal picture scores this high.";
  }
  const round = Number(among.toPrecision(2));
  // The smallest p-value is one over the pictures of calibration, even of none.
  return `No more than about 1 of ${round.toLocaleString("en")} normal pictures scores this high.`;
}

// What pictures a model expects, by its card; empty where it has none.
export function expectation(card) {
  const [height, width, channels] = card?.image_shape ?? [];
  if (!height || !width) {
    return "";
  }
  const colours = channels === 1 ? "grey" : "colour";
  const ways = {
    stretch: "others are stretched or shrunk to that",
    pad: "others are brought to that with their proportions, and padded",
    tiles: "larger ones are looked at tile by tile",
  };
  const way = ways[card.resize] ?? "others are brought to that";
  return `It expects ${colours} pictures like those it was trained on, ${width} × ${height} pixels; ${way}.`;
}

export function number(value, digits = 4) {
  // Few digits, and no exponent where none is needed.
  if (typeof value !== "number") {
    return value === null || value === undefined ? "none" : String(value);
  }
  if (value !== 0 && (Math.abs(value) < 1e-4 || Math.abs(value) >= 1e6)) {
    return value.toExponential(2);
  }
  return String(Number(value.toPrecision(digits)));
}
