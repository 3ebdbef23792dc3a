import { draw, make } from "./dom.js";
import { colour } from "./colour.js";
import { proven } from "./fold.js";
import { number } from "./text.js";

const w = 300;
const h = 130;
const pad = { left: 38, right: 10, top: 8, bottom: 24 };

// chart frames a plot with axes from 0.
function chart(title, xName, maxX, maxY, paint, format = number) {
  const svg = draw("svg", { class: "chart", viewBox: `0 0 ${w} ${h}`, role: "img", "aria-label": title });
  const x = (v) => pad.left + (maxX > 0 ? v / maxX : 0) * (w - pad.left - pad.right);
  const y = (v) => h - pad.bottom - (maxY > 0 ? v / maxY : 0) * (h - pad.top - pad.bottom);
  for (const f of [0, 0.5, 1]) {
    svg.append(draw("line", { class: "grid", x1: pad.left, x2: w - pad.right, y1: y(f * maxY), y2: y(f * maxY) }));
    svg.append(draw("text", { class: "tick", x: pad.left - 4, y: y(f * maxY) + 3, "text-anchor": "end" }, format(f * maxY)));
    svg.append(draw("text", { class: "tick", x: x(f * maxX), y: h - 10, "text-anchor": f === 0 ? "start" : f === 1 ? "end" : "middle" }, number(Math.round(f * maxX))));
  }
  svg.append(draw("text", { class: "tick", x: (pad.left + w - pad.right) / 2, y: h - 1, "text-anchor": "middle" }, xName));
  paint(svg, x, y);
  return make("figure", {}, make("figcaption", {}, title), svg);
}

const two = (v) => v.toFixed(2);

function path(points, x, y) {
  return points.map(([a, b], i) => (i ? "L" : "M") + x(a).toFixed(1) + "," + y(b).toFixed(1)).join("");
}

// thin keeps at most a few hundred points, the last one among them.
function thin(points, most = 300) {
  if (points.length <= most) return points;
  const out = [];
  for (let i = 0; i < most; i++) out.push(points[Math.floor((i * (points.length - 1)) / (most - 1))]);
  return out;
}

// progress draws best value and solved against calls, or against simulations
// where no model was asked, of one run or several.
export function progress(runs) {
  const paid = runs.some((r) => r.series.some((p) => p.calls > 0));
  const cost = (p) => (paid ? p.calls : p.simulations);
  const most = Math.max(1, ...runs.map((r) => cost(r.series.at(-1) ?? { calls: 0, simulations: 0 })));
  return chart("Best value and solved", paid ? "model calls" : "simulations", most, 1, (svg, x, y) => {
    runs.forEach((r, i) => {
      const points = thin(r.series.filter((p) => !Number.isNaN(p.best))).map((p) => [cost(p), p.best]);
      svg.append(draw("path", { class: `plot plot${i}`, d: path(points, x, y) || "M0,0" }));
      const solved = r.series.find((p) => p.solved);
      if (solved) svg.append(draw("text", { class: `mark plot${i}`, x: x(cost(solved)), y: y(1) + 10, "text-anchor": "middle" }, "★"));
    });
  }, two);
}

// rate draws tokens a second over the time of the run.
export function rate(series) {
  const timed = series.filter((p) => p.at !== undefined);
  if (timed.length < 2) return chart("Tokens per second", "seconds", 1, 1, () => {});
  const from = timed[0].at;
  const span = Math.max(timed.at(-1).at - from, 1);
  const bins = 40;
  const sums = new Array(bins).fill(0);
  for (let i = 1; i < timed.length; i++) {
    const bin = Math.min(bins - 1, Math.floor(((timed[i].at - from) / span) * bins));
    sums[bin] += Math.max(0, timed[i].tokens - timed[i - 1].tokens);
  }
  const each = span / bins / 1000;
  const rates = sums.map((s) => s / each);
  return chart("Tokens per second", "seconds", span / 1000, Math.max(1, ...rates), (svg, x, y) => {
    svg.append(draw("path", { class: "plot plot0", d: path(rates.map((r, i) => [(i + 0.5) * each, r]), x, y) }));
  }, (v) => number(Math.round(v)));
}

function bars(title, xName, counts, labels) {
  const most = Math.max(1, ...counts);
  return chart(title, xName, labels, most, (svg, x, y) => {
    const step = (w - pad.left - pad.right) / counts.length;
    counts.forEach((c, i) => {
      if (c > 0) svg.append(draw("rect", { class: "bar", x: pad.left + i * step + 0.5, width: Math.max(1, step - 1), y: y(c), height: y(0) - y(c) }, draw("title", {}, String(c))));
    });
  }, (v) => number(Math.round(v)));
}

// depths counts the nodes by their distance from the root.
export function depths(tree) {
  const counts = [];
  const seen = new Set();
  let level = tree.root ? [tree.root] : [];
  while (level.length > 0 && counts.length < 200) {
    counts.push(level.length);
    const next = [];
    for (const n of level) for (const e of n.out) if (!e.again && !seen.has(e.to)) { seen.add(e.to); next.push(e.to); }
    level = next;
  }
  return bars("Nodes by depth", "steps from the root", counts, counts.length);
}

// branching counts the nodes by how many steps lead on from them.
export function branching(tree) {
  const counts = new Array(21).fill(0);
  let most = 0;
  for (const n of tree.nodes.values()) {
    if (n.out.length === 0) continue;
    counts[Math.min(20, n.out.length)]++;
    most = Math.max(most, n.out.length);
  }
  return bars("Branching of expanded nodes" + (most > 20 ? " (20: and more)" : ""), "steps", counts.slice(0, Math.min(20, most) + 1), Math.min(20, most) + 1);
}

// values is the histogram of the mean values of visited nodes.
export function values(tree) {
  const counts = new Array(20).fill(0);
  for (const n of tree.nodes.values()) if (n.n > 0) counts[Math.min(19, Math.floor(n.q * 20))]++;
  return chart("Values Q of visited nodes", "Q in twentieths", 20, Math.max(1, ...counts), (svg, x, y) => {
    const step = (w - pad.left - pad.right) / 20;
    counts.forEach((c, i) => svg.append(draw("rect", { x: pad.left + i * step + 0.5, width: step - 1, y: y(c), height: y(0) - y(c), fill: colour((i + 0.5) / 20) }, draw("title", {}, String(c)))));
  }, (v) => number(Math.round(v)));
}

// calibration compares what the critic said with what was proven later: a
// perfect critic's points lie on the diagonal.
export function calibration(tree) {
  const bins = Array.from({ length: 10 }, () => ({ said: 0, true: 0, n: 0 }));
  for (const n of tree.nodes.values()) {
    if (!n.own || n.own.unknown || n.terminal || !proven(n)) continue;
    const b = bins[Math.min(9, Math.floor(n.own.mean * 10))];
    b.said += n.own.mean;
    b.true += n.lo;
    b.n++;
  }
  const total = bins.reduce((s, b) => s + b.n, 0);
  return chart(`Critic against proofs (${total} nodes)`, "", 1, 1, (svg, x, y) => {
    svg.append(draw("path", { class: "ideal", d: `M${x(0)},${y(0)}L${x(1)},${y(1)}` }));
    for (const b of bins) {
      if (b.n > 0) svg.append(draw("circle", { class: "point", cx: x(b.said / b.n), cy: y(b.true / b.n), r: 2 + 6 * Math.sqrt(b.n / total) }, draw("title", {}, `${b.n} nodes: said ${two(b.said / b.n)}, proven ${two(b.true / b.n)}`)));
    }
  }, two);
}
