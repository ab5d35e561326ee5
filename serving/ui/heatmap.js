// Anomaly maps as colours.

// "inferno", at equal steps.
const STOPS = [
  [0, 0, 4], [11, 7, 36], [33, 12, 74], [61, 9, 101], [87, 16, 110], [113, 25, 110],
  [138, 34, 106], [163, 44, 97], [188, 55, 84], [210, 70, 68], [228, 90, 49], [241, 115, 29],
  [249, 142, 9], [252, 172, 17], [249, 203, 53], [242, 234, 105], [252, 255, 164],
];

// Draws rows of numbers: the higher, the brighter and the less transparent.
// `high` is the value of the last colour, and the same for all that are compared.
export function draw(canvas, rows, high) {
  canvas.width = rows[0].length;
  canvas.height = rows.length;
  const context = canvas.getContext("2d");
  const pixels = context.createImageData(canvas.width, canvas.height);
  rows.flat().forEach((value, i) => {
    const heat = Math.min(1, Math.max(0, high > 0 ? value / high : 0));
    pixels.data.set([...colour(heat), Math.round(255 * heat ** 0.7)], 4 * i);
  });
  context.putImageData(pixels, 0, 0);
}

// Draws the scale itself, from left to right.
export function drawScale(canvas) {
  const context = canvas.getContext("2d");
  for (let x = 0; x < canvas.width; x += 1) {
    context.fillStyle = `rgb(${colour(x / (canvas.width - 1))})`;
    context.fillRect(x, 0, 1, canvas.height);
  }
}

export function greatest(rows) {
  return rows.reduce((most, row) => row.reduce((a, b) => Math.max(a, b ?? 0), most), 0);
}

function colour(heat) {
  const at = heat * (STOPS.length - 1);
  const first = STOPS[Math.floor(at)];
  const next = STOPS[Math.ceil(at)];
  return first.map((value, i) => Math.round(value + (next[i] - value) * (at % 1)));
}
