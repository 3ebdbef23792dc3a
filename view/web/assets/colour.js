// After cividis (Nuñez, Anderton & Renslow 2018), which looks alike to readers
// with and without a colour vision deficiency and grows brighter all the way;
// its dark end is lifted so that it stands out on a dark page too.
const stops = [
  [16, 68, 134], [36, 78, 130], [66, 88, 122], [90, 99, 115], [112, 113, 115],
  [138, 134, 120], [165, 156, 116], [195, 179, 105], [225, 204, 85], [254, 232, 56],
];

// colour of a value in [0,1], as CSS.
export function colour(q) {
  const [r, g, b] = mix(q);
  return `rgb(${r},${g},${b})`;
}

function mix(q) {
  const x = Math.max(0, Math.min(1, q)) * (stops.length - 1);
  const i = Math.min(Math.floor(x), stops.length - 2);
  return stops[i].map((c, k) => Math.round(c + (stops[i + 1][k] - c) * (x - i)));
}
