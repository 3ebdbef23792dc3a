import { draw, set, say } from "./dom.js";
import { colour } from "./colour.js";
import { proven } from "./fold.js";
import { Folding, place, row } from "./layout.js";
import { line as oneLine, share, number } from "./text.js";

const width = 176;
const height = 34;
const far = 1500; // a line longer than that takes the browser more than all the rest
const margin = 48; // drawn around what can be seen, so that panning finds it there

// Canvas draws a tree: pan, zoom, fold. Only what can be seen has elements.
export class Canvas {
  constructor(host, { select, label }) {
    this.select = select;
    this.folding = new Folding();
    this.elements = new Map();
    this.spare = { card: [], edge: [] }; // elements that left, for those that come
    this.view = { x: 40, y: 300, k: 1 };
    this.selected = null;
    this.doing = new Set();
    this.tree = null;
    this.layout = { places: [], byNode: new Map(), line: new Set() };
    this.follow = true; // keep the root in sight until somebody moves
    this.svg = draw("svg", { class: "tree", tabindex: 0, role: "tree", "aria-label": label });
    this.world = draw("g", { class: "world" });
    this.links = draw("g", { class: "links", "aria-hidden": "true" });
    this.cards = draw("g", { class: "cards", role: "none" });
    this.world.append(this.links, this.cards);
    this.svg.append(this.world);
    host.append(this.svg);
    this.#listen();
    this.size = new ResizeObserver(() => this.#resized());
    this.size.observe(this.svg);
    this.frames = 0;
  }

  close() {
    this.size.disconnect();
    cancelAnimationFrame(this.pending);
  }

  #resized() {
    const box = this.svg.getBoundingClientRect();
    const first = !this.box || this.box.height === 0;
    this.box = box;
    if (first && this.follow) this.home();
    this.paint();
  }

  // show draws a tree as it is now.
  show(t) {
    this.tree = t;
    this.dirty = true;
    this.paint();
  }

  // paint draws with the next frame, however often it is asked.
  paint() {
    if (this.pending) return;
    this.pending = requestAnimationFrame(() => {
      this.pending = 0;
      this.#paint();
    });
  }

  #paint() {
    this.frames++;
    set(this.world, "transform", `translate(${this.view.x},${this.view.y}) scale(${this.view.k})`);
    this.far = this.view.k < 0.22; // texts can't be read
    this.svg.classList.toggle("far", this.view.k < 0.42);
    if (!this.tree || !this.box) return;
    if (this.dirty) {
      this.layout = place(this.tree, this.folding);
    }
    const { x, y, k } = this.view;
    const seen = { left: -x / k, top: -y / k, right: (this.box.width - x) / k, bottom: (this.box.height - y) / k };
    const d = this.drawn;
    if (!this.dirty && d && d.far === this.far && seen.left >= d.left && seen.right <= d.right && seen.top >= d.top && seen.bottom <= d.bottom) return;
    this.same = !this.dirty && d && d.far === this.far; // what is drawn already is as it should be
    this.dirty = false;
    const around = margin / k;
    this.drawn = { left: seen.left - around, top: seen.top - around, right: seen.right + around, bottom: seen.bottom + around, far: this.far };
    this.#draw(this.drawn);
  }

  #draw(area) {
    const kept = new Set();
    const within = (p) => p.x + width >= area.left && p.x <= area.right && p.y + row >= area.top && p.y - row <= area.bottom;
    const there = (key) => this.same && this.elements.has(key) && kept.add(key);
    for (const p of this.layout.places) {
      if (p.parent && crosses(p, area) && (isLong(p) || !there("l" + p.key))) this.#link(p, kept, area);
      else if (p.parent && this.same) there("k" + p.key);
      if (!within(p)) continue;
      if (!there((this.far ? "d" : "c") + p.key)) this.#card(p, kept);
      if (p.kind === "mention" && !there("b" + p.key)) this.#bridge(p, kept);
    }
    for (const [key, el] of this.elements) {
      if (!kept.has(key)) {
        const spare = this.spare[el.kind];
        if (spare && spare.length < 200) spare.push(el);
        el.remove();
        this.elements.delete(key);
      }
    }
    if (this.selected && this.layout.byNode.has(this.selected)) set(this.svg, "aria-activedescendant", this.#id(this.selected));
    else set(this.svg, "aria-activedescendant", null);
  }

  #element(key, kept, build) {
    kept.add(key);
    let el = this.elements.get(key);
    if (!el) {
      el = build();
      this.elements.set(key, el);
    }
    return el;
  }

  #id(node) {
    return `${this.prefix ?? "n"}-${node.id}`;
  }

  #link(p, kept, area) {
    const el = this.#element("l" + p.key, kept, () => {
      const path = this.spare.edge.pop() ?? draw("path", { class: "edge" });
      path.kind = "edge";
      return this.links.appendChild(path);
    });
    const a = p.parent;
    const x1 = a.x + width;
    const bend = (p.x - x1) / 2;
    let d = `M${x1},${a.y}C${x1 + bend},${a.y} ${p.x - bend},${p.y} ${p.x},${p.y}`;
    if (isLong(p)) {
      // A curve of many screens takes the browser longer than all the rest: of a
      // long one the part that can be seen is drawn, along a trunk.
      const trunk = x1 + bend;
      const from = Math.max(area.top, Math.min(area.bottom, a.y));
      const turn = p.y > from ? p.y - 12 : p.y + 12;
      d = `M${trunk},${from}V${turn}Q${trunk},${p.y} ${trunk + 12},${p.y}H${p.x}`;
      if (from === a.y) d = `M${x1},${a.y}H${trunk}` + d.slice(d.indexOf("V"));
    }
    set(el, "d", d);
    const e = p.edge;
    const best = e && this.layout.line.has(e);
    set(el, "class", "edge" + (!e || e.n === 0 ? " prior" : "") + (best ? " best" : "") + (e?.order ? " " + e.order : ""));
    const thick = e ? thickness(e, p) : 1;
    set(el, "stroke-width", thick);
    set(el, "stroke", e && e.n > 0 ? colour(worth(e)) : null);
    set(el, "data-edge", e ? e.id : null);
    if (!best) return;
    const casing = this.#element("k" + p.key, kept, () => this.links.insertBefore(draw("path", { class: "casing" }), this.links.firstChild));
    set(casing, "d", d);
    set(casing, "stroke-width", thick + 4);
  }

  // bridge joins another parent with the place where a merged node stands.
  #bridge(p, kept) {
    const to = this.layout.byNode.get(p.node);
    if (!to || Math.abs(to.y - p.y) > far) return;
    const el = this.#element("b" + p.key, kept, () => this.links.appendChild(draw("path", { class: "bridge" })));
    const x1 = p.x + width;
    const out = Math.max(x1, to.x) + 60;
    set(el, "d", to.x > x1 ? `M${x1},${p.y}C${x1 + 40},${p.y} ${to.x - 40},${to.y} ${to.x},${to.y}`
      : `M${x1},${p.y}C${out},${p.y} ${out},${to.y} ${to.x + width},${to.y}`);
  }

  #card(p, kept) {
    if (this.far) return this.#dot(p, kept);
    const g = this.#element("c" + p.key, kept, () => this.#build(p));
    set(g, "transform", `translate(${p.x},${p.y - height / 2})`);
    g.place = p;
    const parts = g.parts;
    if (p.kind === "more") {
      say(parts.action, `+${number(p.edges.length)} more`);
      set(g, "aria-label", `${p.edges.length} steps more, of ${p.edges.reduce((s, e) => s + e.n, 0)} visits; press Enter to show them`);
      return;
    }
    const n = p.node;
    set(g, "id", p.kind === "node" ? this.#id(n) : null);
    set(g, "data-node", p.kind === "node" ? n.id : null);
    set(g, "data-mention", p.kind === "mention" ? n.id : null);
    const q = p.edge ? worth(p.edge) : mean(n);
    const sure = proven(n);
    const known = n.n > 0 || sure;
    say(parts.action, p.edge ? oneLine(p.edge.action, 22) : "start");
    const visits = p.edge ? p.edge.n : n.n;
    say(parts.state, oneLine(n.state, 34));
    say(parts.numbers, `${number(visits)}${known ? " · " + share(q) : ""}`);
    set(parts.band, "fill", known ? colour(q) : "none");
    set(parts.band, "class", known ? "band" : "band unknown");
    const marks = this.#marks(p);
    say(parts.marks, marks.map((m) => m.sign).join(" "));
    const best = p.edge ? this.layout.line.has(p.edge) : this.layout.line.size > 0;
    set(g, "class", ["card", p.kind, best && "best", n === this.selected && "selected", this.doing.has(n.id) && "doing",
      sure && n.lo >= 1 && "won", sure && n.hi <= 0 && "lost", p.edge?.order].filter(Boolean).join(" "));
    const expandable = p.kind === "node" && n.out.length > 0;
    say(parts.fold, expandable ? (this.folding.isOpen(n) ? "−" : "+") : "");
    set(parts.knob, "display", expandable ? null : "none");
    set(parts.numbers, "x", expandable ? width - 13 : width - 6);
    set(parts.marks, "x", expandable ? width - 11 : width - 6);
    set(g, "aria-expanded", expandable ? String(this.folding.isOpen(n)) : null);
    set(g, "aria-selected", String(n === this.selected));
    set(g, "aria-level", p.depth + 1);
    set(g, "aria-label", `${oneLine(p.edge?.action ?? "start", 60)}: ${oneLine(n.state, 80)}, N ${visits}${known ? ", Q " + share(q) : ""}` +
      (p.edge ? `, P ${share(p.edge.p)}` : "") + marks.map((m) => ", " + m.words).join(""));
  }

  // #dot stands for a card that is too small to be read.
  #dot(p, kept) {
    const el = this.#element("d" + p.key, kept, () => this.cards.appendChild(draw("rect", { width, height, rx: 6, role: "presentation" })));
    el.place = p;
    set(el, "x", p.x);
    set(el, "y", p.y - height / 2);
    const known = p.kind === "node" && (p.node.n > 0 || proven(p.node));
    set(el, "class", "card dot" + (p.node === this.selected ? " selected" : "") + (p.edge && this.layout.line.has(p.edge) ? " best" : ""));
    set(el, "fill", known ? colour(p.edge ? worth(p.edge) : mean(p.node)) : "none");
  }

  #marks(p) {
    const n = p.node;
    const marks = [];
    const verified = this.verified && n === this.verified;
    if (verified) marks.push({ sign: "★", words: "verified" });
    if (proven(n)) {
      if (n.lo >= 1) marks.push({ sign: "✓", words: "proven solved" });
      else if (n.hi <= 0) marks.push({ sign: "✗", words: "proven dead" });
      else marks.push({ sign: "=", words: "value proven" });
    }
    if (n.terminal) marks.push({ sign: "■", words: "terminal" });
    if (p.kind === "mention") marks.push({ sign: "↗", words: "stands elsewhere" });
    else if (n.in.length > 1) marks.push({ sign: "⇄" + n.in.length, words: `reached in ${n.in.length} ways` });
    if (n.failed) marks.push({ sign: "!", words: "failed" });
    if (p.edge?.order === "pin") marks.push({ sign: "⊕", words: "pinned" });
    if (p.edge?.order === "forbid") marks.push({ sign: "⊘", words: "forbidden" });
    if (this.doing.has(n.id)) marks.push({ sign: "⟳", words: "in flight" });
    return marks;
  }

  #build(p) {
    const old = p.kind !== "more" && this.spare.card.pop();
    if (old) return this.cards.appendChild(old);
    const g = draw("g", { class: "card", role: "treeitem" });
    const parts = {
      box: draw("rect", { class: "box", width, height, rx: 6 }),
      band: draw("rect", { class: "band", width: 10, height, rx: 3 }),
      action: draw("text", { class: "action", x: 17, y: 14 }),
      state: draw("text", { class: "state", x: 17, y: 28 }),
      numbers: draw("text", { class: "numbers", x: width - 6, y: 28, "text-anchor": "end" }),
      marks: draw("text", { class: "marks", x: width - 6, y: 14, "text-anchor": "end" }),
      knob: draw("circle", { class: "knob", cx: width, cy: height / 2, r: 8 }),
      fold: draw("text", { class: "fold", x: width, y: height / 2 + 4, "text-anchor": "middle" }),
    };
    if (p.kind === "more") {
      g.setAttribute("class", "card more");
      g.setAttribute("data-more", p.node.id);
      set(parts.action, "y", height / 2 + 5);
      g.append(parts.box, parts.action);
    } else {
      g.kind = "card";
      g.append(parts.box, parts.band, parts.action, parts.state, parts.numbers, parts.marks, parts.knob, parts.fold);
    }
    g.parts = parts;
    return this.cards.appendChild(g);
  }

  // home puts the root to the left, in the middle.
  home() {
    if (!this.box || !this.tree) return;
    if (this.dirty) this.layout = place(this.tree, this.folding);
    this.fit();
    if (this.view.k >= 0.62) return;
    // Too much to be read at once: the root and the line are in sight, if both can be.
    const k = 0.62;
    const end = this.layout.byNode.get(this.tree.line().at(-1)?.to)?.y ?? 0;
    const room = this.box.height / k / 2 - 2 * row;
    const middle = Math.max(-room, Math.min(room, end / 2));
    this.view = { x: 20, y: this.box.height / 2 - middle * k, k };
  }

  // fit makes everything that is open fit into the window.
  fit() {
    const ps = this.layout.places;
    if (!this.box || ps.length === 0) return;
    let top = 0, bottom = 0, right = 0;
    for (const p of ps) {
      top = Math.min(top, p.y - row);
      bottom = Math.max(bottom, p.y + row);
      right = Math.max(right, p.x + width + 30);
    }
    const k = Math.max(0.08, Math.min(1.1, this.box.width / (right + 24), this.box.height / (bottom - top)));
    this.view = { k, x: 16 * k, y: -top * k + (this.box.height - (bottom - top) * k) / 2 };
    this.paint();
  }

  zoom(factor, at = { x: this.box.width / 2, y: this.box.height / 2 }) {
    const k = Math.max(0.05, Math.min(4, this.view.k * factor));
    const f = k / this.view.k;
    this.view = { k, x: at.x - (at.x - this.view.x) * f, y: at.y - (at.y - this.view.y) * f };
    this.follow = false;
    this.paint();
  }

  // center brings the place of a node into sight, if it is not there already.
  center(node) {
    if (this.dirty) {
      this.layout = place(this.tree, this.folding);
      this.drawn = null;
    }
    const p = this.layout.byNode.get(node);
    if (!p || !this.box) return;
    const { x, y, k } = this.view;
    const sx = p.x * k + x;
    const sy = p.y * k + y;
    if (sx >= 0 && sx + width * k <= this.box.width && sy - height * k >= 0 && sy + height * k <= this.box.height) return;
    this.view = { k, x: this.box.width / 2 - (p.x + width / 2) * k, y: this.box.height / 2 - p.y * k };
    this.follow = false;
    this.paint();
  }

  pick(node) {
    this.selected = node;
    this.dirty = true;
    this.paint();
    this.select(node);
  }

  go(node) {
    if (!node) return;
    this.folding.reveal(node, this.layout.line);
    this.dirty = true;
    this.center(node);
    this.pick(node);
  }

  toggle(node) {
    this.folding.toggle(node);
    this.dirty = true;
    this.paint();
  }

  #activate(p) {
    if (p.kind === "more") {
      this.folding.more(p.node);
      this.dirty = true;
      this.paint();
    } else if (p.kind === "mention") {
      this.go(p.node);
    } else {
      this.pick(p.node);
    }
  }

  #listen() {
    const svg = this.svg;
    let drag = null;
    const touches = new Map();
    svg.addEventListener("wheel", (e) => {
      e.preventDefault();
      const box = svg.getBoundingClientRect();
      this.zoom(Math.exp(-e.deltaY * (e.deltaMode ? 0.05 : 0.0016)), { x: e.clientX - box.x, y: e.clientY - box.y });
    }, { passive: false });
    svg.addEventListener("pointerdown", (e) => {
      if (e.button > 0) return;
      touches.set(e.pointerId, e);
      drag = { x: e.clientX, y: e.clientY, view: this.view, moved: false, target: e.target };
    });
    svg.addEventListener("pointermove", (e) => {
      if (!drag || !touches.has(e.pointerId)) return;
      const before = touches.get(e.pointerId);
      touches.set(e.pointerId, e);
      if (touches.size === 2) {
        const [a, b] = [...touches.values()];
        const other = a === e ? b : a;
        const was = Math.hypot(before.clientX - other.clientX, before.clientY - other.clientY);
        const is = Math.hypot(e.clientX - other.clientX, e.clientY - other.clientY);
        const box = svg.getBoundingClientRect();
        if (was > 0) this.zoom(is / was, { x: (e.clientX + other.clientX) / 2 - box.x, y: (e.clientY + other.clientY) / 2 - box.y });
        drag.moved = true;
        return;
      }
      const dx = e.clientX - drag.x;
      const dy = e.clientY - drag.y;
      if (!drag.moved && Math.abs(dx) + Math.abs(dy) < 4) return;
      if (!drag.moved) svg.setPointerCapture(e.pointerId);
      drag.moved = true;
      this.follow = false;
      this.view = { ...drag.view, x: drag.view.x + dx, y: drag.view.y + dy };
      this.paint();
    });
    const up = (e) => {
      touches.delete(e.pointerId);
      if (!drag) return;
      const { moved, target } = drag;
      drag = null;
      if (moved || e.type === "pointercancel") return;
      const card = target.closest?.(".card");
      if (!card?.place) return;
      const p = card.place;
      if (p.kind === "node" && (target.classList.contains("knob") || target.classList.contains("fold"))) this.toggle(p.node);
      else this.#activate(p);
    };
    svg.addEventListener("pointerup", up);
    svg.addEventListener("pointercancel", up);
    svg.addEventListener("dblclick", (e) => {
      const p = e.target.closest?.(".card")?.place;
      if (p?.kind === "node") this.toggle(p.node);
    });
    svg.addEventListener("keydown", (e) => this.#key(e));
  }

  #key(e) {
    if (e.ctrlKey || e.metaKey || e.altKey || !this.tree?.root) return;
    const here = this.layout.byNode.get(this.selected) ?? this.layout.byNode.get(this.tree.root);
    const go = (p) => p && this.go(p.node);
    const column = (step) => {
      const same = this.layout.places.filter((p) => p.depth === here.depth && p.kind === "node").sort((a, b) => a.y - b.y);
      return same[same.indexOf(here) + step];
    };
    switch (e.key) {
      case "ArrowRight":
        if (!this.folding.isOpen(here.node)) this.toggle(here.node);
        else go(this.layout.places.find((p) => p.parent === here && p.kind === "node"));
        break;
      case "ArrowLeft":
        if (this.folding.isOpen(here.node) && here.node.out.length > 0) this.toggle(here.node);
        else go(here.parent);
        break;
      case "ArrowUp": go(column(-1)); break;
      case "ArrowDown": go(column(1)); break;
      case "Enter": this.pick(here.node); break;
      case "m": this.folding.more(here.node); this.dirty = true; this.paint(); break;
      case "Home": this.home(); this.pick(this.tree.root); break;
      case "End": go({ node: this.tree.line().at(-1)?.to ?? this.tree.root }); break;
      case "+": case "=": this.zoom(1.25); break;
      case "-": this.zoom(0.8); break;
      case "0": this.fit(); break;
      default: return;
    }
    e.preventDefault();
    e.stopPropagation();
  }
}

// worth is the mean value of a step for the player who makes it.
export function worth(e) {
  return e.from.player === e.to.player ? mean(e.to) : 1 - mean(e.to);
}

// mean is the mean value of a state, or what is proven of one without visits.
export function mean(n) {
  return n.n > 0 ? n.q : n.lo;
}

function thickness(e, p) {
  const all = Math.max(1, p.parent.node.n);
  return e.n === 0 ? 1 : Math.round(12 + 70 * Math.sqrt(Math.min(1, e.n / all))) / 10;
}

function isLong(p) {
  return Math.abs(p.y - p.parent.y) > far;
}

// crosses reports whether the edge to a place is drawn: a long one only if it
// ends where it can be seen, for all of them share a trunk.
function crosses(p, area) {
  const a = p.parent;
  if (isLong(p)) return p.x >= area.left && a.x <= area.right && p.y >= area.top && p.y <= area.bottom;
  return a.x <= area.right && p.x >= area.left && Math.min(a.y, p.y) <= area.bottom && Math.max(a.y, p.y) >= area.top;
}

// legend explains the signs.
export function legend() {
  const svg = draw("svg", { class: "legend", width: 220, height: 34, role: "img", "aria-label": "colour scale of Q from 0, dark blue, to 1, yellow" });
  for (let i = 0; i < 40; i++) svg.append(draw("rect", { x: 24 + i * 4, y: 4, width: 4.5, height: 10, fill: colour(i / 39) }));
  svg.append(draw("text", { x: 8, y: 13 }, "Q"), draw("text", { x: 24, y: 28 }, "0"), draw("text", { x: 184, y: 28, "text-anchor": "end" }, "1"));
  return svg;
}

