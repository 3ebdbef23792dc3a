import { hierarchy, tree } from "./d3-hierarchy.js";
import { before, parent } from "./fold.js";

export const row = 41;
export const column = 236;

const autoLimit = 90; // nodes opened before anybody asks
const layoutLimit = 6000; // places at most, whatever was opened

// Folding says which nodes are open, and how many of their steps are shown.
export class Folding {
  constructor() {
    this.open = new Map(); // by node id, where somebody said so
    this.auto = new Set(); // opened because there was room
    this.top = new Map(); // by node id: steps shown
  }

  isOpen(node) {
    return this.open.get(node.id) ?? this.auto.has(node.id);
  }

  toggle(node) {
    this.open.set(node.id, !this.isOpen(node));
  }

  shown(node) {
    return this.top.get(node.id) ?? 6;
  }

  more(node) {
    this.top.set(node.id, this.shown(node) + 20);
  }

  // reveal opens the way to a node.
  reveal(node, line) {
    for (let e = home(node, line); e; e = home(e.from, line)) {
      this.open.set(e.from.id, true);
      const rank = [...e.from.out].sort(before).indexOf(e);
      if (rank >= this.shown(e.from)) this.top.set(e.from.id, rank + 1);
    }
  }
}

// home is the edge under which a node stands: that of the line if it has one,
// else the one by which it came into the tree.
export function home(node, line) {
  return node.in.find((e) => line.has(e)) ?? parent(node);
}

// choose picks the steps of a node that are shown: the most visited ones, and
// always those that the line or an order is about.
// Of those that were never visited a few stand for the others.
function choose(node, folding, line) {
  const steps = [...node.out].sort(before);
  let k = folding.shown(node);
  if (!folding.top.has(node.id)) k = Math.min(k, Math.max(3, steps.filter((e) => e.n > 0).length));
  if (steps.length <= k + 1) return { steps, more: [] };
  const kept = steps.filter((e, i) => i < k || line.has(e) || e.order);
  const keep = new Set(kept);
  return { steps: kept, more: steps.filter((e) => !keep.has(e)) };
}

// autoOpen opens nodes from the root down, those of the line and the most
// visited first, until there are enough.
function autoOpen(t, folding, line) {
  if (folding.auto.size >= autoLimit) return;
  const queue = [t.root];
  let shown = 1;
  while (queue.length > 0 && shown < autoLimit) {
    let best = 0;
    for (let i = 1; i < queue.length; i++) if (rank(queue[i]) > rank(queue[best])) best = i;
    const [n] = queue.splice(best, 1);
    if (n.out.length === 0 || folding.open.get(n.id) === false) continue;
    const onLine = n.out.some((e) => line.has(e));
    if (n !== t.root && !onLine && (n.n < 2 || n.lo >= n.hi)) continue;
    folding.auto.add(n.id);
    const { steps } = choose(n, folding, line);
    shown += steps.length;
    for (const e of steps) if (home(e.to, line) === e) queue.push(e.to);
  }
  function rank(n) {
    return n.n + (n.in.some((e) => line.has(e)) ? 1e9 : 0);
  }
}

// place lays out what is open below the root. Each place is a node with the
// edge that leads to it, a mention of a node that stands elsewhere, or a stub
// for steps that are left out.
export function place(t, folding) {
  if (!t.root) return { places: [], byNode: new Map(), line: new Set() };
  const line = new Set(t.line());
  autoOpen(t, folding, line);
  let count = 0;
  const seen = new Set([t.root]);
  const root = hierarchy({ kind: "node", node: t.root, edge: null, key: "n" + t.root.id }, (d) => {
    if (d.kind !== "node" || !folding.isOpen(d.node) || count > layoutLimit) return null;
    const { steps, more } = choose(d.node, folding, line);
    const below = steps.map((e) => {
      count++;
      if (home(e.to, line) !== e || seen.has(e.to)) return { kind: "mention", node: e.to, edge: e, key: "e" + e.id };
      seen.add(e.to);
      return { kind: "node", node: e.to, edge: e, key: "n" + e.to.id };
    });
    if (more.length > 0) below.push({ kind: "more", node: d.node, edges: more, key: "m" + d.node.id });
    return below;
  });
  tree().nodeSize([row, column]).separation(() => 1)(root);
  const places = [];
  const byNode = new Map();
  root.each((h) => {
    const p = { ...h.data, x: h.y, y: h.x, depth: h.depth, parent: null, order: places.length };
    h.place = p;
    if (h.parent) p.parent = h.parent.place;
    if (p.kind === "node") byNode.set(p.node, p);
    places.push(p);
  });
  return { places, byNode, line };
}
